"""Zip archives: their members, as long as they unpack to a sane size."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from index.errors import UnreadableDocument

# What is beyond these was made to fill a disk or a memory.
MEMBERS = 10_000
UNPACKED_BYTES = 2**30
MEMBER_BYTES = 2**28
# Text packs to a tenth, a table of zeros to a hundredth; only a bomb is far beyond.
_RATIO = 500
_SUSPICIOUS_BYTES = 2**24


@dataclass
class Budget:
    """What may still be unpacked from one file, with all archives inside it."""

    members: int = MEMBERS
    size: int = UNPACKED_BYTES


def members(file: BinaryIO, budget: Budget) -> Iterator[tuple[str, bytes | UnreadableDocument]]:
    """Name and bytes of each member, or why it can't be read. Hidden ones are left out, as in folders.

    Raises:
        UnreadableDocument: It is no archive, or one that unpacks to more than 1 GiB or 10,000 members; what comes
            before is read.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableDocument("not a zip archive, or a damaged one") from error
    seen = set[str]()
    with archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            budget.members -= 1
            if budget.members < 0:
                raise UnreadableDocument(f"more than {MEMBERS:,} files in it: the rest is not read")
            name = _name(entry.filename)
            if not name:
                continue
            if name in seen:
                yield name, UnreadableDocument("another member has this name")
                continue
            seen.add(name)
            found = _read(archive, entry)
            budget.size -= len(found) if isinstance(found, bytes) else 0
            if budget.size < 0:
                raise UnreadableDocument("unpacks to more than 1 GiB: the rest is not read")
            yield name, found


def _name(path: str) -> str:
    """A member's path as part of a name, which leads nowhere out of the archive; "" if it is hidden."""
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("/", "..")]
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return "" if is_hidden else "/".join(parts)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | UnreadableDocument:
    if entry.flag_bits & 1:
        return UnreadableDocument("encrypted: save it without a password")
    try:
        with archive.open(entry) as member:
            data = member.read(MEMBER_BYTES + 1)  # the size that the archive states may be a lie
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        return UnreadableDocument("damaged in the archive")
    except (NotImplementedError, RuntimeError):
        return UnreadableDocument("packed in a way that is not known")
    if len(data) > MEMBER_BYTES:
        return UnreadableDocument("unpacks to more than 256 MiB")
    if len(data) > _SUSPICIOUS_BYTES and len(data) > _RATIO * max(entry.compress_size, 1):
        return UnreadableDocument(f"a zip bomb: it unpacks to more than {_RATIO} times its size")
    return data
