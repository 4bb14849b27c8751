"""Text that is safe in HTML, and the small pieces that every part of the page is made of."""

import re
from html import escape

from babel import Locale, UnknownLocaleError

from index.documents import Chunk
from rag.citations import Citation
from ui.texts import ENGLISH, Texts

WEAK_SUPPORT = 0.5
LONGEST_QUESTION = 2_000  # characters; rag.answering, which takes no more, would load the index with the page
SECTION = 120  # characters of the name of a section, which may be a whole path of headings
# A terminal obeys these: a document could clear the screen or rename the window.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    """Text that is safe as content and as an attribute in double quotes."""
    # A file name that is not UTF-8 holds lone surrogates, which no response can carry.
    return escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def plain(text: str, *, keep_lines: bool = False) -> str:
    """Text without control characters, in one line unless `keep_lines`."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if keep_lines else " ".join(text.split())


def language_name(code: str, language: str) -> str:
    """What a language is called in another; its code where that is not known."""
    try:
        return Locale.parse(code).get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


def shorten(text: str, limit: int) -> str:
    """The text up to a limit, cut between words."""
    return text if len(text) <= limit else text[:limit].rsplit(None, 1)[0] + " …"


def place_in(to: Citation | Chunk, texts: Texts, key: str = "page") -> list[str]:
    """Where in its document something stands: its page and its section, if it has them."""
    page = [] if to.page is None else [texts(key, n=to.page)]
    return [*page, shorten(to.section, SECTION)] if to.section and to.section != to.title else page


def place_html(to: Citation | Chunk, texts: Texts) -> str:
    """The same in one line."""
    return " · ".join(f"<bdi>{safe(part)}</bdi>" for part in place_in(to, texts))


def where_html(to: Citation | Chunk, texts: Texts) -> str:
    """Source and place, under the title; a source that the title already says is left out."""
    source = "" if to.source == to.title else f"<bdi>{safe(to.source)}</bdi>"
    return " · ".join(filter(None, [source, place_html(to, texts)]))


def doubt(citation: Citation, *, stopped: bool) -> str:
    """What a footnote lacks, as a class of the page's style and a key of its texts; empty if nothing."""
    if not citation.checked:
        return "unchecked" if stopped else "checking"
    return "weak" if citation.support < WEAK_SUPPORT else ""


def doubt_html(citation: Citation, texts: Texts, *, stopped: bool) -> str:
    """The same as a line to read."""
    kind = doubt(citation, stopped=stopped)
    return f'<p class="doubt">{safe(texts(f"{kind}_long"))}</p>' if kind else ""


def notice_html(text: str, kind: str = "info") -> str:
    """A line for the reader; `kind` is `info`, `muted`, `warning` or `error`."""
    role = "alert" if kind == "error" else "status"
    return f'<p class="notice {kind}" role="{role}" dir="auto">{safe(text)}</p>'


def button_html(text: str, *, event: str = "", kind: str = "", label: str = "", **data: object) -> str:
    """A button; with an `event`, a click on it is one that Python listens to, with the `data`.

    A `label` says what the text is short for; the name has the words that are seen, for who says them aloud.
    """
    attributes = "".join(f' data-{name}="{safe(str(value))}"' for name, value in data.items())
    attributes += f' data-event="{event}"' if event else ""
    attributes += f' class="{kind}"' if kind else ""
    attributes += f' title="{safe(label)}" aria-label="{safe(named(text, label))}"' if label else ""
    return f'<button type="button"{attributes}>{safe(text)}</button>'


def named(seen: str, label: str) -> str:
    """The name of a button: its label, after what is seen on it if that is words that the label does not have."""
    words = "".join(letter for letter in seen if letter.isalnum() or letter.isspace()).strip()
    return label if words.casefold() in label.casefold() else f"{words}: {label}"


def masthead_html(model: str = "", texts: Texts = ENGLISH) -> str:
    """The line at the top: the parts of the page on a phone, the model that answers, settings, and the looks."""
    chip = ""
    if model:
        chip = (
            f'<button type="button" class="model" data-drawer="settings" title="{safe(texts("model_title"))}">'
            f"<bdi>{safe(model)}</bdi></button>"
        )
    places = "".join(
        f'<button type="button" data-place="{place}">{safe(texts(key))}</button>'
        for place, key in (("library", "documents"), ("talk", "conversation"), ("evidence", "sources"))
    )
    settings = f'<button type="button" class="icon" data-drawer="settings" {_named(texts("settings"))}>⚙</button>'
    theme = f'<button type="button" class="icon" id="theme" {_named(texts("theme"))}>◐</button>'
    return (
        f'<header data-language="{texts.language}"><h1 class="brand">Footnote<sup>1</sup></h1>'
        f'<span class="space"></span>{chip}{settings}{theme}</header>'
        f'<nav class="places" aria-label="{safe(texts("places"))}">{places}</nav>'
    )


def _named(label: str) -> str:
    return f'title="{safe(label)}" aria-label="{safe(label)}"'


def label_html(text: str) -> str:
    """The name of a part of the page."""
    return f'<h2 class="label">{safe(text)}</h2>'
