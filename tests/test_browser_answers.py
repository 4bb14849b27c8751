"""An answer in a real browser: as it is written and checked, refused, stopped, marked and copied; and its model."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import (
    IN_BROWSER,
    PHONE,
    SEEDS,
    STARGATE,
    VOLCANO,
    Model,
    Serving,
    Visiting,
    expect,
    problems,
    serve,
)

from index.errors import ModelFailed
from rag import local
from rag.settings import Settings

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def volcano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Model]]:
    """Address of the page over one document, and the model that answers there as it is told."""
    folder = tmp_path_factory.mktemp("volcano")
    (folder / "volcano.txt").write_text(VOLCANO, encoding="utf-8")
    model = Model()
    served = serve(Settings(index_path=str(folder / "index"), documents=(folder / "volcano.txt",)), model=model)
    yield served.local_url, model
    served.close()


def say(model: Model, *answers: list[Any]) -> None:
    model.script[:] = list(answers)
    model.left.clear()


def test_an_answer_as_it_is_written_checked_and_what_was_left_out(
    visiting: Visiting, volcano: tuple[str, Model]
) -> None:
    url, model = volcano
    begin, go_on, end, check = (threading.Event() for _ in range(4))
    words = ["Its summit is", " 2,4", go_on, "17 metres above the sea [1]."]
    say(model, [begin, *words, end, " The Kestrel Ridge volcano last erupted in 1873 [1]."], [check, "1: no\n2: yes"])
    visit = visiting(url)
    page = visit.page
    visit.type("When did the Kestrel Ridge volcano last erupt?")
    expect(page.locator("#sources h3.found")).to_have_text("Passages found")  # before the model has said a word
    expect(page.locator("#sources .passage").first).to_contain_text("Kestrel")
    expect(visit.last.locator(".thinking")).to_contain_text("Reading 1 passage")
    visit.picture("waiting")
    begin.set()
    unfinished = visit.last.locator(".answer .unfinished")
    expect(unfinished).to_have_text("Its summit is 2,4")
    expect(unfinished).to_have_attribute("title", "being checked")
    expect(visit.last.locator(".fn")).to_have_count(0)
    visit.picture("writing")
    go_on.set()
    checking = visit.last.locator(".fn.checking")
    checking.hover()
    page.mouse.down()
    end.set()
    expect(checking).to_have_count(2)
    page.mouse.up()  # the answer has grown meanwhile: what was pressed is another button now
    expect(page.locator(".reader[data-n='1'] mark")).to_contain_text("2,417")
    expect(checking.last).to_have_accessible_name("Footnote 2, being checked: The Kestrel Ridge volcano")
    expect(page.locator("#sources .source.checking")).to_have_count(2)
    checking.last.click()
    expect(page.locator(".reader .doubt")).to_contain_text("Checking")
    check.set()
    visit.finished(1)
    expect(unfinished).to_have_count(0)
    expect(visit.last.locator(".fn")).to_have_count(1)  # the other one was refused, with its statement
    expect(visit.last.locator(".answer")).not_to_contain_text("2,417")
    expect(visit.last.locator(".fn")).to_have_accessible_name("Footnote 1: The Kestrel Ridge volcano")
    expect(page.locator(".reader .back")).to_have_text("1 of 1")  # what the reader chose stays, under its new number
    expect(page.locator(".reader .doubt")).to_have_count(0)
    removed = visit.last.locator(".removed")
    expect(removed).to_contain_text("1 statement removed: no source supports it")
    expect(removed.locator("li")).to_be_hidden()
    removed.locator("summary").click()
    expect(removed.locator("li")).to_contain_text("2,417 metres")
    expect(visit.last.locator(".facts")).to_contain_text("Model · ")
    visit.picture("removed")
    assert problems(page) == []


def test_a_refusal_looks_different_and_shows_the_closest_passages(
    visiting: Visiting, volcano: tuple[str, Model]
) -> None:
    url, model = volcano
    begin = threading.Event()
    say(model, [begin, "Ulaanbaatar, as everybody knows."])
    visit = visiting(url, **PHONE)
    visit.type("What is the capital of Mongolia?")
    visit.last.get_by_role("button", name="Reading 1 passage").tap()  # while the model thinks
    expect(visit.page.locator("#sources h3.found")).to_be_visible()
    visit.page.locator("nav.places").get_by_role("button", name="Conversation").tap()
    begin.set()
    visit.finished(1)
    visit.picture("phone-refusal")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 375
    visit.page.set_viewport_size({"width": 1360, "height": 860})
    expect(visit.last.locator(".refusal")).to_contain_text("Not in the documents")
    expect(visit.last.locator(".answer")).not_to_contain_text("Ulaanbaatar")
    expect(visit.last.locator(".fn")).to_have_count(0)
    expect(visit.page.locator("#sources")).to_contain_text("Closest passages")
    expect(visit.page.locator("#sources .source").first).to_be_visible()
    expect(visit.page.locator("#sources mark")).to_have_count(0)
    visit.picture("refusal")
    assert problems(visit.page) == []


def test_a_statement_without_a_source_is_marked_in_the_language_of_the_question(
    visiting: Visiting, volcano: tuple[str, Model]
) -> None:
    url, model = volcano
    visit = visiting(url)
    form = visit.drawer("settings")
    form.get_by_label("show, and mark").check()
    form.get_by_label("Passages to read").press("Enter")
    expect(visit.page.locator("#settings-said")).to_contain_text("Saved")
    visit.page.keyboard.press("Escape")
    say(model, ["The Kestrel Ridge volcano last erupted in 1873 [1]. Les pandas mangent du bambou."], ["1: yes\n2: no"])
    visit.ask("Quand le volcan de Kestrel Ridge est-il entré en éruption pour la dernière fois ?")
    marked = "Les pandas mangent du bambou (aucune source trouvée)."
    expect(visit.last.locator(".answer")).to_contain_text(marked)
    expect(visit.last.locator(".fn")).to_have_count(1)
    expect(visit.last.locator(".removed")).to_have_count(0)
    visit.picture("marked")


def test_stop_works_while_the_model_is_silent(visiting: Visiting, volcano: tuple[str, Model]) -> None:
    url, model = volcano
    gate = threading.Event()
    answer = ["The Kestrel Ridge volcano last erupted in 1873 [1]. Beginning ", gate, "end."]
    say(model, answer, answer, ["NONE"])
    visit = visiting(url)
    page = visit.page
    visit.type("When did the Kestrel Ridge volcano last erupt?")
    expect(visit.last.locator(".unfinished")).to_contain_text("Beginning")
    expect(page.locator("#send")).to_be_hidden()
    page.locator("#question textarea").fill("A question that I type meanwhile")
    visit.last.locator(".fn").hover()
    expect(visit.last.locator(".tip")).to_be_visible()
    page.keyboard.press("Escape")  # stops at once, also where there is a tooltip to hide
    expect(page.locator('.turn[data-state="stopped"]')).to_be_visible(timeout=1000)
    expect(visit.last).to_contain_text("Stopped")
    expect(visit.last.locator(".answer")).to_contain_text("1873")
    expect(visit.last.locator(".answer")).not_to_contain_text("Beginning")
    expect(page.locator("#question textarea")).to_have_value("A question that I type meanwhile")
    gate.set()
    assert model.left.wait(30)  # the model is not left running
    gate.clear()
    page.set_viewport_size(PHONE["viewport"])
    visit.last.locator(".retry").click()
    expect(visit.last.locator(".unfinished")).to_contain_text("Beginning")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator('.turn[data-state="stopped"]')).to_be_visible(timeout=1000)
    visit.picture("phone-stopped")
    gate.set()
    visit.last.locator(".retry").click()
    visit.finished(1)


def test_a_model_that_fails_is_named_and_quotes_answer(visiting: Visiting, volcano: tuple[str, Model]) -> None:
    url, model = volcano
    say(model, [ModelFailed("the model ran out of breath <b>today</b>; try again")])
    visit = visiting(url)
    visit.ask("When did the Kestrel Ridge volcano last erupt?")
    expect(visit.last.locator(".notice.warning")).to_contain_text("ran out of breath <b>today</b>")
    expect(visit.last.locator(".fn").first).to_be_visible()
    visit.picture("model-failed")


def test_the_local_model_is_pulled_with_a_progress_bar(
    visiting: Visiting, serving: Serving, index_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    small = local.LocalModel(local.DEFAULT, "small.gguf", 4, "", "", ())
    monkeypatch.setitem(local.MODELS, local.DEFAULT, small)
    half, failing = threading.Event(), [True]

    def pull(*, progress: Any) -> Path:
        progress(500_000_000, 1_000_000_000)
        half.wait(30)
        if failing.pop():
            failing.append(False)
            raise local.ModelNotAvailable("can't download <b>it</b>: try again")
        local.models_folder().mkdir(parents=True)
        (local.models_folder() / small.file).write_bytes(b"GGUF")
        return local.models_folder() / small.file

    monkeypatch.setattr(local, "pull", pull)
    served = serving(Settings(index_path=index_path))
    visit = visiting(served.local_url)
    advice = visit.page.locator("#advice")
    expect(advice).to_contain_text("Answers are quotes until there is a language model")
    visit.ask(STARGATE)  # works meanwhile
    expect(visit.last.locator(".fn").first).to_be_visible()
    advice.get_by_role("button", name="Get one").click()
    expect(advice.locator("progress")).to_have_attribute("value", "500000000")
    expect(advice).to_contain_text("500 MB of 1,000 MB")
    visit.picture("pulling")
    half.set()
    expect(advice.locator(".notice.error")).to_contain_text("can't download <b>it</b>")
    advice.get_by_role("button", name="Get one").click()
    expect(advice).to_contain_text("The model is there")
    expect(visit.page.locator("#masthead .model")).to_have_text(f"local:{local.DEFAULT}")


def test_copying_gives_the_answer_with_its_footnotes(visiting: Visiting, volcano: tuple[str, Model]) -> None:
    url, model = volcano
    say(
        model,
        ["It was a <b>big</b> volcano. The Kestrel Ridge volcano last erupted in 1873 [1]."],
        ["1: frame\n2: yes"],
    )
    visit = visiting(url)
    page = visit.page
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url.rstrip("/"))
    visit.ask("When did the Kestrel Ridge volcano last erupt?")
    page.evaluate("window.clipboard = navigator.clipboard")
    for over_http in (False, True):
        if over_http:  # with --host, where a browser gives no clipboard to scripts
            page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.evaluate("window.clipboard.writeText('nothing yet')")
        visit.last.locator(".copy").click()
        expect(visit.last.locator(".copy")).to_have_text("Copied")
        assert page.evaluate("window.clipboard.readText()") == (
            "It was a \\<b\\>big\\</b\\> volcano. The Kestrel Ridge volcano last erupted in 1873[^1].\n\n"
            "[^1]: “The Kestrel Ridge volcano last erupted in 1873.” — The Kestrel Ridge volcano"
        )
        expect(visit.last.locator(".copy")).to_have_text("Copy")


@pytest.mark.timeout(900)  # a small model on a busy machine
@pytest.mark.skipif(not local.installed(), reason="the local model is not there: footnote models pull")
def test_the_local_model_answers_and_its_footnotes_are_checked_and_lead_to_the_sentence(
    visiting: Visiting, serving: Serving, index_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("browsing.PATIENCE", 800_000)
    served = serving(Settings(index_path=index_path, llm="local"), folders=[SEEDS])
    visit = visiting(served.local_url)
    page = visit.page
    page.evaluate(NOTE_CHECKING)
    visit.ask("Which countries did Altman visit?")
    assert page.evaluate("window.sawPassages"), "passages stand there before the first word"
    assert page.evaluate("window.sawChecking"), "footnotes are seen while they are checked"
    expect(page.locator(".checking")).to_have_count(0)
    expect(visit.last.locator(".facts")).to_contain_text(f"local:{local.DEFAULT}")
    footnote = visit.last.locator(".fn").first
    footnote.hover()
    expect(visit.last.locator(".tip").first).to_contain_text("Japon")
    visit.picture("local")
    footnote.click()
    expect(visit.mark).to_be_in_viewport()
    expect(visit.mark).to_contain_text("Japon")
    assert visit.mark.inner_text() in (SEEDS / "inde.txt").read_text(encoding="utf-8")


NOTE_CHECKING = """() => new MutationObserver(() => {
  const has = (selector) => document.querySelector(selector) !== null;
  window.sawPassages ||= has("#sources .passage") && !has(".turn .answer");
  window.sawChecking ||= has(".turn .fn.checking") && has("#sources .source.checking");
}).observe(document.body, {subtree: true, childList: true})"""
