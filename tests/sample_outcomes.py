"""Outcomes made by hand, for the tests of what is made of them."""

from typing import Any

from index.documents import Chunk, Passage
from rag.citations import Citation, Timings
from rag.outcomes import Outcome
from rag.questions import Question


def made(number: int = 0, *, answerable: bool = True, answered: bool = True, **fields: Any) -> Outcome:
    """An outcome: an answerable question with a right answer, unless told otherwise."""
    gold, accepted = (("a.txt",), ("1969",)) if answerable else ((), ())
    asked = Question(fields.pop("set", "moon"), str(number), "When?", accepted, gold, answerable)
    chunk = Chunk("a", "a.txt", "A", 0, 8, None, "In 1969.")
    usual: dict[str, Any] = {
        "text": "In 1969. [1]" if answered else "The documents do not say.",
        "verdict": "answered" if answered else "not_in_documents",
        "model": "fake",
        "citations": (Citation(1, "a.txt", "A", None, 0, 8, "In 1969.", 1.0),) if answered else (),
        "passages": (Passage(chunk, 0.9),),
        "ranks": (1,) if answerable else (),
        "correct": answerable and answered,
        "quote_hit": answerable and answered,
        "statements": int(answered),
        "covered": int(answered),
        "verbatim": int(answered),
        "dangling": 0,
        "seconds": Timings(0.1, 1.0 if answered else None, 2.0),
    }
    return Outcome(question=asked, **(usual | fields))
