"""The sentences of a chunk, and what stands above each and says what it is about: the title, a heading, a question.

"Hold the button for twelve seconds." has nothing in common with "How do I reset the router?" but for the line above it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.chunk import title_of
from index.documents import Chunk
from index.language import detect_language
from index.sentences import CLOSED, ITEM, Span, sentence_spans

_MARKS = re.compile(r"#{1,6}\s+")
_ASKS = re.compile(r"(?:[?？؟]|(?<=[\u0370-\u03ff\u1f00-\u1fff]);)['\"»”’)\]]*$")  # Greek asks with a semicolon


def spans(chunk: Chunk) -> list[Span]:
    """Sentences of a chunk, as spans of its text; a line that asks is one with the sentence below, which answers."""
    found: list[Span] = []
    waiting: Span | None = None  # what was asked
    sentences = sentence_spans(chunk.text, detect_language(chunk.text))
    for span, after in [*pairwise(sentences), *((last, None) for last in sentences[-1:])]:
        if after and is_asked(chunk, span) and not _is_heading(chunk, after):
            marks = _MARKS.match(chunk.text, span.start, span.end)
            waiting = Span(marks.end() if marks else span.start, span.end)
        else:
            found.append(Span(waiting.start, span.end) if waiting else span)
            waiting = None
    return found


@dataclass(frozen=True)
class Placed:
    """A sentence and where it stands.

    Attributes:
        embedded: Its text below the title and the heading that it is under. Without them, what comes nearest to a
            question is whatever sentence names its subject, often the first or a heading.
        is_heading: Whether others are under it.
    """

    embedded: str
    is_heading: bool


def placed(chunk: Chunk, sentences: Sequence[Span]) -> list[Placed]:
    """What `spans` gives, in its place."""
    title = title_of(chunk)
    heading = chunk.section if chunk.section and chunk.section != title else ""
    found: list[Placed] = []
    for n, span in enumerate(sentences):
        text = chunk.text[span.start : span.end]
        is_heading = _is_heading(chunk, span) or _is_above_prose(chunk, span, sentences[n + 1 :])
        question = asked_above(text)
        if is_title(chunk, text):
            opens, above = "", []
        elif is_heading or question:
            opens, above = question or text, [title]
        else:
            opens, above = heading, [title, heading]
        heading = opens
        found.append(Placed("\n".join(filter(None, [*above, text])), is_heading))
    return found


def titled(chunk: Chunk, text: str) -> str:
    """Words of a chunk after its title, which says what they are about, as a judge reads them."""
    title = title_of(chunk)
    return f"{title}: {text}" if title and not is_title(chunk, text) else text


def asked_above(text: str) -> str:
    """The question that the first line of a sentence asks and the rest of it answers; empty if there is none."""
    asked, _, answered = text.partition("\n")
    return asked if answered and _ASKS.search(asked) else ""


def is_title(chunk: Chunk, text: str) -> bool:
    """Whether this is the title of a chunk's document."""
    return _MARKS.sub("", text) == chunk.title


def is_asked(chunk: Chunk, span: Span) -> bool:
    """Whether a line of a chunk is a question, as in an interview: what answers it is below."""
    return _is_line(chunk, span) and bool(_ASKS.search(chunk.text[span.start : span.end]))


def _is_heading(chunk: Chunk, span: Span) -> bool:
    """Whether a line has the marks of a heading, or is a question."""
    return (_is_line(chunk, span) and bool(_MARKS.match(chunk.text, span.start))) or is_asked(chunk, span)


def _is_above_prose(chunk: Chunk, span: Span, after: Sequence[Span]) -> bool:
    """Whether a line without a stop, and not an item of a list, is above a sentence that has one: a heading."""
    text, *following = (chunk.text[one.start : one.end] for one in (span, *after[:1]))
    is_open = text[-1].isalnum() and not ITEM.match(text) and _is_line(chunk, span)
    return is_open and any(CLOSED.search(below) and not ITEM.match(below) for below in following)


def _is_line(chunk: Chunk, span: Span) -> bool:
    """Whether nothing else is on the lines of a sentence."""
    before, after = chunk.text[: span.start].rpartition("\n")[2], chunk.text[span.end :].partition("\n")[0]
    return not before.strip() and not after.strip()
