"""What the tests of the command share: the command itself, two small documents, and questions about them."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from index import Index
from ui.cli import main

MOON = "The moon\n\nThe first people walked on the Moon in July 1969. They were Neil Armstrong and Buzz Aldrin.\n"
PONT = "Le pont\n\nLe pont de Normandie a été ouvert à la circulation en janvier 1995. Il mesure 2141 mètres.\n"
WHEN = "When did the first people walk on the Moon?"
ROWS = [
    {"id": "moon", "question": WHEN, "answers": ["1969"], "gold": ["moon.txt"], "answerable": True},
    {
        "id": "pont",
        "question": "En quelle année le pont de Normandie a-t-il été ouvert ?",
        "answers": ["1995"],
        "gold": ["pont.txt"],
        "answerable": True,
    },
    {"id": "none", "question": "Who baked the bread?", "answers": [], "gold": [], "answerable": False},
]


class Ran(NamedTuple):
    """What one run of the command did."""

    code: int | str | None
    out: str
    err: str


class Command:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str | Path) -> Ran:
        self.capsys.readouterr()
        code: int | str | None
        try:
            code = main([str(argument) for argument in argv])
        except SystemExit as exit_:
            code = exit_.code
        return Ran(code, *self.capsys.readouterr())


def process(*argv: str) -> "subprocess.Popen[str]":
    """The command as a process of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", "ui.cli", *argv], stdout=pipe, stderr=pipe, text=True)


def sources(index: Path) -> list[str]:
    return [record.source for record in Index.open(index).documents()]
