"""Killed at any moment, a power cut, a full disk: the next run ends with the index that a clean run builds."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from folder import zipped
from word_embeddings import assert_same, content, open_words

from index.chroma import RESERVE
from index.files import INDEX_FILE
from index.segments import FILES, LABELS, SEAL, Segment

KILLS = 50
QUERIES = ["the harbour of Brest", "who repaired the clock in 1931", "letters about copper"]
WORDS = (Path(__file__).parent.parent / "seeds" / "inde.txt").read_text(encoding="utf-8").split()

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Syncs a folder in a process of its own, and kills it after some seconds if it is told to."""
    command = [sys.executable, str(Path(__file__).with_name("killed_syncs.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdin is not None
        assert runner.stdout is not None

        def run(documents: Path, index: Path, seconds: float | None = None, writes: int = 0) -> dict[str, Any]:
            order = {"documents": str(documents), "index": str(index), "seconds": seconds, "writes": writes}
            print(json.dumps(order), file=runner.stdin, flush=True)
            answer: dict[str, Any] = json.loads(runner.stdout.readline())
            assert seconds is not None or answer["code"] == 0 or "disk" in answer["error"], answer["error"]
            return answer

        yield run
        runner.stdin.close()


def text(chance: random.Random, sentences: int) -> str:
    return " ".join(" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(sentences))


def change(docs: Path, chance: random.Random, new: int = 5) -> None:
    """What a day does to a folder; `new` files come."""
    files = sorted(path for path in docs.rglob("*.*") if path.is_file())
    for path in chance.sample(files, min(4, len(files))):
        what = chance.choice(["edit", "rename", "delete", "copy", "empty"])
        if what == "edit":
            write(path, chance)
        elif what == "rename":
            path.rename(path.with_name(f"{chance.randrange(10**6)}{path.suffix}"))
        elif what == "delete":
            path.unlink()
        elif what == "copy":
            path.with_name(f"copy {chance.randrange(10**6)}{path.suffix}").write_bytes(path.read_bytes())
        else:
            path.write_text("", encoding="utf-8")
    for _ in range(new):
        suffix = chance.choice([".txt", ".txt", ".txt", ".zip"])
        write(docs / chance.choice(["", "below"]) / f"{chance.randrange(10**6)}{suffix}", chance)


def write(path: Path, chance: random.Random) -> None:
    """A text, longer than the one that is there; of an archive one of its members, and its first ones stay."""
    path.parent.mkdir(exist_ok=True)
    more = text(chance, chance.choice([2, 8, 40]))
    if path.suffix == ".txt":
        path.write_text(f"{path.read_text(encoding='utf-8')} {more}" if path.exists() else more, encoding="utf-8")
        return
    kept = {f"{name}.txt": f"{name} {path.stem}. {text(random.Random(path.stem), 8)}".encode() for name in "abcdef"}
    path.write_bytes(zipped(kept | {f"{chance.choice('bz')}.txt": more.encode()}))


def seen(folder: Path) -> dict[str, Any]:
    index = open_words(folder)
    found = content(index, QUERIES)
    index.close()
    return found


@pytest.mark.timeout(900)  # it waits for a hundred processes, one after another
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs fork and SIGKILL")
def test_killed_at_fifty_moments_each_next_run_ends_as_a_clean_run(run: Run, tmp_path: Path) -> None:
    """What the next run makes of a killed one is looked at in a copy, so that the next kill meets all that is left."""
    chance = random.Random(20)
    docs, index, copy, clean = (tmp_path / name for name in ("docs", "index", "copy", "clean"))
    docs.mkdir()
    change(docs, chance)
    longest = run(docs, clean)["seconds"]
    expected = seen(clean)
    killed = 0
    while killed < KILLS:
        ended = run(docs, index, chance.uniform(0, longest))
        assert ended["code"] in (0, -signal.SIGKILL)
        if ended["code"]:
            killed += 1
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(index, copy)
            run(docs, copy)
            assert_same(seen(copy), expected)
        if ended["code"] == 0 or chance.random() < 0.2:
            change(docs, chance, new=1)
            shutil.rmtree(clean)
            run(docs, clean)
            expected = seen(clean)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs fork and SIGKILL")
def test_killed_while_chroma_writes_its_vectors_it_ends_as_a_clean_run(run: Run, tmp_path: Path) -> None:
    chance = random.Random(9)
    docs, index = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    killed = 0
    for _ in range(12):
        change(docs, chance)
        change(docs, chance)
        killed += run(docs, index, chance.choice([0, 0.0005, 0.002]), chance.randint(1, 3))["code"] != 0
    assert killed  # or this shows nothing
    assert run(docs, index)["code"] == 0
    assert run(docs, tmp_path / "clean")["code"] == 0
    assert_same(seen(index), seen(tmp_path / "clean"))


# A power cut: what was not written through to the disk is lost, at the end of files or in the middle, or files are as
# they were before. Chroma's database is written through (see `index.segments`); its vectors are when they are sealed.


def cut(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * share))


def zero(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.seek(size // 2)
        file.write(bytes(min(4096, size - size // 2)))


def delete(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


DAMAGE = [
    *[(name, how) for name in FILES for how in (cut(0.6), zero, delete)],
    *[(name, how) for name in ("seal.json", "lexical.sqlite", "touched.sqlite") for how in (cut(0.5), delete)],
    ("", delete),
]


@pytest.fixture(scope="module")
def whole(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """Documents, an index of them whose vectors Chroma has written to files, and what is in it."""
    chance = random.Random(4)
    docs, index = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("whole") / "index"
    for _ in range(8):
        change(docs, chance)
        assert run(docs, index)["code"] == 0
    found = seen(index)
    assert sum(segment.written > 0 for segment in segments_of(index)) == 3  # or this shows nothing
    return docs, index, found


def vectors_in(index: Path) -> list[Path]:
    return [path.parent for path in index.glob("*/header.bin")]


@pytest.mark.parametrize("lost", ["vectors", "database"])
def test_files_that_a_power_cut_put_back_to_an_earlier_state_are_mended(run: Run, tmp_path: Path, lost: str) -> None:
    """The seal is old in both: it is written through after either."""
    chance = random.Random(4)
    docs, before, index, clean = (tmp_path / name for name in ("docs", "before", "index", "clean"))
    docs.mkdir()
    for _ in range(5):
        change(docs, chance)
        run(docs, before)
    shutil.copytree(before, index)
    for _ in range(3):
        change(docs, chance)
        run(docs, index)
    assert (before / SEAL).read_bytes() != (index / SEAL).read_bytes()  # or this shows nothing
    shutil.copy(before / SEAL, index)
    if lost == "database":
        shutil.copy(before / INDEX_FILE, index)
    else:
        for folder in vectors_in(index):
            shutil.rmtree(folder)
        for folder in vectors_in(before):
            shutil.copytree(folder, index / folder.name)
    run(docs, index)
    run(docs, clean)
    assert_same(seen(index), seen(clean))


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_the_database_writes_its_journal_through_before_it_changes(tmp_path: Path) -> None:
    """What SQLite calls a rollback journal with `synchronous` FULL, which a power cut can't make half a transaction."""
    code = f"import word_embeddings as w, pathlib; w.open_words(pathlib.Path({str(tmp_path / 'index')!r})).close()"
    log = tmp_path / "log"
    trace = ["strace", "-f", "-y", "-o", log, "-e", "trace=pwrite64,fsync,fdatasync,unlink"]
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
    done = subprocess.run([*trace, sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, check=False)
    if done.returncode:
        pytest.skip("strace may not look at a process here")
    calls = re.findall(rf"(pwrite64|f\w*sync|unlink)\(.*{INDEX_FILE}(-journal)?\b", log.read_text(errors="replace"))
    unsafe, commits = set[str](), 0  # written, but perhaps not on the disk
    for call, journal in calls:
        if call == "pwrite64":
            assert journal or "-journal" not in unsafe
            unsafe.add(journal)
        elif call == "unlink":  # the transaction ends
            assert not unsafe
            commits += 1
        else:
            unsafe.discard(journal)
    assert commits


def segments_of(index: Path) -> list[Segment]:
    opened = open_words(index)
    found = list(opened.store._chroma.segments().values())
    opened.close()
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_power_cut_is_mended(whole: tuple[Path, Path, dict[str, Any]], run: Run, tmp_path: Path, seed: int) -> None:
    docs, index, expected = whole
    chance = random.Random(seed)
    copy = tmp_path / "index"
    for name, how in DAMAGE[seed::5]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(index, copy)
        for segment in chance.sample(segments_of(copy), 2):
            path = copy / name if name.endswith((".json", ".sqlite")) else segment.folder / name
            if path.exists():
                how(path)
        if chance.random() < 0.5:  # whoever comes first mends it: a reader or a writer
            assert_same(seen(copy), expected)
        assert run(docs, copy)["code"] == 0
        assert_same(seen(copy), expected)


def test_vectors_that_are_whole_are_not_embedded_again(
    whole: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    _, index, expected = whole
    copy = tmp_path / "index"
    shutil.copytree(index, copy)
    passages = segments_of(copy)[0]
    (passages.folder / LABELS).write_bytes(b"")
    opened = open_words(copy)
    assert_same(content(opened, QUERIES), expected)
    assert len(opened.embeddings.embedded) < 30  # those that Chroma had only in its database


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with 3 MiB above what is kept free."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={RESERVE + 3 * 2**20}", "footnote", disk],
        capture_output=True,
        check=False,
    )
    if not mounted or mounted.returncode:
        pytest.skip("no disk may be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_is_one_line_and_the_next_run_completes(run: Run, small_disk: Path, tmp_path: Path) -> None:
    chance = random.Random(3)
    docs, index = tmp_path / "docs", small_disk / "index"
    docs.mkdir()
    change(docs, chance)
    assert run(docs, index)["code"] == 0
    before = seen(index)
    for _ in range(12):
        change(docs, chance)
    (docs / "long.txt").write_text(text(chance, 6000), encoding="utf-8")
    ended = run(docs, index)
    assert ended["error"].startswith(f"StoreUnavailable: index {index} can't be written: the disk is full")
    assert "\n" not in ended["error"]
    opened = open_words(index)
    assert opened.search(QUERIES[0])
    opened.close()
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    assert run(docs, index)["code"] == 0
    assert run(docs, tmp_path / "clean")["code"] == 0
    assert_same(seen(index), seen(tmp_path / "clean"))
    assert before != seen(index)
