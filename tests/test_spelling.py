"""Misspelt words of a question are put right from what it finds; other words, and other names, are left alone."""

import pytest
from conftest import Write

from index import Index, sync
from rag import Settings, answer
from rag.retrieval import retrieve
from rag.spelling import respelt

BRIDGE = (
    "Martin Kessler inspected the bridge of Castelmonte in June. He closed it to lorries, since three of the cables"
    " were worn. The repair costs the province 48,000 euros. A patient from the village was carried across on foot."
)
PONT = "Le pont de Castelmonte a été inspecté en juin. L'hôpital le plus proche est à douze kilomètres."


@pytest.fixture
def bridge(index: Index, write: Write) -> Index:
    sync([write("bridge.txt", BRIDGE), write("pont.txt", PONT)], index)
    return index


def read_as(question: str, index: Index) -> str:
    return respelt(question, retrieve(question, index), index)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Who clsed the brige for lories?", "Who closed the bridge for lories?"),  # "lorries" is no more common
        ("Which official inspektd it?", "Which official inspected it?"),  # two letters of a long word
        (
            "Waht did the reapir of the bridge cost the porvince?",
            "Waht did the repair of the bridge cost the province?",
        ),
        ("where does maartin live", "where does martin live"),
        ("What does the Provvince pay?", "What does the Province pay?"),
        ("Qui a insppecté le pont ?", "Qui a inspecté le pont ?"),
    ],
)
def test_a_word_that_no_passage_has_becomes_the_one_that_is_a_letter_off(
    bridge: Index, question: str, meant: str
) -> None:
    assert read_as(question, bridge) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Who inspected the bridge?",
        "Did Kesler inspect the bridge?",  # it may be somebody else
        "Did Marten or Martins inspect the bridge?",
        "Which patent does the bridge have?",  # as common a word as "patient"
        "Where is the hospital?",  # the near word is French
        "Which bridges are closed?",  # another form
        "Write to martin@kessller.example, or see bridgee.example/briidge",
        "Was kostet die Reparatur der Brücke?",
        "Cây cầu chính thức đóng khi nào?",
        "สะพานปิดเมื่อไร",
        "كم عدد المعلمات في المدرسة؟",
        "12345 67890 ?!",
    ],
)
def test_other_words_and_other_names_stay(bridge: Index, question: str) -> None:
    assert read_as(question, bridge) == question


PAIRS = "Hypertension is treated with tablets. The limit for nitrate is 50 milligrams. Slovakia joined in 2009."


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Is hyperrtension dangerous?", "Is hypertension dangerous?"),
        ("Is hypotension dangerous?", "Is hypotension dangerous?"),
        ("Who has measured nitrite in the lake?", "Who has measured nitrite in the lake?"),
        ("which language do they speak in slovenia?", "which language do they speak in slovenia?"),
    ],
)
def test_words_that_mean_something_else_stay(index: Index, write: Write, question: str, meant: str) -> None:
    sync([write("pairs.txt", PAIRS)], index)
    assert read_as(question, index) == meant


def test_a_question_that_is_likely_answered_stays(bridge: Index) -> None:
    assert read_as("When was the brige inspektd?", bridge) == "When was the brige inspektd?"


def test_of_two_words_that_are_as_near_neither_is_taken(index: Index, write: Write) -> None:
    sync([write("a.txt", "The mayor stated the cost. The school started in May.")], index)
    assert read_as("Which teacher sttated it?", index) == "Which teacher stated it?"
    assert read_as("Which teacher staated it?", index) == "Which teacher staated it?"


def test_the_answer_says_how_the_question_was_read(bridge: Index) -> None:
    settings = Settings(llm="quotes")
    asked = "Waht did the reapir of the bridge cost the porvince?"
    found = answer(asked, index=bridge, settings=settings)
    assert found.question == asked
    assert found.read_as == "Waht did the repair of the bridge cost the province?"
    assert "48,000 euros" in found.text
    assert answer("Who inspected the bridge?", index=bridge, settings=settings).read_as == ""
