"""Does a quote support a statement: numbers exactly, words by alignment, in one language and across two."""

import pytest

from index.embed import SentenceEmbeddings
from rag.support import SUPPORTED, Verifier, missing_numbers, support_score

JAPAN = "Avant l'Inde, Sam Altman a visité le Japon et la Corée du Sud, où des accords ont été conclus."
STARGATE = "Le projet Stargate prévoit jusqu'à 500 milliards de dollars d'investissements."
PLANT = "The plant in Leeds was closed in 1984."
PARIS = "Paris is the capital of France."
TOKYO = "Tokyo is the capital of Japan."
BICYCLES = "The factory makes red bicycles and green scooters."


@pytest.mark.parametrize(
    ("statement", "quote", "missing"),
    [
        ("500 million dollars", "500 milliards de dollars", {"500"}),
        ("500 billion dollars", "500 milliards de dollars", set()),
        ("500 Milliarden", "500 billion", set()),
        ("500 mil millones", "500 billion", set()),
        ("3.5 million", "3,5 Millionen", set()),
        ("3 million", "3 billion", {"3"}),
        ("300 million", "300 people", set()),  # no size on one side is no contradiction
        ("1,190.5", "1.190,5", set()),
        ("1 190", "1190", set()),
        ("5 000 000", "5,000,000", set()),
        ("1,190.5", "1,190.6", {"1190.5"}),
        ("2.5", "25", {"2.5"}),
        ("0.5", "0,5", set()),
        ("2023", "2023", set()),
        ("2023", "2024", {"2023"}),
        ("50", "500", {"50"}),
        ("1990 and 2000", "2000", {"1990"}),
        ("٢٠٢٣", "2023", set()),
        ("2023", "٢٠٢٣", set()),
        ("٢٠٢٣", "2024", {"2023"}),
        ("３００", "300", set()),
        ("3 cities", "trois villes", set()),
        ("12 cities", "douze villes", set()),
        ("13 cities", "treize villes", {"13"}),
        ("4 to 10 per cent", "7 bis 10 Prozent", {"4"}),  # a small number in digits is not the other in words
        ("3 cities", "trois villes en 1984", set()),
        ("12 million", "10 millions", {"12"}),
        ("12 million", "douze mille", {"12"}),  # with a size it is written in digits
        ("3 million", "3,000,000 people", set()),
        ("1,500,000", "1,5 Millionen", set()),
        ("37.6 مليار", "37 600 millones", set()),
        ("37.6 مليار", "37 600 mil millones", {"37.6"}),
        ("5 mil", "5,000", set()),
        ("5 thousand", "5 mille", set()),
        ("5 thousand", "5 millions", {"5"}),
        ("12万人", "120,000 people", set()),
        ("3億円", "300 million yen", set()),
        ("40 Mrd. Euro", "40 billion euros", set()),
        ("40 Mio. Euro", "40 billion euros", {"40"}),
        ("7 milyar lira", "7 млрд лир", set()),
        ("25 lakh", "2.5 million", set()),
        ("1.5", "1,50", set()),
        ("17 January 2023", "am 17.01.2023", set()),
        ("am 17.01.23", "17 January 2023", {"23"}),
        ("18 January 2023", "am 17.01.2023", {"18"}),
        ("120 people", "im Jahr 2019 120 Menschen", set()),
        ("It costs 3.14.", "Er kostet 3,14 Euro.", set()),
        ("no number at all", "1984", set()),
        ("1984", "", {"1984"}),
    ],
)
def test_numbers_that_the_quote_does_not_have(statement: str, quote: str, missing: set[str]) -> None:
    assert missing_numbers(statement, quote) == missing


@pytest.mark.parametrize(
    ("statement", "quote", "elsewhere"),
    [
        ("The factory makes red bicycles.", BICYCLES, PLANT),
        ("Altman visited Japan and South Korea.", JAPAN, BICYCLES),
        ("The Stargate project plans 500 billion dollars of investment.", STARGATE, JAPAN),
        ("Die Fabrik in Leeds wurde 1984 geschlossen.", PLANT, "The mayor of Porto welcomed a delegation in 1984."),
        ("La capital de Francia es París.", PARIS, BICYCLES),
        ("東京は日本の首都です。", TOKYO, BICYCLES),
    ],
)
def test_the_quote_that_supports_a_statement_scores_above_others(
    embeddings: SentenceEmbeddings, statement: str, quote: str, elsewhere: str
) -> None:
    verifier = Verifier(embeddings)
    good, bad = verifier.align(statement, [quote, elsewhere])
    assert bad < SUPPORTED <= good <= 1
    assert bad >= 0
    assert verifier.score(statement, quote) == pytest.approx(good, abs=1e-3)


def test_a_wrong_number_undoes_what_words_say(embeddings: SentenceEmbeddings) -> None:
    verifier = Verifier(embeddings)
    right, wrong = (verifier.score(f"The plant in Leeds was closed in {year}.", PLANT) for year in (1984, 1985))
    assert wrong <= 0.1 < SUPPORTED <= right


def test_a_wrong_size_undoes_what_words_say(embeddings: SentenceEmbeddings) -> None:
    verifier = Verifier(embeddings)
    assert verifier.score("Stargate plans 500 million dollars of investment.", STARGATE) <= 0.1
    assert verifier.score("Stargate plans 500 billion dollars of investment.", STARGATE) >= SUPPORTED


def test_a_word_that_is_nowhere_in_the_quote_shows(embeddings: SentenceEmbeddings) -> None:
    verifier = Verifier(embeddings)
    plain, added = (
        verifier.align("The factory makes red bicycles.", [BICYCLES])[0],
        verifier.align("The factory makes red bicycles for astronauts of the Peruvian navy.", [BICYCLES])[0],
    )
    assert added < SUPPORTED <= plain


def test_nothing_to_compare_with(embeddings: SentenceEmbeddings) -> None:
    verifier = Verifier(embeddings)
    assert verifier.align("The factory makes red bicycles.", []) == []
    assert verifier.align("The factory makes red bicycles.", [""])[0] < SUPPORTED


def test_the_function_for_scripts_uses_the_bundled_model(embeddings: SentenceEmbeddings) -> None:
    assert support_score("The factory makes red bicycles.", BICYCLES) == pytest.approx(
        Verifier(embeddings).score("The factory makes red bicycles.", BICYCLES)
    )
    assert support_score("Paris lies on the Seine.", BICYCLES) < SUPPORTED
