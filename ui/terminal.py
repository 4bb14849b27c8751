"""What is said on stderr while a command runs, notes and progress; and how it hears Ctrl-C."""

import signal
import sys
import threading
from time import monotonic
from types import TracebackType
from typing import Any

# Where there is no bar, so often a line says how far it is.
SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """What is done of what, and the time left.

    A bar on stderr where that is a terminal; else a line at the beginning, and one now and then if it takes long.

    Args:
        line: The line at the beginning, with `{}` for the number to do; empty for no lines at all.
        bar: Options of the bar.
    """

    def __init__(self, line: str, **bar: Any) -> None:
        self._line = line
        self._options = bar
        self._bar: Any = None
        self._begun: tuple[int, float] | None = None  # how much was done, and when
        self._said = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, done: int, total: int, name: str = "") -> None:
        if sys.stderr.isatty():
            self._draw(done, total, one_line(name))
        elif self._line and total:
            self._say(done, total)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def _draw(self, done: int, total: int, name: str) -> None:
        from tqdm import tqdm

        if self._bar is None:  # `initial`: what is there already says nothing about the speed
            self._bar = tqdm(total=total, initial=done, file=sys.stderr, leave=False, **self._options)
        self._bar.set_postfix_str(name[-40:], refresh=False)
        self._bar.update(done - self._bar.n)

    def _say(self, done: int, total: int) -> None:
        now = monotonic()
        if self._begun is None:
            self._begun = done, now
            note(self._line.format(total - done))
        elif done < total and now - self._said >= SECONDS_BETWEEN_LINES:
            before, begun = self._begun
            left = (total - done) * (now - begun) / max(done - before, 1)
            note(f"{done} of {total} done, about {duration(left)} left")
        else:
            return
        self._said = now


def duration(seconds: float) -> str:
    """Seconds as a person would say them: `40 s`, `12 min`, `3 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def note(text: str) -> None:
    """One line for the user, whatever a file in it is called."""
    print(f"footnote: {one_line(text)}", file=sys.stderr)


def one_line(text: str) -> str:
    """Text that stays in one line and can't command the terminal."""
    return "".join(character if character.isprintable() else "�" for character in " ".join(text.split()))


def interrupted() -> threading.Event:
    """An event that Ctrl-C sets from now on. As an exception it can come up inside a finaliser, and is lost there."""
    event = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: event.set())
    return event
