"""A paper as PDF: the layout's marks drawn by fpdf2, with subsets of two OFL fonts embedded.

Noto Serif SC stands for 宋体, Noto Sans SC for 黑体. A character that the fonts don't have becomes
〓, as printers set a missing sort, and a note at the end names each: a client's rare name must not
be lost.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from fpdf import FPDF
from fpdf.fonts import TTFFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from core.clock import SHANGHAI, require_aware
from core.paper import Paper, map_texts
from dashboard.papers import shape
from dashboard.papers.layout import lay_out
from dashboard.papers.sheets import Face, Mark, Rule

MISSING = "〓"
_BLACK, _RED = (0, 0, 0), (179, 0, 27)
_NAMED_AT_MOST = 40
_NOTE = {
    "zh": "注：“〓”处为字库所缺之字，依次为 {codes}。",
    "en": "Note: “〓” stands for a character that the font lacks; in order: {codes}.",
}
_FONTS = {"song": serif_path(), "hei": sans_path()}


def to_pdf(paper: Paper, *, author: str, made_at: datetime) -> bytes:
    """`paper` as an A4 PDF. `author` is the bank's name, `made_at` (aware) the document's date;
    the same three give the same bytes."""
    pdf = FPDF(unit="pt", format=(shape.SHEET_WIDTH, shape.SHEET_HEIGHT))
    try:
        _describe(pdf, paper, author, require_aware(made_at, "made_at"))
        for family, path in _FONTS.items():
            pdf.add_font(family, "", path)
        fonts = _Fonts(pdf)
        printable = map_texts(paper, fonts.fit)
        for page in lay_out(printable, fonts.width, fonts.note(paper.lang)):
            _draw(pdf, page)
        return bytes(pdf.output())
    finally:
        for font in pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()


def _describe(pdf: FPDF, paper: Paper, author: str, made_at: datetime) -> None:
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(made_at.astimezone(SHANGHAI))
    pdf.set_title(paper.title.replace("\n", " "))
    pdf.set_author(author)
    pdf.set_creator("Fenghuo")
    pdf.set_producer("Fenghuo")
    pdf.set_lang("zh-CN" if paper.lang == "zh" else "en")


class _Fonts:
    """What the embedded fonts can show and how wide it is."""

    def __init__(self, pdf: FPDF) -> None:
        self._widths: dict[Face, dict[int, float]] = {}
        self._known: set[int] | None = None
        for face in ("song", "hei"):
            font = pdf.fonts[face]
            assert isinstance(font, TTFFont)
            self._widths[face] = font.cw
            known = set(font.cmap)
            self._known = known if self._known is None else self._known & known
        self.missing: list[str] = []

    def width(self, text: str, face: Face, size: float) -> float:
        widths = self._widths[face]
        return sum(widths[ord(char)] for char in text) * size / 1000

    def fit(self, text: str) -> str:
        """`text` in characters that both fonts have; what they lack is kept in `missing`."""
        return "".join(self._fit(char) for char in text)

    def _fit(self, char: str) -> str:
        if char == "\n" or (self._known and ord(char) in self._known):
            return char
        if unicodedata.category(char) == "Zs":
            return " "
        self.missing.append(char)
        return MISSING

    def note(self, lang: str) -> str:
        """The line that names the missing characters by their code points; empty without any."""
        if not self.missing:
            return ""
        codes = [f"U+{ord(char):04X}" for char in self.missing[:_NAMED_AT_MOST]]
        if len(self.missing) > _NAMED_AT_MOST:
            codes.append("……")
        return _NOTE[lang].format(codes=("、" if lang == "zh" else ", ").join(codes))


def _draw(pdf: FPDF, page: list[Mark]) -> None:
    pdf.add_page()
    pdf.set_line_width(0.5)
    for mark in page:
        if isinstance(mark, Rule):
            pdf.line(mark.x1, mark.y1, mark.x2, mark.y2)
            continue
        pdf.set_font(mark.face, "", mark.size)
        pdf.set_char_spacing(mark.spread)
        pdf.set_text_color(*(_RED if mark.red else _BLACK))
        if mark.heavy:
            with pdf.local_context(text_mode="FILL_STROKE", line_width=mark.size / 40):
                pdf.text(mark.x, mark.y, mark.text)
        else:
            pdf.text(mark.x, mark.y, mark.text)
