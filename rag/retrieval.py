"""From a question to the passages that matter, and to the sentences in them that may answer it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.documents import Chunk, Passage
from index.language import detect_language
from index.lexical import terms
from index.search import LEXICAL_WEIGHT, Index
from index.sentences import Span, sentence_spans
from rag.citations import Turn

# The first five hold the answer nearly always: recall@5 in tests/benchmarks/RESULTS.md.
READ_PASSAGES = 5
# How much a sentence gains from the passage it is in: what it leaves out, its neighbours say.
PASSAGE_WEIGHT = 0.6
SAME_LANGUAGE_MATCH = 0.85
OTHER_LANGUAGE_MATCH = 0.80
MARKER = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage that may answer the question.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        match: Cosine with the question, plus `LEXICAL_WEIGHT` times the share of the question's words that it holds.
        score: The match, plus `PASSAGE_WEIGHT` times the passage's score; sentences are ranked by it.
    """

    passage: Passage
    start: int
    end: int
    text: str
    match: float
    score: float


def retrieve(question: str, index: Index, *, history: Sequence[Turn] = (), top_k: int = 8) -> list[Passage]:
    """The passages that say most about a question, best first, at most `top_k`.

    With a history, passages are searched for the question alone and for the question after the previous one: a
    follow-up such as "and there?" finds nothing alone, and a change of subject is not held back by the old one.
    """
    best: dict[str, Passage] = {}
    for query in _queries(question, history):
        for passage in index.search(query, top_k):
            known = best.get(passage.chunk.id)
            if known is None or passage.score > known.score:
                best[passage.chunk.id] = passage
    return sorted(best.values(), key=lambda passage: (-passage.score, passage.chunk.id))[:top_k]


def evidence(
    question: str, passages: Sequence[Passage], index: Index, *, history: Sequence[Turn] = ()
) -> list[Sentence]:
    """The sentences of the best passages, best first."""
    found = [(passage, span) for passage in passages[:READ_PASSAGES] for span in spans(passage.chunk)]
    if not found:
        return []
    texts = [passage.chunk.text[span.start : span.end] for passage, span in found]
    vectors = index.embeddings.embed_sentences(texts)
    scores = np.full(len(found), -np.inf)
    for query in _queries(question, history):
        cosines = vectors @ index.embeddings.embed_queries([query])[0]
        shares = np.array(_shared_words(query, texts, index))
        scores = np.maximum(scores, cosines + LEXICAL_WEIGHT * shares)
    sentences = []
    for (passage, span), text, score in zip(found, texts, scores, strict=True):
        start = passage.chunk.start + span.start
        total = float(score) + PASSAGE_WEIGHT * passage.score
        sentences.append(Sentence(passage, start, start + len(text), text, float(score), total))
    return sorted(sentences, key=lambda sentence: -sentence.score)


def may_answer(sentences: Sequence[Sentence], language: str | None) -> bool:
    """Whether the best sentence is near enough to the question to be an answer to it.

    Cosines across languages are lower, so a sentence in the language of the question has to be nearer. Tuned on the
    development sets for recall: what answers is quoted, and some that does not (tests/benchmarks/RESULTS.md).

    Args:
        sentences: As `evidence` returns them.
        language: Language of the question.
    """
    best = max(sentences, key=lambda sentence: sentence.match, default=None)
    if best is None:
        return False
    is_same = language is not None and detect_language(best.passage.chunk.text) == language
    return best.match >= (SAME_LANGUAGE_MATCH if is_same else OTHER_LANGUAGE_MATCH)


def spans(chunk: Chunk) -> list[Span]:
    """Sentences of a chunk, as spans of its text."""
    return sentence_spans(chunk.text)


def _queries(question: str, history: Sequence[Turn]) -> list[str]:
    if not history:
        return [question]
    earlier = history[-1]
    return [question, f"{earlier.question} {MARKER.sub('', earlier.answer)[:300]} {question}"]


def _shared_words(query: str, texts: Sequence[str], index: Index) -> list[float]:
    """The share of the query's words, weighted by how rare they are, that each text holds."""
    weights = index.idf(terms(query))
    total = sum(weights.values()) or 1.0
    return [sum(weights.get(term, 0.0) for term in set(terms(text))) / total for text in texts]
