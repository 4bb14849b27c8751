"""EPUB: the chapters of a book in reading order. It is a zip archive of web pages with a list of them."""

import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from index.errors import UnreadableDocument
from index.loaders.parsed import Outline, Parsed, Part, assemble
from index.loaders.web import block_text, decode_markup, html_tree, parts_by_heading
from index.loaders.zipped import open_zipped, read_xml

_KIND = "an EPUB book"
_FONT_SCRAMBLING = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}


def load_epub(data: bytes) -> Parsed:
    """A book, its chapters and their headings as sections."""
    with open_zipped(data, _KIND) as archive:
        if _is_encrypted(archive):
            raise UnreadableDocument("encrypted: protected against copying")
        found = read_xml(archive, "META-INF/container.xml", _KIND).find(".//{*}rootfile")
        if found is None:
            raise UnreadableDocument(f"not {_KIND}, or a damaged one")
        package_path = found.get("full-path", "")
        package = read_xml(archive, package_path, _KIND)
        files = {
            item.get("id"): _resolve(package_path, item.get("href"))
            for item in package.iterfind(".//{*}manifest/{*}item")
            if item.get("href")
        }
        names = _chapter_names(archive, package, files)
        title = package.findtext(".//{*}metadata/{http://purl.org/dc/elements/1.1/}title") or ""
        parts = list[Part]()
        for reference in package.iterfind(".//{*}spine/{*}itemref"):
            file = files.get(reference.get("idref"), "")
            parts += _chapter(archive, file, names.get(file, ""), title)
    return assemble(title, parts)


def _chapter(archive: zipfile.ZipFile, file: str, name: str, title: str) -> list[Part]:
    try:
        _, tree = html_tree(decode_markup(archive.read(file)))
    except (KeyError, UnreadableDocument):  # a cover of a picture only
        return []
    text, headings = block_text(tree)
    if not headings or not name:
        name = name or (headings[0].words if headings else "")
    return [Part("", name, apart=True), *parts_by_heading(text, headings, Outline(title))]


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    if "META-INF/encryption.xml" not in archive.namelist():
        return False
    methods = read_xml(archive, "META-INF/encryption.xml", _KIND).iterfind(".//{*}EncryptionMethod")
    return any(method.get("Algorithm") not in _FONT_SCRAMBLING for method in methods)


def _chapter_names(archive: zipfile.ZipFile, package: Any, files: dict[str, str]) -> dict[str, str]:
    """What the table of contents calls each file; of several entries for a file the first."""
    names: dict[str, str] = {}
    spine = package.find(".//{*}spine")
    for item in package.iterfind(".//{*}manifest/{*}item"):
        is_nav = "nav" in (item.get("properties") or "").split()
        is_ncx = spine is not None and item.get("id") == spine.get("toc")
        path = files.get(item.get("id"), "")
        if not (is_nav or is_ncx) or path not in archive.namelist():
            continue
        contents = read_xml(archive, path, _KIND)
        links = [(link.get("href"), "".join(link.itertext())) for link in contents.iterfind(".//{*}nav//{*}a")]
        links += [
            (point.find("{*}content").get("src"), point.findtext("{*}navLabel/{*}text"))
            for point in contents.iterfind(".//{*}navPoint")
            if point.find("{*}content") is not None
        ]
        for target, name in links:
            names.setdefault(_resolve(path, (target or "").split("#")[0]), " ".join((name or "").split()))
    return names


def _resolve(base: str, target: str) -> str:
    """The path in the archive that a link from another file of it leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(target)))
