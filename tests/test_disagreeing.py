"""Documents that do not agree, and copies, which do not; the replies are scripted, all else is real."""

from pathlib import Path

import pytest
from conftest import Write
from small_model import Small, ask

from index import Index, sync
from rag.phrases import DISAGREEMENT
from rag.retrieval import READ_PASSAGES, evidence, retrieve

COST = "How much did the bridge of Wenau cost?"


def test_documents_that_do_not_agree_are_both_cited(index: Index, write: Write) -> None:
    sync([write("a.txt", "The bridge of Wenau cost 10 million euros.")], index)
    sync([write("b.txt", "The bridge of Wenau cost 12 million euros, says the town.")], index)

    def say(last: str) -> str:
        return f"The bridge cost {10 if '10 million' in last else 12} million euros."

    believes = "10 .* <- .* 10 |12 .* <- .* 12 "
    found = ask(COST, index, Small(replies={"say": say}, believes=believes))
    assert found.text.split("\n\n") == [
        DISAGREEMENT["en"],
        "The bridge cost 10 million euros. [1]",
        "The bridge cost 12 million euros. [2]",
    ]
    assert [citation.source for citation in found.citations] == ["a.txt", "b.txt"]


def test_documents_that_say_the_same_do_not_disagree(index: Index, write: Write) -> None:
    sync([write("a.txt", "The bridge of Wenau cost 10 million euros.")], index)
    sync([write("b.txt", "The bridge of Wenau cost 10 million euros, says the town.")], index)
    model = Small(replies={"say": "The bridge cost 10 million euros."}, believes="10 .* <- .* 10 ")
    found = ask(COST, index, model)
    assert found.text == "The bridge cost 10 million euros. [1]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "It cost 12 million euros, says the town, which",
            "> The bridge of Wenau cost 12 million euros, says the town.",
        ),
        ("The bridge cost 12 million guilders.", "> The bridge of Wenau cost 12 million euros, says the town."),
        ("The bridge did cost.", ""),
    ],
)
def test_what_another_document_says_is_said_as_well_as_what_the_first_does(
    index: Index, write: Write, said: str, shown: str
) -> None:
    sync([write("a.txt", "The bridge of Wenau cost 10 million euros.")], index)
    sync([write("b.txt", "The bridge of Wenau cost 12 million euros, says the town.")], index)

    def say(last: str) -> str:
        return "The bridge cost 10 million euros." if "10 million" in last else said

    model = Small(replies={"say": say}, believes="10 .* <- .* 10 |12 .* <- .* 12 |did.* <- .* 12 ")
    paragraphs = ask(COST, index, model).text.split("\n\n")
    first = "The bridge cost 10 million euros. [1]"
    assert paragraphs == ([DISAGREEMENT["en"], first, f"{shown} [2]"] if shown else [first])


def test_other_numbers_are_compared_in_sentences_that_match_less(index: Index, write: Write) -> None:
    sync([write("a.txt", "About 2.1 million cubic metres of water were released from the lake.")], index)
    other = "Il en est sorti 3,4 millions de mètres cubes, dit le maire."
    sync([write("b.txt", f"Rapport sur le barrage. {other}")], index)

    def say(last: str) -> str:
        return f"{2.1 if '2.1 million' in last else 3.4} million cubic metres of water were released."

    model = Small(replies={"say": say}, believes=r"2\.1 .* <- .*2\.1|3\.4 .* <- .*3,4")
    found = ask("How much water was released?", index, model)
    assert found.text.startswith(DISAGREEMENT["en"])
    assert other in [citation.quote for citation in found.citations]


def test_of_documents_with_the_same_text_both_are_cited(index: Index, write: Write, docs: Path) -> None:
    for name in ("a.txt", "b.txt"):
        write(name, "The bridge of Wenau cost 10 million euros.")
    sync([docs], index)
    model = Small(replies={"say": "The bridge cost 10 million euros."}, believes="10 million")
    found = ask(COST, index, model)
    assert found.text == "The bridge cost 10 million euros. [1][2]"
    assert [citation.source for citation in found.citations] == ["a.txt", "b.txt"]


def test_a_copy_is_not_compared_with_its_original(index: Index, write: Write, docs: Path) -> None:
    cost = "The bridge of Wenau cost 10 million euros."
    write("a.txt", f"{cost} It has two towers.")
    write("b.txt", f"{cost} Its towers are red.")
    sync([docs], index)
    model = Small(replies={"say": "The bridge cost 10 million euros."}, believes="10 million")
    ask(COST, index, model)
    assert model.kinds().count("say") == 1


def test_copies_take_no_place_of_what_is_read(index: Index, write: Write, docs: Path) -> None:
    towns = ("Wenau", "Porto", "Leeds", "Lyon", "Braga")
    for town in towns:
        for name in ("a", "b"):
            write(f"{name}-{town}.txt", f"The bridge of {town} cost 10 million euros.")
    sync([docs], index)
    question = "How much did the bridges cost?"
    found = evidence(question, retrieve(question, index), index)
    assert len(towns) == READ_PASSAGES
    assert sorted(one.text.split()[3] for one in found) == sorted(towns)
