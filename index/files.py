"""Files below the paths that were named, and what they are called in an index."""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from errno import EACCES
from pathlib import Path

from pathspec import GitIgnoreSpec

from index.documents import Skipped
from index.errors import SourceNotFound
from index.records import UNKNOWN_SIZE

# What makes a folder an index: its files are no documents.
INDEX_FILE = "chroma.sqlite3"
HIDDEN = (".", "~$")  # what names of hidden files begin with, and of those by which Word says that one is open
# Nanoseconds. Two changes within the tick of a file system's clock have one time; the longest ticks are of two seconds.
MOMENT = 2 * 10**9


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found, or an address.

    Attributes:
        location: Where it is; a text if it is an address.
        path: How that is written in records.
        root: The folder that was named to find it; the file itself, or the address, if that was named.
        size: Bytes; `UNKNOWN_SIZE` for an address and for what can't be looked at.
        modified: Modification time, in nanoseconds since the epoch.
        changed: Time of the last change of its content, its name or its rights, which no program can set, in
            nanoseconds since the epoch; 0 if that was a moment ago, so that another change may have the same time.
    """

    location: Path | str
    path: str
    root: str
    size: int = UNKNOWN_SIZE
    modified: int = 0
    changed: int = 0

    @property
    def times(self) -> tuple[int, int, int]:
        """Its size and times, as in its record."""
        return self.size, self.modified, self.changed

    def name(self, taken: "Names") -> str:
        """Path below the folder that was named; with that folder's name in front where another file has the name."""
        if isinstance(self.location, str):
            return self.location
        folder = os.path.dirname(self.root) if self.root == self.path else self.root  # noqa: PTH120  # may be escaped
        parents = [part for part in folder.split("/") if part]
        name = self.path[len(folder.rstrip("/")) + 1 :]
        while not taken.is_free(name) and parents:
            name = f"{parents.pop()}/{name}"
        return name

    def sha256(self) -> str:
        """Hash of its bytes, hexadecimal; empty if they can't be read."""
        location = Path(self.location)
        try:
            if not location.is_file():  # reading a pipe would wait for ever
                return ""
            with location.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""


@dataclass(frozen=True)
class Found:
    """What is below the paths that were named.

    Attributes:
        files: Every file once, in order of its path below each path that was named.
        skipped: Folders that are passed over, and why.
        unlisted: Those of them that can't be listed: what was in them may be there all the same.
    """

    files: list[File] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)


class Names:
    """Names of files that are taken, and with them those that members of an archive of that name would have.

    A name that was given stays with its file as long as the file is there, since footnotes and conversations have it.
    So of two files of one name, the one that came first has it without a folder in front.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._folders: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        self._names.add(name)
        self._folders |= _above(name)

    def is_free(self, name: str) -> bool:
        is_taken = name in self._names or name in self._folders
        return not is_taken and self._names.isdisjoint(_above(name))


def is_address(path: str | Path) -> bool:
    """Whether this names a page on the web, not a file."""
    return isinstance(path, str) and path.lower().startswith(("http://", "https://"))


def root_of(path: str | Path) -> str:
    """How a path that was named is written in records.

    Raises:
        SourceNotFound: it does not exist.
    """
    if is_address(path):
        return str(path)
    if not os.path.lexists(path):
        raise SourceNotFound(f"no such file or folder: {path}")
    return path_text(_resolved(Path(path)))


def find(paths: Iterable[tuple[str | Path, Sequence[str]]], home: str = "") -> Found:
    """What is below paths.

    Args:
        paths: Files, folders and addresses, each with patterns as in a .gitignore for what to leave out of it. In
            folders, hidden files and folders are left out.
        home: The folder of the index itself, which is passed over without a word.

    Raises:
        SourceNotFound: a path does not exist.
    """
    files: dict[str, File] = {}
    found = Found()
    for path, exclude in paths:
        root = root_of(path)
        if is_address(path):
            files.setdefault(root, File(str(path), str(path), root))
            continue
        location = _resolved(Path(path))
        for below in _walk(location, exclude, home, found) if location.is_dir() else [location]:
            file = _looked_at(below, root)
            files.setdefault(file.path, file)
    found.files.extend(files.values())
    return found


def is_below(path: str, roots: Iterable[str]) -> bool:
    """Whether a path in a record is one of `roots` or in one of them."""
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def path_text(path: Path) -> str:
    r"""A path as text; bytes that are not UTF-8 are shown as `\xff`, and a name that holds such a text as `\x5cxff`."""
    raw = re.sub(rb"\\(?=x[0-9a-f]{2})", rb"\\x5c", os.fsencode(path))
    return raw.decode("utf-8", "backslashreplace").replace(os.sep, "/")


def text_path(text: str) -> Path:
    """The path that `path_text` shows."""
    parts = re.split(r"\\x([0-9a-f]{2})", text)
    raw = b"".join(bytes.fromhex(part) if i % 2 else part.encode() for i, part in enumerate(parts))
    return Path(os.fsdecode(raw))


def _above(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return path.absolute()


def _looked_at(location: Path, root: str) -> File:
    path = path_text(location)
    try:
        stat = location.stat()
    except OSError:
        return File(location, path, root)
    is_settled = time.time_ns() - stat.st_ctime_ns > MOMENT
    return File(location, path, root, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns if is_settled else 0)


def _walk(folder: Path, exclude: Sequence[str], home: str, found: Found) -> list[Path]:
    """Files below a folder that are not hidden. Links to folders are only named: they can lead in circles."""
    spec = GitIgnoreSpec.from_lines(exclude)

    def fail(error: OSError) -> None:
        reason = (error.strerror or "unknown error").lower()
        found.unlisted.append(path_text(Path(error.filename or folder)))
        found.skipped.append(Skipped(found.unlisted[-1], f"cannot be read: {reason}"))

    below: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=fail):
        if not os.access(parent, os.X_OK):  # it can be listed, but nothing in it can be looked at
            fail(PermissionError(EACCES, os.strerror(EACCES), parent))
            folders.clear()
            continue
        if INDEX_FILE in files:
            folders.clear()
            if (name := path_text(Path(parent))) != home:
                found.skipped.append(Skipped(name, f"a folder of a database, not of documents: {INDEX_FILE} is in it"))
            continue
        above = os.path.relpath(parent, folder)
        before = "" if above == "." else f"{above}/".replace(os.sep, "/")
        folders[:] = [n for n in folders if not n.startswith(HIDDEN) and not spec.match_file(f"{before}{n}/")]
        links = sorted(path_text(path) for n in folders if (path := Path(parent, n)).is_symlink())
        found.skipped.extend(
            Skipped(link, "a link to a folder: give its path to index what is in it") for link in links
        )
        below += [Path(parent, n) for n in files if not n.startswith(HIDDEN) and not spec.match_file(f"{before}{n}")]
    return sorted(below)
