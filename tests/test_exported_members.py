"""The names that scripts may rely on."""

import inspect
import subprocess
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType

import index
import rag


def test_names_of_index() -> None:
    assert sorted(index.__all__) == ["Chunk", "Document", "Index", "Passage", "SyncReport", "sync"]
    assert all(getattr(index, name).__name__ == name for name in index.__all__)


def test_names_of_rag() -> None:
    names = ["Answer", "Citation", "Settings", "Turn", "answer", "load_model", "retrieve", "stream_answer"]
    assert sorted(rag.__all__) == names
    assert all(getattr(rag, name).__name__ == name for name in names)


def test_signature_of_answer() -> None:
    parameters = inspect.signature(rag.answer).parameters.values()
    assert [(p.name, p.kind.name, p.default) for p in parameters] == [
        ("question", "POSITIONAL_OR_KEYWORD", inspect.Parameter.empty),
        ("history", "KEYWORD_ONLY", ()),
        ("index", "KEYWORD_ONLY", None),
        ("model", "KEYWORD_ONLY", None),
        ("settings", "KEYWORD_ONLY", None),
    ]
    assert inspect.get_annotations(rag.answer) == {
        "question": str,
        "history": Sequence[rag.Turn],
        "index": index.Index | None,
        "model": "BaseChatModel | None",
        "settings": rag.Settings | None,
        "return": rag.Answer,
    }


def test_stream_answer_takes_the_same() -> None:
    one, other = inspect.signature(rag.answer), inspect.signature(rag.stream_answer)
    assert list(one.parameters.values()) == list(other.parameters.values())
    assert other.return_annotation == Iterator[rag.Answer]


def test_signature_of_sync() -> None:
    parameters = inspect.signature(index.sync).parameters.values()
    assert [(p.name, p.kind.name) for p in parameters] == [
        ("paths", "POSITIONAL_OR_KEYWORD"),
        ("index", "POSITIONAL_OR_KEYWORD"),
        ("progress", "KEYWORD_ONLY"),
        ("exclude", "KEYWORD_ONLY"),
        ("allow_private", "KEYWORD_ONLY"),
    ]
    assert inspect.signature(index.sync).return_annotation is index.SyncReport


def test_no_module_hides_a_name() -> None:
    import index.syncing
    import rag.answering
    from index import sync
    from rag import answer, retrieve

    assert sync is index.syncing.sync
    assert answer is rag.answering.answer
    assert all(isinstance(function, FunctionType) for function in (sync, answer, retrieve))


def test_an_unknown_name_is_an_attribute_error() -> None:
    for package in (index, rag):
        assert not hasattr(package, "no_such_name")


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, index, rag, ui.cli; print([m for m in ('torch', 'chromadb', 'gradio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
