"""The connection to Chroma: the collections of an index as they are now, and turns in looking at and changing them.

In a local folder, Chroma reads the vectors once per process and never looks again: it would not find what another
process wrote, and would overwrite it with its own next write. So each connection has a Chroma of its own, which it
opens again when the revision says that someone else has written; changes and looks take turns.

What an index is made of stands in the metadata of one collection, the manifest: the embedding model, the names of the
other collections, whether someone is writing, the revision. So an index made anew takes the place of another at once.
"""

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import chromadb
import filelock
import httpx
from chromadb.api import ServerAPI
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings, System
from chromadb.errors import ChromaError

from index.errors import DamagedIndex, EmbeddingModelMismatch, StoreUnavailable
from index.locking import FolderLock, Gate, Lease
from index.segments import Segment, clear_unfinished, is_damaged, seal, segments

# Another way to chunk or to embed the same files makes another index.
FORMAT = 2
# More candidates than Chroma looks at by default, when it searches and when it links a new passage to others: else it
# misses true neighbours in a large index (tests/benchmarks/RESULTS.md). What an index was made with it keeps, so that
# this may change without another FORMAT, but for what `widen_search` raises.
HNSW: Any = {"space": "cosine", "ef_search": 400, "ef_construction": 200}
LARGE, OF_LARGE = 300_000, 600  # from so many passages on, so many candidates when it searches
MANIFEST = "footnote"
# A change begins only with so many bytes left on the disk: Chroma notes it first and then carries it out, and an index
# with a change that it can't carry out is not even read.
RESERVE = 2**26
OLD_MANIFEST = {"embedding_model", "format", "revision", "writing"}
KINDS = ("passages", "documents", "files")


class Chroma:
    """The collections of one index, in a local folder or on a Chroma server.

    Args:
        location: A folder, made if it is not there, or the address of a server.
        embedding_model: Name of the model that makes the vectors.
        anew: Begin an index beside the one that is there, which takes its place by `publish`.

    Attributes:
        collections: `passages`, `documents` and `files`.
        damaged: Those of them whose vectors are not as they were written; Chroma must not load them.
        revision: Changes whenever the content may have changed.
        writer: The right to be the only writer.

    Raises:
        StoreUnavailable: the folder can't be used or the server does not answer.
        EmbeddingModelMismatch: the index was made with another model.
    """

    def __init__(self, location: str, embedding_model: str, *, anew: bool = False) -> None:
        self.location = location
        self.is_draft = anew
        self._names = _new_names() if anew else {}
        self._model = embedding_model
        self._folder = None if is_server(location) else Path(location)
        self._lock = RLock()
        self._is_changing = False
        self._is_looking = False
        self._system: System | None = None
        try:
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._gate = Gate(self._folder)
            with self._gate.changing():
                self._open()
        except Exception as error:  # chromadb raises whatever its parts raise: ValueError, sqlite3, httpx, its own
            raise StoreUnavailable(f"index {location} can't be opened: {_first_line(error)}") from error
        self.writer = FolderLock(self._folder) if self._folder else Lease(self._get(f"{MANIFEST}-leases"))
        try:
            self.check_model()
        except EmbeddingModelMismatch:
            self.close()
            raise

    def _open(self) -> None:
        """Open what is there now. Nobody else may be changing it."""
        before, self._system = self._system, None
        self._client, self._system = _connect(self.location)
        if before:
            before.stop()
        new = {"embedding_model": self._model, "format": FORMAT, "revision": "", "writing": False}
        names = {collection.name for collection in self._client.list_collections()}
        if MANIFEST not in names and "passages" in names:
            old = self._client.get_collection("passages", embedding_function=None)
            new |= dict(old.metadata or {}) if _is_of_old_footnote(old) else {}
        self._get(MANIFEST, metadata=new | _new_names())
        manifest = self.manifest()
        self.revision = str(manifest["revision"])
        if not self.is_draft:
            self._names = {kind: str(manifest[kind]) for kind in KINDS}
        self.collections = {kind: self._get(name, configuration={"hnsw": HNSW}) for kind, name in self._names.items()}
        self.damaged = {kind for kind, segment in self.segments().items() if is_damaged(segment)}
        for segment in self.segments().values():
            clear_unfinished(segment)
        # Chroma brings its vectors up to date at the first look, and may write them then.
        for kind in KINDS:
            if kind not in self.damaged:
                self.collections[kind].get(limit=1)
        self._seal()

    def _get(self, name: str, **options: Any) -> Collection:
        return self._client.get_or_create_collection(name, embedding_function=None, **options)

    def new_collection(self, kind: str) -> Collection:
        """An empty one that `replace` can put in the place of the one that is there."""
        return self._get(_new_names()[kind], configuration={"hnsw": HNSW})

    def segments(self) -> dict[str, Segment]:
        """The files of the vectors, by kind of collection; none on a server."""
        return (
            dict(zip(KINDS, segments(self._folder, [self._names[k] for k in KINDS]), strict=True))
            if self._folder
            else {}
        )

    def _seal(self) -> None:
        if self._folder:
            seal(self._folder, [segment for kind, segment in self.segments().items() if kind not in self.damaged])

    def check_model(self) -> None:
        """An index without documents takes any model: it may be there for a name that was mistyped.

        Raises:
            EmbeddingModelMismatch: it has documents, and was made with another model.
        """
        manifest = self.manifest()
        made_with, made_as = manifest["embedding_model"], manifest["format"]
        is_empty = made_as == FORMAT and not self.damaged and not self.collections["documents"].count()
        if self.is_draft or (made_with, made_as) == (self._model, FORMAT) or is_empty:
            return
        raise EmbeddingModelMismatch(
            f"index {self.location} was made with the embedding model {made_with!r} (format {made_as}), not with "
            f"{self._model!r} (format {FORMAT}); use that model, make the index anew: footnote index PATH --rebuild, "
            f"or make another one: footnote index PATH --index OTHER"
        )

    def close(self) -> None:
        """Free its files and connections; it can't be used any more."""
        with self._lock:
            if self._system:
                self._system.stop()
                self._system = None
            self._gate.close()

    def manifest(self) -> dict[str, Any]:
        """What the index is made of, and its state."""
        return dict(self._client.get_collection(MANIFEST, embedding_function=None).metadata or {})

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Around a look at the content, as it is now: nobody changes it meanwhile.

        Raises:
            DamagedIndex: the vectors have to be mended first.
            StoreUnavailable: whatever goes wrong in Chroma or on the way to its server.
        """
        with self._translated():
            while not (self._is_changing or self._is_looking):
                with self._gate.looking():
                    if self.manifest()["revision"] == self.revision:
                        self._check_whole()
                        self._is_looking = True
                        try:
                            yield
                        finally:
                            self._is_looking = False
                        return
                with self._gate.changing():
                    self._open()
            yield

    @contextmanager
    def changing(self, *, is_mending: bool = False) -> Iterator[None]:
        """Around a change: nobody else looks meanwhile, and all know before it begins that the content is another.

        Raises:
            DamagedIndex: the vectors have to be mended first.
            StoreUnavailable: whatever goes wrong in Chroma or on the way to its server.
        """
        with self._translated():
            if self._is_changing:
                yield
                return
            if self.writer.is_lost:
                raise StoreUnavailable(f"index {self.location} was taken over by another process; do it again")
            if self._folder and shutil.disk_usage(self._folder).free < RESERVE:
                raise OSError(ENOSPC, "No space left on device")
            with self._gate.changing():
                if self.manifest()["revision"] != self.revision:
                    self._open()
                if not is_mending:
                    self._check_whole()
                self._is_changing = True
                try:
                    self.announce()
                    yield
                    self.announce()  # on a server, others may have looked in between
                    self._seal()
                except BaseException:
                    self.revision = ""  # what Chroma holds in memory may be more than is on the disk: open it again
                    raise
                finally:
                    self._is_changing = False

    def _check_whole(self) -> None:
        if self.damaged:
            raise DamagedIndex(f"index {self.location} is damaged; mend it with: footnote index PATH")

    def announce(self, **changes: Any) -> None:
        """Let all know that the content is another, and what is new in the manifest."""
        if self.is_draft and not changes:  # nobody looks at it yet
            return
        self.revision = uuid.uuid4().hex
        manifest = self._client.get_collection(MANIFEST, embedding_function=None)
        manifest.modify(metadata=dict(manifest.metadata or {}) | {"revision": self.revision} | changes)

    def begin(self) -> None:
        """Note that someone is writing, and tie an empty index to its embedding model."""
        self.drop_strays()
        if not self.is_draft and self.manifest()["embedding_model"] != self._model:
            # The passages of an empty index may have had vectors of another length.
            self.replace({"passages": self.new_collection("passages")})
            self.announce(embedding_model=self._model)
        self.announce(writing=True)

    def widen_search(self) -> None:
        """Look at more candidates from now on where there are many passages; never at fewer."""
        passages = self.collections["passages"]
        candidates = (passages.configuration_json.get("hnsw") or {}).get("ef_search", 0)
        if candidates < OF_LARGE and passages.count() >= LARGE:
            passages.modify(configuration={"hnsw": {"ef_search": OF_LARGE}})

    def replace(self, collections: dict[str, Collection]) -> None:
        """Put collections in the place of those that are there, by kind."""
        names = {kind: collection.name for kind, collection in collections.items()}
        self.collections, self._names = self.collections | collections, self._names | names
        self.damaged -= set(collections)
        self.announce(**names)

    def files_in_use(self) -> Collection:
        """The files of the index that readers see.

        Raises:
            DamagedIndex: they can't be read before they are mended.
        """
        name = str(self.manifest()["files"])
        if self._folder and any(map(is_damaged, segments(self._folder, [name]))):
            raise DamagedIndex(f"index {self.location} is damaged; give the paths to make it anew from")
        return self._get(name)

    def publish(self, **changes: Any) -> None:
        """Put what was begun anew in the place of the index that is there, with what is new in the manifest."""
        self.is_draft = False
        self.announce(embedding_model=self._model, format=FORMAT, **self._names, **changes)
        self.drop_strays()

    def drop_strays(self) -> None:
        """Delete collections of killed or replaced runs, and those of Footnote 0.1 when this index is in its place."""
        manifest = self.manifest()
        kept = {*self._names.values(), *(manifest[kind] for kind in KINDS)}
        for collection in self._client.list_collections():
            is_ours = collection.name.startswith(tuple(f"{MANIFEST}-{kind}-" for kind in KINDS))
            if is_ours and collection.name not in kept:
                self._client.delete_collection(collection.name)
            elif manifest["format"] == FORMAT and _is_of_old_footnote(collection):
                self._client.delete_collection("documents")
                self._client.delete_collection("passages")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """One thread at a time, and one line for whatever goes wrong."""
        with self._lock:
            try:
                yield
            except (ChromaError, httpx.HTTPError, filelock.Timeout, sqlite3.Error, OSError) as error:
                self.revision = ""
                raise StoreUnavailable(_sentence(self.location, error)) from error


def _is_of_old_footnote(collection: Collection) -> bool:
    """Whether it is the passages of Footnote 0.1, and not of another program."""
    return collection.name == "passages" and set(collection.metadata or {}) >= OLD_MANIFEST


def is_server(location: str) -> bool:
    """Whether an index is on a Chroma server."""
    return location.startswith(("http://", "https://"))


def _connect(location: str) -> tuple[Client, System | None]:
    """A client, and for a folder the Chroma behind it."""
    if not is_server(location):
        # chromadb.PersistentClient would share one Chroma among all that open this folder in this process.
        system = System(Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=location))
        system.instance(ServerAPI)  # type: ignore[type-abstract]
        system.start()
        return Client.from_system(system), system
    address = urlsplit(location)
    is_tls = address.scheme == "https"
    port = address.port or (443 if is_tls else 80)
    settings = Settings(anonymized_telemetry=False)
    client: Any = chromadb.HttpClient(address.hostname or "", port=port, ssl=is_tls, settings=settings)
    return client, None


def _new_names() -> dict[str, str]:
    """Collections for an index that is begun."""
    begun = uuid.uuid4().hex[:8]
    return {kind: f"{MANIFEST}-{kind}-{begun}" for kind in KINDS}


def _sentence(location: str, error: Exception) -> str:
    if getattr(error, "errno", None) in (ENOSPC, EDQUOT, EFBIG) or "disk is full" in str(error):
        return f"index {location} can't be written: the disk is full; free some space and do it again"
    if isinstance(error, filelock.Timeout):
        return f"index {location} is busy: another process has not finished with it; do it again later"
    return f"index {location} does not answer: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
