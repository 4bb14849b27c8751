"""A run of `footnote eval` on disk: kept line by line so that it can go on, or whole as `--json` printed it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from index.errors import SettingsError
from index.search import Index
from rag.figures import Difference, Figure, SetDifferences, summarise
from rag.llm import default_spec
from rag.outcomes import Outcome, outcome_from_json
from rag.questions import Question
from rag.settings import Settings


@dataclass(frozen=True)
class Setup:
    """What has to be the same for two answers to a question of a set to be comparable.

    Attributes:
        set: Name of the set of questions.
        llm: The language model, as `--llm` names it.
        llm_base_url: The server that it runs on, if one was named.
        strict: Whether statements without support are dropped.
        top_k: Number of passages to read.
        embedding: The embedding model of the index.
        documents: Hash of the names and contents of the documents in the index.
        footnote: Version of Footnote.
        checker: The model that checks statements, if one was named.
    """

    set: str
    llm: str
    llm_base_url: str | None
    strict: bool
    top_k: int
    embedding: str
    documents: str
    footnote: str
    checker: str = ""  # runs of earlier versions have none


_SETUP = TypeAdapter(Setup)
_BEGINNING = b'{"setup"'  # of a run file: whatever else somebody names by mistake is left alone


def setup_of(set_name: str, index: Index, settings: Settings) -> Setup:
    """The setup that questions of a set are answered with."""
    contents = "\n".join(f"{record.sha256} {record.source}" for record in index.documents())
    return Setup(
        set=set_name,
        llm=settings.llm or default_spec(),
        llm_base_url=settings.llm_base_url,
        strict=settings.strict,
        top_k=settings.top_k,
        embedding=index.embeddings.name,
        documents=hashlib.sha256(contents.encode("utf-8", "surrogateescape")).hexdigest()[:16],
        footnote=version("footnote"),
        checker=settings.checker,
    )


class RunFile:
    """Outcomes as they are made, one a line, so that a run that was stopped can go on.

    Before the outcomes of a set stands a line with its setup. A last line that was cut off while it was written is
    dropped. The file is made when the first line is written, and nothing in it is ever replaced.

    Raises:
        SettingsError: it can't be read, or is something else than such a file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._setups: dict[str, Setup] = {}
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        try:
            data = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise SettingsError(f"run file {path} can't be read: {error.strerror}") from error
        if not path.parent.is_dir():
            raise SettingsError(f"run file {path} can't be made: there is no folder {path.parent}")
        if data[: len(_BEGINNING)] != _BEGINNING[: len(data)]:
            raise SettingsError(f"{path} is no run of footnote eval; give --resume a file of its own")
        self._whole: int | None = data.rfind(b"\n") + 1  # bytes in whole lines; None once the rest is dropped
        for number, line in enumerate(data[: self._whole].splitlines(), start=1):
            self._take(number, line)

    def _take(self, number: int, line: bytes) -> None:
        try:
            row = json.loads(line)
            if "setup" in row:
                setup = _SETUP.validate_python(row["setup"])
                self._setups[setup.set] = setup
            else:
                outcome = outcome_from_json(row)
                self._outcomes[outcome.key] = outcome
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{self.path}, line {number}: no outcome of footnote eval") from error

    def done(self, setup: Setup, questions: Iterable[Question]) -> list[Outcome]:
        """What the file holds of these questions of a set.

        Raises:
            SettingsError: the file is from another setup, or has another question by the same id.
        """
        before = self._setups.get(setup.set, setup)
        changed = [
            f"{field.name} was {old}, is {new}"
            for field in fields(Setup)
            if (old := getattr(before, field.name)) != (new := getattr(setup, field.name))
        ]
        if changed:
            other = f"{self.path} holds answers of another setup: {'; '.join(changed)}"
            raise SettingsError(f"{other}; give --resume another file")
        found = []
        for question in questions:
            outcome = self._outcomes.get((question.set, question.id))
            if outcome and outcome.question != question:
                changed_question = f"{self.path} holds another version of question {question.id!r} of {question.set}"
                raise SettingsError(f"{changed_question}; give --resume another file")
            if outcome:
                found.append(outcome)
        return found

    def add(self, setup: Setup, outcome: Outcome) -> None:
        """Write one outcome; what is written survives if the process is killed."""
        if setup.set not in self._setups:
            self._write({"setup": asdict(setup)})
            self._setups[setup.set] = setup
        self._write(outcome.to_json())
        self._outcomes[outcome.key] = outcome

    def _write(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self.path.open("ab") as file:
            if self._whole is not None:
                file.truncate(self._whole)
                self._whole = None
            file.write(line)


def run_to_json(setups: Sequence[Setup], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How the questions were answered, the figures in all and of each set, and the outcome of each question."""
    summary = summarise(outcomes)
    return {
        "setups": [asdict(setup) for setup in setups],
        "figures": _figures_to_json(summary[-1].figures),
        "sets": {
            found.name: {"questions": found.questions, "figures": _figures_to_json(found.figures)}
            for found in summary
            if found.name is not None
        },
        "questions": [outcome.to_json() for outcome in outcomes],
    }


def differences_to_json(sets: Sequence[SetDifferences]) -> dict[str, Any]:
    """The differences in all and of each set: the values of A and B, B minus A, its interval, and that in words."""
    return {
        "figures": _differences_to_json(sets[-1].differences),
        "sets": {
            found.name: {"questions": found.questions, "figures": _differences_to_json(found.differences)}
            for found in sets
            if found.name is not None
        },
    }


def _differences_to_json(differences: Sequence[Difference]) -> dict[str, dict[str, float | str | None]]:
    return {
        d.name: {"a": d.a, "b": d.b, "difference": d.value, "low": d.low, "high": d.high, "words": d.words}
        for d in differences
    }


def _figures_to_json(figures: Sequence[Figure]) -> dict[str, dict[str, float | None]]:
    return {figure.name: {"value": figure.value, "low": figure.low, "high": figure.high} for figure in figures}


def load_run(path: Path) -> list[Outcome]:
    """The outcomes in a file that `footnote eval --json` printed.

    Raises:
        SettingsError: the file can't be read, or is something else.
    """
    try:
        return [outcome_from_json(row) for row in json.loads(path.read_text(encoding="utf-8-sig"))["questions"]]
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} is not what footnote eval --json prints") from error
