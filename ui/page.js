// Footnotes, tooltips, copying and the theme. Listens on the document: Gradio replaces what is inside.
(() => {
  const icon = document.createElement("link");
  icon.rel = "icon";
  icon.href =
    "data:image/svg+xml," +
    encodeURIComponent(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#8c2f1b"/>' +
        '<path d="M8 25V9h9M8 17h7" fill="none" stroke="#fff" stroke-width="3.4"/>' +
        '<path d="M22 8l3-2v9" fill="none" stroke="#fff" stroke-width="2.4"/></svg>',
    );
  document.head.append(icon);

  const CALM = matchMedia("(prefers-reduced-motion: reduce)");
  const smooth = () => (CALM.matches ? "auto" : "smooth");
  const turnOf = (element) => element.closest("[data-turn]")?.dataset.turn;

  function scrollInside(box, element) {
    // On a narrow screen the panels stack and the page itself scrolls.
    if (getComputedStyle(box).overflowY === "visible") {
      element.scrollIntoView({ block: "center", behavior: smooth() });
      return;
    }
    const [inner, outer] = [element.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    box.scrollTo({ top: box.scrollTop + inner.top - outer.top - 16, behavior: smooth() });
  }

  const footnoteOf = (element) =>
    document.querySelector(`.turn[data-turn="${turnOf(element)}"] .fn[data-n="${element.dataset.n}"]`);
  const quoteIn = (card) => card.querySelector("mark")?.textContent;
  let chosen = null; // turn and quote of the source that was asked for, and whether it has the focus

  function light(card) {
    const section = card.closest("section");
    section.parentElement.classList.add("choosing");
    document.querySelectorAll("#sources .chosen, #sources .lit, .fn.lit").forEach((e) => e.classList.remove("chosen", "lit"));
    section.classList.add("chosen");
    card.classList.add("lit");
    footnoteOf(card)?.classList.add("lit");
  }

  function showSource(footnote) {
    const turn = turnOf(footnote);
    const card = document.getElementById(`source-${turn}-${footnote.dataset.n}`);
    if (!card) return;
    light(card);
    chosen = { turn, quote: quoteIn(card), focused: true };
    footnote.nextElementSibling.classList.add("away"); // the panel now says what the tooltip said
    card.focus({ preventScroll: true });
    scrollInside(document.getElementById("evidence"), card);
  }

  // While an answer grows and is checked, Gradio replaces what the reader has chosen, and its number may change.
  function showChosenAgain() {
    if (!chosen || document.querySelector("#sources .source.lit")) return;
    const cards = [...document.querySelectorAll(`#sources section[data-turn="${chosen.turn}"] .source`)];
    const card = cards.find((card) => quoteIn(card) === chosen.quote);
    if (!card) return;
    light(card);
    if (chosen.focused && document.activeElement === document.body) card.focus({ preventScroll: true });
  }

  function backToAnswer(button) {
    const footnote = footnoteOf(button);
    if (!footnote) return;
    footnote.focus({ preventScroll: true });
    footnote.scrollIntoView({ block: "center", behavior: smooth() });
  }

  async function copy(button) {
    const text = button.parentElement.querySelector(".copied").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Can't copy here";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }

  function placeTip(footnote) {
    const tip = footnote.nextElementSibling;
    const at = footnote.getBoundingClientRect();
    tip.classList.remove("away");
    const width = Math.min(340, innerWidth - 24);
    tip.style.width = `${width}px`;
    tip.style.left = `${Math.max(12, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 12))}px`;
    const above = at.top - tip.offsetHeight - 8;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }

  function setTheme(dark) {
    document.body.classList.toggle("dark", dark);
    localStorage.setItem("footnote-theme", dark ? "dark" : "light");
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.(".fn, .back, .copy, #theme");
    if (!target) return;
    if (target.matches(".fn")) showSource(target);
    else if (target.matches(".back")) backToAnswer(target);
    else if (target.matches(".copy")) copy(target);
    else setTheme(!document.body.classList.contains("dark"));
  });
  for (const type of ["mouseover", "focusin"]) {
    document.addEventListener(type, (event) => {
      if (event.target.matches?.(".fn")) placeTip(event.target);
      if (chosen && type === "focusin") chosen.focused = Boolean(event.target.closest?.(".source.lit"));
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll(".tip").forEach((tip) => tip.classList.add("away"));
  });

  // Follow an answer while it is written, unless the reader has scrolled up to read.
  let following = true;
  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (target.id === "thread") following = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
    },
    true,
  );
  let turns = 0;
  new MutationObserver(() => {
    const thread = document.getElementById("thread");
    if (!thread) return;
    const now = thread.querySelectorAll(".turn").length;
    if (now > turns) [following, chosen] = [true, null];
    showChosenAgain();
    turns = now;
    if (following && thread.querySelector('[data-state="waiting"], [data-state="writing"]')) {
      thread.scrollTop = thread.scrollHeight;
    }
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

  const kept = localStorage.getItem("footnote-theme");
  if (kept) {
    // Gradio sets the system's theme when it mounts; the reader's choice comes after.
    const mounted = new MutationObserver(() => {
      if (!document.getElementById("theme")) return;
      mounted.disconnect();
      document.body.classList.toggle("dark", kept === "dark");
    });
    mounted.observe(document.documentElement, { childList: true, subtree: true });
  }
})();
