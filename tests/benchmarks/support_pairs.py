"""Does the support score tell right from wrong? Labelled pairs, the fit of its weights, and how it holds elsewhere.

    python tests/benchmarks/support_pairs.py SET… [--fit SET] [--number 80] [--cache DIR]

A SET is a folder with `docs/` and `questions.jsonl`. From a question with a known answer the local model makes a
statement; with the sentence of the document that has the answer it is a supported pair. Three others are not: the
statement made from another answer of the same kind, the statement beside the nearest sentence that lacks the answer,
and the statement with one digit changed. Weights are fitted on one set and tried on the others, and on pairs written
by hand over `seeds/` (negations, cities for countries, doubled for tripled).
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import load_embeddings
from index.language import detect_language
from index.sentences import sentence_spans
from rag.llm import load_model, stream_text
from rag.matching import holds
from rag.prompts import state_messages
from rag.questions import Question, load_questions
from rag.support import SUPPORTED, Verifier, missing_numbers, weigh

HAND = Path(__file__).parent / "support_pairs.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--fit", default="", help="name of the set that the weights are fitted on (default: the first)")
    parser.add_argument("--number", type=int, default=80, help="questions of each set")
    parser.add_argument("--cache", type=Path, default=Path(".cache/support"), help="pairs and scores are kept here")
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    found = {folder.name: _measured(folder, args.number, args.cache) for folder in args.sets}
    found["by hand"] = _scored([json.loads(line) for line in HAND.open(encoding="utf-8")], args.cache / "hand.jsonl")
    report(found, args.fit or args.sets[0].name)


def _measured(folder: Path, number: int, cache: Path) -> list[dict[str, Any]]:
    kept = cache / f"{folder.name}.pairs.jsonl"
    if not kept.exists():
        pairs = list(make_pairs(folder, number))
        kept.write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs), encoding="utf-8")
    pairs = [json.loads(line) for line in kept.open(encoding="utf-8")]
    return _scored(pairs, cache / f"{folder.name}.scored.jsonl")


def make_pairs(folder: Path, number: int) -> Iterator[dict[str, Any]]:
    """Statements with quotes, each labelled as supported or not."""
    draw = random.Random(1)
    model = load_model("local")
    embeddings = load_embeddings()
    usable = [q for q in load_questions(folder / "questions.jsonl") if q.answerable and q.answers and q.gold]
    for count, question in enumerate(draw.sample(usable, number), start=1):
        print(f"\r{folder.name}: pairs {count}/{number}", end="", file=sys.stderr)
        text = (folder / "docs" / question.gold[0]).read_text(encoding="utf-8-sig")
        sentences = [text[span.start : span.end] for span in sentence_spans(text)]
        vectors = embeddings.embed_sentences(sentences)
        nearness = vectors @ embeddings.embed_queries([question.question])[0]
        nearest = [sentences[n] for n in np.argsort(-nearness)]
        source = next((sentence for sentence in nearest if holds(sentence, question.answers)), None)
        elsewhere = next((sentence for sentence in nearest if not holds(sentence, question.answers)), None)
        statement = _statement(question, question.answers[0], model)
        if source is None or elsewhere is None or statement is None:
            continue
        yield {"statement": statement, "quote": source, "supported": True, "kind": "right"}
        yield {"statement": statement, "quote": elsewhere, "supported": False, "kind": "another sentence"}
        if changed := _another_digit(statement, source, draw):
            yield {"statement": changed, "quote": source, "supported": False, "kind": "another digit"}
        others = _other_answers(question, usable)
        wrong = _statement(question, draw.choice(others), model) if others else None
        if wrong and not holds(wrong, question.answers):
            yield {"statement": wrong, "quote": source, "supported": False, "kind": "another answer"}


def _statement(question: Question, answer: str, model: Any) -> str | None:
    """The question and the answer as one sentence; None if the model did not put the answer into it."""
    messages = state_messages(question.question, [answer], detect_language(question.question))
    text = "".join(stream_text(model, messages, max_tokens=80))
    line = text.strip().split("\n")[0].strip(" -")
    return line if holds(line, [answer]) else None


def _other_answers(question: Question, questions: Sequence[Question]) -> list[str]:
    """Answers of the same kind to other questions about the same document."""
    right = question.answers[0]
    answers = {other.answers[0] for other in questions if other.gold == question.gold}
    return sorted(a for a in answers if _kind(a) == _kind(right) and not holds(a, [right]) and not holds(right, [a]))


def _kind(answer: str) -> str:
    if re.search(r"\d", answer):
        return "number"
    return "name" if answer[:1].isupper() else "phrase"


def _another_digit(statement: str, source: str, draw: random.Random) -> str | None:
    numbers = list(re.finditer(r"\d+", statement))
    if not numbers:
        return None
    match = draw.choice(numbers)
    place = draw.randrange(match.start(), match.end())
    digit = draw.choice([d for d in "123456789" if d != statement[place]])
    changed = statement[:place] + digit + statement[place + 1 :]
    number = changed[match.start() : match.end()]
    return None if re.search(rf"(?<!\d){number}(?!\d)", source) else changed


def _scored(pairs: list[dict[str, Any]], kept: Path) -> list[dict[str, Any]]:
    """The pairs with what each witness says of them, as numbers."""
    if kept.exists():
        return [json.loads(line) for line in kept.open(encoding="utf-8")]
    verifier = Verifier(load_embeddings(), judge=load_model("local"))
    for count, pair in enumerate(pairs, start=1):
        print(f"\r{kept.stem}: scores {count}/{len(pairs)}", end="", file=sys.stderr)
        statement, quote = pair["statement"], pair["quote"]
        pair["aligned"] = verifier.align(statement, [quote])[0]
        pair["judged"] = verifier.judged(statement, quote)
    kept.write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs), encoding="utf-8")
    return pairs


def report(found: dict[str, list[dict[str, Any]]], fit: str) -> None:
    """A table of how the witnesses and the score do, and weights fitted on one set."""
    weights = fitted(found[fit])
    print(f"fitted on {fit}: judge {weights[0]:.2f}, alignment {weights[1]:.2f}, bias {weights[2]:.2f}\n")
    print("| pairs | n | AUC alignment | AUC judge | AUC score | right at 0.5 | with the fit: AUC | right at 0.5 |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, pairs in found.items():
        truth = np.array([pair["supported"] for pair in pairs])
        scores = np.array([_score(pair) for pair in pairs])
        refitted = np.array([_score(pair, weights) for pair in pairs])
        columns = [
            area(np.array([pair["aligned"] for pair in pairs]), truth),
            area(np.array([pair["judged"] for pair in pairs]), truth),
            area(scores, truth),
            balanced(scores, truth),
            area(refitted, truth),
            balanced(refitted, truth),
        ]
        print(f"| {name} | {len(pairs)} | " + " | ".join(f"{value:.3f}" for value in columns) + " |")
    print("\nshare right at 0.5 by kind")
    for kind in sorted({pair["kind"] for pairs in found.values() for pair in pairs}):
        right = [(_score(p) >= SUPPORTED) == p["supported"] for ps in found.values() for p in ps if p["kind"] == kind]
        print(f"{kind:20} {np.mean(right):.3f} of {len(right)}")


def area(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve: how often a supported pair scores above one that is not."""
    gaps = scores[truth][:, None] - scores[~truth][None, :]
    return float((gaps > 0).mean() + (gaps == 0).mean() / 2)


def balanced(scores: np.ndarray, truth: np.ndarray) -> float:
    """Share right at 0.5, both labels counting the same."""
    return float(((scores[truth] >= SUPPORTED).mean() + (scores[~truth] < SUPPORTED).mean()) / 2)


def fitted(pairs: list[dict[str, Any]]) -> tuple[float, float, float]:
    """Logistic regression of the label on the judge's and the alignment's log-odds, both labels weighing the same."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    used = [pair for pair in pairs if not missing_numbers(pair["statement"], pair["quote"])]
    features = [[pair["judged"], _log_odds(pair["aligned"])] for pair in used]
    model = LogisticRegression(class_weight="balanced").fit(features, [pair["supported"] for pair in used])
    return float(model.coef_[0][0]), float(model.coef_[0][1]), float(model.intercept_[0])


def _score(pair: dict[str, Any], weights: tuple[float, float, float] | None = None) -> float:
    if missing_numbers(pair["statement"], pair["quote"]):
        return min(float(pair["aligned"]), 0.1)
    if weights is None:
        return weigh(pair["judged"], pair["aligned"])
    return float(
        1 / (1 + np.exp(-(weights[0] * pair["judged"] + weights[1] * _log_odds(pair["aligned"]) + weights[2])))
    )


def _log_odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


if __name__ == "__main__":
    main()
