"""Text to sentences, as spans of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

WRAPPED = 60  # characters: a longer line may go on in the next
LINE = re.compile(r"[^\n]+")
# A line that ends so goes on in the next one only if it was wrapped, and then its sentence is over anyway.
CLOSED = re.compile(r"[.!?…。！？؟।։።:;]['\"»”’)\]]*\s*$")
ITEM = re.compile(r"\s*(?:(?:[-*•·–—+]|\d{1,3}[.)]|#{1,6})\s|\|)")
ROW = re.compile(r"\s*\|")  # of a table: one sentence, whatever its cells hold
# sentencex ends a sentence after "M. Altman" 's first word, other initials, some titles, and the number of an item. In
# Arabic and Hebrew any letter may be an initial.
BEGUN = "(?:(?<!\\S)|(?<=[-(«“\"'’]))"
INITIAL = "[A-ZÀ-ÖØ-Þ\u0386-\u03ab\u0400-\u042f\u05d0-\u05ea\u0620-\u064a\u0671-\u06d3]"
UNFINISHED = re.compile(rf"{BEGUN}(?:{INITIAL}|Dr|Pr|Mgr|Ms|Ste?|Abb)\.$|^\d{{1,3}}[.)]$")
TITLES = {
    "es": "Av|Avda",
    "hi": "डॉ|पं|प्रो|स्व",
    "pt": "Av",
    "ro": "Dl|Dna|str|jud",
    "th": "[\u0e01-\u0e4e]{1,4}",  # where a point hardly ends anything else
    "tr": "Av|Doç|Cad|Sok",
    "vi": "TP|P?GS|TS|ThS|BS",
}
TITLE = {language: re.compile(rf"(?:{BEGUN}|(?<=\.))(?:{titles})\.$") for language, titles in TITLES.items()}
# What goes on with a small letter after a single one, "т. е. много", what goes on at once, "TP.HCM", and what has more
# than one point, "m.in. z bratem", "M.Ö. 300": after that only a capital begins a sentence.
SINGLE = re.compile(rf"{BEGUN}[^\W\d_я]\.$")
AT_ONCE = re.compile(rf"{BEGUN}(?:[a-zа-я]|[A-ZÀ-ÖØ-ÞА-Я]{{1,4}}|[\u0e01-\u0e4e]+)\.$")
TWICE_SHORTENED = re.compile(rf"{BEGUN}(?:[^\W\d_]{{1,3}}\.){{2,}}$")
NUMBERED = re.compile(rf"{BEGUN}(?:[Nn]|No|[Nn]r|[Nn]úm|[Aa]rt|[Ff]ig)\.$")  # if a number follows
# Where ordinals are written with a point ("am 7. Januar", "19. Jahrhundert"), few sentences end with a small number.
ORDINAL = re.compile(r"(?<!\S)\d{1,2}\.$")
# sentencex panics at a capital, a space of more than one byte, as French and Japanese have, and a point: "plan B .".
BLANKS = {code: " " for code in range(0x3001) if chr(code).isspace() and chr(code) != "\n"}
WITH_ORDINALS = frozenset(
    ("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lb", "lv", "nb", "nn", "no", "pl", "sk", "sl", "sr", "tr")
)
THAI = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]")
# Thai has no stop: a space ends a sentence, and also a clause, a name, and what stands beside a number. What
# is followed by one of these words, or by an abbreviation, goes on.
THAI_SPACE = re.compile(
    "(?<=[\u0e01-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e]) +(?=[\u0e01-\u0e2e\u0e40-\u0e44])"
    "(?!และ|หรือ|แต่|ซึ่ง|ที่|โดย|เพราะ|เพื่อ|กับ|ของ|ใน|จาก|คือ|เช่น|ว่า|กล่าว|จึง|ทำให้|รวมถึง|[\u0e01-\u0e2e]{1,3}\\.)"
)
THAI_LENGTH = 30  # characters that a sentence has at least


@dataclass(frozen=True)
class Span:
    """A slice of a text: `text[start:end]`, never empty and without white space at its ends."""

    start: int
    end: int


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Sentences of `text` in order. White space between them belongs to none.

    A line break ends a sentence where it ends a paragraph, a heading or an item of a list. Segmentation by
    sentencex (Wikimedia Foundation), which knows the abbreviations of many languages.

    Args:
        text: Any text.
        language: ISO 639-1 code; None uses the rules that hold for most languages.
    """
    return list(iter_sentence_spans(text, language))


def iter_sentence_spans(text: str, language: str | None = None) -> Iterator[Span]:
    """The same one by one, for texts so long that a list of their sentences would take more memory than they do."""
    import sentencex

    for block in _blocks(text):
        if ROW.match(text, block.start) and (row := _stripped(text, block.start, block.end)):
            yield row
            continue
        waiting: Span | None = None
        lines = text[block.start : block.end].translate(BLANKS)
        for found in sentencex.get_sentence_boundaries(language or "en", lines):
            span = _stripped(text, block.start + found["start_index"], block.start + found["end_index"])
            if span and waiting and _is_unfinished(text, waiting, span, language):
                waiting = Span(waiting.start, span.end)
            elif span:
                if waiting:
                    yield from _thai_sentences(text, waiting)
                waiting = span
        if waiting:
            yield from _thai_sentences(text, waiting)


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that belong together: wrapped lines of a paragraph, or one heading, item or row."""
    block: Span | None = None
    previous = ""
    for match in LINE.finditer(text):
        line = match.group()
        wrapped = bool(
            block
            and text[block.end : match.start()].count("\n") == 1
            and line.strip()
            and not ITEM.match(line)
            and not ITEM.match(previous)
            and (len(previous) > WRAPPED or CLOSED.search(previous))
        )
        if wrapped and block:
            block = Span(block.start, match.end())
        elif line.strip():
            if block:
                yield block
            block = Span(match.start(), match.end())
        previous = line
    if block:
        yield block


def _thai_sentences(text: str, span: Span) -> Iterator[Span]:
    """What sentencex takes for one sentence, divided where it is in Thai."""
    start = span.start
    is_thai = THAI.search(text, start, min(span.end, start + THAI_LENGTH))
    for space in THAI_SPACE.finditer(text, start, span.end) if is_thai else ():
        if min(space.start() - start, span.end - space.end()) >= THAI_LENGTH:
            yield Span(start, space.start())
            start = space.end()
    yield Span(start, span.end)


def _is_unfinished(text: str, span: Span, following: Span, language: str | None) -> bool:
    """Whether what follows belongs to the sentence that seems to be over."""
    # Only its end matters: looking at all of it again and again would take for ever where everything is unfinished.
    end, first = text[max(span.start, span.end - 20) : span.end], text[following.start]
    title = TITLE.get(language or "")
    return bool(
        UNFINISHED.search(end)
        or (title and title.search(end))
        or (language in WITH_ORDINALS and ORDINAL.search(end))
        or (first.islower() and SINGLE.search(end))
        or (first.isalpha() and following.start == span.end and AT_ONCE.search(end))
        or (not first.isupper() and TWICE_SHORTENED.search(end))
        or (first.isdigit() and NUMBERED.search(end))
    )


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None
