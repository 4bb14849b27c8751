"""Statements with quotes become a text with footnotes."""

import re
from dataclasses import replace

from conftest import Write
from fpdf import FPDF

from index import Index, sync
from index.chunk import chunk
from index.documents import Document, Section
from index.store import DocumentRecord
from rag.citations import Quote, Statement, compose

MARKER = re.compile(r"\[(\d+)\]")


def quote(index: Index, source: str, words: str, support: float = 0.9) -> Quote:
    text = index.document(source).text
    start = text.index(words)
    chunks = [passage.chunk for passage in index.search(words, top_k=20) if passage.chunk.source == source]
    chunk = next(chunk for chunk in chunks if chunk.start <= start and start + len(words) <= chunk.end)
    return Quote(chunk, start, start + len(words), support)


def test_footnotes_are_numbered_in_the_order_of_the_text(seeds_index: Index) -> None:
    japan = quote(seeds_index, "inde.txt", "a visité le Japon et la Corée du Sud", 0.91234)
    trump = quote(seeds_index, "pays.txt", "annoncé par le président Donald Trump", 0.7)
    india = quote(seeds_index, "inde.txt", "Sam Altman effectuait sa première visite en Inde depuis 2023.")
    text, citations = compose(
        [
            Statement("Trump announced it", (trump,), "."),
            Statement(" Altman saw Japan", (japan, india), ".\n\n"),
            Statement("This has no source."),
            Statement(" And Korea", (japan,), ".\n"),
        ],
        seeds_index,
    )
    assert text == "Trump announced it [1]. Altman saw Japan [2][3].\n\nThis has no source. And Korea [4]."
    assert [int(number) for number in MARKER.findall(text)] == [c.number for c in citations] == [1, 2, 3, 4]
    assert [c.source for c in citations] == ["pays.txt", "inde.txt", "inde.txt", "inde.txt"]
    assert citations[1].quote == "a visité le Japon et la Corée du Sud"
    assert citations[1].support == 0.912
    for citation in citations:
        assert seeds_index.document(citation.source).text[citation.start : citation.end] == citation.quote
        assert citation.title == seeds_index.document(citation.source).title
        assert citation.page is None


def test_a_footnote_is_checked_when_its_quote_is(seeds_index: Index) -> None:
    japan = quote(seeds_index, "inde.txt", "a visité le Japon et la Corée du Sud")
    _, citations = compose(
        [Statement("Japan", (japan,)), Statement("Korea", (replace(japan, checked=False),))], seeds_index
    )
    assert [citation.checked for citation in citations] == [True, False]


def test_brackets_of_two_statements_make_no_footnote(seeds_index: Index) -> None:
    japan = quote(seeds_index, "inde.txt", "a visité le Japon et la Corée du Sud")
    text, citations = compose(
        [Statement("Japan ["), Statement("1] too", (japan,)), Statement(" [2"), Statement("]")], seeds_index
    )
    assert text == "Japan (1) too [1] (2)"
    assert len(citations) == 1


def test_nothing_gives_nothing(seeds_index: Index) -> None:
    assert compose([], seeds_index) == ("", ())


def test_a_bracketed_number_of_the_source_is_no_footnote(index: Index, write: Write) -> None:
    sync(
        [
            write(
                "wiki.txt",
                "The lighthouse of Alexandria stood 100 metres tall.[7] An earthquake felled it [12] in 1303.",
            )
        ],
        index,
    )
    words = "The lighthouse of Alexandria stood 100 metres tall.[7]"
    found = quote(index, "wiki.txt", words)
    text, citations = compose([Statement(words, (found,)), Statement(" It fell [12345] then", (found,))], index)
    assert MARKER.findall(text) == ["1", "2"]
    assert "(7)" in text
    assert [citation.quote for citation in citations] == [words, words]


def test_the_page_is_that_of_the_quote_not_of_its_chunk(index: Index, write: Write) -> None:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for words in (
        "The lighthouse keeper was called Oskar.",
        "His boat was painted yellow.",
        "The harbour closed in 1984.",
    ):
        pdf.add_page()
        pdf.multi_cell(0, text=words)
    sync([write("keeper.pdf", bytes(pdf.output()))], index)
    document = index.document("keeper.pdf")
    assert len(document.page_starts) == 3
    quotes = [quote(index, "keeper.pdf", words) for words in ("called Oskar", "painted yellow", "closed in 1984")]
    text, citations = compose([Statement(f"Statement {n}", (q,), ". ") for n, q in enumerate(quotes)], index)
    assert [citation.page for citation in citations] == [1, 2, 3]
    assert MARKER.findall(text) == ["1", "2", "3"]


def test_the_section_is_that_of_the_quote_not_of_its_chunk(index: Index) -> None:
    text = "# One\n\nThe harbour closed.\n\n# Two\n\nThe boat was yellow."
    found = Document("a.md", "A", text, "a" * 64, sections=(Section(0, "One"), Section(text.index("# Two"), "Two")))
    chunks = chunk(found)
    assert len(chunks) == 1
    record = DocumentRecord("a.md", "A", "/a.md", "a" * 64, None, 1, 0)
    with index.store.writing():
        index.store.put_passages([(chunks[0], record.key)], index.embeddings.embed_passages([text]))
        index.store.put_documents([(found, record)])
    start = text.index("The boat")
    _, citations = compose([Statement("It was yellow.", (Quote(chunks[0], start, len(text), 0.9),))], index)
    assert [citation.section for citation in citations] == ["Two"]


def test_a_document_that_went_away_after_it_was_found_is_cited_all_the_same(index: Index) -> None:
    text = "# One\n\nThe harbour closed."
    found = Document("a.md", "A", text, "a" * 64, sections=(Section(0, "One"),))
    (only,) = chunk(found)
    statement = Statement("It closed.", (Quote(only, text.index("The"), len(text), 0.9),))
    _, citations = compose([statement], index)
    assert [(citation.quote, citation.section) for citation in citations] == [("The harbour closed.", "One")]
    another = Document("a.md", "A", "# Two\n\nThe harbour was never opened.", "b" * 64, sections=(Section(0, "Two"),))
    with index.store.writing():
        index.store.put_documents([(another, DocumentRecord("a.md", "A", "/a.md", "b" * 64, None, 1, 0))])
    assert compose([statement], index)[1] == citations
