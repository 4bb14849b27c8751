"""What several test modules share: the bundled embedding model, indexes in folders that vanish, and no network."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Index, sync
from index.embed import SentenceEmbeddings, load_embeddings

SEEDS = Path(__file__).parent.parent / "seeds"

# Threads that wait in a busy loop make everything three times slower where other programs run too. Before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

Write = Callable[[str, str | bytes], Path]


def is_local(host: Any) -> bool:
    """Whether `host` is this machine, by an address or a name that needs no asking."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Nothing leaves the machine: other addresses can't be reached, and whoever tries makes the test fail."""
    attempts: list[str] = []

    def refuse(host: Any) -> None:
        attempts.append(str(host))
        raise ConnectionRefusedError(f"tests reach 127.0.0.1 only, not {host}")

    def guard(name: str) -> None:
        original = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
                refuse(address[0])
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, connect)

    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_local(host):
            refuse(host)
        return resolve(host, *args, **kwargs)

    guard("connect")
    guard("connect_ex")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield attempts
    assert not attempts, f"the test wanted to reach {', '.join(sorted(set(attempts)))}"


@pytest.fixture(scope="session")
def embeddings() -> SentenceEmbeddings:
    """The bundled model, loaded once."""
    found = load_embeddings()
    assert found.dimensions == 384
    return found


@pytest.fixture
def index(tmp_path: Path, embeddings: SentenceEmbeddings) -> Iterator[Index]:
    """An empty index in a folder."""
    found = Index.open(tmp_path / "index")
    yield found
    found.close()


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory, embeddings: SentenceEmbeddings) -> Iterator[Index]:
    """The samples, indexed once: to be read only."""
    found = Index.open(tmp_path_factory.mktemp("seeds") / "index")
    sync([SEEDS], found)
    yield found
    found.close()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """An empty folder for documents."""
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def write(docs: Path) -> Write:
    """Writes a file below `docs`."""

    def write(name: str, content: str | bytes) -> Path:
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
