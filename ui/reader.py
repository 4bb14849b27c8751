"""A document opened at a footnote: the quote in its surroundings, and on the page's picture where it is a PDF."""

import base64

from index import Document
from index.files import text_path
from rag.citations import Citation
from ui.markup import button_html, doubt_html, named, notice_html, safe, where_html
from ui.pdf_page import PageImage, page_image
from ui.texts import Texts

AROUND = 20_000  # characters on each side of the quote; a book would be too much for a page


def reader_html(
    document: Document, path: str, citation: Citation, turn: int, total: int, texts: Texts, *, stopped: bool = False
) -> str:
    """The document of a footnote, with the quote marked and the way to the other footnotes.

    Args:
        document: Its text, as the index has it.
        path: The file it was read from; a PDF that is gone is shown as text.
        citation: What to mark.
        turn: Number of the answer in its conversation.
        total: How many footnotes that answer has.
        texts: The language of the page.
        stopped: Whether what is not checked will not be.
    """
    shown = _text(document, citation, texts)
    if image := _image(document, path, citation):
        summary = safe(texts("as_text"))
        shown = f"{_page(image, citation, texts)}<details><summary>{summary}</summary>{shown}</details>"
    return (
        f'<article class="reader" data-turn="{turn}" data-n="{citation.number}" '
        f'aria-label="{safe(texts("source", n=citation.number))}: {safe(citation.title)}">'
        f'<div class="top">{_way(citation.number, turn, total, texts)}'
        f'<h3 dir="auto" tabindex="-1">{safe(citation.title)}</h3>'
        f'<p class="where">{where_html(citation, texts)}</p></div>'
        f"{doubt_html(citation, texts, stopped=stopped)}{shown}</article>"
    )


def gone_html(turn: int, number: int, total: int, texts: Texts) -> str:
    """What stands there instead of a footnote that a check has removed meanwhile, or whose document was removed."""
    said = notice_html(texts("footnote_gone"), "warning")
    way = _way(number, turn, total, texts)
    return f'<article class="reader" data-turn="{turn}" data-n="{number}">{way}{said}</article>'


def _way(number: int, turn: int, total: int, texts: Texts) -> str:
    """Back to all sources, and to the footnotes before and after."""

    def step(sign: str, key: str, to: int) -> str:
        if not 1 <= to <= total:
            return f'<button type="button" disabled aria-label="{safe(texts(key))}">{sign}</button>'
        return button_html(sign, event="open", kind="step", label=texts(key), turn=turn, n=to)

    back, place = texts("back", n=number), texts("n_of", n=number, total=total)
    return (
        f'<header class="way">{button_html("← " + texts("all_sources"), kind="shut")}<span class="space"></span>'
        f"{step('‹', 'previous', number - 1)}"
        f'<button type="button" class="back" data-turn="{turn}" data-n="{number}" title="{safe(back)}" '
        f'aria-label="{safe(named(place, back))}">{safe(place)}</button>'
        f"{step('›', 'next', number + 1)}</header>"
    )


def _text(document: Document, citation: Citation, texts: Texts) -> str:
    first, last = max(citation.start - AROUND, 0), citation.end + AROUND
    before, after = document.text[first : citation.start], document.text[citation.end : last]
    part = ""
    if first > 0 or last < len(document.text):
        part = f'<p class="hint">{safe(texts("part_only"))}</p>'
        before, after = ("… " if first else "") + before, after + (" …" if last < len(document.text) else "")
    quote = document.text[citation.start : citation.end]
    return f'{part}<div class="text" dir="auto">{safe(before)}<mark>{safe(quote)}</mark>{safe(after)}</div>'


def _image(document: Document, path: str, citation: Citation) -> PageImage | None:
    if citation.page is None or not path.lower().endswith(".pdf"):
        return None
    start = document.page_starts[citation.page - 1]
    end = next(iter(document.page_starts[citation.page : citation.page + 1]), len(document.text))
    share = (citation.start - start) / max(end - start, 1)
    image = page_image(text_path(path), citation.page, citation.quote, share)
    return image if image and image.boxes else None  # where the quote is not found, the text marks it


def _page(image: PageImage, citation: Citation, texts: Texts) -> str:
    boxes = "".join(
        f'<span class="box" style="left:{box.left:.2f}%;top:{box.top:.2f}%;width:{box.width:.2f}%;'
        f'height:{box.height:.2f}%"></span>'
        for box in image.boxes
    )
    data = base64.b64encode(image.data).decode()
    return (
        f'<div class="page"><img width="{image.width}" height="{image.height}" src="data:image/jpeg;base64,{data}" '
        f'alt="{safe(texts("page_image", n=citation.page, title=citation.title))}">{boxes}</div>'
    )
