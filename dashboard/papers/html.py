"""A paper as a complete page to read and print; its looks are in assets/print.css.

No inline style or script, so that it may be served under a strict content policy; column widths
come from classes of whole percents.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import assert_never

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

_PRINT = {"zh": "打印", "en": "Print"}


def to_html(paper: Paper, *, assets: str = "/assets/") -> str:
    """`paper` as an HTML document; `assets` is where print.css and print.js are served."""
    root = escape(assets, quote=True)
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{"zh-CN" if paper.lang == "zh" else "en"}">',
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(paper.title)}</title>",
        f'<link rel="stylesheet" href="{root}print.css">',
        f'<script src="{root}print.js" defer></script></head>',
        '<body class="fh-paper-desk">',
        '<p class="fh-paper-tools">',
        f'<button type="button" data-print>{_PRINT[paper.lang]}</button></p>',
        '<main class="fh-paper">',
        *_head(paper),
        *(line for block in paper.blocks for line in _block(block, paper.lang)),
        *_lines("fh-paper-signed", paper.signed),
        *_foot(paper),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _head(paper: Paper) -> Iterable[str]:
    yield f"<header><h1>{_text(paper.title)}</h1>"
    for text in (paper.subtitle, paper.number):
        if text:
            yield f"<p>{_text(text)}</p>"
    yield "</header>"


def _foot(paper: Paper) -> Iterable[str]:
    if paper.footer:
        yield f'<footer class="fh-paper-foot">{_text(paper.footer)}</footer>'


def _lines(css: str, lines: Iterable[str]) -> Iterable[str]:
    texts = [f"<p>{_text(line)}</p>" for line in lines]
    if texts:
        yield f'<div class="{css}">{"".join(texts)}</div>'


def _block(block: Block, lang: PaperLang) -> Iterable[str]:
    match block:
        case Heading():
            tag = f"h{block.level + 1}"
            yield f"<{tag}>{_text(block.text)}</{tag}>"
        case Paragraph():
            yield from (f"<p>{_text(part)}</p>" for part in block.parts())
        case Fields():
            yield from _fields(block)
        case Grid():
            yield from _grid(block)
        case Bullets():
            css = ' class="fh-lacking"' if block.lacking else ""
            yield f"<ul{css}>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</ul>"
        case Signature():
            yield from _lines("fh-paper-signature", shape.signature_lines(block, lang))
        case PageBreak():
            yield '<div class="fh-paper-break"></div>'
        case _:
            assert_never(block)


def _columns(shares: Iterable[float]) -> str:
    columns = (f'<col class="fh-w{max(1, round(100 * share))}">' for share in shares)
    return f"<colgroup>{''.join(columns)}</colgroup>"


def _fields(block: Fields) -> Iterable[str]:
    if not block.rows:
        return
    share = shape.label_share(block)
    yield f'<table class="fh-paper-fields">{_columns((share, 1 - share))}<tbody>'
    for number, (label, value) in enumerate(block.rows):
        css = ' class="fh-lacking"' if number in block.lacking else ""
        yield f'<tr><th scope="row">{_text(label)}</th><td{css}>{_text(value)}</td></tr>'
    yield "</tbody></table>"


def _grid(block: Grid) -> Iterable[str]:
    header = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in block.header)
    yield f'<table class="fh-paper-grid">{_columns(shape.column_shares(block))}'
    yield f"<thead><tr>{header}</tr></thead><tbody>"
    centred = shape.centred_columns(block)
    for number, row in enumerate(block.rows):
        cells = (
            f"<td{_look(middle, (number, column) in block.lacking)}>{_text(cell)}</td>"
            for column, (cell, middle) in enumerate(zip(row, centred, strict=True))
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _look(centred: bool, lacking: bool) -> str:
    names = [name for name, on in (("fh-centred", centred), ("fh-lacking", lacking)) if on]
    return f' class="{" ".join(names)}"' if names else ""
