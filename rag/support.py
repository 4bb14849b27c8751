"""Does this quote support this statement? The number under every footnote.

Three witnesses, because each sees what the others miss:

- the embedding model aligns each token of the statement with its best match in the quote, across languages, as
  BERTScore's recall does (Zhang et al., BERTScore, ICLR 2020, section 3); a word that is nowhere in the quote shows;
- numbers are compared exactly, because neither model can tell 50 from 500;
- a local language model is asked "does the source state it?", and the probability of its one-token answer is read.

Where the user has a model made for this question (`rag.entailment`), it is heard instead of the first and the last.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.embed import SentenceEmbeddings
from index.loaders.parsed import one_line
from rag.examples import NO, YES
from rag.llm import preference
from rag.numerals import missing_numbers
from rag.prompts import gives_messages, judge_messages

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from numpy.typing import NDArray

    from rag.entailment import Checker

SUPPORTED = 0.5
# Logistic on the mean cosine of the worst aligned tokens, and on log P(Yes) - log P(No) beside it. The weights are a
# rounded fit; tests/benchmarks/support_pairs.py makes another one, which is no better on other languages.
ALIGNMENT_SLOPE, ALIGNMENT_MIDDLE = 30.0, 0.80
JUDGE_WEIGHT, ALIGNMENT_WEIGHT, BIAS = 1.0, 0.5, 0.0
PRIOR_WEIGHT, MOST_PRIOR = 0.7, 2.0
# Of `given`, fitted on what was found for answerable questions and near misses (tests/benchmarks/near_misses.py). Only
# the weight of the support is not the fitted 0.17: with that, what the model made up got quotes about the subject. The
# prior and the silence were fitted later; a silence as usual changes nothing.
GIVEN_WEIGHT, GIVEN_PRIOR, GIVEN_SUPPORT, GIVEN_BIAS = 1.8, 0.3, 0.3, -3.9
GIVEN_SILENCE, USUAL_SILENCE = 0.4, -5.0
LEAST_SILENCE = -12.0  # below it, a model is only surer of how its sentence begins
# Of `given` where the likelihood is what the probe of the local model says (see `rag.probe`), which tells more. Chosen,
# not fitted: tests/benchmarks/RESULTS.md, "What the local model knows before it says so".
PROBED_WEIGHT, PROBED_PRIOR, PROBED_BIAS = 1.2, 1.45, -3.0
# Of `given` for a question for yes or no, fitted to those of tests/benchmarks/yes_no. The "No" of the judge may be the
# answer to the question itself, so it says less; what the model answers may be the wrong one, and is not heard.
POLAR_WEIGHT, POLAR_PRIOR, POLAR_BIAS = 1.2, 0.8, -3.0
WORST_TOKENS = 3


class Verifier:
    """Scores how well quotes support a statement, each from 0 to 1; `SUPPORTED` and above means that it does.

    Args:
        embeddings: The embedding model of the index.
        judge: A local language model; without one, alignment and numbers have to do.
        checker: A model made to check statements; where there is one, `score` asks it and no judge.
    """

    def __init__(
        self,
        embeddings: SentenceEmbeddings,
        judge: "BaseChatModel | None" = None,
        checker: "Checker | None" = None,
    ) -> None:
        self._embeddings = embeddings
        self._judge = judge
        self._checker = checker
        self._tokens: dict[str, NDArray[np.float32]] = {}
        self._verdicts: dict[str, float] = {}  # of the judge, by what it was asked
        self._probabilities: dict[tuple[str, str], float] = {}  # by the checker

    @property
    def has_checker(self) -> bool:
        """Whether what `score` says needs no other check."""
        return self._checker is not None

    def align(self, statement: str, quotes: Sequence[str]) -> list[float]:
        """Scores by alignment and numbers alone: cheap enough to choose among many quotes."""
        if not quotes:
            return []
        wanted, *found = self._token_vectors([statement, *quotes])
        scores = []
        for quote, vectors in zip(quotes, found, strict=True):
            score = logistic(ALIGNMENT_SLOPE * (worst_aligned(wanted, vectors) - ALIGNMENT_MIDDLE))
            scores.append(_capped(score, statement, quote))
        return scores

    def score(self, statement: str, quote: str, likelihood: float = 0.5) -> float:
        """The best score at hand for one quote.

        Args:
            statement: A full sentence that makes a claim.
            quote: The words that are to support it.
            likelihood: How likely it is that the documents answer what was asked (see `rag.retrieval.answerability`):
                the likelier, the more of what the judge doubts is right all the same, and the less likely, the less of
                what it believes.
        """
        if self._checker is not None:
            if (statement, quote) not in self._probabilities:
                self._probabilities[statement, quote] = self._checker.probability(statement, quote)
            return _capped(self._probabilities[statement, quote], statement, quote)
        aligned = self.align(statement, [quote])[0]
        if self._judge is None or missing_numbers(statement, quote):
            return aligned
        return weigh(self.judged(statement, quote), aligned, likelihood)

    def judged(self, statement: str, quote: str) -> float:
        """How much rather the judge says that the quote states it than that it does not, as a log-odds.

        Raises:
            ValueError: there is no judge.
        """
        return self._preference(judge_messages(one_line(quote), statement))

    def given(
        self,
        question: str,
        quote: str,
        likelihood: float,
        support: float = 0.5,
        silence: float = USUAL_SILENCE,
        *,
        is_polar: bool = False,
        is_probed: bool = False,
    ) -> float:
        """How likely a quote holds what a question asks for, 0 to 1: one about the same subject often does not.

        Args:
            question: In any language.
            quote: What is to be shown as the source of the answer, after the title of its document.
            likelihood: As for `score`.
            support: The score of what the model answered; 0.5 where that is not known.
            silence: The log-probability that it had answered with NONE (see `rag.proposing.Proposer.sentence`).
            is_polar: Whether the question asks for yes or no; then neither support nor silence counts.
            is_probed: Whether the likelihood is what the probe says.

        Raises:
            ValueError: there is no judge.
        """
        gives = self._preference(gives_messages(one_line(quote), question))
        if is_polar:
            return logistic(POLAR_WEIGHT * gives + POLAR_PRIOR * logit(likelihood) + POLAR_BIAS)
        said = GIVEN_SUPPORT * logit(support) + GIVEN_SILENCE * (USUAL_SILENCE - max(LEAST_SILENCE, silence))
        if is_probed:
            return logistic(PROBED_WEIGHT * gives + PROBED_PRIOR * logit(likelihood) + said + PROBED_BIAS)
        return logistic(GIVEN_WEIGHT * gives + GIVEN_PRIOR * logit(likelihood) + said + GIVEN_BIAS)

    def _preference(self, asked: "list[BaseMessage]") -> float:
        """How much rather the judge answers Yes than No, as a log-odds; it is asked once.

        Raises:
            ValueError: there is no judge.
        """
        if self._judge is None:
            raise ValueError("this verifier has no judge")
        key = repr([message.content for message in asked])
        if key not in self._verdicts:
            self._verdicts[key] = preference(self._judge, asked, YES, NO)
        return self._verdicts[key]

    def _token_vectors(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        """Vectors of each text's tokens; the statements of one answer are compared with the same few sentences."""
        new = [text for text in dict.fromkeys(texts) if text not in self._tokens]
        self._tokens.update(zip(new, (vectors for _, vectors in self._embeddings.embed_tokens(new)), strict=True))
        return [self._tokens[text] for text in texts]


def _capped(score: float, statement: str, quote: str) -> float:
    """The score, unless a number that the quote does not have says no."""
    return min(score, 0.1) if missing_numbers(statement, quote) else score


def weigh(judged: float, aligned: float, likelihood: float = 0.5) -> float:
    """One score from the judge's log-odds, the score by alignment, and how likely an answer was beforehand."""
    prior = min(MOST_PRIOR, max(-MOST_PRIOR, PRIOR_WEIGHT * logit(likelihood)))
    return logistic(JUDGE_WEIGHT * judged + ALIGNMENT_WEIGHT * logit(aligned) + BIAS + prior)


def support_score(statement: str, quote: str, *, judge: "BaseChatModel | None" = None) -> float:
    """How well `quote` supports `statement`, 0 to 1, by the bundled embedding model and, if given, a local judge."""
    from index.embed import load_embeddings

    return Verifier(load_embeddings(), judge).score(statement, quote)


def worst_aligned(wanted: "NDArray[np.float32]", found: "NDArray[np.float32]") -> float:
    """The mean cosine of the three tokens that `found` has the worst counterpart for; 0 if either has no tokens.

    Args:
        wanted: Unit vectors of a text's tokens, (tokens, dimensions).
        found: Unit vectors of another's.
    """
    if not wanted.size or not found.size:
        return 0.0
    return float(np.sort((wanted @ found.T).max(axis=1))[:WORST_TOKENS].mean())


def logit(p: float) -> float:
    """The log-odds of a probability; 5 where it is certain."""
    return math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(5.0, p - 0.5)


def logistic(x: float) -> float:
    """From any number to one between 0 and 1."""
    return 1 / (1 + math.exp(-x))
