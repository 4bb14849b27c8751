"""A small model over documents in another language than the question's."""

import re
from pathlib import Path

import pytest
from conftest import Write
from small_model import RIVAL, Small, ask, stated

from index import Index, sync
from rag.examples import NO, YES
from rag.phrases import DISAGREEMENT


def test_words_of_another_language_stand_below_what_is_said_of_them(seeds_index: Index) -> None:
    found = ask(RIVAL, seeds_index, Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek"))
    first, second = found.citations
    assert found.text == f"DeepSeek has shaken Silicon Valley. [1]\n\n> {first.quote} [2]"
    assert "le rival chinois DeepSeek" in first.quote
    assert (second.quote, second.support) == (first.quote, 1)


def test_words_of_another_language_stand_below_the_sentence_that_is_doubted(seeds_index: Index) -> None:
    replies = {"say": "DeepSeek, a Chinese rival, has shaken the Valley."}
    model = Small(replies=replies, believes="DeepSeek", doubts="DeepSeek")
    found = ask(RIVAL, seeds_index, model)
    sentence, quoted, *_ = found.text.split("\n\n")
    assert sentence == "DeepSeek, a Chinese rival, has shaken the Valley. [1]"
    assert quoted.startswith("> ")
    assert "le rival chinois DeepSeek" in quoted


def test_the_words_that_a_translation_is_from_stand_below_it_also_where_others_give_more(
    index: Index, write: Write
) -> None:
    best, own = "¿Qué altura tiene la torre de Wenau?, preguntan muchos.", "La torre de Wenau mide 48 metros."
    sync([write("a.txt", f"{best} {own} La torre es alta, dijo el alcalde de Wenau.")], index)
    replies = {"say": "Der Turm ist 48 Meter hoch.", "gives": lambda last: YES if "alcalde" in last else NO}
    model = Small(replies=replies, odds={"judge": 1.0})
    found = ask("Wie hoch ist der Turm von Wenau?", index, model)
    said, first, *_ = found.text.split("\n\n")
    assert (said, first) == ("Der Turm ist 48 Meter hoch. [1]", f"> {own} [2]")


def test_a_number_is_written_as_the_language_of_the_answer_does(index: Index, write: Write) -> None:
    told = "The repair of the bridge in Wenau cost 430,000 euros last year."
    sync([write("a.txt", f"{told} The mayor opened it again in the spring of that year.")], index)
    model = Small(replies={"say": "Die Reparatur der Brücke kostete 430,000 Euro."}, believes="430")
    found = ask("Wie viel kostete die Reparatur der Brücke in Wenau?", index, model)
    assert found.text == f"Die Reparatur der Brücke kostete 430.000 Euro. [1]\n\n> {told} [2]"


def test_so_is_that_of_a_document_that_does_not_agree(index: Index, write: Write) -> None:
    for name, cost in (("a.txt", "430,000"), ("b.txt", "450,000")):
        sync([write(name, f"The repair of the bridge in Wenau cost {cost} euros last year.")], index)

    def say(last: str) -> str:
        return f"Die Reparatur der Brücke kostete {'430,000' if '430,000' in last else '450,000'} Euro."

    model = Small(replies={"say": say}, believes="430.* <- .*430|450.* <- .*450")
    found = ask("Wie viel kostete die Reparatur der Brücke in Wenau?", index, model)
    assert DISAGREEMENT["de"] in found.text
    assert re.findall(r"kostete (\S+) Euro", found.text) == ["430.000", "450.000"]


@pytest.mark.parametrize(
    "said",
    ["DeepSeek a ébranlé la Silicon Valley, selon les sources.", "DeepSeek hat das Silicon Valley sehr erschüttert."],
)
def test_a_sentence_in_another_language_than_the_question_is_not_shown(seeds_index: Index, said: str) -> None:
    found = ask(RIVAL, seeds_index, Small(replies={"say": said}, believes="DeepSeek"))
    assert found.verdict == "answered"
    assert stated(found) == []
    assert "le rival chinois DeepSeek" in found.citations[0].quote


def test_what_the_model_copied_from_a_source_in_another_language_is_quoted_first(index: Index, write: Write) -> None:
    best, own = "¿Qué altura tiene la torre de Wenau?, preguntan muchos.", "El alcalde midió 48 metros."
    sync([write("a.txt", f"{best} La torre de Wenau es muy alta. {own}")], index)
    model = Small(replies={"say": "El alcalde midió 48 metros."}, believes="48 metros.* <- .*48 metros")
    found = ask("Wie hoch ist der Turm von Wenau?", index, model)
    assert stated(found) == []
    assert found.citations[0].quote == own


def test_a_sentence_in_another_language_that_is_cut_off_is_not_shown(seeds_index: Index) -> None:
    found = ask(RIVAL, seeds_index, Small(replies={"say": "DeepSeek has shaken Silicon"}, believes="DeepSeek"))
    assert found.verdict == "answered"
    assert stated(found) == []


def test_among_documents_of_two_languages_the_quoted_one_counts(index: Index, write: Write, docs: Path) -> None:
    write("es.txt", "La torre de Wenau es muy antigua.")
    write("en.txt", "The tower of Wenau is 48 metres high.")
    sync([docs], index)
    said = "La torre mide 48 metros."  # with words that are neither the question's nor the source's
    replies = {"say": said, "gives": lambda last: YES if "48" in last else NO}
    model = Small(replies=replies, believes="48.* <- .*48")
    found = ask("¿Qué altura tiene la torre de Wenau?", index, model)
    assert found.text == f"{said} [1]\n\n> The tower of Wenau is 48 metres high. [2]"


def test_words_of_no_language_in_particular_are_not_in_another_one(index: Index, write: Write) -> None:
    sync([write("a.txt", "GPU: H100; RAM: 80 GB; price: 30000 USD")], index)
    found = ask("What is the price?", index, Small(replies={"say": "The price is 30000 USD."}, believes="."))
    assert found.text == "The price is 30000 USD. [1]"


def test_a_question_in_another_language_is_translated_to_find_the_sentence(seeds_index: Index) -> None:
    def sources(translation: str) -> str:
        model = Small(replies={"translate": translation, "say": "NONE"})
        ask(RIVAL, seeds_index, model)
        assert [last for kind, last in model.asked if kind == "translate"] == [f"Question: {RIVAL}\nIn French:"]
        return next(last for kind, last in model.asked if kind == "say")

    subscribers = "Combien d'abonnés ChatGPT compte-t-il en Inde ?"
    assert sources("") != sources(subscribers)
    assert sources("") == sources(f"{subscribers} {'abonnés ChatGPT ' * 12}")  # it repeats itself


def test_a_question_is_not_translated_where_that_would_not_help(seeds_index: Index, index: Index, write: Write) -> None:
    model = Small(replies={"say": "NONE"})
    ask("Quel rival chinois a ébranlé la Silicon Valley ?", seeds_index, model)  # it is in the documents' language
    ask(f"{RIVAL} {'I have to know it today. ' * 12}", seeds_index, model)  # long
    sync([write("a.txt", "A wenaui torony negyvennyolc méter magas, és nyolc harangja van a városnak.")], index)
    ask("How high is the tower of Wenau?", index, model)  # the model is not told in Hungarian
    assert model.kinds().count("say") == 3
    assert "translate" not in model.kinds()
