"""What can go wrong with the command: one line on stderr, an exit code, and nothing is changed."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ROWS, WHEN, Command, Ran, process

from index import Index
from rag import local

pytestmark = pytest.mark.usefixtures("workplace")
QUESTION_FILES = {
    "cut.jsonl": json.dumps(ROWS[0]) + '\n{"id": "cut", "question": \n',
    "list.jsonl": json.dumps(ROWS[0]) + "\n[1, 2]\n",
    "lacks.jsonl": json.dumps(ROWS[0]) + '\n{"id": "lacks"}\n',
    "empty.jsonl": "",
    "misspelt.jsonl": '{"question": "When?", "answer": ["1921"], "page": 3}\n',
    "text.jsonl": '{"question": "When?", "answers": "1921"}\n',
    "good.jsonl": json.dumps(ROWS[0]) + "\n",
}
QUOTES = ("--llm", "quotes")
IPV6 = Path("/proc/net/if_inet6")
NEEDS_IPV6 = pytest.mark.skipif(not IPV6.exists() or not IPV6.read_text(), reason="this machine has no IPv6 address")
BAD: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("index", "nowhere"), {}, "no such file or folder: nowhere"),
    (("index", ".", "nowhere"), {}, "no such file or folder: nowhere"),
    (("index", ".", "--embedding-model", "other"), {}, "was made with the embedding model"),
    (("index", ".", "--index", "cut.jsonl"), {}, "index cut.jsonl can't be opened"),
    (("index", "."), {"FOOTNOTE_TOPK": "3"}, "unknown variable FOOTNOTE_TOPK"),
    (("ask", WHEN), {"FOOTNOTE_TOPK": "3"}, "unknown variable FOOTNOTE_TOPK"),
    (("ask", WHEN), {"FOOTNOTE_STRICT": "perhaps"}, "setting strict (FOOTNOTE_STRICT): true or false is needed"),
    (("ask", WHEN), {"FOOTNOTE_TOP_K": "many"}, "setting top_k (FOOTNOTE_TOP_K): a whole number is needed"),
    (("ask", WHEN), {"FOOTNOTE_ANSWER_LANGUAGE": "French"}, "two letters are needed, such as fr (got 'French')"),
    (("ask", WHEN, *QUOTES), {"FOOTNOTE_INDEX_PATH": "nowhere"}, "there is no index at nowhere"),
    (
        ("ask", WHEN, "--index", "nowhere", *QUOTES),
        {},
        "there is no index at nowhere; make one with: footnote index PATH",
    ),
    (("ask", WHEN, "--top-k", "0"), {}, "setting top_k"),
    (("ask", WHEN, "--top-k", "101"), {}, "setting top_k"),
    (("ask", "", *QUOTES), {}, "question"),
    (("ask", " \n\t ", *QUOTES), {}, "question"),
    (("ask", "why? " * 4000, *QUOTES), {}, "question"),
    (("ask", WHEN, "--embedding-model", "other", *QUOTES), {}, "was made with the embedding model"),
    (("ask", WHEN, "--llm", "parrot"), {}, "'parrot' is no language model"),
    (("ask", WHEN, "--llm", "parrot:7b"), {}, "'parrot' is no provider"),
    (("ask", WHEN, "--llm", "local:parrot"), {}, "no local model is called 'parrot'"),
    (("ask", WHEN, "--llm", "local:./parrot.gguf"), {}, "there is no file parrot.gguf"),
    (("ask", WHEN, "--llm", "openai:gpt-5-mini"), {}, "set OPENAI_API_KEY"),
    (("ask", WHEN, "--llm", "m", "--base-url", "ftp://127.0.0.1"), {}, "address"),
    (("ask", WHEN, "--llm", "m", "--base-url", "http://127.0.0.1:9/v1"), {}, "can't reach http://127.0.0.1:9"),
    (("ask", WHEN, "--llm", "openai:m", "--checker", "./no"), {"OPENAI_API_KEY": "none"}, "there is no such folder"),
    (("chat", "nowhere"), {}, "no such file or folder: nowhere"),
    (("chat", "--top-k", "0"), {}, "setting top_k"),
    (("eval", "nowhere.jsonl", *QUOTES), {}, "nowhere.jsonl"),
    (("eval", ".", *QUOTES), {}, "."),
    (("eval", "cut.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "list.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "lacks.jsonl", *QUOTES), {}, "line 2"),
    (("eval", "empty.jsonl", *QUOTES), {}, "empty.jsonl"),
    (("eval", "misspelt.jsonl", *QUOTES), {}, "line 1: unknown key 'answer'; is 'answers' meant?"),
    (("eval", "text.jsonl", *QUOTES), {}, "line 1: not a question: answers: a list is needed"),
    (("eval", "good.jsonl", "--index", "nowhere", *QUOTES), {}, "there is no index at nowhere"),
    (("eval", "good.jsonl", "./good.jsonl", *QUOTES), {}, "two sets of questions would be called good"),
    (("eval", "good.jsonl", *QUOTES, "--sample", "1", "--top-k", "0"), {}, "setting top_k"),
    (("eval", "good.jsonl", *QUOTES, "--sample", "2", "--half"), {}, "0 questions without an answer"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "good.jsonl"), {}, "good.jsonl is no run of footnote eval"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "."), {}, "run file . can't be read"),
    (("eval", "good.jsonl", *QUOTES, "--resume", "nowhere/run.jsonl"), {}, "there is no folder nowhere"),
    (("eval", "good.jsonl", *QUOTES, "--report", "nowhere/page.html"), {}, "there is no such folder"),
    (("eval", "good.jsonl", "--llm", "parrot"), {}, "'parrot' is no language model"),
    (("eval", "--compare", "good.jsonl", "good.jsonl"), {}, "good.jsonl is not what footnote eval --json prints"),
    (("eval", "--compare", "nowhere.json", "good.jsonl"), {}, "nowhere.json can't be read"),
    (("models", "pull", "parrot"), {}, "no local model is called 'parrot'"),
]


@pytest.mark.parametrize(("argv", "variables", "words"), BAD, ids=[" ".join(argv)[:60] for argv, _, _ in BAD])
def test_bad_input_is_one_line_and_exit_1_and_changes_nothing(
    argv: tuple[str, ...],
    variables: dict[str, str],
    words: str,
    footnote: Command,
    filled: Path,
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in QUESTION_FILES.items():
        (workplace / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("FOOTNOTE_INDEX_PATH", str(filled))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = Index.open(filled).store.revision
    ran = footnote(*argv)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("footnote: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert Index.open(filled).store.revision == before
    assert sorted(path.name for path in workplace.iterdir()) == sorted(QUESTION_FILES)


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("answer",),
        ("index",),
        ("index", ""),
        ("index", "--status", "docs"),
        ("index", "--remove"),
        ("index", "--watch"),
        ("index", ".", "--watch", "--rebuild"),
        ("index", ".", "--llm", "quotes"),
        ("index", ".", "--index", " "),
        ("ask",),
        ("ask", "why?", "--top-k", "many"),
        ("ask", "why?", "--llm"),
        ("ask", "why?", "--js"),
        ("chat", "--json"),
        ("chat", "--port", "99999"),
        ("chat", "--port", "0"),
        ("eval",),
        ("eval", "q.jsonl", "--sample", "0"),
        ("eval", "q.jsonl", "--half"),
        ("eval", "q.jsonl", "--index", "a", "--index", "b"),
        ("eval", "q.jsonl", "--compare", "a.json", "b.json"),
        ("eval", "--compare", "a.json"),
        ("models", "remove"),
        ("models", "pull", "one", "two"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(argv: tuple[str, ...], footnote: Command, workplace: Path) -> None:
    ran = footnote(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("usage: footnote")
    assert not list(workplace.iterdir())


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=NEEDS_IPV6), "198.51.100.7"])
def test_a_port_that_is_not_to_be_had_is_said_before_anything_is_indexed(
    host: str, footnote: Command, workplace: Path
) -> None:
    here = "127.0.0.1" if "." in host else host
    with socket.create_server((here, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        port = str(taken.getsockname()[1])
        ran = footnote("chat", ".", "--index", "index", "--host", host, "--port", port)
    words = f"footnote: can't serve at {host}:{port}: it is taken or not of this machine; try --port\n"
    assert ran == Ran(1, "", words)
    assert not list(workplace.iterdir())


def test_a_question_file_that_is_no_text_is_one_line(footnote: Command, filled: Path, workplace: Path) -> None:
    (workplace / "picture.jsonl").write_bytes(b"\x89PNG\xc2")
    ran = footnote("eval", "picture.jsonl", "--index", filled, *QUOTES)
    assert ran == Ran(1, "", "footnote: question file picture.jsonl can't be read: it is no text in UTF-8\n")


def test_ctrl_c_is_quiet(footnote: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "pull", interrupted)
    assert footnote("models", "pull", "unknown") == Ran(130, "", "")


def test_a_pipe_that_nobody_reads_is_quiet() -> None:
    listing = process("models", "list")
    assert listing.stdout is not None
    listing.stdout.close()
    assert listing.wait(60) == 141
    assert listing.stderr is not None
    assert listing.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a file of Linux")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "footnote: No space left on device\n")
