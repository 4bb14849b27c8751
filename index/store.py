"""Chroma, the only source of truth: passages with their vectors, and one record a document with its whole text.

A document counts as indexed once its record is written, which comes last; a passage whose document's record names
another version is not there for any reader. So a reader never sees half a document, and what a killed run left
behind is invisible until `sweep` removes it.

In a local folder, Chroma reads the vectors once per process and never looks again: it would not find what another
process wrote, and would overwrite it with its own next write. So each `Store` has a Chroma of its own, which it opens
again when the revision says that someone else has written, and only one writes at a time.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ServerAPI
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings, System
from chromadb.errors import ChromaError

from index.chunk import document_key
from index.documents import Chunk, Document, Section
from index.errors import EmbeddingModelMismatch, SourceNotFound, StoreUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Another way to chunk or to embed the same files makes another index.
FORMAT = 2
# More candidates than Chroma looks at by default, which in a large index misses true neighbours.
HNSW: Any = {"space": "cosine", "ef_search": 400}
# Chroma wants a vector for everything; documents are looked up by id only.
NO_VECTOR: Any = [1.0]
PAGE = 1000  # rows read or written at a time; Chroma's own limit is about 5,000
WRITER_PATIENCE = 30  # seconds to wait until another writer has finished

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class DocumentRecord:
    """What the index knows of a document besides its text.

    Attributes:
        path: The file it was read from, absolute.
        size: Bytes of that file when it was read.
        modified: Its modification time, in nanoseconds since the epoch.
        passages: Number of its chunks.
        pages: Number of its pages; 0 for a source without pages.
    """

    source: str
    title: str
    path: str
    sha256: str
    size: int
    modified: int
    language: str | None
    passages: int
    pages: int

    @property
    def key(self) -> str:
        """Beginning of the ids of its chunks."""
        return document_key(self.source, self.sha256)


def _guarded(method: "Callable[Concatenate[Store, P], R]") -> "Callable[Concatenate[Store, P], R]":
    """One thread at a time, and one line for whatever goes wrong in Chroma or on the way to its server."""

    @wraps(method)
    def guarded(store: "Store", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with store._lock:
            try:
                return method(store, *args, **kwargs)
            except (ChromaError, httpx.HTTPError) as error:
                raise StoreUnavailable(f"index {store.location} does not answer: {_first_line(error)}") from error

    return guarded


class Store:
    """The collections of one index, in a local folder or on a Chroma server.

    Safe to use from several threads. On a server, see to it that only one machine writes at a time.

    Args:
        location: A folder, made if it is not there, or the address of a server such as `http://127.0.0.1:8000`.
        embedding_model: Name of the model that makes the vectors.

    Raises:
        StoreUnavailable: the folder can't be used or the server does not answer.
        EmbeddingModelMismatch: the index was made with another model.
    """

    def __init__(self, location: str, embedding_model: str) -> None:
        self.location = location
        self._lock = RLock()
        self._new_manifest = {"embedding_model": embedding_model, "format": FORMAT, "revision": "", "writing": False}
        try:
            self._open()
        except Exception as error:  # chromadb raises whatever its parts raise: ValueError, sqlite3, httpx, its own
            raise StoreUnavailable(f"index {location} can't be opened: {_first_line(error)}") from error
        made_with, made_as = self._manifest().get("embedding_model"), self._manifest().get("format")
        if (made_with, made_as) != (embedding_model, FORMAT):
            self.close()
            raise EmbeddingModelMismatch(
                f"index {location} was made with the embedding model {made_with!r} (format {made_as}), not with "
                f"{embedding_model!r} (format {FORMAT}); use that model, or make a new index: "
                f"footnote index PATH --index OTHER"
            )

    def _open(self) -> None:
        self._client, self._system = _connect(self.location)
        self._passages = self._client.get_or_create_collection(
            "passages", embedding_function=None, configuration={"hnsw": HNSW}, metadata=self._new_manifest
        )
        self._documents = self._client.get_or_create_collection("documents", embedding_function=None)
        self._seen = self._manifest().get("revision")

    @_guarded
    def close(self) -> None:
        """Free its files and connections; it can't be used any more."""
        if self._system:
            self._system.stop()
            self._system = None

    @property
    @_guarded
    def revision(self) -> str:
        """Changes whenever the content may have changed, also when another process changed it."""
        return str(self._up_to_date()["revision"])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around all that changes the content. What an earlier, killed run left behind is removed first.

        Raises:
            StoreUnavailable: someone else is writing, and has not finished for a while.
        """
        with self._only_writer():
            if self._up_to_date()["writing"]:
                self.sweep()
            self.announce()
            is_whole = False
            try:
                yield
                is_whole = True
            finally:
                self.announce(is_writing=not is_whole)

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        if is_server(self.location):  # which is one process, and keeps its data in order itself
            yield
            return
        # A transaction in a file of nothing else is a lock on every system, and is let go when the process is killed.
        try:
            lock = sqlite3.connect(Path(self.location) / "writer.sqlite", WRITER_PATIENCE, check_same_thread=False)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            reason = "someone else is writing to it; try again when that is done" if is_busy else str(error)
            raise StoreUnavailable(f"index {self.location} can't be written: {reason}") from error
        with closing(lock):
            yield

    @_guarded
    def announce(self, *, is_writing: bool = True) -> None:
        """Let all readers know that the content has changed."""
        manifest = self._manifest()
        self._seen = uuid.uuid4().hex
        self._passages.modify(metadata=manifest | {"revision": self._seen, "writing": is_writing})

    @_guarded
    def put(
        self, document: Document, record: DocumentRecord, chunks: Sequence[Chunk], vectors: "NDArray[np.float32]"
    ) -> None:
        """Add a document, or replace the one of the same source. `vectors` has shape (len(chunks), dimensions)."""
        before = self.find(document.source)
        for first in range(0, len(chunks), PAGE):
            some = chunks[first : first + PAGE]
            self._passages.upsert(
                ids=[chunk.id for chunk in some],
                embeddings=vectors[first : first + PAGE],
                documents=[chunk.text for chunk in some],
                metadatas=[_chunk_metadata(chunk, record.key) for chunk in some],
            )
        self._documents.upsert(
            ids=[document.source],
            embeddings=[NO_VECTOR],
            documents=[document.text],
            metadatas=[_record_metadata(record, document)],
        )
        if before and before.key != record.key:
            self._passages.delete(where={"key": before.key})

    @_guarded
    def touch(self, record: DocumentRecord) -> None:
        """Note the file's new size and modification time; its content is the same."""
        self._documents.update(ids=[record.source], metadatas=[{"size": record.size, "modified": record.modified}])

    @_guarded
    def remove(self, source: str) -> None:
        """Remove a document.

        Raises:
            SourceNotFound: there is none of this name.
        """
        record = self.find(source)
        if record is None:
            raise SourceNotFound(f"the index holds no document {source!r}")
        self._documents.delete(ids=[source])  # first: without its record no reader sees its passages
        self._passages.delete(where={"key": record.key})

    @_guarded
    def sweep(self) -> None:
        """Remove the passages that no record stands for."""
        live = {record.key for record in self.records()}
        rows = (row for page in _pages(self._passages, ["metadatas"]) for row in _pairs(page))
        orphans = [chunk_id for chunk_id, metadata in rows if metadata["key"] not in live]
        for first in range(0, len(orphans), PAGE):
            self._passages.delete(ids=orphans[first : first + PAGE])

    @_guarded
    def records(self) -> list[DocumentRecord]:
        """All documents, by name."""
        found = [_record(row, m) for rows in _pages(self._documents, ["metadatas"]) for row, m in _pairs(rows)]
        return sorted(found, key=lambda record: record.source)

    @_guarded
    def find(self, source: str) -> DocumentRecord | None:
        rows = self._documents.get(ids=[source], include=["metadatas"])
        return next((_record(row, m) for row, m in _pairs(rows)), None)

    @_guarded
    def document(self, source: str) -> Document:
        """A document with its whole text.

        Raises:
            SourceNotFound: there is none of this name.
        """
        rows: Any = self._documents.get(ids=[source], include=["metadatas", "documents"])
        if not rows["ids"]:
            raise SourceNotFound(f"the index holds no document {source!r}")
        metadata, text = rows["metadatas"][0], rows["documents"][0]
        record = _record(source, metadata)
        pages = tuple(json.loads(metadata["page_starts"]))
        sections = tuple(Section(*section) for section in json.loads(metadata["sections"]))
        return Document(source, record.title, text, record.sha256, pages, record.language, sections)

    @_guarded
    def chunks(self, key: str) -> list[Chunk]:
        """The chunks of one version of a document, in order."""
        rows = self._passages.get(where={"key": key}, include=["metadatas", "documents"])
        return sorted(_chunks(rows["ids"], rows["metadatas"], rows["documents"]), key=lambda chunk: chunk.start)

    @_guarded
    def nearest(
        self, vector: "NDArray[np.float32]", count: int, keys: Sequence[str] | None = None
    ) -> list[tuple[Chunk, float]]:
        """The chunks nearest to a unit vector, with their cosines, best first; those of `keys` only, if given."""
        self._up_to_date()
        if not self._passages.count() or keys == []:
            return []
        wanted: Any = {"query_embeddings": vector[None, :], "where": {"key": {"$in": keys}} if keys else None}
        found: Any = self._passages.query(**wanted, n_results=count, include=["metadatas", "documents", "distances"])
        chunks = _chunks(found["ids"][0], found["metadatas"][0], found["documents"][0])
        live = self._live({chunk.source for chunk in chunks})
        pairs = zip(chunks, found["distances"][0], strict=True)
        return [(chunk, 1 - distance) for chunk, distance in pairs if _is_live(chunk, live)]

    @_guarded
    def fetch(self, ids: Sequence[str]) -> list[tuple[Chunk, "NDArray[np.float32]"]]:
        """Chunks with their vectors, by id; ids that are not there are left out."""
        if not ids:
            return []
        self._up_to_date()
        rows = self._passages.get(ids=list(ids), include=["metadatas", "documents", "embeddings"])
        chunks = _chunks(rows["ids"], rows["metadatas"], rows["documents"])
        live = self._live({chunk.source for chunk in chunks})
        pairs = zip(chunks, np.asarray(rows["embeddings"], np.float32), strict=True)
        return [(chunk, vector) for chunk, vector in pairs if _is_live(chunk, live)]

    def _live(self, sources: set[str]) -> dict[str, str]:
        """Source to the key of the version that is indexed."""
        if not sources:
            return {}
        rows = self._documents.get(ids=sorted(sources), include=["metadatas"])
        return {source: str(m["key"]) for source, m in _pairs(rows)}

    @_guarded
    def _up_to_date(self) -> dict[str, Any]:
        """The manifest, after opening the folder again if someone else has written to it."""
        manifest = self._manifest()
        if self._system and manifest["revision"] != self._seen:
            before = self._system
            self._open()
            before.stop()
            manifest = self._manifest()
        return manifest

    def _manifest(self) -> dict[str, Any]:
        self._passages = self._client.get_collection("passages", embedding_function=None)
        return dict(self._passages.metadata or {})


def is_server(location: str) -> bool:
    """Whether an index is on a Chroma server."""
    return location.startswith(("http://", "https://"))


def _connect(location: str) -> tuple[Client, System | None]:
    """A client, and for a folder the Chroma behind it."""
    if not is_server(location):
        Path(location).mkdir(parents=True, exist_ok=True)
        # chromadb.PersistentClient would share one Chroma among all that open this folder in this process.
        system = System(Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=location))
        system.instance(ServerAPI)  # type: ignore[type-abstract]
        system.start()
        return Client.from_system(system), system
    address = urlsplit(location)
    is_tls = address.scheme == "https"
    port = address.port or (443 if is_tls else 80)
    settings = Settings(anonymized_telemetry=False)
    client: Any = chromadb.HttpClient(address.hostname or "", port=port, ssl=is_tls, settings=settings)
    return client, None


def _pages(collection: Collection, include: list[str]) -> Iterator[dict[str, Any]]:
    """All rows, a page at a time, so that memory does not grow with the index."""
    for offset in range(0, collection.count(), PAGE):
        yield dict(collection.get(limit=PAGE, offset=offset, include=include))  # type: ignore[arg-type]


def _pairs(rows: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return zip(rows["ids"], rows["metadatas"], strict=True)


def _chunks(ids: Sequence[str], metadatas: Any, texts: Any) -> list[Chunk]:
    return [
        Chunk(i, m["source"], m["title"], m["start"], m["end"], m["page"] or None, text, m["section"] or None)
        for i, m, text in zip(ids, metadatas, texts, strict=True)
    ]


def _chunk_metadata(chunk: Chunk, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "source": chunk.source,
        "title": chunk.title,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page or 0,
        "section": chunk.section or "",
    }


def _is_live(chunk: Chunk, live: dict[str, str]) -> bool:
    return chunk.id.startswith(f"{live.get(chunk.source)}-")


def _record(source: str, metadata: dict[str, Any]) -> DocumentRecord:
    names = ("title", "path", "sha256", "size", "modified", "passages", "pages")
    return DocumentRecord(source, language=metadata["language"] or None, **{name: metadata[name] for name in names})


def _record_metadata(record: DocumentRecord, document: Document) -> dict[str, Any]:
    return {
        "key": record.key,
        "title": record.title,
        "path": record.path,
        "sha256": record.sha256,
        "size": record.size,
        "modified": record.modified,
        "language": record.language or "",
        "passages": record.passages,
        "pages": record.pages,
        "page_starts": json.dumps(document.page_starts),
        "sections": json.dumps([astuple(section) for section in document.sections]),
    }


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
