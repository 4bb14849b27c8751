"""The answer of a large model: it writes with markers, and every marker becomes the words that support it, or goes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.documents import Passage
from rag.citations import Quote, Statement, parse_markers
from rag.prompts import NONE
from rag.reading import UNSUPPORTED
from rag.retrieval import spans
from rag.support import SUPPORTED, Verifier

SENTENCE_END = re.compile(r"[.!?…。！？؟।](?=\s|$)|\n")
HAS_WORD = re.compile(r"\w")
CLAIM_WORDS = 4  # a shorter piece, such as ", South Korea", says nothing without what stands before it


def cite(
    stream: Iterable[str], passages: Sequence[Passage], *, verifier: Verifier, strict: bool = True
) -> Iterator[list[Statement]]:
    """The model's text as statements with the quotes that support them; yields the list as it grows.

    A marker stands for a passage; its citation is the sentence of that passage, or two neighbours, that support the
    statement best. A statement without a marker, or with a wrong one, is given the passage that supports it, if one
    does. Otherwise it is dropped, or marked if not `strict`. Yields nothing if the model says that the passages do
    not answer, or if nothing is left.

    Args:
        stream: Pieces of the model's text, with markers such as `[2]`.
        passages: What the markers count, from 1.
        verifier: Scores quotes.
        strict: Whether statements without support are dropped.
    """
    statements: list[Statement] = []
    sentence = ""  # the sentence so far
    kept = False  # whether the last piece is among the statements: what ends it stays or goes with it
    for text, numbers in _pieces(stream):
        before, claim = _last_sentence(sentence + text)
        sentence = claim
        if not HAS_WORD.search(text):
            if kept:
                statements[-1] = replace(statements[-1], after=statements[-1].after + text)
            continue
        if claim.strip().strip(".").upper() == NONE:
            kept = False
            continue
        piece = text.strip(" ,;:-*\n")
        claim = claim if len(text.split()) < CLAIM_WORDS else piece
        quotes = _cited(piece, numbers, passages, verifier) or _found(claim, passages, verifier)
        kept = bool(quotes) or not strict
        if quotes:
            statements.append(Statement(text, quotes))
        elif not strict:
            statements.append(Statement(text.rstrip() + UNSUPPORTED))
        if before and SENTENCE_END.search(text[-1:]):
            sentence = ""
        if any(statement.quotes for statement in statements):
            yield list(statements)
    if any(statement.quotes for statement in statements):
        yield statements  # with what ends the last one


def _pieces(stream: Iterable[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Text up to a marker, with the marker's numbers; text without a marker, a sentence at a time."""
    text = ""
    numbers: tuple[int, ...] = ()
    for event in parse_markers(stream):
        if isinstance(event, tuple):
            numbers += event
            continue
        if numbers:
            yield text, numbers
            text, numbers = "", ()
        text += event
        while (end := SENTENCE_END.search(text)) and end.end() < len(text):
            yield text[: end.end()], ()
            text = text[end.end() :]
    if text or numbers:
        yield text, numbers


def _last_sentence(text: str) -> tuple[str, str]:
    """What stands before the last sentence, and that sentence."""
    ends = [match.end() for match in SENTENCE_END.finditer(text) if match.end() < len(text.rstrip())]
    return (text[: ends[-1]], text[ends[-1] :]) if ends else ("", text)


def _cited(piece: str, numbers: Sequence[int], passages: Sequence[Passage], verifier: Verifier) -> tuple[Quote, ...]:
    """The best quote of each passage that the model cites, where it supports the piece of text before the marker."""
    cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 1 <= n <= len(passages)]
    return tuple(quote for passage in cited if (quote := best_quote(piece, passage, verifier)))


def _found(claim: str, passages: Sequence[Passage], verifier: Verifier) -> tuple[Quote, ...]:
    """The best quote of any passage that supports a claim which the model cites nothing, or nothing right, for."""
    quotes = [quote for passage in passages if (quote := best_quote(claim.strip(), passage, verifier))]
    return tuple(sorted(quotes, key=lambda quote: -quote.support)[:1])


def best_quote(claim: str, passage: Passage, verifier: Verifier) -> Quote | None:
    """The sentence of the passage, or two neighbours, that supports the claim best; None if none does."""
    chunk = passage.chunk
    found = spans(chunk)
    singles = [(span.start, span.end) for span in found]
    pairs = [(a.start, b.end) for a, b in pairwise(found)]
    for candidates in (singles, pairs):  # two sentences only where one is not enough
        scores = verifier.align(claim, [chunk.text[start:end] for start, end in candidates])
        if scores and max(scores) >= SUPPORTED:
            start, end = candidates[scores.index(max(scores))]
            return Quote(chunk, chunk.start + start, chunk.start + end, max(scores))
    return None
