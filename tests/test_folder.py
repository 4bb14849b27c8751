"""A messy folder of every format: each file loads, and a footnote into it is verbatim and names the right place."""

from pathlib import Path

import pytest
from folder import Sample, samples, write_folder

from index.chunk import chunk
from index.documents import Document, Skipped
from index.load import SUFFIXES
from index.parsing import Parser


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document | Skipped]:
    folder = tmp_path_factory.mktemp("folder")
    with Parser() as parser:
        return {
            document.source: document
            for sample in write_folder(folder)
            for document in parser.read(folder / sample.name, sample.name)
        }


def test_there_are_at_least_sixty_of_every_format() -> None:
    names = [sample.name for sample in samples()]
    assert len(set(names)) == len(names) >= 60
    types = {Path(name).suffix for name in names}
    assert types >= {".txt", ".md", ".html", ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".tsv", ".epub"}
    assert types >= {".eml", ".mbox", ".json", ".jsonl", ".rtf", ".odt", ".ods", ".odp", ".zip"}
    assert types - SUFFIXES == {""}


def test_every_file_loads(found: dict[str, Document | Skipped]) -> None:
    assert [document for document in found.values() if isinstance(document, Skipped)] == []


@pytest.mark.parametrize("sample", list(samples()), ids=lambda sample: sample.name)
def test_a_footnote_is_verbatim_and_names_its_place(sample: Sample, found: dict[str, Document | Skipped]) -> None:
    document = found[sample.source or sample.name]
    assert isinstance(document, Document)
    assert document.text.count(sample.quote) == 1
    start = document.text.index(sample.quote)
    assert document.text[start : start + len(sample.quote)] == sample.quote
    assert document.page_at(start) == sample.page
    if sample.section:
        assert document.section_at(start) == sample.section
    holding = [piece for piece in chunk(document) if piece.start <= start < piece.end]
    assert len(holding) == 1
    assert sample.quote in holding[0].text
