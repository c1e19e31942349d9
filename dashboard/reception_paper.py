"""The reception sheet as a paper: for the desk, to be written on when everything else fails."""

from __future__ import annotations

from typing import Any, Literal

from core.paper import Block, Bullets, Fields, Grid, Heading, Paper, Paragraph, Signature
from dashboard.page_times import clock, moment
from dashboard.reception_words import RECEPTION_WORDS

Lang = Literal["zh", "en"]
#: Empty lines under the last row, for those who come after the printing.
_SPARE = 5


def reception_paper(sheet: dict[str, Any], lang: Lang) -> Paper:
    """`escalation.reception_view.read_sheet` as a paper; clients masked."""

    def w(key: str, **params: object) -> str:
        return RECEPTION_WORDS[key][0 if lang == "zh" else 1].format(**params)

    blocks: list[Block] = [
        Fields((
            (w("rcp.p.incident"), sheet["incident"]),
            (w("rcp.p.place"), sheet["unit_name"]),
            (w("rcp.p.at"), moment(sheet["now"])),
            (w("rcp.separate"), sheet["separate_room"] or ""),
            (w("rcp.onlookers"), str(sheet["onlookers"])),
            (w("rcp.guide"), sheet["guide"] or ""),
        )),
        Heading(w("rcp.p.clients")),
        Grid(
            tuple(w(f"rcp.p.{key}") for key in
                  ("number", "client", "receiver", "room", "representative", "arrived", "left",
                   "outcome")),
            (*(_row(row, w) for row in sheet["rows"]), *([("",) * 8] * _SPARE)),
            widths=(1.1, 3, 2.2, 2.2, 1.3, 2.6, 2.6, 3),
        ),
        Heading(w("rcp.script")),
        Paragraph(sheet["script"][lang]),
    ]  # fmt: skip
    if sheet["remarks"]:
        blocks += [Heading(w("rcp.remarks")), Bullets(tuple(r[lang] for r in sheet["remarks"]))]
    if sheet["onlooker_counts"]:
        blocks += [Heading(w("rcp.p.counts")), Grid(
            (w("rcp.p.at"), w("rcp.onlookers"), w("rcp.p.counted_by")),
            tuple((moment(c["at"]), str(c["onlookers"]), c["by"])
                  for c in sheet["onlooker_counts"]),
        )]  # fmt: skip
    blocks.append(Signature(w("rcp.p.signed")))
    return Paper(title=w("rcp.p.title"), subtitle=sheet["unit_name"], blocks=tuple(blocks),
                 footer=w("rcp.p.footer", incident=sheet["incident"]), lang=lang)  # fmt: skip


def _row(row: dict[str, Any], w: Any) -> tuple[str, ...]:
    ticket = row["ticket"]
    client = (
        f"{ticket['name']} {ticket['complaint']}".strip()
        if ticket
        else w("rcp.visitor", n=row["number"])
    )
    return (
        str(row["number"]), client, row["receiver"] or "", row["room"] or "",
        w("rcp.p.yes") if row["representative"] else "", clock(row["arrived_at"]),
        clock(row["left_at"]), row["outcome"] or "",
    )  # fmt: skip
