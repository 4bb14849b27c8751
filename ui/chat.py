"""The chat page: documents on the left, the conversation in the middle, the words behind it on the right."""

import json
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import platformdirs

from index.errors import FootnoteError, ModelError, SettingsError
from rag.citations import Answer, Turn
from rag.settings import Settings
from ui import render
from ui.render import Exchange
from ui.terminal import interrupted

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported
import gradio as gr

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from index import Index, SyncReport
    from index.records import DocumentRecord

T = TypeVar("T")

HERE = Path(__file__).parent
EXAMPLES = 4
ABOUT = {"de": "Worum geht es in „{}“?", "es": "¿De qué trata «{}»?", "fr": "De quoi parle « {} » ?"}
ADVICE = "Answers are quotes until there is a language model. One that runs on this machine: footnote models pull"
# The browser enforces it: nothing is loaded from, or sent to, another host, whatever a document contains.
# Gradio compiles its templates in the page, hence the inline scripts and eval.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; frame-src 'none'; "
    "frame-ancestors 'self'; form-action 'self'"
)
# A click on a button that we rendered becomes an event that Python listens to: 'example', 'retry' or 'remove'.
ON_CLICK = """element.addEventListener('click', ({target}) => {
  const button = target.closest('[data-event]');
  if (button) trigger(button.dataset.event, {...button.dataset});
}); // 'example' 'retry' 'remove': Gradio finds the names of the events in this text"""
PLAIN: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
CLICKED = PLAIN | {"js_on_load": ON_CLICK}


class Desk:
    """What all visitors share: settings, index and model. What one visitor asked is in the page's own state."""

    def __init__(self, settings: Settings, model: "BaseChatModel | None" = None) -> None:
        self.settings = settings
        self.model = model
        self.progress = (0, 0, "")
        self.stops: dict[str, threading.Event] = {}  # of the answers being written, by session
        is_server = urlsplit(settings.index_path).scheme in ("http", "https")
        home = platformdirs.user_data_path("footnote") if is_server else Path(settings.index_path)
        self.uploads = home.resolve() / "uploads"
        self._opened: Future[Index] | None = None
        self._opening = threading.Lock()
        self._writing = threading.Lock()

    def opened(self) -> "Future[Index]":
        """The index, being opened in the background; once more if that has failed."""
        with self._opening:
            if self._opened is None or (self._opened.done() and self._opened.exception()):
                self._opened = _in_background(self._open)
            return self._opened

    def _open(self) -> "Index":
        from rag.answering import open_index  # brings torch and Chroma: after the page is served

        with self._writing:
            index = open_index(self.settings, progress=self._note)
        _in_background(lambda: self._warm_up(index))
        return index

    def _warm_up(self, index: "Index") -> None:
        """Load what the first question needs. What goes wrong here is said when someone asks."""
        from rag.answering import chosen_checker, chosen_model
        from rag.llm import is_local
        from rag.reading import warm_up

        index.search("warm up", top_k=1)
        model = self.model or chosen_model(self.settings)
        if model is not None and is_local(model):
            warm_up(model)
        chosen_checker(self.settings, model)

    def _note(self, done: int, total: int, source: str) -> None:
        self.progress = (done, total, source)

    def add(self, files: Sequence[str]) -> "SyncReport":
        """Index uploaded files, in place of earlier ones of the same name. Gradio's own copies are temporary."""
        from index import sync

        index = self.opened().result()
        self.uploads.mkdir(parents=True, exist_ok=True)
        kept = [Path(shutil.copy(file, self.uploads / Path(file).name)) for file in files]
        with self._writing:
            return sync(kept, index, progress=self._note)

    def remove(self, source: str) -> None:
        """Take a document out of the index; of an upload the copy is deleted too."""
        index = self.opened().result()
        with self._writing:
            path = next((Path(record.path) for record in index.documents() if record.source == source), None)
            index.remove(source)
            if path and path.parent == self.uploads:
                path.unlink(missing_ok=True)

    def answers(self, question: str, history: Sequence[Turn], llm: str = "") -> Generator[Answer, None, None]:
        """Snapshots of the answer to one question, by another model if `llm` names one."""
        from rag import stream_answer

        settings = self.settings.model_copy(update={"llm": llm}) if llm else self.settings
        model = None if llm else self.model
        index = self.opened().result()
        yield from stream_answer(question, history=history, index=index, model=model, settings=settings)

    def examples(self) -> list[str]:
        """Questions to begin with, once the documents are there."""
        opened = self.opened()
        return _examples(opened.result().documents()) if opened.done() and not opened.exception() else []

    def model_line(self) -> tuple[str, str]:
        """Name of the model that answers, and advice where there could be a better one."""
        from rag import local
        from rag.llm import default_spec, model_name

        if self.model:
            return model_name(self.model), ""
        spec = self.settings.llm or default_spec()
        name = f"local:{local.DEFAULT}" if spec == "local" else spec
        return name, "" if self.settings.llm or spec != "quotes" else ADVICE

    def library(self) -> str:
        """The list of documents."""
        return render.documents_html(self.opened().result().documents())


def build_app(settings: Settings, model: "BaseChatModel | None" = None) -> gr.Blocks:
    """The page and its events; `launch` serves it with its looks. `model` answers instead of the settings' own."""
    desk = Desk(settings, model)
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        conversation = gr.State([])
        masthead = gr.HTML(render.masthead_html(), elem_id="masthead", **PLAIN)
        with gr.Row(elem_id="workspace"):
            with gr.Column(elem_id="library"):
                gr.HTML('<h2 class="label">Documents</h2>', **PLAIN)
                drop = gr.File(file_count="multiple", show_label=False, label="Add documents", elem_id="drop")
                status = gr.HTML(elem_id="status", **PLAIN)
                library = gr.HTML(elem_id="documents", **CLICKED)
            with gr.Column(elem_id="talk"):
                thread = gr.HTML(render.conversation_html([]), elem_id="thread", **CLICKED)
                with gr.Column(elem_id="composer"):
                    with gr.Row(elem_id="ask-row"):
                        box = gr.Textbox(
                            placeholder="Ask a question about your documents", label="Question", container=False,
                            show_label=False, max_lines=8, max_length=10_000, autofocus=True, elem_id="question",
                        )  # fmt: skip
                        send = gr.Button("Ask", elem_id="send", variant="primary")
                        stop = gr.Button("Stop", elem_id="stop", variant="primary", visible=False)
                    with gr.Row(elem_id="under"):
                        advice = gr.HTML(elem_id="advice", **PLAIN)
                        clear = gr.Button("New conversation", elem_id="clear", visible=False)
            with gr.Column(elem_id="evidence"):
                gr.HTML('<h2 class="label">Sources</h2>', **PLAIN)
                sources = gr.HTML(render.panel_html([]), elem_id="sources", **PLAIN)

        view = [conversation, thread, sources, box, send, stop, clear]

        def show(exchanges: list[Exchange], typed: Any = None) -> list[Any]:
            """What the components in `view` show of a conversation; `typed` replaces what is in the box."""
            busy = bool(exchanges) and exchanges[-1].state in ("waiting", "writing")
            return [
                exchanges,
                render.conversation_html(exchanges, () if exchanges else desk.examples()),
                render.panel_html(exchanges),
                gr.skip() if typed is None else typed,
                gr.update(visible=not busy),
                gr.update(visible=busy),
                gr.update(visible=bool(exchanges) and not busy),
            ]

        def converse(question: str, earlier: list[Exchange], session: str | None) -> Iterator[list[Any]]:
            stopped = desk.stops[session or ""] = threading.Event()
            for exchange in _exchanges(desk, question, earlier, stopped):
                yield show([*earlier, exchange], "" if exchange.state == "waiting" else None)
            desk.stops.pop(session or "", None)

        def on_ask(question: str, earlier: list[Exchange], request: gr.Request) -> Iterator[list[Any]]:
            if question.strip():
                yield from converse(question.strip(), earlier, request.session_hash)

        def on_example(earlier: list[Exchange], event: gr.EventData, request: gr.Request) -> Iterator[list[Any]]:
            yield from converse(event.question, earlier, request.session_hash)

        def on_retry(earlier: list[Exchange], request: gr.Request) -> Iterator[list[Any]]:
            if earlier:
                yield from converse(earlier[-1].question, earlier[:-1], request.session_hash)

        def on_stop(request: gr.Request) -> None:
            if stopped := desk.stops.get(request.session_hash or ""):
                stopped.set()

        def on_load() -> Iterator[list[Any]]:
            name, hint = desk.model_line()
            above = [render.masthead_html(name), render.notice_html(hint, "muted") if hint else ""]
            opened = desk.opened()
            while not wait([opened], timeout=0.2).done:
                yield [*above, render.progress_html(*desk.progress), gr.skip(), gr.skip()]
            yield [*above, *changed([], opened.result)]

        def on_upload(files: list[str] | None, exchanges: list[Exchange]) -> Iterator[list[Any]]:
            added = _in_background(lambda: desk.add(files or []))
            while not wait([added], timeout=0.2).done:
                yield [gr.skip(), render.progress_html(*desk.progress), gr.skip(), gr.skip()]
            yield [None, *changed(exchanges, lambda: render.report_html(added.result()))]

        def on_remove(exchanges: list[Exchange], event: gr.EventData) -> list[Any]:
            return changed(exchanges, lambda: desk.remove(event.source))

        def changed(exchanges: list[Exchange], change: Callable[[], object]) -> list[Any]:
            """What status, library and thread show after a change: what it returns as text, or why it failed."""
            try:
                said = change()
                welcome = gr.skip() if exchanges else render.conversation_html([], desk.examples())
                return [said if isinstance(said, str) else "", desk.library(), welcome]
            except Exception as error:
                return [render.notice_html(_explain(error), "error"), gr.skip(), gr.skip()]

        def ask(question: str) -> dict[str, Any]:
            """The answer to a question, with its footnotes and the passages that were read."""
            try:
                *_, answer = desk.answers(question, ())
            except FootnoteError as error:
                raise gr.Error(str(error)) from error
            return render.to_json(answer)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asking = private | {"concurrency_limit": 8, "concurrency_id": "ask"}
        gr.on([box.submit, send.click], on_ask, [box, conversation], view, **asking)
        thread.example(on_example, [conversation], view, **asking)
        thread.retry(on_retry, [conversation], view, **asking)
        stop.click(on_stop, queue=False, **private)
        clear.click(lambda: show([]), outputs=view, queue=False, **private)
        drop.upload(on_upload, [drop, conversation], [drop, status, library, thread], concurrency_limit=8, **private)
        library.remove(on_remove, [conversation], [status, library, thread], **private)
        app.load(on_load, outputs=[masthead, advice, status, library, thread], concurrency_limit=None, **private)
        gr.events.api(ask, api_name="ask", concurrency_limit=8, concurrency_id="ask")
    return app  # type: ignore[no-any-return]  # Gradio's Blocks enters a context as Any


def launch(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    model: "BaseChatModel | None" = None,
    block: bool = True,
) -> gr.Blocks:
    """Serve the page; return when it is stopped, or at once unless `block`. Models load while the page is open.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
    """
    from starlette.middleware import Middleware

    app = build_app(settings, model)
    # Gradio asks its own server whether it is up, and a proxy could not reach it.
    direct = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "", "127.0.0.1", "localhost", host]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, dict.fromkeys(direct)))
    try:
        app.launch(
            server_name=host, server_port=port, share=False, mcp_server=False, enable_monitoring=False,
            ssr_mode=False, run_history=False, footer_links=[], quiet=True, prevent_thread_lock=True,
            app_kwargs={"middleware": [Middleware(_Policy)]}, theme=_theme(), css_paths=HERE / "page.css",
            head=f"<script>{(HERE / 'page.js').read_text(encoding='utf-8')}</script>",
        )  # fmt: skip
    except OSError as error:
        raise SettingsError(f"can't serve at {host}:{port}: it is taken or not of this machine; try --port") from error
    stopped = interrupted() if block else None
    print(f"Footnote is at {app.local_url} (Ctrl-C stops it)", file=sys.stderr)
    if stopped and stopped.wait():
        raise KeyboardInterrupt
    return app


def _exchanges(desk: Desk, question: str, earlier: Sequence[Exchange], stopped: threading.Event) -> Iterator[Exchange]:
    """One turn as it grows. Ends as done, stopped or failed, and the reader sees which."""
    history = [Turn(e.question, e.answer.text) for e in earlier if e.answer and e.state == "done"]
    exchange = Exchange(question)
    yield exchange
    try:
        for llm in ("", "quotes"):
            try:
                for answer in _until(stopped, desk.answers(question, history, llm)):
                    exchange = replace(exchange, answer=answer, state="writing")
                    yield exchange
                break
            except ModelError as error:
                if llm:
                    raise
                exchange = Exchange(question, notes=(f"{error}. Quotes from the documents are shown instead.",))
    except Exception as error:
        yield replace(exchange, answer=None, state="failed", notes=(*exchange.notes, _explain(error)))
    else:
        yield replace(exchange, state="stopped" if stopped.is_set() else "done")


def _until(stopped: threading.Event, snapshots: Generator[T, None, None]) -> Iterator[T]:
    """The snapshots as they come, up to a stop, also one that comes while the model is silent."""
    pending: Future[T | None] | None = None
    try:
        while not stopped.is_set():
            pending = _in_background(lambda: next(snapshots, None))
            while not wait([pending], timeout=0.05).done:
                if stopped.is_set():
                    return
            snapshot = pending.result()
            if snapshot is None:
                return
            yield snapshot
    finally:
        if pending:  # a model that is still at its next word is told to end after it
            pending.add_done_callback(lambda _: snapshots.close())


def _in_background(work: Callable[[], T]) -> Future[T]:
    """Run `work` in a thread that does not keep the process alive: a sync survives being killed."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _explain(error: Exception) -> str:
    """The line for the reader; what nobody foresaw goes to the terminal whole."""
    if isinstance(error, FootnoteError):
        return str(error)
    traceback.print_exception(error, file=sys.stderr)
    return "Something went wrong that should not have. The details are in the terminal where Footnote runs."


def _examples(documents: Sequence["DocumentRecord"]) -> list[str]:
    """Questions from a `questions.jsonl` beside the documents; without one, what each document is about."""
    names = {Path(record.path).name for record in documents}
    questions: dict[str, str] = {}
    for folder in dict.fromkeys(Path(record.path).parent for record in documents):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # somebody else's file of that name
            for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                if row["answerable"] and names.issuperset(row["gold"]):
                    # `countries-en` and `countries-fr` ask the same
                    questions.setdefault(row["id"].rpartition("-")[0] or row["id"], row["question"])
    if not questions:
        questions = {r.source: ABOUT.get(r.language or "", "What is “{}” about?").format(r.title) for r in documents}
    return [question[:1].upper() + question[1:] for question in islice(questions.values(), EXAMPLES)]


def _theme() -> gr.themes.Base:
    """Fonts that Gradio carries; colours are in page.css."""
    # Its semi-bold files lack the Latin letters; regular and bold are whole.
    sans: list[Any] = [gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"]
    mono: list[Any] = [gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace"]
    return gr.themes.Base(font=sans, font_mono=mono)


class _Policy:
    """ASGI middleware that adds `POLICY` to every response."""

    def __init__(self, app: "ASGIApp") -> None:
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def send_with_policy(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = [(b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff")]
                message = {**message, "headers": [*message["headers"], *headers, (b"referrer-policy", b"no-referrer")]}
            await send(message)

        await self.app(scope, receive, send_with_policy)
