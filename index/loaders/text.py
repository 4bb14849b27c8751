"""Plain text, Markdown and source code, in whatever encoding."""

import codecs
import re
from collections.abc import Iterator

from index.documents import Section
from index.errors import UnreadableDocument
from index.loaders.parsed import BETWEEN_LINES, Outline, Parsed, clean, one_line

# A longer first line is a paragraph.
_TITLE_LENGTH = 120
_TITLE_LINES = 3
# What Western European languages write in cp1252 beside ASCII, and combinations that none of them has.
# charset-normalizer needs a page to tell cp1252 from cp1250, so that short notes came out as "coűte".
_WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜŸ’‘“”„«»‹›–—…•€£§°©®™²³ºª¿¡·×½¼¾´\u00a0"
)
_NOT_WESTERN = re.compile("[À-ÿŒœŸ]{3}|[a-zà-ÿœ][À-ÞŒŸ]|õ(?!e)|(?<!m)³|[^\\W\\d_]¿")
# Encodings that files are really in. Among all that Python knows, charset-normalizer sees Japanese in KOI8-R.
_LEGACY = [
    *("cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_BOMS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def decode(data: bytes, declared: str = "") -> str:
    """Bytes as text.

    Args:
        data: Bytes in any encoding.
        declared: The encoding that they are said to be in, if any.

    Raises:
        UnreadableDocument: They are no text.
    """
    for text in _decodings(data, declared):
        if len(re.findall("[\x00-\x08\x0e-\x1f\x7f]", text)) * 20 <= len(text):
            return text
    raise UnreadableDocument("binary, or text in an unknown encoding")


def _decodings(data: bytes, declared: str) -> Iterator[str]:
    """Ways to read `data`, the most certain first."""
    wide = wide_encoding(data)
    for encoding in (bom_encoding(data), wide, "utf-8", declared):
        try:
            if encoding:
                yield data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    if wide or 0 in data:
        return
    # One bad byte, or an end cut off, does not make a long UTF-8 text another encoding.
    text = data.decode("utf-8", "replace")
    if sum(character > "\x7f" for character in text) > 10 * text.count("\ufffd"):
        yield text
    text = data.decode("cp1252", "replace")
    if _WESTERN.issuperset(re.findall("[^\x00-\x7f]", text)) and not _NOT_WESTERN.search(text):
        yield text
    from charset_normalizer import from_bytes

    match = from_bytes(data, cp_isolation=_LEGACY).best()
    if match:
        yield str(match)


def bom_encoding(data: bytes) -> str | None:
    """The encoding that the first bytes name."""
    return next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a byte-order mark: half of the bytes of ASCII are zero then."""
    zeros = (data[::2].count(0) / len(data), data[1::2].count(0) / len(data))
    return "utf-16-be" if zeros[0] > 0.15 > 10 * zeros[1] else "utf-16-le" if zeros[1] > 0.15 > 10 * zeros[0] else None


def is_plain_text(head: bytes) -> bool:
    """Whether a file that begins so is surely text: UTF-8, marked as Unicode, or nearly all ASCII."""
    if bom_encoding(head):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # it may end inside a character
    except UnicodeDecodeError:
        return sum(byte > 0x7F for byte in head) * 10 < len(head)
    return True


def load_text(data: bytes) -> Parsed:
    """Plain text; a first line that stands as a title is one."""
    text = clean(decode(data))
    return Parsed(headline(text), text)


def load_code(data: bytes) -> Parsed:
    """Source code, settings, logs: the text as it is, whose first line is no title."""
    return Parsed("", clean(decode(data)))


def headline(text: str) -> str:
    """What stands over the text as a title does: its first line, below one in capitals a few; else ""."""
    first, second, *_ = [*text.split("\n", 2), "", ""]
    is_alone = not second or set(second) <= {"="} or set(second) <= {"-"} or len(second) > 2 * _TITLE_LENGTH
    if is_alone:
        return first if _is_title(first) and text != first else ""
    head, _, below = text.partition("\n\n")
    lines = head.split("\n", _TITLE_LINES)
    is_head = first.isupper() and len(lines) <= _TITLE_LINES and all(map(_is_title, lines))
    title = BETWEEN_LINES.join(map(one_line, lines))
    return title if is_head and below and len(title) <= 2 * _TITLE_LENGTH else ""


def _is_title(line: str) -> bool:
    ends_as_sentence = line.rstrip("\"'”’»)").endswith((".", "!", ",", ";", ":", "…", "。", "！", "，", "।"))
    return len(line) <= _TITLE_LENGTH and not ends_as_sentence and any(map(str.isalpha, line))


_HEADING_LENGTH = 1000  # with its marks and links; looking for these in a longer one could take for ever
_FRONT_MATTER = re.compile(r"---\n(?=[\w-]+:)(.*?\n)(?:---|\.\.\.)(?:\n|$)", re.S)
_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.S | re.M)
_HEADING = re.compile(
    r"^ {0,3}(?:(?P<marks>#{1,6})[ \t]+(?P<words>\S.*?)[ \t]*#*"
    r"|(?P<underlined>[^\s>|*+-].*)\n {0,3}(?P<line>=+|-{2,}))$",
    re.M,
)


def load_markdown(data: bytes) -> Parsed:
    """Markdown as it is written, with its headings as sections."""
    text = clean(decode(data))
    title = ""
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :].lstrip("\n")
        named = re.search(r"^title:[ \t]*(.+)$", front[1], re.M)
        title = named[1].strip("\"' ") if named else ""
    headings = list(_markdown_headings(text))
    title = title or next((words for _, level, words in headings if level == 1), "") or headline(text)
    outline = Outline(title)
    sections = tuple(Section(at, path) for at, level, words in headings if (path := outline.path(level, words)))
    return Parsed(title, text, sections=sections)


def _markdown_headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Offset, level and words of each heading."""
    # In a fenced block, "# " begins a comment.
    shown = _FENCED.sub(lambda block: re.sub("[^\n]", " ", block[0]), text)
    for heading in _HEADING.finditer(shown):
        level = len(heading["marks"]) if heading["marks"] else 1 if heading["line"].startswith("=") else 2
        words = (heading["words"] or heading["underlined"])[:_HEADING_LENGTH]
        yield heading.start(), level, re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", r"\1", words)


def parts_of_text(blocks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Bytes of a text cut at ends of lines.

    Args:
        blocks: The bytes, in blocks of any length.
        limit: Length of the longest part in bytes. A longer line is cut between two of its characters in UTF-8.
    """
    waiting = b""
    for block in blocks:
        waiting += block
        while len(waiting) > limit:
            end = waiting.rfind(b"\n", 0, limit) + 1 or limit
            while end > limit - 4 and waiting[end] & 0xC0 == 0x80:  # inside a character
                end -= 1
            yield waiting[:end]
            waiting = waiting[end:]
    if waiting:
        yield waiting
