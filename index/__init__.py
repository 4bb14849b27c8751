"""Documents in, searchable passages out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.documents import Chunk, Document, Passage
    from index.search import Index
    from index.syncing import SyncReport, sync

__all__ = ["Chunk", "Document", "Index", "Passage", "SyncReport", "sync"]

_MODULES = {
    "Chunk": "index.documents",
    "Document": "index.documents",
    "Index": "index.search",
    "Passage": "index.documents",
    "SyncReport": "index.syncing",
    "sync": "index.syncing",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is used: importing the package loads neither Chroma nor torch."""
    if name not in _MODULES:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
