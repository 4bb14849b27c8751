"""The weights of `rag.probe`, and how they do on sets that they were not fitted to.

    python tests/benchmarks/probe.py SET[=N]… --indexes DIR [--seed S] [--hold-out SET…] [--write]

A SET is a folder with `docs/` and `questions.jsonl`; of a large one N questions are drawn, half of them without an
answer. Its index is made in DIR, and so is a file with what the local
model held after it had read each question with the place of its best sentence, which takes about five seconds a
question on two cores. The fit is a logistic regression on these states, standardised, to whether the place holds an
accepted answer. The table has areas under the ROC curve, of telling questions that have an answer from those that have
none: of what the retrieved sentences say (`rag.retrieval.answerability`), and of a probe fitted to all other sets,
which never saw a question or document of this one; and of the same probe, of telling places that hold an accepted
answer from others. `--write` fits to all sets but those held out, and replaces the weights that come with Footnote.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from support_pairs import area

from index.language import detect_language
from index.search import Index
from index.syncing import sync
from rag.llm import load_model
from rag.matching import holds
from rag.probe import WEIGHTS, best_place, state_after
from rag.questions import draw, load_questions
from rag.retrieval import answerability, evidence, retrieve

STRENGTH = 0.01  # of the fit: the inverse of how much large weights cost


@dataclass(frozen=True)
class Measured:
    """What was found for the questions of a set, one row each."""

    states: NDArray[np.float32]
    likelihoods: NDArray[np.float64]
    answerable: NDArray[np.bool_]
    holding: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="SET[=N]")
    parser.add_argument("--indexes", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the draw (default: %(default)s)")
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="SET", help="names of sets that are not fitted to")
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS.name}")
    args = parser.parse_args()
    measured = {}
    for folder, _, sample in (one.partition("=") for one in args.sets):
        path = Path(folder)
        measured[path.name] = measure(path, args.indexes, int(sample or 0), args.seed)
    print("| set | questions | retrieval | probe | probe, of places |\n|---|---:|---:|---:|---:|")
    for name, found in measured.items():
        others = [one for other, one in measured.items() if other not in (name, *args.hold_out)]
        odds = found.states @ (weights := fit(others))[:-1] + weights[-1]
        pairs = [(found.likelihoods, found.answerable), (odds, found.answerable), (odds, found.holding)]
        print(f"| {name} | {len(odds)} | " + " | ".join(f"{area(*pair):.3f}" for pair in pairs) + " |")
    if args.write:
        weights = fit([found for name, found in measured.items() if name not in args.hold_out])
        np.save(WEIGHTS, weights.astype(np.float32))


def measure(folder: Path, indexes: Path, sample: int, seed: int) -> Measured:
    """What is known of a set, or of so many of its questions, or else found out and kept in `indexes`."""
    kept = indexes / f"{folder.name}-{sample}-{seed}.npz"
    if not kept.exists():
        np.savez(kept, **vars(_measured(folder, indexes, sample, seed)))
    with np.load(kept) as found:
        return Measured(**found)


def _measured(folder: Path, indexes: Path, sample: int, seed: int) -> Measured:
    index, model = Index.open(indexes / folder.name), load_model("local", timeout=3600)
    sync([folder / "docs"], index)
    questions = [one for one in load_questions(folder / "questions.jsonl") if one.answerable is not None]
    questions = draw(questions, sample, seed=seed, half=True) if sample else questions
    states, likelihoods, answerable, holding = [], [], [], []
    for count, one in enumerate(questions, start=1):
        print(f"\r{folder.name} {count}/{len(questions)} ", end="", file=sys.stderr)
        if sentences := evidence(one.question, retrieve(one.question, index), index):
            place = best_place(sentences)
            states.append(state_after(one.question, place, model))
            likelihoods.append(answerability(one.question, sentences, index, detect_language(one.question)))
            answerable.append(one.answerable)
            holding.append(one.answerable and holds(place.text, one.accepted))
    print(file=sys.stderr)
    return Measured(np.array(states), np.array(likelihoods), np.array(answerable), np.array(holding))


def fit(sets: list[Measured]) -> NDArray[np.float64]:
    """The weight of each number of a state, and last what is added: together the log-odds that a place answers."""
    states, holding = np.concatenate([one.states for one in sets]), np.concatenate([one.holding for one in sets])
    scale = StandardScaler().fit(states)
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(scale.transform(states), holding)
    slopes = model.coef_[0] / scale.scale_
    return np.append(slopes, model.intercept_[0] - slopes @ scale.mean_)


if __name__ == "__main__":
    main()
