"""What the index knows of files and documents, and how it is written as the metadata of Chroma's rows."""

import hashlib
import json
import sys
from dataclasses import astuple, dataclass, field
from typing import Any

from index.chunk import document_key, embedded_text
from index.documents import Chunk, Document, Section, Skipped

# No file has this size: a record with it never matches, so the file is read again.
UNKNOWN_SIZE = -1
# One field for all that nobody searches for: Chroma keeps each field as a row of its own, and a row is what takes time.
FACTS = "facts"


@dataclass(frozen=True)
class DocumentRecord:
    """What the index knows of a document besides its text.

    Attributes:
        path: The file it was read from, absolute, or its address.
        passages: Number of its chunks.
        pages: Number of its pages; 0 for a source without pages.
        text_hash: Hash of its text, which may change though its bytes do not: when scans can be read, or a parser is a
            better one. Empty if an earlier Footnote wrote the document.
    """

    source: str
    title: str
    path: str
    sha256: str
    language: str | None
    passages: int
    pages: int
    text_hash: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Beginning of the ids of its chunks."""
        return document_key(self.source, self.sha256)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was read, or an address, with what came of it. Written last, when all its documents are.

    Attributes:
        path: The file, absolute, or its address.
        source: Its name in the index; documents inside it, as of an archive, are named after it. Empty if a run that
            was killed left documents of it and no record.
        root: The path that was named when it was found: a folder, or the file itself.
        size: Bytes when it was read; `UNKNOWN_SIZE` if it must be read again.
        modified: Its modification time, in nanoseconds since the epoch.
        sha256: Hash of its bytes, hexadecimal; empty if they are not known.
        documents: Names of its documents.
        skipped: What of it gave no text, and why.
        changed: When the file was last changed, as `index.files.File` has it.
        reader: What read it (see `index.parsing.reader`); empty if the parser was lost with it for the first time.
    """

    path: str
    source: str
    root: str
    size: int
    modified: int
    sha256: str = ""
    documents: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    changed: int = 0
    reader: str = ""

    @property
    def times(self) -> tuple[int, int, int]:
        """Its size and times: as long as they stay, its content does."""
        return self.size, self.modified, self.changed


def chunk_row(chunk: Chunk, key: str) -> dict[str, Any]:
    """Metadata of a passage; `key` is that of its document's version."""
    return {
        "key": key,
        "source": chunk.source,
        "title": chunk.title,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page or 0,
        "section": chunk.section or "",
        "hash": embedded_hash(chunk),
    }


def to_chunks(rows: Any) -> list[Chunk]:
    """Rows of passages, with metadata and text, as chunks."""
    return [
        Chunk(i, m["source"], m["title"], m["start"], m["end"], m["page"] or None, text, m["section"] or None)
        for i, m, text in zip(rows["ids"], rows["metadatas"], rows["documents"], strict=True)
    ]


def embedded_hash(chunk: Chunk) -> str:
    """The same for chunks that have the same vector."""
    return hashlib.sha256(embedded_text(chunk).encode()).hexdigest()[:32]


def document_row(record: DocumentRecord, document: Document) -> dict[str, Any]:
    """Metadata of a document."""
    facts = {
        "title": record.title,
        "sha256": record.sha256,
        "language": record.language or "",
        "passages": record.passages,
        "pages": record.pages,
        "text_hash": hashlib.sha256(document.text.encode()).hexdigest()[:32],
    }
    return {
        "path": record.path,
        "page_starts": json.dumps(document.page_starts),
        "sections": json.dumps([astuple(section) for section in document.sections]),
        FACTS: json.dumps(facts),
    }


def to_record(source: str, row: dict[str, Any]) -> DocumentRecord:
    """A document's metadata as its record."""
    found = _facts(row)
    facts = {name: found[name] for name in ("title", "sha256", "passages", "pages")}
    language, text_hash = found["language"] or None, found.get("text_hash", "")
    return DocumentRecord(source, path=row["path"], language=language, text_hash=text_hash, **facts)


def to_document(source: str, row: dict[str, Any], text: str) -> Document:
    """A document's metadata and text as the document."""
    record = to_record(source, row)
    pages = tuple(json.loads(row["page_starts"]))
    sections = tuple(Section(*section) for section in json.loads(row["sections"]))
    return Document(source, record.title, text, record.sha256, pages, record.language, sections)


def file_row(record: FileRecord) -> dict[str, Any]:
    """Metadata of a file."""
    facts = {
        "source": record.source,
        "root": record.root,
        "size": record.size,
        "modified": record.modified,
        "changed": record.changed,
        "sha256": record.sha256,
        "documents": record.documents,
        "skipped": [astuple(skipped) for skipped in record.skipped],
        "reader": record.reader,
    }
    return {FACTS: json.dumps(facts)}


def to_file(path: str, row: dict[str, Any]) -> FileRecord:
    """A file's metadata as its record."""
    found = _facts(row)
    facts = {name: found[name] for name in ("source", "root", "size", "modified", "sha256")}
    facts |= {name: found[name] for name in ("changed", "reader") if name in found}  # earlier records do not have them
    facts |= {name: sys.intern(facts[name]) for name in ("root", "reader") if name in facts}  # one for many files
    skipped = tuple(Skipped(*skip) for skip in found["skipped"])
    return FileRecord(path, documents=tuple(found["documents"]), skipped=skipped, **facts)


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    """What is known of a document or a file; an earlier Footnote wrote each fact to a field of its own."""
    if FACTS in row:
        return dict(json.loads(row[FACTS]))
    return {name: json.loads(fact) if name in ("documents", "skipped") else fact for name, fact in row.items()}
