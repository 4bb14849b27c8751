"""What is in Chroma and who sees it: whole documents, half-written ones, and what others write."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stored import MODEL, document, file, near, put, put_whole, record, sources, vectors

from index.chunk import chunk
from index.documents import Chunk, Document, Section
from index.errors import SourceNotFound, StoreUnavailable
from index.records import DocumentRecord, embedded_hash
from index.store import Store


def test_a_document_comes_back_as_it_was(store: Store) -> None:
    original = document()
    chunks = put(store, original)
    assert store.document("a.txt") == original
    assert store.records() == [record(original)]
    assert store.find(["a.txt", "unknown"]) == [record(original)]
    assert store.files() == [file(original)]
    assert store.sources_in("/docs/a.txt") == {"a.txt"}
    assert store.chunks(record(original).key) == chunks
    assert store.read([chunks[0].id, "unknown"]) == chunks
    assert store.fetch([chunks[0].id, "unknown"]) == {chunks[0].id: pytest.approx(vectors(1)[0])}


def test_what_an_earlier_footnote_wrote_is_read(store: Store) -> None:
    """It wrote each fact to a field of its own; what is put anew is read from the new field."""
    original = document()
    put(store, original)
    of_document = {"title": "A title", "path": "/docs/a.txt", "sha256": "a" * 64, "language": "en", "passages": 1}
    of_document |= {"pages": 2, "page_starts": "[0, 5]", "sections": "[]", "key": record(original).key}
    of_file = {"source": "a.txt", "root": "/docs", "size": 26, "modified": 7**20, "sha256": "a" * 64}
    of_file |= {"documents": '["a.txt"]', "skipped": '[["b", "empty file"]]'}
    for collection, row in ((store._documents, of_document), (store._files, of_file)):
        (found,) = collection.get()["ids"]
        collection.update(ids=[found], metadatas=[{"facts": None} | row])
        assert "facts" not in collection.get()["metadatas"][0]  # or this shows nothing
    assert store.records() == [record(original)]
    assert store.document("a.txt") == original
    assert store.files() == [file(original)]
    assert store.roots() == ["/docs"]
    newer = replace(file(original), size=27)
    with store.writing():
        store.put_files([newer])
    assert store.files() == [newer]


def test_the_nearest_come_first_with_their_cosines(store: Store) -> None:
    (far,), (nearest,) = put(store, document("a.txt"), 0), put(store, document("b.txt"), 1)
    question = np.array([0.6, 0.8, 0, 0, 0, 0, 0, 0], np.float32)
    found = store.nearest(question, 5)
    assert found == {nearest.id: pytest.approx(0.8, abs=1e-5), far.id: pytest.approx(0.6, abs=1e-5)}
    assert list(found) == [nearest.id, far.id]
    assert store.read([far.id, nearest.id]) == [far, nearest]
    assert list(store.nearest(question, 5, [record(document("a.txt")).key])) == [far.id]
    assert store.nearest(question, 5, []) == {}


def test_a_document_without_pages_or_language_comes_back(store: Store) -> None:
    original = Document("a.txt", "A", "One.", "a" * 64)
    chunks = chunk(original)
    plain = DocumentRecord("a.txt", "A", "/a.txt", "a" * 64, None, 1, 0)
    store.put_passages([(chunks[0], plain.key)], vectors(1))
    store.put_documents([(original, plain)])
    assert store.document("a.txt") == original
    assert store.records() == [plain]
    assert near(store) == chunks


def test_sections_come_back(store: Store) -> None:
    sections = (Section(0, "Sheet A", apart=True), Section(6, "Sheet B"))
    original = Document("a.xlsx", "A", "One.\n\nTwo.", "a" * 64, (), "en", sections)
    chunks = chunk(original)
    put_whole(store, original, chunks, vectors(len(chunks)))
    assert store.document("a.xlsx") == original
    assert [found.section for found in store.chunks(record(original).key)] == ["Sheet A"]


def test_a_long_document_is_written_whole_and_in_order(store: Store) -> None:
    original = document(text="x" * 6000)
    key = record(original).key
    chunks = [
        Chunk(f"{key}-{n}", "a.txt", "A title", n, n + 1, None, "x") for n in range(6000)
    ]  # Chroma's limit: 5,461
    put_whole(store, original, chunks, np.tile(vectors(2), (3000, 1)))
    assert [found.start for found in store.chunks(key)] == list(range(6000))
    put_whole(store, document(sha256="b" * 64), [], vectors(0))
    assert store.chunks(key) == []


def test_an_empty_index_has_nothing(store: Store) -> None:
    assert store.records() == []
    assert sources(store) == []
    assert store.fetch([]) == {}
    assert store.read([]) == []
    assert store.find(["a.txt"]) == []
    with pytest.raises(SourceNotFound, match=r"a\.txt"):
        store.document("a.txt")
    store.remove(["a.txt"])
    store.remove_files(["/docs/a.txt"])


def test_a_removed_document_leaves_nothing(store: Store) -> None:
    chunks = put(store, document())
    put(store, document("b.txt"), 1)
    with store.writing():
        store.remove_files(["/docs/a.txt"])
    assert sources(store) == ["b.txt"]
    assert [found.source for found in store.files()] == ["b.txt"]
    assert store.read([c.id for c in chunks]) == []
    assert store.chunks(record(document()).key) == []
    assert [found.source for found in store.records()] == ["b.txt"]


def test_a_vector_that_is_there_is_found_by_what_was_embedded(store: Store) -> None:
    (chunk,) = put(store, document())
    assert list(store.vectors([embedded_hash(chunk), "another"])) == [embedded_hash(chunk)]
    assert store.vectors([embedded_hash(chunk)])[embedded_hash(chunk)] == pytest.approx(vectors(1)[0])


# Killed between one write and the next.


class Killed(BaseException):
    pass


def killed_at(store: Store, write: str, monkeypatch: pytest.MonkeyPatch, of: Document) -> list[Chunk]:
    """Put a document, but die before the given write of `put`."""
    chunks = chunk(of)
    collection, method = write.split(".")

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    def put_and_die() -> None:
        with store.writing(), monkeypatch.context() as patch:
            patch.setattr(getattr(store, collection), method, die)
            put_whole(store, of, chunks, vectors(len(chunks), 3))

    with pytest.raises(Killed):
        put_and_die()
    return chunks


def test_passages_without_a_record_are_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, document("b.txt"))
    killed_at(store, "_documents.upsert", monkeypatch, document())
    assert store._passages.count() == 2  # or this shows nothing
    assert sources(store, 3) == ["b.txt"]
    assert [found.source for found in store.records()] == ["b.txt"]


def test_until_its_record_is_written_the_old_version_is_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, document())
    new = document(text="New words.", sha256="b" * 64)
    killed_at(store, "_documents.upsert", monkeypatch, new)
    assert store._passages.count() == 2
    assert [found.text for found in near(store, 3)] == [document().text]
    assert store.document("a.txt") == document()


def test_a_replaced_version_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, document())
    new = document(text="New words.", sha256="b" * 64)
    killed_at(store, "_passages.delete", monkeypatch, new)
    assert store._passages.count() == 2
    assert [found.text for found in near(store)] == ["New words."]
    assert store.document("a.txt") == new


def test_the_next_writer_sweeps_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path), MODEL)
    put(store, document("b.txt"))
    killed_at(store, "_documents.upsert", monkeypatch, document())
    other = Store(str(tmp_path), MODEL)
    assert other._passages.count() == 2
    with other.writing():
        assert other._passages.count() == 1
    assert sources(other) == ["b.txt"]
    with other.writing():  # all is well: nothing to sweep
        monkeypatch.setattr(other, "sweep", lambda: pytest.fail("swept again"))


def test_a_sweep_leaves_what_is_whole(store: Store) -> None:
    put(store, document("a.txt"))
    put(store, document("b.txt"), 1)
    store.sweep()
    assert sorted(sources(store)) == ["a.txt", "b.txt"]


# Others that write.


OTHER = """
import sys
import numpy as np
from index.chunk import chunk
from index.documents import Document
from index.records import DocumentRecord
from index.store import Store

store = Store(sys.argv[1], "a model")
for number in range(int(sys.argv[2])):
    name = f"other-{number}.txt"
    document = Document(name, "", "Words.", "c" * 64)
    record = DocumentRecord(name, "", "/" + name, "c" * 64, None, 1, 0)
    with store.writing():
        store.put_passages([(c, record.key) for c in chunk(document)], np.eye(8, dtype=np.float32)[6:7])
        store.put_documents([(document, record)])
"""


def other_process(location: str, count: int = 1) -> None:
    subprocess.run([sys.executable, "-c", OTHER, location, str(count)], check=True, timeout=120)


def test_what_another_process_writes_is_found(store: Store) -> None:
    put(store, document())
    assert sources(store) == ["a.txt"]  # Chroma has read its vectors
    before = store.revision
    other_process(store.location)
    assert store.revision != before
    assert sources(store, 6) == ["other-0.txt", "a.txt"]
    other_process(store.location, 2)
    assert len(sources(store, 6)) == 3


def test_what_another_process_wrote_is_not_written_over(store: Store) -> None:
    put(store, document())
    assert sources(store) == ["a.txt"]
    other_process(store.location)
    large = [Chunk(f"{record(document('b')).key}-{n}", "b", "", n, n + 1, None, "x") for n in range(1500)]
    scattered = np.random.default_rng(0).normal(size=(1500, 8)).astype(np.float32)
    with store.writing():  # so many that Chroma writes its vectors to the disk
        put_whole(store, document("b"), large, scattered)
    fresh = Store(store.location, MODEL)
    assert sources(fresh, 6)[0] == "other-0.txt"


def test_two_stores_of_one_process_see_each_other(store: Store) -> None:
    other = Store(store.location, MODEL)
    assert sources(other) == []
    put(store, document("a.txt"), 0)
    assert sources(other) == ["a.txt"]
    put(other, document("b.txt"), 1)
    assert sources(store, 1) == ["b.txt", "a.txt"]
    with store.writing():
        store.remove(["b.txt"])
    other.close()
    assert sources(store, 1) == ["a.txt"]


def test_only_one_writes_at_a_time_and_who_waits_is_told_for_whom(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.locking.WRITER_PATIENCE", 0.1)
    other = Store(store.location, MODEL)
    holder = f"can't be written: process {os.getpid()} on .* is writing to it since 20"
    with store.writing(), pytest.raises(StoreUnavailable, match=holder) as caught, other.writing():
        pass
    assert "\n" not in str(caught.value)
    with other.writing():
        pass
