"""The bundled model in numpy: a question and a few sentences are embedded in less time than torch takes to be imported.

The forward pass of a BERT encoder in float32 (Devlin et al., 2019, arXiv:1810.04805), with weights that are mapped from
the file that sentence-transformers loads too. The tokens of all texts stand in one matrix, so nothing is padded.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Encoding

AT_ONCE = 512  # tokens, so that what lies between two layers stays near the processor


class Bert:
    """A text encoder. Safe to use from several threads.

    Args:
        folder: As `index.bundled.convert` writes it.
    """

    def __init__(self, folder: Path) -> None:
        from threadpoolctl import ThreadpoolController
        from tokenizers import Tokenizer

        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._heads: int = configuration["num_attention_heads"]
        self._layers: int = configuration["num_hidden_layers"]
        self._epsilon: float = configuration["layer_norm_eps"]
        self._weights = _read_weights(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(configuration["max_position_embeddings"])
        self.dimensions: int = configuration["hidden_size"]
        self._libraries = ThreadpoolController()  # finding those that are loaded takes 2 ms
        self._lock = Lock()

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text, without <s> and </s>, as far as the model reads it."""
        tokens: list[str] = self._tokenizer.encode(text, add_special_tokens=False).tokens
        return tokens

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One unit vector per text, the mean of its tokens' states: shape (len(texts), dimensions), at least one."""
        vectors = np.stack([states.mean(axis=0) for states in self.states(texts)])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def states(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        """What the last layer says of each text's tokens, <s> and </s> included: [(tokens, dimensions)]."""
        groups = list(_groups(self._tokenizer.encode_batch(list(texts))))
        # The threads of numpy's matrix products wait for each other in busy loops: ten times slower where another
        # program runs too. Ours share nothing. The limit is one for the process, so one call at a time sets it.
        with self._lock, self._libraries.limit(limits=1, user_api="blas"), ThreadPoolExecutor(_cores()) as threads:
            return [states for found in threads.map(self._encode, groups) for states in found]

    def _encode(self, encodings: "Sequence[Encoding]") -> "list[NDArray[np.float32]]":
        ends = np.cumsum([len(encoding.ids) for encoding in encodings])
        slices = [slice(start, end) for start, end in pairwise([0, *ends])]
        states = self._states(np.concatenate([encoding.ids for encoding in encodings]), slices)
        return [states[place] for place in slices]

    def _states(self, ids: "NDArray[np.int64]", slices: Sequence[slice]) -> "NDArray[np.float32]":
        """States of the last layer, (tokens, dimensions); `slices` say which tokens are of one text."""
        positions = np.concatenate([np.arange(place.stop - place.start) for place in slices])
        x = self._weights["embeddings.word_embeddings.weight"][ids]
        x += self._weights["embeddings.position_embeddings.weight"][positions]
        x += self._weights["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm")
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            attended = self._attend(x, f"{layer}.attention.self", slices)
            x += self._linear(attended, f"{layer}.attention.output.dense")
            x = self._norm(x, f"{layer}.attention.output.LayerNorm")
            x += self._linear(_gelu(self._linear(x, f"{layer}.intermediate.dense")), f"{layer}.output.dense")
            x = self._norm(x, f"{layer}.output.LayerNorm")
        return x

    def _attend(self, x: "NDArray[np.float32]", name: str, slices: Sequence[slice]) -> "NDArray[np.float32]":
        """Scaled dot-product attention of several heads, within each text."""
        queries, keys, values = (self._linear(x, f"{name}.{part}") for part in ("query", "key", "value"))
        queries *= (self.dimensions // self._heads) ** -0.5
        attended = np.empty_like(x)
        for place in slices:
            # (heads, tokens, dimensions of a head)
            q, k, v = (m[place].reshape(-1, self._heads, m.shape[1] // self._heads) for m in (queries, keys, values))
            weights = q.swapaxes(0, 1) @ k.transpose(1, 2, 0)
            weights -= weights.max(axis=2, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(axis=2, keepdims=True)
            attended[place] = (weights @ v.swapaxes(0, 1)).swapaxes(0, 1).reshape(-1, self.dimensions)
        return attended

    def _linear(self, x: "NDArray[np.float32]", name: str) -> "NDArray[np.float32]":
        y: NDArray[np.float32] = x @ self._weights[f"{name}.weight"].T
        y += self._weights[f"{name}.bias"]
        return y

    def _norm(self, x: "NDArray[np.float32]", name: str) -> "NDArray[np.float32]":
        """Layer normalisation, in place."""
        x -= x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(axis=1, keepdims=True) + self._epsilon)
        x *= self._weights[f"{name}.weight"]
        x += self._weights[f"{name}.bias"]
        return x


def _cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gelu(x: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """`x` times the normal distribution function; erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most."""
    z = np.abs(x)
    z *= 0.5**0.5
    t = 1 / (1 + 0.3275911 * z)
    erf = t * (-0.254829592 + t * (0.284496736 + t * (-1.421413741 + t * (1.453152027 - t * 1.061405429))))
    erf *= np.exp(-z * z)
    erf += 1
    y: NDArray[np.float32] = np.copysign(erf, x)
    y += 1
    y *= x
    y *= 0.5
    return y


def _groups(encodings: "Sequence[Encoding]") -> "Iterator[list[Encoding]]":
    """In order, as many together as have `AT_ONCE` tokens, or one."""
    group: list[Encoding] = []
    tokens = 0
    for encoding in encodings:
        if group and tokens + len(encoding.ids) > AT_ONCE:
            yield group
            group, tokens = [], 0
        group.append(encoding)
        tokens += len(encoding.ids)
    if group:
        yield group


def _read_weights(path: Path) -> "dict[str, NDArray[np.float32]]":
    """The tensors of a safetensors file, mapped: what is not used is never read.

    The package safetensors would read all of them; the format is the size of a JSON header, the header, the numbers.
    """
    data = np.memmap(path, np.uint8, "r").view(np.ndarray)
    begin = 8 + int(data[:8].view("<u8")[0])
    header: dict[str, Any] = json.loads(data[8:begin].tobytes())
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        if tensor["dtype"] != "F32":
            raise ValueError(f"{path} has {name} in {tensor['dtype']} instead of F32")
        start, end = tensor["data_offsets"]
        tensors[name] = data[begin + start : begin + end].view("<f4").reshape(tensor["shape"])
    return tensors
