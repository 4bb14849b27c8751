"""A file as pieces: members of archives, parts of long texts, and the type that the content says it is."""

import random
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from conftest import Write
from damage import damaged
from folder import FACT, epub, pdf, samples, slides, word, workbook, zipped

from index import unfolding
from index.documents import Document, Skipped
from index.errors import UnreadableDocument
from index.load import SUFFIXES, parse
from index.loaders import archive
from index.unfolding import unfold


def read(path: Path) -> list[Document | Skipped]:
    return [found for piece in unfold(path, path.name) for found in parse(piece)]


def texts(path: Path) -> dict[str, str]:
    return {found.source: found.text for found in read(path) if isinstance(found, Document)}


def reasons(path: Path) -> dict[str, str]:
    return {found.source: found.reason for found in read(path) if isinstance(found, Skipped)}


# What a file is.


@pytest.mark.parametrize("name", ["a", "a.txt", "a.md", "a.zip"])
@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (pdf(FACT), ".pdf"),
        (word(), ".docx"),
        (slides(), ".pptx"),
        (workbook(), ".xlsx"),
        (epub(), ".epub"),
        (rb"{\rtf1 x}", ".rtf"),
        (zipped({"a.txt": b"x"}), ".txt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_content_says_what_a_file_is(write: Write, name: str, data: bytes, suffix: str) -> None:
    assert [piece.suffix for piece in unfold(write(name, data), name)] == [suffix]


WORDS = "The café closes at ten o'clock, as the law wants it.\n"


def test_a_file_without_suffix_is_text_or_a_web_page(write: Write) -> None:
    assert texts(write("README", "Words.")) == {"README": "Words."}
    assert texts(write("saved", "<!doctype HTML><p>Words.")) == {"saved": "Words."}


@pytest.mark.parametrize("name", ["a.xyz", "a.jar", "a.txt.bak"])
@pytest.mark.parametrize(
    "text", [WORDS, WORDS.encode("cp1252"), WORDS.encode("utf-16"), (WORDS * 9000).encode()[: 2**20 + 1]]
)
def test_plain_text_is_read_whatever_its_suffix(write: Write, name: str, text: str | bytes) -> None:
    [found] = texts(write(name, text)).values()
    assert found.startswith(WORDS.strip())


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("<!doctype html><p>Words.", ".html"),
        ('{"a": "Words."}', ".json"),
        ("From anna Tue May  1 12:00:00 1984\nSubject: Words.\n\nWords.\n", ".eml"),
    ],
)
@pytest.mark.parametrize("name", ["Inbox", "a.xyz"])
def test_text_of_a_known_form_is_read_as_that(write: Write, name: str, text: str, suffix: str) -> None:
    assert [piece.suffix for piece in unfold(write(name, text), name)] == [suffix]


@pytest.mark.parametrize(
    "data", [b"MZ\x90\0" * 9, b"\xff\xd8\xff\xe0JFIF", b"%!PS-Adobe-3.0\n", random.Random(1).randbytes(500)]
)
def test_bytes_of_an_unknown_type_are_not_taken_for_text(write: Write, data: bytes) -> None:
    assert list(reasons(write("a.xyz", data)).values()) == ["unknown type .xyz"]


@pytest.mark.parametrize("name", ["a.xyz", "a.jar", "a.doc.xyz"])
def test_a_type_that_nobody_knows_is_not_guessed(write: Write, name: str) -> None:
    assert list(reasons(write(name, zipped({"a.txt": b"x"}))).values()) == [f"unknown type {Path(name).suffix}"]


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt", "a.docx", "a.xlsx", "a.pptx"])
def test_old_and_encrypted_office_files_say_what_to_do(write: Write, name: str) -> None:
    old = b"\xd0\xcf\x11\xe0" + bytes(600)
    assert "in the format of Office before 2007: save it as" in reasons(write(name, old))[name]
    encrypted = old + "EncryptedPackage".encode("utf-16-le")
    assert reasons(write(name, encrypted)) == {name: "encrypted: save it without a password"}


def test_there_is_a_loader_for_every_type() -> None:
    assert SUFFIXES == unfolding.KNOWN


# Archives.


def test_members_are_named_after_their_archive(write: Write) -> None:
    path = write("a.zip", zipped({"x/one.txt": b"One.", "two.md": b"# Two", "picture.png": b"\x89PNG"}))
    assert texts(path) == {"a.zip/x/one.txt": "One.", "a.zip/two.md": "# Two"}
    assert reasons(path) == {"a.zip/picture.png": "unknown type .png"}


def test_hidden_members_are_left_out(write: Write) -> None:
    members = {".hidden": b"x", "__MACOSX/a.txt": b"x", "a/.git/b.txt": b"x", "c.txt": b"C."}
    assert [found.source for found in read(write("a.zip", zipped(members)))] == ["a.zip/c.txt"]


def test_a_member_can_not_lead_out_of_its_archive(write: Write) -> None:
    members = {"../../etc/a.txt": b"A.", "/etc/b.txt": b"B.", "..\\c.txt": b"C."}
    assert list(texts(write("a.zip", zipped(members)))) == ["a.zip/etc/a.txt", "a.zip/etc/b.txt", "a.zip/c.txt"]


def test_two_members_of_one_name_are_told_apart(write: Write) -> None:
    path = write("a.zip", zipped({"a.txt": b"A.", "../a.txt": b"B."}))
    assert (texts(path), reasons(path)) == ({"a.zip/a.txt": "A."}, {"a.zip/a.txt": "another member has this name"})


def test_an_empty_archive_says_so(write: Write) -> None:
    assert reasons(write("a.zip", zipped({"folder/": b""}))) == {"a.zip": "nothing in it that can be read"}


def test_an_encrypted_member_is_named(write: Write) -> None:
    data = bytearray(zipped({"a.txt": b"A."}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert reasons(write("a.zip", bytes(data))) == {"a.zip/a.txt": "encrypted: save it without a password"}


def test_a_damaged_member_does_not_stop_the_others(write: Write) -> None:
    data = bytearray(zipped({"a.txt": bytes(range(256)), "b.txt": b"B."}))
    data[100:110] = b"\xff" * 10
    path = write("a.zip", bytes(data))
    assert texts(path) == {"a.zip/b.txt": "B."}
    assert reasons(path) == {"a.zip/a.txt": "damaged in the archive"}


def test_a_zip_bomb_is_refused(write: Write) -> None:
    path = write("a.zip", zipped({"bomb.txt": b"a" * 2**25, "b.txt": b"B."}))
    assert texts(path) == {"a.zip/b.txt": "B."}
    assert reasons(path) == {"a.zip/bomb.txt": "a zip bomb: it unpacks to more than 500 times its size"}


def test_archives_in_archives_share_one_limit(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = archive.Budget
    monkeypatch.setattr(unfolding, "Budget", lambda: limited(members=25, size=10_000))
    inner = zipped({f"{n}.txt": b"A." for n in range(10)})
    found = reasons(write("a.zip", zipped({f"{n}.zip": inner for n in range(10)})))
    assert set(found.values()) == {"more than 10,000 files in it: the rest is not read"}
    assert len(texts(write("a.zip", zipped({f"{n}.zip": inner for n in range(10)})))) < 25
    large = zipped({"a.txt": b"A. " * 2000})
    found = reasons(write("b.zip", zipped({f"{n}.zip": large for n in range(3)})))
    assert found["b.zip"] == found["b.zip/1.zip"] == "unpacks to more than 1 GiB: the rest is not read"


def test_archives_are_not_followed_for_ever(write: Write) -> None:
    data = zipped({"a.txt": b"A."})
    for _ in range(5):
        data = zipped({"a.zip": data, "b.txt": b"B."})
    path = write("a.zip", data)
    assert max(source.count("a.zip") for source in texts(path)) == 4
    assert list(reasons(path).values()) == ["archives and messages in one another, too deep to go on"]


def test_an_archive_that_is_cut_off_is_damaged(write: Write) -> None:
    assert reasons(write("a.zip", zipped({"a.txt": b"A."})[:-30])) == {"a.zip": "not a zip archive, or a damaged one"}


# Long texts.


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfolding, "PART_BYTES", 1000)
    monkeypatch.setattr(unfolding, "_BLOCK", 300)


LINES = "".join(f"Ligne {n} : l'été, 船長は船を塗った.\n" for n in range(200))


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_long_text_becomes_parts_that_end_with_a_line(write: Write, encoding: str) -> None:
    found = texts(write("big.txt", LINES.encode(encoding)))
    assert list(found)[:2] == ["big.txt/part-0001", "big.txt/part-0002"]
    assert "\n".join(found.values()) == LINES.rstrip("\n")
    assert all(len(text.encode()) <= 1000 for text in found.values())


@pytest.mark.usefixtures("short_parts")
def test_the_parts_are_titled_after_the_text(write: Write) -> None:
    titles = [found.title for found in read(write("big.log", "12:00 start\n" * 200)) if isinstance(found, Document)]
    assert titles == ["big, part 1", "big, part 2", "big, part 3"]


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("letter", ["x", "é", "船", "😀"])
def test_a_line_that_never_ends_is_cut_between_two_characters(write: Write, letter: str) -> None:
    found = texts(write("big.txt", letter * 3000))
    assert len(found) > 2
    assert "".join(found.values()) == letter * 3000


@pytest.mark.usefixtures("short_parts")
def test_every_part_of_a_table_has_its_columns(write: Write) -> None:
    rows = "".join(f"Boat {n},{1900 + n}\n" for n in range(90))
    found = texts(write("big.csv", "Name,Year\n" + rows))
    assert len(found) > 1
    lines = [line for text in found.values() for line in text.split("\n\n")]
    assert lines == [f"Name: Boat {n} | Year: {1900 + n}" for n in range(90)]


@pytest.mark.usefixtures("short_parts")
def test_a_text_of_just_the_length_is_one_document(write: Write) -> None:
    assert list(texts(write("a.txt", "x" * 1000))) == ["a.txt"]


def test_other_types_have_a_limit(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfolding, "WHOLE_BYTES", 2**20)
    assert reasons(write("a.pdf", pdf(FACT) + bytes(2**20))) == {"a.pdf": "larger than 1 MiB"}


# Damage.


@pytest.mark.filterwarnings("ignore")
def test_damage_is_survived() -> None:
    """The seeded beginning of what `tests/benchmarks/fuzz.py` does at length."""
    originals = list(samples())
    for number in range(6 * len(originals)):
        original = originals[number % len(originals)]
        data = damaged(original.data, random.Random(number))
        pieces = unfolding.unfold_bytes(data, original.name, "title", Path(original.name).suffix)
        found = [item for piece in pieces for item in parse(piece)]
        assert found, original.name
        for item in found:
            assert isinstance(item, Document) or (item.reason and "\n" not in item.reason)


def test_a_reason_is_an_error_too(write: Write) -> None:
    [piece] = unfold(write("a.xyz", b"\0"), "a.xyz")
    assert isinstance(piece.data, UnreadableDocument)


def test_a_name_that_no_file_can_have_is_a_reason_in_words() -> None:
    [piece] = unfold(Path("a\0.txt"), "a\0.txt")
    assert str(piece.data) == "cannot be read: no file can have this name"


def test_a_zip_of_documents_is_no_document(write: Write) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as stored:
        stored.writestr("a.docx", word())
        stored.writestr("b.txt", "B.")
    assert set(texts(write("a.zip", buffer.getvalue()))) == {"a.zip/a.docx", "a.zip/b.txt"}
