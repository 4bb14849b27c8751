"""`footnote index`: what goes to stdout, what to stderr, and what is in the index then."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import MOON, PONT, WHEN, Command, process, sources

pytestmark = pytest.mark.usefixtures("workplace")


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
