"""Items of a list: which of them are the same."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from anyascii import anyascii

from rag.retrieval import Sentence

ALIKE = 0.75  # of 1: "Japon" and "Japan" have 0.8


def new_items(items: Sequence[str], known: Sequence[str], sources: Sequence[Sentence]) -> list[str]:
    """The items that are not the same as a known one or an earlier one, also not as its translation."""
    text = plain(" ".join(source.as_read for source in sources))
    new: list[str] = []
    for item in items:
        if not any(_is_same(plain(item), plain(other), text) for other in [*known, *new]):
            new.append(item)
    return new


def _is_same(item: str, other: str, text: str) -> bool:
    """Whether two names are one: alike, and not both in the sources, as Austria and Australia would be."""
    are_both_there = item in text and other in text
    return item == other or (not are_both_there and SequenceMatcher(None, item, other).ratio() >= ALIKE)


def plain(text: str) -> str:
    """A text without accents and capitals, in Latin letters."""
    return str(anyascii(text)).casefold()
