"""The chat page in a real browser, with a real index: asking, and footnotes that lead into the documents and back."""

import threading
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from browsing import (
    IN_BROWSER,
    PHONE,
    STARGATE,
    VOLCANO,
    Serving,
    Visiting,
    expect,
    problems,
)
from fpdf import FPDF

from rag.citations import Citation
from rag.settings import Settings
from ui.reader import reader_html

pytestmark = IN_BROWSER


def test_a_newcomer_uploads_asks_hovers_clicks_and_lands_on_the_sentence(
    visiting: Visiting, serving: Serving, index_path: str, tmp_path: Path
) -> None:
    files = {
        "volcano.txt": VOLCANO,
        "recipe.md": "# Bread\n\nMix 500 grams of flour with water.\n\nBake it for forty minutes.",
        "letter.txt": "Dear Nora,\n\nthe harbour is closed since Monday. The ferry sails from Port Ellen now.",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    served = serving(Settings(index_path=index_path, llm="quotes"))
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


def test_a_pdf_opens_at_its_page_with_the_quote_marked(
    visiting: Visiting, serving: Serving, index_path: str, tmp_path: Path
) -> None:
    sheet = FPDF()
    sheet.set_font("Helvetica", size=14)
    for line in ("The first page is about nothing in particular. " * 12, VOLCANO.replace("\n", " ") * 3):
        sheet.add_page()
        sheet.multi_cell(0, 8, line)
    sheet.output(str(tmp_path / "report.pdf"))
    served = serving(Settings(index_path=index_path, llm="quotes", documents=(tmp_path / "report.pdf",)))
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
    assert problems(visit.page) == []
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
    expect(page.locator("#evidence.reading")).to_have_count(0)  # it has begun; it may be over before #stop is seen
    visit.finished(2)
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#question textarea")).to_have_value("Half a question")
    expect(panel.locator(".source").first).to_be_visible()
