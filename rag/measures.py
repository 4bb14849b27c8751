"""What is measured: every figure of `footnote eval`, as a statistic of outcomes that may be drawn several times.

A statistic takes how often each question was drawn, as an array (draws, questions), and gives the figure of each draw,
as an array (draws,), with nan where no question of the draw counts. So one call makes all the figures of a bootstrap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.outcomes import Outcome

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
StatisticOf = Callable[[Sequence[Outcome]], Statistic]

Part = Literal["retrieval", "answers", "refusal", "footnotes", "seconds"]
Unit = Literal["share", "characters", "count", "seconds"]


@dataclass(frozen=True)
class Measure:
    """What a figure counts.

    Attributes:
        unit: Shares go from 0 to 1.
        better: 1 if more is better, -1 if less is, 0 if neither.
        meaning: For the reader; shares are "share of …".
        of: Makes the statistic of some outcomes.
    """

    name: str
    part: Part
    unit: Unit
    better: Literal[-1, 0, 1]
    meaning: str
    of: StatisticOf


def share(of: Callable[[Outcome], float], among: Callable[[Outcome], float]) -> StatisticOf:
    """The sum of `of` divided by that of `among`, over the questions where `among` is not 0."""

    def measured(outcomes: Sequence[Outcome]) -> Statistic:
        wholes = np.array([float(among(outcome)) for outcome in outcomes])
        parts = np.array([float(of(outcome)) if among(outcome) else 0.0 for outcome in outcomes])
        return lambda draws: _divided(draws @ parts, draws @ wholes)

    return measured


def total(of: Callable[[Outcome], float]) -> StatisticOf:
    """The sum of `of`."""

    def measured(outcomes: Sequence[Outcome]) -> Statistic:
        parts = np.array([float(of(outcome)) for outcome in outcomes])

        def sums(draws: Floats) -> Floats:
            added: Floats = draws @ parts
            return added

        return sums

    return measured


def quantile(part: float, of: Callable[[Outcome], Sequence[float]]) -> StatisticOf:
    """The value that a part of all values are below; where it falls between two, their mean."""

    def measured(outcomes: Sequence[Outcome]) -> Statistic:
        pairs = sorted((value, owner) for owner, outcome in enumerate(outcomes) for value in of(outcome))
        values = np.array([value for value, _ in pairs], dtype=np.float64)
        owners = np.array([owner for _, owner in pairs], dtype=np.intp)

        def quantiles(draws: Floats) -> Floats:
            if not len(values):
                return np.full(len(draws), np.nan)
            counts = np.cumsum(draws[:, owners], axis=1)
            wanted = part * counts[:, -1:]
            lower = np.minimum((counts < wanted).sum(axis=1), len(values) - 1)
            upper = np.minimum((counts <= wanted).sum(axis=1), len(values) - 1)
            return np.where(counts[:, -1] > 0, (values[lower] + values[upper]) / 2, np.nan)

        return quantiles

    return measured


def harmonic(one: StatisticOf, other: StatisticOf) -> StatisticOf:
    """The harmonic mean of two statistics; 0 where both are 0."""

    def measured(outcomes: Sequence[Outcome]) -> Statistic:
        first, second = one(outcomes), other(outcomes)

        def means(draws: Floats) -> Floats:
            a, b = first(draws), second(draws)
            return np.where(a + b == 0, 0.0, _divided(2 * a * b, a + b))

        return means

    return measured


def _divided(parts: Floats, wholes: Floats) -> Floats:
    quotients: Floats = np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes != 0)
    return quotients


def _recall(rank: int) -> StatisticOf:
    return share(lambda o: min(o.ranks, default=rank + 1) <= rank, _is_ranked)


def _ndcg(outcome: Outcome) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen, 2002), all right passages weighing the same."""
    gain = sum(1 / np.log2(rank + 1) for rank in outcome.ranks)
    ideal = sum(1 / np.log2(rank + 1) for rank in range(1, len(outcome.ranks) + 1))
    return float(gain / ideal) if outcome.ranks else 0.0


def _is_ranked(outcome: Outcome) -> bool:
    return bool(outcome.question.answerable and outcome.question.gold)


def _is_refused(outcome: Outcome) -> bool:
    return not outcome.is_answered and outcome.question.answerable is not None


def _is_answerable(outcome: Outcome) -> bool:
    return outcome.question.answerable is True


def _is_unanswerable(outcome: Outcome) -> bool:
    return outcome.question.answerable is False


def _first_token(outcome: Outcome) -> Sequence[float]:
    return () if outcome.seconds.first_token is None else (outcome.seconds.first_token,)


def _shares() -> list[Measure]:
    answers = share(lambda o: o.is_answered, _is_answerable)
    refuses = share(_is_refused, _is_unanswerable)
    # 2pr / (p + r) written out, so that it is 0, not unknown, where nothing is refused.
    f1 = share(lambda o: 2 * (_is_refused(o) and _is_unanswerable(o)), lambda o: _is_refused(o) + _is_unanswerable(o))
    correct = share(lambda o: o.correct, lambda o: o.is_graded)
    hit = share(lambda o: o.quote_hit, lambda o: o.is_graded and o.is_answered)
    sources = share(lambda o: o.sources_right, lambda o: _is_ranked(o) and o.is_answered)
    covered = share(lambda o: o.covered, lambda o: o.statements)
    verbatim = share(lambda o: o.verbatim, lambda o: len(o.citations))
    rows: list[tuple[str, Part, Literal[-1, 1], str, StatisticOf]] = [
        ("recall@1", "retrieval", 1, "answerable questions whose first passage is right", _recall(1)),
        ("recall@5", "retrieval", 1, "answerable questions with a right one among the first five passages", _recall(5)),
        (
            "nDCG@10",
            "retrieval",
            1,
            "the gain of ten passages with the right ones first",
            share(_ndcg, _is_ranked),
        ),
        ("correct", "answers", 1, "answerable questions whose answer contains an accepted one", correct),
        ("wrongly refused", "answers", -1, "answerable questions that are refused", share(_is_refused, _is_answerable)),
        (
            "refusal precision",
            "refusal",
            1,
            "refused questions that have no answer",
            share(_is_unanswerable, _is_refused),
        ),
        ("refusal recall", "refusal", 1, "questions without an answer that are refused", refuses),
        ("refusal F1", "refusal", 1, "both: harmonic mean of precision and recall", f1),
        (
            "answering and refusing",
            "refusal",
            1,
            "both: harmonic mean of answerable questions answered and others refused",
            harmonic(answers, refuses),
        ),
        ("coverage", "footnotes", 1, "statements with a footnote", covered),
        ("quote hit", "footnotes", 1, "answered answerable questions where a quote holds an accepted answer", hit),
        ("sources right", "footnotes", 1, "answered answerable questions with right sources only", sources),
        ("verbatim", "footnotes", 1, "quotes that are word for word in the document at the place named", verbatim),
    ]
    return [Measure(name, part, "share", better, f"share of {meaning}", of) for name, part, better, meaning, of in rows]


def _seconds(name: str, meaning: str, of: Callable[[Outcome], Sequence[float]]) -> list[Measure]:
    shares = {"p50": (0.5, "median"), "p95": (0.95, "95th percentile")}
    return [
        Measure(f"{name} {short}", "seconds", "seconds", -1, f"seconds to {meaning}, {long}", quantile(part, of))
        for short, (part, long) in shares.items()
    ]


MEASURES: tuple[Measure, ...] = (
    *_shares(),
    Measure(
        "quote length",
        "footnotes",
        "characters",
        0,
        "characters of a quote, median",
        quantile(0.5, lambda o: [len(citation.quote) for citation in o.citations]),
    ),
    Measure("dangling markers", "footnotes", "count", -1, "markers without a footnote", total(lambda o: o.dangling)),
    *_seconds("retrieve", "the passages", lambda o: [o.seconds.retrieve]),
    *_seconds("first token", "the first word", _first_token),
    *_seconds("total", "the whole answer", lambda o: [o.seconds.total]),
)
