"""Files that are zip archives inside: Office, OpenDocument, EPUB. Opened only where they unpack to a sane size."""

import zipfile
from io import BytesIO
from typing import Any

from index.errors import UnreadableDocument

# Far beyond a real document, and still less than the memory of a small machine.
UNPACKED_BYTES = 2**29


def open_zipped(data: bytes, kind: str) -> zipfile.ZipFile:
    """The archive that a document is.

    Args:
        data: The document's bytes.
        kind: What it should be, for the reason: `a Word document`.

    Raises:
        UnreadableDocument: It is none, is damaged, is encrypted, or unpacks to more than 512 MiB.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # the container of old Office files, and of encrypted new ones
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableDocument("encrypted: save it without a password")
        raise UnreadableDocument("in the format of Office before 2007: save it as .docx, .xlsx or .pptx")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableDocument(f"not {kind}, or a damaged one") from error
    if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_BYTES:
        raise UnreadableDocument("unpacks to more than 512 MiB")
    return archive


def read_xml(archive: zipfile.ZipFile, name: str, kind: str) -> Any:
    """The root of an XML file in the archive; entities stay unread, in the archive and from outside.

    Raises:
        UnreadableDocument: It is not there, or is no XML.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except (KeyError, zipfile.BadZipFile, etree.XMLSyntaxError, EOFError, RuntimeError) as error:
        raise UnreadableDocument(f"not {kind}, or a damaged one") from error
