"""Sheets, CSV and JSON: every row and value says what it is."""

import base64
import datetime
import json

import openpyxl
import pytest
from folder import saved, workbook

from index.errors import UnreadableDocument
from index.loaders.data import load_json, load_jsonl
from index.loaders.tables import load_csv, load_xlsx, rows_as_text


def rows(*table: str) -> list[str]:
    """The text of rows that are written as `a,b,c`."""
    return list(rows_as_text(row.split(",") for row in table))


def test_a_row_says_what_its_values_are() -> None:
    assert rows("Boat,Year", "Heron,1990", "Albatross,") == ["Boat: Heron | Year: 1990", "Boat: Albatross"]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (["All boats", "", "Boat,Year", "Heron,1990"], ["All boats", "Boat: Heron | Year: 1990"]),
        (["Boat,2023,2024", "Heron,5,6"], ["Boat: Heron | 2023: 5 | 2024: 6"]),
        (["1,2", "3,4"], ["1 | 2", "3 | 4"]),
        (["Heron,12.50", "Albatross,13"], ["Heron | 12.50", "Albatross | 13"]),
        (["A,A", "1,2"], ["A | A", "1 | 2"]),
        (["one", "two"], ["one", "two"]),
        (["Boat,Year"], ["Boat | Year"]),
        (["Boat,Year", "Heron,1990,extra"], ["Boat: Heron | Year: 1990 | extra"]),
        (["Boat,,Year", "Heron,x,1990"], ["Boat: Heron | x | Year: 1990"]),
        ([], []),
    ],
)
def test_the_header_is_found_or_does_without(table: list[str], text: list[str]) -> None:
    assert rows(*table) == text


def test_no_row_is_lost() -> None:
    assert len(rows("Boat,Year", *(f"Boat {n},{n}" for n in range(50)))) == 50


def test_every_sheet_of_a_workbook_is_a_section() -> None:
    parsed = load_xlsx(workbook())
    assert [(section.name, section.apart) for section in parsed.sections] == [
        ("Sheet People", True),
        ("Sheet Boats", True),
    ]
    assert parsed.text == (
        "Name: Anna | Work: keeps the books\n\nAll our boats\n\n"
        "Boat: Albatross | Colour: yellow | Year: 1984 | Price: 1250.5\n\nBoat: Heron | Colour: green | Year: 1990"
    )


def test_values_are_shown_as_a_sheet_shows_them() -> None:
    file = openpyxl.Workbook()
    file.active.append(["Day", "Moment", "Share", "Sum", "Yes"])
    moment = datetime.datetime(2024, 5, 1, 12, 30)
    file.active.append([datetime.date(2024, 5, 1), moment, 0.125, 0.1 + 0.2, True])
    file.active["C2"].number_format = "0.0%"
    text = load_xlsx(saved(file)).text
    assert text == "Day: 2024-05-01 | Moment: 2024-05-01 12:30:00 | Share: 12.5% | Sum: 0.3 | Yes: True"


def test_a_sheet_with_one_value_at_its_end_takes_no_time() -> None:
    file = openpyxl.Workbook()
    file.active["XFD1048576"] = "far away"
    assert load_xlsx(saved(file)).text == "far away"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Boat,Year\nHeron,1990\n", "Boat: Heron | Year: 1990"),
        ("Boat;Year\nHeron;1990\nAlbatross;1984\n", "Boat: Heron | Year: 1990\n\nBoat: Albatross | Year: 1984"),
        ("Boat\tYear\nHeron\t1990\n", "Boat: Heron | Year: 1990"),
        ('Boat,Note\nHeron,"two\nlines, and ""more"""\n', 'Boat: Heron | Note: two lines, and "more"'),
        ("\ufeffBoat,Year\r\nHeron,1990\r\n", "Boat: Heron | Year: 1990"),
        ("only one column\nand a line\n", "only one column\n\nand a line"),
    ],
)
def test_csv_of_every_dialect(data: str, text: str) -> None:
    assert load_csv(data.encode()).text == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('{"a": {"b": [1, 2]}, "c": "x"}', "a.b: 1, 2\nc: x"),
        ('{"a": [{"b": 1}, {"b": null, "c": true}]}', "a[1].b: 1\na[2].c: true"),
        ('[{"a": 1}, {"a": 2}]', "a: 1\n\na: 2"),
        ('"just words"', "just words"),
        ('{"a": "first\\n\\nsecond"}', "a: first\n\nsecond"),
        ('{"source": "# The boats", "png": "' + "iVBORw0KGgo\\n" * 200 + '"}', "source: # The boats"),
        ('{"a": 1, // a comment\n}', '{"a": 1, // a comment\n}'),
    ],
)
def test_json_says_where_each_value_is(value: str, text: str) -> None:
    assert load_json(value.encode()).text == text


def test_a_picture_in_base64_is_no_text_but_a_long_text_without_blanks_is() -> None:
    picture = base64.encodebytes(bytes(range(256)) * 8).decode()
    addresses = ",".join(f"https://example.org/{number}" for number in range(60))
    words = "\n".join(["one", "eleven", "three"] * 90)
    for packed in (picture, f"data:image/png;base64,{picture}", picture.replace("\n", "")):
        cell = {"image": packed, "see": addresses, "words": words}
        assert load_json(json.dumps(cell).encode()).text == f"see: {addresses}\nwords: {words}"


def test_json_of_any_depth_gives_a_reason() -> None:
    with pytest.raises(UnreadableDocument, match="nested too deep"):
        load_json(b"[" * 100_000)


@pytest.mark.parametrize("number", ["9" * 5000, "1e999"])
def test_a_number_of_any_length_costs_no_other_line(number: str) -> None:
    found = load_jsonl(f'{{"a": 1}}\n{{"b": {number}}}\n{{"a": 2}}'.encode()).text
    assert found.startswith("a: 1\n\n")
    assert found.endswith("\n\na: 2")
    assert number in found or number == "1e999"
    assert load_json(f'{{"b": {number}}}'.encode()).text


def test_a_line_that_is_no_json_is_kept() -> None:
    assert load_jsonl(b'{"a": 1}\n\nno json\n{"a": 2}').text == "a: 1\n\nno json\n\na: 2"


@pytest.mark.parametrize("key", ['"answerable": true', '"gold": ["a.txt"]', '"all_of": [["Oskar"]]'])
def test_questions_of_an_evaluation_are_no_source(key: str) -> None:
    with pytest.raises(UnreadableDocument, match="would answer themselves"):
        load_jsonl(f'{{"question": "Who?", "answers": ["Oskar"], {key}}}'.encode())


def test_questions_that_somebody_answered_are_one() -> None:
    assert load_jsonl(b'{"question": "Who?", "answer": "Oskar"}').text == "question: Who?\nanswer: Oskar"
    assert load_jsonl(b'{"question": "How much?", "gold": "5 grams"}').text == "question: How much?\ngold: 5 grams"
