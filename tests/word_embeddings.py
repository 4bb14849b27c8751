"""Vectors that need no model: for tests of what happens to an index, not of what it finds."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest

from index import Index
from index.documents import Document, Skipped
from index.lexical import LexicalIndex
from index.load import parse
from index.store import Store
from index.unfolding import unfold

DIMENSIONS = 64


class WordEmbeddings:
    """A text is the sum of its words, each in a direction of its own; notes what it embeds."""

    name = "words"

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        self.dimensions = dimensions
        self.embedded: list[str] = []

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        self.embedded += texts
        return self.embed_queries(texts)

    def embed_queries(self, texts: list[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.sha256(word.encode()).digest()
                at = int.from_bytes(digest[:2], "little") % vectors.shape[1]
                vectors[row, at] += 1 if digest[1] % 2 else -1
            vectors[row, 0] += 0.5  # no text is without a direction
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_question(self, question: str) -> np.ndarray:
        vector: np.ndarray = self.embed_queries([question])[0]
        return vector


class PlainParser:
    """`index.parsing.Parser` without its process, which takes a second to start."""

    has_lost = False

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def read(self, path: Path, source: str) -> Iterator[Document | Skipped]:
        for piece in unfold(path, source):
            yield from parse(piece)


def open_words(folder: Path, dimensions: int = DIMENSIONS) -> Index:
    """An index of these vectors."""
    embeddings: Any = WordEmbeddings(dimensions)
    return Index(Store(str(folder), embeddings.name), LexicalIndex(folder / "lexical.sqlite"), embeddings)


def content(index: Index, queries: list[str]) -> dict[str, Any]:
    """All that a reader can see, but for the times when files were written; and nothing that none can see is there."""
    documents = {record.source: (record, index.document(record.source)) for record in index.documents()}
    passages = {}
    for record, document in documents.values():
        chunks = index.store.chunks(record.key)
        vectors = index.store.fetch([chunk.id for chunk in chunks])
        assert len(chunks) == len(vectors) == record.passages
        assert index.store.read([chunk.id for chunk in chunks]) == chunks
        assert all(document.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
        passages |= {chunk: vectors[chunk.id] for chunk in chunks}
    assert index.store._passages.count() == len(passages)
    files = [(f.path, f.source, f.root, f.size, f.sha256, f.documents, f.skipped) for f in index.store.files()]
    answers = [{passage.chunk.text: passage.score for passage in index.search(query)} for query in queries]
    return {"documents": documents, "passages": passages, "files": files, "answers": answers}


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Two indexes have the same content, but for the last bits of a vector: Chroma makes one that it is given back
    a unit vector again. So of three copies of a text, other two may be in an answer."""
    assert found["documents"] == expected["documents"]
    assert found["files"] == expected["files"]
    assert found["passages"].keys() == expected["passages"].keys()
    for chunk, vector in found["passages"].items():
        np.testing.assert_allclose(vector, expected["passages"][chunk], atol=1e-5)
    assert found["answers"] == [pytest.approx(answer, abs=1e-5) for answer in expected["answers"]]
