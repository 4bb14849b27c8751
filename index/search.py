"""An index: hybrid search over the passages of a store, and what is in it."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from heapq import nlargest
from itertools import islice
from math import inf
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from index.background import in_background
from index.cache import cache_folder
from index.chroma import FORMAT, is_server
from index.chunk import embedded_text
from index.documents import Chunk, Document, Passage
from index.embed import SentenceEmbeddings, load_embeddings
from index.errors import DamagedIndex, SourceNotFound, StoreUnavailable
from index.language import detect_language
from index.lexical import LexicalIndex, is_busy
from index.records import UNKNOWN_SIZE, DocumentRecord, FileRecord
from index.store import Store
from index.touched import Touched

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.retrievers import BaseRetriever
    from numpy.typing import NDArray

# Fusion adds on an absolute scale. Reciprocal ranks would give the best lexical hit as much as the best dense one,
# which ruins questions in another language than the passages.
LEXICAL_WEIGHT = 0.15
# By how much a passage in another language than the question's is nearer than its cosine says: of those that have
# nothing to do with a question, the ones in its language are so much nearer (tests/benchmarks/RESULTS.md).
ACROSS = 0.04
CANDIDATES = 60  # of either side; what is beyond can't come to the top of the sum
MOST_CANDIDATES = 1000  # where most of them are copies
WIDE = 400  # of the nearest, among which those in another language are: as many as Chroma compares anyway (ef_search)
CHUNKS_AT_ONCE = 1000  # read for the lexical side
COPIES = 2  # of one text in different documents: the first, and one more that says the same
SAME = 1e-5  # the scores of copies differ in their last bits only

T = TypeVar("T")


class _ByWords(NamedTuple):
    """What the words of a query found.

    Attributes:
        revision: Of the store whose words were searched.
        keys: The versions of documents that the search is limited to, if it is.
        scores: By the ids of passages.
    """

    revision: str | None
    keys: list[str] | None
    scores: dict[str, float]


class Index:
    """Passages that can be searched. Open one with `Index.open`; fill it with `index.sync`.

    Safe to use from several threads. Sees what other processes write.

    Attributes:
        store: What is indexed.
        embeddings: The model that makes its vectors.
        touched: Times of files that are not those of their records in the store.
    """

    def __init__(self, store: Store, lexical: LexicalIndex, embeddings: SentenceEmbeddings) -> None:
        self.store = store
        self.embeddings = embeddings
        self.touched = Touched(derived(store.location, "touched.sqlite"))
        self._lexical = lexical
        self._lock = RLock()
        self._sources: frozenset[str] | None = None  # what `search` is limited to

    @classmethod
    def open(cls, location: str | Path = ".footnote", embedding_model: str = "", *, anew: bool = False) -> "Index":
        """Open an index, or begin an empty one.

        Args:
            location: A folder, or the address of a Chroma server such as `http://127.0.0.1:8000`.
            embedding_model: Hub id or folder of a sentence-transformers model; empty means the bundled one.
            anew: Begin one beside the one that is there, to take its place (see `index.rebuilding`).

        Raises:
            StoreUnavailable: the folder can't be used or the server does not answer.
            EmbeddingModelMismatch: the index was made with another embedding model.
        """
        embeddings = load_embeddings(embedding_model)
        store = Store(str(location), embeddings.name, anew=anew)
        return cls(store, LexicalIndex(derived(store.location, "lexical.sqlite")), embeddings)

    def only(self, sources: Iterable[str]) -> "Index":
        """The same index, whose `search` finds passages of these documents only."""
        limited = copy(self)
        limited._sources = frozenset(sources)
        return limited

    def close(self) -> None:
        """Free its files and connections; it can't be used any more."""
        with self._lock:
            self._lexical.close()
            self.store.close()

    @property
    def location(self) -> str:
        """The folder or the address that it was opened with."""
        return self.store.location

    def documents(self) -> list[DocumentRecord]:
        """What is indexed, by name."""
        with self._lock:
            return self._whole(self.store.records)

    def files(self) -> list[FileRecord]:
        """The files that were read, by path, also those that gave no text."""
        with self._lock:
            return self.touched.seen(self._whole(self.store.files))

    def document(self, source: str) -> Document:
        """One document with its text.

        Raises:
            SourceNotFound: there is none of this name.
        """
        with self._lock:
            return self._whole(lambda: self.store.document(source))

    def remove(self, source: str) -> None:
        """Remove one document; the file it came from stays.

        Raises:
            SourceNotFound: there is none of this name.
        """
        with self.writing():
            records = self.store.find([source])
            if not records:
                raise SourceNotFound(f"the index holds no document {source!r}")
            path = records[0].path
            if self.store.sources_in(path) == {source}:
                self.store.remove_files([path])
            else:  # what else the file holds stays, and the next sync reads it again
                files = [file for file in self.store.files() if file.path == path]
                self.store.put_files([replace(file, size=UNKNOWN_SIZE, sha256="") for file in files])
                self.store.remove([source])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around all that changes the content; damaged vectors are made anew first.

        Raises:
            StoreUnavailable: someone else is writing, and has not finished for a while.
        """
        self._whole(lambda: self.store.revision)
        with self.store.writing():
            yield

    def mend(self) -> None:
        """Make damaged vectors anew, if there are any: those that can be saved are, the others embedded."""
        self.store.mend(lambda chunks: self.embeddings.embed_passages([embedded_text(chunk) for chunk in chunks]))

    def _whole(self, ask: Callable[[], T]) -> T:
        """What the store says, after its vectors are mended if they are damaged."""
        try:
            return ask()
        except DamagedIndex:
            self.mend()
            return ask()

    def search(self, query: str, top_k: int = 8, *, language: str | None = None) -> list[Passage]:
        """The passages that say most about `query`, best first, at most `top_k` of different text.

        Where documents hold the same text, a second one comes with the first, so that both can be cited.
        The score of a passage is the cosine of its vector and the question's, plus `LEXICAL_WEIGHT` times its BM25 as
        a share of the most that the question could get (see `LexicalIndex.search`), plus `ACROSS` if it is in another
        language: an embedding model finds what is in one language nearer, whatever it is about. Compare scores within
        one search only: cosines of one model crowd together, those of another do not.

        Args:
            query: In any language.
            top_k: The most texts to find.
            language: Code of the language of `query`; told from it if None.
        """
        if top_k < 1:
            return []
        asked_in = language or detect_language(query)
        embedding = in_background(lambda: self.embeddings.embed_question(query))
        with self._lock:
            by_words = self._whole(lambda: self._by_words(query))
        vector = embedding.result()
        with self._lock:
            return self._whole(lambda: self._search(query, asked_in, vector, by_words, top_k))

    def _by_words(self, query: str) -> _ByWords:
        def ask(side: LexicalIndex) -> _ByWords:
            revision, keys = side.revision, self._keys()
            return _ByWords(revision, keys, side.search(query, CANDIDATES, keys))

        with self.store.looking():
            if self._is_lexical_current():
                return self._with_lexical(ask)
        # To bring the words up to date takes long in a large index, and must not keep others from writing.
        return self._with_lexical(ask)

    def _search(
        self, query: str, asked_in: str | None, vector: "NDArray[np.float32]", by_words: _ByWords, top_k: int
    ) -> list[Passage]:
        with self.store.looking():
            if by_words.revision == self.store.revision:
                return self._found(query, asked_in, vector, by_words, top_k)
        by_words = self._by_words(query)
        with self.store.looking():
            if by_words.revision != self.store.revision:
                by_words = self._by_words(query)
            return self._found(query, asked_in, vector, by_words, top_k)

    def _found(
        self, query: str, asked_in: str | None, vector: "NDArray[np.float32]", by_words: _ByWords, top_k: int
    ) -> list[Passage]:
        held = self._with_lexical(lambda side: side.all_languages()) if asked_in else set()
        is_mixed = held > {asked_in}
        count = min(max(CANDIDATES, COPIES * top_k), MOST_CANDIDATES)
        while True:
            wide = self.store.nearest(vector, max(count, WIDE) if is_mixed else count, by_words.keys)
            near = dict(islice(wide.items(), count))
            others = self._others([*wide, *by_words.scores], asked_in) if held - {asked_in} else set()
            across = dict(islice(((i, cosine) for i, cosine in wide.items() if i in others), count))
            lexical = by_words.scores | self._scores(query, (near | across).keys() - by_words.scores.keys())
            added = {i: LEXICAL_WEIGHT * words + ACROSS * (i in others) for i, words in lexical.items()}
            # What is not among the nearest, of all or of those in other languages, is no nearer than the last of them.
            farthest = min(near.values(), default=0.0)
            found = self._fused(vector, near | across, added, farthest, top_k)
            most = max(farthest, min(across.values()) + ACROSS) if len(across) == count else farthest
            # What is farther away can't come in, unless copies of one text, or a document that is being written, are
            # all that is near.
            is_full = len({passage.chunk.text for passage in found}) == top_k
            is_far = not found or found[-1].score > most + SAME
            if (is_full and is_far) or count == MOST_CANDIDATES or len(near) < count:
                return found
            count = min(4 * count, MOST_CANDIDATES)

    def _scores(self, query: str, ids: set[str]) -> dict[str, float]:
        return self._with_lexical(lambda side: side.scores(query, ids))

    def _others(self, ids: Iterable[str], asked_in: str | None) -> set[str]:
        """Those of these passages that are known to be in another language than the question."""
        languages = self._with_lexical(lambda side: side.languages(ids))
        return {i for i, language in languages.items() if language != asked_in}

    def _fused(
        self,
        vector: "NDArray[np.float32]",
        cosines: dict[str, float],
        added: dict[str, float],
        farthest: float,
        top_k: int,
    ) -> list[Passage]:
        """The best of what either side found. Texts, which take longest to read, are read of the best only.

        The lexical side knows the documents of this revision; what is of another is being written or was just replaced.

        Args:
            vector: Of the question.
            cosines: Of the passages that are near, by id.
            added: What is added to the cosine of each that either side found.
            farthest: What the cosines of the others are at most.
            top_k: As for `search`.
        """
        scores = {i: cosine + added[i] for i, cosine in cosines.items() if i in added}
        top = nlargest(COPIES * top_k, scores.values())
        least = top[-1] if len(top) == COPIES * top_k else -inf
        missing = {i: more for i, more in added.items() if i not in cosines and farthest + more >= least}
        for i, other in self.store.fetch(sorted(missing)).items():
            scores[i] = float(vector @ other) + missing[i]
        ranked = sorted(scores, key=lambda i: (-scores[i], i))
        found: list[Passage] = []
        end = 0
        while end < len(ranked) and len({passage.chunk.text for passage in found}) < top_k:
            first, end = end, min(end + COPIES * top_k, len(ranked))
            while end < len(ranked) and scores[ranked[end]] > scores[ranked[end - 1]] - SAME:
                end += 1  # it may be a copy
            found += [Passage(chunk, scores[chunk.id]) for chunk in self.store.read(ranked[first:end])]
        return best(found, top_k)

    def idf(self, terms: list[str]) -> dict[str, float]:
        """Inverse document frequency of terms, as `index.lexical.terms` gives them, among the passages."""
        with self._lock:
            return self._whole(lambda: self._with_lexical(lambda side: side.idf(terms)))

    def unknown(self, terms: list[str]) -> set[str]:
        """Those of the terms, as `index.lexical.terms` gives them, that no passage has."""
        with self._lock:
            return self._whole(lambda: self._with_lexical(lambda side: side.unknown(terms)))

    def as_retriever(self, top_k: int = 8) -> "BaseRetriever":
        """The same search as a LangChain retriever; offsets and scores are in each document's metadata."""
        from index.retriever import IndexRetriever

        return IndexRetriever(index=self, top_k=top_k)

    def _keys(self) -> list[str] | None:
        """The versions of documents that a search is limited to, if it is."""
        if self._sources is None:
            return None
        return [record.key for record in self.store.find(sorted(self._sources))]

    def _with_lexical(self, ask: Callable[[LexicalIndex], T]) -> T:
        """What the lexical side says once it is brought to the store's state; made anew if its file is damaged."""
        try:
            try:
                return self._current(ask)
            except sqlite3.DatabaseError as error:
                if is_busy(error):
                    raise
                self._lexical.rebuild()
                return self._current(ask)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"the words of index {self.location} can't be searched: {error}") from error

    def _current(self, ask: Callable[[LexicalIndex], T]) -> T:
        """What it says at the store's revision: another process may set it back to an earlier one meanwhile."""
        while True:
            self._refresh_lexical()
            said = ask(self._lexical)
            if self._is_lexical_current():
                return said

    def _is_lexical_current(self) -> bool:
        try:
            return self._lexical.revision == self.store.revision
        except sqlite3.DatabaseError:
            return False

    def _refresh_lexical(self) -> None:
        """Nothing to do unless the store was written since."""
        revision = self.store.revision
        if self._lexical.revision != revision:
            records = {record.key: record for record in self.store.records()}
            # What else than its text makes other chunks of a document: the language, and what changes their number.
            versions = {key: f"{FORMAT} {r.language} {r.passages} {r.text_hash}" for key, r in records.items()}
            self._lexical.update(revision, versions, lambda keys: self._chunks([records[key] for key in keys]))

    def _chunks(self, records: Iterable[DocumentRecord]) -> Iterator[Chunk]:
        """The chunks of documents, several at a time: asked for one by one, most of the time goes into asking."""
        keys: list[str] = []
        count = 0
        for record in records:
            if keys and count + record.passages > CHUNKS_AT_ONCE:
                yield from self.store.chunks(*keys)
                keys, count = [], 0
            keys.append(record.key)
            count += record.passages
        yield from self.store.chunks(*keys)


def best(passages: Iterable[Passage], top_k: int) -> list[Passage]:
    """The best passages first, at most `top_k` of different text and at most `COPIES` of the same.

    Copies have the score of the best of them: which ones come is a matter of their documents' names, not of chance.
    """
    by_text: dict[str, list[Passage]] = {}
    for passage in passages:
        by_text.setdefault(passage.chunk.text, []).append(passage)
    scores = {text: max(passage.score for passage in copies) for text, copies in by_text.items()}
    return [
        replace(passage, score=scores[text])
        for text in sorted(by_text, key=lambda text: (-scores[text], text))[:top_k]
        for passage in sorted(by_text[text], key=lambda passage: (passage.chunk.source, passage.chunk.start))[:COPIES]
    ]


def derived(location: str, name: str) -> Path:
    """Where a file is that is made of an index, and can be made again: in its folder, in the cache if on a server."""
    if not is_server(location):
        return Path(location) / name
    return cache_folder() / "indexes" / hashlib.sha256(location.encode()).hexdigest()[:16] / name
