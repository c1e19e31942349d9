"""One complaint's whole file: intake, every act in order, evidence, hand-overs, clocks (SC-10)."""

from __future__ import annotations

from typing import Any

from core.paper import Block, Grid, Heading, Paper, Paragraph
from dashboard.archive_papers import File, against, client_rows, gaps_block, gaps_of, number_of
from dashboard.archive_parts import Lang, Row, Say, form, must, what
from dashboard.page_times import clock, moment


def whole_file_paper(file: File, lang: Lang, foot: str = "", note: str = "") -> Paper:
    """Everything that is kept of a complaint, on one paper."""
    say = Say(lang)
    blocks: list[Block] = [
        Heading(say("arc.w.intake")), _intake(say, file),
        Heading(say("arc.w.acts")), _acts(say, file),
        Heading(say("arc.w.files")), _files(say, file),
    ]  # fmt: skip
    for key, made in (
        ("handovers", _handovers(say, file)), ("clocks", _clocks(say, file)),
        ("sent", _sent(say, file)), ("gaps", gaps_block(gaps_of(file, lang), say)),
    ):  # fmt: skip
        blocks += [Heading(say(f"arc.w.{key}")), made]
    if note:
        blocks.append(Paragraph(note))
    return Paper(
        title=say("arc.p.whole"), number=say("arc.p.number", number=number_of(file)),
        blocks=tuple(blocks), footer=foot, lang=lang,
    )  # fmt: skip


def _intake(say: Say, file: File) -> Block:
    ticket, texts = file["ticket"], file["texts"]
    rows = [
        Row(say("arc.f.number"), str(file["complaint"])),
        Row(say("arc.f.received"), moment(file["received_at"])),
        Row(say("arc.w.entered"), moment(file["entered_at"])),
        Row(say("arc.f.channel"), say.value(file["channel"])),
        *client_rows(say, file, "name", "phone", "address"),
        Row(say("arc.f.against"), against(say, file)),
        must(say, "arc.f.summary", texts["summary"], "summary", erased=file["erased"]),
        Row(say("arc.f.demand"), texts["demand"] or ""),
        Row(say("arc.w.amount"), file["amount"] or ""),
        Row(say("arc.w.class"), ticket.get(f"class_{say.lang}") or ticket["class"] or ""),
        Row(say("arc.w.stage"), say.name(ticket["stage"])),
        Row(say("arc.w.owner"), " ".join(
            p for p in (ticket["owner_unit"], say.name(ticket["owner_role"]), ticket["owner"]) if p
        )),
    ]  # fmt: skip
    return form(rows)


def _grid(say: Say, keys: tuple[str, ...], rows: list[tuple[str, ...]], *widths: float) -> Block:
    if not rows:
        return Paragraph(say("arc.w.none"))
    return Grid(tuple(say(f"arc.w.{key}") for key in keys), tuple(rows), widths)


def _acts(say: Say, file: File) -> Block:
    many = file["ticket"]["round"] > 1
    return _grid(say, ("when", "act", "who", "what"), [
        (clock(a["at"]), say.name(a["act"]) + (f"（{a['round']}）" if many else ""), say.who(a),
         what(say, a))
        for a in file["acts"]
    ], 4, 4, 7, 20)  # fmt: skip


def _files(say: Say, file: File) -> Block:
    names = {a["id"]: say.name(a["act"]) for a in file["acts"]}
    return _grid(say, ("file", "act", "added", "size", "hash"), [
        (f"{f['id']} {f['media_type'].partition('/')[2].upper()}", names.get(f["act"], ""),
         clock(f["added_at"]), str(f["size"]), f["sha256"])
        for f in file["files"]
    ], 5, 5, 5.5, 4.5, 18)  # fmt: skip


def _handovers(say: Say, file: File) -> Block:
    return _grid(say, ("when", "from", "to", "why", "state"), [
        (clock(h["offered_at"]), _place(say, h, "from"), _place(say, h, "to"), h["reason"],
         say.value(h["state"]))
        for h in file["handovers"]
    ], 5, 8, 8, 11, 5)  # fmt: skip


def _place(say: Say, handed: dict[str, Any], end: str) -> str:
    parts = (handed[f"{end}_unit"], say.name(handed[f"{end}_role"]), handed[end])
    return "\n".join(p for p in parts if p)


def _clocks(say: Say, file: File) -> Block:
    title = "title_zh" if say.lang == "zh" else "title_en"
    return _grid(say, ("clause", "who", "due", "state"), [
        (f"{d['clause']} {d[title]}", f"{d['unit_name']} {say.name(d['role'])}",
         moment(d["due_at"]), _duty_state(say, d))
        for d in file["duties"]
    ], 12, 10, 7, 7)  # fmt: skip


def _duty_state(say: Say, duty: dict[str, Any]) -> str:
    if duty["state"] == "open":
        return say.value("duty", "breached" if duty["breached"] else "open")
    if duty["state"] == "fulfilled":
        return say.value("duty", "late" if duty["breached"] else "fulfilled")
    return say.value("duty", duty["state"])


def _sent(say: Say, file: File) -> Block:
    return _grid(say, ("when", "from", "to", "who"), [
        (moment(s["at"]), s["from"], s["to"], say.who(s)) for s in file["sent"]
    ], 8, 8, 8, 10)  # fmt: skip
