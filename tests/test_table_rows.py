"""Rows of Markdown tables, which are read with the names of their columns."""

from itertools import pairwise

import pytest
from conftest import Write

from index import Index, sync
from index.documents import Chunk
from rag import Settings, answer
from rag.context import placed, spans
from rag.retrieval import retrieve
from rag.table_rows import as_read, begins_inside, head_before

QUOTES = Settings(llm="quotes")
TARIFF = """# Tariff of Velox

Prices for parcels.

| Zone | Up to 5 kg | Remark |
|:-----|-----------:|--------|
| A | 7.50 | Daily. Not on Sunday. |
| B |  | a \\| b |

More on request.
"""


def chunk_of(text: str, head: str = "") -> Chunk:
    return Chunk("id", "tariff.md", "Tariff of Velox", 100, 100 + len(text), None, text, head=head)


def test_a_row_is_one_sentence_and_the_line_below_the_head_is_none() -> None:
    found = chunk_of(TARIFF)
    rows = [TARIFF[span.start : span.end] for span in spans(found) if "|" in TARIFF[span.start : span.end]]
    assert rows == ["| Zone | Up to 5 kg | Remark |", "| A | 7.50 | Daily. Not on Sunday. |", "| B |  | a \\| b |"]


def test_a_row_is_read_with_the_names_of_its_columns() -> None:
    found = chunk_of(TARIFF)
    start = found.start + TARIFF.index("| A |")
    end = found.start + TARIFF.index("\n\nMore")
    assert as_read(found, start, end).splitlines() == [
        "Zone: A | Up to 5 kg: 7.50 | Remark: Daily. Not on Sunday.",
        "Zone: B | Remark: a | b",
    ]


def test_what_is_no_table_is_read_as_it_is() -> None:
    text = "Choose a | b. |x| is no row\n| nor | is this |\nof any table."
    found = chunk_of(text)
    assert as_read(found, found.start, found.end) == text


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("|| Adults | Children |\n|---|---|---|\n| Wenau | 200 | 300 |", "Wenau | Adults: 200 | Children: 300"),
        ("| Zone | Price |\n|---|---|\n|| 5 |", "Price: 5"),
        ("|Zone|Price|\n|-|-|\n|A. Near|5. Or less|", "Zone: A. Near | Price: 5. Or less"),
        ("  | Zone | Price\n  |:--|--:\n  | A | 5", "Zone: A | Price: 5"),
        ("| Zone | Price |\n|---|---|\n| A | 5 \\||", "Zone: A | Price: 5 |"),
        ("| Zone | Price |\n|---|---|\n\n| A | 5 |", "| A | 5 |"),
        ("| src\n|\n| tests", "| tests"),
    ],
)
def test_odd_tables(table: str, read: str) -> None:
    found = chunk_of(table)
    last = spans(found)[-1]
    assert as_read(found, found.start + last.start, found.start + last.end) == read


def test_no_sentence_of_a_table_shares_words_with_another() -> None:
    rows = "\n".join(f"|Row {n} is long. It has more than sixty characters, all of them.|yes|" for n in range(5))
    found = chunk_of(f"The prices are below.\n|Name|Open|\n|--|--|\n{rows}")
    cut = spans(found)
    assert [found.text[one.start : one.end].count("\n") for one in cut] == [0] * 7
    assert all(one.end <= after.start for one, after in pairwise(cut))


def test_the_head_of_a_table_answers_nothing_and_a_row_is_found_below_title_and_head() -> None:
    found = chunk_of(TARIFF)
    sentences = spans(found)
    places = dict(zip([TARIFF[one.start : one.end] for one in sentences], placed(found, sentences), strict=True))
    assert places["| Zone | Up to 5 kg | Remark |"].is_heading
    row = places["| A | 7.50 | Daily. Not on Sunday. |"]
    assert not row.is_heading
    assert row.embedded.splitlines()[0] == "Tariff of Velox"
    assert row.embedded.splitlines()[-1] == "Zone: A | Up to 5 kg: 7.50 | Remark: Daily. Not on Sunday."


@pytest.mark.parametrize(
    ("text", "inside"),
    [("| A | 7.50 |\n| B | 9 |", True), ("| Zone | Price |\n|---|---|\n| A | 7.50 |", False), ("Zone A | 7.50", False)],
)
def test_whether_a_chunk_begins_inside_a_table(text: str, inside: bool) -> None:
    assert begins_inside(chunk_of(text)) is inside


def test_the_head_is_the_one_of_the_table_that_a_place_is_in() -> None:
    text = "| One | Two |\n|---|---|\n| 1 | 2 |\n\nA word.\n\n| Zone | Price |\n|---|---|\n| A | 7 |\n| B | 9 |\n"
    assert head_before(text, text.index("| B")) == "| Zone | Price |"
    assert head_before(text, text.index("| 1 |")) == "| One | Two |"
    assert head_before(text, text.index("A word")) == ""
    assert head_before(text, text.index("| 7 |")) == ""  # inside a row
    assert head_before(text, text.rindex("|---|---|")) == "| Zone | Price |"


def test_a_table_that_is_longer_than_a_passage_keeps_its_head(index: Index, write: Write) -> None:
    rows = "\n".join(f"| Workshop {n:02d} | {n + 300} euros | {'x' * 30} |" for n in range(1, 60))
    table = f"# Workshops\n\n| Name | Fee | Room |\n|---|---|---|\n{rows}\n"
    path = write("workshops.md", table)
    sync([path], index)
    (passage,) = [one for one in retrieve("Workshop 57 fee", index) if "Workshop 57" in one.chunk.text]
    assert passage.chunk.start > 0
    assert passage.chunk.head == "| Name | Fee | Room |"
    assert passage.chunk.text == table[passage.chunk.start : passage.chunk.end]

    found = answer("What is the fee of Workshop 57?", index=index, settings=QUOTES)
    assert found.text.startswith("> Name: Workshop 57 | Fee: 357 euros | Room: x")
    assert found.citations[0].quote == f"| Workshop 57 | 357 euros | {'x' * 30} |"
    assert index.document("workshops.md").text[found.citations[0].start :].startswith("| Workshop 57 | 357 euros |")
