"""Answers without a language model."""

import pytest
from conftest import Write

from index import Index, sync
from index.documents import Chunk, Passage
from rag import Settings, answer
from rag.places import grown
from rag.quotes import quote_sentences, says_more
from rag.retrieval import Sentence

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


def scored(text: str, scores: dict[str, float]) -> list[Sentence]:
    """Sentences of one passage with their scores, best first."""
    passage = Passage(Chunk("id", "ferry.txt", "Ferry", 0, len(text), None, text), 1.0)
    at = {one: text.index(one) for one in scores}
    found = [Sentence(passage, at[one], at[one] + len(one), one, score, score) for one, score in scores.items()]
    return sorted(found, key=lambda one: -one.score)


def test_two_quotes_never_share_words() -> None:
    a, b, c = (f"Boat {n} leaves {'very ' * 14}early from the pier of Wenau." for n in (1, 2, 3))
    sentences = scored(f"{a} {b} {c}", {a: 0.90, b: 0.87, c: 0.86})
    assert [grown(one, sentences).text for one in sentences] == [f"{a} {b}", f"{a} {b}", f"{b} {c}"]
    found = quote_sentences("When do the boats leave?", sentences)
    assert [one.quotes[0].text for one in found] == [f"{a} {b}", c]


def test_a_quote_grows_no_further_than_what_is_nearly_as_good() -> None:
    a, b, c = "The ferry leaves at nine.", "The next one is at five.", "Sheep graze on the island."
    sentences = scored(f"{a} {b} {c}", {a: 0.90, b: 0.85, c: 0.82})
    found = quote_sentences("When does the ferry leave?", sentences)
    assert [one.quotes[0].text for one in found] == [f"{a} {b}"]


def test_what_another_document_says_in_fewer_words_is_quoted_once(index: Index, write: Write) -> None:
    sync([write("a.txt", "The ferry to Wenau runs twice a day. It leaves at nine and at five.")], index)
    sync([write("b.txt", "The ferry to Wenau runs twice a day.")], index)
    found = answer("How often does the ferry to Wenau run?", index=index, settings=QUOTES)
    assert found.text.count("runs twice a day") == 1


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
