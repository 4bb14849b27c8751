"""Questions to begin with, from the documents at hand and in the visitor's language."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.texts import Texts

if TYPE_CHECKING:
    from index import Index
    from index.records import DocumentRecord

MOST = 4
TRIED = 3  # names of a document
READ = 20_000  # characters of a document, to see what it is about
LONGEST_TITLE = 60
# A name in the middle of a sentence: one to three words that begin with a capital.
_NAME = re.compile(r"(?<=[\w,;] )[^\W\d_a-z]\w{3,}(?: [^\W\d_a-z]\w{2,}){0,2}")


def suggestions(index: "Index", texts: Texts) -> list[str]:
    """Questions of a `questions.jsonl` beside the documents, else about the names that the documents are full of.

    Those have been tried: each is answered with a quote.
    """
    documents = index.documents()
    found = _written(documents, texts.language) or _made(index, tuple(documents), texts)
    return [question[:1].upper() + question[1:] for question in found]


def _written(documents: Sequence["DocumentRecord"], language: str) -> list[str]:
    """In the visitor's language, or in English where nobody wrote them in it."""
    names = {Path(record.path).name for record in documents}
    rows: list[dict[str, Any]] = []
    for folder in dict.fromkeys(Path(record.path).parent for record in documents):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # somebody else's file of that name
            for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                if row.get("answerable", True) and names.issuperset(row["gold"]):
                    rows.append({"question": str(row["question"]), "lang": row.get("lang")})
    for wanted in (language, "en", None):
        if chosen := [row["question"] for row in rows if row["lang"] == wanted]:
            return list(dict.fromkeys(chosen))[:MOST]
    return []


@lru_cache(maxsize=16)
def _made(index: "Index", documents: tuple["DocumentRecord", ...], texts: Texts) -> list[str]:
    """For each document a question about a name that stands in it often and not in its title, if it has an answer."""
    found = (_about(index, record, texts) for record in documents[:MOST])
    return list(filter(None, found))


def _about(index: "Index", record: "DocumentRecord", texts: Texts) -> str:
    """A question about one document that is answered; empty if none of those tried is."""
    title = record.title if len(record.title) <= LONGEST_TITLE else f"{record.title[: LONGEST_TITLE - 1]}…"
    named = _NAME.findall(index.document(record.source).text[:READ])
    names = Counter(name for name in named if name[0].isupper() and name.casefold() not in title.casefold())
    questions = [texts("about_term", title=title, term=name) for name, _ in names.most_common(TRIED)]
    return next((one for one in [*questions, texts("about", title=title)] if _is_answered(one, index)), "")


def _is_answered(question: str, index: "Index") -> bool:
    from rag import Settings, answer

    return answer(question, index=index, settings=Settings(llm="quotes")).verdict == "answered"
