"""What the page says and proposes, in the language of its visitor."""

import json
import re
import string
from pathlib import Path

import pytest
from conftest import Write

from index import Index, sync
from rag import Settings, answer
from ui.suggestions import suggestions
from ui.texts import LANGUAGES, TEXTS, Texts, texts_for
from ui.translations import translated


class TestTexts:
    def test_every_text_is_there_in_all_languages_with_the_same_values(self) -> None:
        for key, texts in TEXTS.items():
            fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
            assert len(texts) == len(LANGUAGES), key
            assert all(texts), key
            assert all(names == fields[0] for names in fields), key

    def test_one_is_counted_as_one(self) -> None:
        assert [Texts(code).count("added", 1) for code in ("fr", "es")] == ["1 ajouté", "1 añadido"]
        assert [Texts(code).count("added", 2) for code in ("fr", "es")] == ["2 ajoutés", "2 añadidos"]

    def test_french_signs_stay_with_their_words(self) -> None:
        french = Texts("fr")("about_term", title="A : b", term="c")
        assert french == "Que dit «\u00a0A : b\u00a0» à propos de c\u00a0?"
        assert (
            translated("encrypted: protected against copying", Texts("fr")) == "chiffré\u00a0: protégé contre la copie"
        )

    def test_every_text_is_used(self) -> None:
        code = "".join(path.read_text("utf-8") for path in (Path(__file__).parent.parent / "ui").glob("*.py"))
        code = code.replace((Path(__file__).parent.parent / "ui" / "texts.py").read_text("utf-8"), "")
        named = set(re.findall(r"""["']([a-z_]+)["']""", code))
        for key in TEXTS:
            stem = re.sub("_(one|many|long|how|indexed|changed|gone)$", "", key)
            assert key in named or stem in named or f'f"{stem}_' in code, key

    @pytest.mark.parametrize(
        ("accepted", "language"),
        [
            ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
            ("it, de-AT;q=0.5, en;q=0.4", "de"),
            ("en;q=0.1, es;q=0.9", "es"),
            ("", "en"),
            ("*", "en"),
            ("zz;q=x, fr;q=", "fr"),
        ],
    )
    def test_the_browser_says_which(self, accepted: str, language: str) -> None:
        assert texts_for(accepted).language == language


class TestSuggestions:
    def test_they_come_from_the_questions_beside_the_documents(self, seeds_index: Index) -> None:
        assert suggestions(seeds_index, Texts("de"))[0] == "Welche Länder hat Altman besucht?"
        assert len(suggestions(seeds_index, Texts())) == 4

    def test_or_are_about_the_names_in_the_documents(self, index: Index, write: Write, docs: Path) -> None:
        write("harbour.txt", "A report\n\nIn May the ferry left Port Ellen early. Then Nora saw Port Ellen again.")
        write("notes.txt", "nothing but small words here, again and again")
        sync([docs], index)
        found = ["Que dit «\u00a0A report\u00a0» à propos de Port Ellen\u00a0?"]
        assert suggestions(index, Texts("fr")) == found
        assert answer(found[0], index=index, settings=Settings(llm="quotes")).citations
        rows = [
            {"id": 1, "question": "one?", "gold": ["harbour.txt"]},
            {"id": 2, "question": "elsewhere?", "gold": ["z.txt"]},
            {"id": 3, "question": "nothing?", "gold": [], "answerable": False},
        ]
        write("questions.jsonl", "\n".join(map(json.dumps, rows)))
        assert suggestions(index, Texts("fr")) == ["One?"]
        write("questions.jsonl", '{"id": 3}\nnot json')
        assert suggestions(index, Texts("fr")) == found
