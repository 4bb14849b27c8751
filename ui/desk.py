"""What all visitors of the page share: the index, the models, the line, and what is kept on disk."""

import hashlib
import shutil
import threading
from collections.abc import Collection, Generator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import platformdirs

from index.background import in_background
from index.documents import Skipped
from index.errors import IndexingError, SettingsError
from index.files import is_address, path_text, text_path
from rag import local
from rag.citations import Answer, Turn
from rag.settings import Settings
from ui.asking import Answering, Line
from ui.conversations import Conversations
from ui.settings_panel import Preferences
from ui.texts import Texts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from index import Index, SyncReport

AT_ONCE = 4  # answers at the same time; more on one machine make all of them slow
LOCAL_AT_ONCE = 1  # of the local model, which has all cores for one question, and rounds otherwise beside another


class Desk:
    """The server's side of the page. What one visitor asked and chose is in the page's own state.

    Args:
        settings: The server's own settings.
        model: Answers instead of the model that the settings name.
        folders: Files and folders that the server was started with: they can be synced again.
    """

    def __init__(
        self, settings: Settings, model: "BaseChatModel | None" = None, folders: Sequence[str | Path] = ()
    ) -> None:
        self.settings = settings
        self.model = model
        named = [path for path in (*folders, *settings.documents) if not is_address(path)]
        self.folders = [Path(path).resolve() for path in named]
        self.progress = (0, 0, "")
        self.pulled = (0, local.MODELS[local.DEFAULT].size)
        self._line, self._local_line = Line(AT_ONCE), Line(LOCAL_AT_ONCE)
        self.answering: dict[str, Answering] = {}  # by session
        home = _home(settings.index_path)
        self.uploads = home / "uploads"
        self.conversations = Conversations(home / "conversations.sqlite")
        self._opened: Future[Index] | None = None
        self._pull: Future[Path] | None = None
        self._lock = threading.Lock()
        self._writing = threading.RLock()  # what is done in several steps has it from the first to the last

    def opened(self) -> "Future[Index]":
        """The index, being opened in the background; once more if that has failed."""
        with self._lock:
            if self._opened is None or (self._opened.done() and self._opened.exception()):
                self._opened = in_background(self._open)
            return self._opened

    def revision(self) -> str:
        """That of the index, which other processes change too; empty while it can't be looked at."""
        opened = self._opened
        if opened is None or not opened.done() or opened.exception():
            return ""
        with suppress(IndexingError):
            return opened.result().store.revision
        return ""

    def _open(self) -> "Index":
        from rag.answering import open_index  # brings Chroma: after the page is served

        with self._writing:
            index = open_index(self.settings, progress=self._note)
        in_background(lambda: self._warm_up(index))
        return index

    def _warm_up(self, index: "Index") -> None:
        """Load what the first question needs. What goes wrong here is said when someone asks."""
        from rag.answering import chosen_checker, chosen_model

        index.search("warm up", top_k=1)
        chosen_checker(self.settings, self.model or chosen_model(self.settings))

    def _note(self, done: int, total: int, source: str) -> None:
        self.progress = (done, total, source)

    def add(self, files: Sequence[str | Path]) -> "SyncReport":
        """Index uploaded files, in place of earlier ones of the same name; the samples make way for them.

        One that gives no text is not kept, and leaves an earlier one of its name as it is. Gradio's own copies are
        moved here: what is removed later is then nowhere else.
        """
        from rag.answering import remove_samples

        index = self.opened().result()
        with self._writing:  # two visitors may have a file of the same name
            report, new = self._added(files, index)
            if report.added:
                remove_samples(index, unless_in=self.folders)
            if report.skipped:
                _drop_empty(new, index)
        return report

    def _added(self, files: Sequence[str | Path], index: "Index") -> "tuple[SyncReport, list[Path]]":
        """What came of the files, and those of their copies that there was no earlier one of."""
        from gradio.utils import get_upload_folder

        self.uploads.mkdir(parents=True, exist_ok=True)
        earlier = {record.path for record in index.documents()}
        copies: list[Path] = []
        refused: list[Skipped] = []
        temporary = Path(get_upload_folder()).resolve()
        for file in dict.fromkeys(Path(file).resolve() for file in files):
            copy, n = self.uploads / file.name, 1
            while copy in copies:  # of the same name, from two folders
                n += 1
                copy = self.uploads / f"{file.stem} ({n}){file.suffix}"
            if path_text(copy) in earlier and (reason := _unreadable(file)):
                refused.append(Skipped(copy.name, f"{reason}; the earlier one of this name stays"))
                if file.is_relative_to(temporary):
                    file.unlink()
                continue
            put = shutil.move if file.is_relative_to(temporary) else shutil.copy
            copies.append(Path(put(file, copy)))
        report = self.sync(copies)
        new = [copy for copy in copies if path_text(copy) not in earlier]
        return replace(report, skipped=(*report.skipped, *refused)), new

    def sync(self, paths: Sequence[Path]) -> "SyncReport":
        """Bring the index up to date with files and folders."""
        from index import sync

        index = self.opened().result()
        with self._writing:
            return sync(paths, index, progress=self._note)

    def remove(self, source: str) -> None:
        """Take a document out of the index; of an upload the copy is deleted too, when nothing else is from it."""
        index = self.opened().result()
        with self._writing:
            paths = [text_path(record.path) for record in index.documents() if record.source == source]
            index.remove(source)
            left = {text_path(record.path) for record in index.documents()}
            for path in paths:
                if path.parent == self.uploads and path not in left:
                    path.unlink(missing_ok=True)

    def answers(
        self,
        question: str,
        history: Sequence[Turn] = (),
        llm: str = "",
        *,
        preferences: Preferences = Preferences(),  # noqa: B008 - it is frozen
        unticked: Collection[str] = (),
        texts: Texts,
    ) -> Generator[Answer, None, None]:
        """Snapshots of the answer to one question, from the ticked documents; by another model if `llm` names one."""
        from rag import stream_answer

        index = self.opened().result()
        if unticked:
            out = frozenset(unticked)
            ticked = [record.source for record in index.documents() if record.source not in out]
            if not ticked:
                raise SettingsError(texts("none_ticked"))
            index = index.only(ticked)
        settings = preferences.apply(self.settings)
        if llm:
            settings = settings.model_copy(update={"llm": llm, "llm_base_url": None})
        model = None if llm or preferences.llm else self.model
        yield from stream_answer(question, history=history, index=index, model=model, settings=settings)

    def line(self, preferences: Preferences = Preferences()) -> Line:  # noqa: B008 - it is frozen
        """Where a visitor waits for an answer of the chosen model."""
        from rag.llm import default_spec, is_local

        settings = preferences.apply(self.settings)
        if self.model and not preferences.llm:
            is_here = is_local(self.model)
        else:
            is_here = not settings.llm_base_url and (settings.llm or default_spec()).partition(":")[0] == "local"
        return self._local_line if is_here else self._line

    def model_line(self, preferences: Preferences) -> tuple[str, bool]:
        """Name of the model that answers, and whether there could be a better one for the asking."""
        from rag.llm import default_spec, model_name

        settings = preferences.apply(self.settings)
        if self.model and not preferences.llm:
            return model_name(self.model), False
        spec = settings.llm or default_spec()
        return f"local:{local.DEFAULT}" if spec == "local" else spec, not settings.llm and spec == "quotes"

    def test(self, preferences: Preferences, texts: Texts) -> str:
        """Ask the chosen model for a word, and say how long it took."""
        from langchain_core.messages import HumanMessage

        from rag.answering import chosen_model
        from rag.llm import model_name, stream_text

        model = None if preferences.llm else self.model
        model = model or chosen_model(preferences.apply(self.settings))
        if model is None:
            return texts("test_quotes")
        started = perf_counter()
        for _ in stream_text(model, [HumanMessage("Say: ready")], max_tokens=5):
            pass
        return texts("test_fine", name=model_name(model), seconds=f"{perf_counter() - started:.1f}")

    def pull(self) -> "Future[Path]":
        """The local model, being fetched in the background; two who ask for it wait for the same."""
        with self._lock:
            if self._pull is None or self._pull.done():
                self._pull = in_background(lambda: local.pull(progress=self._note_pulled))
            return self._pull

    def _note_pulled(self, done: int, total: int) -> None:
        self.pulled = (done, total)


def _unreadable(file: Path) -> str:
    """Why a file gives no text at all; empty if it gives some."""
    from index.parsing import Parser

    reason = ""
    with Parser() as parser:
        for item in parser.read(file, file.name):
            if not isinstance(item, Skipped):
                return ""
            reason = reason or item.reason
    return reason


def _drop_empty(copies: Sequence[Path], index: "Index") -> None:
    """Take out what gave no text: nothing in the list of documents would be there to remove it by.

    A file that the parser was lost with stays, and is tried once more.
    """
    from index.syncing import remove

    read = [text_path(file.path) for file in index.files() if file.reader and not file.documents]
    if empty := [path for path in read if path in copies]:
        remove(empty, index)
        for path in empty:
            path.unlink(missing_ok=True)


def _home(index_path: str) -> Path:
    """Where uploads and conversations are kept: in the index's folder, for a server's in the user's own."""
    if not index_path.startswith(("http://", "https://")):
        return Path(index_path).resolve()
    name = hashlib.sha256(index_path.encode()).hexdigest()[:16]
    return platformdirs.user_data_path("footnote", appauthor=False) / name
