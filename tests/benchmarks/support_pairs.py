"""Does the support score tell right from wrong? Labelled pairs, the fit of its weights, and how it holds elsewhere.

    python tests/benchmarks/support_pairs.py SET… [--fit SET] [--cache DIR] [--no-judge]

A SET is a folder with `docs/` and `questions.jsonl`, named as in `statements.jsonl`. A line there has the id of a
question, a statement that a sentence of its document supports (`right`), the same statement with something in it made
wrong (`wrong`, by a name, a number, a date, a negation or another answer: `kind`), and some words by which to find that
`source` and an `other` sentence near to it that does not state it. That makes three pairs, one of them supported.

The questions were drawn by chance, from the documents that have an answerable one (seeds 1, 2 and 3 for xquad_es,
xquad_de and xquad_es_from_de; none is in two sets): two of each document, of which the first was taken whose answer one
sentence gives by itself, without the name that a pronoun in it stands for. The statements were written and the
labels given by somebody who read the sentences, before any of them was scored.

Weights are fitted on one set and tried on the others, and on pairs written by hand over `seeds/`
(`support_pairs.jsonl`: negations, cities for countries, doubled for tripled). Intervals are 95 % bootstraps over lines,
so that the three pairs of a line stay together.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import load_embeddings
from index.language import detect_language
from index.sentences import sentence_spans
from rag.llm import load_model
from rag.questions import load_questions
from rag.support import SUPPORTED, Verifier, missing_numbers, weigh

HERE = Path(__file__).parent
HAND = "by hand"
RESAMPLES = 2000
Weights = tuple[float, float, float]
Pairs = list[dict[str, Any]]
Scorer = Callable[[dict[str, Any]], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--fit", default="", help="name of the set that the weights are fitted on (default: the first)")
    parser.add_argument("--cache", type=Path, default=Path(".cache/support"), help="what the judge said is kept here")
    parser.add_argument("--no-judge", action="store_true", help="alignment and numbers alone, as without a local model")
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    found = {folder.name: list(make_pairs(folder)) for folder in args.sets}
    found[HAND] = [pair | {"line": n, "language": ""} for n, pair in enumerate(_rows("support_pairs.jsonl"))]
    add_scores([pair for pairs in found.values() for pair in pairs], args.cache / "judged.jsonl", not args.no_judge)
    report(found, args.fit or args.sets[0].name, not args.no_judge)


def make_pairs(folder: Path) -> Iterator[dict[str, Any]]:
    """Three pairs of each line of `statements.jsonl` about this set.

    Raises:
        ValueError: the words that stand for a sentence are in none of the document, or in several.
    """
    questions = {question.id: question for question in load_questions(folder / "questions.jsonl")}
    for number, row in enumerate(_rows("statements.jsonl")):
        if row["set"] != folder.name:
            continue
        text = (folder / "docs" / questions[row["id"]].gold[0]).read_text(encoding="utf-8-sig")
        sentences = [text[span.start : span.end] for span in sentence_spans(text, detect_language(text))]
        source, other = (_sentence(sentences, row[name]) for name in ("source", "other"))
        for statement, quote, kind in (
            (row["right"], source, "right"),
            (row["wrong"], source, row["kind"]),
            (row["right"], other, "another sentence"),
        ):
            pair = {"statement": statement, "quote": quote, "supported": kind == "right", "kind": kind}
            yield pair | {"line": number, "language": row["language"]}


def _sentence(sentences: list[str], words: str) -> str:
    found = [sentence for sentence in sentences if words in " ".join(sentence.split())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} sentences have the words {words!r}")
    return found[0]


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).open(encoding="utf-8")]


def add_scores(pairs: Pairs, kept: Path, judge: bool) -> None:
    """Puts into each pair its score by alignment, and what the judge says, except of those that a number decides."""
    verifier = Verifier(load_embeddings(), load_model("local", timeout=3600) if judge else None)
    rows = [json.loads(line) for line in kept.open(encoding="utf-8")] if kept.exists() else []
    judged = {(row["statement"], row["quote"]): row["judged"] for row in rows}
    with kept.open("a", encoding="utf-8") as file:
        for count, pair in enumerate(pairs, start=1):
            print(f"\rscores {count}/{len(pairs)}", end="", file=sys.stderr)
            asked = statement, quote = pair["statement"], pair["quote"]
            pair["aligned"] = verifier.align(statement, [quote])[0]
            pair["decided"] = bool(missing_numbers(statement, quote))
            if judge and asked not in judged and not pair["decided"]:
                judged[asked] = verifier.judged(statement, quote)
                row = {"statement": statement, "quote": quote, "judged": judged[asked]}
                print(json.dumps(row, ensure_ascii=False), file=file, flush=True)
            pair["judged"] = judged.get(asked, 0.0)


def report(found: dict[str, Pairs], fit: str, judge: bool) -> None:
    """A table of how alignment and the score do, with weights fitted on one set beside the score's own."""
    scorers: dict[str, Scorer] = {"alignment": _aligned}
    if judge:
        weights = fitted(found[fit])
        print(f"fitted on {fit}: judge {weights[0]:.2f}, alignment {weights[1]:.2f}, bias {weights[2]:.2f}\n")
        scorers |= {"score": _score, "the fit": lambda pair: _score(pair, weights)}
    print("| pairs | n |" + "".join(f" {name}: AUC | right at 0.5 |" for name in scorers))
    print("|---|---:|" + "---:|---:|" * len(scorers))
    held_out = [pair for name, pairs in found.items() if name not in (fit, HAND) for pair in pairs]
    for name, pairs in (found | {f"all but {fit} and {HAND}": held_out}).items():
        columns = [_with_interval(of, scorer, pairs) for scorer in scorers.values() for of in (area, balanced)]
        print(f"| {name} | {len(pairs)} | " + " | ".join(columns) + " |")
    name, scorer = list(scorers.items())[min(1, len(scorers) - 1)]
    for what, pairs in (("kind", [p for ps in found.values() for p in ps]), ("language", held_out)):
        print(f"\nshare right at 0.5 by {what}, {name}")
        for value in sorted({pair[what] for pair in pairs}):
            right = [(scorer(pair) >= SUPPORTED) == pair["supported"] for pair in pairs if pair[what] == value]
            print(f"{value:20} {np.mean(right):.3f} of {len(right)}")


def area(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve: how often a supported pair scores above one that is not."""
    gaps = scores[truth][:, None] - scores[~truth][None, :]
    return float((gaps > 0).mean() + (gaps == 0).mean() / 2)


def balanced(scores: np.ndarray, truth: np.ndarray) -> float:
    """Share right at 0.5, both labels counting the same."""
    return float(((scores[truth] >= SUPPORTED).mean() + (scores[~truth] < SUPPORTED).mean()) / 2)


def _with_interval(of: Callable[[np.ndarray, np.ndarray], float], scorer: Scorer, pairs: Pairs) -> str:
    scores = np.array([scorer(pair) for pair in pairs])
    truth = np.array([pair["supported"] for pair in pairs])
    lines = np.array([pair["line"] for pair in pairs])
    places = [np.flatnonzero(lines == line) for line in np.unique(lines)]
    generator = np.random.default_rng(1993)
    values = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([places[n] for n in generator.integers(len(places), size=len(places))])
        if truth[drawn].any() and not truth[drawn].all():
            values.append(of(scores[drawn], truth[drawn]))
    low, high = np.quantile(values, (0.025, 0.975))
    return f"{of(scores, truth):.3f} [{low:.2f}, {high:.2f}]"


def fitted(pairs: Pairs) -> Weights:
    """Logistic regression of the label on the judge's and the alignment's log-odds, both labels weighing the same."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    used = [pair for pair in pairs if not pair["decided"]]
    features = [[pair["judged"], _log_odds(pair["aligned"])] for pair in used]
    model = LogisticRegression(class_weight="balanced").fit(features, [pair["supported"] for pair in used])
    return float(model.coef_[0][0]), float(model.coef_[0][1]), float(model.intercept_[0])


def _aligned(pair: dict[str, Any]) -> float:
    return float(pair["aligned"])


def _score(pair: dict[str, Any], weights: Weights | None = None) -> float:
    if pair["decided"]:
        return _aligned(pair)
    if weights is None:
        return weigh(pair["judged"], pair["aligned"])
    return float(
        1 / (1 + np.exp(-(weights[0] * pair["judged"] + weights[1] * _log_odds(pair["aligned"]) + weights[2])))
    )


def _log_odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


if __name__ == "__main__":
    main()
