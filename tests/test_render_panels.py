"""What stands beside an answer: its sources, an open document, the list of documents, what a sync did."""

import re
from dataclasses import dataclass, replace

import pytest
from shown import citation, make, passage, read

from index.documents import Document
from index.records import FileRecord
from index.syncing import Moved, Skipped, SyncReport
from ui.conversations import Exchange
from ui.documents_panel import documents_html, report_html
from ui.markup import button_html
from ui.reader import gone_html, reader_html
from ui.sources_panel import panel_html, sources_html
from ui.texts import Texts


@dataclass
class Listed:
    source: str = "inde.txt"
    title: str = "Altman in India"
    language: str | None = "fr"
    passages: int = 4
    pages: int = 0
    path: str = "no such file"


def test_the_quote_is_marked_in_its_passage():
    text = "Before it. Altman met the minister. After it."
    quote = "Altman met the minister."
    cited = citation(quote=quote, start=100 + text.index(quote))
    html = sources_html(make(citations=[cited], passages=[passage("elsewhere"), passage(text, 100)]))
    assert "Before it. <mark>Altman met the minister.</mark> After it." in html


@pytest.mark.parametrize("where", [passage("other words, as long", 0), passage("Altman met the minister", 10, "b.txt")])
def test_without_its_passage_the_quote_stands_alone(where):
    html = sources_html(make(citations=[citation()], passages=[where]))
    assert '<blockquote dir="auto"><mark>Altman met the minister</mark></blockquote>' in html


def test_long_contexts_are_cut_at_words():
    quote = "the quote"
    text = "left " * 200 + quote + " right" * 200
    html = sources_html(make(citations=[citation(quote=quote, start=1000)], passages=[passage(text)]))
    assert read(html).text.count("left") < 60
    assert re.search(r">… left .*<mark>the quote</mark> right .* …</blockquote>", html)


def test_the_panel_has_the_sources_of_every_turn():
    answer = make(citations=[citation()])
    earlier = [Exchange("a", answer, "done"), Exchange("b", None, "failed")]
    for state, last, shown in [("writing", make("", []), "Looking for sources"), ("writing", answer, "source-3-1")]:
        html = panel_html([*earlier, Exchange("c", last, state)])
        assert re.findall(r'<section class="sources" data-turn="(\d)"', html) == ["1", "3"]
        assert "source-1-1" in html
        assert shown in html
    assert "Click a footnote" in panel_html([])


def test_a_long_document_is_shown_around_the_quote():
    text = "x " * 30_000 + "the quote" + " y" * 30_000
    document = Document("a.txt", "A", text, "0")
    html = reader_html(document, "a.txt", citation(quote="the quote", start=60_000), 2, 3, Texts())
    assert "<mark>the quote</mark>" in html
    assert "Only the surroundings" in html
    assert len(html) < 45_000
    assert re.findall(r'data-turn="2" data-n="(\d)" data-event="open"', html) == ["2"]  # the next; there is no previous


def test_a_footnote_that_is_gone_says_so():
    assert "not there any more" in read(gone_html(1, 2, 3, Texts())).text


@pytest.mark.parametrize(
    ("seen", "label", "name"),
    [
        ("Sync", "Read the folders again", "Sync: Read the folders again"),
        ("↓ JSON", "Export as JSON", "Export as JSON"),
        ("×", "Close", "Close"),
    ],
)
def test_the_name_of_a_button_has_the_words_that_are_seen(seen, label, name):
    assert ("aria-label", name) in read(button_html(seen, label=label)).attributes
    document = Document("a.txt", "A", "x " * 9 + "the quote", "0")
    html = reader_html(document, "a.txt", citation(quote="the quote", start=18), 1, 3, Texts())
    assert 'aria-label="1 of 3: Back to footnote 1 in the answer">1 of 3<' in html


def test_documents_are_listed():
    text = read(documents_html([Listed(), Listed("a.pdf", "A", None, 1, 1)], [])).text
    first, second = (f" · file is gone, text is kept{rest}Remove from the index? RemoveKeep" for rest in ("fr×", "×"))
    assert text == f" Ask all documentsAltman in Indiainde.txt · 4 passages{first}Aa.pdf · 1 page · 1 passage{second}"
    assert "No documents yet" in documents_html([], [])


def test_a_name_that_is_not_unicode_can_be_sent():
    documents_html([Listed(source="caf\udce9.txt", title="caf\udce9")], []).encode("utf-8")


def test_a_document_says_when_its_file_is_another_now(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("a")
    stat = file.stat()
    listed, known = (
        Listed(path=str(file)),
        [FileRecord(str(file), "a.txt", str(tmp_path), stat.st_size, stat.st_mtime_ns)],
    )
    assert "ready" in read(documents_html([listed], known)).text
    file.write_text("another")
    assert "changed on disk" in read(documents_html([listed], known)).text
    file.unlink()
    assert "file is gone" in read(documents_html([listed], known)).text


def test_files_without_text_are_listed_with_the_reason():
    file = FileRecord("/a.zip", "a.zip", "/", 1, 1, skipped=(Skipped("a.zip/b", "empty file"), Skipped("<c>", "x")))
    assert "2 skippeda.zip/b: empty file<c>: x" in read(documents_html([Listed()], [file])).text
    text = read(documents_html([], [file], Texts("fr"))).text
    assert text.startswith("Pas encore de documents")
    assert "2 ignorésa.zip/b: fichier vide" in text
    assert "skipped" not in documents_html([Listed()], [replace(file, skipped=())])


def test_documents_that_are_not_asked_are_not_ticked():
    html = documents_html([Listed("a"), Listed("b")], [], unticked={"b"})
    assert html.count('type="checkbox"') == 3
    assert html.count(" checked") == 1
    assert 'data-source="a" checked' in html


def test_a_report_names_what_came_and_went():
    many = tuple(f"{number}.txt" for number in range(30))
    seen = read(report_html(SyncReport(added=("a.txt",), moved=(Moved("new.txt", "old.txt"),), unchanged=many))).text
    assert "1 added: a.txt" in seen
    assert "1 moved: old.txt → new.txt" in seen
    assert "7.txt" not in seen
    assert "19.txt, …" in read(report_html(SyncReport(removed=many))).text
