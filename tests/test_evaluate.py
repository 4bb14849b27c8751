"""From a file of questions to outcomes: asking, grading, going on after a stop."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field
from sample_outcomes import made

from index import Index
from index.documents import Chunk, Passage
from index.errors import SettingsError
from rag import Answer, Settings
from rag.citations import Citation, Turn
from rag.evaluate import Question, Trial, evaluate, evaluate_sets, load_questions
from rag.outcomes import grade, outcome_from_json, statements_and_covered
from rag.questions import draw, load_sets, set_name
from rag.runs import RunFile, load_run, run_to_json, setup_of

QUOTES = Settings(llm="quotes")


class Recorder(BaseChatModel):
    """Always finds nothing, keeps what it was asked, and is interrupted at a given question."""

    asked: list[str] = Field(default_factory=list)
    interrupted_at: str | None = None

    @property
    def _llm_type(self) -> str:
        return "recorder"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._said(messages)))])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(self._said(messages)))

    def _said(self, messages: list[BaseMessage]) -> str:
        text = messages[-1].text
        if self.interrupted_at and self.interrupted_at in text:
            raise KeyboardInterrupt
        self.asked.append(text)
        return "NONE"

    def questions(self) -> list[str]:
        """The last question of each prompt, once."""
        lines = [[line for line in text.splitlines() if line.startswith("Question: ")][-1] for text in self.asked]
        return list(dict.fromkeys(line.removeprefix("Question: ") for line in lines))


def question(number: int, text: str = "", **fields: Any) -> Question:
    return Question("set", str(number), text or f"Which number is {number}?", **fields)


def written(folder: Path, *rows: object, name: str = "moon.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# Question files


def test_a_question_needs_no_more_than_a_question(tmp_path: Path) -> None:
    path = written(tmp_path, {"question": "Why?"}, {"question": "How?", "id": 7, "answerable": False, "lang": "en"})
    assert load_questions(path) == [Question("moon", "1", "Why?"), Question("moon", "7", "How?", answerable=False)]


@pytest.mark.parametrize("key", ["qid", "_id", "old", "lang", "paragraph", "unanswerable", "is_answerable", "returns"])
def test_keys_of_others_are_left_alone(tmp_path: Path, key: str) -> None:
    assert len(load_questions(written(tmp_path, {"question": "Who?", key: 1}))) == 1


@pytest.mark.parametrize(
    ("key", "meant"), [("answer", "answers"), ("answerble", "answerable"), ("turn", "turns"), ("golds", "gold")]
)
def test_a_misspelt_key_is_not(tmp_path: Path, key: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"line 1: unknown key '{key}'; is '{meant}' meant?"):
        load_questions(written(tmp_path, {"question": "Who?", key: []}))


def test_a_set_is_named_after_its_file_or_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").mkdir()
    assert set_name(tmp_path / "seeds" / "questions.jsonl") == "seeds"
    assert set_name(tmp_path / "seeds" / "conversations.jsonl") == "conversations"
    monkeypatch.chdir(tmp_path / "seeds")
    assert set_name(Path("questions.jsonl")) == "seeds"


def test_two_sets_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    paths = [written(folder, {"question": "Why?"}) for folder in (tmp_path, tmp_path / "other")]
    with pytest.raises(SettingsError, match="two sets of questions would be called moon"):
        load_sets(paths)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"question": "Why?", "answers": "because"}, "answers"),
        ({"question": "Why?", "answerable": "perhaps"}, "answerable"),
        ({"question": "Why?", "turns": ["How?", " "]}, "the question is empty"),
        ({"question": "Why?", "turns": "How?"}, "turns"),
        ({"question": "Why?", "all_of": ["because"]}, "all_of"),
        ({"question": ["Why?"]}, "question"),
        ({"question": "Why?", "id": "1"}, "an earlier question has the id '1' too"),
        ("Why?", "a line is an object"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, row: object, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_questions(written(tmp_path, {"question": "Who?"}, row))
    assert "moon.jsonl, line 2: " in str(raised.value)
    assert words in str(raised.value)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "moon.jsonl"
    path.write_text('{"question": "Who?"\n')
    with pytest.raises(SettingsError, match=r"line 1: not JSON: Expecting ',' delimiter, at character 20$"):
        load_questions(path)


def test_half_of_a_sample_can_be_without_an_answer() -> None:
    questions = [question(n, answerable=n % 4 > 0) for n in range(40)]
    drawn = draw(questions, 9, seed=3, half=True)
    assert [q.answerable for q in drawn].count(False) == 4
    assert len(set(drawn)) == 9
    assert drawn == sorted(drawn, key=questions.index) == draw(questions, 9, seed=3, half=True)
    assert drawn != draw(questions, 9, seed=4, half=True)
    with pytest.raises(SettingsError, match="10 questions without an answer, and half of 22 are 11"):
        draw(questions, 22, half=True)


# Grading


@pytest.mark.parametrize(
    ("text", "statements", "covered"),
    [
        ("Altman visited Japan. [1]\n\nHe visited Korea [2]. He left.", 3, 2),
        ("Altman visited:\n\n- Japan [1]\n- Korea [2][3]\n- India", 3, 2),
        ("## Visits\n\n**Japan** [1] and Korea [2] came first.", 1, 1),
        ("> Sam Altman a visité le Japon. [1]\n\n> M. Altman est parti. [2]", 2, 2),
        ("> Il est venu. Il est parti. [1]\n\nIl l'a dit. Il a ri. [2]", 3, 2),
        ("> Il est venu. [1] Il est parti.", 2, 1),
        ("日本です[1]。韓国です。", 2, 1),
        ("[1] Japan.", 1, 0),
        ("", 0, 0),
    ],
)
def test_statements_with_and_without_a_footnote(text: str, statements: int, covered: int) -> None:
    assert statements_and_covered(text) == (statements, covered)


TEXT = "Le pont a été ouvert en 1995. Il mesure 2141 mètres."
PASSAGES = (
    Passage(Chunk("b", "b.txt", "B", 0, 30, None, "Opened in 1995."), 0.9),
    Passage(Chunk("a", "a.txt", "A", 0, 29, None, TEXT[:29]), 0.8),
    Passage(Chunk("c", "a.txt", "A", 30, 52, None, TEXT[30:]), 0.7),
)


def answered(text: str, *citations: Citation) -> Answer:
    return Answer("?", text, citations, PASSAGES, "answered", "fake")


def test_an_answer_is_compared_with_what_is_accepted() -> None:
    asked = question(1, answers=("1995",), gold=("a.txt",))
    right = Citation(1, "a.txt", "A", None, 0, 29, TEXT[:29], 1.0)
    moved = replace(right, number=2, start=1)
    found = grade(asked, answered("Opened in 1995. [1] Then more. [3]", right, moved), lambda source: TEXT)
    assert (found.correct, found.quote_hit, found.ranks) == (True, True, (2,))
    assert (found.statements, found.covered, found.verbatim, found.dangling) == (2, 2, 1, 1)
    wrong = grade(
        asked, answered("In 1996. [1]", replace(right, quote=TEXT[30:], start=30, end=52)), lambda source: TEXT
    )
    assert (wrong.correct, wrong.quote_hit, wrong.verbatim) == (False, False, 1)


def test_one_of_each_group_has_to_be_there() -> None:
    asked = question(1, all_of=(("1995", "'95"), ("2141 m", "2 141 mètres")))
    for text, correct in [("In 1995, and 2141 mètres.", True), ("In '95.", False), ("2.141 mètres", False)]:
        assert grade(asked, answered(text), lambda source: TEXT).correct == correct


def test_a_marker_does_not_break_an_answer_apart() -> None:
    assert grade(question(1, answers=("2141 mètres",)), answered("2141 [1] mètres"), lambda source: TEXT).correct


def test_a_refusal_is_never_correct_and_states_nothing() -> None:
    refused = replace(answered("The documents do not say 1995."), verdict="not_in_documents")
    found = grade(question(1, answers=("1995",)), refused, lambda source: TEXT)
    assert (found.correct, found.statements, found.is_answered) == (False, 0, False)


def test_an_outcome_goes_to_json_and_back() -> None:
    outcome = replace(
        made(ranks=(1, 4)),
        question=question(1, "été?", all_of=(("a", "b"),), turns=("Où ?",)),
        before=(Turn("Où ?", "Là."),),
    )
    assert outcome_from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


# Asking


def test_questions_are_answered_from_the_index(seeds_index: Index) -> None:
    asked = question(
        1, "Quel est le rival chinois qui a ébranlé la Silicon Valley ?", answers=("DeepSeek",), gold=("pays.txt",)
    )
    (found,) = evaluate([asked], index=seeds_index, settings=QUOTES)
    assert (found.correct, found.quote_hit, found.model) == (True, True, "quotes")
    assert found.verbatim == len(found.citations) > 0
    assert found.passages
    assert found.ranks


def test_earlier_turns_are_asked_first_and_once(seeds_index: Index) -> None:
    first, second = "Which countries did Altman visit?", "Which companies did he meet there?"
    questions = [
        question(1, "And in Seoul?", turns=(first, second)),
        question(2, "And in Tokyo?", turns=(first, second)),
        question(3, "And why?", turns=(first,)),
        question(4, "Who is Vaishnaw?"),
    ]
    model = Recorder()
    outcomes = evaluate(questions, index=seeds_index, settings=QUOTES, model=model)
    assert [outcome.question for outcome in outcomes] == questions
    assert model.questions() == [first, second, *(q.question for q in questions)]
    assert [[turn.question for turn in outcome.before] for outcome in outcomes] == [list(q.turns) for q in questions]
    before = {
        q: next(text for text in model.asked if text.endswith(q) or f"Question: {q}\n" in text)
        for q in model.questions()
    }
    assert first in before[second]
    assert "The documents do not say." in before[second], "the answer to the first"
    assert second in before["And in Seoul?"]
    assert first in before["And why?"]
    assert second not in before["And why?"]
    assert "The documents do not say." not in before["Who is Vaishnaw?"]


def test_progress_counts_the_questions_of_all_sets(seeds_index: Index) -> None:
    trials = [
        Trial([replace(question(n), set=name) for n in range(2)], seeds_index, QUOTES) for name in ("moon", "sun")
    ]
    calls: list[tuple[int, int, str]] = []
    evaluate_sets(trials, model=Recorder(), progress=lambda *call: calls.append(call))
    assert [(done, total) for done, total, _ in calls] == [(0, 4), (1, 4), (2, 4), (2, 4), (3, 4), (4, 4)]
    assert calls[1][2] == "Which number is 1?"


# Stopping and going on


def test_a_run_that_was_killed_goes_on_where_it_was(seeds_index: Index, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    trial = Trial([question(n) for n in range(5)], seeds_index, QUOTES)
    killed = Recorder(interrupted_at="number is 3?")
    with pytest.raises(KeyboardInterrupt):
        evaluate_sets([trial], model=killed, run_file=RunFile(path))
    kept = path.read_bytes()
    assert kept.count(b"\n") == 4, "the setup and three outcomes"
    path.write_bytes(kept + b'{"question": {"set": "set", "id": "3"')  # killed while it was writing the fourth
    again = Recorder()
    calls: list[int] = []
    outcomes = evaluate_sets(
        [trial], model=again, run_file=RunFile(path), progress=lambda done, total, name: calls.append(done)
    )
    assert again.questions() == ["Which number is 3?", "Which number is 4?"]
    assert [outcome.question for outcome in outcomes] == trial.questions
    assert calls == [3, 4, 5]
    assert path.read_bytes().startswith(kept)
    assert path.read_bytes().count(b"\n") == 6
    never = Recorder()
    assert evaluate_sets([trial], model=never, run_file=RunFile(path)) == outcomes
    assert never.asked == []


def test_a_run_file_takes_other_sets_too(seeds_index: Index, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    moon = Trial([replace(question(1), set="moon")], seeds_index, QUOTES)
    sun = Trial([replace(question(1), set="sun")], seeds_index, QUOTES)
    evaluate_sets([moon], model=Recorder(), run_file=RunFile(path))
    model = Recorder()
    assert len(evaluate_sets([moon, sun], model=model, run_file=RunFile(path))) == 2
    assert len(model.questions()) == 1


@pytest.mark.parametrize(("field", "value"), [("llm", "openai:m"), ("checker", "nli"), ("top_k", 3), ("strict", False)])
def test_a_run_of_another_setup_is_not_gone_on_with(
    seeds_index: Index, tmp_path: Path, field: str, value: object
) -> None:
    path = tmp_path / "run.jsonl"
    trial = Trial([question(1)], seeds_index, QUOTES)
    evaluate_sets([trial], model=Recorder(), run_file=RunFile(path))
    before = path.read_bytes()
    other = replace(trial, settings=QUOTES.model_copy(update={field: value}))
    with pytest.raises(SettingsError, match=f"{field} was .*, is {value}; give --resume another file"):
        evaluate_sets([other], model=Recorder(), run_file=RunFile(path))
    assert path.read_bytes() == before


def test_an_index_of_other_documents_is_another_setup(seeds_index: Index, index: Index) -> None:
    one, other = (setup_of("set", found, QUOTES) for found in (seeds_index, index))
    assert one.documents != other.documents
    assert one == setup_of("set", seeds_index, QUOTES)


def test_a_question_that_was_changed_since_is_not_taken_from_a_run(seeds_index: Index, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    trial = Trial([question(1)], seeds_index, QUOTES)
    evaluate_sets([trial], model=Recorder(), run_file=RunFile(path))
    with pytest.raises(SettingsError, match="another version of question '1'"):
        evaluate_sets([replace(trial, questions=[question(1, answers=("1",))])], run_file=RunFile(path))


@pytest.mark.parametrize("content", ['{"question": "Why?"}\n', "mine, without an end", "{}\n", "\n"])
def test_a_file_that_is_no_run_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="is no run of footnote eval"):
        RunFile(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_broken_line_inside_a_run_is_named(seeds_index: Index, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    evaluate_sets([Trial([question(1)], seeds_index, QUOTES)], model=Recorder(), run_file=RunFile(path))
    with path.open("ab") as file:
        file.write(b'{"question": 1}\n')
    with pytest.raises(SettingsError, match="line 3: no outcome"):
        RunFile(path)


def test_what_a_run_prints_as_json_can_be_read_back(tmp_path: Path) -> None:
    outcomes = [made(1), made(2, correct=False), made(1, set="sun", answerable=False)]
    row = run_to_json([], outcomes)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(row), encoding="utf-8")
    assert load_run(path) == outcomes
    assert row["figures"]["correct"]["value"] == 0.5
    assert row["sets"]["moon"]["questions"] == 2
    assert row["sets"]["sun"]["figures"]["correct"] == {"value": None, "low": None, "high": None}
