"""Make an index anew, beside the one that is there until it is whole."""

import os
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from index.chroma import is_server
from index.errors import SourceNotFound, StoreUnavailable
from index.files import INDEX_FILE, is_address, text_path
from index.search import Index
from index.syncing import Progress, SyncReport, sync


def rebuild(
    location: str | Path,
    embedding_model: str = "",
    paths: Iterable[str | Path] = (),
    *,
    progress: Progress | None = None,
    exclude: Sequence[str] | None = None,
    allow_private: bool = False,
) -> SyncReport:
    """Make an index anew from its documents; it may be damaged, of another model, or of an earlier Footnote.

    The index that is there answers until the new one takes its place. If this breaks off, nothing is changed.

    Args:
        location: A folder, or the address of a Chroma server.
        embedding_model: Hub id or folder of a sentence-transformers model; empty means the bundled one.
        paths: Files, folders and addresses; those that it was made from if there are none.
        progress: As for `sync`.
        exclude: As for `sync`.
        allow_private: As for `sync`.

    Raises:
        SourceNotFound: a path does not exist, a page can't be read, or the index does not say what it was made from.
        StoreUnavailable: someone else is writing to it, its server does not answer, or the disk is full.
    """
    named = list(paths)
    if named and not is_server(str(location)):
        _discard_unreadable(Path(location))
    index = Index.open(location, embedding_model, anew=True)
    try:
        roots = [] if named else index.store.roots()
        if not named and not roots:
            raise SourceNotFound(f"index {location} does not say what it was made from; give the paths")
        found: list[str | Path] = [root if is_address(root) else text_path(root) for root in roots]
        for path in found:
            if not _is_there(path):  # a disk that is away would empty the index
                raise SourceNotFound(
                    f"{path}, which the index was made from, is not there; give the paths to do without"
                )
        with index.store.writing():
            report = sync(named or found, index, progress=progress, exclude=exclude, allow_private=allow_private)
            for skipped in report.skipped:
                if skipped.source in roots:
                    raise SourceNotFound(f"{skipped.source}: {skipped.reason}; give the paths to do without")
            index.store.publish()
    finally:
        index.close()
    return report


def _is_there(path: str | Path) -> bool:
    return is_address(path) or os.path.lexists(path)


def _discard_unreadable(folder: Path) -> None:
    """Delete an index whose database can't be opened any more; what else is in its folder stays."""
    if not (folder / INDEX_FILE).is_file():
        return
    try:
        with closing(sqlite3.connect(folder / INDEX_FILE)) as database:
            database.execute("SELECT count(*) FROM collections").fetchone()
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"index {folder} can't be opened: {error}") from error
    except sqlite3.DatabaseError:
        for path in [*folder.glob(f"{INDEX_FILE}*"), *(path.parent for path in folder.glob("*/header.bin"))]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
