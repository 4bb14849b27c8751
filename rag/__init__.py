"""Question in, cited answer out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answering import answer, stream_answer
    from rag.citations import Answer, Citation, Turn
    from rag.llm import load_model
    from rag.retrieval import retrieve
    from rag.settings import Settings

__all__ = ["Answer", "Citation", "Settings", "Turn", "answer", "load_model", "retrieve", "stream_answer"]

_MODULES = {
    "Answer": "rag.citations",
    "Citation": "rag.citations",
    "Settings": "rag.settings",
    "Turn": "rag.citations",
    "answer": "rag.answering",
    "load_model": "rag.llm",
    "retrieve": "rag.retrieval",
    "stream_answer": "rag.answering",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is used: importing the package loads neither Chroma nor torch."""
    if name not in _MODULES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
