"""The page of `footnote eval --report`."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_outcomes import made

from index.documents import Chunk, Passage
from rag.citations import Citation, Turn
from rag.outcomes import Outcome
from rag.questions import Question
from rag.report import failures, report_html
from rag.runs import Setup

EVIL = '"><script src="http://evil.example/x.js"></script><img src=x onerror=alert(1)>\x1b[2J\x00\udcff&lt;'
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page, and whether each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def setups(*outcomes: Outcome) -> list[Setup]:
    sets = dict.fromkeys(outcome.question.set for outcome in outcomes)
    return [Setup(name, "fake", None, True, 8, "e5", "abc", "1.0") for name in sets]


def page(*outcomes: Outcome) -> Page:
    return Page(report_html(setups(*outcomes), outcomes))


def evil() -> Outcome:
    """A wrong answer in which everything that anybody else has written is HTML."""
    question = Question(EVIL, EVIL, EVIL, (EVIL,), (EVIL,), True, ((EVIL,),), (EVIL,))
    chunk = Chunk(EVIL, EVIL, EVIL, 0, 1, None, EVIL)
    citation = Citation(1, EVIL, EVIL, 3, 0, 1, EVIL, 1.0)
    return replace(
        made(correct=False),
        question=question,
        text=EVIL,
        model=EVIL,
        citations=(citation,),
        passages=(Passage(chunk, 0.5),),
        before=(Turn(EVIL, EVIL),),
    )


def test_nothing_that_others_wrote_becomes_html() -> None:
    outcome = evil()
    found = Page(report_html([replace(setups(outcome)[0], llm=EVIL, embedding=EVIL)], [outcome]))
    assert found.open == []
    assert not {"script", "img", "iframe", "object", "form"} & {tag for tag, _ in found.elements}
    assert not [name for _, attrs in found.elements for name in attrs if name.startswith("on")]
    shown = found.words.count("<script src=")
    assert (
        shown >= 13
    )  # set (in five places), model, embedding, id, question, turn with its answer, answer, source, quote, passage
    assert not {"\x1b", "\x00", "\udcff"} & set(found.words)


def test_a_page_asks_for_nothing_from_anywhere() -> None:
    html = report_html(setups(evil()), [evil(), made(1), made(2, answerable=False)])
    found = Page(html)
    addresses = [value for _, attrs in found.elements for name, value in attrs.items() if name in ("src", "href")]
    assert addresses
    assert all(value and value.startswith(("#", "data:,")) for value in addresses)
    assert not re.search(r"url\(|@import", html)
    policy = next(attrs["content"] for _, attrs in found.elements if "http-equiv" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        (made(), []),
        (made(answerable=False, answered=False), []),
        (made(correct=False), ["wrong answer"]),
        (made(correct=False, quote_hit=False), ["wrong answer", "quote miss"]),
        (made(quote_hit=False), ["quote miss"]),
        (made(answered=False), ["wrongly refused"]),
        (made(answerable=False), ["wrongly answered"]),
        (made(citations=(Citation(1, "b.txt", "B", None, 0, 8, "In 1969.", 1.0),)), ["wrong source"]),
    ],
)
def test_each_failure_is_told_by_its_name(outcome: Outcome, kinds: list[str]) -> None:
    assert failures(outcome) == kinds
    found = page(outcome)
    assert len([1 for _, attrs in found.elements if attrs.get("class") == "card failure"]) == bool(kinds)
    assert all(kind in found.words for kind in kinds)


def test_a_failure_shows_what_is_needed_to_judge_it() -> None:
    question = Question(
        "moon", "7", "And when?", (), ("a.txt",), True, (("1969", "'69"), ("July",)), ("Who was first?",)
    )
    outcome = replace(
        made(correct=False, text="In May 1969. [1]"), question=question, before=(Turn("Who was first?", "Armstrong."),)
    )
    found = page(outcome, made(8))
    for words in (
        "moon · 7",
        "And when?",
        "Who was first?",
        "Armstrong.",
        "1969 or '69",
        "July",
        "In May 1969. [1]",
        "a.txt",
    ):
        assert words in found.words
    assert found.words.count("In 1969.") == 2, "the quote and the passage"
    assert "moon · 8" not in found.words


def test_plots_say_in_words_what_they_show() -> None:
    outcomes = [made(n, correct=n > 0) for n in range(4)] + [made(n, answerable=False, set="sun") for n in range(2)]
    found = page(*outcomes)
    labels = [attrs["aria-label"] or "" for tag, attrs in found.elements if tag == "svg"]
    assert "Answerable questions: 3 correct, 0 answered, not graded, 1 wrong, 0 refused" in labels
    assert "Questions without answer: 0 refused, 2 answered" in labels
    assert any(label.startswith("0.750, 95% interval") for label in labels)
    assert any(label.startswith("Seconds to the whole answer: median 2.000 s") for label in labels)
    assert found.open == []
