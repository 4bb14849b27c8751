"""Figures and differences as aligned text."""

from collections.abc import Sequence
from itertools import pairwise

from rag.figures import SetDifferences, SetFigures
from rag.measures import MEASURES, Unit


def figures_table(sets: Sequence[SetFigures]) -> str:
    """One line a figure, one column a set: the value and its 95% interval."""
    rows = [["", *(found.name or "all" for found in sets)], ["questions", *(str(found.questions) for found in sets)]]
    for measure, *figures in zip(MEASURES, *(found.figures for found in sets), strict=True):
        rows += [[measure.name, *(_with_interval(f.value, f.low, f.high, measure.unit) for f in figures)]]
    return _aligned(rows)


def differences_tables(sets: Sequence[SetDifferences]) -> str:
    """For each set a line a figure: A, B, B minus A with its 95% interval, and whether that is more than noise."""
    rows, begins = list[list[str]](), list[int]()
    for found in sets:
        begins.append(len(rows))
        rows.append([f"{found.name or 'all'} ({found.questions})", "A", "B", "B - A", ""])
        for d in found.differences:
            unit = d.measure.unit
            difference = _with_interval(d.value, d.low, d.high, unit, sign="+")
            rows.append([d.name, shown(d.a, unit), shown(d.b, unit), difference, d.words])
    lines = _aligned(rows).split("\n")
    return "\n\n".join("\n".join(lines[begin:end]) for begin, end in pairwise([*begins, len(lines)]))


def shown(value: float | None, unit: Unit, *, sign: str = "") -> str:
    """A value of a figure: three decimals for shares, as many as matter for seconds, none for counts and characters."""
    if value is None:
        return "-"
    if unit == "share" or (unit == "seconds" and abs(value) < 10):
        return f"{value:{sign}.3f}"
    return f"{value:{sign}.1f}" if unit == "seconds" or value % 1 else f"{value:{sign}.0f}"


def _with_interval(value: float | None, low: float | None, high: float | None, unit: Unit, *, sign: str = "") -> str:
    if value is None or low is None or high is None:
        return "-"
    return f"{shown(value, unit, sign=sign)} [{shown(low, unit, sign=sign)}, {shown(high, unit, sign=sign)}]"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
