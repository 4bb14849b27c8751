"""Is a search as fast in a large index as in a small one, and does it find what exact search finds?

    python tests/benchmarks/retrieval_scale.py SET... [--sizes N...] [--cache DIR] [--indexes DIR]

A SET is a folder with docs/ and questions.jsonl; from them come the questions, which are real, and the passages, which
are not: `synthetic.py` says how they are made. Each index is written as a sync writes it, 256 passages at a time, and
asked in a process of its own. A question is embedded anew by the bundled model for each of three ways, which take
turns: to embed it and no more, to ask Chroma itself for as many passages, and `rag.retrieve`. `recall@10` compares the
ten nearest that Chroma finds with exact search.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from synthetic import PASSAGES, Synthetic, batches

from index import Index
from rag import retrieve

SIZES = (1000, 100_000)
QUESTIONS = 100
AT_ONCE = 256  # passages, as in index/syncing.py
TOP_K = 8
NEAREST = 10


def build(data: Synthetic, place: Path, size: int) -> dict[str, float]:
    """Write an index of so many passages."""
    index = Index.open(place)
    started = time.perf_counter()
    with index.store.writing():
        for batch in batches(data.documents(size), AT_ONCE // PASSAGES):
            chunks = [(chunk, record.key) for _, record, chunks, _ in batch for chunk in chunks]
            index.store.put_passages(chunks, np.concatenate([vectors for *_, vectors in batch]))
            index.store.put_documents([(document, record) for document, record, *_ in batch])
    written = time.perf_counter()
    index.idf(["so that the words are brought up to date"])
    done = time.perf_counter()
    index.close()
    disk = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return {"build s": written - started, "words s": done - written, "disk MB": disk / 1e6}


def ask(data: Synthetic, place: Path, size: int) -> dict[str, float]:
    """Times in milliseconds, and recall."""
    data.warm()
    before = memory()["VmRSS"]
    started = time.perf_counter()
    index = Index.open(place)
    index.search("so that everything is loaded")
    opened = time.perf_counter() - started
    opened_memory = memory()
    questions, _ = data.draw(QUESTIONS)
    took: dict[str, list[float]] = {"embed": [], "raw": [], "retrieve": []}
    passages = index.store._passages

    def embed(question: str) -> np.ndarray:
        return index.embeddings.embed_queries([question])[0]

    def raw(question: str) -> None:
        passages.query(query_embeddings=embed(question)[None, :], n_results=TOP_K)

    ways = {"embed": embed, "raw": raw, "retrieve": lambda question: retrieve(question, index, top_k=TOP_K)}
    for number, question in enumerate(questions):
        names = list(ways)
        for name in names[number % 3 :] + names[: number % 3]:
            begun = time.perf_counter()
            ways[name](question)
            took[name].append(1000 * (time.perf_counter() - begun))
    peak = memory()["VmHWM"]
    found = {f"{name} p{p}": float(np.percentile(times, p)) for name, times in took.items() for p in (50, 95)}
    recalls = recall(data, index, size)
    index.close()
    return {
        "open s": opened,
        "memory MB": opened_memory["VmRSS"] - before,
        "peak MB": peak,
        **found,
        "ratio p50": found["retrieve p50"] / found["raw p50"],
        "recall@10": recalls,
    }


def recall(data: Synthetic, index: Index, size: int) -> float:
    """The share of the exact ten nearest passages that the index finds, mean over the questions."""
    _, wanted = data.draw(QUESTIONS)
    best = np.full((QUESTIONS, NEAREST), -1.0)
    for batch in batches(data.documents(size), 1000):
        best = np.sort(np.hstack([best, wanted @ np.concatenate([vectors for *_, vectors in batch]).T]))[:, -NEAREST:]
    # A tie may go either way, and Chroma rounds otherwise than numpy.
    found = [list(index.store.nearest(vector, NEAREST).values()) for vector in wanted]
    hits = [np.sum(np.array(cosines) >= exact[0] - 1e-5) for cosines, exact in zip(found, best, strict=True)]
    return float(np.mean(hits)) / min(NEAREST, size)


def memory() -> dict[str, float]:
    """VmRSS and VmHWM of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", metavar="SET", nargs="+", type=Path, help="folder with docs/ and questions.jsonl")
    parser.add_argument("--sizes", metavar="N", nargs="+", type=int, default=list(SIZES), help="passages")
    parser.add_argument("--cache", metavar="DIR", type=Path, help="where vectors of sentences and questions are kept")
    parser.add_argument("--indexes", metavar="DIR", type=Path, help="where indexes are kept, and taken from if there")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        name, place = asked.step
        data = Synthetic(asked.sets, asked.cache)
        print(json.dumps({"build": build, "ask": ask}[name](data, Path(place), asked.sizes[0])))
        return
    with tempfile.TemporaryDirectory() as folder:
        cache = asked.cache or Path(folder) / "cache"
        Synthetic(asked.sets, cache)  # makes the vectors
        for size in asked.sizes:
            place = (asked.indexes or Path(folder)) / str(size)
            for name in ("ask",) if place.exists() else ("build", "ask"):
                paths = [*map(str, asked.sets), "--cache", str(cache), "--sizes", str(size)]
                command = [sys.executable, __file__, *paths, "--step", name, str(place)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                figures = " · ".join(f"{key} {value:.4g}" for key, value in json.loads(done.stdout).items())
                print(f"{size:9,} {name}: {figures}", flush=True)


if __name__ == "__main__":
    main()
