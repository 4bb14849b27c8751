"""Where the markers of a large model are in its text, and which words each one belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.language import detect_language
from index.sentences import sentence_spans

# A model may write [2], [1, 3], [1-3], [^2], [Source 2], 【2】, [2†source] or ². What (2) means is anybody's guess.
_MARKER = re.compile(
    r"[^\S\n]*(?:[\[【]\^?\s*(?:(?:source|passage|document|doc|ref)s?\.?:?\s*#?\s*)?"
    r"(?P<numbers>\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*(?:†[^\]】\n]{0,40})?[\]】]"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})(?![⁰¹²³⁴⁵⁶⁷⁸⁹]))",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_LONGEST_RANGE = 20
_MEASURE = re.compile(r"(?:\d[^\S\n]*[^\W\d_]+|(?<!\w)[a-zµ]{1,3})$")  # what may be squared or cubed: 3 miles, km
_WORD = re.compile(r"\w")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BULLET = re.compile(r"\s*(?:(?:[-*+•·–—>]|#{1,6}|\d{1,3}[.)])(?:\s+|$))*")
_END = ".!?…。！？؟।"
_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
_PUNCTUATION = _END + ",;:、，；：" + _SPACES
_CLOSING = _PUNCTUATION + ")]}”»"


@dataclass(frozen=True)
class Piece:
    """Words of a text that end at a marker, or at the end of their sentence.

    Attributes:
        gap: What stands between these words and those before them: punctuation, space, a bullet.
        words: Without punctuation around them.
        numbers: Of the markers that belong to them; there may be no such passage.
        before: The words of the earlier pieces of the same sentence.
        sentence: The whole sentence.
    """

    gap: str
    words: str
    numbers: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    sentence: str = ""


def read_pieces(text: str) -> tuple[list[Piece], str]:
    """The pieces of a text, and what stands after the last one; markers are left out.

    A marker belongs to the words before it in its line, also after their full stop. At the start of a line it belongs
    to the words after it; alone in a line, to those in the line before.
    """
    sentences: list[list[Piece]] = []
    gap = "\n"  # what stands before a line, also before the first
    for line in _LINE.findall(text):
        bullet = line[: match.end()] if (match := _BULLET.match(line)) else ""
        parts = list(_parts(line.removeprefix(bullet)))
        opened = False  # whether there have been words in this line
        has_words = any(_WORD.search(part) for part, _ in parts)
        has_markers = any(numbers for _, numbers in parts)
        ahead: tuple[int, ...] = ()  # numbers that stand before their words
        gap += bullet if has_words else "" if has_markers else line
        for part, numbers in parts:
            if not _WORD.search(part):
                gap += "" if not has_words else part.strip(" \t,;") if numbers else part
                if has_words and not opened:
                    ahead += numbers
                else:
                    _cite(sentences, numbers)
                continue
            lead = len(part) - len(part.lstrip(_CLOSING if opened else None))
            gap += part[:lead] if opened else ""
            begins = not opened or (is_end(gap) and not part[lead].islower())
            for sentence, space in _sentences(part[lead:]):
                words = sentence.rstrip(_PUNCTUATION)
                if _WORD.search(words):
                    if begins:
                        sentences.append([])
                    sentences[-1].append(Piece(gap, words, ahead))
                    gap, ahead, begins = "", (), True
                    sentence = sentence[len(words) :]
                gap += sentence + space
            opened = True
            _cite(sentences, numbers)
    return [piece for sentence in sentences for piece in _whole(sentence)], gap


def is_marked(text: str) -> bool:
    """Whether no words stand after the last marker: then the last piece of a text that is being written is complete."""
    *_, (last, _) = _parts(text)
    return last != text and not _WORD.search(last)


def is_end(gap: str) -> bool:
    """Whether a sentence ends in what stands between two pieces."""
    return any(character in _END for character in gap)


def _parts(line: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Text up to a marker, with the marker's numbers; last, the text after the last marker."""
    at = 0
    for match in _MARKER.finditer(line):
        if match["raised"] and _is_power(line[: match.start("raised")], match["raised"]):
            continue
        yield line[at : match.start()], _numbers(match["numbers"] or str(int(match["raised"].translate(_FLAT))))
        at = match.end()
    yield line[at:], ()


_FLAT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for first, last in _RANGE.findall(text):
        start, end = int(first), int(last or first)
        found += range(start, end + 1) if start <= end < start + _LONGEST_RANGE else (start, end)
    return tuple(found)


def _is_power(before: str, raised: str) -> bool:
    """Whether a raised number is part of what the text says: 10⁶, 50 km², 3 miles²."""
    if raised == "¹":
        return False
    return before[-1:].isdigit() or (raised in "²³" and bool(_MEASURE.search(before)))


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Sentences, each with the space after it."""
    spans = sentence_spans(text, detect_language(text))
    ends = [span.start for span in spans[1:]] + [len(text)]
    for span, end in zip(spans, ends, strict=True):
        yield text[span.start : span.end], text[span.end : end]


def _cite(sentences: list[list[Piece]], numbers: tuple[int, ...]) -> None:
    """The numbers belong to the last words so far."""
    if sentences:
        last = sentences[-1][-1]
        sentences[-1][-1] = replace(last, numbers=last.numbers + numbers)


def _whole(sentence: list[Piece]) -> list[Piece]:
    """Pieces of one sentence that know the rest of it."""
    text = "".join(piece.gap + piece.words for piece in sentence).removeprefix(sentence[0].gap)
    words = [piece.words for piece in sentence]
    return [replace(piece, before=tuple(words[:n]), sentence=text) for n, piece in enumerate(sentence)]
