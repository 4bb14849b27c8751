"""Document to chunks: whole sentences, grouped to about 1,000 characters."""

import hashlib
import re
from unicodedata import east_asian_width

from index.documents import Chunk, Document
from index.sentences import Span, sentence_spans

# Long enough to hold an answer with what it refers to, short enough for the 512 tokens that the embedding model reads.
CHUNK_SIZE = 1000
# A Chinese, Japanese or Korean character is about as many tokens as two of an alphabet.
WIDE = 2
PARAGRAPH = re.compile(r"\n\s*\n")


def chunk(document: Document) -> list[Chunk]:
    """Chunks of `document` in order; each is an exact slice of its text, and together they hold every sentence.

    A chunk ends where a sentence ends, preferably with a paragraph. A sentence of more than `CHUNK_SIZE` is cut at
    white space.
    """
    text = document.text
    groups: list[list[Span]] = []
    size = 0
    for span in (part for s in sentence_spans(text, document.language) for part in _cut(text, s)):
        length = _size(text[groups[-1][-1].end if groups else span.start : span.end])
        new_paragraph = bool(groups and PARAGRAPH.search(text, groups[-1][-1].end, span.start))
        # Half a chunk is enough to stand alone: then a paragraph is not begun that would be torn apart.
        if not groups or size + length > CHUNK_SIZE or (new_paragraph and size > CHUNK_SIZE / 2):
            groups.append([])
            size, length = 0, _size(text[span.start : span.end])
        groups[-1].append(span)
        size += length
    return [_chunk(document, group[0].start, group[-1].end) for group in groups]


def document_key(source: str, sha256: str) -> str:
    """Beginning of the ids of all chunks of one version of a document."""
    return f"{hashlib.sha256(source.encode()).hexdigest()[:16]}-{sha256[:16]}"


def _chunk(document: Document, start: int, end: int) -> Chunk:
    return Chunk(
        id=f"{document_key(document.source, document.sha256)}-{start}",
        source=document.source,
        title=document.title,
        start=start,
        end=end,
        page=document.page_at(start),
        text=document.text[start:end],
    )


def _size(text: str) -> int:
    return len(text) + (WIDE - 1) * sum(east_asian_width(c) in "WF" for c in text)


def _cut(text: str, span: Span) -> list[Span]:
    """The span itself, or, where it is longer than a chunk, pieces that end at white space if there is any."""
    pieces = []
    start = span.start
    while _size(text[start : span.end]) > CHUNK_SIZE:
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
