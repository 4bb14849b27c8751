"""Hybrid search with the bundled model: what is found, and that it is what the index holds now."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import Write

from index import Chunk, Document, Index, Passage, sync
from index.chunk import chunk, document_key
from index.documents import Section
from index.errors import SourceNotFound
from index.lexical import terms
from index.records import DocumentRecord
from index.search import CANDIDATES, LEXICAL_WEIGHT


def listed(passages: list[Passage]) -> list[tuple[str, float]]:
    return [(passage.chunk.id, round(passage.score, 5)) for passage in passages]


def sources(index: Index, query: str) -> list[str]:
    return [passage.chunk.source for passage in index.search(query)]


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        ("which countries did Altman visit before India?", "inde.txt", "le Japon et la Corée du Sud"),
        ("How much will be invested in Stargate?", "pays.txt", "500 milliards de dollars"),
        ("Кто министр информационных технологий Индии?", "inde.txt", "Ashwini Vaishnaw"),
        ("Quel ministère a déconseillé ChatGPT à son personnel ?", "inde.txt", "ministère indien des Finances"),
    ],
)
def test_a_question_in_any_language_finds_the_passage(
    seeds_index: Index, question: str, source: str, words: str
) -> None:
    best, second, *_ = seeds_index.search(question)
    assert best.chunk.source == source
    assert words in best.chunk.text or words in second.chunk.text


def test_passages_are_exact_slices_best_first(seeds_index: Index) -> None:
    found = seeds_index.search("which countries did Altman visit?", top_k=20)
    assert len(found) == sum(record.passages for record in seeds_index.documents())
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    for passage in found:
        chunk = passage.chunk
        document = seeds_index.document(chunk.source)
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert chunk.title == document.title
    assert listed(seeds_index.search("which countries did Altman visit?", top_k=2)) == listed(found[:2])
    assert seeds_index.search("which countries did Altman visit?", top_k=0) == []


def test_a_search_can_be_limited_to_documents(seeds_index: Index) -> None:
    question = "How much will be invested in Stargate?"
    whole = {passage.chunk.id: passage.score for passage in seeds_index.search(question, top_k=20)}
    limited = seeds_index.only(["inde.txt"]).search(question, top_k=20)
    assert len(limited) == next(r.passages for r in seeds_index.documents() if r.source == "inde.txt")
    assert {passage.chunk.source for passage in limited} == {"inde.txt"}
    assert all(whole[passage.chunk.id] == pytest.approx(passage.score, abs=1e-4) for passage in limited)
    assert sources(seeds_index, question)[0] == "pays.txt"  # the index itself is as it was
    assert seeds_index.only([]).search(question) == seeds_index.only(["no such.txt"]).search(question) == []


def test_the_score_is_cosine_plus_weighted_words(seeds_index: Index) -> None:
    for query in ("Stargate SoftBank Samsung", "quelque chose de tout autre"):
        vector = seeds_index.embeddings.embed_queries([query])[0]
        words = seeds_index._lexical.search(query, 60)
        found = seeds_index.search(query, 3)
        cosines = seeds_index.embeddings.embed_passages([embedded(passage) for passage in found]) @ vector
        for passage, cosine in zip(found, cosines.tolist(), strict=True):
            assert passage.score == pytest.approx(cosine + LEXICAL_WEIGHT * words.get(passage.chunk.id, 0), abs=1e-4)


def embedded(passage: Passage) -> str:
    chunk = passage.chunk
    return f"{chunk.title}\n{chunk.text}" if chunk.start else chunk.text


def test_words_find_what_vectors_miss(index: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        write(f"invoice-{number}.txt", f"The invoice of order number {number} was sent to the customer by post.")
    write("log.txt", "Grüße aus dem Keller: die Katze schläft, XK-7742-B liegt im Regal.")
    sync([docs], index)
    monkeypatch.setattr("index.search.CANDIDATES", 3)
    query = "The invoice was sent to the customer by post: Regal"
    vector = index.embeddings.embed_queries([query])[0]
    near = index.store.read(list(index.store.nearest(vector, 6)))
    assert "log.txt" not in [chunk.source for chunk in near]  # or this shows nothing
    found = {passage.chunk.source: passage.score for passage in index.search(query, top_k=6)}
    assert "log.txt" in found
    (cosine,) = index.embeddings.embed_passages([index.document("log.txt").text]) @ vector
    assert found["log.txt"] > float(cosine) + 0.01


def test_a_document_that_is_being_written_does_not_hide_the_others(index: Index, write: Write, docs: Path) -> None:
    write("cat.txt", "The cat sleeps on the mat.")
    sync([docs], index)
    half = Document("half.txt", "half", "The cat sleeps. " * 5000, "b" * 64)
    unfinished = chunk(half)
    assert len(unfinished) > CANDIDATES
    vector = index.embeddings.embed_queries(["where does the cat sleep?"])
    key = document_key(half.source, half.sha256)
    index.store.put_passages([(piece, key) for piece in unfinished], np.tile(vector, (len(unfinished), 1)))
    assert sources(index, "where does the cat sleep?") == ["cat.txt"]


@pytest.mark.parametrize(("method", "text"), [("upsert", "The old cat sleeps."), ("delete", "The new cat sleeps.")])
def test_of_a_document_whose_writer_was_killed_one_version_is_found(
    index: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch, method: str, text: str
) -> None:
    write("cat.txt", "The old cat sleeps.")
    sync([docs], index)
    write("cat.txt", "The new cat sleeps.")
    collection = index.store._documents if method == "upsert" else index.store._passages

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collection, method, die)
        with pytest.raises(KeyboardInterrupt):
            sync([docs], index)
    assert index.store._passages.count() == 2  # or this shows nothing
    assert [passage.chunk.text for passage in index.search("Does the new or the old cat sleep?")] == [text]


def test_the_same_text_in_other_chunks_is_found_whole(index: Index) -> None:
    text = "The alpaca eats.\n\nThe zebra sleeps in the barn."
    for sections in ((), (Section(0, "A", apart=True), Section(18, "B", apart=True))):
        document = Document("zoo.txt", "Zoo", text, "a" * 64, (), "en", sections)
        chunks = chunk(document)
        record = DocumentRecord("zoo.txt", "Zoo", "/zoo.txt", "a" * 64, "en", len(chunks), 0)
        vectors = index.embeddings.embed_passages([piece.text for piece in chunks])
        with index.store.writing():
            index.store.put_passages([(piece, record.key) for piece in chunks], vectors)
            index.store.put_documents([(document, record)])
        assert any("zebra" in passage.chunk.text for passage in index.search("zebra barn"))
    assert len(chunks) == 2  # or this shows nothing


@pytest.mark.parametrize("favoured", ["abc", "cba", "bca"])
def test_which_copies_of_a_text_come_is_a_matter_of_names_and_not_of_last_bits(
    index: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch, favoured: str
) -> None:
    for name in "cab":
        write(f"{name}.txt", "The cat sleeps on the mat.")
    sync([docs], index)
    noise = {
        index.store.chunks(record.key)[0].id: -1e-7 * favoured.index(record.source[0]) for record in index.documents()
    }
    nearest = index.store.nearest
    monkeypatch.setattr(index.store, "nearest", lambda *asked: {i: c + noise[i] for i, c in nearest(*asked).items()})
    found = index.search("where does the cat sleep?", top_k=1)
    assert [passage.chunk.source for passage in found] == ["a.txt", "b.txt"]
    assert found[0].score == found[1].score


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert index.search("anything") == []
    assert index.documents() == []
    assert index.idf(["anything"]).keys() == {"anything"}
    with pytest.raises(SourceNotFound):
        index.document("a.txt")


@pytest.mark.parametrize("query", ["", "?!", "🇫🇷", '"', "NEAR(", "x" * 5000])
def test_odd_questions_break_nothing(seeds_index: Index, query: str) -> None:
    assert len(seeds_index.search(query, 3)) == 3


def test_words_weigh_by_how_rare_they_are(seeds_index: Index) -> None:
    common, rare, unknown = seeds_index.idf(terms("OpenAI Samsung zebra")).values()
    assert common < rare < unknown


# What has changed is seen.


def test_a_removed_document_is_not_found(index: Index, write: Write, docs: Path) -> None:
    write("cat.txt", "The cat sleeps on the mat.")
    write("dog.txt", "The dog runs in the garden.")
    sync([docs], index)
    assert sources(index, "where does the cat sleep?") == ["cat.txt", "dog.txt"]
    index.remove("cat.txt")
    assert sources(index, "where does the cat sleep?") == ["dog.txt"]
    assert [record.source for record in index.documents()] == ["dog.txt"]
    assert (docs / "cat.txt").exists()
    with pytest.raises(SourceNotFound, match=r"cat\.txt"):
        index.remove("cat.txt")


def test_a_replaced_document_is_found_by_its_new_words_only(index: Index, write: Write, docs: Path) -> None:
    write("a.txt", "The cat sleeps on the mat.")
    sync([docs], index)
    index.search("cat")
    write("a.txt", "The parrot sings in the cage all day.")
    sync([docs], index)
    assert [passage.chunk.text for passage in index.search("cat")] == ["The parrot sings in the cage all day."]
    assert index._lexical.search("cat", 5) == {}
    assert len(index._lexical.search("parrot", 5)) == 1


def test_what_is_written_while_the_question_is_embedded_is_found(
    index: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.txt", "The cat sleeps on the mat.")
    write("c.txt", "A cat runs in the garden.")
    sync([docs], index)
    are_found, by_words, embed = threading.Event(), index._by_words, index.embeddings.embed_question

    def find(query: str) -> object:
        found = by_words(query)
        are_found.set()
        return found

    def write_and_embed(question: str) -> object:
        assert are_found.wait(60)
        write("a.txt", "The parrot sings in the cage all day.")
        write("b.txt", "The kitchen is upstairs.")
        sync([docs], index)
        return embed(question)

    with monkeypatch.context() as patched:
        patched.setattr(index, "_by_words", find)
        patched.setattr(index.embeddings, "embed_question", write_and_embed)
        found = {passage.chunk.text: passage.score for passage in index.search("where is the cat?")}
    assert found == {passage.chunk.text: passage.score for passage in index.search("where is the cat?")}
    assert len(found) == 3


OTHER = """
import sys
import numpy as np
from index import Index, sync
from index.embed import SentenceEmbeddings

SentenceEmbeddings.embed_passages = lambda self, texts: np.load(sys.argv[3])  # to load the model takes a while
sync([sys.argv[2]], Index.open(sys.argv[1]))
"""


def test_what_another_process_writes_is_found_by_vectors_and_by_words(index: Index, write: Write, docs: Path) -> None:
    write("cat.txt", "The cat sleeps on the mat.")
    sync([docs], index)
    assert sources(index, "parrot") == ["cat.txt"]
    write("parrot.txt", "Un perroquet chante dans sa cage.")
    (docs / "cat.txt").unlink()
    np.save(docs / ".vectors.npy", index.embeddings.embed_passages(["Un perroquet chante dans sa cage."]))
    command = [sys.executable, "-c", OTHER, index.location, str(docs), str(docs / ".vectors.npy")]
    subprocess.run(command, check=True, timeout=200)
    assert sources(index, "which bird sings?") == ["parrot.txt"]
    assert len(index._lexical.search("perroquet", 5)) == 1
    assert index._lexical.search("cat", 5) == {}
    assert [record.source for record in index.documents()] == ["parrot.txt"]


def copy_of(seeds_index: Index, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeds_index.location, tmp_path / "copy"))


QUESTION = "Samsung et SoftBank à Séoul"


def test_the_lexical_file_can_be_deleted(seeds_index: Index, tmp_path: Path) -> None:
    expected = listed(seeds_index.search(QUESTION))
    folder = copy_of(seeds_index, tmp_path)
    (folder / "lexical.sqlite").unlink()
    index = Index.open(folder)
    assert listed(index.search(QUESTION)) == expected
    assert (folder / "lexical.sqlite").exists()
    index.close()


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_the_words_of_small_and_large_documents_are_read_together(
    index: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    for name, count in {"one": 1, "five": 5, "two": 2, "none": 0, "three": 3}.items():
        write(f"{name}.txt", "\n\n".join(f"{name} word{n} " + "and so on " * 80 for n in range(count)))
    sync([docs], index)
    monkeypatch.setattr("index.search.CHUNKS_AT_ONCE", at_once)
    read: list[list[Chunk]] = []
    chunks_of = index.store.chunks

    def noted(*keys: str) -> list[Chunk]:
        read.append(chunks_of(*keys))
        return read[-1]

    with monkeypatch.context() as patched:
        patched.setattr(index.store, "chunks", noted)
        index.search("word0")
    counts = [(len({found.source for found in some}), len(some)) for some in read]
    assert sum(passages for _, passages in counts) == sum(record.passages for record in index.documents())
    assert all(passages <= at_once or documents == 1 for documents, passages in counts)
    assert len(counts) == {1: 4, 3: 3, 100: 1}[at_once]
    for record in index.documents():
        for found in index.store.chunks(record.key):
            assert found.id in index._lexical.search(" ".join(found.text.split()[:2]), 10)
    assert len(index._lexical.versions()) == 4


def test_a_lexical_file_that_breaks_while_in_use_is_made_anew(seeds_index: Index, tmp_path: Path) -> None:
    expected = listed(seeds_index.search(QUESTION))
    folder = copy_of(seeds_index, tmp_path)
    index = Index.open(folder)
    path = folder / "lexical.sqlite"
    with path.open("r+b") as file:  # the inode stays, and all but the header is gone
        file.seek(100)
        file.write(b"\xff" * (path.stat().st_size - 100))
    assert listed(index.search(QUESTION)) == expected
    assert index.idf(["samsung"])["samsung"] > 0
    index.close()


def test_threads_search_while_one_writes(seeds_index: Index, tmp_path: Path, write: Write, docs: Path) -> None:
    index = Index.open(copy_of(seeds_index, tmp_path))
    expected = index.search(QUESTION)[0].chunk
    for number in range(6):
        write(f"{number}.txt", f"Recipe number {number}: flour, eggs and a spoon of sugar.")
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(5):
                assert index.search(QUESTION)[0].chunk == expected
                assert index.documents()
        except BaseException as error:
            failures.append(error)

    def change() -> None:
        try:
            sync([docs], index)
            index.remove("0.txt")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (search, search, search, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert len(index.documents()) == 2 + 6 - 1
    assert index.search("flour and sugar")[0].chunk.source.endswith(".txt")
    index.close()


# As a retriever, and opening.


def test_the_retriever_returns_the_same_passages(seeds_index: Index) -> None:
    passages = seeds_index.search(QUESTION, 3)
    found = seeds_index.as_retriever(top_k=3).invoke(QUESTION)
    assert [(d.id, d.page_content, d.metadata) for d in found] == [
        (
            p.chunk.id,
            p.chunk.text,
            {
                "source": p.chunk.source,
                "title": p.chunk.title,
                "page": p.chunk.page,
                "section": p.chunk.section,
                "start": p.chunk.start,
                "end": p.chunk.end,
                "score": p.score,
            },
        )
        for p in passages
    ]


def test_opening_again_gives_the_same_index(seeds_index: Index, tmp_path: Path) -> None:
    folder = copy_of(seeds_index, tmp_path)
    again = Index.open(folder)
    assert again.location == str(folder)
    assert again.documents() == seeds_index.documents()
    assert listed(again.search(QUESTION)) == listed(seeds_index.search(QUESTION))
    again.close()
