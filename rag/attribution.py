"""Which sentence a statement of a small model is from: it cites at random, so it is not asked."""

from collections.abc import Sequence

from rag.citations import Quote
from rag.retrieval import Sentence, spans
from rag.support import SUPPORTED, Verifier

TRIED = 3  # sentences, best aligned first


def attribute(claim: str, sources: Sequence[Sentence], verifier: Verifier, likelihood: float = 0.5) -> Quote | None:
    """The sentence that states the claim, with the one before it where it takes both; None if no source does."""
    ranked = [source for _, source in _ranked(claim, sources, verifier)]
    quotes = [(source.passage.chunk, source.start, source.end) for source in ranked[:TRIED]]
    if (before := _before(ranked[0])) is not None:
        quotes.append((ranked[0].passage.chunk, before, ranked[0].end))
    for chunk, start, end in quotes:
        support = verifier.score(claim, chunk.text[start - chunk.start : end - chunk.start], likelihood)
        if support >= SUPPORTED:
            return Quote(chunk, start, end, support)
    return None


def likeliest(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> Quote:
    """The best aligned sentence, which has still to be judged."""
    score, source = _ranked(claim, sources, verifier)[0]
    return Quote(source.passage.chunk, source.start, source.end, score, checked=False)


def _ranked(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> list[tuple[float, Sentence]]:
    """The sources with their alignment to the claim, best first."""
    aligned = verifier.align(claim, [source.text for source in sources])
    return sorted(zip(aligned, sources, strict=True), key=lambda pair: -pair[0])


def _before(source: Sentence) -> int | None:
    """Where the sentence before this one starts: it says who "he" is and what "the programme" is."""
    chunk = source.passage.chunk
    starts = [chunk.start + span.start for span in spans(chunk) if chunk.start + span.start < source.start]
    return starts[-1] if starts else None
