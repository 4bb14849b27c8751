"""Who may write to an index, and who must wait."""

import json
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from filelock import FileLock, ReadWriteLock, Timeout

from index.errors import StoreUnavailable

WRITER_PATIENCE = 30  # seconds to wait until another writer has finished
GATE_PATIENCE = 120  # seconds to wait for one change or one look, which take less than a few
BEAT = 3.0  # seconds between two signs of life of a writer to a server
STALE = 20.0  # seconds without one until it counts as dead


class Gate:
    """Lets many look at an index or one change it, for the moment that it takes.

    Chroma's files of vectors can't be read while they are written, and two readers may both want to write them.

    Args:
        folder: The index; None for one on a server, which keeps its own order.
    """

    def __init__(self, folder: Path | None) -> None:
        # Each `Store` has its own, also within one process: two of them are as two processes.
        self._lock = ReadWriteLock(folder / "gate.sqlite", GATE_PATIENCE, is_singleton=False) if folder else None

    def looking(self) -> AbstractContextManager[None]:
        return self._lock.read_lock() if self._lock else nullcontext()

    def changing(self) -> AbstractContextManager[None]:
        return self._lock.write_lock() if self._lock else nullcontext()

    def close(self) -> None:
        if self._lock:
            self._lock.close()


class FolderLock:
    """The right to be the only writer of an index in a folder. Let go when the process is killed."""

    is_lost = False

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "writer.lock")
        self._note = folder / "writer.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it, after waiting for another writer.

        Raises:
            StoreUnavailable: another writer has not finished for a while.
        """
        try:
            self._lock.acquire(timeout=WRITER_PATIENCE)
        except Timeout as error:
            raise _held_by(self._holder()) from error
        try:
            self._note.write_text(json.dumps(_me()), encoding="utf-8")
            yield
        finally:
            self._lock.release()

    def _holder(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            found = json.loads(self._note.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}


class Lease:
    """The right to be the only writer of an index on a server, kept by signs of life.

    A writer adds the row after the last one: of several that try, the server keeps the first. Whoever waits counts the
    signs of life by its own clock, so clocks of two machines are never compared.

    Args:
        leases: A collection of Chroma, with one row for each writer that there was.
    """

    def __init__(self, leases: Any) -> None:
        self._leases = leases
        self._depth = 0
        self.is_lost = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it, after waiting for another writer.

        Raises:
            StoreUnavailable: another writer has not finished for a while.
        """
        if self._depth:
            yield
            return
        number = self._acquire()
        self.is_lost = False
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(number, ended), daemon=True)
        beating.start()
        self._depth = 1
        try:
            yield
        finally:
            self._depth = 0
            ended.set()
            beating.join()
            with suppress(Exception):  # then it is taken over once it is stale
                self._leases.update(ids=[str(number)], metadatas=[{"beat": -1}])

    def _acquire(self) -> int:
        owner = uuid.uuid4().hex
        deadline = monotonic() + WRITER_PATIENCE
        seen, since = (-1, 0), monotonic()
        while True:
            number, row = self._last()
            if (number, row["beat"]) != seen:
                seen, since = (number, row["beat"]), monotonic()
            if row["beat"] < 0 or monotonic() - since > STALE:
                mine = [{**_me(), "owner": owner, "beat": 0}]
                self._leases.add(ids=[str(number + 1)], embeddings=[[1.0]], metadatas=mine)
                if self._last()[1].get("owner") == owner:
                    if number:
                        self._leases.delete(ids=[str(number)])
                    return number + 1
            elif monotonic() > deadline:
                raise _held_by(row)
            sleep(0.1)

    def _last(self) -> tuple[int, dict[str, Any]]:
        rows = self._leases.get(include=["metadatas"])
        found = [(int(i), dict(row)) for i, row in zip(rows["ids"], rows["metadatas"], strict=True)]
        return max(found, key=lambda pair: pair[0], default=(0, {"beat": -1}))

    def _beat(self, number: int, ended: threading.Event) -> None:
        beat = 0
        while not ended.wait(BEAT):
            beat += 1
            with suppress(Exception):  # the server may be away for a moment
                if self._last()[0] != number:  # this machine slept, and another one took over
                    self.is_lost = True
                    return
                self._leases.update(ids=[str(number)], metadatas=[{"beat": beat}])


def _me() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}


def _held_by(holder: dict[str, Any]) -> StoreUnavailable:
    who = "process {pid} on {host} is writing to it since {since}".format_map(holder) if holder else "it is written to"
    return StoreUnavailable(f"{who}; try again when that is done")
