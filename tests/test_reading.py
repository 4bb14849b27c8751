"""How a small model is asked and what is made of its replies; the replies are scripted, sources and checks are real."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Write
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from small_model import RIVAL, SURE, Small, ask

from index import Index, sync
from rag import Settings, Turn, stream_answer
from rag.citations import Statement
from rag.examples import NO, SINGLE, YES
from rag.phrases import NOT_IN_DOCUMENTS
from rag.reading import read
from rag.retrieval import evidence, retrieve
from rag.support import Verifier


def test_one_fact_is_one_sentence_with_its_source(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", sentence)], index)
    said = "Die Brücke ist 310 Meter lang."
    model = Small(replies={"say": said}, believes=".")
    found = ask(BRIDGE, index, model)
    assert found.text == f"{said} [1]"
    assert [(citation.quote, citation.checked) for citation in found.citations] == [(sentence, True)]
    assert "read" not in model.kinds()


def test_the_first_sentence_of_a_document_says_who_the_second_is_about(index: Index, write: Write) -> None:
    text = "Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891."
    sync([write("a.txt", text)], index)
    model = Small(
        replies={"say": "Marie Curie moved to Paris in 1891."}, believes="<- Marie Curie was born .* She moved"
    )
    found = ask("When did Marie Curie move to Paris?", index, model)
    assert [citation.quote for citation in found.citations] == [text]


def test_a_statement_of_two_sentences_is_quoted_with_both_where_that_leaves_no_doubt(
    index: Index, write: Write
) -> None:
    advice, reason = "Der Hafen von Wenau rät den Fischern zum Bleiben.", "Er fürchtet einen Sturm."
    sync([write("a.txt", f"{advice} {reason} Im Hafen liegen neun Boote.")], index)
    said = "Der Hafen rät den Fischern zum Bleiben, er fürchtet einen Sturm."
    question, one = "Was rät der Hafen von Wenau den Fischern?", r"Source: [^.]*\.\n"
    found = ask(question, index, Small(replies={"say": said}, believes=".", doubts=one))
    assert found.text == f"{said} [1]"
    assert [citation.quote for citation in found.citations] == [f"{advice} {reason}"]
    assert found.citations[0].support > 0.95
    doubted = ask(question, index, Small(replies={"say": said}, believes=".", doubts="Source: "))
    assert [citation.quote for citation in doubted.citations] == [advice, reason]


def test_the_sentence_after_the_best_one_is_read_and_is_quoted_with_it_where_it_is_needed(
    index: Index, write: Write
) -> None:
    advice, reason = "Der Hafen von Wenau rät den Fischern zum Bleiben.", "Er fürchtet einen Sturm."
    names = ("Anna", "Berta", "Clara", "Dora", "Emma", "Frida", "Greta")
    others = [f"Der Hafen von Wenau rät den Fischern zum Boot {name}." for name in names]
    sync([write("a.txt", " ".join([advice, reason, *others]))], index)
    said, question = "Der Hafen rät zum Bleiben, er fürchtet Sturm.", "Warum rät der Hafen den Fischern zum Bleiben?"
    model = Small(replies={"say": said}, believes=".", doubts="Claim: ")
    found = ask(question, index, model)
    shown = next(message for kind, message in model.asked if kind == "say")
    assert reason in shown
    assert shown.count("\n- ") == 6
    assert [citation.quote for citation in found.citations][:1] == [advice]

    needed = Small(replies={"say": said}, believes=f"{advice} {reason}$", doubts="Claim: ")
    found = ask(question, index, needed)
    assert found.text.split("\n\n")[0] == f"> {advice} {reason} [1]"
    assert [citation.quote for citation in found.citations][:1] == [f"{advice} {reason}"]
    assert all(citation.quote not in (advice, reason) for citation in found.citations)


def test_a_model_that_says_nothing_has_found_nothing(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", sentence)], index)
    assert ask(BRIDGE, index, Small(replies={"say": ""})).text == f"> {sentence} [1]"


BRIDGE = "Wie lang ist die Brücke von Wenau?"


def test_one_fact_that_the_judge_doubts_is_given_in_the_words_of_the_source(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", f"{sentence} Sie wurde von dem Ingenieur Ruiz gebaut.")], index)
    model = Small(replies={"say": "Die Brücke ist 310 Meter lang."}, believes=".", doubts="Claim: Die")
    found = ask(BRIDGE, index, model)
    assert found.text == f"> {sentence} [1]"
    assert found.citations[0].quote == sentence
    assert found.citations[0].support == 1


def test_where_the_words_of_the_sources_answer_those_that_the_model_read_are_among_them(
    index: Index, write: Write
) -> None:
    best, next_best = "Wie lang die Brücke von Wenau ist, fragen viele.", "Die Brücke von Wenau ist lang."
    own = "Der Ingenieur Ruiz maß 310 Meter."
    sync([write("a.txt", f"{next_best} {best} {own}")], index)
    said = "Die Brücke von Wenau ist 310 Meter lang."
    found = ask(BRIDGE, index, Small(replies={"say": said}, believes=f"<- {own}$", doubts="Claim: "))
    assert [citation.quote for citation in found.citations] == [best, own]
    assert found.text == f"> {best} [1]\n\n> {own} [2]"


def test_the_sentence_that_gives_the_answer_is_quoted_and_not_the_nearest(index: Index, write: Write) -> None:
    best, next_best = "Wie lang die Brücke von Wenau ist, fragen viele.", "Die Brücke von Wenau ist lang."
    giving = "Der Ingenieur Ruiz maß 310 Meter."
    sync([write("a.txt", f"{next_best} {best} {giving}")], index)
    replies = {"say": "NONE", "gives": lambda last: YES if "310" in last else NO}
    assert ask(BRIDGE, index, Small(replies=replies)).text == f"> {giving} [1]"


def test_words_that_are_far_less_likely_to_give_the_answer_are_not_quoted_beside_those_that_do(
    index: Index, write: Write
) -> None:
    best, near = "Die Brücke von Wenau ist 310 Meter lang.", "Wie lang die Brücke von Wenau ist, fragen viele."
    sync([write("a.txt", f"{near} {best}")], index)
    quotes = {}
    for given in ("310 Meter", "Wenau"):
        replies = {"say": "NONE", "gives": lambda last, given=given: YES if given in last.split("Question")[0] else NO}
        found = ask(BRIDGE, index, Small(replies=replies, likely=1.0))
        quotes[given] = [citation.quote for citation in found.citations]
    assert quotes["310 Meter"] == [best]
    assert set(quotes["Wenau"]) == {best, near}


def test_a_heading_does_not_answer_though_the_model_read_it(index: Index, write: Write) -> None:
    sync([write("a.md", "# Die Brücke von Wenau")], index)
    model = Small(replies={"say": "Die Brücke von Wenau ist von Ruiz."}, believes=".", doubts="Claim: ")
    assert ask(BRIDGE, index, model).verdict == "not_in_documents"


def test_a_sentence_that_says_no_more_than_the_question_is_no_answer(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", sentence)], index)
    found = ask(BRIDGE, index, Small(replies={"say": "Die lange Brücke ist die von Wenau."}, believes="."))
    assert found.text == f"> {sentence} [1]"


def test_a_sentence_that_says_no_more_than_the_question_stands_for_a_quote_only_where_an_answer_is_likely(
    index: Index, write: Write
) -> None:
    sync([write("a.txt", "Die Brücke von Wenau ist 310 Meter lang.")], index)
    sentences = evidence(BRIDGE, retrieve(BRIDGE, index), index)
    model = Small(replies={"say": "Die lange Brücke ist die von Wenau."}, believes=".")
    verifier = Verifier(index.embeddings, model)

    def last(likelihood: float) -> list[Statement]:
        *_, found = read(
            BRIDGE, sentences, kind=SINGLE, model=model, verifier=verifier, likelihood=likelihood, language="de"
        )
        return found

    assert [statement.text for statement in last(0.9)] == ["> Die Brücke von Wenau ist 310 Meter lang."]
    assert last(0.2) == []


def test_nothing_believed_is_a_refusal(seeds_index: Index) -> None:
    found = ask(RIVAL, seeds_index, Small(replies={"say": "Apple has shaken Silicon Valley.", "gives": NO}))
    assert found.removed == ("Apple has shaken Silicon Valley.",)
    assert (found.verdict, found.text, found.citations) == ("not_in_documents", NOT_IN_DOCUMENTS["en"], ())
    assert found.passages


def test_a_model_that_says_none_is_believed_unless_a_source_gives_what_is_asked_for(seeds_index: Index) -> None:
    model = Small(replies={"say": "NONE", "gives": NO}, believes=".")
    assert ask(RIVAL, seeds_index, model).verdict == "not_in_documents"
    assert model.kinds() == ["kind", "translate", "say", *["gives"] * 5]  # the last two: with the sentence before
    found = ask(RIVAL, seeds_index, Small(replies={"say": "NONE"}))
    assert "le rival chinois DeepSeek" in found.citations[0].quote
    assert found.text.startswith("> ")


@pytest.mark.parametrize(
    ("said", "judged", "given", "is_answered"),
    [
        ("Die Brücke von Wenau ist 310 Meter lang.", 5.0, 1.7, True),  # nearly given, and sure
        ("Die Brücke von Wenau ist 310 Meter lang.", 5.0, 0.8, False),  # the subject alone
        ("Die Brücke von Wenau ist 310 Meter lang.", -2.8, 1.75, False),  # neither is sure
        ("Die Brücke von Wenau ist 310 Meter lang.", -2.8, 1.93, True),
        ("Die Brücke von Wenau ist 310 Meter lang.", -3.5, 1.93, False),  # not supported, and not quite given
        ("Die Brücke von Wenau ist 310 Meter lang.", -3.5, 2.01, True),
        ("NONE", 5.0, 2.01, False),
        ("NONE", 5.0, 2.1, True),
    ],
)
def test_what_is_doubted_has_to_be_given_the_more_clearly(
    index: Index, write: Write, said: str, judged: float, given: float, *, is_answered: bool
) -> None:
    sync([write("a.txt", "Die Brücke von Wenau ist 310 Meter lang.")], index)
    sentences = evidence(BRIDGE, retrieve(BRIDGE, index), index)
    model = Small(replies={"say": said}, odds={"judge": judged, "gives": given})
    verifier = Verifier(index.embeddings, model)
    *_, found = read(BRIDGE, sentences, kind=SINGLE, model=model, verifier=verifier, language="de")
    assert bool(found) == is_answered


def test_a_true_sentence_about_the_subject_alone_is_no_answer(seeds_index: Index) -> None:
    said = "DeepSeek has shaken Silicon Valley."
    found = ask("When was DeepSeek founded?", seeds_index, Small(replies={"say": said, "gives": NO}, believes="."))
    assert (found.verdict, found.removed) == ("not_in_documents", (said,))


def test_beside_the_best_sentence_stands_the_one_that_has_what_the_model_says(index: Index, write: Write) -> None:
    best = "Wenau hat eine Initiative für neue Brücken begonnen."
    named = "Ruiz nannte die Initiative Wege zum Nachbarn."
    sync([write("a.txt", f"{best} Die Initiative für neue Brücken in Wenau kostet viel. {named}")], index)
    said = "Die Initiative für neue Brücken heißt Wege zum Nachbarn."
    model = Small(replies={"say": said}, believes=f"<- {re.escape(best)}", doubts="Claim: ", likely=1.9)
    found = ask("Welche Initiative für neue Brücken hat Wenau begonnen?", index, model)
    assert [citation.quote for citation in found.citations] == [best, named]


@pytest.mark.parametrize(("gives", "is_said"), [("turned down", True), ("asked for", False)])
def test_a_sentence_from_elsewhere_is_said_if_that_gives_the_answer_rather_than_what_is_nearer(
    index: Index, write: Write, gives: str, is_said: bool
) -> None:
    near = "In 1961 she was refused a prize that she had asked for."
    sync([write("a.txt", f"Ingrid Solheim\n\nShe retired in 1976. {near} She turned down the Order of Labour.")], index)
    said = "She refused the Order of Labour."
    replies = {"say": said, "gives": lambda last: YES if gives in last else NO}
    found = ask("Which prize did she refuse?", index, Small(replies=replies, believes="<- She turned down"))
    assert (found.text == f"{said} [1]") == is_said


def test_in_one_language_a_sentence_with_a_word_of_its_own_gives_way_to_the_source(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau wurde in den 1950er Jahren gebaut."
    sync([write("a.txt", sentence)], index)
    asked = "In welchem Jahr wurde die Brücke von Wenau gebaut?"
    for said, shown in (
        ("Die Brücke von Wenau wurde im Jahr 1950er Jahren gebaut.", f"> {sentence} [1]"),
        ("Die Brücke wurde in den 1950er Jahren gebaut.", "Die Brücke wurde in den 1950er Jahren gebaut. [1]"),
        ("Die Brücke wurde in den 1950er", f"> {sentence} [1]"),  # cut off
    ):
        assert ask(asked, index, Small(replies={"say": said}, believes=".")).text == shown


def test_a_model_is_not_asked_what_has_nothing_to_do_with_the_documents(seeds_index: Index) -> None:
    model = Small(replies={"say": "La tour Eiffel mesure 330 mètres."}, believes=".")
    assert ask("Quelle est la hauteur de la tour Eiffel ?", seeds_index, model).verdict == "not_in_documents"
    assert model.asked == []


def test_statements_show_before_they_are_checked(seeds_index: Index) -> None:
    model = Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek")
    first, *rest = stream_answer(RIVAL, index=seeds_index, model=model, settings=Settings())
    assert first.passages
    assert not first.text
    written, *rest = rest
    assert (written.unfinished, written.text, written.citations) == ("DeepSeek has shaken Silicon Valley.", "", ())
    checked = [[citation.checked for citation in snapshot.citations] for snapshot in rest[:3]]
    assert checked == [[False], [True], [True, True]]
    assert not any(snapshot.unfinished for snapshot in rest)
    assert rest[-1].text.startswith(f"{rest[0].text}\n\n> ")


class Slow(Small):
    """Gives its replies letter by letter."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*args, **kwargs):
            for letter in str(chunk.message.content) or [""]:
                yield ChatGenerationChunk(message=AIMessageChunk(letter))


HALL = "Am Hafen wird eine neue Halle gebaut."
RUN = "Sie wird von der Firma Lindholm betrieben."


def test_where_it_takes_the_sentence_before_to_give_the_answer_that_is_quoted_too(index: Index, write: Write) -> None:
    sync([write("a.txt", f"Im Mai war Wahl. {HALL} {RUN} Es regnete oft.")], index)
    asked = "Wer betreibt die neue Halle am Hafen?"

    def shown(gives: str) -> str:
        model = Small(replies={"say": "NONE", "gives": lambda last: YES if gives in last else NO}, likely=SURE)
        return ask(asked, index, model).text.partition(" [")[0]

    assert shown(f"{HALL} {RUN}") == f"> {HALL} {RUN}"
    assert shown(f": {RUN}") == shown(RUN)
    assert shown("Wahl. " + HALL) == f"> Im Mai war Wahl. {HALL}"
    assert shown(f"{RUN} Es regnete") == "Die Dokumente sagen es nicht."


def test_a_heading_is_not_the_sentence_before(index: Index, write: Write) -> None:
    sync([write("a.md", f"# Wenau\n\nEs regnet oft.\n\n## Die Halle\n\n{RUN} {HALL}")], index)
    model = Small(replies={"say": "NONE", "gives": lambda last: YES if f"Halle {RUN}" in last else NO}, likely=SURE)
    assert ask("Wer betreibt die neue Halle am Hafen?", index, model).verdict == "not_in_documents"
    assert any(RUN in last for kind, last in model.asked if kind == "gives")


@pytest.mark.parametrize(
    ("gives", "likely", "is_shown"),
    [(f"{HALL} {RUN}", 1.9, False), (f"{HALL} {RUN}", 2.3, True), (RUN, 1.9, True)],
)
def test_two_sentences_take_more_to_give_the_answer_than_one(
    index: Index, write: Write, gives: str, likely: float, is_shown: bool
) -> None:
    sync([write("a.txt", f"Im Mai war Wahl. {HALL} {RUN} Es regnete oft.")], index)
    asked = "Wer betreibt die neue Halle am Hafen?"
    sentences = evidence(asked, retrieve(asked, index), index)
    model = Small(replies={"say": "NONE", "gives": lambda last: YES if gives in last else NO}, likely=likely)
    verifier = Verifier(index.embeddings, model)
    *_, found = read(asked, sentences, kind=SINGLE, model=model, verifier=verifier, likelihood=0.9, language="de")
    assert bool(found) is is_shown


def test_a_sentence_is_seen_while_it_is_written_unless_it_may_become_none(seeds_index: Index) -> None:
    def unfinished(said: str) -> list[str]:
        model = Slow(replies={"say": said}, believes="DeepSeek")
        snapshots = list(stream_answer(RIVAL, index=seeds_index, model=model, settings=Settings()))
        assert snapshots[-1].unfinished == ""
        return list(dict.fromkeys(snapshot.unfinished for snapshot in snapshots if snapshot.unfinished))

    assert unfinished("No, DeepSeek.") == ["No,", "No, D"] + ["No, DeepSeek."[:end] for end in range(6, 14)]
    assert unfinished("NONE") == unfinished(" none. ") == []


def test_a_follow_up_is_restated_and_the_earlier_answer_plays_no_part(seeds_index: Index) -> None:
    replies = {"restate": "Which minister did Altman meet?", "say": "Altman met Ashwini Vaishnaw."}
    model = Small(replies=replies, believes="Vaishnaw")
    history = [Turn("Which countries did Altman visit?", "Altman visited Japan. [1]")]
    found = ask("And which minister did he meet?", seeds_index, model, history=history)
    assert found.question == "And which minister did he meet?"
    assert "Ashwini Vaishnaw" in found.citations[0].quote
    restating, *others = model.asked
    assert "Altman visited Japan.\n" in restating[1]
    assert "[1]" not in restating[1]
    assert not any("Altman visited Japan" in last for _, last in others)


def test_a_follow_up_is_restated_whole_however_long_and_stands_for_itself_if_nothing_is_said(
    seeds_index: Index,
) -> None:
    question = "And " + "because I have to write about it in detail, " * 20 + "which minister did he meet?"
    model = Small(replies={"restate": "", "say": "Altman met Ashwini Vaishnaw."}, believes="Vaishnaw")
    ask(question, seeds_index, model, history=[Turn("Which countries did Altman visit?", "Japan. [1]")])
    assert model.most_tokens[0] > 2 * len(question)
    assert any(question in last for kind, last in model.asked if kind == "kind")


def test_the_language_of_a_conversation_is_that_of_the_last_question_that_shows_one(seeds_index: Index) -> None:
    history = [Turn("Wann besuchte Altman Japan im letzten Jahr?", "2025."), Turn("Altman?", "Ja.")]
    model = Small(replies={"restate": "Wie hoch ist der Turm von Wenau?"})
    assert ask("2023?", seeds_index, model, history=history).text == NOT_IN_DOCUMENTS["de"]


def test_a_question_without_a_history_is_not_restated(seeds_index: Index) -> None:
    model = Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek")
    ask(RIVAL, seeds_index, model)
    assert "restate" not in model.kinds()
