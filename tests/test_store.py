"""What is in Chroma and who sees it: half-written documents, other writers, and all that can be wrong with a place."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import chromadb
import numpy as np
import pytest

from index.chunk import chunk
from index.documents import Chunk, Document, Section, Skipped
from index.errors import EmbeddingModelMismatch, SourceNotFound, StoreUnavailable
from index.records import DocumentRecord, FileRecord, embedded_hash
from index.store import Store

MODEL = "a model"


def document(source: str = "a.txt", text: str = "One sentence. Another one.", sha256: str = "a" * 64) -> Document:
    return Document(source, "A title", text, sha256, (0, 5), "en")


def record(of: Document, passages: int = 1) -> DocumentRecord:
    return DocumentRecord(of.source, of.title, f"/docs/{of.source}", of.sha256, "en", passages, 2)


def file(of: Document) -> FileRecord:
    path = f"/docs/{of.source}"
    return FileRecord(path, of.source, "/docs", 26, 7**20, of.sha256, (of.source,), (Skipped("b", "empty file"),))


def put_whole(store: Store, of: Document, chunks: list[Chunk], vectors: np.ndarray) -> None:
    store.put_passages([(chunk, record(of).key) for chunk in chunks], vectors)
    store.put_documents([(of, record(of))])
    store.put_files([file(of)])


def vectors(count: int, first: int = 0) -> np.ndarray:
    return np.eye(8, dtype=np.float32)[first : first + count]


def put(store: Store, of: Document, first: int = 0) -> list[Chunk]:
    chunks = chunk(of)
    with store.writing():
        put_whole(store, of, chunks, vectors(len(chunks), first))
    return chunks


def sources(store: Store, first: int = 0) -> list[str]:
    return [found.source for found in near(store, first)]


def near(store: Store, first: int = 0) -> list[Chunk]:
    """The nearest passages of indexed documents."""
    keys = [found.key for found in store.records()]
    return store.read(list(store.nearest(vectors(1, first)[0], 20, keys)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(str(tmp_path / "index"), MODEL)
    yield found
    found.close()


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


# Places that can't be used.


def test_another_model_is_refused_and_the_way_out_named(store: Store) -> None:
    put(store, document())
    with pytest.raises(EmbeddingModelMismatch, match="footnote index PATH --index OTHER") as caught:
        Store(store.location, "another model")
    assert "'a model'" in str(caught.value)
    assert "'another model'" in str(caught.value)
    assert "\n" not in str(caught.value)
    Store(store.location, MODEL).close()


def test_another_format_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, document())
    monkeypatch.setattr("index.chroma.FORMAT", 99)
    with pytest.raises(EmbeddingModelMismatch, match="format 99"):
        Store(store.location, MODEL)


def test_collections_of_another_program_are_left_alone(tmp_path: Path) -> None:
    client = chromadb.PersistentClient(tmp_path)
    client.create_collection("passages", embedding_function=None, metadata={"format": "mine"})
    put(Store(str(tmp_path), MODEL), document())
    assert client.get_collection("passages", embedding_function=None).metadata == {"format": "mine"}


def test_an_index_without_documents_takes_another_model(tmp_path: Path) -> None:
    mistyped = Store(str(tmp_path), "mistyped")
    store = Store(str(tmp_path), MODEL)
    put(store, document())
    assert sources(store) == ["a.txt"]
    with pytest.raises(EmbeddingModelMismatch), mistyped.writing():
        pass
    with pytest.raises(EmbeddingModelMismatch):
        Store(str(tmp_path), "mistyped")


def test_an_index_made_anew_takes_its_place_at_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path), MODEL)
    put(store, document())
    draft = Store(str(tmp_path), "another model", anew=True)
    put(draft, document("b.txt"), 1)
    assert sources(store) == ["a.txt"]
    assert draft.roots() == ["/docs"]
    draft.publish()
    assert sources(store) == ["b.txt"]
    assert sources(Store(str(tmp_path), "another model")) == ["b.txt"]
    assert len(store._chroma._client.list_collections()) == 4


def test_an_index_made_anew_that_broke_off_leaves_nothing(tmp_path: Path) -> None:
    store = Store(str(tmp_path), MODEL)
    put(store, document())
    put(Store(str(tmp_path), MODEL, anew=True), document("b.txt"))
    assert len(store._chroma._client.list_collections()) == 7
    with store.writing():
        pass
    assert len(store._chroma._client.list_collections()) == 4
    assert sources(store) == ["a.txt"]


def test_an_index_of_an_earlier_format_is_refused_until_it_is_made_anew(tmp_path: Path) -> None:
    client = chromadb.PersistentClient(tmp_path)
    manifest = {"embedding_model": MODEL, "format": 1, "revision": "", "writing": False}
    client.create_collection("passages", embedding_function=None, metadata=manifest)
    client.create_collection("documents", embedding_function=None)
    with pytest.raises(EmbeddingModelMismatch, match=r"format 1.*footnote index PATH --rebuild"):
        Store(str(tmp_path), MODEL)
    draft = Store(str(tmp_path), MODEL, anew=True)
    put(draft, document())
    assert draft.roots() == []
    draft.publish()
    assert sources(Store(str(tmp_path), MODEL)) == ["a.txt"]
    names = {collection.name for collection in client.list_collections()}
    assert not names & {"passages", "documents"}


def one_line(location: str) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        Store(location, MODEL)
    assert location in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    one_line(str(tmp_path / "notes.txt"))
    one_line(str(tmp_path / "notes.txt" / "below"))
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database " * 1000)
    one_line(str(tmp_path))


def test_a_server_that_is_down_is_one_line() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "running" in one_line(f"http://127.0.0.1:{port}")


def test_an_index_that_goes_away_is_one_line(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "index"), MODEL)
    put(store, document())
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(StoreUnavailable) as caught:
        put(store, document("b.txt"))
    assert "\n" not in str(caught.value)


def test_a_folder_that_was_deleted_can_be_begun_again(tmp_path: Path) -> None:
    put(Store(str(tmp_path / "index"), MODEL), document())
    shutil.rmtree(tmp_path / "index")
    again = Store(str(tmp_path / "index"), "another model")
    assert again.records() == []
    put(again, document("b.txt"))
    assert sources(again) == ["b.txt"]


def test_closing_frees_its_files(tmp_path: Path) -> None:
    def opened() -> int:
        return sum(str(tmp_path) in str(entry.resolve()) for entry in Path("/proc/self/fd").iterdir())

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    store = Store(str(tmp_path), MODEL)
    put(store, document())
    assert opened() > 0
    store.close()
    assert opened() == 0


def test_opening_again_frees_what_was_open(store: Store) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    other = Store(store.location, MODEL)
    counts = []
    for number in range(4):
        put(store, document(f"{number}.txt"))
        assert len(sources(other)) == number + 1
        counts.append(sum(store.location in str(entry.resolve()) for entry in Path("/proc/self/fd").iterdir()))
    assert counts[-1] < counts[0] + 10  # a Chroma that is left open has 15; their pools of connections vary
    other.close()
