"""Answers without a language model."""

import pytest
from conftest import Write

from index import Index, sync
from rag import Settings, answer
from rag.quotes import says_more

QUOTES = Settings(llm="quotes")
TITLE = "The Kestrel Ridge volcano"


def test_a_heading_that_says_no_more_than_the_question_is_no_quote(index: Index, write: Write) -> None:
    sync([write("volcano.txt", f"{TITLE}\n\nThe Kestrel Ridge volcano last erupted in 1873.")], index)
    found = answer("When did the Kestrel Ridge volcano last erupt?", index=index, settings=QUOTES)
    assert found.text == "> The Kestrel Ridge volcano last erupted in 1873. [1]"


def test_a_headline_is_no_quote_where_the_text_below_it_answers(index: Index, write: Write) -> None:
    told = "The bridge was closed because its bolts had rusted."
    sync([write("bridge.txt", f"Rust closes the Wenau bridge for a year\n\n{told} Boats sail instead.")], index)
    found = answer("Why is the Wenau bridge closed?", index=index, settings=QUOTES)
    assert found.citations[0].quote == told
    assert "for a year" not in found.text


def test_a_document_that_is_only_a_heading_answers_nothing(index: Index, write: Write) -> None:
    sync([write("volcano.txt", TITLE)], index)
    assert answer("Is there a Kestrel Ridge volcano?", index=index, settings=QUOTES).verdict == "not_in_documents"


def test_a_sentence_that_answers_by_one_short_name_is_quoted(index: Index, write: Write) -> None:
    sync([write("a.txt", "IBM built the Watson computer. Watson was shown on television in February.")], index)
    found = answer("Which company built the Watson computer?", index=index, settings=QUOTES)
    assert found.citations[0].quote == "IBM built the Watson computer."


def test_a_document_of_signs_alone_answers_nothing(index: Index, write: Write) -> None:
    sync([write("stars.txt", "★ ★ ★")], index)
    assert answer("What do the stars say?", index=index, settings=QUOTES).verdict == "not_in_documents"


@pytest.mark.parametrize(
    ("text", "question", "more"),
    [
        ("Die lange Brücke ist die von Wenau.", "Wie lang ist die Brücke von Wenau?", False),
        ("Die Brücke ist 310 Meter lang.", "Wie lang ist die Brücke von Wenau?", True),
        ("Shen Kuo creía en eso.", "¿Por qué lo creyó Shen Kuo?", False),
        ("Maria wrote Marina.", "Who wrote Marina?", True),
        ("Lee won the Korean election in 2025.", "Who won the Korean election in 2025?", True),
        ("The USA signed the treaty.", "Which country signed the treaty?", True),
        ("東京は日本の首都です。", "日本の首都はどこですか?", True),
    ],
)
def test_what_says_more_than_a_question(text: str, question: str, more: bool) -> None:
    assert says_more(text, question) is more
