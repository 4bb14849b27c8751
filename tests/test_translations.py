"""What goes wrong below the page is said in the page's language."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import IndexingError, ModelFailed, SettingsError, StoreUnavailable
from index.syncing import Skipped, SyncReport
from ui.asking import explained
from ui.documents_panel import report_html
from ui.texts import LANGUAGES, Texts
from ui.translations import OTHERS, TRANSLATIONS, translated

ROOT = Path(__file__).parent.parent
# What can go wrong while a visitor uploads, asks, or gets a model; the rest is said on the command line only.
ERRORS = {"UnreadableDocument", "Skipped", "_WorkerLost", "StoreUnavailable", "DamagedIndex", "QuestionError",
          "EmbeddingModelMismatch", "ModelNotAvailable", "ModelFailed"}  # fmt: skip
MODULES = [
    *(path for path in (ROOT / "index").rglob("*.py") if path.name not in ("lexical.py", "rebuilding.py")),
    *(ROOT / "rag" / name for name in ("answering.py", "engine.py", "llm.py", "local.py")),
    ROOT / "ui" / "conversations.py",
]


def sentence(node: ast.expr) -> str:
    """A text as it could come out, with something for each part that differs; "" for what is no text."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(sentence, node.values))
    if isinstance(node, ast.FormattedValue):  # a choice of two texts, or a value
        return (sentence(node.value.body) if isinstance(node.value, ast.IfExp) else "") or "Ξ"
    return ""


def sentences() -> Iterator[str]:
    """Every message of these modules that stands there as a text."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                yield sentence(node.args[-1])
            if isinstance(node, ast.FunctionDef) and node.name in ("_failure", "_needs_ocr", "_sentence"):
                yield from (sentence(end.value) for end in ast.walk(node) if isinstance(end, ast.Return) and end.value)


MESSAGES = sorted({found for found in sentences() if found.strip("Ξ")})


def test_messages_are_found() -> None:
    assert "empty file" in MESSAGES
    assert "unknown type Ξ" in MESSAGES
    assert "Ξ: too many requests, or no credit left (429); try again later: Ξ" in MESSAGES
    assert len(MESSAGES) > 70


@pytest.mark.parametrize("language", OTHERS)
def test_every_one_is_translated(language: str) -> None:
    texts = Texts(language)
    missing = [message for message in MESSAGES if translated(message, texts) == message]
    assert not missing, "say them in ui/translations.py"
    lost = [message for message in MESSAGES if translated(message, texts).count("Ξ") < message.count("Ξ") - 1]
    assert not lost, "a part of these is left out"


def test_a_translation_has_the_parts_of_its_original() -> None:
    assert len(OTHERS) == len(LANGUAGES) - 1
    for english, translations in TRANSLATIONS.items():
        texts = (english, *translations)
        parts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert all(names == parts[0] for names in parts), english
        assert all(translations), english


@pytest.mark.parametrize(
    ("message", "german"),
    [
        ("empty file", "leere Datei"),
        ("unknown type .bin; the earlier one of this name stays",
         "unbekannter Typ .bin; das frühere dieses Namens bleibt"),
        ("cannot be read: permission denied", "kann nicht gelesen werden: Zugriff verweigert"),
        ("cannot be read: too odd for words", "kann nicht gelesen werden: too odd for words"),
        ("its parser crashed; what comes after is not read",
         "beim Lesen abgestürzt; was danach kommt, wird nicht gelesen"),
        ("not a Word document, or a damaged one", "kein Word-Dokument, oder ein beschädigtes"),
        ("pages 1, 2 and 7 more have no text, need OCR",
         "die Seiten 1, 2 und 7 weitere haben keinen Text, brauchen Texterkennung (OCR)"),
        ("https://x refused the request for m (400): why", "https://x lehnt die Anfrage für m ab (400): why"),
        ("its server does not know x{y} (404): check the model's name, and the address if you gave one",
         "der Server kennt x{y} nicht (404): den Namen des Modells prüfen, und die Adresse, falls angegeben"),
        ("what nobody has translated", "what nobody has translated"),
    ],
)  # fmt: skip
def test_in_german(message: str, german: str) -> None:
    assert translated(message, Texts("de")) == german
    assert translated(message, Texts("en")) == message


def test_an_error_that_has_no_translation_says_at_least_what_it_is_about() -> None:
    french = Texts("fr")
    assert explained(ModelFailed("so it goes"), french) == "Le modèle de langue\u00a0: so it goes"
    assert explained(IndexingError("so it goes"), french) == "L'index\u00a0: so it goes"
    assert explained(SettingsError("déjà en français"), french) == "déjà en français"
    assert explained(StoreUnavailable("it is written to; try again when that is done"), french) == (
        "on écrit dans l'index\u00a0; réessayez quand ce sera fini"
    )
    assert explained(ModelFailed("so it goes")) == "so it goes"


def test_the_report_of_an_upload_gives_its_reasons_in_the_pages_language() -> None:
    report = SyncReport(skipped=(Skipped("a.pdf", "encrypted: save it without a password"),))
    assert "chiffré\u00a0: enregistrez-le sans mot de passe" in report_html(report, Texts("fr"))
    assert "save it without a password" in report_html(report)
