"""Numbers that a statement has and its quote does not."""

import pytest

from rag.numerals import gives_other_numbers, missing_numbers, replaced_numbers


@pytest.mark.parametrize(
    ("statement", "quote", "missing"),
    [
        ("500 million dollars", "500 milliards de dollars", {"500"}),
        ("It costs 0.00 euros.", "0,00 EUR", set()),
        ("It costs 5 euros.", "0,00 EUR", {"5"}),
        ("500 billion dollars", "500 milliards de dollars", set()),
        ("500 Milliarden", "500 billion", set()),
        ("500 mil millones", "500 billion", set()),
        ("3.5 million", "3,5 Millionen", set()),
        ("3 million", "3 billion", {"3"}),
        ("300 million", "300 people", set()),  # a heading may say that all are in millions
        ("300 dollars", "300 million dollars", {"300"}),
        ("300 to 400 million", "300 million to 400 million", set()),
        ("300 to 400 million", "300 thousand to 400 million", {"300"}),
        ("300 M€", "300 millions d'euros", set()),
        ("300 triệu", "300 million", set()),
        ("300 מיליון", "300 million", set()),
        ("300 מיליון", "300 billion", {"300"}),
        ("300 tuhatta", "300 thousand", set()),
        ("300 tuhatta", "300 million", {"300"}),
        ("300 ล้านบาท", "300 million", set()),
        ("300 ล้านบาท", "300 billion", {"300"}),
        ("300 हज़ार", "300 million", {"300"}),
        ("300 हज़ार", "300,000", set()),
        ("5 wheels", "The car of the mayor has four wheels.", {"5"}),
        ("5 mm", "5 millimetres", set()),
        ("250 mg", "250 milligrams", set()),
        ("500 Meilen", "500 miles", set()),
        ("3 cheap hotels", "3 billige Hotels", set()),
        ("1903", "In 1903 M. Curie won the prize.", set()),
        ("300 kelvin", "300 K", set()),
        ("63 provinces", "63 tỉnh", set()),
        ("12 industries", "12 ngành công nghiệp", set()),
        ("3 species", "3 พันธุ์", set()),
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
        ("13 cities", "Il a visité treize villes.", set()),
        ("Fourteen cities were visited by him.", "Il a visité treize villes.", set()),  # only digits are compared
        ("34 trees", "Vierunddreißig Platanen stehen dort, wo das Gleis liegen wird.", set()),
        ("43 trees", "Vierunddreißig Platanen stehen dort, wo das Gleis liegen wird.", {"43"}),
        ("24 hours", "For twenty four hours nobody came, he said.", set()),
        ("24 hours", "For twenty\u2011four hours nobody came, he said.", set()),
        ("50 people", "Two hundred and fifty people came to the town.", {"50"}),  # a part of a larger number
        ("25 people", "Twenty-five hundred people came to the town.", {"25"}),
        ("80 people", "Cent quatre-vingts personnes sont venues à la fête.", {"80"}),
        ("80 people", "Quatre-vingts personnes sont venues à la fête.", set()),
        ("50 people", "Llegaron ciento cincuenta personas a la ciudad.", {"50"}),
        ("53 people", "Llegaron quinientas cincuenta y tres personas a la ciudad.", {"53"}),
        ("50 people", "Chegaram duzentas e cinquenta pessoas à cidade.", {"50"}),
        ("40 people", "Llegaron cuarenta mil personas a la ciudad.", {"40"}),
        ("14 people", "Nineteen fourteen was the year of the great war.", {"14"}),
        ("34 million trees", "Vierunddreißig Platanen stehen dort, wo das Gleis liegen wird.", {"34"}),
        ("The two of them met again last May.", "Macron met Scholz on 3 May.", set()),  # it counts what is named
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


WEBHOOK = "It is tried again up to eight times, at first after one minute and at last after 24 hours."


@pytest.mark.parametrize(
    ("translation", "source", "replaced"),
    [
        ("Er wird erst nach einer Minute versucht, dann nach zwei Stunden.", WEBHOOK, {"2"}),
        ("Er wird bis zu achtmal versucht, zuletzt nach 24 Stunden.", WEBHOOK, set()),
        ("Er wird zuletzt nach vierundzwanzig Stunden versucht.", WEBHOOK, set()),
        ("Es wird noch acht Mal versucht, zuerst nach einer Minute.", WEBHOOK, set()),
        ("Es wird noch neun Mal versucht, zuerst nach einer Minute.", WEBHOOK, {"9"}),
        ("Sie haben ein neues Haus, und zwei Hunde leben dort.", "They have a new house, and a pair of dogs.", set()),
        ("Il y avait dix-sept chiens dans la maison.", "There were 70 dogs in the house.", {"17"}),
        ("Ils ont un bâtiment neuf au bord de la mer.", "They have a new house by the sea, and 70 dogs.", set()),
        ("Les années soixante étaient belles pour eux.", "The 1960s were beautiful for them.", set()),
        ("Um acht Uhr abends beginnt das Konzert.", "The concert begins at 20:00.", set()),
        ("Um neun Uhr abends beginnt das Konzert.", "The concert begins at 20:00.", {"9"}),
        ("Es kamen zwei Millionen Menschen.", "2,000,000 people came.", set()),
        ("Die zwei Brüder kamen im letzten Jahr.", "Both brothers came in 2019.", set()),
        ("Yeni evde iki köpek var.", "There were 70 dogs in the house.", set()),  # not looked for in Turkish
    ],
)
def test_numbers_in_words_that_a_translation_has_for_others(translation: str, source: str, replaced: set[str]) -> None:
    assert replaced_numbers(translation, source) == replaced


@pytest.mark.parametrize(
    ("text", "quote", "others"),
    [
        ("Two people died there on that day.", "3 people died.", True),
        ("Two people died there on that day.", "2 people died.", False),
        ("Two people died there in 2024.", "In 2024 three people died there.", False),
        ("People died there.", "3 people died.", False),
        ("3,4 millions", "3.4 million", False),
    ],
)
def test_numbers_that_are_all_others(text: str, quote: str, others: bool) -> None:
    assert gives_other_numbers(text, quote) is others
