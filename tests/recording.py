"""An index of the bundled model that notes what it embeds, and what such an index holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from index import Index
from index.embed import SentenceEmbeddings
from index.lexical import LexicalIndex
from index.store import Store

CAT = "The cat sleeps on the mat."
DOG = "The dog runs in the garden."
BIRD = "The bird sings in its cage."


class Recording(SentenceEmbeddings):
    """The bundled model, which notes what it embeds and can be told to break down."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []
        self.breaks_at = ""

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        if self.breaks_at and any(self.breaks_at in text for text in texts):
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_passages(texts)


Opened = Callable[[str], Index]


def open_recording(folder: Path) -> Index:
    recording = Recording()
    return Index(Store(str(folder), recording.name), LexicalIndex(folder / "lexical.sqlite"), recording)


def embedded(index: Index) -> list[str]:
    """What was embedded since the last time."""
    assert isinstance(index.embeddings, Recording)
    found = list(index.embeddings.embedded)
    index.embeddings.embedded.clear()
    return found


def content(index: Index) -> list[tuple[Any, ...]]:
    """All that a reader can see, but for the times when files were written."""
    rows = []
    for record in index.documents():
        document = index.document(record.source)
        chunks = index.store.chunks(record.key)
        vectors = {
            chunk_id: vector.round(4).tolist() for chunk_id, vector in index.store.fetch([c.id for c in chunks]).items()
        }
        assert len(chunks) == len(vectors) == record.passages
        rows.append((record.path, record.pages, document, chunks, vectors))
    return rows


def names(index: Index) -> list[str]:
    return [record.source for record in index.documents()]
