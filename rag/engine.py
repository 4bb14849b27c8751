"""llama.cpp inside the process: a GGUF file becomes an OpenAI-compatible server on 127.0.0.1.

Nothing here prints, and nothing is loaded before `serve` is called.
"""

import atexit
import contextlib
import json
import os
import secrets
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from index.errors import ModelNotAvailable
from index.openmp import load_openmp_of_torch, wait_briefly

CONTEXT = 12_288  # tokens of prompt and answer together, and of what is kept of the other prompts meanwhile
SLOTS = 12  # one for each beginning of `rag.prompts.beginnings`, one for `Engine.state`, one for prompts that have none
EXIT_WAIT = 5.0  # seconds that a request still under way may hold up the end of the process


@dataclass(frozen=True)
class Engine:
    """A running llama.cpp server.

    Attributes:
        base_url: Its OpenAI-compatible address, which ends in `/v1`.
        api_key: The key that it asks for, random in every process.
    """

    base_url: str
    api_key: str

    def __repr__(self) -> str:
        return f"Engine({self.base_url!r})"  # the key stays out of logs

    def post(self, path: str, body: dict[str, Any], timeout: float) -> Any:
        """What the server says to a request of its own interface, below its address.

        Raises:
            OSError: it refuses, or does not answer in time.
        """
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        address = self.base_url.removesuffix("/v1") + path
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        with _DIRECT.open(request, timeout=timeout) as answer:
            return json.load(answer)

    def hold(self, slot: int, text: str, timeout: float) -> None:
        """Has a slot hold a text, so that what begins with it goes there.

        Raises:
            OSError: as `post`.
        """
        self.post("/completion", {"prompt": text, "n_predict": 0, "id_slot": slot}, timeout)

    def state(self, text: str, timeout: float) -> list[float]:
        """What the model's last layer holds at the last token of a text: as many numbers as the model is wide.

        Raises:
            OSError: as `post`.
        """
        (found,) = self.post("/embeddings", {"content": text}, timeout)
        (state,) = found["embedding"]
        return list(map(float, state))


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy can't reach this machine
_ENGINES: dict[Path, Engine] = {}
_LOCK = threading.Lock()


def serve(path: Path, kept: Path) -> Engine:
    """Starts llama.cpp with this model on a free port of 127.0.0.1, once per file and process.

    The first call takes the seconds that the disk needs for the file; it prints nothing.

    Args:
        path: The GGUF file.
        kept: Folder, made if it is not there, where the server may save and find what its slots hold.

    Raises:
        ModelNotAvailable: the file can't be read, is no GGUF, is damaged, or does not fit into the memory.
    """
    path = Path(path).resolve()
    with _LOCK:
        if path not in _ENGINES:
            _ENGINES[path] = _start(path, kept)
        return _ENGINES[path]


def _start(path: Path, kept: Path) -> Engine:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelNotAvailable(f"can't read the local model {path}: {error.strerror}") from error
    xllamacpp = _llama_cpp()
    if magic != b"GGUF":
        raise ModelNotAvailable(f"{path} is not a GGUF file")
    with contextlib.suppress(OSError):  # then nothing is kept
        kept.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(32)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT
    params.n_parallel = SLOTS
    params.embedding = True  # for `Engine.state`; it answers prompts all the same
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_LAST
    params.embd_normalize = -1  # as it is
    params.kv_unified = True  # a prompt may take all that the others leave
    params.slot_save_path = f"{kept}/"
    params.n_batch = 512  # a request that was given up ends with its batch
    params.cpuparams.n_threads = _cores()
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    # A prompt goes to the slot that has its beginning, even if all the rest is a long passage: otherwise it would drive
    # out another beginning. So each kind of prompt has to have one (`rag.prompts.beginnings`).
    params.slot_prompt_similarity = 0.001
    params.cache_ram_mib = 0  # what was asked before must not change an answer (see `rag.instructions.restore`)
    params.verbosity = -1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelNotAvailable(
            f"llama.cpp can't load {path}: damaged, of a kind it does not know, or too large for the memory"
        ) from error
    address = server.listening_address
    atexit.register(_stop, server, address, key)  # this is also what keeps the server alive
    return Engine(f"{address}/v1", key)


def _llama_cpp() -> ModuleType:
    wait_briefly()
    try:
        return import_module("xllamacpp")
    except ModuleNotFoundError as error:
        raise ModelNotAvailable(f"the package {error.name} is missing: pip install {error.name}") from error
    except ImportError as error:
        if "libgomp" not in str(error):
            raise ModelNotAvailable(f"llama.cpp can't be loaded: {error}") from error
    try:  # a slim system
        load_openmp_of_torch()
        return import_module("xllamacpp")
    except (ImportError, OSError) as error:
        what = "install the system's libgomp (on Debian: apt install libgomp1)"
        raise ModelNotAvailable(f"llama.cpp can't be loaded: {error}; {what}") from error


def _cores() -> int:
    """Physical cores that this process may use: a second thread on a core, or one over the quota, slows all."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    usable = os.sched_getaffinity(0)
    count = len(usable)
    with contextlib.suppress(OSError):
        folder = Path("/sys/devices/system/cpu")
        count = len({(folder / f"cpu{n}/topology/thread_siblings_list").read_text() for n in usable})
    with contextlib.suppress(OSError, ValueError):  # "max 100000" where there is no quota
        quota, period = map(int, Path("/sys/fs/cgroup/cpu.max").read_text().split())
        count = min(count, max(1, quota // period))
    return count


def _stop(_server: Any, address: str, key: str) -> None:
    """Lets the server end with the process, without a crash and without waiting for an answer nobody reads.

    Its destructor, which runs when this returns, waits for ever if its loop has not begun or an answer is still
    being sent, and a process that ends without it crashes. So: return when it is idle, or else leave at once.
    """
    deadline = time.monotonic() + EXIT_WAIT
    request = urllib.request.Request(f"{address}/slots", headers={"Authorization": f"Bearer {key}"})
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(OSError), _DIRECT.open(request, timeout=left) as answer:
            if not any(slot["is_processing"] for slot in json.load(answer)):
                return
        time.sleep(0.05)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(130)
