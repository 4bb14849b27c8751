"""load_model("provider:model") -> a LangChain chat model, and what it says as plain text with plain errors.

Nothing is sent anywhere before a model is asked, and then only to the model that was named. LangChain itself
also sends every prompt to LangSmith where LANGSMITH_TRACING is set: that is left to whoever set it.
"""

import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import ModelNotAvailable, SettingsError
from rag import local

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

FORMS = "local, local:NAME, local:/path/to/model.gguf, or PROVIDER:MODEL such as openai:gpt-5-mini or ollama:llama3.2"

# What each provider's extra is called, and the variables that its key may be in.
_EXTRAS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "ollama": "ollama",
    "mistralai": "mistral",
    "google_genai": "google",
}
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "mistralai": ("MISTRAL_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
}
_LOCAL = "footnote_local"  # the mark of a model run in this process, in its metadata


def default_spec() -> str:
    """`local` if the default local model is on disk, else `quotes`."""
    return "local" if local.installed() else "quotes"


def is_local(model: "BaseChatModel") -> bool:
    """Whether `load_model` made it run inside this process."""
    return _LOCAL in (model.metadata or {})


def model_name(model: "BaseChatModel") -> str:
    """What to call it on screen: `local:NAME`, `openai:NAME`; the class of a model that is no provider's."""
    name = getattr(model, "model_name", None) or getattr(model, "model", None)
    package = type(model).__module__.partition(".")[0]
    if is_local(model):
        return f"local:{name}"
    if isinstance(name, str) and package.startswith("langchain_") and package != "langchain_core":
        return f"{package.removeprefix('langchain_')}:{name}"
    return type(model).__name__


def load_model(spec: str, *, base_url: str | None = None, timeout: float = 120.0) -> "BaseChatModel":
    """The chat model that a spec names, at temperature 0. Only `local` does work now: it starts llama.cpp.

    Args:
        spec: `local`, `local:NAME`, `local:/path/to.gguf` or `provider:model`; with `base_url` also a bare name.
        base_url: Address of an OpenAI-compatible server, usually ending in `/v1`; its key is OPENAI_API_KEY, if set.
        timeout: Seconds without a byte from the model after which it counts as failed.

    Raises:
        SettingsError: the spec or the address is malformed, or the provider unknown.
        ModelNotAvailable: a package, a key or a file is missing.
    """
    provider, _, name = spec.strip().partition(":")
    if provider == "quotes":
        raise SettingsError("quotes is an answer without a language model; there is no model to load")
    if base_url is not None:
        return _on_server(spec.strip(), base_url, timeout)
    if provider == "local":
        return _local(name, timeout)
    if not provider or not name:
        raise SettingsError(f"{spec!r} is no language model; give {FORMS}")
    return _of_provider(provider, name, timeout)


def _local(name: str, timeout: float) -> "BaseChatModel":
    engine = local.serve(local.find(name))
    return _openai_compatible(
        name or local.DEFAULT,
        engine.base_url,
        engine.api_key,
        timeout,
        max_retries=0,
        metadata={_LOCAL: True},
        extra_body={"cache_prompt": True},
    )


def _on_server(spec: str, base_url: str, timeout: float) -> "BaseChatModel":
    provider = spec.partition(":")[0]
    name = spec.removeprefix("openai:")
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
        raise SettingsError(f"{_address(base_url) or base_url!r} is no address of a server: http://HOST:PORT/v1")
    if not name or (provider in ("local", *_EXTRAS) and provider not in ("openai", spec)) or spec == "local":
        raise SettingsError(f"{spec!r} does not go with a server's address; give openai:NAME or NAME")
    key = os.environ.get("OPENAI_API_KEY") or "not-needed"
    return _openai_compatible(name, base_url, key, timeout, max_retries=1)


def _openai_compatible(name: str, base_url: str, key: str, timeout: float, **more: Any) -> "BaseChatModel":
    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    if urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1"):  # a proxy can't reach this machine
        more["http_client"] = openai.DefaultHttpxClient(trust_env=False)
        more["http_async_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
        more |= {"openai_proxy": None, "http_socket_options": ()}  # or it warns that the proxy is not used
    return ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=SecretStr(key),
        temperature=0,
        timeout=timeout,
        use_responses_api=False,
        **more,
    )


def _of_provider(provider: str, name: str, timeout: float) -> "BaseChatModel":
    from langchain.chat_models import init_chat_model

    keys = _KEYS.get(provider, ())
    options: dict[str, Any] = {"temperature": 0, "timeout": timeout, "max_retries": 1}
    if provider == "ollama":
        options = {"temperature": 0, "client_kwargs": {"timeout": timeout}}
    if keys and not any(map(os.environ.get, keys)):
        raise ModelNotAvailable(f"no key for {provider}:{name}: set {' or '.join(keys)}")
    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, **options)
    except ImportError as error:
        found = re.search(r"requires the (\S+) package", str(error))
        package = found[1] if found else f"langchain-{provider}"
        what = f'"footnote[{_EXTRAS[provider]}]"' if provider in _EXTRAS else package
        raise ModelNotAvailable(f"the package {package} is missing: pip install {what}") from error
    except Exception as error:
        if "Unsupported provider" in str(error):
            raise SettingsError(f"{provider!r} is no provider of language models; give {FORMS}") from error
        raise ModelNotAvailable(f"can't set up {provider}:{name}: {_first_line(error)}") from error
    return model


def stream_text(model: "BaseChatModel", messages: "Sequence[BaseMessage]", **kwargs: Any) -> Iterator[str]:
    """The answer piece by piece, as `model.stream` gives it.

    Raises:
        ModelFailed: the model refused, can't be reached, timed out, broke off, or said nothing.
    """
    for chunk in model.stream(list(messages), **kwargs):
        if text := str(chunk.text):
            yield text


def first_token_logprobs(
    model: "BaseChatModel", messages: "Sequence[BaseMessage]", *, top: int = 20
) -> dict[str, float]:
    """The most likely first tokens of a local model's answer, each with its natural log-probability.

    Raises:
        ModelFailed: as `stream_text`.
    """
    answer = model.invoke(list(messages), logprobs=True, top_logprobs=top, max_tokens=1)
    (token,) = answer.response_metadata["logprobs"]["content"]
    return {entry["token"]: entry["logprob"] for entry in token["top_logprobs"]}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _address(url: str) -> str:
    """Scheme, host and port of an address, without a password that may be in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
