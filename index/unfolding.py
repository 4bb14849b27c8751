"""A file as the pieces that become one document each.

They are the file itself, or the members of an archive, a message and its attachments, the messages of a box, the parts
of a text that is too long for one document. What a piece is, its content says before its name does.
"""

import codecs
import logging
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from index.errors import UnreadableDocument
from index.loaders.archive import Budget, members
from index.loaders.mail import attachments, is_box, messages
from index.loaders.text import bom_encoding, is_plain_text, parts_of_text, wide_encoding

_log = logging.getLogger(__name__)
# A longer text becomes several documents, so that neither reading nor indexing takes more memory for a longer file.
PART_BYTES = 8 * 2**20
# Other types are read whole, and what they hold takes many times their size.
WHOLE_BYTES = 256 * 2**20
# How deep archives and messages may lie in one another.
_DEPTH = 4
_BLOCK = 2**20

# Kept as they are.
CODE = frozenset(
    (
        *(".py", ".js", ".mjs", ".ts", ".jsx", ".tsx", ".java", ".kt", ".scala", ".c", ".h", ".cpp", ".hpp", ".cc"),
        *(".cs", ".go", ".rs", ".rb", ".php", ".pl", ".lua", ".swift", ".r", ".jl"),
        *(".sh", ".bash", ".ps1", ".bat", ".sql", ".css", ".scss", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"),
        *(".xml", ".svg"),
        *(".tex", ".bib", ".rst", ".org", ".log", ".diff", ".patch", ".srt", ".vtt", ".ics", ".vcf"),
    )
)
_TABLES = frozenset({".csv", ".tsv"})
# Cut at ends of lines, however long they are.
_STREAMED = CODE | _TABLES | {".txt", ".text", ".md", ".markdown", ".jsonl", ".ndjson"}
CONTAINERS = frozenset({".zip", ".mbox"})
_ZIPPED = frozenset({".docx", ".pptx", ".xlsx", ".epub", ".odt", ".ods", ".odp"})
_OTHER = frozenset({".html", ".htm", ".xhtml", ".pdf", ".rtf", ".json", ".eml"})
KNOWN = _STREAMED | CONTAINERS | _ZIPPED | _OTHER
_NO_PROSE = (b"%!PS", b"solid ", b"-----BEGIN ")  # PostScript, a body in STL, a key: texts that nobody reads
_OLD_OFFICE = frozenset({".doc", ".xls", ".ppt"})
_BY_MEMBER = {"word/document.xml": ".docx", "ppt/presentation.xml": ".pptx", "xl/workbook.xml": ".xlsx"}
_BY_MEDIA_TYPE = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}


@dataclass(frozen=True)
class Piece:
    """What becomes one document.

    Attributes:
        source: Its name in the index.
        title: Its title if it names none itself.
        suffix: Its type, as the suffix that files of this type have.
        data: Its bytes, or the reason why there are none.
    """

    source: str
    title: str
    suffix: str
    data: bytes | UnreadableDocument


def unfold(path: Path, source: str) -> Iterator[Piece]:
    """The pieces of a file, read one after another; at least one, whose `data` says why if there are none."""
    piece = Piece(source, PurePosixPath(source).stem, path.suffix.lower(), b"")
    try:
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            yield replace(piece, data=UnreadableDocument("not a file"))
            return
        with path.open("rb") as file:
            yield from _guarded(file, piece, Budget(), _DEPTH)
    except OSError as error:
        yield replace(piece, data=UnreadableDocument(f"cannot be read: {(error.strerror or 'unknown error').lower()}"))
    except ValueError:  # a NUL in the path
        yield replace(piece, data=UnreadableDocument("cannot be read: no file can have this name"))


def unfold_bytes(data: bytes, source: str, title: str, suffix: str) -> Iterator[Piece]:
    """The same for bytes that are in memory."""
    return _guarded(BytesIO(data), Piece(source, title, suffix, b""), Budget(), _DEPTH)


def _guarded(file: BinaryIO, piece: Piece, budget: Budget, depth: int) -> Iterator[Piece]:
    """What `_unfold` gives, and the reason where it can't go on. All that holds others ends here."""
    count = 0
    try:
        for found in _unfold(file, piece, budget, depth):
            count += 1
            yield found
    except UnreadableDocument as error:
        yield replace(piece, data=error)
    except OSError:
        raise
    except MemoryError:
        yield replace(piece, data=UnreadableDocument("can't be unpacked: it takes too much memory"))
    except Exception:  # a damaged container can raise anything
        _log.debug("%s can't be unfolded", piece.source, exc_info=True)
        yield replace(piece, data=UnreadableDocument("can't be parsed: damaged, or not what its name says"))
    else:
        if not count:
            yield replace(piece, data=UnreadableDocument("nothing in it that can be read"))


def _unfold(file: BinaryIO, piece: Piece, budget: Budget, depth: int) -> Iterator[Piece]:
    head = file.read(_BLOCK)
    if not head:
        raise UnreadableDocument("empty file")
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    piece = replace(piece, suffix=_type(file, head, piece.suffix))
    file.seek(0)
    if piece.suffix in CONTAINERS and not depth:
        raise UnreadableDocument("archives and messages in one another, too deep to go on")
    if piece.suffix == ".zip":
        for name, data in members(file, budget):
            yield from _inside(piece, name, PurePosixPath(name).suffix, data, budget, depth)
    elif piece.suffix == ".mbox":
        for number, message in enumerate(messages(_lines(file), WHOLE_BYTES), 1):
            yield from _inside(piece, str(number), ".eml", message, budget, depth)
    elif piece.suffix in _STREAMED and size > PART_BYTES:
        yield from _parts(file, head, piece)
    elif size > WHOLE_BYTES:
        raise UnreadableDocument(f"larger than {WHOLE_BYTES // 2**20} MiB")
    else:
        content = file.read()
        yield replace(piece, data=content)
        if piece.suffix == ".eml" and depth:
            for name, data in attachments(content):
                yield from _inside(piece, name, PurePosixPath(name).suffix, data, budget, depth)


def _inside(
    holder: Piece, name: str, suffix: str, data: bytes | UnreadableDocument, budget: Budget, depth: int
) -> Iterator[Piece]:
    """The pieces of something that a container holds."""
    piece = Piece(f"{holder.source}/{name}", PurePosixPath(name).stem, suffix.lower(), data)
    if isinstance(data, UnreadableDocument):
        yield piece
    else:
        yield from _guarded(BytesIO(data), piece, budget, depth - 1)


def _type(file: BinaryIO, head: bytes, suffix: str) -> str:
    """The suffix of the type that a file is of, by its content where that proves it.

    Raises:
        UnreadableDocument: There is no loader for it.
    """
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"{\\rtf"):
        return ".rtf"
    if head.startswith(b"\xd0\xcf\x11\xe0") and suffix in _OLD_OFFICE | CODE | _STREAMED:
        return ".docx"  # whose loader says what is the matter with it
    if head.startswith(b"PK\x03\x04") and (found := _zip_type(file, head, suffix)):
        return found
    if suffix in KNOWN:
        return suffix
    if suffix and (head.startswith(_NO_PROSE) or not is_plain_text(head)):
        raise UnreadableDocument(f"unknown type {suffix}")
    if head[:1000].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return ".html"
    if is_box(head):
        return ".mbox"
    return ".json" if head.lstrip().startswith((b"{", b"[")) else ".txt"


def _zip_type(file: BinaryIO, head: bytes, suffix: str) -> str:
    """What a zip archive is; "" if it may be of a type that is not known."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            media_type = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except Exception:  # damaged: the beginning may still tell
        names = {name for name in _BY_MEMBER if name.encode() in head}
        media_type = head[38:138] if head[30:38] == b"mimetype" else b""
    for member, kind in _BY_MEMBER.items():
        if member in names:
            return kind
    for name, kind in _BY_MEDIA_TYPE.items():
        if media_type.strip() == name or media_type.startswith(name + b"PK"):
            return kind
    return ".zip" if not suffix or suffix in KNOWN - _ZIPPED else ""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of a file; one that is very long comes in pieces."""
    return iter(lambda: file.readline(_BLOCK), b"")


def _parts(file: BinaryIO, head: bytes, piece: Piece) -> Iterator[Piece]:
    """A long text as several documents; in a table, each begins with the line that names the columns."""
    blocks = iter(lambda: file.read(_BLOCK), b"")
    if wide := bom_encoding(head) or wide_encoding(head):
        decoded = codecs.iterdecode(blocks, wide, "replace")
        blocks = (text.encode("utf-8", "replace") for text in decoded)
    header = b""
    for number, part in enumerate(parts_of_text(blocks, PART_BYTES), 1):
        yield replace(
            piece,
            source=f"{piece.source}/part-{number:04}",
            title=f"{piece.title}, part {number}",
            data=header + part,
        )
        if number == 1 and piece.suffix in _TABLES:
            header = part[: part.find(b"\n", 0, _BLOCK) + 1]
