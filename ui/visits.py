"""What one visitor's page holds between events, and what it shows of it."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from rag import local
from ui.conversations import Exchange
from ui.desk import Desk
from ui.documents_panel import drop_html, heading_html
from ui.markup import button_html, label_html, masthead_html, notice_html
from ui.settings_panel import Preferences, preferences_from, settings_html
from ui.sources_panel import panel_html
from ui.texts import Texts, texts_for
from ui.thread_panel import bar_html, conversation_html

_OWNER = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Visitor:
    """Who is there.

    Attributes:
        owner: The random name that the browser keeps; empty until it is known.
        texts: The page in the browser's language.
        preferences: What was chosen in this browser.
    """

    owner: str = ""
    texts: Texts = field(default_factory=Texts)
    preferences: Preferences = field(default_factory=Preferences)


@dataclass(frozen=True)
class Talk:
    """The conversation that is open; it has an id from its first question on."""

    id: str = ""
    title: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @property
    def is_running(self) -> bool:
        return bool(self.exchanges) and self.exchanges[-1].is_running


def arrived(kept: Any, chosen: Any, accepted: str) -> Visitor:
    """The visitor whose browser keeps `kept` and `chosen`, and would rather have the languages in `accepted`."""
    texts, values = texts_for(accepted), kept if isinstance(kept, dict) else {}
    owner = str(values.get("owner") or "")
    try:
        preferences = preferences_from(chosen, texts)
    except FootnoteError:
        preferences = Preferences()
    return Visitor(owner if _OWNER.fullmatch(owner) else secrets.token_hex(16), texts, preferences)


def kept(visitor: Visitor, talk: Talk) -> dict[str, Any]:
    """What the browser keeps of a visit, beside the preferences."""
    return {"owner": visitor.owner, "conversation": talk.id}


def reopened(desk: Desk, visitor: Visitor, conversation: str) -> Talk:
    """A conversation as it is kept; a new one if there is none of that id."""
    for summary in desk.conversations.summaries(visitor.owner):
        if summary.id == conversation:
            return Talk(summary.id, summary.title, desk.conversations.load(visitor.owner, summary.id))
    return Talk()


def shown_talk(visitor: Visitor, talk: Talk, *, clear: bool = False) -> list[Any]:
    """Talk, browser, bar, thread, sources, question box, send and stop; `clear` empties the box."""
    busy, texts = talk.is_running, visitor.texts
    box: dict[str, Any] = {"placeholder": texts("question_how"), "label": texts("question")}
    box |= {"value": ""} if clear else {}
    return [
        talk,
        kept(visitor, talk) if visitor.owner else gr.skip(),
        bar_html(talk.title, texts),
        conversation_html(talk.exchanges, texts, talk.id),
        panel_html(talk.exchanges, texts),
        gr.update(**box),
        gr.update(value=texts("ask"), visible=not busy),
        gr.update(value=texts("stop"), visible=busy),
    ]


def shown_frame(desk: Desk, visitor: Visitor) -> list[Any]:
    """Masthead, documents' heading, words to drop on, sources' heading, advice, settings, file field."""
    texts = visitor.texts
    own, _ = desk.model_line(Preferences())
    name, could_be_better = desk.model_line(visitor.preferences)
    models = list(dict.fromkeys(["quotes", *(["local"] if local.installed() else []), own]))
    return [
        masthead_html(name, texts),
        heading_html(texts, folders=bool(desk.folders)),
        drop_html(texts),
        label_html(texts("sources")),
        advice_html(texts) if could_be_better else "",
        settings_html(visitor.preferences, desk.settings, own, models, texts),
        gr.update(label=texts("add")),
    ]


def advice_html(texts: Texts) -> str:
    """How to get a language model where there is none."""
    size = f"{local.MODELS[local.DEFAULT].size / 1e9:.1f} GB"
    return notice_html(texts("no_llm"), "muted") + button_html(texts("pull", size=size), event="pull", kind="pull")
