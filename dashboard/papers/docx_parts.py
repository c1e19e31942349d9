"""The parts of WordprocessingML that python-docx has no verb for: typefaces for Chinese text,
fields, ruled tables, and a template without its makers' traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.document import Document
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>Fenghuo</Application></Properties>"
)
_LATIN = "Times New Roman"
_RED = "B3001B"


def element(tag: str, *children: Any, **attributes: str) -> Any:
    """A ``w:`` element with ``w:`` attributes and children."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    for child in children:
        made.append(child)
    return made


def forget_template(document: Document) -> None:
    """Drop the preview picture and the program name of python-docx's own template."""
    package = document.part.package
    assert package is not None
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]
        elif relation.reltype.endswith("/extended-properties"):
            old = relation.target_part
            relation._target = Part(old.partname, old.content_type, _APP, package)
    zoom = document.settings.element.find(qn("w:zoom"))
    if zoom is not None:
        zoom.set(qn("w:percent"), "100")


def set_language(document: Document, lang: str) -> None:
    """The language that Word checks spelling and breaks lines by."""
    for tag in document.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), "en-US")
        tag.set(qn("w:eastAsia"), lang)


@dataclass(frozen=True)
class Look:
    """A paragraph style: Chinese typeface, sizes in points, `indent` in characters."""

    typeface: str
    size: float
    leading: float | None = None
    bold: bool = False
    align: str = "left"
    indent: int = 0
    hanging: bool = False
    before: float = 0
    after: float = 0
    keep_next: bool = False


def dress(style: ParagraphStyle, look: Look) -> None:
    """Give `style` this look and nothing of the template's (colour, theme typefaces, borders)."""
    _undress(style)
    fonts = dict.fromkeys(("ascii", "hAnsi", "cs"), _LATIN)
    run = style.element.get_or_add_rPr()
    run.insert(0, element("rFonts", **fonts, eastAsia=look.typeface))
    style.font.size = Pt(look.size)
    style.font.bold = look.bold
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
    layout.line_spacing = 1.25 if look.leading is None else Pt(look.leading)
    layout.keep_with_next = look.keep_next
    layout.widow_control = True
    properties = style.element.get_or_add_pPr()
    if look.indent:
        key = "hanging" if look.hanging else "firstLine"
        width = str(round(look.indent * look.size * 20))
        ind = element("ind", **{f"{key}Chars": str(look.indent * 100), key: width})
        if look.hanging:
            ind.set(qn("w:leftChars"), "200")
            ind.set(qn("w:left"), str(round(2 * look.size * 20)))
        properties._insert_ind(ind)
    properties._insert_jc(element("jc", val=look.align))


def _undress(style: ParagraphStyle) -> None:
    kept = {qn("w:numPr"), qn("w:outlineLvl"), qn("w:keepLines")}
    if style.element.rPr is not None:
        style.element.remove(style.element.rPr)
    if style.element.pPr is not None:
        for child in list(style.element.pPr):
            if child.tag not in kept:
                style.element.pPr.remove(child)


def add_field(paragraph: Paragraph, instruction: str) -> None:
    """A figure that Word works out itself (``PAGE``, ``NUMPAGES``)."""
    for kind, text in (("begin", None), (None, instruction), ("separate", None), ("end", None)):
        run = paragraph.add_run()
        if kind is None:
            code = element("instrText")
            code.text = text
            run._r.append(code)
        else:
            run._r.append(element("fldChar", fldCharType=kind))


def prefer_chinese(document: Document) -> None:
    """Marks that Chinese and Latin share (quotes, dashes, ellipses) in the Chinese typeface."""
    for run in document.element.body.iter(qn("w:r")):
        if not all(text.isascii() for text in run.itertext()):
            run.get_or_add_rPr().insert(0, element("rFonts", hint="eastAsia"))


@dataclass(frozen=True)
class Cell:
    """A cell's text (with line ends) and the name of its paragraph style; red where it says that
    something is missing."""

    text: str
    style: str
    red: bool = False


def add_table(
    document: Document, rows: Sequence[Sequence[Cell]], widths: Sequence[float], *, header: bool
) -> None:
    """A ruled table with columns of `widths` points; with `header` the first row is repeated on
    each page. Made by hand: python-docx takes seconds for some hundred rows."""
    twips = [str(round(width * 20)) for width in widths]
    borders = [
        element(side, val="single", sz="4", space="0", color="000000")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    ]
    table = element(
        "tbl",
        element(
            "tblPr",
            element("tblW", w=str(sum(map(int, twips))), type="dxa"),
            element("jc", val="center"),
            element("tblBorders", *borders),
            element("tblLayout", type="fixed"),
        ),
        element("tblGrid", *(element("gridCol", w=width) for width in twips)),
    )
    ids = {cell.style: document.styles[cell.style].style_id for row in rows for cell in row}
    for index, row in enumerate(rows):
        table.append(_row(row, twips, ids, header=header and index == 0))
    # The last element of the body is its section's properties.
    document.element.body[-1].addprevious(table)
    # Two tables without a paragraph between them would become one.
    document.add_paragraph(style="Fenghuo Gap")


def _row(row: Sequence[Cell], twips: Sequence[str], ids: dict[str, str], *, header: bool) -> Any:
    properties = element("trPr", element("cantSplit"))
    if header:
        properties.append(element("tblHeader"))
    made = element("tr", properties)
    for cell, width in zip(row, twips, strict=True):
        made.append(
            element(
                "tc",
                element(
                    "tcPr", element("tcW", w=width, type="dxa"), element("vAlign", val="center")
                ),
                element(
                    "p",
                    element("pPr", element("pStyle", val=ids[cell.style])),
                    _run(cell.text, red=cell.red),
                ),
            )
        )
    return made


def redden(paragraph: Paragraph) -> None:
    """A paragraph's words in red."""
    for run in paragraph.runs:
        run.font.color.rgb = RGBColor.from_string(_RED)


def _run(text: str, *, red: bool = False) -> Any:
    run = element("r")
    if red:
        run.append(element("rPr", element("color", val=_RED)))
    for index, line in enumerate(text.split("\n")):
        if index:
            run.append(element("br"))
        part = element("t")
        part.text = line
        part.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(part)
    return run
