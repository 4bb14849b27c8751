"""The language of short questions in many scripts, and the model that tells it, unpacked once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import language
from index.language import detect_language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("which countries did Altman visit?", "en"),
        ("WHO IS ALTMAN?", "en"),
        ("Quels pays Altman a-t-il visités ?", "fr"),
        ("Pourquoi ?", "fr"),
        ("Welche Länder hat Altman besucht?", "de"),
        ("¿Qué países visitó Altman?", "es"),
        ("Quali paesi ha visitato Altman?", "it"),
        ("Que países Altman visitou?", "pt"),
        ("Welke landen heeft Altman bezocht?", "nl"),
        ("Jakie kraje odwiedził Altman?", "pl"),
        ("Vilka länder besökte Altman?", "sv"),
        ("Какие страны посетил Альтман?", "ru"),
        ("Які країни відвідав Альтман?", "uk"),
        ("ما هي البلدان التي زارها ألتمان؟", "ar"),
        ("奥特曼访问了哪些国家？", "zh"),
        ("奧特曼訪問了哪些國家？", "zh"),
        ("アルトマンはどの国を訪問しましたか？", "ja"),
        ("OpenAIのCEOは誰ですか", "ja"),
        ("올트먼은 어느 나라를 방문했습니까?", "ko"),
        ("อัลท์แมนเดินทางไปเยือนประเทศใดบ้าง", "th"),
        ("ऑल्टमैन ने किन देशों का दौरा किया?", "hi"),
        ("Ποιες χώρες επισκέφθηκε ο Άλτμαν;", "el"),
        ("Altman hangi ülkeleri ziyaret etti?", "tr"),
        ("Altman đã đến thăm những quốc gia nào?", "vi"),
        ("An English sentence about the word λόγος in Greek.", "en"),
        ("12 34", None),
        ("", None),
        ("Altman", None),
    ],
)
def test_the_language_of_a_short_question_is_told(question: str, language: str | None) -> None:
    assert detect_language(question) == language


# The model.


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder that is not there yet, and no model in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    language._load.cache_clear()
    yield tmp_path / "cache"
    language._load.cache_clear()


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("footnote/py3langid-*/*"))


def test_the_kept_model_is_the_one_of_the_package(cache: Path) -> None:
    expected = language._packed()
    found = language._model()
    assert len(kept(cache)) == 6
    assert all((a == b).all() for a, b in zip(found[:2], expected[:2], strict=True))
    assert [list(part) for part in found[2:]] == [list(part) for part in expected[2:]]


def test_the_model_is_unpacked_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert detect_language("Quels pays Altman a-t-il visités ?") == "fr"
    assert len(kept(cache)) == 6
    language._load.cache_clear()
    monkeypatch.setattr(language, "_packed", lambda: pytest.fail("unpacked again"))
    assert detect_language("Quels pays Altman a-t-il visités ?") == "fr"


@pytest.mark.parametrize(
    ("number", "damage"),
    [(0, b""), (1, b"not an array"), (2, b"\x93NUMPY\x01\x00"), (3, None), (4, b"PK\x03\x04"), (5, None)],
)
def test_a_kept_model_that_is_damaged_is_made_anew(cache: Path, number: int, damage: bytes | None) -> None:
    language._model()
    path = kept(cache)[number]
    whole = path.read_bytes()
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert detect_language("Quels pays Altman a-t-il visités ?") == "fr"
    assert path.read_bytes() == whole


def test_without_a_cache_the_model_is_that_of_the_package(cache: Path) -> None:
    cache.write_text("in the way")
    assert detect_language("Quels pays Altman a-t-il visités ?") == "fr"
