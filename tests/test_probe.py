"""Whether a passage answers a question, as the local model knows it; with the real model where it says so."""

from pathlib import Path

import pytest
from conftest import Write
from langchain_core.messages import convert_to_openai_messages
from small_model import RIVAL, Small, ask

from index import Index, sync
from index.errors import ModelFailed
from rag import local
from rag.engine import serve
from rag.examples import CHECK, LIST, SINGLE
from rag.instructions import kept_in
from rag.llm import forget, load_model, state_of
from rag.places import SURROUNDED, surrounded
from rag.probe import answering_odds, best_place, informed, log_odds, weights
from rag.prompts import answered_prompt, beginnings
from rag.retrieval import Sentence, evidence, retrieve

FERRY = "The ferry to Wenau leaves at 7.40. It carries 12 cars. Dogs travel free. The crossing takes 25 minutes."
ASKED = {"When does the ferry to Wenau leave?": True, "Who is the captain of the ferry to Wenau?": False}


def found(index: Index, question: str) -> list[Sentence]:
    return evidence(question, retrieve(question, index), index)


def test_what_is_around_a_sentence_is_of_its_passage_and_not_long(index: Index, write: Write) -> None:
    lines = [f"Line {n} of the story says something about the ferry and its long way." for n in range(40)]
    sync([write("a.txt", " ".join(lines)), write("b.txt", FERRY)], index)
    sentences = found(index, "What does line 20 of the story say?")
    assert len({one.passage.chunk.source for one in sentences}) == 2
    for one in sentences:
        place = surrounded(one, sentences)
        text = index.document(one.passage.chunk.source).text
        assert place.start <= one.start < one.end <= place.end
        assert place.text == text[place.start : place.end]
        assert one.passage.chunk.start <= place.start
        assert len(place.text) <= SURROUNDED
        assert len(place.text) > SURROUNDED - len(lines[0]) - 2 or text == FERRY == place.text


def test_the_shorter_neighbour_is_taken_first(index: Index, write: Write) -> None:
    before, after = "The mayor of Wenau likes ships. " * 12, "Dogs travel free."
    sync([write("a.txt", f"{before.replace('. ', ', ')}and walks. The ferry leaves at 7.40. {after} {before}")], index)
    sentences = found(index, "When does the ferry leave?")
    place = surrounded(next(one for one in sentences if "7.40" in one.text), sentences)
    assert place.text.startswith("The ferry leaves at 7.40. Dogs travel free. The mayor")


def test_a_long_sentence_is_read_whole(index: Index, write: Write) -> None:
    long = f"The ferry to Wenau carries {', '.join(f'{n} red cars' for n in range(60))}."
    sync([write("a.txt", f"It is new. {long} It is old.")], index)
    sentences = found(index, "What does the ferry to Wenau carry?")
    assert surrounded(sentences[0], sentences).text == sentences[0].text
    assert len(sentences[0].text) > SURROUNDED


def test_a_heading_is_no_place_to_read(index: Index, write: Write) -> None:
    story = " ".join(f"Line {n} of the story says something about its long way." for n in range(14))
    sync([write("a.md", f"# Ferry timetable\n\n{story} {FERRY}")], index)
    sentences = sorted(found(index, "Ferry timetable"), key=lambda one: (not one.is_heading, "7.40" not in one.text))
    assert sentences[0].is_heading
    assert "7.40" not in surrounded(sentences[0], sentences).text
    assert "7.40" in best_place(sentences).text


def test_another_model_has_no_probe(index: Index, write: Write) -> None:
    sync([write("a.txt", FERRY)], index)
    assert answering_odds(RIVAL, found(index, RIVAL), Small(replies={})) is None


def state_of_odds(odds: float) -> list[float]:
    """A state that the probe makes these log-odds of."""
    slopes, bias = weights()[:-1], float(weights()[-1])
    return (slopes * (odds - bias) / float(slopes @ slopes)).tolist()


@pytest.mark.parametrize(("odds", "is_answered"), [(40.0, True), (-1.5, False)])
def test_what_the_model_holds_decides_where_its_judge_hardly_can(
    index: Index, write: Write, workplace: Path, odds: float, is_answered: bool
) -> None:
    sync([write("a.txt", FERRY)], index)
    read: list[str] = []

    def state(text: str) -> list[float]:
        read.append(text)
        return state_of_odds(odds)

    metadata = {"footnote_local": True, "footnote_state": state}
    model = Small(replies={"say": "NONE"}, odds={"gives": 1.0}, metadata=metadata)
    question = "When does the ferry to Wenau leave?"
    said = ask(question, index, model)
    assert (said.verdict == "answered") == is_answered
    assert ("7.40" in said.text) == is_answered
    (text,) = read
    assert FERRY in text
    assert question in text
    assert "gives" in {kind for kind, _ in model.asked}


@pytest.mark.parametrize("kind", [SINGLE, LIST])
def test_where_it_clearly_holds_no_answer_nothing_more_is_asked_but_for_lists(
    index: Index, write: Write, workplace: Path, kind: str
) -> None:
    sync([write("a.txt", FERRY)], index)
    metadata = {"footnote_local": True, "footnote_state": lambda _text: state_of_odds(-9.0)}
    model = Small(replies={"kind": kind, "say": "NONE"}, metadata=metadata)
    assert ask("When does the ferry to Wenau leave?", index, model).verdict == "not_in_documents"
    assert ({asked for asked, _ in model.asked} == {"kind"}) == (kind == SINGLE)


def test_weights_are_for_the_model_that_comes_with_them() -> None:
    assert weights().shape == (1536 + 1,)
    assert log_odds(0 * weights()[:-1]) == pytest.approx(float(weights()[-1]))
    assert log_odds(weights()[:-1]) - log_odds(0 * weights()[:-1]) == pytest.approx(float((weights()[:-1] ** 2).sum()))


def test_yes_or_no_is_not_put_to_the_probe(index: Index, write: Write, workplace: Path) -> None:
    sync([write("a.txt", FERRY)], index)
    metadata = {"footnote_local": True, "footnote_state": lambda _text: pytest.fail("it was")}
    ask("Do dogs travel free on the ferry?", index, Small(replies={"kind": CHECK}, metadata=metadata))


def test_a_broken_reply_is_a_failure_of_the_model() -> None:
    metadata = {"footnote_local": True, "footnote_state": lambda _text: [float("no number")]}
    with pytest.raises(ModelFailed):
        state_of(Small(replies={}, metadata=metadata), FERRY)


@pytest.mark.parametrize("likelihood", [0.02, 0.5, 0.98])
def test_what_was_read_outweighs_what_was_retrieved(likelihood: float) -> None:
    assert informed(likelihood, -4.0) < 0.3 < 0.7 < informed(likelihood, 4.0)
    assert informed(0.1, 1.0) < informed(0.9, 1.0)


def test_a_model_knows_which_question_a_passage_answers(index: Index, write: Write) -> None:
    assert local.installed(), "this test needs the local model: footnote models pull"
    sync([write("a.txt", FERRY)], index)
    model = load_model("local")
    for question, is_answered in ASKED.items():
        said = answering_odds(question, found(index, question), model)
        assert said is not None
        assert (said > 0) == is_answered, f"{question} {said}"


def test_reading_passages_leaves_the_instructions_where_they_are() -> None:
    model = load_model("local")
    path = local.find()
    server = serve(path, kept_in(local.models_folder(), path))
    forget(model)
    long = "Lines of a story. " * 300
    states = [state_of(model, answered_prompt(text, RIVAL)) for text in (FERRY, long, FERRY)]
    assert states[0] == states[2] != states[1]  # whatever was read before
    for prompt in beginnings():
        body = {"messages": convert_to_openai_messages(prompt), "max_tokens": 1}
        said = server.post("/v1/chat/completions", body, timeout=100)["timings"]
        assert said["cache_n"] > said["prompt_n"]
