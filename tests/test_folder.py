"""A messy folder of every format: each file loads, and a footnote into it is verbatim and names the right place."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from folder import OFFICE, Sample, by_libreoffice, samples, write_folder
from word_embeddings import open_words

from index import Index, SyncReport, sync
from index.load import SUFFIXES
from rag.citations import Quote, Statement, compose

SAMPLES = {sample.name: sample for sample in samples()}
Synced = tuple[Index, SyncReport, dict[str, Sample]]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """An index of the folder, what the sync reported, and what is in it; from LibreOffice, too, where it is found."""
    folder = tmp_path_factory.mktemp("folder")
    found = write_folder(folder)
    if shutil.which("soffice"):
        place = tmp_path_factory.mktemp("libreoffice")
        made = [by_libreoffice(place, suffix) for suffix in OFFICE]
        for sample in made:
            (folder / sample.name).write_bytes(sample.data)
        found += made
    index = open_words(tmp_path_factory.mktemp("index"))
    yield index, sync([folder], index), {sample.name: sample for sample in found}
    index.close()


def test_there_are_at_least_sixty_of_every_format() -> None:
    names = [sample.name for sample in samples()]
    assert len(set(names)) == len(names) >= 60
    types = {Path(name).suffix for name in names}
    assert types >= {".txt", ".md", ".html", ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".tsv", ".epub"}
    assert types >= {".eml", ".mbox", ".json", ".jsonl", ".rtf", ".odt", ".ods", ".odp", ".zip"}
    assert types - SUFFIXES == {""}


def test_every_file_loads(synced: Synced) -> None:
    index, report, found = synced
    assert report.skipped == ()
    assert {sample.source or name for name, sample in found.items()} <= {r.source for r in index.documents()}


@pytest.mark.parametrize("name", [*SAMPLES, *(f"saved.{suffix}" for suffix in OFFICE)])
def test_a_footnote_is_verbatim_and_names_its_place(synced: Synced, name: str) -> None:
    index, _, found = synced
    if name not in found:
        pytest.skip("no LibreOffice on this machine")
    sample = found[name]
    (record,) = index.store.find([sample.source or name])
    document = index.document(record.source)
    assert document.text.count(sample.quote) == 1
    (holding,) = [chunk for chunk in index.store.chunks(record.key) if sample.quote in chunk.text]
    start = holding.start + holding.text.index(sample.quote)
    quote = Quote(holding, start, start + len(sample.quote), 1.0)
    text, (citation,) = compose([Statement("It was painted", (quote,), ".")], index)
    assert text == "It was painted [1]."
    assert (citation.source, citation.title) == (record.source, record.title)
    assert document.text[citation.start : citation.end] == citation.quote == sample.quote
    assert (citation.page, citation.section) == (sample.page, sample.section)
