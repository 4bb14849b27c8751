"""Whether words of the documents give what one question asks for, and whether what is said of them is theirs.

Sentences about the subject of a question are found for nearly every one. Before a small model reads them, and before
anything is shown, its judge (see `rag.support.Verifier.given`) says how likely they give what is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from index.language import detect_language
from rag.attribution import SURE
from rag.citations import Quote, Statement
from rag.context import titled
from rag.examples import CHECK, LIST
from rag.garbling import is_garbled
from rag.places import READ_SENTENCES, around, as_quote, elsewhere, is_among_best, with_before
from rag.quotes import whole_sentences
from rag.retrieval import Sentence
from rag.support import USUAL_SILENCE, Verifier

JUDGED = 3  # sentences, best first: whether they give what is asked for
GIVEN = 0.38  # how likely it has to be that a quote holds what is asked for, and not its subject alone
GIVEN_TOGETHER = 0.52  # the same of a quote with the sentence before it: two have more that may seem to
CLEAR = 0.82  # how likely it has to be that a sentence gives what is asked for, if no other is to be read
LIKELY_AT_MOST = 0.95  # for that: where the title has the question's words, an answer seems likelier from any sentence


@dataclass(frozen=True)
class Judge:
    """What is judged of quotes and statements for one question.

    Attributes:
        sentences: What was found for the question, best first.
        likelihood: How likely the documents answer (see `rag.retrieval.answerability` and `rag.probe`).
        is_probed: Whether that is what the probe of the local model says.
        language: Code of the language that the answer is wanted in; None if it is not known.
        kind: What the question asks for (see `rag.examples` and `rag.reasons`).
    """

    question: str
    sentences: Sequence[Sentence]
    verifier: Verifier
    likelihood: float
    is_probed: bool
    language: str | None
    kind: str

    def nearest(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """The few sentences of which it is judged whether they give what is asked for, best first."""
        return list(islice(whole_sentences(self.question, sentences), JUDGED))

    def given(self, quote: Quote, support: float = 0.5, silence: float = USUAL_SILENCE, *, most: float = 1.0) -> float:
        """How likely words of the documents give what is asked for; of the likelihood before, `most` counts at most."""
        likelihood = min(self.likelihood, most)
        words, is_polar = titled(quote.chunk, quote.as_read), self.kind == CHECK
        return self.verifier.given(
            self.question, words, likelihood, support, silence, is_polar=is_polar, is_probed=self.is_probed
        )

    def is_in_place(self, quote: Quote, sources: Sequence[Sentence]) -> bool:
        """Whether a quote is among the best sources, or no nearest sentence more likely gives what is asked for.

        Words from elsewhere are often true and beside the point.
        """
        nearest = map(as_quote, self.nearest(self.sentences))
        return is_among_best(quote, sources) or all(self.given(one) <= self.given(quote) for one in nearest)

    def is_clear(self, quote: Quote) -> bool:
        """Whether a quote clearly gives what is asked for, and no other document has as near a sentence."""
        is_one = self._is_one_fact_in_one_language(quote) and not elsewhere(quote, self.sentences)
        return is_one and self.given(quote, most=LIKELY_AT_MOST) >= CLEAR

    def is_hopeless(self, nearest: Sequence[Sentence]) -> bool:
        """Whether nothing would be shown, however sure the model is of its sentence.

        Then none of the nearest sentences, alone or after the one before, and no heading gives what is asked for. The
        very nearest is judged between both its neighbours, which would be read with it. How near the model is to
        silence is not known yet, and taken as usual.
        """
        headings = [one for one in self.sentences[:READ_SENTENCES] if one.is_heading]
        alone = [as_quote(one) for one in [*nearest, *headings[:1]]]
        wider = around(nearest[0], self.sentences)
        alone.append(replace(alone[0], start=wider[0].start, end=wider[-1].end))
        longer = [with_before(as_quote(one), self.sentences) for one in nearest[1:]]
        needed = [*((one, GIVEN) for one in alone), *((one, GIVEN_TOGETHER) for one in longer)]
        return all(self._is_one_fact_in_one_language(one) and self.given(one, SURE) < least for one, least in needed)

    def is_across(self, quote: Quote) -> bool:
        """Whether words of a document are in another language than the answer is wanted in."""
        return self.language is not None and detect_language(quote.chunk.text) not in (None, self.language)

    def is_untranslated(self, statement: Statement) -> bool:
        """Whether a sentence that has to be a translation is none."""
        (quote,) = statement.quotes
        return self.is_across(quote) and is_garbled(statement.text, quote.as_read, self.question, self.language or "")

    def support(self, statement: Statement) -> float:
        """How well its quote supports a statement, whatever was likely before."""
        return self.verifier.score(statement.text, statement.quotes[0].as_read)

    def _is_one_fact_in_one_language(self, quote: Quote) -> bool:
        """Whether one fact is asked for, in the language of a quote: in two, the nearest often do not give it."""
        asked_in = detect_language(self.question)
        return self.kind != LIST and asked_in is not None and detect_language(quote.chunk.text) == asked_in
