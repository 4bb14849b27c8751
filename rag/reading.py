"""The answer of a small model: it reads the best sentences, and every statement it writes has to be found in one.

A model of one or two billion parameters finds the answer in a few sentences well enough, but cites at random and does
not know when to be silent. So it only proposes: a sentence where one fact is asked for, and where a list is, its items,
each put into a sentence. Each sentence is attributed by alignment, then judged (see `rag.support`), and what no source
supports is left out. Where one fact is asked for and the judge is not sure of the sentence, the sources themselves are
quoted: a small model finds the right place more often than the right words. Last, it is judged whether what is to be
shown gives what was asked for, and not its subject alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from anyascii import anyascii

from index.language import detect_language
from rag.citations import Quote, Statement, Turn
from rag.countries import country_in
from rag.examples import LIST, NONE, SINGLE
from rag.llm import preference, stream_text
from rag.prompts import (
    disagreement,
    kind_messages,
    no_source,
    read_messages,
    restate_messages,
    say_messages,
    split_messages,
    state_messages,
)
from rag.quotes import quote_sentences, says_more
from rag.retrieval import LIKELY, Sentence, spans
from rag.support import SUPPORTED, Verifier

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# Every sentence costs about 40 tokens of prompt, close to a second on two cores.
READ_SENTENCES = 6
# Sentences that are tried as the source of a statement, best aligned first.
TRIED = 3
NEARLY = 0.04  # of a match
AS_GOOD = 0.03  # of a match
SURE = 0.95  # the support that it takes to do without the words of the source, or to say that documents do not agree
# How likely it has to be that the quotes hold what is asked for, and not its subject alone: where the model's sentence
# is supported, and where the model has found nothing.
GIVEN, SURELY_GIVEN = 0.5, 0.65
CLAIM_WEIGHT = 0.06  # of a sentence's score: what a small model says is often wrong, but about the right sentence
MOST_ITEMS = 8
PHRASE = 12  # words
ALIKE = 0.75  # of 1: "Japon" and "Japan" have 0.8
MOST_TOKENS = 80
PARAGRAPH = "\n\n"


def restated(question: str, history: Sequence[Turn], model: "BaseChatModel") -> str:
    """A follow-up as a question that can be understood alone; earlier answers have no part in what comes after.

    Raises:
        ModelFailed: the model broke off.
    """
    return _line(model, restate_messages(question, history)) if history else question


def second_part(question: str, answered: str, model: "BaseChatModel") -> str | None:
    """What is still to be asked of a question with two parts when the first is answered; None of any other.

    Raises:
        ModelFailed: the model broke off.
    """
    if not _asks_for_list(question, model):
        return None
    text = "".join(stream_text(model, split_messages(question), max_tokens=MOST_TOKENS))
    lines = list(dict.fromkeys(line.strip(" -") for line in text.splitlines() if line.strip()))
    # Of a question that has one part, the model gives the question itself and then a variation of it.
    if len(lines) != 2 or question in lines:
        return None
    first, second = lines
    return restated(second, [Turn(first, answered)], model)


def _asks_for_list(question: str, model: "BaseChatModel") -> bool:
    return preference(model, kind_messages(question), LIST, SINGLE) > 0


def read(
    question: str,
    sentences: Sequence[Sentence],
    *,
    model: "BaseChatModel",
    verifier: Verifier,
    likelihood: float = 0.5,
    language: str | None = None,
    strict: bool = True,
    removed: list[str] | None = None,
) -> Iterator[list[Statement]]:
    """The statements that answer the question, each with a quote that supports it; yields the list as it changes.

    Statements show up with the likeliest quote, not `checked`; those that no source supports go again, so the last
    list may be empty. One fact that the judge is not sure of is given in the words of the source, beside the sentence
    if they are in another language. If not `strict`, unsupported statements beside supported ones are kept and marked.
    How likely an answer is (see `rag.retrieval.answerability`) counts for the one sentence that answers, not for items
    of a list. What was left out is added to `removed` at the end.

    Raises:
        ModelFailed: the model broke off.
    """
    if not sentences:
        return
    # In the order of the documents, so that "he" stands after the name it stands for.
    sources = sorted(sentences[:READ_SENTENCES], key=_place)
    asked = (model, language)
    found: list[Statement] = []
    left_out: list[str] = []
    items = _items(question, sources, *asked) if _asks_for_list(question, model) else []
    claims = _claims(question, items, *asked) if len(items) > 1 else []
    yield from _checked(claims, sources, verifier, found, left_out)
    if len(found) > 1:
        # A small model overlooks items: ask again over the sentences that gave nothing.
        used = {quote.start for statement in found for quote in statement.quotes}
        rest = [source for source in sources if source.start not in used]
        more = _new_items(_items(question, rest, *asked), items, sources) if rest else []
        yield from _checked(_claims(question, more, *asked), rest, verifier, found, left_out)
    elif not found:
        yield from _one_fact(question, sentences, verifier, *asked, likelihood, found, left_out)
    if removed is not None and (strict or not found):
        removed += left_out
    if found and left_out and not strict:
        yield [*found, *(Statement(claim + no_source(language), (), PARAGRAPH) for claim in left_out)]


def _one_fact(
    question: str,
    sentences: Sequence[Sentence],
    verifier: Verifier,
    model: "BaseChatModel",
    language: str | None,
    likelihood: float,
    found: list[Statement],
    left_out: list[str],
) -> Iterator[list[Statement]]:
    """The answer to a question for one fact: the model's sentence, the words of the source, or both."""
    sources = sorted(sentences[:READ_SENTENCES], key=_place)
    text = ""
    for text in _written(question, sources, model, language):
        if not NONE.startswith(text.strip(" .").upper()):
            yield [Statement(text, unfinished=True)]
    claims = [] if _is_none(text) else [text]
    yield from _checked(claims, sources, verifier, found, left_out, likelihood)
    written_in = detect_language(sentences[0].passage.chunk.text)
    if found:
        yield from _settled(question, sentences, verifier, model, language, written_in, likelihood, found, left_out)
        least = GIVEN
    else:  # a small model overlooks what is there: the place itself may answer
        found[:] = quote_sentences(question, sentences)
        least = SURELY_GIVEN
    if found:
        quotes = list(dict.fromkeys(quote.text for statement in found for quote in statement.quotes))
        is_across = detect_language(question) != written_in  # an answer may be wanted in a third language
        given = verifier.given(question, " ".join(quotes[:2]), likelihood, is_across=is_across)
        if given < least:  # the subject alone
            left_out += [claim for claim in claims if claim not in left_out]
            found.clear()
        yield list(found)


def _settled(
    question: str,
    sentences: Sequence[Sentence],
    verifier: Verifier,
    model: "BaseChatModel",
    language: str | None,
    written_in: str | None,
    likelihood: float,
    found: list[Statement],
    left_out: list[str],
) -> Iterator[list[Statement]]:
    """Makes of a supported sentence what is to be shown: it alone, beside what other documents say, or the sources."""
    sources = sorted(sentences[:READ_SENTENCES], key=_place)
    # Words from elsewhere than where the question leads are often true and beside the point.
    is_in_place = language != written_in or _is_among_best(found[0].quotes[0], sources)
    if is_in_place and _is_sure(question, found[0], verifier):
        if others := _elsewhere(found[0], sentences):
            yield from _compared(question, found, others, verifier, model, language)
    else:
        is_answer = says_more(found[0].text, question)
        if likelihood >= LIKELY or is_answer:
            quoted = quote_sentences(question, _closest(found[0].text, sources, verifier))
            # Who asks in another language reads the sentence first, if the judge believes it by itself.
            is_shown = language != written_in and is_answer and _support(found[0], verifier) >= SUPPORTED
            found[:] = [*found, *quoted] if is_shown else quoted
        else:  # what says no more than the question has only found the place, if there is one
            left_out.append(found[0].text)
            found.clear()
        yield list(found)


def _checked(
    claims: Sequence[str],
    sources: Sequence[Sentence],
    verifier: Verifier,
    found: list[Statement],
    left_out: list[str],
    likelihood: float = 0.5,
) -> Iterator[list[Statement]]:
    """Checks claim after claim, adds to `found` or `left_out`, and yields what is to be shown before and after each."""
    waiting = [Statement(claim, (_likeliest(claim, sources, verifier),), PARAGRAPH) for claim in claims]
    if waiting:
        yield [*found, *waiting]
    while waiting:
        claim = waiting.pop(0).text
        if quote := attribute(claim, sources, verifier, likelihood):
            found.append(Statement(claim, (quote,), PARAGRAPH))
        else:
            left_out.append(claim)
        yield [*found, *waiting]


def _is_among_best(quote: Quote, sources: Sequence[Sentence]) -> bool:
    """Whether a quote holds a sentence that matches the question as well as any."""
    top = max(source.match for source in sources)
    best = [_place(source) for source in sources if source.match >= top - AS_GOOD]
    return any(quote.chunk.source == name and quote.start <= start < quote.end for name, start in best)


def _is_sure(question: str, statement: Statement, verifier: Verifier) -> bool:
    """Whether the statement says more than the question does, and the judge alone is sure of it."""
    return says_more(statement.text, question) and _support(statement, verifier) >= SURE


def _support(statement: Statement, verifier: Verifier) -> float:
    """How well its quote supports a statement, whatever was likely before."""
    return verifier.score(statement.text, statement.quotes[0].text)


def _closest(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> list[Sentence]:
    """The sources that match the question best, what the model says in answer to it counted in; best first."""
    aligned = verifier.align(claim, [source.text for source in sources])
    weighed = [
        replace(source, score=source.score + CLAIM_WEIGHT * score)
        for source, score in zip(sources, aligned, strict=True)
    ]
    return sorted(weighed, key=lambda source: -source.score)


def _elsewhere(statement: Statement, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences of other documents that match the question nearly as well as the one that the statement is from."""
    source = statement.quotes[0].chunk.source
    best = max(one.match for one in sentences if one.passage.chunk.source == source)
    near = [one for one in sentences if one.passage.chunk.source != source and one.match >= best - NEARLY]
    return sorted(near[:READ_SENTENCES], key=_place)


def _compared(
    question: str,
    found: list[Statement],
    others: Sequence[Sentence],
    verifier: Verifier,
    model: "BaseChatModel",
    language: str | None,
) -> Iterator[list[Statement]]:
    """Says so if other documents answer a question for one fact differently: neither source supports both answers."""
    (first,) = found
    for claim in _sentence(question, others, model, language):
        quote = attribute(claim, others, verifier)
        if quote is None or quote.support < SURE or verifier.score(claim, first.quotes[0].text) >= SUPPORTED:
            continue
        if verifier.score(first.text, quote.text) < SUPPORTED:
            frame, second = Statement(disagreement(language), (), PARAGRAPH), Statement(claim, (quote,), PARAGRAPH)
            found[:] = [frame, first, second]
            yield list(found)


def _place(sentence: Sentence) -> tuple[str, int]:
    return sentence.passage.chunk.source, sentence.start


def _sentence(question: str, sources: Sequence[Sentence], model: "BaseChatModel", language: str | None) -> list[str]:
    """The answer in one sentence; none if the model says that the sources do not answer."""
    *_, text = _written(question, sources, model, language)
    return [] if _is_none(text) else [text]


def _written(question: str, sources: Sequence[Sentence], model: "BaseChatModel", language: str | None) -> Iterator[str]:
    """The answer in one sentence as it grows, or NONE."""
    messages = say_messages(question, [_one_line(source.text) for source in sources], language)
    pieces = stream_text(model, messages, stop=["\n"], max_tokens=MOST_TOKENS)
    return map(str.strip, accumulate(pieces, initial=""))


def _items(question: str, sources: Sequence[Sentence], model: "BaseChatModel", language: str | None) -> list[str]:
    """The answers that the model names, as short as it names them."""
    messages = read_messages(question, [_one_line(source.text) for source in sources], language)
    text = _line(model, messages)
    if _is_none(text):  # it says so too often, and is mostly right when it is asked again; the judge decides
        text = _line(model, messages, logit_bias={NONE: -100})
    items = [country_in(language, item.strip(" .")) for item in text.split(";")]
    # A list is of names and phrases: where a long clause follows, the model has gone on to retell the sources.
    items = [item for item in items[:1] + [item for item in items[1:] if len(item.split()) <= PHRASE] if item]
    # A model that repeats itself is cut off in the middle of a word.
    whole = [item for item in items if not any(other != item and other.startswith(item) for other in items)]
    return _new_items([item for item in whole if not _is_none(item)], [], sources)[:MOST_ITEMS]


def _new_items(items: Sequence[str], known: Sequence[str], sources: Sequence[Sentence]) -> list[str]:
    """The items that are not the same as a known one or an earlier one, also not as its translation."""
    text = _plain(" ".join(source.text for source in sources))
    new: list[str] = []
    for item in items:
        if not any(_is_same(_plain(item), _plain(other), text) for other in [*known, *new]):
            new.append(item)
    return new


def _is_same(item: str, other: str, text: str) -> bool:
    """Whether two names are one: alike, and not both in the sources, as Austria and Australia would be."""
    are_both_there = item in text and other in text
    return item == other or (not are_both_there and SequenceMatcher(None, item, other).ratio() >= ALIKE)


def _plain(text: str) -> str:
    return str(anyascii(text)).casefold()


def _claims(question: str, items: Sequence[str], model: "BaseChatModel", language: str | None) -> list[str]:
    """One sentence for each item: a full sentence can be judged, and read, better than a name."""
    if not items:
        return []
    messages = state_messages(question, items, language)
    text = "".join(stream_text(model, messages, max_tokens=40 + 50 * len(items)))
    lines = [line.strip(" -") for line in text.splitlines()]
    return list(dict.fromkeys(filter(None, lines)))[: len(items)]


def _line(model: "BaseChatModel", messages: "list[BaseMessage]", **options: Any) -> str:
    return "".join(stream_text(model, messages, stop=["\n"], max_tokens=MOST_TOKENS, **options)).strip()


def _is_none(text: str) -> bool:
    return text.strip(" .").upper() in ("", NONE)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def attribute(claim: str, sources: Sequence[Sentence], verifier: Verifier, likelihood: float = 0.5) -> Quote | None:
    """The sentence that states the claim, with the one before it where it takes both; None if no source does."""
    ranked = [source for _, source in _ranked(claim, sources, verifier)]
    quotes = [(source.passage.chunk, source.start, source.end) for source in ranked[:TRIED]]
    quotes += [(source.passage.chunk, start, source.end) for source in ranked[:1] if (start := _before(source))]
    for chunk, start, end in quotes:
        support = verifier.score(claim, chunk.text[start - chunk.start : end - chunk.start], likelihood)
        if support >= SUPPORTED:
            return Quote(chunk, start, end, support)
    return None


def _likeliest(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> Quote:
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
