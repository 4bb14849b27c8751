"""The page's server for scripts: the endpoints /ask and /sync, with typed inputs and outputs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

import gradio as gr

from index.errors import SettingsError
from ui.asking import explained
from ui.desk import Desk
from ui.render import to_json
from ui.texts import ENGLISH


class CitationJson(TypedDict):
    """One footnote: `text[start:end]` of the document is the quote."""

    number: int
    source: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    support: float
    section: str | None


class PassageJson(TypedDict):
    """One passage that the search found."""

    source: str
    title: str
    page: int | None
    start: int
    end: int
    text: str
    section: str | None
    score: float


class SecondsJson(TypedDict):
    """How long each stage took."""

    retrieve: float
    first_token: float | None
    total: float


class AnswerJson(TypedDict):
    """What `footnote ask --json` prints."""

    question: str
    read_as: str
    answer: str
    verdict: Literal["answered", "not_in_documents"]
    model: str
    citations: list[CitationJson]
    passages: list[PassageJson]
    seconds: SecondsJson


class SkippedJson(TypedDict):
    """A file that was not indexed, and why."""

    source: str
    reason: str


class MovedJson(TypedDict):
    """A document whose file was renamed or moved, and its name before."""

    source: str
    before: str


class ReportJson(TypedDict):
    """What `footnote index --json` prints: names of documents."""

    added: list[str]
    replaced: list[str]
    moved: list[MovedJson]
    removed: list[str]
    unchanged: list[str]
    skipped: list[SkippedJson]


class FileJson(TypedDict):
    """An uploaded file, as `gradio_client.handle_file` makes it."""

    path: str


def add_endpoints(desk: Desk) -> None:
    """Offer /ask and /sync; to be called while the page is being built."""

    def ask(question: str) -> AnswerJson:
        """Answer one question from the documents of this server, as `footnote ask --json` does.

        Waits for its turn in the same line as the visitors of the page. `question` is in any language, up to 2,000
        characters. The answer's text has markers [1], [2]: each has one of the `citations`, whose `quote` is verbatim.
        """
        try:
            line = desk.line()
            with line.joined() as person:
                while line.place(person, patience=1.0):
                    pass
                *_, answer = desk.answers(question, texts=ENGLISH)
        except Exception as error:
            raise gr.Error(explained(error), print_exception=False) from error
        return cast(AnswerJson, to_json(answer))

    def sync(paths: list[str] = [], files: list[FileJson] = []) -> ReportJson:  # noqa: B006 - shown to callers
        """Bring the index up to date, as `footnote index --json` does, and say what was done.

        `paths` are files and folders on the server, only those that it was started with or that are below them.
        `files` are uploads, each made with gradio_client's handle_file; an upload takes the place of an earlier one of
        its name. With neither, all folders that the server was started with are read again.
        """
        try:
            report = _sync(desk, paths, files)
        except Exception as error:
            raise gr.Error(explained(error), print_exception=False) from error
        return cast(ReportJson, asdict(report))

    private: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "public"}
    gr.events.api(ask, api_name="ask", **private)
    gr.events.api(sync, api_name="sync", **private)


def _sync(desk: Desk, paths: Sequence[str], files: Sequence[FileJson]) -> Any:
    wanted = [allowed(path, desk.folders) for path in paths]
    uploads = [uploaded(file) for file in files]
    if not paths and not files:
        if not desk.folders:
            raise SettingsError("nothing to sync: this server was started without folders; send files")
        wanted = desk.folders
    if uploads:
        report = desk.add(uploads)
        return _joined(report, desk.sync(wanted)) if wanted else report
    return desk.sync(wanted)


def allowed(path: str, folders: Sequence[Path]) -> Path:
    """A path of the server that a caller may sync.

    Raises:
        SettingsError: it is not below a folder that the server was started with.
    """
    place = Path(path).resolve()
    if not any(place.is_relative_to(folder) for folder in folders):
        raise SettingsError(f"{path} is not below a folder that this server was started with; send it as a file")
    return place


def uploaded(file: FileJson) -> Path:
    """An upload as Gradio has put it down.

    Raises:
        SettingsError: it is no upload; a caller could name any file of the server.
    """
    from gradio.utils import get_upload_folder

    place = Path(str(file.get("path", ""))).resolve()
    if not place.is_relative_to(Path(get_upload_folder()).resolve()) or not place.is_file():
        raise SettingsError("this is no upload; make each file with gradio_client's handle_file")
    return place


def _joined(one: Any, other: Any) -> Any:
    """Two reports as one."""
    return type(one)(**{name: getattr(one, name) + getattr(other, name) for name in vars(one)})
