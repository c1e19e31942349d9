"""A paper as DOCX, in the typefaces of a Chinese official document: 仿宋 text, 黑体 headings and
labels, 宋体 title. The typefaces are named, not embedded: every Chinese office has them.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import assert_never

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph as DocxParagraph

from core.clock import SHANGHAI, require_aware
from core.paper import (
    Block,
    Bullets,
    Fields,
    Grid,
    Heading,
    PageBreak,
    Paper,
    PaperLang,
    Paragraph,
    Signature,
)
from dashboard.papers import shape
from dashboard.papers.docx_parts import (
    Cell,
    Look,
    add_field,
    add_table,
    dress,
    forget_template,
    prefer_chinese,
    redden,
    set_language,
)

_PROPERTY_LIMIT = 255


def to_docx(paper: Paper, *, author: str, made_at: datetime) -> bytes:
    """`paper` as an A4 Word document. `author` is the bank's name, `made_at` (aware) the
    document's date; the same three give the same bytes."""
    document = docx.Document()
    forget_template(document)
    _properties(document, paper, author, require_aware(made_at, "made_at"))
    set_language(document, "zh-CN")
    _styles(document)
    _page(document, paper)
    _head(document, paper)
    for block in paper.blocks:
        _block(document, block, paper.lang)
    _signed(document, paper.signed)
    prefer_chinese(document)
    return _dated(document, made_at)


def _properties(document: Document, paper: Paper, author: str, made_at: datetime) -> None:
    made = made_at.astimezone(UTC).replace(microsecond=0)
    core = document.core_properties
    core.author = core.last_modified_by = author[:_PROPERTY_LIMIT]
    core.title = paper.title.replace("\n", " ")[:_PROPERTY_LIMIT]
    core.comments = ""
    core.language = "zh-CN" if paper.lang == "zh" else "en"
    core.created = core.modified = made
    core.revision = 1


def _page(document: Document, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Pt(shape.SHEET_WIDTH), Pt(shape.SHEET_HEIGHT)
    section.top_margin, section.bottom_margin = Pt(shape.TOP), Pt(shape.BOTTOM)
    section.left_margin, section.right_margin = Pt(shape.LEFT), Pt(shape.RIGHT)
    section.footer_distance = Pt(shape.BOTTOM - 45)
    foot = section.footer.paragraphs[0]
    foot.style = document.styles["Fenghuo Foot"]
    before, _, rest = shape.word("page", paper.lang).partition("{page}")
    between, _, after = rest.partition("{pages}")
    foot.add_run(before)
    add_field(foot, "PAGE")
    foot.add_run(between)
    add_field(foot, "NUMPAGES")
    foot.add_run(after)
    if paper.footer:
        small = section.footer.add_paragraph(style="Fenghuo Foot")
        small.add_run(paper.footer).font.size = Pt(shape.FOOT_SIZE)


_SONG, _HEI, _FANGSONG, _KAI = "宋体", "黑体", "仿宋", "楷体"
_BODY, _FORM, _GRID = shape.BODY_SIZE, shape.FORM_SIZE, shape.GRID_SIZE
_LOOKS = {
    "Normal": Look(_FANGSONG, _BODY, 28, align="both"),
    "Title": Look(_SONG, shape.TITLE_SIZE, 34, bold=True, align="center"),
    "Subtitle": Look(_FANGSONG, _BODY, 28, align="center"),
    "Heading 1": Look(_HEI, _BODY, 28, indent=2, before=8, after=2, keep_next=True),
    "Heading 2": Look(_KAI, _BODY, 28, bold=True, indent=2, before=8, after=2, keep_next=True),
    "Body Text": Look(_FANGSONG, _BODY, 28, align="both", indent=2),
    "List Bullet": Look(_FANGSONG, _BODY, 28, indent=1, hanging=True),
    "Fenghuo Closing": Look(_FANGSONG, _BODY, 28),
    "Fenghuo Foot": Look(_SONG, _GRID, align="center"),
    "Fenghuo Gap": Look(_FANGSONG, 5, 10),
    "Fenghuo Label": Look(_HEI, _FORM, align="center", before=3, after=3),
    "Fenghuo Value": Look(_FANGSONG, _FORM, before=3, after=3),
    "Fenghuo Column": Look(_HEI, _GRID, align="center", before=3, after=3),
    "Fenghuo Cell": Look(_FANGSONG, _GRID, before=3, after=3),
    "Fenghuo Centred Cell": Look(_FANGSONG, _GRID, align="center", before=3, after=3),
}


def _styles(document: Document) -> None:
    for name, look in _LOOKS.items():
        if name.startswith("Fenghuo"):
            style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        else:
            style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        dress(style, look)


def _head(document: Document, paper: Paper) -> None:
    _add(document, paper.title, "Title")
    for text in (paper.subtitle, paper.number):
        if text:
            _add(document, text, "Subtitle")
    _add(document, "", "Fenghuo Gap")


def _add(document: Document, text: str, style: str) -> DocxParagraph:
    return document.add_paragraph(text, style=style)


def _block(document: Document, block: Block, lang: PaperLang) -> None:
    match block:
        case Heading():
            _add(document, block.text, f"Heading {block.level}")
        case Paragraph():
            for part in block.parts():
                _add(document, part, "Body Text")
        case Fields():
            _fields(document, block)
        case Grid():
            _grid(document, block)
        case Bullets():
            for item in block.items:
                added = _add(document, item, "List Bullet")
                if block.lacking:
                    redden(added)
        case Signature():
            _signature(document, block, lang)
        case PageBreak():
            document.add_paragraph(style="Fenghuo Gap").add_run().add_break(WD_BREAK.PAGE)
        case _:
            assert_never(block)


def _fields(document: Document, block: Fields) -> None:
    if block.rows:
        share = shape.label_share(block)
        rows = [
            (Cell(a, "Fenghuo Label"), Cell(b, "Fenghuo Value", red=number in block.lacking))
            for number, (a, b) in enumerate(block.rows)
        ]
        widths = [share * shape.TEXT_WIDTH, (1 - share) * shape.TEXT_WIDTH]
        add_table(document, rows, widths, header=False)


def _grid(document: Document, block: Grid) -> None:
    styles = [
        "Fenghuo Centred Cell" if centred else "Fenghuo Cell"
        for centred in shape.centred_columns(block)
    ]
    rows = [[Cell(text, "Fenghuo Column") for text in block.header]]
    rows += [
        [
            Cell(text, style, red=(number, column) in block.lacking)
            for column, (text, style) in enumerate(zip(row, styles, strict=True))
        ]
        for number, row in enumerate(block.rows)
    ]
    widths = [share * shape.TEXT_WIDTH for share in shape.column_shares(block)]
    add_table(document, rows, widths, header=True)


def _signature(document: Document, block: Signature, lang: PaperLang) -> None:
    for index, line in enumerate(shape.signature_lines(block, lang)):
        paragraph = _add(document, line, "Fenghuo Closing")
        paragraph.paragraph_format.left_indent = Pt(shape.TEXT_WIDTH / 2)
        if not index:
            paragraph.paragraph_format.space_before = Pt(14)
            paragraph.paragraph_format.keep_with_next = True


def _signed(document: Document, signed: tuple[str, ...]) -> None:
    for index, line in enumerate(signed):
        paragraph = _add(document, line, "Fenghuo Closing")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(2 * shape.BODY_SIZE)
        paragraph.paragraph_format.keep_with_next = index < len(signed) - 1
        if not index:
            paragraph.paragraph_format.space_before = Pt(20)


def _dated(document: Document, made_at: datetime) -> bytes:
    """The document's bytes, every part of the archive dated `made_at`."""
    raw, dated = io.BytesIO(), io.BytesIO()
    document.save(raw)
    when = made_at.astimezone(SHANGHAI).timetuple()[:6]
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(dated, "w") as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, date_time=when)
            part.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(part, source.read(name))
    return dated.getvalue()
