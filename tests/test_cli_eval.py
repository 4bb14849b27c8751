"""`footnote eval`: its table, samples, sets and reports, and how two runs compare."""

import json
import re
from pathlib import Path

import pytest
from command_line import ROWS, Command, Ran

from ui import terminal

pytestmark = pytest.mark.usefixtures("workplace")


@pytest.fixture
def questions(workplace: Path) -> Path:
    path = workplace / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n", encoding="utf-8")
    return path


def test_eval_prints_a_table(footnote: Command, filled: Path, questions: Path) -> None:
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.err) == (0, "footnote: questions to ask: 3\n")
    head, asked, *figures = ran.out.splitlines()
    assert (head.split(), asked.split()) == (["work"], ["questions", "3"])
    assert {len(line.split("  ")[0].rstrip()) > 0 for line in figures} == {True}
    assert re.search(r"^recall@1 +1.000 \[1.000, 1.000\]$", ran.out, re.MULTILINE)


def test_a_gold_document_that_is_not_there_is_named(footnote: Command, filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text('{"question": "Who?", "gold": ["moon.txt", "mon.txt"]}\n')
    ran = footnote("eval", path, "--index", filled, "--llm", "quotes")
    assert ran.code == 0
    assert f"footnote: {path}: not in the index, so that no passage of it can be right: mon.txt\n" in ran.err


def test_eval_draws_the_same_sample_for_the_same_seed(footnote: Command, filled: Path, questions: Path) -> None:
    def drawn(*seed: str) -> list[str]:
        ran = footnote(
            "eval", questions, "--index", filled, "--llm", "quotes", "--json", "--sample", "2", "--seed", *seed
        )
        assert (ran.code, ran.err) == (0, "footnote: questions to ask: 2\n")
        return [row["question"]["id"] for row in json.loads(ran.out)["questions"]]

    draws = [drawn(str(seed)) for seed in range(6)]
    assert draws[3] == drawn("3")
    assert len(set(map(tuple, draws))) > 1
    assert all(len(set(draw)) == 2 and draw == sorted(draw, key=["moon", "pont", "none"].index) for draw in draws)


@pytest.fixture
def more_questions(workplace: Path) -> Path:
    path = workplace / "bridges.jsonl"
    path.write_text(json.dumps(ROWS[1]) + "\n", encoding="utf-8")
    return path


def test_eval_takes_several_sets_with_an_index_each(
    footnote: Command, filled: Path, questions: Path, more_questions: Path, workplace: Path, documents: Path
) -> None:
    """The second index lacks the bridge, so its question is not found there."""
    assert footnote("index", documents / "moon.txt", "--index", workplace / "moon").code == 0
    indexes = ("--index", filled, "--index", workplace / "moon")
    ran = footnote("eval", questions, more_questions, *indexes, "--llm", "quotes", "--json")
    missing = f"{more_questions}: not in the index, so that no passage of it can be right: pont.txt"
    assert (ran.code, ran.err) == (0, f"footnote: {missing}\nfootnote: questions to ask: 4\n")
    found = json.loads(ran.out)
    assert found["sets"]["work"]["figures"]["recall@1"]["value"] == 1
    assert found["sets"]["bridges"]["figures"]["recall@1"]["value"] == 0
    assert found["figures"]["recall@1"]["value"] == pytest.approx(2 / 3)
    assert [setup["set"] for setup in found["setups"]] == ["work", "bridges"]
    assert [row["question"]["set"] for row in found["questions"]] == ["work"] * 3 + ["bridges"]


def test_eval_goes_on_with_a_run(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    argv = ("eval", questions, "--index", filled, "--llm", "quotes", "--json", "--resume", workplace / "run.jsonl")
    first = footnote(*argv)
    lines = (workplace / "run.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 4
    (workplace / "run.jsonl").write_text("".join(lines[:2]) + lines[2][:40], encoding="utf-8")
    again = footnote(*argv)
    assert (again.code, again.err) == (0, "footnote: questions to ask: 2\n")
    assert json.loads(again.out)["questions"][0] == json.loads(first.out)["questions"][0]
    ran = footnote(*argv, "--top-k", "3")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1].endswith("top_k was 8, is 3; give --resume another file")


def test_eval_writes_a_report(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes", "--report", workplace / "été.html")
    assert ran.code == 0
    assert (workplace / "été.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_eval_compares_two_runs(footnote: Command, filled: Path, questions: Path, workplace: Path) -> None:
    for name, sample in [("a.json", "3"), ("b.json", "2")]:
        ran = footnote("eval", questions, "--index", filled, "--llm", "quotes", "--json", "--sample", sample)
        (workplace / name).write_text(ran.out, encoding="utf-8")
    ran = footnote("eval", "--compare", workplace / "a.json", workplace / "b.json")
    assert (ran.code, ran.err) == (0, "footnote: questions that only one of the two has, left out: 1\n")
    assert ran.out.splitlines()[0].split() == ["work", "(2)", "A", "B", "B", "-", "A"]
    assert re.search(r"^recall@1 .* the same$", ran.out, re.MULTILINE)
    ran = footnote("eval", "--compare", workplace / "a.json", workplace / "a.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["figures"]["recall@5"]["words"] == "the same"


def test_runs_without_a_common_question_can_not_be_compared(footnote: Command, workplace: Path) -> None:
    for name in ("a.json", "b.json"):
        (workplace / name).write_text('{"questions": []}', encoding="utf-8")
    ran = footnote("eval", "--compare", "a.json", "b.json")
    assert ran == Ran(1, "", "footnote: a.json and b.json have no question in common\n")


def test_a_long_run_says_now_and_then_how_long_it_will_take(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 20.0, 40.0, 45.0, 100.0])
    monkeypatch.setattr(terminal, "monotonic", lambda: next(clock))
    with terminal.Progress("questions to ask: {}") as progress:
        for done in (10, 12, 14, 15, 20):
            progress(done, 20)
    lines = ["questions to ask: 10", "14 of 20 done, about 60 s left"]
    assert capsys.readouterr().err.splitlines() == [f"footnote: {line}" for line in lines]


def test_a_question_file_of_another_encoding_is_an_error_too(footnote: Command, filled: Path, questions: Path) -> None:
    questions.write_bytes('{"question": "où ?"}\n'.encode("latin-1"))
    ran = footnote("eval", questions, "--index", filled, "--llm", "quotes")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
