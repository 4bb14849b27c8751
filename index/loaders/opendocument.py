"""OpenDocument: texts, sheets and presentations of LibreOffice and others. All are a zip archive with one XML tree."""

import re
from collections.abc import Iterator
from typing import Any

from index.errors import UnreadableDocument
from index.loaders.parsed import Outline, Parsed, Part, assemble, own_title
from index.loaders.tables import rows_as_text
from index.loaders.zipped import open_zipped, read_xml

_KIND = "an OpenDocument file"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
# A file may say that an empty cell or row comes a million times.
_REPEATED = 100


def load_opendocument(data: bytes) -> Parsed:
    """A text with its headings, a workbook with its sheets, or a presentation with its slides as sections."""
    with open_zipped(data, _KIND) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise UnreadableDocument("encrypted: save it without a password")
        content = read_xml(archive, "content.xml", _KIND)
        body = content.find(".//{*}body")
        meta = read_xml(archive, "meta.xml", _KIND) if "meta.xml" in names else None
    if body is None or not len(body):
        raise UnreadableDocument(f"not {_KIND}, or a damaged one")
    title = own_title((meta.findtext(f".//{_DUBLIN_CORE}title") if meta is not None else "") or "")
    kind = re.sub("{.*}", "", body[0].tag)
    if kind == "spreadsheet":
        return assemble(title, _sheets(body[0]))
    if kind == "presentation":
        return assemble(title, _slides(body[0]))
    blocks = [(level, text) for level, text in _blocks(body[0]) if text.strip()]
    title = title or _title_above(content) or next((text for level, text in blocks if level), "")
    outline = Outline(title)
    return assemble(title, (Part(text, outline.path(level, text) if level else "") for level, text in blocks))


def _title_above(content: Any) -> str:
    """The first paragraph in the style that Writer has for titles, or in one made from it; "" if there is none."""
    styles = {style.get(f"{_STYLE}name") for style in content.iter(f"{_STYLE}style") if _is_title(style)} | {"Title"}
    paragraphs = (p for p in content.iter(f"{_TEXT}p") if p.get(f"{_TEXT}style-name") in styles)
    return next((text.strip() for text in map(_plain, paragraphs) if text.strip()), "")


def _is_title(style: Any) -> bool:
    return bool(style.get(f"{_STYLE}parent-style-name") == "Title")


def _blocks(root: Any) -> Iterator[tuple[int, str]]:
    """Each paragraph, and each table as one block, with the level of a heading, 0 for other text."""
    waiting = list(root)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag == f"{_TABLE}table":
            rows = (" | ".join(cells) for cells in _rows(element))
            yield 0, "\n".join(filter(str.strip, rows))
        elif element.tag == f"{_TEXT}h":
            yield int(element.get(f"{_TEXT}outline-level", "1")), _plain(element)
        elif element.tag == f"{_TEXT}p":
            yield 0, _plain(element)
        elif element.tag != f"{_TEXT}tracked-changes":  # which hold what was deleted
            waiting += list(element)[::-1]


def _sheets(root: Any) -> Iterator[Part]:
    for table in root.iterfind(f"{_TABLE}table"):
        yield Part("", f"Sheet {table.get(f'{_TABLE}name', '')}".strip(), apart=True)
        yield from map(Part, rows_as_text(_rows(table)))


def _slides(root: Any) -> Iterator[Part]:
    for number, page in enumerate(root.iterfind(f"{_DRAW}page"), 1):
        texts = [text for _, text in _blocks(page) if text.strip()]
        title = " ".join(texts[0].split()) if texts else ""
        yield Part("", f"Slide {number}: {title}" if title else f"Slide {number}", apart=True)
        yield from map(Part, texts)


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter(f"{_TABLE}table-row"):
        cells = list[str]()
        for cell in row:
            text = " ".join(_plain(paragraph) for paragraph in cell.iter(f"{_TEXT}p"))
            cells += [text] * min(int(cell.get(f"{_TABLE}number-columns-repeated", "1")), _REPEATED)
        yield from [cells] * min(int(row.get(f"{_TABLE}number-rows-repeated", "1")), _REPEATED if any(cells) else 1)


def _plain(element: Any) -> str:
    """The text of a paragraph, where a space, a tab and a line break are elements; without notes and comments."""
    text = element.text or ""
    for child in element:
        name = re.sub("{.*}", "", str(child.tag))
        if name == "s":
            text += " " * min(int(child.get(f"{_TEXT}c", "1")), _REPEATED)
        elif name in ("tab", "line-break"):
            text += "\t" if name == "tab" else "\n"
        elif isinstance(child.tag, str) and name not in ("annotation", "note"):
            text += _plain(child)
        text += child.tail or ""
    return text
