"""`footnote ask`: the answer, its footnotes, and notes about where they come from."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import PONT, WHEN, Command

from ui.cli import main

pytestmark = pytest.mark.usefixtures("workplace")


def test_ask_prints_the_answer_and_its_footnotes(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", WHEN, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.err) == (0, "")
    text, *footnotes = ran.out.rstrip("\n").split("\n\n")
    assert "[1]" in text
    assert footnotes[-1].startswith("[1] The moon, moon.txt")
    assert "“The first people walked on the Moon in July 1969.”" in footnotes[-1]


def test_a_question_without_quotation_marks_is_asked_as_it_is(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", *WHEN.split(), "--index", filled, "--llm", "quotes", "--json")
    assert json.loads(ran.out)["question"] == WHEN


def test_how_a_misspelt_question_was_read_is_a_note(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", "What did the poeple eat on it?", "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.err) == (0, "footnote: read as: What did the people eat on it?\n")


def test_the_json_of_ask_keeps_its_keys(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", "Quand a été ouvert le pont de Normandie ?", "--index", filled, "--llm", "quotes", "--json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    assert set(found) == {"question", "read_as", "answer", "verdict", "model", "citations", "passages", "seconds"}
    assert set(found["citations"][0]) == {
        "number",
        "source",
        "title",
        "page",
        "start",
        "end",
        "quote",
        "support",
        "section",
    }
    assert set(found["passages"][0]) == {"source", "title", "page", "start", "end", "text", "score", "section"}
    assert set(found["seconds"]) == {"retrieve", "first_token", "total"}
    assert (found["verdict"], found["model"]) == ("answered", "quotes")
    assert "été ouvert" in ran.out
    for citation in found["citations"]:
        assert PONT[citation["start"] : citation["end"]] == citation["quote"]


def test_top_k_is_the_number_of_passages(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", WHEN, "--index", filled, "--llm", "quotes", "--json", "--top-k", "1")
    assert len(json.loads(ran.out)["passages"]) == 1


def test_an_answer_that_is_not_in_the_documents_is_no_error(
    footnote: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workplace / "nothing").mkdir()
    monkeypatch.setenv("FOOTNOTE_DOCUMENTS", "nothing")
    ran = footnote("ask", WHEN, "--index", workplace / "index", "--llm", "quotes", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["verdict"] == "not_in_documents"


def test_samples_make_way_for_documents_of_the_settings_and_what_is_skipped_is_said(
    footnote: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("ask", WHEN, "--llm", "quotes", "--json")
    assert "inde.txt" in {passage["source"] for passage in json.loads(footnote(*ask).out)["passages"]}
    notes = workplace / "notes"
    notes.mkdir()
    (notes / "broken.pdf").write_bytes(b"%PDF-")
    monkeypatch.setenv("FOOTNOTE_DOCUMENTS", str(notes))
    assert "inde.txt" in {passage["source"] for passage in json.loads(footnote(*ask).out)["passages"]}
    (notes / "pont.txt").write_text(PONT, encoding="utf-8")
    ran = footnote(*ask)
    assert {passage["source"] for passage in json.loads(ran.out)["passages"]} == {"pont.txt"}
    assert ran.err == "footnote: 1 skipped, which gave no text; why: footnote index --status\n"


def test_flags_win_over_variables(footnote: Command, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_INDEX_PATH", str(filled))
    monkeypatch.setenv("FOOTNOTE_LLM", "no such model")
    assert footnote("ask", WHEN).code == 1
    assert footnote("ask", WHEN, "--llm", "quotes").code == 0


def test_without_a_model_on_disk_quotes_answer_and_a_note_says_so(
    footnote: Command, filled: Path, no_models: Path
) -> None:
    ran = footnote("ask", WHEN, "--index", filled)
    assert ran.code == 0
    assert "1969" in ran.out
    assert len(ran.err.splitlines()) == 1
    assert "footnote models pull" in ran.err


@pytest.mark.usefixtures("workplace")
def test_without_documents_the_samples_answer_and_a_note_says_so(footnote: Command) -> None:
    ran = footnote("ask", "which countries did Altman visit?", "--llm", "quotes")
    assert ran.code == 0
    assert "inde.txt" in ran.out
    assert "answering from the samples; index your own with: footnote index PATH" in ran.err


def test_a_question_that_is_not_utf8_is_asked_all_the_same(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", f"{WHEN} \udcff", "--index", filled, "--llm", "quotes", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["question"] == f"{WHEN} �"


def test_samples_make_way_for_documents_that_were_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ask", "which countries did Altman visit?", "--llm", "quotes"]) == 0
    document = tmp_path / "bridge.txt"
    document.write_text("The bridge over the fjord was opened in 1984 by the engineer Ruiz.", encoding="utf-8")
    assert main(["index", str(document)]) == 0
    capsys.readouterr()
    assert main(["ask", "Who opened the bridge over the fjord?", "--llm", "quotes", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {passage["source"] for passage in found["passages"]} == {"bridge.txt"}
