// Footnotes, the document beside an answer, drawers, places on a phone, copying and the theme.
// Listens on the document: Gradio replaces what is inside.
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
  const $ = (selector, inside = document) => inside.querySelector(selector);

  // Places: on a phone one of the three parts is seen at a time.
  function goTo(place) {
    $("#workspace").dataset.place = place;
    for (const button of document.querySelectorAll("nav.places button")) {
      button.setAttribute("aria-current", String(button.dataset.place === place));
    }
  }

  // Drawers, over the page; what opened one has the focus again when it is closed.
  let opener = null;
  function openDrawer(button) {
    opener = button;
    document.body.dataset.drawer = button.dataset.drawer;
    setTimeout(() => $(`#${button.dataset.drawer} h2`)?.focus());
  }
  function closeDrawer() {
    if (!document.body.dataset.drawer) return false;
    delete document.body.dataset.drawer;
    (opener?.isConnected ? opener : $("#question textarea"))?.focus();
    return true;
  }

  // Footnotes: the card is lit at once, the document opens beside it when it comes.
  const footnoteOf = ({ turn, n }) => $(`.turn[data-turn="${turn}"] .fn[data-n="${n}"]`);
  let chosen = null; // the footnote that was opened last, and whether its document is still wanted

  function choose(button) {
    chosen = { turn: button.dataset.turn, n: button.dataset.n, isWanted: true };
    for (const lit of document.querySelectorAll("#sources .chosen, #sources .lit, .fn.lit")) {
      lit.classList.remove("chosen", "lit");
    }
    const card = document.getElementById(`source-${chosen.turn}-${chosen.n}`);
    card?.classList.add("lit");
    card?.closest("section").classList.add("chosen");
    card?.closest(".panel").classList.add("choosing");
    const footnote = footnoteOf(chosen);
    footnote?.classList.add("lit");
    footnote?.nextElementSibling.classList.add("away"); // the document now says what the tooltip said
    goTo("evidence");
    const reader = $("#reader .reader");
    if (reader) delete reader.dataset.seen; // it may be the same once more
    readChosen();
  }

  function readChosen() {
    const reader = $("#reader .reader");
    const evidence = $("#evidence");
    if (!reader || !chosen?.isWanted || reader.dataset.seen) return;
    if (reader.dataset.turn !== chosen.turn || reader.dataset.n !== chosen.n) return;
    reader.dataset.seen = "yes";
    evidence.classList.add("reading");
    $("h3", reader)?.focus({ preventScroll: true });
    const mark = [...reader.querySelectorAll(".box, mark")].find((one) => one.offsetParent);
    const scroll = () => mark?.scrollIntoView({ block: "center" });
    const image = $("img", reader);
    if (image && !image.complete) image.addEventListener("load", scroll, { once: true });
    scroll();
  }

  function closeReader() {
    const evidence = $("#evidence");
    if (!evidence?.classList.contains("reading")) return false;
    evidence.classList.remove("reading");
    if (chosen) chosen.isWanted = false; // what still comes of it opens nothing
    document.getElementById(`source-${chosen?.turn}-${chosen?.n}`)?.scrollIntoView({ block: "nearest" });
    return true;
  }

  function backToAnswer(button) {
    goTo("talk");
    const footnote = footnoteOf(button.dataset);
    footnote?.focus({ preventScroll: true });
    footnote?.scrollIntoView({ block: "center", behavior: smooth() });
  }

  // While an answer grows and is checked, Gradio replaces what the reader has chosen, and its number may change.
  function keepChosen() {
    if (!chosen || $("#sources .source.lit")) return;
    const wanted = $(`#reader .reader[data-turn="${chosen.turn}"][data-n="${chosen.n}"] mark`)?.textContent;
    const cards = [...document.querySelectorAll(`#sources .source[data-turn="${chosen.turn}"][data-n]`)];
    const card = cards.find((one) => $("mark", one)?.textContent === wanted);
    if (!card || !wanted) return;
    card.classList.add("lit");
    card.closest("section").classList.add("chosen");
    card.closest(".panel").classList.add("choosing");
    if (card.dataset.n !== chosen.n && $("#evidence").classList.contains("reading")) $(".open", card).click();
    else footnoteOf(chosen)?.classList.add("lit");
  }

  // What Gradio replaces loses the focus, or is gone before the mouse is let go: the same in what comes instead has it.
  let focused = null;
  let pressed = null;
  function alike(replaced) {
    const wanted = JSON.stringify(replaced.dataset);
    return [...document.querySelectorAll(replaced.tagName)].find((one) => JSON.stringify(one.dataset) === wanted);
  }
  function keepFocus() {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    const now = alike(focused);
    focused = null;
    now?.focus({ preventScroll: true });
  }
  // What was unfolded last stays so when the list comes anew, up to the next button.
  let unfolded = null;
  function keepUnfolded() {
    if (!unfolded || unfolded.isConnected) return;
    unfolded = alike(unfolded);
    if (unfolded) unfolded.open = true;
  }
  document.addEventListener("click", ({ target }) => {
    const details = target.closest?.("summary")?.closest("details[data-id]");
    if (details) unfolded = details.open ? null : details; // it changes after this
    else if (target.closest?.("button[data-event], .icon")) unfolded = null;
  });
  document.addEventListener("submit", () => (unfolded = null));
  document.addEventListener("pointerdown", ({ target }) => (pressed = target.closest?.("[data-event]") ?? null));
  document.addEventListener("pointerup", ({ target }) => {
    const now = pressed && !pressed.isConnected && alike(pressed);
    if (now && now.contains(target)) now.click();
    pressed = null;
  });

  // The field for a note comes below a rating, where it may be out of sight.
  let rated = null;
  function showNote() {
    const note = rated && $(`.turn[data-turn="${rated}"] .comment`);
    if (!note) return;
    rated = null;
    note.scrollIntoView({ block: "nearest", behavior: smooth() });
  }

  async function write(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Over plain http there is no clipboard for scripts, but what is selected can be copied.
    const field = document.createElement("textarea");
    field.value = text;
    field.style.cssText = "position: fixed; opacity: 0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("the browser does not copy");
  }

  async function copy(button) {
    const words = button.textContent;
    try {
      await write($(".copied", button.parentElement).textContent);
      button.textContent = button.dataset.done;
    } catch {
      button.textContent = button.dataset.failed;
    }
    setTimeout(() => (button.textContent = words), 1500);
  }

  window.footnoteSave = (file) => {
    if (!file) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file.text], { type: file.type }));
    link.download = file.name;
    link.click();
    URL.revokeObjectURL(link.href);
  };

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

  // What is to be confirmed: the question takes the place of the button.
  function confirmIn(button, asking) {
    const box = $(".confirm", button.closest("li"));
    box.hidden = !asking;
    if (asking) $("button", box).focus();
    else $(".sure", button.closest("li")).focus();
  }

  function edit(turn, editing) {
    const form = $("form.edit", turn);
    form.hidden = !editing;
    $(".question", turn).hidden = editing;
    if (editing) $("textarea", form).focus();
  }

  const CLICKS = {
    ".fn, .source .open, .step": choose,
    ".back": backToAnswer,
    ".shut": closeReader,
    ".copy": copy,
    ".vote": (button) => (rated = button.dataset.turn),
    "#theme": () => setTheme(!document.body.classList.contains("dark")),
    ".sure": (button) => confirmIn(button, true),
    ".confirm .cancel": (button) => confirmIn(button, false),
    ".turn .change": (button) => edit(button.closest(".turn"), true),
    "form.edit .cancel": (button) => edit(button.closest(".turn"), false),
    "button[data-place]": (button) => goTo(button.dataset.place),
    "button[data-drawer]": openDrawer,
    ".shut-drawer, .conversation, #finder [data-event=begin]": closeDrawer,
    "[data-event=begin]": () => $("#question textarea").focus(),
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest) return;
    for (const [selector, act] of Object.entries(CLICKS)) {
      const button = event.target.closest(selector);
      if (button) act(button);
    }
    // Outside of the drawer; what was clicked there has the focus.
    if (!event.target.closest(".drawer, button[data-drawer]")) delete document.body.dataset.drawer;
  });
  for (const type of ["mouseover", "focusin"]) {
    document.addEventListener(type, (event) => {
      if (event.target.matches?.(".fn")) placeTip(event.target);
    });
  }
  document.addEventListener("focusin", ({ target }) => {
    focused = target.matches("[data-event], [data-kept]") ? target : null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and Escape belong to the input method
    if (event.key === "Enter" && !event.shiftKey && event.target.matches?.("form.edit textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    if (event.key !== "Escape" || closeDrawer()) return;
    const stop = $("#stop");
    if (stop?.offsetParent) return stop.click();
    const shown = [...document.querySelectorAll(".tip")].filter((tip) => getComputedStyle(tip).display !== "none");
    shown.forEach((tip) => tip.classList.add("away"));
    if (!shown.length) closeReader();
  });
  // Which documents are listed. The list is drawn anew when the index changes, and then it is looked for again.
  let lookedFor = "";
  function filter() {
    const field = $(".filter");
    if (field && field.value !== lookedFor) field.value = lookedFor;
    const wanted = field ? lookedFor.toLowerCase() : "";
    for (const item of document.querySelectorAll("ul.documents > li")) {
      const hidden = !$(".title", item).parentElement.textContent.toLowerCase().includes(wanted);
      if (item.hidden !== hidden) item.hidden = hidden;
    }
  }
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".filter")) return;
    lookedFor = target.value;
    filter();
  });
  // The box for all documents and their own follow each other. What is not ticked goes with every question, and stays so
  // where the list is drawn anew as it was a moment ago.
  const boxes = () => [...document.querySelectorAll("ul.documents input")];
  const unticked = new Set();
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.(".every input")) boxes().forEach((box) => (box.checked = target.checked));
    for (const box of boxes()) unticked[box.checked ? "delete" : "add"](box.dataset.source);
    keepTicks();
  });
  function keepTicks() {
    for (const box of boxes()) box.checked = !unticked.has(box.dataset.source);
    if ($(".every input")) $(".every input").checked = boxes().every((box) => box.checked);
  }
  window.footnoteUnticked = () =>
    boxes()
      .filter((box) => !box.checked)
      .map((box) => box.dataset.source);
  document.addEventListener("submit", ({ target }) => {
    if (target.matches?.("form.edit")) edit(target.closest(".turn"), false);
  });

  // The server knows a visitor, and the conversation that was open, before the page shows how to look for others. What
  // is to be sent before, is sent then; or late, so that it is told what failed.
  let isKnown = false;
  let isToSend = false;
  const LATE = 15_000; // milliseconds
  function sendLater(event) {
    const { target, key, shiftKey, isComposing } = event;
    const isEntered = key === "Enter" && !shiftKey && !isComposing && target.matches?.("#question textarea");
    if (isKnown || !(isEntered || (event.type === "click" && target.closest?.("#send")))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    isToSend = true;
  }
  function arrive() {
    if (isKnown) return;
    isKnown = true;
    if (isToSend) $("#send").click();
  }
  for (const type of ["keydown", "keypress", "click"]) document.addEventListener(type, sendLater, true);
  setTimeout(arrive, LATE);

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
  let conversation;
  new MutationObserver(() => {
    if ($("#finder input")) arrive();
    const language = $("#masthead header")?.dataset.language;
    if (language && document.documentElement.lang !== language) document.documentElement.lang = language;
    const thread = $("#thread");
    if (!thread) return;
    if ($("#masthead nav") && !$("nav.places [aria-current]")) goTo($("#workspace").dataset.place ?? "talk");
    const now = thread.querySelectorAll(".turn").length;
    if (now > turns) following = true;
    const open = $(".turns", thread)?.dataset.conversation;
    if (now !== turns || open !== conversation) {
      chosen = null;
      closeReader();
      if (now) goTo("talk");
    }
    turns = now;
    conversation = open;
    if (!$("#reader .reader")) closeReader(); // its turn is asked again
    keepChosen();
    readChosen();
    filter();
    keepTicks();
    keepFocus();
    keepUnfolded();
    showNote();
    if (following && $(".turns.busy", thread)) thread.scrollTop = thread.scrollHeight;
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
