"""Conversations: what was asked and answered, and where it is kept between visits.

They are in an SQLite file of their own. Every conversation has an owner, a random name that a browser keeps to
itself: whoever does not know it finds none of them.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from index.errors import StoreUnavailable
from rag.citations import Answer
from ui.render import in_markdown, to_json, to_markdown
from ui.texts import Texts

State = Literal["queued", "waiting", "writing", "done", "stopped", "failed"]

PATIENCE = 10  # seconds to wait while another thread or process writes
LONGEST_TITLE = 80
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, owner TEXT, title TEXT, updated TEXT);
CREATE TABLE IF NOT EXISTS exchanges (
    conversation TEXT REFERENCES conversations ON DELETE CASCADE, turn INTEGER, words TEXT, exchange TEXT,
    PRIMARY KEY (conversation, turn)
);
CREATE INDEX IF NOT EXISTS owners ON conversations (owner, updated);
"""


@dataclass(frozen=True)
class Exchange:
    """One turn of a conversation.

    Attributes:
        question: What was asked.
        answer: What was answered so far; None before anything was found, and where it failed.
        state: How far it is.
        notes: Lines for the reader, above the answer.
        place: How many wait before it, while it is `queued`.
        vote: 1 for a good answer, -1 for a bad one, 0 if nobody has said.
        comment: What the reader wrote about the answer.
    """

    question: str
    answer: Answer | None = None
    state: State = "waiting"
    notes: tuple[str, ...] = ()
    place: int = 0
    vote: int = 0
    comment: str = ""

    @property
    def is_running(self) -> bool:
        return self.state in ("queued", "waiting", "writing")


@dataclass(frozen=True)
class Summary:
    """A conversation in a list."""

    id: str
    title: str
    updated: datetime
    questions: int


_EXCHANGE = TypeAdapter(Exchange)


class Conversations:
    """The conversations of one index, in a file that is made when it is first needed.

    Raises:
        StoreUnavailable: from every method: the file can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def summaries(self, owner: str, search: str = "") -> list[Summary]:
        """The conversations of an owner, the last one first; only those that hold all words of `search`, if given."""
        found = []
        with self._database() as db:
            rows = db.execute(
                "SELECT id, title, updated, count(turn), title || ' ' || coalesce(group_concat(words, ' '), '') "
                "FROM conversations LEFT JOIN exchanges ON conversation = id "
                "WHERE owner = ? GROUP BY id ORDER BY updated DESC",
                [owner],
            )
            for name, title, updated, questions, words in rows:
                if all(word in words.casefold() for word in search.casefold().split()):
                    found.append(Summary(name, title, datetime.fromisoformat(updated), questions))
        return found

    def load(self, owner: str, conversation: str) -> tuple[Exchange, ...]:
        """The exchanges of a conversation; what was being answered when the server stopped counts as stopped."""
        with self._database() as db:
            rows = db.execute(
                "SELECT exchange FROM exchanges JOIN conversations ON id = conversation "
                "WHERE owner = ? AND id = ? ORDER BY turn",
                [owner, conversation],
            ).fetchall()
        return tuple(_from_json(row) for (row,) in rows)

    def begin(self, owner: str, conversation: str, title: str) -> None:
        """Make room for a conversation; one that is there stays as it is."""
        with self._database() as db:
            row = [conversation, owner, _title(title), datetime.now(UTC).isoformat()]
            db.execute("INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?)", row)

    def save(self, owner: str, conversation: str, turn: int, exchange: Exchange, *, again: bool = False) -> bool:
        """Keep one exchange, if there is such a conversation: it may have been deleted. Whether it was kept.

        If it is asked `again`, those after it go: they followed from another.
        """
        with self._database() as db:
            mine = db.execute(
                "UPDATE conversations SET updated = ? WHERE id = ? AND owner = ?",
                [datetime.now(UTC).isoformat(), conversation, owner],
            )
            if not mine.rowcount:
                return False
            if again:
                db.execute("DELETE FROM exchanges WHERE conversation = ? AND turn > ?", [conversation, turn])
            words = f"{exchange.question} {_text(exchange)}"
            row = [conversation, turn, _clean(words), _EXCHANGE.dump_json(exchange, ensure_ascii=True).decode()]
            db.execute("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?)", row)
        return True

    def rate(self, owner: str, conversation: str, turn: int, exchange: Exchange) -> None:
        """Keep what the reader thinks of an answer; nothing else changes.

        Nothing does if another page of the reader's has asked anew meanwhile: another answer is not what was rated.
        """
        with self._database() as db:
            row = db.execute(
                "SELECT exchange FROM exchanges JOIN conversations ON id = conversation "
                "WHERE owner = ? AND id = ? AND turn = ?",
                [owner, conversation, turn],
            ).fetchone()
            kept = _from_json(row[0]) if row else None
            if kept and (kept.question, _text(kept)) == (exchange.question, _text(exchange)):
                rated = replace(kept, vote=exchange.vote, comment=exchange.comment)
                db.execute(
                    "UPDATE exchanges SET exchange = ? WHERE conversation = ? AND turn = ?",
                    [_EXCHANGE.dump_json(rated, ensure_ascii=True).decode(), conversation, turn],
                )

    def rename(self, owner: str, conversation: str, title: str) -> None:
        with self._database() as db:
            wanted = [_title(title), conversation, owner]
            db.execute("UPDATE conversations SET title = ? WHERE id = ? AND owner = ?", wanted)

    def delete(self, owner: str, conversation: str) -> None:
        with self._database() as db:
            db.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", [conversation, owner])

    def questions(self, owner: str) -> list[dict[str, Any]]:
        """The answers that an owner has rated, as lines of a question file for `footnote eval`."""
        return [
            _question(f"{summary.id}-{turn}", exchanges, turn)
            for summary in reversed(self.summaries(owner))
            for exchanges in [self.load(owner, summary.id)]
            for turn, exchange in enumerate(exchanges, 1)
            if exchange.vote
        ]

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """A connection and a transaction; each thread has its own."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as db, db:
                db.executescript(f"PRAGMA foreign_keys = ON;{SCHEMA}")
                yield db
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"conversations can't be kept in {self._path}: {error}") from error


def conversation_markdown(title: str, exchanges: Sequence[Exchange], texts: Texts) -> str:
    """A conversation to read elsewhere, as Markdown."""
    parts = [f"# {in_markdown(_title(title))}"]
    for turn, exchange in enumerate(exchanges, 1):
        question = "\n".join(f"> {in_markdown(line)}" for line in exchange.question.splitlines())
        parts += [f"## {texts('question')}", question]
        if exchange.answer and exchange.answer.read_as:
            parts.append(in_markdown(texts("read_as", question=exchange.answer.read_as)))
        notes = "\n".join(map(in_markdown, exchange.notes))
        parts.append(to_markdown(exchange.answer, texts, turn) if exchange.answer else notes)
    return "\n\n".join(parts) + "\n"


def conversation_json(title: str, exchanges: Sequence[Exchange]) -> str:
    """A conversation for programs; each answer as `footnote ask --json` prints it."""
    turns = [
        {
            "question": exchange.question,
            "state": exchange.state,
            "answer": to_json(exchange.answer) if exchange.answer else None,
            "vote": exchange.vote,
            "comment": exchange.comment,
        }
        for exchange in exchanges
    ]
    return json.dumps({"title": title, "turns": turns}, ensure_ascii=False, indent=2)


def _from_json(text: str) -> Exchange:
    exchange = _EXCHANGE.validate_json(text)
    return Exchange(exchange.question, exchange.answer, "stopped") if exchange.is_running else exchange


def _text(exchange: Exchange) -> str:
    return exchange.answer.text if exchange.answer else ""


def _question(name: str, exchanges: Sequence[Exchange], turn: int) -> dict[str, Any]:
    """One line of a question file.

    A good answer names the right documents, or that there are none; in which words another answer would be as good is
    not known. Of a bad one only what the reader wrote is known, not even whether there is an answer.
    """
    exchange = exchanges[turn - 1]
    found = exchange.answer
    row: dict[str, Any] = {"id": name, "question": exchange.question, "answers": [], "gold": [], "answerable": None}
    if exchange.vote > 0 and found:
        row["gold"] = list(dict.fromkeys(citation.source for citation in found.citations))
        row["answerable"] = found.verdict == "answered"
    if turn > 1:
        row["turns"] = [earlier.question for earlier in exchanges[: turn - 1]]
    row |= {"vote": exchange.vote, "comment": exchange.comment, "answer": found.text if found else ""}
    return row


def _title(text: str) -> str:
    line = " ".join(_clean(text).split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def _clean(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")
