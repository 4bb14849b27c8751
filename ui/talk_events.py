"""What happens when a visitor asks, opens a footnote, or looks after conversations.

Each method takes what the page sends and returns what it shows next, as `ui/chat.py` connects them.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from index.errors import FootnoteError, SourceNotFound
from ui.asking import ENDS_WITHIN, Answering, exchanges, explained
from ui.conversations import Exchange, conversation_json, conversation_markdown
from ui.conversations_panel import conversations_html
from ui.desk import Desk
from ui.markup import notice_html
from ui.reader import gone_html, reader_html
from ui.thread_panel import conversation_html
from ui.visits import Talk, Visitor, reopened, shown_talk

FORMATS = {"md": "text/markdown", "json": "application/json", "jsonl": "application/jsonl"}


class TalkEvents:
    """The events of the conversation, of its sources and of the drawer of conversations."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._beginning = threading.Lock()

    def ask(
        self, question: str, talk: Talk, visitor: Visitor, unticked: list[str], request: gr.Request
    ) -> Iterator[list[Any]]:
        if question.strip() and not talk.is_running:
            now = self._as_kept(talk, visitor)
            yield from self._converse(question, now, visitor, unticked, request, is_typed=True)

    def example(
        self, talk: Talk, visitor: Visitor, unticked: list[str], event: gr.EventData, request: gr.Request
    ) -> Iterator[list[Any]]:
        if not talk.is_running:
            yield from self._converse(event.question, talk, visitor, unticked, request)

    def retry(
        self, talk: Talk, visitor: Visitor, unticked: list[str], event: gr.EventData, request: gr.Request
    ) -> Iterator[list[Any]]:
        if kept := self._kept_otherwise(talk, visitor):
            yield [*shown_talk(visitor, kept), ""]
        elif 0 < (turn := int(event.turn)) <= len(talk.exchanges):
            before = replace(talk, exchanges=talk.exchanges[: turn - 1])
            question = talk.exchanges[turn - 1].question
            yield from self._converse(question, before, visitor, unticked, request, again=True)

    def edit(
        self, talk: Talk, visitor: Visitor, unticked: list[str], event: gr.EventData, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Ask another question in the place of an earlier one; what followed from that one goes."""
        from rag.answering import checked_question  # brings Chroma: after the page is served

        before = replace(talk, exchanges=talk.exchanges[: max(int(event.turn) - 1, 0)])
        if kept := self._kept_otherwise(talk, visitor):
            yield [*shown_talk(visitor, kept), ""]
        elif question := event.question.strip():
            checked_question(question)  # before anything goes
            yield from self._converse(question, before, visitor, unticked, request, again=True)

    def stop(self, request: gr.Request) -> None:
        if running := self._desk.answering.get(request.session_hash or ""):
            running.stopped.set()

    def _leave(self, request: gr.Request) -> None:
        """Stop what is being written in the conversation that is open, before another is."""
        if running := self._desk.answering.get(request.session_hash or ""):
            running.leave()

    def _as_kept(self, talk: Talk, visitor: Visitor) -> Talk:
        """The conversation with what was asked in it meanwhile from another page of the same browser."""
        stored: tuple[Exchange, ...] = ()
        if visitor.owner and talk.id:
            with suppress(FootnoteError):  # which is said when the next turn can't be kept
                stored = self._desk.conversations.load(visitor.owner, talk.id)
        return replace(talk, exchanges=stored or talk.exchanges)

    def _kept_otherwise(self, talk: Talk, visitor: Visitor) -> Talk | None:
        """The conversation, if another page has other turns: they must not go with what is asked again here."""
        kept = self._as_kept(talk, visitor)
        questions = [exchange.question for exchange in kept.exchanges]
        shown = [exchange.question for exchange in talk.exchanges]
        return kept if questions != shown[: len(questions)] else None

    def _converse(
        self,
        question: str,
        talk: Talk,
        visitor: Visitor,
        unticked: list[str],
        request: gr.Request,
        *,
        again: bool = False,
        is_typed: bool = False,
    ) -> Iterator[list[Any]]:
        """One turn as it grows, with nothing open beside it yet; it is kept when it is asked, and when it is done.

        Nothing at all while another is being answered in this page.
        """
        question = question.strip().encode("utf-8", "replace").decode("utf-8")
        ask = partial(self._desk.answers, preferences=visitor.preferences, unticked=unticked, texts=visitor.texts)
        line, is_first = self._desk.line(visitor.preferences), True
        session, running = request.session_hash or "", Answering()
        with self._beginning:  # what was sent twice comes at the same time
            before = self._desk.answering.get(session)
            if before and not (before.is_whole or before.is_left):
                return
            self._desk.answering[session] = running
        is_new, talk = not talk.id, talk if talk.id else Talk(secrets.token_hex(8), question[:80])
        earlier, last = talk.exchanges, Exchange(question)
        try:
            if before:
                before.ended.wait(ENDS_WITHIN)
            note = self._keep(visitor, talk, len(earlier) + 1, last, is_new=is_new, again=again)
            for last in exchanges(ask, line, question, earlier, running.stopped, visitor.texts):
                if not last.is_running:
                    note = self._keep(visitor, talk, len(earlier) + 1, last) or note
                if running.is_left:
                    break
                shown = replace(last, notes=(*last.notes, note)) if note else last
                now = replace(talk, title=running.title or talk.title, exchanges=(*earlier, shown))
                running.is_whole = not last.is_running
                yield [*shown_talk(visitor, now, clear=is_first and is_typed), "" if is_first else gr.skip()]
                is_first = False
            if running.is_left:
                # Gradio shows the last of what was yielded once more, after the conversation opened since.
                yield [gr.skip()] * (len(shown_talk(visitor, talk)) + 1)
        finally:
            if last.is_running:  # the page was closed
                self._keep(visitor, talk, len(earlier) + 1, replace(last, state="stopped"))
            if self._desk.answering.get(session) is running:
                del self._desk.answering[session]
            running.ended.set()

    def _keep(
        self,
        visitor: Visitor,
        talk: Talk,
        turn: int,
        exchange: Exchange,
        *,
        is_new: bool = False,
        again: bool = False,
    ) -> str:
        """Write a turn down; why it can't be, if it can't."""
        try:
            if visitor.owner and is_new:
                self._desk.conversations.begin(visitor.owner, talk.id, exchange.question)
            is_kept = not visitor.owner or self._desk.conversations.save(
                visitor.owner, talk.id, turn, exchange, again=again
            )
        except FootnoteError as error:
            return explained(error, visitor.texts)
        return "" if is_kept else visitor.texts("not_kept")

    def open(self, talk: Talk, visitor: Visitor, event: gr.EventData) -> str:
        """The document of a footnote."""
        turn, number = int(event.turn), int(event.n)
        exchange = talk.exchanges[turn - 1] if 0 < turn <= len(talk.exchanges) else None
        citations = exchange.answer.citations if exchange and exchange.answer else ()
        citation = next((one for one in citations if one.number == number), None)
        index = self._desk.opened().result()
        with suppress(SourceNotFound):
            if citation and exchange:
                document = index.document(citation.source)
                if document.text[citation.start : citation.end] == citation.quote:  # else it was replaced meanwhile
                    paths = {record.source: record.path for record in index.documents()}
                    stopped = exchange.state == "stopped"
                    way = (turn, len(citations), visitor.texts)
                    return reader_html(document, paths.get(citation.source, ""), citation, *way, stopped=stopped)
        return gone_html(turn, number, len(citations), visitor.texts)

    def vote(self, talk: Talk, visitor: Visitor, event: gr.EventData) -> list[Any]:
        """Note that an answer is good or bad; a second click takes it back."""
        vote = max(-1, min(int(event.vote), 1))
        return self._rated(talk, visitor, int(event.turn), lambda e: replace(e, vote=0 if e.vote == vote else vote))

    def comment(self, talk: Talk, visitor: Visitor, event: gr.EventData) -> list[Any]:
        text = str(event.comment).strip()[:2000].encode("utf-8", "replace").decode("utf-8")
        return self._rated(talk, visitor, int(event.turn), lambda e: replace(e, comment=text))

    def _rated(self, talk: Talk, visitor: Visitor, turn: int, change: Callable[[Exchange], Exchange]) -> list[Any]:
        if talk.is_running or not 0 < turn <= len(talk.exchanges):
            return [gr.skip(), gr.skip()]
        exchange = change(talk.exchanges[turn - 1])
        self._desk.conversations.rate(visitor.owner, talk.id, turn, exchange)
        talk = replace(talk, exchanges=(*talk.exchanges[: turn - 1], exchange, *talk.exchanges[turn:]))
        return [talk, conversation_html(talk.exchanges, visitor.texts, talk.id)]

    def begin(self, visitor: Visitor, request: gr.Request) -> list[Any]:
        """A new conversation, and nothing open beside it."""
        self._leave(request)
        return [*shown_talk(visitor, Talk()), ""]

    def show(self, visitor: Visitor, event: gr.EventData, request: gr.Request) -> list[Any]:
        self._leave(request)
        return [*shown_talk(visitor, reopened(self._desk, visitor, str(event.id))), ""]

    def listed(self, talk: Talk, visitor: Visitor) -> str:
        return self._listing(talk, visitor)

    def find(self, talk: Talk, visitor: Visitor, event: gr.EventData) -> str:
        return self._listing(talk, visitor, str(event.value))

    def rename(self, talk: Talk, visitor: Visitor, event: gr.EventData, request: gr.Request) -> list[Any]:
        if event.title.strip():
            self._desk.conversations.rename(visitor.owner, str(event.id), str(event.title))
        if event.id == talk.id:
            talk = replace(talk, title=reopened(self._desk, visitor, talk.id).title)
        shown = [*shown_talk(visitor, talk), gr.skip()]
        if running := self._desk.answering.get(request.session_hash or ""):
            shown = [gr.skip()] * len(shown)  # it shows the conversation, newer than it is here
            running.title = talk.title if event.id == talk.id else running.title
        return [*shown, self._listing(talk, visitor)]

    def delete(self, talk: Talk, visitor: Visitor, event: gr.EventData, request: gr.Request) -> list[Any]:
        is_open = event.id == talk.id
        if is_open:
            self._leave(request)
        self._desk.conversations.delete(visitor.owner, str(event.id))
        if not is_open:
            return [*[gr.skip()] * (len(shown_talk(visitor, talk)) + 1), self._listing(talk, visitor)]
        return [*shown_talk(visitor, Talk()), "", self._listing(Talk(), visitor)]

    def export(self, visitor: Visitor, event: gr.EventData) -> dict[str, str]:
        """A conversation as a file, which the page's script saves."""
        talk = reopened(self._desk, visitor, str(event.id))
        if event.format == "json":
            return _file(talk.title, "json", conversation_json(talk.title, talk.exchanges))
        return _file(talk.title, "md", conversation_markdown(talk.title, talk.exchanges, visitor.texts))

    def feedback(self, visitor: Visitor) -> list[Any]:
        """The rated answers as a question file for `footnote eval`."""
        rows = self._desk.conversations.questions(visitor.owner)
        if not rows:
            return [None, notice_html(visitor.texts("no_feedback"))]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return [_file("questions", "jsonl", lines), gr.skip()]

    def _listing(self, talk: Talk, visitor: Visitor, search: str = "") -> str:
        summaries = self._desk.conversations.summaries(visitor.owner, search)
        return conversations_html(summaries, talk.id, visitor.texts, searched=bool(search.strip()))


def _file(title: str, suffix: str, text: str) -> dict[str, str]:
    name = "".join(letter if letter.isalnum() else "-" for letter in title).strip("-")[:60] or "conversation"
    return {"name": f"{name}.{suffix}", "type": FORMATS[suffix], "text": text, "time": secrets.token_hex(4)}
