"""The documents on the left of the page: what is indexed, how it is, and which of them are asked."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from index.files import is_address, text_path
from ui.markup import button_html, language_name, notice_html, safe
from ui.texts import ENGLISH, Texts
from ui.translations import translated

if TYPE_CHECKING:
    from index import SyncReport
    from index.documents import Skipped
    from index.records import DocumentRecord, FileRecord

_COUNTED = ("added", "replaced", "moved", "removed", "unchanged", "skipped")
FILTER_FROM = 5  # documents; fewer are seen at a glance
MOST_NAMED = 20  # of a kind, in a report


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
    unticked: Collection[str] = (),
) -> str:
    """The list of what can be asked about, all ticked but those in `unticked`; below it, what gave no text."""
    known, out = {file.path: file for file in files}, frozenset(unticked)
    skipped = [skip for file in files for skip in file.skipped]
    left_out = ""
    if skipped:
        summary = safe(texts.count("skipped", len(skipped)))
        left_out = f'<details class="left-out"><summary>{summary}</summary>{_skipped_list(skipped, texts)}</details>'
    if not documents:
        return f'<p class="hint">{safe(texts("no_documents"))}</p>{left_out}'
    items = "".join(
        _document_item(document, known.get(document.path), texts, document.source not in out) for document in documents
    )
    find = ""
    if len(documents) >= FILTER_FROM:
        find = (
            f'<input type="search" class="filter" data-kept="filter" placeholder="{safe(texts("find_document"))}" '
            f'aria-label="{safe(texts("find_document"))}">'
        )
    every = ""
    if len(documents) > 1:
        checked = "" if any(document.source in out for document in documents) else " checked"
        every = (
            f'<label class="every"><input type="checkbox" data-kept="every"{checked}> {safe(texts("ask_all"))}</label>'
        )
    return f'{find}{every}<ul class="documents" aria-label="{safe(texts("documents"))}">{items}</ul>{left_out}'


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
    """What a sync did with which documents, and each file it left out with the reason."""
    counts = {name: len(getattr(report, name)) for name in _COUNTED}
    said = [texts.count(name, count) for name, count in counts.items() if count]
    kind = "warning" if report.skipped else "info"
    notice = notice_html(", ".join(said) or texts("nothing_to_index"), kind)
    close = button_html("×", event="dismiss", kind="icon", label=texts("close"))
    changes = _changes_list(report, texts)
    return f'<div class="report">{notice}{close}</div>{changes}{_skipped_list(report.skipped, texts)}'


def _changes_list(report: "SyncReport", texts: Texts) -> str:
    """The names of the documents that came, went or moved."""
    moved = tuple(f"{one.before} → {one.source}" for one in report.moved)
    named = {"added": report.added, "replaced": report.replaced, "moved": moved, "removed": report.removed}
    items = ""
    for kind, names in named.items():
        shown = ", ".join(f"<bdi>{safe(name)}</bdi>" for name in names[:MOST_NAMED])
        more = ", …" if len(names) > MOST_NAMED else ""
        items += f"<li>{safe(texts.count(kind, len(names)))}: {shown}{more}</li>" if names else ""
    return f'<ul class="changes">{items}</ul>' if items else ""


def _skipped_list(skipped: Sequence["Skipped"], texts: Texts) -> str:
    """What gave no text, and why."""
    items = "".join(
        f"<li><bdi>{safe(skip.source)}</bdi>: <bdi>{safe(translated(skip.reason, texts))}</bdi></li>"
        for skip in skipped
    )
    return f'<ul class="skipped" tabindex="0" aria-label="{safe(texts("skipped_files"))}">{items}</ul>' if items else ""


def _document_item(document: "DocumentRecord", file: "FileRecord | None", texts: Texts, ticked: bool) -> str:
    title, source, state = safe(document.title), safe(document.source), _state(document, file)
    facts = [f"<bdi>{source}</bdi>"] if document.source != document.title else []
    if document.pages:
        facts.append(safe(texts.count("pages", document.pages)))
    facts.append(safe(texts.count("passages", document.passages)))
    facts.append(f'<span class="state {state}">{safe(texts(f"state_{state}"))}</span>')
    language = ""
    if document.language:
        name = safe(texts("language", name=language_name(document.language, texts.language)))
        language = (
            f'<span class="language" role="img" title="{name}" aria-label="{name}">{safe(document.language)}</span>'
        )
    return (
        f'<li><input type="checkbox" data-kept="tick" data-source="{source}"{" checked" if ticked else ""} '
        f'aria-label="{safe(texts("ask_one", title=document.title))}">'
        f'<div><span class="title" dir="auto">{title}</span><span class="facts">{" · ".join(facts)}</span></div>'
        f"{language}"
        f"{button_html('×', kind='remove sure', label=texts('remove', title=document.title))}"
        f'<div class="confirm" hidden><span>{safe(texts("remove_sure"))}</span> '
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
