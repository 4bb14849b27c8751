"""Make an index equal to files and folders: add, replace, remove, leave the rest."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.chunk import chunk, embedded_text
from index.documents import Chunk, Document, Skipped
from index.errors import SourceNotFound, UnreadableDocument
from index.load import load
from index.search import Index
from index.store import DocumentRecord

# Chunks of several documents are embedded together: sorted by length they make full batches of even length.
EMBED_AT_ONCE = 256

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class SyncReport:
    """What `sync` did: names of documents, each list in order."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def summary(self) -> str:
        """One line, such as `2 added, 5 unchanged, 1 skipped`."""
        names = ("added", "replaced", "removed", "unchanged", "skipped")
        counts = [f"{len(getattr(self, name))} {name}" for name in names if getattr(self, name)]
        return ", ".join(counts) or "nothing to index"


def sync(paths: Iterable[str | Path], index: Index, *, progress: Progress | None = None) -> SyncReport:
    """Make `index` equal to `paths`. What was indexed from elsewhere stays.

    A file is read again only if its size or modification time changed, and embedded again only if its bytes did. A
    file that can't be read is skipped with the reason, and the rest is indexed.

    Args:
        paths: Files and folders. In folders, hidden files and folders are left out.
        index: The index to bring up to date.
        progress: Called with (files done, files in all, name of the next one), and "" for the name at the end.

    Raises:
        SourceNotFound: a path does not exist; then nothing is changed.
        StoreUnavailable: someone else is writing to the index, or it does not answer any more.
    """
    roots = [Path(path) for path in paths]
    files = list(_find(roots))
    work = _Work(index)
    with index.store.writing():
        records = {record.path: record for record in index.documents()}
        found, tops = {file.path for file in files}, [_text(root.resolve()) for root in roots]
        gone = {path: r for path, r in records.items() if path not in found and _is_below(path, tops)}
        taken = {record.source: path for path, record in records.items() if path not in gone}
        for record in gone.values():
            index.store.remove(record.source)
            work.removed.append(record.source)
        for done, file in enumerate(files):
            before = records.get(file.path)
            source = before.source if before else _name(file, taken)
            if progress:
                progress(done, len(files), source)
            taken[source] = file.path
            work.take(file, source, before)
        work.flush()
        if progress:
            progress(len(files), len(files), "")
    return work.report()


@dataclass(frozen=True)
class _File:
    """A file that was found, and the folder that was named to find it."""

    location: Path
    root: Path

    @property
    def path(self) -> str:
        return _text(self.location)


@dataclass
class _Pending:
    """A document that waits to be embedded with others."""

    document: Document
    record: DocumentRecord
    chunks: list[Chunk]


@dataclass
class _Work:
    """Takes files one by one and writes them to the index, several at a time."""

    index: Index
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)

    def take(self, file: _File, source: str, before: DocumentRecord | None) -> None:
        try:
            stat = file.location.stat()
            if before and (before.size, before.modified) == (stat.st_size, stat.st_mtime_ns):
                self.unchanged.append(source)
                return
            document = load(file.location, source)
        except (UnreadableDocument, OSError) as error:
            reason = str(error) if isinstance(error, UnreadableDocument) else error.strerror or "can't be read"
            self.skipped.append(Skipped(source, reason))
            if before:  # the index equals the folder: the old text is not in it any more
                self.index.store.remove(before.source)
                self.removed.append(source)
            return
        chunks = chunk(document)
        record = DocumentRecord(
            source=source,
            title=document.title,
            path=file.path,
            sha256=document.sha256,
            size=stat.st_size,
            modified=stat.st_mtime_ns,
            language=document.language,
            passages=len(chunks),
            pages=len(document.page_starts),
        )
        if before and before.sha256 == record.sha256:
            self.index.store.touch(record)
            self.unchanged.append(source)
            return
        (self.replaced if before else self.added).append(source)
        self.pending.append(_Pending(document, record, chunks))
        if sum(len(waiting.chunks) for waiting in self.pending) >= EMBED_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Embed and write what is pending."""
        if not self.pending:
            return
        texts = [embedded_text(chunk) for waiting in self.pending for chunk in waiting.chunks]
        vectors = self.index.embeddings.embed_passages(texts)
        first = 0
        for waiting in self.pending:
            last = first + len(waiting.chunks)
            self.index.store.put(waiting.document, waiting.record, waiting.chunks, vectors[first:last])
            first = last
        self.pending.clear()
        self.index.store.announce()

    def report(self) -> SyncReport:
        return SyncReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            removed=tuple(self.removed),
            unchanged=tuple(self.unchanged),
            skipped=tuple(self.skipped),
        )


def _find(paths: list[Path]) -> Iterator[_File]:
    """Every file once, in order of its path."""
    seen = set()
    for path in paths:
        if not path.exists():
            raise SourceNotFound(f"no such file or folder: {path}")
        found = _walk(path.resolve()) if path.is_dir() else [path.resolve()]
        root = path.resolve() if path.is_dir() else path.resolve().parent
        for location in found:
            if location not in seen:
                seen.add(location)
                yield _File(location, root)


def _walk(folder: Path) -> list[Path]:
    """Files below a folder that are not hidden. Links to folders are not followed: they can lead in circles."""
    found: list[Path] = []
    for parent, folders, files in os.walk(folder):
        if "chroma.sqlite3" in files:  # an index
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in files if not name.startswith(".")]
    return sorted(found)


def _is_below(path: str, roots: list[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _name(file: _File, taken: dict[str, str]) -> str:
    """Path below the folder that was named; with that folder's name in front where another file has the name."""
    relative = file.location.relative_to(file.root)
    parents = list(reversed(file.root.parts[1:]))
    name = _text(relative)
    while taken.get(name, file.path) != file.path and parents:
        name = f"{parents.pop(0)}/{name}"
    return name


def _text(path: Path) -> str:
    r"""A path as text; bytes that are not UTF-8 are shown as `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace").replace(os.sep, "/")
