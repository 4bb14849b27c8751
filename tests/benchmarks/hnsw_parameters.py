"""How well does Chroma's HNSW find the nearest, and how fast, by its parameters? Passages as in `synthetic.py`.

    python tests/benchmarks/hnsw_parameters.py SIZE M,CONSTRUCTION... --sets SET... [--cache DIR]

M is `max_neighbors`, CONSTRUCTION `ef_construction`. Vectors are written 256 at a time, as in index/syncing.py, without
texts; then 200 questions ask for their ten nearest, and recall is against exact search.
"""

import argparse
import tempfile
import time
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings
from synthetic import Synthetic

SEARCHES = (100, 200, 400, 800)
QUESTIONS = 200
NEAREST = 10
AT_ONCE = 256


def measure(vectors: np.ndarray, questions: np.ndarray, exact: np.ndarray, neighbors: int, construction: int) -> str:
    """Seconds and processor seconds to build, then recall@10 and the median of a query in ms, by `ef_search`."""
    hnsw = {"space": "cosine", "max_neighbors": neighbors, "ef_construction": construction}
    with tempfile.TemporaryDirectory() as place:
        client = chromadb.PersistentClient(place, Settings(anonymized_telemetry=False))
        found = client.create_collection("vectors", configuration={"hnsw": hnsw}, embedding_function=None)
        started, cpu = time.perf_counter(), time.process_time()
        for first in range(0, len(vectors), AT_ONCE):
            some = vectors[first : first + AT_ONCE]
            found.upsert(ids=[str(first + n) for n in range(len(some))], embeddings=some)
        found.query(query_embeddings=questions[:1], n_results=1, include=[])
        said = f"build {time.perf_counter() - started:.1f} s, processor {time.process_time() - cpu:.1f} s"
        for search in SEARCHES:
            found.modify(configuration={"hnsw": {"ef_search": search}})
            client.clear_system_cache()  # it counts once Chroma is opened again
            client = chromadb.PersistentClient(place, Settings(anonymized_telemetry=False))
            found = client.get_collection("vectors", embedding_function=None)
            found.query(query_embeddings=questions[:1], n_results=1, include=[])
            hits, times = 0, []
            for question, least in zip(questions, exact[:, 0] - 1e-5, strict=True):
                begun = time.perf_counter()
                rows = found.query(query_embeddings=question[None, :], n_results=NEAREST, include=["distances"])
                times.append(time.perf_counter() - begun)
                hits += int(np.sum(1 - np.array(rows["distances"][0]) >= least))
            said += f" · {search}: {hits / QUESTIONS / NEAREST:.3f}, {1000 * np.median(times):.1f} ms"
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("size", type=int, help="passages")
    parser.add_argument("pairs", metavar="M,CONSTRUCTION", nargs="+", help="parameters")
    parser.add_argument("--sets", metavar="SET", nargs="+", type=Path, required=True, help="as of retrieval_scale.py")
    parser.add_argument("--cache", metavar="DIR", type=Path, help="where vectors of sentences and questions are kept")
    asked = parser.parse_args()
    data = Synthetic(asked.sets, asked.cache)
    vectors = np.concatenate([own for *_, own in data.documents(asked.size)])
    _, questions = data.draw(QUESTIONS)
    exact = np.sort(questions @ vectors.T, axis=1)[:, -NEAREST:]
    for pair in asked.pairs:
        neighbors, construction = map(int, pair.split(","))
        print(f"{asked.size:,} {pair}: {measure(vectors, questions, exact, neighbors, construction)}", flush=True)


if __name__ == "__main__":
    main()
