"""A small model garbles some of what it translates: parts stay as they were, or come out in a third language."""

import re

from index.language import detect_language

TELLING = 5  # words: the language of fewer may be that of a name
SHARED = 2  # words that languages share, as "dollars" and "personnel"
SHORT = 3  # letters
WORD = re.compile(r"\w+")
CITED = re.compile(r"\"[^\"]*\"|[“„][^”“]*[”“]|«[^»]*»")


def is_garbled(translation: str, source: str, question: str, language: str) -> bool:
    """Whether a translation is in another language than the one that is wanted, or half in that of its source.

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
    return any(detect_language(text) not in (None, language) for text in looked_at)
