"""The questions of a set, misspelt: python tests/benchmarks/misspelt.py QUESTIONS.jsonl OUT.jsonl [--seed N].

About one in three words of five letters or more has two letters that changed places, or one that is missing, doubled or
another; at least one word of each question. Words of scripts without capitals or spaces stay, and so do questions that
have no others. To measure, ask both files:

    footnote eval QUESTIONS.jsonl OUT.jsonl --index … --index … --llm quotes
"""

import argparse
import json
import random
import re
from pathlib import Path

WORD = re.compile(r"[^\W\d_]{5,}")
SHARE = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the draw (default: %(default)s)")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    rows = [json.loads(line) for line in args.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    with args.out.open("w", encoding="utf-8") as file:
        for row in rows:
            row["question"] = misspelt(row["question"], chance)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def misspelt(question: str, chance: random.Random) -> str:
    words = [match for match in WORD.finditer(question) if match[0].lower() != match[0].upper()]
    wrong = [match for match in words if chance.random() < SHARE] or ([chance.choice(words)] if words else [])
    for match in reversed(wrong):
        while (slipped := slip(match[0], chance)) == match[0]:
            pass
        question = question[: match.start()] + slipped + question[match.end() :]
    return question


def slip(word: str, chance: random.Random) -> str:
    """The word with one mistake behind its first letter, as a hurried hand makes them."""
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return chance.choice(
        [
            before + after[0] + letter + after[1:],
            before + after,
            before + letter + letter + after,
            before + chance.choice(word) + after,
        ]
    )


if __name__ == "__main__":
    main()
