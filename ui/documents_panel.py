"""The documents on the left of the page: what is indexed, how it is, and which of them are asked."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError

from index.files import is_address, text_path
from ui.markup import button_html, notice_html, safe
from ui.texts import ENGLISH, Texts

if TYPE_CHECKING:
    from index import SyncReport
    from index.documents import Skipped
    from index.records import DocumentRecord, FileRecord

_COUNTED = ("added", "replaced", "moved", "removed", "unchanged", "skipped")
FILTER_FROM = 5  # documents; fewer are seen at a glance


def heading_html(texts: Texts = ENGLISH, *, folders: bool = False) -> str:
    """What stands above the list; where the server was started with folders, they can be read again."""
    sync = button_html(texts("sync"), event="sync", kind="sync", label=texts("sync_title")) if folders else ""
    return f'<div class="heading"><h2 class="label">{safe(texts("documents"))}</h2>{sync}</div>'


def drop_html(texts: Texts = ENGLISH) -> str:
    """The words in the field that files are dropped on."""
    return f'<div class="drop-words"><b>{safe(texts("add"))}</b><span>{safe(texts("add_how"))}</span></div>'


def documents_html(
    documents: Sequence["DocumentRecord"],
    files: Sequence["FileRecord"],
    texts: Texts = ENGLISH,
    unticked: Collection[str] = frozenset(),
) -> str:
    """The list of what can be asked about, all ticked but those in `unticked`."""
    known = {file.path: file for file in files}
    if not documents:
        return f'<p class="hint">{safe(texts("no_documents"))}</p>'
    items = "".join(
        _document_item(document, known.get(document.path), texts, document.source not in unticked)
        for document in documents
    )
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
            f'<label class="every"><input type="checkbox" data-event="tick"{checked}> {safe(texts("ask_all"))}</label>'
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
    counts = {name: len(getattr(report, name)) for name in _COUNTED}
    said = [texts(name, n=count) for name, count in counts.items() if count]
    kind = "warning" if report.skipped else "info"
    return notice_html(", ".join(said) or texts("nothing_to_index"), kind) + _skipped_list(report.skipped)


def _skipped_list(skipped: Sequence["Skipped"]) -> str:
    """What gave no text, and why."""
    items = "".join(f"<li><bdi>{safe(skip.source)}</bdi>: <bdi>{safe(skip.reason)}</bdi></li>" for skip in skipped)
    return f'<ul class="skipped">{items}</ul>' if items else ""


def _document_item(document: "DocumentRecord", file: "FileRecord | None", texts: Texts, ticked: bool) -> str:
    title, source, state = safe(document.title), safe(document.source), _state(document, file)
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


def _state(document: "DocumentRecord", file: "FileRecord | None") -> str:
    """Whether the file is still what was indexed; what became of a page on the web is not known."""
    if is_address(document.path):
        return "indexed"
    try:
        stat = text_path(document.path).stat()
    except (OSError, ValueError):
        return "gone"
    is_same = file and (stat.st_size, stat.st_mtime_ns) == (file.size, file.modified)
    return "indexed" if is_same else "changed"


def _language_name(code: str, texts: Texts) -> str:
    try:
        return Locale.parse(code).get_display_name(texts.language) or code
    except (UnknownLocaleError, ValueError):
        return code
