"""A small model garbles some of what it translates: parts stay, or come out in a third language, and "not" is lost."""

import re

from index.language import detect_language
from index.lexical import UNSPACED, terms, words_of
from rag.numerals import replaced_numbers

TELLING = 5  # words: the language of fewer may be that of a name
SHARED = 2  # words that languages share, as "dollars" and "personnel"
SHORT = 3  # letters
MORE = 3  # words: a source with more of them than its translation may say "not" of something else
WORD = re.compile(r"\w+")
# Of languages that have words of their own for it. Phrases that only look like it, as "no more than", are none.
NEGATIONS = {
    "da": r"\b(ikke|aldrig|ingen|intet|uden|ej)\b",
    "de": r"\b(nicht|kein\w*|nie|niemals|nichts|niemand\w*|ohne|weder)\b",
    "el": r"\b(δεν|δε|μην?|ποτέ|χωρίς|καν[έε]ν\w*|κανείς|ούτε|όχι)\b",
    "en": r"\b(not(?! only\b)|\w+n[’']t|cannot|no(?! (more|less|later|fewer)\b|\. ?\d)|never|nobody|without|nor)\b",
    "es": r"\b(no|nunca|jamás|ning[uú]n\w*|nada|nadie|sin|tampoco|ni)\b",
    "fr": r"\b(pas|jamais|aucune?|rien|sans|ni|non)\b",
    "it": r"\b(non|mai|nessun\w*|niente|nulla|senza|né)\b",
    "nl": r"\b(niet|geen|nooit|niets|niemand|zonder|noch)\b",
    "pl": r"\b(nie|nigdy|żad\w+|bez|nikt|nic)\b",
    "pt": r"\b(não|nunca|jamais|nenhum\w*|nada|ninguém|sem|nem)\b",
    "ro": r"\b(nu|n(?=[-’'])|nici\w*|fără|nimeni|nimic)\b",
    "ru": r"\b(не|ни|нет|никогда|без|никто|ничего|нельзя|невозможно)\b",
    "sv": r"\b(inte|ej|aldrig|ingen|inget|inga|utan)\b",
    "uk": r"\b(не|ні|немає|ніколи|без|ніхто|нічого|неможливо)\b",
    "vi": r"\b(không|chưa|chẳng|đừng)\b",
}
# Other ways to say it.
OTHERWISE = (
    r"only|unless|forbid|prohib|banned|nur|erst|verboten|untersag|s[óo]lo\b|seulement|interdit|solo\b|vietat|proib"
)
CITED = re.compile(r"\"[^\"]*\"|[“„][^”“]*[”“]|«[^»]*»")


def is_garbled(translation: str, source: str, question: str, language: str) -> bool:
    """Whether a translation is in a language that is not wanted, half in that of its source, or without its "not".

    Or has another number, in words, in the place of one; `rag.numerals.missing_numbers` compares those in digits.

    Args:
        translation: A sentence.
        source: What it is a translation of.
        question: What it answers: words of the source may be the question's.
        language: The code of the language that is wanted.
    """
    there, asked = set(WORD.findall(source)), set(WORD.findall(question))
    own = CITED.sub(" ", translation)
    # Names stay as they are, and begin with a capital.
    words = dict.fromkeys(word for word in WORD.findall(own) if word.islower() and len(word) > SHORT)
    left = [word for word in words if word in there and word not in asked]
    looked_at = [own] if len(own.split()) >= TELLING else []
    looked_at += [" ".join(left)] if len(left) > SHARED else []
    is_foreign = any(detect_language(text) not in (None, language) for text in looked_at)
    return is_foreign or _loses_negation(translation, language, source) or bool(replaced_numbers(translation, source))


def has_own_words(statement: str, source: str, question: str) -> bool:
    """Whether a sentence has words that its source does not have, nor the question, which may have other forms of them.

    There, in one language, a small model's grammar goes wrong. Where no spaces are between words there is no telling.
    """
    there, asked = {*words_of(source)}, {*terms(question)}
    own = zip(words_of(statement), terms(statement), strict=True)
    return any(word not in there and term not in asked and not UNSPACED.match(word) for word, term in own)


def _loses_negation(translation: str, language: str, source: str) -> bool:
    """Whether a source says "not" and its translation does not, though it says as much otherwise."""
    said, meant = NEGATIONS.get(language), NEGATIONS.get(detect_language(source) or "")
    is_short = len(WORD.findall(source)) <= len(WORD.findall(translation)) + MORE
    if not said or not meant or not is_short:
        return False
    is_meant, is_said = (
        re.search(pattern, text, re.IGNORECASE)
        for pattern, text in ((meant, source), (f"{said}|\\b(?:{OTHERWISE})", translation))
    )
    return bool(is_meant) and not is_said
