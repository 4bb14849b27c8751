"""A page of a PDF as a picture, and where on it a quote stands."""

import io
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from index.load import load
from ui.pdf_page import find_letters, page_image


class TestPdfPage:
    @pytest.fixture
    def pdf(self, tmp_path: Path) -> Path:
        sheet = FPDF()
        sheet.set_font("Helvetica", size=12)
        for page in (
            "Lamps were lit. " * 30,
            "The lamp was lit by Nora. " * 3 + "It burnt out. " + "Filler words. " * 90,
        ):
            sheet.add_page()
            sheet.multi_cell(0, 8, page)
        sheet.output(str(tmp_path / "lamps.pdf"))
        return tmp_path / "lamps.pdf"

    def test_the_boxes_are_where_the_words_are(self, pdf: Path) -> None:
        image = page_image(pdf, 2, "It burnt\n  out.")
        assert image is not None
        assert image.data.startswith(b"\xff\xd8")
        (box,) = image.boxes
        assert 0 < box.left < box.left + box.width < 100
        assert box.top < 10
        assert 0.5 < box.height < 3

    @pytest.mark.parametrize("rotation", [0, 90, 180, 270])
    @pytest.mark.parametrize("crop", [None, (20, 300, 560, 830)])
    def test_the_boxes_hold_the_ink_however_the_page_is_turned_and_cropped(
        self, tmp_path: Path, rotation: int, crop: tuple[int, int, int, int] | None
    ) -> None:
        sheet = FPDF()
        sheet.set_font("Helvetica", size=12)
        sheet.add_page()
        sheet.set_xy(30, 60)
        sheet.cell(text="One line of words stands alone.")
        sheet.output(str(tmp_path / "plain.pdf"))
        with pypdfium2.PdfDocument(tmp_path / "plain.pdf") as document:
            document[0].set_rotation(rotation)
            if crop:
                document[0].set_cropbox(*crop)
            document.save(tmp_path / "turned.pdf")
        image = page_image(tmp_path / "turned.pdf", 1, "One line of words stands alone.")
        assert image is not None
        (box,) = image.boxes
        picture = Image.open(io.BytesIO(image.data)).convert("L").point(lambda value: 255 if value < 100 else 0)
        left, top, right, bottom = picture.getbbox()  # of what is dark
        wide, high = image.width / 100, image.height / 100
        assert box.left * wide - 6 <= left < right <= (box.left + box.width) * wide + 6
        assert box.top * high - 6 <= top < bottom <= (box.top + box.height) * high + 6

    def test_a_quote_over_several_lines_has_a_box_a_line(self, pdf: Path) -> None:
        text = load(pdf, "lamps.pdf").text
        image = page_image(pdf, 2, text[text.index("Filler") :][:400])
        assert image is not None
        assert len(image.boxes) >= 3

    def test_where_there_is_no_picture(self, pdf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert page_image(tmp_path / "gone.pdf", 1, "x") is None
        assert page_image(pdf, 99, "x") is None
        image = page_image(pdf, 1, "words that are not there")
        assert image is not None
        assert image.boxes == ()
        (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
        assert page_image(tmp_path / "bad.pdf", 1, "x") is None
        monkeypatch.setattr("ui.pdf_page.SECONDS", 0.01)  # what takes too long is given up
        assert page_image(pdf, 1, "lamp") is None

    @pytest.mark.parametrize(
        ("text", "quote", "share", "found"),
        [
            ("a b-\r\nc d", "bc", 0.0, "b-\r\nc"),
            ("one two one two", "one", 0.9, "one"),
            ("the end of this pa", "this page goes on", 0.0, None),
            ("and here begins what goes on", "begins what goes on on the next page", 0.0, "begins what goes on"),
            ("", "x", 0.0, None),
            ("text", "...", 0.0, None),
        ],
    )
    def test_letters_are_found(self, text: str, quote: str, share: float, found: str | None) -> None:
        place = find_letters(text, quote, share)
        assert (text[place[0] : place[1] + 1] if place else None) == found
        if share:
            assert place == (8, 10)
