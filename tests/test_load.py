import contextlib
import copy
import hashlib
import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from index.load import SUFFIXES, load

FRENCH = "L'été, l'œuvre de Noël coûte 20 € à Besançon : un cœur déçu."
RUSSIAN = "Какие страны посетил Альтман? Он посетил Японию и Индию в июне."
JAPANESE = "アルトマンはどの国を訪問しましたか？彼は日本とインドを訪問しました。"
CHINESE = "奥特曼访问了哪些国家？他在六月访问了日本和印度。"


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reason(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name not in message
    return message


def new_pdf() -> FPDF:
    pdf = FPDF()
    pdf.core_fonts_encoding = "cp1252"
    pdf.set_font("Helvetica", size=12)
    return pdf


def save_pdf(path: Path, *pages: str, title: str = "") -> Path:
    pdf = new_pdf()
    if title:
        pdf.set_title(title)
    for text in pages:
        pdf.add_page()
        if text:
            pdf.multi_cell(0, text=text)
    pdf.output(str(path))
    return path


def save_lines(path: Path, lines: list[str]) -> Path:
    """A PDF whose lines of print end exactly where these do."""
    pdf = new_pdf()
    pdf.add_page()
    for line in lines:
        pdf.cell(text=line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.output(str(path))
    return path


# What a Document holds.


def test_a_text_file_becomes_a_document(tmp_path: Path) -> None:
    content = b"La visite\n\nIl a visit\xc3\xa9 le Japon au mois de juin.\n"
    document = load(write(tmp_path / "inde.txt", content))
    assert document.source == "inde.txt"
    assert document.title == "La visite"
    assert document.text == "La visite\n\nIl a visité le Japon au mois de juin."
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.page_starts == ()
    assert document.language == "fr"


def test_the_source_is_what_the_caller_names(tmp_path: Path) -> None:
    assert load(write(tmp_path / "a.txt", "text"), source="notes/a.txt").source == "notes/a.txt"


def test_the_suffix_is_known_in_any_case(tmp_path: Path) -> None:
    assert {".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx"} <= SUFFIXES
    assert load(write(tmp_path / "A.TXT", "some text")).text == "some text"


def test_the_parsers_are_not_imported_before_a_file_needs_them() -> None:
    code = (
        "import sys, index.load;"
        "print({'trafilatura', 'lxml', 'pypdfium2', 'docx', 'py3langid', 'charset_normalizer'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# Text and its encoding.


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "utf-8"),
        (FRENCH, "utf-8-sig"),
        (FRENCH, "utf-16"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16-be"),
        (FRENCH, "utf-32"),
        (FRENCH, "cp1252"),
        ("déjà vu", "latin-1"),
        ("ÉTÉ À NOËL", "latin-1"),
        ("La fille créée par l'aïeul ; « 20 m³ », nº 5…", "cp1252"),
        ("Die Straße führt über die Brücke nach Köln.", "cp1252"),
        ("¿Qué países visitó Altman el año pasado?", "cp1252"),
        ("As informações são públicas; põe a mão no coração.", "cp1252"),
        ("Zażółć gęślą jaźń. Warszawa jest stolicą Polski, a Łódź leży w środku kraju.", "cp1250"),
        ("Az időjárás ma nagyon szép, és a gyerekek örülnek. Az első nap hűvös volt.", "cp1250"),
        ("İstanbul Türkiye'nin en büyük şehridir. Ankara ise başkenttir ve çok güzeldir.", "cp1254"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf-16"),
        ("올트먼은 어느 나라를 방문했습니까? 그는 일본과 인도를 방문했습니다.", "euc_kr"),
    ],
)
def test_the_encoding_is_detected(tmp_path: Path, text: str, encoding: str) -> None:
    assert load(write(tmp_path / "a.txt", text.encode(encoding))).text == text


def test_one_bad_byte_leaves_a_utf8_text_readable(tmp_path: Path) -> None:
    content = (FRENCH * 3).encode() + b"\xff fin"
    assert load(write(tmp_path / "a.txt", content)).text == FRENCH * 3 + "\ufffd fin"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a  \t\nb \n", "a\nb"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("\n\n  first line indented", "  first line indented"),
        ("plain words with a \0 between them", "plain words with a  between them"),
        ("inter\u00adnational zero\u200bwidth \ufeffmark", "international zerowidth mark"),
        ("20\u00a0% et 1\u202f000", "20\u00a0% et 1\u202f000"),
        (unicodedata.normalize("NFD", "été"), "été"),
        ("e\u200b\u0301", "é"),
        ("eﬃcient ﬁle", "efficient file"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
    ],
)
def test_text_is_normalised(tmp_path: Path, raw: str, text: str) -> None:
    assert load(write(tmp_path / "a.txt", raw)).text == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Altman in India\n\nHe met the minister.", "Altman in India"),
        ("Who is Altman?\n\nHe leads OpenAI.", "Who is Altman?"),
        ("Altman in India\n===============\nHe met the minister.", "Altman in India"),
        ("Altman in India\n" + "He met the minister. " * 20, "Altman in India"),
        ("He met the minister.\n\nThen he left.", "the file"),
        ("Dear Sir,\n\nI met the minister.", "the file"),
        ("He met the minister of\ninformation technology.", "the file"),
        ("x" * 121 + "\n\nHe met the minister.", "the file"),
        ("2023\n\nHe met the minister.", "the file"),
        ("Altman in India", "the file"),
    ],
)
def test_the_first_line_is_the_title_if_it_stands_as_one(tmp_path: Path, text: str, title: str) -> None:
    assert load(write(tmp_path / "the file.txt", text)).title == title


@pytest.mark.parametrize(
    ("markdown", "title", "text"),
    [
        ("intro\n\n# The *title* #\n\ntext", "The title", "intro\n\n# The *title* #\n\ntext"),
        ("# See [the map](http://x.org/)\n", "See the map", "# See [the map](http://x.org/)"),
        ("---\ntitle: 'From the front'\ntags: [a]\n---\n\n# Heading\n", "From the front", "# Heading"),
        ("---\ntags: [a]\n---\n# Heading\n", "Heading", "# Heading"),
        ("```sh\n# a comment\n```\n\n# Heading", "Heading", "```sh\n# a comment\n```\n\n# Heading"),
        ("---\n\ntext between rules\n\n---\n", "the file", "---\n\ntext between rules\n\n---"),
        ("## Second level only\ntext", "the file", "## Second level only\ntext"),
    ],
)
def test_markdown_stays_verbatim_and_gives_its_title(tmp_path: Path, markdown: str, title: str, text: str) -> None:
    document = load(write(tmp_path / "the file.md", markdown))
    assert (document.title, document.text) == (title, text)


# Web pages.

PAGE = """<!DOCTYPE html><html lang="fr"><head><title>La tournée d'Altman</title><style>p {color: red}</style></head>
<body><header><nav><ul><li><a href="/">Accueil</a></li><li><a href="/eco">Économie</a></li></ul></nav></header>
<aside class="sidebar"><h3>Les plus lus</h3><ul><li><a href="/b">Horoscope</a></li></ul></aside>
<article><h1>La tournée d'Altman</h1>
<p>Sam Altman a visité le Japon en avril, où il a rencontré le Premier ministre.
Il a <b>ensuite</b> visité l'Inde &amp; la Corée.</p>
<p>Au total, il a parcouru <a href="x">vingt-deux pays</a> en deux mois.</p><h2>Les chiffres</h2>
<table><tr><th>Pays</th><th>Jours</th></tr><tr><td>Japon</td><td>2</td></tr></table>
<ul><li>Tokyo</li><li>Delhi</li></ul><pre><code>a = 1
  b = 2</code></pre></article>
<footer>© Le Journal. Mentions légales. Cookies.</footer><script>var x = "suivi"</script></body></html>"""


def test_a_web_page_gives_its_article_without_navigation(tmp_path: Path) -> None:
    document = load(write(tmp_path / "page.html", PAGE))
    assert document.title == "La tournée d'Altman"
    assert document.text == (
        "La tournée d'Altman\n\n"
        "Sam Altman a visité le Japon en avril, où il a rencontré le Premier ministre."
        " Il a ensuite visité l'Inde & la Corée.\n\n"
        "Au total, il a parcouru vingt-deux pays en deux mois.\n\n"
        "Les chiffres\n\n"
        "Pays | Jours\nJapon | 2\n\n"
        "- Tokyo\n- Delhi\n\n"
        "a = 1\n  b = 2"
    )
    assert document.language == "fr"


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        (
            "<title>Notes</title><p>One<!-- no --> two<br>three<p>four<script>x</script>",
            "Notes",
            "One two\nthree\n\nfour",
        ),
        # trafilatura finds nothing in these:
        ("One<!-- no --> two<br>three", "page", "One two\nthree"),
        ("<div>one<style>p {}</style></div>", "page", "one"),
        ("just words", "page", "just words"),
    ],
)
def test_a_web_page_without_an_article_gives_all_its_text(tmp_path: Path, page: str, title: str, text: str) -> None:
    document = load(write(tmp_path / "page.htm", page))
    assert (document.title, document.text) == (title, text)


def test_the_encoding_that_a_web_page_declares_is_believed(tmp_path: Path) -> None:
    text = "Zażółć gęślą jaźń"
    page = f'<html><head><meta charset="iso-8859-2"></head><body><p>{text}</p></body></html>'
    assert load(write(tmp_path / "page.html", page.encode("iso-8859-2"))).text == text
    page = f"<?xml version='1.0' encoding='iso-8859-2'?><html><body><p>{text}</p></body></html>"
    assert load(write(tmp_path / "page.html", page.encode("iso-8859-2"))).text == text


def test_a_wrong_declaration_does_not_spoil_a_web_page(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="no-such-thing"></head><body><p>{FRENCH}</p></body></html>'
    assert load(write(tmp_path / "page.html", page.encode("cp1252"))).text == FRENCH


# PDF.

PAGES = (
    "L'été dernier, la délégation française a visité le Japon, où elle a été reçue par le ministre. " * 3,
    "À Séoul, il a été question de Stargate et des centres de données. " * 3,
    "Le ministère des finances a déconseillé ChatGPT à ses employés. " * 3,
)


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
    "title", ["", "Microsoft Word - rapport.doc", "rapport_final.docx", "untitled", "Presentation1", "---"]
)
def test_a_meaningless_title_of_a_pdf_is_passed_over(tmp_path: Path, title: str) -> None:
    assert load(save_pdf(tmp_path / "Rapport annuel.pdf", "Some text.", title=title)).title == "Rapport annuel"


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


# Files that give no text.

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"", "empty file"),
        ("a.pdf", b"", "empty file"),
        ("a.txt", b" \n\t\n", "no text in it"),
        ("a.html", b"<html><body><script>x</script></body></html>", "no text in it"),
        ("a.html", b"<!-- only a comment -->", "no text in it"),
        ("a.txt", PNG, "binary, or text in an unknown encoding"),
        ("a.md", PNG, "binary, or text in an unknown encoding"),
        ("a.html", PNG, "binary, or text in an unknown encoding"),
        ("a.txt", b"caf\xe9 and words in cp1252, but a zero \0 too", "binary, or text in an unknown encoding"),
        ("a.txt", b"\x00\x01\x02\x03", "binary, or text in an unknown encoding"),
        ("a.pdf", b"I am not a PDF", "not a PDF, or a damaged one"),
        ("a.docx", b"I am not a Word file", "not a Word document, or a damaged one"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0" + b"\0" * 600,
            "in the format of Office before 2007: save it as .docx, .xlsx or .pptx",
        ),
        ("a.xyz", PNG, "unknown type .xyz"),
        ("README", PNG, "binary, or text in an unknown encoding"),
    ],
)
def test_a_file_without_text_gives_the_reason(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    assert reason(write(tmp_path / name, content)) == expected


def test_a_truncated_pdf_is_damaged_or_gives_what_is_left(tmp_path: Path) -> None:
    whole = save_pdf(tmp_path / "a.pdf", *PAGES).read_bytes()
    assert reason(write(tmp_path / "b.pdf", whole[:400])) == "not a PDF, or a damaged one"


def test_an_encrypted_pdf_needs_a_password(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    pdf.cell(text="secret")
    pdf.set_encryption(owner_password="owner", user_password="user")
    pdf.output(str(tmp_path / "a.pdf"))
    assert reason(tmp_path / "a.pdf") == "encrypted: save it without a password"


def test_a_pdf_that_anyone_may_open_is_read_though_it_is_encrypted(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    pdf.cell(text="for all to read")
    pdf.set_encryption(owner_password="owner")
    pdf.output(str(tmp_path / "a.pdf"))
    assert load(tmp_path / "a.pdf").text == "for all to read"


def test_a_pdf_of_empty_pages_has_no_text(tmp_path: Path) -> None:
    assert reason(save_pdf(tmp_path / "a.pdf", "", "")) == "no text in it"


def test_a_zip_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("data.csv", "a,b")
    assert reason(tmp_path / "a.docx") == "not a Word document, or a damaged one"


def test_a_word_file_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.loaders.zipped.UNPACKED_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", " " * 10_001)
    assert reason(tmp_path / "a.docx") == "unpacks to more than 512 MiB"


def test_a_mislabelled_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    pdf = save_pdf(tmp_path / "a.pdf", "From a PDF.").read_bytes()
    assert load(write(tmp_path / "pdf.txt", pdf)).text == "From a PDF."
    file = docx.Document()
    file.add_paragraph("From Word.")
    file.save(str(tmp_path / "a.docx"))
    assert load(write(tmp_path / "word.md", (tmp_path / "a.docx").read_bytes())).text == "From Word."


def test_an_unexpected_error_of_a_parser_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> None:
        raise RecursionError("too\ndeep")

    monkeypatch.setitem(load.__globals__["_LOADERS"], ".txt", broken)
    assert reason(write(tmp_path / "a.txt", "text")) == "can't be parsed: damaged, or not what its name says"


def test_a_missing_file_and_a_folder_give_the_reason(tmp_path: Path) -> None:
    assert reason(tmp_path / "nothing.txt") == "cannot be read: no such file or directory"
    (tmp_path / "folder.txt").mkdir()
    assert reason(tmp_path / "folder.txt") == "not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt") == "not a file"


@contextlib.contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may read everything, so the tests of permissions step down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such permissions on this system")
@pytest.mark.parametrize("locked", ["folder", "folder/a.txt"])
def test_what_may_not_be_read_gives_the_reason(tmp_path: Path, locked: str) -> None:
    (tmp_path / "folder").mkdir()
    path = write(tmp_path / "folder" / "a.txt", "text")
    (tmp_path / locked).chmod(0)
    try:
        with ordinary_user():
            assert reason(path) == "cannot be read: permission denied"
    finally:
        (tmp_path / locked).chmod(0o700)


def test_a_name_with_a_newline_and_an_emoji_is_a_name(tmp_path: Path) -> None:
    document = load(write(tmp_path / "two\nlines 🎉.txt", "some text"))
    assert document.source == "two\nlines 🎉.txt"
    assert document.title == "two lines 🎉"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".txt", ".md", ".html"]),
    content=st.one_of(
        st.binary(),
        st.text().map(str.encode),
        st.text().map(lambda text: text.encode("utf-16")),
        st.lists(st.sampled_from(["---\n", "title: x\n", "# ", "<p>", "<html>", "<!--", "é", "\r", "\0", "a "])).map(
            lambda parts: "".join(parts).encode()
        ),
    ),
)
@example(suffix=".txt", content=b"a word and \xff\xfe and \r\n more")
@example(suffix=".html", content=b"<p>a word and \r &#0; &#13; &#xD800; more</p>")
def test_any_bytes_load_or_give_a_reason(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = write(tmp_path / f"a{suffix}", content)
    try:
        document = load(path)
    except UnreadableDocument as error:
        assert "\n" not in str(error)  # noqa: PT017 - either end is right
        return
    assert document.text.strip()
    assert document.title
    assert not set("\0\r\ufeff") & set(document.text + document.title)
    document.text.encode()  # no lone surrogates: it can be stored
    again = load(write(tmp_path / "again.txt", document.text))
    assert again.text == document.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_to_a_pdf_or_word_file_is_survived(tmp_path: Path, data: st.DataObject) -> None:
    suffix = data.draw(st.sampled_from([".pdf", ".docx"]))
    whole = tmp_path / f"whole{suffix}"
    if not whole.exists():
        file = docx.Document()
        file.add_paragraph(FRENCH)
        file.save(str(tmp_path / "whole.docx"))
        save_pdf(tmp_path / "whole.pdf", *PAGES)
    content = bytearray(whole.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    with contextlib.suppress(UnreadableDocument):
        assert load(write(tmp_path / f"a{suffix}", bytes(content))).text


def test_a_document_of_a_few_letters_has_no_language(tmp_path: Path) -> None:
    assert load(write(tmp_path / "a.txt", "Pourquoi ?")).language is None
    assert load(write(tmp_path / "a.txt", "Pourquoi est-il venu ici ?")).language == "fr"


# Sections.


@pytest.mark.parametrize(
    ("markdown", "sections"),
    [
        ("# A\n\n## B\n\n### C\n\n## D\n\n# E", ["A", "B", "B › C", "D", "E"]),
        ("## A\n\n### B\n\n## C", ["A", "A › B", "C"]),
        ("A\n===\n\nB\n---\n\nC\n", ["A", "B"]),
        ("# A\n\n```\n# no heading\n```\n\n## B", ["A", "B"]),
        ("# A\n\n#not one\n\n- - -\n\n| a |\n|---|\n", ["A"]),
        ("## The *B* and [C](http://x.org/) `d`", ["The B and C d"]),
        ("#hash\n####### seven\n", []),
        ("# \n\nwords", []),
        ("no headings", []),
    ],
)
def test_the_headings_of_markdown_are_its_sections(tmp_path: Path, markdown: str, sections: list[str]) -> None:
    document = load(write(tmp_path / "a.md", markdown))
    assert [section.name for section in document.sections] == sections
    for section in document.sections:
        assert document.text[section.start] == "#" or document.text[section.start].isalpha()


def test_the_headings_of_a_web_page_are_its_sections(tmp_path: Path) -> None:
    document = load(write(tmp_path / "page.html", PAGE))
    found = [(section.name, document.text[section.start :].split("\n")[0]) for section in document.sections]
    assert found == [("La tournée d'Altman", "La tournée d'Altman"), ("Les chiffres", "Les chiffres")]


def test_the_date_of_a_web_page_stands_in_front(tmp_path: Path) -> None:
    dated = PAGE.replace("</head>", '<meta property="article:published_time" content="2024-05-01"></head>')
    assert load(write(tmp_path / "page.html", dated)).text.startswith("Date: 2024-05-01\n\nLa tournée d'Altman\n\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", "<div>" * 100_000 + "words"),
        ("a.html", "<table><tr><td>" * 10_000 + "words"),
        ("a.md", "# " + "[" * 100_000),
        ("a.md", "```\n~~~\n" * 50_000),
        ("a.json", "[" * 200_000),
        ("a.rtf", r"{\rtf1 " + r"{\b " * 50_000),
        ("a.csv", '"' + "a,b\n" * 100_000),
        ("a.eml", "To: " + "(" * 20_000 + "\n\nwords"),
        (
            "a.eml",
            "Subject: x\n" + "".join(f"Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n" for n in range(500)),
        ),
        ("a.txt", " \n" * 200_000 + "x"),
    ],
    ids=lambda value: value[:20],
)
@pytest.mark.timeout(60)
def test_what_was_made_to_exhaust_a_parser_ends_soon(tmp_path: Path, name: str, content: str) -> None:
    with contextlib.suppress(UnreadableDocument):
        assert load(write(tmp_path / name, content)).text
