"""Word, PowerPoint, RTF, OpenDocument and EPUB: what is read of them, where it stands, and what is refused."""

import copy
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pptx
import pytest
from folder import BEFORE, FACT, ODT, epub, open_document, saved, slides, word, workbook, zipped
from pptx.util import Inches

from index.documents import Document
from index.errors import UnreadableDocument
from index.load import load
from index.loaders.epub import load_epub
from index.loaders.office import load_docx, load_pptx, load_rtf
from index.loaders.opendocument import load_opendocument
from index.loaders.parsed import Parsed


def sections(parsed: Parsed | Document) -> list[tuple[str, str]]:
    """The name of each section and the first line of its text."""
    return [(s.name, parsed.text[s.start :].split("\n")[0]) for s in parsed.sections]


# Word.


def test_a_word_file_gives_paragraphs_headings_and_tables_in_order(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_heading("La tournée", level=1)
    file.add_paragraph("Avant le tableau.")
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ["Pays", "Jours", "Japon", "2"], strict=True):
        cell.text = text
    total = table.add_row().cells
    total[0].merge(total[1]).text = "fusion"
    file.add_paragraph("Après le\ttableau.")
    file.save(str(tmp_path / "a.docx"))
    document = load(tmp_path / "a.docx")
    assert document.title == "La tournée"
    assert document.text == ("La tournée\n\nAvant le tableau.\n\nPays | Jours\nJapon | 2\nfusion\n\nAprès le\ttableau.")


def test_text_in_content_controls_and_text_boxes_of_a_word_file_is_read_once(tmp_path: Path) -> None:
    file = docx.Document()
    body, controlled, boxed = file.element.body, file.add_paragraph("Controlled.")._p, file.add_paragraph("Boxed.")._p
    control = body.makeelement(f"{{{body.nsmap['w']}}}sdt")
    controlled.addprevious(control)
    control.append(controlled)
    carrier = file.add_paragraph("Around the box.")._p
    for name in ("Choice", "Fallback"):  # Word writes a text box twice, for itself and for older readers
        box = body.makeelement(f"{{http://schemas.openxmlformats.org/markup-compatibility/2006}}{name}")
        box.append(copy.deepcopy(boxed))
        carrier.add_r().append(box)
    body.remove(boxed)
    file.save(str(tmp_path / "a.docx"))
    assert load(tmp_path / "a.docx").text == "Controlled.\n\nAround the box.\n\nBoxed."


def test_the_title_property_of_a_word_file_comes_first(tmp_path: Path) -> None:
    file = docx.Document()
    file.core_properties.title = "From the properties"
    file.add_heading("A heading", level=1)
    file.save(str(tmp_path / "a.docx"))
    assert load(tmp_path / "a.docx").title == "From the properties"


def test_the_headings_of_a_word_file_are_its_sections() -> None:
    parsed = load_docx(word())
    assert parsed.title == "Harbour"
    assert sections(parsed) == [("Boats", "Boats"), ("Boats › 1984", "1984")]
    assert parsed.text.endswith(f"1984\n\n{FACT}\n\nColour | yellow")


def test_headings_of_one_level_replace_each_other() -> None:
    file = docx.Document()
    for level, text in ((1, "A"), (2, "B"), (3, "C"), (2, "D"), (1, "E"), (3, "F")):
        file.add_heading(text, level)
    names = [section.name for section in load_docx(saved(file)).sections]
    assert names == ["A", "B", "B › C", "D", "E", "E › F"]  # "A" is the title


def test_a_heading_as_long_as_a_paragraph_is_shortened_in_the_name() -> None:
    file = docx.Document()
    file.core_properties.title = "Own title"
    file.add_heading("word " * 100, 1)
    [section] = load_docx(saved(file)).sections
    assert section.name.endswith("word …")
    assert len(section.name) <= 122


# PowerPoint.


def test_the_slides_of_a_presentation_are_its_sections() -> None:
    parsed = load_pptx(slides())
    assert parsed.title == "Harbour"
    assert sections(parsed) == [
        ("Slide 1: Harbour", "Harbour"),
        ("Slide 2", BEFORE.strip()),
        ("Slide 3: Boats", "Boats"),
    ]
    assert all(section.apart for section in parsed.sections)
    assert parsed.text.endswith(f"Boats\n\n{FACT}\n\nNotes: The mast was replaced in May.")


def test_tables_and_groups_of_a_slide_are_read_and_pictures_are_not_missed() -> None:
    file = pptx.Presentation()
    file.slides.add_slide(file.slide_layouts[6])  # empty, but it counts
    slide = file.slides.add_slide(file.slide_layouts[6])
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Colour", "yellow"
    group = slide.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "In a group."
    parsed = load_pptx(saved(file))
    assert parsed.text == "Colour | yellow\n\nIn a group."
    assert sections(parsed) == [("Slide 2", "Colour | yellow")]


# RTF.


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"{\rtf1\ansi One.\par Two.}", "One.\nTwo."),
        (r"{\rtf1\ansi\ansicpg1252 caf\'e9 \u8364?}", "café €"),
        (r"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\rtf1\ansi{\*\generator x;}{\stylesheet{\s0 Normal;}}Words.}", "Words."),
        (r"{\rtf1\ansi \u-10179?\u-8704?}", "😀"),
        (r"{\rtf1\ansi cut off {\b here", "cut off here"),
    ],
)
def test_rtf_is_text(rtf: str, text: str) -> None:
    assert load_rtf(rtf.encode("ascii")).text.strip() == text


def test_the_title_of_an_rtf_file_is_that_of_its_properties() -> None:
    assert load_rtf(rb"{\rtf1{\info{\title L'\'e9t\'e9}{\author x}}Words.}").title == "L'été"


# OpenDocument.


def test_the_headings_of_a_text_are_its_sections() -> None:
    parsed = load_opendocument(open_document("text", ODT))
    assert (parsed.title, sections(parsed)) == ("Harbour", [("Harbour", "Harbour"), ("Boats", "Boats")])


def test_a_million_empty_rows_are_not_read() -> None:
    repeated = (
        '<office:spreadsheet><table:table table:name="A"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row>'
        "<table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
    )
    assert load_opendocument(open_document("spreadsheet", repeated)).text == "x"


def test_deleted_text_and_comments_are_not_read() -> None:
    body = (
        "<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:p>kept<office:annotation><text:p>comment</text:p></office:annotation> words<text:tab/>here</text:p>"
        "</office:text>"
    )
    assert load_opendocument(open_document("text", body)).text == "kept words\there"


def test_an_encrypted_text_says_what_to_do() -> None:
    manifest = b"<m:manifest xmlns:m='x'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
    with pytest.raises(UnreadableDocument, match="encrypted: save it without a password"):
        load_opendocument(zipped({"META-INF/manifest.xml": manifest, "content.xml": b"\xff\x00"}))


LAUGHS = b"<!DOCTYPE x [<!ENTITY a '0123456789'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize("entity", [LAUGHS + b"]>", b"<!DOCTYPE x [<!ENTITY j SYSTEM 'file:///etc/hostname'>]>"])
def test_entities_neither_explode_nor_read_other_files(entity: bytes) -> None:
    content = entity + (
        b"<office:document-content xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
        b"xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><office:body><office:text>"
        b"<text:p>Words &j; here.</text:p></office:text></office:body></office:document-content>"
    )
    try:
        text = load_opendocument(zipped({"content.xml": content})).text
    except UnreadableDocument as error:
        assert str(error) == "not an OpenDocument file, or a damaged one"  # noqa: PT017 - either end is right
    else:
        assert re.fullmatch(r"Words\s+here\.", text)


# EPUB.


def test_the_chapters_of_a_book_are_its_sections() -> None:
    parsed = load_epub(epub())
    assert parsed.title == "The harbour"
    assert sections(parsed) == [("The port", BEFORE.strip()), ("The boats", FACT)]
    assert all(section.apart for section in parsed.sections)


def book(encryption: str = "", spine: str = "<itemref idref='one'/>") -> bytes:
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf'><manifest><item id='one' href='one.xhtml'/>"
        f"<item id='ncx' href='toc.ncx'/></manifest><spine toc='ncx'>{spine}</spine></package>"
    )
    ncx = (
        "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap><navPoint><navLabel><text>Part one</text></navLabel>"
        "<content src='one.xhtml#top'/></navPoint></navMap></ncx>"
    )
    members = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b"<container><rootfile full-path='book.opf'/></container>",
        "book.opf": package.encode(),
        "toc.ncx": ncx.encode(),
        "one.xhtml": f"<html><body>Before.<h1>Boats</h1><p>{FACT}</p><h2>1984</h2><p>x</p></body></html>".encode(),
    }
    if encryption:
        method = f"<enc><EncryptedData><EncryptionMethod Algorithm='{encryption}'/></EncryptedData></enc>"
        members["META-INF/encryption.xml"] = method.encode()
    return zipped(members)


def test_an_old_book_names_its_chapters_in_another_file() -> None:
    names = [section.name for section in load_epub(book()).sections]
    assert names == ["Part one", "Boats", "Boats › 1984"]


def test_a_book_that_is_protected_is_refused_and_scrambled_fonts_are_no_protection() -> None:
    with pytest.raises(UnreadableDocument, match="encrypted: protected against copying"):
        load_epub(book("http://www.w3.org/2001/04/xmlenc#aes128-cbc"))
    assert FACT in load_epub(book("http://www.idpf.org/2008/embedding")).text


def test_a_chapter_that_is_missing_does_not_cost_the_others() -> None:
    assert FACT in load_epub(book(spine="<itemref idref='nothing'/><itemref idref='one'/>")).text


# LibreOffice, where it is installed, writes them all.


ALBATROSS = "Boat: Albatross | Colour: yellow | Year: 1984"


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice on this machine")
@pytest.mark.parametrize(
    ("original", "way", "quote", "section", "page"),
    [
        ("a.docx", ["odt"], FACT, "Boats › 1984", None),
        ("a.docx", ["odt", "docx"], FACT, "Boats › 1984", None),
        ("a.docx", ["rtf"], FACT, None, None),
        ("a.docx", ["pdf"], FACT, None, 1),
        ("a.pptx", ["odp"], FACT, "Slide 3: Boats", None),
        ("a.pptx", ["odp", "pptx"], FACT, "Slide 3: Boats", None),
        ("a.pptx", ["pdf"], FACT, None, 3),
        ("a.xlsx", ["ods"], ALBATROSS, "Sheet Boats", None),
        ("a.xlsx", ["ods", "xlsx"], ALBATROSS, "Sheet Boats", None),
    ],
)
def test_a_footnote_into_what_libreoffice_wrote_names_its_place(
    tmp_path: Path, original: str, way: list[str], quote: str, section: str | None, page: int | None
) -> None:
    path = tmp_path / original
    path.write_bytes({"a.docx": word, "a.pptx": slides, "a.xlsx": workbook}[original]())
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    for suffix in way:
        made = tmp_path / suffix
        subprocess.run([*command, suffix, "--outdir", made, path], check=True, capture_output=True, timeout=120)
        path = made / f"a.{suffix}"
    document = load(path)
    at = document.text.index(quote)
    assert (document.section_at(at), document.page_at(at)) == (section, page)


def test_a_paragraph_in_the_style_of_titles_is_the_title() -> None:
    def text(style: str) -> bytes:
        body = ODT.replace(">Harbour</text:h", ">Port</text:h")
        above = f'<office:text><text:p text:style-name="{style}">Harbour</text:p>'
        return open_document("text", body.replace("<office:text>", above))

    assert load_opendocument(text("Title")).title == "Harbour"
    assert load_opendocument(text("Standard")).title == "Port"
