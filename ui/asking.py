"""One question on its way: its place in the line, the answer as it grows, a stop at any moment."""

import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from index.errors import FootnoteError, ModelError
from rag.citations import Answer, Turn
from ui.conversations import Exchange
from ui.texts import ENGLISH, Texts

T = TypeVar("T")
IN_BACKGROUND = "footnote in background"
ENDS_WITHIN = 5  # seconds; it looks for a stop several times a second
Ask = Callable[[str, Sequence[Turn], str], Generator[Answer, None, None]]  # question, history, another model


class Line:
    """Those who wait for an answer, served in the order in which they came, a few at once.

    Args:
        at_once: How many are served at the same time.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._people: list[object] = []
        self._moved = threading.Condition()

    @contextmanager
    def joined(self) -> Iterator[object]:
        """A place in the line, until the answer is there or nobody wants it any more."""
        person = object()
        with self._moved:
            self._people.append(person)
        try:
            yield person
        finally:
            with self._moved:
                self._people.remove(person)
                self._moved.notify_all()

    def place(self, person: object, patience: float = 0.0) -> int:
        """How many have to be done before it is this one's turn; waits up to `patience` seconds for it to come."""
        with self._moved:
            self._moved.wait_for(lambda: not self._before(person), patience)
            return self._before(person)

    def _before(self, person: object) -> int:
        return max(self._people.index(person) + 1 - self._at_once, 0)


class Answering:
    """An answer that is being written, for the other events of its page.

    Attributes:
        stopped: Set to stop it.
        ended: Set when it has ended.
        is_left: Whether its conversation is not open any more: nothing more of it is shown.
    """

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.ended = threading.Event()
        self.is_left = False

    def leave(self) -> None:
        """Stop it, and return when nothing more of it can come."""
        self.is_left = True
        self.stopped.set()
        self.ended.wait(ENDS_WITHIN)


def exchanges(
    ask: Ask,
    line: Line,
    question: str,
    earlier: Sequence[Exchange],
    stopped: threading.Event,
    texts: Texts = ENGLISH,
) -> Iterator[Exchange]:
    """One turn as it grows. Ends as done, stopped or failed, and the reader sees which."""
    history = [Turn(e.question, e.answer.text) for e in earlier if e.answer and e.state == "done"]
    exchange = Exchange(question)
    with line.joined() as person:
        while (place := line.place(person)) and not stopped.is_set():
            if place != exchange.place:
                exchange = replace(exchange, state="queued", place=place)
                yield exchange
            line.place(person, patience=0.2)
        yield (exchange := Exchange(question))
        try:
            for llm in ("", "quotes"):
                try:
                    for answer in _until(stopped, ask(question, history, llm)):
                        exchange = replace(exchange, answer=answer, state="writing")
                        yield exchange
                    break
                except ModelError as error:
                    if llm:
                        raise
                    exchange = Exchange(question, notes=(texts("quotes_instead", error=error),))
        except Exception as error:
            yield replace(exchange, answer=None, state="failed", notes=(*exchange.notes, explained(error, texts)))
        else:
            yield replace(exchange, state="stopped" if stopped.is_set() else "done")


def _until(stopped: threading.Event, snapshots: Generator[T, None, None]) -> Iterator[T]:
    """The snapshots as they come, up to a stop, also one that comes while the model is silent."""
    pending: Future[T | None] | None = None
    try:
        while not stopped.is_set():
            pending = in_background(lambda: next(snapshots, None))
            while not wait([pending], timeout=0.05).done:
                if stopped.is_set():
                    return
            snapshot = pending.result()
            if snapshot is None:
                return
            yield snapshot
    finally:
        if pending:  # a model that is still at its next word is told to end after it
            pending.add_done_callback(lambda _: snapshots.close())


def in_background(work: Callable[[], T]) -> Future[T]:
    """Run `work` in a thread that does not keep the process alive: a sync survives being killed."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name=IN_BACKGROUND).start()
    return future


def explained(error: Exception, texts: Texts = ENGLISH) -> str:
    """The line for the reader; what nobody foresaw goes to the terminal whole."""
    if isinstance(error, FootnoteError):
        return str(error)
    traceback.print_exception(error, file=sys.stderr)
    return texts("unforeseen")
