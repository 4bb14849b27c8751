"""Plain text and Markdown: the encoding, the signs, the title, the headings."""

import unicodedata
from pathlib import Path

import pytest
from loading import FRENCH, write

from index.load import load

RUSSIAN = "Какие страны посетил Альтман? Он посетил Японию и Индию в июне."
JAPANESE = "アルトマンはどの国を訪問しましたか？彼は日本とインドを訪問しました。"
CHINESE = "奥特曼访问了哪些国家？他在六月访问了日本和印度。"


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
    ("head", "title"),
    [
        ("ALLOTMENTS\nMinutes of 16 November", "ALLOTMENTS – Minutes of 16 November"),
        ("HAUSORDNUNG\nLindengasse 7\nStand:   Januar", "HAUSORDNUNG – Lindengasse 7 – Stand: Januar"),
        ("One\nTwo\nThree\nFour", "file"),
        ("A sentence that was wrapped\nand goes on", "file"),
        ("ALLOTMENTS\nThe minutes are below.", "file"),
        ("ALLOTMENTS\n" + "Minutes " * 20, "file"),
        ("What is the fee?\n20 euros", "file"),
        ("- bread\n- butter", "file"),
        ("Anna: hello\nBob: good morning", "file"),
        ("From: Anna\nSubject: The budget", "file"),
        ("Swimming pool in Halden\nEntry costs 6 euros", "file"),
        ("古池や\n蛙飛びこむ\n水の音", "file"),
    ],
)
def test_a_title_may_have_a_few_lines(tmp_path: Path, head: str, title: str) -> None:
    assert load(write(tmp_path / "file.txt", f"{head}\n\nThe text below.")).title == title
    assert load(write(tmp_path / "file.txt", head)).title == "file"


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
