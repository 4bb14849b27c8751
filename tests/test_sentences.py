"""Where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentence_spans


def sentences(text: str, language: str | None = None) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "He met Mr. Smith. She did not.", ["He met Mr. Smith.", "She did not."]),
        ("en", "It cost 3.5 million. Nobody paid.", ["It cost 3.5 million.", "Nobody paid."]),
        ("fr", "M. Altman est venu. Il est reparti !", ["M. Altman est venu.", "Il est reparti !"]),
        (
            "fr",
            "Selon MM. J. Ramos et C.-H. Dupont, c'est fini. Non.",
            ["Selon MM. J. Ramos et C.-H. Dupont, c'est fini.", "Non."],
        ),
        ("en", "J. R. R. Tolkien wrote it. Ms. Hill read it.", ["J. R. R. Tolkien wrote it.", "Ms. Hill read it."]),
        ("fr", "Qui ? Lui.", ["Qui ?", "Lui."]),
        ("de", "Das war z. B. in Köln. Dann nicht mehr.", ["Das war z. B. in Köln.", "Dann nicht mehr."]),
        ("de", "Er starb am 7. Januar 1943. Sie lebt.", ["Er starb am 7. Januar 1943.", "Sie lebt."]),
        ("de", "Es war im 19. Jahrhundert.", ["Es war im 19. Jahrhundert."]),
        ("en", "They won 12. Nobody lost.", ["They won 12.", "Nobody lost."]),
        ("zh", "他访问了日本。他也访问了印度。", ["他访问了日本。", "他也访问了印度。"]),
        ("ja", "日本を訪れた。インドも？", ["日本を訪れた。", "インドも？"]),
        ("hi", "वह भारत गए। फिर लौट आए।", ["वह भारत गए।", "फिर लौट आए।"]),
        ("ar", "هل زار اليابان؟ نعم.", ["هل زار اليابان؟", "نعم."]),
        (
            "th",
            "ร้านหนังสือแห่งใหม่เปิดเมื่อวันเสาร์ที่ผ่านมา ร้านมีหนังสือ 900 เล่ม และเปิดทุกวัน คุณมาลี ใจดี เจ้าของร้าน กล่าวว่าลูกค้าชอบมาก",
            [
                "ร้านหนังสือแห่งใหม่เปิดเมื่อวันเสาร์ที่ผ่านมา",
                "ร้านมีหนังสือ 900 เล่ม และเปิดทุกวัน",
                "คุณมาลี ใจดี เจ้าของร้าน กล่าวว่าลูกค้าชอบมาก",
            ],
        ),
        ("th", "เรือลำนี้สร้างเมื่อ พ.ศ. 2472 โดย ดร. วิภา", ["เรือลำนี้สร้างเมื่อ พ.ศ. 2472 โดย ดร. วิภา"]),
        (
            "th",
            "กรมกลาโหมสร้างโทรเลขสายแรกจากกรุงเทพฯไปถึงเมืองสมุทรปราการใน พ.ศ. 2418 แล้วเปิดใช้งานอย่างเป็นทางการ",
            ["กรมกลาโหมสร้างโทรเลขสายแรกจากกรุงเทพฯไปถึงเมืองสมุทรปราการใน พ.ศ. 2418 แล้วเปิดใช้งานอย่างเป็นทางการ"],
        ),
        ("hi", "डॉ. राम और पं. नेहरू आए। वह है. फिर गए.", ["डॉ. राम और पं. नेहरू आए।", "वह है.", "फिर गए."]),
        ("ar", "ولد د. أحمد في القاهرة. ثم سافر.", ["ولد د. أحمد في القاهرة.", "ثم سافر."]),
        ("vi", "GS. An sống ở TP.HCM. Ông đã già.", ["GS. An sống ở TP.HCM.", "Ông đã già."]),
        ("tr", "M.Ö. 300 yılında kuruldu. Av. Ak geldi.", ["M.Ö. 300 yılında kuruldu.", "Av. Ak geldi."]),
        ("pl", "Był tam m.in. z bratem. Potem wyszedł.", ["Był tam m.in. z bratem.", "Potem wyszedł."]),
        ("ru", "Это дорого, т. е. много. Да.", ["Это дорого, т. е. много.", "Да."]),
        ("pt", "Mora na Av. Paulista, n. 5. Sim.", ["Mora na Av. Paulista, n. 5.", "Sim."]),
        ("ko", "그는 새 집.그녀는 왔다. 물.", ["그는 새 집.", "그녀는 왔다.", "물."]),
        ("en", "we saw him. he was old. it is red.", ["we saw him.", "he was old.", "it is red."]),
        ("ru", "он тут. это я. она там.", ["он тут.", "это я.", "она там."]),
        (
            "en",
            "It covers it.Returns are free. We saw it. iPhone",
            ["It covers it.", "Returns are free.", "We saw it.", "iPhone"],
        ),
        ("fr", "Ils préparent le TP. Le professeur corrige.", ["Ils préparent le TP.", "Le professeur corrige."]),
        (None, "One. Two.", ["One.", "Two."]),
        ("xx", "One. Two.", ["One.", "Two."]),
    ],
)
def test_sentences_end_by_the_rules_of_their_language(language: str | None, text: str, expected: list[str]) -> None:
    assert sentences(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A heading\n\nA sentence. Another", ["A heading", "A sentence.", "Another"]),
        ("A heading\nA sentence.", ["A heading", "A sentence."]),
        ("- one\n- two\n* three", ["- one", "- two", "* three"]),
        ("1. one\n2) two\n3. three. And more.", ["1. one", "2) two", "3. three.", "And more."]),
        ("| a | b |\n| c | d |", ["| a | b |", "| c | d |"]),
        ("   \n\n  \n", []),
        ("", []),
    ],
)
def test_headings_items_and_rows_stand_alone(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_wrapped_line_goes_on() -> None:
    text = "The minister of information technology said on Wednesday that the\ncountry would build its own models."
    assert sentences(text) == [text]


def test_an_emoji_does_not_shift_what_follows() -> None:
    assert sentences("Well done 👩‍👩‍👧 𝄞. Now rest.") == ["Well done 👩‍👩‍👧 𝄞.", "Now rest."]


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u202f", "\u3000"])
def test_a_capital_before_a_wide_blank_and_a_point_is_no_trouble(blank: str) -> None:
    text = f"Voilà le plan B{blank}. Il reste{blank}!"
    assert sentences(text, "fr") == [f"Voilà le plan B{blank}. Il reste{blank}!"]


@given(
    st.text(st.sampled_from('aB1é中 .!?。…"»)\n\t\u00a0\u202f\u3000😀-'), max_size=80),
    st.sampled_from(["en", "fr", "zh", None]),
)
def test_sentences_are_in_order_and_lose_nothing_but_blanks(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    kept = "".join(text[s.start : s.end] for s in spans)
    assert "".join(kept.split()) == "".join(text.split())
