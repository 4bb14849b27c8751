"""Which way of cutting, embedding and adding finds the right passages? Measured on question sets, in memory.

    python tests/benchmarks/sweep.py SET... [--cache DIR]

A SET is a folder with docs/ and questions.jsonl. The first one is for choosing, the others show whether the choice
holds. Every answerable question is asked. A passage is right as in `footnote eval`: of a gold document, and with an
accepted answer where there is one. Cells are recall@1 / recall@5 / nDCG@10 of the search in index/search.py with one
thing changed at a time, without what it adds for another language: of passages in one language that changes no rank.
Then come the best setting of the whole grid on the first set and what it changes elsewhere, with the 95 % interval of a
paired bootstrap over questions. Vectors are kept in DIR, so a second run is fast.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import index.chunk
from index.chunk import key_of
from index.documents import Chunk, Document, Passage
from index.embed import load_embeddings
from index.language import detect_language
from index.lexical import LexicalIndex
from index.load import load
from index.search import LEXICAL_WEIGHT
from rag.outcomes import is_right
from rag.questions import Question, load_questions

Floats = NDArray[np.floating]

SIZES = (500, 1000, 1500)
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35)
NEIGHBOURS = (0.0, 0.05, 0.1, 0.2, 0.3)
TITLE = 80  # characters; the sets have no titles, so the beginning of a document stands in for one
BUDGET = 5000  # characters, about what rag/retrieval.py reads: large passages are not better for being large
RANKS = 10
RESAMPLES = 2000


@dataclass(frozen=True)
class Setting:
    """One way to search; the defaults are what index/ does on these sets.

    Attributes:
        gated: Whether words count only in passages of the question's language.
        neighbours: The share of a score that comes from the passages before and after it.
    """

    size: int = index.chunk.CHUNK_SIZE
    title: bool = False
    weight: float = LEXICAL_WEIGHT
    gated: bool = False
    neighbours: float = 0.0


class Vectors:
    """Vectors of texts, kept in a folder if there is one, so that no text is embedded twice."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Floats] = {}
        if folder and (folder / "keys.npy").exists():
            self._known = dict(zip(np.load(folder / "keys.npy"), np.load(folder / "vectors.npy"), strict=True))

    def of(self, texts: Sequence[str], *, queries: bool = False) -> Floats:
        keys = [hashlib.sha256(f"{queries} {text}".encode()).hexdigest()[:24] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            print(f"embedding {len(new)} texts", file=sys.stderr)
            model = load_embeddings()
            embed = model.embed_queries if queries else model.embed_passages
            self._known.update(zip(new, embed(list(new.values())), strict=True))
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
                np.save(self._folder / "keys.npy", list(self._known))
                np.save(self._folder / "vectors.npy", np.stack(list(self._known.values())))
        return np.stack([self._known[key] for key in keys])


@dataclass(frozen=True)
class Cut:
    """The passages of a set for one size, and what does not depend on anything else; (questions, passages) each."""

    chunks: list[Chunk]
    right: NDArray[np.bool_]
    lexical: Floats
    same_language: NDArray[np.bool_]
    lengths: NDArray[np.intp]

    @cached_property
    def beside(self) -> Floats:
        """Scores times this are the mean scores of the passages before and after, in the same document."""
        sources = [chunk.source for chunk in self.chunks]
        weights = np.zeros((len(sources), len(sources)))
        for i, source in enumerate(sources):
            around = [j for j in (i - 1, i + 1) if 0 <= j < len(sources) and sources[j] == source] or [i]
            weights[around, i] = 1 / len(around)
        return weights


class QuestionSet:
    """A folder with documents and questions, searched in memory."""

    def __init__(self, folder: Path, vectors: Vectors) -> None:
        self.name = folder.name
        self._vectors = vectors
        self._documents = [load(file) for file in sorted((folder / "docs").iterdir())]
        questions = load_questions(folder / "questions.jsonl")
        self._questions = [q for q in questions if q.answerable]
        self._languages = [detect_language(q.question) for q in self._questions]
        self._cuts: dict[int, Cut] = {}
        self._cosines: dict[tuple[int, bool], Floats] = {}

    def measure(self, setting: Setting) -> "Measured":
        cut, scores = self._cut(setting.size), self._cosine(setting.size, setting.title)
        lexical = cut.lexical * cut.same_language if setting.gated else cut.lexical
        scores = scores + setting.weight * lexical
        if setting.neighbours:
            scores = (1 - setting.neighbours) * scores + setting.neighbours * (scores @ cut.beside)
        order = np.argsort(-scores, axis=1, kind="stable")
        right = np.take_along_axis(cut.right, order, axis=1)
        read = np.cumsum(cut.lengths[order], axis=1) <= BUDGET
        read[:, 0] = True
        discounts = 1 / np.log2(np.arange(2, RANKS + 2))
        ideal = np.cumsum(discounts)[np.clip(cut.right.sum(axis=1), 1, RANKS) - 1]
        top = right[:, :RANKS]
        return Measured(
            first=right[:, 0].astype(float),
            five=right[:, :5].any(axis=1).astype(float),
            ndcg=top @ discounts[: top.shape[1]] / ideal,
            budget=(right & read).any(axis=1).astype(float),
        )

    def _cut(self, size: int) -> Cut:
        if size not in self._cuts:
            chunks = [chunk for document in self._documents for chunk in _chunks(document, size)]
            languages = {document.source: document.language for document in self._documents}
            self._cuts[size] = Cut(
                chunks=chunks,
                right=np.array([[is_right(Passage(c, 0.0), q) for c in chunks] for q in self._questions]),
                lexical=_lexical(chunks, self._questions),
                same_language=np.array(
                    [[languages[c.source] in (own, None) or not own for c in chunks] for own in self._languages]
                ),
                lengths=np.array([len(c.text) for c in chunks]),
            )
        return self._cuts[size]

    def _cosine(self, size: int, title: bool) -> Floats:
        if (size, title) not in self._cosines:
            heads = {d.source: " ".join(d.text[:TITLE].split()[:-1]) if title else "" for d in self._documents}
            chunks = self._cut(size).chunks
            texts = [f"{heads[c.source]}\n{c.text}" if title and c.start else c.text for c in chunks]
            queries = self._vectors.of([q.question for q in self._questions], queries=True)
            self._cosines[size, title] = queries @ self._vectors.of(texts).T
        return self._cosines[size, title]


@dataclass(frozen=True)
class Measured:
    """What became of each question."""

    first: Floats
    five: Floats
    ndcg: Floats
    budget: Floats

    def __str__(self) -> str:
        return " / ".join(_shown(values.mean()) for values in (self.first, self.five, self.ndcg))


def _chunks(document: Document, size: int) -> list[Chunk]:
    index.chunk.CHUNK_SIZE = size
    return index.chunk.chunk(document)


def _lexical(chunks: Sequence[Chunk], questions: Sequence[Question]) -> Floats:
    """BM25 of each question and passage as `Index.search` adds it."""
    places = {chunk.id: place for place, chunk in enumerate(chunks)}
    found = np.zeros((len(questions), len(chunks)))
    with tempfile.TemporaryDirectory() as folder:
        side = LexicalIndex(Path(folder) / "lexical.sqlite")
        side.update("1", {key_of(chunk.id): "" for chunk in chunks}, lambda _: list(chunks))
        for row, question in enumerate(questions):
            for chunk, score in side.scores(question.question, places).items():
                found[row, places[chunk]] = score
        side.close()
    return found


def interval(before: Floats, after: Floats) -> str:
    """The mean difference and the 95 % interval of a paired bootstrap."""
    generator = np.random.default_rng(0)
    size = len(before)
    draws = generator.multinomial(size, np.full(size, 1 / size), RESAMPLES) @ (after - before) / size
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{(after - before).mean():+.3f} ({low:+.3f} to {high:+.3f})"


def table(sets: Sequence[QuestionSet], title: str, settings: Iterable[tuple[str, Setting]]) -> str:
    lines = [f"| {title} | " + " | ".join(s.name for s in sets) + " |", "|---|" + "---|" * len(sets)]
    lines += [f"| {name} | " + " | ".join(str(s.measure(x)) for s in sets) + " |" for name, x in settings]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", metavar="SET", nargs="+", type=Path, help="folder with docs/ and questions.jsonl")
    parser.add_argument("--cache", metavar="DIR", type=Path, help="where vectors are kept")
    args = parser.parse_args()
    vectors = Vectors(args.cache)
    sets = [QuestionSet(folder, vectors) for folder in args.sets]
    now = Setting()

    sized = [
        (f"{size}{', beginning in front' if title else ''}", Setting(size=size, title=title))
        for size, title in product(SIZES, (False, True))
    ]
    print(table(sets, "characters a passage", sized))
    print(f"| recall in the first {BUDGET:,} characters | " + " | ".join(s.name for s in sets) + " |")
    print("|---|" + "---:|" * len(sets))
    for name, setting in sized:
        print(f"| {name} | " + " | ".join(_shown(s.measure(setting).budget.mean()) for s in sets) + " |")
    print()
    gates = [
        (f"{w:g}{', same language only' if g else ''}", replace(now, weight=w, gated=g))
        for g in (False, True)
        for w in WEIGHTS
        if w or not g
    ]
    print(table(sets, "weight of the words", gates))
    print(table(sets, "weight of the neighbours", [(f"{n:g}", replace(now, neighbours=n)) for n in NEIGHBOURS]))

    grid = [Setting(*values) for values in product(SIZES, (False, True), WEIGHTS, (False, True), NEIGHBOURS)]
    compared(sets, now, grid)
    compared(sets, now, [setting for setting in grid if setting.size == now.size])


def compared(sets: Sequence[QuestionSet], now: Setting, grid: Sequence[Setting]) -> None:
    """Print the setting that is best on the first set, by nDCG, and how it differs from the one of now on each."""
    best = max(grid, key=lambda setting: sets[0].measure(setting).ndcg.mean())
    print(f"Best of {len(grid)} on {sets[0].name}: {best}; now: {now}\n")
    print("| best minus now | recall@1 | recall@5 | nDCG@10 |\n|---|---|---|---|")
    for one in sets:
        a, b = one.measure(now), one.measure(best)
        cells = [interval(*pair) for pair in ((a.first, b.first), (a.five, b.five), (a.ndcg, b.ndcg))]
        print(f"| {one.name} | " + " | ".join(cells) + " |")
    print()


def _shown(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


if __name__ == "__main__":
    main()
