"""Language models by name, and their failures, against a real server that misbehaves."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk

from index.errors import ModelFailed, ModelNotAvailable, SettingsError
from rag import llm, local

KEY = "sk-very-secret-key-0123456789"
ASK = [HumanMessage("What is new?")]


def event(text: str = "", reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
ERROR_EVENT = b'data: {"error": {"message": "the worker died", "code": 500}}\n\n'


class Handler(BaseHTTPRequestHandler):
    """The first part of the path says how to misbehave."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((request, {name.lower(): value for name, value in self.headers.items()}))
        case = self.path.split("/")[1]
        if case.isdigit():
            self.status(int(case), f"Wrong: {self.headers['Authorization']}")
        elif case == "no-temperature" and "temperature" in request:
            self.status(400, "Unsupported value: 'temperature' does not support 0 with this model.")
        elif case == "too-long":
            self.status(400, "request (9030 tokens) exceeds the available context size (8192 tokens)")
        elif case == "reset":
            self.close_connection = True
        elif case == "hang":
            self.server.release.wait(20)
        elif case == "html":
            self.body(b"<html>not a model</html>", "text/html")
        else:
            self.stream(case)

    def status(self, code: int, message: str) -> None:
        self.body(json.dumps({"error": {"message": message}}).encode(), "application/json", code)

    def body(self, data: bytes, kind: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(data)

    def stream(self, case: str) -> None:
        chunked = case not in ("ends-early",)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked") if chunked else self.send_header("Connection", "close")
        self.end_headers()

        def say(data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            self.wfile.flush()

        start = [event("The sky "), event("is blue")]
        for data in {
            "nothing": [DONE],
            "blank": [event("  "), event("", "stop"), DONE],
            "ends-early": start,
            "breaks": start,
            "no-reason": [*start, DONE],
            "malformed": [*start, b"data: {no json\n\n"],
            "other-json": [b'data: "hello"\n\n', DONE],
            "no-delta": [b'data: {"choices": [{"index": 0}]}\n\n', DONE],
            "error-event": [*start, ERROR_EVENT],
            "error-first": [ERROR_EVENT],
            "stalls": start,
            "filter": [*start, event("", "content_filter"), DONE],
        }.get(case, [*start, event("."), event("", "stop"), DONE]):
            say(data)
        if case == "stalls":
            self.server.release.wait(20)
        if case in ("breaks", "stalls", "ends-early"):
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


class Server(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """A client that hangs up is part of the game."""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.release = threading.Event()
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing answers there
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def load(server: ThreadingHTTPServer, case: str, spec: str = "openai:tiny", timeout: float = 5.0) -> Any:
    return llm.load_model(spec, base_url=f"http://127.0.0.1:{server.server_port}/{case}/v1", timeout=timeout)


@pytest.mark.parametrize("spec", ["openai:tiny", "tiny", "tiny:1b"])
def test_good_stream(server: ThreadingHTTPServer, spec: str) -> None:
    model = load(server, "good", spec)
    assert list(llm.stream_text(model, ASK)) == ["The sky ", "is blue", "."]
    request, headers = server.seen[-1]
    assert request["model"] == spec.removeprefix("openai:")
    assert request["temperature"] == 0
    assert headers["authorization"] == f"Bearer {KEY}"
    assert llm.model_name(model) == f"openai:{request['model']}"
    assert not llm.is_local(model)


def test_a_server_without_a_key_gets_a_dummy(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert list(llm.stream_text(load(server, "good"), ASK))
    assert server.seen[-1][1]["authorization"] == "Bearer not-needed"


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("401", "http://127.0.0.1:PORT refused the key for openai:tiny (401): check OPENAI_API_KEY"),
        ("403", "http://127.0.0.1:PORT refused the key for openai:tiny (403): check OPENAI_API_KEY"),
        ("404", "http://127.0.0.1:PORT does not know openai:tiny (404)"),
        ("429", "openai:tiny: too many requests, or no credit left (429)"),
        ("400", "http://127.0.0.1:PORT refused the request for openai:tiny (400): Wrong: Bearer …"),
        ("500", "http://127.0.0.1:PORT failed for openai:tiny (500): Wrong: Bearer …"),
        ("503", "http://127.0.0.1:PORT failed for openai:tiny (503)"),
        ("too-long", "the question with its passages is too long for openai:tiny"),
        ("reset", "http://127.0.0.1:PORT closed the connection before openai:tiny answered"),
        ("html", "openai:tiny gave an empty answer"),
        ("nothing", "openai:tiny gave an empty answer"),
        ("blank", "openai:tiny gave an empty answer"),
        ("ends-early", "openai:tiny broke off in the middle of the answer"),
        ("breaks", "openai:tiny broke off in the middle of the answer"),
        ("no-reason", "openai:tiny broke off in the middle of the answer"),
        ("malformed", "openai:tiny broke off in the middle of the answer"),
        ("other-json", "openai:tiny sent something that is no answer"),
        ("no-delta", "openai:tiny"),
        ("error-event", "openai:tiny broke off in the middle of the answer: the worker died"),
        ("error-first", "openai:tiny failed: the worker died"),
        ("filter", "openai:tiny did not finish the answer: its provider's content filter stopped it"),
    ],
)
def test_failures_are_one_clear_line(server: ThreadingHTTPServer, case: str, message: str) -> None:
    with pytest.raises(ModelFailed) as failure:
        list(llm.stream_text(load(server, case), ASK))
    assert str(failure.value).startswith(message.replace("PORT", str(server.server_port)))
    assert "\n" not in str(failure.value)
    assert KEY not in str(failure.value)


@pytest.mark.parametrize("case", ["hang", "stalls"])
def test_time_out(server: ThreadingHTTPServer, case: str) -> None:
    pieces = llm.stream_text(load(server, case, timeout=0.5), ASK)
    with pytest.raises(ModelFailed, match="openai:tiny did not answer in time; FOOTNOTE_LLM_TIMEOUT"):
        list(pieces)


def test_what_came_before_a_break_is_given_out(server: ThreadingHTTPServer) -> None:
    pieces = llm.stream_text(load(server, "breaks"), ASK)
    assert [next(pieces), next(pieces)] == ["The sky ", "is blue"]
    with pytest.raises(ModelFailed):
        next(pieces)


def test_no_server() -> None:
    model = llm.load_model("tiny", base_url="http://user:hunter2@127.0.0.1:9/v1", timeout=2)
    with pytest.raises(
        ModelFailed, match=r"^can't reach http://127\.0\.0\.1:9 for openai:tiny: is the server"
    ) as failure:
        list(llm.stream_text(model, ASK))
    assert "hunter2" not in str(failure.value)


def test_a_model_that_takes_no_temperature_is_asked_without(server: ThreadingHTTPServer) -> None:
    model = load(server, "no-temperature")
    before = len(server.seen)
    assert "".join(llm.stream_text(model, ASK)) == "The sky is blue."
    assert "".join(llm.stream_text(model, ASK)) == "The sky is blue."
    assert [("temperature" in request) for request, _ in server.seen[before:]] == [True, False, False]


def test_giving_up_in_the_middle_closes_the_connection(server: ThreadingHTTPServer) -> None:
    pieces = llm.stream_text(load(server, "good"), ASK)
    assert next(pieces) == "The sky "
    pieces.close()


def test_blocks_of_content() -> None:
    class Thinking(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            for block in ({"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Blue"}, "."):
                yield ChatGenerationChunk(message=AIMessageChunk([block]))

    assert list(llm.stream_text(Thinking(responses=[""]), ASK)) == ["Blue", "."]


def test_fakes_are_named_by_their_class() -> None:
    model = FakeListChatModel(responses=["Blue."])
    assert llm.model_name(model) == "FakeListChatModel"
    assert "".join(llm.stream_text(model, ASK)) == "Blue."


def test_what_nobody_waits_for_is_not_written_to_the_end() -> None:
    model, given_up = FakeListChatModel(responses=["Blue."]), threading.Event()
    with llm.wanted_until(given_up):
        pieces = llm.stream_text(model, ASK)
        assert next(pieces) == "B"
        given_up.set()
        with pytest.raises(CancelledError):
            next(pieces)
        for ask in (lambda: next(llm.stream_text(model, [])), lambda: llm.first_token_logprobs(model, [])):
            with pytest.raises(CancelledError):
                ask()
    assert "".join(llm.stream_text(model, ASK)) == "Blue."


def test_any_exception_is_a_model_failure() -> None:
    class Broken(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            raise RuntimeError(f"first line\nsecond line {KEY}")

    with pytest.raises(ModelFailed, match=r"^Broken failed: first line second line …$"):
        list(llm.stream_text(Broken(responses=[""]), ASK))


@pytest.mark.parametrize(
    "spec",
    ["", " ", ":", "gpt-5-mini", "openai:", ":gpt-5-mini", "nobody:gpt-5-mini", "quotes", "quotes:x"],
)
def test_malformed_specs(spec: str) -> None:
    with pytest.raises(SettingsError) as failure:
        llm.load_model(spec)
    assert "openai:gpt-5-mini" in str(failure.value) or "without a language model" in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000/v1", "ftp://127.0.0.1/v1", "http://", "http://[::1/v1", "http://a:b/v1"]
)
def test_malformed_addresses(url: str) -> None:
    with pytest.raises(SettingsError, match="is malformed; it looks like http://HOST:PORT/v1"):
        llm.load_model("openai:tiny", base_url=url)


@pytest.mark.parametrize("spec", ["", "openai:", "local", "local:x", "anthropic:claude", "quotes"])
def test_specs_that_do_not_go_with_an_address(spec: str) -> None:
    with pytest.raises(SettingsError):
        llm.load_model(spec, base_url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize("spec", ["local:nobody", "local:/no/such.gguf"])
def test_local_models_that_are_not_there(spec: str) -> None:
    with pytest.raises(ModelNotAvailable):
        llm.load_model(spec)


def test_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelNotAvailable, match="no key for openai:gpt-5-mini: set OPENAI_API_KEY"):
        llm.load_model("openai:gpt-5-mini")


@pytest.mark.parametrize(
    ("spec", "module", "message"),
    [
        ("mistralai:small", "langchain_mistralai", "langchain-mistralai is missing: pip install langchain-mistralai"),
        ("ollama:llama3.2:3b", "langchain_ollama", "langchain-ollama is missing: pip install langchain-ollama"),
        ("groq:fast", "langchain_groq", "langchain-groq is missing: pip install langchain-groq"),
    ],
)
def test_missing_package(spec: str, module: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "langchain_community.chat_models", None)  # LangChain's older home of ollama
    with pytest.raises(ModelNotAvailable) as failure:
        llm.load_model(spec)
    assert str(failure.value) == f"the package {message}"


def test_provider_models_get_time_out_and_few_retries() -> None:
    model: Any = llm.load_model("openai:gpt-4o-mini", timeout=7)
    assert (model.request_timeout, model.max_retries, model.temperature) == (7, 1, 0)
    assert llm.model_name(model) == "openai:gpt-4o-mini"


def test_default_is_local_only_where_its_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert llm.default_spec() == "quotes"
    file = local.models_folder() / local.MODELS[local.DEFAULT].file
    file.parent.mkdir(parents=True)
    with file.open("wb") as sparse:
        sparse.truncate(local.MODELS[local.DEFAULT].size)
    assert llm.default_spec() == "local"


def test_importing_loads_nothing_heavy() -> None:
    heavy = {"langchain_core", "langchain_openai", "openai", "xllamacpp", "huggingface_hub", "torch"}
    code = f"import sys, rag.llm; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
