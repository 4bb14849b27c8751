"""load_model("provider:model") -> a LangChain chat model, and what it says as plain text with plain errors.

Nothing is sent anywhere before a model is asked, and then only to the model that was named. LangChain itself
also sends every prompt to LangSmith where LANGSMITH_TRACING is set: that is left to whoever set it.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import ModelFailed, ModelNotAvailable, SettingsError
from rag import engine, local

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

FORMS = "local, local:NAME, local:/path/to/model.gguf, or PROVIDER:MODEL such as openai:gpt-5-mini or ollama:llama3.2"

_PROVIDERS = ("openai", "anthropic", "ollama", "mistralai", "google_genai")
_KEYS = {  # the variables that each one's key may be in
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "mistralai": ("MISTRAL_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
}
_ENDS = ("finish_reason", "stop_reason", "done_reason", "status")  # where a provider says why an answer ended
LIKELIEST = 20  # first tokens that a local model says the probability of
SERVER_TIMEOUT = 120.0
LOCAL_TIMEOUT = 900.0  # a busy machine takes minutes to read the instructions, and no other server is to be had
_LOCAL = "footnote_local"  # the mark of a model run in this process, in its metadata; there is what makes it forget
_STATE = "footnote_state"  # in the metadata of the default local model alone: what gives its state
_GIVEN_UP: ContextVar[Event | None] = ContextVar("given_up", default=None)


class _GivenUp(CancelledError):
    """Not a provider's own way to fail."""


def default_spec() -> str:
    """`local` if the default local model is on disk, else `quotes`."""
    return "local" if local.installed() else "quotes"


def is_local(model: "BaseChatModel") -> bool:
    """Whether `load_model` made it run inside this process."""
    return _LOCAL in (getattr(model, "metadata", None) or {})


def forget(model: "BaseChatModel") -> None:
    """Have a local model forget what it was asked before: the same question gets the same answer at any time.

    Only where it is asked another one meanwhile, that may change how it rounds.

    Raises:
        CancelledError: nobody waits for the answer any more (see `wanted_until`).
    """
    _raise_if_given_up()
    if callable(restore := (getattr(model, "metadata", None) or {}).get(_LOCAL)):
        restore()


def state_of(model: "BaseChatModel", text: str) -> list[float] | None:
    """What the last layer of the default local model holds at the last token of a text; None of any other model.

    Raises:
        ModelFailed: it does not answer.
        CancelledError: as `stream_text`.
    """
    _raise_if_given_up()
    state = (getattr(model, "metadata", None) or {}).get(_STATE)
    if state is None:
        return None
    try:
        found: list[float] = state(text)
    except Exception as error:
        raise ModelFailed(_failure(error, model, said=False)) from error
    return found


def model_name(model: "BaseChatModel") -> str:
    """What to call it on screen: `local:NAME`, `openai:NAME`; the class of a model that is no provider's."""
    name = getattr(model, "model_name", None) or getattr(model, "model", None)
    package = type(model).__module__.partition(".")[0]
    if is_local(model):
        return f"local:{name}"
    if isinstance(name, str) and package.startswith("langchain_") and package != "langchain_core":
        return f"{package.removeprefix('langchain_')}:{name}"
    return type(model).__name__


def load_model(spec: str, *, base_url: str | None = None, timeout: float | None = None) -> "BaseChatModel":
    """The chat model that a spec names, at temperature 0.

    Only `local` does work now: it starts llama.cpp, and the first time has it read its instructions, which takes a
    minute or two.

    Args:
        spec: `local`, `local:NAME`, `local:/path/to.gguf` or `provider:model`; with `base_url` also a bare name.
        base_url: Address of an OpenAI-compatible server, usually ending in `/v1`; its key is OPENAI_API_KEY, if set.
        timeout: Seconds without a byte from the model after which it counts as failed; 120 by default, 900 for a local
            one.

    Raises:
        SettingsError: the spec or the address is malformed, or the provider unknown.
        ModelNotAvailable: a package, a key or a file is missing.
    """
    provider, _, name = spec.strip().partition(":")
    if provider == "quotes":
        raise SettingsError("quotes is an answer without a language model; there is no model to load")
    if base_url is not None:
        return _on_server(spec.strip(), base_url, timeout or SERVER_TIMEOUT)
    if provider == "local":
        return _local(name, timeout or LOCAL_TIMEOUT)
    if not provider or not name:
        raise SettingsError(f"{spec!r} is no language model; give {FORMS}")
    return _of_provider(provider, name, timeout or SERVER_TIMEOUT)


def _local(name: str, timeout: float) -> "BaseChatModel":
    from rag import instructions, prompts

    path = local.find(name)
    kept = instructions.kept_in(local.models_folder(), path)
    server = engine.serve(path, kept)
    beginnings = prompts.beginnings()
    instructions.read(server, beginnings, kept)
    made: dict[str, Any] = {_LOCAL: partial(instructions.restore, server, beginnings, kept)}
    if name in ("", local.DEFAULT):
        with suppress(OSError):  # without a slot of its own it drives instructions out
            server.hold(len(beginnings), prompts.ANSWERED_BEGINNING, timeout)
        made[_STATE] = partial(server.state, timeout=timeout)
    return _openai_compatible(
        name or local.DEFAULT,
        server.base_url,
        server.api_key,
        timeout,
        max_retries=0,
        metadata=made,
        extra_body={"cache_prompt": True},
    )


def _on_server(spec: str, base_url: str, timeout: float) -> "BaseChatModel":
    provider = spec.partition(":")[0]
    name = spec.removeprefix("openai:")
    if not re.match(r"https?://", base_url) or not _address(base_url):
        raise SettingsError(
            "the address of the language model's server is malformed; it looks like http://HOST:PORT/v1"
        )
    if not name or (provider in ("local", *_PROVIDERS) and provider not in ("openai", spec)) or spec == "local":
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
        raise ModelNotAvailable(f"the package {package} is missing: pip install {package}") from error
    except Exception as error:
        if "Unsupported provider" in str(error):
            raise SettingsError(f"{provider!r} is no provider of language models; give {FORMS}") from error
        raise ModelNotAvailable(f"can't set up {provider}:{name}: {_clean(error)}") from error
    return model


@contextmanager
def wanted_until(given_up: Event) -> Iterator[None]:
    """Within it no model says any more once `given_up` is set: nobody waits for it, and others want the machine."""
    before = _GIVEN_UP.set(given_up)
    try:
        yield
    finally:
        _GIVEN_UP.reset(before)


def stream_text(
    model: "BaseChatModel",
    messages: "Sequence[BaseMessage]",
    *,
    may_be_empty: bool = False,
    first: dict[str, float] | None = None,
    **kwargs: Any,
) -> Iterator[str]:
    """The answer piece by piece, as `model.stream` gives it; `kwargs` go to the model.

    If `first` is given, a local model's likeliest first tokens are put there, as `first_token_logprobs` gives them.

    Raises:
        ModelFailed: the model refused, can't be reached, timed out, broke off, or said nothing, unless it may.
        CancelledError: nobody waits for the answer any more (see `wanted_until`).
    """
    _raise_if_given_up()
    said = False
    reason = None
    if first is not None:
        kwargs |= {"logprobs": True, "top_logprobs": LIKELIEST}
    try:
        for chunk in _stream(model, list(messages), kwargs):
            _raise_if_given_up()
            if first is not None and not first:
                first |= _first_token(chunk)
            reason = next(filter(None, map(chunk.response_metadata.get, _ENDS)), reason)
            if text := str(chunk.text):
                said = said or not text.isspace()
                yield text
    except _GivenUp:
        raise
    except Exception as error:
        raise ModelFailed(_failure(error, model, said)) from error
    if reason == "content_filter":
        raise ModelFailed(f"{model_name(model)} did not finish the answer: its provider's content filter stopped it")
    # A connection that closes early can look like the end of the answer. Every OpenAI-compatible server says why
    # an answer ends; of other providers, and of fakes, that is not known.
    if said and reason is None and any(base.__name__ == "BaseChatOpenAI" for base in type(model).__mro__):
        raise ModelFailed(f"{model_name(model)} broke off in the middle of the answer; try again")
    if not said and not may_be_empty:
        raise ModelFailed(f"{model_name(model)} gave an empty answer")


def first_token_logprobs(
    model: "BaseChatModel", messages: "Sequence[BaseMessage]", *, top: int = LIKELIEST
) -> dict[str, float]:
    """The `top` most likely first tokens of a local model's answer, each with its natural log-probability.

    Raises:
        ModelFailed: as `stream_text`, or the model gives no log-probabilities.
        CancelledError: as `stream_text`.
    """
    _raise_if_given_up()
    try:
        answer = model.invoke(list(messages), logprobs=True, top_logprobs=top, max_tokens=1)
    except Exception as error:
        raise ModelFailed(_failure(error, model, said=False)) from error
    if not (found := _first_token(answer)):
        raise ModelFailed(f"{model_name(model)} gives no log-probabilities")
    return found


def token_logprobs(model: "BaseChatModel", messages: "Sequence[BaseMessage]", *tokens: str) -> list[float]:
    """The log-probabilities that a local model's answer begins with each of these tokens, spaces aside.

    One that is not among the likeliest is taken for less likely than the last of them.

    Raises:
        ModelFailed, CancelledError: as `first_token_logprobs`.
    """
    found = first_token_logprobs(model, messages)
    likeliest = {token.strip(): value for token, value in found.items()}
    lowest = min(found.values()) - 1
    return [likeliest.get(token, lowest) for token in tokens]


def preference(model: "BaseChatModel", messages: "Sequence[BaseMessage]", this: str, that: str) -> float:
    """How much rather a local model's answer begins with the token `this` than with `that`: log P(this) - log P(that).

    Raises:
        ModelFailed, CancelledError: as `first_token_logprobs`.
    """
    one, other = token_logprobs(model, messages, this, that)
    return one - other


def _raise_if_given_up() -> None:
    given_up = _GIVEN_UP.get()
    if given_up is not None and given_up.is_set():
        raise _GivenUp("nobody waits for the answer")


def _first_token(message: "BaseMessage") -> dict[str, float]:
    """What a message's first token may be, with log-probabilities; empty if the model does not say."""
    tokens = (message.response_metadata.get("logprobs") or {}).get("content") or [{"top_logprobs": []}]
    # Best last, so that of two tokens that look the same (halves of a character do) the likelier one stays.
    return {entry["token"]: entry["logprob"] for entry in reversed(tokens[0]["top_logprobs"])}


def _stream(
    model: "BaseChatModel", messages: "list[BaseMessage]", kwargs: dict[str, Any]
) -> "Iterator[AIMessageChunk]":
    try:
        yield from model.stream(messages, **kwargs)
    except Exception as error:
        # Reasoning models take no temperature, and no list of them is ever complete: so do without when told.
        if _status(error) != 400 or "temperature" not in str(error) or getattr(model, "temperature", 1) != 0:
            raise
        model.temperature = None  # type: ignore[attr-defined]
        yield from model.stream(messages, **kwargs)


def _failure(error: Exception, model: "BaseChatModel", said: bool) -> str:
    """One line for whatever a provider's package raised; LangChain has classes for most, the rest go by name."""
    from langchain_core import exceptions as known

    name, status, kind = model_name(model), _status(error), type(error).__name__
    cause = type(error.__cause__ or error).__name__ + type(getattr(error.__cause__, "__cause__", None)).__name__
    where = _address(str(getattr(getattr(error, "request", None), "url", ""))) or "its server"
    detail = _clean(error, model)
    if isinstance(error, (known.ModelTimeoutError, TimeoutError)) or "Timeout" in kind:
        return f"{name} did not answer in time; FOOTNOTE_LLM_TIMEOUT sets how many seconds to wait"
    if status in (401, 403):
        variables = " or ".join(getattr(model, "lc_secrets", {}).values()) or "its API key"
        return f"{where} refused the key for {name} ({status}): check {variables}"
    if isinstance(error, known.ContextOverflowError) or (status == 400 and "context" in detail):
        return f"the question with its passages is too long for {name}: {detail}"
    if status == 404:
        return f"{where} does not know {name} (404): check the model's name, and the address if you gave one"
    if status == 429:
        return f"{name}: too many requests, or no credit left (429); try again later: {detail}"
    if status is not None:
        return f"{where} {'failed' if status >= 500 else 'refused the request'} for {name} ({status}): {detail}"
    if said:
        return f"{name} broke off in the middle of the answer: {detail}"
    if isinstance(error, (known.ModelConnectionError, ConnectionError)) or "Connect" in kind:
        if re.search("Protocol|ReadError|Reset", cause):
            return f"{where} closed the connection before {name} answered"
        return f"can't reach {where} for {name}: is the server running, and its address right?"
    if "No generation chunks" in str(error):
        return f"{name} gave an empty answer; if you gave an address, does it end in /v1?"
    if isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return f"{name} sent something that is no answer: {detail}"
    return f"{name} failed: {detail}"


def _status(error: Exception) -> int | None:
    for source in (error, getattr(error, "response", None)):
        if isinstance(status := getattr(source, "status_code", None), int):
            return status
    return None


def _clean(error: Exception, model: "BaseChatModel | None" = None) -> str:
    """The provider's own words, short, in one line, and without a key."""
    body = getattr(error, "body", None)
    text = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(text or error).split()) or type(error).__name__
    secrets = [
        value.get_secret_value()
        for value in (vars(model) if model else {}).values()
        if hasattr(value, "get_secret_value")
    ]
    secrets += [value for name, value in os.environ.items() if name.endswith(("_KEY", "_TOKEN", "_SECRET"))]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "…") if len(secret) >= 6 else text
    return text if len(text) <= 200 else f"{text[:200]}…"


def _address(url: str) -> str:
    """Scheme, host and port of an address, without a password that may be in it."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else ""
