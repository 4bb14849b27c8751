"""A place for a store that can't be used, is another one's, goes away, or is made anew."""

import shutil
import socket
from contextlib import closing
from pathlib import Path

import chromadb
import pytest
from stored import MODEL, document, put, sources

from index import Index
from index.errors import EmbeddingModelMismatch, StoreUnavailable
from index.store import Store


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


def test_a_large_index_is_searched_with_more_candidates(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def candidates() -> int:
        with closing(Store(store.location, MODEL)) as reader:
            return int(reader._passages.configuration_json["hnsw"]["ef_search"])

    put(store, document())
    few = candidates()
    monkeypatch.setattr("index.chroma.LARGE", 1)
    put(store, document("b.txt"))
    assert candidates() > few
    assert sources(store) == ["a.txt", "b.txt"]


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


def test_another_model_is_refused_before_it_is_loaded(seeds_index: Index) -> None:
    with pytest.raises(EmbeddingModelMismatch, match="footnote index"):
        Index.open(seeds_index.location, "someone/another-model")


def test_places_that_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        Index.open(tmp_path / "file")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(StoreUnavailable, match=address):
        Index.open(address)
