"""Figures of outcomes, their intervals, and whether two runs differ."""

import math
import statistics
from dataclasses import replace

import pytest
from sample_outcomes import made

from rag.citations import Citation, Timings
from rag.figures import Difference, Figure, compare, compare_sets, figures, pair, summarise
from rag.measures import MEASURES
from rag.outcomes import Outcome
from rag.tables import differences_tables, figures_table


def figure(name: str, outcomes: list[Outcome]) -> Figure:
    return next(found for found in figures(outcomes) if found.name == name)


def difference(name: str, a: list[Outcome], b: list[Outcome]) -> Difference:
    return next(found for found in compare(a, b) if found.name == name)


def value(name: str, *outcomes: Outcome) -> float | None:
    return figure(name, list(outcomes)).value


def test_every_figure_has_a_value_and_an_interval_around_it() -> None:
    outcomes = [made(n, correct=n % 3 > 0, ranks=(n % 4 + 1,)) for n in range(40)]
    outcomes += [made(n, answerable=False, answered=n % 2 > 0) for n in range(40, 60)]
    for found in figures(outcomes):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high, found.name
    assert figures(outcomes) == figures(outcomes)
    assert [found.measure for found in figures(outcomes)] == list(MEASURES)


@pytest.mark.parametrize(("ranks", "at_1", "at_5", "ndcg"), [
    ((1,), 1, 1, 1),
    ((2,), 0, 1, 1 / math.log2(3)),
    ((5, 6), 0, 1, (1 / math.log2(6) + 1 / math.log2(7)) / (1 + 1 / math.log2(3))),
    ((6,), 0, 0, 1 / math.log2(7)),
    ((), 0, 0, 0),
])  # fmt: skip
def test_retrieval(ranks: tuple[int, ...], at_1: float, at_5: float, ndcg: float) -> None:
    outcome = made(ranks=ranks)
    assert value("recall@1", outcome) == at_1
    assert value("recall@5", outcome) == at_5
    assert value("nDCG@10", outcome) == pytest.approx(ndcg)


def test_refusals() -> None:
    outcomes = [
        *(made(n, answered=n > 0) for n in range(5)),  # one of five is refused
        *(made(n, answerable=False, answered=n == 5) for n in range(5, 9)),  # one of four is answered
    ]
    assert value("wrongly refused", *outcomes) == pytest.approx(1 / 5)
    assert value("refusal precision", *outcomes) == pytest.approx(3 / 4)
    assert value("refusal recall", *outcomes) == pytest.approx(3 / 4)
    assert value("refusal F1", *outcomes) == pytest.approx(3 / 4)
    answers, refuses = 4 / 5, 3 / 4
    assert value("answering and refusing", *outcomes) == pytest.approx(2 * answers * refuses / (answers + refuses))


def test_a_system_that_refuses_nothing_or_everything_gets_nothing_for_both() -> None:
    for answered in (True, False):
        outcomes = [made(n, answerable=n % 2 > 0, answered=answered) for n in range(10)]
        assert value("answering and refusing", *outcomes) == 0
    talker = [made(n, answerable=n % 2 > 0) for n in range(10)]
    assert value("refusal precision", *talker) is None
    assert value("refusal F1", *talker) == 0


def test_footnotes() -> None:
    good = made(1, statements=3, covered=2)
    other = Citation(1, "b.txt", "B", None, 0, 2, "On", 1.0)
    bad = made(2, statements=1, covered=1, citations=(*good.citations, other), quote_hit=False, verbatim=1, dangling=2)
    assert value("coverage", good, bad) == 3 / 4
    assert value("quote hit", good, bad) == 1 / 2
    assert value("sources right", good, bad) == 1 / 2
    assert value("verbatim", good, bad) == 2 / 3
    assert value("dangling markers", good, bad) == 2
    assert value("quote length", good, bad) == 8


def test_questions_that_can_not_count_do_not() -> None:
    nobody_knows = replace(made(), question=replace(made().question, answers=(), gold=()))
    for name in ("correct", "quote hit", "sources right", "recall@1"):
        assert value(name, nobody_knows) is None
        assert value(name, nobody_knows, made(1)) == 1
    refusals = [made(n, answered=False) for n in range(3)]
    for name in ("coverage", "verbatim", "quote length", "first token p50"):
        assert figure(name, refusals) == Figure(figure(name, refusals).measure, None, None, None)


@pytest.mark.parametrize("size", [1, 2, 5, 20, 101])
def test_the_median_is_the_usual_one(size: int) -> None:
    seconds = [(7 * n) % size + 0.5 for n in range(size)]
    outcomes = [made(n, seconds=Timings(0.1, 0.2, second)) for n, second in enumerate(seconds)]
    assert value("total p50", *outcomes) == statistics.median(seconds)


def test_the_95th_percentile_has_5_of_100_above_it() -> None:
    outcomes = [made(n, seconds=Timings(float(n), 0.0, 0.0)) for n in range(1, 101)]
    assert value("retrieve p95", *outcomes) == 95.5


# Intervals


@pytest.mark.parametrize(("size", "right"), [(400, 100), (1000, 900)])
def test_the_interval_of_a_share_is_that_of_the_binomial(size: int, right: int) -> None:
    found = figure("correct", [made(n, correct=n < right) for n in range(size)])
    share = right / size
    half = 1.96 * math.sqrt(share * (1 - share) / size)
    assert (found.low, found.high) == (pytest.approx(share - half, abs=0.006), pytest.approx(share + half, abs=0.006))


def test_an_interval_is_of_questions_not_of_statements() -> None:
    """Ten statements of one question stand and fall together."""
    spread = figure("coverage", [made(n, statements=1, covered=n % 2) for n in range(100)])
    lumped = figure("coverage", [made(n, statements=10, covered=10 * (n % 2)) for n in range(10)])
    assert spread.value == lumped.value == 0.5
    assert lumped.high is not None
    assert spread.high is not None
    assert lumped.high - 0.5 > 2 * (spread.high - 0.5)


def test_where_all_agree_the_interval_has_no_width() -> None:
    found = figure("correct", [made(n) for n in range(30)])
    assert (found.low, found.value, found.high) == (1, 1, 1)


# Two runs


def test_a_run_is_the_same_as_itself() -> None:
    run = [made(n, correct=n % 2 > 0) for n in range(50)]
    assert {found.words for found in compare(run, run)} == {"the same", "can't be compared"}
    assert difference("correct", run, run).words == "the same"


def test_what_helps_ten_of_a_hundred_is_more_than_noise() -> None:
    a = [made(n, correct=n < 50) for n in range(100)]
    b = [made(n, correct=n < 60) for n in range(100)]
    found = difference("correct", a, b)
    assert (found.a, found.b, found.value) == (0.5, 0.6, pytest.approx(0.1))
    assert found.low is not None
    assert found.low > 0
    assert found.words == "B is better"
    assert difference("correct", b, a).words == "B is worse"
    # the two intervals overlap: only the same draws for both show it
    low, high = figure("correct", b).low, figure("correct", a).high
    assert low is not None
    assert high is not None
    assert low < high


def test_a_little_better_here_and_worse_there_is_noise() -> None:
    a = [made(n, correct=n % 2 > 0) for n in range(100)]
    b = [replace(o, correct=not o.correct) if n in (1, 3, 4, 6, 8) else o for n, o in enumerate(a)]
    assert difference("correct", a, b).words == "no more than noise"


def test_less_is_better_for_seconds_and_neither_for_the_length_of_a_quote() -> None:
    quote = made().citations[0]
    a = [made(n, seconds=Timings(0.1, 1.0, 3.0 + n / 100)) for n in range(50)]
    b = [made(n, seconds=Timings(0.1, 1.0, 2.0), citations=(replace(quote, quote="long" * 20),)) for n in range(50)]
    assert difference("total p50", a, b).words == "B is better"
    assert difference("quote length", a, b).words == "B is higher"
    assert difference("quote length", b, a).words == "B is lower"


def test_questions_are_paired_by_set_and_id() -> None:
    a = [made(1), made(2), made(3), made(1, set="sun")]
    b = [made(3, correct=False), made(1, set="sun", correct=False), made(2), made(4)]
    one, other, left_out = pair(a, b)
    assert [o.key for o in one] == [o.key for o in other] == [("moon", "2"), ("moon", "3"), ("sun", "1")]
    assert [o.correct for o in other] == [True, False, False]
    assert left_out == 2
    assert [(found.name, found.questions) for found in compare_sets(one, other)] == [("moon", 2), ("sun", 1), (None, 3)]


# Tables


def test_a_table_has_a_column_for_each_set_and_one_for_all() -> None:
    sets = summarise([made(1), made(2, correct=False), made(1, set="sun")])
    lines = figures_table(sets).splitlines()
    assert lines[0].split() == ["moon", "sun", "all"]
    assert lines[1].split() == ["questions", "2", "1", "3"]
    correct = next(line for line in lines if line.startswith("correct"))
    assert [correct[lines[0].index(name) :][:5] for name in ("moon", "sun", "all")] == ["0.500", "1.000", "0.667"]
    assert "[0.000, 1.000]" in correct
    assert figures_table(summarise([made(1)])).splitlines()[0].split() == ["moon"]


def test_a_table_of_differences_says_what_they_mean() -> None:
    a, b = ([made(n, correct=n < right) for n in range(100)] for right in (50, 60))
    lines = differences_tables(compare_sets(a, b)).splitlines()
    assert lines[0].split() == ["moon", "(100)", "A", "B", "B", "-", "A"]
    (correct,) = (line for line in lines if line.startswith("correct"))
    assert correct.split()[1:4] == ["0.500", "0.600", "+0.100"]
    assert correct.endswith("B is better")
