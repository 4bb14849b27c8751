"""What an answer is made of, and how statements with their quotes become a text with footnotes."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from index.documents import Chunk, Passage
from index.errors import SourceNotFound
from rag.table_rows import as_read

if TYPE_CHECKING:
    from index.search import Index

Verdict = Literal["answered", "not_in_documents"]


@dataclass(frozen=True)
class Citation:
    """A footnote: the exact words of a source that support a statement of the answer.

    Attributes:
        number: The `n` of the marker `[n]` in the answer's text, from 1.
        source: Name of the document, as in the index.
        title: Title of the document.
        page: Page where the quote starts, from 1; None for a source without pages.
        start: Offset of the quote's first character in the document's text.
        end: Offset after its last character: `document.text[start:end] == quote`.
        quote: The words of the source.
        support: How well the quote supports the statement, 0 to 1; 0.5 and above means that it does.
        checked: False in snapshots of an answer while the check of the statement is still to come: the footnote may
            go. Every footnote of a whole answer is checked.
        section: The heading, slide, sheet, chapter or message where the quote starts; None for a source without any.
    """

    number: int
    source: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    support: float
    checked: bool = True
    section: str | None = None


@dataclass(frozen=True)
class Timings:
    """Seconds from the question to each stage; `first_token` is None when the answer has no text."""

    retrieve: float = 0.0
    first_token: float | None = None
    total: float = 0.0


@dataclass(frozen=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: str


@dataclass(frozen=True)
class Answer:
    """An answer with its footnotes.

    Every `[n]` in `text` has exactly one citation, and every citation is used.

    Attributes:
        question: The question as it was asked.
        text: The answer in Markdown with markers `[1]`, `[2]`, numbered by first use.
        citations: The footnotes in the order of their numbers; none when the documents do not say.
        passages: What the search found, best first; there also when the documents do not say.
        verdict: Whether the documents answer the question.
        model: The model that wrote the text, such as `local:qwen2.5-coder-1.5b` or `quotes`.
        seconds: How long each stage took.
        removed: Statements that the model made and that were left out, since no source supports them.
        unfinished: What the model has begun to write after `text`, unchecked; empty in a whole answer.
        read_as: The question that was answered, where it is not just what was asked: a follow-up that can be understood
            alone, misspelt words put right; else empty.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    verdict: Verdict
    model: str
    seconds: Timings = field(default_factory=Timings)
    removed: tuple[str, ...] = ()
    unfinished: str = ""
    read_as: str = ""


@dataclass(frozen=True)
class Quote:
    """A slice of a chunk that supports a statement.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        support: How well it supports the statement, 0 to 1.
        checked: False while the check of the statement is still to come.
    """

    chunk: Chunk
    start: int
    end: int
    support: float
    checked: bool = True

    @property
    def text(self) -> str:
        return self.chunk.text[self.start - self.chunk.start : self.end - self.chunk.start]

    @property
    def as_read(self) -> str:
        """The text as a model has to read it: rows of a table with the names of their columns."""
        return as_read(self.chunk, self.start, self.end)


@dataclass(frozen=True)
class Statement:
    """A piece of the answer's text and the quotes that support it; the markers go between `text` and `after`.

    One that is `unfinished` is still being written: it is no part of the text yet, and has no quotes.
    """

    text: str
    quotes: tuple[Quote, ...] = ()
    after: str = ""
    unfinished: bool = False


_LOOKS_LIKE_MARKER = re.compile(r"\[(\d+)\]")


def compose(
    statements: Iterable[Statement], index: "Index", passages: Sequence[Passage] = ()
) -> tuple[str, tuple[Citation, ...]]:
    """The text with its markers, numbered in order, and the footnotes they point to.

    A footnote belongs to one statement, since its support does: two statements from one sentence have two footnotes.
    Where one of `passages` is a copy of the quoted one in another document, that is cited too.
    A `[7]` that a source has in its own words would look like a footnote, so it becomes `(7)`; its quote keeps it.
    """
    pieces: list[str] = []
    citations: list[Citation] = []
    text = ""  # since the last marker
    for statement in statements:
        text += statement.text
        for quote in _with_copies(statement.quotes, passages):
            citations.append(_citation(len(citations) + 1, quote, index))
            pieces.append(_LOOKS_LIKE_MARKER.sub(r"(\1)", text))
            pieces.append(f" [{len(citations)}]" if quote is statement.quotes[0] else f"[{len(citations)}]")
            text = ""
        text += statement.after
    pieces.append(_LOOKS_LIKE_MARKER.sub(r"(\1)", text))
    return "".join(pieces).strip(), tuple(citations)


def _with_copies(quotes: Sequence[Quote], passages: Sequence[Passage]) -> list[Quote]:
    """The quotes, each followed by the same words of other documents whose passages are copies of the quoted one."""
    places = {(quote.chunk.source, quote.start) for quote in quotes}
    found: list[Quote] = []
    for quote in quotes:
        found.append(quote)
        for chunk in (passage.chunk for passage in passages):
            shift = chunk.start - quote.chunk.start
            place = chunk.source, quote.start + shift
            if chunk.text == quote.chunk.text and chunk.source != quote.chunk.source and place not in places:
                places.add(place)
                found.append(replace(quote, chunk=chunk, start=quote.start + shift, end=quote.end + shift))
    return found


def _citation(number: int, quote: Quote, index: "Index") -> Citation:
    chunk = quote.chunk
    page, section = chunk.page, chunk.section
    if page or section is not None:  # a chunk may end on the next page
        with suppress(SourceNotFound):  # it may be replaced, or gone, since the passages were found
            document = index.document(chunk.source)
            if document.text[quote.start : quote.end] == quote.text:
                page, section = document.page_at(quote.start), document.section_at(quote.start)
    return Citation(
        number=number,
        source=chunk.source,
        title=chunk.title,
        page=page,
        start=quote.start,
        end=quote.end,
        quote=quote.text,
        support=round(quote.support, 3),
        checked=quote.checked,
        section=section,
    )
