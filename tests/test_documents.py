"""Pages of a document."""

import dataclasses

import pytest

from index.documents import Document, Section


def document(*page_starts: int) -> Document:
    return Document("a.pdf", "A", "x" * 30, "0" * 64, page_starts)


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (9, 1), (10, 2), (19, 2), (20, 4), (29, 4)])
def test_a_character_is_on_the_last_page_that_starts_before_it(offset: int, page: int) -> None:
    assert document(0, 10, 20, 20).page_at(offset) == page  # page 3 is empty


def test_what_stands_before_the_first_page_is_on_it() -> None:
    assert document(5).page_at(0) == 1


def test_a_document_without_pages_has_no_page_numbers() -> None:
    assert document().page_at(0) is None


def test_a_document_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        document().text = "other"


def test_a_character_is_in_the_last_section_that_starts_before_it() -> None:
    sections = (Section(5, "Results"), Section(10, "Results › 2024"))
    found = Document("a.md", "A", "x" * 30, "0" * 64, sections=sections)
    assert [found.section_at(offset) for offset in (0, 4, 5, 9, 10, 29)] == [
        *(None, None, "Results", "Results", "Results › 2024", "Results › 2024")
    ]


def test_a_document_without_sections_names_none() -> None:
    assert document().section_at(0) is None
