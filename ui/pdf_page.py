"""A page of a PDF as a picture, and where on it a quote stands.

A foreign file can crash or hang what draws it, so that is done in a process of its own for each page.
"""

import base64
import io
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WIDTH = 1000  # pixels: sharp in a panel of half a thousand
TALLEST = 4  # times as high as wide; a page longer than that is shown as text
SECONDS = 10.0  # for one page; what takes longer is shown as text
LEAST = 12  # letters of a quote that goes on on the next page


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in percent of its width and height, from the top left."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class PageImage:
    """A page as a JPEG file, and the boxes of a quote's lines on it; none if the quote is not found there."""

    data: bytes
    width: int
    height: int
    boxes: tuple[Box, ...]


def page_image(path: Path, page: int, quote: str, share: float = 0.0) -> PageImage | None:
    """The picture of a page, from 1, with the place of a quote; None where the file gives none.

    Args:
        path: The PDF file.
        page: Number of the page, from 1.
        quote: What to find; what the text of the index has put together (lines, divided words) is found all the same.
        share: How far down the page's text the quote stands, 0 to 1, to tell it from others like it.
    """
    # As for this process: the working directory may hold a ui.py of the user.
    paths = [path or str(Path.cwd()) for path in sys.path]
    code = f"import sys; sys.path[:] = {paths!r}; from ui.pdf_page import answer_request; answer_request()"
    try:
        asked = json.dumps([str(path), page, quote, share]).encode()
        drawn = subprocess.run(
            [sys.executable, "-P", "-c", code], input=asked, capture_output=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = json.loads(drawn.stdout)
    boxes = tuple(Box(**box) for box in found["boxes"])
    return PageImage(base64.b64decode(found["data"]), found["width"], found["height"], boxes)


def answer_request() -> None:
    """In the process of its own: the picture that is asked for on the standard input, or an error."""
    path, page, quote, share = json.load(sys.stdin)
    image = _drawn(Path(path), page, quote, share)
    json.dump(asdict(image) | {"data": base64.b64encode(image.data).decode()}, sys.stdout)


def _drawn(path: Path, page: int, quote: str, share: float) -> PageImage:
    import pypdfium2

    with pypdfium2.PdfDocument(path.read_bytes()) as document:
        sheet = document[page - 1]
        width, height = sheet.get_size()
        if not 0 < height <= TALLEST * width:
            raise ValueError("the page is too long for a picture")
        image = sheet.render(scale=WIDTH / width).to_pil().convert("RGB")
        boxes = _boxes(sheet, quote, share)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return PageImage(written.getvalue(), image.width, image.height, boxes)


def _boxes(sheet: Any, quote: str, share: float) -> tuple[Box, ...]:
    """One box for each line of the quote."""
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex

    textpage = sheet.get_textpage()
    text = textpage.get_text_range()
    found = find_letters(text, quote, share)
    if found is None:
        return ()
    first, last = (FPDFText_GetCharIndexFromTextIndex(textpage, at) for at in found)
    if first < 0 or last < first:
        return ()
    count = textpage.count_rects(first, last - first + 1)
    return tuple(_box(sheet, textpage.get_rect(n)) for n in range(count))


def _box(sheet: Any, rect: tuple[float, float, float, float]) -> Box:
    """A rectangle of the page's own coordinates, whose origin is at the bottom left of its crop box."""
    left, bottom, right, top = rect
    x0, y0, x1, y1 = sheet.get_bbox()
    wide, high = x1 - x0, y1 - y0
    corners = [((left - x0) / wide, (y1 - top) / high), ((right - x0) / wide, (y1 - bottom) / high)]
    turned = {0: lambda x, y: (x, y), 90: lambda x, y: (1 - y, x)}
    turned |= {180: lambda x, y: (1 - x, 1 - y), 270: lambda x, y: (y, 1 - x)}
    (a, b), (c, d) = (turned[sheet.get_rotation()](x, y) for x, y in corners)
    return Box(min(a, c) * 100, min(b, d) * 100, abs(c - a) * 100, abs(d - b) * 100)


def find_letters(text: str, quote: str, share: float = 0.0) -> tuple[int, int] | None:
    """Where a quote's first and last letter are in a text, by letters and digits alone.

    Of several places it is the nearest to `share` of the text. A quote that goes on on the next page is found up to
    the end of this one.
    """
    letters, wanted = "".join(filter(str.isalnum, text)), "".join(filter(str.isalnum, quote))
    if not wanted:
        return None
    places = [at for at, character in enumerate(text) if character.isalnum()]
    starts: list[int] = []
    at = letters.find(wanted)
    while at >= 0:
        starts.append(at)
        at = letters.find(wanted, at + 1)
    length = len(wanted)
    if not starts:
        length = next((n for n in range(length - 1, LEAST - 1, -1) if letters.endswith(wanted[:n])), 0)
        if not length:
            return None
        starts = [len(letters) - length]
    start = min(starts, key=lambda start: abs(start / len(letters) - share))
    return places[start], places[start + length - 1]
