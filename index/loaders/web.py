"""Web pages: the article without what stands around it, with its title, its date and its headings."""

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any, NamedTuple

from index.errors import UnreadableDocument
from index.loaders.parsed import INVISIBLE, Outline, Parsed, Part, assemble, clean
from index.loaders.text import decode

_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.I)
# Names of HTML and of trafilatura's XML, which both reach `block_text`.
_OWN_LINE = re.compile("item|row|lb|li|tr|d[td]|br")
_ARTICLE = "//article | //main | //*[@role='main']"
_AROUND = (
    "//nav | //footer | //aside | //dialog | //menu | //select | //textarea | //button[not(ancestor::h1|ancestor::h2"
    "|ancestor::h3|ancestor::h4|ancestor::h5|ancestor::h6)] | //*[@hidden or @aria-hidden='true']"
    "| //*[@role='navigation' or @role='dialog' or @role='complementary' or @role='search']"
    "| //*[contains(translate(@style, ' ', ''), 'display:none')]"
    "| //*[re:test(concat(@id, ' ', @class), '\\b(comments?|cookies?|consent|sidebar)\\b', 'i')]"
)
_REGULAR = {"re": "http://exslt.org/regular-expressions"}
MOST_LINKS = 0.25  # of the characters; there, more is around an article than in it
_BLOCK = re.compile("p|head|quote|div|section|article|main|table|list|h[1-6]|blockquote|[uod]l")


class Heading(NamedTuple):
    """A heading in the text of a page: its offset, its level from 1, and its words."""

    start: int
    level: int
    words: str


def load_html(data: bytes) -> Parsed:
    """A web page; its date stands in front of its text, since the page shows it where no article is.

    Where the page does not say what its article is, and is not full of links, it is all of the page: a program that
    has to guess it leaves out lists and headings.
    """
    markup = decode_markup(data)
    title, tree = html_tree(markup)
    from trafilatura import bare_extraction

    page: Any = bare_extraction(
        markup,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    body, date = tree, list[Part]()
    if page is not None and page.body is not None and clean(block_text(page.body)[0]):
        title, date = page.title or "", [Part(f"Date: {page.date}")] if page.date else []
        body = _all_but_around(tree)
        if tree.xpath(_ARTICLE) or _share_of_links(body) > MOST_LINKS or 2 * _length(body) < _length(page.body):
            body = page.body
    return assemble(title, [*date, *parts_by_heading(*block_text(body), Outline(title))])


def _all_but_around(tree: Any) -> Any:
    """A page without what helps to find the way, is hidden, or was not written by who wrote the page."""
    body = deepcopy(tree)
    for element in body.xpath(_AROUND, namespaces=_REGULAR):
        if element.getparent() is not None:
            element.drop_tree()
    return body


def _length(tree: Any) -> int:
    """Characters of the text of a page."""
    return sum(len(part.strip()) for part in tree.itertext())


def _share_of_links(tree: Any) -> float:
    """The share of the characters of a page that are in links, 0 to 1."""
    linked = sum(len(part.strip()) for link in tree.iter("a") for part in link.itertext())
    return linked / max(1, _length(tree))


def decode_markup(data: bytes) -> str:
    """Markup as text, in the encoding that it declares if it is in none of the usual ones."""
    declared = _DECLARED.search(data[:4096])
    # lxml refuses a str that declares an encoding.
    return re.sub(r"^\s*<\?xml[^>]*>", "", decode(data, declared[1].decode("ascii") if declared else ""))


def html_tree(markup: str) -> tuple[str, Any]:
    """The title of a page and all that it shows, as lxml's tree.

    Raises:
        UnreadableDocument: It shows nothing.
    """
    from lxml import etree, html

    try:
        parser = html.HTMLParser(remove_comments=True, remove_pis=True)
        tree = html.document_fromstring(INVISIBLE.sub("", markup), parser)
    except etree.ParserError as error:  # nothing but comments, for instance
        raise UnreadableDocument("no text in it") from error
    title = tree.findtext(".//title") or ""
    etree.strip_elements(tree, "head", "script", "style", "noscript", "template", with_tail=False)
    return title, tree


def block_text(root: Any) -> tuple[str, list[Heading]]:
    """Text of a tree of elements, and its headings: a blank line between blocks, the rows of a table as 'a | b'."""
    from lxml import etree

    text = ""
    headings = list[Heading]()
    verbatim = cells = 0  # how many such elements are open
    for event, element in etree.iterwalk(root, events=("start", "end")):
        start, tag = event == "start", str(element.tag)
        if tag in ("cell", "td", "th"):
            cells += 1 if start else -1
            text += " | " if start and element.getprevious() is not None else ""
        elif tag == "pre" or (tag == "code" and any("\n" in part for part in element.itertext())):
            verbatim += 1 if start else -1
            text += "\n\n"
        elif cells:
            text += " " if _OWN_LINE.fullmatch(tag) or _BLOCK.fullmatch(tag) else ""
        elif _BLOCK.fullmatch(tag):
            text += "\n\n"
            level = re.fullmatch("h([1-6])", element.get("rend") or "h2" if tag == "head" else tag)
            if start and level:
                headings.append(Heading(len(text), int(level[1]), " ".join(element.itertext())))
        elif start and _OWN_LINE.fullmatch(tag):
            text += "\n- " if tag in ("item", "li") else "\n"
        part = (element.text if start else element.tail) or ""
        if not verbatim:
            part = re.sub("[ \t\r\n\f]+", " ", part)
            part = part.lstrip(" ") if text.endswith((" ", "\n")) else part
        text += part
    return text, headings


def parts_by_heading(text: str, headings: list[Heading], outline: Outline) -> Iterator[Part]:
    """The text cut where its headings begin, each part named by the path of its heading."""
    starts = [heading.start for heading in headings]
    yield Part(_without_gaps(text[: starts[0] if starts else None]))
    for heading, (start, end) in zip(headings, pairwise([*starts, len(text)]), strict=True):
        yield Part(_without_gaps(text[start:end]), outline.path(heading.level, heading.words))


def _without_gaps(text: str) -> str:
    return re.sub("\n{3,}", "\n\n", text)
