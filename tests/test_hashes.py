"""Hashes of files that were touched: each is read once, and what can't be known by its times is read again."""

import os
from pathlib import Path

import pytest

from index.errors import StoreUnavailable
from index.files import File, find
from index.hashes import Hashes

LONG_AGO = 10**18


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read, each time one is."""
    names: list[str] = []
    sha256 = File.sha256
    monkeypatch.setattr("index.files.MOMENT", -LONG_AGO)  # as if what is written now had been written long ago
    monkeypatch.setattr(File, "sha256", lambda file: (names.append(Path(file.path).name), sha256(file))[1])
    return names


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"This is {name}.", encoding="utf-8")
    return folder


def hashed(docs: Path) -> dict[str, str]:
    """What a sync would find of the files in a folder and remember."""
    files = find([(docs, ())]).files
    with Hashes(docs.parent / "hashes.sqlite") as hashes:
        hashes.keep([file.path for file in files])
        found = {Path(file.path).name: (file, hashes.of(file)) for file in files}
        for file, sha256 in found.values():
            hashes.note(file, sha256)
    return {name: sha256 for name, (_, sha256) in found.items()}


def test_a_file_is_read_once_until_it_changes(docs: Path, read: list[str]) -> None:
    first = hashed(docs)
    assert len(set(first.values())) == 2
    assert hashed(docs) == first
    assert read == ["a.txt", "b.txt"]
    (docs / "b.txt").write_text("This was b.txt.", encoding="utf-8")
    second = hashed(docs)
    assert read == ["a.txt", "b.txt", "b.txt"]
    assert second["a.txt"] == first["a.txt"]
    assert second["b.txt"] not in first.values()


def test_other_bytes_of_the_same_size_and_time_of_modification_are_read(docs: Path, read: list[str]) -> None:
    before = hashed(docs)
    times = (docs / "a.txt").stat()
    (docs / "a.txt").write_text("That is a.txt.".replace("That", "This")[::-1], encoding="utf-8")
    os.utime(docs / "a.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert hashed(docs)["a.txt"] != before["a.txt"]
    assert read == ["a.txt", "b.txt", "a.txt"]


def test_what_changed_a_moment_ago_is_not_remembered(
    docs: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.files.MOMENT", LONG_AGO)
    assert hashed(docs) == hashed(docs)
    assert read == ["a.txt", "b.txt"] * 2


def test_what_is_not_kept_is_forgotten(docs: Path, read: list[str]) -> None:
    hashed(docs)
    Hashes(docs.parent / "hashes.sqlite").keep([])
    hashed(docs)
    assert read == ["a.txt", "b.txt"] * 2


@pytest.mark.parametrize("damage", [b"", b"no database at all", None])
def test_a_damaged_file_is_begun_again(docs: Path, read: list[str], damage: bytes | None) -> None:
    before = hashed(docs)
    path = docs.parent / "hashes.sqlite"
    path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)
    assert hashed(docs) == hashed(docs) == before
    assert read == ["a.txt", "b.txt"] * 2


def test_one_that_cannot_be_made_says_so(docs: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"a\.txt/hashes\.sqlite can't be opened"):
        Hashes(docs / "a.txt" / "hashes.sqlite")
