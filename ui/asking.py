"""One question on its way: its place in the line, the answer as it grows, a stop at any moment."""

import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import wait
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TypeVar

from index.background import in_background
from index.errors import FootnoteError, IndexingError, ModelError
from rag.citations import Answer, Turn
from rag.llm import wanted_until
from ui.conversations import Exchange
from ui.texts import ENGLISH, Texts
from ui.translations import translated

T = TypeVar("T")
OFTEN = 0.1  # seconds between two looks at what the model has written
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
        title: What its conversation was renamed to meanwhile; empty if it was not.
        is_left: Whether its conversation is not open any more: nothing more of it is shown.
        is_whole: Whether its last words are on their way to the page, which may ask the next question then.
    """

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.ended = threading.Event()
        self.title = ""
        self.is_left = False
        self.is_whole = False

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
    answers = [e.answer for e in earlier if e.answer and e.state == "done"]
    history = [Turn(answer.read_as or answer.question, answer.text) for answer in answers]
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
                    said = explained(error, texts)
                    said = said if said.endswith((".", "?", "!")) else f"{said}."
                    exchange = Exchange(question, notes=(texts("quotes_instead", error=said),))
        except Exception as error:
            yield replace(exchange, answer=None, state="failed", notes=(*exchange.notes, explained(error, texts)))
        else:
            yield replace(exchange, state="stopped" if stopped.is_set() else "done")


def _until(stopped: threading.Event, snapshots: Generator[T, None, None]) -> Iterator[T]:
    """The first snapshot at once, then the newest several times a second, up to a stop, also while the model is silent.

    A large model writes faster than a page can be drawn: what was never shown is not missed.
    """
    newest: list[T] = []
    begun, left = threading.Event(), threading.Event()

    def read() -> None:
        # A model that is still at its next word, or a judge between two snapshots, is told to end after it.
        with wanted_until(left), closing(snapshots):
            for snapshot in snapshots:
                newest[:] = [snapshot]
                begun.set()
                if left.is_set():
                    return

    reading, shown = in_background(read), list[T]()
    try:
        while not stopped.is_set():
            if not shown:
                begun.wait(OFTEN)
            is_read = wait([reading], timeout=OFTEN if shown else 0).done
            if newest != shown and not stopped.is_set():
                shown = newest.copy()
                yield shown[0]
            if is_read:
                return reading.result()
    finally:
        left.set()


def explained(error: Exception, texts: Texts = ENGLISH) -> str:
    """The line for the reader; what nobody foresaw goes to the terminal whole."""
    if not isinstance(error, FootnoteError):
        traceback.print_exception(error, file=sys.stderr)
        return texts("unforeseen")
    message = str(error)
    said = translated(message, texts)
    if said != message or texts.language == "en":
        return said
    # In a line that says at least what it is about.
    if isinstance(error, ModelError):
        return texts("model_trouble", error=message)
    return texts("index_trouble", error=message) if isinstance(error, IndexingError) else message
