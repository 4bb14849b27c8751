"""The answer of a small model: it reads the best sentences, and every statement it writes has to be found in one.

A model of one or two billion parameters finds the answer in a few sentences well enough, but cites at random and does
not know when to be silent. So it only proposes: a sentence where one fact is asked for, and where a list is, its items,
each put into a sentence. Each sentence is attributed by alignment, then judged (see `rag.support`), and what no source
supports is left out. Where one fact is asked for and the judge is not sure of the sentence, the sources themselves are
quoted: a small model finds the right place more often than the right words. They are quoted too where it has not come
to the end of its sentence, and in one language where the sentence has a word that neither they nor the question have.
In two languages an answer is a translation, which a small model garbles: the words that it is from stand below it, or
alone where it shows (see `rag.garbling`). A question for yes or no is answered in the words of the source alone: which
of the two they say, a small model mixes up.
A question for a reason is answered only if the model finds one in the sources: the judge can't tell it from the fact.
Last, it is judged whether what is to be shown gives what was asked for, and not its subject alone; that takes more
where the model was near to saying that there is no answer. The same is asked of the nearest sentence first: where it
clearly gives it, the model has no other to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from index.language import detect_language
from index.lexical import words_of
from index.sentences import CLOSED, sentence_spans
from rag.attribution import SURE, attribute, likeliest
from rag.citations import Quote, Statement
from rag.examples import CHECK, LIST, NONE
from rag.garbling import has_own_words
from rag.items import new_items
from rag.judging import GIVEN, GIVEN_TOGETHER, Judge
from rag.number_format import localised
from rag.phrases import disagreement, no_source
from rag.places import (
    READ_SENTENCES,
    WORTH,
    around,
    as_quote,
    elsewhere,
    holds,
    one_place,
    place,
    to_read,
    with_before,
)
from rag.proposing import Proposal, Proposer, is_cut_off, is_none
from rag.quotes import MOST_QUOTES, is_quoted, quoted, says_more, tells
from rag.reasons import WHY, asks_why
from rag.rephrasing import two_parts
from rag.retrieval import LIKELY, Sentence
from rag.support import SUPPORTED, USUAL_SILENCE, Verifier

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BELIEVED = 0.9  # the support, as likely as an answer is, that it takes to be shown beside the source's words
ITEM_BELIEVED = 0.75  # the support that every item of a list takes for that
NOTHING = 0.3  # what counts as the support of an answer where the model has none
MUCH_LESS = 0.5  # below how likely the best one gives the answer, a sentence goes: one with items, or one to quote
CLAIM_WEIGHT = 0.06  # of a sentence's score: what a small model says is often wrong, but about the right sentence
SHORT_ITEM = 4  # words that an item of a list has at most, on average
PARAGRAPH = "\n\n"


def read(
    question: str,
    sentences: Sequence[Sentence],
    *,
    kind: str,
    model: "BaseChatModel",
    verifier: Verifier,
    likelihood: float = 0.5,
    is_probed: bool = False,
    language: str | None = None,
    strict: bool = True,
    removed: list[str] | None = None,
) -> Iterator[list[Statement]]:
    """The statements that answer the question, each with a quote that supports it; yields the list as it changes.

    Statements show up with the likeliest quote, not `checked`; those that no source supports go again, so the last list
    may be empty. One fact that the judge is not sure of is given in the words of the source, and so is yes or no. In
    another language they stand below what the judge believes, one fact or a list from one place. If not `strict`,
    unsupported statements beside supported ones are kept and marked. How likely an answer is (see
    `rag.retrieval.answerability`, and `rag.probe` if it `is_probed`) counts for the support of one sentence that
    answers, not for that of each item of a list. What was left out is added to `removed` at the end. The kind is that
    of `rag.rephrasing.kind_of`.

    Raises:
        ModelFailed: the model broke off.
    """
    if not sentences:
        return
    if asks_why(question) and not (kind == LIST and two_parts(question, model)):
        kind = WHY
    reading = _Reading(question, sentences, model, verifier, likelihood, is_probed, language, kind)
    if kind == LIST:
        yield from reading.list_of_items()
    if not reading.found:
        yield from reading.one_fact()
    found = reading.found
    left_out = [claim for claim in reading.left_out if claim not in {one.text for one in found}]
    if removed is not None:
        removed += reading.beside_the_point
        removed += left_out if strict or not found else []
    if found and left_out and not strict:
        yield [*found, *(Statement(claim + no_source(language), (), PARAGRAPH) for claim in left_out)]


class _Reading:
    """What was found in the sentences so far, and what the model said that no source supports."""

    def __init__(
        self,
        question: str,
        sentences: Sequence[Sentence],
        model: "BaseChatModel",
        verifier: Verifier,
        likelihood: float,
        is_probed: bool,
        language: str | None,
        kind: str,
    ) -> None:
        self.found: list[Statement] = []
        self.left_out: list[str] = []
        self.beside_the_point: list[str] = []
        self._question, self._sentences = question, sentences
        self._best = sorted(sentences[:READ_SENTENCES], key=place)
        self._sources = sorted(to_read(sentences), key=place)
        self._proposer, self._verifier = Proposer(question, model, language), verifier
        self._judge = Judge(question, sentences, verifier, likelihood, is_probed, language, kind)
        self._likelihood, self._language, self._kind = likelihood, language, kind
        self._fallback: list[Statement] = []

    def list_of_items(self) -> Iterator[list[Statement]]:
        """A sentence for each item of a list; nothing if there is only one, or if the sources are retold in pieces."""
        items = self._proposer.items(self._best)
        if len(items) <= 1 or sum(len(item.split()) for item in items) > SHORT_ITEM * len(items):
            return
        yield from self._checked(self._proposer.claims(items), self._best, are_items=True)
        if len(self.found) > 1:
            # A small model overlooks items: ask again over the sentences that gave nothing.
            used = _quotes(self.found)
            rest = [one for one in self._best if not any(holds(quote, place(one)) for quote in used)]
            more = new_items(self._proposer.items(rest), items, self._best) if rest else []
            yield from self._checked(self._proposer.claims(more), rest, are_items=True)
        if self.found:
            self._narrow_list()
            yield list(self.found)

    def _narrow_list(self) -> None:
        """Leave out items from sentences beside the point; if that leaves one, the question was for one fact.

        Where one place has all items, it is quoted: it says them better than a small model does. In two languages
        the items stand above it, if the judge believes all: a list that lacks some would look whole.
        """
        given = {quote: self._judge.given(quote) for quote in _quotes(self.found)}
        least = max(GIVEN, max(given.values()) - MUCH_LESS)
        kept = [one for one in self.found if given[one.quotes[0]] >= least]
        self.beside_the_point = [one.text for one in self.found if one not in kept]
        if len(kept) == 1 < len(self.found):
            self._fallback, kept = kept, []
        quotes = _quotes(kept)
        if whole := one_place(quotes):
            words = quoted(whole.chunk, whole.start, whole.end)
            doubted = [
                one.text for one in kept if one.quotes[0].support < ITEM_BELIEVED or self._judge.is_untranslated(one)
            ]
            is_across = self._judge.is_across(whole)
            self.beside_the_point += doubted if is_across else []
            kept = [*kept, words] if is_across and not doubted else [words]
        self.found = kept

    def one_fact(self) -> Iterator[list[Statement]]:
        """The answer to a question for one fact: the model's sentence, the words of the source, or both.

        If the nearest sentence clearly gives it, the model reads no more than what is around and above; it is not asked
        where none of the nearest would be shown, nor for yes or no, which it mixes up.
        """
        if self._kind == WHY and not self._proposer.has_reason(self._sources):
            yield list(self.found)
            return
        if self._kind == CHECK:
            self.found = self._words(self._sentences)
            self.found = self._giving()
            yield list(self.found)
            return
        nearest = self._judge.nearest(self._sentences)
        if nearest and self._judge.is_clear(as_quote(nearest[0])):
            above = [one for one in self._sources if one.is_heading]  # the judge was told the title, too
            self._sources = sorted([*above, *around(nearest[0], self._sentences)], key=place)
        elif nearest and self._judge.is_hopeless(nearest):
            yield list(self.found)
            return
        said = Proposal("")
        for said in self._proposer.sentence(self._sources):
            if not NONE.startswith(said.text.strip(" .").upper()):
                yield [Statement(said.text, unfinished=True)]
        text = said.text
        claims = [] if is_none(text) else [text]
        yield from self._checked(claims, self._sources, self._likelihood, may_go_on=True)
        quote = attribute(text, self._sources, self._verifier, self._likelihood, may_go_on=True) if claims else None
        # However well supported, a sentence beside the point is no answer.
        support = min(SURE, quote.support) if quote else NOTHING
        if self.found:
            yield from self._settled()
        else:  # a small model overlooks what is there: the place itself may answer
            parts, best = self._parts(text) if claims else ([], NOTHING)
            self.found, support = parts or self._words(self._sentences), max(support, best)
        self.found = self._giving(support, said.silence)
        if not self.found:
            self.left_out += [claim for claim in claims if claim not in self.left_out]
        self.found = self.found or self._fallback
        yield list(self.found)

    def _parts(self, text: str) -> tuple[list[Statement], float]:
        """Of several sentences, which no source supports together, those that one supports, and how well the best is.

        In the words of the source if that is doubted. A model that is asked what to do answers in several, and goes on
        with what other documents say to do, which is left out.
        """
        claims = [text[span.start : span.end] for span in sentence_spans(text, self._language)]
        told = [claim for claim in claims if len(claims) > 1 and says_more(claim, self._question)]
        tried = {claim: attribute(claim, self._sources, self._verifier, self._likelihood) for claim in told}
        quotes = {claim: quote for claim, quote in tried.items() if quote.support >= SUPPORTED}
        if not quotes:
            return [], 0.0
        source = max(quotes.values(), key=self._judge.given).chunk.source
        kept = {claim: quote for claim, quote in quotes.items() if quote.chunk.source == source}
        self.left_out.remove(text)
        self.left_out += [claim for claim in claims if claim not in kept]
        shown: dict[str, Statement] = {}
        for claim, quote in kept.items():
            stated = self._stated(claim, quote)
            is_sure = quote.support >= SURE and self._is_said(stated) and not self._judge.is_across(quote)
            one = stated if is_sure else quoted(quote.chunk, quote.start, quote.end)
            shown[one.text] = one
        return list(shown.values()), min(SURE, max(quote.support for quote in kept.values()))

    def _giving(self, support: float = 0.5, silence: float = USUAL_SILENCE) -> list[Statement]:
        """What is to be shown, if one of its quotes gives what was asked for.

        It may take the sentence before, which says who "he" is. So a model's sentence stays if its quote gives it with
        that one; and where words of the sources do not give it, the likeliest of the nearest is quoted with that one.
        """
        quotes = _quotes(self.found)
        if not quotes or any(self._judge.given(quote, support, silence) >= GIVEN for quote in quotes):
            return self.found
        is_words = all(map(is_quoted, self.found))
        tried = [as_quote(one) for one in self._judge.nearest(self._sentences)] if is_words else quotes
        longer = max((with_before(one, self._sentences) for one in tried), key=self._judge.given)
        if self._judge.given(longer, support, silence) < GIVEN_TOGETHER:
            return []
        return [quoted(longer.chunk, longer.start, longer.end)] if is_words else self.found

    def _settled(self) -> Iterator[list[Statement]]:
        """What is to be shown of a supported sentence: it alone, beside what other documents say, or the sources."""
        (statement,) = self.found
        (quote,) = statement.quotes
        is_across, is_said = self._judge.is_across(quote), self._is_said(statement)
        says_enough, support = says_more(statement.text, self._question), self._judge.support(statement)
        if is_said and says_enough and support >= SURE and (is_across or self._judge.is_in_place(quote, self._sources)):
            if others := elsewhere(quote, self._sentences):
                yield from self._compared(statement, sorted(others[:READ_SENTENCES], key=place))
            if is_across and self.found == [statement]:
                self.found.append(quoted(quote.chunk, quote.start, quote.end))
                yield list(self.found)
            return
        if self._likelihood >= LIKELY or says_enough:
            # Who asks in another language reads the sentence first, if the judge believes it by itself.
            is_believed = support >= SUPPORTED and quote.support >= BELIEVED
            is_shown = is_across and is_said and says_enough and is_believed
            closest = self._closest(statement.text)
            is_sure = is_shown or (is_across and support >= SURE)
            words = self._words(closest, self._origin(statement, closest), is_sure=is_sure)
            self.found = [statement, *words] if is_shown else words
        else:  # what says no more than the question has only found the place, if there is one
            self.left_out.append(statement.text)
            self.found = []
        yield list(self.found)

    def _words(
        self, sentences: Sequence[Sentence], origin: Quote | None = None, *, is_sure: bool = False
    ) -> list[Statement]:
        """The best sentence and the one that most likely gives what is asked for; none if all are headings.

        If they are one, beside it where the model's sentence is from, or else the next best if it is nearly as good;
        what is much less likely to give the answer goes. If it `is_sure` where the model's sentence is from, that
        comes first, and beside it only what more likely gives the answer. If the best is clear, it is the only one
        beside the model's.
        """
        considered = self._judge.nearest(sentences)
        if not considered:
            return []

        def shown(one: Sentence) -> Quote:
            return origin if origin and (one.text == origin.text or holds(origin, place(one))) else as_quote(one)

        if self._judge.is_clear(shown(considered[0])):
            considered = considered[:1]
        quotes, own = [shown(one) for one in considered], [origin] if origin else []
        given = max([*own, *quotes], key=self._judge.given)
        near = [shown(one) for one in considered if one.score > considered[0].score - WORTH]
        chosen = dict.fromkeys([*own, given] if is_sure else [quotes[0], given, *own, *near])
        least = self._judge.given(given) - MUCH_LESS
        worth = (one for one in chosen if (is_sure and one == origin) or self._judge.given(one) > least)
        return [quoted(one.chunk, one.start, one.end) for one in islice(worth, MOST_QUOTES)]

    def _origin(self, statement: Statement, sources: Sequence[Sentence]) -> Quote:
        """Where a doubtful statement is from: its quote, unless what is new in it and not there is elsewhere."""
        (quote,) = statement.quotes
        if self._judge.is_across(quote):  # then it shares few words with any
            return quote
        new = {*filter(tells, words_of(statement.text))} - {*words_of(self._question)}
        missing, most = new - {*words_of(quote.as_read)}, len(new & {*words_of(quote.as_read)})
        for one in sources:
            count = len(missing & {*words_of(one.as_read)})
            if count > most and CLOSED.search(one.text):
                quote, most = replace(quote, chunk=one.passage.chunk, start=one.start, end=one.end), count
        return quote

    def _compared(self, first: Statement, others: Sequence[Sentence]) -> Iterator[list[Statement]]:
        """Says so if other documents answer differently: neither source supports both answers."""
        *_, (claim, _) = self._proposer.sentence(others)
        if is_none(claim):
            return
        score, quote = self._verifier.score, attribute(claim, others, self._verifier)
        if quote.support < SURE or score(claim, first.quotes[0].as_read) >= SUPPORTED:
            return
        if says_more(claim, self._question) and score(first.text, quote.as_read) < SUPPORTED:
            second = self._stated(claim, quote)
            second = second if self._is_said(second) else quoted(quote.chunk, quote.start, quote.end)
            self.found = [Statement(disagreement(self._language), (), PARAGRAPH), first, second]
            yield list(self.found)

    def _is_said(self, statement: Statement) -> bool:
        """Whether a sentence of the model is whole and, as far as it shows, in words that its source has."""
        (quote,) = statement.quotes
        if self._judge.is_across(quote):
            is_garbled = self._judge.is_untranslated(statement)
        else:
            is_garbled = has_own_words(statement.text, quote.as_read, self._question)
        return not is_garbled and not is_cut_off(statement.text)

    def _checked(
        self,
        claims: Sequence[str],
        sources: Sequence[Sentence],
        likelihood: float = 0.5,
        *,
        may_go_on: bool = False,
        are_items: bool = False,
    ) -> Iterator[list[Statement]]:
        """Checks claim after claim, and yields what is to be shown before and after each.

        Of items, one that says no more than the question has no heading for a source: "The vendors are vendors.", from
        what stands above their names.
        """
        waiting = [Statement(claim, (likeliest(claim, sources, self._verifier),), PARAGRAPH) for claim in claims]
        if waiting:
            yield [*self.found, *waiting]
        while waiting:
            claim = waiting.pop(0).text
            is_empty = are_items and not says_more(claim, self._question)
            stating = [one for one in sources if not (is_empty and one.is_heading)]
            quote = attribute(claim, stating, self._verifier, likelihood, may_go_on=may_go_on) if stating else None
            if quote and quote.support >= SUPPORTED:
                self.found.append(self._stated(claim, quote))
            else:
                self.left_out.append(claim)
            yield [*self.found, *waiting]

    def _stated(self, claim: str, quote: Quote) -> Statement:
        """A claim with its quote, its numbers as the language of the answer writes them."""
        text = localised(claim, quote.as_read, detect_language(quote.chunk.text), self._language)
        return Statement(text, (quote,), PARAGRAPH)

    def _closest(self, claim: str) -> list[Sentence]:
        """The sources that match the question best, what the model says in answer to it counted in; best first."""
        aligned = self._verifier.align(claim, [source.as_read for source in self._sources])
        weighed = [
            replace(source, score=source.score + CLAIM_WEIGHT * score)
            for source, score in zip(self._sources, aligned, strict=True)
        ]
        return sorted(weighed, key=lambda source: -source.score)


def _quotes(statements: Sequence[Statement]) -> list[Quote]:
    return [quote for statement in statements for quote in statement.quotes]
