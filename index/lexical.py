"""BM25 over the passages, in SQLite FTS5, and their languages. Derived from the store: the file can be deleted."""

import json
import math
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from pathlib import Path

from index.chunk import key_of
from index.documents import Chunk
from index.errors import StoreUnavailable
from index.language import detect_language

# FTS5's own constants (sqlite.org/fts5.html, section 5.1.1): a term adds less than its idf times K1 + 1.
K1 = 1.2
B = 0.75
MOST_MATCHES = 1000  # chunks that a query is compared with, at some microseconds each
COUNTS_KEPT = 20_000  # terms
PATIENCE = 60  # seconds to wait for another process that is writing
# Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese, which write words without spaces or glue endings to them.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0002fa1f]+"
)
# Letters of a word that count in a search: what languages add to a word, most add at its end. No language has to be
# known for that (McNamee, Nicholas and Mayfield, Addressing Morphological Variation in Alphabetic Languages, SIGIR
# 2009). The number is from tests/benchmarks/RESULTS.md.
STEM = 6
# What Arabic adds at the beginning: "the", "in the" and so on, and "and", if letters enough are left (after light10 of
# Larkey, Ballesteros and Connell, Light Stemming for Arabic Information Retrieval, 2007).
ARABIC = ("\u0620", "\u064a")
ARABIC_PREFIX = re.compile("(?:(?:[وبكف]?ال|لل)(?=[{}-{}]{{3}}))?(?:و(?=[{}-{}]{{3}}))?".format(*ARABIC, *ARABIC))
LAYOUT = 7
APART = "  "  # between two terms, so that each has a blank of its own on either side
# With the positions of terms, which FTS5 keeps unless told otherwise: without them it cuts every passage that matches
# into words again to rank it (sqlite.org/fts5.html, section 4.6).
SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(terms, id UNINDEXED, tokenize="ascii");
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(passages, row);
CREATE TABLE IF NOT EXISTS places (id TEXT PRIMARY KEY, place INTEGER, language TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (key TEXT PRIMARY KEY, version TEXT, first INTEGER, last INTEGER);
CREATE TABLE IF NOT EXISTS state (revision TEXT, languages TEXT);
"""


def terms(text: str) -> list[str]:
    """What a text is searched by: its words, each but for its end, so that "Länder" finds "Ländern"."""
    return [_stem(word) for word in words_of(text)]


def _stem(word: str) -> str:
    if not word.isalpha() and any(map(str.isdecimal, word)):  # of a number or a code every character counts
        return word
    if ARABIC[0] <= word[0] <= ARABIC[1]:
        word = ARABIC_PREFIX.sub("", word, count=1)
    return word[:STEM]


def words_of(text: str) -> list[str]:
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
        self._counted: str | None = None  # the revision whose terms are counted
        self._counts: dict[str, int] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connect()
            try:
                self._prepare()
            except sqlite3.DatabaseError as error:
                if is_busy(error):
                    raise
                self.rebuild()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{path} can't be opened: {error}") from error

    def _connect(self) -> None:
        # Callers hold a lock around each call, so threads may share the connection. No transaction but those asked for.
        self._db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)

    def _prepare(self) -> None:
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        if layout != LAYOUT and self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise sqlite3.DatabaseError(f"layout {layout}")  # of another version: begun again, as if it were damaged
        self._db.executescript(f"{SCHEMA} PRAGMA user_version = {LAYOUT};")

    def close(self) -> None:
        self._db.close()

    def rebuild(self) -> None:
        """Begin again with an empty file."""
        self._db.close()
        for path in (self._path, Path(f"{self._path}-journal")):  # SQLite would apply the old journal to the new file
            path.unlink(missing_ok=True)
        self._connect()
        self._prepare()

    @property
    def revision(self) -> str | None:
        """Revision of the store that this index was derived from."""
        row = self._db.execute("SELECT revision FROM state").fetchone()
        return str(row[0]) if row else None

    def versions(self) -> dict[str, str]:
        """The documents that are in it, by key, each with what `update` was told of its text."""
        return dict(self._db.execute("SELECT key, version FROM documents").fetchall())

    def update(self, revision: str, versions: dict[str, str], chunks: Callable[[list[str]], Iterable[Chunk]]) -> None:
        """Hold just these documents, in one transaction.

        Args:
            revision: Of the store.
            versions: By the key of each document, what is another one if its text or its chunks are.
            chunks: Reads the chunks of documents that are new, by their keys: one document's after another's.
        """
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")  # another process may be bringing the same file up to date
            present, wanted = self.versions().items(), versions.items()
            for key, _ in present - wanted:
                (first, last) = self._db.execute("SELECT first, last FROM documents WHERE key = ?", [key]).fetchone()
                theirs = "SELECT id FROM passages WHERE rowid BETWEEN ? AND ?"
                self._db.execute(f"DELETE FROM places WHERE id IN ({theirs})", [first, last])
                self._db.execute("DELETE FROM passages WHERE rowid BETWEEN ? AND ?", [first, last])
                self._db.execute("DELETE FROM documents WHERE key = ?", [key])
            (last,) = self._db.execute("SELECT coalesce(max(rowid), 0) FROM passages").fetchone()
            # A document that was just replaced has none: what is in its place comes with the next revision.
            for key, found in groupby(chunks(sorted(dict(wanted - present))), lambda chunk: key_of(chunk.id)):
                rows = list(enumerate(found, start=last + 1))
                texts = [(row, APART.join(terms(one.text)), one.id) for row, one in rows]
                self._db.executemany("INSERT INTO passages (rowid, terms, id) VALUES (?, ?, ?)", texts)
                places = [(one.id, row, detect_language(one.text)) for row, one in rows]
                self._db.executemany("INSERT INTO places VALUES (?, ?, ?)", places)
                document = [key, versions[key], last + 1, last + len(rows)]
                self._db.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", document)
                last += len(rows)
            self._db.execute("DELETE FROM state")
            self._db.execute("INSERT INTO state SELECT ?, json_group_array(DISTINCT language) FROM places", [revision])

    def search(self, query: str, count: int, keys: Sequence[str] | None = None) -> dict[str, float]:
        """The best chunks, by id, with their scores from 0 to 1, best first.

        The score is BM25 divided by the most that any text could get for this query: the sum of the idf of all its
        terms, also of those that no passage holds, times K1 + 1. So a query that shares no word with the passages
        adds nothing, and one that shares only common words adds little.

        In a large index, chunks are found by the rarest terms of the query. The others, which very many chunks hold,
        count in the scores of those that are found, as in MaxScore (Turtle and Flood, 1995).

        Args:
            query: In any language.
            count: The most to find.
            keys: Find those of these documents only.
        """
        weights = self.idf(terms(query))
        found = self._scored(self._matches(self._rarest(weights), count, keys), weights)
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def scores(self, query: str, ids: Collection[str]) -> dict[str, float]:
        """The scores of chunks that were found in another way; those of documents that are not in it are left out."""
        held = self._held({key_of(i) for i in ids})
        return {i: 0.0 for i in ids if key_of(i) in held} | self._scored(self._terms_of(ids), self.idf(terms(query)))

    def languages(self, ids: Iterable[str]) -> dict[str, str]:
        """The languages of chunks, by id, where they are known."""
        query = """SELECT places.id, language FROM json_each(?) CROSS JOIN places ON places.id = value
            WHERE language IS NOT NULL"""
        return dict(self._db.execute(query, [json.dumps(list(ids))]).fetchall())

    def all_languages(self) -> set[str]:
        """Those of all chunks together."""
        row = self._db.execute("SELECT languages FROM state").fetchone()
        return set(json.loads(row[0])) - {None} if row else set()

    def _scored(self, texts: dict[str, str], weights: dict[str, float]) -> dict[str, float]:
        """The scores of chunks, by id, given their terms and the idf of those of the query."""
        bound = (K1 + 1) * sum(weights.values()) or 1.0  # questions and passages may be of signs alone
        chunks, total = self._size()
        mean = total / chunks if total else 1.0
        return {i: _bm25(text, weights, mean) / bound for i, text in texts.items()}

    def _matches(self, searched: Sequence[str], count: int, keys: Sequence[str] | None) -> dict[str, str]:
        """The chunks that match any of these terms best, by id, with their own terms."""
        if not searched:
            return {}
        within, wanted = "", [" OR ".join(f'"{term}"' for term in searched)]
        if keys is not None:
            within = (
                "AND EXISTS (SELECT 1 FROM documents WHERE passages.rowid BETWEEN first AND last "
                "AND key IN (SELECT value FROM json_each(?))) "
            )
            wanted.append(json.dumps(keys))
        query = f"SELECT id, terms FROM passages WHERE passages MATCH ? {within}ORDER BY rank LIMIT ?"
        return dict(self._db.execute(query, [*wanted, count]).fetchall())

    def _terms_of(self, ids: Iterable[str]) -> dict[str, str]:
        query = """SELECT places.id, terms FROM json_each(?) CROSS JOIN places ON places.id = value
            CROSS JOIN passages ON passages.rowid = place"""
        return dict(self._db.execute(query, [json.dumps(list(ids))]).fetchall())

    def _held(self, keys: Iterable[str]) -> set[str]:
        """Those keys whose documents are in it."""
        query = "SELECT key FROM documents WHERE key IN (SELECT value FROM json_each(?))"
        return {key for (key,) in self._db.execute(query, [json.dumps(sorted(keys))])}

    def _rarest(self, wanted: Iterable[str]) -> list[str]:
        """Of the terms that are there, the rarest, and more while all together are in at most `MOST_MATCHES` chunks."""
        frequencies = sorted((frequency, term) for term, frequency in self._frequencies(wanted).items() if frequency)
        matches = accumulate(frequency for frequency, _ in frequencies)
        rare = [term for (_, term), sum_ in zip(frequencies, matches, strict=True) if sum_ <= MOST_MATCHES]
        return rare or [term for _, term in frequencies[:1]]

    def idf(self, query_terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term, as FTS5 computes it; highest for terms that occur nowhere."""
        (chunks, _), frequencies = self._size(), self._frequencies(query_terms)
        return {term: _idf(chunks, frequency) for term, frequency in frequencies.items()}

    def unknown(self, wanted: Iterable[str]) -> set[str]:
        """Those of these terms that no chunk has."""
        return {term for term, frequency in self._frequencies(wanted).items() if not frequency}

    def _frequencies(self, wanted: Iterable[str]) -> dict[str, int]:
        """In how many chunks each term is. Remembered while the content stays: a common term takes long to count."""
        revision = self.revision
        if revision != self._counted or len(self._counts) > COUNTS_KEPT:
            self._counted, self._counts = revision, {}
        found = dict.fromkeys(wanted, 0)
        new = [term for term in found if term not in self._counts]
        if new:
            marks = ", ".join("?" * len(new))
            rows = self._db.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", new)
            self._counts |= dict.fromkeys(new, 0) | dict(rows.fetchall())
        return {term: self._counts[term] for term in found}

    def _size(self) -> tuple[int, int]:
        """Number of chunks, and of terms in all of them, from FTS5's own averages record, since counting takes long.

        That is row 1 of its data: variable-length integers of SQLite (sqlite.org/fileformat2.html), a sum a column.
        """
        (record,) = self._db.execute("SELECT block FROM passages_data WHERE id = 1").fetchone()
        numbers, number = [], 0
        for byte in record:
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(number)
                number = 0
        return (numbers[0], numbers[1]) if numbers else (0, 0)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether nothing is wrong but that another process is writing."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _bm25(text: str, weights: dict[str, float], mean: float) -> float:
    """BM25 of a chunk, as FTS5 computes it, for terms with their idf.

    Args:
        text: The chunk's terms, `APART` from each other.
        weights: Terms with their idf.
        mean: Mean number of terms in a chunk.
    """
    length = K1 * (1 - B + B * (text.count(APART) + bool(text)) / mean)
    text = f" {text} "
    counts = [(idf, count) for term, idf in weights.items() if (count := text.count(f" {term} "))]
    return sum(idf * count * (K1 + 1) / (count + length) for idf, count in counts)


def _idf(total: int, frequency: int) -> float:
    return max(math.log((total - frequency + 0.5) / (frequency + 0.5)), 1e-6)
