"""From a question to passages, and to the sentences in them that may answer it."""

import pytest
from conftest import Write

from index import Index, sync
from index.language import detect_language
from index.search import ACROSS
from rag import Turn
from rag.context import spans
from rag.retrieval import (
    HARDLY,
    LIKELY,
    READ_PASSAGES,
    answerability,
    evidence,
    language_of,
    readings,
    retrieve,
    signs,
)


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        ("which countries did Altman visit?", "inde.txt", "Sam Altman a visité le Japon et la Corée du Sud"),
        ("Which Chinese rival has shaken Silicon Valley?", "pays.txt", "le rival chinois DeepSeek"),
        ("Wie viel soll in Stargate investiert werden?", "pays.txt", "500 milliards de dollars"),
    ],
)
def test_a_french_sentence_answers_a_question_in_another_language(
    seeds_index: Index, question: str, source: str, words: str
) -> None:
    passages = retrieve(question, seeds_index)
    holders = [
        n for n, passage in enumerate(passages) if words in passage.chunk.text and passage.chunk.source == source
    ]
    assert holders
    assert holders[0] < READ_PASSAGES
    sentences = evidence(question, passages, seeds_index)
    assert any(words in sentence.text for sentence in sentences[:6])


def test_passages_are_best_first_and_at_most_top_k(seeds_index: Index) -> None:
    for top_k in (1, 2, 8):
        passages = retrieve("Stargate", seeds_index, top_k=top_k)
        assert 1 <= len(passages) <= top_k
        scores = [passage.score for passage in passages]
        assert scores == sorted(scores, reverse=True)
        assert len({passage.chunk.id for passage in passages}) == len(passages)


def test_evidence_is_made_of_exact_slices(seeds_index: Index) -> None:
    question = "Quels pays Altman a-t-il visités ?"
    passages = retrieve(question, seeds_index)
    sentences = evidence(question, passages, seeds_index)
    assert len(sentences) == sum(len(spans(passage.chunk)) for passage in passages[:READ_PASSAGES])
    for sentence in sentences:
        chunk = sentence.passage.chunk
        assert seeds_index.document(chunk.source).text[sentence.start : sentence.end] == sentence.text
        assert chunk.start <= sentence.start < sentence.end <= chunk.end
    scores = [sentence.score for sentence in sentences]
    assert scores == sorted(scores, reverse=True)


def test_a_sentence_is_found_that_leaves_the_subject_to_the_title(index: Index, write: Write) -> None:
    title, told = "New dyke in Consay done in time", "The new dyke in Consay was finished on Thursday."
    wanted, other = "The length is 12.6 kilometres.", "It protects 3,400 hectares."
    sync([write("dyke.txt", f"{title}\n\n{told} {other} {wanted}")], index)
    question = "How long is the new dyke in Consay?"
    first, *_ = evidence(question, retrieve(question, index), index)
    assert first.text == wanted


def test_a_translation_helps_to_find_the_sentence(index: Index, write: Write) -> None:
    """The Spanish name of a comb jelly has nothing in common with the German one."""
    others, wanted = "Se conocen muchas especies de medusas con costillas.", "Hay ciento cincuenta tipos de ctenóforos."
    sync([write("mar.txt", f"{others} {wanted}")], index)
    question = "Wie viele Arten von Rippenquallen kennt man?"
    translation = "¿Cuántas especies de ctenóforos se conocen?"
    passages = retrieve(question, index)
    alone = evidence(question, passages, index)
    both = evidence(question, passages, index, translations={"es": translation})
    assert [sentence.text for sentence in alone] == [others, wanted]
    assert [sentence.text for sentence in both] == [wanted, others]
    assert evidence(question, passages, index, translations={"fr": translation}) == alone


def test_the_language_is_that_of_the_best_sentence_that_has_one(index: Index, write: Write) -> None:
    texts = {
        "a.txt": "Der Turm von Wenau ist fünfzig Meter hoch und hat acht Glocken.",
        "b.txt": "Le pont de Wenau a été construit en 1911 et mesure cent mètres.",
        "c.txt": "1911 1912 1913",
    }
    sync([write(name, text) for name, text in texts.items()], index)
    question = "Turm von Wenau 1912"
    found = {one.passage.chunk.source: one for one in evidence(question, retrieve(question, index), index)}
    german, french, unknown = (found[name] for name in texts)
    assert language_of([german, french]) == "de"
    assert language_of([unknown, french, german]) == "fr"
    assert language_of([unknown]) is None


def test_what_is_in_the_language_of_the_question_and_beside_the_point_does_not_come_first(
    index: Index, write: Write
) -> None:
    garden = "Lucía Ferrer se encarga de regar hasta septiembre."
    others = ["My nephew Cormac helps me in summer.", "A fishing boat brings the flour every second Friday."]
    sync([write("jardin.txt", garden), write("baker.txt", " ".join(others))], index)
    question = "Who takes care of watering the garden?"
    first, *_ = evidence(question, retrieve(question, index), index)
    assert first.text == garden


def test_where_a_language_is_not_known_no_more_is_refused_for_it(index: Index, write: Write) -> None:
    sync([write("a.txt", "Maria is the director of the museum in Wenau.")], index)
    question = "Who is Maria?"
    assert detect_language(question) is None
    sentences = evidence(question, retrieve(question, index), index)
    assert answerability(question, sentences, index, None) > answerability(question, sentences, index, "en")


def test_no_passages_no_evidence(index: Index) -> None:
    assert retrieve("anything at all", index) == []
    assert evidence("anything at all", [], index) == []


@pytest.fixture
def towns(index: Index, write: Write) -> Index:
    """Many texts about other things, and two about the same thing in two towns."""
    texts = {
        "museum.txt": "The railway museum in Osterholz opens at nine in the morning and closes at five.",
        "castle.txt": "The castle in Brennau opens at ten. A ticket for the castle in Brennau costs 7 euros.",
        "bread.txt": "Sourdough bread rises overnight and bakes for forty minutes in a hot oven.",
        "bees.txt": "Bees leave the hive when it is warmer than ten degrees and the lime trees flower.",
        "chess.txt": "A chess clock gives each player ninety minutes for the first forty moves.",
        "ships.txt": "The cargo ship carried timber and salt along the coast of Norway.",
    }
    sync([write(name, text) for name, text in texts.items()], index)
    return index


def test_a_follow_up_is_understood_by_what_was_asked_before(towns: Index) -> None:
    follow_up = "And what does a ticket for it cost?"
    history = [Turn("When does the castle in Brennau open?", "The castle in Brennau opens at ten. [1]")]
    (best,) = retrieve(follow_up, towns, history=history, top_k=1)
    assert best.chunk.source == "castle.txt"
    asked = readings(follow_up, history)[-1]
    first, *_ = evidence(asked, retrieve(asked, towns), towns)
    assert first.passage.chunk.source == "castle.txt"


def test_the_same_words_after_another_question_find_another_passage(towns: Index) -> None:
    found = {}
    for town in ("the railway museum in Osterholz", "the cargo ship"):
        history = [Turn(f"Tell me about {town}.", "")]
        (best,) = retrieve("And how is it there?", towns, history=history, top_k=1)
        found[town] = best.chunk.source
    assert found == {"the railway museum in Osterholz": "museum.txt", "the cargo ship": "ships.txt"}


def test_a_change_of_subject_is_not_held_back(towns: Index) -> None:
    history = [Turn("When does the castle in Brennau open?", "At ten. [1]")]
    found = retrieve("How long does sourdough bread bake in the oven?", towns, history=history, top_k=2)
    assert "bread.txt" in {passage.chunk.source for passage in found}


def likelihood(question: str, index: Index, language: str) -> float:
    passages = retrieve(question, index)
    return answerability(question, evidence(question, passages, index), index, language)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How much does a ticket for the castle in Brennau cost?", "en"),
        ("When does the railway museum in Osterholz open?", "en"),
        ("Wie viel kostet eine Eintrittskarte für die Burg in Brennau?", "de"),
        ("¿Cuándo abre el museo del ferrocarril de Osterholz?", "es"),
    ],
)
def test_what_the_documents_answer_is_likely(towns: Index, question: str, language: str) -> None:
    assert likelihood(question, towns, language) >= LIKELY


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who won the chess world championship in 1972?", "en"),
        ("What is the capital of Mongolia?", "en"),
        ("Wie viele Einwohner hat Lissabon?", "de"),
        ("¿Quién escribió Don Quijote?", "es"),
    ],
)
def test_what_they_do_not_is_not(towns: Index, question: str, language: str) -> None:
    assert likelihood(question, towns, language) < LIKELY


def test_a_question_that_has_nothing_to_do_with_the_documents_is_hardly_answered(towns: Index) -> None:
    assert likelihood("What is the capital of Mongolia?", towns, "en") < HARDLY


def test_nothing_is_answered_from_nothing(index: Index) -> None:
    assert answerability("anything at all", [], index) == 0.0


def test_what_another_language_gains_is_no_sign_of_an_answer(index: Index, write: Write) -> None:
    sync([write("tour.txt", "La tour de Wenau mesure 41 mètres. Elle fut bâtie en 1893.")], index)
    sync([write("sea.txt", "The sea at Halden is cold. The tower of Halden is closed.")], index)
    question = "How tall is the tower of Wenau?"
    sentences = evidence(question, retrieve(question, index), index)
    nearest = max(sentences, key=lambda one: one.match)
    assert nearest.passage.chunk.source == "tour.txt"
    measured = signs(question, sentences, index, "en")
    assert measured[0] == pytest.approx(nearest.match - ACROSS)
    scores = {one.passage.chunk.source: one.passage.score for one in sentences}
    assert measured[4] == pytest.approx(max(scores["tour.txt"] - ACROSS, scores["sea.txt"]))
