"""The answer of a large model: it writes with markers, and every marker becomes the words that support it, or goes.

Alignment finds the words. Where the user has a model made to check statements, it checks them as they are found;
otherwise the large model does, in one call at the end, when it has written all.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.documents import Passage
from rag.checking import Claim, Finding
from rag.citations import Quote, Statement
from rag.context import spans
from rag.examples import NONE
from rag.markers import Piece, is_end, is_marked, read_pieces
from rag.numerals import missing_numbers
from rag.phrases import no_source
from rag.support import SUPPORTED, Verifier

CLAIM_WORDS = 4  # a shorter piece, such as ", South Korea", says nothing without what stands before it
ITEM_WORDS = 3  # the first item of a list ends the piece that also begins the sentence; it has up to so many words
NEAR = 0.05  # below it, quote and claim are about different things, and the model need not be asked
CLOSES_PIECE = re.compile(r"[\]】\n⁰¹²³⁴⁵⁶⁷⁸⁹]")
_HALF_MARKER = re.compile(r"\s*[\[【][^\]】]*$")

Check = Callable[[Sequence[Claim]], Mapping[int, Finding]]


@dataclass(frozen=True)
class _Sourced:
    """A piece of the text with what may support it.

    Attributes:
        cited: The best words of each passage that the model cites. Where alignment sees no support in them, they take
            the model's yes.
        other: The words of any passage that support it, for when none of those do.
        is_frame: Whether it states nothing that could need a source.
    """

    piece: Piece
    cited: tuple[Quote, ...] = ()
    other: tuple[Quote, ...] = ()
    is_frame: bool = False

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The words that stand under it."""
        return tuple(quote for quote in self.cited if quote.support >= SUPPORTED) or self.other


def cite(
    stream: Iterable[str],
    passages: Sequence[Passage],
    *,
    verifier: Verifier,
    check: Check | None = None,
    strict: bool = True,
    language: str | None = None,
    removed: list[str] | None = None,
) -> Iterator[list[Statement]]:
    """The model's text as statements with the quotes that support them; yields the list as it grows.

    What the model has begun to say is the last of them, unfinished, until its marker or its line is complete.

    A marker stands for a passage; its citation is the sentence of that passage, or two neighbours, that support the
    statement best. A statement without a marker, or with a wrong one, is given the passage that supports it, if one
    does. Otherwise it is dropped, or marked if not `strict`; only what frames the statements beside it needs no
    support. Yields nothing if the model says that the passages do not answer, or if nothing is left; if nothing is
    left after the check, the last list is empty.

    Args:
        stream: Pieces of the model's text, with markers such as `[2]`.
        passages: What the markers count, from 1.
        verifier: Scores quotes.
        check: Asked once, when the text is complete; until then quotes are not `checked`. What a checker of the
            verifier has scored is not asked again.
        strict: Whether statements without support are dropped.
        language: Of the words that mark a statement without support.
        removed: Is added, at the end, what was dropped.
    """
    sources = _Sources(passages, verifier)
    mark = no_source(language)
    text = begun = ""
    settled: list[Statement] = []
    shown: list[Statement] = []
    for part in stream:
        text += part
        begun += part
        if CLOSES_PIECE.search(part):
            pieces, end = read_pieces(text)
            whole = pieces if is_marked(text) else pieces[:-1]
            begun = "".join(piece.gap + piece.words for piece in pieces[len(whole) :]) + end
            statements = _statements([sources.of(piece) for piece in whole], "", "" if strict or check else mark)
            if statements:
                settled = _unchecked(statements) if check else statements
        if (growing := [*settled, *_unfinished(begun)]) != shown:
            shown = growing
            yield shown
    pieces, end = read_pieces(text)
    sourced = [sources.of(piece) for piece in pieces if piece.words.strip("*_`").upper() != NONE]
    # The model may say yes to words in which alignment sees no support; what a checker refuses is refused.
    if check and any(one.quotes if verifier.has_checker else one.cited or one.other for one in sourced):
        if statements := _statements(sourced, end):
            shown = _unchecked(statements)
            yield shown
        sourced = _checked(sourced, check, are_scored=verifier.has_checker)
    statements = _statements(sourced, end, "" if strict else mark)
    if removed is not None and (strict or not statements):
        removed += [one.piece.words for one in sourced if not one.quotes and not one.is_frame]
    if statements or shown:
        yield statements


class _Sources:
    """What of the passages may support a piece; a piece is looked for once, however often the text is read again."""

    def __init__(self, passages: Sequence[Passage], verifier: Verifier) -> None:
        self._passages = passages
        self._verifier = verifier
        self._known: dict[tuple[str, tuple[str, ...], tuple[int, ...]], _Sourced] = {}

    def of(self, piece: Piece) -> _Sourced:
        key = (piece.words, piece.before, piece.numbers)
        if key not in self._known:
            self._known[key] = self._look(piece)
        return replace(self._known[key], piece=piece)

    def _look(self, piece: Piece) -> _Sourced:
        numbers = [n for n in dict.fromkeys(piece.numbers) if 1 <= n <= len(self._passages)]
        cited = [best_quote(piece, self._passages[n - 1], self._verifier) for n in numbers]
        near = tuple(self._scored(piece, quote) for quote in cited if quote and quote.support >= NEAR)
        if any(quote.support >= SUPPORTED for quote in near):
            return _Sourced(piece, near)
        found = [best_quote(piece, passage, self._verifier) for passage in self._passages]
        best = max(filter(None, found), key=lambda quote: quote.support, default=None)
        other = self._scored(piece, best) if best and best.support >= SUPPORTED else None
        return _Sourced(piece, near, (other,) if other and other.support >= SUPPORTED else ())

    def _scored(self, piece: Piece, quote: Quote) -> Quote:
        """The quote with the checker's score, if there is a checker: alignment has only chosen the words."""
        if not self._verifier.has_checker:
            return quote
        scores: list[float] = []
        for reading in _readings(piece):
            scores.append(self._verifier.score(reading, quote.as_read))
            if scores[-1] >= SUPPORTED:
                break
        return replace(quote, support=max(scores))


def best_quote(piece: Piece, passage: Passage, verifier: Verifier) -> Quote | None:
    """The sentence of the passage, or two neighbours, that is nearest to the piece; None if none has its numbers."""
    chunk = passage.chunk
    found = spans(chunk)
    singles = [(span.start, span.end) for span in found]
    pairs = [(a.start, b.end) for a, b in pairwise(found)]
    best: Quote | None = None
    for reading in _readings(piece):
        for candidates in (singles, pairs):  # two sentences only where one is not enough
            quotes = [Quote(chunk, chunk.start + start, chunk.start + end, 0.0) for start, end in candidates]
            quotes = [quote for quote in quotes if not missing_numbers(piece.words, quote.as_read)]
            scores = verifier.align(reading, [quote.as_read for quote in quotes])
            for quote, score in zip(quotes, scores, strict=True):
                if best is None or score > best.support:
                    best = replace(quote, support=score)
            if best and best.support >= SUPPORTED:
                return best
    return best


def _readings(piece: Piece) -> list[str]:
    """The claims that a piece may make, the most exact first.

    The last piece of "Altman visited Japan [1], South Korea [1] and India [2]" is looked for as the whole sentence,
    then without the items that have their own footnotes: "Altman visited and India".
    """
    if not piece.before:
        return [piece.words]
    readings = [", ".join([*piece.before, piece.words])]
    if len(piece.words.split()) >= CLAIM_WORDS:
        readings.append(piece.words)
    head = next((words for words in piece.before if len(words.split()) > 2), piece.before[0]).split()
    return readings + [" ".join([*head[:-n], piece.words]) for n in range(1, ITEM_WORDS + 1) if len(head) > n + 1]


def _unchecked(statements: Sequence[Statement]) -> list[Statement]:
    """The statements as they are shown until the model has checked them."""
    return [replace(one, quotes=tuple(replace(quote, checked=False) for quote in one.quotes)) for one in statements]


def _checked(sourced: Sequence[_Sourced], check: Check, *, are_scored: bool) -> list[_Sourced]:
    """What is left after the check. Where it finds nothing, or a checker has scored the quotes, their score decides."""
    pairs = [(n, quote) for n, one in enumerate(sourced) for quote in (*one.cited, *one.other) or (None,)]
    asked = [(n, quote) for n, quote in pairs if quote is None or not are_scored]
    findings = check([_claim(sourced[n].piece, quote) for n, quote in asked]) if asked else {}
    found = {pair: findings.get(place) for place, pair in enumerate(asked)}
    frames = {n for (n, _), finding in found.items() if finding == "frame"}

    def left(n: int, quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
        stays = {None: SUPPORTED, "yes": 0.0}  # the least support with which a quote stays
        kept = [quote for quote in quotes if quote.support >= stays.get(found.get((n, quote)), 2.0)]
        return tuple(replace(quote, support=max(quote.support, SUPPORTED)) for quote in kept)

    return [
        replace(one, cited=left(n, one.cited), other=left(n, one.other), is_frame=n in frames)
        for n, one in enumerate(sourced)
    ]


def _claim(piece: Piece, quote: Quote | None) -> Claim:
    """What the model is asked about a piece; the sentence before a quote may say who "he" is in it."""
    if quote is None:
        return Claim(piece.sentence, piece.words)
    chunk = quote.chunk
    before = [chunk.text[span.start : span.end] for span in spans(chunk) if chunk.start + span.end <= quote.start]
    return Claim(piece.sentence, piece.words, quote.as_read, "".join(before[-1:]), chunk.title)


def _unfinished(begun: str) -> list[Statement]:
    """What is shown of words that the model has begun: no half of a marker, and nothing that may become NONE."""
    words = _HALF_MARKER.sub("", begun)
    return [] if NONE.startswith(words.strip("*_`.,;:\n ").upper()) else [Statement(words, unfinished=True)]


def _statements(sourced: Sequence[_Sourced], end: str, mark: str = "") -> list[Statement]:
    """The pieces that stay, and between them what parts them best; none if no piece has a quote.

    With a `mark` those that no source supports stay, and have it.
    """
    if not any(one.quotes for one in sourced):
        return []
    statements: list[Statement] = []
    gaps: list[str] = []  # since the last piece that stays
    for n, one in enumerate(sourced):
        gaps.append(one.piece.gap)
        is_frame = one.is_frame and _frames(sourced, n)
        if not (one.quotes or is_frame or mark):
            continue
        gap = _strongest(gaps) if statements else _strongest(gaps).rpartition("\n")[2].lstrip()
        words = one.piece.words if one.quotes or is_frame else one.piece.words + mark
        statements.append(Statement(gap + words, one.quotes))
        gaps = []
    after = _strongest([*gaps, end]).partition("\n")[0].rstrip(" ,;:")
    return [*statements[:-1], replace(statements[-1], after=after)]


def _frames(sourced: Sequence[_Sourced], n: int) -> bool:
    """Whether a frame has something to frame: what it introduces, or what it looks back on."""
    before = [one for one in sourced[:n] if not one.is_frame]
    after = [one for one in sourced[n + 1 :] if not one.is_frame]
    introduces = n + 1 < len(sourced) and not is_end(sourced[n + 1].piece.gap)  # "He visited these countries:"
    beside = after[:1] if introduces else before[-1:] + after[:1]
    return any(one.quotes for one in beside)


def _strongest(gaps: Sequence[str]) -> str:
    """Where pieces were dropped there are several gaps: the last of those that part most, as a new line does."""
    return max(reversed(gaps), key=lambda gap: (gap.count("\n"), is_end(gap)))
