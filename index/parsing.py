"""Files as documents, whatever is in them: one reason for each that gives no text, and never an exception."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from index.documents import Document, Skipped
from index.errors import UnreadableDocument
from index.load import load


class Parser:
    """Reads files one after another. A context manager, since it may hold a process that has to be ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def read(self, path: Path, source: str) -> Iterator[Document | Skipped]:
        """The documents of a file, one after another: a container such as an archive holds several.

        Args:
            path: The file.
            source: Its name in the index; what it contains is named `archive.zip/member`.

        Yields:
            Each document, and the reason for each that gives no text. Nothing is raised for what is in a file.
        """
        try:
            yield load(path, source)
        except UnreadableDocument as error:
            yield Skipped(source, str(error))
