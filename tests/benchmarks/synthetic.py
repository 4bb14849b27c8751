"""Any number of passages that are to a search what real ones are, with questions that some of them answer.

Made from the sentences of question sets. A passage is six sentences of one article, in a new order. Every 10,000
passages make a volume: in the first one the articles are what they are; in any other, the words that only one article
has (its names) are other words, so that common words are in most passages, a name in a few, and the vocabulary grows.
The vector of a passage is the mean of its sentences' vectors, by the bundled model, moved a little (each passage by
itself), and in each volume by as much, and in such directions, as the articles of the sets lie apart. So vectors are
clustered, about a hundred to a cluster however many there are, and the questions and their vectors are real.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sweep import Vectors

from index.chunk import document_key
from index.documents import Chunk, Document
from index.embed import load_embeddings
from index.load import load
from index.records import DocumentRecord
from index.sentences import iter_sentence_spans
from rag.questions import load_questions

Floats = NDArray[np.float32]

SENTENCES = 6  # a passage: about 900 characters
PASSAGES = 8  # a document
VOLUME = 10_000  # passages
ALONE = 0.25  # how far a passage is moved by itself, of its vector's length
WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class Article:
    """Sentences of one article, each with a blank after every name, and their vectors: (sentences, dimensions)."""

    sentences: tuple[str, ...]
    vectors: Floats


class Synthetic:
    """Documents with their passages and vectors; the same for the same sets.

    Args:
        sets: Folders with docs/ and questions.jsonl.
        cache: Where vectors of sentences and questions are kept.
    """

    def __init__(self, sets: Sequence[Path], cache: Path | None) -> None:
        vectors = Vectors(cache)
        texts = [load(file).text for folder in sets for file in sorted((folder / "docs").iterdir())]
        cut = [[text[s.start : s.end].strip() for s in iter_sentence_spans(text, None)] for text in texts]
        cut = [sentences for sentences in cut if len(sentences) >= SENTENCES]
        holders = Counter(word for sentences in cut for word in set(WORD.findall(" ".join(sentences))))
        embedded = vectors.of([sentence for sentences in cut for sentence in sentences])
        ends = np.cumsum([len(sentences) for sentences in cut])
        self._articles = [
            Article(tuple(WORD.sub(lambda m: m[0] + "\0" * (holders[m[0]] == 1), s) for s in sentences), own)
            for sentences, own in zip(cut, np.split(embedded, ends[:-1]), strict=True)
        ]
        centres = np.stack([article.vectors.mean(axis=0) for article in self._articles])
        self._spread = (centres - centres.mean(axis=0)) / np.sqrt(len(centres))
        self.questions = [q.question for folder in sets for q in load_questions(folder / "questions.jsonl")]
        self.question_vectors = vectors.of(self.questions, queries=True)

    def documents(self, passages: int) -> Iterator[tuple[Document, DocumentRecord, list[Chunk], Floats]]:
        """Documents of `PASSAGES` passages until there are so many; the vectors have unit length."""
        for number in range(-(-passages // PASSAGES)):
            volume = number * PASSAGES // VOLUME
            chance = np.random.default_rng(number)
            article_number = int(chance.integers(len(self._articles)))
            article = self._articles[article_number]
            name = _name(volume)
            texts, vectors = [], []
            for _ in range(min(PASSAGES, passages - number * PASSAGES)):
                drawn = chance.choice(len(article.sentences), SENTENCES, replace=False)
                texts.append(" ".join(article.sentences[n] for n in drawn).replace("\0", name))
                vectors.append(article.vectors[drawn].mean(axis=0))
            moved = np.stack(vectors) + ALONE * _unit(chance.normal(size=(len(vectors), vectors[0].size)))
            if volume:
                apart = np.random.default_rng([volume, article_number]).normal(size=len(self._spread))
                moved += apart @ self._spread
            yield *_document(f"{number:07d}.txt", texts), _unit(moved).astype(np.float32)

    def warm(self) -> None:
        """Load the embedding model."""
        load_embeddings().embed_queries(["so that it is loaded"])

    def draw(self, count: int) -> tuple[list[str], Floats]:
        """So many questions, with their vectors: (count, dimensions)."""
        drawn = random.Random(1).sample(range(len(self.questions)), count)
        return [self.questions[n] for n in drawn], self.question_vectors[drawn]


def _document(source: str, texts: list[str]) -> tuple[Document, DocumentRecord, list[Chunk]]:
    text = "\n\n".join(texts)
    digest = sha256(text.encode()).hexdigest()
    title = texts[0][:40]
    document = Document(source, title, text, digest, (), None)
    chunks, start = [], 0
    for passage in texts:
        end = start + len(passage)
        chunks.append(Chunk(f"{document_key(source, digest)}-{start}", source, title, start, end, None, passage))
        start = end + 2
    return document, DocumentRecord(source, title, f"/{source}", digest, None, len(chunks), 0), chunks


def _name(volume: int) -> str:
    """Letters at the end of a name that make it another one; none in the first volume."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(volume)) if volume else ""


def _unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    scaled: NDArray[np.floating] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def batches(documents: Iterator[tuple[Document, DocumentRecord, list[Chunk], Floats]], size: int) -> Iterator[list]:
    """Documents in lists of `size`."""
    while batch := list(islice(documents, size)):
        yield batch
