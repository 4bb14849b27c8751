"""The page in a real browser for every visitor: languages, light and dark, a phone, a keyboard, a screen reader."""

from pathlib import Path

import pytest
from browsing import (
    IN_BROWSER,
    PHONE,
    SEEDS,
    STARGATE,
    VOLCANO,
    Visiting,
    expect,
    problems,
)

from rag.answering import LONGEST_QUESTION

pytestmark = IN_BROWSER
LANGUAGES = {"en": "Ask your documents", "fr": "Interrogez vos documents", "de": "Fragen Sie Ihre Dokumente",
             "es": "Pregunte a sus documentos"}  # fmt: skip


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
        seen = {"start": problems(page)}
        visit.ask(STARGATE)
        visit.last.locator(".vote").first.click()
        expect(visit.last.locator(".comment")).to_be_visible()
        seen["answer"] = problems(page)
        visit.picture(f"answer-{scheme}")
        visit.last.locator(".fn").first.click()
        expect(visit.mark).to_be_in_viewport()
        seen["document"] = problems(page)
        for drawer in ("conversations", "settings"):
            visit.drawer(drawer)
            if drawer == "conversations":
                page.locator("#listing summary").first.click()
            seen[drawer] = problems(page)
            visit.picture(f"{drawer}-{scheme}")
            page.keyboard.press("Escape")
            expect(page.locator(f"#{drawer}")).to_be_hidden()
        assert seen == {state: [] for state in seen}


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
        assert problems(page) == []
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
    assert problems(page) == []
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
