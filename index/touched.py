"""Times of files that were only touched: their content is what was read, and their records in Chroma have other times.

They stand beside the index, since Chroma takes long to change thousands of rows. The file can be deleted at any time,
and one that can't be read or written is gone without: then what was touched is hashed once more.
"""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from index.lexical import is_busy
from index.records import FileRecord

PATIENCE = 5  # seconds to wait for another process
SCHEMA = """
CREATE TABLE IF NOT EXISTS touched (path TEXT PRIMARY KEY, sha256 TEXT, size INTEGER, modified INTEGER, changed INTEGER)
WITHOUT ROWID;
"""

T = TypeVar("T")


class Touched:
    """Sizes and times of files, each with the hash of the content that it had then.

    Args:
        path: The SQLite file, made when there is something to note.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._patience = path, PATIENCE

    def seen(self, records: Sequence[FileRecord]) -> list[FileRecord]:
        """Records with the times that were noted since, where their content is still the same."""
        query = "SELECT path, sha256, size, modified, changed FROM touched"
        rows: list[Any] = self._run(lambda db: db.execute(query).fetchall(), []) if self._path.exists() else []
        noted = {path: (sha256, size, modified, changed) for path, sha256, size, modified, changed in rows}
        return [_with_times(record, noted.get(record.path)) for record in records]

    def note(self, records: Sequence[FileRecord]) -> None:
        """Note the sizes and times of files that have the content that is in their records."""
        if records:
            rows = [(one.path, one.sha256, one.size, one.modified, one.changed) for one in records]
            self._run(lambda db: db.executemany("INSERT OR REPLACE INTO touched VALUES (?, ?, ?, ?, ?)", rows), None)

    def keep(self, paths: Collection[str]) -> None:
        """Forget all other files."""

        def forget(db: sqlite3.Connection) -> None:
            gone = [(path,) for (path,) in db.execute("SELECT path FROM touched") if path not in paths]
            db.executemany("DELETE FROM touched WHERE path = ?", gone)

        if self._path.exists():
            self._run(forget, None)

    def _run(self, do: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What is done in one transaction; the other value if it can't be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=self._patience)) as db, db:
                db.execute(SCHEMA)
                return do(db)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not is_busy(error):
                with suppress(OSError):  # it may be damaged: begin again the next time
                    self._path.unlink()
            return otherwise


def _with_times(record: FileRecord, noted: tuple[str, int, int, int] | None) -> FileRecord:
    if noted is None or noted[0] != record.sha256:
        return record
    _, size, modified, changed = noted
    return replace(record, size=size, modified=modified, changed=changed)
