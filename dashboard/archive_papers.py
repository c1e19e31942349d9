"""客户投诉档案 as attachment 3 lays it out (WP-26), and 客户投诉处理单 (FC-03 to FC-08).

Each is complete, or says what is missing, box by box.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from complaints.archive_forms import ActOf, Part, last, of_round, part, said
from core.paper import Block, Bullets, Heading, PageBreak, Paper, Paragraph
from dashboard.archive_parts import Lang, Row, Say, filled, form, must, told
from dashboard.page_times import moment

#: A complaint's file or a form of it, as the engine gives it.
File = dict[str, Any]


def complaint_file_paper(file: File, lang: Lang, foot: str = "", note: str = "") -> Paper:
    """客户投诉档案 (attachment 3), the files of earlier complaints about the same attached."""
    return _paper(file, lang, "arc.p.file", "arc.p.attachment", _complaint_file, foot, note)


def handling_form_paper(file: File, lang: Lang, foot: str = "", note: str = "") -> Paper:
    """客户投诉处理单, the form of the round or complaint before attached (FC-08)."""
    return _paper(file, lang, "arc.p.form", "", _handling_form, foot, note)


def _paper(
    file: File, lang: Lang, title: str, above: str, rows_of: Any, foot: str, note: str
) -> Paper:  # fmt: skip
    say = Say(lang)
    blocks: list[Block] = _one(say, file, file["ticket"]["round"], rows_of)
    for number in range(file["ticket"]["round"] - 1, 0, -1):
        blocks += _attached(say, file, number, rows_of, say("arc.p.round", n=number))
    for old in file["attached"]:
        blocks += _attached(say, old, old["ticket"]["round"], rows_of, old["complaint"])
    if note:
        blocks.append(Paragraph(note))
    return Paper(
        title=say(title), subtitle=say(above) if above else "",
        number=say("arc.p.number", number=number_of(file)), blocks=tuple(blocks),
        footer=foot, lang=lang,
    )  # fmt: skip


def number_of(file: File) -> str:
    """The number under which it was filed, else the complaint's."""
    filed = last(file["acts"], "archive")
    return (filed["facts"].get("number") if filed else None) or str(file["complaint"])


def _one(say: Say, file: File, number: int, rows_of: Any) -> list[Block]:
    sections: list[tuple[str, list[Row]]] = rows_of(say, file, of_round(file["acts"], number))
    blocks: list[Block] = []
    for heading, rows in sections:
        if heading:
            blocks.append(Heading(heading, 2))
        blocks.append(form(rows))
    gaps = [r for _, rows in sections for r in rows if r.lacking]
    if gaps:
        blocks.append(Bullets((say("arc.gaps", n=len(gaps)),), lacking=True))
    else:
        blocks.append(Paragraph(say("arc.gaps_none")))
    return blocks


def gaps_of(file: File, lang: Lang) -> list[str]:
    """What the bank's form of this complaint says is missing, item by item."""
    say = Say(lang)
    rows_of = _handling_form if file["form"] == "handling_form" else _complaint_file
    acts = of_round(file["acts"], file["ticket"]["round"])
    return [r.text for _, rows in rows_of(say, file, acts) for r in rows if r.lacking]


def _attached(say: Say, file: File, number: int, rows_of: Any, mark: str) -> list[Block]:
    key = "arc.p.old" if rows_of is _handling_form else "arc.p.old_file"
    return [PageBreak(), Heading(f"{say(key)}（{mark}）"), *_one(say, file, number, rows_of)]


def client_rows(say: Say, file: File, *names: str) -> list[Row]:
    """Name, address, telephone: each filled, missing or erased."""
    return [
        must(say, f"arc.f.{name}", file["client"].get(name), name, erased=file["erased"])
        for name in names
    ]


def _complaint_file(say: Say, file: File, acts: Sequence[ActOf]) -> list[tuple[str, list[Row]]]:
    asked = file["asked"]

    def of(*names: str) -> Part:
        return part(acts, asked, *names)

    filed = _filed(file, acts)
    return [("", [
        must(say, "arc.f.filled", moment(filed["at"])[:10] if filed else "", "filled"),
        *client_rows(say, file, "name", "address", "phone"),
        Row(say("arc.f.channel"), say.value(file["channel"])),
        Row(say("arc.f.received"), moment(file["received_at"])),
        Row(say("arc.f.against"), against(say, file)),
        _summary(say, file),
        filled(say, "arc.f.findings", [
            ("investigate", _spot(of("investigate"), acts)), ("analyse", _kept(of("analyse")))]),
        filled(say, "arc.f.plan", [
            ("plan", of("plan", "on_the_spot")), ("approve", _kept(of("approve"))),
            ("carry_out", of("carry_out"))]),
        filled(say, "arc.f.reply", [
            ("tell", _spot(of("tell"), acts)), ("ask", _kept(of("ask"))),
            ("return_visit", _kept(of("return_visit")))]),
    ])]  # fmt: skip


def _filed(file: File, acts: Sequence[ActOf]) -> ActOf | None:
    """When the form was filed; that of an earlier round, when its last act was done."""
    earlier = max((a["round"] for a in acts), default=1) < file["ticket"]["round"]
    return acts[-1] if earlier and acts else last(acts, "archive")


def _kept(one: Part) -> Part:
    """What attachment 3 has no box of its own for: shown where it was done, not asked for."""
    return one if one.state == "done" else Part("none")


def _spot(one: Part, acts: Sequence[ActOf]) -> Part:
    """What was settled on the spot was found and said there and then (FC-02)."""
    spot = last(acts, "on_the_spot")
    return Part("done", (spot,)) if spot is not None and one.state != "done" else one


def _handling_form(say: Say, file: File, acts: Sequence[ActOf]) -> list[tuple[str, list[Row]]]:
    asked, ticket = file["asked"], file["ticket"]

    def of(*names: str) -> Part:
        return part(acts, asked, *names)

    def box(label: str, step: str, *names: str) -> Row:
        return filled(say, label, [(step, of(step, *names))])

    filed = _filed(file, acts)
    return [
        (say("arc.s.accept"), [
            Row(say("arc.f.number"), str(file["complaint"])),
            Row(say("arc.f.received"), moment(file["received_at"])),
            Row(say("arc.f.channel"), say.value(file["channel"])),
            *client_rows(say, file, "name", "phone", "address"),
            Row(say("arc.f.against"), against(say, file)),
            _summary(say, file),
            box("arc.f.accepted", "accept"),
        ]),
        (say("arc.s.forward"), [
            box("arc.f.form_sent", "register"),
            box("arc.f.forwarded", "route"),
            *_handovers(say, file),
        ]),
        (say("arc.s.handle"), [
            filled(say, "arc.f.contact", [("contact", _spot(of("contact"), acts))]),
            *_decisions(say, file, acts),
            filled(say, "arc.f.carried", [("carry_out", _spot(of("carry_out"), acts))]),
        ]),
        (say("arc.s.feedback"), [
            filled(say, "arc.f.facts", [("investigate", _spot(of("investigate"), acts))]),
            filled(say, "arc.f.measures", [
                ("plan", of("plan")), ("approve", _kept(of("approve")))]),
            _toward(say, acts, of("carry_out"), "department"),
            _toward(say, acts, of("carry_out"), "person"),
            filled(say, "arc.f.reply", [("tell", _spot(of("tell"), acts))]),
            box("arc.f.satisfied", "ask"),
        ]),
        (say("arc.s.visit"), [box("arc.f.visit", "return_visit")]),
        (say("arc.s.again"), [
            Row(say("arc.f.again"), _again(say, file, acts, ticket)),
            must(say, "arc.f.archived", moment(filed["at"]) if filed else "", "filled"),
        ]),
    ]  # fmt: skip


def _toward(say: Say, acts: Sequence[ActOf], carried: Part, whom: str) -> Row:
    """FC-06: what was done toward the department, and the person, responsible."""
    text = said(acts, f"toward_{whom}")
    if not text and carried.state in ("none", "waived"):
        text = say("arc.not_asked")
    return must(say, f"arc.f.{whom}", text, whom)


def _decisions(say: Say, file: File, acts: Sequence[ActOf]) -> list[Row]:
    """FC-10: where there is an economic dispute, each decision that it needs."""
    found = [told(say, a) for a in acts if a["act"] in ("dispute", "decide")]
    open_ones = [say.missing("decide", role=say.name(role)) for role in file["ticket"]["undecided"]]
    if not found and not open_ones:
        return []
    return [Row(say("arc.f.decision"), "\n".join(found + open_ones), bool(open_ones))]


def _handovers(say: Say, file: File) -> list[Row]:
    if not file["handovers"]:
        return []
    lines = [
        f"{moment(h['offered_at'])} {h['from_unit']} → {h['to_unit']}"
        f" {say.name(h['to_role'])} {h['to'] or ''}（{say.value(h['state'])}）{h['reason']}"
        for h in file["handovers"]
    ]
    return [Row(say("arc.f.handovers"), "\n".join(lines))]


def _again(say: Say, file: File, acts: Sequence[ActOf], ticket: File) -> str:
    number = max((a["round"] for a in acts), default=1)
    if number > 1:
        return say("arc.again.round", n=number)
    if not ticket["previous"]:
        return say("arc.again.first")
    attached = any(old["complaint"] == ticket["previous"] for old in file.get("attached", ()))
    return say("arc.again.old" if attached else "arc.again.far", number=ticket["previous"])


def against(say: Say, file: File) -> str:
    """被投诉单位/人员/产品."""
    person = file["about"] or ""
    if file["about_role"]:
        person = say("arc.by", by=person, role=say.name(file["about_role"])) if person else (
            say.name(file["about_role"]))  # fmt: skip
    return "\n".join(p for p in (file["against_unit"], person, file["product"] or "") if p)


def _summary(say: Say, file: File) -> Row:
    texts = file["texts"]
    lines = [texts["summary"] or ""]
    if texts["subject"] and texts["subject"] != texts["summary"]:
        lines.insert(0, texts["subject"])
    if texts["demand"]:
        lines.append(f"{say('arc.f.demand')}：{texts['demand']}")
    text = "\n".join(line for line in lines if line)
    return must(say, "arc.f.summary", text if texts["summary"] else "", "summary",
                erased=file["erased"])  # fmt: skip


def gaps_block(gaps: Sequence[str], say: Say) -> Block:
    """What is missing as a list, or that nothing is."""
    return Bullets(tuple(gaps), lacking=True) if gaps else Paragraph(say("arc.w.whole"))
