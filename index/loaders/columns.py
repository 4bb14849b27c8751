"""Lines of print, and the order in which they are read where a page has two columns.

PDFium gives a page's lines in the order in which they were written to it: that of reading nearly always. Some programs
write row by row across both columns, and then the halves of a row are one line. Only where the evidence is clear are
they parted and put column by column: rows enough, a right column that begins at one place, and running text on both
sides. So tables, whose cells seldom go on in lower case, stay as they are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

FEWEST_ROWS = 4
WIDE = 0.7  # of a line's height: hardly a space between two words
APART = 3  # heights of a line: what is so far from the next row, as a page's header, is no part of its columns
PROSE_LENGTH = 20  # characters of a line, in the middle
PROSE_GOES_ON = 0.4  # of the lines, at least, begin in lower case

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


class Line(NamedTuple):
    """A line of print, with the boxes of its first and its last character."""

    text: str
    first: Box
    last: Box

    @property
    def sizes(self) -> tuple[float, float]:  # two, since a bullet or a footnote's number is smaller than its line
        return self.first[3] - self.first[1] or 1, self.last[3] - self.last[1] or 1

    def step(self, following: "Line") -> float:
        """How far down the following line is, in heights of a line; negative in a new column."""
        return (self.last[1] - following.first[1]) / max(following.sizes)


class Row(NamedTuple):
    """A line as it was written, and its words, which may stand in two columns."""

    line: Line
    words: tuple[Line, ...]

    def halves(self, gutter: float) -> list[Line]:
        """What stands left and right of the gutter; the whole line if a word stands in it."""
        left = [word for word in self.words if word.last[2] <= gutter]
        right = [word for word in self.words if word.first[0] >= gutter]
        if not (left and right and len(left) + len(right) == len(self.words)):
            return [self.line]
        return [Line(" ".join(word.text for word in half), half[0].first, half[-1].last) for half in (left, right)]


def in_reading_order(rows: Sequence[Row]) -> list[Line]:
    """The lines of a page as they are read."""
    gutter = _gutter(rows)
    if gutter is None:
        return [row.line for row in rows]
    found: list[Line] = []
    for block in _blocks(rows, gutter):
        halves = [line for row in block for line in row.halves(gutter)]
        if _is_row_by_row(halves, gutter):
            found += sorted(halves, key=lambda line: line.first[0] >= gutter)  # which keeps the order within a column
        else:
            found += [row.line for row in block]
    return found


def _gutter(rows: Sequence[Row]) -> float | None:
    """Where the second of two columns begins that were written row by row; None if there are no such."""
    words = [word for row in rows for word in row.words]
    starts = Counter(round(b.first[0]) for a, b in pairwise(words) if b.first[0] - a.last[2] > WIDE * max(a.sizes))
    if not starts:
        return None
    gutter = starts.most_common(1)[0][0] - 1.0
    lines = [line for row in rows for line in row.halves(gutter)]
    left = [line for line in lines if line.last[2] <= gutter]
    right = [line for line in lines if line.first[0] >= gutter]
    return gutter if _is_row_by_row(lines, gutter) and _is_prose(left) and _is_prose(right) else None


def _is_row_by_row(lines: Sequence[Line], gutter: float) -> bool:
    """Whether they go back from the right column to the left one again and again."""
    back = sum(a.first[0] >= gutter and b.last[2] <= gutter for a, b in pairwise(lines))
    return back >= FEWEST_ROWS - 1


def _is_prose(lines: Sequence[Line]) -> bool:
    texts = [line.text for line in lines]
    goes_on = sum(text[0].islower() for text in texts)
    return median(map(len, texts)) >= PROSE_LENGTH and goes_on >= PROSE_GOES_ON * len(texts)


def _blocks(rows: Sequence[Row], gutter: float) -> Iterator[list[Row]]:
    """Rows that follow one another; a line over both columns is a block of its own."""
    block: list[Row] = []
    for row in rows:
        is_across = row.line.first[0] < gutter < row.line.last[2] and len(row.halves(gutter)) == 1
        if block and (is_across or block[-1].line.step(row.line) > APART):
            yield block
            block = []
        block.append(row)
        if is_across:
            yield block
            block = []
    if block:
        yield block
