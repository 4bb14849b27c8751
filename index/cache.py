"""Folders in the user's cache, each written once: whole, or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import platformdirs

OLD = 24 * 3600.0  # seconds, after which nobody is writing a folder any more


def cache_folder() -> Path:
    """Where what can be made again is kept."""
    return platformdirs.user_cache_path("footnote")


def cached(name: str, write: Callable[[Path], None]) -> Path:
    """A folder of the user's cache; if it is not there, `write` fills it first.

    Raises:
        OSError: it can't be written.
    """
    folder = cache_folder() / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.glob("partial-*"):
        with suppress(FileNotFoundError):
            if time.time() - other.stat().st_mtime > OLD:  # of a process that was killed
                shutil.rmtree(other, ignore_errors=True)
    # Written beside its place and renamed, so that nobody ever reads half of it.
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix="partial-"))
    try:
        write(partial)
        for path in partial.rglob("*"):
            if path.is_file():
                _flush(path)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.exists():  # otherwise another process was faster
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _flush(path: Path) -> None:
    """Have a file on the disk before its folder gets its name: a power cut must not leave a folder of empty files."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
