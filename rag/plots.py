"""The plots of the report, as SVG that takes its width from the page and its colours from the style sheet.

Places are percentages of the width, so that nothing is stretched and no text is in the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

HEIGHT = 18  # of a row, in pixels
BARS = 24  # of a histogram


@dataclass(frozen=True)
class Part:
    """A part of a stacked bar; `kind` is `good`, `bad`, `warn` or `plain`."""

    label: str
    count: int
    kind: str


def interval(value: float, low: float, high: float, top: float, label: str) -> str:
    """A value as a dot and its interval as a line, on a scale from 0 to `top`."""
    x, begin, end = (_percent(place, top) for place in (value, low, high))
    middle = HEIGHT / 2
    grid = "".join(f'<line class="grid" x1="{at}%" x2="{at}%" y1="0" y2="{HEIGHT}"/>' for at in (0, 25, 50, 75, 100))
    return _svg(
        f'{grid}<line class="interval" x1="{begin}%" x2="{end}%" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot" cx="{x}%" cy="{middle}" r="4.5"/>',
        HEIGHT,
        label,
    )


def stacked(parts: Sequence[Part], label: str) -> str:
    """Parts of a whole, one behind the other; nothing if the whole is 0."""
    total = sum(part.count for part in parts)
    bars, begin = "", 0
    for part in parts:
        if part.count:
            x, width = _percent(begin, total), _percent(part.count, total)
            bars += f'<rect class="{part.kind}" x="{x}%" width="{width}%" y="1" height="{HEIGHT - 2}"/>'
        begin += part.count
    said = ", ".join(f"{part.count} {part.label}" for part in parts)
    return _svg(bars, HEIGHT, f"{label}: {said}") if total else ""


def histogram(values: Sequence[float], top: float, marks: Sequence[float], label: str) -> str:
    """How many values lie where between 0 and `top`, with a line at each mark; what is beyond is in the last bar."""
    counts = [0] * BARS
    for value in values:
        counts[min(int(value / top * BARS), BARS - 1)] += 1
    height, most = 72, max(counts)
    bars = ""
    for number, count in enumerate(counts):
        if count:
            tall = max(count / most * (height - 4), 2)
            x, width = _percent(number, BARS), _percent(0.92, BARS)
            bars += f'<rect class="plain" x="{x}%" width="{width}%" y="{height - tall:.1f}" height="{tall:.1f}"/>'
    lines = "".join(
        f'<line class="mark" x1="{_percent(mark, top)}%" x2="{_percent(mark, top)}%" y1="0" y2="{height}"/>'
        for mark in marks
    )
    return _svg(f'{bars}{lines}<line class="axis" x1="0" x2="100%" y1="{height}" y2="{height}"/>', height, label)


def _percent(value: float, top: float) -> float:
    return round(min(value / top, 1.0) * 100, 2) if top else 0.0


def _svg(content: str, height: int, label: str) -> str:
    return f'<svg role="img" aria-label="{escape(label)}" width="100%" height="{height}">{content}</svg>'
