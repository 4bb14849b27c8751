"""Where do the seconds of indexing and the milliseconds of a question go?

    python tests/benchmarks/time_spent.py SET [--questions N]

A SET is a folder with docs/ and questions.jsonl. Its documents are indexed anew, then questions are asked without a
language model, in the same process, which has all it needs loaded. Times are those of the clock; what a part calls
counts in it, and no part calls another one. The profiler adds a little to what is done in Python.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from index import Index, sync
from index.chunk import chunk
from index.embed import SentenceEmbeddings
from index.language import detect_language
from index.lexical import LexicalIndex
from index.parsing import Parser
from index.sentences import sentence_spans
from index.store import Store
from rag import Settings, answer
from rag.questions import draw, load_questions

INDEXING: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "read files, in their process": (Parser._answer,),
    "cut into passages": (chunk,),
    "look for vectors that are there": (Store.vectors,),
    "embed passages": (SentenceEmbeddings.embed_passages,),
    "write passages": (Store.put_passages,),
    "write documents": (Store.put_documents,),
    "write files": (Store.put_files,),
    "words, at the first search": (LexicalIndex.update,),
}
ASKING: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "tell languages": (detect_language,),
    "wait for the vector of the question": (Future.result,),  # it is embedded while its words are searched
    "nearest vectors": (Store.nearest,),
    "words": (LexicalIndex.search, LexicalIndex.scores, LexicalIndex.idf),
    "texts and vectors of what is found": (Store.read, Store.fetch),
    "cut into sentences": (sentence_spans,),
    "embed the sentences": (SentenceEmbeddings.embed_sentences,),
    "embed tokens, to tell whether it is answered": (SentenceEmbeddings.embed_tokens,),
    "documents of what is quoted": (Store.document,),
}


def spent(parts: Mapping[str, tuple[Callable[..., Any], ...]], work: Callable[[], object]) -> dict[str, float]:
    """Seconds of each part, of the rest, and in all."""
    profile = cProfile.Profile()
    started = time.perf_counter()
    profile.runcall(work)
    total = time.perf_counter() - started
    times = {place: row[3] for place, row in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
    found = {name: sum(times.get(_place(function), 0.0) for function in some) for name, some in parts.items()}
    return found | {"the rest": total - sum(found.values()), "in all": total}


def _place(function: Callable[..., Any]) -> tuple[str, int, str]:
    code = function.__code__
    return code.co_filename, code.co_firstlineno, code.co_name


def show(title: str, seconds: dict[str, float], unit: str, factor: float) -> None:
    print(f"\n| {title} | {unit} | share |\n|---|---:|---:|")
    for name, value in seconds.items():
        print(f"| {name} | {factor * value:.1f} | {value / seconds['in all']:.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", metavar="SET", type=Path, help="folder with docs/ and questions.jsonl")
    parser.add_argument("--questions", metavar="N", type=int, default=20, help="how many (default: %(default)s)")
    args = parser.parse_args()
    questions = [q.question for q in draw(load_questions(args.folder / "questions.jsonl"), args.questions + 1, seed=1)]
    with tempfile.TemporaryDirectory() as place:
        index = Index.open(place)
        index.embeddings.embed_passages(["so that it is loaded " * 10_000])

        def make() -> None:
            sync([args.folder / "docs"], index)
            index.search("so that the words are read")

        made = spent(INDEXING, make)
        records = index.documents()
        passages = sum(record.passages for record in records)
        show(f"Indexing {len(records)} documents, {passages} passages", made, "seconds", 1)
        settings = Settings(llm="quotes")
        answer(questions[0], index=index, settings=settings)

        def ask() -> None:
            for question in questions[1:]:
                answer(question, index=index, settings=settings)

        show(f"A question, mean of {args.questions}", spent(ASKING, ask), "ms", 1000 / args.questions)
        index.close()


if __name__ == "__main__":
    main()
