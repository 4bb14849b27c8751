"""Word, PowerPoint and RTF."""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from index.errors import UnreadableDocument
from index.loaders.parsed import Outline, Parsed, Part, assemble, own_title
from index.loaders.zipped import open_zipped


def load_docx(data: bytes) -> Parsed:
    """Word: paragraphs and tables in order, with headings as sections."""
    import docx

    open_zipped(data, "a Word document").close()
    try:
        document = docx.Document(BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableDocument("not a Word document, or a damaged one") from error
    blocks = [(level, text) for level, text in _word_blocks(document) if text]
    title = own_title(document.core_properties.title) or next((text for level, text in blocks if level is not None), "")
    outline = Outline(title)
    return assemble(title, (Part(text, outline.path(level, text) if level else "") for level, text in blocks))


def _word_blocks(document: Any) -> Iterator[tuple[int | None, str]]:
    """Each paragraph and table, with the level of a heading, from 1; 0 for the title, None for other text."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    # Not only the body's children, as python-docx has it: text stands in content controls and text boxes too.
    for element in document.element.body.xpath(
        "(.//w:p | .//w:tbl)[not(ancestor::w:tbl or ancestor::*[local-name()='Fallback'])]"
    ):
        if element.tag.endswith("}tbl"):
            rows = [dict.fromkeys(row.cells) for row in Table(element, document).rows]  # once each, where merged
            yield None, "\n".join(" | ".join(" ".join(cell.text.split()) for cell in row) for row in rows)
            continue
        runs = element.xpath(".//w:r[not(ancestor::w:moveFrom)]")
        text = "".join(run.text for run in runs if next(run.iterancestors(element.tag)) is element).strip()
        style = Paragraph(element, document).style
        heading = re.fullmatch(r"Title|Heading(?: (\d))?", (style.name if style else "") or "")
        yield (int(heading[1] or heading[0] == "Heading") if heading else None), text


def load_pptx(data: bytes) -> Parsed:
    """PowerPoint: slide by slide, the notes of the speaker below each."""
    import pptx

    open_zipped(data, "a presentation").close()
    try:
        presentation = pptx.Presentation(BytesIO(data))
    except (KeyError, ValueError) as error:
        raise UnreadableDocument("not a presentation, or a damaged one") from error
    titles = [_slide_title(slide) for slide in presentation.slides]
    parts = list[Part]()
    for number, (slide, title) in enumerate(zip(presentation.slides, titles, strict=True), 1):
        name = f"Slide {number}: {title}" if title else f"Slide {number}"
        # The title comes first, wherever it is drawn.
        texts = [title, *(text for text in _shape_texts(slide.shapes) if " ".join(text.split()) != title)]
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        if notes is not None and notes.text.strip():
            texts.append(f"Notes: {notes.text}")
        parts += [Part("", name, apart=True), *map(Part, texts)]
    title = own_title(presentation.core_properties.title)
    return assemble(title or next(filter(None, titles), ""), parts)


def _slide_title(slide: Any) -> str:
    shape = slide.shapes.title
    return " ".join(shape.text_frame.text.split()) if shape is not None else ""


def _shape_texts(shapes: Iterable[Any]) -> Iterator[str]:
    """The text of each shape; those of a group one after another."""
    waiting = list(shapes)[::-1]
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting += list(shape.shapes)[::-1]
        elif getattr(shape, "has_table", False):
            rows = (" | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in shape.table.rows)
            yield "\n".join(rows)
        elif shape.has_text_frame:
            yield "\n".join(paragraph.text for paragraph in shape.text_frame.paragraphs)


_RTF_TITLE = re.compile(r"\{\\info\b.*?\{\\title ((?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?\d+ ?\??)*)\}", re.S)


def load_rtf(data: bytes) -> Parsed:
    """RTF, which names its encoding itself: every byte beyond ASCII is in it."""
    source = data.decode("cp1252", "replace")
    if not source.lstrip().startswith("{\\rtf"):
        raise UnreadableDocument("not RTF, or damaged")
    named = _RTF_TITLE.search(source[:20_000])
    title = _rtf_text("{\\rtf1 " + named[1] + "}") if named else ""
    return assemble(own_title(title), [Part(_rtf_text(source))])


def _rtf_text(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # RTF has emoji in halves
