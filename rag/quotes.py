"""The answer without a language model: the sentences that answer best, quoted."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from index.documents import Chunk
from index.lexical import UNSPACED, words_of
from index.sentences import CLOSED, Span
from rag.citations import Quote, Statement
from rag.context import is_asked
from rag.matching import ARTICLES
from rag.places import WORTH, grown, without
from rag.retrieval import Sentence

MOST_QUOTES = 2
SAME_WORD = 0.6  # of 1: "creía" and "creer" have 0.6
SHORT = 3  # letters
WORD = re.compile(r"\w+")
GREETING = re.compile(r"[^\W\d]+(?: [^\W\d]+){0,3}[,،，]")  # "Dear Ms Whelan,"
QUOTED = "> "  # as Markdown has it


def quote_sentences(question: str, sentences: Sequence[Sentence]) -> list[Statement]:
    """The best one or two sentences, each as a statement that quotes itself; none if all are headings.

    With one goes what is beside it and nearly as good (see `rag.places.grown`).

    Args:
        question: What was asked.
        sentences: As `rag.retrieval.evidence` returns them.
    """
    whole = [one for one in whole_sentences(question, sentences) if not one.is_heading]
    chosen: list[Quote] = []
    for one in whole:
        is_near = one.score > whole[0].score - WORTH
        if is_near and len(chosen) < MOST_QUOTES and not any(one.text in quote.text for quote in chosen):
            chosen.append(without(grown(one, sentences), chosen))
    return [quoted(quote.chunk, quote.start, quote.end) for quote in chosen]


def whole_sentences(question: str, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences that may answer, each text once: a heading often matches best and answers nothing.

    The title and headings come last, if they say more than the question: a news story says its headline again in
    full. They answer nothing alone. Lines that ask, or only greet, are left out.
    """
    seen: set[str] = set()
    for sentence in sorted(sentences, key=lambda one: one.is_heading):
        if sentence.is_heading and not seen:
            return
        text, chunk = sentence.as_read, sentence.passage.chunk
        span = Span(sentence.start - chunk.start, sentence.end - chunk.start)
        is_whole = CLOSED.search(text) or (says_more(text, question) and not GREETING.fullmatch(text))
        if is_whole and text not in seen and not is_asked(chunk, span):
            seen.add(text)
            yield sentence


def quoted(chunk: Chunk, start: int, end: int) -> Statement:
    """Words of a document, from offset to offset, as a statement that quotes itself."""
    quote = Quote(chunk, start, end, support=1.0)  # its own words
    return Statement(QUOTED + " ".join(quote.as_read.split()), (quote,), "\n\n")


def is_quoted(statement: Statement) -> bool:
    """Whether a statement is in the words of its source."""
    return statement.text.startswith(QUOTED)


def says_more(text: str, question: str) -> bool:
    """Whether a text has a word that the question has in no form: "believed" says no more than "believe".

    A name counts unless the question has just that name: Maria is not Marina.
    """
    asked = words_of(question)
    names = [term for word in WORD.findall(text) if word[0].isupper() for term in words_of(word)]
    new = [term for term in words_of(text) if not get_close_matches(term, asked, n=1, cutoff=SAME_WORD)]
    return any(term not in asked and term not in ARTICLES for term in names) or any(tells(term) for term in new)


def tells(term: str) -> bool:
    """Whether a term says something, which short words do not; numbers do, and two characters in Chinese."""
    return len(term) > SHORT or not term.isalpha() or bool(UNSPACED.match(term))
