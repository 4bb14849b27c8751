"""What an answer is made of."""

from dataclasses import dataclass, field
from typing import Literal

from index.documents import Passage

Verdict = Literal["answered", "not_in_documents"]


@dataclass(frozen=True)
class Citation:
    """A footnote: the exact words of a source that support a statement of the answer.

    Attributes:
        number: The `n` of the marker `[n]` in the answer's text, from 1.
        source: Name of the document, as in the index.
        title: Title of the document.
        page: Page where the quote starts, from 1; None for a source without pages.
        start: Offset of the quote's first character in the document's text.
        end: Offset after its last character: `document.text[start:end] == quote`.
        quote: The words of the source.
        support: How well the quote supports the statement, 0 to 1; 0.5 and above means that it does.
    """

    number: int
    source: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    support: float


@dataclass(frozen=True)
class Timings:
    """Seconds from the question to each stage; `first_token` is None when the answer has no text."""

    retrieve: float = 0.0
    first_token: float | None = None
    total: float = 0.0


@dataclass(frozen=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: str


@dataclass(frozen=True)
class Answer:
    """An answer with its footnotes.

    Every `[n]` in `text` has exactly one citation, and every citation is used.

    Attributes:
        question: The question as it was asked.
        text: The answer in Markdown with markers `[1]`, `[2]`, numbered by first use.
        citations: The footnotes in the order of their numbers; none when the documents do not say.
        passages: What the search found, best first; there also when the documents do not say.
        verdict: Whether the documents answer the question.
        model: The model that wrote the text, such as `local:qwen2.5-coder-1.5b` or `quotes`.
        seconds: How long each stage took.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    verdict: Verdict
    model: str
    seconds: Timings = field(default_factory=Timings)
