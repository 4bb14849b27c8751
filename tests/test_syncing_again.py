"""What a sync reads again and what it trusts, what it leaves out, and what an index remembers of that."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Write
from folder import message, pdf, zipped
from test_loaders_pdf import scan
from word_embeddings import PlainParser, assert_same, content, open_words

import index.files
import index.syncing
import index.unfolding
from index import Index, SyncReport, sync
from index.documents import Chunk, Document, Skipped
from index.files import File
from index.loaders import ocr
from index.parsing import Parser
from index.records import FileRecord

CAT = "The cat sleeps on the mat."
COW = "The cow sleeps on the mat."


@pytest.fixture
def words(tmp_path: Path) -> Iterator[Index]:
    opened = open_words(tmp_path / "index")
    yield opened
    opened.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are read; in this process."""
    found: list[str] = []
    monkeypatch.setattr(index.syncing, "Parser", PlainParser)
    plain = PlainParser.read
    monkeypatch.setattr(PlainParser, "read", lambda self, path, name: (found.append(name), plain(self, path, name))[1])
    return found


def edit_unseen(path: Path, text: str) -> None:
    """Change a file to another text of the same size, and put its time of modification back."""
    before = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# Times.


@pytest.mark.usefixtures("read")
def test_an_edit_that_keeps_size_and_time_of_modification_is_seen(words: Index, docs: Path, write: Write) -> None:
    path = write("a.txt", CAT)
    sync([docs], words)
    edit_unseen(path, COW)
    assert sync([docs], words).replaced == ("a.txt",)
    assert words.document("a.txt").text == COW


@pytest.mark.usefixtures("read")
def test_a_file_that_changed_a_moment_before_it_was_looked_at_is_hashed_again(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As git does: a second change may have the same time as the first."""
    write("a.txt", CAT)
    hashed: list[str] = []
    sha256 = index.files.File.sha256
    monkeypatch.setattr(index.files.File, "sha256", lambda file: (hashed.append(file.path), sha256(file))[1])
    sync([docs], words)
    assert len(hashed) == 1
    assert sync([docs], words) == SyncReport(unchanged=("a.txt",))
    assert len(hashed) == 2
    monkeypatch.setattr(index.files, "MOMENT", -(10**18))  # as if it were long ago
    assert sync([docs], words) == SyncReport(unchanged=("a.txt",))
    assert len(hashed) == 3
    assert sync([docs], words) == SyncReport(unchanged=("a.txt",))
    assert len(hashed) == 3


# What could not be read.


def test_what_gave_no_text_is_read_again_when_it_is_touched(
    words: Index, docs: Path, write: Write, read: list[str]
) -> None:
    path = write("a.txt", b"")
    report = sync([docs], words)
    assert sync([docs], words) == report
    assert read == ["a.txt"]
    os.utime(path, ns=(5, 5))
    assert sync([docs], words) == report
    assert read == ["a.txt", "a.txt"]


def test_what_gave_no_text_is_read_again_by_another_reader(
    words: Index, docs: Path, write: Write, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.txt", CAT)
    write("b.txt", b"")
    report = sync([docs], words)
    read.clear()
    monkeypatch.setattr("index.parsing.version", lambda _: "9.0")
    assert sync([docs], words) == SyncReport(unchanged=report.added, skipped=report.skipped)
    assert sync([docs], words) == SyncReport(unchanged=report.added, skipped=report.skipped)
    assert read == ["b.txt"]


TESSERACT = f"""#!{sys.executable}
import sys
if '--list-langs' in sys.argv:
    print('List of available languages in "/x/" (1):\\neng')
else:
    sys.stdin.buffer.read()
    print('The boat was painted.')
"""


def test_a_tesseract_that_does_not_run_is_as_good_as_none(
    words: Index, tmp_path: Path, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text("#!/no/such/interpreter\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    ocr._languages.cache_clear()
    write("cat.txt", CAT)
    assert sync([docs], words).added == ("cat.txt",)


def test_what_can_not_be_opened_for_a_moment_is_tried_again(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("cat.txt", CAT)
    monkeypatch.setattr(index.files, "MOMENT", -(10**18))  # as if it had been written long ago
    with monkeypatch.context() as moment:
        moment.setattr(File, "sha256", lambda _: "")
        moment.setattr(Parser, "read", lambda _, path, source: iter([Skipped(source, "cannot be read")]))
        assert sync([docs], words).skipped == (Skipped("cat.txt", "cannot be read"),)
    assert sync([docs], words).added == ("cat.txt",)


def test_scans_are_read_once_tesseract_has_come(
    words: Index, tmp_path: Path, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that was read in part, too: the same bytes are another text then."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ocr._languages.cache_clear()
    write("whole.pdf", scan(""))
    write("part.pdf", scan("One.", ""))
    write("a.zip", zipped({"scan.pdf": scan(""), "b.txt": CAT.encode()}))
    reason = "no text, needs OCR: install tesseract"
    report = sync([docs], words)
    assert report.added == ("a.zip/b.txt", "part.pdf")
    assert report.skipped == (
        Skipped("a.zip/scan.pdf", reason),
        Skipped("part.pdf", "page 2 has no text, needs OCR"),
        Skipped("whole.pdf", reason),
    )
    assert words.search("boat")  # the words of what is there now are known
    program = tmp_path / "bin" / "tesseract"
    program.write_text(TESSERACT, encoding="utf-8")
    program.chmod(0o755)
    ocr._languages.cache_clear()
    report = sync([docs], words)
    assert report == SyncReport(
        added=("a.zip/scan.pdf", "whole.pdf"), replaced=("part.pdf",), unchanged=("a.zip/b.txt",)
    )
    assert "The boat was painted." in words.document("part.pdf").text
    clean = open_words(tmp_path / "clean")
    sync([docs], clean)
    assert_same(content(words, ["boat"]), content(clean, ["boat"]))
    clean.close()


def test_a_file_whose_parser_crashed_is_tried_once_more(
    words: Index, tmp_path: Path, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "pypdfium2.py").write_text(
        f"import os\nwith open({str(tmp_path / 'tries')!r}, 'a') as file:\n    file.write('x')\nos.abort()"
    )
    monkeypatch.syspath_prepend(tmp_path / "trap")
    write("a.pdf", pdf(CAT))
    for tries in ("x", "xx", "xx"):
        assert sync([docs], words) == SyncReport(skipped=(Skipped("a.pdf", "its parser crashed"),))
        assert (tmp_path / "tries").read_text() == tries


def test_an_archive_has_a_time_limit_of_its_own(
    docs: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "pypdfium2.py").write_text("import time\ntime.sleep(3600)")
    monkeypatch.syspath_prepend(tmp_path / "trap")
    monkeypatch.setattr("index.parsing.WHOLE", 1.5)
    members = {"a.txt": CAT.encode()} | {f"{number}.pdf": scan("") for number in range(20)} | {"z.txt": CAT.encode()}
    with Parser(seconds=4) as parser:
        *before, last = parser.read(write("a.zip", zipped(members)), "a.zip")
    assert last == Skipped("a.zip", "reading it takes more than 6 seconds: the rest is not read")
    assert [found.source for found in before] in ([], ["a.zip/a.txt"], ["a.zip/a.txt", "a.zip/0.pdf"])


# Renamed.


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize(
    "name",
    ["big.txt", "below/big.log", "e\u0301tude.txt", "two\nlines.md", os.fsdecode(b"not utf-8 \xff.txt"), "\u2060.txt"],
)
def test_a_text_without_a_title_of_its_own_keeps_its_vectors_under_any_name(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A short one, and one that is several documents."""
    monkeypatch.setattr(index.unfolding, "PART_BYTES", 4000)
    for size, is_long in ((300, True), (90, False)):
        path = write(name, "\n".join(f"{CAT} {number}" for number in range(size)))
        report = sync([docs], words)
        assert (len(report.added or report.replaced) > 1) == is_long
        before = len(words.embeddings.embedded)
        path.rename(docs / "renamed.txt")
        assert len(sync([docs], words).moved) == len(report.added or report.replaced)
        assert len(words.embeddings.embedded) == before
        (docs / "renamed.txt").unlink()
        sync([docs], words)


@pytest.mark.usefixtures("read")
def test_a_text_that_is_cut_elsewhere_now_is_not_there_twice(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.zip", zipped({"a.txt": f"{CAT} {COW}".encode(), "empty.txt": b""}))
    sync([docs], words)
    whole = index.syncing.chunk

    def cut(document: Document) -> list[Chunk]:
        return [replace(found, id=f"{found.id}-{n}") for found in whole(document) for n in range(2)]

    monkeypatch.setattr(index.syncing, "chunk", cut)
    os.utime(path, ns=(5, 5))  # it holds what gave no text, so it is read again
    sync([docs], words)
    assert [record.passages for record in words.documents()] == [words.store._passages.count()] == [2]


# Killed half-way through a file that holds several documents.


def containers(text: str) -> dict[str, bytes]:
    mails = (bytes(message(f"{text} {name}")).replace(b"\r\n", b"\n") for name in "abcd")
    return {
        "below/a.zip": zipped({f"{name}.txt": f"{text} {name}".encode() for name in "zyxw"}),
        "below/box.mbox": b"\n".join(b"From a Tue May  1 12:00:00 1984\n" + mail for mail in mails),
        "below/long.txt": "\n".join(f"{text} {number}" for number in range(200)).encode(),
    }


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize("name", containers(CAT))
@pytest.mark.parametrize("was_there", [False, True])
def test_killed_between_two_documents_of_a_file_the_next_run_ends_as_a_clean_run(
    words: Index,
    tmp_path: Path,
    docs: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    was_there: bool,
) -> None:
    monkeypatch.setattr(index.syncing, "EMBED_AT_ONCE", 1)
    monkeypatch.setattr(index.unfolding, "PART_BYTES", 1000)
    if was_there:
        write(name, containers(COW)[name])
        sync([docs], words)
    write(name, containers(CAT)[name])
    with monkeypatch.context() as patch:
        embed, left = words.embeddings.embed_passages, iter(range(2))
        patch.setattr(words.embeddings, "embed_passages", lambda texts: (next(left), embed(texts))[1])
        with pytest.raises(StopIteration):
            sync([docs], words)
    assert len(words.documents()) >= 2  # or this shows nothing
    write("a.zip", containers(CAT)["below/a.zip"])
    sync([docs], words)
    assert sync([docs], words).unchanged == tuple(source for file in words.files() for source in file.documents)
    clean = open_words(tmp_path / "clean")
    sync([docs], clean)
    assert_same(content(words, ["cat"]), content(clean, ["cat"]))
    clean.close()


@pytest.mark.usefixtures("read")
def test_what_a_killed_run_wrote_of_a_file_that_is_gone_is_reported(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.syncing, "EMBED_AT_ONCE", 1)
    path = write("a.zip", zipped({"z.txt": CAT.encode(), "a.txt": COW.encode()}))
    with monkeypatch.context() as patch:
        embed, left = words.embeddings.embed_passages, iter(range(1))
        patch.setattr(words.embeddings, "embed_passages", lambda texts: (next(left), embed(texts))[1])
        with pytest.raises(StopIteration):
            sync([docs], words)
    path.unlink()
    assert sync([docs], words) == SyncReport(removed=("a.zip/z.txt",))


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize("members", ["z", "zy"])
@pytest.mark.parametrize("is_deleted", [True, False])
def test_killed_while_it_removes_the_next_run_reads_what_is_there(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch, members: str, is_deleted: bool
) -> None:
    data = zipped({f"{name}.txt": f"{CAT} {name}".encode() for name in members})
    path = write("a.zip", data)
    sync([docs], words)
    calls = iter(range(1))

    def killed(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(**options: Any) -> Any:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return work(**options)

        return call

    with monkeypatch.context() as patch:
        for collection, name in ((words.store._documents, "delete"), (words.store._files, "delete")):
            patch.setattr(collection, name, killed(getattr(collection, name)))
        patch.setattr(words.store._files, "upsert", killed(words.store._files.upsert))
        path.unlink() if is_deleted else None
        with pytest.raises(KeyboardInterrupt):
            sync([docs], words) if is_deleted else words.remove("a.zip/z.txt")
    write("a.zip", data)
    sync([docs], words)
    assert [record.source for record in words.documents()] == sorted(f"a.zip/{name}.txt" for name in members)


@pytest.mark.usefixtures("read")
def test_bytes_that_come_back_after_a_killed_run_are_read_again(
    words: Index, docs: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.txt", CAT)
    sync([docs], words)
    write("a.txt", COW)
    put = words.store.put_files
    with monkeypatch.context() as patch:

        def killed(files: list[FileRecord]) -> None:
            put([file for file in files if file.size < 0])
            if any(file.size >= 0 for file in files):
                raise KeyboardInterrupt

        patch.setattr(words.store, "put_files", killed)
        with pytest.raises(KeyboardInterrupt):
            sync([docs], words)
    assert words.document("a.txt").text == COW  # or this shows nothing
    write("a.txt", CAT)
    sync([docs], words)
    assert words.document("a.txt").text == CAT


# What is left out.


@pytest.mark.usefixtures("read")
def test_a_folder_that_is_an_index_is_named_but_for_the_index_itself(docs: Path, write: Write) -> None:
    write("cat.txt", CAT)
    write("other/dog.txt", CAT)
    words = open_words(docs / "mine")
    sync([docs], words)
    write("other/chroma.sqlite3", b"")
    report = sync([docs], words)
    reason = "a folder of a database, not of documents: chroma.sqlite3 is in it"
    assert report.skipped == (Skipped(str((docs / "other").resolve()), reason),)
    assert (report.unchanged, report.removed) == (("cat.txt",), ("other/dog.txt",))
    words.close()


@pytest.mark.usefixtures("read")
def test_what_was_left_out_stays_out_until_something_else_is_said(
    words: Index, tmp_path: Path, docs: Path, write: Write
) -> None:
    for name in ("one/a.txt", "one/b.log", "two/c.log"):
        write(name, f"{CAT} {name}")
    assert sync([docs / "one"], words, exclude=["*.log"]).added == ("a.txt",)
    assert sync([docs / "one", docs / "two"], words).added == ("c.log",)
    words.close()
    shutil.copytree(tmp_path / "index", tmp_path / "copy")
    again = open_words(tmp_path / "copy")
    assert sync([docs / "one"], again) == SyncReport(unchanged=("a.txt",))
    assert sync([docs / "one"], again, exclude=[]).added == ("b.log",)
    assert sync([docs / "one"], again) == SyncReport(unchanged=("a.txt", "b.log"))
    again.close()
