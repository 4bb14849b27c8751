"""Files that were touched: each is hashed once, and the index knows its times."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Write
from word_embeddings import PlainParser, open_words

import index.files
import index.syncing
from index import Index, SyncReport, sync
from index.files import File
from ui.documents_panel import documents_html
from ui.texts import ENGLISH

CAT = "The cat sleeps on the mat."
COW = "The cow sleeps on the mat."
UNCHANGED = SyncReport(unchanged=("a.txt", "b.txt"))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are hashed, each time one is."""
    names: list[str] = []
    sha256 = File.sha256
    monkeypatch.setattr(index.syncing, "Parser", PlainParser)
    monkeypatch.setattr(index.files, "MOMENT", -(10**18))  # as if what is written now had been written long ago
    monkeypatch.setattr(File, "sha256", lambda file: (names.append(Path(file.path).name), sha256(file))[1])
    return names


@pytest.fixture
def words(tmp_path: Path, docs: Path, write: Write, hashed: list[str]) -> Iterator[Index]:
    """An index of two files, both of which were touched since."""
    opened = open_words(tmp_path / "index")
    paths = [write("a.txt", CAT), write("b.txt", COW)]
    assert sync([docs], opened).added == ("a.txt", "b.txt")
    for path in paths:
        os.utime(path, ns=(1, 1))
    hashed.clear()
    yield opened
    opened.close()


def test_a_file_is_hashed_once_until_it_changes(words: Index, docs: Path, write: Write, hashed: list[str]) -> None:
    assert sync([docs], words) == UNCHANGED
    assert hashed == ["a.txt", "b.txt"]
    assert [file.modified for file in words.files()] == [1, 1]
    assert sync([docs], words) == UNCHANGED
    assert hashed == ["a.txt", "b.txt"]
    write("b.txt", CAT)
    assert sync([docs], words).replaced == ("b.txt",)
    assert hashed == ["a.txt", "b.txt", "b.txt"]
    assert sync([docs], words) == UNCHANGED
    assert hashed == ["a.txt", "b.txt", "b.txt"]


def test_other_bytes_of_the_same_size_and_time_of_modification_are_seen(words: Index, docs: Path, write: Write) -> None:
    sync([docs], words)
    path = write("a.txt", COW)
    os.utime(path, ns=(1, 1))
    assert sync([docs], words).replaced == ("a.txt",)


def test_what_changed_a_moment_ago_is_hashed_again(
    words: Index, docs: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.files, "MOMENT", 10**18)
    assert sync([docs], words) == sync([docs], words) == UNCHANGED
    assert hashed == ["a.txt", "b.txt"] * 2
    assert [file.modified for file in words.files()] == [1, 1]


def test_the_page_calls_it_indexed_once_it_was_hashed(words: Index, docs: Path) -> None:
    def shown() -> str:
        return documents_html(words.documents(), words.files(), ENGLISH)

    assert shown().count(ENGLISH("state_changed")) == 2
    sync([docs], words)
    assert shown().count(ENGLISH("state_changed")) == 0


@pytest.mark.parametrize("damage", ["cut", "other", "gone", "a folder"])
def test_without_what_was_noted_a_file_is_hashed_once_more(
    words: Index, docs: Path, hashed: list[str], damage: str
) -> None:
    sync([docs], words)
    path = Path(words.location) / "touched.sqlite"
    whole = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes(whole[:5000] if damage == "cut" else b"no database at all" * 100)
    assert sync([docs], words) == UNCHANGED
    assert hashed == ["a.txt", "b.txt"] * 2
    assert [sync([docs], words) for _ in range(2)] == [UNCHANGED] * 2
    assert hashed == ["a.txt", "b.txt"] * (4 if damage == "a folder" else 2)  # where nothing can be noted, each time


def test_what_another_process_holds_is_not_taken_for_damaged(words: Index, docs: Path, hashed: list[str]) -> None:
    sync([docs], words)
    path = Path(words.location) / "touched.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    words.touched._patience = 0.1
    assert sync([docs], words) == UNCHANGED
    other.execute("ROLLBACK")
    other.close()
    hashed.clear()
    assert sync([docs], words) == UNCHANGED
    assert hashed == []


def test_what_is_not_indexed_any_more_is_forgotten(words: Index, docs: Path) -> None:
    sync([docs], words)
    (docs / "a.txt").unlink()
    sync([docs], words)
    sync([docs], words)
    with sqlite3.connect(Path(words.location) / "touched.sqlite") as db:
        assert db.execute("SELECT path FROM touched").fetchall() == [(str((docs / "b.txt").resolve()),)]
