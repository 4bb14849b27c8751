"""Texts to vectors, with sentence-transformers behind LangChain's `Embeddings`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from index.bert import Bert
from index.bundled import bundled_model_folder, bundled_model_name, is_bundled
from index.errors import IndexingError
from index.openmp import wait_briefly
from index.precision import prefers_bfloat16

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32
GPU_BATCH_SIZE = 256  # a small batch leaves a graphics card idle
SENTENCES_KEPT = 20_000  # about 30 MB
QUESTIONS_KEPT = 100
HUB_DEFAULT = "intfloat/multilingual-e5-small"
# Models that want a prompt but do not say so in their own configuration (their model cards do).
KNOWN_PROMPTS = {"e5": {"query": "query: ", "document": "passage: "}}
# Characters that the bundled model embeds in numpy at a time: with more, torch makes up for the time of its import.
SMALL = 64_000
COMPARED = 4  # texts, to choose a precision by
# Not a model's own lock: Python 3.11 holds one of its own around cached properties, and the two would be taken in
# either order.
_LOADING = RLock()


class SentenceEmbeddings(Embeddings):
    """An embedding model; the same object serves as LangChain's `Embeddings`.

    The bundled model has two ways to the same vectors: up to `SMALL` characters at a time go through numpy
    (`index.bert`), which is there at once; more, and any other model, through sentence-transformers, where large
    amounts are in the precision that this processor is best at (`index.precision`).

    Args:
        model: Hub id or folder of a sentence-transformers model; empty means the bundled multilingual-e5-small,
            or the hub's where the bundled one can't be installed.
    """

    def __init__(self, model: str = "") -> None:
        self._model = model or ("" if is_bundled() else HUB_DEFAULT)
        self._lock = RLock()
        self._sentences: dict[str, NDArray[np.float32]] = {}
        self._embed_question = lru_cache(QUESTIONS_KEPT)(lambda question: self.embed_queries([question])[0])
        self._in_bfloat16: bool | None = None  # not yet known

    @property
    def name(self) -> str:
        """What an index remembers its vectors by."""
        return self._model or bundled_model_name()

    @property
    def dimensions(self) -> int:
        if self._model:
            return self._transformer.get_embedding_dimension() or 0
        return self._bert.dimensions

    def embed_passages(self, texts: list[str]) -> "NDArray[np.float32]":
        """One unit vector per text: shape (len(texts), dimensions)."""
        return self._encode(texts, "document")

    def embed_sentences(self, texts: list[str]) -> "NDArray[np.float32]":
        """As `embed_passages`, but remembers: the same sentences come up again in every turn of a conversation."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._sentences]
            if new:
                self._sentences.update(zip(new, self.embed_passages(new), strict=True))
            vectors = np.stack([self._sentences[text] for text in texts]) if texts else self.embed_passages([])
            while len(self._sentences) > SENTENCES_KEPT:
                del self._sentences[next(iter(self._sentences))]
        return vectors

    def embed_queries(self, texts: list[str]) -> "NDArray[np.float32]":
        """One unit vector per question: shape (len(texts), dimensions)."""
        return self._encode(texts, "query")

    def embed_question(self, question: str) -> "NDArray[np.float32]":
        """Its unit vector, remembered: passages are found with it, and then the sentences in them."""
        vector: NDArray[np.float32] = self._embed_question(question)
        return vector

    def embed_tokens(self, texts: list[str]) -> "list[tuple[list[str], NDArray[np.float32]]]":
        """Contextual unit vectors of each text's tokens: [(token texts, (tokens, dimensions))], prompt excluded."""
        if not texts:
            return []
        prompt = self._prompts["query"]
        with self._lock:
            if not self._model and _is_small(texts):
                tokenize, found = self._bert.tokenize, self._bert.states([prompt + text for text in texts])
            else:
                model = self._transformer
                tensors = model.encode(texts, prompt=prompt, output_value="token_embeddings", batch_size=BATCH_SIZE)
                tokenize, found = model.tokenizer.tokenize, [states.float().cpu().numpy() for states in tensors]
            skipped = len(tokenize(prompt)) + 1  # the prompt and <s>
            tokens = [tokenize(prompt + text)[skipped - 1 :] for text in texts]
        result = []
        for names, states in zip(tokens, found, strict=True):
            vectors = states[skipped:-1][: len(names)]  # the last one is </s>; all stop at 512
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
            result.append((names[: len(vectors)], vectors))
        return result

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `embed_passages`."""
        vectors: list[list[float]] = self.embed_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `embed_queries`, for one question."""
        vector: list[float] = self.embed_queries([text])[0].tolist()
        return vector

    def _encode(self, texts: list[str], kind: str) -> "NDArray[np.float32]":
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        prompt = self._prompts[kind]
        if not self._model and _is_small(texts):
            return self._bert.embed([prompt + text for text in texts])
        with self._lock:  # torch models are not safe to call from two threads
            return self._transformed(texts, prompt)

    def _transformed(self, texts: list[str], prompt: str) -> "NDArray[np.float32]":
        model = self._transformer
        is_cpu = model.device.type == "cpu"

        def encode(some: list[str]) -> "NDArray[np.float32]":
            # It sorts by length itself, so that a batch holds texts of one length.
            size = BATCH_SIZE if is_cpu else GPU_BATCH_SIZE
            return np.asarray(model.encode(some, prompt=prompt, batch_size=size, normalize_embeddings=True), np.float32)

        if not is_cpu or _is_small(texts):
            return encode(texts)
        import torch

        if self._in_bfloat16 is None:
            self._in_bfloat16 = prefers_bfloat16(lambda: encode(texts[:COMPARED]))
        with torch.autocast("cpu", torch.bfloat16, enabled=self._in_bfloat16):
            return encode(texts)

    @cached_property
    def _prompts(self) -> dict[str, str]:
        prompts = self._transformer.prompts if self._model else {}
        own = {name: text for name, text in prompts.items() if text}
        family = next((known for key, known in KNOWN_PROMPTS.items() if key in self.name.lower()), {})
        passage = own.get("document") or own.get("passage") or family.get("document", "")
        return {"query": own.get("query") or family.get("query", ""), "document": passage}

    @cached_property
    def _bert(self) -> Bert:
        with _LOADING:
            return _load_bert()

    @cached_property
    def _transformer(self) -> "SentenceTransformer":
        with _LOADING:
            return _load(self._model)


def _is_small(texts: list[str]) -> bool:
    return sum(map(len, texts)) <= SMALL


@lru_cache(maxsize=1)
def _load_bert() -> Bert:
    """The bundled model without torch, loaded once per process."""
    with _explained(""):
        return Bert(bundled_model_folder())


@lru_cache(maxsize=2)
def _load(model: str) -> "SentenceTransformer":
    """The model, loaded once per process. Only a hub id goes to the network, and only if it is not cached."""
    quiet_libraries()
    from sentence_transformers import SentenceTransformer

    folder: str | Path = model or bundled_model_folder()
    options: dict[str, Any] = {"local_files_only": Path(folder).is_dir()}
    with _explained(model):
        return SentenceTransformer(str(folder), **options)


@contextmanager
def _explained(model: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever a hub client or a broken folder raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise IndexingError(f"embedding model {model or bundled_model_name()} can't be loaded: {reason}") from error


def quiet_libraries() -> None:
    """To be called before a model is loaded: no bars or tables on stderr, no threads that wait in a busy loop."""
    wait_briefly()
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # It warns, in tables, of weights that a model has and does not need.
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)


@lru_cache(maxsize=4)
def load_embeddings(model: str = "") -> SentenceEmbeddings:
    """The embedding model, one object per process and model."""
    return SentenceEmbeddings(model)
