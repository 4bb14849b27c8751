"""What a sync takes from where it is sent: files of every kind and name, archives, addresses."""

import os
import shutil
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Write
from recording import BIRD, CAT, DOG, Opened, content, embedded, names

from index import Index, SyncReport, sync
from index.documents import Skipped
from index.files import text_path
from index.syncing import Moved, remove


@pytest.fixture
def index(open_index: Opened) -> Index:
    return open_index("index")


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
