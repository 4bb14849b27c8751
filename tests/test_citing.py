"""What a large model writes, over three passages: every marker becomes the words that support it, or goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index.documents import Chunk, Passage
from index.embed import SentenceEmbeddings
from rag.checking import Claim, Finding
from rag.citations import Statement
from rag.citing import Check, cite
from rag.phrases import no_source
from rag.support import SUPPORTED, Verifier

JAPAN = "Before India, Sam Altman visited Japan and South Korea."
INDIA = "Sam Altman paid his first visit to India since 2023."
STARGATE = "The Stargate project plans up to 500 billion dollars of investment."
TRUMP = "It was announced by Donald Trump."


def passage(number: int, text: str, start: int = 0) -> Passage:
    return Passage(Chunk(f"c{number}", f"d{number}.txt", "Title", start, start + len(text), None, text), 1.0)


PASSAGES = (
    passage(1, f"{JAPAN} Deals were made there with SoftBank."),
    passage(2, f"{INDIA} His company faces legal trouble there.", start=300),
    passage(3, f"{STARGATE} {TRUMP}"),
)
UNSUPPORTED = no_source("en")
PANDAS = "Pandas eat bamboo in the mountains of Sichuan"


@pytest.fixture
def verifier(embeddings: SentenceEmbeddings) -> Verifier:
    return Verifier(embeddings)


@dataclass
class Checker:
    """Finds what it is told for claims that hold some words, `other` for all the rest, and keeps what it was asked."""

    findings: Mapping[str, Finding] = field(default_factory=dict)
    other: Finding | None = "yes"
    asked: list[list[Claim]] = field(default_factory=list)

    def __call__(self, claims: Sequence[Claim]) -> dict[int, Finding]:
        self.asked.append(list(claims))
        found: dict[int, Finding] = {}
        for n, claim in enumerate(claims):
            told = [finding for words, finding in self.findings.items() if words in claim.part]
            if finding := next(iter(told), self.other):
                found[n] = finding
        return found


def said(
    text: str,
    verifier: Verifier,
    *,
    strict: bool = True,
    pieces: int = 0,
    check: Check | None = None,
    passages: Sequence[Passage] = PASSAGES,
) -> list[Statement]:
    """The last list of statements; the text in pieces of so many characters."""
    stream = [text[at : at + pieces] for at in range(0, len(text), pieces)] if pieces else [text]
    snapshots = list(cite(stream, passages, verifier=verifier, check=check, strict=strict))
    return list(snapshots[-1]) if snapshots else []


def shown(statements: Sequence[Statement]) -> str:
    """The text with the names of the cited documents in place of numbers."""
    return "".join(
        s.text + "".join(f"[{quote.chunk.source}]" for quote in s.quotes) + s.after for s in statements
    ).strip()


@pytest.mark.parametrize("strict", [True, False])
def test_a_right_number_stays_and_becomes_one_sentence_of_its_passage(verifier: Verifier, strict: bool) -> None:
    (statement,) = said("Sam Altman paid a visit to India [2].", verifier, strict=strict)
    (quote,) = statement.quotes
    assert quote.text == INDIA
    assert (quote.start, quote.end) == (300, 300 + len(INDIA))
    assert quote.support >= SUPPORTED
    assert (statement.text, statement.after) == ("Sam Altman paid a visit to India", ".")


@pytest.mark.parametrize("marker", ["", " [3]", " [9]", " [0]", " [2, 9]", " [9][3]"])
def test_a_wrong_unknown_or_missing_number_is_corrected(verifier: Verifier, marker: str) -> None:
    (statement,) = said(f"Sam Altman visited Japan and South Korea{marker}.", verifier)
    assert [quote.text for quote in statement.quotes] == [JAPAN]
    assert shown([statement]).replace("[d1.txt]", "") == "Sam Altman visited Japan and South Korea."


def test_a_number_too_long_for_a_marker_is_a_number_without_support(verifier: Verifier) -> None:
    assert said("Sam Altman visited Japan and South Korea [12345678].", verifier) == []


def test_of_two_numbers_the_wrong_one_is_dropped(verifier: Verifier) -> None:
    (statement,) = said("Sam Altman visited Japan and South Korea [3][1].", verifier)
    assert [quote.chunk.source for quote in statement.quotes] == ["d1.txt"]


@pytest.mark.parametrize("marker", ["", " [1]", " [9]"])
def test_an_unsupported_sentence_is_dropped_with_its_full_stop(verifier: Verifier, marker: str) -> None:
    text = f"{STARGATE[:-1]} [3]. {PANDAS}{marker}. Sam Altman paid a visit to India [2]."
    assert shown(said(text, verifier)) == f"{STARGATE[:-1]}[d3.txt]. Sam Altman paid a visit to India[d2.txt]."


def test_an_unsupported_sentence_is_marked_if_not_strict(verifier: Verifier) -> None:
    found = said(f"{STARGATE[:-1]} [3]. {PANDAS} [1].", verifier, strict=False)
    assert [bool(statement.quotes) for statement in found] == [True, False]
    assert shown(found) == f"{STARGATE[:-1]}[d3.txt]. {PANDAS}{UNSUPPORTED}."


@pytest.mark.parametrize("strict", [True, False])
def test_where_nothing_is_supported_there_is_no_answer(verifier: Verifier, strict: bool) -> None:
    assert said(f"{PANDAS} [1].", verifier, strict=strict) == []


@pytest.mark.parametrize("text", ["NONE", "NONE.", " none\n", "None", "NONE [1]"])
def test_none_is_no_answer(verifier: Verifier, text: str) -> None:
    assert said(text, verifier) == said(text, verifier, pieces=1) == said(text, verifier, strict=False) == []


def test_a_number_in_the_head_of_a_table_supports_with_its_row(verifier: Verifier) -> None:
    table = (
        "| City | 2020 | 2021 |\n|---|---|---|\n| Wenau | 4 guests | 9 guests |\n| Halden | 5 visitors | 6 visitors |"
    )
    said = "In 2021, Halden had 6 visitors [1]."
    *_, statements = cite(iter([said]), [passage(1, table)], verifier=verifier, check=Checker(), strict=True)
    assert [quote.text for one in statements for quote in one.quotes] == ["| Halden | 5 visitors | 6 visitors |"]


def test_a_changed_number_is_no_support(verifier: Verifier) -> None:
    assert said("The Stargate project plans up to 500 million dollars of investment [3].", verifier) == []


LIST = "Sam Altman visited Japan [1], South Korea [1] and India [2]."


@pytest.mark.parametrize("check", [None, Checker()], ids=["unchecked", "checked"])
def test_each_piece_of_a_list_has_a_footnote_from_the_passage_that_it_cites(
    verifier: Verifier, check: Check | None
) -> None:
    found = said(LIST, verifier, check=check)
    assert [statement.text for statement in found] == ["Sam Altman visited Japan", ", South Korea", " and India"]
    assert [quote.text for statement in found for quote in statement.quotes] == [JAPAN, JAPAN, INDIA]
    assert found[-1].after == "."


def test_what_is_checked_is_a_claim_that_stands_on_its_own(verifier: Verifier) -> None:
    check = Checker()
    said(LIST, verifier, check=check)
    ((*_, last),) = check.asked
    assert last == Claim("Sam Altman visited Japan, South Korea and India", "and India", INDIA, "", "Title")


def test_the_check_is_shown_what_stands_before_a_quote(verifier: Verifier) -> None:
    check = Checker()
    said("It was announced by Donald Trump [3].", verifier, check=check)
    assert check.asked == [
        [Claim("It was announced by Donald Trump", "It was announced by Donald Trump", TRUMP, STARGATE, "Title")]
    ]


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ("Sam Altman visited", "South Korea[d1.txt] and India[d2.txt]."),
        ("South Korea", "Sam Altman visited Japan[d1.txt] and India[d2.txt]."),
        ("India", "Sam Altman visited Japan[d1.txt], South Korea[d1.txt]."),
    ],
)
def test_what_the_check_refuses_goes_with_its_comma(verifier: Verifier, refused: str, expected: str) -> None:
    assert shown(said(LIST, verifier, check=Checker({refused: "no"}))) == expected


def test_of_two_quotes_the_refused_one_goes(verifier: Verifier) -> None:
    passages = (*PASSAGES, passage(4, JAPAN))

    def check(claims: Sequence[Claim]) -> dict[int, Finding]:
        assert len(claims) == 2
        return {0: "no", 1: "yes"}

    found = said(f"{JAPAN[:-1]} [1][4].", verifier, check=check, passages=passages)
    assert shown(found) == f"{JAPAN[:-1]}[d4.txt]."


def test_a_refused_statement_is_marked_if_not_strict(verifier: Verifier) -> None:
    text = f"{STARGATE[:-1]} [3]. {JAPAN[:-1]} [1]."
    found = said(text, verifier, check=Checker({"Japan": "no"}), strict=False)
    assert shown(found) == f"{STARGATE[:-1]}[d3.txt]. {JAPAN[:-1]}{UNSUPPORTED}."


def test_where_the_check_refuses_all_nothing_is_left(verifier: Verifier) -> None:
    snapshots = list(cite([LIST], PASSAGES, verifier=verifier, check=Checker(other="no")))
    assert len(snapshots[0]) == 3
    assert snapshots[-1] == []


def test_where_the_check_is_silent_alignment_has_the_last_word(verifier: Verifier) -> None:
    text = f"{LIST} {PANDAS} [1]. {STARGATE}"
    assert said(text, verifier, check=Checker(other=None)) == said(text, verifier)


@pytest.mark.parametrize("text", ["NONE", f"{PANDAS} [9]. {PANDAS}.", "", "[1]"])
def test_nothing_to_check_is_no_call(verifier: Verifier, text: str) -> None:
    check = Checker()
    assert said(text, verifier, check=check) == said(text, verifier, check=check, strict=False) == []
    assert check.asked == []


def test_quotes_are_unchecked_until_the_check_is_done(verifier: Verifier) -> None:
    check = Checker({"India": "no"})
    stream = ["Sam Altman visited Japan [1],", " South Korea [1] and India [2]."]
    states = [
        (len(check.asked), [quote.checked for statement in snapshot for quote in statement.quotes])
        for snapshot in cite(stream, PASSAGES, verifier=verifier, check=check)
    ]
    # once more when the full stop is there, before the model is asked
    assert states == [(0, [False]), (0, [False] * 3), (0, [False] * 3), (1, [True] * 2)]


CONFLICT = (
    passage(1, "The census was taken in spring. The city has 10 million inhabitants."),
    passage(2, "La préfecture a compté la ville autrement. Elle compte 12 millions d'habitants."),
)


def test_documents_that_contradict_each_other_are_both_cited(verifier: Verifier) -> None:
    text = "The sources disagree. One report puts it at 10 million [1]; another at 12 million [2]."
    found = said(text, verifier, check=Checker({"disagree": "frame"}), passages=CONFLICT)
    assert shown(found) == (
        "The sources disagree. One report puts it at 10 million[d1.txt]; another at 12 million[d2.txt]."
    )
    assert "10 million" in found[1].quotes[0].text
    assert "12 millions" in found[2].quotes[0].text
    assert all(quote.support >= SUPPORTED for statement in found for quote in statement.quotes)
    # What alignment does not see takes the model's word; nobody is shown it before.
    unseen = said(text, verifier, check=Checker(other=None), passages=CONFLICT)
    assert shown(unseen) == "another at 12 million[d2.txt]."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what introduces a list needs an item, what looks back needs something to look back on
        (f"He went there:\n\n- {JAPAN} [1]\n- {PANDAS} [1].", f"He went there:\n\n- {JAPAN[:-1]}[d1.txt]."),
        (f"He went there:\n\n- {PANDAS} [1].\n\nAlso this: {JAPAN} [1]", f"Also this: {JAPAN[:-1]}[d1.txt]."),
        (f"# He went there\n\n{JAPAN} [1]", f"# He went there\n\n{JAPAN[:-1]}[d1.txt]."),
        (f"{JAPAN} [1]\n\n# He went there\n\n{PANDAS}.", f"{JAPAN[:-1]}[d1.txt]."),
        (f"{JAPAN} [1] He went there.", f"{JAPAN[:-1]}[d1.txt]. He went there."),
        (f"{PANDAS}. He went there. {PANDAS}. {JAPAN} [1]", f"{JAPAN[:-1]}[d1.txt]."),
        (f"He went there. He went there.\n{JAPAN} [1]", f"He went there. He went there.\n{JAPAN[:-1]}[d1.txt]."),
        ("He went there.", ""),
    ],
)
def test_a_frame_stays_with_what_it_frames(verifier: Verifier, text: str, expected: str) -> None:
    check = Checker({"He went there": "frame", PANDAS: "no"})
    assert shown(said(text, verifier, check=check)) == expected
    if expected:
        assert PANDAS not in shown(said(text, verifier, check=check))


def test_a_frame_that_was_given_a_quote_loses_it(verifier: Verifier) -> None:
    found = said(f"{STARGATE} {JAPAN}", verifier, check=Checker({"Stargate": "frame"}))
    assert shown(found) == f"{STARGATE} {JAPAN[:-1]}[d1.txt]."


def test_an_uncited_sentence_is_no_frame_because_the_check_says_yes(verifier: Verifier) -> None:
    assert shown(said(f"{PANDAS}. {JAPAN} [1]", verifier, check=Checker())) == f"{JAPAN[:-1]}[d1.txt]."


def test_the_check_is_not_asked_for_numbers_that_are_not_there(verifier: Verifier) -> None:
    check = Checker()
    text = f"The Stargate project plans up to 500 million dollars of investment [3]. {JAPAN} [1]"
    assert shown(said(text, verifier, check=check)) == f"{JAPAN[:-1]}[d1.txt]."
    assert [claim.quote for claims in check.asked for claim in claims] == ["", JAPAN]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"A [9], b [9]. {JAPAN} [1]", f"{JAPAN[:-1]}[d1.txt]."),
        (f"{JAPAN[:-1]} [1], and {PANDAS} [1].", f"{JAPAN[:-1]}[d1.txt]."),
        (f"{JAPAN[:-1]} [1]. {PANDAS}.\n\n{STARGATE} [3]", f"{JAPAN[:-1]}[d1.txt].\n\n{STARGATE[:-1]}[d3.txt]."),
        (f"{JAPAN[:-1]} [1]. {PANDAS}.\n- {STARGATE} [3]", f"{JAPAN[:-1]}[d1.txt].\n- {STARGATE[:-1]}[d3.txt]."),
        (f"{JAPAN[:-1]} [1]:\n- {PANDAS}\n- {PANDAS}", f"{JAPAN[:-1]}[d1.txt]"),
        (f"1. {PANDAS}\n2. {JAPAN} [1]\n", f"2. {JAPAN[:-1]}[d1.txt]."),
        (f"- {PANDAS} [9], but {JAPAN} [1]", f"- but {JAPAN[:-1]}[d1.txt]."),
    ],
)
def test_lines_and_full_stops_outlive_what_stood_between_them(verifier: Verifier, text: str, expected: str) -> None:
    assert shown(said(text, verifier)) == expected


def test_sentences_without_markers_get_the_best_quote(verifier: Verifier) -> None:
    found = said(f"{STARGATE} Sam Altman paid a visit to India. {JAPAN}", verifier)
    assert shown(found) == (f"{STARGATE[:-1]}[d3.txt]. Sam Altman paid a visit to India[d2.txt]. {JAPAN[:-1]}[d1.txt].")


def test_two_neighbours_are_quoted_where_one_is_not_enough(verifier: Verifier) -> None:
    told = "The bridge over the river was opened in 1984. The bridge was closed again in 1990. Rain fell."
    claim = "The bridge over the river was opened in 1984 and closed again in 1990"
    *_, found = cite([f"{claim} [1]."], [passage(1, told)], verifier=verifier)
    assert [quote.text for statement in found for quote in statement.quotes] == [told.removesuffix(" Rain fell.")]


def test_lines_of_a_list_stay_lines(verifier: Verifier) -> None:
    found = said(f"- {STARGATE} [3]\n- {PANDAS}.\n- {JAPAN} [1]\n", verifier)
    assert shown(found) == f"- {STARGATE[:-1]}[d3.txt].\n- {JAPAN[:-1]}[d1.txt]."


@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_where_the_stream_is_cut_changes_nothing(verifier: Verifier, pieces: int) -> None:
    text = f"{STARGATE[:-1]} [3]. {PANDAS} [2]. Sam Altman visited Japan [1] and South Korea [1]. {INDIA}"
    assert said(text, verifier, pieces=pieces) == said(text, verifier)


def test_the_list_grows(verifier: Verifier) -> None:
    snapshots = list(cite([f"{STARGATE[:-1]} [3]. ", f"{INDIA[:-1]} [2]."], PASSAGES, verifier=verifier))
    assert [len(snapshot) for snapshot in snapshots] == sorted(len(snapshot) for snapshot in snapshots)
    assert len(snapshots[0]) == 1
    assert len(snapshots[-1]) == 2


def test_what_the_model_has_begun_is_shown_without_footnote_and_without_half_a_marker(verifier: Verifier) -> None:
    stream = ["NO", "NE", " of this: ", f"{STARGATE[:-1]} [", "3", "]. And ", "pandas", " eat [9", "]. More", " words"]
    begun = [
        "".join(statement.text for statement in snapshot if statement.unfinished)
        for snapshot in cite(stream, PASSAGES, verifier=verifier, check=Checker())
    ]
    first = f"NONE of this: {STARGATE[:-1]}"
    assert [text for text, _ in groupby(begun)] == [
        *("NONE of this: ", first, ". And ", ". And pandas", ". And pandas eat", ". More", ". More words", "")
    ]


WRITTEN = st.lists(
    st.sampled_from(
        [
            *(
                JAPAN,
                JAPAN[:-1],
                "Sam Altman visited Japan",
                ", South Korea",
                " and India",
                PANDAS,
                "10 million",
                "NONE",
            ),
            *(". ", " ", ":", "\n", "\n- ", "\n\n", "# ", "[", "]", "[1", "1]"),
            *(" [1]", "[2]", " [3, 9]", " [1-3]", "¹"),
        ]
    ),
    max_size=12,
).map("".join)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=WRITTEN, found=st.lists(st.sampled_from(["yes", "no", "frame", None]), min_size=1), cut=st.integers(1, 9),
    strict=st.booleans(),
)  # fmt: skip
def test_whatever_is_written_and_found(
    embeddings: SentenceEmbeddings, text: str, found: list[Finding | None], cut: int, strict: bool
) -> None:
    calls = []

    def check(claims: Sequence[Claim]) -> dict[int, Finding]:
        calls.append(claims)
        return {n: finding for n in range(len(claims)) if (finding := found[n % len(found)])}

    stream = [text[at : at + cut] for at in range(0, len(text), cut)]
    snapshots = list(cite(stream, PASSAGES, verifier=Verifier(embeddings), check=check, strict=strict))
    assert len(calls) <= 1
    for snapshot in snapshots:
        for statement in snapshot:
            for quote in statement.quotes:
                assert quote.text in quote.chunk.text
                assert quote.support >= SUPPORTED
                assert quote.checked == (snapshot is snapshots[-1])
        settled = [statement for statement in snapshot if not statement.unfinished]
        assert any(statement.quotes for statement in settled) or settled == []
    assert not any(statement.unfinished for snapshot in snapshots[-1:] for statement in snapshot)
    whole = list(cite([text], PASSAGES, verifier=Verifier(embeddings), check=check, strict=strict))
    assert snapshots[-1:] == whole[-1:] or not (snapshots and whole)
