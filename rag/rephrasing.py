"""What a small model makes of a question before it answers: restated, translated, split, for one fact or for a list."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from index.lexical import words_of
from rag.citations import Turn
from rag.examples import CHECK, LIST, SINGLE
from rag.llm import stream_text, token_logprobs
from rag.prompts import LANGUAGES, kind_messages, restate_messages, split_messages, translate_messages

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

MOST_TOKENS = 80
LONG = 300  # characters
CLEARLY = 0.8  # by how much rather a question is one for yes or no: by less, as many ask for a reason
REPEATED = 2  # times that each word is there, on average: more are those of a model that does not know the language


def restated(question: str, history: Sequence[Turn], model: "BaseChatModel") -> str:
    """A follow-up as a question that can be understood alone; earlier answers have no part in what comes after.

    Raises:
        ModelFailed: the model broke off.
    """
    return line(model, restate_messages(question, history), max_tokens=_as_long_as(question)) or question


def translated(question: str, language: str, model: "BaseChatModel") -> str:
    """A question in the language of this code, as far as a small model knows it.

    Empty if the model says nothing, only repeats itself, has no name for the language, or would have to write too much
    of it: a long question has words enough to find its sentence.

    Raises:
        ModelFailed: the model broke off.
    """
    if language not in LANGUAGES or len(question) > LONG:
        return ""
    translation = line(model, translate_messages(question, language), max_tokens=_as_long_as(question))
    words = words_of(translation)
    return translation if len(words) <= REPEATED * len(set(words)) else ""


def two_parts(question: str, model: "BaseChatModel") -> tuple[str, str] | None:
    """Of a question for a list, the parts if it has two; the second may not be understood alone.

    Raises:
        ModelFailed: the model broke off.
    """
    text = "".join(said(model, split_messages(question), max_tokens=_as_long_as(question)))
    parts = list(dict.fromkeys(part.strip(" -") for part in text.splitlines() if part.strip()))
    # Of a question that has one part, the model gives the question itself and then a variation of it.
    if len(parts) != 2 or question in parts:
        return None
    return parts[0], parts[1]


def kind_of(question: str, model: "BaseChatModel") -> str:
    """What a question asks for: `CHECK` for yes or no, `LIST` for several things (or it has two parts), or `SINGLE`.

    Raises:
        ModelFailed: the model broke off.
    """
    check, many, one = token_logprobs(model, kind_messages(question), CHECK, LIST, SINGLE)
    if check - max(many, one) > CLEARLY:
        return CHECK
    return LIST if many > one else SINGLE


def line(
    model: "BaseChatModel", messages: "list[BaseMessage]", *, max_tokens: int = MOST_TOKENS, **options: Any
) -> str:
    """What a small model says in one line."""
    return "".join(said(model, messages, stop=["\n"], max_tokens=max_tokens, **options)).strip()


def said(model: "BaseChatModel", messages: "list[BaseMessage]", **options: Any) -> Iterator[str]:
    """What a small model says, which may be nothing: that is no failure, and as good as NONE."""
    return stream_text(model, messages, may_be_empty=True, **options)


def _as_long_as(question: str) -> int:
    """Tokens enough to repeat a question, which in some scripts has two for a character."""
    return MOST_TOKENS + 2 * len(question)
