"""Names of countries from one language to another."""

import pytest

from rag.countries import country_in


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("de", "Corée du Sud", "Südkorea"),
        ("de", "la Corée du Sud", "Südkorea"),
        ("en", "l’Inde", "India"),
        ("es", "corée du sud", "Corea del Sur"),
        ("zh", "South Korea", "韩国"),
        ("fr", "日本", "Japon"),
        ("en", "les Pays-Bas", "Netherlands"),
        ("de", "Südkorea", "Südkorea"),
        ("de", "SoftBank Group", "SoftBank Group"),
        ("de", "Séoul", "Séoul"),
        ("de", "le ministre de l'Inde", "le ministre de l'Inde"),
        ("de", "Corée des Sud", "Südkorea"),  # as a small model misspells it
        ("de", "Guinea", "Guinea"),
        ("de", "Iran", "Iran"),
        ("de", "Nordirland in der Zeit", "Nordirland in der Zeit"),
        ("xx", "Corée du Sud", "Corée du Sud"),
        (None, "Corée du Sud", "Corée du Sud"),
        ("de", "", ""),
    ],
)
def test_a_country_gets_its_name_and_nothing_else_changes(language: str | None, name: str, expected: str) -> None:
    assert country_in(language, name) == expected
