"""What stands above a sentence and says what it is about."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Write
from small_model import Small, ask

from index import Index, sync
from index.chunk import chunk
from index.documents import Chunk
from index.load import load
from rag import Settings, answer
from rag.context import asked_above, placed, spans, titled
from rag.examples import NO, YES
from rag.quotes import whole_sentences
from rag.retrieval import evidence, retrieve

Only = Callable[[str, str], Chunk]
FAQ = """# The Halden router

## How do I reset it?

Hold the button for twelve seconds. All settings are lost.

## Warranty

It ends after two years.
"""
INTERVIEW = """Silence is an instrument

Why did you leave the orchestra?
I could not bear the hotels. There were too many.

What do you play for yourself?
Sea shanties, never Bach.
"""


@pytest.fixture
def only_chunk(tmp_path: Path) -> Only:
    def only(name: str, text: str) -> Chunk:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (found,) = chunk(load(path))
        return found

    return only


def texts(found: Chunk) -> list[str]:
    return [found.text[span.start : span.end] for span in spans(found)]


def test_a_line_in_capitals_is_a_heading_above_a_list(only_chunk: Only) -> None:
    found = only_chunk("warranty.txt", "Read this.\n\n4. HOW TO CLAIM\n- Call us first.\n\nSpare parts\n- A brush.")
    headings = [text for text, place in zip(texts(found), placed(found, spans(found)), strict=True) if place.is_heading]
    assert headings == ["4. HOW TO CLAIM"]


def test_the_first_line_of_a_title_is_a_heading_and_all_stand_above_what_is_below(only_chunk: Only) -> None:
    head = "WENAU ALLOTMENTS\nMinutes of the general meeting – Scout Hut\n16 November 2024"
    found = only_chunk("minutes.txt", f"{head}\n\nThe rent of a plot is 31 euros.\n")
    places = placed(found, spans(found))
    assert [place.is_heading for place in places] == [True, False, False, False]
    assert places[3].embedded.startswith("WENAU ALLOTMENTS – Minutes of the general meeting – Scout Hut – 16 November")


def test_a_sentence_is_below_the_title_and_its_heading(only_chunk: Only) -> None:
    found = only_chunk("router.md", FAQ)
    title = "The Halden router"
    assert [place.embedded for place in placed(found, spans(found))] == [
        "# The Halden router",
        f"{title}\nHow do I reset it?\n\nHold the button for twelve seconds.",
        f"{title}\nAll settings are lost.",
        f"{title}\n## Warranty",
        f"{title}\n## Warranty\nIt ends after two years.",
    ]


def test_a_line_that_asks_is_one_with_what_answers_it(only_chunk: Only) -> None:
    assert texts(only_chunk("talk.txt", INTERVIEW)) == [
        "Silence is an instrument",
        "Why did you leave the orchestra?\nI could not bear the hotels.",
        "There were too many.",
        "What do you play for yourself?\nSea shanties, never Bach.",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Who was it? Nobody knew.", "Who was it?"),  # in a paragraph
        ("Who was it?\n\nWhy did he go?\n\nNobody knew.", "Who was it?"),  # a list of questions
        ("Who was it?\n\n# Notes\n\nNobody knew.", "Who was it?"),
        ("誰ですか。\n\nどこですか？\n\n東京です。", "誰ですか。"),
        ("Ποιος ήταν;\n\nΟ Μάνος.", "Ποιος ήταν;\n\nΟ Μάνος."),
        ("Read this;\n\nthen sign.", "Read this;"),
        ("- Cake from Miller's?\n- Balloons from Anna.", "- Cake from Miller's?"),
        ("“You buried it, didn't you?”\n\n“Go home,” said Anna.", "“You buried it, didn't you?”"),
    ],
)
def test_what_is_a_question_of_its_own(only_chunk: Only, text: str, first: str) -> None:
    assert texts(only_chunk("a.txt", text))[0] == first


def test_a_wrapped_question_is_asked_whole(only_chunk: Only) -> None:
    asked = "How do I reset the router after it has been switched off for more\nthan ten days?"
    found = only_chunk("a.txt", f"It is a router.\n\n{asked}\nHold the button. All is lost.")
    _, answered, other = texts(found)
    assert (asked_above(answered), asked_above(other)) == (asked, "")


def test_a_title_is_one_whatever_is_in_it(only_chunk: Only) -> None:
    found = only_chunk("a.txt", "Introduction to C# programming\n\nIt is a language.")
    assert placed(found, spans(found))[0].embedded == "Introduction to C# programming"


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Opening hours\nThe shop opens at nine.", "Opening hours\nThe shop opens at nine."),
        ("- Opening hours\nThe shop opens at nine.", "The shop opens at nine."),  # an item of a list
        ("Dear Nora,\nThe shop opens at nine.", "The shop opens at nine."),
        ("The shop opens at nine.\nIt closes at six.", "It closes at six."),
        ("Opening hours: 9 to 18\nClosed on Sundays.", "Closed on Sundays."),  # a value
        ("The rent is due\nand has to be paid.", "and has to be paid."),  # a line that goes on
        ("2. Opening hours\nThe shop opens at nine.", "2. Opening hours\nThe shop opens at nine."),
    ],
)
def test_an_open_line_above_prose_is_a_heading(only_chunk: Only, text: str, context: str) -> None:
    found = only_chunk("a.txt", f"It is a shop.\n\n{text}")
    assert placed(found, spans(found))[-1].embedded == context


def test_a_heading_that_a_paragraph_begins_with_is_one_with_its_sentence_and_above_the_rest(only_chunk: Only) -> None:
    text = "Methods. We let them nap.\n\nKnown limits. They slept in Uppsala. It was in May.\nIt rained."
    found = only_chunk("naps.txt", f"Naps and memory\n\n{text}")
    title = "Naps and memory"
    assert texts(found) == [
        title,
        "Methods. We let them nap.",
        "Known limits. They slept in Uppsala.",
        "It was in May.",
        "It rained.",
    ]
    above = [place.embedded.splitlines()[:-1] for place in placed(found, spans(found))]
    assert above == [[], [title], [title], [title, "Known limits."], [title]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left early. She stayed. It rained.", ["He left early.", "She stayed.", "It rained."]),  # three words
        ("It ends.\nAll go home. It rained.", ["It ends.", "All go home.", "It rained."]),
        ("3. Then it ends. It rained.", ["3. Then it ends.", "It rained."]),
        ("Nobody? Yes, Anna. It rained.", ["Nobody?", "Yes, Anna.", "It rained."]),
        ("Dr. Meier came. He stayed long.", ["Dr. Meier came.", "He stayed long."]),
        ("He died. She stayed. It rained.", ["He died. She stayed.", "It rained."]),  # one, but of no series
    ],
)
def test_what_is_no_heading_at_the_beginning_of_a_paragraph(only_chunk: Only, text: str, expected: list[str]) -> None:
    opening = "It is a shop of some kind."
    found = only_chunk("a.txt", f"{opening}\n\n{text}")
    assert texts(found) == [opening, *expected]
    assert [place.embedded for place in placed(found, spans(found))] == [opening, *expected]


def test_a_question_stays_above_a_short_answer(only_chunk: Only) -> None:
    found = only_chunk("a.txt", "It is a shop.\n\nDo you open on Sundays?\nYes. We open at nine. Bring cash.")
    _, answered, last = texts(found)
    assert answered == "Do you open on Sundays?\nYes. We open at nine."
    assert (asked_above(answered), last) == ("Do you open on Sundays?", "Bring cash.")


def test_a_heading_that_a_paragraph_begins_with_is_not_above_the_next_question(only_chunk: Only) -> None:
    asked = "Where were they?\nIn Uppsala, as ever. It was in May."
    found = only_chunk("naps.txt", f"Methods. We let them nap.\n\nResults. They slept.\n\n{asked}")
    assert placed(found, spans(found))[-1].embedded == "It was in May."


def test_the_heading_of_a_chunk_that_begins_below_it_is_its_section(tmp_path: Path) -> None:
    path = tmp_path / "shop.md"
    path.write_text("# Shop\n\n## Hours\n\n" + "It is open on most days, as a rule. " * 60, encoding="utf-8")
    last = chunk(load(path))[-1]
    assert last.start > 0
    assert placed(last, spans(last))[0].embedded == "Shop\nHours\nIt is open on most days, as a rule."


def test_a_judge_reads_words_after_their_title(only_chunk: Only) -> None:
    found = only_chunk("talk.txt", INTERVIEW)
    assert titled(found, "There were too many.") == "Silence is an instrument: There were too many."
    assert titled(found, "Silence is an instrument") == "Silence is an instrument"
    assert titled(only_chunk("talk.txt", "There were too many."), "Too many.") == "Too many."


@pytest.mark.parametrize(
    ("text", "question", "quotable"),
    [
        (
            "§ 3 Rent of the shop\nTenants pay 1,720 euros.",
            "What is the rent?",
            ["Tenants pay 1,720 euros.", "§ 3 Rent of the shop"],
        ),
        ("Call Anna on Tuesday\nBring the file.", "When do I call Anna?", ["Bring the file.", "Call Anna on Tuesday"]),
        ("Dentist on Tuesday\n\nBring the card.", "When is the dentist?", ["Bring the card.", "Dentist on Tuesday"]),
        (
            "How much is the fee?\n20 euros\n\nYou pay in cash.",
            "What is the fee?",
            ["How much is the fee?\n20 euros", "You pay in cash."],
        ),
        (
            "(a) the rent is 1,720 euros,\n(b) dogs may come.",
            "What is the rent?",
            ["(a) the rent is 1,720 euros,", "(b) dogs may come."],
        ),
        ("Hi Luis,\nthe pumps come on the 23rd.", "When do the pumps come?", ["the pumps come on the 23rd."]),
    ],
)
def test_a_heading_comes_after_what_is_below_it(
    index: Index, write: Write, text: str, question: str, quotable: list[str]
) -> None:
    sync([write("a.txt", text)], index)
    sentences = evidence(question, retrieve(question, index), index)
    assert [sentence.text for sentence in whole_sentences(question, sentences)] == quotable


def test_what_the_title_is_about_counts_when_it_is_judged_whether_a_sentence_gives_the_answer(
    index: Index, write: Write
) -> None:
    sync([write("pumps.txt", "Delivery of the new pumps\n\nThe invoice is 18,400 euros.")], index)
    said = {"say": "It is 18,400 euros.", "gives": lambda last: YES if "the new pumps: The invoice" in last else NO}
    found = ask("How much is the invoice for the new pumps?", index, Small(replies=said, believes="."))
    assert found.citations[0].quote == "The invoice is 18,400 euros."


def test_a_question_of_a_document_is_quoted_with_its_answer(index: Index, write: Write) -> None:
    sync([write("router.md", FAQ)], index)
    found = answer("How can I reset the Halden router?", index=index, settings=Settings(llm="quotes"))
    assert "> How do I reset it? Hold the button for twelve seconds. [" in found.text
    assert found.citations[0].quote in FAQ


def test_a_question_of_a_document_alone_is_no_answer(index: Index, write: Write) -> None:
    sync([write("survey.txt", "Survey\n\nHow do you reset the Halden router?\n\nHow often do you reset it?")], index)
    found = answer("How can I reset the Halden router?", index=index, settings=Settings(llm="quotes"))
    assert found.verdict == "not_in_documents"
