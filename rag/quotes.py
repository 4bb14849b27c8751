"""The answer without a language model: the sentences that answer best, quoted."""

from collections.abc import Sequence

from rag.citations import Quote, Statement
from rag.retrieval import Sentence

MOST = 2
# A second sentence is worth quoting only if it is nearly as good as the first.
WORTH = 0.06


def quote_sentences(sentences: Sequence[Sentence]) -> list[Statement]:
    """The best one or two sentences, each as a statement that quotes itself.

    Args:
        sentences: As `rag.retrieval.evidence` returns them.
    """
    chosen: list[Sentence] = []
    for sentence in sentences:
        is_new = sentence.text not in {other.text for other in chosen}
        if is_new and len(chosen) < MOST and sentence.score > sentences[0].score - WORTH:
            chosen.append(sentence)
    return [_statement(sentence) for sentence in chosen]


def _statement(sentence: Sentence) -> Statement:
    quote = Quote(sentence.passage.chunk, sentence.start, sentence.end, support=1.0)  # its own words
    return Statement("> " + " ".join(sentence.text.split()), (quote,), "\n\n")
