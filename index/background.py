"""Work in a thread of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
IN_BACKGROUND = "footnote in background"


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
