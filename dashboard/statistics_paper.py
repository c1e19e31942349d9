"""The statistics as a paper: figures with their definitions, and every table with bars in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.paper import Block, Bullets, Grid, Heading, Paper, Paragraph
from dashboard.page_times import moment
from dashboard.statistics_shown import Cell, Lang, Section, figure_rows, sections, w
from dashboard.statistics_words import STATISTICS_WORDS

#: A table's rows in a paper; the workbook has all.
MOST_ROWS = 20
_BAR, _HALF = "█", "▌"
_LONGEST = 8  #: characters of the longest bar
#: section -> columns that a paper has room for beside the bars, and how wide they are.
_COMPARED = ((0, 1, 2, 3, 4, 6), (3.4, 1.5, 1.7, 1.5, 2.1, 2.1))
_BARRED: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {
    "trend": ((0, 1, 2, 3), (3, 1.5, 1.5, 1.7)),
    **dict.fromkeys(
        ("unit", "channel", "product", "class", "outcome", "satisfaction", "causes"), _COMPARED
    ),
}
_BAR_WIDTH = 3.8
#: section -> columns of a second table: how those tickets ended.
_ENDED = dict.fromkeys(("unit", "product"), (0, 7, 8, 9, 10))
_FIGURES = (3.6, 2.1, 2.1, 2.5, 2.1, 2.5)


def statistics_paper(found: Mapping[str, Any], lang: Lang, report: Mapping[str, Any] | None
                     ) -> Paper:  # fmt: skip
    """`found` as a paper; `report` is the head of the standing report that it is, or None."""
    period, unit = found["period"], found["unit"]["name"]
    blocks: list[Block] = [Paragraph(w(
        lang, "stat.p.intro", unit=unit, period=period[lang], since=period["since"],
        until=period["through"], before=found["before"][lang], year=found["year_before"][lang],
        time=moment(found["made_at"]),
    ))]  # fmt: skip
    blocks += _figures(found, lang)
    for section in sections(found, lang):
        blocks += _section(section, lang)
    blocks.append(Heading(w(lang, "stat.definitions")))
    blocks.append(Bullets(tuple(
        f"{row['name']}：{row['definition']}" if lang == "zh"
        else f"{row['name']}: {row['definition']}" for row in figure_rows(found, lang)
    )))  # fmt: skip
    if report is not None:
        blocks.append(Paragraph(w(lang, "stat.p.sha", sha=report["sha256"])))
    return Paper(
        title=w(lang, "stat.p.title"), subtitle=f"{unit} {period[lang]}",
        number=w(lang, "stat.p.number", number=report["number"]) if report else "",
        blocks=tuple(blocks),
        footer=w(lang, "stat.p.footer", unit=unit[:20], period=period["name"]), lang=lang,
    )  # fmt: skip


def _figures(found: Mapping[str, Any], lang: Lang) -> list[Block]:
    keys = ("c.figure", "now", "before", "change", "year_before", "year_change")
    header = tuple(w(lang, f"stat.{key}") for key in keys)
    blocks: list[Block] = [Heading(w(lang, "stat.s.figures"))]
    rows = figure_rows(found, lang)
    for group in found["groups"]:
        lines = tuple(
            (row["name"], row["text"], row["before"]["text"], row["before"]["change"],
             row["year_before"]["text"], row["year_before"]["change"])
            for row in rows if row["group"] == group["key"]
        )  # fmt: skip
        blocks += [Heading(group[lang], level=2), Grid(header, lines, _FIGURES)]
    return blocks


def _section(section: Section, lang: Lang) -> list[Block]:
    blocks: list[Block] = [Heading(section.title), Paragraph(section.note)]
    if not section.rows:
        own = f"stat.empty.{section.key}"
        return [*blocks, Paragraph(w(lang, own if own in STATISTICS_WORDS else "stat.empty"))]
    rows = section.rows[:MOST_ROWS]
    if section.key in _BARRED:
        columns, widths = _BARRED[section.key]
        grid = _grid(section, rows, columns)
        lines = tuple((*line, bar) for line, bar in zip(grid.rows, _bars(rows), strict=True))
        blocks.append(Grid((*grid.header, ""), lines, (*widths, _BAR_WIDTH)))
    else:
        blocks.append(_grid(section, rows, tuple(range(len(section.header)))))
    if section.key in _ENDED:
        blocks.append(_grid(section, rows, _ENDED[section.key]))
    left = len(section.rows) - len(rows)
    if section.rest or left:
        more = "" if not left else w(lang, "stat.p.more", n=left)
        blocks.append(Paragraph("；".join(filter(None, (more, section.rest)))))
    return blocks


def _grid(section: Section, rows: Sequence[Sequence[Cell]], columns: Sequence[int]) -> Grid:
    return Grid(
        tuple(section.header[c] for c in columns),
        tuple(tuple(row[c].text for c in columns) for row in rows),
    )


def _bars(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """A bar a row, by the row's first number: the chart that any office can print."""
    values = [float(next((c.value for c in row if c.form == "count" and c.value), 0) or 0)
              for row in rows]  # fmt: skip
    top = max(values, default=0)
    bars = []
    for value in values:
        halves = round(value / top * _LONGEST * 2) if top else 0
        bars.append(_BAR * (halves // 2) + _HALF * (halves % 2))
    return bars
