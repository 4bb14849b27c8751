"""Mail: one message with its attachments, or a box of many."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from mimetypes import guess_extension
from typing import cast

from index.loaders.parsed import Outline, Parsed, Part, assemble, one_line
from index.loaders.text import decode
from index.loaders.web import block_text, decode_markup, html_tree, parts_by_heading

# Other lines that begin so are part of a message, if the program that wrote the box was careless.
_SEPARATOR = re.compile(rb"From \S+ .*\d:\d\d.*\d{4}\s*$")
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def load_message(data: bytes) -> Parsed:
    """The headers that matter and the body, the plain one where there are two. Attachments are `attachments`."""
    message = _parse(data)
    lines = [f"{name}: {value}" for name in _HEADERS if (value := one_line(_header(message, name)))]
    body = message.get_body(("plain", "html"))
    parts = [Part("\n".join(lines))]
    if body is not None and body.get_content_subtype() == "html":
        _, tree = html_tree(decode_markup(_payload(body)))
        parts += parts_by_heading(*block_text(tree), Outline(""))
    elif body is not None or not message.is_multipart():
        part = body or message  # which may say that it has parts, and have none
        parts.append(Part(_text(part)))
    return assemble(_header(message, "Subject"), parts)


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each attachment; pictures that stand in the text are none."""
    seen = set[str]()
    for number, part in enumerate(_parse(data).iter_attachments(), 1):
        if part.get_content_disposition() != "attachment" and part.get_content_maintype() == "image":
            continue
        if part.get_content_type() == "message/rfc822":
            name = f"{part.get_filename() or f'message-{number}'}.eml"
            content = bytes(cast(EmailMessage, part.get_payload(0)))
        else:
            name = part.get_filename() or f"attachment-{number}{guess_extension(part.get_content_type()) or ''}"
            content = _payload(part)
        name = name.replace("/", "_")
        yield f"{number}-{name}" if name in seen else name, content
        seen.add(name)


def messages(lines: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The messages of an mbox, which each begin with a line `From `, one after another.

    Args:
        lines: The lines of the box.
        limit: Of a longer message only so many bytes are read.
    """
    message, length, after_blank = list[bytes](), 0, True
    for line in lines:
        if after_blank and _SEPARATOR.match(line):
            if message:
                yield b"".join(message)
            message, length = [], 0
        elif length <= limit:
            # A line of the body that begins so was quoted by the program that wrote the box.
            message.append(line[1:] if line.lstrip(b">").startswith(b"From ") and line.startswith(b">") else line)
            length += len(line)
        after_blank = not line.strip()
    if message:
        yield b"".join(message)


def is_box(head: bytes) -> bool:
    """Whether a file that begins so is an mbox, whatever its name."""
    return _SEPARATOR.match(head.partition(b"\n")[0]) is not None


def _parse(data: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(data)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except Exception:  # the standard library's parser of headers has more than one bug
        return ""


def _payload(part: MIMEPart) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: MIMEPart) -> str:
    data = _payload(part)
    with suppress(UnicodeError, LookupError):
        return data.decode(part.get_content_charset("utf-8"))
    return decode(data)
