"""What every loader makes: clean text in parts, with the place where each named part begins."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from index.documents import Section

# A heading of more characters is a paragraph that was made to look like one.
_HEADING_LENGTH = 120
BETWEEN_LINES = " – "  # of a title
# What word processors and converters write where no one gave a title.
_NO_TITLE = re.compile(
    r"(microsoft (word|powerpoint) - |about:blank$|untitled|sans (titre|nom))"
    r"|(document|(powerpoint )?presentation) ?\d*$"
    r"|.*\.(docx?|pptx?|xlsx?|odt|rtf|tex|dvi|indd|qxd|pdf|html?|txt)$|[\W\d_]*$",
    re.I,
)
# Characters that show nothing and break words: soft hyphen, zero-width space and joiner of words, byte-order
# mark, non-characters, lone surrogates, controls. Joiners that change letters (Persian, Hindi, emoji) stay.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_NEWLINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Ligatures are a printer's choice (ﬁ): nobody types them in a question.
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}


@dataclass(frozen=True)
class Parsed:
    """What a loader found.

    Attributes:
        title: "" if there is none.
        text: Clean text.
        page_starts: Offset of the first character of each page.
        sections: Its named parts, in order.
        unread: What of it gives no text, as a sentence for the report; "" if nothing is missing.
    """

    title: str
    text: str
    page_starts: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()
    unread: str = ""


class Part(NamedTuple):
    """A piece of text as it was found; with a name where a section begins with it (see `Section`)."""

    text: str
    section: str = ""
    apart: bool = False


def assemble(title: str, parts: Iterable[Part]) -> Parsed:
    """The parts, cleaned, a blank line between them. Empty ones are left out, and so are sections of nothing else."""
    texts, sections = list[str](), list[Section]()
    length, waiting = 0, None
    for part in parts:
        waiting = part if part.section else waiting
        if not (text := clean(part.text)).strip():
            continue
        if waiting:
            sections.append(Section(length, one_line(waiting.section), waiting.apart))
            waiting = None
        texts.append(text)
        length += len(text) + 2
    return Parsed(title, "\n\n".join(texts), sections=tuple(sections))


def clean(text: str) -> str:
    """Text as footnotes quote it. Cleaning it again changes nothing."""
    text = INVISIBLE.sub("", _NEWLINE.sub("\n", text)).translate(_LIGATURES)
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return re.sub("\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n")


def one_line(text: str) -> str:
    """Clean text without line breaks: a title, the name of a section, a cell of a table."""
    return " ".join(clean(text).split())


def own_title(title: str) -> str:
    """The title that a file's properties hold, or "" where a program wrote it and no one gave one."""
    return "" if _NO_TITLE.match(title.strip()) else title


@dataclass
class Outline:
    """The headings above the place in a document that a loader has reached.

    Args:
        title: Its title: a heading of the same words has all others below it, so that their paths leave it out.
    """

    title: str
    _above: list[tuple[int, str]] = field(default_factory=list)

    def path(self, level: int, heading: str) -> str:
        """Go on to a heading of a level, 1 being the highest; the names of the sections it is in and its own."""
        heading = one_line(heading)
        if len(heading) > _HEADING_LENGTH:
            heading = heading[:_HEADING_LENGTH].rsplit(" ", 1)[0] + " …"
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        names = [name for _, name in self._above if name != one_line(self.title)]
        if heading:
            self._above.append((level, heading))
        return " › ".join([*names, heading] if heading else names)
