"""Files for `load`, and the reason that it gives where it can not read one."""

from pathlib import Path

import pytest
from fpdf import FPDF

from index.errors import UnreadableDocument
from index.load import load

FRENCH = "L'été, l'œuvre de Noël coûte 20 € à Besançon : un cœur déçu."
PAGES = (
    "L'été dernier, la délégation française a visité le Japon, où elle a été reçue par le ministre. " * 3,
    "À Séoul, il a été question de Stargate et des centres de données. " * 3,
    "Le ministère des finances a déconseillé ChatGPT à ses employés. " * 3,
)


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reason(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name not in message
    return message


def new_pdf() -> FPDF:
    pdf = FPDF()
    pdf.core_fonts_encoding = "cp1252"
    pdf.set_font("Helvetica", size=12)
    return pdf


def save_pdf(path: Path, *pages: str, title: str = "") -> Path:
    pdf = new_pdf()
    if title:
        pdf.set_title(title)
    for text in pages:
        pdf.add_page()
        if text:
            pdf.multi_cell(0, text=text)
    pdf.output(str(path))
    return path
