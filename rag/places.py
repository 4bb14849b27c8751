"""Where sentences and quotes are in their documents, what is around them, and which of them are read."""

from collections.abc import Sequence
from dataclasses import replace

from rag.citations import Quote
from rag.numerals import gives_other_numbers
from rag.retrieval import Sentence

# Every sentence costs about 40 tokens of prompt, close to a second on two cores.
READ_SENTENCES = 6
FAR = 0.12  # of a score: what is so much worse than the best sentence hardly ever has the answer
NEARLY = 0.04  # of a match
OTHER_NUMBER = 0.08  # of a match
AS_GOOD = 0.03  # of a match


def place(sentence: Sentence) -> tuple[str, int]:
    """The document of a sentence and where it starts: sorted by it, "he" stands after the name it stands for."""
    return sentence.passage.chunk.source, sentence.start


def as_quote(sentence: Sentence) -> Quote:
    """The words of a sentence, which are their own support."""
    return Quote(sentence.passage.chunk, sentence.start, sentence.end, support=1.0)


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
