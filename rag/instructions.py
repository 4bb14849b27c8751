"""The instructions of a local model, read once and kept on disk.

Most prompts begin with hundreds of tokens that never change, which a processor takes most of a minute to read. What
llama.cpp has computed of them, its key-value cache, is saved to a file for each prompt (20 to 30 kB a token) and is
there again in milliseconds when the next process starts, and before each question.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from langchain_core.messages import BaseMessage, convert_to_openai_messages

from rag.engine import CONTEXT, Engine

PATIENCE = 900.0  # seconds for all prompts, on a busy machine
OLD = 7 * 24 * 3600.0  # seconds after which what nobody uses is deleted
SOON = 30.0  # seconds for what is on disk: a slot still at work answers when it is done


def kept_in(models: Path, model: Path) -> Path:
    """The folder for what this model has read: another file, or another llama.cpp, starts anew."""
    found = model.stat()
    key = f"{model.resolve()} {found.st_size} {found.st_mtime_ns} {version('xllamacpp')} {CONTEXT}"
    return models / "instructions" / model.stem / hashlib.sha256(key.encode()).hexdigest()[:16]


def are_kept(prompts: Sequence[Sequence[BaseMessage]], folder: Path) -> bool:
    """Whether all of these prompts have been read before."""
    return all(any(folder.glob(f"{_name(prompt)}-*")) for prompt in prompts)


def read(engine: Engine, prompts: Sequence[Sequence[BaseMessage]], folder: Path) -> None:
    """Have a model that has just started know these prompts, each in a slot of its own; what is not on disk is read.

    Without it answers only come later: so whatever goes wrong here is left alone.
    """
    deadline = time.monotonic() + PATIENCE
    for slot, prompt in enumerate(prompts):
        with contextlib.suppress(OSError):
            if not _restored(engine, slot, prompt, folder) and deadline > time.monotonic():
                _read(engine, slot, prompt, folder, deadline)
    with contextlib.suppress(OSError):
        for other in {*folder.parent.iterdir(), *folder.iterdir()} - {folder}:
            # Of another model, llama.cpp or prompt, or half a file. What another process uses is not old.
            if time.time() - _last_used(other) > OLD:
                shutil.rmtree(other) if other.is_dir() else other.unlink()


def _last_used(path: Path) -> float:
    """When a file or what is in a folder was last written or restored, in seconds since the epoch."""
    return max(found.stat().st_mtime for found in (path, *path.glob("*")))


def restore(engine: Engine, prompts: Sequence[Sequence[BaseMessage]], folder: Path) -> None:
    """Have a model forget all but these prompts, if they are kept, so that what it says next depends on nothing else.

    llama.cpp goes on from what a prompt has in common with an earlier one, and where it goes on changes how it rounds:
    enough for the same question to get another answer.
    """
    for slot, prompt in enumerate(prompts):
        with contextlib.suppress(OSError):
            _restored(engine, slot, prompt, folder)


def _restored(engine: Engine, slot: int, prompt: Sequence[BaseMessage], folder: Path) -> Path | None:
    """The file of a prompt that its slot holds now; None if there is none.

    Raises:
        OSError: the server can't take it.
    """
    if path := _whole(folder, prompt):
        with contextlib.suppress(OSError):  # where it may not be written
            os.utime(path)
        engine.post(f"/slots/{slot}?action=restore", {"filename": path.name}, SOON)
    return path


def _read(engine: Engine, slot: int, prompt: Sequence[BaseMessage], folder: Path, deadline: float) -> Path:
    """The file that what was read is kept in.

    Raises:
        OSError: it can't be kept, or time is up.
    """
    messages = convert_to_openai_messages(list(prompt))
    body = {"messages": messages, "max_tokens": 1, "id_slot": slot, "cache_prompt": True}
    engine.post("/v1/chat/completions", body, deadline - time.monotonic())
    part = folder / f"{_name(prompt)}.{os.getpid()}"
    try:
        saved = engine.post(f"/slots/{slot}?action=save", {"filename": part.name}, deadline - time.monotonic())
        if saved.get("n_written") != part.stat().st_size:
            raise OSError(f"{part} is not whole")
        return part.replace(folder / f"{_name(prompt)}-{_digest(part)}")
    finally:
        part.unlink(missing_ok=True)


def _name(prompt: Sequence[BaseMessage]) -> str:
    messages = convert_to_openai_messages(list(prompt))
    return hashlib.sha256(json.dumps(messages).encode()).hexdigest()[:16]


def _whole(folder: Path, prompt: Sequence[BaseMessage]) -> Path | None:
    """The file of a prompt, if it is as it was written: half a file would end llama.cpp, and with it the process."""
    return next((path for path in folder.glob(f"{_name(prompt)}-*") if path.name.endswith(f"-{_digest(path)}")), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:16]
