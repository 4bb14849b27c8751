"""Numbers in a statement that its quote does not have: in digits of any script, in words, and with their size.

Neither an embedding model nor a small language model can tell 50 from 500.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache

from index.language import detect_language

# A date in digits is three numbers; else digits, in groups of three or not, with decimals or not.
NUMBER = re.compile(
    r"(?<!\d)(?:(?P<date>\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}))(?!\d)"
    r"|(?:\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?)"
)
# Signs for vowels, in Hindi and Thai, are no letters to a pattern.
SIZE = re.compile(r"[\s\-]*(mil\s+mil[lh]\w+|(?:[^\W\d_]|[\u0900-\u0963\u0e30-\u0e4e])+)")
# Beginnings of the words for powers of ten; a "billion" is a million millions in some languages, and in Japanese
# and Chinese one sign is not the same power.
SIZES = {
    **dict.fromkeys(("thousand", "tausend", "duizend", "tusen", "tysi", "tisíc", "тысяч", "тыс", "тисяч"), (3,)),
    **dict.fromkeys(("tuhat", "tuhan", "χιλιάδ", "אלף", "אלפי", "ألف", "آلاف"), (3,)),
    **dict.fromkeys(("हज़ार", "हजार", "千", "천"), (3,)),
    **dict.fromkeys(("万", "萬", "만", "หมื่น"), (4,)),
    **dict.fromkeys(("lakh", "लाख", "แสน"), (5,)),
    **dict.fromkeys(
        ("million", "millió", "milió", "milion", "milio", "milh", "miljo", "milló", "millo", "milyo"), (6,)
    ),
    **dict.fromkeys(("mio", "mln", "миллион", "мільйон", "млн", "εκατομμ", "مليون", "ملايين", "百万", "백만"), (6,)),
    **dict.fromkeys(("מיליון", "מיליוני", "मिलियन", "ล้าน"), (6,)),
    **dict.fromkeys(("crore", "करोड़", "करोड", "千万", "千萬", "천만"), (7,)),
    **dict.fromkeys(("億", "亿", "억"), (8,)),
    **dict.fromkeys(("mil mill", "mil milh", "milliard", "miliard", "miljard", "milyar", "mrd", "mld", "bn"), (9,)),
    **dict.fromkeys(("миллиард", "мільярд", "млрд", "δισεκατομμ", "مليار", "十億", "十亿", "십억"), (9,)),
    **dict.fromkeys(("מיליארד", "अरब", "बिलियन", "พันล้าน"), (9,)),
    **dict.fromkeys(("billion", "billió", "billó", "billo", "bilh", "biljo", "bilion", "بليون"), (9, 12)),
    **dict.fromkeys(("trilli", "trilló", "trillo", "trilh", "trilyo", "трилл", "трильйон", "تريليون"), (12, 18)),
    **dict.fromkeys(("兆", "조"), (6, 12)),
}
# Whole words: others begin like them.
WHOLE = {
    **dict.fromkeys(("mil", "mille", "mila", "milles", "mii", "bin", "nghìn", "ngàn"), (3,)),
    **dict.fromkeys(("triệu",), (6,)),
    **dict.fromkeys(("tỷ", "tỉ"), (9,)),
}
SHORT = {"k": (0, 3), "K": (0, 3), "M": (0, 6), "miles": (0, 3)}  # which may mean none: "300 K", "1903 M. Curie"
SMALL = 12  # numbers up to this are often written as words
# Numbers are looked for as words in these languages: there they have spaces around them, and nearly all one form.
WORDED = ("da", "de", "en", "es", "fr", "it", "nl", "no", "pt", "sv")
IN_WORDS = range(2, 100)  # "one" is an article in many
AMBIGUOUS = {"neuf", "sei", "venti"}  # "new", "you are" and "winds"
# What makes a larger number of the one beside it, as sizes do.
HUNDRED = re.compile(r"hund(?:red|ert|ra|re)\w*|honderd\w*|cents?|cem|cien|\w*(?:cient|quinient|cent|zent|nhent)[oa]s?")
AND = re.compile(r"(?:and|e|en|et|och|og|und|y)")
HYPHENS = re.compile("[-\u2010\u2011]")
CLOCK = 12  # hours: "acht Uhr" is 20:00


def missing_numbers(statement: str, quote: str) -> set[str]:
    """Numbers that the statement gives in digits and the quote does not have, or has in another size.

    `500 million` is not in `500 milliards`; `1,190.5` is in `1.190,5`, `37.6 billion` in `37 600 millones`, and `34` in
    `vierunddreißig`.
    """
    there = _numbers(quote)
    stated = _numbers(statement)
    amounts = _amounts(there)
    # Small numbers are often words in one of the two, unless the other has another small one.
    are_words = not any(_is_small(number) for number in (there.keys() | _spelt(quote)) - stated.keys())
    missing = set()
    for number, powers in stated.items():
        if number not in there:
            if _amounts({number: powers}) & amounts or (powers == {0} and number in _spelt(quote)):
                continue
            may_be_a_word = _is_small(number) and are_words and powers == {0}
            missing |= set() if may_be_a_word else {number}
        # In "500 to 600 million" the size comes later, and a heading may give it for all numbers of a table.
        elif not there[number] & {0}.union(*(stated.values() if powers == {0} else [powers])):
            missing.add(number)
    return missing


def replaced_numbers(translation: str, source: str) -> set[str]:
    """Numbers in words that a translation has for others of its source, in digits: "zwei" for "24".

    Only numbers below a hundred count: a year that is left out was not replaced.
    """
    there, said = _numbers(source).keys() | _spelt(source), _spelt(translation)
    lost = {number for number in there - said - _numbers(translation).keys() if _is_in_range(number)}
    by_the_clock = {str(int(number) - CLOCK) for number in lost}
    return set(said - there - by_the_clock) if lost else set()


def gives_other_numbers(text: str, quote: str) -> bool:
    """Whether both give numbers, in digits or in words, and none that is the same."""
    one, other = (_numbers(some).keys() | _spelt(some) for some in (text, quote))
    return bool(one and other) and not one & other


def _amounts(numbers: dict[str, set[int]]) -> set[Decimal]:
    """All that the numbers with their sizes may stand for."""
    return {Decimal(number).scaleb(power).normalize() for number, powers in numbers.items() for power in powers}


def _is_small(number: str) -> bool:
    return number.isdigit() and int(number) <= SMALL


def _numbers(text: str) -> dict[str, set[int]]:
    """Numbers in digits, without separators of thousands, each with the powers of ten that its next word may mean.

    That of a number that has no size is 0.
    """
    found: dict[str, set[int]] = {}
    plain = unicodedata.normalize("NFKC", text)  # digits of all scripts read alike below
    for match in NUMBER.finditer(plain):
        word = SIZE.match(plain, match.end())
        for number in match.group().split(".") if match["date"] else [match.group()]:
            found.setdefault(_number(number), set()).update((_powers(word[1]) if word else ()) or (0,))
    return found


def _powers(word: str) -> tuple[int, ...]:
    """The powers of ten that a word after a number may mean; none of most words."""
    if word in SHORT:
        return SHORT[word]
    plain = " ".join(word.casefold().split())
    stem = max((stem for stem in SIZES if plain.startswith(stem)), key=len, default=None)
    return WHOLE.get(plain) or (SIZES[stem] if stem else ())


def _number(text: str) -> str:
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    whole = re.sub(r"[.,'’\s](?=\d{3}(?!\d))", "", digits)
    whole = whole.replace(",", ".").lstrip("0")
    return (whole.rstrip("0").rstrip(".") if "." in whole else whole) or "0"


def _is_in_range(number: str) -> bool:
    return number.isdigit() and int(number) in IN_WORDS


@lru_cache(maxsize=64)
def _spelt(text: str) -> frozenset[str]:
    """Numbers in words, as digits, but for parts of larger ones; none in a language that is not one of `WORDED`."""
    language = detect_language(text)
    if language not in WORDED:
        return frozenset()
    words, pattern = _words(language)
    plain = _spaced(text)
    return frozenset(
        words[match.group()]
        for match in pattern.finditer(plain)
        if not _is_larger(reversed(plain[: match.start()].split()), words)
        and not _is_larger(plain[match.end() :].split(), words)
    )


def _is_larger(beside: Iterable[str], words: Mapping[str, str]) -> bool:
    """Whether what is beside a number, the nearest word first, makes a larger one of it."""
    word = next((word for word in beside if not AND.fullmatch(word)), "").strip(".,;:!?()")
    return word in words or bool(HUNDRED.fullmatch(word)) or bool(_powers(word))


@cache
def _words(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """The words for numbers in a language, and what finds them, the longest first."""
    from num2words import num2words

    words = {_spaced(num2words(number, lang=language)): str(number) for number in IN_WORDS}
    longest_first = "|".join(map(re.escape, sorted(words.keys() - AMBIGUOUS, key=len, reverse=True)))
    return words, re.compile(rf"\b(?:{longest_first})\b")


def _spaced(text: str) -> str:
    """Small letters and no hyphens: `Twenty-four` is written in two ways."""
    return HYPHENS.sub(" ", text.casefold())
