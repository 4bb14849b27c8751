"""The chat page in a real browser, with a real index: what a reader sees and can do."""

import json
import os
import shutil
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk

from index.errors import ModelFailed
from rag import stream_answer
from rag.citations import Answer, Turn
from rag.settings import Settings
from ui.render import Exchange

playwright = pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, Playwright, expect  # noqa: E402

ROOT = Path(__file__).parent.parent
CHROME = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
PATIENCE = 30_000  # milliseconds: the first question loads the embedding model on a slow machine

pytestmark = [
    pytest.mark.skipif(CHROME is None, reason="there is no Chromium"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Gradio calls pandas in an old way
]

VOLCANO = """The Kestrel Ridge volcano

The Kestrel Ridge volcano last erupted in 1873. Its summit is 2,417 metres above the sea.
The first people to climb it were Ada Thorne and her brother Miles, in the summer of 1891.
"""
HOSTILE = """<img src=x onerror="window.pwned=1">

The Zanzibar lighthouse <script>window.pwned=1</script> was built in 1892 <img src=x onerror=window.pwned=1> by Nigel.
${window.pwned=1} {{window.pwned=1}} <b onclick=alert(1)>The keeper of the Zanzibar lighthouse was Ned Ward.</b>
"""
HOSTILE_NAME = "<img src=x onerror=window.pwned=1>.txt"


class SlowModel(GenericFakeChatModel):
    """Says one word, then waits until the test lets it go on."""

    messages: Iterator = iter(())
    gate: threading.Event
    left: threading.Event

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        from langchain_core.outputs import ChatGenerationChunk

        try:
            for word in ["Beginning ", "end."]:
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))
                self.gate.wait(30)
        finally:
            self.left.set()


class BrokenModel(GenericFakeChatModel):
    messages: Iterator = iter(())

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        raise ModelFailed("the model ran out of breath <b>today</b>; try again")
        yield


class CheckedModel(GenericFakeChatModel):
    """Answers at once, then waits until the test lets it check its footnotes."""

    messages: Iterator = iter(())
    gate: threading.Event
    calls: ClassVar = iter(
        [
            "Its summit is 2,417 metres above the sea [1]. The Kestrel Ridge volcano last erupted in 1873 [1].",
            "1: no\n2: yes",
        ]
    )

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        from langchain_core.outputs import ChatGenerationChunk

        said = next(self.calls)
        if said.startswith("1:"):
            self.gate.wait(30)
        yield ChatGenerationChunk(message=AIMessageChunk(content=said))


def serve(settings: Settings, **options):
    """The page of these settings, on a free port."""
    from ui.chat import launch

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return launch(settings, port=port, block=False, **options)


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[str]:
    """Address of the page over the samples."""
    served = serve(Settings(index_path=str(tmp_path_factory.mktemp("index")), llm="quotes"))
    yield served.local_url
    served.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        yield start(driver)


def start(driver: Playwright) -> Browser:
    return driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu", *QUIET])


class Visit:
    """One browser with its own session, and what it did."""

    def __init__(self, browser: Browser, url: str, **context) -> None:
        self.context = browser.new_context(**({"viewport": {"width": 1360, "height": 860}} | context))
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.host = urlsplit(url).netloc
        self.page.goto(url)
        expect(self.page.locator("#documents li").first).to_be_visible(timeout=PATIENCE)

    def ask(self, question: str) -> None:
        turns = self.page.locator(".turn").count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        self.finished(turns + 1)

    def finished(self, turns: int, state: str = "done") -> None:
        expect(self.page.locator(f'.turn[data-turn="{turns}"][data-state="{state}"]')).to_be_visible(timeout=PATIENCE)
        expect(self.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()

    @property
    def last(self):
        return self.page.locator(".turn").last

    def leave(self) -> None:
        """Close; nothing was asked of another host, nothing went wrong, and no document ran a script."""
        assert {urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "blob:"))} == {self.host}
        assert self.errors == []
        assert self.dialogs == []
        assert self.page.evaluate("window.pwned") is None
        self.context.close()


@pytest.fixture
def visit(app, chromium) -> Iterator[Visit]:
    visit = Visit(chromium, app)
    yield visit
    visit.leave()


@pytest.fixture
def index_path(tmp_path) -> str:
    return str(tmp_path / "index")


@pytest.fixture(autouse=True)
def expectations():
    expect.set_options(timeout=PATIENCE)


def test_an_uploaded_document_answers_and_shows_its_words(visit, tmp_path):
    file = tmp_path / "volcano.txt"
    file.write_text(VOLCANO, encoding="utf-8")
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)) * 20)
    page = visit.page
    page.locator("#drop input[type=file]").set_input_files([file, noise])
    expect(page.locator("#status .notice")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("1 added")
    expect(page.locator("#status")).to_contain_text("noise.bin:")
    expect(page.locator("#documents")).to_contain_text("volcano.txt")

    visit.ask("When did the Kestrel Ridge volcano last erupt?")
    expect(visit.last.locator(".answer")).to_contain_text("1873")
    footnote = visit.last.locator(".fn").first
    footnote.hover()
    expect(visit.last.locator(".tip").first).to_be_visible()
    footnote.click()
    card = page.locator("#sources .source.lit")
    expect(card).to_be_in_viewport()
    expect(card).to_be_focused()
    expect(card.locator("mark")).to_contain_text("1873")
    expect(card).to_contain_text("volcano.txt")
    card.locator(".back").click()
    expect(footnote).to_be_focused()

    page.get_by_role("button", name="Remove The Kestrel Ridge volcano").click()
    expect(page.locator("#documents")).not_to_contain_text("volcano.txt")


def test_an_example_is_asked_and_footnotes_work_by_keyboard(visit):
    page = visit.page
    examples = page.locator(".example")
    expect(examples).to_have_count(4)
    question = examples.first.inner_text()
    assert question.lower() in (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").lower()
    examples.first.click()
    visit.finished(1)
    expect(visit.last.locator(".question")).to_have_text(question)
    expect(visit.last.locator("footer")).to_contain_text("quotes")
    expect(visit.last.locator("footer")).to_contain_text("s")
    footnote = visit.last.locator(".fn").first
    footnote.focus()
    page.keyboard.press("Shift+Tab")  # away and back: only a keyboard's focus shows the tooltip
    page.keyboard.press("Tab")
    expect(visit.last.locator(".tip").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(visit.last.locator(".tip").first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#sources .source.lit mark")).to_be_visible()


def test_a_refusal_looks_different(chromium, index_path):
    model = GenericFakeChatModel(messages=iter(["Ulaanbaatar, as everybody knows."]))
    served = serve(Settings(index_path=index_path), model=model)
    visit = Visit(chromium, served.local_url)
    visit.ask("What is the capital of Mongolia?")
    expect(visit.last.locator(".refusal")).to_be_visible()
    expect(visit.last).not_to_contain_text("Ulaanbaatar")
    expect(visit.last.locator(".fn")).to_have_count(0)
    expect(visit.page.locator("#sources")).to_contain_text("Closest passages")
    expect(visit.page.locator("#sources .source").first).to_be_visible()
    expect(visit.page.locator("#sources mark")).to_have_count(0)
    visit.leave()
    served.close()


def test_each_turn_keeps_its_sources_and_a_new_conversation_is_empty(visit):
    page = visit.page
    panel = page.locator("#sources section:visible")
    visit.ask("Who announced Stargate?")
    first = panel.inner_text()
    visit.ask("What did the Indian finance ministry advise?")
    expect(panel).not_to_have_text(first)
    page.locator('.turn[data-turn="1"] .fn').first.click()
    expect(panel).to_have_count(1)
    assert panel.inner_text() == first
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".example").first).to_be_visible()
    expect(page.locator("#sources section")).to_have_count(0)


def test_retry_asks_the_last_question_again(visit, monkeypatch):
    asked, again = [], threading.Event()

    def recording(question, *, history, **options):
        asked.append((question, len(history)))
        if len(asked) == 3:
            again.set()
        return stream_answer(question, history=history, **options)

    monkeypatch.setattr("rag.stream_answer", recording)
    visit.ask("Who announced Stargate?")
    visit.ask("And with whom did he discuss it in Seoul?")
    retry = visit.page.locator(".retry:visible")
    expect(retry).to_have_count(1)
    retry.click()
    assert again.wait(30)
    visit.finished(2)
    expect(visit.page.locator(".turn")).to_have_count(2)
    assert asked == [("Who announced Stargate?", 0), *[("And with whom did he discuss it in Seoul?", 1)] * 2]


def test_copying_gives_the_answer_with_its_footnotes(visit, app):
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.rstrip("/"))
    visit.ask("Who announced Stargate?")
    visit.last.locator(".copy").click()
    expect(visit.last.locator(".copy")).to_have_text("Copied")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in copied
    assert "“" in copied.rpartition("\n")[2]


def test_a_hostile_document_is_only_text(chromium, tmp_path, index_path):
    file = tmp_path / HOSTILE_NAME
    file.write_text(HOSTILE, encoding="utf-8")
    served = serve(Settings(index_path=index_path, documents=(file,), llm="quotes"))
    visit = Visit(chromium, served.local_url)
    page = visit.page
    expect(page.locator("#documents")).to_contain_text(HOSTILE_NAME)
    expect(page.locator(".example")).to_contain_text("<img src=x")  # its title is asked about
    visit.ask("When was the Zanzibar lighthouse built <img src=x onerror=window.pwned=1> ${window.pwned=1}")
    expect(visit.last.locator(".question")).to_contain_text("<img src=x onerror=window.pwned=1> ${window.pwned=1}")
    visit.last.locator(".fn").first.click()
    expect(page.locator("#sources .lit")).to_contain_text("<script>window.pwned=1</script>")
    for place in ("#documents", "#thread", "#sources"):
        assert page.locator(f"{place} :is(img, script, b, a, iframe)").count() == 0
    visit.leave()
    served.close()


def test_uploading_a_hostile_name_does_nothing(visit, tmp_path):
    file = tmp_path / "<svg onload=window.pwned=1>.bin"
    file.write_bytes(b"\x00\x01")
    visit.page.locator("#drop input[type=file]").set_input_files(file)
    expect(visit.page.locator("#status")).to_contain_text("1 skipped")
    assert visit.page.locator("#status :is(img, script, svg)").count() == 0


def test_two_visitors_do_not_see_each_other(app, chromium):
    one, other = Visit(chromium, app), Visit(chromium, app)
    one.ask("Who announced Stargate?")
    other.ask("What did the finance ministry advise?")
    for visitor, question in ((one, "Who announced Stargate?"), (other, "What did the finance ministry advise?")):
        expect(visitor.page.locator(".turn")).to_have_count(1)
        expect(visitor.last.locator(".question")).to_have_text(question)
    one.ask("With whom did he discuss it?")
    expect(one.page.locator(".turn")).to_have_count(2)
    expect(other.page.locator(".turn")).to_have_count(1)
    one.leave()
    other.leave()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off(app, chromium, scheme):
    visit = Visit(chromium, app, viewport={"width": 375, "height": 740}, has_touch=True, color_scheme=scheme)
    page = visit.page
    visit.ask("Who announced Stargate?")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    tops = [page.locator(panel).bounding_box()["y"] for panel in ("#talk", "#evidence", "#library")]
    assert tops == sorted(tops)
    visit.last.locator(".fn").first.tap()
    expect(page.locator("#sources .source.lit")).to_be_in_viewport()
    page.locator("#sources .source.lit .back").tap()
    expect(visit.last.locator(".fn").first).to_be_in_viewport()
    dark = page.evaluate("document.body.classList.contains('dark')")
    assert dark == (scheme == "dark")
    page.locator("#theme").click()
    page.reload()
    expect(page.locator("#documents li").first).to_be_visible()
    assert page.evaluate("document.body.classList.contains('dark')") != dark
    visit.leave()


def test_the_browser_is_told_to_load_nothing_from_elsewhere(app):
    with urllib.request.urlopen(app, timeout=30) as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_the_api_gives_the_answer_as_json(app):
    body = json.dumps({"data": ["Who announced Stargate?"]}).encode()
    request = urllib.request.Request(app + "gradio_api/call/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{app}gradio_api/call/ask/{event}", timeout=60) as response:
        data = [line for line in response.read().decode().splitlines() if line.startswith("data: ")]
    answer = json.loads(data[-1].removeprefix("data: "))[0]
    assert answer["question"] == "Who announced Stargate?"
    assert [citation["number"] for citation in answer["citations"]] == [*range(1, len(answer["citations"]) + 1)]
    assert set(answer) == {"question", "answer", "verdict", "model", "citations", "passages", "seconds"}


def test_stop_works_while_the_model_is_silent(chromium, index_path):
    model = SlowModel(gate=threading.Event(), left=threading.Event())
    served = serve(Settings(index_path=index_path, llm="quotes"), model=model)
    visit = Visit(chromium, served.local_url)
    page = visit.page
    page.locator("#question textarea").fill("Who announced Stargate?")
    page.keyboard.press("Enter")
    expect(page.locator('.turn[data-state="writing"]')).to_be_visible()
    expect(page.locator("#send")).to_be_hidden()
    page.locator("#question textarea").fill("A question that I type meanwhile")
    page.get_by_role("button", name="Stop", exact=True).click()
    visit.finished(1, "stopped")
    expect(visit.last).to_contain_text("Stopped")
    expect(page.locator("#question textarea")).to_have_value("A question that I type meanwhile")
    model.gate.set()
    assert model.left.wait(30)  # the model is not left running
    visit.last.locator(".retry").click()
    visit.finished(1)
    visit.leave()
    served.close()


def test_a_footnote_is_seen_as_being_checked_and_then_as_checked(chromium, index_path, tmp_path):
    (tmp_path / "volcano.txt").write_text(VOLCANO, encoding="utf-8")
    model = CheckedModel(gate=threading.Event())
    settings = Settings(index_path=index_path, llm="quotes", documents=(str(tmp_path / "volcano.txt"),))
    served = serve(settings, model=model)
    visit = Visit(chromium, served.local_url)
    page = visit.page
    page.locator("#question textarea").fill("When did the Kestrel Ridge volcano last erupt?")
    page.keyboard.press("Enter")
    checking = visit.last.locator(".fn.checking")
    expect(checking).to_have_count(2)
    expect(checking.last).to_have_accessible_name("Footnote 2, being checked: The Kestrel Ridge volcano")
    expect(page.locator("#sources .source.checking")).to_have_count(2)
    moves = "element => getComputedStyle(element).animationName"
    assert checking.first.evaluate(moves) == "checking"
    page.emulate_media(reduced_motion="reduce")
    assert checking.first.evaluate(moves) == "none"

    checking.last.click()
    expect(page.locator("#sources .source.lit .doubt")).to_contain_text("Checking")
    model.gate.set()
    visit.finished(1)
    expect(checking).to_have_count(0)
    expect(visit.last.locator(".fn")).to_have_count(1)  # the other one was refused, with its statement
    expect(visit.last.locator(".answer")).not_to_contain_text("2,417")
    expect(visit.last.locator(".fn")).to_have_accessible_name("Footnote 1: The Kestrel Ridge volcano")
    card = page.locator("#sources .source.lit")  # what the reader chose stays chosen, under its new number
    expect(card).to_be_focused()
    expect(card.locator(".back")).to_have_text("1")
    expect(card.locator(".doubt")).to_have_count(0)
    visit.leave()
    served.close()


def test_a_model_that_fails_is_named_and_quotes_answer(chromium, index_path):
    served = serve(Settings(index_path=index_path, llm="quotes"), model=BrokenModel())
    visit = Visit(chromium, served.local_url)
    visit.ask("Who announced Stargate?")
    expect(visit.last.locator(".notice.warning")).to_contain_text("ran out of breath <b>today</b>")
    expect(visit.last.locator(".fn").first).to_be_visible()
    visit.leave()
    served.close()


def test_an_index_that_cannot_be_opened_is_said(chromium, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    served = serve(Settings(index_path=str(tmp_path / "file"), llm="quotes"))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.local_url)
    expect(page.locator("#status .notice.error")).to_contain_text("can't be opened")
    page.locator("#question textarea").fill("Anything?")
    page.keyboard.press("Enter")
    expect(page.locator('.turn[data-state="failed"] .notice.error')).to_contain_text("can't be opened")
    context.close()
    served.close()


def test_what_nobody_foresaw_is_said_and_logged(chromium, index_path, monkeypatch, capfd):
    def boom(*args, **options):
        raise RuntimeError("secret inner detail")

    served = serve(Settings(index_path=index_path, llm="quotes"))
    visit = Visit(chromium, served.local_url)
    monkeypatch.setattr("rag.stream_answer", boom)
    visit.page.locator("#question textarea").fill("Anything?")
    visit.page.keyboard.press("Enter")
    visit.finished(1, "failed")
    expect(visit.last).to_contain_text("Something went wrong")
    expect(visit.last).not_to_contain_text("secret")
    assert "secret inner detail" in capfd.readouterr().err
    visit.leave()
    served.close()


def test_earlier_answers_are_handed_on_and_unfinished_ones_are_not():
    from ui.chat import _exchanges

    class Recorder:
        histories: ClassVar = []

        def answers(self, question, history, llm):
            self.histories.append((question, list(history), llm))
            yield Answer(question, "Text", (), (), "not_in_documents", "quotes")

    said = Answer("a", "Yes [1].", (), (), "answered", "quotes")
    earlier = [Exchange("a", said, "done"), Exchange("b", said, "stopped"), Exchange("c", None, "failed", ("gone",))]
    states = [exchange.state for exchange in _exchanges(Recorder(), "d", earlier, threading.Event())]
    assert states == ["waiting", "writing", "done"]
    assert Recorder.histories == [("d", [Turn("a", "Yes [1].")], "")]


def test_examples_come_from_the_questions_beside_the_documents_or_from_titles(tmp_path):
    from ui.chat import _examples

    def record(name: str, language: str | None = None):
        return SimpleNamespace(path=str(tmp_path / name), source=name, title=name.upper(), language=language)

    documents = [record("a.txt", "fr"), record("b.txt"), *(record(f"{n}.txt") for n in range(9))]
    assert _examples(documents)[:3] == ["De quoi parle « A.TXT » ?", "What is “B.TXT” about?", "What is “0.TXT” about?"]
    assert len(_examples(documents)) == 4
    rows = [
        {"id": "one-en", "question": "one?", "gold": ["a.txt"], "answerable": True},
        {"id": "one-fr", "question": "un ?", "gold": ["a.txt"], "answerable": True},
        {"id": "other", "question": "elsewhere?", "gold": ["z.txt"], "answerable": True},
        {"id": "none", "question": "nothing?", "gold": [], "answerable": False},
        {"id": "two", "question": "two?", "gold": ["a.txt", "b.txt"], "answerable": True},
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert _examples(documents) == ["One?", "Two?"]
    (tmp_path / "questions.jsonl").write_text('{"id": 3}\nnot json', encoding="utf-8")
    assert len(_examples(documents)) == 4


def test_a_proxy_is_not_asked_for_this_machine(index_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # where nothing listens
    monkeypatch.setenv("no_proxy", "intranet.example")
    monkeypatch.setenv("NO_PROXY", "")
    served = serve(Settings(index_path=index_path, llm="quotes"))
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    served.close()


def test_a_port_that_is_taken_is_said(index_path):
    from index.errors import SettingsError
    from ui.chat import launch

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="--port"):
            launch(Settings(index_path=index_path), port=taken.getsockname()[1], block=False)
