"""An index becomes equal to a folder, whatever happened to either."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SEEDS, Write
from recording import BIRD, CAT, DOG, Opened, content, embedded, names

from index import Index, SyncReport, sync
from index.documents import Skipped
from index.errors import SourceNotFound
from index.syncing import Moved, remove


@pytest.fixture
def index(open_index: Opened) -> Index:
    return open_index("index")


def test_one_path_needs_no_list(index: Index, docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    assert sync(str(docs), index) == SyncReport(added=("cat.txt",))
    assert sync(docs, index) == SyncReport(unchanged=("cat.txt",))
    assert remove(docs / "cat.txt", index) == SyncReport(removed=("cat.txt",))


def test_a_folder_that_changes(index: Index, docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    write("below/dog.md", DOG)
    write("picture.jpg", b"\xff\xd8\xff")
    skipped = (Skipped("picture.jpg", "unknown type .jpg"),)
    assert sync([docs], index) == SyncReport(added=("below/dog.md", "cat.txt"), skipped=skipped)
    assert sorted(embedded(index)) == [CAT, DOG]

    before = content(index)
    assert sync([docs], index) == SyncReport(unchanged=("below/dog.md", "cat.txt"), skipped=skipped)
    assert content(index) == before
    assert embedded(index) == []

    write("cat.txt", BIRD)
    (docs / "below" / "dog.md").unlink()
    write("new.txt", DOG)
    report = sync([docs], index)
    moved = (Moved("new.txt", "below/dog.md"),)
    assert report == SyncReport(replaced=("cat.txt",), moved=moved, skipped=skipped)
    assert embedded(index) == [BIRD]
    assert {record.source: index.document(record.source).text for record in index.documents()} == {
        "cat.txt": BIRD,
        "new.txt": DOG,
    }
    assert index.store._passages.count() == 2


def test_the_report_in_one_line() -> None:
    report = SyncReport(added=("a", "b"), removed=("c",), unchanged=("d",), skipped=(Skipped("e", "empty file"),))
    assert report.summary() == "2 added, 1 removed, 1 unchanged, 1 skipped"
    assert SyncReport(replaced=("a",)).summary() == "1 replaced"
    assert SyncReport().summary() == "nothing to index"


def test_a_record_says_what_was_indexed(index: Index, docs: Path, write: Write) -> None:
    path = write("note.txt", f"A title\n\n{CAT}")
    sync([docs], index)
    (record,) = index.documents()
    assert (record.source, record.title, record.path) == ("note.txt", "A title", str(path.resolve()))
    (file,) = index.store.files()
    assert (file.path, file.root, file.documents) == (record.path, str(docs.resolve()), ("note.txt",))
    assert (file.size, file.modified) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert (record.language, record.passages, record.pages) == ("en", 1, 0)


def test_a_touched_file_is_unchanged(index: Index, docs: Path, write: Write) -> None:
    path = write("cat.txt", CAT)
    sync([docs], index)
    embedded(index)
    os.utime(path, ns=(1, 1))
    assert sync([docs], index) == SyncReport(unchanged=("cat.txt",))
    assert embedded(index) == []
    assert index.files()[0].modified == 1
    assert index.document("cat.txt").text == CAT


def test_a_size_that_was_noted_before_the_file_grew_is_put_right(index: Index, docs: Path, write: Write) -> None:
    path = write("cat.txt", CAT)
    sync([docs], index)
    (file,) = index.store.files()
    index.store.put_files([replace(file, size=file.size - 1, modified=1)])  # it grew while the sync came to it
    assert sync([docs], index) == SyncReport(unchanged=("cat.txt",))
    assert index.files()[0].size == path.stat().st_size


def test_a_file_of_the_same_size_and_a_new_time_is_read(index: Index, docs: Path, write: Write) -> None:
    path = write("a.txt", CAT)
    sync([docs], index)
    write("a.txt", CAT.replace("cat", "cow"))
    os.utime(path, ns=(2, 2))
    assert sync([docs], index).replaced == ("a.txt",)


@pytest.mark.parametrize("first", [True, False])
def test_a_path_that_does_not_exist_changes_nothing(index: Index, docs: Path, write: Write, first: bool) -> None:
    write("cat.txt", CAT)
    sync([docs], index)
    before = content(index)
    write("cat.txt", DOG)
    write("new.txt", DOG)
    missing = docs / "missing.txt"
    with pytest.raises(SourceNotFound, match=r"no such file or folder: .*missing\.txt"):
        sync([missing, docs] if first else [docs, missing], index)
    assert content(index) == before


def test_what_comes_from_elsewhere_stays(index: Index, docs: Path, write: Write) -> None:
    write("one/cat.txt", CAT)
    write("two/dog.txt", DOG)
    write("one-more/bird.txt", BIRD)
    sync([docs / "one", docs / "two", docs / "one-more"], index)
    (docs / "one" / "cat.txt").unlink()
    (docs / "two" / "dog.txt").unlink()
    (docs / "one-more" / "bird.txt").unlink()
    assert sync([docs / "one"], index) == SyncReport(removed=("cat.txt",))
    assert names(index) == ["bird.txt", "dog.txt"]


def test_paths_may_be_an_iterator(index: Index, docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    sync(iter([str(docs)]), index)
    (docs / "cat.txt").unlink()
    assert sync(iter([str(docs)]), index) == SyncReport(removed=("cat.txt",))


def test_a_file_that_is_named_twice_is_indexed_once(index: Index, docs: Path, write: Write) -> None:
    path = write("below/cat.txt", CAT)
    assert sync([docs, path, docs / "below", docs / ".." / docs.name], index).added == ("below/cat.txt",)


def test_one_file(index: Index, docs: Path, write: Write) -> None:
    path = write("below/cat.txt", CAT)
    write("below/dog.txt", DOG)
    assert sync([path], index).added == ("cat.txt",)
    assert sync([docs], index) == SyncReport(added=("below/dog.txt",), unchanged=("cat.txt",))


def test_one_name_in_two_folders_is_two_documents(index: Index, docs: Path, write: Write) -> None:
    write("one/a.txt", CAT)
    write("two/a.txt", DOG)
    write("far/one/a.txt", BIRD)
    roots = [docs / "one", docs / "two", docs / "far" / "one"]
    assert sync(roots, index).added == ("a.txt", "two/a.txt", "one/a.txt")
    assert sync(roots[::-1], index).unchanged == ("one/a.txt", "two/a.txt", "a.txt")
    (docs / "one" / "a.txt").unlink()
    assert sync(roots, index) == SyncReport(removed=("a.txt",), unchanged=("two/a.txt", "one/a.txt"))
    assert {index.document(name).text for name in names(index)} == {DOG, BIRD}


def test_the_same_text_twice_is_two_documents(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT)
    write("b.txt", CAT)
    sync([docs], index)
    assert [p.chunk.source for p in index.search("cat")] == ["a.txt", "b.txt"]
    index.remove("a.txt")
    assert [p.chunk.source for p in index.search("cat")] == ["b.txt"]


def test_what_came_from_a_path_can_be_removed(index: Index, docs: Path, write: Write) -> None:
    write("one/cat.txt", CAT)
    write("two/dog.txt", DOG)
    sync([docs], index)
    with pytest.raises(SourceNotFound, match="nothing in the index came from"):
        remove([docs / "one", docs / "three"], index)
    assert remove([docs / "one"], index) == SyncReport(removed=("one/cat.txt",))
    assert remove(["two/dog.txt"], index) == SyncReport(removed=("two/dog.txt",))
    assert index.store.files() == []


def test_a_link_is_removed_not_what_it_leads_to(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT)
    (docs / "link.txt").symlink_to("a.txt")
    sync([docs], index)
    assert remove([docs / "link.txt"], index) == SyncReport(removed=("link.txt",))


# Progress.


def test_progress_goes_from_nothing_to_all(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT)
    write("b.jpg", b"")
    write("c.txt", DOG)
    calls: list[tuple[int, int, str]] = []
    sync([docs], index, progress=lambda *call: calls.append(call))
    assert calls == [(0, 3, "a.txt"), (1, 3, "b.jpg"), (2, 3, "c.txt"), (3, 3, "")]
    calls.clear()
    sync([docs], index, progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == [0, 1, 2, 3]


def test_an_empty_folder(index: Index, docs: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    assert sync([docs], index, progress=lambda *call: calls.append(call)) == SyncReport()
    assert calls == [(0, 0, "")]


def test_the_samples(seeds_index: Index) -> None:
    assert names(seeds_index) == ["inde.txt", "pays.txt"]
    report = sync([SEEDS], seeds_index)
    assert report.unchanged == ("inde.txt", "pays.txt")
    assert [skipped.source for skipped in report.skipped] == ["conversations.jsonl", "questions.jsonl"]
