"""The whole way with the real embedding model, the real local language model, and the samples."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import SEEDS

from index import Index, sync
from rag import Answer, Settings, Turn, answer, local
from ui.cli import main
from ui.render import to_json

COUNTRIES = "which countries did Altman visit?"
# Each country as the answer names it, with its name in the French source.
ENGLISH = {"Japan": "Japon", "South Korea": "Corée du Sud", "India": "Inde"}
FRENCH = {"Japon": "Japon", "Corée du Sud": "Corée du Sud", "Inde": "Inde"}
GERMAN = {"Japan": "Japon", "Südkorea": "Corée du Sud", "Indien": "Inde"}
SPANISH = {"Japón": "Japon", "Corea del Sur": "Corée du Sud", "India": "Inde"}
NOT_VISITED = re.compile(r"United States|America|China|Brazil|France|Mongolia|États-Unis|Chine|Brésil|Mongolie")

pytestmark = pytest.mark.timeout(900)  # a small model on a busy machine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    assert local.installed(), "these tests need the local model: footnote models pull"
    found = Index.open(tmp_path_factory.mktemp("end") / "index")
    sync([SEEDS], found)
    yield found
    found.close()


def settings(index: Index) -> Settings:
    return Settings(index_path=index.location, llm="local")


def ask(question: str, index: Index) -> Answer:
    return answer(question, index=index, settings=settings(index))


def check_countries(found: Answer, names: dict[str, str], index: Index) -> None:
    assert found.verdict == "answered"
    assert found.model == f"local:{local.DEFAULT}"
    assert not NOT_VISITED.search(found.text)
    assert len(found.citations) == len(names)
    for citation in found.citations:
        assert index.document(citation.source).text[citation.start : citation.end] == citation.quote
        assert (SEEDS / citation.source).read_text(encoding="utf-8").count(citation.quote) == 1
        assert citation.support >= 0.5
    # Each statement stands before its marker, and names the one country that its own quote names.
    statements = re.findall(r"([^\[\]]+)((?:\[\d+\])+)", found.text)
    quotes = {citation.number: citation.quote for citation in found.citations}
    for name, in_source in names.items():
        backing = [markers for text, markers in statements if name in text]
        assert backing, f"no statement about {name}"
        for number in re.findall(r"\d+", "".join(backing)):
            assert in_source in quotes[int(number)]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (COUNTRIES, ENGLISH),
        ("Quels pays Altman a-t-il visités ?", FRENCH),
        ("Welche Länder hat Altman besucht?", GERMAN),
        ("¿Qué países visitó Altman?", SPANISH),
    ],
)
def test_countries_in_four_languages(home: Index, question: str, names: dict[str, str]) -> None:
    check_countries(ask(question, home), names, home)


@pytest.mark.parametrize(
    ("question", "said", "quoted"),
    [
        ("How much is to be invested in Stargate, and who announced it?", ["500 billion", "Trump"], ["500 milliards"]),
        ("With whom did he discuss Stargate in Seoul?", ["SoftBank", "Samsung"], ["avec SoftBank et Samsung"]),
    ],
)
def test_what_the_samples_say(home: Index, question: str, said: list[str], quoted: list[str]) -> None:
    found = ask(question, home)
    assert [words for words in said if words not in found.text] == []
    quotes = " ".join(citation.quote for citation in found.citations)
    assert [words for words in quoted if words not in quotes] == []


def test_the_command_says_the_same_as_the_function(home: Index, capsys: pytest.CaptureFixture[str]) -> None:
    question = "When was Altman last in India before this visit?"
    found = ask(question, home)
    assert "2023" in found.text
    assert "depuis 2023" in found.citations[0].quote
    assert main(["ask", question, "--index", home.location, "--llm", "local", "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    script = json.loads(json.dumps(to_json(found)))
    assert printed.pop("seconds").keys() == script.pop("seconds").keys()
    assert printed == script  # to the last digit: what was asked before changes nothing


def test_a_follow_up_is_about_what_was_said_before(home: Index) -> None:
    history = [Turn("Which Chinese rival has shaken Silicon Valley?", "DeepSeek has shaken Silicon Valley. [1]")]
    found = answer("And how many employees does it have?", history=history, index=home, settings=settings(home))
    assert (found.verdict, found.citations) == ("not_in_documents", ())
    found = answer("What is OpenAI's programme called?", history=history, index=home, settings=settings(home))
    assert "OpenAI for Countries" in found.text
    assert "DeepSeek" not in " ".join(citation.quote for citation in found.citations)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "Which countries did Vaishnaw visit?",
        "When will Altman visit Brazil?",
    ],
)
def test_what_the_samples_do_not_say(home: Index, question: str) -> None:
    found = ask(question, home)
    assert (found.verdict, found.citations) == ("not_in_documents", ())
    assert found.text == "The documents do not say."
    assert found.passages
