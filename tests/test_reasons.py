"""Questions for a reason: the fact itself is no answer to them."""

import pytest
from conftest import Write
from small_model import Small, ask

from index import Index, sync
from rag.examples import BECAUSE, CHECK, LIST, NONE
from rag.reasons import LEAST, asks_why

FACT, WHY = "The bridge of Wenau is closed.", "Why is the bridge of Wenau closed?"


@pytest.mark.parametrize(
    "question",
    [
        WHY,
        "¿Por qué está cerrado el puente?",
        "Porque está fechada a ponte?",
        "Perché è chiuso il ponte?",
        "« Pourquoi le pont est-il fermé ? »",
        "Köprü neden kapalı?",
        "De ce este închis podul?",
        "橋はなぜ閉鎖されたのですか。",
        "다리는 왜 닫혔나요?",
        "Чому міст закрито?",
        "पुल क्यों बंद है?",
    ],
)
def test_what_asks_for_a_reason(question: str) -> None:
    assert asks_why(question)


@pytest.mark.parametrize(
    "question",
    [
        "When was the bridge closed?",
        "Who is Whyte?",
        "Wer sagte, warum die Brücke gesperrt ist?",
        "¿Por quién fue construido el puente?",
        "De cessie van de brug, wanneer was dat?",
        "Köprü kaza nedeniyle ne zaman kapandı?",
    ],
)
def test_what_asks_for_something_else(question: str) -> None:
    assert not asks_why(question)


@pytest.fixture
def bridge(index: Index, write: Write) -> Index:
    sync([write("a.txt", f"{FACT} Boats sail every hour.")], index)
    return index


@pytest.mark.parametrize("kind", [CHECK, LIST])
def test_without_a_reason_in_the_sources_the_fact_is_not_given_for_one(bridge: Index, kind: str) -> None:
    model = Small(replies={"say": FACT, "reason": NONE, "kind": kind}, believes=".")
    found = ask(WHY, bridge, model)
    assert (found.verdict, found.citations) == ("not_in_documents", ())
    assert "say" not in model.kinds()
    (asked,) = (last for asked_as, last in model.asked if asked_as == "reason")
    assert f"- {FACT}" in asked
    assert WHY in asked


def test_with_one_the_question_is_answered_as_any_other(bridge: Index) -> None:
    model = Small(replies={"say": FACT, "reason": BECAUSE}, believes=".")
    assert ask(WHY, bridge, model).verdict == "answered"


def test_a_question_for_something_else_is_not_asked_for_a_reason(bridge: Index) -> None:
    model = Small(replies={"say": FACT, "reason": NONE}, believes=".")
    assert ask("Which bridge is closed?", bridge, model).verdict == "answered"
    assert "reason" not in model.kinds()


@pytest.mark.parametrize(("more", "verdict"), [(0.1, "answered"), (-0.1, "not_in_documents")])
def test_a_model_that_is_not_sure_that_there_is_none_lets_it_be_answered(
    bridge: Index, monkeypatch: pytest.MonkeyPatch, more: float, verdict: str
) -> None:
    monkeypatch.setattr("rag.reasons.token_logprobs", lambda *_: [LEAST + more, 0.0])
    assert ask(WHY, bridge, Small(replies={"say": FACT}, believes=".")).verdict == verdict
