"""Sheets and CSV: each row says what its values are, so that it can be found and quoted alone."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from io import BytesIO, StringIO
from itertools import chain, islice, zip_longest
from typing import Any

from index.errors import UnreadableDocument
from index.loaders.parsed import Parsed, Part, assemble, one_line, own_title
from index.loaders.text import decode
from index.loaders.zipped import open_zipped

# Where a sheet has titles and remarks over its header, they are in so many rows at most.
_HEADER_WITHIN = 10
_SAMPLE = 64 * 1024


def load_xlsx(data: bytes) -> Parsed:
    """Excel: sheet by sheet, the values as they were last computed."""
    import openpyxl

    open_zipped(data, "a workbook").close()
    try:
        workbook = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
    except (KeyError, ValueError) as error:
        raise UnreadableDocument("not a workbook, or a damaged one") from error
    parts = list[Part]()
    for sheet in workbook.worksheets:
        parts.append(Part("", f"Sheet {sheet.title}", apart=True))
        sheet.reset_dimensions()  # which a file may state as a million empty rows
        rows = ([_shown(cell) for cell in row] for row in sheet.iter_rows())
        parts += map(Part, rows_as_text(rows))
    return assemble(own_title(workbook.properties.title or ""), parts)


def _shown(cell: Any) -> str:
    """A value as a sheet shows it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value)
    if isinstance(value, float):
        if "%" in cell.number_format:
            return f"{value * 100:.10g}%"
        return f"{value:.15g}"
    return str(value)


def load_csv(data: bytes) -> Parsed:
    """Comma, semicolon or tab separated values."""
    text = decode(data)
    csv.field_size_limit(len(text) + 1)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:_SAMPLE], delimiters=",;\t|")
        dialect.doublequote = True  # as everywhere; the sniffer takes it back where it has seen none
    except csv.Error:  # one column, or a table too small to tell
        dialect = csv.excel_tab if text[:_SAMPLE].count("\t") > text[:_SAMPLE].count(",") else csv.excel
    try:
        rows = list(csv.reader(StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise UnreadableDocument("not a table, or a damaged one") from error
    return assemble("", map(Part, rows_as_text(rows)))


def rows_as_text(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Each row that is not empty as `header: value | header: value`, what stands above the header as it is."""
    lines = filter(any, ([one_line(cell) for cell in row] for row in rows))
    first = list(islice(lines, _HEADER_WITHIN))
    at = _header_at(first)
    if at is None:
        yield from (" | ".join(filter(None, line)) for line in chain(first, lines))
        return
    header, below = first[at], chain(first[at + 1 :], lines)
    yield from (" | ".join(filter(None, line)) for line in first[:at])
    is_alone = True
    for line in below:
        is_alone = False
        yield named_row(header, line)
    if is_alone:
        yield " | ".join(filter(None, header))


def named_row(header: Sequence[str], row: Sequence[str]) -> str:
    """The cells that are not empty, each after the name of its column."""
    named = zip_longest(header, row, fillvalue="")
    return " | ".join(f"{name}: {value}" if name else value for name, value in named if value)


def _header_at(rows: list[list[str]]) -> int | None:
    """Which of the first rows of a table names its columns: the first as wide as the table, if it holds no figure."""
    width = max((sum(map(bool, row)) for row in rows), default=0)
    if width < 2:
        return None
    at = next(at for at, row in enumerate(rows) if sum(map(bool, row)) > width / 2 and sum(map(bool, row)) > 1)
    names = [name for name in rows[at] if name]
    return at if len(set(names)) == len(names) and not any(map(_is_figure, names)) else None


def _is_figure(text: str) -> bool:
    """Whether it is a number, an amount or a date, and no name; a year can head a column."""
    return not any(map(str.isalpha, text)) and not (text.isdecimal() and len(text) == 4)
