"""What the tests of the page share: a served page, a browser that notes what it does, and models that do as told."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from index.background import IN_BACKGROUND
from rag.settings import Settings

playwright = pytest.importorskip("playwright.sync_api")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, Playwright, expect  # noqa: E402

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
PICTURES = ROOT / "screenshots"  # of the main states; git ignores it
CHROME = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
PATIENCE = 30_000  # milliseconds: the first question loads the embedding model on a slow machine
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 740}, "has_touch": True}
STARGATE = "Who announced Stargate?"
IN_BROWSER = [  # the marks of a module that needs one
    pytest.mark.skipif(CHROME is None, reason="there is no Chromium"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Gradio calls pandas in an old way
]

VOLCANO = """The Kestrel Ridge volcano

The Kestrel Ridge volcano last erupted in 1873. Its summit is 2,417 metres above the sea.
The first people to climb it were Ada Thorne and her brother Miles, in the summer of 1891.
"""


class Model(GenericFakeChatModel):
    """A language model that does as `script` tells: it gives the pieces of one answer after another.

    A piece that is an event is waited for, one that is an error is raised.
    """

    messages: Iterator[Any] = iter(())
    script: list[list[Any]] = []  # noqa: RUF012 - pydantic copies it
    left: threading.Event = threading.Event()

    def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Iterator[Any]:
        try:
            for piece in self.script.pop(0) if self.script else ["NONE"]:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, threading.Event):
                    piece.wait(30)
                else:
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            self.left.set()


def serve(settings: Settings, *, port: int = 0, **options: Any) -> Any:
    """The page of these settings, on a free port if none is given."""
    from ui.serving import launch

    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    return launch(settings, port=port, block=False, **options)


def settle() -> None:
    """Wait for what runs in the background: a thread inside torch when Python ends takes the process down with it."""
    for thread in threading.enumerate():
        if thread.name == IN_BACKGROUND:
            thread.join(60)


def start(driver: Playwright) -> Browser:
    return driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-gpu", *QUIET])


def problems(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{problem['id']}: {[node['html'][:150] for node in problem['nodes'][:3]]}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
    ]


class Visit:
    """One browser with its own session, and what it did."""

    def __init__(self, browser: Browser, url: str, *, comes: bool = True, **context: Any) -> None:
        self.url = url
        self.context = browser.new_context(
            **({"viewport": {"width": 1360, "height": 860}, "locale": "en-US", "reduced_motion": "reduce"} | context)
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        if comes:
            self.come()

    def come(self) -> None:
        """Open the page, also a second time."""
        self.page.goto(self.url)
        expect(self.page.locator("#documents :is(li, .hint)").first).to_be_attached(timeout=PATIENCE)

    def type(self, question: str) -> None:
        """Ask, and wait for nothing."""
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#question textarea").press("Enter")

    def ask(self, question: str) -> None:
        turns = self.page.locator(".turn").count()
        self.type(question)
        self.finished(turns + 1)

    def finished(self, turns: int, state: str = "done") -> None:
        expect(self.page.locator(f'.turn[data-turn="{turns}"][data-state="{state}"]')).to_be_attached(timeout=PATIENCE)
        expect(self.page.locator("#send")).to_be_attached()

    @property
    def last(self) -> Locator:
        return self.page.locator(".turn").last

    @property
    def mark(self) -> Locator:
        """The quote in the document that is open beside the answer."""
        return self.page.locator("#evidence.reading .reader :is(mark, .box)").locator("visible=true")

    def upload(self, *files: Path) -> None:
        self.page.locator("#drop input[type=file]").set_input_files(list(files))
        expect(self.page.locator("#status .notice:not(.muted)")).to_be_visible(timeout=PATIENCE)

    def drawer(self, name: str) -> Locator:
        button = ".open-conversations" if name == "conversations" else ".icon[data-drawer=settings]"
        self.page.locator(button).click()
        drawer = self.page.locator(f"#{name}")
        expect(drawer.locator("h2")).to_be_focused()
        return drawer

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")

    def leave(self) -> None:
        """Close; nothing was asked of another host, nothing went wrong, and no document ran a script."""
        assert {urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "blob:"))} == {
            urlsplit(self.url).netloc
        }
        assert self.errors == [], self.errors
        assert self.dialogs == []
        assert self.page.evaluate("window.pwned") is None
        self.context.close()


Visiting = Callable[..., Visit]
Serving = Callable[..., Any]  # as `serve`
