"""The answer of a small model: it reads the best sentences, and every statement it writes has to be found in one.

A model of one or two billion parameters finds the answer in a few sentences well enough, but cites at random and does
not know when to be silent. So it only proposes: a sentence where one fact is asked for, and where a list is, its items,
each put into a sentence. Each sentence is attributed by alignment, then judged (see `rag.support`), and what no source
supports is left out. Where one fact is asked for and the judge is not sure of the sentence, the sources themselves are
quoted: a small model finds the right place more often than the right words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any

from anyascii import anyascii

from index.language import detect_language
from index.lexical import UNSPACED, terms
from rag.citations import Quote, Statement, Turn
from rag.countries import country_in
from rag.examples import LIST, NONE, SINGLE
from rag.llm import first_token_logprobs, preference, stream_text
from rag.prompts import (
    disagreement,
    judge_messages,
    kind_messages,
    read_messages,
    restate_messages,
    say_messages,
    split_messages,
    state_messages,
)
from rag.quotes import quote_sentences
from rag.retrieval import Sentence, spans
from rag.support import SUPPORTED, Verifier

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# Every sentence costs about 40 tokens of prompt, close to a second on two cores.
READ_SENTENCES = 6
# Sentences that are tried as the source of a statement, best aligned first.
TRIED = 3
NEARLY = 0.04  # of a match
SURE = 0.95  # the support that it takes to do without the words of the source, or to say that documents do not agree
CLAIM_WEIGHT = 0.06  # of a sentence's score: what a small model says is often wrong, but about the right sentence
MOST_ITEMS = 8
PHRASE = 12  # words
SAME_WORD = 0.6  # of 1: "creía" and "creer" have 0.6
ARTICLE = 3  # letters
ALIKE = 0.75  # of 1: "Japon" and "Japan" have 0.8
MOST_TOKENS = 80
UNSUPPORTED = " (no source found)"
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
        claims = _sentence(question, sources, *asked)
        yield from _checked(claims, sources, verifier, found, left_out, likelihood)
        if found and not _is_sure(question, found[0], verifier):
            quoted = quote_sentences(_closest(claims, sources, verifier))
            # Who asks in another language reads the sentence first.
            found[:] = quoted if language == detect_language(quoted[0].quotes[0].chunk.text) else [*found, *quoted]
            yield list(found)
        elif found and (others := _elsewhere(found[0], sentences)):
            yield from _compared(question, found, others, verifier, *asked)
    if removed is not None and (strict or not found):
        removed += left_out
    if found and left_out and not strict:
        yield [*found, *(Statement(claim + UNSUPPORTED, (), PARAGRAPH) for claim in left_out)]


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


def _is_sure(question: str, statement: Statement, verifier: Verifier) -> bool:
    """Whether the statement says more than the question does, and the judge alone is sure of it."""
    return _says_more(statement.text, question) and verifier.score(statement.text, statement.quotes[0].text) >= SURE


def _says_more(text: str, question: str) -> bool:
    """Whether a text has a word that the question has in no form: "believed" says no more than "believe"."""
    asked = terms(question)
    new = [term for term in terms(text) if not get_close_matches(term, asked, n=1, cutoff=SAME_WORD)]
    return any(len(term) > ARTICLE or not term.isalpha() or UNSPACED.match(term) for term in new)


def _closest(claims: Sequence[str], sources: Sequence[Sentence], verifier: Verifier) -> list[Sentence]:
    """The sources that match the question best, what the model says in answer to it counted in; best first."""
    aligned = verifier.align(claims[0], [source.text for source in sources])
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
    text = _line(model, say_messages(question, [_one_line(source.text) for source in sources], language))
    return [] if _is_none(text) else [text]


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
    return text.strip(" .").upper() == NONE


def _one_line(text: str) -> str:
    return " ".join(text.split())


def warm_up(model: "BaseChatModel") -> None:
    """Have a local model read what never changes in its prompts, so that the first question does not wait for it."""
    for messages in (
        kind_messages(""),
        split_messages(""),
        say_messages("", [""], None),
        judge_messages("", ""),
        read_messages("", [""], None),
        state_messages("", [""], None),
    ):
        first_token_logprobs(model, messages, top=1)


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
