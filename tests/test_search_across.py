"""A folder with documents in several languages: what answers is found, whichever language it is in."""

from pathlib import Path

import pytest
from conftest import Write

from index import Index, sync
from index.language import detect_language
from index.search import ACROSS, LEXICAL_WEIGHT
from rag import Turn
from rag.retrieval import retrieve

GERMAN = [
    "Das Stadttheater spielt am Samstag um 20 Uhr. Karten kosten 25 Euro, an der Abendkasse 28 Euro.",
    "Das Freibad ist von Mai bis September geöffnet. Kinder zahlen 2 Euro, Erwachsene 4 Euro.",
    "Die Bücherei hat montags geschlossen. Ein Ausweis kostet im Jahr 15 Euro.",
    "Der Zug zum Flughafen fährt alle zwanzig Minuten. Eine Fahrkarte kostet 6 Euro.",
    "Im Rathaus werden Pässe ausgestellt. Die Gebühr beträgt 37 Euro und ist bar zu zahlen.",
    "Der Tierpark füttert die Seehunde um elf Uhr. Hunde dürfen nicht hinein.",
]
FRENCH = "Le musée de la soie occupe une ancienne filature. L'entrée coûte 9 euros et le jardin est gratuit."
QUESTION = "Ist der Garten kostenlos?"


@pytest.fixture
def town(index: Index, write: Write, docs: Path) -> Index:
    for number, text in enumerate(GERMAN):
        write(f"{number}.txt", text)
    write("musee.txt", FRENCH)
    sync([docs], index)
    return index


def nearest(index: Index) -> list[str]:
    """Documents by their vectors alone."""
    vector = index.embeddings.embed_question(QUESTION)
    return [chunk.source for chunk in index.store.read(list(index.store.nearest(vector, 10)))]


def test_what_is_in_the_language_of_the_question_does_not_hide_the_answer(town: Index) -> None:
    assert nearest(town)[0] != "musee.txt"  # or this shows nothing
    assert town.search(QUESTION, 1)[0].chunk.source == "musee.txt"


def test_it_is_looked_for_beyond_the_nearest(town: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.search.CANDIDATES", 2)
    assert "musee.txt" not in nearest(town)[:2]
    assert town.search(QUESTION, 1)[0].chunk.source == "musee.txt"


@pytest.mark.parametrize(
    ("question", "language", "preferred"), [(QUESTION, "de", {"musee.txt"}), ("2-4-9", None, set())]
)
def test_the_score_is_more_in_another_language_than_the_question_is_known_to_be_in(
    town: Index, question: str, language: str | None, preferred: set[str]
) -> None:
    assert detect_language(question) == language
    vector = town.embeddings.embed_question(question)
    found = town.search(question, 10)
    assert len(found) == len(GERMAN) + 1
    for passage in found:
        (cosine,) = town.embeddings.embed_passages([passage.chunk.text]) @ vector
        words = town._lexical.scores(question, {passage.chunk.id})[passage.chunk.id]
        more = ACROSS if passage.chunk.source in preferred else 0
        assert passage.score == pytest.approx(float(cosine) + LEXICAL_WEIGHT * words + more, abs=1e-4)


def test_a_follow_up_that_has_no_language_of_its_own_has_that_of_the_question_before(
    town: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {passage.chunk.source: passage.score for passage in town.search("2-4-9", 10)}
    told = {passage.chunk.source: passage.score for passage in town.search("2-4-9", 10, language="de")}
    assert told == pytest.approx(alone | {"musee.txt": alone["musee.txt"] + ACROSS})
    asked: list[str | None] = []
    monkeypatch.setattr(town, "search", lambda query, top_k, *, language: asked.append(language) or [])
    retrieve("2-4-9", town, history=[Turn(QUESTION, "")])
    assert asked == ["de", "de"]


def test_of_many_copies_in_another_language_those_that_come_first_by_name_are_found(
    town: Index, write: Write, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        write(f"{number}-musee.txt", FRENCH)
    sync([docs], town)
    monkeypatch.setattr("index.search.CANDIDATES", 2)
    assert [passage.chunk.source for passage in town.search(QUESTION, 1)] == ["0-musee.txt", "1-musee.txt"]
