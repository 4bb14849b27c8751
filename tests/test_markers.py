"""Which words a marker belongs to, however a model writes it and wherever it puts it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rag.markers import Piece, is_marked, read_pieces


def read(text: str) -> list[tuple[str, tuple[int, ...]]]:
    pieces, _ = read_pieces(text)
    return [(piece.words, piece.numbers) for piece in pieces]


def rebuilt(text: str) -> str:
    pieces, end = read_pieces(text)
    return "".join(piece.gap + piece.words for piece in pieces) + end


@pytest.mark.parametrize(
    ("marker", "numbers"),
    [
        (" [1]", (1,)),
        ("[1]", (1,)),
        ("  [1]", (1,)),
        ("\u00a0[1]", (1,)),
        ("\n[1]", (1,)),
        (" [1, 2]", (1, 2)),
        (" [1;12]", (1, 12)),
        (" [1][2]", (1, 2)),
        (" [1] [2]", (1, 2)),
        (" [1], [2]", (1, 2)),
        (" [1-3]", (1, 2, 3)),
        (" [1–3, 5]", (1, 2, 3, 5)),
        (" [3-1]", (3, 1)),
        (" [1-999]", (1, 999)),
        ("【1】", (1,)),
        (" [^2]", (2,)),
        (" [2†source]", (2,)),
        (" 【3†L1-L9】", (3,)),
        (" [ 4 ]", (4,)),
        (" [0]", (0,)),
        (" [999]", (999,)),
        (" [Source 1]", (1,)),
        (" [source: 1, 2]", (1, 2)),
        (" [Passage 2]", (2,)),
        ("¹", (1,)),
        (" ²", (2,)),
        ("¹²", (12,)),
        ("¹,²", (1, 2)),
    ],
)
@pytest.mark.parametrize("after", ["", ".", ". He left.", " and left."])
def test_forms_of_a_marker(marker: str, numbers: tuple[int, ...], after: str) -> None:
    if "\n" in marker and after:
        after = f"\n{after}"  # alone in its line
    (words, found), *rest = read(f"Altman visited Japan{marker}{after}")
    assert (words, found) == ("Altman visited Japan", numbers)
    assert all(found == () for _, found in rest)


@pytest.mark.parametrize(
    "text",
    [
        "Paris [x]",
        "Paris [12345]",
        "Paris [1,]",
        "Paris [1.5]",
        "Paris []",
        "Paris [see 1]",
        "Paris (1) and (2)",
        "Paris (Source 1)",
        "Paris [1",
        "Paris [2†source",
        "50 km²",
        "an area of 3 miles²",
        "3 m³ of water",
        "10⁶ grains",
        "x² and mc²",
    ],
)
def test_what_only_looks_like_a_marker_is_text(text: str) -> None:
    assert read(text) == [(text, ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("[1]", []),
        (" \n- [1]\n", []),
        ("He saw Japan. [1] He left. [2]", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("He saw Japan.[1] He left.  [2]", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("He saw Japan [1]. [2] He left", [("He saw Japan", (1, 2)), ("He left", ())]),
        ("He saw Japan.\n[1]\nHe left.\n\n[2]\n", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("[1] He saw Japan.\n[2] He left.", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("- [1] He saw Japan.\n- [2] He left.", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("1. [1] He saw Japan\n2) He left [2]", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("[1] He saw Japan. He left. [2]", [("He saw Japan", (1,)), ("He left", (2,))]),
        ("He saw Japan. He left [2].", [("He saw Japan", ()), ("He left", (2,))]),
        ("He saw Japan [1], Korea [1] and Peru [2].", [("He saw Japan", (1,)), ("Korea", (1,)), ("and Peru", (2,))]),
        ("He saw (Japan [1]) and left.", [("He saw (Japan", (1,)), ("and left", ())]),
        ("Dr. Okafor saw Mr. Smith [1].", [("Dr. Okafor saw Mr. Smith", (1,))]),
        ("He went to the U.S. [1] and left.", [("He went to the U.S", (1,)), ("and left", ())]),
        ("It costs $1.5 bn [1]!", [("It costs $1.5 bn", (1,))]),
        ("**Japan** [1]\n# Trips\n> He left [2]", [("**Japan**", (1,)), ("Trips", ()), ("He left", (2,))]),
        ("他访问了日本 [1]、韩国 [1]。他走了 [2]。", [("他访问了日本", (1,)), ("韩国", (1,)), ("他走了", (2,))]),
        ("زار اليابان [1]؟ غادر [2].", [("زار اليابان", (1,)), ("غادر", (2,))]),
    ],
)
def test_the_words_that_a_marker_belongs_to(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert read(text) == expected


def test_pieces_know_their_sentence() -> None:
    pieces, end = read_pieces("- Altman visited Japan [1], South Korea [1] and India [2]. He left.\n")
    assert pieces == [
        Piece("\n- ", "Altman visited Japan", (1,), (), "Altman visited Japan, South Korea and India"),
        Piece(", ", "South Korea", (1,), ("Altman visited Japan",), "Altman visited Japan, South Korea and India"),
        Piece(
            " ",
            "and India",
            (2,),
            ("Altman visited Japan", "South Korea"),
            "Altman visited Japan, South Korea and India",
        ),
        Piece(". ", "He left", (), (), "He left"),
    ]
    assert end == ".\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Japan [1]", True),
        ("Japan [1]. ", True),
        ("Japan [1]. He", False),
        ("Japan [1] \n", True),
        ("Japan", False),
        ("", False),
        ("a¹", True),
    ],
)
def test_words_are_complete_when_their_marker_is_there(text: str, expected: bool) -> None:
    assert is_marked(text) == expected


# Mostly what markers and sentences are made of, so that half markers and near markers come up all the time.
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["[", "]", "【", "^", "†", ",", ". ", " ", "\n", "\n- ", "1", "²", "[1]", " [2, 3]", "Japan"]),
        st.text(max_size=8),
    ),
    max_size=14,
).map("".join)


@hypothesis_settings(deadline=None)
@given(text=TEXTS)
@example(text="0\x85.")
def test_no_word_is_lost_added_or_moved(text: str) -> None:
    pieces, _ = read_pieces(text)
    markers = re.compile(
        r"[\[【]\^?\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*(?:†[^\]】\n]{0,40})?[\]】]|[⁰¹²³⁴⁵⁶⁷⁸⁹]", re.IGNORECASE
    )
    words = re.compile(r"[^\W\d_]")  # the number of an item goes with the item
    assert words.findall(markers.sub("", rebuilt(text))) == words.findall(markers.sub("", text))
    for piece in pieces:
        assert piece.words.strip() == piece.words != ""
        assert piece.sentence.endswith(piece.words) or piece.words in piece.sentence
        assert all(words in piece.sentence for words in piece.before)
