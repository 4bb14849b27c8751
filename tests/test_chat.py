"""What is behind the chat page, without a browser: the line, one turn, conversations, uploads."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Write
from langchain_core.messages import HumanMessage
from small_model import Small

from index import Index, sync
from index.errors import ModelFailed, SettingsError, StoreUnavailable
from rag import Settings, answer
from rag.citations import Answer, Citation, Turn
from rag.llm import first_token_logprobs
from rag.questions import load_questions
from ui.api import allowed, uploaded
from ui.asking import Line, exchanges
from ui.cli import main
from ui.conversations import Conversations, Exchange, conversation_json, conversation_markdown
from ui.desk import Desk
from ui.settings_panel import Preferences
from ui.texts import Texts


def said(question: str, text: str = "Yes [1].", **more: Any) -> Answer:
    cited = Citation(1, "a.txt", "A", None, 0, 3, "Yes", 0.9)
    return Answer(question, text, (cited,), (), "answered", "quotes", **more)


class Asked:
    """Answers at once, and keeps what it is asked."""

    def __init__(self, *errors: Exception) -> None:
        self.calls: list[tuple[str, list[Turn], str]] = []
        self._errors = list(errors)

    def __call__(self, question: str, history: Sequence[Turn], llm: str) -> Iterator[Answer]:  # type: ignore[override]
        self.calls.append((question, list(history), llm))
        if self._errors:
            raise self._errors.pop(0)
        yield said(question)


def run(ask: Any, earlier: Sequence[Exchange] = (), line: Line | None = None) -> list[Exchange]:
    return list(exchanges(ask, line or Line(1), "d", earlier, threading.Event()))


class TestOneTurn:
    def test_earlier_answers_are_handed_on_and_unfinished_ones_are_not(self) -> None:
        earlier = [
            Exchange("a", said("a"), "done"),
            Exchange("b", said("b"), "stopped"),
            Exchange("c", None, "failed", ("gone",)),
        ]
        ask = Asked()
        assert [exchange.state for exchange in run(ask, earlier)] == ["waiting", "writing", "done"]
        assert ask.calls == [("d", [Turn("a", "Yes [1].")], "")]

    def test_a_question_is_handed_on_as_it_was_read(self) -> None:
        ask = Asked()
        run(ask, [Exchange("wher?", said("wher?", read_as="Where?"), "done")])
        assert ask.calls == [("d", [Turn("Where?", "Yes [1].")], "")]

    def test_a_model_that_fails_is_replaced_by_quotes_and_the_reader_is_told(self) -> None:
        ask = Asked(ModelFailed("no breath"))
        assert run(ask)[-1].notes == ("no breath. Quotes from the documents are shown instead.",)
        (note,) = run(Asked(ModelFailed("is its address right?")))[-1].notes
        assert note == "is its address right? Quotes from the documents are shown instead."
        assert [llm for _, _, llm in ask.calls] == ["", "quotes"]

    def test_what_fails_twice_is_said(self) -> None:
        last = run(Asked(ModelFailed("no breath"), ModelFailed("still none")))[-1]
        assert (last.state, last.answer, last.notes[-1]) == ("failed", None, "still none")

    def test_a_stop_while_waiting_in_the_line(self) -> None:
        line, stopped = Line(1), threading.Event()
        with line.joined():
            turn = exchanges(Asked(), line, "q", [], stopped)
            assert next(turn).place == 1
            stopped.set()
            assert [exchange.state for exchange in turn] == ["waiting", "stopped"]
        with line.joined() as person:  # nobody is left in the line
            assert line.place(person) == 0

    def test_after_a_stop_the_model_is_asked_no_more(self) -> None:
        model, stopped, ended = Small(replies={}), threading.Event(), threading.Event()
        seen = threading.Event()

        def ask(question: str, history: Sequence[Turn], llm: str) -> Iterator[Answer]:
            try:
                first_token_logprobs(model, [HumanMessage("kind?")])
                yield said(question)
                assert seen.wait(5)
                first_token_logprobs(model, [HumanMessage("does it answer?")])
                yield said(question)
            finally:
                ended.set()

        turn = exchanges(ask, Line(1), "q", [], stopped)  # type: ignore[arg-type]
        assert [next(turn).state for _ in range(2)] == ["waiting", "writing"]
        stopped.set()
        assert [exchange.state for exchange in turn] == ["stopped"]
        seen.set()
        assert ended.wait(5)
        assert [last for _, last in model.asked] == ["kind?"]


def test_twenty_are_served_in_turn_and_know_their_place() -> None:
    line, served, most = Line(4), list[int](), list[int]()
    people = [line.joined() for _ in range(20)]
    tickets = [person.__enter__() for person in people]
    assert [line.place(ticket) for ticket in tickets] == [0, 0, 0, 0, *range(1, 17)]
    running, lock = 0, threading.Lock()

    def serve(n: int) -> None:
        nonlocal running
        while line.place(tickets[n], patience=5):
            pass
        with lock:
            served.append(n)
            running += 1
            most.append(running)
        with lock:
            running -= 1
        people[n].__exit__(None, None, None)

    threads = [threading.Thread(target=serve, args=[n]) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(served) == list(range(20))
    assert max(most) <= 4
    assert all(abs(place - n) < 8 for place, n in enumerate(served))  # in turn, but for who is quicker among four


@pytest.mark.parametrize(
    ("settings", "chosen", "model", "places"),
    [
        ({"llm": "local"}, "", None, [0, 1]),
        ({"llm": "local"}, "quotes", None, [0, 0]),
        ({"llm": "quotes"}, "local:other", None, [0, 1]),
        ({"llm": "local", "llm_base_url": "http://127.0.0.1:1/v1"}, "", None, [0, 0]),  # of a server: only its name
        ({"llm": "quotes"}, "", Small(replies={}), [0, 1]),
        ({"llm": "quotes"}, "", Small(replies={}, metadata={}), [0, 0]),
    ],
)
def test_answers_of_the_local_model_come_one_at_a_time(
    settings: dict[str, str], chosen: str, model: Any, places: list[int]
) -> None:
    desk = Desk(Settings(**settings), model)
    line = desk.line(Preferences(llm=chosen))
    with line.joined() as one, desk.line(Preferences(llm=chosen)).joined() as other:
        assert [line.place(one), line.place(other)] == places
        with desk.line(Preferences(llm="openai:gpt-5-mini")).joined() as third:
            assert desk.line(Preferences(llm="openai:gpt-5-mini")).place(third) == 0


class TestConversations:
    @pytest.fixture
    def kept(self, tmp_path: Path) -> Conversations:
        """With one conversation of mine that has no exchange yet."""
        made = Conversations(tmp_path / "new" / "conversations.sqlite")
        made.begin("me", "1", "Who announced Stargate?")
        return made

    def test_one_that_was_deleted_meanwhile_stays_deleted(self, kept: Conversations) -> None:
        kept.delete("me", "1")
        kept.save("me", "1", 1, Exchange("q", said("q"), "done"))
        assert kept.summaries("me") == []

    def test_they_outlive_the_process(self, kept: Conversations, tmp_path: Path, seeds_index: Index) -> None:
        found = answer("Who announced Stargate?", index=seeds_index, settings=Settings(llm="quotes"))
        whole = Exchange(found.question, replace(found, removed=("x",)), "done", ("note",), vote=-1, comment="c")
        kept.save("me", "1", 1, whole)
        again = Conversations(tmp_path / "new" / "conversations.sqlite")
        assert again.load("me", "1") == (whole,)
        (summary,) = again.summaries("me")
        assert (summary.id, summary.title, summary.questions) == ("1", "Who announced Stargate?", 1)

    def test_what_was_running_when_the_server_stopped_counts_as_stopped(self, kept: Conversations) -> None:
        kept.save("me", "1", 1, Exchange("q", said("q"), "writing"))
        assert kept.load("me", "1") == (Exchange("q", said("q"), "stopped"),)

    def test_a_rating_changes_no_answer_that_was_asked_for_anew(self, kept: Conversations) -> None:
        old, new = Exchange("q", said("q"), "done"), Exchange("q", replace(said("q"), text="No."), "done")
        kept.save("me", "1", 1, old)
        kept.save("me", "1", 1, new, again=True)
        kept.rate("me", "1", 1, replace(old, vote=1))
        assert kept.load("me", "1") == (new,)
        kept.rate("me", "1", 1, replace(new, notes=("a note",), vote=1, comment="c"))
        assert kept.load("me", "1") == (replace(new, vote=1, comment="c"),)

    def test_nobody_sees_or_changes_those_of_another(self, kept: Conversations) -> None:
        mine = Exchange("mine", said("mine"), "done")
        kept.save("me", "1", 1, mine)
        kept.begin("other", "1", "theirs")
        kept.save("other", "1", 1, Exchange("theirs"))
        kept.save("other", "1", 2, Exchange("theirs"))
        kept.rate("other", "1", 1, replace(mine, vote=1))
        kept.rename("other", "1", "theirs")
        kept.delete("other", "1")
        assert kept.summaries("other") == []
        assert kept.load("other", "1") == ()
        assert kept.questions("other") == []
        assert kept.load("me", "1") == (mine,)
        assert kept.summaries("me")[0].title == "Who announced Stargate?"

    def test_a_question_that_is_edited_replaces_what_followed(self, kept: Conversations) -> None:
        for turn, question in enumerate(("a", "b", "c"), 1):
            kept.save("me", "1", turn, Exchange(question, said(question), "done"))
        kept.save("me", "1", 2, Exchange("b again", said("b again"), "done"))
        assert [exchange.question for exchange in kept.load("me", "1")] == ["a", "b again", "c"]
        kept.save("me", "1", 2, Exchange("edited", said("edited"), "done"), again=True)
        assert [exchange.question for exchange in kept.load("me", "1")] == ["a", "edited"]

    def test_they_are_found_renamed_and_deleted(self, kept: Conversations, tmp_path: Path) -> None:
        for name, question in (("1", "Where is the ferry?"), ("2", "WHO baked % bread_?")):
            kept.begin("me", name, question)
            kept.save("me", name, 1, Exchange(question, said(question, "In Port Ellen [1]."), "done"))
        assert [summary.id for summary in kept.summaries("me")] == ["2", "1"]
        assert [summary.id for summary in kept.summaries("me", "who % bread_")] == ["2"]
        assert [summary.id for summary in kept.summaries("me", "ellen FERRY")] == ["1"]  # in answers as well
        assert kept.summaries("me", "50% 'quoted\" bread") == []
        kept.rename("me", "1", "  Harbour\n<b>\ud800 " + "x" * 100)
        assert kept.summaries("me", "harbour")[0].title.startswith("Harbour <b>? xxx")
        assert len(kept.summaries("me", "harbour")[0].title) == 80
        kept.delete("me", "1")
        assert kept.load("me", "1") == ()
        assert [summary.id for summary in kept.summaries("me")] == ["2"]
        with closing(sqlite3.connect(tmp_path / "new" / "conversations.sqlite")) as db:
            assert db.execute("SELECT conversation FROM exchanges").fetchall() == [("2",)]

    def test_a_folder_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StoreUnavailable, match="conversations can't be kept"):
            Conversations(tmp_path / "file" / "c.sqlite").summaries("me")
        (tmp_path / "c.sqlite").write_text("no database at all, and long enough to be looked at" * 30)
        with pytest.raises(StoreUnavailable, match="conversations can't be kept"):
            Conversations(tmp_path / "c.sqlite").begin("me", "1", "q")

    def test_rated_answers_make_a_question_file(self, kept: Conversations, tmp_path: Path) -> None:
        refusal = replace(said("c", "The documents do not say."), citations=(), verdict="not_in_documents")
        turns = [
            Exchange("a", said("a"), "done", vote=1),
            Exchange("b", said("b"), "done"),
            Exchange("c", refusal, "done"),
        ]
        turns += [Exchange("d", said("d"), "done", vote=-1, comment="It was Nora.")]
        turns[2] = replace(turns[2], vote=1)
        for turn, exchange in enumerate(turns, 1):
            kept.save("me", "1", turn, exchange)
        file = tmp_path / "questions.jsonl"
        file.write_text("\n".join(map(json.dumps, kept.questions("me"))), encoding="utf-8")
        asked = {question.question: question for question in load_questions(file)}
        assert list(asked) == ["a", "c", "d"]
        assert (asked["a"].gold, asked["a"].answerable, asked["a"].turns) == (("a.txt",), True, ())
        assert (asked["c"].gold, asked["c"].answerable, asked["c"].turns) == ((), False, ("a", "b"))
        assert (asked["d"].gold, asked["d"].answers, asked["d"].answerable) == ((), (), None)
        assert kept.questions("me")[2]["comment"] == "It was Nora."

    def test_what_was_rated_is_graded_as_far_as_it_is_known(
        self, kept: Conversations, index: Index, write: Write, docs: Path, tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        write("ferry.txt", "The ferry\n\nThe ferry to Islay sails from Port Ellen at noon.")
        sync([docs], index)
        votes = {"When does the ferry to Islay sail?": 1, "Who won the cup?": 1, "Who painted the Mona Lisa?": -1}
        for turn, (question, vote) in enumerate(votes.items(), 1):
            found = answer(question, index=index, settings=Settings(llm="quotes"))
            kept.save("me", "1", turn, Exchange(question, found, "done", vote=vote))
        rows = [{key: value for key, value in row.items() if key != "turns"} for row in kept.questions("me")]
        (tmp_path / "rated.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        index.close()
        main(["eval", str(tmp_path / "rated.jsonl"), "--index", str(tmp_path / "index"), "--llm", "quotes", "--json"])
        figures = json.loads(capsys.readouterr().out)["figures"]
        counted = {name: figure["value"] for name, figure in figures.items()}
        assert counted["wrongly refused"] == 0
        assert counted["refusal recall"] == counted["refusal precision"] == 1
        assert (counted["sources right"], counted["correct"]) == (1, None)  # in which words it is right is not known

    def test_exports_hold_questions_answers_and_footnotes(self) -> None:
        turns = (Exchange("Is it\nso?", said("Is it\nso?"), "done"), Exchange("b", None, "failed", ("It broke.",)))
        text = conversation_markdown("A title", turns, Texts())
        assert text.startswith("# A title\n\n## Question\n\n> Is it\n> so?\n\nYes[^1].\n\n[^1]: “Yes” — A\n")
        assert text.endswith("> b\n\nIt broke.\n")
        read = (Exchange("wher?", said("wher?", read_as="Where?"), "done"),)
        assert "> wher?\n\nRead as: Where?\n\nYes[^1]." in conversation_markdown("A title", read, Texts())
        rows = json.loads(conversation_json("A title", turns))
        assert rows["title"] == "A title"
        assert rows["turns"][0]["answer"]["citations"][0]["quote"] == "Yes"
        assert rows["turns"][1]["answer"] is None


class TestApi:
    def test_only_folders_of_the_server_can_be_synced(self, tmp_path: Path) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "link").symlink_to("/etc")
        assert allowed(str(tmp_path / "docs" / "a.txt"), [tmp_path / "docs"]) == tmp_path / "docs" / "a.txt"
        for path in (
            "/etc/passwd",
            str(tmp_path),
            f"{tmp_path}/docs/../x",
            f"{tmp_path}/docs-2",
            f"{tmp_path}/docs/link/x",
        ):
            with pytest.raises(SettingsError, match="not below a folder"):
                allowed(path, [tmp_path / "docs"])

    def test_only_uploads_count_as_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "up"))
        (tmp_path / "up").mkdir()
        (tmp_path / "up" / "a.txt").write_text("a")
        assert uploaded({"path": str(tmp_path / "up" / "a.txt")}) == tmp_path / "up" / "a.txt"
        for path in ("/etc/passwd", str(tmp_path / "up" / ".." / "x"), "", str(tmp_path / "up")):
            with pytest.raises(SettingsError, match="no upload"):
                uploaded({"path": path})


def test_a_server_index_keeps_conversations_in_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    one, other = (Desk(Settings(index_path=f"http://127.0.0.1:{port}")) for port in (1, 2))
    assert one.uploads.is_relative_to(tmp_path)
    assert one.uploads != other.uploads


def test_an_upload_without_text_is_named_and_not_kept(tmp_path: Path) -> None:
    desk = Desk(Settings(index_path=str(tmp_path / "index"), llm="quotes"))
    for name, text in (("empty.txt", ""), ("full.txt", "The lamp was lit by Nora.")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = desk.add([tmp_path / "empty.txt", tmp_path / "full.txt"])
    assert [(skip.source, skip.reason) for skip in report.skipped] == [("empty.txt", "empty file")]
    assert [file.name for file in desk.uploads.iterdir()] == ["full.txt"]
    assert [file.source for file in desk.opened().result().files()] == ["full.txt"]
