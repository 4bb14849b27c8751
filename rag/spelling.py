"""Misspelt words of a question, put right from the passages that it finds.

A word with a wrong letter has another vector and is none of a passage's words: where one word in three was misspelt,
nearly three times as many questions were refused (tests/benchmarks/RESULTS.md). Their passages are found all the same,
and the word that was meant is often in them.
"""

import re
from collections.abc import Iterable, Sequence
from unicodedata import is_normalized, normalize

from rapidfuzz.distance import OSA, Prefix

from index.documents import Passage
from index.language import detect_language
from index.lexical import terms
from index.search import Index
from rag.retrieval import LIKELY, READ_PASSAGES, answerability, evidence

# Of letters alone, and no part of an address, a number or a code.
WORD = re.compile(r"(?<![\w@/.])[^\W\d_]+(?![\w@/]|\.\w)")
SHORTEST = 5  # letters: nearly every shorter word is one letter away from others
ENDING = 2  # letters at the end, by which the forms of a word differ
SPACE = "\u2581"  # what stands for it in the pieces of a model that uses SentencePiece
SYLLABLES = {"vi"}  # languages that write every syllable as a word: most are one letter away from others
LONG = 8  # letters from which on two may be wrong; in what begins with a capital, and may be a name, one


def respelt(question: str, passages: Sequence[Passage], index: Index) -> str:
    """The question with words of the best passages in its language in place of words that no passage of the index has.

    Only a question that they hardly answer as it is, is changed, and in it a word that no passage has in any form (see
    `index.lexical.terms`). What takes its place:

    - begins with the same letter, is one letter off, of a long word two, and no other is as near;
    - is more common: "nitrite" may be meant where "nitrate" is found;
    - does not only end otherwise;
    - is not for a short name, which may be another one, unless the question has no capitals.

    Scripts without capitals are left alone: there names can't be told.

    Args:
        question: In any language.
        passages: As `rag.retrieval.retrieve` returns them for it.
        index: Where they come from.
    """
    language = detect_language(question)
    if language is None or language in SYLLABLES or not is_normalized("NFC", question):
        return question
    words = [(match, most) for match in WORD.finditer(question) if (most := _wrong_letters(match, question))]
    unknown = index.unknown([term for match, _ in words for term in terms(match[0])])
    misspelt = [(match, most) for match, most in words if unknown.issuperset(terms(match[0]))]
    if not misspelt:
        return question
    chunks = [one.chunk for one in passages[:READ_PASSAGES] if detect_language(one.chunk.text) == language]
    texts = (normalize("NFC", f"{chunk.title}\n{chunk.text}") for chunk in chunks)
    there = {match[0].lower() for text in texts for match in WORD.finditer(text)}
    right = question
    for match, most in reversed(misspelt):
        word = match[0].lower()
        meant = _nearest(word, there, most)
        if meant and _pieces(word, index) > _pieces(meant, index):
            meant = meant.capitalize() if match[0][0].isupper() else meant
            right = right[: match.start()] + meant + right[match.end() :]
    return right if right == question or _hardly_answered(question, passages, index) else question


def _hardly_answered(question: str, passages: Sequence[Passage], index: Index) -> bool:
    """Whether it is not likely that passages answer a question."""
    return answerability(question, evidence(question, passages, index), index, detect_language(question)) < LIKELY


def _wrong_letters(match: re.Match[str], question: str) -> int:
    """How many letters of a word may be wrong."""
    word = match[0]
    if len(word) < SHORTEST or not (word.islower() or word.istitle()):
        return 0
    may_be_a_name = not word.islower() and bool(WORD.search(question[: match.start()]))
    return (len(word) >= LONG) + (not may_be_a_name)


def _nearest(word: str, others: Iterable[str], most: int) -> str:
    """The word that is fewest letters off, up to `most`; empty if there is none, or if several are as near."""
    begins = (other for other in others if other[0] == word[0])
    distances = {other: OSA.distance(word, other, score_cutoff=most) for other in begins}
    least = min(distances.values(), default=most + 1)
    nearest = [other for other, distance in distances.items() if distance == least]
    return nearest[0] if least <= most and len(nearest) == 1 and not _ends_otherwise(word, nearest[0]) else ""


def _ends_otherwise(word: str, other: str) -> bool:
    """Whether two words may be forms of the same."""
    return max(len(word), len(other)) - Prefix.similarity(word, other) <= ENDING


def _pieces(word: str, index: Index) -> int:
    """Into how many pieces the embedding model cuts a word: the fewer, the more common it is."""
    ((tokens, _),) = index.embeddings.embed_tokens([word])
    return sum(token.strip(SPACE) != "" for token in tokens)
