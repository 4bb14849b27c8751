"""Which numbers a model multiplies on this processor: bfloat16 where that is faster and makes the same vectors."""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

# Vectors with at least this cosine are of one model to an index.
AGREEMENT = 0.999
# Layers between the products stay in float32, so products have to be faster by more than a little.
FASTER = 1.3
TOKENS, WIDTH, INNER, ATTEMPTS = 512, 384, 1536, 5


def prefers_bfloat16(encode: Callable[[], "NDArray[np.float32]"]) -> bool:
    """Whether a model on this processor is better run in `torch.autocast` to bfloat16.

    Args:
        encode: Unit vectors of a few texts, (texts, dimensions), in the precision that is in force.
    """
    import torch

    if not is_bfloat16_faster():
        return False
    expected = encode()
    with torch.autocast("cpu", torch.bfloat16):
        cosines = (encode() * expected).sum(axis=1)
    return bool(cosines.min() >= AGREEMENT)


@lru_cache(maxsize=1)
def is_bfloat16_faster() -> bool:
    """Measured, on a product as a small model has it: flags name instructions, not whether torch makes use of them."""
    import torch

    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        layer = torch.nn.Linear(WIDTH, INNER, dtype=dtype)
        values = torch.ones(TOKENS, WIDTH, dtype=dtype)
        with torch.inference_mode():
            layer(values)  # the first call prepares things
            seconds[dtype] = min(_seconds(layer, values) for _ in range(ATTEMPTS))
    return seconds[torch.bfloat16] * FASTER < seconds[torch.float32]


def _seconds(layer: "torch.nn.Module", values: "torch.Tensor") -> float:
    started = perf_counter()
    layer(values)
    return perf_counter() - started
