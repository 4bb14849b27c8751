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
    assert found.citations[0].quote.startswith(told)
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


FERRY = """# The ferry to Gull Island

## Tickets

The ferry to Gull Island runs twice a day. It leaves at nine and at five. Sheep farmers founded a printing house.

- Bicycles go free.
- Cars cost 24 euros.
"""


def test_a_sentence_is_quoted_with_the_one_beside_it_that_is_nearly_as_good(index: Index, write: Write) -> None:
    sync([write("ferry.md", FERRY)], index)
    found = answer("How often does the ferry to Gull Island run, and when?", index=index, settings=QUOTES)
    assert found.citations[0].quote == "The ferry to Gull Island runs twice a day. It leaves at nine and at five."
    assert found.text.startswith(f"> {found.citations[0].quote} [1]")


def test_an_item_of_a_list_is_not_quoted_with_the_next(index: Index, write: Write) -> None:
    sync([write("ferry.md", FERRY)], index)
    found = answer("Do bicycles go free on the ferry to Gull Island?", index=index, settings=QUOTES)
    assert found.citations[0].quote == "- Bicycles go free."


def test_two_quotes_never_share_words(index: Index, write: Write) -> None:
    told = " ".join(f"The harbour of Wenau was dredged in {year}, and the harbour grew." for year in range(1901, 1912))
    sync([write("harbour.txt", told)], index)
    first, second = answer("When was the harbour of Wenau dredged?", index=index, settings=QUOTES).citations
    assert first.end <= second.start or second.end <= first.start
    assert max(len(first.quote), len(second.quote)) <= 240


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
