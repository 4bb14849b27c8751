"""The sample documents and the questions asked of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.documents import Document
from index.parsing import Parser

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLES = sorted(SEEDS.glob("*.txt"))


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SEEDS / name).read_text(encoding="utf-8").splitlines()]


SETS = {name: rows(name) for name in ("questions.jsonl", "conversations.jsonl")}
QUESTIONS = [question for questions in SETS.values() for question in questions]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]


def id_of(question: dict[str, Any]) -> str:
    return str(question["id"])


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.name)
def test_an_article_is_a_headline_and_paragraphs_of_250_to_400_words(article: Path) -> None:
    text = article.read_text(encoding="utf-8")
    headline, *paragraphs = text.rstrip("\n").split("\n\n")
    assert len(paragraphs) >= 5
    assert all(block and "\n" not in block for block in (headline, *paragraphs))
    assert 250 <= len(text.split()) <= 400


def test_the_folder_holds_two_documents_and_nothing_else_that_would_be_indexed() -> None:
    visible = sorted(path for path in SEEDS.iterdir() if not path.name.startswith("."))
    with Parser() as parser:
        found = [document for path in visible for document in parser.read(path, path.name)]
    assert [document.source for document in found if isinstance(document, Document)] == ["inde.txt", "pays.txt"]


@pytest.mark.parametrize("question", QUESTIONS, ids=id_of)
def test_a_question_has_the_documented_keys(question: dict[str, Any]) -> None:
    required = {"id", "question", "lang", "answers", "gold", "answerable"}
    assert required <= question.keys() <= required | {"all_of", "turns"}
    for text in (question["id"], question["question"], question["lang"], *question.get("turns", [])):
        assert isinstance(text, str)
        assert text.strip()
    assert isinstance(question["answerable"], bool)
    for accepted in (question["answers"], *question.get("all_of", [])):
        assert all(isinstance(answer, str) and answer.strip() for answer in accepted)


@pytest.mark.parametrize("name", SETS)
def test_the_questions_cover_languages_and_both_outcomes(name: str) -> None:
    assert max(Counter(map(id_of, SETS[name])).values()) == 1, "an id twice"
    for answerable in (True, False):
        languages = {question["lang"] for question in SETS[name] if question["answerable"] == answerable}
        assert languages == {"fr", "en", "de", "es"}


def test_every_conversation_has_an_earlier_turn_and_no_plain_question_does() -> None:
    assert all(question["turns"] for question in SETS["conversations.jsonl"])
    assert not any("turns" in question for question in SETS["questions.jsonl"])


def test_conversations_change_their_subject_and_go_on_after_a_refusal() -> None:
    """So that sources of an earlier turn which leak into the next one show."""
    plain = {question["question"]: question for question in SETS["questions.jsonl"]}
    refusals = {question["question"] for question in UNANSWERABLE}
    answered = [question for question in SETS["conversations.jsonl"] if question["answerable"]]
    assert len([question for question in answered if question["turns"][-1] in refusals]) >= 2
    before = [
        (plain[question["turns"][-1]]["gold"], question["gold"])
        for question in answered
        if question["turns"][-1] in plain
    ]
    assert len([1 for earlier, gold in before if earlier and earlier != gold]) >= 1


@pytest.mark.parametrize("question", ANSWERABLE, ids=id_of)
def test_an_answer_stands_in_its_document(question: dict[str, Any]) -> None:
    assert question["gold"]
    gold = "\n".join((SEEDS / name).read_text(encoding="utf-8") for name in question["gold"]).casefold()
    for accepted in (question["answers"], *question.get("all_of", [])):
        assert any(answer.casefold() in gold for answer in accepted), accepted


@pytest.mark.parametrize("question", UNANSWERABLE, ids=id_of)
def test_an_unanswerable_question_has_no_answer_and_no_document(question: dict[str, Any]) -> None:
    assert not question["answers"]
    assert not question["gold"]
    assert "all_of" not in question
