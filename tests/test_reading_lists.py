"""Lists and questions with two parts, as a small model answers them; the replies are scripted, the rest is real."""

import re
from typing import Any

import pytest
from conftest import Write
from small_model import COUNTRIES, SURE, Small, ask, stated

from index import Index, sync
from rag import Settings
from rag.examples import LIST, NO, SINGLE, YES


def test_countries_get_their_name_in_the_language_of_the_question(seeds_index: Index) -> None:
    model = Small(replies={"kind": LIST, "read": "Japon; la Corée du Sud", "state": "Altman hat Japan besucht."})
    ask("Welche Länder hat Altman besucht?", seeds_index, model)
    (stated,) = (last for kind, last in model.asked if kind == "state")
    assert "Answers: Japan; Südkorea\n" in stated


def test_a_list_has_each_item_with_its_source(seeds_index: Index) -> None:
    sentences = "Altman visited Japan.\nAltman visited South Korea."
    model = Small(replies={"kind": LIST, "read": "Japan; South Korea", "state": sentences}, believes="Japan|Korea")
    found = ask(COUNTRIES, seeds_index, model)
    assert stated(found) == ["Altman visited Japan. [1]", "Altman visited South Korea. [2]"]
    assert all("le Japon et la Corée du Sud" in citation.quote for citation in found.citations)


def visited(last: str) -> str:
    """The sentences for the items that are asked about."""
    items = re.findall(r"Answers: (.*)\n", last)[0].split("; ")
    return "\n".join(f"Altman visited {item}." for item in items)


def test_items_that_were_overlooked_are_asked_for_again(seeds_index: Index) -> None:
    def read(last: str) -> str:
        return "Japan; South Korea" if "le Japon et la Corée du Sud" in last else "India"

    model = Small(replies={"kind": LIST, "read": read, "state": visited}, believes=".")
    found = ask(COUNTRIES, seeds_index, model)
    assert [line.rsplit(" [", 1)[0] for line in found.text.split("\n\n")] == [
        "Altman visited Japan.",
        "Altman visited South Korea.",
        "Altman visited India.",
    ]


@pytest.mark.parametrize(
    ("items", "kept"),
    [
        ("Guinea; Guinea-Bissau; Ghana", ["Guinea", "Guinea-Bissau", "Ghana"]),
        ("Guinea-Bissau; Ghana; Guinea", ["Guinea-Bissau", "Ghana", "Guinea"]),
        ("Japan; Ghana; Japan; Ghana; Ja", ["Japan", "Ghana"]),  # it repeats itself until it is cut off
    ],
)
def test_an_item_that_another_begins_like_is_an_item(index: Index, write: Write, items: str, kept: list[str]) -> None:
    countries = " ".join(f"Altman visited {country}." for country in ("Guinea", "Guinea-Bissau", "Ghana", "Japan"))
    sync([write("a.txt", countries)], index)
    replies = {"kind": LIST, "read": lambda last: items if "Ghana" in last else "NONE", "state": visited}
    found = ask(COUNTRIES, index, Small(replies=replies | {"insisted": "NONE"}, believes=r"visited (.*)\. <- .* \1\."))
    assert [text.rsplit(" [", 1)[0] for text in stated(found)] == [f"Altman visited {country}." for country in kept]


def test_items_of_files_that_are_alike_are_asked_for_again_too(index: Index, write: Write) -> None:
    files = {"a.txt": "Japan", "b.txt": "Korea", "c.txt": "India"}
    sync([write(name, f"Altman visited {country} in spring.") for name, country in files.items()], index)

    replies = {"kind": LIST, "read": lambda last: "Japan; Korea" if "Japan" in last else "India", "state": visited}
    found = ask(COUNTRIES, index, Small(replies=replies, believes=r"visited (\w+)\. <- Altman visited \1"))
    assert sorted(citation.source for citation in found.citations) == ["a.txt", "b.txt", "c.txt"]


def test_what_the_judge_does_not_believe_is_left_out(seeds_index: Index) -> None:
    sentences = "Altman visited Japan.\nAltman visited the Moon."
    replies = {"kind": LIST, "read": "Japan; the Moon", "state": sentences}
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan"))
    assert (stated(found), found.removed) == (["Altman visited Japan. [1]"], ("Altman visited the Moon.",))
    marked = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan"), settings=Settings(strict=False))
    assert stated(marked) == ["Altman visited Japan. [1]", "Altman visited the Moon. (no source found)"]


def test_a_heading_is_no_source_of_what_the_question_says_already(index: Index, write: Write) -> None:
    text = "# Vendors of the school\n\n## Vendors\n\nNorthwind sells the ovens. Kessler sells the paper.\n"
    sync([write("plan.md", text)], index)

    def read(last: str) -> str:
        return "Northwind; Kessler" if "ovens" in last else "vendors"

    def state(last: str) -> str:
        names = re.findall(r"Answers: (.*)\n", last)[0].split("; ")
        return "\n".join(f"{name} is a vendor." if name[0].isupper() else f"The {name} are vendors." for name in names)

    replies = {"kind": LIST, "read": read, "state": state}
    believes = r"(Northwind|Kessler) .* <- \1|vendors.* <- .*Vendors"
    found = ask("Who are the vendors?", index, Small(replies=replies, believes=believes))
    assert stated(found) == ["Northwind is a vendor. [1]", "Kessler is a vendor. [2]"]
    assert found.removed == ("The vendors are vendors.",)


def test_items_may_be_headings(index: Index, write: Write) -> None:
    text = "# Vendors\n\n## Northwind\n\nDelivers the ovens since 2019.\n\n## Kessler\n\nDelivers the paper.\n"
    sync([write("plan.md", text)], index)
    said = "Northwind is a vendor.\nKessler is a vendor."
    replies = {"kind": LIST, "read": "Northwind; Kessler", "state": said}
    found = ask("Which vendors are there?", index, Small(replies=replies, believes=r"(\w+) is .* <- .*\1"))
    assert stated(found) == ["Northwind is a vendor. [1]", "Kessler is a vendor. [2]"]


def test_items_that_only_retell_a_source_in_pieces_are_no_list(index: Index, write: Write) -> None:
    source = "Apotheker dürfen keine Verbände mit Ärzten gründen und ihnen keine Provisionen zahlen."
    sync([write("a.txt", source)], index)
    said = "Apotheker dürfen mit Ärzten keine Verbände gründen und ihnen keine Provisionen zahlen."
    pieces = "keine Verbände mit Ärzten zu gründen; ihnen keine Provisionen zu zahlen"
    model = Small(replies={"kind": LIST, "read": pieces, "say": said}, believes=".")
    assert ask("Was ist Apothekern verboten?", index, model).text == f"{said} [1]"
    assert "state" not in model.kinds()


def test_a_model_that_says_none_of_a_list_is_asked_again_and_then_judged(seeds_index: Index) -> None:
    replies = {"kind": LIST, "read": "NONE", "insisted": "Japan; Korea", "say": "NONE"}
    replies["state"] = "Altman visited Japan.\nAltman visited Korea."
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan|Korea"))
    assert stated(found) == ["Altman visited Japan. [1]", "Altman visited Korea. [2]"]
    assert ask(COUNTRIES, seeds_index, Small(replies=replies | {"gives": NO})).verdict == "not_in_documents"


def test_of_a_list_items_from_a_sentence_beside_the_point_are_left_out(seeds_index: Index) -> None:
    replies: dict[str, Any] = {"kind": LIST, "read": "Japan; South Korea; Vaishnaw"}
    replies["state"] = "Altman visited Japan.\nAltman visited South Korea.\nAltman visited Vaishnaw."
    replies["gives"] = lambda last: NO if "depuis 2023" in last else YES
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan|Korea|Vaishnaw"))
    assert stated(found) == ["Altman visited Japan. [1]", "Altman visited South Korea. [2]"]
    assert found.removed == ("Altman visited Vaishnaw.",)


def test_words_of_another_language_stand_below_a_list_that_one_sentence_has(seeds_index: Index) -> None:
    sentences = "Altman visited Japan.\nAltman visited South Korea."
    model = Small(replies={"kind": LIST, "read": "Japan; South Korea", "state": sentences}, believes="Japan|Korea")
    found = ask(COUNTRIES, seeds_index, model)
    *_, last = found.citations
    assert found.text.split("\n\n")[2:] == [f"> {last.quote} [3]"]
    assert last.support == 1
    doubted = ask(COUNTRIES, seeds_index, model.model_copy(update={"odds": {"judge": -0.3}}))
    assert (doubted.text, doubted.removed) == (f"> {last.quote} [1]", tuple(sentences.split("\n")))
    french = "Altman a visité le Japon cette semaine.\nAltman a visité la Corée du Sud cette semaine."
    untranslated = model.model_copy(update={"replies": {**model.replies, "state": french}, "believes": "Japon|Corée"})
    assert ask(COUNTRIES, seeds_index, untranslated).text == f"> {last.quote} [1]"


def test_in_one_language_a_list_that_one_sentence_has_is_quoted(index: Index, write: Write) -> None:
    sentence = "Die Brücken von Wenau und Langerwehe wurden 1911 vollendet."
    sync([write("a.txt", f"{sentence} In Düren gibt es keine.")], index)
    replies = {"kind": LIST, "read": "Wenau; Langerwehe", "state": "Wenau hat Brücken.\nLangerwehe hat Brücken."}
    found = ask("Welche Orte haben Brücken?", index, Small(replies=replies, believes=".", likely=SURE))
    assert found.text == f"> {sentence} [1]"


def test_a_sentence_without_an_item_that_says_no_more_than_the_question_is_none(seeds_index: Index) -> None:
    replies = {"kind": LIST, "read": "Japan; South Korea", "state": "Altman visited countries.\nAltman visited Japan."}
    assert stated(ask(COUNTRIES, seeds_index, Small(replies=replies, believes="."))) == ["Altman visited Japan. [1]"]
    question = "Which of Japan and South Korea did Altman visit?"
    both = replies | {"state": "Altman visited Japan.\nAltman visited South Korea."}
    found = ask(question, seeds_index, Small(replies=both, believes="."))
    assert stated(found) == ["Altman visited Japan. [1]", "Altman visited South Korea. [2]"]
    none = replies | {"state": "Altman visited countries.\nAltman visited countries.", "say": "Altman visited Japan."}
    assert stated(ask(COUNTRIES, seeds_index, Small(replies=none, believes="."))) == ["Altman visited Japan. [1]"]


def test_a_second_part_that_rests_on_some_of_the_words_is_said(index: Index, write: Write) -> None:
    sync([write("a.txt", "Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891.")], index)
    first, second = "When did Marie Curie move to Paris?", "Where was Marie Curie born?"
    whole = "When did Marie Curie move to Paris, and where was she born?"
    replies = {"kind": lambda last: LIST if last == whole else SINGLE, "read": "1891", "restate": second}
    replies |= {"split": f"{first}\n{second}"}
    born, moved = "Marie Curie was born in Warsaw in 1867.", "Marie Curie moved to Paris in 1891."
    replies["say"] = lambda last: born if f"Question: {second}" in last else moved
    believes = "moved.* <- Marie Curie was born .* She moved|born.* <- Marie Curie was born"
    found = ask(whole, index, Small(replies=replies, believes=believes))
    assert found.text == f"{moved} [1]\n\n{born} [2]"


WHAT_AND_WHY = "What did India's finance ministry advise, and why?"


WHAT, WHY = "What did India's finance ministry advise?", "Why did India's finance ministry advise that?"


def what_and_why(say: Any) -> dict[str, Any]:
    """Replies to the question with two parts, with what the model says to either."""

    def kind(last: str) -> str:
        return LIST if last == WHAT_AND_WHY else SINGLE

    return {"kind": kind, "read": "not to use ChatGPT", "say": say, "split": f"{WHAT}\n{WHY}", "restate": WHY}


def test_a_second_part_that_is_left_open_is_read_as_a_follow_up(seeds_index: Index) -> None:
    def say(last: str) -> str:
        is_second = "Question: Why" in last
        return "It feared for confidentiality." if is_second else "The ministry advised its staff not to use ChatGPT."

    replies = what_and_why(say)
    model = Small(replies=replies, believes="ChatGPT.* <- .*avait conseillé|confidentiality.* <- .*le risque")
    found = ask(WHAT_AND_WHY, seeds_index, model)
    assert stated(found) == [
        "The ministry advised its staff not to use ChatGPT. [1]",
        "It feared for confidentiality. [3]",
    ]
    assert "Il invoquait le risque" in found.citations[2].quote
    (restating,) = (last for kind, last in model.asked if kind == "restate")
    assert f"Question: {WHAT}\nAnswer: The ministry advised its staff not to use ChatGPT.\n" in restating


def test_where_the_answer_to_both_parts_is_doubted_each_is_asked_alone(seeds_index: Index) -> None:
    def say(last: str) -> str:
        if "Question: Why" in last:
            return "It feared for confidentiality."
        return f"The ministry advised its staff not to use ChatGPT{' to save money' if WHAT_AND_WHY in last else ''}."

    replies = what_and_why(say)
    believes = "ChatGPT.* <- .*avait conseillé|confidentiality.* <- .*le risque"
    found = ask(WHAT_AND_WHY, seeds_index, Small(replies=replies, believes=believes, doubts="Claim: .*to save money"))
    assert stated(found) == [
        "The ministry advised its staff not to use ChatGPT. [1]",
        "It feared for confidentiality. [3]",
    ]


def test_a_second_part_that_rests_on_the_same_words_is_not_said_again(seeds_index: Index) -> None:
    replies = what_and_why("The ministry advised its staff not to use ChatGPT.")
    found = ask(WHAT_AND_WHY, seeds_index, Small(replies=replies, believes="ChatGPT.* <- .*avait conseillé"))
    assert stated(found) == ["The ministry advised its staff not to use ChatGPT. [1]"]
    assert len(found.citations) == 2


def test_a_second_part_that_says_the_first_again_with_some_of_its_words_is_left_out(seeds_index: Index) -> None:
    advised = "The ministry advised its staff not to use ChatGPT"

    def say(last: str) -> str:
        return f"{advised} since it breaks rules." if "Question: Why" in last else f"{advised}, citing the risk."

    replies = what_and_why(say)
    believes = r"risk\. <- .*conseillé.* le risque|rules\. <- .*conseillé"
    found = ask(WHAT_AND_WHY, seeds_index, Small(replies=replies, believes=believes))
    assert stated(found) == [f"{advised}, citing the risk. [1]"]


def test_words_that_the_second_part_quotes_with_more_are_quoted_once(seeds_index: Index) -> None:
    advised = "The ministry advised its staff not to use ChatGPT"

    def say(last: str) -> str:
        return f"{advised} because of the risk for confidentiality." if "Question: Why" in last else f"{advised}."

    replies = what_and_why(say)
    believes = r"ChatGPT\. <- .*conseillé|because.* <- .*conseillé.* le risque"
    found = ask(WHAT_AND_WHY, seeds_index, Small(replies=replies, believes=believes))
    assert stated(found) == [f"{advised}. [1]", f"{advised} because of the risk for confidentiality. [2]"]
    assert [len(citation.quote.split(". ")) for citation in found.citations] == [1, 2, 2]


def test_a_list_of_one_is_no_question_with_two_parts(seeds_index: Index) -> None:
    replies = {"kind": LIST, "read": "Japan", "say": "Altman visited Japan."}
    model = Small(replies=replies | {"split": f"{COUNTRIES}\nWhat did Altman visit?"}, believes="Japan")
    assert stated(ask(COUNTRIES, seeds_index, model)) == ["Altman visited Japan. [1]"]
    assert "restate" not in model.kinds()
    assert model.kinds().count("kind") == 1
