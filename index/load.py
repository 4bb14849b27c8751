"""A file as a Document: text by type of file, and one clear reason where there is none.

To add a type of file, write a loader (bytes in, `_Parsed` out) and name it in `_LOADERS` at the end.
"""

import hashlib
import logging
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from index.documents import Document
from index.errors import UnreadableDocument
from index.language import detect_language
from index.pdf import read_pdf

# They report every oddity of a file; what matters to the user comes as the reason of UnreadableDocument.
for _library in ("trafilatura", "htmldate", "justext", "pypdfium2", "charset_normalizer"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

# A longer first line is a paragraph.
_TITLE_LENGTH = 120
# The beginning says which language a document is in; fewer letters are a name or a number in any language.
_LANGUAGE_SAMPLE = 2000
_LANGUAGE_LETTERS = 20
# What a .docx may unpack to: far beyond a real one, and still less than the memory of a small machine.
_UNPACKED_BYTES = 2**29


class _Parsed(NamedTuple):
    """What a loader found: a title ("" if there is none), clean text, and where its pages start."""

    title: str
    text: str
    page_starts: tuple[int, ...] = ()


def load(path: Path, source: str | None = None) -> Document:
    r"""Read one file.

    Args:
        path: A file whose suffix is one of `SUFFIXES`.
        source: The document's name in the index; the file's own name by default.

    Returns:
        The document. Its text has "\n" for newlines, is in Unicode's form NFC, has no invisible characters
        that would keep a quote from being found, and no white space at the end of a line.

    Raises:
        UnreadableDocument: The file gives no text. Whatever it holds, no other exception is raised.
    """
    suffix = path.suffix.lower()
    if suffix not in _LOADERS:
        raise UnreadableDocument(f"unknown type {suffix}" if suffix else "unknown type: its name has no suffix")
    data = _read(path)
    try:
        parsed = _LOADERS[_suffix_by_content(data) or suffix](data)
    except UnreadableDocument:
        raise
    except Exception as error:  # a damaged file can raise anything in a parser
        message = " ".join(str(error).split())[:200]
        raise UnreadableDocument(f"can't be parsed ({type(error).__name__}: {message})") from error
    if not parsed.text.strip():
        raise UnreadableDocument("no text in it")
    sample = parsed.text.lstrip()[:_LANGUAGE_SAMPLE]
    return Document(
        source=path.name if source is None else source,
        title=" ".join(_clean(parsed.title).split()) or " ".join(_clean(path.stem).split()) or path.suffix,
        text=parsed.text,
        sha256=hashlib.sha256(data).hexdigest(),
        page_starts=parsed.page_starts,
        language=detect_language(sample) if sum(map(str.isalpha, sample)) >= _LANGUAGE_LETTERS else None,
    )


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            raise UnreadableDocument("not a file")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # a NUL in the path
        raise UnreadableDocument(f"cannot be read: {error}") from error
    if not data:
        raise UnreadableDocument("empty file")
    return data


def _suffix_by_content(data: bytes) -> str | None:
    """The type that the first bytes prove, whatever the name says; None for every kind of text."""
    if data.startswith(b"%PDF-"):
        return ".pdf"
    if data.startswith(b"PK\x03\x04") and b"word/document.xml" in data:
        return ".docx"
    return None


# Characters that show nothing and break words: soft hyphen, zero-width space and joiner of words, byte-order
# mark, non-characters, lone surrogates, controls. Joiners that change letters (Persian, Hindi, emoji) stay.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_NEWLINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Ligatures are a printer's choice (ﬁ): nobody types them in a question.
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}


def _clean(text: str) -> str:
    """Text as footnotes quote it. Cleaning it again changes nothing."""
    text = _INVISIBLE.sub("", _NEWLINE.sub("\n", text)).translate(_LIGATURES)
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return re.sub("\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n")


# Text and its encoding.

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
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.I)


def _decode(data: bytes, declared: str = "") -> str:
    for text in _decodings(data, declared):
        if len(re.findall("[\x00-\x08\x0e-\x1f\x7f]", text)) * 20 <= len(text):
            return text
    raise UnreadableDocument("binary, or text in an unknown encoding")


def _decodings(data: bytes, declared: str) -> Iterator[str]:
    """Ways to read `data`, the most certain first."""
    bom = next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)
    zeros = (data[::2].count(0) / len(data), data[1::2].count(0) / len(data))
    # Half of the bytes of ASCII in UTF-16 are zero.
    wide = "utf-16-be" if zeros[0] > 0.15 > 10 * zeros[1] else "utf-16-le" if zeros[1] > 0.15 > 10 * zeros[0] else None
    for encoding in (bom, wide, "utf-8", declared):
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


def _load_text(data: bytes) -> _Parsed:
    text = _clean(_decode(data))
    return _Parsed(_headline(text), text)


def _headline(text: str) -> str:
    """The first line, if it stands over the text as a title does; else ""."""
    first, second, *_ = [*text.split("\n", 2), "", ""]
    ends_as_sentence = first.rstrip("\"'”’»)").endswith((".", "!", ",", ";", ":", "…", "。", "！", "，", "।"))
    if len(first) > _TITLE_LENGTH or ends_as_sentence or not any(map(str.isalpha, first)):
        return ""
    stands_alone = not second or set(second) <= {"="} or set(second) <= {"-"} or len(second) > 2 * _TITLE_LENGTH
    return first if stands_alone and text != first else ""


_FRONT_MATTER = re.compile(r"---\n(?=[\w-]+:)(.*?\n)(?:---|\.\.\.)(?:\n|$)", re.S)
_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.S | re.M)


def _load_markdown(data: bytes) -> _Parsed:
    text = _clean(_decode(data))
    title = ""
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :].lstrip("\n")
        named = re.search(r"^title:[ \t]*(.+)$", front[1], re.M)
        title = named[1].strip("\"' ") if named else ""
    # In a fenced block, "# " begins a comment.
    if heading := re.search(r"^ {0,3}#[ \t]+(.+?)[ \t]*#*$", _FENCED.sub("", text), re.M):
        title = title or re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", r"\1", heading[1])
    return _Parsed(title or _headline(text), text)


# Web pages.

# Names of HTML and of trafilatura's XML, which both reach `_block_text`.
_OWN_LINE = re.compile("item|row|lb|li|tr|d[td]|br")
_BLOCK = re.compile("p|head|quote|div|section|article|main|table|list|h[1-6]|blockquote|[uod]l")


def _load_html(data: bytes) -> _Parsed:
    declared = _DECLARED.search(data[:4096])
    # lxml refuses a str that declares an encoding.
    markup = re.sub(r"^\s*<\?xml[^>]*>", "", _decode(data, declared[1].decode("ascii") if declared else ""))
    from lxml import etree, html  # type: ignore[import-untyped]
    from trafilatura import bare_extraction

    page: Any = bare_extraction(markup, include_comments=False, with_metadata=True)
    if page is not None and page.body is not None and (text := _clean(_block_text(page.body))):
        return _Parsed(page.title or "", text)
    try:
        parser = html.HTMLParser(remove_comments=True, remove_pis=True)
        tree = html.document_fromstring(_INVISIBLE.sub("", markup), parser)
    except etree.ParserError as error:  # nothing but comments, for instance
        raise UnreadableDocument("no text in it") from error
    title = tree.findtext(".//title") or ""
    etree.strip_elements(tree, "head", "script", "style", "noscript", "template", with_tail=False)
    return _Parsed(title, _clean(_block_text(tree)))


def _block_text(root: Any) -> str:
    """Text of a tree of elements: a blank line between blocks, the rows of a table as 'a | b'."""
    from lxml import etree

    text = ""
    verbatim = cells = 0  # how many such elements are open
    for event, element in etree.iterwalk(root, events=("start", "end")):
        start, tag = event == "start", str(element.tag)
        if tag in ("cell", "td", "th"):
            cells += 1 if start else -1
            text += " | " if start and element.getprevious() is not None else ""
        elif tag == "pre" or (tag == "code" and any("\n" in part for part in element.itertext())):
            verbatim += 1 if start else -1
            text += "\n\n"
        elif cells:
            text += " " if _OWN_LINE.fullmatch(tag) or _BLOCK.fullmatch(tag) else ""
        elif _BLOCK.fullmatch(tag):
            text += "\n\n"
        elif start and _OWN_LINE.fullmatch(tag):
            text += "\n- " if tag in ("item", "li") else "\n"
        part = (element.text if start else element.tail) or ""
        if not verbatim:
            part = re.sub("[ \t\r\n\f]+", " ", part)
            part = part.lstrip(" ") if text.endswith((" ", "\n")) else part
        text += part
    return re.sub("\n{3,}", "\n\n", text)


# PDF.

# What word processors and converters write where no one gave a title.
_NO_TITLE = re.compile(
    r"(microsoft (word|powerpoint) - |untitled|sans (titre|nom)|(document|(powerpoint )?presentation) ?\d*$)"
    r"|.*\.(docx?|pptx?|xlsx?|odt|rtf|tex|dvi|indd|qxd|pdf|html?|txt)$|[\W\d_]*$",
    re.I,
)


def _load_pdf(data: bytes) -> _Parsed:
    title, pages = read_pdf(data)
    text, starts = "", []
    for page in pages:
        starts.append(len(text))
        text += _clean(page) + "\n\n"
    return _Parsed("" if _NO_TITLE.match(title.strip()) else title, text[:-2], tuple(starts))


# Word.


def _load_docx(data: bytes) -> _Parsed:
    import docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableDocument("encrypted, or in the format of Word before 2007: save it as .docx")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED_BYTES:
                raise UnreadableDocument("unpacks to more than 512 MiB")
        document = docx.Document(BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableDocument("not a Word document, or a damaged one") from error
    title = document.core_properties.title
    title = "" if _NO_TITLE.match(title) else title
    blocks = []
    # Not only the body's children, as python-docx has it: text stands in content controls and text boxes too.
    for element in document.element.body.xpath(
        "(.//w:p | .//w:tbl)[not(ancestor::w:tbl or ancestor::*[local-name()='Fallback'])]"
    ):
        if element.tag.endswith("}tbl"):
            rows = [dict.fromkeys(row.cells) for row in Table(element, document).rows]  # once each, where merged
            blocks.append("\n".join(" | ".join(" ".join(cell.text.split()) for cell in row) for row in rows))
            continue
        runs = element.xpath(".//w:r[not(ancestor::w:moveFrom)]")
        text = "".join(run.text for run in runs if next(run.iterancestors(element.tag)) is element).strip()
        blocks.append(text)
        style = Paragraph(element, document).style
        if not title and text and style and (style.name or "").startswith(("Title", "Heading")):
            title = text
    return _Parsed(title, _clean("\n\n".join(block for block in blocks if block)))


_LOADERS: dict[str, Callable[[bytes], _Parsed]] = {
    ".txt": _load_text,
    ".md": _load_markdown,
    ".markdown": _load_markdown,
    ".html": _load_html,
    ".htm": _load_html,
    ".pdf": _load_pdf,
    ".docx": _load_docx,
}
SUFFIXES: frozenset[str] = frozenset(_LOADERS)
