"""Documents in two languages, and questions in both: python tests/benchmarks/two_languages.py ONE OTHER OUT.

ONE and OTHER are sets with docs/ and questions.jsonl, the same in two languages: a question has one id in both, as in
XQuAD. OUT gets every second document of ONE, and those of OTHER that are about other subjects. Each question is asked
in both languages, so it is in the language of the document that answers it (same.jsonl) or not (across.jsonl). Those
whose document was left out of both have no answer, and are in the language of ONE in the first file, of OTHER in the
second. To measure:

    footnote index OUT/docs --index OUT/index
    footnote eval OUT/same.jsonl OUT/across.jsonl --index OUT/index --llm quotes
"""

import argparse
import json
import shutil
from pathlib import Path

from rag.questions import Question, load_questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", type=Path, nargs=2, metavar="SET")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that is not there yet")
    args = parser.parse_args()
    one, other = ({q.id: q for q in load_questions(place / "questions.jsonl")} for place in args.sets)
    first = {path.name for path in sorted((args.sets[0] / "docs").iterdir())[::2]}
    theirs = {name for i, question in one.items() if i in other for name in other[i].gold if first & {*question.gold}}
    second = {path.name for path in (args.sets[1] / "docs").iterdir()} - theirs
    (args.out / "docs").mkdir(parents=True)
    for place, names in zip(args.sets, (first, second), strict=True):
        for name in sorted(names):
            shutil.copy(place / "docs" / name, args.out / "docs" / f"{place.name}-{name}")
    lines: dict[str, list[str]] = {"same": [], "across": []}
    for i in [i for i in one if i in other]:
        asked = dict(zip(args.sets, (one[i], other[i]), strict=True))
        there = [place for place, names in zip(args.sets, (first, second), strict=True) if names & {*asked[place].gold}]
        same = there[0] if there else args.sets[0]
        for place, question in asked.items():
            text = json.dumps(row(question, there[0] if there else None, asked), ensure_ascii=False)
            lines["same" if place == same else "across"].append(text)
    for kind, rows in lines.items():
        (args.out / f"{kind}.jsonl").write_text("".join(line + "\n" for line in rows), encoding="utf-8")
        print(f"{kind}: {len(rows)} questions")


def row(question: Question, place: Path | None, asked: dict[Path, Question]) -> dict[str, object]:
    """A question with the accepted answers in the language of its document, if that is there."""
    if place is None:
        return {"id": question.id, "question": question.question, "answerable": False}
    answer = asked[place]
    gold = [f"{place.name}-{name}" for name in answer.gold]
    return {"id": question.id, "question": question.question, "answers": list(answer.answers), "gold": gold}


if __name__ == "__main__":
    main()
