"""What happens when a visitor comes, adds or removes documents, changes settings, or gets a model.

Each method takes what the page sends and returns what it shows next, as `ui/chat.py` connects them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import fields, replace
from typing import Any

import gradio as gr

from index.background import in_background
from ui.asking import explained
from ui.conversations_panel import finder_html
from ui.desk import Desk
from ui.documents_panel import bar_html, documents_html, progress_html, report_html
from ui.markup import notice_html
from ui.settings_panel import Preferences, preferences_from
from ui.suggestions import suggestions
from ui.texts import Texts
from ui.thread_panel import welcome_html
from ui.visits import Talk, Visitor, arrived, reopened, shown_frame, shown_talk

OFTEN = 0.2  # seconds between two looks at how far something is
NOW_AND_THEN = 10.0  # seconds between two looks at whether someone else has changed the index
SKIP: Any = gr.skip()


class LibraryEvents:
    """The events of the frame, of the documents and of the settings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def load(self, browser: Any, chosen: Any, request: gr.Request) -> Iterator[list[Any]]:
        """The page in the visitor's language, with the conversation that was open, while the index is opened."""
        visitor = arrived(browser, chosen, request.headers.get("accept-language", ""))
        texts, trouble = visitor.texts, ""
        try:
            talk = reopened(self._desk, visitor, str((browser or {}).get("conversation") or ""))
        except Exception as error:
            talk, trouble = Talk(), notice_html(explained(error, texts), "error")
        frame = [visitor, *shown_frame(self._desk, visitor), finder_html(texts), *shown_talk(visitor, talk)]
        yield [*frame, welcome_html((), texts), trouble]
        still, opened = [SKIP] * (len(frame) + 1), self._desk.opened()
        while not wait([opened], timeout=OFTEN).done:
            yield [*still, progress_html(*self._desk.progress, texts)]
        yield [*still, _done(opened.result, texts) or trouble]

    def shelf(self, visitor: Visitor, unticked: list[str]) -> Iterator[list[Any]]:
        """The documents as they are now, with the revision that this shows, then the first questions to ask of them."""
        opened, texts = self._desk.opened(), visitor.texts
        if not opened.done() or opened.exception():  # which has been said
            return
        index, revision = opened.result(), self._desk.revision()
        try:
            yield [documents_html(index.documents(), index.files(), texts, unticked), SKIP, revision]
        except Exception as error:
            yield [notice_html(explained(error, texts), "error"), SKIP, SKIP]
            return
        yield [SKIP, welcome_html(suggestions(index, texts), texts), SKIP]

    def news(self, visitor: Visitor, shown: str, unticked: list[str]) -> Iterator[list[Any]]:
        """The same if another process, or another visitor, has changed the index since."""
        if self._desk.revision() not in ("", shown):
            yield from self.shelf(visitor, unticked)

    def upload(self, files: list[str] | None, visitor: Visitor) -> Iterator[list[Any]]:
        texts = visitor.texts
        for status in self._watched(lambda: report_html(self._desk.add(files or []), texts), texts):
            yield [SKIP, status]
        yield [None, SKIP]

    def sync(self, visitor: Visitor) -> Iterator[str]:
        """Read again what the server was started with."""
        texts = visitor.texts
        yield from self._watched(lambda: report_html(self._desk.sync(self._desk.folders), texts), texts)

    def remove(self, visitor: Visitor, event: gr.EventData) -> Iterator[str]:
        """Take a document out, once nothing else is being written; until then, how far that is."""
        source = str(event.source)
        yield from self._watched(lambda: self._desk.remove(source), visitor.texts)

    def pull(self, visitor: Visitor) -> Iterator[list[Any]]:
        """Fetch the local model, and answer with it from then on."""
        pulled, texts = self._desk.pull(), visitor.texts
        while not wait([pulled], timeout=OFTEN).done:
            done, total = self._desk.pulled
            amounts = {"done": f"{done / 1e6:,.0f} MB", "total": f"{total / 1e6:,.0f} MB"}
            yield [SKIP, bar_html(done, total, texts("pulling", **amounts))]
        try:
            pulled.result()
        except Exception as error:
            frame = shown_frame(self._desk, visitor)
            yield [SKIP, notice_html(explained(error, texts), "error") + frame[4]]
            return
        yield [shown_frame(self._desk, visitor)[0], notice_html(texts("pulled"))]

    def save(self, visitor: Visitor, event: gr.EventData) -> Iterator[list[Any]]:
        """Visitor, preferences, masthead, advice, and what is said; the button to test only asks the model."""
        texts = visitor.texts
        try:
            chosen = {field.name: getattr(event, field.name, None) for field in fields(Preferences)}
            preferences = preferences_from(chosen, texts)
        except Exception as error:
            yield [*[SKIP] * 4, notice_html(explained(error, texts), "error")]
            return
        preferences = self._changed_only(preferences)
        visitor = replace(visitor, preferences=preferences)
        masthead, *_, advice = shown_frame(self._desk, visitor)[:5]
        frame = [visitor, preferences.to_json(), masthead, advice]
        if not getattr(event, "test", ""):
            yield [*frame, notice_html(texts("saved"))]
            return
        name, _ = self._desk.model_line(visitor.preferences)
        yield [*[SKIP] * 4, notice_html(texts("testing", name=name), "muted")]
        try:
            said = notice_html(self._desk.test(visitor.preferences, texts))
        except Exception as error:
            said = notice_html(explained(error, texts), "error")
        yield [*[SKIP] * 4, said]

    def _changed_only(self, preferences: Preferences) -> Preferences:
        """Without what the server has anyway, so that it follows the server."""
        own, language = self._desk.settings, preferences.answer_language
        return replace(
            preferences,
            top_k=None if preferences.top_k == own.top_k else preferences.top_k,
            answer_language=None if language == (own.answer_language or "") else language,
            strict=None if preferences.strict == own.strict else preferences.strict,
        )

    def _watched(self, work: Callable[[], object], texts: Texts) -> Iterator[str]:
        """How far reading files is while some work goes on or waits for it, and what came of the work."""
        running = in_background(work)
        while not wait([running], timeout=OFTEN).done:
            yield progress_html(*self._desk.progress, texts)
        yield _done(running.result, texts)


def _done(work: Callable[[], object], texts: Texts) -> str:
    """What came of some work: what it returns as text, nothing, or why it failed."""
    try:
        said = work()
    except Exception as error:
        return notice_html(explained(error, texts), "error")
    return said if isinstance(said, str) else ""
