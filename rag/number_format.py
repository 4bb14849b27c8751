"""Numbers as a language writes them: the "430,000" of an English source is 430 to who reads German.

A small model copies them. The signs are those of the Unicode CLDR, which Babel carries.
"""

import re
from functools import cache

from babel import UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

SPACES = "\u00a0\u202f"  # a plain one may be between two numbers, or the digits of a telephone number
MOST_GROUPS = 3  # of digits: four with stops between may be the address of a computer


def localised(statement: str, quote: str, written_in: str | None, language: str | None) -> str:
    """A statement whose numbers are written as in its own language, where it has them just as its quote does.

    Only those in groups of three digits: "5,6" may be two numbers, and "3.11" a version or a time.

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
    to_ours = str.maketrans({**dict.fromkeys(group, ours[0][0]), decimal: ours[1]})
    number = _pattern(group, decimal)
    return number.sub(lambda found: found[0].translate(to_ours) if found[0] in quote else found[0], statement)


@cache
def _signs(language: str | None) -> tuple[str, str] | None:
    """What a language may write between groups of three digits, the usual sign first, and what before decimals."""
    if not language:
        return None
    system = "latn"  # with the digits 0 to 9
    try:
        group = get_group_symbol(language, numbering_system=system)
        decimal = get_decimal_symbol(language, numbering_system=system)
    except (UnknownLocaleError, ValueError):
        return None
    return (group + SPACES.replace(group, "") if group in SPACES else group), decimal


@cache
def _pattern(group: str, decimal: str) -> re.Pattern[str]:
    groups = rf"[1-9]\d{{0,2}}(?:[{re.escape(group)}]\d{{3}}){{1,{MOST_GROUPS - 1}}}"
    alone_before, alone_after = rf"(?<![\w+.,])(?<!\d[{SPACES} ])", rf"(?!\w|[.,{SPACES}]\d)"
    return re.compile(rf"{alone_before}{groups}(?:{re.escape(decimal)}\d+)?{alone_after}")
