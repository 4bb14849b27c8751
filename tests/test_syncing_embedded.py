"""What a sync embeds, and what it need not: moved, copied, edited in part, or there since a sync that was killed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Write
from recording import BIRD, CAT, DOG, Opened, Recording, content, embedded, names

from index import Index, SyncReport, sync
from index.syncing import Moved
from rag import retrieve


@pytest.fixture
def index(open_index: Opened) -> Index:
    return open_index("index")


def test_a_title_stands_before_the_later_chunks(index: Index, docs: Path, write: Write) -> None:
    write("report.txt", "The cats of Rome\n\n" + f"{CAT} " * 60)
    write("plain.txt", f"{CAT} " * 60)
    sync([docs], index)
    texts = embedded(index)
    assert sum(text.startswith("The cats of Rome\n") for text in texts) == 2
    assert sum(text.startswith("plain") for text in texts) == 0


def test_a_moved_file_keeps_its_vectors(index: Index, open_index: Opened, docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    path = write("report.txt", "The cats of Rome\n\n" + f"{CAT} " * 60)
    sync([docs], index)
    embedded(index)
    (docs / "below").mkdir()
    path.rename(docs / "below" / "moved.txt")
    report = sync([docs], index)
    assert report == SyncReport(moved=(Moved("below/moved.txt", "report.txt"),), unchanged=("cat.txt",))
    assert report.summary() == "1 moved, 1 unchanged"
    assert embedded(index) == []
    clean = open_index("clean")
    sync([docs], clean)
    assert content(index) == content(clean)
    assert index.store._passages.count() == clean.store._passages.count()


def test_two_files_change_names(index: Index, docs: Path, write: Write) -> None:
    one, other = write("a.txt", CAT), write("b.txt", DOG)
    sync([docs], index)
    embedded(index)
    one.rename(docs / "c.txt")
    other.rename(one)
    (docs / "c.txt").rename(other)
    assert sync([docs], index).replaced == ("a.txt", "b.txt")
    assert embedded(index) == []
    assert {name: index.document(name).text for name in names(index)} == {"a.txt": DOG, "b.txt": CAT}


def test_of_two_copies_of_a_file_that_is_gone_one_was_moved(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT).unlink()
    path = write("a.txt", CAT)
    sync([docs], index)
    write("b.txt", CAT)
    path.rename(docs / "c.txt")
    report = sync([docs], index)
    assert (report.moved, report.added, report.removed) == ((Moved("b.txt", "a.txt"),), ("c.txt",), ())


def test_a_text_is_embedded_once_and_both_its_sources_are_found(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT)
    write("b.txt", CAT)
    for number in range(5):
        write(f"dogs {number}.txt", f"{DOG} {number}")
    sync([docs], index)
    assert sorted(embedded(index)) == sorted([CAT, *(f"{DOG} {number}" for number in range(5))])
    found = [passage.chunk.source for passage in retrieve("Where does the cat sleep?", index, top_k=3)]
    assert found[:2] == ["a.txt", "b.txt"]
    assert len({source for source in found if source.startswith("dogs")}) >= 1
    assert len(index.search("Where does the cat sleep?", top_k=3)) == 4  # three texts, one of them twice


def test_only_what_is_new_in_a_file_is_embedded(index: Index, docs: Path, write: Write) -> None:
    long = "\n\n".join(f"Chapter {number}. " + f"{CAT} " * 35 for number in range(6))
    path = write("log.txt", long)
    sync([docs], index)
    embedded(index)
    path.write_text(f"{long}\n\nChapter 7. " + f"{DOG} " * 35)
    assert sync([docs], index).replaced == ("log.txt",)
    assert 1 <= len(embedded(index)) <= 2


def test_a_file_that_changes_while_it_is_read_is_read_again(
    open_index: Opened, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index("index")
    path = write("a.txt", CAT)
    embed = index.embeddings.embed_passages

    def embed_while_it_is_edited(texts: list[str]) -> np.ndarray:
        path.write_text(DOG, encoding="utf-8")
        return embed(texts)

    monkeypatch.setattr("index.syncing.EMBED_AT_ONCE", 1)  # so that the embedding comes before the file's record
    monkeypatch.setattr(index.embeddings, "embed_passages", embed_while_it_is_edited)
    assert sync([docs], index).added == ("a.txt",)
    assert sync([docs], index).replaced == ("a.txt",)
    assert index.document("a.txt").text == DOG


# Killed half-way.


def test_killed_half_way_and_run_again_is_a_clean_run(
    index: Index, open_index: Opened, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.syncing.EMBED_AT_ONCE", 2)
    for number in range(7):
        write(f"{number}.txt", f"Note number {number}. {CAT}")
    write("gone.txt", DOG)
    sync([docs / "gone.txt", docs / "0.txt"], index)
    (docs / "gone.txt").unlink()
    write("0.txt", f"Note number zero. {BIRD}")
    assert isinstance(index.embeddings, Recording)
    index.embeddings.breaks_at = "number 4"
    with pytest.raises(KeyboardInterrupt):
        sync([docs], index)
    assert names(index) == ["0.txt", "1.txt", "2.txt", "3.txt"]  # whole, or not there
    assert len(content(index)) == 4
    assert {passage.chunk.source for passage in index.search("Note number 3", 20)} == set(names(index))

    index.embeddings.breaks_at = ""
    embedded(index)
    report = sync([docs], index)
    assert report == SyncReport(added=("4.txt", "5.txt", "6.txt"), unchanged=("0.txt", "1.txt", "2.txt", "3.txt"))
    assert len(embedded(index)) == 3
    clean = open_index("clean")
    sync([docs], clean)
    assert content(index) == content(clean)
    assert index.store._passages.count() == clean.store._passages.count()


def test_killed_while_writing_and_run_again_is_a_clean_run(
    index: Index, open_index: Opened, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.txt", CAT)
    write("b.txt", DOG)
    sync([docs], index)
    write("b.txt", BIRD)
    with monkeypatch.context() as patch:

        def die(**_: Any) -> None:
            raise KeyboardInterrupt

        put = index.store.put_documents

        def half(documents: Any) -> None:
            patch.setattr(index.store._documents, "upsert", die)
            put(documents)

        patch.setattr(index.store, "put_documents", half)
        with pytest.raises(KeyboardInterrupt):
            sync([docs], index)
    assert index.store._passages.count() == 3  # or this shows nothing
    assert index.document("b.txt").text == DOG
    assert "bird" not in " ".join(passage.chunk.text for passage in index.search("the bird sings"))
    assert sync([docs], index) == SyncReport(replaced=("b.txt",), unchanged=("a.txt",))
    clean = open_index("clean")
    sync([docs], clean)
    assert content(index) == content(clean)
    assert index.store._passages.count() == 2
