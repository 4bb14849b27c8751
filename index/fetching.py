"""A page or a file from the web, and nothing that only this machine or its network can see.

Whoever may name an address could otherwise read a router's page or a cloud's secrets through Footnote. So what counts
is the address that is connected to, however the name was written and whatever it meant a moment before; and each
redirect counts again.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from mimetypes import guess_extension
from pathlib import PurePosixPath
from typing import Any

import httpcore
import httpx

from index.errors import UnreadableDocument

MOST_BYTES = 64 * 2**20
SECONDS = 60.0
_REDIRECTS = 5
_CONNECT_SECONDS = 15.0
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # addresses of the old kind, written as ones of the new kind
# Types that say no more than that nobody said more.
_ANY_TYPE = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True)
class Fetched:
    """What an address gave.

    Attributes:
        data: The bytes; those of a text in UTF-8 where the server named its encoding.
        content_type: Media type that the server named, lower case; "" if none.
        url: The address that it came from in the end.
    """

    data: bytes
    content_type: str
    url: str

    @property
    def name(self) -> str:
        """What it may be called where it has no title."""
        address = httpx.URL(self.url)
        return PurePosixPath(address.path).stem or address.host

    @property
    def suffix(self) -> str:
        """The type of file that it is, as a suffix."""
        by_name = PurePosixPath(httpx.URL(self.url).path).suffix.lower()
        if self.content_type in _ANY_TYPE:
            return by_name
        if self.content_type.endswith(("/xml", "+xml")) and "html" not in self.content_type:
            return ".xml"
        return ".html" if "html" in self.content_type else guess_extension(self.content_type) or by_name


def fetch(url: str, *, allow_private: bool = False) -> Fetched:
    """Fetch an address.

    Args:
        url: One with http or https.
        allow_private: Whether it may lead to this machine or to its own network.

    Raises:
        UnreadableDocument: It can't be fetched or may not be; it has more than 64 MiB or takes longer than a minute.
    """
    deadline = time.monotonic() + SECONDS
    with httpcore.ConnectionPool(network_backend=_Backend(allow_private, deadline)) as pool:
        address = _parse(url)
        for _ in range(_REDIRECTS + 1):
            found = _get(pool, address, deadline)
            if isinstance(found, Fetched):
                return found
            address = _parse(str(address.join(found)))
    raise UnreadableDocument(f"cannot be fetched: more than {_REDIRECTS} redirects")


def _parse(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnreadableDocument("cannot be fetched: not a valid address") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise UnreadableDocument("cannot be fetched: only addresses with http and https are")
    return address


def _get(pool: httpcore.ConnectionPool, address: httpx.URL, deadline: float) -> Fetched | str:
    """What is there, or where the server says it is."""
    target = httpcore.URL(
        scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path or b"/"
    )
    headers = [
        (b"Host", address.netloc),
        (b"User-Agent", b"footnote"),
        (b"Accept", b"*/*"),
        (b"Accept-Encoding", b"identity"),  # what is not packed can't unpack to more
    ]
    timeout = {"timeout": {"connect": _CONNECT_SECONDS, "pool": _CONNECT_SECONDS}}
    try:
        with pool.stream("GET", target, headers=headers, extensions=timeout) as response:
            named = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            if response.status in _REDIRECTED and "location" in named:
                return named["location"]
            if response.status != 200:
                raise UnreadableDocument(f"cannot be fetched: the server answers with status {response.status}")
            if named.get("content-encoding", "identity") != "identity":
                raise UnreadableDocument("cannot be fetched: the server packs what it sends")
            content = bytearray()
            for block in response.iter_stream():
                content += block
                if len(content) > MOST_BYTES:
                    raise UnreadableDocument(f"cannot be fetched: larger than {MOST_BYTES // 2**20} MiB")
    except httpcore.TimeoutException as error:
        late = "takes longer than a minute" if time.monotonic() >= deadline else "the server does not answer"
        raise UnreadableDocument(f"cannot be fetched: {late}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        raise UnreadableDocument("cannot be fetched: the server can't be reached, or breaks off") from error
    media_type = Message()
    media_type["Content-Type"] = named.get("content-type", "")
    is_text = media_type.get_content_maintype() == "text"
    data = _in_utf8(bytes(content), media_type.get_content_charset()) if is_text else bytes(content)
    return Fetched(data, named.get("content-type", "").partition(";")[0].strip().lower(), str(address))


def _in_utf8(data: bytes, encoding: str | None) -> bytes:
    """A text as UTF-8, which it may be whatever the server says."""
    try:
        data.decode()
    except UnicodeDecodeError:
        with suppress(UnicodeError, LookupError):
            return data.decode(encoding or "").encode()
    return data


def is_public(address: str) -> bool:
    """Whether anybody may connect to an IP address from anywhere."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


class _Backend(httpcore.NetworkBackend):
    """Connects to the very address that was looked at."""

    def __init__(self, allow_private: bool, deadline: float) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise UnreadableDocument(
                "cannot be fetched: the address is one of this machine or of its network; --allow-private permits it"
            )
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                seconds = _left(self._deadline, timeout)
                stream = self._sockets.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure

    def _resolve(self, host: str, port: int) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            pass
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UnreadableDocument("cannot be fetched: there is no such server") from error
        return list(dict.fromkeys(str(where[0]) for *_, where in found))


class _Stream(httpcore.NetworkStream):
    """A connection that ends at the deadline, also when the server sends a byte now and then."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        found = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _Stream(found, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    """Seconds until the deadline, or until a nearer limit.

    Raises:
        httpcore.ReadTimeout: There are none.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the deadline is over")
    return min(seconds, timeout or seconds)
