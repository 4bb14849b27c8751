"""Questions for a reason: the fact itself is no answer to them."""

import unicodedata

import pytest
from conftest import Write
from small_model import Small, ask

from index import Index, sync
from rag.examples import BECAUSE, CHECK, LIST, NONE, SINGLE
from rag.phrases import NOT_IN_DOCUMENTS
from rag.reasons import LEAST, asks_why

FACT, WHY_CLOSED = "The bridge of Wenau is closed.", "Why is the bridge of Wenau closed?"


QUESTIONS = {
    "ar": "لماذا أغلق الجسر؟",
    "cs": "Proč je most zavřený?",
    "da": "Hvorfor er broen lukket?",
    "de": "Warum ist die Brücke gesperrt?",
    "el": "Γιατί έκλεισε η γέφυρα;",
    "en": WHY_CLOSED,
    "es": "¿Por qué está cerrado el puente?",
    "fi": "Miksi silta on suljettu?",
    "fr": "« Pourquoi le pont est-il fermé ? »",
    "he": "למה הגשר סגור?",
    "hi": "पुल क्यों बंद है?",
    "it": "Perché è chiuso il ponte?",
    "ja": "橋はなぜ閉鎖されたのですか。",
    "ko": "다리는 왜 닫혔나요?",
    "nl": "Waarom is de brug dicht?",
    "pl": "Dlaczego most jest zamknięty?",
    "pt": "Porque está fechada a ponte?",
    "ro": "De ce este închis podul?",
    "ru": "Почему закрыт мост?",
    "sv": "Varför är bron stängd?",
    "th": "ทำไมสะพานถึงปิด",
    "tr": "Köprü neden kapalı?",
    "uk": "Чому міст закрито?",
    "vi": "Vì sao cây cầu bị đóng?",
    "zh": "桥为什么关闭？",
}


def test_a_question_for_a_reason_is_told_in_every_language_that_is_answered_in() -> None:
    assert QUESTIONS.keys() == NOT_IN_DOCUMENTS.keys()
    assert [language for language, question in QUESTIONS.items() if not asks_why(question)] == []


@pytest.mark.parametrize(
    "question",
    [
        "Weswegen ist die Brücke gesperrt?",
        "How come the bridge is closed?",
        "Come mai il ponte è chiuso?",
        "Por quê a ponte está fechada?",
        "ΓΙΑΤΙ ΕΚΛΕΙΣΕ Η ΓΕΦΥΡΑ;",
        "Köprü niye kapalı?",
        "ולמה הגשר סגור?",
        "מדוע הגשר סגור?",
        "Wieso ist die Brücke gesperrt?",
        "Weshalb ist die Brücke gesperrt?",
        "Czemu most jest zamknięty?",
        "Prečo je most zatvorený?",
        "Miért van zárva a híd?",
        "Zašto je most zatvoren?",
        "Отчего закрыт мост?",
        "Зачем закрыли мост?",
        "Навіщо закрили міст?",
        "Защо е затворен мостът?",
        "Зашто је мост затворен?",
        "橋はどうして閉鎖されたのですか。",
        "桥为何关闭？",
        "橋為什麼關閉？",
        "橋為何關閉？",
        "เหตุใดสะพานจึงปิด",
        "Tại sao cây cầu bị đóng?",
        "Köprü niçin kapalı?",
        unicodedata.normalize("NFD", "Varför är bron stängd?"),
    ],
)
def test_other_ways_to_ask_for_one(question: str) -> None:
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
        "Sigara kansere neden olur mu?",  # does it cause
        "임진왜란은 언제 일어났나요?",  # a war with this syllable in its name
        "वह कब आया, क्योंकि पुल बंद था?",  # because
        "如何故障排除？",  # how to mend
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
    found = ask(WHY_CLOSED, bridge, model)
    assert (found.verdict, found.citations) == ("not_in_documents", ())
    assert "say" not in model.kinds()
    (asked,) = (last for asked_as, last in model.asked if asked_as == "reason")
    assert f"- {FACT}" in asked
    assert WHY_CLOSED in asked


def test_a_part_of_a_question_that_asks_for_no_reason_is_answered_all_the_same(bridge: Index) -> None:
    parts = (WHY_CLOSED, "When do boats sail?")
    replies = {
        "kind": lambda last: LIST if last.startswith("Why is it") else SINGLE,
        "split": "\n".join(parts),
        "read": NONE,
        "insisted": NONE,
        "reason": NONE,
        "say": "Boats sail every hour.",
        "restate": parts[1],
    }
    found = ask("Why is it closed, and when do boats sail?", bridge, Small(replies=replies, believes="."))
    assert "Boats sail every hour." in found.text


def test_where_the_document_asks_why_itself_it_answers_that(index: Index, write: Write) -> None:
    asked = "Why did you close the bridge?"
    sync([write("a.txt", f"An interview with the mayor of Wenau\n\n{asked}\nIts bolts had rusted.")], index)
    model = Small(replies={"say": "Its bolts had rusted.", "reason": NONE}, believes=".")
    found = ask("Why did the mayor of Wenau close the bridge?", index, model)
    assert "Its bolts had rusted." in found.text


def test_with_one_the_question_is_answered_as_any_other(bridge: Index) -> None:
    model = Small(replies={"say": FACT, "reason": BECAUSE}, believes=".")
    assert ask(WHY_CLOSED, bridge, model).verdict == "answered"


def test_a_question_for_something_else_is_not_asked_for_a_reason(bridge: Index) -> None:
    model = Small(replies={"say": FACT, "reason": NONE}, believes=".")
    assert ask("Which bridge is closed?", bridge, model).verdict == "answered"
    assert "reason" not in model.kinds()


@pytest.mark.parametrize(("more", "verdict"), [(0.1, "answered"), (-0.1, "not_in_documents")])
def test_a_model_that_is_not_sure_that_there_is_none_lets_it_be_answered(
    bridge: Index, monkeypatch: pytest.MonkeyPatch, more: float, verdict: str
) -> None:
    monkeypatch.setattr("rag.reasons.token_logprobs", lambda *_: [LEAST + more, 0.0])
    assert ask(WHY_CLOSED, bridge, Small(replies={"say": FACT}, believes=".")).verdict == verdict
