"""The sample documents and the questions asked of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.load import SUFFIXES

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLES = sorted(SEEDS.glob("*.txt"))
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
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
    assert sorted(path.name for path in SEEDS.iterdir() if path.suffix in SUFFIXES) == ["inde.txt", "pays.txt"]


@pytest.mark.parametrize("question", QUESTIONS, ids=id_of)
def test_a_question_has_the_documented_keys(question: dict[str, Any]) -> None:
    required = {"id", "question", "lang", "answers", "gold", "answerable"}
    assert required <= question.keys() <= required | {"all_of"}
    for key in ("id", "question", "lang"):
        assert isinstance(question[key], str)
        assert question[key].strip()
    assert isinstance(question["answerable"], bool)
    for accepted in (question["answers"], *question.get("all_of", [])):
        assert all(isinstance(answer, str) and answer.strip() for answer in accepted)


def test_the_questions_cover_languages_and_both_outcomes() -> None:
    assert max(Counter(id_of(question) for question in QUESTIONS).values()) == 1, "an id twice"
    assert {question["lang"] for question in ANSWERABLE} == {"fr", "en", "de", "es"}
    assert {question["lang"] for question in UNANSWERABLE} == {"fr", "en", "de", "es"}


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
