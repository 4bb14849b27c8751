"""From a question to the passages that matter, and to the sentences in them that may answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from index.documents import Passage
from index.language import detect_language
from index.lexical import terms
from index.search import LEXICAL_WEIGHT, Index, best
from rag.citations import Turn
from rag.context import asked_above, placed, spans
from rag.support import logistic, worst_aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The first five hold the answer nearly always: recall@5 in tests/benchmarks/RESULTS.md.
READ_PASSAGES = 5
# How much a sentence gains from the passage it is in: what it leaves out, its neighbours say.
PASSAGE_WEIGHT = 0.6
# How much it gains from the sentence before, or from what it answers: "He feared a leak" says why, but not what of.
BEFORE_WEIGHT = 0.1
# By how much a passage in another language than the question's is nearer than its cosine says: of those that have
# nothing to do with a question, the ones in its language are so much nearer (tests/benchmarks/RESULTS.md).
ACROSS = 0.04
# How likely it is that the documents answer, as a logistic function of what `answerability` measures. Fitted on
# Spanish questions over Spanish documents and German ones over Spanish, half of them unanswerable
# (tests/benchmarks/RESULTS.md). Cosines across languages are lower, hence the term for one language.
MATCH_WEIGHT, ALIGNED_WEIGHT, FOUND_WEIGHT, ONE_LANGUAGE, BIAS = 31.0, 21.0, 51.0, -7.5, -81.4
LIKELY = 0.5
# Below it a small model is not asked; above, its reading and the check of what it says decide. Without a model, a
# follow-up that is below it alone is not tried after the question before it, either.
HARDLY = 0.01
LOOKED_AT = 5  # sentences whose tokens are compared with the question's


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage that may answer the question.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        match: Cosine of the sentence in its context (see `rag.context`) with the question, plus `LEXICAL_WEIGHT` times
            the share of the question's words that are there, plus `ACROSS` if it is in another language; where the
            question was translated, the mean of this and the same for the translation.
        score: The match, plus `PASSAGE_WEIGHT` times the passage's score, plus `BEFORE_WEIGHT` times the match of the
            sentence before; sentences are ranked by it.
        is_heading: Whether it is a line above what it is about.
    """

    passage: Passage
    start: int
    end: int
    text: str
    match: float
    score: float
    is_heading: bool = False


def retrieve(question: str, index: Index, *, history: Sequence[Turn] = (), top_k: int = 8) -> list[Passage]:
    """The passages that say most about a question, best first, at most `top_k` of different text (see `Index.search`).

    With a history, those for the question alone and for the question after the previous one: a follow-up such as
    "and there?" finds nothing alone, and a change of subject is not held back by the old one.
    """
    found: dict[str, Passage] = {}
    for query in readings(question, history):
        for passage in index.search(query, top_k):
            known = found.get(passage.chunk.id)
            if known is None or passage.score > known.score:
                found[passage.chunk.id] = passage
    return best(found.values(), top_k)


def readings(question: str, history: Sequence[Turn]) -> list[str]:
    """The question alone, and after the previous one, which may name what "he" and "there" mean.

    The previous answer is left out: what is like it would be found again, whatever is asked now.
    """
    return [question, f"{history[-1].question} {question}"] if history else [question]


def evidence(
    question: str, passages: Sequence[Passage], index: Index, *, translations: Mapping[str, str] | None = None
) -> list[Sentence]:
    """The sentences of the best passages, best first.

    Passages and sentences in another language than the question's have `ACROSS` more: an embedding model finds what is
    in one language nearer, whatever it is about.

    Args:
        question: In any language.
        passages: As `retrieve` returns them.
        index: Where they come from.
        translations: The question in other languages, by their codes. Sentences of passages in one of them are ranked
            by the mean of how they match the question and its translation.
    """
    asked_in = detect_language(question)
    gains = {passage.chunk.id: _gain(passage, asked_in) for passage in passages}
    fair = [replace(passage, score=passage.score + gains[passage.chunk.id]) for passage in passages]
    read = sorted(fair, key=lambda passage: -passage.score)[:READ_PASSAGES]
    cut = [(passage, spans(passage.chunk)) for passage in read]
    found = [(passage, span) for passage, some in cut for span in some]
    if not found:
        return []
    places = [place for passage, some in cut for place in placed(passage.chunk, some)]
    embedded = [place.embedded for place in places]
    matches = _matches(question, embedded, index) + np.array([gains[passage.chunk.id] for passage, _ in found])
    if translations:
        languages = np.array([detect_language(passage.chunk.text) or "" for passage, _ in found])
        for language, translation in translations.items():
            both = (matches + _matches(translation, embedded, index)) / 2
            matches = np.where(languages == language, both, matches)
    sentences: list[Sentence] = []
    for n, ((passage, span), place, match) in enumerate(zip(found, places, matches, strict=True)):
        start, text = passage.chunk.start + span.start, passage.chunk.text[span.start : span.end]
        is_first = n == 0 or found[n - 1][0] is not passage
        before = match if asked_above(text) else matches.mean() if is_first else matches[n - 1]
        score = float(match + PASSAGE_WEIGHT * passage.score + BEFORE_WEIGHT * before)
        sentences.append(Sentence(passage, start, start + len(text), text, float(match), score, place.is_heading))
    return sorted(sentences, key=lambda sentence: -sentence.score)


def answerability(question: str, sentences: Sequence[Sentence], index: Index, language: str | None = None) -> float:
    """How likely it is that the sentences answer the question, 0 to 1.

    Three witnesses: the best match of a sentence, the score of the best passage, and the words of the question that
    no sentence has a counterpart for, by contextual token alignment (see `rag.support.worst_aligned`).

    Args:
        question: In any language.
        sentences: As `evidence` returns them, without translations.
        index: Where they come from.
        language: Language of the question.
    """
    nearest = sorted(sentences, key=lambda sentence: -sentence.match)[:LOOKED_AT]
    if not nearest:
        return 0.0
    texts = [question, *(sentence.text for sentence in nearest)]
    wanted, *found = (vectors for _, vectors in index.embeddings.embed_tokens(texts))
    aligned = worst_aligned(wanted, np.concatenate(found))
    is_one_language = language is not None and detect_language(nearest[0].passage.chunk.text) == language
    gain = _gain(nearest[0].passage, detect_language(question))  # the fit is of cosines as they are
    return logistic(
        MATCH_WEIGHT * (nearest[0].match - gain)
        + ALIGNED_WEIGHT * aligned
        + FOUND_WEIGHT * (max(sentence.passage.score for sentence in sentences) - gain)
        + ONE_LANGUAGE * is_one_language
        + BIAS
    )


def language_of(sentences: Sequence[Sentence]) -> str | None:
    """The language of the best sentence's passage, or of the next one that has a known one: others may differ."""
    return next(filter(None, (detect_language(one.passage.chunk.text) for one in sentences)), None)


def _gain(passage: Passage, asked_in: str | None) -> float:
    """What is added to a passage's score for the language that it is in."""
    return ACROSS if asked_in and detect_language(passage.chunk.text) not in (None, asked_in) else 0.0


def _matches(query: str, texts: list[str], index: Index) -> "NDArray[np.float32]":
    """How well each text matches a query, shape (len(texts),)."""
    cosines = index.embeddings.embed_sentences(texts) @ index.embeddings.embed_question(query)
    return cosines + LEXICAL_WEIGHT * np.array(_shared_words(query, texts, index), np.float32)


def _shared_words(query: str, texts: Sequence[str], index: Index) -> list[float]:
    """The share of the query's words, weighted by how rare they are, that each text holds."""
    weights = index.idf(terms(query))
    total = sum(weights.values()) or 1.0
    return [sum(weights.get(term, 0.0) for term in set(terms(text))) / total for text in texts]
