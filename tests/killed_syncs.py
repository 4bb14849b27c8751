"""Runs syncs in processes of their own and kills them: `test_crash_safety.py` tells it when, in lines of JSON.

A process that has everything imported and is then forked starts in no time, so that fifty of them can be killed.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from word_embeddings import PlainParser, open_words

import index.chroma
import index.syncing
from index import sync
from index.chunk import chunk
from index.load import load

# So small that every run writes several batches, and Chroma its vectors.
index.syncing.EMBED_AT_ONCE = 16
index.chroma.HNSW |= {"batch_size": 10, "sync_threshold": 30}
index.syncing.Parser = PlainParser
SAMPLE = Path(__file__).parent.parent / "seeds" / "inde.txt"


def run(documents: str, folder: str) -> None:
    found = open_words(Path(folder))
    sync([documents], found)
    found.close()


def wait_for_writes(folder: Path, writes: int, child: int) -> None:
    """Until Chroma has begun to write its vectors for so many times, or the process has ended."""
    times: dict[Path, int] = {}
    while writes and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        for path in folder.glob("*/data_level0.bin"):
            with suppress(OSError):
                writes -= times.get(path, 0) not in (0, path.stat().st_mtime_ns)
                times[path] = path.stat().st_mtime_ns


def main() -> None:
    chunk(load(SAMPLE))  # so that no child has to import what reads texts
    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                run(order["documents"], order["index"])
                os._exit(0)
            except BaseException as error:
                os.write(writer, f"{type(error).__name__}: {error}".encode())
                os._exit(1)
        os.close(writer)
        if order["seconds"] is not None:
            if order["writes"]:
                wait_for_writes(Path(order["index"]), order["writes"], child)
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            error = pipe.read()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps({"code": code, "seconds": time.monotonic() - started, "error": error}), flush=True)


main()
