"""What a visitor chooses over the server's settings, and what the browser keeps of it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from index.errors import SettingsError
from rag import Settings
from ui.settings_panel import Preferences, preferences_from, settings_html
from ui.texts import Texts
from ui.visits import arrived, kept

ENGLISH = Texts()


class TestSettings:
    def test_a_browser_chooses_over_the_server(self) -> None:
        own = Settings(llm="some-model", llm_base_url="http://127.0.0.1:9/v1", top_k=5)
        assert Preferences().apply(own) == own
        chosen = preferences_from(
            {"llm": " quotes ", "top_k": "3", "answer_language": "fr", "strict": "false"}, ENGLISH
        )
        applied = chosen.apply(own)
        assert (applied.llm, applied.top_k, applied.answer_language, applied.strict) == ("quotes", 3, "fr", False)
        assert applied.llm_base_url is None  # the address goes with the server's own model
        assert Preferences(llm="other-model").apply(own).llm_base_url == own.llm_base_url

    def test_the_language_of_the_question_can_be_chosen_over_that_of_the_server(self) -> None:
        own = Settings(answer_language="sv")
        assert Preferences().apply(own).answer_language == "sv"
        assert preferences_from({"answer_language": ""}, ENGLISH).apply(own).answer_language == ""
        form = settings_html(Preferences(), own, "quotes", [], ENGLISH)
        assert 'value="sv" selected' in form
        unknown = settings_html(Preferences(), Settings(answer_language="xx"), "quotes", [], Texts())
        assert 'value="xx" selected>xx' in unknown  # which no library has a name for
        assert " selected" not in settings_html(Preferences(answer_language=""), own, "quotes", [], ENGLISH)

    @pytest.mark.parametrize("values", [None, 3, [], {"top_k": "many"}, {"answer_language": "<b>"}, {"strict": "x"}])
    def test_what_cannot_be_is_as_if_it_was_not_there(self, values: Any) -> None:
        assert preferences_from(values, ENGLISH) == Preferences()

    def test_numbers_stay_in_their_range(self) -> None:
        assert preferences_from({"top_k": "0"}, ENGLISH).top_k == 1
        assert preferences_from({"top_k": "99999999999"}, ENGLISH).top_k == 100

    @pytest.mark.parametrize("llm", ["local:/etc/passwd", "local:model.gguf", "local:..\\x"])
    def test_a_file_of_the_server_cannot_be_chosen(self, llm: str) -> None:
        with pytest.raises(SettingsError, match="file of the server"):
            preferences_from({"llm": llm}, ENGLISH)

    def test_what_a_browser_keeps_comes_back(self) -> None:
        first = arrived(None, None, "fr")
        assert re.fullmatch("[0-9a-f]{32}", first.owner)
        visitor = replace(first, preferences=Preferences(llm="quotes", answer_language="", strict=False))
        from ui.visits import Talk

        stored, chosen = json.loads(json.dumps([kept(visitor, Talk("id")), visitor.preferences.to_json()]))
        assert arrived(stored, chosen, "fr") == visitor
        assert arrived(stored, None, "fr") == replace(visitor, preferences=Preferences())
        assert arrived({"owner": "../x"}, 3, "fr").owner != "../x"
        assert arrived(stored, {"llm": "local:/x.gguf"}, "fr").preferences == Preferences()
