"""BM25 over the passages, in SQLite FTS5. Derived from the store: the file can be deleted at any time."""

import json
import math
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from index.documents import Chunk
from index.errors import StoreUnavailable

# FTS5's own constant (sqlite.org/fts5.html, section 5.1.1): a term adds less than its idf times K1 + 1.
K1 = 1.2
PATIENCE = 60  # seconds to wait for another process that is writing
# Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese, which write words without spaces or glue endings to them.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0002fa1f]+"
)
SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(terms, id UNINDEXED, detail=column, tokenize="ascii");
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(passages, row);
CREATE TABLE IF NOT EXISTS documents (key TEXT PRIMARY KEY, first INTEGER, last INTEGER);
CREATE TABLE IF NOT EXISTS state (revision TEXT);
"""


def terms(text: str) -> list[str]:
    """Words without case and diacritics; pairs of characters where a script has no spaces between words."""
    found = []
    for word in _fold(text).split():
        position = 0
        for run in UNSPACED.finditer(word):
            found += [word[position : run.start()], *_pairs(run.group())]
            position = run.end()
        found.append(word[position:])
    return [term for term in found if term]


def _fold(text: str) -> str:
    """Letters and digits in one form, and blanks for the rest. Vowel signs, as of Hindi and Thai, are letters."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c for c in decomposed if not unicodedata.combining(c))
    plain = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in kept)
    return unicodedata.normalize("NFC", plain)  # puts the syllables of Hangul together again


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)] or [run]


class LexicalIndex:
    """BM25 over chunks of text.

    Args:
        path: The SQLite file, made if it is not there and made anew if it is damaged.

    Raises:
        StoreUnavailable: the file can't be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if is_busy(error):
                    raise
                self.rebuild()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{path} can't be opened: {error}") from error

    def _open(self) -> None:
        # Callers hold a lock around each call, so threads may share the connection. No transaction but those asked for.
        self._db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def rebuild(self) -> None:
        """Begin again with an empty file."""
        self._db.close()
        for path in (self._path, Path(f"{self._path}-journal")):  # SQLite would apply the old journal to the new file
            path.unlink(missing_ok=True)
        self._open()

    @property
    def revision(self) -> str | None:
        """Revision of the store that this index was derived from."""
        row = self._db.execute("SELECT revision FROM state").fetchone()
        return str(row[0]) if row else None

    def keys(self) -> set[str]:
        """The versions of documents that are in it."""
        return {key for (key,) in self._db.execute("SELECT key FROM documents")}

    def update(self, revision: str, keys: set[str], chunks: Callable[[str], list[Chunk]]) -> None:
        """Hold just the documents of these keys, in one transaction; `chunks` reads the chunks of one that is new."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")  # another process may be bringing the same file up to date
            present = self.keys()
            for key in present - keys:
                (first, last) = self._db.execute("SELECT first, last FROM documents WHERE key = ?", [key]).fetchone()
                self._db.execute("DELETE FROM passages WHERE rowid BETWEEN ? AND ?", [first, last])
                self._db.execute("DELETE FROM documents WHERE key = ?", [key])
            for key in sorted(keys - present):
                (last,) = self._db.execute("SELECT coalesce(max(rowid), 0) FROM passages").fetchone()
                rows = [(last + i, " ".join(terms(c.text)), c.id) for i, c in enumerate(chunks(key), start=1)]
                if not rows:  # just replaced: what is in its place comes with the next revision
                    continue
                self._db.executemany("INSERT INTO passages (rowid, terms, id) VALUES (?, ?, ?)", rows)
                self._db.execute("INSERT INTO documents VALUES (?, ?, ?)", [key, last + 1, last + len(rows)])
            self._db.execute("DELETE FROM state")
            self._db.execute("INSERT INTO state VALUES (?)", [revision])

    def search(self, query: str, count: int, keys: Sequence[str] | None = None) -> dict[str, float]:
        """The best chunks, by id, with their scores from 0 to 1; those of the documents of `keys` only, if given.

        The score is BM25 divided by the most that any text could get for this query: the sum of the idf of all its
        terms, also of those that no passage holds, times K1 + 1. So a query that shares no word with the passages
        adds nothing, and one that shares only common words adds little.
        """
        weights = self.idf(terms(query))
        bound = (K1 + 1) * sum(weights.values())
        if not bound:
            return {}
        expression = " OR ".join(f'"{term}"' for term in weights)
        within, wanted = "", [expression]
        if keys is not None:
            within = (
                "AND EXISTS (SELECT 1 FROM documents WHERE passages.rowid BETWEEN first AND last "
                "AND key IN (SELECT value FROM json_each(?))) "
            )
            wanted.append(json.dumps(keys))
        rows = self._db.execute(
            f"SELECT id, bm25(passages) FROM passages WHERE passages MATCH ? {within}ORDER BY rank LIMIT ?",
            [*wanted, count],
        )
        return {i: -score / bound for i, score in rows}

    def idf(self, query_terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term, as FTS5 computes it; highest for terms that occur nowhere."""
        wanted = list(dict.fromkeys(query_terms))
        (total,) = self._db.execute("SELECT count(*) FROM passages_docsize").fetchone()
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", wanted)
        frequency = dict(rows.fetchall())
        return {term: _idf(total, frequency.get(term, 0)) for term in wanted}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether nothing is wrong but that another process is writing."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _idf(total: int, frequency: int) -> float:
    return max(math.log((total - frequency + 0.5) / (frequency + 0.5)), 1e-6)
