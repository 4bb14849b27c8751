"""Which sentence a statement of a small model is from: it cites at random, so it is not asked."""

from collections.abc import Sequence
from dataclasses import replace

from rag.citations import Quote
from rag.context import spans
from rag.retrieval import Sentence
from rag.support import SUPPORTED, Verifier

TRIED = 3  # sentences, best aligned first
SURE = 0.95  # the support that leaves no doubt
MORE = 0.1  # alignment that the next sentence has to add


def attribute(
    claim: str, sources: Sequence[Sentence], verifier: Verifier, likelihood: float = 0.5, *, may_go_on: bool = False
) -> Quote:
    """The sentence that states the claim, with the one before where it takes both: of the best aligned, or the best.

    With the next one where what is claimed `may_go_on` there, as the answer to one question may. If no source states
    it, what does so most, whose support is below `SUPPORTED`.
    """
    ranked = [source for _, source in _ranked(claim, sources, verifier)]
    quotes = [Quote(source.passage.chunk, source.start, source.end, 0.0) for source in ranked[:TRIED]]
    longer = replace(quotes[0], end=_around(quotes[0])[1])
    needed = [longer] if may_go_on and _goes_on(claim, quotes[0], longer, verifier) else []

    def scored(quote: Quote) -> Quote:
        return replace(quote, support=verifier.score(claim, quote.as_read, likelihood))

    tried: list[Quote] = []
    for quote in dict.fromkeys([*needed, *quotes, _with_before(quotes[0])]):
        tried.append(scored(quote))
        if tried[-1].support >= SUPPORTED:
            return tried[-1]
    best = max((one for one in tried if replace(one, support=0.0) in quotes), key=lambda one: one.support)
    return max([*tried, scored(_with_before(best))], key=lambda one: one.support)


def likeliest(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> Quote:
    """The best aligned sentence, which has still to be judged."""
    score, source = _ranked(claim, sources, verifier)[0]
    return Quote(source.passage.chunk, source.start, source.end, score, checked=False)


def _ranked(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> list[tuple[float, Sentence]]:
    """The sources with their alignment to the claim, best first."""
    aligned = verifier.align(claim, [source.as_read for source in sources])
    return sorted(zip(aligned, sources, strict=True), key=lambda pair: -pair[0])


def _goes_on(claim: str, quote: Quote, longer: Quote, verifier: Verifier) -> bool:
    """Whether words of a claim are in the sentence after its quote, so that both support it better than one."""
    alone, together = verifier.align(claim, [quote.as_read, longer.as_read])
    support = verifier.score(claim, quote.as_read)
    if together < alone + MORE or support >= SURE:
        return False
    return verifier.score(claim, longer.as_read) >= (SUPPORTED if support < SUPPORTED else SURE)


def _with_before(quote: Quote) -> Quote:
    return replace(quote, start=_around(quote)[0], support=0.0)


def _around(quote: Quote) -> tuple[int, int]:
    """Where the sentence before a quote starts, which says who "he" is, and where the one after it ends."""
    chunk = quote.chunk
    places = [(chunk.start + span.start, chunk.start + span.end) for span in spans(chunk)]
    before = [start for start, _ in places if start < quote.start]
    after = [end for _, end in places if end > quote.end]
    return max(before, default=quote.start), min(after, default=quote.end)
