"""What a large model writes, over three passages: every marker becomes the words that support it, or goes."""

from collections.abc import Sequence

import pytest

from index.documents import Chunk, Passage
from index.embed import SentenceEmbeddings
from rag.citations import Statement
from rag.citing import cite
from rag.reading import UNSUPPORTED
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
PANDAS = "Pandas eat bamboo in the mountains of Sichuan"


@pytest.fixture
def verifier(embeddings: SentenceEmbeddings) -> Verifier:
    return Verifier(embeddings)


def said(text: str, verifier: Verifier, *, strict: bool = True, pieces: int = 0) -> list[Statement]:
    """The last list of statements; the text in pieces of so many characters."""
    stream = [text[at : at + pieces] for at in range(0, len(text), pieces)] if pieces else [text]
    snapshots = list(cite(stream, PASSAGES, verifier=verifier, strict=strict))
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
    assert found[1].text == f" {PANDAS}{UNSUPPORTED}"


@pytest.mark.parametrize("strict", [True, False])
def test_where_nothing_is_supported_there_is_no_answer(verifier: Verifier, strict: bool) -> None:
    assert said(f"{PANDAS} [1].", verifier, strict=strict) == []


@pytest.mark.parametrize("text", ["NONE", "NONE.", " none\n", "None", "NONE [1]"])
def test_none_is_no_answer(verifier: Verifier, text: str) -> None:
    assert said(text, verifier) == said(text, verifier, pieces=1) == said(text, verifier, strict=False) == []


def test_a_changed_number_is_no_support(verifier: Verifier) -> None:
    assert said("The Stargate project plans up to 500 million dollars of investment [3].", verifier) == []


def test_a_list_in_a_sentence_has_a_footnote_for_each_piece(verifier: Verifier) -> None:
    found = said("Sam Altman visited Japan [1], South Korea [1] and India [2].", verifier)
    assert [statement.text for statement in found] == ["Sam Altman visited Japan", ", South Korea", " and India"]
    assert all(len(statement.quotes) == 1 for statement in found)
    assert [quote.text for statement in found[:2] for quote in statement.quotes] == [JAPAN, JAPAN]
    assert all("India" in quote.text for quote in found[2].quotes)
    assert found[-1].after == "."


def test_sentences_without_markers_get_the_best_quote(verifier: Verifier) -> None:
    found = said(f"{STARGATE} Sam Altman paid a visit to India. {JAPAN}", verifier)
    assert shown(found) == f"{STARGATE}[d3.txt] Sam Altman paid a visit to India.[d2.txt] {JAPAN}[d1.txt]"


def test_two_neighbours_are_quoted_where_one_is_not_enough(verifier: Verifier) -> None:
    told = "The bridge over the river was opened in 1984. The bridge was closed again in 1990. Rain fell."
    claim = "The bridge over the river was opened in 1984 and closed again in 1990"
    *_, found = cite([f"{claim} [1]."], [passage(1, told)], verifier=verifier)
    assert [quote.text for statement in found for quote in statement.quotes] == [told.removesuffix(" Rain fell.")]


def test_lines_of_a_list_stay_lines(verifier: Verifier) -> None:
    found = said(f"- {STARGATE} [3]\n- {PANDAS}.\n- {JAPAN} [1]\n", verifier)
    assert shown(found) == f"- {STARGATE}[d3.txt]\n- {JAPAN}[d1.txt]"


@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_where_the_stream_is_cut_changes_nothing(verifier: Verifier, pieces: int) -> None:
    text = f"{STARGATE[:-1]} [3]. {PANDAS} [2]. Sam Altman visited Japan [1] and South Korea [1]. {INDIA}"
    assert said(text, verifier, pieces=pieces) == said(text, verifier)


def test_the_list_grows(verifier: Verifier) -> None:
    snapshots = list(cite([f"{STARGATE[:-1]} [3]. {INDIA[:-1]} [2]."], PASSAGES, verifier=verifier))
    assert [len(snapshot) for snapshot in snapshots] == sorted(len(snapshot) for snapshot in snapshots)
    assert len(snapshots[0]) == 1
    assert len(snapshots[-1]) == 2
