"""How fast a folder is indexed: python tests/benchmarks/embedding_speed.py [DOCUMENTS [REPEATS]].

    pip install -c constraints.txt -e '.[bench]'

From texts on disk to passages that can be searched, by Footnote and by LangChain's usual chain (TextLoader, recursive
splitter of 1,000 characters with 200 of overlap, HuggingFaceEmbeddings, Chroma.from_documents; the first and the third
are written out below, since their packages are at their end or want an older huggingface_hub), and
`SentenceTransformer.encode` alone on Footnote's passages, in float32 and in bfloat16. All use the same model. The texts
have the length of a news item: about 3,000 characters of sentences drawn from the samples, no two alike. Each side runs
in a process of its own, in turns; imports and the loading of the model are not counted. Medians.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
from index.openmp import wait_briefly  # noqa: E402

wait_briefly()  # for all sides
DOCUMENTS, REPEATS = 2000, 3
CHARACTERS = 3000


def make(folder: Path, documents: int) -> None:
    texts = [(ROOT / "seeds" / name).read_text(encoding="utf-8") for name in ("inde.txt", "pays.txt")]
    sentences = [sentence.strip() for sentence in " ".join(texts).replace("\n", " ").split(". ") if len(sentence) > 20]
    chance = random.Random(1)
    for number in range(documents):
        text = f"Article {number}\n\n"
        while len(text) < CHARACTERS:
            text += f"{chance.choice(sentences)} ({chance.randrange(1000)}). "
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")


def footnote(docs: Path, place: str) -> Callable[[], int]:
    from index import Index, sync
    from index.embed import SMALL

    index = Index.open(place)
    index.embeddings.embed_passages(["word " * SMALL])  # loads what large amounts need

    def work() -> int:
        sync([docs], index)
        return sum(record.passages for record in index.documents())

    return work


def langchain(docs: Path, place: str) -> Callable[[], int]:
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    from index.bundled import bundled_model_folder

    model = SentenceTransformer(str(bundled_model_folder()))

    class HuggingFaceEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = model.encode([text.replace("\n", " ") for text in texts]).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    embeddings = HuggingFaceEmbeddings()
    embeddings.embed_query("warm up")

    def work() -> int:
        paths = sorted(docs.iterdir())
        loaded = [Document(path.read_text(encoding="utf-8"), metadata={"source": str(path)}) for path in paths]
        chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(loaded)
        Chroma.from_documents(chunks, embeddings, persist_directory=place)
        return len(chunks)

    return work


def encode(docs: Path, in_bfloat16: bool) -> Callable[[], int]:
    import torch
    from sentence_transformers import SentenceTransformer

    from index.bundled import bundled_model_folder
    from index.chunk import chunk, embedded_text
    from index.load import load

    model = SentenceTransformer(str(bundled_model_folder()))
    documents = [load(path) for path in sorted(docs.iterdir())]
    texts = [embedded_text(part) for document in documents for part in chunk(document)]
    precision = torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16)
    with precision:
        model.encode("warm up")

    def work() -> int:
        with precision:
            return len(model.encode(texts, prompt="passage: ", batch_size=32, normalize_embeddings=True))

    return work


SIDES: dict[str, Callable[[Path, str], Callable[[], int]]] = {
    "Footnote": footnote,
    "LangChain": langchain,
    "encode, float32": lambda docs, _: encode(docs, in_bfloat16=False),
    "encode, bfloat16": lambda docs, _: encode(docs, in_bfloat16=True),
}


def one_side(name: str, docs: str, place: str) -> None:
    work = SIDES[name](Path(docs), place)
    clock, processor = time.perf_counter(), _processor_seconds()
    passages = work()
    found = {"passages": passages, "clock": time.perf_counter() - clock, "processor": _processor_seconds() - processor}
    print(json.dumps(found | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def _processor_seconds() -> float:
    """Of this process and of those that it started and that have ended, as the one that parses files."""
    return sum(os.times()[:4])


def main(documents: int, repeats: int) -> None:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory() as place:
        docs = Path(place, "docs")
        docs.mkdir()
        make(docs, documents)
        for turn in range(repeats):
            for name, done in runs.items():
                command = [sys.executable, __file__, "--side", name, str(docs), f"{place}/{turn} {name}"]
                result = subprocess.run(command, capture_output=True, text=True, check=True)
                done.append(json.loads(result.stdout.splitlines()[-1]))
    print(f"{documents} documents, {repeats} times\n")
    print("| | passages | seconds | processor seconds | documents a second | Footnote's speed to it | peak MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    mine = statistics.median(run["clock"] for run in runs["Footnote"])
    for name, done in runs.items():
        middle = {key: statistics.median(run[key] for run in done) for key in done[0]}
        print(
            f"| {name} | {middle['passages']:.0f} | {middle['clock']:.1f} | {middle['processor']:.1f} "
            f"| {documents / middle['clock']:.1f} | {middle['clock'] / mine:.2f} | {middle['peak']:.0f} |"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        one_side(*sys.argv[2:])
    else:
        given = [int(number) for number in sys.argv[1:]]
        main(*(given + [DOCUMENTS, REPEATS][len(given) :]))
