"""Answers that no model gave, and what the page makes of them, taken apart."""

from dataclasses import dataclass
from html.parser import HTMLParser

from tricks import ATTRIBUTES, TAGS

from index.documents import Chunk, Passage
from rag.citations import Answer, Citation, Timings


@dataclass
class Seen:
    tags: list[str]
    attributes: list[tuple[str, str | None]]
    text: str


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen([], [], "")
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.tags.append(tag)
        self.seen.attributes += attrs
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.seen.text += data

    def handle_comment(self, data):
        raise AssertionError(f"comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(html: str) -> Seen:
    """The HTML taken apart; anything that this page has no use for fails."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert set(reader.seen.tags) <= TAGS
    assert {name for name, _ in reader.seen.attributes} <= ATTRIBUTES
    return reader.seen


def citation(number: int = 1, quote: str = "Altman met the minister", start: int = 10, **values) -> Citation:
    fields = {"source": "inde.txt", "title": "Altman in India", "page": None, "support": 0.9} | values
    return Citation(number=number, quote=quote, start=start, end=start + len(quote), **fields)


def passage(text: str, start: int = 0, source: str = "inde.txt", title: str = "Altman in India") -> Passage:
    return Passage(Chunk("id", source, title, start, start + len(text), None, text), 0.8)


def make(text: str = "He met him [1].", citations=(), passages=(), **values) -> Answer:
    fields = {"question": "whom?", "verdict": "answered", "model": "quotes", "seconds": Timings(0.01, 0.02, 0.03)}
    return Answer(text=text, citations=tuple(citations), passages=tuple(passages), **(fields | values))
