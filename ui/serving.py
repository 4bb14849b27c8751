"""Serving the page: on this machine only, with nothing from elsewhere."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.settings import Settings
from ui.ports import cannot_serve
from ui.terminal import interrupted

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
THREADS = 200  # one for each who waits in the line, and for what the others do meanwhile
# The browser enforces it: nothing is loaded from, or sent to, another host, whatever a document contains.
# Gradio compiles its templates in the page, hence the inline scripts and eval; its page has a base, its own address.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; frame-src 'none'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)


def launch(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    folders: Sequence[str | Path] = (),
    model: "BaseChatModel | None" = None,
    block: bool = True,
) -> gr.Blocks:
    """Serve the page; return when it is stopped, or at once unless `block`. Models load while the page is open.

    Args:
        settings: The server's own; a visitor can choose others for some of them.
        host: Address of this machine to serve at.
        port: Port to serve at.
        folders: Files and folders that were indexed for this page; they can be synced again from it.
        model: Answers instead of the settings' own.
        block: Whether to wait for Ctrl-C; only in the main thread.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
    """
    from starlette.middleware import Middleware

    from ui.chat import build_app

    app = build_app(settings, model, folders)
    # Gradio asks its own server whether it is up, and a proxy could not reach it.
    direct = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "", "127.0.0.1", "localhost", host]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, dict.fromkeys(direct)))
    at = f"[{host}]" if ":" in host and "[" not in host else host  # as an address has it
    try:
        app.launch(
            server_name=at, server_port=port, share=False, mcp_server=False, enable_monitoring=False,
            ssr_mode=False, run_history=False, footer_links=[], quiet=True, prevent_thread_lock=True,
            max_threads=THREADS,
            app_kwargs={"middleware": [Middleware(_Policy)]}, theme=_theme(), css_paths=HERE / "page.css",
            head=f"<script>{(HERE / 'page.js').read_text(encoding='utf-8')}</script>",
        )  # fmt: skip
    except OSError as error:
        raise cannot_serve(host, port) from error
    stopped = interrupted() if block else None
    print(f"Footnote is at {app.local_url} (Ctrl-C stops it)", file=sys.stderr)
    if stopped:
        while not stopped.wait(1):  # on Windows, a wait without an end can't be interrupted
            pass
        signal.signal(signal.SIGINT, signal.default_int_handler)
        app.close(verbose=False)
    return app


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
