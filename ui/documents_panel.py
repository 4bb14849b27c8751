"""The documents on the left of the page: what is indexed, how it is, and which of them are asked."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError

from ui.markup import button_html, notice_html, safe
from ui.texts import ENGLISH, Texts

if TYPE_CHECKING:
    from index import SyncReport
    from index.store import DocumentRecord

FILTER_FROM = 5  # documents; fewer are seen at a glance


def heading_html(texts: Texts = ENGLISH, *, folders: bool = False) -> str:
    """What stands above the list; where the server was started with folders, they can be read again."""
    sync = button_html(texts("sync"), event="sync", kind="sync", label=texts("sync_title")) if folders else ""
    return f'<div class="heading"><h2 class="label">{safe(texts("documents"))}</h2>{sync}</div>'


def drop_html(texts: Texts = ENGLISH) -> str:
    """The words in the field that files are dropped on."""
    return f'<div class="drop-words"><b>{safe(texts("add"))}</b><span>{safe(texts("add_how"))}</span></div>'


def documents_html(
    documents: Sequence["DocumentRecord"], texts: Texts = ENGLISH, unticked: Collection[str] = frozenset()
) -> str:
    """The list of what can be asked about, all ticked but those in `unticked`."""
    if not documents:
        return f'<p class="hint">{safe(texts("no_documents"))}</p>'
    items = "".join(_document_item(document, texts, document.source not in unticked) for document in documents)
    find = ""
    if len(documents) >= FILTER_FROM:
        find = (
            f'<input type="search" class="filter" placeholder="{safe(texts("find_document"))}" '
            f'aria-label="{safe(texts("find_document"))}">'
        )
    every = ""
    if len(documents) > 1:
        checked = "" if any(document.source in unticked for document in documents) else " checked"
        every = (
            f'<label class="every"><input type="checkbox" data-event="tick_all"{checked}> '
            f"{safe(texts('ask_all'))}</label>"
        )
    return f'{find}{every}<ul class="documents" aria-label="{safe(texts("documents"))}">{items}</ul>'


def progress_html(done: int, total: int, source: str, texts: Texts = ENGLISH) -> str:
    """How far indexing has come, and at which file it is."""
    if not total:
        return notice_html(texts("opening"), "muted")
    return bar_html(done, total, f"{texts('progress', done=done, total=total)} {source}")


def bar_html(done: int, total: int, text: str) -> str:
    """A progress bar with its words."""
    return (
        f'<div class="progress" role="status"><progress max="{max(total, 1)}" value="{done}" '
        f'aria-label="{safe(text)}"></progress><span><bdi>{safe(text)}</bdi></span></div>'
    )


def report_html(report: "SyncReport", texts: Texts = ENGLISH) -> str:
    """What a sync did, and each file it left out with the reason."""
    counts = {name: len(getattr(report, name)) for name in ("added", "replaced", "removed", "unchanged", "skipped")}
    said = [texts(name, n=count) for name, count in counts.items() if count]
    skipped = "".join(
        f"<li><bdi>{safe(skip.source)}</bdi>: <bdi>{safe(skip.reason)}</bdi></li>" for skip in report.skipped
    )
    reasons = f'<ul class="skipped">{skipped}</ul>' if skipped else ""
    return notice_html(", ".join(said) or texts("nothing_to_index"), "warning" if skipped else "info") + reasons


def _document_item(document: "DocumentRecord", texts: Texts, ticked: bool) -> str:
    title, source, state = safe(document.title), safe(document.source), _state(document)
    facts = [f"<bdi>{source}</bdi>"] if document.source != document.title else []
    if document.pages:
        facts.append(safe(texts.count("pages", document.pages)))
    facts.append(safe(texts.count("passages", document.passages)))
    facts.append(f'<span class="state {state}">{safe(texts(f"state_{state}"))}</span>')
    language = ""
    if document.language:
        name = safe(texts("language", name=_language_name(document.language, texts)))
        language = (
            f'<span class="language" role="img" title="{name}" aria-label="{name}">{safe(document.language)}</span>'
        )
    return (
        f'<li><input type="checkbox" data-event="tick" data-source="{source}"{" checked" if ticked else ""} '
        f'aria-label="{safe(texts("ask_one", title=document.title))}">'
        f'<div><span class="title" dir="auto">{title}</span><span class="facts">{" · ".join(facts)}</span></div>'
        f"{language}"
        f"{button_html('×', kind='remove sure', label=texts('remove', title=document.title))}"
        f'<div class="confirm" hidden>{safe(texts("remove_sure"))} '
        f"{button_html(texts('remove_yes'), event='remove', kind='danger', source=document.source)}"
        f"{button_html(texts('keep'), kind='cancel')}</div></li>"
    )


def _state(document: "DocumentRecord") -> str:
    """Whether the file is still what was indexed."""
    try:
        stat = Path(document.path).stat()
    except (OSError, ValueError):
        return "gone"
    return "indexed" if (stat.st_size, stat.st_mtime_ns) == (document.size, document.modified) else "changed"


def _language_name(code: str, texts: Texts) -> str:
    try:
        return Locale.parse(code).get_display_name(texts.language) or code
    except (UnknownLocaleError, ValueError):
        return code
