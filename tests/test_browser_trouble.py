"""The page in a real browser when something is wrong: hostile texts, a broken index, errors, a port that is taken."""

import os
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import (
    IN_BROWSER,
    STARGATE,
    VOLCANO,
    Serving,
    Visit,
    Visiting,
    expect,
    serve,
)
from tricks import ATTRIBUTES, TAGS, TRICKS

from index import Index
from index.files import path_text
from rag.citations import Answer, Citation
from rag.settings import Settings
from ui.asking import exchanges

pytestmark = IN_BROWSER
SEOUL = "With whom did he discuss it in Seoul?"
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
    visiting: Visiting, serving: Serving, index_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    served = serving(Settings(index_path=index_path, documents=(folder,), llm="quotes"))
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
    Visit(chromium, served.local_url).context.close()  # until then the index is filled
    (index / "chroma.sqlite3").write_bytes(b"no database any more" * 1000)
    visit = Visit(chromium, served.local_url, comes=False)
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


def test_a_question_is_heard_while_the_answer_before_it_is_put_away_and_once(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_away = threading.Event()
    asked: list[str] = []

    def slow(*args: Any, **options: Any) -> Any:
        asked.append(args[2])
        yield from exchanges(*args, **options)
        put_away.wait(30)

    monkeypatch.setattr("ui.talk_events.exchanges", slow)
    visit = visiting()
    try:
        visit.ask(STARGATE)
        visit.page.locator("#question textarea").fill(SEOUL)
        visit.page.evaluate("() => [1, 2, 3].forEach(() => document.querySelector('#send').click())")
        visit.page.wait_for_timeout(500)  # by now a page that takes one event at a time has dropped them
        put_away.set()
        visit.finished(2)
        visit.ask("Which countries did Altman visit?")
    finally:
        put_away.set()
    assert asked == [STARGATE, SEOUL, "Which countries did Altman visit?"]
    expect(visit.page.locator(".turn")).to_have_count(3)


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
