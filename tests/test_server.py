"""An index on a real Chroma server, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from conftest import SEEDS

from index import Index, sync
from index.embed import SentenceEmbeddings
from index.errors import EmbeddingModelMismatch, StoreUnavailable
from rag import Settings, answer

CHROMA = Path(sys.executable).with_name("chroma")
PATIENCE = 60  # seconds until it must answer

pytestmark = pytest.mark.skipif(not CHROMA.exists(), reason="there is no chroma command beside this Python")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Starts the server, each time on the same port and folder."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [CHROMA, "run", "--path", tmp_path / "data", "--host", "127.0.0.1", "--port", str(port)]
        with (tmp_path / "server.log").open("ab") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
        started.append(server)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if server.poll() is not None:
                break
            try:
                if httpx.get(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=5, trust_env=False).is_success:
                    return server
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"the server does not answer:\n{(tmp_path / 'server.log').read_text()[-2000:]}")

    yield start
    for server in started:
        stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(20)


def test_an_index_on_a_server(
    start: Start,
    port: int,
    tmp_path: Path,
    seeds_index: Index,
    embeddings: SentenceEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = f"http://127.0.0.1:{port}"
    question = "which countries did Altman visit before India?"
    expected = [(p.chunk, pytest.approx(p.score, abs=1e-4)) for p in seeds_index.search(question)]
    server = start()
    index = Index.open(address)
    assert sync([SEEDS], index).added == ("inde.txt", "pays.txt")
    assert [(p.chunk, p.score) for p in index.search(question)] == expected
    assert list((tmp_path / "cache" / "footnote" / "indexes").glob("*/lexical.sqlite"))

    found = answer(question, settings=Settings(index_path=address, llm="quotes"))
    assert any("Japon" in citation.quote for citation in found.citations)
    assert all(index.document(c.source).text[c.start : c.end] == c.quote for c in found.citations)

    # Another reader, while the first one writes.
    other = Index.open(address)
    assert [(p.chunk, p.score) for p in other.search(question)] == expected
    index.remove("pays.txt")
    assert {p.chunk.source for p in other.search(question)} == {"inde.txt"}
    with pytest.raises(EmbeddingModelMismatch):
        Index.open(address, "another/model")

    # Of two writers one waits, and is told for whom; which rests on this: the first of two rows with one id is kept.
    monkeypatch.setattr("index.locking.WRITER_PATIENCE", 0.5)
    holder = f"process {os.getpid()} on .* is writing to it"
    with index.store.writing(), pytest.raises(StoreUnavailable, match=holder), other.store.writing():
        pass
    rows = index.store._chroma._get("footnote-leases")
    rows.add(ids=["1000"], embeddings=[[1.0]], metadatas=[{"beat": -1, "owner": "the first"}])
    rows.add(ids=["1000"], embeddings=[[1.0]], metadatas=[{"beat": -1, "owner": "the second"}])
    assert rows.get(ids=["1000"])["metadatas"] == [{"beat": -1, "owner": "the first"}]

    # The server goes away, and comes back.
    stop(server)
    for use in (
        lambda: index.search(question),
        index.documents,
        lambda: sync([SEEDS], index),
        lambda: Index.open(address),
    ):
        with pytest.raises(StoreUnavailable) as caught:
            use()
        assert address in str(caught.value)
        assert "\n" not in str(caught.value)
    start()
    assert {p.chunk.source for p in Index.open(address).search(question)} == {"inde.txt"}
    assert sync([SEEDS], index).added == ("pays.txt",)
    assert [(p.chunk, p.score) for p in other.search(question)] == expected
