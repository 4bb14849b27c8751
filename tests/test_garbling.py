"""Whether what a small model translates is a translation; the garbled ones are its own."""

import pytest

from rag.garbling import is_garbled

TENTACLES = "Los tentáculos de los cidípidos son retráctiles y suelen estar rodeados de tentilla."
NETWORK = "La red Merit se fundó para explorar las redes de ordenadores entre tres universidades."
ADVICE = "Le ministère avait conseillé à son personnel de ne pas utiliser ChatGPT, et promis 500 milliards de dollars."


@pytest.mark.parametrize(
    ("translation", "source", "language"),
    [
        ("Die kleinen Tentakel der Cydippida sind retráctiles rodeados von tentilla.", TENTACLES, "de"),
        ("The tentacles of the cydippids are retractable.", TENTACLES, "de"),
        ("Los tentáculos son retráctiles y suelen estar rodeados.", TENTACLES, "de"),
    ],
)
def test_parts_in_another_language_are_garbled(translation: str, source: str, language: str) -> None:
    assert is_garbled(translation, source, "Wie sind die Tentakel?", language)


@pytest.mark.parametrize(
    ("translation", "source", "language"),
    [
        ("Die Tentakel der Cydippida können eingezogen werden.", TENTACLES, "de"),
        ("Das Merit-Netz sollte redes de ordenadores erkunden.", NETWORK, "de"),  # two words
        ('Es heißt auf Spanisch "explorar las redes de ordenadores entre universidades".', NETWORK, "de"),  # cited
        ("The ministry advised its personnel not to use ChatGPT, and promised 500 billion dollars.", ADVICE, "en"),
        ("Cydippida.", TENTACLES, "de"),
        ("Ashwini Vaishnaw.", ADVICE, "en"),  # a name of no language in particular
    ],
)
def test_names_citations_and_words_that_languages_share_are_not(translation: str, source: str, language: str) -> None:
    assert not is_garbled(translation, source, "Wie heißt das?", language)


def test_words_of_the_question_are_not() -> None:
    said = "Mit explorar redes ordenadores ist gemeint, Netze von Rechnern zu erkunden."
    assert is_garbled(said, NETWORK, "Was ist gemeint?", "de")
    assert not is_garbled(said, NETWORK, "Was heißt explorar redes ordenadores?", "de")


PUMPS = "The new pumps won't arrive before the 23rd."


@pytest.mark.parametrize(
    ("translation", "source", "language", "is_lost"),
    [
        ("Las bombas nuevas llegan antes del 23 de junio.", PUMPS, "es", True),
        ("Las bombas nuevas no llegan antes del 23 de junio.", PUMPS, "es", False),
        ("Die neuen Pumpen kommen vor dem 23. an.", PUMPS, "de", True),
        ("The water of the well can be drunk.", "El agua del pozo no se puede beber.", "en", True),
        ("You can't drink the water of the well.", "El agua del pozo no se puede beber.", "en", False),
        ("Hunde sind in diesem Laden erlaubt.", "Les chiens ne sont jamais admis dans le magasin.", "de", True),
        ("Die Fähre kostet fünf Euro.", "The ferry costs five euros, and dogs are not allowed on board.", "de", False),
        ("Die Pumpen kommen erst am 23. Juni an.", "The pumps do not arrive until June 23rd.", "de", False),
        ("Höchstens 40 Gäste sind da.", "There are no more than 40 guests.", "de", False),
        ("Das Büro ist in der Hauptstraße 5.", "The office is at No. 5 Main Street.", "de", False),
        ("The shop opens on Mondays.", "Le magasin n'ouvre que le lundi.", "en", False),
        ("The water is in the river.", "नदी में पानी है और वह साफ है।", "en", False),
        ("Yeni pompalar ayın 23'ünden önce gelmeyecek.", PUMPS, "tr", False),  # not known of Turkish
    ],
)
def test_a_translation_that_has_lost_its_not_is_garbled(
    translation: str, source: str, language: str, is_lost: bool
) -> None:
    assert is_garbled(translation, source, "?", language) is is_lost


def test_a_translation_with_another_number_is_garbled() -> None:
    source = "It is tried again up to eight times, at last after 24 hours."
    assert is_garbled("Es wird bis zu acht Mal versucht, zuletzt nach zwei Stunden.", source, "?", "de")
    assert not is_garbled("Es wird bis zu acht Mal versucht, zuletzt nach 24 Stunden.", source, "?", "de")
