"""Numbers as a language writes them: the "430,000" of an English source is 430 to who reads German.

A small model copies them. The signs are those of the Unicode CLDR, which Babel carries.
"""

import re
from functools import cache

from babel import UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

SPACES = "\u00a0\u202f "  # where a language groups by a space, texts have any of these


def localised(statement: str, quote: str, written_in: str | None, language: str | None) -> str:
    """A statement whose numbers are written as in its own language, where it has them just as its quote does.

    Only what can be read in one way: groups of three digits, and one or two decimals behind a comma. In "3.11" the stop
    may be that of a version or a time.

    Args:
        statement: In `language`.
        quote: What it is from, in the language `written_in`.
        written_in: ISO 639-1 code; where this or the other is not known, nothing is changed.
        language: ISO 639-1 code.
    """
    theirs, ours = _signs(written_in), _signs(language)
    if theirs is None or ours is None or theirs == ours:
        return statement
    group, decimal = theirs
    to_ours = str.maketrans({**dict.fromkeys(SPACES if group in SPACES else group, ours[0]), decimal: ours[1]})
    number = _pattern(group, decimal)
    return number.sub(lambda found: found[0].translate(to_ours) if found[0] in quote else found[0], statement)


@cache
def _signs(language: str | None) -> tuple[str, str] | None:
    """What a language writes between groups of three digits, and before decimals."""
    if not language:
        return None
    try:
        return get_group_symbol(language, numbering_system="latn"), get_decimal_symbol(
            language, numbering_system="latn"
        )
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _pattern(group: str, decimal: str) -> re.Pattern[str]:
    between = f"[{re.escape(SPACES if group in SPACES else group)}]"
    forms = [rf"\d{{1,3}}(?:{between}\d{{3}})+(?:{re.escape(decimal)}\d+)?"]
    if decimal == ",":
        forms.append(r"\d+,\d{1,2}")
    return re.compile(rf"(?<![\d.,])(?:{'|'.join(forms)})(?!\d|[.,]\d)")
