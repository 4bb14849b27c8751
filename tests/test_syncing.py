"""An index becomes equal to a folder, whatever happened to either."""

import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEEDS, Write

from index import Index, SyncReport, sync
from index.documents import Skipped
from index.embed import SentenceEmbeddings
from index.errors import SourceNotFound
from index.files import text_path
from index.lexical import LexicalIndex
from index.store import Store
from index.syncing import Moved, remove
from rag import retrieve

CAT = "The cat sleeps on the mat."
DOG = "The dog runs in the garden."
BIRD = "The bird sings in its cage."


class Recording(SentenceEmbeddings):
    """The bundled model, which notes what it embeds and can be told to break down."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []
        self.breaks_at = ""

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        if self.breaks_at and any(self.breaks_at in text for text in texts):
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_passages(texts)


Opened = Callable[[str], Index]


@pytest.fixture
def open_index(tmp_path: Path, embeddings: SentenceEmbeddings) -> Iterator[Opened]:
    opened = []

    def open_index(name: str) -> Index:
        recording = Recording()
        store = Store(str(tmp_path / name), recording.name)
        opened.append(Index(store, LexicalIndex(tmp_path / name / "lexical.sqlite"), recording))
        return opened[-1]

    yield open_index
    for index in opened:
        index.close()


@pytest.fixture
def index(open_index: Opened) -> Index:
    return open_index("index")


def embedded(index: Index) -> list[str]:
    """What was embedded since the last time."""
    assert isinstance(index.embeddings, Recording)
    found = list(index.embeddings.embedded)
    index.embeddings.embedded.clear()
    return found


def content(index: Index) -> list[tuple[Any, ...]]:
    """All that a reader can see, but for the times when files were written."""
    rows = []
    for record in index.documents():
        document = index.document(record.source)
        chunks = index.store.chunks(record.key)
        vectors = {
            chunk_id: vector.round(4).tolist() for chunk_id, vector in index.store.fetch([c.id for c in chunks]).items()
        }
        assert len(chunks) == len(vectors) == record.passages
        rows.append((record.path, record.pages, document, chunks, vectors))
    return rows


def names(index: Index) -> list[str]:
    return [record.source for record in index.documents()]


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
    assert index.store.files()[0].modified == 1
    assert index.document("cat.txt").text == CAT


def test_a_size_that_was_noted_before_the_file_grew_is_put_right(index: Index, docs: Path, write: Write) -> None:
    path = write("cat.txt", CAT)
    sync([docs], index)
    (file,) = index.store.files()
    index.store.put_files([replace(file, size=file.size - 1, modified=1)])  # it grew while the sync came to it
    assert sync([docs], index) == SyncReport(unchanged=("cat.txt",))
    assert index.store.files()[0].size == path.stat().st_size


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


# Files of all kinds.


def test_hidden_files_are_left_out_and_so_are_databases(index: Index, docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    write(".hidden.txt", DOG)
    write("below/~$cat.docx", b"Anna" * 40)
    write(".git/dog.txt", DOG)
    write("index/chroma.sqlite3", b"")
    write("index/lexical.txt", DOG)
    report = sync([docs], index)
    assert report.added == ("cat.txt",)
    assert [skipped.source for skipped in report.skipped] == [str((docs / "index").resolve())]


def test_a_hidden_folder_that_is_named_is_indexed(index: Index, docs: Path, write: Write) -> None:
    write(".notes/cat.txt", CAT)
    assert sync([docs / ".notes"], index).added == ("cat.txt",)


def test_links_do_not_lead_in_circles(index: Index, docs: Path, write: Write) -> None:
    write("below/cat.txt", CAT)
    (docs / "below" / "up").symlink_to(docs)
    (docs / "self").symlink_to("self")
    (docs / "gone.txt").symlink_to("nowhere.txt")
    report = sync([docs], index)
    assert report.added == ("below/cat.txt",)
    up = str((docs / "below" / "up").absolute())
    assert sorted(skipped.source for skipped in report.skipped) == sorted([up, "gone.txt", "self"])
    assert next(one.reason for one in report.skipped if one.source == up).startswith("a link to a folder")


@pytest.mark.parametrize(
    "name", [b"new\nline.txt", "emoji 🐈‍⬛ é.txt".encode(), b"not utf-8 \xff\xe9.txt", b"<b>\"quotes'.txt"]
)
def test_strange_names(index: Index, docs: Path, name: bytes) -> None:
    path = docs / os.fsdecode(name)
    try:
        path.write_text(CAT)
    except OSError:
        pytest.skip("no such names on this file system")
    expected = name.decode("utf-8", "backslashreplace")
    assert sync([docs], index).added == (expected,)
    assert sync([docs], index).unchanged == (expected,)
    assert index.search("cat")[0].chunk.source == expected
    assert index.document(expected).text == CAT
    assert index.documents()[0].title.isprintable() or "\u200d" in expected
    path.unlink()
    assert sync([docs], index).removed == (expected,)


def test_a_file_that_becomes_unreadable_is_reported_and_not_found_any_more(
    index: Index, docs: Path, write: Write
) -> None:
    write("cat.txt", CAT)
    write("dog.txt", DOG)
    write("pipe.txt", BIRD)
    sync([docs], index)
    write("cat.txt", b"")
    (docs / "pipe.txt").unlink()
    os.mkfifo(docs / "pipe.txt")
    report = sync([docs], index)
    assert report.unchanged == ("dog.txt",)
    assert report.removed == ("cat.txt", "pipe.txt")
    assert report.skipped == (Skipped("cat.txt", "empty file"), Skipped("pipe.txt", "not a file"))
    assert names(index) == ["dog.txt"]
    write("cat.txt", CAT)
    assert sync([docs], index).added == ("cat.txt",)


def test_a_file_without_permission_is_reported(index: Index, docs: Path, write: Write) -> None:
    path = write("cat.txt", CAT)
    write("dog.txt", DOG)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    report = sync([docs], index)
    assert report.added == ("dog.txt",)
    assert [(s.source, s.reason) for s in report.skipped] == [("cat.txt", "cannot be read: permission denied")]


@pytest.mark.parametrize("rights", [0o000, 0o444, 0o333])
@pytest.mark.parametrize("is_named", [False, True])
def test_what_is_in_a_folder_without_permission_stays(
    index: Index, docs: Path, write: Write, rights: int, is_named: bool
) -> None:
    write("below/cat.txt", CAT)
    write("below/deep/bird.txt", BIRD)
    dog = write("dog.txt", DOG)
    below = docs / "below"
    named = [below, dog] if is_named else [docs]
    sync(named, index)
    before = content(index)
    below.chmod(rights)
    try:
        if os.access(below, os.R_OK | os.X_OK):
            pytest.skip("root reads everything")
        report = sync(named, index)
        assert report.skipped == (Skipped(str(below.resolve()), "cannot be read: permission denied"),)
        assert report == SyncReport(unchanged=("dog.txt",), skipped=report.skipped)
        assert content(index) == before
    finally:
        below.chmod(0o755)
    assert set(sync(named, index).unchanged) == set(names(index)) == {record.source for record in index.documents()}
    assert len(names(index)) == 3
    shutil.rmtree(below / "deep")
    assert len(sync(named, index).removed) == 1


def test_a_title_stands_before_the_later_chunks(index: Index, docs: Path, write: Write) -> None:
    write("report.txt", "The cats of Rome\n\n" + f"{CAT} " * 60)
    write("plain.txt", f"{CAT} " * 60)
    sync([docs], index)
    texts = embedded(index)
    assert sum(text.startswith("The cats of Rome\n") for text in texts) == 2
    assert sum(text.startswith("plain") for text in texts) == 0


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


# Moved and copied.


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


# What is left out, and what a file is called.


def test_exclude_is_like_a_gitignore(index: Index, docs: Path, write: Write) -> None:
    for name in ("a.txt", "build/b.txt", "below/build/c.txt", "drafts/d.txt", "drafts/keep.txt", "below/a.txt"):
        write(name, f"{CAT} {name}")
    report = sync([docs], index, exclude=["build/", "drafts/*", "!drafts/keep.txt", "/a.txt"])
    assert report.added == ("below/a.txt", "drafts/keep.txt")
    assert sync([docs], index, exclude=["below"]).removed == ("below/a.txt",)


def test_a_name_that_looks_like_another_one(index: Index, docs: Path) -> None:
    expected = {rb"\xff.txt": r"\x5cxff.txt", b"\xff.txt": r"\xff.txt", rb"\x5cxff.txt": r"\x5cx5cxff.txt"}
    for raw in expected:
        try:
            (docs / os.fsdecode(raw)).write_text(f"{CAT} {raw!r}")
        except OSError:
            pytest.skip("no such names on this file system")
    assert set(sync([docs], index).added) == set(expected.values())
    for record in index.documents():
        assert text_path(record.path).read_text() == index.document(record.source).text


def test_skipped_files_are_noted_and_not_read_again(
    index: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("nothing.txt", b"")
    write("picture.jpg", b"\xff\xd8\xff")
    report = sync([docs], index)
    assert [skip for file in index.store.files() for skip in file.skipped] == list(report.skipped)
    monkeypatch.setattr("index.syncing.Parser.read", lambda *_: pytest.fail("read again"))
    assert sync([docs], index) == report


def test_an_archive_is_several_documents(index: Index, docs: Path) -> None:
    def write_zip(**members: str) -> None:
        with zipfile.ZipFile(docs / "a.zip", "w") as archive:
            for name, text in members.items():
                archive.writestr(f"{name}.txt", text)

    write_zip(cat=CAT, dog=DOG, nothing="")
    report = sync([docs], index)
    assert report.added == ("a.zip/cat.txt", "a.zip/dog.txt")
    assert report.skipped == (Skipped("a.zip/nothing.txt", "empty file"),)
    embedded(index)
    write_zip(cat=CAT, bird=BIRD)
    report = sync([docs], index)
    assert (report.added, report.unchanged) == (("a.zip/bird.txt",), ("a.zip/cat.txt",))
    assert report.removed == ("a.zip/dog.txt",)
    assert embedded(index) == [BIRD]
    (docs / "a.zip").rename(docs / "b.zip")
    moved = (Moved("b.zip/cat.txt", "a.zip/cat.txt"), Moved("b.zip/bird.txt", "a.zip/bird.txt"))
    assert sync([docs], index) == SyncReport(moved=moved)
    index.remove("b.zip/cat.txt")
    assert sync([docs], index).added == ("b.zip/cat.txt",)
    (docs / "b.zip").unlink()
    assert set(sync([docs], index).removed) == {"b.zip/cat.txt", "b.zip/bird.txt"}
    assert index.store._passages.count() == 0


def test_an_archive_and_a_folder_of_one_name(index: Index, docs: Path, write: Write) -> None:
    for order in ("one", "two"):
        write(f"{order}/a.txt", CAT)
    with zipfile.ZipFile(docs / "one" / "a.zip", "w") as archive:
        archive.writestr("dog.txt", DOG)
    write("two/a.zip/dog.txt", BIRD)
    write("three/a.zip", (docs / "one" / "a.zip").read_bytes())
    report = sync([docs / "two", docs / "one", docs / "three"], index)
    assert report.added == (
        *("a.txt", "a.zip/dog.txt"),
        *("one/a.txt", "one/a.zip/dog.txt"),
        *("three/a.zip/dog.txt",),
    )


def test_what_came_from_a_path_can_be_removed(index: Index, docs: Path, write: Write) -> None:
    write("one/cat.txt", CAT)
    write("two/dog.txt", DOG)
    sync([docs], index)
    with pytest.raises(SourceNotFound, match="nothing in the index came from"):
        remove([docs / "one", docs / "three"], index)
    assert remove([docs / "one"], index) == SyncReport(removed=("one/cat.txt",))
    assert remove(["two/dog.txt"], index) == SyncReport(removed=("two/dog.txt",))
    assert index.store.files() == []


def test_a_web_page_stays_while_its_server_is_away(index: Index, docs: Path, write: Write) -> None:
    write("page.html", f"<html><title>Cats</title><body><p>{CAT}</p></body></html>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(docs))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/page.html"
        assert [skipped.source for skipped in sync([address], index).skipped] == [address]  # this machine is private
        assert sync([address], index, allow_private=True).added == (address,)
        assert sync([address], index, allow_private=True) == SyncReport(unchanged=(address,))
        write("page.html", f"<html><title>Dogs</title><body><p>{DOG}</p></body></html>")
        assert sync([address], index, allow_private=True).replaced == (address,)
        server.shutdown()
    report = sync([address], index, allow_private=True)
    assert (report.unchanged, [skipped.source for skipped in report.skipped]) == ((address,), [address])
    assert index.document(address).text == DOG
    assert remove([address], index).removed == (address,)


def test_an_address_has_no_other_pages_below_it(index: Index, docs: Path, write: Write) -> None:
    write("a/cat.html", f"<html><body><p>{CAT}</p></body></html>")
    write("a/index.html", f"<html><body><p>{DOG}</p></body></html>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(docs))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folder = f"http://127.0.0.1:{server.server_port}/a/"
        sync([f"{folder}cat.html"], index, allow_private=True)
        assert sync([folder], index, allow_private=True) == SyncReport(added=(folder,))
        server.shutdown()


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


def test_a_link_is_removed_not_what_it_leads_to(index: Index, docs: Path, write: Write) -> None:
    write("a.txt", CAT)
    (docs / "link.txt").symlink_to("a.txt")
    sync([docs], index)
    assert remove([docs / "link.txt"], index) == SyncReport(removed=("link.txt",))
