"""Questions that the documents nearly answer: python tests/benchmarks/near_misses.py SET OUT.

SET has docs/ and questions.jsonl. Of every document one answerable question is drawn, the sentences that give an
accepted answer to it are taken out of that document, and OUT gets the documents and the questions, none of which has an
answer now, though all else about its subject is there. To measure:

    footnote index OUT/docs --index OUT/index
    footnote eval OUT/questions.jsonl --index OUT/index --llm local

Refusal recall is the share of them that was refused. A few are answered still, in other words than the accepted ones.
"""

import argparse
import json
import random
from pathlib import Path

from index.language import detect_language
from index.sentences import sentence_spans
from rag.matching import holds
from rag.questions import Question, load_questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that is not there yet")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    args = parser.parse_args()
    (args.out / "docs").mkdir(parents=True)
    asked: dict[str, list[Question]] = {}
    for question in load_questions(args.set / "questions.jsonl"):
        if question.answerable and len(question.gold) == 1:
            asked.setdefault(question.gold[0], []).append(question)
    generator = random.Random(args.seed)
    lines = []
    for document in sorted((args.set / "docs").iterdir()):
        text = document.read_text(encoding="utf-8")
        if document.name in asked:
            question = generator.choice(asked[document.name])
            text = without(text, question.accepted)
            lines.append({"id": question.id, "question": question.question, "answerable": False})
        (args.out / "docs" / document.name).write_text(text, encoding="utf-8")
    (args.out / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    print(f"{len(lines)} questions")


def without(text: str, accepted: tuple[str, ...]) -> str:
    """The text without its sentences that give an accepted answer."""
    kept, end = [], 0
    for span in sentence_spans(text, detect_language(text)):
        if holds(text[span.start : span.end], accepted):
            kept.append(text[end : span.start])
            end = span.end
    return "".join(kept) + text[end:]


if __name__ == "__main__":
    main()
