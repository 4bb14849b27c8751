"""Chroma's files of vectors: whether they are as they were left, and what can be saved if they are not.

Chroma writes them in place and loads whatever it finds: from files that a killed process or a power cut left half
written, it answers wrong or crashes. So after each change they are sealed: written through to the disk, and noted with
their hashes and with how far Chroma counts on them. What differs from its seal is not loaded.

Chroma's database needs no seal: SQLite keeps a rollback journal, and writes it through to the disk before it changes
the database, so a power cut leaves what was there before a transaction or after it. But the database may then be ahead
of the files, which Chroma does not write through.
"""

import hashlib
import json
import os
import pickle
import shutil
import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEAL = "seal.json"
LABELS = "index_metadata.pickle"
FILES = ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin", LABELS)
# The labels are written last and in place, so a copy is what tells whose vectors are in the other files.
COPY = "labels.pickle"
WRITTEN = "written"  # in the seal, beside the names of files
ASIDE = ".damaged"
# Version; offset, capacity, elements; bytes of an element, and where in it its label and its vector are.
HEADER = struct.Struct("<i6Q")
TOLERANCE = 1e-3  # of a unit vector's length


class Segment(NamedTuple):
    """The vectors of one collection.

    Attributes:
        folder: Where its files are.
        written: Number of the last change that Chroma counts on the files for; 0 as long as all vectors are in its
            database.
    """

    folder: Path
    written: int


def segments(index: Path, collections: Iterable[str]) -> list[Segment]:
    """The segments of collections, by name, in their order; a collection that is not there has none."""
    query = """SELECT segments.id, coalesce(max_seq_id.seq_id, 0) FROM collections
        JOIN segments ON segments.collection = collections.id AND segments.scope = 'VECTOR'
        LEFT JOIN max_seq_id ON max_seq_id.segment_id = segments.id WHERE collections.name = ?"""
    with closing(sqlite3.connect(index / "chroma.sqlite3")) as database:
        rows = [row for name in collections for row in database.execute(query, [name])]
    return [Segment(index / name, written) for name, written in rows]


def is_damaged(segment: Segment) -> bool:
    """Whether its files are other than they were sealed. What Chroma does not count on yet is no damage."""
    if not segment.written:
        return False
    sealed = _read_seal(segment.folder.parent).get(segment.folder.name, {})
    is_behind = not sealed or sealed.get(WRITTEN, segment.written) != segment.written  # earlier seals do not say
    return is_behind or any(not _matches(segment.folder / name, sealed.get(name)) for name in FILES)


def clear_unfinished(segment: Segment) -> None:
    """Delete files that a killed process was writing for the first time. All their vectors are in the database."""
    if not segment.written and (segment.folder / LABELS).exists():
        shutil.rmtree(segment.folder, ignore_errors=True)


def seal(index: Path, whole: Iterable[Segment]) -> None:
    """Write the files of segments through to the disk, and note what they are now.

    Raises:
        OSError: the disk is full, or what Chroma wrote is not whole.
    """
    before = _read_seal(index)
    now = {name: files for name, files in before.items() if (index / name).is_dir()}
    for segment in whole:
        if segment.written:
            sealed = before.get(segment.folder.name, {})
            if any(not _matches(segment.folder / name, sealed.get(name), trust_time=True) for name in FILES):
                sealed = _sealed(segment.folder)
            now[segment.folder.name] = sealed | {WRITTEN: segment.written}
    if now != before:
        partial = index / f"{SEAL}.partial"
        with partial.open("w", encoding="utf-8") as file:
            json.dump(now, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(index / SEAL)
        _sync_folder(index)


def discard(segment: Segment) -> None:
    """Put damaged files out of Chroma's way, so that it begins with none; `salvage` still finds them."""
    aside = segment.folder.with_name(segment.folder.name + ASIDE)
    if segment.folder.is_dir() and not aside.exists():
        segment.folder.rename(aside)
    shutil.rmtree(segment.folder, ignore_errors=True)


def forget(segment: Segment) -> None:
    """Delete what `discard` put aside."""
    shutil.rmtree(segment.folder.with_name(segment.folder.name + ASIDE), ignore_errors=True)


def salvage(segment: Segment) -> "dict[str, NDArray[np.float32]]":
    """The vectors that are whole in a damaged segment, by the ids of their passages."""
    aside = segment.folder.with_name(segment.folder.name + ASIDE)
    folder = aside if aside.is_dir() else segment.folder
    try:
        header = (folder / "header.bin").read_bytes()
        _, _, _, elements, stride, label_at, vector_at = HEADER.unpack_from(header)
        data = (folder / "data_level0.bin").read_bytes()
        count = min(elements, len(data) // stride)
        rows = np.frombuffer(data, np.uint8, count * stride).reshape(count, stride)
        labels = np.ascontiguousarray(rows[:, label_at : label_at + 8]).view(np.uint64).ravel()
        vectors = np.ascontiguousarray(rows[:, vector_at:label_at]).view(np.float32)
    except (OSError, struct.error, ValueError, ZeroDivisionError):
        return {}
    ids = _labels(folder / LABELS) or _labels(folder / COPY) or {}
    is_whole = np.abs(np.linalg.norm(vectors, axis=1) - 1) < TOLERANCE
    return {ids[label]: vectors[row] for row, label in enumerate(labels.tolist()) if is_whole[row] and label in ids}


def _sealed(folder: Path) -> dict[str, Any]:
    found = {}
    for name in FILES:
        with (folder / name).open("rb+") as file:
            os.fsync(file.fileno())
            stat = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found[name] = [stat.st_size, stat.st_mtime_ns, digest]
    _, _, _, elements, stride, _, _ = HEADER.unpack_from((folder / "header.bin").read_bytes())
    if found["data_level0.bin"][0] < elements * stride or _labels(folder / LABELS) is None:
        raise OSError(f"{folder.name} is not written whole: is the disk full?")
    with (folder / LABELS).open("rb") as file, (folder / COPY).open("wb") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        os.fsync(copy.fileno())
    _sync_folder(folder)
    return found


def _matches(path: Path, sealed: list[Any] | None, *, trust_time: bool = False) -> bool:
    """Whether a file is as sealed. A power cut may keep its time and lose its bytes, so time alone is not trusted."""
    try:
        stat = path.stat()
        if not sealed or stat.st_size != sealed[0]:
            return False
        if trust_time:
            return bool(stat.st_mtime_ns == sealed[1])
        with path.open("rb") as file:
            return bool(hashlib.file_digest(file, "sha256").hexdigest() == sealed[2])
    except OSError:
        return False


def _read_seal(index: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads((index / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class _Plain(pickle.Unpickler):
    """Reads numbers, texts and dictionaries, and refuses the rest: a pickle could run anything."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name}")


def _labels(path: Path) -> dict[int, str] | None:
    try:
        with path.open("rb") as file:
            found: dict[int, str] = _Plain(file).load()["label_to_id"]
    except Exception:  # a cut pickle raises whatever its bytes happen to mean
        return None
    return found


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
