"""What a small model says in answer to a question: a sentence for one fact, or items of a list, each in a sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from index.lexical import UNSPACED
from index.loaders.parsed import one_line
from rag.countries import country_in
from rag.examples import NONE
from rag.items import new_items, plain
from rag.prompts import read_messages, say_messages, state_messages
from rag.quotes import says_more
from rag.reasons import may_have_reason
from rag.rephrasing import MOST_TOKENS, line, said
from rag.retrieval import Sentence
from rag.support import USUAL_SILENCE

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_ITEMS = 8
PHRASE = 12  # words
CUT_OFF = re.compile(r"[\w,;:(–-]$")


class Proposal(NamedTuple):
    """What a model says, and the log-probability of NONE as its first token: near 0, it hardly knows the answer."""

    text: str
    silence: float = USUAL_SILENCE


@dataclass(frozen=True)
class Proposer:
    """A small model that reads sentences for one question. What it says has still to be found in them.

    Every method raises `ModelFailed` if the model breaks off.

    Attributes:
        language: Code of the language to answer in; None for that of the question.
    """

    question: str
    model: "BaseChatModel"
    language: str | None

    def sentence(self, sources: Sequence[Sentence]) -> Iterator[Proposal]:
        """The answer in one sentence as it grows, or NONE; at least once."""
        messages = say_messages(self.question, [one_line(source.as_read) for source in sources], self.language)
        first: dict[str, float] = {}
        text = ""
        for piece in said(self.model, messages, stop=["\n"], max_tokens=MOST_TOKENS, first=first):
            text += piece
            yield Proposal(text.strip(), _silence(first))
        if not text:
            yield Proposal("", _silence(first))

    def has_reason(self, sources: Sequence[Sentence]) -> bool:
        """Whether the sentences may say why (see `rag.reasons`)."""
        return may_have_reason(self.question, [one_line(source.as_read) for source in sources], self.model)

    def items(self, sources: Sequence[Sentence]) -> list[str]:
        """The answers that the model names, as short as it names them."""
        messages = read_messages(self.question, [one_line(source.as_read) for source in sources], self.language)
        text = line(self.model, messages)
        if is_none(text):  # it says so too often, and is mostly right when it is asked again; the judge decides
            text = line(self.model, messages, logit_bias={NONE: -100})
        items = [country_in(self.language, item.strip(" .")) for item in text.split(";")]
        # A list is of names and phrases: where a long clause follows, the model has gone on to retell the sources.
        items = [item for item in items[:1] + [item for item in items[1:] if len(item.split()) <= PHRASE] if item]
        if len({*items}) < len(items) and any(item != items[-1] and item.startswith(items[-1]) for item in items):
            items = items[:-1]  # a model that repeats itself is cut off in the middle of a word
        return new_items([item for item in items if not is_none(item)], [], sources)[:MOST_ITEMS]

    def claims(self, items: Sequence[str]) -> list[str]:
        """One sentence for each item: a full sentence can be judged, and read, better than a name."""
        if not items:
            return []
        messages = state_messages(self.question, items, self.language)
        text = "".join(said(self.model, messages, max_tokens=40 + 50 * len(items)))
        sentences = [sentence.strip(" -") for sentence in text.splitlines()]
        names = [plain(item) for item in items]
        # What has no item in it and says no more than the question is none.
        told = [s for s in sentences if says_more(s, self.question) or any(name in plain(s) for name in names)]
        return list(dict.fromkeys(filter(None, told)))[: len(items)]


def is_none(text: str) -> bool:
    """Whether a small model says that the sources do not state the answer, or nothing."""
    return text.strip(" .").upper() in ("", NONE)


def is_cut_off(text: str) -> bool:
    """Whether a sentence ends in the middle: with a letter, but for scripts that do without a stop, or with a comma."""
    return bool(CUT_OFF.search(text)) and not UNSPACED.match(text[-1:])


def _silence(first: Mapping[str, float]) -> float:
    """The log-probability of NONE among the likeliest first tokens, or of the last of them if it is not there."""
    tokens = {token.strip(): value for token, value in first.items()}
    return tokens.get(NONE, min(tokens.values(), default=USUAL_SILENCE))
