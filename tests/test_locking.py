"""Who writes, who waits, who looks: in two processes, and on a server with its signs of life."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from word_embeddings import PlainParser, content, open_words

from index import sync
from index.errors import StoreUnavailable
from index.locking import Lease

READER = """
import sys
from pathlib import Path
from word_embeddings import open_words

index = open_words(Path(sys.argv[1]))
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    for passage in index.search("the harbour and the clock", top_k=20):
        chunk = passage.chunk
        try:
            text = index.document(chunk.source).text
        except Exception as error:  # removed since
            assert "holds no document" in str(error), error
            continue
        assert "half" not in text or text.endswith("whole."), text[-20:]
    print("looked", flush=True)
print(len(index.search("harbour", top_k=100)), flush=True)
"""
ROUNDS = 2


@pytest.fixture
def reader(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that searches the index until the file `stop` is there."""
    command = [sys.executable, "-c", READER, str(tmp_path / "index"), str(tmp_path / "stop")]
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": path}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        process.kill()


def test_another_process_searches_while_this_one_writes(
    reader: "subprocess.Popen[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.syncing.Parser", PlainParser)
    monkeypatch.setattr("index.syncing.EMBED_AT_ONCE", 8)
    monkeypatch.setattr("index.chroma.HNSW", {"space": "cosine", "batch_size": 10, "sync_threshold": 30})
    docs = tmp_path / "docs"
    docs.mkdir()
    index = open_words(tmp_path / "index")
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    for _ in range(ROUNDS):  # each with a look: how fast the reader looks is the machine's business
        for number in range(60):
            words = f"The harbour of town {number} has a clock, half of it. " * 30
            (docs / f"{number}.txt").write_text(f"{words}It is whole.", encoding="utf-8")
        assert sync([docs], index).skipped == ()
        for number in range(0, 60, 2):
            (docs / f"{number}.txt").unlink()
        assert len(sync([docs], index).removed) == 30
        assert reader.stdout.readline() == "looked\n"
    (tmp_path / "stop").touch()
    found = [line for line in reader.stdout if line != "looked\n"]
    assert reader.wait(60) == 0
    assert found == [f"{len(index.search('harbour', top_k=100))}\n"]
    index.close()


WRITER = """
import sys, time
from pathlib import Path
from word_embeddings import open_words

index = open_words(Path(sys.argv[1]))
with index.writing():
    print("writing", flush=True)
    time.sleep(600)
"""


def test_who_waits_is_told_for_which_process_and_goes_on_when_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.locking.WRITER_PATIENCE", 0.2)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        index = open_words(tmp_path)
        with pytest.raises(StoreUnavailable, match=f"process {process.pid} on .* is writing to it"), index.writing():
            pass
        assert index.search("anything") == []  # who only looks need not wait
        process.kill()
    with index.writing():
        pass
    assert content(index, [])["files"] == []


class Leases:
    """What Chroma does with the rows of a collection: of two with one id, `add` keeps the first."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, ids: list[str], embeddings: list[Any], metadatas: list[dict[str, Any]]) -> None:
        self.rows.setdefault(ids[0], dict(metadatas[0]))

    def update(self, ids: list[str], metadatas: list[dict[str, Any]]) -> None:
        if ids[0] in self.rows:
            self.rows[ids[0]] |= metadatas[0]

    def delete(self, ids: list[str]) -> None:
        self.rows.pop(ids[0], None)

    def get(self, include: list[str]) -> dict[str, Any]:
        return {"ids": list(self.rows), "metadatas": list(self.rows.values())}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.locking.BEAT", 0.02)
    monkeypatch.setattr("index.locking.STALE", 0.5)
    monkeypatch.setattr("index.locking.WRITER_PATIENCE", 1.0)


@pytest.mark.usefixtures("quick")
def test_a_lease_is_held_by_one_and_given_back() -> None:
    leases = Leases()
    one, other = Lease(leases), Lease(leases)
    with one.held(), one.held():
        with pytest.raises(StoreUnavailable, match=f"process {os.getpid()} on .* is writing to it"), other.held():
            pass
        assert not one.is_lost
    with other.held():
        assert len(leases.rows) == 1
    with one.held():
        pass


@pytest.mark.usefixtures("quick")
def test_a_lease_without_signs_of_life_is_taken_over_and_its_holder_knows() -> None:
    leases = Leases()
    one, other = Lease(leases), Lease(leases)
    alive = leases.update
    with one.held():
        leases.update = lambda ids, metadatas: None  # type: ignore[method-assign]
        with other.held():
            leases.update = alive  # type: ignore[method-assign]
            deadline = time.monotonic() + 20
            while not one.is_lost and time.monotonic() < deadline:
                time.sleep(0.01)
            assert one.is_lost
            assert not other.is_lost
