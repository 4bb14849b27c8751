"""How long a question and the chat page take from a cold start: python tests/benchmarks/start.py [REPEATS].

Each side runs in a process of its own, in turns, on an index of the samples: `footnote ask --llm quotes` against ten
lines with the same model and the same passages in Chroma, and the chat page against `import gradio`. The files are in
the system's cache: a first, uncounted run of each sees to that. Medians; processor seconds are of all threads
together, and change less than the clock where other work runs beside.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket

ROOT = Path(__file__).parent.parent.parent
QUESTION = "which countries did Altman visit?"
TEN_LINES = """
import sys
import chromadb
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1])
passages = chromadb.PersistentClient(sys.argv[2]).get_collection("passages")
vector = model.encode("query: " + sys.argv[3], normalize_embeddings=True)
found = passages.query(query_embeddings=[vector.tolist()], n_results=8)
for text in found["documents"][0]:
    print(text)
"""
FILL = """
import sys
import chromadb
from index import Index

store = Index.open(sys.argv[1]).store
chunks = [chunk for record in store.records() for chunk in store.chunks(record.key)]
found = store.fetch([chunk.id for chunk in chunks])
vectors = [found[chunk.id] for chunk in chunks]
passages = chromadb.PersistentClient(sys.argv[2]).create_collection("passages", metadata={"hnsw:space": "cosine"})
passages.add(ids=[str(n) for n in range(len(chunks))], embeddings=vectors, documents=[c.text for c in chunks])
"""


def run(*command: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, that a command takes."""
    before, started = _used(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started, _used() - before


def page(index: str) -> tuple[float, float]:
    """Seconds from the start of `footnote chat` to the page, by the clock, and of the processor until then."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "chat", "--llm", "quotes", "--index", index, "--port", str(port)]
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    started = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as chat:
        while chat.poll() is None:
            with suppress(OSError), direct.open(f"http://127.0.0.1:{port}/") as answer:
                answer.read()
                break
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        times = Path(f"/proc/{chat.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        chat.terminate()
    return seconds, (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def compare(
    name: str, ours: Callable[[], tuple[float, float]], theirs: Callable[[], tuple[float, float]], n: int
) -> None:
    ours(), theirs()
    turns = [(ours(), theirs()) for _ in range(n)]
    for kind, unit in enumerate(("clock", "processor")):
        a, b = (statistics.median(turn[side][kind] for turn in turns) for side in (0, 1))
        print(f"| {name} | {unit} | {a:.2f} | {b:.2f} | {a / b:.2f} |", flush=True)


def main(repeats: int) -> None:
    from index.bundled import bundled_model_folder

    model = str(bundled_model_folder())
    with tempfile.TemporaryDirectory() as place:
        index, chroma = f"{place}/index", f"{place}/chroma"
        run(sys.executable, "-m", "ui.cli", "index", "seeds", "--index", index)
        run(sys.executable, "-c", FILL, index, chroma)
        print("| | seconds | Footnote | other | ratio |\n|---|---|---:|---:|---:|")
        ask = ("-m", "ui.cli", "ask", "--llm", "quotes", "--index", index, QUESTION)
        compare(
            "ask against ten lines",
            lambda: run(sys.executable, *ask),
            lambda: run(sys.executable, "-c", TEN_LINES, model, chroma, QUESTION),
            repeats,
        )
        compare(
            "chat page against import gradio",
            lambda: page(index),
            lambda: run(sys.executable, "-c", "import gradio"),
            repeats,
        )


if __name__ == "__main__":
    os.chdir(ROOT)
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
