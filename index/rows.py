"""Rows of a Chroma collection, a page at a time, so that memory does not grow with the index."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

PAGE = 1000  # rows read or written at a time; Chroma's own limit is about 5,000

T = TypeVar("T")


def all_rows(collection: Any, *include: str) -> Iterator[dict[str, Any]]:
    """All rows with their metadata."""
    for offset in range(0, collection.count(), PAGE):
        yield dict(collection.get(limit=PAGE, offset=offset, include=["metadatas", *include]))


def pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as are read or written together."""
    for first in range(0, len(items), PAGE):
        yield items[first : first + PAGE]


def one_of(name: str, values: Sequence[str]) -> Any:
    """The condition that a metadata field has one of these values."""
    return {name: {"$in": list(values)}}


def pairs(rows: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id of each row with its metadata."""
    return zip(rows["ids"], rows["metadatas"], strict=True)
