"""Conversations, ratings and settings in a real browser: what stays, for whom, and how it gets out."""

import json
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import IN_BROWSER, PHONE, STARGATE, Model, Serving, Visit, Visiting, expect, serve

from rag import stream_answer
from rag.answering import LONGEST_QUESTION
from rag.questions import load_questions
from rag.settings import Settings
from ui import visits

pytestmark = IN_BROWSER
MINISTRY = "What did the Indian finance ministry advise?"


def questions(visit: Visit) -> list[str]:
    return visit.page.locator(".turn .question").all_inner_texts()


def test_conversations_are_kept_found_renamed_exported_and_deleted(visiting: Visiting, tmp_path: Path) -> None:
    visit = visiting()
    page = visit.page
    visit.ask(STARGATE)
    visit.ask("With whom did he discuss it in Seoul?")
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".example").first).to_be_visible()
    expect(page.locator("#sources section")).to_have_count(0)
    visit.ask(MINISTRY)
    visit.come()  # a reload
    expect(page.locator(".turn")).to_have_count(1)
    assert questions(visit) == [MINISTRY]
    expect(visit.last.locator(".fn").first).to_be_visible()
    visit.last.locator(".fn").first.click()
    expect(visit.mark).to_be_in_viewport()

    drawer = visit.drawer("conversations")
    listed = drawer.locator("li .title")
    expect(listed).to_have_text([MINISTRY, STARGATE])
    expect(drawer.locator("[aria-current]")).to_contain_text(MINISTRY)
    visit.picture("conversations")
    drawer.get_by_role("searchbox").fill("seoul")
    expect(listed).to_have_text([STARGATE])
    drawer.get_by_role("searchbox").fill("no such words")
    expect(drawer).to_contain_text("Nothing found")
    drawer.get_by_role("searchbox").fill("")
    expect(listed).to_have_count(2)
    drawer.locator(".conversation", has_text=STARGATE).click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(drawer).to_be_hidden()

    visit.drawer("conversations")
    drawer.locator("summary").last.click()
    drawer.get_by_role("searchbox").fill("seoul")
    expect(listed).to_have_text([STARGATE])  # and what was unfolded stays so
    drawer.get_by_role("textbox", name="Title").locator("visible=true").fill("The <b>Stargate</b> project")
    drawer.get_by_role("button", name="Rename").locator("visible=true").click()
    expect(listed.last).to_have_text("The <b>Stargate</b> project")
    expect(page.locator("#bar")).to_contain_text("The <b>Stargate</b> project")
    for name, suffix in (("Markdown", "md"), ("JSON", "json")):
        if not drawer.get_by_role("button", name=name).locator("visible=true").count():
            drawer.locator("summary").last.click()
        with page.expect_download() as download:
            drawer.get_by_role("button", name=name).locator("visible=true").click()
        assert download.value.suggested_filename == f"The--b-Stargate--b--project.{suffix}"
        download.value.save_as(tmp_path / f"export.{suffix}")
    markdown = (tmp_path / "export.md").read_text("utf-8")
    assert markdown.startswith("# The \\<b\\>Stargate\\</b\\> project\n\n## Question\n\n> Who announced Stargate?\n")
    assert "” — OpenAI propose" in markdown
    _, first, second = (re.findall(r"^\[\^(\S+)\]: “", part, re.MULTILINE) for part in markdown.split("## Question"))
    assert (first[0], second[0]) == ("1", "2-1")
    exported = json.loads((tmp_path / "export.json").read_text("utf-8"))
    assert exported["turns"][0]["answer"]["question"] == STARGATE

    drawer.get_by_role("button", name="Delete", exact=True).locator("visible=true").click()
    expect(drawer.locator(".confirm").locator("visible=true")).to_contain_text("Delete this conversation?")
    drawer.locator(".confirm").locator("visible=true").get_by_role("button", name="Delete").click()
    expect(listed).to_have_text([MINISTRY])
    expect(page.locator(".turn")).to_have_count(0)


def test_a_restart_of_the_server_is_said_and_the_conversation_goes_on(chromium: Any, tmp_path: Path) -> None:
    settings = Settings(index_path=str(tmp_path / "index"), llm="quotes")
    served = serve(settings)
    visit = Visit(chromium, served.local_url)
    page, toast = visit.page, visit.page.get_by_test_id("toast-body")
    visit.ask(STARGATE)
    served.close()
    visit.type("Is anybody there?")
    expect(toast).to_contain_text("Connection to the server was lost")
    with page.expect_navigation():  # the page comes back with the server
        again = serve(settings, port=int(urlsplit(served.local_url).port or 0))
    expect(page.locator(".turn")).to_have_count(1)
    visit.ask("With whom did he discuss it in Seoul?")
    visit.come()
    expect(page.locator(".turn")).to_have_count(2)
    visit.errors.clear()  # the console notes that there was no connection
    visit.leave()
    again.close()


def test_a_question_that_is_sent_before_the_visitor_is_known_waits_and_its_conversation_is_kept(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = threading.Event()

    def late(*of: Any) -> Any:
        known.wait(30)
        return visits.reopened(*of)

    monkeypatch.setattr("ui.library_events.reopened", late)
    served = serve(Settings(index_path=str(tmp_path / "index"), llm="quotes"))
    visit = Visit(chromium, served.local_url, comes=False)
    page = visit.page
    page.goto(visit.url)
    visit.type(STARGATE)
    page.locator("#question textarea").press("Enter")
    page.locator("#send").click()
    page.wait_for_timeout(500)  # the question would be on its way: there is no sign to wait for
    known.set()
    visit.finished(1)
    expect(page.locator(".turn")).to_have_count(1)
    visit.ask(MINISTRY)
    expect(page.locator(".turn .notice")).to_have_count(0)
    visit.come()
    expect(page.locator(".turn")).to_have_count(2)
    assert questions(visit) == [STARGATE, MINISTRY]
    visit.leave()
    served.close()


def test_two_browsers_do_not_see_each_other(visiting: Visiting) -> None:
    one, other = visiting(), visiting()
    one.ask(STARGATE)
    other.ask(MINISTRY)
    one.ask("With whom did he discuss it?")
    assert (len(questions(one)), questions(other)) == (2, [MINISTRY])
    assert one.drawer("conversations").locator("li .title").all_inner_texts() in ([STARGATE], [])
    expect(one.page.locator("#listing li .title")).to_have_text([STARGATE])
    other.drawer("conversations")
    expect(other.page.locator("#listing li .title")).to_have_text([MINISTRY])


def page_that_is_behind(visit: Visit) -> Any:
    """Another page of the conversation, which shows the first turn; this one has a second."""
    visit.ask(STARGATE)
    other = visit.context.new_page()
    other.goto(visit.url)
    expect(other.locator(".turn")).to_have_count(1)
    visit.ask(MINISTRY)
    return other


def test_two_pages_of_one_browser_keep_each_others_turns(visiting: Visiting) -> None:
    visit = visiting()
    other = page_that_is_behind(visit)
    other.locator("#question textarea").fill("With whom did he discuss it in Seoul?")
    other.locator("#question textarea").press("Enter")
    expect(other.locator('.turn[data-turn="3"][data-state="done"]')).to_be_attached()
    other.close()
    visit.come()
    expect(visit.page.locator(".turn")).to_have_count(3)
    assert questions(visit) == [STARGATE, MINISTRY, "With whom did he discuss it in Seoul?"]


def test_a_page_that_is_behind_shows_the_other_turns_and_removes_none(visiting: Visiting) -> None:
    visit = visiting()
    other = page_that_is_behind(visit)
    other.locator('.turn [data-event="retry"]').last.click()
    expect(other.locator(".turn .question")).to_have_text([STARGATE, MINISTRY])
    other.close()
    visit.come()
    expect(visit.page.locator(".turn .question")).to_have_text([STARGATE, MINISTRY])


def test_follow_ups_use_the_conversation_and_a_question_can_be_edited(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def recording(question: str, *, history: Any, **options: Any) -> Any:
        asked.append((question, [turn.question for turn in history]))
        return stream_answer(question, history=history, **options)

    monkeypatch.setattr("rag.stream_answer", recording)
    visit = visiting()
    page = visit.page
    visit.ask(STARGATE)
    visit.ask("And with whom did he discuss it in Seoul?")
    visit.come()
    visit.ask("How much is it?")
    second = page.locator('.turn[data-turn="2"]')
    second.get_by_role("button", name="Edit question").click()
    field = second.get_by_role("textbox", name="Question")
    expect(field).to_be_focused()
    expect(field).to_have_value("And with whom did he discuss it in Seoul?")
    second.get_by_role("button", name="Cancel").click()
    expect(field).to_be_hidden()
    second.get_by_role("button", name="Edit question").click()
    field.fill(MINISTRY)
    visit.picture("edit")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})  # chooses a word in an input method
    expect(field).to_be_visible()
    expect(field).to_have_attribute("maxlength", str(LONGEST_QUESTION))
    field.evaluate("(field) => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(2001); }")
    field.press("Enter")
    expect(page.get_by_test_id("toast-body")).to_contain_text("2000 is the most")
    expect(page.locator(".turn")).to_have_count(3)  # nothing is lost
    second.get_by_role("button", name="Edit question").click()
    field.fill(MINISTRY)
    field.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    visit.finished(2)
    assert questions(visit) == [STARGATE, MINISTRY]
    seoul = "And with whom did he discuss it in Seoul?"
    assert asked == [
        (STARGATE, []),
        (seoul, [STARGATE]),
        ("How much is it?", [STARGATE, seoul]),
        (MINISTRY, [STARGATE]),
    ]


def test_another_conversation_stops_the_answer_that_is_being_written(chromium: Any, tmp_path: Path) -> None:
    gate = threading.Event()
    model = Model(script=[["Beginning ", gate, "end."]])
    served = serve(Settings(index_path=str(tmp_path / "index")), model=model)
    visit = Visit(chromium, served.local_url)
    page = visit.page
    visit.type(STARGATE)
    expect(page.locator('.turn[data-state="writing"]')).to_be_visible()
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator(".turn")).to_have_count(0)
    gate.set()
    expect(page.locator("#send")).to_be_visible()
    page.wait_for_timeout(500)  # nothing of the old answer may come: there is no sign to wait for
    expect(page.locator(".turn")).to_have_count(0)
    drawer = visit.drawer("conversations")
    drawer.locator(".conversation").click()
    expect(page.locator('.turn[data-state="stopped"]')).to_be_visible()

    gate.clear()
    model.script[:] = [["Beginning ", gate, "end."]]
    page.locator(".retry").click()
    expect(page.locator('.turn[data-state="writing"]')).to_be_visible()
    visit.drawer("conversations").locator("summary").click()
    drawer.get_by_role("button", name="Delete", exact=True).locator("visible=true").click()
    drawer.locator(".confirm").get_by_role("button", name="Delete").click()
    expect(drawer).to_contain_text("No conversations yet")
    gate.set()
    expect(page.locator("#send")).to_be_visible()
    visit.come()
    expect(page.locator(".turn")).to_have_count(0)
    visit.drawer("conversations")
    expect(drawer).to_contain_text("No conversations yet")
    visit.leave()
    served.close()


def test_what_is_saved_and_renamed_while_an_answer_is_written_stays(chromium: Any, tmp_path: Path) -> None:
    gate = threading.Event()
    served = serve(Settings(index_path=str(tmp_path / "index")), model=Model(script=[["Beginning ", gate, "end."]]))
    visit = Visit(chromium, served.local_url)
    page = visit.page
    visit.type(STARGATE)
    expect(page.locator('.turn[data-state="writing"]')).to_be_visible()
    form = visit.drawer("settings")
    form.get_by_label("Passages to read").fill("3")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#settings-said")).to_contain_text("Saved in this browser")
    page.keyboard.press("Escape")
    drawer = visit.drawer("conversations")
    drawer.locator("summary").click()
    drawer.get_by_role("textbox", name="Title").fill("About Stargate")
    drawer.get_by_role("button", name="Rename").click()
    expect(drawer.locator("li .title")).to_have_text("About Stargate")
    gate.set()
    visit.finished(1)
    expect(page.locator("#bar")).to_contain_text("About Stargate")
    visit.come()
    expect(page.locator("#bar")).to_contain_text("About Stargate")
    expect(visit.drawer("settings").get_by_label("Passages to read")).to_have_value("3")
    visit.leave()
    served.close()


def test_a_conversation_that_another_page_deletes_is_kept_no_more_and_that_is_said(visiting: Visiting) -> None:
    visit = visiting()
    other = page_that_is_behind(visit)
    drawer = visit.drawer("conversations")
    drawer.locator("summary").click()
    drawer.get_by_role("button", name="Delete", exact=True).click()
    drawer.locator(".confirm").get_by_role("button", name="Delete").click()
    expect(drawer).to_contain_text("No conversations yet")
    other.locator("#question textarea").fill(MINISTRY)
    other.locator("#question textarea").press("Enter")
    expect(other.locator(".turn .notice.warning")).to_contain_text("deleted on another page")
    expect(other.locator(".turn").last.locator(".fn").first).to_be_visible()
    other.close()


def test_ratings_with_a_note_make_a_question_file(visiting: Visiting, tmp_path: Path) -> None:
    visit = visiting()
    page = visit.page
    drawer = visit.drawer("conversations")
    drawer.get_by_role("button", name="Rated answers").click()
    expect(drawer).to_contain_text("No answer has been rated yet")
    page.keyboard.press("Escape")
    visit.ask(STARGATE)
    visit.last.get_by_role("button", name="Good answer").focus()
    page.keyboard.press("Enter")
    expect(visit.last.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    expect(visit.last.get_by_role("button", name="Good answer")).to_be_focused()
    visit.ask(MINISTRY)
    visit.last.get_by_role("button", name="Bad answer").click()
    visit.last.get_by_role("textbox", name="What should it have said?").fill("Not to <use> it")
    visit.last.locator(".comment").get_by_role("button", name="Save").click()
    expect(visit.last.locator(".comment")).to_contain_text("Thank you")
    visit.come()
    expect(visit.last.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    expect(visit.last.get_by_role("textbox", name="What should it")).to_have_value("Not to <use> it")
    visit.picture("rated")
    visit.drawer("conversations")
    with page.expect_download() as download:
        drawer.get_by_role("button", name="Rated answers").click()
    download.value.save_as(tmp_path / "rated.jsonl")
    first, second = load_questions(tmp_path / "rated.jsonl")
    assert (first.question, first.gold[0], first.answerable) == (STARGATE, "pays.txt", True)
    assert (second.question, second.turns, second.answerable) == (MINISTRY, (STARGATE,), None)
    assert json.loads((tmp_path / "rated.jsonl").read_text("utf-8").splitlines()[1])["comment"] == "Not to <use> it"


def test_settings_hold_in_this_browser_and_the_model_can_be_tested(
    visiting: Visiting, serving: Serving, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model(script=[["ready"]])
    served = serving(Settings(index_path=str(tmp_path / "index")), model=model)
    visit = visiting(served.local_url)
    page, said = visit.page, visit.page.locator("#settings-said")
    form = visit.drawer("settings")
    form.get_by_role("button", name="Test").click()
    expect(said).to_contain_text("Model answers, after")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    for llm, problem in (
        ("anthropic:<b>x</b>", "ANTHROPIC_API_KEY"),
        ("local:/etc/passwd", "A file of the server can't be chosen here"),
        ("nonsense", "is no language model"),
    ):
        form.get_by_label("Language model").fill(llm)
        form.get_by_role("button", name="Test").click()
        expect(said.locator(".error")).to_contain_text(problem)
    form.get_by_label("Language model").fill("quotes")
    form.get_by_role("button", name="Test").click()
    expect(said).to_contain_text("quotes needs no model")
    expect(page.locator("#masthead .model")).to_have_text("Model")  # nothing is saved by a test
    form.get_by_label("Passages to read").fill("2")
    form.get_by_label("Language of answers").select_option("de")
    form.get_by_label("show, and mark").check()
    visit.picture("settings")
    form.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("Saved in this browser")
    page.keyboard.press("Escape")
    expect(page.locator("#masthead .model")).to_have_text("quotes")
    visit.ask("What is the capital of Mongolia and of Peru?")
    expect(visit.last.locator(".facts")).to_contain_text("quotes")
    expect(visit.last.locator(".answer")).to_contain_text("Dokumente")
    expect(page.locator("#sources .passage")).to_have_count(2)
    visit.come()
    visit.drawer("settings")
    expect(form.get_by_label("Passages to read")).to_have_value("2")
    expect(form.get_by_label("Language of answers")).to_have_value("de")
    expect(form.get_by_label("show, and mark")).to_be_checked()
    stranger = visiting(served.local_url)
    expect(stranger.page.locator("#masthead .model")).to_have_text("Model")


def test_conversations_on_a_phone(visiting: Visiting) -> None:
    visit = visiting(**PHONE)
    visit.ask(STARGATE)
    drawer = visit.drawer("conversations")
    expect(drawer.locator("li")).to_have_count(1)
    drawer.locator("summary").tap()
    visit.picture("phone-conversations")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 375
    drawer.get_by_role("button", name="New conversation").tap()
    expect(visit.page.locator(".welcome")).to_be_visible()
    expect(drawer).to_be_hidden()
    visit.drawer("settings")
    visit.picture("phone-settings")
