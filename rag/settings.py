"""Settings, read from FOOTNOTE_* variables and from flags, in one place."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.errors import SettingsError
from rag.wrong_values import in_words

PREFIX = "FOOTNOTE_"


class Settings(BaseSettings):
    """Everything that can be set. Each field is also an environment variable: `llm` is `FOOTNOTE_LLM`.

    Raises:
        SettingsError: a value is of the wrong type or out of range, or a FOOTNOTE_ variable is unknown.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    index_path: str = Field(".footnote", min_length=1, description="Folder or Chroma server that holds the index.")
    documents: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Files and folders to index, joined as in PATH; none means the samples."
    )
    embedding_model: str = Field("", description="Hub id or folder; empty means the bundled model.")
    llm: str = Field("", description="`quotes`, `local`, `provider:model`; empty: what is there.")
    llm_base_url: str | None = Field(None, description="Address of an OpenAI-compatible server.")
    llm_timeout: float | None = Field(
        None, gt=0, description="Seconds to wait for the language model; None: 120, for a local one 900."
    )
    checker: str = Field("", description="Hub id or folder of a model that checks statements; empty means none.")
    top_k: int = Field(8, ge=1, le=100, description="Number of passages to retrieve.")
    answer_language: str = Field(
        "", pattern="^([a-z]{2})?$", description="Two letters; empty: the question's language."
    )
    strict: bool = Field(True, description="Drop statements that no quote supports; otherwise mark them.")

    def __init__(self, **values: Any) -> None:
        _refuse_unknown_variables()
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            variable = f"{PREFIX}{name}".upper()
            raise SettingsError(f"setting {name} ({variable}): {in_words(first)} (got {first['input']!r})") from error

    @field_validator("documents", mode="before")
    @classmethod
    def _split_paths(cls, value: Any) -> Any:
        return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be ignored in silence, and the setting it meant would not hold."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SettingsError(f"unknown variable {name}; known are {', '.join(sorted(known))}")
