"""Question files: what is asked, what would be right, and drawing some of them.

A question file has one JSON object a line: `id`, `question`, `answers` (accepted strings), `gold` (file names),
`answerable` (null where nobody knows), and optionally `all_of` (lists of accepted strings, of each of which one has to
be in the answer) and `turns` (the questions that were asked before, oldest first). Only `question` is required; other
keys are left alone, but for one that looks like a misspelt one of these.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import QuestionError, SettingsError
from rag.answering import checked_question
from rag.wrong_values import in_words


@dataclass(frozen=True)
class Question:
    """One line of a question file.

    Attributes:
        set: Name of the set that it belongs to.
        id: Unique in its set; the number of its line if it has none of its own.
        question: What is asked.
        answers: Accepted answers; none where nobody wrote any down, and then nothing is graded.
        gold: Names of the documents that answer it.
        answerable: Whether the documents answer it; None if that is not known, and then neither an answer nor a refusal
            counts.
        all_of: Groups of accepted answers; a right answer has one of each.
        turns: Questions that were asked before it in the same conversation, oldest first.
    """

    set: str
    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()
    answerable: bool | None = True
    all_of: tuple[tuple[str, ...], ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every accepted string, of whichever group."""
        return (*self.answers, *(text for group in self.all_of for text in group))


_QUESTION = TypeAdapter(Question)
_QUESTION_KEYS = {one.name for one in fields(Question)} - {"set"}
ALIKE = 0.85  # of 1: "answer" and "answers" have 0.92
SHORT = 3  # letters: "qid" and "old" are keys of their own


def set_name(path: Path) -> str:
    """What the questions of a file are called: its stem, or the folder's name if the file is `questions.jsonl`."""
    return (path.resolve().parent.name or path.stem) if path.stem == "questions" else path.stem


def load_questions(path: Path) -> list[Question]:
    """The questions of a file, in a set named after it.

    Raises:
        SettingsError: the file can't be read, has no questions, or a line of it is not one.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise SettingsError(f"question file {path} can't be read: {reason}") from error
    questions: dict[str, Question] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            question = _question(path, number, line)
            if question.id in questions:
                raise SettingsError(f"{path}, line {number}: an earlier question has the id {question.id!r} too")
            questions[question.id] = question
    if not questions:
        raise SettingsError(f"question file {path} has no questions")
    return list(questions.values())


def load_sets(paths: Sequence[Path]) -> list[list[Question]]:
    """The questions of several files.

    Raises:
        SettingsError: as for `load_questions`, or two files have the same name.
    """
    names = [set_name(path) for path in paths]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SettingsError(f"two sets of questions would be called {twice[0]}; rename a file or its folder")
    return [load_questions(path) for path in paths]


def draw(questions: Sequence[Question], size: int, *, seed: int = 0, half: bool = False) -> list[Question]:
    """Some of the questions, in their order; the same for the same seed. All, if there are no more than `size`.

    Args:
        questions: A set.
        size: How many to draw.
        seed: Of the draw.
        half: Whether half of them, rounded down, are to be questions without an answer.

    Raises:
        SettingsError: `half`, and there are not enough questions of one kind.
    """
    numbers = range(len(questions))
    generator = random.Random(seed)
    if not half:
        return [questions[n] for n in sorted(generator.sample(numbers, min(size, len(questions))))]
    drawn = []
    for answerable, wanted in ((False, size // 2), (True, size - size // 2)):
        kind = [n for n in numbers if questions[n].answerable == answerable]
        if len(kind) < wanted:
            what = f"{len(kind)} questions with{'' if answerable else 'out'} an answer"
            raise SettingsError(f"set {questions[0].set} has {what}, and half of {size} are {wanted}; draw fewer")
        drawn += generator.sample(kind, wanted)
    return [questions[n] for n in sorted(drawn)]


def _question(path: Path, number: int, line: str) -> Question:
    try:
        row = json.loads(line)
        _refuse_misspelt(row)
        made = {**row, "set": set_name(path), "id": str(row.get("id", number))}
        question = _QUESTION.validate_python(made)
        for asked in (*question.turns, question.question):
            checked_question(asked)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{path}, line {number}: not JSON: {error.msg}, at character {error.pos + 1}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}, line {number}: not a question: {where}: {in_words(first)}") from error
    except (ValueError, TypeError, AttributeError) as error:
        wrong = f'{path}, line {number}: not a question; a line is an object with at least "question"'
        raise SettingsError(wrong) from error
    except (QuestionError, SettingsError) as error:
        raise SettingsError(f"{path}, line {number}: {error}") from error
    return question


def _refuse_misspelt(row: dict[str, object]) -> None:
    """A misspelt key would be ignored in silence, and what it says would not be graded."""
    missing = _QUESTION_KEYS - row.keys()
    for key in row.keys() - _QUESTION_KEYS:
        is_other = len(key) <= SHORT or key.startswith(("un", "is_", "not"))
        if not is_other and (meant := get_close_matches(key, missing, n=1, cutoff=ALIKE)):
            raise SettingsError(f"unknown key {key!r}; is {meant[0]!r} meant?")
