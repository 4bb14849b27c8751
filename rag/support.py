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
# Logistic on the mean cosine of the worst aligned tokens, and on log P(Yes) - log P(No) beside it. Set by hand on the
# questions of seeds/; a calibration on labelled pairs has still to be made.
ALIGNMENT_SLOPE, ALIGNMENT_MIDDLE = 30.0, 0.80
JUDGE_WEIGHT, ALIGNMENT_WEIGHT, BIAS = 1.5, 0.5, 0.0
WORST_TOKENS = 3
NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
SIZE = re.compile(r"[\s\-]*(mil\s+mill\w+|[^\W\d_]+)")
# Beginnings of the words for a million and a thousand millions; a "billion" is a million millions in some languages.
SIZES = {
    **dict.fromkeys(("mil mill", "mil milh", "milliard", "miliard", "миллиард", "мільярд", "十億", "십억"), (9,)),
    **dict.fromkeys(("billi", "billó", "billo", "bilh", "biljo", "bilion"), (9, 12)),
    **dict.fromkeys(("milli", "milió", "milion", "milió", "milio", "milh", "miljo", "milló", "millo"), (6,)),
    **dict.fromkeys(("миллион", "мільйон", "百万", "백만"), (6,)),
    **dict.fromkeys(("trilli", "trilló", "trilh", "трилл", "兆"), (12, 18)),
}
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

    def score(self, statement: str, quote: str) -> float:
        """The best score at hand for one quote.

        Args:
            statement: A full sentence that makes a claim.
            quote: The words that are to support it.
        """
        aligned = self.align(statement, [quote])[0]
        if self._judge is None or missing_numbers(statement, quote):
            return aligned
        from rag.llm import first_token_logprobs

        found = first_token_logprobs(self._judge, judge_messages(quote, statement))
        tokens = {token.strip(): value for token, value in found.items()}
        lowest = min(found.values(), default=0.0) - 1
        judged = tokens.get(YES, lowest) - tokens.get(NO, lowest)
        return _logistic(JUDGE_WEIGHT * judged + ALIGNMENT_WEIGHT * _logit(aligned) + BIAS)

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
    """Numbers that the statement gives in digits and the quote does not have, or has in another size.

    `500 million` is not in `500 milliards`; `1,190.5` is in `1.190,5`.
    """
    there = _numbers(quote)
    missing = set()
    for number, sizes in _numbers(statement).items():
        if number not in there:
            is_small = number.isdigit() and int(number) <= SMALL
            missing |= set() if is_small else {number}
        elif sizes and there[number] and not sizes & there[number]:
            missing.add(number)
    return missing


def _numbers(text: str) -> dict[str, set[int]]:
    """Numbers in digits, without separators of thousands, each with the powers of ten that its next word may mean."""
    found: dict[str, set[int]] = {}
    plain = unicodedata.normalize("NFKC", text)  # digits of all scripts read alike below
    for match in NUMBER.finditer(plain):
        word = SIZE.match(plain, match.end())
        powers = next((powers for stem, powers in SIZES.items() if word and word[1].casefold().startswith(stem)), ())
        found.setdefault(_number(match.group()), set()).update(powers)
    return found


def _number(text: str) -> str:
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    whole = re.sub(r"[.,'’\s](?=\d{3}(?!\d))", "", digits)
    return whole.replace(",", ".").lstrip("0") or "0"


def _logit(p: float) -> float:
    return math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(5.0, p - 0.5)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
