"""A folder of real files of every format, each with a sentence to be found again in a known place."""

import email.message
import email.policy
import json
import subprocess
import textwrap
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

import docx
import openpyxl
import pptx
from fpdf import FPDF

BEFORE = "The harbour master keeps the books of the port. "
FACT = "Captain Oskar painted the yellow boat in 1984."


@dataclass(frozen=True)
class Sample:
    """A file of the folder.

    Attributes:
        name: Its path in the folder.
        data: Its bytes.
        quote: Words that a footnote quotes.
        source: The document that holds them, where it is not the file itself.
        page: The page where they stand.
        section: The heading, slide, sheet, chapter where they stand.
    """

    name: str
    data: bytes
    quote: str = FACT
    source: str = ""
    page: int | None = None
    section: str | None = None


def samples() -> Iterator[Sample]:
    """All of them; made anew with each call."""
    yield from texts()
    yield from web_pages()
    yield from pdfs()
    yield from office()
    yield from open_documents()
    yield from tables()
    yield from books()
    yield from mails()
    yield from archives()


CODE = {
    "py": f'"""A module."""\n\n\ndef paint() -> str:\n    # {FACT}\n    return "yellow"\n',
    "js": f"// {FACT}\nconst boat = 'yellow';\n",
    "ts": f"// {FACT}\nconst boat: string = 'yellow';\n",
    "java": f"/** {FACT} */\nclass Boat {{}}\n",
    "c": f"/* {FACT} */\nint main(void) {{ return 0; }}\n",
    "cpp": f"// {FACT}\nint main() {{}}\n",
    "h": f"#pragma once\n// {FACT}\n",
    "go": f"package boat\n\n// {FACT}\n",
    "rs": f"//! {FACT}\nfn main() {{}}\n",
    "rb": f"# {FACT}\nputs 'yellow'\n",
    "php": f"<?php\n// {FACT}\n",
    "sh": f"#!/bin/sh\n# {FACT}\n",
    "sql": f"-- {FACT}\nSELECT 1;\n",
    "css": f"/* {FACT} */\nbody {{ color: yellow }}\n",
    "yaml": f"# {FACT}\nboat: yellow\n",
    "toml": f"# {FACT}\nboat = 'yellow'\n",
    "ini": f"; {FACT}\n[boat]\ncolour = yellow\n",
    "xml": f"<?xml version='1.0'?>\n<boat><!-- {FACT} --></boat>\n",
    "tex": f"\\section{{Boats}}\n{FACT}\n",
    "log": f"12:00 start\n12:01 {FACT}\n",
}
MARKDOWN = f"# Harbour\n\n{BEFORE * 12}\n\n## Boats\n\n{BEFORE * 12}\n\n### 1984\n\n{FACT}\n\n## People\n\n{BEFORE}\n"


def texts() -> Iterator[Sample]:
    plain = f"Harbour\n\n{BEFORE}\n\n{FACT} C'était l'été.\n"
    yield Sample("plain.txt", plain.encode())
    yield Sample("windows.txt", plain.replace("\n", "\r\n").encode("cp1252"))
    yield Sample("utf16.txt", plain.encode("utf-16"))
    yield Sample("bom.txt", plain.encode("utf-8-sig"))
    yield Sample("NOTES", plain.encode())
    yield Sample("two\nlines 🎉.txt", plain.encode())
    yield Sample("notes.md", MARKDOWN.encode(), section="Boats › 1984")
    underlined = f"Harbour\n=======\n\n{BEFORE}\n\nBoats\n-----\n\n{FACT}\n"
    yield Sample("underlined.markdown", underlined.encode(), section="Boats")
    for suffix, code in CODE.items():
        yield Sample(f"code/boat.{suffix}", code.encode())


ARTICLE = (
    "<html><head><title>Harbour</title></head><body><nav><a href='/'>Home</a></nav><article><h1>Harbour</h1>"
    f"<p>{BEFORE * 12}</p><h2>Boats</h2><p>{BEFORE * 12}</p><h3>1984</h3><p>{FACT}</p>"
    f"<h2>People</h2><p>{BEFORE * 5}</p></article><footer>Imprint</footer></body></html>"
)


def web_pages() -> Iterator[Sample]:
    yield Sample("page.html", ARTICLE.encode(), section="Boats › 1984")
    fragment = f"<h1>Harbour</h1><p>{BEFORE}</p><h2>Boats</h2><p>{FACT}</p>"
    yield Sample("fragment.htm", fragment.encode(), section="Boats")
    yield Sample("saved page", b"<!DOCTYPE html>" + ARTICLE.encode(), section="Boats › 1984")


def pdf(*pages: str) -> bytes:
    file = FPDF()
    file.set_font("Helvetica", size=12)
    for text in pages:
        file.add_page()
        file.multi_cell(0, text=text)
    return bytes(file.output())


def pdfs() -> Iterator[Sample]:
    yield Sample("three.pdf", pdf(BEFORE * 3, BEFORE + FACT, BEFORE), page=2)
    yield Sample("label.txt", pdf(BEFORE, BEFORE, FACT), page=3)
    file = FPDF()
    file.set_font("Helvetica", size=12)
    file.add_page()
    with file.text_columns(ncols=2, gutter=10) as columns:
        columns.write(BEFORE * 60 + FACT)
    yield Sample("columns.pdf", bytes(file.output()), page=1)
    left = textwrap.wrap(BEFORE * 5 + FACT, 40)
    yield Sample("rows.pdf", row_by_row(left, textwrap.wrap(BEFORE * 6, 40)), page=1)


def row_by_row(left: list[str], right: list[str], *, top: str = "", lower: float = 0) -> bytes:
    """A PDF whose lines were written row by row across two columns; those on the right so many millimetres lower."""
    file = FPDF()
    file.set_font("Helvetica", size=10)
    file.add_page()
    file.text(10, 15, top)
    for number, row in enumerate(zip_longest(left, right, fillvalue="")):
        file.text(10, 40 + 5 * number, row[0])
        file.text(110, 40 + 5 * number + lower, row[1])
    return bytes(file.output())


def word() -> bytes:
    file = docx.Document()
    file.add_heading("Harbour", 0)
    file.add_paragraph(BEFORE * 12)
    file.add_heading("Boats", 1)
    file.add_paragraph(BEFORE * 12)
    file.add_heading("1984", 2)
    file.add_paragraph(FACT)
    table = file.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Colour", "yellow"
    return saved(file)


def slides() -> bytes:
    file = pptx.Presentation()
    for title, text in (("Harbour", BEFORE), ("", BEFORE), ("Boats", FACT)):
        slide = file.slides.add_slide(file.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    file.slides[2].notes_slide.notes_text_frame.text = "The mast was replaced in May."
    return saved(file)


def workbook() -> bytes:
    file = openpyxl.Workbook()
    file.active.title = "People"
    file.active.append(["Name", "Work"])
    file.active.append(["Anna", "keeps the books"])
    sheet = file.create_sheet("Boats")
    sheet.append(["All our boats"])
    sheet.append(["Boat", "Colour", "Year", "Price"])
    sheet.append(["Albatross", "yellow", 1984, 1250.5])
    sheet.append(["Heron", "green", 1990, None])
    return saved(file)


def saved(file: object) -> bytes:
    buffer = BytesIO()
    file.save(buffer)
    return buffer.getvalue()


RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title The harbour}}\f0 "
    rf"{BEFORE}\par {FACT} \'e9t\'e9\par }}"
)


def office() -> Iterator[Sample]:
    yield Sample("report.docx", word(), section="Boats › 1984")
    yield Sample("word.bin.txt", word(), section="Boats › 1984")
    yield Sample("talk.pptx", slides(), section="Slide 3: Boats")
    notes = "Notes: The mast was replaced in May."
    yield Sample("notes of talk.pptx", slides(), notes, section="Slide 3: Boats")
    row = "Boat: Albatross | Colour: yellow | Year: 1984 | Price: 1250.5"
    yield Sample("book.xlsx", workbook(), row, section="Sheet Boats")
    yield Sample("first sheet.xlsx", workbook(), "Name: Anna | Work: keeps the books", section="Sheet People")
    yield Sample("letter.rtf", RTF.encode("ascii"))


def open_document(kind: str, body: str) -> bytes:
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in {"office": "office", "text": "text", "table": "table", "draw": "drawing"}.items()
    )
    content = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": content.encode()})


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (1984, 5, 1, 0, 0, 0)), data, method)
    return buffer.getvalue()


ODT = (
    '<office:text><text:h text:outline-level="1">Harbour</text:h>'
    f'<text:p>{BEFORE * 12}</text:p><text:h text:outline-level="2">Boats</text:h>'
    f"<text:p>{FACT.replace('yellow boat', 'yellow<text:s/>boat')}</text:p></office:text>"
)


def ods_rows(*rows: tuple[str, ...]) -> str:
    def cell(text: str) -> str:
        return f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"

    return "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)


def open_documents() -> Iterator[Sample]:
    yield Sample("report.odt", open_document("text", ODT), section="Boats")
    rows = ods_rows(("Boat", "Colour"), ("Albatross", "yellow"))
    sheets = f'<table:table table:name="People"/><table:table table:name="Boats">{rows}</table:table>'
    ods = open_document("spreadsheet", f"<office:spreadsheet>{sheets}</office:spreadsheet>")
    yield Sample("book.ods", ods, "Boat: Albatross | Colour: yellow", section="Sheet Boats")
    box = "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    pages = (box.format("Harbour"), box.format("Boats") + box.format(FACT))
    body = "".join(f"<draw:page>{page}</draw:page>" for page in pages)
    odp = open_document("presentation", f"<office:presentation>{body}</office:presentation>")
    yield Sample("talk.odp", odp, section="Slide 2: Boats")


def tables() -> Iterator[Sample]:
    row = "Boat: Albatross | Colour: yellow, bright | Year: 1984"
    yield Sample("boats.csv", b'Boat,Colour,Year\nAlbatross,"yellow, bright",1984\nHeron,green,1990\n', row)
    yield Sample("french.csv", "Bateau;Année\nL'Été;1984\nHéron;1990\n".encode("cp1252"), "Bateau: L'Été | Année: 1984")
    yield Sample("boats.tsv", b"Boat\tColour\nAlbatross\tyellow\n", "Boat: Albatross | Colour: yellow")
    nested = {"title": "Harbour", "boats": [{"name": "Albatross", "colour": "yellow"}, {"name": "Heron"}]}
    yield Sample("boats.json", json.dumps(nested).encode(), "boats[1].colour: yellow")
    lines = "\n".join(json.dumps(boat) for boat in nested["boats"])
    yield Sample("boats.jsonl", lines.encode(), "name: Albatross\ncolour: yellow")
    yield Sample("with comments.json", f"// {FACT}\n{{}}".encode())


def epub() -> bytes:
    chapter = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>x</title></head><body>{}</body></html>"
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' version='3.0'><metadata xmlns:dc="
        "'http://purl.org/dc/elements/1.1/'><dc:title>The harbour</dc:title></metadata><manifest>"
        "<item id='nav' href='nav.xhtml' properties='nav'/><item id='one' href='text/one.xhtml'/>"
        "<item id='two' href='text/two%20b.xhtml'/></manifest><spine><itemref idref='one'/><itemref idref='two'/>"
        "</spine></package>"
    )
    nav = (
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><nav><ol><li><a href='text/one.xhtml'>The port</a></li>"
        "<li><a href='text/two%20b.xhtml#x'>The boats</a></li></ol></nav></body></html>"
    )
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": b"<container><rootfile full-path='OEBPS/book.opf'/></container>",
            "OEBPS/book.opf": package.encode(),
            "OEBPS/nav.xhtml": nav.encode(),
            "OEBPS/text/one.xhtml": chapter.format(f"<p>{BEFORE}</p>").encode(),
            "OEBPS/text/two b.xhtml": chapter.format(f"<p>{FACT}</p>").encode(),
        }
    )


def books() -> Iterator[Sample]:
    yield Sample("harbour.epub", epub(), section="The boats")


def message(text: str = FACT, html: str = "", *attached: tuple[str, bytes]) -> email.message.EmailMessage:
    found = email.message.EmailMessage(email.policy.SMTP)
    found["From"], found["To"] = "Anna <anna@example.org>", "oskar@example.org"
    found["Date"], found["Subject"] = "Tue, 01 May 1984 12:00:00 +0000", "Le bateau a été peint"
    found.set_content(text) if text else found.set_content(html, "html")
    if text and html:
        found.add_alternative(html, "html")
    for name, data in attached:
        found.add_attachment(data, "application", "octet-stream", filename=name)
    found.set_boundary("=====") if found.is_multipart() else None
    return found


def mails() -> Iterator[Sample]:
    yield Sample("plain.eml", bytes(message()))
    yield Sample("subject.eml", bytes(message()), "Subject: Le bateau a été peint")
    yield Sample("both.eml", bytes(message(FACT, "<p>Other words.</p>")))
    yield Sample("html.eml", bytes(message("", f"<h1>Boats</h1><p>{FACT}</p>")), section="Boats")
    attached = bytes(
        message("See below.", "", ("report.pdf", pdf(BEFORE, FACT)), ("boats.csv", b"Boat,Year\nA,1984\n"))
    )
    yield Sample("attached.eml", attached, source="attached.eml/report.pdf", page=2)
    yield Sample("table.eml", attached, "Boat: A | Year: 1984", source="table.eml/boats.csv")
    box = b"".join(
        b"From anna Tue May  1 12:00:00 1984\n" + bytes(each).replace(b"\r\n", b"\n") + b"\n"
        for each in (message(BEFORE), message(f"{FACT}\n\n>From here it went on."), message(BEFORE))
    )
    yield Sample("box.mbox", box, source="box.mbox/2")


def archives() -> Iterator[Sample]:
    inner = zipped({"deep/plain.txt": FACT.encode()})
    members = {"plain.txt": FACT.encode(), "inner.zip": inner, ".hidden": b"no", "talk.pptx": slides()}
    archive = zipped(members)
    yield Sample("archive.zip", archive, source="archive.zip/plain.txt")
    yield Sample("nested.zip", archive, source="nested.zip/inner.zip/deep/plain.txt")
    yield Sample("talks.zip", archive, source="talks.zip/talk.pptx", section="Slide 3: Boats")


OFFICE = {"odt": word, "rtf": word, "odp": slides, "ods": workbook}


def by_libreoffice(place: Path, suffix: str) -> Sample:
    """One of the files above as LibreOffice saves it in another format, a key of `OFFICE`."""
    original = place / f"original.{suffix}.bin"
    original.write_bytes(OFFICE[suffix]())
    command = ["soffice", f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to", suffix]
    subprocess.run([*command, "--outdir", place, original], check=True, capture_output=True, timeout=120)
    quote = "Boat: Albatross | Colour: yellow | Year: 1984" if suffix == "ods" else FACT
    section = {"odt": "Boats › 1984", "odp": "Slide 3: Boats", "ods": "Sheet Boats"}.get(suffix)
    return Sample(f"saved.{suffix}", (place / f"original.{suffix}.{suffix}").read_bytes(), quote, section=section)


def write_folder(folder: Path) -> list[Sample]:
    """Write them all."""
    found = list(samples())
    for sample in found:
        path = folder / sample.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.data)
    return found
