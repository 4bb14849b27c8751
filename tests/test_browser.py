"""The chat page in a real browser, with a real index: what a reader sees and can do."""

import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import (
    CHROME,
    PHONE,
    SEEDS,
    STARGATE,
    VOLCANO,
    Model,
    Visit,
    Visiting,
    expect,
    playwright,
    serve,
    settle,
    start,
)
from fpdf import FPDF
from tricks import ATTRIBUTES, TAGS, TRICKS

from index import Index
from index.errors import ModelFailed
from index.files import path_text
from rag import local
from rag.answering import LONGEST_QUESTION
from rag.citations import Answer, Citation
from rag.settings import Settings
from ui.desk import Desk
from ui.reader import reader_html

pytestmark = [
    pytest.mark.skipif(CHROME is None, reason="there is no Chromium"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Gradio calls pandas in an old way
]
LANGUAGES = {"en": "Ask your documents", "fr": "Interrogez vos documents", "de": "Fragen Sie Ihre Dokumente",
             "es": "Pregunte a sus documentos"}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        yield start(driver)
    settle()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page over the samples, which answers with quotes."""
    settings = Settings(index_path=str(tmp_path_factory.mktemp("index")), llm="quotes")
    served = serve(settings, folders=[SEEDS])
    yield served.local_url
    served.close()


@pytest.fixture(scope="module")
def volcano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Model]]:
    """Address of the page over one document, and the model that answers there as it is told."""
    folder = tmp_path_factory.mktemp("volcano")
    (folder / "volcano.txt").write_text(VOLCANO, encoding="utf-8")
    model = Model()
    served = serve(Settings(index_path=str(folder / "index"), documents=(folder / "volcano.txt",)), model=model)
    yield served.local_url, model
    served.close()


@pytest.fixture
def visiting(chromium: Any, app: str) -> Iterator[Visiting]:
    """Opens the page; at the end of the test every visit is looked at and closed."""
    visits: list[Visit] = []

    def visiting(url: str = app, **context: Any) -> Visit:
        visits.append(Visit(chromium, url, **context))
        return visits[-1]

    yield visiting
    for visit in visits:
        visit.leave()


@pytest.fixture
def index_path(tmp_path: Path) -> str:
    return str(tmp_path / "index")


@pytest.fixture(autouse=True)
def expectations() -> None:
    expect.set_options(timeout=30_000)


def say(model: Model, *answers: list[Any]) -> None:
    model.script[:] = list(answers)
    model.left.clear()


def test_a_newcomer_uploads_asks_hovers_clicks_and_lands_on_the_sentence(
    visiting: Visiting, index_path: str, tmp_path: Path
) -> None:
    files = {
        "volcano.txt": VOLCANO,
        "recipe.md": "# Bread\n\nMix 500 grams of flour with water.\n\nBake it for forty minutes.",
        "letter.txt": "Dear Nora,\n\nthe harbour is closed since Monday. The ferry sails from Port Ellen now.",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    served = serve(Settings(index_path=index_path, llm="quotes"))
    started = perf_counter()
    visit = visiting(served.local_url)
    page = visit.page
    with page.expect_file_chooser() as chooser:
        page.locator("#drop button").first.click()
    chooser.value.set_files([tmp_path / name for name in files])
    expect(page.locator("#status")).to_contain_text("3 added")
    expect(page.locator("#documents ul.documents > li")).to_have_count(3)  # the samples made way
    expect(page.locator(".example").first).to_contain_text("What")
    example = page.locator(".example").first.inner_text()
    visit.picture("uploaded")
    visit.ask("From where does the ferry sail?")
    footnote = visit.last.locator(".fn").first
    footnote.hover()
    expect(visit.last.locator(".tip").first).to_contain_text("Port Ellen")
    visit.picture("hover")
    footnote.click()
    expect(visit.mark).to_be_in_viewport()
    assert perf_counter() - started < 60  # what the page promises; it takes a few seconds
    expect(visit.mark).to_contain_text("Port Ellen")
    expect(page.locator(".reader")).to_contain_text("Dear Nora")
    page.get_by_role("button", name="New conversation").first.click()
    page.locator(".example", has_text=example).click()  # made up from these documents
    visit.finished(1)
    expect(visit.last.locator(".fn").first).to_be_visible()
    served.close()


def test_footnotes_lead_into_the_document_and_back(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.page
    visit.ask(STARGATE)
    expect(visit.last.locator("footer")).to_contain_text("quotes")
    first = visit.last.locator(".fn").first
    first.focus()
    page.keyboard.press("Shift+Tab")  # away and back: only a keyboard's focus shows the tooltip
    page.keyboard.press("Tab")
    expect(visit.last.locator(".tip").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(visit.last.locator(".tip").first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(visit.mark).to_be_in_viewport()
    expect(page.locator(".reader h3")).to_be_focused()
    quote = visit.mark.inner_text()
    visit.picture("document")
    page.get_by_role("button", name="Next footnote").click()
    expect(visit.mark).not_to_have_text(quote)
    page.get_by_role("button", name="Previous footnote").click()
    expect(visit.mark).to_have_text(quote)
    expect(page.get_by_role("button", name="Previous footnote")).to_be_disabled()
    page.locator(".reader .back").click()
    expect(first).to_be_focused()
    page.locator(".shut").click()
    expect(page.locator("#sources .source.lit mark")).to_have_text(quote)
    first.click()  # the same once more
    expect(visit.mark).to_have_text(quote)


def test_a_document_that_comes_late_opens_nothing_that_was_shut_and_the_last_click_counts(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visiting()
    page = visit.page
    visit.ask(STARGATE)
    cards = page.locator("#sources .source .open")
    cards.nth(0).click()
    expect(visit.mark).to_be_in_viewport()
    first = visit.mark.inner_text()
    page.locator(".shut").click()
    come, opened = threading.Event(), []

    def late(document: Any, path: str, citation: Citation, *args: Any, **kwargs: Any) -> str:
        opened.append(citation.number)
        come.wait(30)
        return reader_html(document, path, citation, *args, **kwargs) + f"<i hidden>{len(opened)}</i>"

    monkeypatch.setattr("ui.talk_events.reader_html", late)
    cards.nth(0).click()  # the page has it already, and asks for it all the same
    expect(visit.mark).to_have_text(first)
    page.locator(".shut").click()
    cards.nth(1).click()
    come.set()
    expect(visit.mark).not_to_have_text(first)
    assert opened == [1, 2]
    page.locator(".shut").click()
    come.clear()
    cards.nth(1).click()
    page.locator(".shut").click()
    come.set()
    expect(page.locator("#reader i")).to_have_text("3")
    expect(page.locator("#evidence.reading")).to_have_count(0)


def test_a_pdf_opens_at_its_page_with_the_quote_marked(visiting: Visiting, index_path: str, tmp_path: Path) -> None:
    sheet = FPDF()
    sheet.set_font("Helvetica", size=14)
    for line in ("The first page is about nothing in particular. " * 12, VOLCANO.replace("\n", " ") * 3):
        sheet.add_page()
        sheet.multi_cell(0, 8, line)
    sheet.output(str(tmp_path / "report.pdf"))
    served = serve(Settings(index_path=index_path, llm="quotes", documents=(tmp_path / "report.pdf",)))
    visit = visiting(served.local_url)
    visit.ask("When did the Kestrel Ridge volcano last erupt?")
    visit.last.locator(".fn").first.click()
    image = visit.page.locator(".reader img")
    expect(image).to_have_attribute("alt", "Page 2 of report")
    expect(visit.mark.first).to_be_in_viewport()
    box, whole = visit.mark.first.bounding_box(), image.bounding_box()
    assert box is not None
    assert whole is not None
    assert whole["y"] <= box["y"] < box["y"] + box["height"] <= whole["y"] + whole["height"] / 2
    visit.picture("pdf")
    assert _problems(visit.page) == []
    visit.page.set_viewport_size(PHONE["viewport"])
    expect(visit.page.locator("#talk")).to_be_hidden()
    visit.page.locator(".shut").click()
    visit.page.locator("#sources .open").first.click()
    expect(visit.mark.first).to_be_in_viewport()
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 375
    visit.picture("phone-pdf")
    (tmp_path / "report.pdf").unlink()
    visit.page.locator(".shut").click()
    visit.page.locator("#sources .open").first.click()
    expect(visit.page.locator(".reader img")).to_have_count(0)  # the text is in the index
    expect(visit.page.locator(".reader mark")).to_contain_text("1873")
    served.close()


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
    assert _problems(page) == []


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
    assert _problems(visit.page) == []


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
    visiting: Visiting, index_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    served = serve(Settings(index_path=index_path))
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
    served.close()


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


def test_documents_are_found_ticked_synced_and_removed(visiting: Visiting, app: str, tmp_path: Path) -> None:
    visit = visiting()
    page, listed = visit.page, visit.page.locator("#documents ul.documents > li")
    expect(listed).to_have_count(2)
    expect(listed.first.locator(".language")).to_have_accessible_name("language: French")
    expect(listed.first).to_contain_text("ready")
    names = [f"report-{n}.txt" for n in range(3)]
    for name in names:
        (tmp_path / name).write_text(f"{name} says that its own number is good.", encoding="utf-8")
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)) * 20)
    visit.upload(*(tmp_path / name for name in names), noise)
    expect(page.locator("#status")).to_contain_text("3 added")
    expect(page.locator("#status")).to_contain_text("noise.bin:")
    expect(listed).to_have_count(5)
    assert _problems(page) == []
    visit.come()
    left_out = page.locator("#documents .left-out")
    left_out.locator("summary").click()
    expect(left_out.locator("li", has_text="noise.bin:")).to_be_visible()
    expect(
        left_out.locator("li", has_text="questions.jsonl:")
    ).to_be_visible()  # of the folder that the server was started with
    page.get_by_role("searchbox", name="Find a document").fill("report-1")
    expect(listed.locator("visible=true")).to_have_count(1)
    (tmp_path / "report-1-also.txt").write_text("Another number is good.", encoding="utf-8")
    visit.upload(tmp_path / "report-1-also.txt")
    expect(listed).to_have_count(6)  # what was looked for still is, in the list that was drawn anew
    expect(page.get_by_role("searchbox", name="Find a document")).to_have_value("report-1")
    expect(listed.locator("visible=true")).to_have_count(2)
    page.get_by_role("searchbox", name="Find a document").fill("")
    expect(listed.locator("visible=true")).to_have_count(6)
    names.append("report-1-also.txt")

    page.get_by_label("Ask all documents").uncheck()
    visit.type(STARGATE)
    expect(visit.last).to_contain_text("No document is ticked")
    expect(page.locator("#documents li input:checked")).to_have_count(0)
    page.get_by_role("checkbox", name="Ask report-1", exact=True).check()
    visit.ask("What says that its own number is good?")
    expect(page.locator("#sources section:visible .where").first).to_contain_text("report-1.txt")
    assert set(page.locator("#sources section:visible .where").all_inner_texts()) == {"report-1.txt"}
    visit.picture("ticked")

    for name in names:
        item = page.locator("#documents li", has_text=name)
        item.hover()
        item.get_by_role("button", name="Remove report").click()
        expect(item).to_contain_text("Remove from the index?")
        if name == names[0]:
            item.get_by_role("button", name="Keep").click()
            expect(item.locator(".confirm")).to_be_hidden()
            item.get_by_role("button", name="Remove report").click()
        item.get_by_role("button", name="Remove", exact=True).click()
        expect(page.locator("#documents")).not_to_contain_text(name)
    page.get_by_role("button", name="Read the folders again").click()
    expect(page.locator("#status")).to_contain_text("2 unchanged")


OTHER = "import sys; from index import Index, sync; sync([sys.argv[1]], Index.open(sys.argv[2]))"


def test_what_another_process_does_to_the_index_shows_without_a_reload(
    chromium: Any, index_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.chat.NOW_AND_THEN", 0.5)
    looks: list[str] = []
    look = Desk.revision

    def revision(desk: Desk) -> str:
        looks.append(look(desk))
        return looks[-1]

    monkeypatch.setattr(Desk, "revision", revision)
    served = serve(Settings(index_path=index_path, llm="quotes"))
    visit = Visit(chromium, served.local_url)
    try:
        expect(visit.page.locator("#documents ul.documents > li")).to_have_count(2)
        looks.clear()
        while len(looks) < 4:
            visit.page.wait_for_timeout(100)
        expect(visit.page.locator("#documents ul.documents > li")).to_have_count(2)  # looking changes nothing
        (tmp_path / "volcano.txt").write_text(VOLCANO, encoding="utf-8")
        subprocess.run([sys.executable, "-c", OTHER, tmp_path / "volcano.txt", index_path], check=True, timeout=300)
        expect(visit.page.locator("#documents")).to_contain_text("Kestrel Ridge")
        visit.leave()
    finally:
        served.close()


def test_quick_ticks_are_all_heard(visiting: Visiting) -> None:
    visit = visiting()
    boxes, every = visit.page.locator("#documents li input"), visit.page.get_by_label("Ask all documents")
    boxes.first.uncheck()
    expect(every).not_to_be_checked()
    every.check()
    expect(boxes.first).to_be_checked()
    boxes.evaluate_all("(boxes) => boxes.forEach((box) => box.click())")
    expect(every).not_to_be_checked()
    visit.page.wait_for_timeout(1000)  # a tick shows nothing to wait for
    visit.type(STARGATE)
    expect(visit.last).to_contain_text("No document is ticked")


DROP = """(button) => {
  const files = new DataTransfer();
  for (const n of [1, 2]) files.items.add(new File([`Dropped number ${n}.`], `dropped-${n}.txt`, {type: "text/plain"}));
  for (const type of ["dragenter", "dragover", "drop"]) {
    button.dispatchEvent(new DragEvent(type, {dataTransfer: files, bubbles: true, cancelable: true}));
  }
}"""


def test_files_are_dropped_while_a_conversation_goes_on(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.page
    visit.ask(STARGATE)
    page.locator("#drop button").first.evaluate(DROP)
    expect(page.locator("#status")).to_contain_text("2 added")
    expect(page.locator("#documents")).to_contain_text("dropped-2.txt")
    expect(visit.last.locator(".fn").first).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()
    for n in (1, 2):
        item = page.locator("#documents li", has_text=f"dropped-{n}.txt")
        item.get_by_role("button", name="Remove dropped").click(force=True)
        item.get_by_role("button", name="Remove", exact=True).click()
        expect(page.locator("#documents")).not_to_contain_text(f"dropped-{n}.txt")


def test_in_a_narrow_window_the_document_takes_the_place_of_the_list(visiting: Visiting) -> None:
    visit = visiting(viewport={"width": 960, "height": 700})
    page = visit.page
    visit.ask(STARGATE)
    expect(page.locator("#library")).to_be_visible()
    visit.last.locator(".fn").first.click()
    expect(visit.mark).to_be_in_viewport()
    expect(page.locator("#library")).to_be_hidden()
    visit.picture("narrow")
    page.locator(".shut").click()
    expect(page.locator("#library")).to_be_visible()


def test_each_turn_keeps_its_sources_and_retry_asks_the_last_again(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.page
    panel = page.locator("#sources section:visible")
    visit.ask(STARGATE)
    first = panel.inner_text()
    visit.ask("What did the Indian finance ministry advise?")
    expect(panel).not_to_have_text(first)
    page.locator('.turn[data-turn="1"] .fn').first.click()
    expect(page.locator('.reader[data-turn="1"]')).to_be_visible()
    page.locator(".shut").click()
    assert panel.inner_text() == first
    visit.last.locator(".fn").first.click()
    expect(visit.mark).to_be_in_viewport()
    page.locator("#question textarea").fill("Half a question")
    retry = page.locator(".retry:visible")
    expect(retry).to_have_count(1)
    retry.click()
    expect(page.locator("#stop")).to_be_attached()
    visit.finished(2)
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#evidence.reading")).to_have_count(0)
    expect(page.locator("#question textarea")).to_have_value("Half a question")
    expect(panel.locator(".source").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_visitors_language(visiting: Visiting, language: str) -> None:
    visit = visiting(locale=language)
    page = visit.page
    expect(page.locator(".welcome h2")).to_have_text(LANGUAGES[language])
    expect(page.locator("html")).to_have_attribute("lang", language)
    examples = page.locator(".example").all_inner_texts()
    asked = [line for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines() if f'"{language}"' in line]
    assert examples
    assert all(any(example.lower() in line.lower() for line in asked) for example in examples)
    visit.picture(f"start-{language}")
    page.locator(".example").first.click()
    visit.finished(1)
    expect(visit.last.locator(".question")).to_have_text(examples[0])


def test_no_serious_accessibility_problem(visiting: Visiting, app: str) -> None:
    for scheme in ("light", "dark"):
        visit = visiting(color_scheme=scheme)
        page = visit.page
        seen = {"start": _problems(page)}
        visit.ask(STARGATE)
        visit.last.locator(".vote").first.click()
        expect(visit.last.locator(".comment")).to_be_visible()
        seen["answer"] = _problems(page)
        visit.picture(f"answer-{scheme}")
        visit.last.locator(".fn").first.click()
        expect(visit.mark).to_be_in_viewport()
        seen["document"] = _problems(page)
        for drawer in ("conversations", "settings"):
            visit.drawer(drawer)
            if drawer == "conversations":
                page.locator("#listing summary").first.click()
            seen[drawer] = _problems(page)
            visit.picture(f"{drawer}-{scheme}")
            page.keyboard.press("Escape")
            expect(page.locator(f"#{drawer}")).to_be_hidden()
        assert seen == {state: [] for state in seen}


def _problems(page: Any) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{problem['id']}: {[node['html'][:150] for node in problem['nodes'][:3]]}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
    ]


def test_focus_is_visible_and_shift_enter_makes_a_line(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.page
    box = page.locator("#question textarea")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("maxlength", str(LONGEST_QUESTION))
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    page.locator(".icon[data-drawer=settings]").focus()
    page.keyboard.press("Shift+Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.get_by_role("button", name="New conversation").first.click()
    expect(box).to_be_focused()
    drawer = visit.drawer("settings")
    assert drawer.locator("select").evaluate("(field) => getComputedStyle(field).appearance") == "auto"
    page.locator("#welcome h2").click()
    expect(drawer).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_places_are_tabs_and_nothing_is_cut_off(visiting: Visiting, scheme: str) -> None:
    visit = visiting(color_scheme=scheme, **PHONE)
    page = visit.page
    places = {"Documents": "#library", "Conversation": "#talk", "Sources": "#evidence"}
    visit.ask(STARGATE)
    for name, place in places.items():
        page.locator("nav.places").get_by_role("button", name=name).tap()
        assert _problems(page) == []
        assert [other for other in places.values() if page.locator(other).is_visible()] == [place]
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        visit.picture(f"phone-{name.lower()}-{scheme}")
    page.locator("nav.places").get_by_role("button", name="Conversation").tap()
    visit.last.locator(".fn").first.tap()
    expect(visit.mark).to_be_in_viewport()
    expect(page.locator("#talk")).to_be_hidden()
    visit.picture(f"phone-document-{scheme}")
    page.locator("nav.places").get_by_role("button", name="Documents").tap()
    expect(page.locator("#library")).to_be_visible()
    page.locator("nav.places").get_by_role("button", name="Sources").tap()
    page.locator(".reader .back").tap()
    expect(visit.last.locator(".fn").first).to_be_in_viewport()
    visit.drawer("conversations")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.locator("#conversations .shut-drawer").tap()
    dark = page.evaluate("document.body.classList.contains('dark')")
    assert dark == (scheme == "dark")
    page.locator("#theme").click()
    visit.come()
    assert page.evaluate("document.body.classList.contains('dark')") != dark


def test_uploading_editing_and_settings_on_a_phone_in_german(visiting: Visiting, tmp_path: Path) -> None:
    visit = visiting(locale="de", **PHONE)
    page = visit.page

    def fits(name: str) -> None:
        visit.picture(f"phone-{name}-de")
        assert page.evaluate("document.documentElement.scrollWidth") == 375

    fits("start")
    assert _problems(page) == []
    page.locator("nav.places").get_by_role("button", name="Dokumente").tap()
    files = {"volcano.txt": VOLCANO.encode(), "broken.pdf": b"%PDF-1.4 broken", "empty.txt": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with page.expect_file_chooser() as chooser:
        page.locator("#drop button").first.tap()
    chooser.value.set_files([tmp_path / name for name in files])
    status = page.locator("#status")
    expect(status).to_contain_text("1 hinzugefügt, 2 ausgelassen")
    changes = ["1 hinzugefügt: volcano.txt", "broken.pdf: kein PDF, oder ein beschädigtes", "empty.txt: leere Datei"]
    expect(status.locator("li")).to_have_text(changes)
    fits("upload")
    status.get_by_role("button", name="Schließen").tap()
    expect(status).to_be_hidden()
    item = page.locator("#documents li", has_text="volcano.txt")
    expect(item).to_be_visible()

    page.locator("nav.places").get_by_role("button", name="Gespräch", exact=True).tap()
    visit.ask("When did the Kestrel Ridge volcano last erupt?")
    visit.last.get_by_role("button", name="Frage ändern").tap()
    field = visit.last.get_by_role("textbox", name="Frage")
    field.fill("How high is the summit of the Kestrel Ridge volcano?")
    expect(field).to_be_in_viewport(ratio=1)
    fits("edit")
    visit.last.get_by_role("button", name="Neu fragen").tap()
    expect(visit.last.locator(".question")).to_contain_text("How high")
    visit.finished(1)
    expect(visit.last.locator(".answer")).to_contain_text("2,417 metres")
    visit.last.get_by_role("button", name="Schlechte Antwort").tap()
    expect(visit.last.get_by_role("textbox", name="Was wäre richtig gewesen")).to_be_in_viewport(ratio=1)
    fits("rated")

    drawer = visit.drawer("settings")
    drawer.get_by_label("Sprachmodell").fill("nonsense")
    drawer.get_by_role("button", name="Testen").tap()
    expect(drawer.locator(".error")).to_contain_text("'nonsense' ist kein Sprachmodell")
    drawer.get_by_label("Sprachmodell").fill("quotes")
    drawer.get_by_label("Sprache der Antworten").select_option("fr")
    drawer.get_by_role("button", name="Speichern").tap()
    expect(drawer).to_contain_text("In diesem Browser gespeichert")
    fits("settings")
    drawer.get_by_role("button", name="Schließen").tap()
    expect(drawer).to_be_hidden()

    page.locator("nav.places").get_by_role("button", name="Dokumente").tap()
    item.get_by_role("button", name="entfernen").tap()
    item.get_by_role("button", name="Entfernen", exact=True).tap()
    expect(item).to_have_count(0)


@pytest.mark.timeout(900)  # a small model on a busy machine
@pytest.mark.skipif(not local.installed(), reason="the local model is not there: footnote models pull")
def test_the_local_model_answers_and_its_footnotes_are_checked_and_lead_to_the_sentence(
    visiting: Visiting, index_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("browsing.PATIENCE", 800_000)
    served = serve(Settings(index_path=index_path, llm="local"), folders=[SEEDS])
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
    served.close()


NOTE_CHECKING = """() => new MutationObserver(() => {
  const has = (selector) => document.querySelector(selector) !== null;
  window.sawPassages ||= has("#sources .passage") && !has(".turn .answer");
  window.sawChecking ||= has(".turn .fn.checking") && has("#sources .source.checking");
}).observe(document.body, {subtree: true, childList: true})"""


STRANGERS = """([root, tags, attributes]) => [...document.querySelectorAll(`${root} .html-container > div *`)].filter(
  (element) => !tags.includes(element.localName) || element.getAttributeNames().some((name) =>
    !attributes.includes(name) && !(name === "style" && element.matches(".tip, .html-container > div")))
).map((element) => element.outerHTML.slice(0, 200))"""
OPENED = """([turn, n]) => new Promise((done) => {
  const look = () => document.querySelector(`.reader[data-turn="${turn}"][data-n="${n}"] mark`);
  const watching = new MutationObserver(() => look() && (watching.disconnect(), done(look().textContent)));
  watching.observe(document.body, {subtree: true, childList: true, attributes: true});
  document.querySelector(`.turn[data-turn="${turn}"] .fn[data-n="${n}"]`).click();
})"""


def as_shown(text: str) -> str:
    """Without what the answer's own small Markdown takes away, and what HTML has no place for."""
    return re.sub(r"[\s*`\x00\ufffd]", "", text)


def test_tricks_are_only_text(
    visiting: Visiting, index_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is in a document's name and text, in a question, and in an answer; every footnote is opened."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for n, trick in enumerate(TRICKS):
        name = "".join(letter for letter in trick if letter.isprintable() and letter != "/")[:80]
        (folder / f"{n} {name}.txt").write_text(f"{trick}\n\nLamp {n} was lit by {trick} itself.", "utf-8")
    asked: dict[int, str] = {}

    def scripted(question: str, *, index: Index, **options: Any) -> Iterator[Answer]:
        """Says of each lamp that is asked about what its document says; a model would take minutes."""
        sources = {int(record.source.split()[0]): record.source for record in index.documents()}
        citations = []
        for number, n in enumerate(asked, 1):
            document = index.document(sources[n])
            start = document.text.index(f"Lamp {n} was")
            place = (start, len(document.text), document.text[start:])
            citations.append(Citation(number, document.source, document.title, None, *place, 0.9))
        lines = [
            f"Lamp {n} was lit by {trick} itself [{number}]." for number, (n, trick) in enumerate(asked.items(), 1)
        ]
        removed = tuple(asked.values())
        yield Answer(question, "\n\n".join(lines), tuple(citations), (), "answered", "scripted", removed=removed)

    monkeypatch.setattr("rag.stream_answer", scripted)
    monkeypatch.setattr("browsing.PATIENCE", 120_000)  # until all of them are read, on a busy machine
    served = serve(Settings(index_path=index_path, documents=(folder,), llm="quotes"))
    visit = visiting(served.local_url)
    page = visit.page
    listed = page.locator("#documents ul.documents > li")
    expect(listed).to_have_count(len(TRICKS))
    names = as_shown("".join(listed.all_inner_texts()))
    assert [file for file in folder.iterdir() if as_shown(path_text(Path(file.name))) not in names] == []
    for turn, first in enumerate(range(0, len(TRICKS), 20), 1):
        asked.clear()
        asked.update(list(enumerate(TRICKS))[first : first + 20])
        question = f"Which lamps were lit by {' '.join(asked.values())}?"
        visit.ask(question)
        assert as_shown(visit.last.locator(".question").text_content() or "") == as_shown(question)
        for place in (".answer", ".removed"):
            said = as_shown(visit.last.locator(place).text_content() or "")
            assert [trick for trick in asked.values() if as_shown(trick) not in said] == []
        for number, (n, trick) in enumerate(asked.items(), 1):
            opened = as_shown(page.evaluate(OPENED, [turn, number]))
            assert opened == as_shown(f"Lamp {n} was lit by {trick} itself.")
        page.locator(".shut").click()
    visit.drawer("conversations")
    for place in ("#masthead", "#documents", "#bar", "#thread", "#sources", "#reader", "#listing"):
        assert page.evaluate(STRANGERS, [place, sorted(TAGS), [*ATTRIBUTES, "data-seen"]]) == []
    visit.picture("tricks")
    served.close()


def test_uploading_a_hostile_name_does_nothing(visiting: Visiting, tmp_path: Path) -> None:
    file = tmp_path / "<svg onload=window.pwned=1>.bin"
    file.write_bytes(b"\x00\x01")
    visit = visiting()
    visit.upload(file)
    expect(visit.page.locator("#status")).to_contain_text("1 skipped")
    assert visit.page.locator("#status :is(img, script, svg)").count() == 0


def test_the_browser_is_told_to_load_nothing_from_elsewhere(app: str) -> None:
    with urllib.request.urlopen(app, timeout=30) as response:
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "base-uri 'self'" in policy


def test_an_index_that_cannot_be_opened_is_said(chromium: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    served = serve(Settings(index_path=str(tmp_path / "file"), llm="quotes"))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.local_url)
    expect(page.locator("#status .notice.error")).to_contain_text("can't be opened")
    page.locator("#question textarea").fill("Anything?")
    page.keyboard.press("Enter")
    expect(page.locator('.turn[data-state="failed"] .notice.error').first).to_contain_text("can't be opened")
    context.close()
    served.close()


def test_an_index_that_breaks_while_it_is_served_is_said(chromium: Any, tmp_path: Path) -> None:
    (tmp_path / "volcano.txt").write_text(VOLCANO, encoding="utf-8")
    index = tmp_path / "index"
    served = serve(Settings(index_path=str(index), llm="quotes"), folders=[tmp_path / "volcano.txt"])
    visit = Visit(chromium, served.local_url)
    (index / "chroma.sqlite3").write_bytes(b"no database any more" * 1000)
    visit.page.goto(served.local_url)
    expect(visit.page.locator("#documents .notice.error")).to_contain_text("does not answer")
    visit.type("When did it erupt?")
    visit.finished(1, "failed")
    expect(visit.last.locator(".notice.error").first).to_contain_text("does not answer")
    visit.page.get_by_role("button", name="Sync").click()
    expect(visit.page.locator("#status .notice.error")).to_contain_text("does not answer")
    visit.leave()
    served.close()


def test_what_nobody_foresaw_is_said_and_logged(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def boom(*args: Any, **options: Any) -> Any:
        raise RuntimeError("secret inner detail")

    visit = visiting()
    visit.ask(STARGATE)
    monkeypatch.setattr("rag.stream_answer", boom)
    visit.type("Anything?")
    visit.finished(2, "failed")
    expect(visit.last).to_contain_text("Something went wrong")
    monkeypatch.setattr("ui.talk_events.reader_html", boom)
    visit.page.locator(".fn").first.click()
    toast = visit.page.get_by_test_id("toast-body")
    expect(toast).to_contain_text("Something went wrong")
    visit.page.get_by_test_id("toast-close").click()
    expect(toast).to_have_count(0)
    monkeypatch.setattr("ui.talk_events.exchanges", boom)  # what comes piece by piece
    visit.last.locator(".retry").click()
    expect(toast).to_contain_text("Something went wrong")
    expect(visit.page.locator("body")).not_to_contain_text("secret")
    assert capfd.readouterr().err.count("secret inner detail") >= 3


def test_a_proxy_is_not_asked_for_this_machine(index_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # where nothing listens
    monkeypatch.setenv("no_proxy", "intranet.example")
    monkeypatch.setenv("NO_PROXY", "")
    served = serve(Settings(index_path=index_path, llm="quotes"))
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    served.close()


def test_a_port_that_is_taken_is_said(index_path: str) -> None:
    from index.errors import SettingsError
    from ui.serving import launch

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="--port"):
            launch(Settings(index_path=index_path), port=taken.getsockname()[1], block=False)
