"""The process in which files are parsed, so that a crash, a hang or a full memory takes nothing else with it.

It reads requests from its standard input and writes what it finds to its standard output, both pickled. It does not
protect from a file that takes the process over: it runs as the same user. It imports neither Chroma nor torch.
"""

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from index.documents import Document, Skipped
from index.load import parse
from index.unfolding import Piece, unfold, unfold_bytes

# Address space, on systems that can limit it. A parser that wants more gives a reason, not a machine that swaps.
MEMORY_BYTES = 4 * 2**30
# Seconds after its time limit that the process ends by itself: then whoever started it is not there any more.
_GRACE = 30


@dataclass(frozen=True)
class Request:
    """A file to read.

    Attributes:
        source: Its name in the index.
        content: Where it is, or its bytes.
        title: Its title if it names none itself.
        suffix: Its type by name.
        seconds: Time limit for each of its pieces.
        first: Number of pieces to leave out, since they were read before.
    """

    source: str
    content: Path | bytes
    title: str
    suffix: str
    seconds: float
    first: int = 0


@dataclass(frozen=True)
class Begun:
    """A piece is about to be parsed."""

    number: int
    source: str


Message = Begun | Document | Skipped | Literal["alive", "done"]


def main() -> None:
    """Answer requests until the standard input ends."""
    _limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for this one
    # Libraries print: what they say must not come between the messages.
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        while True:
            try:
                request: Request = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            _answer(request, output)


def _answer(request: Request, output: BinaryIO) -> None:
    def send(message: Message) -> None:
        _end_after(0)  # whoever reads may take as long as it likes
        pickle.dump(message, output)
        output.flush()
        _end_after(request.seconds)

    _end_after(request.seconds)
    for number, piece in enumerate(_pieces(request)):
        if number >= request.first:
            send(Begun(number, piece.source))
            for found in parse(piece, alive=lambda: send("alive")):
                send(found)
    send("done")
    _end_after(0)


def _pieces(request: Request) -> Iterator[Piece]:
    if isinstance(request.content, Path):
        return unfold(request.content, request.source)
    return unfold_bytes(request.content, request.source, request.title, request.suffix)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _end_after(seconds: float) -> None:
    """Let the system end this process some time after a limit; 0 takes it back."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds) + _GRACE if seconds else 0)


if __name__ == "__main__":
    main()
