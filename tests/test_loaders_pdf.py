"""PDF: its pages and its lines; and scanned pages, read where Tesseract is installed, reported where it is not."""

import shutil
import sys
import textwrap
from pathlib import Path

import pypdfium2
import pytest
from folder import FACT, row_by_row
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from loading import PAGES, new_pdf, save_pdf
from PIL import Image, ImageDraw

from index.documents import Document, Skipped
from index.load import load, parse
from index.loaders import ocr
from index.parsing import Parser
from index.unfolding import unfold


def save_lines(path: Path, lines: list[str]) -> Path:
    """A PDF whose lines of print end exactly where these do."""
    pdf = new_pdf()
    pdf.add_page()
    for line in lines:
        pdf.cell(text=line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.output(str(path))
    return path


def test_the_pages_of_a_pdf_start_where_page_starts_says(tmp_path: Path) -> None:
    document = load(save_pdf(tmp_path / "a.pdf", *PAGES, title="La délégation"))
    assert document.title == "La délégation"
    assert document.text == "\n\n".join(page.strip() for page in PAGES)
    for number, (page, start) in enumerate(zip(PAGES, document.page_starts, strict=True), 1):
        assert document.text.startswith(page.strip(), start)
        assert document.page_at(start) == number
    assert document.language == "fr"


def test_empty_pages_are_counted(tmp_path: Path) -> None:
    document = load(save_pdf(tmp_path / "a.pdf", "", "Page two.", "", "Page four.", ""))
    assert document.text == "\n\nPage two.\n\n\n\nPage four.\n\n"
    assert document.page_starts == (0, 2, 13, 15, 27)
    assert document.page_at(document.text.index("four")) == 4


def test_lines_of_a_pdf_become_paragraphs(tmp_path: Path) -> None:
    paragraph = "The key words of this document are to be read as its authors have described them at length. " * 4
    document = load(save_pdf(tmp_path / "a.pdf", f"{paragraph}\n\nA second paragraph.\nA third one. {paragraph}"))
    expected = f"{paragraph.strip()}\n\nA second paragraph.\nA third one. {paragraph.strip()}"
    assert document.text == expected


def test_every_point_of_a_list_in_a_pdf_has_its_line(tmp_path: Path) -> None:
    lines = ["\u2022 the first point of the list", "\u2022 the second one of the list", "which goes on for a line."]
    text = load(save_lines(tmp_path / "a.pdf", lines)).text
    assert text == f"{lines[0]}\n{lines[1]} {lines[2]}"


def test_a_sentence_goes_on_in_the_next_column(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    with pdf.text_columns(ncols=2, gutter=10) as columns:
        columns.write("The ministry of finance has advised its staff against the tools of that kind. " * 40)
    pdf.output(str(tmp_path / "a.pdf"))
    expected = ("The ministry of finance has advised its staff against the tools of that kind. " * 40).strip()
    assert load(tmp_path / "a.pdf").text == expected


def test_a_heading_in_larger_type_stands_alone(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=20)
    pdf.multi_cell(
        0, text="How countries are to be helped with the building of AI infrastructure of their own", new_x="LMARGIN"
    )
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(0, text="OpenAI announced it on a Wednesday. " * 10)
    pdf.output(str(tmp_path / "a.pdf"))
    heading, body = load(tmp_path / "a.pdf").text.split("\n\n")
    assert heading == "How countries are to be helped with the building of AI infrastructure of their own"
    assert body == ("OpenAI announced it on a Wednesday. " * 10).strip()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["What is inter-", "national is known."], "What is international is known."),
        (["He met Jean-", "Pierre in Paris."], "He met Jean-Pierre in Paris."),
        (["Between 2019-", "2020 nothing happened."], "Between 2019-2020 nothing happened."),
        (["It is a 24-", "hour service."], "It is a 24-hour service."),
        (["Où irait-", "il, et où va-t-", "on ?"], "Où irait-il, et où va-t-on ?"),
        (
            ["A well-known rule is well-", "known to all who are there."],
            "A well-known rule is well-known to all who are there.",
        ),
    ],
)
def test_a_word_that_a_line_divides_is_joined(tmp_path: Path, lines: list[str], text: str) -> None:
    assert load(save_lines(tmp_path / "a.pdf", lines)).text == text


@pytest.mark.parametrize(
    "title",
    ["", "Microsoft Word - rapport.doc", "rapport_final.docx", "untitled", "Presentation1", "about:blank", "---"],
)
def test_a_meaningless_title_of_a_pdf_is_passed_over(tmp_path: Path, title: str) -> None:
    assert load(save_pdf(tmp_path / "Rapport annuel.pdf", "Some text.", title=title)).title == "Rapport annuel"


# Scanned pages.


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
