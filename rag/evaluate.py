"""Measure retrieval, answers, refusals and footnotes on a file of questions.

A question file has one JSON object a line: `id`, `question`, `answers` (accepted strings), `gold` (file names),
`answerable`, and optionally `all_of` (lists of accepted strings, of each of which one has to be in the answer).
"""

import json
import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.documents import Passage
from index.errors import QuestionError, SettingsError
from index.lexical import terms
from index.search import Index
from rag.answering import answer, checked_question
from rag.citations import Answer
from rag.settings import Settings

RANKS = 10


@dataclass(frozen=True)
class Question:
    """One line of a question file."""

    id: str
    question: str
    answers: tuple[str, ...]
    gold: tuple[str, ...]
    answerable: bool
    all_of: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    Attributes:
        ranks: Ranks, from 1, of the right passages among the retrieved ones.
        quote_hit: Whether a cited quote holds an accepted answer.
        verbatim: Whether each quote is a slice of its document's text at the place that the citation names.
        dangling: Number of markers without a citation.
    """

    question: Question
    answer: Answer
    ranks: tuple[int, ...]
    correct: bool
    quote_hit: bool
    verbatim: bool
    dangling: int


@dataclass(frozen=True)
class Report:
    """The outcomes of a run, and the figures made from them."""

    outcomes: tuple[Outcome, ...]

    def figures(self) -> dict[str, float | None]:
        """Shares from 0 to 1, and seconds; None where no question counts for a figure."""
        answerable = [o for o in self.outcomes if o.question.answerable]
        unanswerable = [o for o in self.outcomes if not o.question.answerable]
        ranked = [o for o in answerable if o.question.gold]
        graded = [o for o in answerable if o.question.answers or o.question.all_of]
        answered = [o for o in graded if _is_answered(o)]
        refused = [o for o in self.outcomes if not _is_answered(o)]
        quotes = [len(c.quote) for o in self.outcomes for c in o.answer.citations]
        answers_what_it_can = _share(map(_is_answered, answerable))
        refuses_what_it_must = _share(not _is_answered(o) for o in unanswerable)
        return {
            "questions": float(len(self.outcomes)),
            "recall@1": _share(min(o.ranks, default=RANKS) <= 1 for o in ranked),
            "recall@5": _share(min(o.ranks, default=RANKS) <= 5 for o in ranked),
            "nDCG@10": _mean(_ndcg(o.ranks) for o in ranked),
            "correct": _share(o.correct for o in graded),
            "wrongly refused": _share(not _is_answered(o) for o in answerable),
            "refusal precision": _share(not o.question.answerable for o in refused),
            "refusal recall": refuses_what_it_must,
            "answering and refusing": _harmonic(answers_what_it_can, refuses_what_it_must),
            "quote hit": _share(o.quote_hit for o in answered),
            "verbatim": _share(o.verbatim for o in self.outcomes),
            "dangling markers": float(sum(o.dangling for o in self.outcomes)),
            "quote length, median": statistics.median(quotes) if quotes else None,
            "seconds to retrieve, median": _median(o.answer.seconds.retrieve for o in self.outcomes),
            "seconds in all, median": _median(o.answer.seconds.total for o in self.outcomes),
        }

    def table(self) -> str:
        """The figures, one a line."""
        figures = self.figures()
        width = max(map(len, figures))
        return "\n".join(f"{name:{width}}  {_shown(value)}" for name, value in figures.items())

    def to_json(self) -> dict[str, Any]:
        """The figures, and for each question what was answered and whether it was right."""
        questions = [
            {
                "id": o.question.id,
                "question": o.question.question,
                "answerable": o.question.answerable,
                "answer": o.answer.text,
                "verdict": o.answer.verdict,
                "correct": o.correct,
                "ranks": list(o.ranks),
                "quotes": [citation.quote for citation in o.answer.citations],
            }
            for o in self.outcomes
        ]
        return {"figures": self.figures(), "questions": questions}


def load_questions(path: Path) -> list[Question]:
    """The questions of a file.

    Raises:
        SettingsError: the file can't be read, or a line of it is not a question.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"question file {path} can't be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    questions = [_question(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not questions:
        raise SettingsError(f"question file {path} has no questions")
    return questions


def evaluate(
    questions: Sequence[Question],
    *,
    index: Index,
    settings: Settings,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Answer each question and compare.

    A passage is right when it is of a gold document and, where there are accepted answers, holds one. Answers are
    compared as in SQuAD, by containment, without case, punctuation and diacritics.

    Args:
        questions: What to ask.
        index: Where to look.
        settings: Which model answers, and how.
        progress: Called with (questions done, questions in all, the next question's text).
    """
    outcomes = []
    for done, question in enumerate(questions):
        if progress:
            progress(done, len(questions), question.question)
        found = answer(question.question, index=index, settings=settings)
        outcomes.append(_outcome(question, found, index))
    if progress:
        progress(len(questions), len(questions), "")
    return Report(tuple(outcomes))


def _outcome(question: Question, found: Answer, index: Index) -> Outcome:
    markers = re.findall(r"\[(\d+)\]", found.text)
    numbers = {str(citation.number) for citation in found.citations}
    texts = {citation.source: index.document(citation.source).text for citation in found.citations}
    accepted = [*question.answers, *(text for group in question.all_of for text in group)]
    return Outcome(
        question=question,
        answer=found,
        ranks=tuple(n for n, p in enumerate(found.passages[:RANKS], start=1) if _is_right(p, question, accepted)),
        correct=found.verdict == "answered" and _is_correct(found.text, question),
        quote_hit=any(_holds(citation.quote, accepted) for citation in found.citations),
        verbatim=all(texts[c.source][c.start : c.end] == c.quote for c in found.citations),
        dangling=sum(marker not in numbers for marker in markers),
    )


def _is_answered(outcome: Outcome) -> bool:
    return outcome.answer.verdict == "answered"


def _is_right(passage: Passage, question: Question, accepted: Sequence[str]) -> bool:
    return passage.chunk.source in question.gold and (not accepted or _holds(passage.chunk.text, accepted))


def _is_correct(text: str, question: Question) -> bool:
    groups = question.all_of or (question.answers,)
    return all(_holds(text, group) for group in groups)


def _holds(text: str, accepted: Sequence[str]) -> bool:
    normal = f" {' '.join(terms(text))} "
    return any((wanted := " ".join(terms(answer))) and f" {wanted} " in normal for answer in accepted)


def _question(path: Path, number: int, line: str) -> Question:
    try:
        row = json.loads(line)
        return Question(
            id=str(row.get("id", number)),
            question=checked_question(row["question"]),
            answers=tuple(row.get("answers", ())),
            gold=tuple(row.get("gold", ())),
            answerable=bool(row.get("answerable", True)),
            all_of=tuple(tuple(group) for group in row.get("all_of", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, QuestionError) as error:
        wrong = f'{path}, line {number}: not a question; a line is an object with at least "question"'
        raise SettingsError(wrong) from error


def _ndcg(ranks: Sequence[int]) -> float:
    ideal = sum(1 / math.log2(n + 1) for n in range(1, len(ranks) + 1))
    return sum(1 / math.log2(rank + 1) for rank in ranks) / ideal if ranks else 0.0


def _mean(values: Any) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None


def _share(values: Any) -> float | None:
    return _mean(map(float, values))


def _median(values: Any) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def _harmonic(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return None
    return 2 * a * b / (a + b) if a + b else 0.0


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value > 1 and value == int(value) else f"{value:.3f}"
