"""What is behind the chat page, without a browser: the line, one turn, conversations, settings, texts, examples."""

import io
import json
import re
import sqlite3
import string
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conftest import Write
from fpdf import FPDF
from PIL import Image

from index import Index, sync
from index.errors import ModelFailed, SettingsError, StoreUnavailable
from index.load import load
from rag import Settings, answer
from rag.citations import Answer, Citation, Turn
from rag.questions import load_questions
from ui.api import allowed, uploaded
from ui.asking import Line, exchanges
from ui.cli import main
from ui.conversations import Conversations, Exchange, conversation_json, conversation_markdown
from ui.desk import Desk
from ui.pdf_page import find_letters, page_image
from ui.settings_panel import Preferences, preferences_from, settings_html
from ui.suggestions import suggestions
from ui.texts import LANGUAGES, TEXTS, Texts, texts_for
from ui.translations import translated
from ui.visits import arrived, kept

ENGLISH = Texts()


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
        text = conversation_markdown("A title", turns, ENGLISH)
        assert text.startswith("# A title\n\n## Question\n\n> Is it\n> so?\n\nYes[^1].\n\n[^1]: “Yes” — A\n")
        assert text.endswith("> b\n\nIt broke.\n")
        rows = json.loads(conversation_json("A title", turns))
        assert rows["title"] == "A title"
        assert rows["turns"][0]["answer"]["citations"][0]["quote"] == "Yes"
        assert rows["turns"][1]["answer"] is None


class TestSettings:
    def test_a_browser_chooses_over_the_server(self) -> None:
        own = Settings(llm="some-model", llm_base_url="http://127.0.0.1:9/v1", top_k=5)
        assert Preferences().apply(own) == own
        chosen = preferences_from(
            {"llm": " quotes ", "top_k": "3", "answer_language": "fr", "strict": "false"}, ENGLISH
        )
        applied = chosen.apply(own)
        assert (applied.llm, applied.top_k, applied.answer_language, applied.strict) == ("quotes", 3, "fr", False)
        assert applied.llm_base_url is None  # the address goes with the server's own model
        assert Preferences(llm="other-model").apply(own).llm_base_url == own.llm_base_url

    def test_the_language_of_the_question_can_be_chosen_over_that_of_the_server(self) -> None:
        own = Settings(answer_language="sv")
        assert Preferences().apply(own).answer_language == "sv"
        assert preferences_from({"answer_language": ""}, ENGLISH).apply(own).answer_language == ""
        form = settings_html(Preferences(), own, "quotes", [], ENGLISH)
        assert 'value="sv" selected' in form
        assert " selected" not in settings_html(Preferences(answer_language=""), own, "quotes", [], ENGLISH)

    @pytest.mark.parametrize("values", [None, 3, [], {"top_k": "many"}, {"answer_language": "<b>"}, {"strict": "x"}])
    def test_what_cannot_be_is_as_if_it_was_not_there(self, values: Any) -> None:
        assert preferences_from(values, ENGLISH) == Preferences()

    def test_numbers_stay_in_their_range(self) -> None:
        assert preferences_from({"top_k": "0"}, ENGLISH).top_k == 1
        assert preferences_from({"top_k": "99999999999"}, ENGLISH).top_k == 100

    @pytest.mark.parametrize("llm", ["local:/etc/passwd", "local:model.gguf", "local:..\\x"])
    def test_a_file_of_the_server_cannot_be_chosen(self, llm: str) -> None:
        with pytest.raises(SettingsError, match="file of the server"):
            preferences_from({"llm": llm}, ENGLISH)

    def test_what_a_browser_keeps_comes_back(self) -> None:
        first = arrived(None, None, "fr")
        assert re.fullmatch("[0-9a-f]{32}", first.owner)
        visitor = replace(first, preferences=Preferences(llm="quotes", answer_language="", strict=False))
        from ui.visits import Talk

        stored, chosen = json.loads(json.dumps([kept(visitor, Talk("id")), visitor.preferences.to_json()]))
        assert arrived(stored, chosen, "fr") == visitor
        assert arrived(stored, None, "fr") == replace(visitor, preferences=Preferences())
        assert arrived({"owner": "../x"}, 3, "fr").owner != "../x"
        assert arrived(stored, {"llm": "local:/x.gguf"}, "fr").preferences == Preferences()


class TestTexts:
    def test_every_text_is_there_in_all_languages_with_the_same_values(self) -> None:
        for key, texts in TEXTS.items():
            fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
            assert len(texts) == len(LANGUAGES), key
            assert all(texts), key
            assert all(names == fields[0] for names in fields), key

    def test_one_is_counted_as_one(self) -> None:
        assert [Texts(code).count("added", 1) for code in ("fr", "es")] == ["1 ajouté", "1 añadido"]
        assert [Texts(code).count("added", 2) for code in ("fr", "es")] == ["2 ajoutés", "2 añadidos"]

    def test_french_signs_stay_with_their_words(self) -> None:
        french = Texts("fr")("about_term", title="A : b", term="c")
        assert french == "Que dit «\u00a0A : b\u00a0» à propos de c\u00a0?"
        assert (
            translated("encrypted: protected against copying", Texts("fr")) == "chiffré\u00a0: protégé contre la copie"
        )

    def test_every_text_is_used(self) -> None:
        code = "".join(path.read_text("utf-8") for path in (Path(__file__).parent.parent / "ui").glob("*.py"))
        code = code.replace((Path(__file__).parent.parent / "ui" / "texts.py").read_text("utf-8"), "")
        named = set(re.findall(r"""["']([a-z_]+)["']""", code))
        for key in TEXTS:
            stem = re.sub("_(one|many|long|how|indexed|changed|gone)$", "", key)
            assert key in named or stem in named or f'f"{stem}_' in code, key

    @pytest.mark.parametrize(
        ("accepted", "language"),
        [
            ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
            ("it, de-AT;q=0.5, en;q=0.4", "de"),
            ("en;q=0.1, es;q=0.9", "es"),
            ("", "en"),
            ("*", "en"),
            ("zz;q=x, fr;q=", "fr"),
        ],
    )
    def test_the_browser_says_which(self, accepted: str, language: str) -> None:
        assert texts_for(accepted).language == language


class TestSuggestions:
    def test_they_come_from_the_questions_beside_the_documents(self, seeds_index: Index) -> None:
        assert suggestions(seeds_index, Texts("de"))[0] == "Welche Länder hat Altman besucht?"
        assert len(suggestions(seeds_index, ENGLISH)) == 4

    def test_or_are_about_the_names_in_the_documents(self, index: Index, write: Write, docs: Path) -> None:
        write("harbour.txt", "A report\n\nIn May the ferry left Port Ellen early. Then Nora saw Port Ellen again.")
        write("notes.txt", "nothing but small words here, again and again")
        sync([docs], index)
        found = ["Que dit «\u00a0A report\u00a0» à propos de Port Ellen\u00a0?"]
        assert suggestions(index, Texts("fr")) == found
        assert answer(found[0], index=index, settings=Settings(llm="quotes")).citations
        rows = [
            {"id": 1, "question": "one?", "gold": ["harbour.txt"]},
            {"id": 2, "question": "elsewhere?", "gold": ["z.txt"]},
            {"id": 3, "question": "nothing?", "gold": [], "answerable": False},
        ]
        write("questions.jsonl", "\n".join(map(json.dumps, rows)))
        assert suggestions(index, Texts("fr")) == ["One?"]
        write("questions.jsonl", '{"id": 3}\nnot json')
        assert suggestions(index, Texts("fr")) == found


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


class TestPdfPage:
    @pytest.fixture
    def pdf(self, tmp_path: Path) -> Path:
        sheet = FPDF()
        sheet.set_font("Helvetica", size=12)
        for page in (
            "Lamps were lit. " * 30,
            "The lamp was lit by Nora. " * 3 + "It burnt out. " + "Filler words. " * 90,
        ):
            sheet.add_page()
            sheet.multi_cell(0, 8, page)
        sheet.output(str(tmp_path / "lamps.pdf"))
        return tmp_path / "lamps.pdf"

    def test_the_boxes_are_where_the_words_are(self, pdf: Path) -> None:
        image = page_image(pdf, 2, "It burnt\n  out.")
        assert image is not None
        assert image.data.startswith(b"\xff\xd8")
        (box,) = image.boxes
        assert 0 < box.left < box.left + box.width < 100
        assert box.top < 10
        assert 0.5 < box.height < 3

    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    @pytest.mark.parametrize("crop", [None, (20, 300, 560, 830)])
    def test_the_boxes_hold_the_ink_however_the_page_is_turned_and_cropped(
        self, tmp_path: Path, rotation: int, crop: tuple[int, int, int, int] | None
    ) -> None:
        sheet = FPDF()
        sheet.set_font("Helvetica", size=12)
        sheet.add_page()
        sheet.set_xy(30, 60)
        sheet.cell(text="One line of words stands alone.")
        sheet.output(str(tmp_path / "plain.pdf"))
        with pypdfium2.PdfDocument(tmp_path / "plain.pdf") as document:
            document[0].set_rotation(rotation)
            if crop:
                document[0].set_cropbox(*crop)
            document.save(tmp_path / "turned.pdf")
        image = page_image(tmp_path / "turned.pdf", 1, "One line of words stands alone.")
        assert image is not None
        (box,) = image.boxes
        picture = Image.open(io.BytesIO(image.data)).convert("L").point(lambda value: 255 if value < 100 else 0)
        left, top, right, bottom = picture.getbbox()  # of what is dark
        wide, high = image.width / 100, image.height / 100
        assert box.left * wide - 6 <= left < right <= (box.left + box.width) * wide + 6
        assert box.top * high - 6 <= top < bottom <= (box.top + box.height) * high + 6

    def test_a_quote_over_several_lines_has_a_box_a_line(self, pdf: Path) -> None:
        text = load(pdf, "lamps.pdf").text
        image = page_image(pdf, 2, text[text.index("Filler") :][:400])
        assert image is not None
        assert len(image.boxes) >= 3

    def test_where_there_is_no_picture(self, pdf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert page_image(tmp_path / "gone.pdf", 1, "x") is None
        assert page_image(pdf, 99, "x") is None
        image = page_image(pdf, 1, "words that are not there")
        assert image is not None
        assert image.boxes == ()
        (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
        assert page_image(tmp_path / "bad.pdf", 1, "x") is None
        monkeypatch.setattr("ui.pdf_page.SECONDS", 0.01)  # what takes too long is given up
        assert page_image(pdf, 1, "lamp") is None

    @pytest.mark.parametrize(
        ("text", "quote", "share", "found"),
        [
            ("a b-\r\nc d", "bc", 0.0, "b-\r\nc"),
            ("one two one two", "one", 0.9, "one"),
            ("the end of this pa", "this page goes on", 0.0, None),
            ("and here begins what goes on", "begins what goes on on the next page", 0.0, "begins what goes on"),
            ("", "x", 0.0, None),
            ("text", "...", 0.0, None),
        ],
    )
    def test_letters_are_found(self, text: str, quote: str, share: float, found: str | None) -> None:
        place = find_letters(text, quote, share)
        assert (text[place[0] : place[1] + 1] if place else None) == found
        if share:
            assert place == (8, 10)
