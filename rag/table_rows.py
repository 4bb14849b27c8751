"""Tables in Markdown: a row says what it says only with the names of its columns, which stand above."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import NamedTuple

from index.documents import Chunk
from index.loaders.parsed import one_line
from index.loaders.tables import named_row
from index.sentences import LINE, ROW, Span

_CELL = r"[ \t]*:?-+:?[ \t]*"
_RULE = re.compile(rf"[ \t]*\|{_CELL}(?:\|{_CELL})*\|?[ \t]*")
_CELL_ENDS = re.compile(r"(?<!\\)\|")


class Row(NamedTuple):
    """A line of a table, as a span of the text that it is in.

    Attributes:
        text: Its cells, each after the name of its column; empty for the line that rules off the names.
        is_head: Whether it has the names of the columns.
    """

    start: int
    end: int
    text: str
    is_head: bool = False


def rows(chunk: Chunk) -> tuple[Row, ...]:
    """The lines of the tables in a chunk, in order, as spans of its text."""
    return _rows(chunk.text, chunk.head) if "|" in chunk.text else ()


def row_at(chunk: Chunk, span: Span) -> Row | None:
    """The line of a table that a span of a chunk's text is, or is in."""
    return next((row for row in rows(chunk) if row.start <= span.start and span.end <= row.end), None)


def is_rule(chunk: Chunk, span: Span) -> bool:
    """Whether a span of a chunk's text is the line that rules off the names of the columns."""
    row = row_at(chunk, span)
    return row is not None and not row.text


def as_read(chunk: Chunk, start: int, end: int) -> str:
    """A slice of a chunk's document with the rows of tables as `name: cell | name: cell`; heads stay as they are."""
    first, last = start - chunk.start, end - chunk.start
    pieces, position = [], first
    for row in rows(chunk):
        if row.text and not row.is_head and first <= row.start and row.end <= last:
            pieces += [chunk.text[position : row.start], row.text]
            position = row.end
    return "".join([*pieces, chunk.text[position:last]])


def begins_inside(chunk: Chunk) -> bool:
    """Whether a chunk begins with a row of a table whose head is before it."""
    return bool(ROW.match(chunk.text)) and not any(row.start == 0 for row in rows(chunk))


def head_before(text: str, start: int) -> str:
    """The line with the names of the columns of the table that a place in a text is in; empty if there is none."""
    before = text[:start].rstrip(" \t")
    if not before.endswith("\n"):  # in the middle of a row
        return ""
    lines = takewhile(ROW.match, reversed(before[:-1].split("\n")))
    for below, line in pairwise([text[start:].partition("\n")[0], *lines]):
        if _RULE.fullmatch(below):
            return line.strip()
    return ""


@lru_cache(maxsize=256)
def _rows(text: str, head: str) -> tuple[Row, ...]:
    return tuple(_each_row(text, _cells(head) if head else []))


def _each_row(text: str, names: list[str]) -> Iterator[Row]:
    lines = [(match.start(), match.end(), match[0]) for match in LINE.finditer(text)]
    last = 0
    for (start, end, line), (_, _, below) in pairwise([*lines, (len(text), len(text), "")]):
        if not ROW.match(line) or text.count("\n", last, start) > 1:
            names = []
        last = end
        row = Row(start + len(line) - len(line.lstrip()), start + len(line.rstrip()), "")
        if ROW.match(line) and _RULE.fullmatch(below):
            names = _cells(line)
            yield row._replace(text=one_line(line), is_head=True)
        elif names and _RULE.fullmatch(line):
            yield row
        elif names:
            yield row._replace(text=named_row(names, _cells(line)))


def _cells(line: str) -> list[str]:
    *cells, last = _CELL_ENDS.split(line.strip().removeprefix("|"))
    return [one_line(cell.replace(r"\|", "|")) for cell in (cells if not last else [*cells, last])]
