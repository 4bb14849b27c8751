"""Chunks are exact slices, together hold the whole document, and are small enough to embed."""

from itertools import pairwise
from unicodedata import east_asian_width

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.chunk import CHUNK_SIZE, chunk, document_key, embedded_text
from index.documents import Chunk, Document, Section

FRENCH = "Sam Altman a rencontré le ministre indien des Technologies de l'information. "  # 77 characters
CHINESE = "奥特曼访问了日本和印度。"  # 12, which count twice


def document(text: str, *page_starts: int, language: str | None = None, sha256: str = "a" * 64) -> Document:
    return Document("folder/a.txt", "A title", text, sha256, page_starts, language)


def size(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


words = st.text(st.sampled_from("abcé中の한ก😀0."), min_size=1, max_size=30)
blocks = st.one_of(
    words,
    st.sampled_from(
        [FRENCH, CHINESE, "x" * 1500, "中" * 800, "ab " * 500, "\n\n", "\n", " ", "\u00a0" * 40, "\n" * 700, "- "]
    ),
    st.text(max_size=20),
)
texts = st.lists(blocks, max_size=40).map("".join)


@given(texts, st.sampled_from(["en", "fr", "zh", "th", None]), st.lists(st.integers(0, 3000), max_size=4))
@example("a." + " " * 3000 + "b.", "en", [0])
@example("A. " * 900, "en", [0])
@example("中" * 501, None, [])
@example("x" + "中" * 700 + "x" * 2000, None, [])
def test_chunks_hold_the_whole_text_in_small_exact_slices(text: str, language: str | None, pages: list[int]) -> None:
    whole = document(text, *sorted(pages), language=language)
    chunks = chunk(whole)
    for found in chunks:
        assert found.text == text[found.start : found.end] == found.text.strip()
        assert found.text
        assert size(found.text) <= CHUNK_SIZE
        assert found.page == whole.page_at(found.start)
        assert (found.source, found.title) == (whole.source, whole.title)
    assert all(a.end <= b.start for a, b in pairwise(chunks))
    kept = "".join(found.text for found in chunks)
    assert "".join(kept.split()) == "".join(text.split())


def test_sentences_fill_a_chunk_and_stay_whole() -> None:
    chunks = chunk(document(FRENCH * 40, language="fr"))
    assert [found.text for found in chunks[:-1]] == [(FRENCH * 13).strip()] * 3  # exactly 1,000 characters
    assert chunks[-1].text == FRENCH.strip()


def test_wide_characters_count_twice() -> None:
    sizes = [len(found.text) for found in chunk(document(CHINESE * 100, language="zh"))]
    assert sizes[:-1] == [492] * 2  # 41 sentences


def test_a_chunk_ends_with_a_paragraph_once_it_can_stand_alone() -> None:
    paragraph = (FRENCH * 4).strip()
    chunks = chunk(document("\n\n".join([paragraph] * 6), language="fr"))
    assert [found.text for found in chunks] == [f"{paragraph}\n\n{paragraph}"] * 3


def test_a_question_and_what_answers_it_are_in_one_chunk() -> None:
    asked = f"{FRENCH * 7}Pourquoi ?"
    first, second = chunk(document(f"{asked}\n\nLe train est en retard.\n\n{FRENCH * 6}"))
    assert first.text.endswith("Pourquoi ?\n\nLe train est en retard.")
    assert second.text.startswith("Sam Altman")


def test_an_endless_sentence_is_cut_between_words() -> None:
    text = " ".join(["mot"] * 700)
    chunks = chunk(document(text))
    assert all(set(found.text.split(" ")) == {"mot"} for found in chunks)
    assert len(chunks) == 3


def test_pages_are_those_where_the_chunks_begin() -> None:
    text = FRENCH * 24
    chunks = chunk(document(text, 0, len(FRENCH) * 13, language="fr"))
    assert [found.page for found in chunks] == [1, 2]
    assert [found.page for found in chunk(document(text, language="fr"))] == [None, None]


def test_ids_name_the_version_and_the_place() -> None:
    first, second = chunk(document(FRENCH * 24, language="fr"))
    key = document_key("folder/a.txt", "a" * 64)
    assert [first.id, second.id] == [f"{key}-0", f"{key}-{second.start}"]
    changed = chunk(document(FRENCH * 24, language="fr", sha256="b" * 64))
    assert not {found.id for found in changed} & {first.id, second.id}
    assert document_key("b.txt", "a" * 64) != key


@pytest.mark.parametrize("text", ["", " \n\n\t"])
def test_nothing_makes_no_chunks(text: str) -> None:
    assert chunk(document(text)) == []


def in_sections(text: str, *sections: Section) -> list[Chunk]:
    return chunk(Document("a.pptx", "A title", text, "a" * 64, language="fr", sections=sections))


def test_no_chunk_spans_two_slides() -> None:
    text = f"One\n\n{FRENCH}\n\nTwo\n\n{FRENCH}"
    two = text.index("Two")
    found = in_sections(text, Section(0, "Slide 1: One", apart=True), Section(two, "Slide 2: Two", apart=True))
    assert [(c.start, c.section) for c in found] == [(0, "Slide 1: One"), (two, "Slide 2: Two")]


def test_a_sentence_ends_where_a_section_begins() -> None:
    found = in_sections("one line\nanother", Section(0, "A", apart=True), Section(9, "B", apart=True))
    assert [c.text for c in found] == ["one line", "another"]


@pytest.mark.parametrize(("sentences", "chunks"), [(1, 1), (8, 2)])
def test_a_heading_begins_a_chunk_if_half_a_chunk_stands_before_it(sentences: int, chunks: int) -> None:
    text = f"# One\n{FRENCH * sentences}\n# Two\n{FRENCH}"
    found = in_sections(text, Section(0, "One"), Section(text.index("# Two"), "Two"))
    assert [c.section for c in found] == ["One", "Two"][:chunks]


def test_what_stands_before_the_first_section_is_a_chunk_of_its_own() -> None:
    found = in_sections("Before.\n\nOne\n\nIn it.", Section(9, "One"))
    assert [(c.text, c.section) for c in found] == [("Before.", None), ("One\n\nIn it.", "One")]


@given(blocks, st.lists(st.integers(0, 200), max_size=5, unique=True), st.booleans())
def test_sections_lose_no_word(text: str, starts: list[int], apart: bool) -> None:
    sections = tuple(Section(start, f"S{start}", apart) for start in sorted(starts) if start < len(text))
    found = in_sections(text, *sections)
    assert "".join("".join(c.text for c in found).split()) == "".join(text.split())
    for piece in found:
        assert text[piece.start : piece.end] == piece.text
        inside = [section for section in sections if piece.start < section.start < piece.end]
        assert not (apart and any(text[piece.start : section.start].strip() for section in inside))


@pytest.mark.parametrize(
    ("title", "start", "section", "text", "embedded"),
    [
        ("A title", 0, None, "Words.", "Words."),
        ("A title", 9, None, "Words.", "A title\nWords."),
        ("a", 9, None, "Words.", "Words."),
        ("a", 9, "Results › 2024", "Words.", "Results › 2024\nWords."),
        ("A title", 9, "Results", "## Results\n\nWords.", "A title\n## Results\n\nWords."),
        ("A title", 9, "A title", "Words.", "A title\nWords."),
        ("a", 9, "a", "Words.", "a\nWords."),
    ],
)
def test_title_and_section_are_embedded_with_a_chunk(
    title: str, start: int, section: str | None, text: str, embedded: str
) -> None:
    assert embedded_text(Chunk("id", "a.md", title, start, start + len(text), None, text, section)) == embedded
