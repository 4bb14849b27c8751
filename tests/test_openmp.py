"""Threads that wait leave their core to others, and llama.cpp is loaded where the system has no OpenMP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.openmp import load_openmp_of_torch, wait_briefly
from rag import local

# Stands for the extension module: it can't be loaded as long as there is no libgomp. It says what it was loaded with.
LLAMA_CPP = """
import os
from pathlib import Path
from types import SimpleNamespace

if "/torch/lib/libgomp" not in Path("/proc/self/maps").read_text():
    raise ImportError("libgomp.so.1: cannot open shared object file: No such file or directory")
print(os.environ["GOMP_SPINCOUNT"])

class CommonParams(SimpleNamespace):
    model, cpuparams = SimpleNamespace(), SimpleNamespace()

llama_pooling_type = SimpleNamespace(LLAMA_POOLING_TYPE_LAST=3)

def Server(params):
    raise RuntimeError("not a real one")
"""
SERVE = """
import sys
from pathlib import Path
from index.errors import ModelNotAvailable
from rag import engine

try:
    engine.serve(Path(sys.argv[1]), Path(sys.argv[2]))
except ModelNotAvailable as error:
    print(error)
"""


def serve(tmp_path: Path, llama_cpp: str) -> list[str]:
    """What a process says that starts this instead of llama.cpp."""
    (tmp_path / "xllamacpp.py").write_text(llama_cpp, encoding="utf-8")
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    quiet = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(path), str(tmp_path / "kept")],
        env=quiet | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(local.__file__).parent.parent)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def has_openmp_in_torch() -> bool:
    try:
        load_openmp_of_torch()
    except OSError:
        return False
    return Path("/proc/self/maps").exists()


@pytest.mark.skipif(not has_openmp_in_torch(), reason="needs Linux and a torch that brings libgomp")
def test_where_the_system_has_no_openmp_that_of_torch_is_taken(tmp_path: Path) -> None:
    spins, error = serve(tmp_path, LLAMA_CPP)
    assert int(spins) < 10_000  # 300,000 take milliseconds, in which another program could have the core
    assert error.startswith("llama.cpp can't load")  # this one; it had come as far as that


@pytest.mark.parametrize(
    ("llama_cpp", "said"),
    [
        ("raise ImportError('GLIBC_2.99 not found')", "llama.cpp can't be loaded: GLIBC_2.99 not found"),
        (
            "raise ImportError('libgomp.so.1: wrong ELF class')",
            "llama.cpp can't be loaded: libgomp.so.1: wrong ELF class; "
            "install the system's libgomp (on Debian: apt install libgomp1)",
        ),
        ("import xllamacpp_not_there", "the package xllamacpp_not_there is missing: pip install xllamacpp_not_there"),
    ],
)
def test_why_it_can_not_be_loaded_is_said(tmp_path: Path, llama_cpp: str, said: str) -> None:
    assert serve(tmp_path, llama_cpp) == [said]


@pytest.mark.parametrize(
    ("own", "then"),
    [
        ({}, ("PASSIVE", "1000")),
        ({"GOMP_SPINCOUNT": "5"}, ("PASSIVE", "5")),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, ("ACTIVE", None)),
    ],
)
def test_what_the_user_has_set_stays(
    own: dict[str, str], then: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    wait_briefly()
    assert tuple(map(os.environ.get, names)) == then
