"""What is in an index: passages with their vectors, a record a document with its text, and one a file.

A document counts as indexed once its record is written, which comes after its passages; a passage whose document's
record names another version is none that a search finds (see `index.search`). So a reader never sees half a document,
and what a killed run left behind is invisible until `sweep` removes it. A file counts as read once its own record is
written, last of all.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from index.chroma import Chroma
from index.chunk import key_of
from index.documents import Chunk, Document
from index.errors import SourceNotFound, StoreUnavailable
from index.records import (
    UNKNOWN_SIZE,
    DocumentRecord,
    FileRecord,
    chunk_row,
    document_row,
    file_row,
    to_chunks,
    to_document,
    to_file,
    to_record,
)
from index.rows import PAGE, all_rows, one_of, pages, pairs
from index.segments import discard, forget, salvage

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Chroma wants a vector for everything; documents and files are looked up by id only.
NO_VECTOR: Any = [1.0]


class Store:
    """The content of one index, in a local folder or on a Chroma server.

    Safe to use from several threads.

    Args:
        location: A folder, made if it is not there, or the address of a server such as `http://127.0.0.1:8000`.
        embedding_model: Name of the model that makes the vectors.
        anew: Write to a new index beside the one that is there, which takes its place by `publish`.

    Raises:
        StoreUnavailable: the folder can't be used or the server does not answer.
        EmbeddingModelMismatch: the index was made with another model.
    """

    def __init__(self, location: str, embedding_model: str, *, anew: bool = False) -> None:
        self.location = location
        self._chroma = Chroma(location, embedding_model, anew=anew)
        self._excluded: dict[str, list[str]] | None = None  # until it is published

    def close(self) -> None:
        """Free its files and connections; it can't be used any more."""
        self._chroma.close()

    @property
    def revision(self) -> str:
        """Changes whenever the content may have changed, also when another process changed it."""
        with self._chroma.looking():
            return self._chroma.revision

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around all that changes the content. What an earlier, killed run left behind is removed first.

        Raises:
            StoreUnavailable: someone else is writing, and has not finished for a while.
            DamagedIndex: the vectors have to be mended first.
        """
        with self._only_writer():
            with self._chroma.changing():
                self._chroma.check_model()
                if self._chroma.manifest()["writing"]:
                    self.sweep()
                self._chroma.begin()
            yield  # if it breaks off, the next writer sweeps
            with self._chroma.changing():
                self._chroma.widen_search()
                self._chroma.announce(writing=False)

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        try:
            with self._chroma.writer.held():
                yield
        except StoreUnavailable as error:
            if self.location in str(error):
                raise
            raise StoreUnavailable(f"index {self.location} can't be written: {error}") from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around changes that readers see together or not at all, as long as this process is not killed."""
        with self._chroma.changing():
            yield

    def publish(self) -> None:
        """Put what was written anew in the place of the index that is there."""
        with self._only_writer(), self._chroma.changing():
            self._chroma.publish(exclude=json.dumps(self.excluded()))

    def excluded(self) -> dict[str, list[str]]:
        """Patterns of what is left out, by the path that was named; at first those of the index that is in use."""
        with self._chroma.looking():
            found = json.loads(str(self._chroma.manifest().get("exclude") or "{}"))
        return dict(found if self._excluded is None else self._excluded)

    def put_excluded(self, patterns: dict[str, list[str]]) -> None:
        """Note what is left out; of an index that is begun anew once it is published."""
        kept = {path: some for path, some in patterns.items() if some}
        if kept != self.excluded():
            self._excluded = kept
            if not self._chroma.is_draft:
                with self._chroma.changing():
                    self._chroma.announce(exclude=json.dumps(kept))
                self._excluded = None

    # What is written.

    def put_passages(self, chunks: Sequence[tuple[Chunk, str]], vectors: "NDArray[np.float32]") -> None:
        """Write passages, each with the key of its document. `vectors` has shape (len(chunks), dimensions).

        No reader sees them before their document is put.
        """
        with self._chroma.changing():
            for first in range(0, len(chunks), PAGE):
                some = chunks[first : first + PAGE]
                self._passages.upsert(
                    ids=[chunk.id for chunk, _ in some],
                    embeddings=vectors[first : first + PAGE],
                    documents=[chunk.text for chunk, _ in some],
                    metadatas=[chunk_row(chunk, key) for chunk, key in some],
                )

    def put_documents(self, documents: Sequence[tuple[Document, DocumentRecord]]) -> None:
        """Add documents whose passages are written, or replace those of the same source."""
        with self._chroma.changing():
            before = self._find([document.source for document, _ in documents])
            for some in pages(documents):
                self._documents.upsert(
                    ids=[document.source for document, _ in some],
                    embeddings=[NO_VECTOR] * len(some),
                    documents=[document.text for document, _ in some],
                    metadatas=[document_row(record, document) for document, record in some],
                )
            replaced = {record.source: record.key for _, record in documents}
            self._drop_passages([old.key for old in before if old.key != replaced[old.source]])

    def put_files(self, files: Sequence[FileRecord]) -> None:
        """Note files whose documents are all put."""
        with self._chroma.changing():
            for some in pages(files):
                self._files.upsert(
                    ids=[file.path for file in some],
                    embeddings=[NO_VECTOR] * len(some),
                    metadatas=[file_row(file) for file in some],
                )

    def remove_files(self, paths: Sequence[str]) -> None:
        """Remove files with all their documents."""
        with self._chroma.changing():
            for some in pages(paths):
                rows = self._documents.get(where=one_of("path", some), include=[])
                # First: killed in between, they are to be read again if they are there.
                self._files.delete(ids=list(some))
                self.remove(rows["ids"])

    def remove(self, sources: Sequence[str]) -> None:
        """Remove documents, by name; names that are not there are passed over."""
        with self._chroma.changing():
            for some in pages(sources):
                keys = [record.key for record in self._find(some)]
                self._documents.delete(ids=list(some))  # first: without its record no reader sees its passages
                self._drop_passages(keys)

    def _drop_passages(self, keys: Sequence[str]) -> None:
        for some in pages(keys):
            self._passages.delete(where=one_of("key", some))

    def sweep(self) -> None:
        """Remove passages that no document stands for; a file whose record is missing is to be read again."""
        with self._chroma.changing():
            records = self.records()
            live = {record.key for record in records}
            rows = ((i, m["key"]) for page in all_rows(self._passages) for i, m in pairs(page))
            orphans = [chunk_id for chunk_id, key in rows if key not in live]
            for some in pages(orphans):
                self._passages.delete(ids=list(some))
            known = {file.path for file in self.files()}
            lost: dict[str, list[str]] = {}
            for record in records:
                if record.path not in known:
                    lost.setdefault(record.path, []).append(record.source)
            self.put_files(
                [FileRecord(path, "", path, UNKNOWN_SIZE, 0, documents=tuple(names)) for path, names in lost.items()]
            )

    def mend(self, embed: "Callable[[list[Chunk]], NDArray[np.float32]]") -> None:
        """Make damaged vectors anew: those that can be saved are, the others embedded.

        Args:
            embed: Gives one unit vector for each chunk: shape (len(chunks), dimensions).
        """
        with self._only_writer():
            with self._chroma.changing(is_mending=True):
                damaged = {kind: self._chroma.segments()[kind] for kind in sorted(self._chroma.damaged)}
                saved = salvage(damaged["passages"]) if "passages" in damaged else {}
                mended = {kind: self._chroma.new_collection(kind) for kind in damaged}
                for segment in damaged.values():
                    discard(segment)
            for kind in damaged:
                for page in self._unmended(kind):
                    vectors = _vectors_of(to_chunks(page), saved, embed) if kind == "passages" else None
                    with self._chroma.changing(is_mending=True):
                        mended[kind].upsert(
                            ids=page["ids"],
                            embeddings=[NO_VECTOR] * len(page["ids"]) if vectors is None else vectors,
                            documents=None if kind == "files" else page["documents"],
                            metadatas=page["metadatas"],
                        )
            if damaged:
                with self._chroma.changing(is_mending=True):
                    self._chroma.replace(mended)
                for segment in damaged.values():
                    forget(segment)

    def _unmended(self, kind: str) -> Iterator[dict[str, Any]]:
        collection = self._chroma.collections[kind]
        with self._chroma.changing(is_mending=True):
            count = collection.count()
        for offset in range(0, count, PAGE):
            with self._chroma.changing(is_mending=True):
                page = dict(collection.get(limit=PAGE, offset=offset, include=["metadatas", "documents"]))
            yield page

    # What is read.

    def records(self) -> list[DocumentRecord]:
        """All documents, by name."""
        with self._chroma.looking():
            found = [to_record(source, m) for rows in all_rows(self._documents) for source, m in pairs(rows)]
        return sorted(found, key=lambda record: record.source)

    def files(self) -> list[FileRecord]:
        """All files that were read, by path."""
        with self._chroma.looking():
            found = [to_file(path, m) for rows in all_rows(self._files) for path, m in pairs(rows)]
        return sorted(found, key=lambda file: file.path)

    def roots(self) -> list[str]:
        """What was named to make the index that is in use, also while another one is written in its place."""
        with self._chroma.looking():
            found = {to_file(path, m).root for rows in all_rows(self._chroma.files_in_use()) for path, m in pairs(rows)}
        return sorted(found)

    def find(self, sources: Sequence[str]) -> list[DocumentRecord]:
        """The documents of these names, as far as they are there."""
        with self._chroma.looking():
            return self._find(sources)

    def _find(self, sources: Sequence[str]) -> list[DocumentRecord]:
        found = (self._documents.get(ids=list(some), include=["metadatas"]) for some in pages(sources))
        return [to_record(source, m) for rows in found for source, m in pairs(rows)]

    def sources_in(self, path: str) -> set[str]:
        """Names of the documents of a file."""
        with self._chroma.looking():
            return set(self._documents.get(where={"path": path}, include=[])["ids"])

    def document(self, source: str) -> Document:
        """A document with its whole text.

        Raises:
            SourceNotFound: there is none of this name.
        """
        with self._chroma.looking():
            rows: Any = self._documents.get(ids=[source], include=["metadatas", "documents"])
        if not rows["ids"]:
            raise SourceNotFound(f"the index holds no document {source!r}")
        return to_document(source, rows["metadatas"][0], rows["documents"][0])

    def chunks(self, *keys: str) -> list[Chunk]:
        """The chunks of versions of documents: one document's after another's, each in order."""
        if not keys:
            return []
        with self._chroma.looking():
            rows = self._passages.get(where=one_of("key", keys), include=["metadatas", "documents"])
        return sorted(to_chunks(rows), key=lambda chunk: (key_of(chunk.id), chunk.start))

    def vectors(self, hashes: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """Vectors that are there already, by the hash of what was embedded (see `embedded_hash`)."""
        with self._chroma.looking():
            found: dict[str, NDArray[np.float32]] = {}
            for some in pages(hashes):
                rows: Any = self._passages.get(where=one_of("hash", some), include=["metadatas", "embeddings"])
                vectors = np.asarray(rows["embeddings"], np.float32)
                found |= {m["hash"]: vector for m, vector in zip(rows["metadatas"], vectors, strict=True)}
            return found

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Around looks that see the same content, which nobody changes meanwhile: let them be short."""
        with self._chroma.looking():
            yield

    def nearest(self, vector: "NDArray[np.float32]", count: int, keys: Sequence[str] | None = None) -> dict[str, float]:
        """The passages nearest to a unit vector, by id, with their cosines, best first; those of `keys` only, if given.

        Passages of a document that is being written, or that was just replaced, may be among them.
        """
        if keys == []:
            return {}
        with self._chroma.looking():
            where = one_of("key", keys) if keys else None
            found: Any = self._passages.query(
                query_embeddings=vector[None, :], where=where, n_results=count, include=["distances"]
            )
        return {i: 1 - distance for i, distance in zip(found["ids"][0], found["distances"][0], strict=True)}

    def fetch(self, ids: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """Vectors of passages, by id; ids that are not there are left out."""
        if not ids:
            return {}
        with self._chroma.looking():
            rows: Any = self._passages.get(ids=list(ids), include=["embeddings"])
        return dict(zip(rows["ids"], np.asarray(rows["embeddings"], np.float32), strict=True))

    def read(self, ids: Sequence[str]) -> list[Chunk]:
        """Passages by id, in this order; those that are not there are left out."""
        if not ids:
            return []
        with self._chroma.looking():
            rows = self._passages.get(ids=list(ids), include=["metadatas", "documents"])
        found = {chunk.id: chunk for chunk in to_chunks(rows)}
        return [found[i] for i in ids if i in found]

    @property
    def _passages(self) -> Any:
        return self._chroma.collections["passages"]

    @property
    def _documents(self) -> Any:
        return self._chroma.collections["documents"]

    @property
    def _files(self) -> Any:
        return self._chroma.collections["files"]


def _vectors_of(
    chunks: list[Chunk],
    saved: "dict[str, NDArray[np.float32]]",
    embed: "Callable[[list[Chunk]], NDArray[np.float32]]",
) -> "NDArray[np.float32]":
    lost = [chunk for chunk in chunks if chunk.id not in saved]
    made = dict(zip((chunk.id for chunk in lost), embed(lost), strict=True)) if lost else {}
    return np.stack([made[chunk.id] if chunk.id in made else saved[chunk.id] for chunk in chunks])
