"""How long a sync takes, and how much memory, as a folder grows: python tests/benchmarks/sync_speed.py [FILES…].

Each step runs in a process of its own. The vectors are made of words, in no time: what is measured is all the rest.
"""

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
SIZES = (2000, 10_000)
DIMENSIONS = 384  # as those of the bundled model


def make(folder: Path, files: int) -> None:
    """Texts of about 1,000 characters, a hundred to a folder, no two alike."""
    words = (ROOT / "seeds" / "inde.txt").read_text(encoding="utf-8").split()
    chance = random.Random(1)
    for number in range(files):
        path = folder / f"{number // 100:03d}" / f"{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        sentences = (" ".join(chance.choices(words, k=12)) + "." for _ in range(12))
        path.write_text(f"Note {number}. " + " ".join(sentences), encoding="utf-8")


def list_and_stat(docs: Path, _: Path) -> str:
    found = [os.stat(Path(parent, name)).st_size for parent, _, names in os.walk(docs) for name in names]  # noqa: PTH116
    return f"{len(found)} files, {sum(found) / 1e6:.0f} MB"


def hash_all(docs: Path, _: Path) -> str:
    for path in docs.rglob("*.txt"):
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
    return ""


def index(docs: Path, place: Path) -> str:
    from word_embeddings import open_words

    from index import sync

    found = open_words(place, DIMENSIONS)
    report = sync([docs], found)
    found.close()
    return report.summary()


def open_only(_: Path, place: Path) -> str:
    from word_embeddings import open_words

    open_words(place, DIMENSIONS).close()
    return ""


def search(_: Path, place: Path) -> str:
    """What Chroma loads of an index, without a sync; the first time, the words are read, too."""
    from word_embeddings import open_words

    found = open_words(place, DIMENSIONS)
    passages = found.search("Note 7")
    found.close()
    return f"{len(passages)} passages"


def verify_edited(docs: Path, place: Path) -> str:
    path = next(docs.rglob("*.txt"))
    path.write_text(path.read_text(encoding="utf-8") + " One more.", encoding="utf-8")
    return index(docs, place)


def touch(docs: Path, _: Path) -> str:
    """All files have another time and the bytes that they had: each has to be hashed."""
    for path in docs.rglob("*.txt"):
        os.utime(path)
    time.sleep(3)  # what changed a moment ago would be hashed at the next sync, too
    return "and 3 seconds waited"


def traced(docs: Path, place: Path) -> str:
    """What of the memory is Python's, so not Chroma's nor SQLite's; counting it takes time and memory, too."""
    tracemalloc.start()
    index(docs, place)
    return f"at most {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB allocated by Python"


STEPS: dict[str, Callable[[Path, Path], str]] = {
    "list and stat": list_and_stat,
    "hash all": hash_all,
    "index": index,
    "search, the first time": search,
    "open": open_only,
    "open and search": search,
    "verify": index,
    "verify again, one file edited": verify_edited,
    "touch all": touch,
    "verify, all touched": index,
    "verify, all touched before": index,
    "verify, traced": traced,
}


def step(name: str, docs: str, place: str) -> None:
    """One step, in this process; imports are not counted."""
    import word_embeddings  # noqa: F401

    started = time.perf_counter()
    said = STEPS[name](Path(docs), Path(place))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "said": said}))


def main(sizes: list[int]) -> None:
    print(f"{'files':>6}  {'step':30}  {'seconds':>8}  {'x listing':>9}  {'peak MB':>7}")
    for files in sizes:
        with tempfile.TemporaryDirectory() as place:
            docs = Path(place, "docs")
            make(docs, files)
            listing = 0.0
            for name in STEPS:
                command = [sys.executable, __file__, "--step", name, str(docs), str(Path(place, "index"))]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout)
                listing = listing or found["seconds"]
                seconds, peak = found["seconds"], found["peak"]
                figures = f"{seconds:8.2f}  {seconds / listing:9.1f}  {peak:7.0f}"
                print(f"{files:6}  {name:30}  {figures}  {found['said']}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(*sys.argv[2:])
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
