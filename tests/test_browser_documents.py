"""The list of documents in a real browser: uploaded, dropped, found, ticked, synced, removed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browsing import (
    IN_BROWSER,
    STARGATE,
    VOLCANO,
    Visit,
    Visiting,
    expect,
    problems,
    serve,
)

from rag.settings import Settings
from ui.desk import Desk

pytestmark = IN_BROWSER


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
    assert problems(page) == []
    visit.come()
    left_out = page.locator("#documents .left-out")
    left_out.locator("summary").click()
    # Of the folder that the server was started with; an upload without text is not kept.
    expect(left_out.locator("li", has_text="questions.jsonl:")).to_be_visible()
    expect(left_out.locator("li", has_text="noise.bin:")).to_have_count(0)
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


def test_a_question_is_asked_of_what_is_ticked_when_it_is_asked(visiting: Visiting) -> None:
    visit = visiting()
    boxes, every = visit.page.locator("#documents li input"), visit.page.get_by_label("Ask all documents")
    boxes.first.uncheck()
    expect(every).not_to_be_checked()
    every.check()
    expect(boxes.first).to_be_checked()
    boxes.evaluate_all("(boxes) => boxes.forEach((box) => box.click())")
    visit.type(STARGATE)
    expect(visit.last).to_contain_text("No document is ticked")
    expect(every).not_to_be_checked()
    every.check()
    visit.last.get_by_role("button", name="Retry").click()
    expect(visit.last.locator(".fn").first).to_be_visible()


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
