"""Whether a passage answers a question, as the local model knows it before it says so.

Asked "can the question be answered from the passage?", a model of one or two billion parameters says Yes to nearly all
that is about the very thing. What its last layer holds just before it says so tells more, and a linear probe reads it
(Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2016; for what a model knows:
Kadavath et al., Language models (mostly) know what they know, 2022, section 5). The probe belongs to the default local
model alone. `tests/benchmarks/probe.py` fits it, and says how well it does on questions that it was not fitted to. Of
questions for yes or no it tells little: they are not put to it.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.citations import Quote
from rag.context import titled
from rag.llm import state_of
from rag.places import surrounded
from rag.prompts import answered_prompt
from rag.retrieval import Sentence
from rag.support import logistic, logit

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("probe.npy")  # one for each number of a state; the last is added
# Close to a fit to the same questions, each of which the probe had been fitted without.
ODDS_WEIGHT, LIKELIHOOD_WEIGHT, BIAS = 0.55, 0.25, 0.3
HARDLY_READ = 0.15  # of `informed`: below it nothing more is asked of the model; 1 of 306 places with an answer is


def answering_odds(question: str, sentences: Sequence[Sentence], model: "BaseChatModel") -> float | None:
    """How likely the place of the best sentence answers a question, as a log-odds; None of a model without a probe.

    Args:
        question: In any language.
        sentences: As `rag.retrieval.evidence` returns them; at least one.
        model: Any language model; only the default local one has a probe.

    Raises:
        ModelFailed, CancelledError: as `rag.llm.state_of`.
    """
    state = state_after(question, best_place(sentences), model)
    return None if state is None else log_odds(np.array(state, np.float32))


def informed(likelihood: float, odds: float) -> float:
    """How likely the documents answer, 0 to 1, by what was retrieved and, for the most part, by what was read."""
    return logistic(ODDS_WEIGHT * odds + LIKELIHOOD_WEIGHT * logit(likelihood) + BIAS)


def best_place(sentences: Sequence[Sentence]) -> Quote:
    """The best sentence that is no heading, with what is around it."""
    best = next((one for one in sentences if not one.is_heading), sentences[0])
    return surrounded(best, sentences)


def state_after(question: str, place: Quote, model: "BaseChatModel") -> list[float] | None:
    """What the model holds when it has read a place, the title of its document and a question."""
    return state_of(model, answered_prompt(titled(place.chunk, place.text), question))


def log_odds(state: "NDArray[np.float32]") -> float:
    """What the weights make of a state."""
    return float(state @ weights()[:-1] + weights()[-1])


@cache
def weights() -> "NDArray[np.float32]":
    """Those that come with Footnote."""
    found: NDArray[np.float32] = np.load(WEIGHTS).astype(np.float32)
    return found
