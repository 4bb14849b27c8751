"""Numbers of a source as the reader's language writes them."""

import pytest

from rag.number_format import localised
from rag.numerals import missing_numbers


@pytest.mark.parametrize(
    ("statement", "quote", "written_in", "language", "shown"),
    [
        ("Sie kostet 430,000 Euro.", "It costs 430,000 euros.", "en", "de", "Sie kostet 430.000 Euro."),
        ("It cost 1.234.567,5 euros.", "1.234.567,5 Euro", "de", "en", "It cost 1,234,567.5 euros."),
        ("It has 37\u00a0600 trees.", "Il y a 37\u00a0600 arbres.", "fr", "en", "It has 37,600 trees."),
        ("Il y a 2,500 arbres.", "There are 2,500 trees.", "en", "fr", "Il y a 2\u202f500 arbres."),
        # Not as in the source: the model has written it in its own way already.
        ("Sie kostet 430.000 Euro.", "It costs 430,000 euros.", "en", "de", "Sie kostet 430.000 Euro."),
        # A version, a time, a date, a year, two articles, a telephone number, an address, and other groups.
        ("Version 3.11 um 4.52 Uhr", "version 3.11 at 4.52", "en", "de", "Version 3.11 um 4.52 Uhr"),
        ("on 12.05.2024", "am 12.05.2024", "de", "en", "on 12.05.2024"),
        ("im Jahr 1995", "in 1995", "en", "de", "im Jahr 1995"),
        ("Articles 5,6", "Artikel 5,6", "de", "en", "Articles 5,6"),
        ("Call +48 601 234 567.", "Tel. +48 601 234 567", "pl", "en", "Call +48 601 234 567."),
        ("Call 020\u00a0123\u00a0456.", "Ring 020\u00a0123\u00a0456.", "sv", "en", "Call 020\u00a0123\u00a0456."),
        ("On 12\u00a0May 12 300 came.", "Le 12 mai 12 300 sont venus.", "fr", "en", "On 12\u00a0May 12 300 came."),
        ("It is 192.168.100.200.", "Es ist 192.168.100.200.", "de", "en", "It is 192.168.100.200."),
        ("A320.150 landed", "A320.150 landete", "de", "en", "A320.150 landed"),
        ("1,00,000 Rupien", "1,00,000 rupees", "en", "de", "1,00,000 Rupien"),
        # One way of writing them, or none that is known.
        ("430.000 euros", "430.000 Euro", "de", "es", "430.000 euros"),
        ("430,000 Euro", "430,000 euros", None, "de", "430,000 Euro"),
        ("430,000 Euro", "430,000 euros", "en", None, "430,000 Euro"),
        ("430,000 Euro", "430,000 euros", "xx", "de", "430,000 Euro"),
    ],
)
def test_numbers_are_written_as_the_language_of_the_statement_does(
    statement: str, quote: str, written_in: str | None, language: str | None, shown: str
) -> None:
    found = localised(statement, quote, written_in, language)
    assert found == shown
    assert missing_numbers(found, quote) == missing_numbers(statement, quote)
