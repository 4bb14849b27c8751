"""Which sentence a statement of a small model is from: it cites at random, so it is not asked."""

from collections.abc import Sequence
from dataclasses import replace

from rag.citations import Quote
from rag.retrieval import Sentence, spans
from rag.support import SUPPORTED, Verifier

TRIED = 3  # sentences, best aligned first
SURE = 0.95  # the support that leaves no doubt


def attribute(claim: str, sources: Sequence[Sentence], verifier: Verifier, likelihood: float = 0.5) -> Quote | None:
    """The sentence that states the claim, with the one before or after where it takes both; None if no source does."""
    ranked = [source for _, source in _ranked(claim, sources, verifier)]
    quotes = [Quote(source.passage.chunk, source.start, source.end, 0.0) for source in ranked[:TRIED]]
    start, end = _around(quotes[0])
    for quote in [*quotes, replace(quotes[0], start=start)]:
        support = verifier.score(claim, quote.text, likelihood)
        if support < SUPPORTED:
            continue
        longer = replace(quotes[0], end=end)
        if quote == quotes[0] and _is_clearer(claim, longer, quote, verifier):
            quote, support = longer, verifier.score(claim, longer.text, likelihood)
        return replace(quote, support=support)
    return None


def likeliest(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> Quote:
    """The best aligned sentence, which has still to be judged."""
    score, source = _ranked(claim, sources, verifier)[0]
    return Quote(source.passage.chunk, source.start, source.end, score, checked=False)


def _ranked(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> list[tuple[float, Sentence]]:
    """The sources with their alignment to the claim, best first."""
    aligned = verifier.align(claim, [source.text for source in sources])
    return sorted(zip(aligned, sources, strict=True), key=lambda pair: -pair[0])


def _is_clearer(claim: str, longer: Quote, quote: Quote, verifier: Verifier) -> bool:
    """Whether the next sentence is needed: by itself, the longer quote supports the claim and the other does not."""
    alone = verifier.score(claim, quote.text)
    needed = next((level for level in (SUPPORTED, SURE) if alone < level), None)
    return needed is not None and verifier.score(claim, longer.text) >= needed


def _around(quote: Quote) -> tuple[int, int]:
    """Where the sentence before a quote starts, which says who "he" is, and where the one after it ends."""
    chunk = quote.chunk
    places = [(chunk.start + span.start, chunk.start + span.end) for span in spans(chunk)]
    before = [start for start, _ in places if start < quote.start]
    after = [end for _, end in places if end > quote.end]
    return max(before, default=quote.start), min(after, default=quote.end)
