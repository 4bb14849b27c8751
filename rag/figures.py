"""Outcomes -> figures, each with the interval that another draw of questions would leave it in.

The intervals are percentile bootstraps over questions (Efron & Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 13): questions are drawn again with replacement, as many as there are, and the figure is made of each draw.
95 of 100 of those values lie in the interval. Two runs are compared on the same draws, so what makes a question easy or
hard for both does not count as noise (ibid., chapter 8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.measures import MEASURES, Floats, Measure, Statistic
from rag.outcomes import Outcome

RESAMPLES = 2000
SEED = 1993
CONFIDENCE = 0.95
_AT_ONCE = 2_000_000  # cells of the table of draws, questions x resamples, held in memory at a time


@dataclass(frozen=True)
class Figure:
    """A figure and its 95% interval; all None where no question counts for it.

    Shares go from 0 to 1, lengths are characters, times are seconds.
    """

    measure: Measure
    value: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        return self.measure.name


@dataclass(frozen=True)
class Difference:
    """A figure of two runs on the same questions, and B minus A with its 95% interval."""

    measure: Measure
    a: float | None
    b: float | None
    value: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        return self.measure.name

    @property
    def words(self) -> str:
        """Whether the difference is more than noise: whether its interval leaves out 0."""
        if self.value is None or self.low is None or self.high is None:
            return "can't be compared"
        if self.low == self.value == self.high == 0:
            return "the same"
        if self.low <= 0 <= self.high:
            return "no more than noise"
        direction = 1 if self.value > 0 else -1
        if not self.measure.better:
            return "B is higher" if direction > 0 else "B is lower"
        return "B is better" if direction == self.measure.better else "B is worse"


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Every figure of `MEASURES`, in that order, with its interval; the same for the same outcomes."""
    statistics = [measure.of(outcomes) for measure in MEASURES]
    values = _values(statistics, len(outcomes))
    drawn = _drawn(statistics, len(outcomes))
    return [Figure(*row) for row in zip(MEASURES, values, *_intervals(drawn), strict=True)]


@dataclass(frozen=True)
class SetFigures:
    """The figures of a set of questions, or of all sets together, which has no name."""

    name: str | None
    questions: int
    figures: list[Figure]


@dataclass(frozen=True)
class SetDifferences:
    """The differences in a set of questions, or in all sets together, which has no name."""

    name: str | None
    questions: int
    differences: list[Difference]


def summarise(outcomes: Sequence[Outcome]) -> list[SetFigures]:
    """The figures of each set, and last of all together; of a single set only once."""
    sets = [SetFigures(name, len(found), figures(found)) for name, found in by_set(outcomes).items()]
    return sets if len(sets) == 1 else [*sets, SetFigures(None, len(outcomes), figures(outcomes))]


def compare(a: Sequence[Outcome], b: Sequence[Outcome]) -> list[Difference]:
    """How two runs differ, a figure each of `MEASURES`.

    Args:
        a: Outcomes of one run.
        b: Outcomes of another, of the same questions in the same order; `pair` makes them so.
    """
    size = len(a)
    firsts, seconds = ([measure.of(outcomes) for measure in MEASURES] for outcomes in (a, b))
    a_values, b_values = _values(firsts, size), _values(seconds, size)
    drawn = _drawn(seconds, size) - _drawn(firsts, size)
    differences = [None if x is None or y is None else y - x for x, y in zip(a_values, b_values, strict=True)]
    return [Difference(*row) for row in zip(MEASURES, a_values, b_values, differences, *_intervals(drawn), strict=True)]


def compare_sets(a: Sequence[Outcome], b: Sequence[Outcome]) -> list[SetDifferences]:
    """The differences in each set, and last in all together; of a single set only once. As for `compare`, paired."""
    others = by_set(b)
    sets = [SetDifferences(name, len(found), compare(found, others[name])) for name, found in by_set(a).items()]
    return sets if len(sets) == 1 else [*sets, SetDifferences(None, len(a), compare(a, b))]


def pair(a: Sequence[Outcome], b: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome], int]:
    """The outcomes of the questions that both have, by set and id, in the order of `a`; and how many only one has."""
    others = {outcome.key: outcome for outcome in b}
    common = [outcome for outcome in a if outcome.key in others]
    return common, [others[outcome.key] for outcome in common], len(a) + len(b) - 2 * len(common)


def by_set(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each set, in the order in which the sets come."""
    sets: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        sets.setdefault(outcome.question.set, []).append(outcome)
    return sets


def _draws(size: int) -> Iterator[Floats]:
    """How often each question is in each of some resamples, in pieces of a bounded size."""
    generator = np.random.default_rng(SEED)
    rows = max(1, _AT_ONCE // max(size, 1))
    for begin in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - begin)
        yield generator.multinomial(size, np.full(size, 1 / size), size=count).astype(np.float64)


def _drawn(statistics: Sequence[Statistic], size: int) -> Floats:
    """Each statistic of each resample, (statistics, resamples)."""
    if not size:
        return np.full((len(statistics), 1), np.nan)
    return np.hstack([np.stack([statistic(draws) for statistic in statistics]) for draws in _draws(size)])


def _values(statistics: Sequence[Statistic], size: int) -> list[float | None]:
    """Each statistic of the outcomes as they are."""
    return [_known(statistic(np.ones((1, size)))[0]) for statistic in statistics]


def _intervals(drawn: Floats) -> tuple[list[float | None], list[float | None]]:
    """The lower and the upper ends; draws without a value, where no question counts, are left out."""
    tail = (1 - CONFIDENCE) / 2
    known = [row[~np.isnan(row)] for row in drawn]
    ends = [np.quantile(row, [tail, 1 - tail]) if len(row) else (np.nan, np.nan) for row in known]
    return [_known(low) for low, _ in ends], [_known(high) for _, high in ends]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
