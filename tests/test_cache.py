"""Folders of the cache are whole or not there, whoever else writes them or was killed."""

import os
from pathlib import Path

import pytest

from index.cache import OLD, cached


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "footnote"


def write(folder: Path) -> None:
    (folder / "one").write_text("1")


def test_a_folder_is_written_once(home: Path) -> None:
    assert cached("some/name", write) == home / "some" / "name"
    assert cached("some/name", lambda folder: pytest.fail("again")) == home / "some" / "name"
    assert [path.name for path in (home / "some").rglob("*")] == ["name", "one"]


def test_a_write_that_fails_leaves_nothing(home: Path) -> None:
    def broken(folder: Path) -> None:
        write(folder)
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        cached("name", broken)
    assert list(home.iterdir()) == []


def test_another_process_may_be_faster(home: Path) -> None:
    def overtaken(folder: Path) -> None:
        cached("name", write)
        (folder / "one").write_text("too late")

    assert (cached("name", overtaken) / "one").read_text() == "1"
    assert [path.name for path in home.iterdir()] == ["name"]


def test_what_a_killed_process_left_is_removed_when_it_is_old(home: Path) -> None:
    for name, age in {"partial-old": OLD + 60, "partial-new": 60}.items():
        left = home / name
        left.mkdir(parents=True)
        write(left)
        at = left.stat().st_mtime - age
        os.utime(left, (at, at))
    cached("name", write)
    assert sorted(path.name for path in home.iterdir()) == ["name", "partial-new"]
