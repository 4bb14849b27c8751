"""Hashes of files whose times are not those of their records, so that each is read once and not at every sync.

Derived from the files: it can be deleted at any time.
"""

import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Self

from index.errors import StoreUnavailable
from index.files import File

AT_ONCE = 1000  # written together
SCHEMA = """
CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, size INTEGER, modified INTEGER, changed INTEGER, sha256 TEXT)
WITHOUT ROWID;
"""


class Hashes:
    """SHA-256 of files by their size and times. For one process at a time, until it is closed.

    Args:
        path: The SQLite file, made if it is not there and made anew if it is damaged.

    Raises:
        StoreUnavailable: the file can't be made.
    """

    def __init__(self, path: Path) -> None:
        self._new: list[tuple[str, int, int, int, str]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._open(path)
            except sqlite3.DatabaseError:
                self._db.close()
                path.unlink(missing_ok=True)
                self._open(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{path} can't be opened: {error}") from error

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute(SCHEMA)
        rows = self._db.execute("SELECT path, size, modified, changed, sha256 FROM hashes")
        self._known = {row[0]: row[1:] for row in rows}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
        self._db.close()

    def of(self, file: File) -> str:
        """Hash of a file's bytes, hexadecimal; empty if they can't be read."""
        *times, sha256 = self._known.get(file.path, ("",))
        return str(sha256) if tuple(times) == file.times else file.sha256()

    def note(self, file: File, sha256: str) -> None:
        """Remember what `of` gave."""
        found = (*file.times, sha256)
        if file.changed and self._known.get(file.path) != found:  # 0: another change may have the same times
            self._new.append((file.path, *found))
        if len(self._new) >= AT_ONCE:
            self._write()

    def keep(self, paths: Collection[str]) -> None:
        """Forget all other files."""
        gone = [(path,) for path in self._known if path not in paths]
        with self._db:
            self._db.executemany("DELETE FROM hashes WHERE path = ?", gone)

    def _write(self) -> None:
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?)", self._new)
        self._new = []
