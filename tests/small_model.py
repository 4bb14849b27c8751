"""A small model whose replies are scripted by the kind of prompt."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from index import Index
from rag import Answer, Settings, answer
from rag.examples import BECAUSE, LIST, NO, NONE, SINGLE, YES
from rag.prompts import (
    GIVES_SYSTEM,
    JUDGE_SYSTEM,
    KIND_SYSTEM,
    READ_SYSTEM,
    REASON_SYSTEM,
    RESTATE_SYSTEM,
    SAY_SYSTEM,
    SPLIT_SYSTEM,
    TRANSLATE_SYSTEM,
)
from rag.support import USUAL_SILENCE

COUNTRIES = "which countries did Altman visit?"
RIVAL = "Which Chinese rival has shaken Silicon Valley?"
SURE = 5.4  # log-odds
KINDS = {
    KIND_SYSTEM: "kind",
    SAY_SYSTEM: "say",
    READ_SYSTEM: "read",
    REASON_SYSTEM: "reason",
    JUDGE_SYSTEM: "judge",
    GIVES_SYSTEM: "gives",
    RESTATE_SYSTEM: "restate",
    SPLIT_SYSTEM: "split",
    TRANSLATE_SYSTEM: "translate",
}


class Small(BaseChatModel):
    """Replies by the kind of prompt and keeps the last message of each.

    The judge believes what `believes` is found in, written as `claim <- source`. `odds` are log-odds of YES, by kind;
    `likely` those that a sentence gives what is asked for where the reply says so, here not clear by itself. `silence`
    is the log-probability that it had answered with NONE, whatever it says.
    """

    replies: Mapping[str, Any]
    believes: str = ""
    doubts: str = ""  # of what it believes
    odds: Mapping[str, float] = Field(default_factory=dict)
    likely: float = 2.2
    silence: float = USUAL_SILENCE
    asked: list[tuple[str, str]] = Field(default_factory=list)
    most_tokens: list[int] = Field(default_factory=list)
    metadata: dict[str, Any] | None = Field(default_factory=lambda: {"footnote_local": True})

    @property
    def _llm_type(self) -> str:
        return "small"

    def _reply(self, messages: list[BaseMessage]) -> str:
        kind, last = KINDS.get(str(messages[0].content), "state"), str(messages[-1].content)
        self.asked.append((kind, last))
        if kind in self.odds:
            return YES if self.odds[kind] > 0 else NO
        if kind == "judge":
            source, claim = re.findall(r"Source: (.*)\nClaim: (.*)\n", last)[0]
            return YES if self.believes and re.search(self.believes, f"{claim} <- {source}") else NO
        reply = self.replies.get(kind, {"gives": YES, "reason": BECAUSE, "translate": ""}.get(kind, SINGLE))
        return str(reply(last) if callable(reply) else reply)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        reply = self._reply(messages)
        other = {YES: NO, NO: YES, LIST: SINGLE, SINGLE: LIST}.get(reply, "other")
        is_doubted = self.doubts and re.search(self.doubts, str(messages[-1].content))
        kind = self.asked[-1][0]
        sure = self.likely if (kind, reply) == ("gives", YES) else SURE
        gap = abs(self.odds.get(kind, 0.2 if is_doubted else sure))
        message = AIMessage(reply, response_metadata=_logprobs({reply: -0.6, other: -0.6 - gap}))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *args: Any, logit_bias: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.most_tokens.append(kwargs["max_tokens"])
        text = self._reply(messages)
        if text == "NONE" and logit_bias:
            text = str(self.replies["insisted"])
        found = _logprobs({NONE: self.silence}) if kwargs.get("logprobs") else {}
        yield ChatGenerationChunk(message=AIMessageChunk(text, response_metadata=found))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.asked]


def _logprobs(tokens: Mapping[str, float]) -> dict[str, Any]:
    """How likely the first token of an answer is each of these, as a local model says it."""
    found = [{"token": token, "logprob": value} for token, value in tokens.items()]
    return {"logprobs": {"content": [{"top_logprobs": found}]}}


def ask(question: str, index: Index, model: Small, **more: Any) -> Answer:
    return answer(question, index=index, model=model, **({"settings": Settings()} | more))


def stated(found: Answer) -> list[str]:
    """What an answer says in the model's words, paragraph by paragraph; those of sources begin with a `>`."""
    return [paragraph for paragraph in found.text.split("\n\n") if not paragraph.startswith(">")]
