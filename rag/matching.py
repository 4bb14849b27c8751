"""Does a text give an accepted answer? SQuAD's comparison, made to work in every script.

SQuAD (Rajpurkar et al., 2016) compares without case, punctuation and articles; MLQA (Lewis et al., 2020) has the
articles of other languages. Here a text has to contain an accepted answer, on the borders of words; where a script
has no spaces between words, as Chinese and Thai, every character is a word.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from index.lexical import UNSPACED

ARTICLES = frozenset(
    word
    for words in (
        "a an the",
        "le la les l un une des",
        "der die das den dem des ein eine einen einem einer eines",
        "el la los las lo un una unos unas",
        "il lo i gli la le l uno una",
        "o a os as um uma uns umas",
        "de het een",
        "els les",
        "en ett et",
        "η ο οι το τα τον την του της των",
        "a az",
    )
    for word in words.split()
)
# Accents, also of Hebrew and Arabic, but neither vowel signs (Hindi, Thai) nor the marks that make か another kana.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}")  # U.S.
_POINT = "\u066b"  # the Arabic decimal separator stands for all of them
_GROUPED = re.compile(r"(?<![\d.,\u066b])\d{1,3}([.,'’\u066c ])\d{3}(?:\1\d{3})*(?!\d)")  # 1,000,000
_DECIMAL = re.compile(r"(?<![\d.,\u066b])(\d+)[.,\u066b](\d+)(?![.,\u066b]?\d)")  # 3.5, but no date and no version
# "And", "in", "to", "the" and the like, which Arabic and Hebrew write as one with the word after them. Before short
# words only what is hardly part of another word.
_GLUED = (
    (re.compile("[\u0620-\u064a]{4,}"), "[وف]?(?:[بكل]?(?:ال)?|لل)"),
    (re.compile("[\u0620-\u064a]{2,3}"), "(?:[وفبك]ال|لل)?"),
    (re.compile("[א-ת]{4,}"), "[וש]?[הבכלמ]?"),
)
_SKIPPED = f"(?:(?:{'|'.join(sorted(ARTICLES))}) )*"


def holds(text: str, accepted: Iterable[str]) -> bool:
    """Whether `text` contains one of the accepted answers.

    Case, punctuation, diacritics, articles, the script of digits and how thousands are grouped make no difference.
    An answer without a letter or a digit is contained in nothing.
    """
    normal = f" {' '.join(_words(text))} "
    return any((pattern := _pattern(answer)) and pattern.search(normal) for answer in accepted)


@lru_cache(maxsize=4096)
def _pattern(answer: str) -> re.Pattern[str] | None:
    """What finds an answer among words; articles before and inside it may be there or not."""
    words = _words(answer)
    if not words:
        return None
    first = next((n for n, word in enumerate(words) if word not in ARTICLES), None)
    if first is None:  # an answer such as "A", a vitamin
        return re.compile(re.escape(f" {' '.join(words)} "))
    *inner, last = words[first:]  # the last is no article of anything: "vitamin A"
    parts = [f"(?:{re.escape(word)} )?" if word in ARTICLES else re.escape(f"{word} ") for word in inner]
    before = next((prefix for letters, prefix in _GLUED if letters.fullmatch(words[first])), "")
    return re.compile(f" {before}" + _SKIPPED.join([*parts, re.escape(f"{last} ")]))


def _words(text: str) -> list[str]:
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = "".join(str(unicodedata.decimal(character, character)) for character in _ACCENTS.sub("", text))
    text = _GROUPED.sub(lambda match: re.sub(r"\D", "", match[0]), text)
    text = _DECIMAL.sub(rf"\1{_POINT}\2", text)
    text = unicodedata.normalize("NFC", text)  # puts the syllables of Hangul together again
    text = "".join(c if c == _POINT or unicodedata.category(c)[0] in "LMN" else " " for c in text)
    text = UNSPACED.sub(lambda match: f" {' '.join(match[0])} ", text)
    return [_without_arabic_article(word) for word in text.split()]


def _without_arabic_article(word: str) -> str:
    return word.removeprefix("ال") if len(word) > 4 else word  # which is written as one with its word
