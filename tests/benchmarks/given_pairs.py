"""Does the judge tell a sentence that gives what is asked for from one about the same subject?

    python tests/benchmarks/given_pairs.py SET… [--sample N] [--seed S] [--cache FILE]

A SET is a folder with `docs/` and `questions.jsonl`. Of each question that is drawn, two sentences of its document are
taken: the nearest to it, by the embedding model, that has an accepted answer, and the nearest that has none. The judge
is the local language model as `rag.support.Verifier.given` asks it. `AUC` compares all sentences of a set,
`the right one` is the share of questions whose two sentences it ranks rightly, beside what nearness does. Intervals are
95 % bootstraps over questions.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from support_pairs import area

from index.embed import load_embeddings
from index.language import detect_language
from index.sentences import sentence_spans
from rag.examples import NO, YES
from rag.llm import load_model, preference
from rag.matching import holds
from rag.prompts import gives_messages
from rag.questions import load_questions

RESAMPLES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--sample", metavar="N", type=int, default=50, help="questions a set (default: %(default)s)")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    parser.add_argument("--cache", metavar="FILE", type=Path, help="keeps what the judge said of one prompt")
    args = parser.parse_args()
    found = {folder.name: list(make_pairs(folder, args.sample, args.seed)) for folder in args.sets}
    add_verdicts([pair for pairs in found.values() for pair in pairs], args.cache)
    print("| set | questions | AUC | the right one | by nearness |\n|---|---:|---:|---:|---:|")
    for name, pairs in found.items():
        verdicts = np.array([pair["verdicts"] for pair in pairs])
        near = np.array([pair["cosines"] for pair in pairs])
        columns = [_with_interval(of, values) for of, values in ((_area, verdicts), (_right, verdicts), (_right, near))]
        print(f"| {name} | {len(pairs)} | " + " | ".join(columns) + " |")


def make_pairs(folder: Path, sample: int, seed: int) -> Iterator[dict[str, Any]]:
    """A question with two sentences, the one that gives what it asks for first, and their cosines with it."""
    questions = [q for q in load_questions(folder / "questions.jsonl") if q.answerable and len(q.gold) == 1]
    embeddings, count = load_embeddings(), 0
    for question in random.Random(seed).sample(questions, len(questions)):
        text = (folder / "docs" / question.gold[0]).read_text(encoding="utf-8-sig")
        sentences = [text[span.start : span.end] for span in sentence_spans(text, detect_language(text))]
        cosines = embeddings.embed_sentences(sentences) @ embeddings.embed_question(question.question)
        ranked = sorted(zip(cosines.tolist(), sentences, strict=True), reverse=True)
        giving = [pair for pair in ranked if holds(pair[1], question.accepted)]
        other = [pair for pair in ranked if pair not in giving]
        if giving and other:
            two = (giving[0], other[0])
            yield {"question": question.question, "sentences": [s for _, s in two], "cosines": [c for c, _ in two]}
            count += 1
        if count == sample:
            return


def add_verdicts(pairs: list[dict[str, Any]], kept: Path | None) -> None:
    """Puts into each pair what the judge says of its sentences, as log-odds."""
    judge = load_model("local", timeout=3600)
    rows = [json.loads(line) for line in kept.open(encoding="utf-8")] if kept and kept.exists() else []
    known = {(row["question"], row["sentence"]): row["verdict"] for row in rows}
    for count, pair in enumerate(pairs, start=1):
        print(f"\rquestions {count}/{len(pairs)}", end="", file=sys.stderr)
        for sentence in pair["sentences"]:
            asked = pair["question"], sentence
            if asked not in known:
                known[asked] = preference(judge, gives_messages(" ".join(sentence.split()), pair["question"]), YES, NO)
                if kept:
                    row = {"question": asked[0], "sentence": asked[1], "verdict": known[asked]}
                    with kept.open("a", encoding="utf-8") as file:
                        print(json.dumps(row, ensure_ascii=False), file=file)
        pair["verdicts"] = [known[pair["question"], sentence] for sentence in pair["sentences"]]


def _area(values: np.ndarray) -> float:
    return float(area(values.T.ravel(), np.repeat([True, False], len(values))))


def _right(values: np.ndarray) -> float:
    return float((values[:, 0] > values[:, 1]).mean())


def _with_interval(of: Any, values: np.ndarray) -> str:
    generator = np.random.default_rng(1993)
    drawn = [of(values[generator.integers(len(values), size=len(values))]) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return f"{of(values):.3f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    main()
