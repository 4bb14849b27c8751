"""Damage to files: what disks, networks and other people's programs do to them, and what attackers would."""

import random
import zipfile
import zlib
from io import BytesIO

_AWKWARD = (b"\0", b"\xff" * 8, b"<" * 200, b"{" * 200, b"(" * 200, b"\r", b"%n%s", b"&a;" * 40, b"-1", b"9" * 30)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Another version of a file; half of the zip archives are damaged inside, so that the archive itself is whole."""
    if data.startswith(b"PK\x03\x04") and chance.random() < 0.5:
        return _damaged_inside(data, chance)
    return _damaged_bytes(data, chance)


def _damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 30))):
        at = chance.randrange(len(content) + 1)
        length = chance.choice((1, 4, 50, 2000))
        piece = bytes(content[at : at + length])
        kind = chance.randrange(7)
        if kind == 0:
            content[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del content[at : at + length]
        elif kind == 2:
            content[at:at] = piece * chance.choice((1, 20))
        elif kind == 3:
            content[at:at] = chance.choice(_AWKWARD)
        elif kind == 4 and len(content) > 1:
            del content[at:]
        elif kind == 5:
            content[at : at + length] = bytes(length)
        else:
            content[at : at + length] = chance.randbytes(length)
    return bytes(content)


def _damaged_inside(data: bytes, chance: random.Random) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as copy:
        victim = chance.choice(archive.infolist())
        for entry in archive.infolist():
            try:
                content = archive.read(entry)
            except (zipfile.BadZipFile, zlib.error):
                continue
            copy.writestr(entry.filename, _damaged_bytes(content, chance) if entry is victim else content)
    return buffer.getvalue()
