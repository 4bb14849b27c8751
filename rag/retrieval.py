"""From a question to the passages that matter, and to the sentences in them that may answer it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from index.documents import Passage
from index.errors import SourceNotFound
from index.language import detect_language
from index.lexical import terms
from index.search import ACROSS, LEXICAL_WEIGHT, Index, best
from rag.citations import Turn
from rag.context import asked_above, placed, spans
from rag.support import logistic, worst_aligned
from rag.table_rows import as_read, begins_inside, head_before

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The first five hold the answer nearly always: recall@5 in tests/benchmarks/RESULTS.md.
READ_PASSAGES = 5
# How much a sentence gains from the passage it is in: what it leaves out, its neighbours say.
PASSAGE_WEIGHT = 0.6
# How much it gains from the sentence before, or from what it answers: "He feared a leak" says why, but not what of.
BEFORE_WEIGHT = 0.1
# How likely it is that the documents answer, as a logistic function of what `signs` measures, in its order, and a bias:
# what tests/benchmarks/answerability.py fits to eight sets, with 0.2 more for answering.
SIGN_WEIGHTS, BIAS = (14.0, 16.8, 17.4, 18.1, 12.6, -5.3), -47.9
LIKELY = 0.5
HARDLY = 0.02  # below it a small model is not asked; above, its reading and the check of what it says decide
FOLLOWS = 0.07  # below it, alone, a question is of another subject than the one before, where no model says so
LOOKED_AT = 5  # sentences whose tokens are compared with the question's
AHEAD = 0.07  # in the middle of what was measured, so that few sentences tell nothing


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

    @property
    def as_read(self) -> str:
        """The text as a model has to read it: a row of a table with the names of its columns."""
        return as_read(self.passage.chunk, self.start, self.end)


def retrieve(question: str, index: Index, *, history: Sequence[Turn] = (), top_k: int = 8) -> list[Passage]:
    """The passages that say most about a question, best first, at most `top_k` of different text (see `Index.search`).

    With a history, those for the question alone and for the question after the previous one: a follow-up such as
    "and there?" finds nothing alone, and a change of subject is not held back by the old one.
    """
    found: dict[str, Passage] = {}
    queries = readings(question, history)
    asked_in = next(filter(None, map(detect_language, queries)), None)  # one for both, whose scores are compared
    for query in queries:
        for passage in index.search(query, top_k, language=asked_in):
            known = found.get(passage.chunk.id)
            if known is None or passage.score > known.score:
                found[passage.chunk.id] = passage
    return [_with_head(passage, index) for passage in best(found.values(), top_k)]


def readings(question: str, history: Sequence[Turn]) -> list[str]:
    """The question alone, and after the previous one, which may name what "he" and "there" mean.

    The previous answer is left out: what is like it would be found again, whatever is asked now.
    """
    return [question, f"{history[-1].question} {question}"] if history else [question]


def _with_head(passage: Passage, index: Index) -> Passage:
    """The passage, with the names of the columns if it begins inside a table."""
    chunk = passage.chunk
    if not begins_inside(chunk):
        return passage
    with suppress(SourceNotFound):  # it may be gone since the passage was found
        head = head_before(index.document(chunk.source).text, chunk.start)
        return replace(passage, chunk=replace(chunk, head=head))
    return passage


def without_copies(passages: Sequence[Passage]) -> list[Passage]:
    """Of passages of the same text, below the same head of a table, the first."""
    first = {(passage.chunk.text, passage.chunk.head): passage for passage in reversed(passages)}
    return [passage for passage in passages if passage is first[passage.chunk.text, passage.chunk.head]]


def evidence(
    question: str, passages: Sequence[Passage], index: Index, *, translations: Mapping[str, str] | None = None
) -> list[Sentence]:
    """The sentences of the best passages of different text, best first.

    Those in another language than the question's have `ACROSS` more.

    Args:
        question: In any language.
        passages: As `retrieve` returns them.
        index: Where they come from.
        translations: The question in other languages, by their codes. Sentences of passages in one of them are ranked
            by the mean of how they match the question and its translation.
    """
    asked_in = detect_language(question)
    cut = [(passage, spans(passage.chunk)) for passage in without_copies(passages)[:READ_PASSAGES]]
    found = [(passage, span) for passage, some in cut for span in some]
    if not found:
        return []
    places = [place for passage, some in cut for place in placed(passage.chunk, some)]
    embedded = [place.embedded for place in places]
    matches = _matches(question, embedded, index) + np.array([_gain(passage, asked_in) for passage, _ in found])
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
    """How likely it is that the sentences answer the question, 0 to 1, as a logistic function of the `signs`.

    Args:
        question: In any language.
        sentences: As `evidence` returns them, without translations.
        index: Where they come from.
        language: Language of the question.
    """
    if not sentences:
        return 0.0
    return logistic(float(np.dot(SIGN_WEIGHTS, signs(question, sentences, index, language))) + BIAS)


def signs(question: str, sentences: Sequence[Sentence], index: Index, language: str | None) -> list[float]:
    """What tells whether the sentences, of which there is at least one, answer the question.

    - The best match of a sentence, without `ACROSS`.
    - The cosine of that sentence with the question without its context, which makes all about one subject alike.
    - The words of the question that no sentence has a counterpart for, by contextual token alignment (see
      `rag.support.worst_aligned`).
    - How far the best match is ahead of the sixth: about a subject there is much, an answer stands out. `AHEAD` where
      there are fewer.
    - The score of the best passage, without `ACROSS` as well.
    - 1 if the question is in the language of the best match, else 0: cosines across languages are lower.
    """
    nearest = sorted(sentences, key=lambda sentence: -sentence.match)[: LOOKED_AT + 1]
    best_one = nearest[0]
    texts = [question, *(sentence.as_read for sentence in nearest[:LOOKED_AT])]
    wanted, *found = (vectors for _, vectors in index.embeddings.embed_tokens(texts))
    alone = index.embeddings.embed_sentences([best_one.as_read])[0] @ index.embeddings.embed_question(question)
    asked_in = detect_language(question)
    return [  # the fit is of cosines as they are
        best_one.match - _gain(best_one.passage, asked_in),
        float(alone),
        worst_aligned(wanted, np.concatenate(found)),
        best_one.match - nearest[LOOKED_AT].match if len(nearest) > LOOKED_AT else AHEAD,
        max(one.passage.score - _gain(one.passage, asked_in) for one in sentences),
        float(language is not None and detect_language(best_one.passage.chunk.text) == language),
    ]


def language_of(sentences: Sequence[Sentence]) -> str | None:
    """The language of the best sentence's passage, or of the next one that has a known one: others may differ."""
    return next(filter(None, (detect_language(one.passage.chunk.text) for one in sentences)), None)


def _gain(passage: Passage, asked_in: str | None) -> float:
    """What is added to the score of a passage, and of each of its sentences, for the language that it is in."""
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
