"""Reads papers back: every text in order from DOCX, PDF and HTML, and from the paper itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import assert_never

import docx
from docx.document import Document
from pypdf import PdfReader
from pypdf.generic import NameObject

from core.clock import SHANGHAI
from core.paper import (
    Block,
    Bullets,
    Fields,
    Grid,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Signature,
)
from dashboard.papers import to_docx, to_pdf

AUTHOR = "江淮银行"
MADE_AT = datetime(2026, 11, 22, 10, 30, tzinfo=SHANGHAI)


def texts(paper: Paper) -> list[str]:
    """Every text of `paper` in reading order; blank ones are left out."""
    found = [paper.title, paper.subtitle, paper.number]
    for block in paper.blocks:
        found += _block_texts(block)
    return [text for text in [*found, *paper.signed] if squeezed(text)]


def _block_texts(block: Block) -> list[str]:
    match block:
        case Heading():
            return [block.text]
        case Paragraph():
            return list(block.parts())
        case Fields():
            return [text for row in block.rows for text in row]
        case Grid():
            return [*block.header, *(text for row in block.rows for text in row)]
        case Bullets():
            return list(block.items)
        case Signature():
            return [block.label, block.name, block.date]
        case PageBreak():
            return []
        case _:
            assert_never(block)


def squeezed(text: str) -> str:
    """`text` without blanks and line ends: where a line breaks is the renderer's business."""
    return "".join(text.split())


def assert_in_order(paper: Paper, rendered: str) -> None:
    """Each text of `paper` stands in `rendered`, after the one before it."""
    rendered = squeezed(rendered)
    position = 0
    for text in texts(paper):
        found = rendered.find(squeezed(text), position)
        assert found >= 0, (
            f"{text!r} is missing after {rendered[max(0, position - 40) : position]!r}"
        )
        position = found + len(squeezed(text))


def open_docx(paper: Paper) -> Document:
    return docx.Document(io.BytesIO(to_docx(paper, author=AUTHOR, made_at=MADE_AT)))


def docx_text(document: Document) -> str:
    """The body's text, tables in their place."""
    return "\n".join(_docx_parts(document))


def _docx_parts(document: Document) -> Iterator[str]:
    for part in document.iter_inner_content():
        if isinstance(part, docx.table.Table):
            yield from (cell.text for row in part.rows for cell in row.cells)
        else:
            yield part.text


def open_pdf(paper: Paper) -> PdfReader:
    """The paper's PDF, ready to be read.

    pypdf takes a two-byte encoding that is given in full, as fonts like ours have it, for a
    one-byte one. To read the text its name is enough.
    """
    reader = PdfReader(io.BytesIO(to_pdf(paper, author=AUTHOR, made_at=MADE_AT)))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            font.get_object()[NameObject("/Encoding")] = NameObject("/Identity-H")
    return reader


def pdf_text(reader: PdfReader, footer: str = "") -> str:
    """The text of all pages without their feet; each page must have its own."""
    pages = []
    for number, page in enumerate(reader.pages, start=1):
        foot = squeezed(f"第{number}页共{len(reader.pages)}页{footer}")
        text = squeezed(page.extract_text())
        assert text.endswith(foot), text[-60:]
        pages.append(text.removesuffix(foot))
    return "".join(pages)


class Html(HTMLParser):
    """A page's text, and each tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
