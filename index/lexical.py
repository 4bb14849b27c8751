"""BM25 over the passages, in SQLite FTS5. Derived from the store: the file can be deleted at any time."""

import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from index.documents import Chunk

# FTS5's own constant (sqlite.org/fts5.html, section 5.1.1): a term adds less than its idf times K1 + 1.
K1 = 1.2
WORD = re.compile(r"[^\W_]+")
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
    for word in WORD.findall(_fold(text)):
        position = 0
        for run in UNSPACED.finditer(word):
            found += [word[position : run.start()], *_pairs(run.group())]
            position = run.end()
        found.append(word[position:])
    return [term for term in found if term]


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain)  # puts the syllables of Hangul together again


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)] or [run]


class LexicalIndex:
    """BM25 over chunks of text.

    Args:
        path: The SQLite file, made if it is not there and made anew if it is damaged.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            self._open(path)

    def _open(self, path: Path) -> None:
        # Callers hold a lock around each call, so threads may share the connection.
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(SCHEMA)

    @property
    def revision(self) -> str | None:
        """Revision of the store that this index was derived from."""
        row = self._db.execute("SELECT revision FROM state").fetchone()
        return str(row[0]) if row else None

    def keys(self) -> set[str]:
        """The versions of documents that are in it."""
        return {key for (key,) in self._db.execute("SELECT key FROM documents")}

    def update(self, revision: str, removed: Iterable[str], added: Iterable[tuple[str, list[Chunk]]]) -> None:
        """Take out and put in documents, by key, in one transaction."""
        with self._db:
            for key in removed:
                (first, last) = self._db.execute("SELECT first, last FROM documents WHERE key = ?", [key]).fetchone()
                self._db.execute("DELETE FROM passages WHERE rowid BETWEEN ? AND ?", [first, last])
                self._db.execute("DELETE FROM documents WHERE key = ?", [key])
            for key, chunks in added:
                (last,) = self._db.execute("SELECT coalesce(max(rowid), 0) FROM passages").fetchone()
                rows = ((last + i, " ".join(terms(c.text)), c.id) for i, c in enumerate(chunks, start=1))
                self._db.executemany("INSERT INTO passages (rowid, terms, id) VALUES (?, ?, ?)", rows)
                self._db.execute("INSERT INTO documents VALUES (?, ?, ?)", [key, last + 1, last + len(chunks)])
            self._db.execute("DELETE FROM state")
            self._db.execute("INSERT INTO state VALUES (?)", [revision])

    def search(self, query: str, count: int) -> dict[str, float]:
        """The best chunks, by id, with their scores from 0 to 1.

        The score is BM25 divided by the most that any text could get for this query: the sum of the idf of all its
        terms, also of those that no passage holds, times K1 + 1. So a query that shares no word with the passages
        adds nothing, and one that shares only common words adds little.
        """
        weights = self.idf(terms(query))
        bound = (K1 + 1) * sum(weights.values())
        if not bound:
            return {}
        expression = " OR ".join(f'"{term}"' for term in weights)
        rows = self._db.execute(
            "SELECT id, bm25(passages) FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?", [expression, count]
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


def _idf(total: int, frequency: int) -> float:
    return max(math.log((total - frequency + 0.5) / (frequency + 0.5)), 1e-6)
