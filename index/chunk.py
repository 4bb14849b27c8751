"""Document to chunks: whole sentences, grouped to about 1,000 characters."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import PurePosixPath
from unicodedata import east_asian_width

from index.documents import Chunk, Document, Section
from index.loaders.parsed import one_line
from index.sentences import Span, iter_sentence_spans

# Long enough to hold an answer with what it refers to, short enough for the 512 tokens that the embedding model reads.
CHUNK_SIZE = 1000
# A Chinese, Japanese or Korean character is about as many tokens as two of an alphabet.
WIDE = 2
PART_NAME = re.compile(r"part-(\d+)")  # as `index.unfolding` calls what a long text is divided into
PARAGRAPH = re.compile(r"\n\s*\n")


def chunk(document: Document) -> list[Chunk]:
    """Chunks of `document` in order; each is an exact slice of its text, and together they hold every sentence.

    A chunk ends where a sentence ends, preferably with a paragraph or a section, and never holds two slides, sheets or
    messages. A sentence of more than `CHUNK_SIZE` is cut at white space.
    """
    text = document.text
    groups: list[Span] = []
    size = 0
    for span in (part for s in _sentences(document) for part in _cut(text, s)):
        length = _size(text[groups[-1].end if groups else span.start : span.end])
        # Half a chunk is enough to stand alone: then a paragraph is not begun that would be torn apart.
        if (
            not groups
            or size + length > CHUNK_SIZE
            or (size > CHUNK_SIZE / 2 and _may_part(document, groups[-1], span))
            or _must_part(document, groups[-1], span)
        ):
            groups.append(span)
            size = _size(text[span.start : span.end])
        else:
            groups[-1] = Span(groups[-1].start, span.end)
            size += length
    return [_chunk(document, group.start, group.end) for group in groups]


def document_key(source: str, sha256: str) -> str:
    """Beginning of the ids of all chunks of one version of a document."""
    return f"{hashlib.sha256(source.encode()).hexdigest()[:16]}-{sha256[:16]}"


def key_of(chunk_id: str) -> str:
    """Beginning of a chunk's id: the key of its document's version."""
    return chunk_id.rpartition("-")[0]


def embedded_text(chunk: Chunk) -> str:
    """What the embedding model reads: the chunk with its title and section in front.

    They say what "he", "the company" and a bare row of figures are about. A title that only repeats the file's name
    says nothing, and what the chunk itself begins with is not said twice.
    """
    own = title_of(chunk)
    title = own if chunk.start > 0 else ""
    section = chunk.section or ""
    if section == own or chunk.text.lstrip("# ").startswith(section):
        section = ""
    return "\n".join(filter(None, [title, section, chunk.text]))


def title_of(chunk: Chunk) -> str:
    """The title if it is more than the file's name, with which it would change."""
    path = PurePosixPath(chunk.source)
    part = PART_NAME.fullmatch(path.name)
    name = f"{path.parent.stem}, part {int(part[1])}" if part else path.stem
    return "" if chunk.title in (chunk.source, one_line(path.stem), one_line(name)) else chunk.title


def _sentences(document: Document) -> Iterator[Span]:
    """The sentences of a document; one that runs into another section, as a heading under a line, ends there."""
    starts = [section.start for section in document.sections]
    for span in iter_sentence_spans(document.text, document.language):
        start = span.start
        for cut in starts[bisect_right(starts, span.start) : bisect_right(starts, span.end - 1)]:
            if document.text[start:cut].strip():
                yield Span(start, start + len(document.text[start:cut].rstrip()))
                start = cut
        start += len(document.text[start : span.end]) - len(document.text[start : span.end].lstrip())
        yield Span(start, span.end)


def _may_part(document: Document, before: Span, after: Span) -> bool:
    """Whether a paragraph or a section ends between two neighbours; not where the first asks and the second answers."""
    if document.text[before.end - 1] in "?？؟":
        return False
    return bool(PARAGRAPH.search(document.text, before.end, after.start)) or bool(_between(document, before, after))


def _must_part(document: Document, before: Span, after: Span) -> bool:
    """Whether the second is on another slide or sheet; or in the first section, since `None` names no section."""
    sections = _between(document, before, after)
    return any(section.apart or section is document.sections[0] for section in sections)


def _between(document: Document, before: Span, after: Span) -> tuple[Section, ...]:
    """The sections that begin after the end of one span and not after the beginning of the next."""
    first, last = (bisect_right(document.sections, at, key=lambda s: s.start) for at in (before.end - 1, after.start))
    return document.sections[first:last]


def _chunk(document: Document, start: int, end: int) -> Chunk:
    return Chunk(
        id=f"{document_key(document.source, document.sha256)}-{start}",
        source=document.source,
        title=document.title,
        start=start,
        end=end,
        page=document.page_at(start),
        text=document.text[start:end],
        section=document.section_at(start),
    )


def _size(text: str) -> int:
    return len(text) + (WIDE - 1) * sum(east_asian_width(c) in "WF" for c in text)


def _cut(text: str, span: Span) -> list[Span]:
    """The span itself, or, where it is longer than a chunk, pieces that end at white space if there is any."""
    pieces = []
    start = span.start
    while _size(text[start : min(span.end, start + CHUNK_SIZE + 1)]) > CHUNK_SIZE:
        limit = start + CHUNK_SIZE // (WIDE if east_asian_width(text[start]) in "WF" else 1)
        while _size(text[start:limit]) > CHUNK_SIZE:
            limit -= 10
        blank = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
        end = blank if blank > start else limit
        pieces.append(Span(start, start + len(text[start:end].rstrip())))
        start = end
        while start < span.end and text[start].isspace():
            start += 1
    if start < span.end:
        pieces.append(Span(start, span.end))
    return pieces
