"""Scanned pages: read where Tesseract is installed, reported where it is not. The text of others is in test_load."""

import shutil
import sys
import textwrap
from pathlib import Path

import pypdfium2
import pytest
from folder import FACT, row_by_row
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


@pytest.mark.skipif(not shutil.which("tesseract"), reason="no Tesseract on this machine")
def test_a_real_tesseract_reads_a_page_that_is_a_picture(tmp_path: Path) -> None:
    ocr._languages.cache_clear()
    printed = FPDF()
    printed.set_font("Helvetica", size=14)
    printed.add_page()
    printed.multi_cell(0, text=FACT)
    with pypdfium2.PdfDocument(bytes(printed.output())) as document:
        picture = document[0].render(scale=3, grayscale=True).to_pil()
    file = FPDF()
    file.set_font("Helvetica", size=12)
    file.add_page()
    file.multi_cell(0, text="One.")
    file.add_page()
    file.image(picture, x=0, y=0, w=210)
    [document] = read(tmp_path, bytes(file.output()))
    assert isinstance(document, Document)
    assert document.page_at(document.text.index(FACT)) == 2
    assert document.text[document.page_starts[1] :].strip() == FACT


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


# Two columns.

LEFT = textwrap.wrap("The harbour of Brest was built over many years, and " * 6 + "Oskar painted the yellow boat.", 40)
RIGHT = textwrap.wrap("it rained on the day when the lighthouse was lit, so that " * 4 + "nobody came to see it.", 40)


def text_of(folder: Path, data: bytes) -> str:
    [document] = read(folder, data)
    assert isinstance(document, Document)
    return document.text


@pytest.mark.parametrize("lower", [0, 1.5])
def test_columns_that_were_written_row_by_row_are_read_one_after_the_other(tmp_path: Path, lower: float) -> None:
    """Also where the lines of the second are a little lower than those of the first."""
    title = "Notes on the harbour of Brest and on the weather that it had"
    assert len(LEFT) > len(RIGHT) + 1
    text = text_of(tmp_path, row_by_row(LEFT, RIGHT, top=title, lower=lower))
    assert [" ".join(part.split()) for part in text.split("\n\n")] == [title, " ".join([*LEFT, *RIGHT])]


def test_a_word_that_a_columns_end_divided_is_whole_again(tmp_path: Path) -> None:
    left = [*LEFT[:2], "where the lamps were made by the apprent-", "ices of the town, and", *LEFT[2:]]
    right = [*RIGHT[:2], "for all who had come from the neighb-", "ouring villages, and", *RIGHT[2:]]
    text = text_of(tmp_path, row_by_row(left, right))
    assert "the apprentices of the town" in text
    assert "the neighbouring villages" in text


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    left = [f"Boat number {number} of the harbour of Brest" for number in range(12)]
    right = [f"Painted yellow by Oskar in {1984 + number}" for number in range(12)]
    text = text_of(tmp_path, row_by_row(left, right))
    assert text.split() == " ".join(f"{boat} {painted}" for boat, painted in zip(left, right, strict=True)).split()


def test_a_list_of_contents_is_read_row_by_row(tmp_path: Path) -> None:
    left = [f"the boats of the year {1980 + number} and their crews" for number in range(12)]
    text = text_of(tmp_path, row_by_row(left, [str(number) for number in range(12)]))
    assert f"{left[3]} 3" in text


def test_lines_across_both_columns_part_them(tmp_path: Path) -> None:
    across = "A second heading that goes over both of the columns of this page, from side to side"
    file = row_by_row([*LEFT[:6], across, *LEFT[:6]], [*RIGHT[:6], "", *RIGHT[:6]])
    columns = " ".join([*LEFT[:6], *RIGHT[:6]])
    assert " ".join(text_of(tmp_path, file).split()) == f"{columns} {across} {columns}"
