"""The command `footnote index`: sync an index, follow folders, list what is in it, remove from it, make it anew."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FootnoteError, SourceNotFound
from ui.terminal import Progress, interrupted, note, one_line

if TYPE_CHECKING:
    from index import Index, SyncReport
    from rag.settings import Settings

FINE, FAILED, INTERRUPTED = 0, 1, 130
SECONDS_BETWEEN_LOOKS = 1.0  # at Ctrl-C, and at a sync that failed, while a folder is followed
HEADINGS = ("DOCUMENT", "STATE", "PAGES", "PASSAGES", "LANGUAGE", "REASON")

OpenSettings = Callable[[], "Settings"]


def add_flags(parser: argparse.ArgumentParser, path: Callable[[str], str]) -> None:
    """The arguments of the command but for those that name the index; `path` reads one path."""
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="*", type=path, help="a file, a folder, or the address of a web page")
    add("--exclude", metavar="PATTERN", action="append", help="leave out of folders from now on, as in a .gitignore")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--watch", action="store_true", help="go on until Ctrl-C, and index what changes")
    instead.add_argument("--status", action="store_true", help="list the documents of the index, and what was skipped")
    instead.add_argument("--remove", action="store_true", help="take what came from PATH out of the index")
    instead.add_argument("--rebuild", action="store_true", help="make the index anew, from PATH or from what it has")
    add("--strict", action="store_true", help="exit with 1 if anything was skipped")
    add("--allow-private", action="store_true", help="let addresses lead to this machine and its own network")
    add("--json", action="store_true", help="print the report, or the status, as one JSON object")
    parser.set_defaults(wrong_usage=parser.error)


def run(args: argparse.Namespace, open_settings: OpenSettings) -> int:
    """Run the command and return its exit code."""
    if args.status and args.paths:
        args.wrong_usage("--status takes no PATH")
    if not args.paths and not (args.status or args.rebuild):
        args.wrong_usage("the following arguments are required: PATH")
    if args.watch and all(path.startswith(("http://", "https://")) for path in args.paths):
        args.wrong_usage("--watch follows files and folders, not addresses alone")
    settings = open_settings()
    if args.status:
        return _status(args, settings)
    if args.watch:
        return _watch(args, settings)
    if args.remove:
        report = _remove(args, settings)
    elif args.rebuild:
        report = _rebuild(args, settings)
    else:
        report = sync_paths(args.paths, settings, **_options(args))
    return _show(report, args)


def sync_paths(paths: Sequence[str], settings: "Settings", **options: Any) -> "SyncReport":
    """Bring the index up to date; what was left out is said on stderr.

    Args:
        paths: Files, folders and addresses.
        settings: Name the index.
        options: As for `index.sync`.
    """
    check_paths(paths)
    from index import Index, sync
    from rag.answering import remove_samples

    index = Index.open(settings.index_path, settings.embedding_model)
    with Progress("files to read: {}", unit="file") as progress:
        report = sync(paths, index, progress=progress, **options)
    if report.added:
        remove_samples(index, unless_in=paths)
    _say_skipped(report)
    return report


def check_paths(paths: Sequence[str]) -> None:
    """What is named has to be there.

    Raises:
        SourceNotFound: a path does not exist.
    """
    from index.files import is_address

    for path in paths:
        if not is_address(path) and not Path(path).exists():  # `sync` says the same, but not before there is an index
            raise SourceNotFound(f"no such file or folder: {path}")


def _options(args: argparse.Namespace) -> dict[str, Any]:
    return {"exclude": args.exclude, "allow_private": args.allow_private}


def _show(report: "SyncReport", args: argparse.Namespace) -> int:
    print(_as_json(asdict(report)) if args.json else report.summary(), flush=True)
    return FAILED if args.strict and report.skipped else FINE


def _say_skipped(report: "SyncReport") -> None:
    for skipped in report.skipped:
        note(f"skipped {skipped.source}: {skipped.reason}")


def check_index(location: str) -> None:
    """An index to read has to be there already: opening one that is not makes it.

    Raises:
        SourceNotFound: there is none.
    """
    from index.chroma import is_server
    from index.files import INDEX_FILE

    if not is_server(location) and not (Path(location) / INDEX_FILE).is_file():
        raise SourceNotFound(f"there is no index at {location}; make one with: footnote index PATH")


def _open_existing(settings: "Settings") -> "Index":
    from index import Index

    check_index(settings.index_path)
    return Index.open(settings.index_path, settings.embedding_model)


def _remove(args: argparse.Namespace, settings: "Settings") -> "SyncReport":
    from index.syncing import remove

    return remove(args.paths, _open_existing(settings))


def _rebuild(args: argparse.Namespace, settings: "Settings") -> "SyncReport":
    check_paths(args.paths)
    from index.rebuilding import rebuild

    with Progress("files to read: {}", unit="file") as progress:
        report = rebuild(settings.index_path, settings.embedding_model, args.paths, progress=progress, **_options(args))
    _say_skipped(report)
    return report


def _status(args: argparse.Namespace, settings: "Settings") -> int:
    rows = list(_rows(_open_existing(settings)))
    if args.json:
        print(_as_json({"index": settings.index_path, "documents": rows}))
    else:
        names = ("source", "state", "pages", "passages", "language", "reason")
        table = [HEADINGS, *(tuple(one_line(str(row[name] or "")) for name in names) for row in rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for line in table:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return FAILED if args.strict and any(row["reason"] for row in rows) else FINE


def _rows(index: "Index") -> Iterator[dict[str, Any]]:
    """One for each document, and one for each reason why something was skipped; by file."""
    records = {record.source: record for record in index.documents()}
    for file in index.store.files():
        for source in file.documents:
            if record := records.get(source):
                facts = {name: getattr(record, name) for name in ("title", "pages", "passages", "language")}
                yield {"source": source, "path": file.path, "state": "indexed", **facts, "reason": None}
        for skipped in file.skipped:
            facts = dict.fromkeys(("title", "pages", "passages", "language"))
            yield {
                "source": skipped.source, "path": file.path, "state": "skipped", **facts, "reason": skipped.reason
            }  # fmt: skip


def _watch(args: argparse.Namespace, settings: "Settings") -> int:
    """Sync, and again after each change, until Ctrl-C. What goes wrong is said, and tried again."""
    check_paths(args.paths)
    from watchfiles import watch

    from index import Index, SyncReport, sync
    from index.files import HIDDEN, is_address
    from rag.answering import remove_samples

    index = Index.open(settings.index_path, settings.embedding_model)
    home = Path(settings.index_path).resolve()
    places = {path: Path(path).resolve() for path in args.paths if not is_address(path)}
    named = list(places.values())
    # A file that is replaced is another one: what is followed is its folder, and nothing below that.
    folders = {path for path in named if path.is_dir()}
    beside = {path.parent for path in named} - folders if len(folders) < len(named) else set[Path]()
    stopped = interrupted()

    def concerns(_: Any, changed: str) -> bool:
        path = Path(changed)
        below = [path.relative_to(root) for root in named if path.is_relative_to(root)]
        is_hidden = all(any(part.startswith(HIDDEN) for part in relative.parts) for relative in below)
        return bool(below) and not is_hidden and not path.is_relative_to(home)

    def is_there() -> bool:
        return all(path.exists() for path in (*folders, *beside))

    def followed() -> list[int]:
        """Which folders they are: one that went away and came back is another one, to be followed anew."""
        return [path.stat().st_ino if path.exists() else 0 for path in (*folders, *beside)]

    def progress(*_: object) -> None:
        if stopped.is_set():  # a sync may take long; what it has written is kept
            raise KeyboardInterrupt

    def sync_once() -> SyncReport | None:
        try:
            # A folder that is gone may be on a disk that is away; a file that is gone from its folder was deleted.
            gone = [p for p, at in places.items() if at not in folders and not at.exists() and at.parent.exists()]
            removed = [name for path in gone for name in _removed(places[path], index)]
            report = sync([path for path in args.paths if path not in gone], index, progress=progress, **_options(args))
            report = replace(report, removed=(*removed, *report.removed))
            if report.added:
                remove_samples(index, unless_in=args.paths)
        except FootnoteError as error:
            note(str(error))
            return None
        return report

    last: SyncReport | None = None
    while not stopped.is_set():
        # Followed before the first sync, so that no change falls between the two.
        before = followed()
        looks = [
            watch(
                *paths,
                watch_filter=concerns,
                stop_event=stopped,
                rust_timeout=int(SECONDS_BETWEEN_LOOKS * 500),
                yield_on_timeout=True,
                recursive=paths is folders,
                ignore_permission_denied=True,
            )
            for paths in (folders, beside)
            if paths
        ]
        for changes in zip(*looks, strict=False):
            # A folder that goes away as a whole may not be a change.
            if last is not None and followed() == before and not any(changes):
                continue
            report = sync_once()
            if report and (last is None or report.skipped != last.skipped or _has_changed(report)):
                for skipped in report.skipped:
                    if last is None or skipped not in last.skipped:
                        note(f"skipped {skipped.source}: {skipped.reason}")
                _show(report, args)
            last = report
            if report is None or (is_there() and followed() != before):
                break
        while not stopped.wait(SECONDS_BETWEEN_LOOKS) and not is_there():
            pass
        last = None
    return INTERRUPTED


def _removed(path: Path, index: "Index") -> tuple[str, ...]:
    """Names of the documents that came from a file, which are removed; none if there are none."""
    from index.syncing import remove

    with suppress(SourceNotFound):
        return remove([path], index).removed
    return ()


def _has_changed(report: "SyncReport") -> bool:
    return any((report.added, report.replaced, report.moved, report.removed))


def _as_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
