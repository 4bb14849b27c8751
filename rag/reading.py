"""The answer of a small model: it reads the best sentences, and every statement it writes has to be found in one.

A model of one or two billion parameters finds the answer in a few sentences well enough, but cites at random and does
not know when to be silent. So it only proposes: each statement is attributed by alignment, then judged (see
`rag.support`), and what no sentence supports is left out. Measured against other ways in tests/benchmarks/RESULTS.md.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.citations import Quote, Statement, Turn
from rag.llm import stream_text
from rag.prompts import NONE, READ_GRAMMAR, read_messages
from rag.retrieval import Sentence
from rag.support import SUPPORTED, Verifier

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# Every sentence costs about 40 tokens of prompt, close to a second on two cores.
READ_SENTENCES = 6
# Sentences that are tried as the source of a statement, best aligned first.
TRIED = 3
UNSUPPORTED = " (no source found)"


def read(
    question: str,
    sentences: Sequence[Sentence],
    *,
    model: "BaseChatModel",
    verifier: Verifier,
    history: Sequence[Turn] = (),
    language: str | None = None,
    strict: bool = True,
) -> Iterator[list[Statement]]:
    """The statements that answer the question, each with a quote that supports it; yields the list as it grows.

    Yields nothing if no statement is supported. If not `strict`, unsupported statements beside supported ones are
    kept and marked.

    Raises:
        ModelFailed: the model broke off.
    """
    sources = list(sentences[:READ_SENTENCES])
    messages = read_messages(question, [source.text for source in sources], history, language)
    text = "".join(stream_text(model, messages, extra_body={"grammar": READ_GRAMMAR}, max_tokens=400))
    proposed = [line.removeprefix("- ").strip() for line in text.splitlines()[1:]]
    found: list[Statement] = []
    left_out: list[str] = []
    for claim in dict.fromkeys(proposed):
        if claim.rstrip(".").upper() == NONE:
            continue
        quote = attribute(claim, sources, verifier)
        if quote is None:
            left_out.append(claim)
            continue
        found.append(Statement(claim, (quote,), "\n\n"))
        yield list(found)
    if found and left_out and not strict:
        yield [*found, *(Statement(claim + UNSUPPORTED, (), "\n\n") for claim in left_out)]


def attribute(claim: str, sources: Sequence[Sentence], verifier: Verifier) -> Quote | None:
    """The sentence that states the claim, or None."""
    aligned = verifier.align(claim, [source.text for source in sources])
    ranked = sorted(zip(aligned, sources, strict=True), key=lambda pair: -pair[0])
    for _, source in ranked[:TRIED]:
        support = verifier.score(claim, source.text)
        if support >= SUPPORTED:
            return Quote(source.passage.chunk, source.start, source.end, support)
    return None
