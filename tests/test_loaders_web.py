"""Web pages: the article without what stands around it, its encoding, its headings, its date."""

from pathlib import Path

import pytest
from loading import FRENCH, write

from index.load import load

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


STEPS = "".join(f"<li>{what} the lid of the machine before it is warm.</li>" for what in ("Open", "Lift", "Close"))
MANUAL = f"""<title>Manual of the mill</title><body><nav><a href="/">Home</a> <a href="/mills">Mills</a></nav>
<h1>The mill</h1><p>It grinds coffee for two or four cups, as fine as it is wanted, and needs a minute for that.</p>
<h2>First use</h2><ol>{STEPS}</ol><h2>Cleaning</h2><ul>{STEPS}</ul>
<p>Whoever keeps it dry has it for many years, as the letters show that reach us every month from all the world.</p>
<footer>© The mill. Imprint.</footer></body>"""


def test_a_page_that_does_not_name_its_article_keeps_headings_and_lists(tmp_path: Path) -> None:
    document = load(write(tmp_path / "page.html", MANUAL))
    steps = [f"- {what} the lid of the machine before it is warm." for what in ("Open", "Lift", "Close")]
    blocks = document.text.split("\n\n")
    assert [blocks[0], blocks[2].split("\n"), blocks[3].split("\n")] == ["The mill", ["First use"], steps]
    assert blocks[4:6] == ["Cleaning", "\n".join(steps)]
    assert not any(word in document.text for word in ("Home", "Imprint"))
    assert [section.name for section in document.sections] == ["The mill", "First use", "Cleaning"]


def test_what_is_around_the_text_of_such_a_page_is_left_out(tmp_path: Path) -> None:
    around = (
        "<div id='comments'>Bob: it broke.</div><div class='cookie-banner'>We use cookies.</div>"
        "<p hidden>Secret one.</p><div style='display: none'>Secret two.</div>"
        "<ul role='navigation'><li>Shop</li></ul><button>Buy</button>"
    )
    page = MANUAL.replace("<h1>The mill</h1>", f"<h1><button>The mill</button></h1>{around}")
    assert load(write(tmp_path / "page.html", page)).text == load(write(tmp_path / "plain.html", MANUAL)).text


def test_a_page_that_is_one_form_keeps_its_text(tmp_path: Path) -> None:
    page = MANUAL.replace("<h1>", "<form id='aspnetForm'><h1>").replace("<footer>", "</form><footer>")
    assert load(write(tmp_path / "page.html", page)).text == load(write(tmp_path / "plain.html", MANUAL)).text


def test_of_a_page_full_of_links_the_article_is_found(tmp_path: Path) -> None:
    links = "".join(f"<div><a href='/{n}'>Another story, number {n}, about the harbour</a></div>" for n in range(20))
    page = MANUAL.replace("<h1>", f"<div>{links}</div><h1>")
    text = load(write(tmp_path / "page.html", page)).text
    assert "It grinds coffee" in text
    assert "Another story" not in text


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


def test_the_headings_of_a_web_page_are_its_sections(tmp_path: Path) -> None:
    document = load(write(tmp_path / "page.html", PAGE))
    found = [(section.name, document.text[section.start :].split("\n")[0]) for section in document.sections]
    assert found == [("La tournée d'Altman", "La tournée d'Altman"), ("Les chiffres", "Les chiffres")]


def test_the_date_of_a_web_page_stands_in_front(tmp_path: Path) -> None:
    dated = PAGE.replace("</head>", '<meta property="article:published_time" content="2024-05-01"></head>')
    assert load(write(tmp_path / "page.html", dated)).text.startswith("Date: 2024-05-01\n\nLa tournée d'Altman\n\n")
