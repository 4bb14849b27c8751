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
from index.loaders.parsed import BETWEEN_LINES, one_line
from index.sentences import CLOSED, ITEM, ROW, WRAPPED, Span, sentence_spans
from rag.table_rows import is_rule, row_at

_MARKS = re.compile(r"#{1,6}\s+")
_NUMBER = re.compile(r"\W*(?:\d+[.)]?\s+)*")
_SAID = re.compile(r"\s*[-*•·–—+|\"'“„«‘]")  # an item, or what somebody says in a story
_ASKS = re.compile(r"(?:[?？؟]|(?<=[\u0370-\u03ff\u1f00-\u1fff]);)$")  # Greek asks with a semicolon
_ASKED = re.compile(rf"(.+?{_ASKS.pattern[:-1]})[ \t]*\n", re.DOTALL)
_RUN_IN = re.compile(r"[^\W\d_][\w'’-]+(?: [\w'’-]+)?\.(?=\s|$)")  # "Results.", as a paragraph begins


def spans(chunk: Chunk) -> list[Span]:
    """Sentences of a chunk, as spans of its text; a line that asks is one with the sentence below, which answers.

    So is a heading with the sentence behind it, where a paragraph begins with one: "Results. Nobody slept."
    """
    found: list[Span] = []
    waiting: Span | None = None  # what was asked, or is such a heading, or both
    cut = sentence_spans(chunk.text, detect_language(chunk.text))
    sentences = [span for span in cut if not is_rule(chunk, span)]
    for span, after in [*pairwise(sentences), *((last, None) for last in sentences[-1:])]:
        is_above = after and is_asked(chunk, span) and not _is_heading(chunk, after)
        if is_above or (after and _is_run_in(chunk, span, after)):
            marks = _MARKS.match(chunk.text, span.start, span.end)
            begins = marks.end() if marks else span.start
            waiting = Span(waiting.start if waiting else begins, span.end)
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
        is_heading: Whether others are under it, as they are under the title.
    """

    embedded: str
    is_heading: bool


def placed(chunk: Chunk, sentences: Sequence[Span]) -> list[Placed]:
    """What `spans` gives, in its place."""
    title = title_of(chunk)
    heading = chunk.section if chunk.section and chunk.section != title else ""
    labels, label = _run_ins(chunk, sentences), ""
    found: list[Placed] = []
    for n, span in enumerate(sentences):
        text = chunk.text[span.start : span.end]
        row = row_at(chunk, span)
        label = label if n and "\n" not in chunk.text[sentences[n - 1].end : span.start] else ""
        question, is_own_title = asked_above(text), is_title(chunk, text)
        is_prose = bool(question or row) or (is_own_title and text == chunk.text)
        is_heading = not is_prose and (
            is_own_title or _is_heading(chunk, span) or _is_above_prose(chunk, span, sentences[n + 1 :])
        )
        if is_own_title:
            above, heading = [], ""
        elif question:  # what comes after the answer may be read without it, and would come before it with it
            above, heading = [title], ""
        elif is_heading:
            above, heading = [title], text
        else:
            above = [title, heading, label]
            label = labels.get(n, label)
        read = row.text if row else text
        found.append(Placed("\n".join(filter(None, [*above, read])), is_heading or (row is not None and row.is_head)))
    return found


def goes_on(chunk: Chunk, end: int, start: int) -> bool:
    """Whether what starts at one offset of a chunk's document is in the paragraph of what ends at another."""
    end, start = end - chunk.start, start - chunk.start
    line, below = chunk.text[:end].rpartition("\n")[2], chunk.text[start:]
    breaks = chunk.text.count("\n", end, start)
    if breaks == 1:
        is_wrapped = len(line) > WRAPPED or CLOSED.search(line) is not None
        return is_wrapped and not (ITEM.match(below) or _MARKS.match(line) or ROW.match(line))
    return breaks == 0


def titled(chunk: Chunk, text: str) -> str:
    """Words of a chunk after its title, which says what they are about, as a judge reads them."""
    title = title_of(chunk)
    return f"{title}: {text}" if title and not is_title(chunk, text) else text


def asked_above(text: str) -> str:
    """The question that a sentence of `spans` begins with, if what follows answers it; else empty."""
    asked = _ASKED.match(text)
    return asked[1] if asked else ""


def is_title(chunk: Chunk, text: str) -> bool:
    """Whether this is the title of a chunk's document, or the first line of it."""
    marks = _MARKS.match(text)
    words = one_line(text[marks.end() :] if marks else text)
    is_first_line = chunk.start == 0 and not marks and words == chunk.title.partition(BETWEEN_LINES)[0]
    return words == chunk.title or is_first_line


def is_asked(chunk: Chunk, span: Span) -> bool:
    """Whether a line of a chunk is a question, as in an interview: what answers it is below."""
    text = chunk.text[span.start : span.end]
    return _is_line(chunk, span) and bool(_ASKS.search(text)) and not _SAID.match(text)


def _is_heading(chunk: Chunk, span: Span) -> bool:
    """Whether a line has the marks of a heading, or is a question."""
    return (_is_line(chunk, span) and bool(_MARKS.match(chunk.text, span.start))) or is_asked(chunk, span)


def _is_run_in(chunk: Chunk, span: Span, after: Span) -> bool:
    """Whether a paragraph begins with a word or two that stand for a sentence, and goes on."""
    is_first = not chunk.text[: span.start].rpartition("\n")[2].strip()
    is_short = _RUN_IN.fullmatch(chunk.text, span.start, span.end) is not None
    return is_first and is_short and "\n" not in chunk.text[span.end : after.start]


def _run_ins(chunk: Chunk, sentences: Sequence[Span]) -> dict[int, str]:
    """The headings that some of `spans` begin with, by their numbers; such headings come in series, so none of one."""
    found: dict[int, str] = {}
    for n, span in enumerate(sentences):
        if match := _RUN_IN.match(chunk.text, span.start, span.end):
            first, *others = sentence_spans(chunk.text[span.start : span.end], detect_language(chunk.text))
            if others and first.end == match.end() - span.start:
                found[n] = match[0]
    return found if len(found) > 1 else {}


def _is_above_prose(chunk: Chunk, span: Span, after: Sequence[Span]) -> bool:
    """Whether a line without a stop, an item's mark or a value, is above a sentence that begins and has a stop.

    In capitals it may be above a list.
    """
    text, *following = (chunk.text[one.start : one.end] for one in (span, *after[:1]))
    name = text[_NUMBER.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    is_name = text[-1].isalnum() and ":" not in name and not any(map(str.isdigit, name)) and not _SAID.match(text)
    is_above = any(
        name.isupper() if ITEM.match(below) else CLOSED.search(below) and not below[0].islower() for below in following
    )
    return is_name and is_above and _is_line(chunk, span)


def _is_line(chunk: Chunk, span: Span) -> bool:
    """Whether nothing else is on the lines of a sentence."""
    before, after = chunk.text[: span.start].rpartition("\n")[2], chunk.text[span.end :].partition("\n")[0]
    return not before.strip() and not after.strip()
