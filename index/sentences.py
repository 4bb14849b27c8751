"""Text to sentences, as spans of the text."""

import re
from dataclasses import dataclass

LINE = re.compile(r"[^\n]+")
# A line that ends so goes on in the next one only if it was wrapped, and then its sentence is over anyway.
CLOSED = re.compile(r"[.!?…。！？؟।։።:;]['\"»”’)\]]*\s*$")
ITEM = re.compile(r"\s*(?:[-*•·–—+]|\d{1,3}[.)]|#{1,6}|\|)\s")
# sentencex ends a sentence after "M. Altman" 's first word, other initials, some titles, and the number of an item.
UNFINISHED = re.compile(r"(?:(?<!\S)|(?<=[-(«“\"'’]))(?:[A-ZÀ-ÖØ-Þ]|Dr|Pr|Mgr|Ms|Ste?|Abb)\.$|^\d{1,3}[.)]$")


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
    import sentencex

    spans: list[Span] = []
    for block in _blocks(text):
        part = text[block.start : block.end]
        for found in sentencex.get_sentence_boundaries(language or "en", part):
            start, end = block.start + found["start_index"], block.start + found["end_index"]
            span = _stripped(text, start, end)
            if span and spans and spans[-1].start >= block.start and _is_unfinished(text, spans[-1]):
                spans[-1] = Span(spans[-1].start, span.end)
            elif span:
                spans.append(span)
    return spans


def _blocks(text: str) -> list[Span]:
    """Runs of lines that belong together: wrapped lines of a paragraph, or one heading, item or row."""
    blocks: list[Span] = []
    previous = ""
    for match in LINE.finditer(text):
        line = match.group()
        wrapped = bool(
            blocks
            and text[blocks[-1].end : match.start()].count("\n") == 1
            and line.strip()
            and not ITEM.match(line)
            and not ITEM.match(previous)
            and (len(previous) > 60 or CLOSED.search(previous))
        )
        if wrapped:
            blocks[-1] = Span(blocks[-1].start, match.end())
        elif line.strip():
            blocks.append(Span(match.start(), match.end()))
        previous = line
    return blocks


def _is_unfinished(text: str, span: Span) -> bool:
    return bool(UNFINISHED.search(text[span.start : span.end]))


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None
