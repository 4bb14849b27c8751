"""Markers in a stream of text, and statements with quotes that become a text with footnotes."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from conftest import Write
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from index import Index, sync
from rag.citations import Quote, Statement, compose, parse_markers

MARKER = re.compile(r"\[(\d+)\]")

Events = list[str | tuple[int, ...]]


def joined(events: Iterable[str | tuple[int, ...]]) -> Events:
    """Events with neighbouring texts put together: where a stream cuts a text means nothing."""
    found: Events = []
    for event in events:
        if isinstance(event, str) and found and isinstance(found[-1], str):
            found[-1] += event
        else:
            found.append(event)
    return found


def cut(text: str, places: Sequence[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("", []),
        ("Paris.", ["Paris."]),
        ("Paris [1].", ["Paris", (1,), "."]),
        ("Paris[1].", ["Paris", (1,), "."]),
        ("Paris [1, 2].", ["Paris", (1, 2), "."]),
        ("Paris [1;12].", ["Paris", (1, 12), "."]),
        ("Paris [1][2].", ["Paris", (1,), (2,), "."]),
        ("Paris [1] [2].", ["Paris", (1,), (2,), "."]),
        ("巴黎【1】。", ["巴黎", (1,), "。"]),
        ("Paris [^2].", ["Paris", (2,), "."]),
        ("Paris [2†source].", ["Paris", (2,), "."]),
        ("Paris 【3†L1-L9】.", ["Paris", (3,), "."]),
        ("Paris [ 4 ].", ["Paris", (4,), "."]),
        ("Paris [0].", ["Paris", (0,), "."]),
        ("Paris [999].", ["Paris", (999,), "."]),
        ("Paris [x].", ["Paris [x]."]),
        ("Paris [12345].", ["Paris [12345]."]),
        ("Paris [1,].", ["Paris [1,]."]),
        ("Paris [1.5].", ["Paris [1.5]."]),
        ("Paris [].", ["Paris []."]),
        ("Paris [see 1].", ["Paris [see 1]."]),
        ("Paris (1).", ["Paris (1)."]),
        ("Paris [", ["Paris ["]),
        ("Paris [1", ["Paris [1"]),
        ("Paris [2†source", ["Paris [2†source"]),
        ("Paris \n", ["Paris \n"]),
    ],
)
def test_markers_in_one_piece_and_split_at_every_position(text: str, events: Events) -> None:
    assert joined(parse_markers([text])) == events
    assert joined(parse_markers(list(text))) == events
    for place in range(len(text) + 1):
        assert joined(parse_markers([text[:place], text[place:]])) == events


def test_text_is_passed_on_before_the_stream_ends() -> None:
    def stream() -> Iterable[str]:
        yield "Paris is the capital"
        raise AssertionError("asked for more before what is there was handed on")

    assert next(parse_markers(stream())) == "Paris is the capital"


def test_a_beginning_of_a_marker_is_held_back() -> None:
    seen: list[str] = []

    def stream() -> Iterable[str]:
        for piece in ("Paris", " [", "1", "]", "."):
            seen.append(piece)
            yield piece

    events = parse_markers(stream())
    assert next(events) == "Paris"
    assert next(events) == (1,)
    assert "".join(seen) == "Paris [1]"


# Mostly what markers are made of, so that half markers and near markers come up all the time.
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["[", "]", "【", "】", "^", "†", ",", ";", " ", "\n", "1", "2", "12345", "[1]", "[2, 3]"]),
        st.text(),
    ),
    max_size=12,
).map("".join)


@given(text=TEXTS, places=st.lists(st.integers(0, 200), max_size=8))
def test_where_a_stream_is_cut_changes_nothing(text: str, places: list[int]) -> None:
    assert joined(parse_markers(cut(text, places))) == joined(parse_markers([text]))


@given(text=TEXTS)
def test_nothing_but_markers_and_the_space_before_them_is_taken_out(text: str) -> None:
    kept = "".join(event for event in parse_markers([text]) if isinstance(event, str))
    markers = re.compile(r"\s?[\[【]\^?\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*(?:†[^\]】]{0,40})?[\]】]")
    assert kept == markers.sub("", text)


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
