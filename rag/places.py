"""Where sentences and quotes are in their documents, what is around them, and which of them are read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.citations import Quote
from rag.context import goes_on
from rag.numerals import gives_other_numbers
from rag.retrieval import Sentence

# Every sentence costs about 40 tokens of prompt, close to a second on two cores.
READ_SENTENCES = 6
FAR = 0.12  # of a score: what is so much worse than the best sentence hardly ever has the answer
NEARLY = 0.04  # of a match
OTHER_NUMBER = 0.08  # of a match
AS_GOOD = 0.03  # of a match
WORTH = 0.06  # of a score: a second sentence is worth quoting only if it is nearly as good as the first
SURROUNDED = 600  # characters
LONGEST = 240  # characters that a quote is extended to


def place(sentence: Sentence) -> tuple[str, int]:
    """The document of a sentence and where it starts: sorted by it, "he" stands after the name it stands for."""
    return sentence.passage.chunk.source, sentence.start


def as_quote(sentence: Sentence) -> Quote:
    """The words of a sentence, which are their own support."""
    return Quote(sentence.passage.chunk, sentence.start, sentence.end, support=1.0)


def grown(sentence: Sentence, others: Sequence[Sentence]) -> Quote:
    """A sentence with those beside it in its paragraph that match the question nearly as well, while that is short.

    What a sentence leaves open, the one beside it often says, and apart they would be two quotes.
    """
    run = _paragraph(sentence, others)
    first = last = run.index(sentence)
    while True:
        wider = [(n, min(n, first), max(n, last)) for n in (first - 1, last + 1) if 0 <= n < len(run)]
        fitting = [
            (run[n].score, start, end)
            for n, start, end in wider
            if run[n].score > sentence.score - WORTH and run[end].end - run[start].start <= LONGEST
        ]
        if not fitting:
            return replace(as_quote(sentence), start=run[first].start, end=run[last].end)
        _, first, last = max(fitting)


def surrounded(sentence: Sentence, others: Sequence[Sentence]) -> Quote:
    """A sentence with what is before and after it in its passage, up to `SURROUNDED` characters.

    The shorter neighbour is taken first, and of two as long the one before.
    """
    run = sorted((one for one in others if one.passage is sentence.passage), key=place)
    first = last = run.index(sentence)
    while True:
        wider = [(first, last + 1), (first - 1, last)]
        lengths = [
            (run[end].end - run[start].start, start, end) for start, end in wider if 0 <= start <= end < len(run)
        ]
        fitting = [one for one in lengths if one[0] <= SURROUNDED]
        if not fitting:
            return replace(as_quote(sentence), start=run[first].start, end=run[last].end)
        _, first, last = min(fitting)


def without(quote: Quote, others: Iterable[Quote]) -> Quote:
    """What a quote has after others, or else before them; of no length if it has nothing else."""
    for one in others:
        if quote.chunk.source != one.chunk.source or not (one.start < quote.end and quote.start < one.end):
            continue
        if one.start <= quote.start:
            rest = replace(quote, start=min(one.end, quote.end))
            quote = replace(rest, start=rest.end - len(rest.text.lstrip()))
        else:
            rest = replace(quote, end=one.start)
            quote = replace(rest, end=rest.start + len(rest.text.rstrip()))
    return quote


def _paragraph(sentence: Sentence, others: Sequence[Sentence]) -> list[Sentence]:
    """The sentences of its paragraph, or of its item of a list, in their order."""
    found: list[Sentence] = []
    for one in sorted((one for one in others if one.passage is sentence.passage), key=place):
        if found and not goes_on(one.passage.chunk, found[-1].end, one.start):
            if sentence in found:
                break
            found = []
        found.append(one)
    return found


def holds(quote: Quote, at: tuple[str, int]) -> bool:
    """Whether what starts at a place, as `place` gives it, is in a quote."""
    source, start = at
    return quote.chunk.source == source and quote.start <= start < quote.end


def one_place(quotes: Sequence[Quote]) -> Quote | None:
    """The quote that all others are in; None if there is no such quote."""
    longest = max(quotes, key=lambda quote: quote.end - quote.start, default=None)
    if longest is None or not all(holds(longest, (one.chunk.source, one.start)) for one in quotes):
        return None
    return longest if all(one.end <= longest.end for one in quotes) else None


def around(sentence: Sentence, others: Sequence[Sentence]) -> list[Sentence]:
    """A sentence between its neighbours in its passage; headings are left out."""
    return [*_before(as_quote(sentence), others), sentence, *_after(sentence, others)]


def with_before(quote: Quote, others: Sequence[Sentence]) -> Quote:
    """A quote with the sentence before it in its passage, if there is one that is no heading."""
    before = _before(quote, others)
    return replace(quote, start=before[0].start) if before else quote


def to_read(sentences: Sequence[Sentence]) -> list[Sentence]:
    """For one fact: the best sentences, none far behind the best that is no heading, and what follows the very best."""
    best, *others = sentences
    following = _after(best, others)
    least = max((one.score for one in sentences if not one.is_heading), default=best.score) - FAR
    near = [one for one in others if one not in following and one.score > least]
    return [best, *following, *near][:READ_SENTENCES]


def _before(quote: Quote, others: Sequence[Sentence]) -> list[Sentence]:
    """The sentence before a quote in its passage, which may say who "he" is; none if that is a heading."""
    earlier = [one for one in others if one.passage.chunk.id == quote.chunk.id and one.end <= quote.start]
    return _without_headings(sorted(earlier, key=place)[-1:])


def _after(sentence: Sentence, others: Sequence[Sentence]) -> list[Sentence]:
    """The sentence after one in its passage, which may go on to say why, or what for; none if that is a heading."""
    later = [one for one in others if one.passage is sentence.passage and one.start >= sentence.end]
    return _without_headings(sorted(later, key=place)[:1])


def _without_headings(sentences: Sequence[Sentence]) -> list[Sentence]:
    return [one for one in sentences if not one.is_heading]


def is_among_best(quote: Quote, sources: Sequence[Sentence]) -> bool:
    """Whether a quote holds a sentence that matches the question as well as any."""
    top = max(source.match for source in sources)
    return any(holds(quote, place(source)) for source in sources if source.match >= top - AS_GOOD)


def elsewhere(quote: Quote, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences of other documents that match the question nearly as well as any of the quoted document, best first.

    Those that give other numbers than the quote may match it less. A copy of what is quoted says nothing else.
    """
    source = quote.chunk.source
    best = max(one.match for one in sentences if one.passage.chunk.source == source)
    others = [one for one in sentences if one.passage.chunk.source != source and one.text not in quote.text]
    near = [one for one in others if one.match >= best - OTHER_NUMBER]
    return [one for one in near if one.match >= best - NEARLY or gives_other_numbers(one.text, quote.text)]
