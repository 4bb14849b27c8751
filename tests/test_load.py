"""A file becomes a document, or there is a reason why it does not, whatever is in it."""

import contextlib
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loading import FRENCH, PAGES, new_pdf, reason, save_pdf, write

from index.errors import UnreadableDocument
from index.load import SUFFIXES, load

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


def test_a_name_with_a_newline_and_an_emoji_is_a_name(tmp_path: Path) -> None:
    document = load(write(tmp_path / "two\nlines 🎉.txt", "some text"))
    assert document.source == "two\nlines 🎉.txt"
    assert document.title == "two lines 🎉"


def test_a_document_of_a_few_letters_has_no_language(tmp_path: Path) -> None:
    assert load(write(tmp_path / "a.txt", "Pourquoi ?")).language is None
    assert load(write(tmp_path / "a.txt", "Pourquoi est-il venu ici ?")).language == "fr"


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


# Any bytes.


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
