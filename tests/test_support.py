"""Does a quote support a statement: words by alignment, in one language and across two, and numbers undo it."""

import pytest

from index.embed import SentenceEmbeddings
from rag.support import SUPPORTED, Verifier, support_score

JAPAN = "Avant l'Inde, Sam Altman a visité le Japon et la Corée du Sud, où des accords ont été conclus."
STARGATE = "Le projet Stargate prévoit jusqu'à 500 milliards de dollars d'investissements."
PLANT = "The plant in Leeds was closed in 1984."
PARIS = "Paris is the capital of France."
TOKYO = "Tokyo is the capital of Japan."
BICYCLES = "The factory makes red bicycles and green scooters."


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
