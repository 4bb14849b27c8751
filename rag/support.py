"""Does this quote support this statement? The number under every footnote.

Three witnesses, because each sees what the others miss:

- the embedding model aligns each token of the statement with its best match in the quote, across languages, as
  BERTScore's recall does (Zhang et al., BERTScore, ICLR 2020, section 3); a word that is nowhere in the quote shows;
- numbers are compared exactly, because neither model can tell 50 from 500;
- a local language model is asked "does the source state it?", and the probability of its one-token answer is read.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.embed import SentenceEmbeddings
from rag.prompts import NO, YES, judge_messages

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from numpy.typing import NDArray

SUPPORTED = 0.5
# Logistic on the mean of the worst aligned tokens, and on log P(Yes) - log P(No): tests/benchmarks/calibrate_support.py
ALIGNMENT_SLOPE, ALIGNMENT_MIDDLE = 30.0, 0.80
JUDGE_SLOPE, JUDGE_MIDDLE = 1.5, 0.0
WORST_TOKENS = 3
NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
SMALL = 12  # numbers up to this are often written as words


class Verifier:
    """Scores how well quotes support a statement, each from 0 to 1; `SUPPORTED` and above means that it does.

    Args:
        embeddings: The embedding model of the index.
        judge: A local language model; without one, alignment and numbers have to do.
    """

    def __init__(self, embeddings: SentenceEmbeddings, judge: "BaseChatModel | None" = None) -> None:
        self._embeddings = embeddings
        self._judge = judge
        self._tokens: dict[str, NDArray[np.float32]] = {}

    def align(self, statement: str, quotes: Sequence[str]) -> list[float]:
        """Scores by alignment and numbers alone: cheap enough to choose among many quotes."""
        if not quotes:
            return []
        wanted, *found = self._token_vectors([statement, *quotes])
        scores = []
        for quote, vectors in zip(quotes, found, strict=True):
            best = np.sort((wanted @ vectors.T).max(axis=1)) if wanted.size and vectors.size else np.zeros(1)
            score = _logistic(ALIGNMENT_SLOPE * (float(best[:WORST_TOKENS].mean()) - ALIGNMENT_MIDDLE))
            scores.append(score if not missing_numbers(statement, quote) else min(score, 0.1))
        return scores

    def score(self, statement: str, quote: str, *, context: str = "") -> float:
        """The best score at hand for one quote.

        Args:
            statement: A full sentence that makes a claim.
            quote: The words that are to support it.
            context: What the reader knows before the quote, such as the document's title.
        """
        if missing_numbers(statement, quote):
            return 0.1
        if self._judge is None:
            return self.align(statement, [quote])[0]
        from rag.llm import first_token_logprobs

        source = f"{context} {quote}".strip()
        found = first_token_logprobs(self._judge, judge_messages(source, statement))
        tokens = {token.strip(): value for token, value in found.items()}
        lowest = min(found.values(), default=0.0) - 1
        return _logistic(JUDGE_SLOPE * (tokens.get(YES, lowest) - tokens.get(NO, lowest) - JUDGE_MIDDLE))

    def _token_vectors(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        """Vectors of each text's tokens; the statements of one answer are compared with the same few sentences."""
        new = [text for text in dict.fromkeys(texts) if text not in self._tokens]
        self._tokens.update(zip(new, (vectors for _, vectors in self._embeddings.embed_tokens(new)), strict=True))
        return [self._tokens[text] for text in texts]


def support_score(statement: str, quote: str, *, judge: "BaseChatModel | None" = None) -> float:
    """How well `quote` supports `statement`, 0 to 1, by the bundled embedding model and, if given, a local judge."""
    from index.embed import load_embeddings

    return Verifier(load_embeddings(), judge).score(statement, quote)


def missing_numbers(statement: str, quote: str) -> set[str]:
    """Numbers that the statement gives in digits and the quote does not have."""
    here, there = _numbers(statement), _numbers(quote)
    return {number for number in here - there if not (number.isdigit() and int(number) <= SMALL)}


def _numbers(text: str) -> set[str]:
    """Numbers in digits, without separators of thousands: `1.190,5` and `1,190.5` are both `1190.5`."""
    plain = unicodedata.normalize("NFKC", text)  # digits of all scripts read alike below
    return {_number(match.group()) for match in NUMBER.finditer(plain)}


def _number(text: str) -> str:
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    whole = re.sub(r"[.,'’\s](?=\d{3}(?!\d))", "", digits)
    return whole.replace(",", ".").lstrip("0") or "0"


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
