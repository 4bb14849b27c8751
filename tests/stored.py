"""Small documents to put into a store, with vectors that need no model, and what is found of them."""

import numpy as np

from index.chunk import chunk
from index.documents import Chunk, Document, Skipped
from index.records import DocumentRecord, FileRecord
from index.store import Store

MODEL = "a model"


def document(source: str = "a.txt", text: str = "One sentence. Another one.", sha256: str = "a" * 64) -> Document:
    return Document(source, "A title", text, sha256, (0, 5), "en")


def record(of: Document, passages: int = 1) -> DocumentRecord:
    return DocumentRecord(of.source, of.title, f"/docs/{of.source}", of.sha256, "en", passages, 2)


def file(of: Document) -> FileRecord:
    path = f"/docs/{of.source}"
    return FileRecord(path, of.source, "/docs", 26, 7**20, of.sha256, (of.source,), (Skipped("b", "empty file"),))


def put_whole(store: Store, of: Document, chunks: list[Chunk], vectors: np.ndarray) -> None:
    store.put_passages([(chunk, record(of).key) for chunk in chunks], vectors)
    store.put_documents([(of, record(of))])
    store.put_files([file(of)])


def vectors(count: int, first: int = 0) -> np.ndarray:
    return np.eye(8, dtype=np.float32)[first : first + count]


def put(store: Store, of: Document, first: int = 0) -> list[Chunk]:
    chunks = chunk(of)
    with store.writing():
        put_whole(store, of, chunks, vectors(len(chunks), first))
    return chunks


def sources(store: Store, first: int = 0) -> list[str]:
    return [found.source for found in near(store, first)]


def near(store: Store, first: int = 0) -> list[Chunk]:
    """The nearest passages of indexed documents."""
    keys = [found.key for found in store.records()]
    return store.read(list(store.nearest(vectors(1, first)[0], 20, keys)))
