"""The drawer of settings: what one browser chooses over the server's own settings."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from index.errors import SettingsError
from rag.settings import Settings
from ui.markup import button_html, language_name, safe
from ui.texts import Texts

# What an answer can be asked for in; the question's own language can be any.
ANSWER_LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "ru", "tr", "ar", "hi", "zh", "ja", "ko")
PROVIDERS = ("quotes", "local", "openai", "anthropic", "ollama", "mistralai", "google_genai")
LONGEST_SPEC = 200


@dataclass(frozen=True)
class Preferences:
    """What a visitor has chosen; what is None, or an empty `llm`, is as the server has it.

    An empty `answer_language` is that of the question, also where the server has another.
    """

    llm: str = ""
    top_k: int | None = None
    answer_language: str | None = None
    strict: bool | None = None

    def apply(self, settings: Settings) -> Settings:
        """The settings with what was chosen."""
        chosen: dict[str, Any] = {key: value for key, value in asdict(self).items() if value is not None}
        if not self.llm:
            del chosen["llm"]
        if self.llm.partition(":")[0] in PROVIDERS:  # the address goes with the server's own model
            chosen["llm_base_url"] = settings.llm_base_url if self.llm == settings.llm else None
        return settings.model_copy(update=chosen)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def preferences_from(values: Any, texts: Texts) -> Preferences:
    """What a form or a browser's storage holds; what can't be is as if it was not there.

    Raises:
        SettingsError: the language model is a file, which only who runs the server may choose.
    """
    if not isinstance(values, dict):
        return Preferences()
    llm = str(values.get("llm") or "").strip()[:LONGEST_SPEC]
    provider, _, name = llm.partition(":")
    if provider == "local" and ("/" in name or "\\" in name or name.endswith(".gguf")):
        raise SettingsError(texts("no_path"))
    top_k = str(values.get("top_k") or "")
    language = values.get("answer_language")
    return Preferences(
        llm=llm,
        top_k=min(max(int(top_k), 1), 100) if top_k.isascii() and top_k.isdecimal() else None,
        answer_language=language if language in ("", *ANSWER_LANGUAGES) else None,
        strict={"true": True, "false": False}.get(str(values.get("strict")).lower()),
    )


def settings_html(preferences: Preferences, settings: Settings, own: str, models: Iterable[str], texts: Texts) -> str:
    """The form.

    Args:
        preferences: What was chosen in this browser.
        settings: The server's own.
        own: Name of the server's own model.
        models: What to propose for the language model.
        texts: The language of the page.
    """
    strict = settings.strict if preferences.strict is None else preferences.strict
    language = settings.answer_language if preferences.answer_language is None else preferences.answer_language
    options = "".join(f'<option value="{safe(model)}"></option>' for model in models)
    known = dict.fromkeys((*ANSWER_LANGUAGES, *filter(None, [settings.answer_language])))
    languages = "".join(
        f'<option value="{code}"{" selected" * (code == language)}>{safe(language_name(code, code))}</option>'
        for code in known
    )
    radios = "".join(
        f'<label><input type="radio" name="strict" value="{value}"{" checked" * ((value == "true") == strict)}> '
        f"{safe(texts(key))}</label>"
        for value, key in (("true", "strict"), ("false", "lenient"))
    )
    return (
        f'<div class="drawer-head"><h2 tabindex="-1">{safe(texts("settings"))}</h2>'
        f"{button_html('×', kind='icon shut-drawer', label=texts('close'))}</div>"
        # Enter in a field presses a form's first button: it saves, and does not ask a model.
        '<form class="settings" data-event="save"><button type="submit" hidden></button>'
        f'<label for="llm">{safe(texts("llm"))}</label>'
        f'<div class="with-button"><input type="text" id="llm" name="llm" list="models" maxlength="{LONGEST_SPEC}" '
        f'value="{safe(preferences.llm)}" placeholder="{safe(own)}" autocomplete="off" spellcheck="false" '
        f'aria-describedby="llm-how"><datalist id="models">{options}</datalist>'
        f'<button type="submit" name="test" value="yes">{safe(texts("test"))}</button></div>'
        f'<p class="hint" id="llm-how">{safe(texts("llm_how", name=own))}</p>'
        f'<label for="top-k">{safe(texts("top_k"))}</label>'
        f'<input type="number" id="top-k" name="top_k" min="1" max="100" value="{preferences.top_k or settings.top_k}">'
        f'<label for="answer-language">{safe(texts("answer_language"))}</label>'
        f'<select id="answer-language" name="answer_language"><option value="">{safe(texts("of_question"))}</option>'
        f"{languages}</select>"
        f"<fieldset><legend>{safe(texts('strictness'))}</legend>{radios}</fieldset>"
        f'<button type="submit" class="strong">{safe(texts("save"))}</button></form>'
    )
