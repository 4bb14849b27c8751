"""Whatever happens to a folder and to the runs: after each sync, the index equals the folder."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from folder import zipped
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from word_embeddings import PlainParser, content, open_words

import index.syncing
from index import sync
from index.chroma import Chroma

NAMES = st.sampled_from(["a.txt", "b.txt", "below/a.txt", "below/c.md", "ü \U0001f408.txt", "none.xyz", "z.zip"])
TEXTS = st.sampled_from(
    ["", "The cat sleeps.", "The cow sleeps.", "# Birds\n\nThey sing in the morning.", "A long story. " * 120]
)


class Killed(BaseException):
    pass


@dataclass(frozen=True)
class Content:
    """What is in a file: a text, or an archive with two."""

    text: str
    is_packed: bool

    @property
    def data(self) -> bytes:
        members = {"z.txt": self.text.encode(), "in/a.txt": f"An owl. {self.text}".encode()}
        return zipped(members) if self.is_packed else self.text.encode()

    def documents(self, name: str) -> dict[str, str]:
        """What becomes of it in a file of this name, which says what a text is and what an archive may be."""
        if self.is_packed and not name.endswith(".xyz"):
            found = {f"{name}/z.txt": self.text, f"{name}/in/a.txt": f"An owl. {self.text}"}
        else:
            found = {} if self.is_packed or name.endswith(".zip") else {name: self.text}
        return {source: text.strip() for source, text in found.items() if text.strip()}

    def skipped(self, name: str) -> set[str]:
        if not self.documents(name):
            return {name}
        return {f"{name}/z.txt"} if self.is_packed and not self.text else set()


class Folder(RuleBasedStateMachine):
    """A folder, and an index that is synced with it now and then."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.docs = self.place / "docs"
        self.docs.mkdir()
        self.clock = 10**18
        self.files: dict[str, Content] = {}
        self.index = open_words(self.place / "index")

    def teardown(self) -> None:
        self.index.close()
        shutil.rmtree(self.place)

    @rule(name=NAMES, text=TEXTS)
    def write(self, name: str, text: str) -> None:
        """Add or edit."""
        path = self.docs / name
        path.parent.mkdir(exist_ok=True)
        self.files[name] = Content(text, is_packed=name.endswith(".zip"))
        path.write_bytes(self.files[name].data)
        os.utime(path, ns=(10**18, 10**18))  # as some programs do: the time does not say that it was edited

    @precondition(lambda self: self.files)
    @rule(data=st.data(), to=NAMES)
    def rename(self, data: st.DataObject, to: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        (self.docs / to).parent.mkdir(exist_ok=True)
        (self.docs / name).rename(self.docs / to)
        self.files[to] = self.files.pop(name)

    @precondition(lambda self: self.files)
    @rule(data=st.data(), what=st.sampled_from(["touch", "delete"]))
    def touch_or_delete(self, data: st.DataObject, what: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        if what == "touch":
            self.clock += 10**9
            os.utime(self.docs / name, ns=(self.clock, self.clock))
        else:
            (self.docs / name).unlink()
            del self.files[name]

    @rule(steps=st.integers(0, 12))
    def kill(self, steps: int) -> None:
        """Die before one of the writes of a sync, whichever it is."""
        left = steps
        changing = Chroma.changing

        def dying(chroma: Chroma, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return changing(chroma, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Chroma, "changing", dying)
            try:
                sync([self.docs], self.index)
            except Killed:
                self.index.close()
                patch.undo()
                self.index = open_words(self.place / "index")

    @rule()
    def sync(self) -> None:
        report = sync([self.docs], self.index)
        found = content(self.index, ["cat", "birds"])
        texts = dict(item for name, content in self.files.items() for item in content.documents(name).items())
        assert {source: document.text for source, (_, document) in found["documents"].items()} == texts
        skipped = {source for name, content in self.files.items() for source in content.skipped(name)}
        assert {skip.source for skip in report.skipped} == skipped
        assert sorted(path for path, *_ in found["files"]) == sorted(f"{self.docs.resolve()}/{n}" for n in self.files)
        embedded = len(self.index.embeddings.embedded)
        again = sync([self.docs], self.index)
        assert (set(again.unchanged), again.skipped) == (set(texts), report.skipped)
        assert (again.added, again.replaced, again.moved, again.removed) == ((), (), (), ())
        assert len(self.index.embeddings.embedded) == embedded


class TestFolder(Folder.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(
        max_examples=25,
        stateful_step_count=14,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )

    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index.syncing, "Parser", PlainParser)
        monkeypatch.setattr(index.syncing, "EMBED_AT_ONCE", 2)
