"""A file as documents: the loader by type of file, and one clear reason where there is no text.

A file is first unfolded into pieces (see `index.unfolding`), and each piece is then loaded on its own.

To add a type of file, write a loader (bytes in, `Parsed` out) in `index/loaders/` and name it in `_LOADERS`.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from index.documents import Document, Skipped
from index.errors import UnreadableDocument
from index.language import detect_language
from index.loaders.data import load_json, load_jsonl
from index.loaders.epub import load_epub
from index.loaders.mail import load_message
from index.loaders.office import load_docx, load_pptx, load_rtf
from index.loaders.opendocument import load_opendocument
from index.loaders.parsed import Parsed, one_line
from index.loaders.pdf import load_pdf
from index.loaders.tables import load_csv, load_xlsx
from index.loaders.text import load_code, load_markdown, load_text
from index.loaders.web import load_html
from index.unfolding import CODE, CONTAINERS, Piece, unfold

_log = logging.getLogger(__name__)
# They report every oddity of a file; what matters to the user comes as the reason of UnreadableDocument.
for _library in ("trafilatura", "htmldate", "justext", "pypdfium2", "charset_normalizer", "openpyxl", "striprtf"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

# The beginning says which language a document is in; fewer letters are a name or a number in any language.
_LANGUAGE_SAMPLE = 2000
_LANGUAGE_LETTERS = 20

_LOADERS: dict[str, Callable[[bytes], Parsed]] = {
    **dict.fromkeys((".txt", ".text"), load_text),
    **dict.fromkeys((".md", ".markdown"), load_markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), load_html),
    ".pdf": load_pdf,
    ".docx": load_docx,
    ".pptx": load_pptx,
    ".rtf": load_rtf,
    **dict.fromkeys((".odt", ".ods", ".odp"), load_opendocument),
    ".epub": load_epub,
    ".xlsx": load_xlsx,
    **dict.fromkeys((".csv", ".tsv"), load_csv),
    ".json": load_json,
    **dict.fromkeys((".jsonl", ".ndjson"), load_jsonl),
    ".eml": load_message,
    **dict.fromkeys(CODE, load_code),
}
SUFFIXES: frozenset[str] = frozenset(_LOADERS) | CONTAINERS


def load(path: Path, source: str | None = None) -> Document:
    r"""Read one file that is one document; of an archive the first.

    Args:
        path: A file whose suffix is one of `SUFFIXES`, or a text without suffix.
        source: The document's name in the index; the file's own name by default.

    Returns:
        The document. Its text has "\n" for newlines, is in Unicode's form NFC, has no invisible characters
        that would keep a quote from being found, and no white space at the end of a line.

    Raises:
        UnreadableDocument: The file gives no text. Whatever it holds, no other exception is raised.
    """
    found = next(parse(next(unfold(path, path.name if source is None else source))))
    if isinstance(found, Skipped):
        raise UnreadableDocument(found.reason)
    return found


def parse(piece: Piece, alive: Callable[[], None] = lambda: None) -> Iterator[Document | Skipped]:
    """The document of a piece, or the reason why there is none; both where only some of it could be read.

    Args:
        piece: What `unfold` gave.
        alive: Called now and then by a loader that knows that it takes long.
    """
    if isinstance(piece.data, UnreadableDocument):
        yield Skipped(piece.source, str(piece.data))
        return
    loader = partial(load_pdf, alive=alive) if piece.suffix == ".pdf" else _LOADERS[piece.suffix]
    try:
        parsed = loader(piece.data)
    except UnreadableDocument as error:
        yield Skipped(piece.source, str(error))
    except MemoryError:
        yield Skipped(piece.source, "can't be parsed: it takes too much memory")
    except Exception:  # a damaged file can raise anything in a parser
        _log.debug("%s can't be parsed", piece.source, exc_info=True)
        yield Skipped(piece.source, "can't be parsed: damaged, or not what its name says")
    else:
        has_text = bool(parsed.text.strip())
        yield _document(piece, piece.data, parsed) if has_text else Skipped(piece.source, "no text in it")
        if has_text and parsed.unread:
            yield Skipped(piece.source, parsed.unread)


def _document(piece: Piece, data: bytes, parsed: Parsed) -> Document:
    sample = parsed.text.lstrip()[:_LANGUAGE_SAMPLE]
    return Document(
        source=piece.source,
        title=one_line(parsed.title) or one_line(piece.title) or piece.source,
        text=parsed.text,
        sha256=hashlib.sha256(data).hexdigest(),
        page_starts=parsed.page_starts,
        language=detect_language(sample) if sum(map(str.isalpha, sample)) >= _LANGUAGE_LETTERS else None,
        sections=parsed.sections,
    )
