"""Texts to vectors, with sentence-transformers behind LangChain's `Embeddings`."""

import logging
import os
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from index.bundled import bundled_model_folder, bundled_model_name, is_bundled
from index.errors import IndexingError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32
SENTENCES_KEPT = 20_000  # about 30 MB
HUB_DEFAULT = "intfloat/multilingual-e5-small"
# Models that want a prompt but do not say so in their own configuration (their model cards do).
KNOWN_PROMPTS = {"e5": {"query": "query: ", "document": "passage: "}}


class SentenceEmbeddings(Embeddings):
    """An embedding model; the same object serves as LangChain's `Embeddings`.

    Args:
        model: Hub id or folder of a sentence-transformers model; empty means the bundled multilingual-e5-small,
            or the hub's where the bundled one can't be installed.
    """

    def __init__(self, model: str = "") -> None:
        self._model = model or ("" if is_bundled() else HUB_DEFAULT)
        self._lock = RLock()
        self._sentences: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """What an index remembers its vectors by."""
        return self._model or bundled_model_name()

    @property
    def dimensions(self) -> int:
        return self._transformer.get_embedding_dimension() or 0

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

    def embed_tokens(self, texts: list[str]) -> "list[tuple[list[str], NDArray[np.float32]]]":
        """Contextual unit vectors of each text's tokens: [(token texts, (tokens, dimensions))], prompt excluded."""
        if not texts:
            return []
        model = self._transformer
        prompt = self._prompts["query"]
        with self._lock:
            skipped = len(model.tokenizer.tokenize(prompt)) + 1 if prompt else 1  # the prompt and <s>
            found = model.encode(texts, prompt=prompt, output_value="token_embeddings", batch_size=BATCH_SIZE)
            tokens = [model.tokenizer.tokenize(prompt + text)[skipped - 1 :] for text in texts]
        result = []
        for names, states in zip(tokens, found, strict=True):
            vectors = states.float().cpu().numpy()[skipped:-1][: len(names)]  # the last one is </s>; all stop at 512
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
        with self._lock:  # torch models are not safe to call from two threads
            # encode() sorts by length itself, so that a batch holds texts of one length
            vectors = self._transformer.encode(
                texts, prompt=self._prompts[kind], batch_size=BATCH_SIZE, normalize_embeddings=True
            )
        return np.asarray(vectors, np.float32)

    @cached_property
    def _prompts(self) -> dict[str, str]:
        own = {name: text for name, text in self._transformer.prompts.items() if text}
        family = next((prompts for key, prompts in KNOWN_PROMPTS.items() if key in self.name.lower()), {})
        passage = own.get("document") or own.get("passage") or family.get("document", "")
        return {"query": own.get("query") or family.get("query", ""), "document": passage}

    @cached_property
    def _transformer(self) -> "SentenceTransformer":
        with self._lock:
            return _load(self._model)


@lru_cache(maxsize=2)
def _load(model: str) -> "SentenceTransformer":
    """The model, loaded once per process. Only a hub id goes to the network, and only if it is not cached."""
    quiet_libraries()
    from sentence_transformers import SentenceTransformer

    folder: str | Path = model or bundled_model_folder()
    options: dict[str, Any] = {"local_files_only": Path(folder).is_dir()}
    try:
        return SentenceTransformer(str(folder), **options)
    except Exception as error:  # whatever a hub client or a broken folder raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise IndexingError(f"embedding model {model!r} can't be loaded: {reason}") from error


def quiet_libraries() -> None:
    """To be called before a model is loaded: no bars or tables on stderr, no threads that wait in a busy loop."""
    # Idle threads of torch would otherwise spin on the cores that llama.cpp works on; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # It warns, in tables, of weights that a model has and does not need.
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)


@lru_cache(maxsize=4)
def load_embeddings(model: str = "") -> SentenceEmbeddings:
    """The embedding model, one object per process and model."""
    return SentenceEmbeddings(model)
