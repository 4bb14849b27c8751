"""What goes through the index: documents, their chunks, and the passages that a search returns."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Where a named part of a document begins: heading, slide, sheet, chapter, message.

    Attributes:
        start: Offset of its first character; it ends where the next one begins.
        name: What a footnote calls it, such as `Results › 2024` or `Slide 3: Budget`.
        apart: Whether it has nothing to do with what stands before it, as a slide or a sheet: no chunk spans its start.
    """

    start: int
    name: str
    apart: bool = False


@dataclass(frozen=True)
class Document:
    """One source as text. Every offset in Footnote counts characters of `text`.

    Attributes:
        source: Name of the document, unique in an index: its path relative to the folder that was indexed.
        title: The document's own title, or its file name without the suffix.
        text: The whole text, exactly as footnotes quote it.
        sha256: Hash of the file's bytes, hexadecimal.
        page_starts: Offset of the first character of each page; empty for a source without pages.
        language: ISO 639-1 code, or None if unknown.
        sections: The named parts, in order; empty for a source without any.
    """

    source: str
    title: str
    text: str
    sha256: str
    page_starts: tuple[int, ...] = ()
    language: str | None = None
    sections: tuple[Section, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """Page number, from 1, of the character at `offset`; None if the document has no pages."""
        return bisect_right(self.page_starts, offset) or 1 if self.page_starts else None

    def section_at(self, offset: int) -> str | None:
        """Name of the section of the character at `offset`; None before the first one."""
        before = bisect_right(self.sections, offset, key=lambda section: section.start)
        return self.sections[before - 1].name if before else None


@dataclass(frozen=True)
class Chunk:
    """A slice of a document, small enough to embed: `text == document.text[start:end]`.

    Attributes:
        head: The names of the columns, as they stand in the document, where the slice begins inside a Markdown table.
            It is not stored: `rag.retrieval.retrieve` looks it up.
    """

    id: str
    source: str
    title: str
    start: int
    end: int
    page: int | None
    text: str
    section: str | None = None
    head: str = ""


@dataclass(frozen=True)
class Passage:
    """A chunk that a search found, with its score (see `index.search`)."""

    chunk: Chunk
    score: float


@dataclass(frozen=True)
class Skipped:
    """What was not indexed, and why: a file, a member of an archive, or pages of a document."""

    source: str
    reason: str
