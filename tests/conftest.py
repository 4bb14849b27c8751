"""What several test modules share: a model, indexes in folders that vanish, the command, the page, no network."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import MOON, PONT, Command
from recording import Opened, open_recording
from stored import MODEL

from index import Index, sync
from index.embed import SentenceEmbeddings, load_embeddings
from index.openmp import wait_briefly
from index.store import Store
from rag.settings import Settings
from ui.cli import main

SEEDS = Path(__file__).parent.parent / "seeds"

pytest.register_assert_rewrite("loading", "shown")  # whose asserts then say what the values were

wait_briefly()  # before a test imports torch; in the processes that tests start, too

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


@pytest.fixture
def open_index(tmp_path: Path, embeddings: SentenceEmbeddings) -> Iterator[Opened]:
    """Makes indexes that note what they embed, by name."""
    opened = []

    def open_index(name: str) -> Index:
        opened.append(open_recording(tmp_path / name))
        return opened[-1]

    yield open_index
    for index in opened:
        index.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a folder."""
    found = Store(str(tmp_path / "index"), MODEL)
    yield found
    found.close()


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no settings but those of the test."""
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_") or name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two documents."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "moon.txt").write_text(MOON, encoding="utf-8")
    (folder / "pont.txt").write_text(PONT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def filled(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the two documents."""
    folder = tmp_path_factory.mktemp("filled") / "index"
    assert main(["index", str(documents), "--index", str(folder)]) == 0
    return folder


@pytest.fixture
def no_models(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without a language model. The embedding model was loaded from the real one, by `filled`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def index_path(tmp_path: Path) -> str:
    return str(tmp_path / "index")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, for modules that import `browsing` themselves: they are skipped where there is no Playwright."""
    from browsing import expect, playwright, settle, start

    expect.set_options(timeout=30_000)
    with playwright.sync_playwright() as driver:
        yield start(driver)
    settle()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page over the samples, which answers with quotes."""
    from browsing import serve

    settings = Settings(index_path=str(tmp_path_factory.mktemp("index")), llm="quotes")
    served = serve(settings, folders=[SEEDS])
    yield served.local_url
    served.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., Any]]:
    """Serves a page; it is closed after those who visit it have left."""
    from browsing import serve

    pages: list[Any] = []

    def serving(settings: Any, **options: Any) -> Any:
        pages.append(serve(settings, **options))
        return pages[-1]

    yield serving
    for page in pages:
        page.close()


@pytest.fixture
def visiting(chromium: Any, app: str, serving: Any) -> Iterator[Callable[..., Any]]:
    """Opens the page; at the end of the test every visit is looked at and closed."""
    from browsing import Visit

    visits: list[Visit] = []

    def visiting(url: str = app, **context: Any) -> Visit:
        visits.append(Visit(chromium, url, **context))
        return visits[-1]

    yield visiting
    for visit in visits:
        visit.leave()
