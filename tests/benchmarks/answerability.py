"""How likely the documents answer: the weights of `rag.retrieval.answerability`, and how they do on each set.

    python tests/benchmarks/answerability.py SET… --indexes DIR [--sample N] [--seed S] [--hold-out SET…]

A SET is a folder with `docs/` and `questions.jsonl`; its index is made in DIR, and kept there. The fit is a logistic
regression on what `rag.retrieval.signs` measures, in which a set counts as the root of its questions, and the questions
of a set that have an answer as much as those that have none. `as it is` is what the weights in the code do, `left out`
what a fit to the other sets does: the AUC, the share of answerable questions at 0.5 and above, and of unanswerable ones
below. The last line is the fit to all sets but those held out, with the bias that makes both mistakes weigh the same.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from support_pairs import area

from index.language import detect_language
from index.search import Index
from index.syncing import sync
from rag.questions import load_questions
from rag.retrieval import BIAS, SIGN_WEIGHTS, evidence, retrieve, signs

Measured = tuple[NDArray[np.float64], NDArray[np.bool_]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--indexes", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sample", type=int, default=300, metavar="N", help="questions a set (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the draw (default: %(default)s)")
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="SET", help="names of sets that are not fitted to")
    args = parser.parse_args()
    measured = {folder.name: measure(folder, args.indexes, args.sample, args.seed) for folder in args.sets}
    fitted = {name: found for name, found in measured.items() if name not in args.hold_out}
    print("| set | questions | as it is | left out |\n|---|---:|---|---|")
    for name, (found, answerable) in measured.items():
        others = [of_other for other, of_other in fitted.items() if other != name]
        fits = [(np.array(SIGN_WEIGHTS), BIAS), *([fit(others)] if others else [])]
        figures = [in_words(found @ weights + bias, answerable) for weights, bias in fits]
        print(f"| {name} | {len(answerable)} | {' | '.join(figures)} |")
    weights, bias = fit(list(fitted.values()))
    print("weights", weights.round(1).tolist(), "bias", round(bias, 1))


def measure(folder: Path, indexes: Path, sample: int, seed: int) -> Measured:
    """The signs of each question drawn, shape (questions, signs), and whether it has an answer."""
    index = Index.open(indexes / folder.name)
    sync([folder / "docs"], index)
    questions = [one for one in load_questions(folder / "questions.jsonl") if one.answerable is not None]
    if len(questions) > sample:
        questions = random.Random(seed).sample(questions, sample)
    found, answerable = [], []
    for count, question in enumerate(questions, start=1):
        print(f"\r{folder.name} {count}/{len(questions)} ", end="", file=sys.stderr)
        if sentences := evidence(question.question, retrieve(question.question, index), index):
            found.append(signs(question.question, sentences, index, detect_language(question.question)))
            answerable.append(question.answerable)
    print(file=sys.stderr)
    return np.array(found), np.array(answerable)


def fit(sets: Sequence[Measured]) -> tuple[NDArray[np.float64], float]:
    """Weights of the signs, and the bias."""
    weights = []
    for _, answerable in sets:
        share = np.where(answerable, answerable.mean(), 1 - answerable.mean())
        weights.append(1 / (share if 0 < answerable.mean() < 1 else 1) / np.sqrt(len(answerable)))
    found, answerable = (np.concatenate(columns) for columns in zip(*sets, strict=True))
    scale, weight = StandardScaler().fit(found), np.concatenate(weights)
    model = LogisticRegression(max_iter=5000)
    model.fit(scale.transform(found), answerable, sample_weight=weight / weight.mean())
    slopes = model.coef_[0] / scale.scale_
    return slopes, float(model.intercept_[0] - slopes @ scale.mean_)


def in_words(scores: NDArray[np.float64], answerable: NDArray[np.bool_]) -> str:
    """The AUC, then what is answered of the answerable and refused of the others."""
    answered = f"{(scores[answerable] >= 0).mean():.2f} answered"
    if answerable.all():
        return answered
    return f"{area(scores, answerable):.3f}, {answered}, {(scores[~answerable] < 0).mean():.2f} refused"


if __name__ == "__main__":
    main()
