"""客户投诉受理情况表: a month of a unit by time of acceptance, one line a complaint (BO-11)."""

from __future__ import annotations

from typing import Any

from core.paper import Block, Grid, Paper, Paragraph, Signature
from dashboard.archive_parts import Lang, Say
from dashboard.page_times import clock

_WIDTHS = (6.5, 4.6, 7.2, 9.4, 4.6, 6.2, 5.2)


def register_paper(register: dict[str, Any], lang: Lang) -> Paper:
    """`escalation.archive_register.read` as a paper; clients masked."""
    say = Say(lang)
    lines = [_line(say, n, row) for n, row in enumerate(register["rows"], start=1)]
    lacking = tuple(
        (n, column) for n, (_, missing) in enumerate(lines) for column in sorted(missing)
    )
    incomplete = len({n for n, _ in lacking})
    keeper = register["keeper"]
    blocks: list[Block] = [Paragraph(say("arc.r.total", n=len(lines), missing=incomplete))]
    if lines:
        header = tuple(say(f"arc.r.{key}") for key in (
            "no", "received", "client", "matter", "receiver", "done", "result",
        ))  # fmt: skip
        blocks.append(Grid(header, tuple(cells for cells, _ in lines), _WIDTHS, lacking))
    else:
        blocks.append(Paragraph(say("arc.r.none")))
    role = say("arc.r.keeper", role=say.name(keeper["role"]))
    blocks.append(Signature(role, keeper["name"]))
    return Paper(
        title=say("arc.p.register"),
        subtitle=say("arc.r.month", unit=register["unit"], month=register["month"]),
        blocks=tuple(blocks), footer=say("arc.masked_foot"), lang=lang,
    )  # fmt: skip


def _line(say: Say, number: int, row: dict[str, Any]) -> tuple[tuple[str, ...], set[int]]:
    """A line's cells, and which of them say that something is missing."""
    missing: set[int] = set()

    def need(column: int, text: str | None, what: str) -> str:
        if text:
            return text
        if row["erased"]:
            return say("arc.erased")
        missing.add(column)
        return say.missing(what)

    client = need(2, row["client"], "name")
    phone = need(2, row["phone"], "phone")
    result = [clock(row["told_at"]), say.value("outcome", row["outcome"]),
              say.value(row["satisfaction"])]  # fmt: skip
    over = row["stage"] in ("archived", "withdrawn", "misfiled", "merged", "history")
    state = say.name(row["stage"])
    cells = (
        f"{number}\n{row['complaint']}",
        f"{clock(row['received_at'])}\n{say.value(row['channel'])}",
        f"{client}\n{phone}",
        "\n".join(p for p in (row["product"], need(3, row["matter"], "summary")) if p),
        row["receiver"]
        or say.name(row["receiver_role"])
        or (state if over else need(4, None, "accept")),
        row["done"] or (state if over else need(5, None, "carry_out") + f"（{state}）"),
        "\n".join(p for p in result if p) or (state if over else need(6, None, "tell")),
    )
    return cells, missing
