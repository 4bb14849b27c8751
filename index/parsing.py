"""Files as documents, whatever is in them: one reason for each that gives no text, and never an exception.

Parsers of foreign files crash, hang and fill the memory. So they run in a process of their own (`index.worker`), which
is started with the first file, reads many, and is ended and replaced when a file exceeds its limits.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from index.documents import Document, Skipped
from index.errors import UnreadableDocument
from index.fetching import fetch
from index.loaders import ocr
from index.worker import Begun, Message, Request

# Seconds for a file, and for each further MiB of it.
SECONDS = 120.0
SECONDS_PER_MIB = 2.0
# A file with all that it holds, as an archive, has so many times the limit of a document.
WHOLE = 30


def reader() -> str:
    """What reads files here, as a text. When it is another one, files that gave no text are worth another try."""
    return f"footnote {version('footnote')} {ocr.installed()}".strip()


class Parser:
    """Reads files one after another. A context manager, since it holds a process that has to be ended.

    For use from one thread. A text of any length takes no more memory than a few of its parts of 8 MiB.

    Args:
        seconds: Time limit for a document, to which a large file adds 2 s a MiB; all documents of a file together have
            30 times as long. The time that the caller takes between two documents does not count.
        allow_private: Whether URLs may lead to this machine or to its own network.

    Attributes:
        has_lost: Whether the process crashed or was too slow with the last file.
    """

    def __init__(self, *, seconds: float = SECONDS, allow_private: bool = False) -> None:
        self._seconds = seconds
        self._allow_private = allow_private
        self._worker: _Worker | None = None
        self.has_lost = False
        self._left = 0.0  # seconds for the file that is read

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next file would start another."""
        if self._worker:
            self._worker.end()
            self._worker = None

    def read(self, path: Path | str, source: str) -> Iterator[Document | Skipped]:
        """The documents of a file, one after another: a container such as an archive holds several.

        Args:
            path: The file, or a URL.
            source: Its name in the index; what it contains is named `archive.zip/member`, `mail.eml/attachment.pdf`,
                `box.mbox/3`, and the parts of a text of more than 8 MiB `big.txt/part-0001`.

        Yields:
            Each document, and the reason for each that gives no text. A document of which only some pages could be read
            comes with a reason of the same source after it. Nothing is raised for what is in a file.
        """
        self.has_lost = False
        if isinstance(path, str):
            try:
                found = fetch(path, allow_private=self._allow_private)
            except UnreadableDocument as error:
                yield Skipped(source, str(error))
                return
            yield from self._read(Request(source, found.data, found.name, found.suffix, self._limit(len(found.data))))
            return
        size = 0
        with contextlib.suppress(OSError, ValueError):  # the worker says what is the matter with it
            size = path.stat().st_size
        yield from self._read(Request(source, path, path.stem, path.suffix, self._limit(size)))

    def _limit(self, size: int) -> float:
        return self._seconds + SECONDS_PER_MIB * size / 2**20

    def _read(self, request: Request) -> Iterator[Document | Skipped]:
        self._left = WHOLE * request.seconds
        going_on: Request | None = request
        while going_on:
            going_on = yield from self._read_until_lost(going_on)

    def _read_until_lost(self, request: Request) -> Generator[Document | Skipped, None, Request | None]:
        """What the worker finds; when it is lost, the request for what comes after the piece it was lost with."""
        if self._worker and not self._worker.is_alive:  # someone killed it
            self.close()
        self._worker = self._worker or _Worker()
        begun: Begun | None = None
        is_done = False
        try:
            self._worker.ask(request)
            while (message := self._answer(self._worker, request.seconds)) != "done":
                if isinstance(message, Begun):
                    begun = message
                elif message != "alive":
                    begun = None
                    yield message
            is_done = True
        except _WorkerLost as lost:
            self.has_lost = True
            if self._left <= 0:
                seconds = f"{WHOLE * request.seconds:.0f}"
                yield Skipped(request.source, f"reading it takes more than {seconds} seconds: the rest is not read")
                return None
            if begun is None:  # between two pieces: going on would lose it again
                yield Skipped(request.source, f"{lost}; what comes after is not read" if request.first else str(lost))
                return None
            yield Skipped(begun.source, str(lost))
            return replace(request, first=begun.number + 1)
        finally:
            if not is_done:  # or the caller wants no more of it
                self.close()
        return None

    def _answer(self, worker: "_Worker", seconds: float) -> Message:
        """The next message, within the limits of the document and of the file."""
        since = time.monotonic()
        try:
            return worker.answer(min(seconds, max(self._left, 0)))
        finally:
            self._left -= time.monotonic() - since


class _WorkerLost(Exception):
    """The process crashed or is too slow; the message is the reason for the report."""


class _Worker:
    """The process and what it says."""

    def __init__(self) -> None:
        # As for this process: the working directory may hold an index.py of the user.
        paths = [path or str(Path.cwd()) for path in sys.path]
        code = f"import sys; sys.path[:] = {paths!r}; from index.worker import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # each thread reserves memory
        )
        self._input: Any = self._process.stdin
        self._output: Any = self._process.stdout
        # One message: the worker waits until it is taken, so that it is not far ahead with a long text.
        self._messages: Queue[Message | None] = Queue(maxsize=1)
        Thread(target=self._listen, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Request) -> None:
        """Send a request.

        Raises:
            _WorkerLost: there is no process any more.
        """
        try:
            pickle.dump(request, self._input)
            self._input.flush()
        except OSError as error:
            raise _WorkerLost("its parser could not be started") from error

    def answer(self, seconds: float) -> Message:
        """The next message.

        Raises:
            _WorkerLost: the process ended, or said nothing for so many seconds.
        """
        try:
            message = self._messages.get(timeout=seconds)
        except Empty:
            raise _WorkerLost(f"parsing it takes more than {seconds:.0f} seconds") from None
        if message is None:
            self._messages.put(None)  # for `end`
            raise _WorkerLost("its parser crashed")
        return message

    def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        while self._messages.get() is not None:  # `_listen` may be waiting to put one more
            pass
        self._process.wait()
        with contextlib.suppress(OSError):  # what it had not taken any more
            self._input.close()
        self._output.close()

    def _listen(self) -> None:
        try:
            while True:
                self._messages.put(pickle.load(self._output))
        except Exception:  # it ended, in the middle of a message perhaps
            self._messages.put(None)
