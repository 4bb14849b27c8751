"""Names of countries from one language to another, by the Unicode CLDR, which Babel carries.

A small model leaves "Corée du Sud" in the middle of a German sentence; a table does not.
"""

import re
from difflib import get_close_matches
from functools import lru_cache

from babel import Locale, UnknownLocaleError

# What may stand before the name of a country in a list.
ARTICLE = re.compile(
    r"^(?:[dl]['’]|(?:the|der|die|das|den|el|la|las|le|les|los|il|lo|gli|i|o|a|os|as|de|het)\s+)", re.I
)
LONG, ALIKE = 10, 0.85  # letters of a name that may be misspelt, and how like a country's it then is, of 1
COUNTRY = re.compile(r"[A-Z]{2}")
# The languages in which sources are understood to name countries: those that most documents are in.
LANGUAGES = (
    *("ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it"),
    *("ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh"),
)


def country_in(language: str | None, name: str) -> str:
    """The name of a country in `language`; any other text as it is.

    Args:
        language: ISO 639-1 code; None leaves the name as it is.
        name: Such as "Corée du Sud" or "la Corée du Sud".
    """
    code = _codes().get(name.casefold()) or _codes().get(ARTICLE.sub("", name, count=1).casefold())
    if not code and len(name) > LONG:  # a small model writes "Corée des Sud"
        code = next((_codes()[near] for near in get_close_matches(name.casefold(), _codes(), n=1, cutoff=ALIKE)), None)
    if code is None or language is None:
        return name
    return _names(language).get(code, name)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """ISO 3166-1 codes by name, in lower case; a name that means two countries in two languages is in nobody's."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in _names(language).items():
            found.setdefault(name.casefold(), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


@lru_cache(maxsize=64)
def _names(language: str) -> dict[str, str]:
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {code: name for code, name in territories.items() if COUNTRY.fullmatch(code)}
