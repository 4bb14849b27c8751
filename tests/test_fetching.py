"""Pages from the web: what is fetched, what is refused, and that an address is what it is when it is connected to."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from folder import ARTICLE, FACT, pdf

from index import fetching
from index.documents import Document, Skipped
from index.errors import UnreadableDocument
from index.fetching import fetch, is_public
from index.parsing import Parser

Page = Callable[[BaseHTTPRequestHandler], None]


def page(body: bytes, media_type: str = "text/html", status: int = 200, **headers: str) -> Page:
    def respond(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return respond


def redirect(to: str) -> Page:
    return page(b"", status=302, Location=to)


class Site(ThreadingHTTPServer):
    """A server on this machine; `pages` is what it has, `asked` what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.pages.get(self.path, page(b"nothing here", status=404))(self)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.over.set()
    found.shutdown()
    found.server_close()
    thread.join()


def reason(url: str, *, allow_private: bool = True) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        fetch(url, allow_private=allow_private)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix("cannot be fetched: ")


def resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Make every name mean these addresses, one list after another; the names that were asked for."""
    asked: list[str] = []
    waiting = list(answers)

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in waiting.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_page_is_fetched(site: Site) -> None:
    site.pages["/a/page"] = page(b"<p>Words.</p>", "Text/HTML; charset=utf-8")
    found = fetch(site.url("/a/page#part"), allow_private=True)
    assert (found.data, found.content_type, found.suffix) == (b"<p>Words.</p>", "text/html", ".html")
    assert site.asked == ["/a/page"]


@pytest.mark.parametrize(
    ("path", "media_type", "suffix"),
    [
        ("/report.pdf", "application/octet-stream", ".pdf"),
        ("/download", "application/pdf", ".pdf"),
        ("/notes.md", "text/plain", ".md"),
        ("/data", "application/json", ".json"),
        ("/page.php", "text/html", ".html"),
        ("/page.php", "application/xhtml+xml", ".html"),
        ("/feed", "application/rss+xml", ".xml"),
        ("/", "text/plain", ""),
    ],
)
def test_the_type_is_what_the_server_says_or_else_the_name(site: Site, path: str, media_type: str, suffix: str) -> None:
    site.pages[path] = page(b"x", media_type)
    assert fetch(site.url(path), allow_private=True).suffix == suffix


def test_the_encoding_that_the_server_names_is_believed(site: Site) -> None:
    site.pages["/"] = page("<p>Zażółć gęślą jaźń</p>".encode("iso-8859-2"), "text/html; charset=ISO-8859-2")
    assert fetch(site.url(), allow_private=True).data.decode() == "<p>Zażółć gęślą jaźń</p>"
    site.pages["/"] = page("<p>déjà</p>".encode(), "text/html; charset=no-such-thing")
    assert fetch(site.url(), allow_private=True).data.decode() == "<p>déjà</p>"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "http://", "//x", "http://[::1", "javascript:1"]
)
def test_only_addresses_of_the_web_are_fetched(url: str) -> None:
    assert reason(url) in ("only addresses with http and https are", "not a valid address")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"])
def test_this_machine_and_its_network_are_refused_unless_asked_for(site: Site, host: str) -> None:
    site.pages["/"] = page(b"secret")
    assert "--allow-private" in reason(f"http://{host}:{site.server_port}/", allow_private=False)
    assert site.asked == []


def test_a_name_that_means_this_machine_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolves_to(monkeypatch, ["127.0.0.1"])
    assert "--allow-private" in reason(f"http://example.org:{site.server_port}/", allow_private=False)
    assert asked == ["example.org"]
    assert site.asked == []


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, ["93.184.216.34", "192.168.0.1"])
    assert "--allow-private" in reason("http://example.org/", allow_private=False)


def test_a_name_is_asked_for_once_and_connected_to_as_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means a public address when it is checked and this machine a moment later gains nothing."""
    connected = list[str]()

    class Sockets:
        def connect_tcp(self, host: str, *args: Any) -> None:
            connected.append(host)
            raise fetching.httpcore.ConnectError("refused")

    monkeypatch.setattr(fetching.httpcore, "SyncBackend", Sockets)
    asked = resolves_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    assert reason("http://example.org/", allow_private=False) == "the server can't be reached, or breaks off"
    assert (asked, connected) == (["example.org"], ["93.184.216.34"])


def test_a_redirect_is_followed_and_looked_at_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages |= {"/old": redirect("/new"), "/new": page(b"Words.")}
    assert fetch(site.url("/old"), allow_private=True).url == site.url("/new")
    site.pages["/file"] = redirect("file:///etc/passwd")
    assert reason(site.url("/file")) == "only addresses with http and https are"
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    site.pages["/inside"] = redirect("http://10.0.0.1/")
    assert "--allow-private" in reason(site.url("/inside"), allow_private=False)


def test_redirects_in_a_circle_end(site: Site) -> None:
    site.pages["/"] = redirect("/")
    assert reason(site.url()) == "more than 5 redirects"


def test_what_is_not_there_gives_the_status(site: Site) -> None:
    assert reason(site.url("/nothing")) == "the server answers with status 404"


def test_a_server_that_is_not_there(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert reason(f"http://127.0.0.1:{port}/") == "the server can't be reached, or breaks off"


def test_what_is_too_large_is_not_read_to_its_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 2**20)
    site.pages["/"] = page(b"x" * (2**20 + 1))
    assert reason(site.url()) == "larger than 1 MiB"


def test_a_server_that_sends_a_byte_now_and_then_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not site.over.wait(0.02):
            try:
                request.wfile.write(b"x")
            except OSError:
                return

    site.pages["/"] = drip
    assert reason(site.url()) == "takes longer than a minute"


def test_what_is_packed_is_refused(site: Site) -> None:
    site.pages["/"] = page(b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert reason(site.url()) == "the server packs what it sends"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_which_addresses_anybody_may_reach(address: str, public: bool) -> None:
    assert is_public(address) is public


def read(url: str, **options: Any) -> list[Document | Skipped]:
    with Parser(**options) as parser:
        return list(parser.read(url, url))


def test_a_page_becomes_a_document_with_title_date_and_headings(site: Site) -> None:
    date = '<meta property="article:published_time" content="2024-05-01T10:00:00Z"></head>'
    site.pages["/boats"] = page(ARTICLE.replace("</head>", date).encode())
    [found] = read(site.url("/boats"), allow_private=True)
    assert isinstance(found, Document)
    assert (found.source, found.title) == (site.url("/boats"), "Harbour")
    assert found.text.startswith("Date: 2024-05-01\n\nHarbour\n")
    assert found.section_at(found.text.index(FACT)) == "Boats › 1984"
    assert "Imprint" not in found.text


def test_a_file_at_an_address_is_read_as_what_it_is(site: Site) -> None:
    site.pages["/report"] = page(pdf("One.", FACT), "application/octet-stream")
    [found] = read(site.url("/report"), allow_private=True)
    assert isinstance(found, Document)
    assert (found.title, found.page_at(found.text.index(FACT))) == ("report", 2)


def test_an_address_that_is_refused_is_one_reason(site: Site) -> None:
    [found] = read(site.url())
    assert isinstance(found, Skipped)
    assert "--allow-private" in found.reason
