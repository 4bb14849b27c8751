"""What became of a question, as plain data: graded once, then kept, counted, compared and shown."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from index.documents import Passage
from index.language import detect_language
from index.sentences import Span, sentence_spans
from rag.citations import Answer, Citation, Timings, Turn, Verdict
from rag.matching import holds
from rag.questions import Question
from rag.quotes import QUOTED

RANKS = 10  # passages looked at for the figures of retrieval
CLOSEST = 5  # passages kept, to be read where an answer is wrong
_MARKER = re.compile(r"\s?\[(\d+)\]")
_HAS_WORD = re.compile(r"\w")
_SAYS_NOTHING = re.compile(r"\s*#|.*[:：]\W*$", re.DOTALL)  # a heading, or what leads to a list


@dataclass(frozen=True)
class Outcome:
    """What became of one question. Goes to JSON and back with `to_json` and `outcome_from_json`.

    Attributes:
        text: The answer with its markers.
        model: What wrote it.
        passages: The first five that the search found, best first.
        ranks: Ranks, from 1 to 10, of the right passages: of a gold document, with an accepted answer if any.
        correct: Whether the text gives the accepted answer.
        quote_hit: Whether a cited quote holds an accepted answer.
        statements: Number of sentences, list items and quoted lines of the text; 0 for a refusal.
        covered: How many of them have a footnote.
        verbatim: How many quotes are slices of their document's text at the place that the citation names.
        dangling: Number of markers without a citation.
        before: The earlier exchanges of the conversation, oldest first.
    """

    question: Question
    text: str
    verdict: Verdict
    model: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    ranks: tuple[int, ...]
    correct: bool
    quote_hit: bool
    statements: int
    covered: int
    verbatim: int
    dangling: int
    seconds: Timings
    before: tuple[Turn, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Set and id: no two outcomes of a run have the same."""
        return self.question.set, self.question.id

    @property
    def is_answered(self) -> bool:
        """Whether the answer is one, and no refusal."""
        return self.verdict == "answered"

    @property
    def is_graded(self) -> bool:
        """Whether it is known what a right answer says."""
        return bool(self.question.answerable and self.question.accepted)

    @property
    def sources_right(self) -> bool:
        """Whether every cited source is a gold document."""
        return all(citation.source in self.question.gold for citation in self.citations)

    def to_json(self) -> dict[str, Any]:
        """As a dictionary that JSON can hold."""
        return asdict(self)


_OUTCOME = TypeAdapter(Outcome)


def outcome_from_json(row: Any) -> Outcome:
    """The outcome that `to_json` made a dictionary of.

    Raises:
        ValueError: it is none.
    """
    return _OUTCOME.validate_python(row)


def grade(question: Question, found: Answer, text_of: Callable[[str], str], before: Sequence[Turn] = ()) -> Outcome:
    """Compare an answer with what would be right.

    Args:
        question: What was asked, and what is accepted.
        found: The answer.
        text_of: Gives the text of a document by its name.
        before: What was asked and answered before it in the conversation.
    """
    answered = found.verdict == "answered"
    markers = [int(match[1]) for match in _MARKER.finditer(found.text)]
    numbers = {citation.number for citation in found.citations}
    statements, covered = statements_and_covered(found.text) if answered else (0, 0)
    groups = question.all_of or (question.answers,)
    text = _MARKER.sub("", found.text)
    return Outcome(
        question=question,
        text=found.text,
        verdict=found.verdict,
        model=found.model,
        citations=found.citations,
        passages=found.passages[:CLOSEST],
        ranks=tuple(n for n, passage in enumerate(found.passages[:RANKS], start=1) if is_right(passage, question)),
        correct=answered and all(holds(text, group) for group in groups),
        quote_hit=any(holds(citation.quote, question.accepted) for citation in found.citations),
        statements=statements,
        covered=covered,
        verbatim=sum(text_of(c.source)[c.start : c.end] == c.quote for c in found.citations),
        dangling=sum(marker not in numbers for marker in markers),
        seconds=found.seconds,
        before=tuple(before),
    )


def is_right(passage: Passage, question: Question) -> bool:
    """Whether a passage is of a gold document and, where answers are accepted, holds one."""
    accepted = question.accepted
    return passage.chunk.source in question.gold and (not accepted or holds(passage.chunk.text, accepted))


def statements_and_covered(text: str) -> tuple[int, int]:
    """How many statements a text with markers makes, and how many of them have a marker.

    A statement is a sentence, an item of a list, or what a line quotes. A marker belongs to the statement that it
    stands in or behind, on whichever side of the full stop. Headings and the lines that lead to a list state nothing.
    """
    plain, places, end = "", list[int](), 0
    for match in _MARKER.finditer(text):
        plain += text[end : match.start()]
        places.append(len(plain.rstrip()) - 1)  # of the last character that the marker stands behind
        end = match.end()
    plain += text[end:]
    spans: list[Span] = []
    for span in sentence_spans(plain, detect_language(plain)):
        line = plain.rfind("\n", 0, span.start) + 1
        is_marked_before = any(line <= place < span.start for place in places)
        if plain.startswith(QUOTED, line) and spans and spans[-1].start >= line and not is_marked_before:
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    starts = [span.start for span in spans]
    marked = {bisect_right(starts, place) - 1 for place in places}
    states = [
        number
        for number, span in enumerate(spans)
        if _HAS_WORD.search(said := plain[span.start : span.end])
        and (number in marked or not _SAYS_NOTHING.match(said))
    ]
    return len(states), sum(number in marked for number in states)
