"""Make an index equal to files and folders: add, replace, move, remove, leave the rest."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index.chroma import is_server
from index.chunk import chunk, embedded_text
from index.documents import Chunk, Document, Skipped
from index.errors import SourceNotFound
from index.files import File, Names, find, is_address, is_below, path_text, root_of
from index.parsing import Parser, reader
from index.records import UNKNOWN_SIZE, DocumentRecord, FileRecord, embedded_hash
from index.search import Index

# Chunks of several documents are embedded together: sorted by length they make full batches of even length.
EMBED_AT_ONCE = 256
FILES_AT_ONCE = 1000  # notes of files that are written together

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Moved:
    """A document that was found under another name, with what it was called."""

    source: str
    before: str


@dataclass(frozen=True)
class SyncReport:
    """What `sync` did: names of documents, each list in order."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def summary(self) -> str:
        """One line, such as `2 added, 5 unchanged, 1 skipped`."""
        names = ("added", "replaced", "moved", "removed", "unchanged", "skipped")
        counts = [f"{len(getattr(self, name))} {name}" for name in names if getattr(self, name)]
        return ", ".join(counts) or "nothing to index"


def sync(
    paths: str | Path | Iterable[str | Path],
    index: Index,
    *,
    progress: Progress | None = None,
    exclude: Sequence[str] | None = None,
    allow_private: bool = False,
) -> SyncReport:
    """Make `index` equal to `paths`. What was indexed from elsewhere stays.

    A file is read again only if its size or one of its times changed and its bytes did, and a text is embedded only if
    no passage of the index has the same one. What gives no text is skipped with the reason, and the rest is indexed. It
    is tried again when it is touched, when what could read it has come, and once if its parser crashed or was too slow.

    Args:
        paths: Files, folders and addresses of web pages, or one of them. In folders, hidden files and folders are left
            out.
        index: The index to bring up to date.
        progress: Called with (files done, files in all, name of the next one), and "" for the name at the end.
        exclude: Patterns as in a .gitignore, for what to leave out of folders; None means those of the last time.
        allow_private: Whether addresses may lead to this machine or to its own network.

    Raises:
        SourceNotFound: a path does not exist; then nothing is changed.
        StoreUnavailable: someone else is writing to the index, it does not answer any more, or the disk is full.
    """
    named = _listed(paths)
    roots = [root_of(path) for path in named]
    with index.writing(), Parser(allow_private=allow_private) as parser:
        excluded = index.store.excluded()
        if exclude is not None:
            excluded |= {root: list(exclude) for root in roots}
        home = "" if is_server(index.location) else path_text(Path(index.location).resolve())
        below = find([(path, excluded.get(root, ())) for path, root in zip(named, roots, strict=True)], home)
        index.store.put_excluded(excluded)
        files = below.files
        records = {record.path: record for record in index.files()}
        index.touched.keep(records)
        found = {file.path for file in files}
        folders = [root for root in roots if not is_address(root)]  # an address has nothing below it
        gone = {
            path: record
            for path, record in records.items()
            if path not in found and is_below(path, folders) and not is_below(path, below.unlisted)
        }
        work = _Work(index, parser, skipped=below.skipped)
        work.part_with(gone, {file.size for file in files if file.path not in records})
        taken = Names(record.source for path, record in records.items() if path not in gone and record.source)
        for done, file in enumerate(files):
            before = records.get(file.path)
            source = before.source if before and before.source else file.name(taken)
            taken.add(source)
            if progress:
                progress(done, len(files), source)
            work.take(file, source, before)
        work.flush()
        work.remove_files([record for records in work.leaving.values() for record in records])
        if progress:
            progress(len(files), len(files), "")
    return work.report()


def remove(paths: str | Path | Iterable[str | Path], index: Index) -> SyncReport:
    """Take out of an index what came from files, folders or addresses. The files stay, and need not be there any more.

    Args:
        paths: Files, folders, addresses, or names of files in the index.
        index: The index to change.

    Raises:
        SourceNotFound: nothing in the index came from a path; then nothing is changed.
        StoreUnavailable: someone else is writing to the index, or it does not answer any more.
    """
    with index.writing():
        files = index.store.files()
        gone: dict[str, FileRecord] = {}
        for path in _listed(paths):
            at = Path(path)
            # A link is what was indexed, not what it leads to; a folder may have been reached by one.
            roots = [str(path)] if is_address(path) else [path_text(at.parent.resolve() / at.name)]
            found = {file.path: file for file in files if is_below(file.path, roots) or file.source == str(path)}
            if not found and not is_address(path):
                found = {file.path: file for file in files if is_below(file.path, [path_text(at.resolve())])}
            if not found:
                raise SourceNotFound(f"nothing in the index came from {path}; see: footnote index --status")
            gone |= found
        index.store.remove_files(list(gone))
    return SyncReport(removed=tuple(name for file in gone.values() for name in file.documents))


def _listed(paths: str | Path | Iterable[str | Path]) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


@dataclass
class _Pending:
    """A document that waits to be embedded with others.

    Attributes:
        before: What it was called if its file was moved.
        is_read_anew: Whether its text is another one than the index has, of the same bytes.
    """

    document: Document
    record: DocumentRecord
    chunks: list[Chunk]
    before: str
    is_read_anew: bool


@dataclass
class _Work:
    """Takes files one by one and writes them to the index, several at a time."""

    index: Index
    parser: Parser
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    documents: list[_Pending] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    touched: list[FileRecord] = field(default_factory=list)  # of them only size and times are others
    begun: list[FileRecord] = field(default_factory=list)  # of files that have other documents from the next flush on
    stale: list[str] = field(default_factory=list)
    leaving: dict[int, list[FileRecord]] = field(default_factory=dict)  # files to be removed at the end, by size
    origins: set[str] = field(default_factory=set)  # names of their documents that came up again
    waiting: int = 0  # chunks
    reader: str = field(default_factory=reader)

    def part_with(self, gone: dict[str, FileRecord], new_sizes: set[int]) -> None:
        """Remove files that are gone; those that may come up again under another name stay until the end."""
        may_move = {
            path for path, record in gone.items() if record.documents and record.sha256 and record.size in new_sizes
        }
        for path in sorted(may_move):
            self.leaving.setdefault(gone[path].size, []).append(gone[path])
        self.remove_files([record for path, record in gone.items() if path not in may_move])

    def remove_files(self, records: Sequence[FileRecord]) -> None:
        """Remove files with all their documents."""
        if records:
            self.index.store.remove_files([record.path for record in records])
        self.removed += [name for record in records for name in record.documents if name not in self.origins]

    def take(self, file: File, source: str, before: FileRecord | None) -> None:
        """Bring one file up to date."""
        is_page = is_address(file.path)
        seems_same = before is not None and not is_page and before.times == file.times and file.changed != 0
        is_to_retry = before is not None and bool(before.skipped) and before.reader != self.reader
        if before and seems_same and not is_to_retry:
            self._keep(before)
            return
        # Before it is read: what changes while it is, is seen the next time.
        sha256 = "" if is_page else file.sha256()
        is_same = before is not None and before.sha256 == sha256 != ""
        is_touched = before is not None and before.modified != file.modified
        if before and is_same and not is_to_retry and not (before.skipped and is_touched):
            self._keep(before)
            if before.times != file.times:
                self.touched.append(replace(before, size=file.size, modified=file.modified, changed=file.changed))
            if len(self.touched) >= FILES_AT_ONCE:
                self._note_touched()
            return
        origin = self._origin(file, sha256) if not before else None
        if before:  # killed half-way, the old record must not be taken for true if the old bytes come back
            self.begun.append(replace(before, size=UNKNOWN_SIZE, sha256=""))
        names: dict[str, None] = {}
        skipped: list[Skipped] = []
        for item in self.parser.read(file.location, source):
            if isinstance(item, Skipped):
                skipped.append(item)
            elif item.source in names:
                skipped.append(Skipped(item.source, "another one of this name was indexed"))
            else:
                names[item.source] = None
                was = origin.source + item.source[len(source) :] if origin else ""
                self._wait(item, file, was if origin and was in origin.documents else "", is_same=is_same)
        self.skipped += skipped
        if is_page and before and not names:  # the network is down, or the page is: what was read of it is still true
            self.unchanged += before.documents
            return
        if before:
            stale = sorted(self.index.store.sources_in(file.path) - set(names))
            self.stale += stale
            self.removed += stale
        is_first_loss = self.parser.has_lost and not (before and before.skipped and not before.reader)
        is_readable = is_page or sha256 != ""  # what can't be read now may be readable later
        self._note(
            FileRecord(
                path=file.path,
                source=source,
                root=file.root,
                size=file.size if is_readable else UNKNOWN_SIZE,
                modified=file.modified,
                sha256=sha256,
                documents=tuple(names),
                skipped=tuple(skipped),
                changed=file.changed,
                reader="" if is_first_loss else self.reader,
            )
        )

    def _keep(self, record: FileRecord) -> None:
        self.unchanged += record.documents
        self.skipped += record.skipped

    def _origin(self, file: File, sha256: str) -> FileRecord | None:
        """The file of the same content that is gone, if there is one: this is where it went."""
        candidates = [r for r in self.leaving.get(file.size, []) if self.origins.isdisjoint(r.documents)]
        return next((record for record in candidates if record.sha256 == sha256), None)

    def _wait(self, document: Document, file: File, before: str, *, is_same: bool) -> None:
        chunks = chunk(document)
        record = DocumentRecord(
            source=document.source,
            title=document.title,
            path=file.path,
            sha256=document.sha256,
            language=document.language,
            passages=len(chunks),
            pages=len(document.page_starts),
        )
        is_read_anew = is_same and self._has_other_text(document)
        self.documents.append(_Pending(document, record, chunks, before, is_read_anew))
        self.origins |= {before} - {""}
        self.waiting += len(chunks)
        if self.waiting >= EMBED_AT_ONCE or len(self.documents) >= FILES_AT_ONCE:
            self.flush()

    def _has_other_text(self, document: Document) -> bool:
        """Whether the index holds less of it, or more."""
        with suppress(SourceNotFound):
            return self.index.store.document(document.source).text != document.text
        return False

    def _note(self, record: FileRecord) -> None:
        self.files.append(record)
        if len(self.files) >= FILES_AT_ONCE:
            self.flush()

    def _note_touched(self) -> None:
        self.index.touched.note(self.touched)
        self.touched = []

    def flush(self) -> None:
        """Embed and write what is waiting: passages, then the documents, then the files that are whole by that."""
        store = self.index.store
        known = {record.source: record for record in store.find([waiting.record.source for waiting in self.documents])}
        new = [w for w in self.documents if known.get(w.record.source) != w.record or w.is_read_anew]
        # Else passages of the same bytes would stay beside them. Killed here, the next run reads them once more.
        store.remove([w.record.source for w in new if w.is_read_anew or self._is_cut_anew(w, known)])
        self._embed([(chunk, waiting.record.key) for waiting in new for chunk in waiting.chunks])
        with store.changing():
            store.put_files(self.begun)
            store.put_documents([(waiting.document, waiting.record) for waiting in new])
            store.remove(sorted({*self.stale} - {waiting.record.source for waiting in self.documents}))
            store.put_files(self.files)
        self._note_touched()
        for waiting in self.documents:
            source, before = waiting.record.source, known.get(waiting.record.source)
            if waiting.before:
                self.moved.append(Moved(source, waiting.before))
            elif before == waiting.record and not waiting.is_read_anew:
                self.unchanged.append(source)
            else:
                was_there = before is not None and before.path == waiting.record.path
                (self.replaced if was_there else self.added).append(source)
        self.documents, self.files, self.begun, self.stale = [], [], [], []
        self.waiting = 0

    def _is_cut_anew(self, waiting: _Pending, known: dict[str, DocumentRecord]) -> bool:
        """Whether the passages of the same bytes are others than the index has, as another Footnote cut them."""
        before = known.get(waiting.record.source)
        if before is None or before.key != waiting.record.key:
            return False
        return {chunk.id for chunk in self.index.store.chunks(before.key)} != {chunk.id for chunk in waiting.chunks}

    def _embed(self, chunks: Sequence[tuple[Chunk, str]]) -> None:
        """Write passages with their vectors; each text is embedded only if no passage has the same one."""
        for first in range(0, len(chunks), EMBED_AT_ONCE):
            some = chunks[first : first + EMBED_AT_ONCE]
            hashes = [embedded_hash(chunk) for chunk, _ in some]
            vectors = self.index.store.vectors(list(dict.fromkeys(hashes)))
            texts = {h: embedded_text(c) for h, (c, _) in zip(hashes, some, strict=True) if h not in vectors}
            if texts:
                vectors |= dict(zip(texts, self.index.embeddings.embed_passages(list(texts.values())), strict=True))
            self.index.store.put_passages(some, np.stack([vectors[h] for h in hashes]))

    def report(self) -> SyncReport:
        return SyncReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            moved=tuple(self.moved),
            removed=tuple(self.removed),
            unchanged=tuple(self.unchanged),
            skipped=tuple(self.skipped),
        )
