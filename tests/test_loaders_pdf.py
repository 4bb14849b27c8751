"""Scanned pages: read where Tesseract is installed, reported where it is not. The text of others is in test_load."""

import sys
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw

from index.documents import Document, Skipped
from index.load import parse
from index.loaders import ocr
from index.parsing import Parser
from index.unfolding import unfold


def scan(*pages: str) -> bytes:
    """A PDF where pages of the text "" are pictures."""
    file = FPDF()
    file.set_font("Helvetica", size=12)
    picture = Image.new("L", (400, 100), 255)
    ImageDraw.Draw(picture).text((20, 20), "The boat was painted.", fill=0)
    for text in pages:
        file.add_page()
        if text:
            file.multi_cell(0, text=text)
        else:
            file.image(picture, x=10, y=10, w=100)
    return bytes(file.output())


@pytest.fixture
def tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in its place; what it is asked comes into the file beside it."""
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        "if '--list-langs' in sys.argv:\n"
        "    print('List of available languages in \"/x/\" (3):\\neng\\nfra\\nosd')\n    sys.exit()\n"
        "asked = pathlib.Path(__file__).with_name('asked')\n"
        "asked.write_text(' '.join(sys.argv[1:]) + sys.stdin.buffer.read()[:20].decode('latin-1').split('255')[0])\n"
        "print('The boat was painted.')\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    ocr._languages.cache_clear()
    return program


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def read(folder: Path, data: bytes) -> list[Document | Skipped]:
    path = folder / "a.pdf"
    path.write_bytes(data)
    return [found for piece in unfold(path, "a.pdf") for found in parse(piece)]


@pytest.mark.usefixtures("nothing_installed")
def test_a_scanned_file_needs_ocr(tmp_path: Path) -> None:
    assert read(tmp_path, scan("", "")) == [Skipped("a.pdf", "no text, needs OCR: install tesseract")]


@pytest.mark.usefixtures("nothing_installed")
def test_of_a_file_with_scanned_pages_the_rest_is_read(tmp_path: Path) -> None:
    [document, skipped] = read(tmp_path, scan("One.", "", "Three.", ""))
    assert isinstance(document, Document)
    assert document.text.split() == ["One.", "Three."]
    assert document.page_at(document.text.index("Three")) == 3
    assert skipped == Skipped("a.pdf", "pages 2, 4 have no text, need OCR")


@pytest.mark.usefixtures("nothing_installed")
def test_an_empty_page_is_no_scan(tmp_path: Path) -> None:
    file = FPDF()
    file.set_font("Helvetica", size=12)
    file.add_page()
    file.add_page()
    file.multi_cell(0, text="Two.")
    assert len(read(tmp_path, bytes(file.output()))) == 1


def test_scanned_pages_are_read_by_tesseract(tmp_path: Path, tesseract: Path) -> None:
    [document] = read(tmp_path, scan("One.", "", "Three."))
    assert isinstance(document, Document)
    assert document.page_at(document.text.index("The boat was painted.")) == 2
    asked = tesseract.with_name("asked").read_text()
    assert asked.startswith("stdin stdout -l eng+fra --dpi 300P5 2481 3508 ")  # A4


def test_tesseract_is_found_in_the_process_too(tmp_path: Path, tesseract: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scan(""))
    with Parser() as parser:
        [document] = parser.read(path, "a.pdf")
    assert isinstance(document, Document)
    assert document.text == "The boat was painted."


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "printf ''"])
def test_a_page_that_tesseract_can_not_read_is_reported(tmp_path: Path, tesseract: Path, script: str) -> None:
    tesseract.write_text(f"#!/bin/sh\n{script}\n")
    assert read(tmp_path, scan("")) == [Skipped("a.pdf", "no text, needs OCR")]


def test_tesseract_is_not_waited_for(tmp_path: Path, tesseract: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_PAGE_LIMIT", 0.5)
    tesseract.write_text("#!/bin/sh\n[ $1 = --list-langs ] && exit\nwhile :; do :; done\n")
    assert read(tmp_path, scan("")) == [Skipped("a.pdf", "no text, needs OCR")]


def test_each_page_that_is_read_shows_that_the_parser_is_alive(tmp_path: Path, tesseract: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scan("", "One.", ""))
    [piece] = unfold(path, "a.pdf")
    calls = list[str]()
    list(parse(piece, alive=lambda: calls.append("alive")))
    assert len(calls) == 2
