"""A PDF as text: the pages' lines of print, put together again to paragraphs; scanned pages by OCR."""

import re
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from index.errors import UnreadableDocument
from index.loaders import ocr
from index.loaders.columns import Box, Line, Row, in_reading_order
from index.loaders.parsed import Parsed, clean, own_title

# Points, of which 72 are an inch: a larger page would not fit into memory as a picture.
_LARGEST_SCAN = 2400
PDFIUM = threading.Lock()  # PDFium keeps global state: two threads in it at once crash the process.
_SENTENCE_END = (".", "!", "?", "…", ":", ";", "。", "！", "？", "।")
# Korean has spaces between words.
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_WORD = re.compile(r"\S+")
_HYPHENATED = re.compile(r"([\w-]*)\ufffe(\w*)")
# French sets these off with a hyphen of their own, and a line may end there.
_ENCLITIC = re.compile("ils?|elles?|je|tu|nous|vous|ce|là|ci|mêmes?|être")


def load_pdf(data: bytes, alive: Callable[[], None] = lambda: None) -> Parsed:
    """The text of a PDF, page by page.

    Args:
        data: The file.
        alive: Called before each page that takes OCR, a few seconds each.

    Raises:
        UnreadableDocument: It is encrypted or damaged, or its pages are pictures only and can't be read.
    """
    title, pages, unread = _read(data, alive)
    text, starts = "", []
    for page in pages:
        starts.append(len(text))
        text += clean(page) + "\n\n"
    if unread and not text.strip():
        raise UnreadableDocument("no text, needs OCR" + ("" if ocr.is_available() else ": install tesseract"))
    return Parsed(own_title(title), text[:-2], tuple(starts), unread=_needs_ocr(unread))


def _needs_ocr(pages: list[int]) -> str:
    if not pages:
        return ""
    shown = ", ".join(map(str, pages[:20])) + (f" and {len(pages) - 20} more" if len(pages) > 20 else "")
    return f"page {shown} has no text, needs OCR" if len(pages) == 1 else f"pages {shown} have no text, need OCR"


def _read(data: bytes, alive: Callable[[], None]) -> tuple[str, list[str], list[int]]:
    """The title that a PDF's maker gave it, the text of each page, and the numbers of those that could not be read."""
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
                raise UnreadableDocument("encrypted: save it without a password") from error
            raise UnreadableDocument("not a PDF, or a damaged one") from error
        with document:
            title = document.get_metadata_dict().get("Title", "")
            pages, unread = list[str](), list[int]()
            for number, page in enumerate(document, 1):
                pages.append(_unwrap(in_reading_order(list(_rows(page.get_textpage())))))
                if not pages[-1].strip() and next(page.get_objects(max_depth=1), None) is not None:
                    alive()
                    pages[-1] = _read_scan(page)
                    unread += [] if pages[-1].strip() else [number]
    compounds = {word for page in pages for word in re.findall(r"\w+(?:-\w+)+", page)}
    whole = [_HYPHENATED.sub(lambda match: _rejoin(match[1], match[2], compounds), page) for page in pages]
    return title, whole, unread


def _read_scan(page: Any) -> str:
    """The text of a page that is a picture; "" where it has none or no program to read it is there."""
    if not ocr.is_available() or max(page.get_size()) > _LARGEST_SCAN:
        return ""
    grey = page.render(scale=ocr.DOTS_PER_INCH / 72, grayscale=True).to_numpy()
    return ocr.read_picture(grey[..., 0] if grey.ndim == 3 else grey)


def _rejoin(head: str, tail: str, compounds: set[str]) -> str:
    """Two halves of what a line's end divided: a word, or a compound that has a hyphen anyway."""
    compound = f"{head}-{tail}"
    starts_new_word = not tail[:1].islower() or _ENCLITIC.fullmatch(tail)
    if starts_new_word or "-" in head or head[-1:].isdigit() or compound in compounds:
        return compound
    return head + tail


def _rows(textpage: Any) -> Iterator[Row]:
    """The lines of a page, in PDFium's order."""
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    def box(at: int) -> Box:
        index = FPDFText_GetCharIndexFromTextIndex(textpage, at)
        found: Box = textpage.get_charbox(max(index, 0), loose=True)
        return found

    offset = 0
    # PDFium writes "\ufffe" for a hyphen at the end of a line, and nothing for the end itself.
    for line in re.findall("[^\r\ufffe]*(?:\r\n|[\r\ufffe]|$)", textpage.get_text_range()):
        found = [(word[0], word.start(), word.end() - 1) for word in _WORD.finditer(line.replace("\ufffe", "-"))]
        words = [Line(word, box(offset + start), box(offset + end)) for word, start, end in found]
        if words:
            yield Row(Line(line.replace("\ufffe", "-").strip(), words[0].first, words[-1].last), tuple(words))
        offset += len(line)


def _unwrap(lines: list[Line]) -> str:
    """The text of a page, where a newline ends a paragraph and not just a line of print."""
    steps = sorted(step for a, b in pairwise(lines) if (step := a.step(b)) > 0.1)
    leading = steps[len(steps) // 4] if steps else 1  # the lower quarter: many may be between paragraphs
    text = lines[0].text if lines else ""
    for at, (line, following) in enumerate(pairwise(lines)):
        step = line.step(following)
        ended = line.text.endswith(_SENTENCE_END)
        may_end = ended or not following.text.lstrip("«“\"'(/")[:1].islower()
        resized = min(abs(a - b) / a for a in line.sizes for b in following.sizes) > 0.15
        if re.search(r"\w[-\u2010]$", line.text) and following.text[0].isalnum():
            text = text[:-1] + "\ufffe"  # as PDFium marks the hyphens that it finds
        elif step > 1.3 * leading or (resized and may_end):
            text += "\n\n"
        elif following.text[0] in "•◦▪‣●" or (may_end and _has_room(lines, at)):
            text += "\n"
        elif not (_CJK.match(line.text[-1]) and _CJK.match(following.text)):
            text += " "
        text += following.text
    return text


def _has_room(lines: list[Line], at: int) -> bool:
    """Whether the next line's first word would have fitted on this one, so that it was ended on purpose."""
    line, following = lines[at], lines[at + 1]
    word = 1 if _CJK.match(following.text) else len(following.text.split(maxsplit=1)[0])
    width = (following.last[2] - following.first[0]) * (word + 1) / len(following.text)
    column = (other for other in lines[max(at - 3, 0) : at + 4] if abs(other.first[0] - line.first[0]) < 24)
    return max(other.last[2] for other in column) - line.last[2] > width
