"""The chat page: documents on the left, the conversation in the middle, the words behind it on the right.

Here its parts are laid out and connected: what each part looks like is in the module named after it, what an event
does in `ui/talk_events.py` and `ui/library_events.py`, how the page moves in `page.js`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.settings import Settings
from ui.api import add_endpoints
from ui.asking import explained
from ui.desk import Desk
from ui.library_events import NOW_AND_THEN, LibraryEvents
from ui.markup import LONGEST_QUESTION, label_html, masthead_html, safe
from ui.talk_events import TalkEvents
from ui.texts import ENGLISH
from ui.thread_panel import welcome_html
from ui.visits import Talk, Visitor

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# What a visitor does with a part that we rendered becomes an event that Python listens to: a click on a button, a form
# that is sent, words in a search field. Gradio finds the names of the events in this text.
ON_EVENT = """const send = (part, more) => trigger(part.dataset.event, {...part.dataset, ...more});
element.addEventListener('click', ({target}) => {
  const button = target.closest('button[data-event]');
  if (button) send(button);
});
element.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.event) send(form, Object.fromEntries(new FormData(form, event.submitter)));
});
let typing;
element.addEventListener('input', ({target}) => {
  if (!target.matches('[type=search][data-event]')) return;
  clearTimeout(typing);
  typing = setTimeout(() => send(target, {value: target.value}), 250);
}); // 'example' 'retry' 'edit' 'vote' 'comment' 'open' 'begin' 'list' 'show' 'find' 'rename' 'delete' 'export'
// 'feedback' 'sync' 'remove' 'dismiss' 'pull' 'save'"""
PLAIN: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
ACTIVE = PLAIN | {"js_on_load": ON_EVENT}
SAVE_FILE = "(file) => window.footnoteSave(file)"


def build_app(
    settings: Settings, model: "BaseChatModel | None" = None, folders: Sequence[str | Path] = ()
) -> gr.Blocks:
    """The page and its events; `ui.serving.launch` serves it with its looks.

    Args:
        settings: The server's own.
        model: Answers instead of the settings' own.
        folders: Files and folders that were indexed for this page.
    """
    desk = Desk(settings, model, folders)
    talks, libraries = TalkEvents(desk), LibraryEvents(desk)
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        add_endpoints(desk)  # before the page's own events, which would take their names
        secret = "footnote"  # hides nothing: it is the visitor's
        browser = gr.BrowserState({}, storage_key="footnote", secret=secret)
        # By itself: an answer that is being written keeps its conversation meanwhile, and would put old choices back.
        chosen = gr.BrowserState({}, storage_key="footnote-preferences", secret=secret)
        visitor, talk, unticked = gr.State(Visitor()), gr.State(Talk()), gr.JSON(visible=False)
        masthead = gr.HTML(masthead_html(), elem_id="masthead", **PLAIN)
        with gr.Row(elem_id="workspace"):
            with gr.Column(elem_id="library"):
                heading = gr.HTML(elem_id="library-head", **ACTIVE)
                with gr.Column(elem_id="drop-field"):
                    drop_words = gr.HTML(elem_id="drop-words", **PLAIN)
                    drop = gr.File(file_count="multiple", show_label=False, label="Add documents", elem_id="drop")
                status = gr.HTML(elem_id="status", **ACTIVE)
                library = gr.HTML(elem_id="documents", **ACTIVE)
            with gr.Column(elem_id="talk"):
                bar = gr.HTML(elem_id="bar", **ACTIVE)
                thread = gr.HTML(elem_id="thread", **ACTIVE)
                welcome = gr.HTML(welcome_html(), elem_id="welcome", **ACTIVE)
                with gr.Column(elem_id="composer"):
                    with gr.Row(elem_id="ask-row"):
                        box = gr.Textbox(
                            label="Question", container=False, show_label=False, max_lines=8, autofocus=True,
                            max_length=LONGEST_QUESTION, elem_id="question",
                        )  # fmt: skip
                        send = gr.Button("Ask", elem_id="send", variant="primary")
                        stop = gr.Button("Stop", elem_id="stop", variant="primary", visible=False)
                    advice = gr.HTML(elem_id="advice", **ACTIVE)
            with gr.Column(elem_id="evidence"):
                sources_name = gr.HTML(label_html("Sources"), **PLAIN)
                sources = gr.HTML(elem_id="sources", **ACTIVE)
                reader = gr.HTML(elem_id="reader", **ACTIVE)
        with gr.Column(elem_id="conversations", elem_classes="drawer"):
            finder = gr.HTML(elem_id="finder", **ACTIVE)
            listing = gr.HTML(elem_id="listing", **ACTIVE)
        with gr.Column(elem_id="settings", elem_classes="drawer"):
            form = gr.HTML(elem_id="settings-form", **ACTIVE)
            said = gr.HTML(elem_id="settings-said", **PLAIN)
        file = gr.JSON(visible="hidden")

        whole = [talk, browser, bar, thread, sources, box, send, stop, reader]
        frame = [masthead, heading, drop_words, sources_name, advice, form, drop]
        arrival = [visitor, *frame, finder, *whole[:-1], welcome, status]
        shelf = [library, welcome, gr.State("")]

        def ticked(*inputs: Any) -> dict[str, Any]:
            """These inputs and the sources that are not ticked, as they are seen at that moment."""
            js = f"(...values) => [...values.slice(0, {len(inputs)}), window.footnoteUnticked()]"
            return {"inputs": [*inputs, unticked], "js": js}

        # The line of those who wait for an answer is ours (see ui/asking.py), and everything else is quick.
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
        # Quick clicks are all heard, one after another: the last one counts. Gradio would drop what comes while the
        # same event is on its way ("once"), or repeat the first of them ("always_last").
        in_order = quiet | {"trigger_mode": "multiple", "concurrency_limit": 1}

        # What is sent while the same event is on its way is heard: a question soon after an answer, a second removal.
        each = quiet | {"trigger_mode": "multiple"}
        gr.on([box.submit, send.click], _told(talks.ask), **ticked(box, talk, visitor), outputs=whole, **each)
        for asked, event in ((welcome.example, talks.example), (thread.retry, talks.retry), (thread.edit, talks.edit)):
            asked(_told(event), **ticked(talk, visitor), outputs=whole, **each)
        stop.click(_told(talks.stop), **quiet)
        for part in (thread, sources, reader):
            part.open(_told(talks.open), [talk, visitor], reader, concurrency_id="open", **in_order)
        thread.vote(_told(talks.vote), [talk, visitor], [talk, thread], **quiet)
        thread.comment(_told(talks.comment), [talk, visitor], [talk, thread], **quiet)

        for part in (bar, finder):
            part.begin(_told(talks.begin), visitor, whole, **quiet)
        listing.show(_told(talks.show), visitor, whole, **quiet)
        bar.list(_told(talks.listed), [talk, visitor], listing, **quiet)
        finder.find(_told(talks.find), [talk, visitor], listing, **in_order)
        listing.rename(_told(talks.rename), [talk, visitor], [*whole, listing], **quiet)
        listing.delete(_told(talks.delete), [talk, visitor], [*whole, listing], **quiet)
        for exported in (
            listing.export(_told(talks.export), visitor, file, **quiet),
            finder.feedback(_told(talks.feedback), visitor, [file, listing], **quiet),
        ):
            exported.success(None, file, None, js=SAVE_FILE)

        for done in (
            app.load(_told(libraries.load), [browser, chosen], arrival, **quiet),
            drop.upload(_told(libraries.upload), [drop, visitor], [drop, status], **quiet),
            heading.sync(_told(libraries.sync), visitor, status, **quiet),
            library.remove(_told(libraries.remove), visitor, status, **each),
        ):
            done.then(_told(libraries.shelf), **ticked(visitor), outputs=shelf, **quiet)
        gr.Timer(NOW_AND_THEN).tick(_told(libraries.news), **ticked(visitor, shelf[-1]), outputs=shelf, **quiet)
        status.dismiss(lambda: "", None, status, **quiet)
        advice.pull(_told(libraries.pull), visitor, [masthead, advice], **quiet)
        form.save(_told(libraries.save), visitor, [visitor, chosen, masthead, advice, said], **quiet)
    return app  # type: ignore[no-any-return]  # Gradio's Blocks enters a context as Any


def _told(event: Callable[..., Any]) -> Callable[..., Any]:
    """The event; what goes wrong in it is a message in the page."""

    @contextmanager
    def telling(values: Sequence[Any]) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            texts = next((value.texts for value in values if isinstance(value, Visitor)), ENGLISH)
            raise gr.Error(safe(explained(error, texts)), print_exception=False) from error

    @wraps(event)
    def told(*values: Any, **more: Any) -> Any:
        with telling(values):
            return event(*values, **more)

    @wraps(event)
    def told_as_it_goes(*values: Any, **more: Any) -> Iterator[Any]:
        is_empty = True
        with telling(values):
            for shown in event(*values, **more):
                is_empty = False
                yield shown
        if is_empty:  # Gradio would empty all that the event might have changed
            yield gr.skip()

    return told_as_it_goes if isgeneratorfunction(event) else told
