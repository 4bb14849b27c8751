"""A model made to say whether a text states what a sentence claims: an NLI or fact-checking cross-encoder.

None is needed and none is bundled; whoever has one names it in the setting `checker`.
"""

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embed import quiet_libraries
from index.errors import ModelNotAvailable, SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# What models call the class that means "the text states it".
ENTAILMENT = ("entailment", "entails", "supported", "supports", "consistent", "factual")


class Checker:
    """A cross-encoder, loaded; `load_checker` keeps one per process.

    Args:
        name: Hub id or folder. Only a hub id goes to the network.

    Raises:
        SettingsError: there is no such folder, or it is a model of another kind.
        ModelNotAvailable: it can't be loaded.
    """

    def __init__(self, name: str) -> None:
        self._model = _load(name)
        self._label = _entailment(name, self._model)
        self._lock = Lock()

    def probability(self, statement: str, quote: str) -> float:
        """How likely it is that the quote states what the statement claims, from 0 to 1."""
        from torch.nn import Sigmoid, Softmax

        # The model's own activation is for ranking or for training, often none.
        activation = Sigmoid() if self._model.num_labels == 1 else Softmax(dim=-1)
        with self._lock:  # torch models are not safe to call from two threads
            scores: Any = self._model.predict([(quote, statement)], activation_fn=activation, show_progress_bar=False)
        return float(np.ravel(scores)[self._label])


@lru_cache(maxsize=2)
def load_checker(name: str) -> Checker:
    """The checker of this name, loaded once per process; raises what `Checker` does."""
    return Checker(name)


def _load(name: str) -> "CrossEncoder":
    folder = Path(name)
    if not folder.is_dir() and (folder.is_absolute() or name.startswith((".", "~"))):
        raise SettingsError(f"checker {name!r}: there is no such folder")
    quiet_libraries()
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(name, local_files_only=folder.is_dir())
    except Exception as error:  # whatever a hub client or a broken folder raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelNotAvailable(f"checker {name!r} can't be loaded: {reason}") from error
    return model


def _entailment(name: str, model: "CrossEncoder") -> int:
    """Which of the model's outputs says that the text states it."""
    config: Any = model.config
    kinds = config.architectures or [type(config).__name__]
    # A model without a classifier would be given one with random weights, and its figures would mean nothing.
    if len(model) == 1 and not kinds[0].endswith("ForSequenceClassification"):
        raise SettingsError(f"checker {name!r} is a {kinds[0]}, no cross-encoder; give one for NLI or fact-checking")
    if model.num_labels == 1:
        return 0
    labels = {int(number): str(label) for number, label in config.id2label.items()}
    found = next((number for number, label in labels.items() if label.casefold() in ENTAILMENT), None)
    if found is None:
        raise SettingsError(
            f"checker {name!r} has the labels {', '.join(labels.values())}; one has to be {', '.join(ENTAILMENT)}"
        )
    return found
