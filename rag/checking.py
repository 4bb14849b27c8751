"""One call to a large model that checks all footnotes of an answer."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from index.errors import ModelFailed
from index.loaders.parsed import one_line
from rag.llm import stream_text
from rag.prompts import check_messages

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Finding = Literal["yes", "no", "frame"]

_log = logging.getLogger(__name__)
# A model was asked for "1: yes"; it may write "**1.** Yes, because" or "{"1": "no"}" as well.
_FINDING = re.compile(r"(?<!\d)(\d{1,3})\W{1,8}(yes|not?|frame)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """A piece of an answer, and the words of a document that are to support it.

    Attributes:
        sentence: The whole sentence, so that the claim stands on its own.
        part: The words of the sentence that are claimed here.
        quote: The words of the document; none where the answer has no source.
        before: What stands before the quote in its document.
        title: Title of the document.
    """

    sentence: str
    part: str
    quote: str = ""
    before: str = ""
    title: str = ""


def check(model: "BaseChatModel", question: str, claims: Sequence[Claim]) -> Mapping[int, Finding]:
    """What the model finds for each claim, by its place among the claims; nothing for those it passes over.

    `yes`: the quote states it; `no`: it does not; `frame`: the claim states nothing that could need a source. Finds
    nothing if the model fails: an answer is not lost for a check that is.
    """
    messages = check_messages(one_line(question), [_fields(claim) for claim in claims])
    try:
        reply = "".join(stream_text(model, messages))
    except ModelFailed as error:
        _log.warning("the footnotes are not checked by the model: %s", error)
        return {}
    return parse_findings(reply, len(claims))


def parse_findings(reply: str, count: int) -> dict[int, Finding]:
    """The findings in a model's reply, which counts from 1; where it corrects itself, the last."""
    found: dict[int, Finding] = {}
    for number, word in _FINDING.findall(reply):
        if 1 <= int(number) <= count:
            found[int(number) - 1] = cast(Finding, word.casefold().removesuffix("t"))
    return found


def _fields(claim: Claim) -> dict[str, str]:
    """What the prompt shows of a claim."""
    shown = {
        "statement": claim.sentence,
        "part": claim.part if claim.part != claim.sentence else "",
        "document": claim.title,
        "before": claim.before,
        "quote": claim.quote,
    }
    return {name: one_line(text) for name, text in shown.items() if text}
