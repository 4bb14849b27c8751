"""The process in which files are parsed: what happens there stays there."""

import os
import signal
import sys
from pathlib import Path

import pytest
from conftest import Write
from folder import FACT, message, pdf, zipped

from index.documents import Document, Skipped
from index.load import load
from index.parsing import Parser

PDF = pdf(FACT)


def read(parser: Parser, path: Path) -> list[Document | Skipped]:
    return list(parser.read(path, path.name))


def read_all(path: Path) -> list[Document | Skipped]:
    with Parser() as parser:
        return read(parser, path)


def reasons(found: list[Document | Skipped]) -> list[tuple[str, str]]:
    return [(skipped.source, skipped.reason) for skipped in found if isinstance(skipped, Skipped)]


def texts(found: list[Document | Skipped]) -> dict[str, str]:
    return {document.source: document.text for document in found if isinstance(document, Document)}


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A parser of PDF that does what is written here."""
    folder = tmp_path / "trap"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)  # the process looks for modules where this one does
    return folder / "pypdfium2.py"


def test_a_document_is_what_load_makes_of_the_file(write: Write) -> None:
    path = write("a.pdf", PDF)
    assert read_all(path) == [load(path)]


def test_one_process_reads_many_files(write: Write) -> None:
    with Parser() as parser:
        read(parser, write("a.txt", "One."))
        first = parser._worker
        read(parser, write("b.txt", "Two."))
        assert parser._worker is first


def test_no_process_is_started_before_a_file_is_read() -> None:
    with Parser() as parser:
        assert parser._worker is None


def test_the_process_imports_nothing_heavy(write: Write, trap: Path) -> None:
    (trap.parent / "striprtf").mkdir()
    (trap.parent / "striprtf" / "__init__.py").write_text("")
    listing = "def rtf_to_text(*args, **kwargs):\n    import sys\n    return ' '.join(sys.modules)\n"
    (trap.parent / "striprtf" / "striprtf.py").write_text(listing)
    loaded = set(texts(read_all(write("a.rtf", r"{\rtf1 x}")))["a.rtf"].split())
    assert {"index.load", "index.worker"} <= loaded
    assert not loaded & {"torch", "chromadb", "gradio", "sentence_transformers", "langchain", "httpx"}


@pytest.mark.parametrize("spinning", ["while True: pass", "import time\ntime.sleep(3600)"])
def test_a_parser_that_spins_is_stopped_and_the_next_file_is_read(write: Write, trap: Path, spinning: str) -> None:
    trap.write_text(spinning)
    with Parser(seconds=1.5) as parser:
        assert reasons(read(parser, write("a.pdf", PDF))) == [("a.pdf", "parsing it takes more than 2 seconds")]
        assert texts(read(parser, write("b.txt", "Two."))) == {"b.txt": "Two."}


@pytest.mark.parametrize(
    "crash",
    [
        pytest.param("import os\nos.abort()", id="abort"),
        pytest.param("import ctypes\nctypes.string_at(0)", id="segmentation fault"),
        pytest.param("import os\nos._exit(0)", id="exit"),
        pytest.param("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", id="killed"),
    ],
)
def test_a_parser_that_crashes_is_one_reason_and_the_next_file_is_read(write: Write, trap: Path, crash: str) -> None:
    trap.write_text(crash)
    with Parser() as parser:
        assert reasons(read(parser, write("a.pdf", PDF))) == [("a.pdf", "its parser crashed")]
        assert texts(read(parser, write("b.txt", "Two."))) == {"b.txt": "Two."}


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is not limited on this system")
def test_a_parser_that_fills_the_memory_is_one_reason(write: Write, trap: Path) -> None:
    trap.write_text("whole = bytearray(2**40)")
    assert reasons(read_all(write("a.pdf", PDF))) == [("a.pdf", "can't be parsed: it takes too much memory")]


def test_a_parser_that_prints_does_not_disturb(write: Write, trap: Path) -> None:
    trap.write_text(
        "import os\nprint('x' * 100_000, flush=True)\nos.write(1, b'y')\nos.write(2, b'z')\nraise ValueError"
    )
    found = reasons(read_all(write("a.pdf", PDF)))
    assert found == [("a.pdf", "can't be parsed: damaged, or not what its name says")]


def test_a_crash_inside_an_archive_costs_one_member(write: Write, trap: Path) -> None:
    trap.write_text("import os\nos.abort()")
    path = write("a.zip", zipped({"1.txt": b"One.", "2.pdf": PDF, "3.txt": b"Three.", "4.pdf": PDF, "5.txt": b"Five."}))
    found = read_all(path)
    assert texts(found) == {"a.zip/1.txt": "One.", "a.zip/3.txt": "Three.", "a.zip/5.txt": "Five."}
    assert reasons(found) == [("a.zip/2.pdf", "its parser crashed"), ("a.zip/4.pdf", "its parser crashed")]


def test_a_process_that_died_between_two_files_is_replaced(write: Write) -> None:
    with Parser() as parser:
        read(parser, write("a.txt", "One."))
        assert parser._worker is not None
        parser._worker._process.kill()
        parser._worker._process.wait()
        assert texts(read(parser, write("b.txt", "Two."))) == {"b.txt": "Two."}


def test_who_stops_reading_half_way_may_read_the_next_file(write: Write) -> None:
    with Parser() as parser:
        reading = parser.read(write("a.zip", zipped({f"{n}.txt": b"One." for n in range(50)})), "a.zip")
        assert next(reading)
        reading.close()
        assert texts(read(parser, write("b.txt", "Two."))) == {"b.txt": "Two."}


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="no alarms on this system")
def test_nothing_is_left_of_the_process(write: Write) -> None:
    with Parser() as parser:
        read(parser, write("a.txt", "One."))
        assert parser._worker is not None
        process = parser._worker._process
    assert process.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_the_folder_of_the_user_is_not_where_modules_come_from(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("json.py", "raise SystemExit(3)")
    write("index.py", "raise SystemExit(3)")
    monkeypatch.chdir(path.parent)
    assert texts(read_all(path)) == {"json.py": "raise SystemExit(3)"}


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode on this system")
def test_names_that_are_no_utf8_are_read(docs: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(docs) + b"/caf\xe9.txt"))
    path.write_text("One.")
    with Parser() as parser:
        assert texts(list(parser.read(path, "caf\\xe9.txt"))) == {"caf\\xe9.txt": "One."}


def test_a_message_is_a_document_and_each_attachment_another(write: Write) -> None:
    mail = message("See below.", "", ("report.pdf", PDF), ("odd/name.txt", b"One."), ("image.xyz", b"\0"))
    found = read_all(write("a.eml", bytes(mail)))
    assert list(texts(found)) == ["a.eml", "a.eml/report.pdf", "a.eml/odd_name.txt"]
    assert reasons(found) == [("a.eml/image.xyz", "unknown type .xyz")]
