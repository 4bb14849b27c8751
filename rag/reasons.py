"""Questions for a reason: that something is so is often there to read, and why it is so is not.

The judge of whether a passage gives what is asked for can't tell the two apart: of 42 such questions that the
documents leave open, it let 34 be answered with the fact itself (tests/benchmarks/RESULTS.md). A small model that is to
copy the reason out of the sources, or to say that there is none, tells better.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.examples import BECAUSE, NONE
from rag.llm import token_logprobs
from rag.prompts import reason_messages

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

WHY = "why"  # a kind of question, beside those of `rag.examples`
# By how much less likely than NONE the small model's answer may begin with a reason.
LEAST = -2.3
# The words that ask for one; in some languages they may stand anywhere, in the others first. "Por qué" with a noun is
# taken for one, too: "¿Por qué ciudades pasa el río?".
ANYWHERE = (
    r"なぜ|どうして(?!も)|\b왜\b|为什么|(?<!因)为何|為什麼|(?<!因)為何|ทำไม|เหตุใด|क्यों(?!कि)|لماذا"
    r"|\b(?:vì sao|tại sao|neden(?! ol)|niçin|niye)\b"
)
FIRST = (
    r"why|how come|warum|weshalb|weswegen|wieso|pourquoi|por qu[éêe]|porqu[éêe]|perch[ée]|come mai|waarom|varför"
    r"|hvorfor|miksi|dlaczego|czemu|proč|prečo|de ce|miért|zašto|почему|отчего|зачем|чому|навіщо|защо|зашто|γιατ[ίι]"
    r"|ו?למה|מדוע"
)
ASKED = re.compile(rf"^\W*(?:{FIRST})\b|{ANYWHERE}", re.IGNORECASE)


def asks_why(question: str) -> bool:
    """Whether a question asks for a reason or a cause."""
    return bool(ASKED.search(unicodedata.normalize("NFC", question)))


def may_have_reason(question: str, sources: Sequence[str], model: "BaseChatModel") -> bool:
    """Whether the sources may say why, as a small local model reads them, or because they ask it themselves.

    Raises:
        ModelFailed: it broke off.
    """
    if any(map(asks_why, sources)):  # an interview, or a page of questions and answers
        return True
    reason, none = token_logprobs(model, reason_messages(question, sources), BECAUSE, NONE)
    return reason - none >= LEAST
