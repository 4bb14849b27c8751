"""Which language a text is in: the answer is written in it, and its sentences end by its rules."""

import re
import shutil
import threading
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.cache import cached

# Scripts that one language of today writes in, or nearly so: the script says more than statistics do.
_SCRIPTS = {
    language: re.compile(f"[{letters}]")
    for language, letters in {
        "ja": "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d",
        "ko": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
        "th": "\u0e01-\u0e3a\u0e40-\u0e4e",
        "lo": "\u0e81-\u0eb9\u0ec0-\u0ec6\u0edc\u0edd",
        "my": "\u1000-\u103f",
        "km": "\u1780-\u17b3\u17b6-\u17d1",
        "el": "\u0370-\u03ff\u1f00-\u1fff",
        "hy": "\u0531-\u0587",
        "ka": "\u10a0-\u10ff",
        "gu": "\u0a81-\u0acd",
        "pa": "\u0a01-\u0a51\u0a59-\u0a5e",
        "or": "\u0b01-\u0b63",
        "ta": "\u0b82-\u0bd7",
        "te": "\u0c00-\u0c63",
        "kn": "\u0c80-\u0ce3",
        "ml": "\u0d00-\u0d63",
        "si": "\u0d81-\u0df4",
    }.items()
}
# Foreign names and terms are written in Latin or Han letters, so a third is enough to give the language away.
_SCRIPT_SHARE = 1 / 3

# py3langid's three-letter labels, as the ISO 639-1 code of the language that has the same way of writing.
_ISO_639_1 = {
    "wuu": "zh",
    "yue": "zh",
    "ary": "ar",
    "arz": "ar",
    "hbo": "he",
    "grc": "el",
    "sdh": "ku",
    "gug": "gn",
    "ltg": "lv",
    "uzs": "uz",
    "kik": "ki",
}
# A short question leaves room for doubt between neighbours (Galician or Portuguese, Luxembourgish or German).
# Few texts are in the others, so they must be four times as likely as one of these.
_WIDESPREAD = re.compile(
    "ar|bg|bn|ca|cs|da|de|en|es|et|fa|fi|fr|he|hi|hr|hu|id|is|it|ja|ko|lt|lv|ms|nl|no|pl|pt|ro|ru|sk|sl|sq|sr|sv"
    "|sw|ta|te|th|tl|tr|uk|ur|vi|zh"
)
_RARE = 0.25
# The share below which py3langid guesses: "Altman?" is no language's word.
_LIKELY = 0.1
_LOCK = threading.Lock()


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of the language of `text`, a question of a few words or more; None if it can't be told."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return None
    for language, script in _SCRIPTS.items():
        if len(script.findall(text)) > letters * _SCRIPT_SHARE:
            return language
    shares: dict[str, float] = {}
    for label, share in _identifier().rank(text):
        language = _ISO_639_1.get(label, label)
        weight = 1 if _WIDESPREAD.fullmatch(language) else _RARE
        shares[language] = shares.get(language, 0) + share * weight
    best = max(shares, key=shares.__getitem__)
    return best if len(best) == 2 and shares[best] >= _LIKELY else None


def prepare() -> None:
    """Begin to load what `detect_language` needs, on another core."""
    import py3langid.langid  # noqa: F401  # here, since two threads that import numpy at once trip over each other

    threading.Thread(target=_identifier, daemon=True).start()


def _identifier() -> Any:
    with _LOCK:  # who comes while it is being loaded waits for it
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    from py3langid.langid import LanguageIdentifier

    shares, priors, languages, states, rows, features = _model()
    return LanguageIdentifier(shares, priors, languages, states, features, norm_probs=True, tk_row=rows)


def _model() -> tuple[Any, ...]:
    """py3langid's model. Unpacking it takes 0.6 s, so its arrays are kept in the cache and mapped into memory."""
    try:
        folder = cached(f"py3langid-{version('py3langid')}", _unpack)
        try:
            return _mapped(folder)
        except Exception:  # whatever numpy makes of what was lost or changed
            shutil.rmtree(folder, ignore_errors=True)
            return _mapped(cached(folder.name, _unpack))
    except OSError:  # the cache can't be written
        return _packed()


def _mapped(folder: Path) -> tuple[Any, ...]:
    import numpy as np

    shares, priors, languages, *automaton = [np.load(folder / f"{n}.npy", mmap_mode="r") for n in range(6)]
    # Python takes numbers faster from these than from arrays.
    states, rows, features = (memoryview(part) for part in automaton)
    return shares, priors, languages.tolist(), states, rows, features.tolist()


def _unpack(folder: Path) -> None:
    import numpy as np

    for number, part in enumerate(_packed()):
        np.save(folder / f"{number}.npy", part)


def _packed() -> tuple[Any, ...]:
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    return tuple(load_model(MODEL_DIR / MODEL_FILE))
