"""A report as a paper. It is made once, when the report is signed, and kept as JSON: what a signed
report's paper says does not depend on later code, figures or corrections."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from core import paper as papers
from core.clock import SHANGHAI
from core.paper import Block, Fields, Grid, Heading, Paper, Paragraph
from escalation.report_rules import KIND_NAMES
from escalation.report_words import Figures, long_time, short_time

#: Sections of running text, in the order of the paper.
_SECTIONS = (
    ("scale", "事件规模"),
    ("cause", "起因"),
    ("people", "处置人员"),
    ("measures", "已采取的措施"),
    ("trend", "发展趋势"),
)
_NUMERALS = "一二三四五六七八九十"
#: From so many clock hours on a table says more than the sentence.
_HOURS_WORTH = 2


@dataclass(frozen=True)
class Draft:
    """All that a paper is made of. `texts` are the fields' values; `changed` as
    `report_words.change_rows` gives them; `previous` names the report compared with."""

    kind: str
    ordinal: int
    unit_name: str
    place_name: str
    to_name: str
    number: str
    texts: Mapping[str, str]
    figures: Figures
    times: Mapping[str, datetime]
    phoned: str
    changed: Sequence[Mapping[str, Any]]
    previous: str
    previous_as_of: str
    signer: str
    signed_at: datetime


def make_paper(draft: Draft) -> Paper:
    """The paper of a report that has just been signed."""
    sections: list[tuple[str, list[Block]]] = [
        (title, [Paragraph(draft.texts[name])]) for name, title in _SECTIONS
    ]
    blocks: list[Block] = [_facts(draft), Paragraph(_lead(draft))]
    place = [title for title, _ in sections].index("事件规模")
    sections[place][1].extend(_tables(draft.figures))
    if draft.kind != "first":
        sections.insert(0, ("与上次报告相比", _compared(draft)))
    sections.append(("请求事项", [Paragraph(draft.texts["request"])]))
    for number, (title, content) in enumerate(sections):
        blocks += [Heading(f"{_NUMERALS[number]}、{title}"), *content]
    return Paper(
        title=f"关于{draft.place_name}{_event(draft)}的报告",
        subtitle=f"（{kind_words(draft.kind, draft.ordinal)}）",
        number=draft.number, blocks=tuple(blocks),
        signed=(draft.unit_name, _day(draft.signed_at)), footer=draft.number,
    )  # fmt: skip


def kind_words(kind: str, ordinal: int) -> str:
    """首报, 续报之二, 终报."""
    name = KIND_NAMES[kind][0]
    if kind != "follow_up":
        return name
    return f"{name}之{_NUMERALS[ordinal - 1] if ordinal <= len(_NUMERALS) else ordinal}"


def _event(draft: Draft) -> str:
    crowd = "聚集" if draft.figures["origin"] == "gathering" else "集体投诉"
    if draft.figures["origin"] in ("manual", "media", "regulator"):
        crowd = "投诉"
    return f"客户{crowd}事件"


def _lead(draft: Draft) -> str:
    subject = {"first": "现将有关情况报告如下", "follow_up": "现将最新情况续报如下",
               "final": "事件处置已告一段落，现将有关情况终报如下"}[draft.kind]  # fmt: skip
    when = long_time(draft.times.get("occurred"))
    return f"{when}，{draft.place_name}发生{_event(draft)}。{subject}："


def _facts(draft: Draft) -> Fields:
    rows = [
        ("主送", draft.to_name),
        ("发生地点", draft.texts["place"]),
        ("发生时间", long_time(draft.times.get("occurred"))),
        ("知悉时间", long_time(draft.times.get("aware"))),
        ("事件等级", draft.texts["grade"].rstrip("。")),
        ("涉及金额", draft.texts["amount"].rstrip("。")),
        ("数据截至", long_time(draft.figures["as_of"])),
    ]
    if draft.phoned:
        rows.append(("口头报告", draft.phoned))
    rows += [
        ("签发人", draft.signer),
        ("联系人", f"{draft.texts['contact']}　电话 {draft.texts['contact_phone']}"),
    ]
    return Fields(tuple(rows))


def _tables(figures: Figures) -> list[Block]:
    tables: list[Block] = []
    if len(figures["by_unit"]) > 1:
        rows = tuple((u["name"], str(u["clients"])) for u in figures["by_unit"])
        tables.append(Grid(("机构", "投诉客户（人）"), rows, (3.0, 2.0)))
    if len(figures["hours"]) >= _HOURS_WORTH:
        hours = tuple((f"{short_time(h['from'])}起一小时", str(h["clients"]))
                      for h in figures["hours"])  # fmt: skip
        tables.append(Grid(("时段", "新增投诉客户（人）"), hours, (3.0, 2.0)))
    return tables


def _compared(draft: Draft) -> list[Block]:
    lead = f"上次报告为{draft.previous}，数据截至{long_time(draft.previous_as_of)}。"
    if not draft.changed:
        return [Paragraph(f"{lead}各项数据没有变化。")]
    rows = tuple(
        (c["name_zh"], c["then_zh"], c["now_zh"], "" if c["delta"] is None else f"{c['delta']:+d}")
        for c in draft.changed
    )
    return [Paragraph(lead), Grid(("项目", "上次报告", "本次报告", "增减"), rows,
                                  (3.0, 2.5, 2.5, 1.5))]  # fmt: skip


def _day(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日"


# --- kept as JSON --------------------------------------------------------------------------------


def to_json(paper: Paper) -> dict[str, Any]:
    """The whole paper as plain JSON."""
    read: dict[str, Any] = _plain(paper)
    return read


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        parts = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {"block": type(value).__name__, **parts}
    return value


def from_json(held: Mapping[str, Any]) -> Paper:
    """The paper that `to_json` wrote."""
    read = _rebuilt(held)
    assert isinstance(read, Paper)
    return read


def _rebuilt(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_rebuilt(part) for part in value)
    if isinstance(value, Mapping):
        parts = {k: _rebuilt(v) for k, v in value.items() if k != "block"}
        return getattr(papers, value["block"])(**parts)
    return value


def digest(held: Mapping[str, Any]) -> bytes:
    """SHA-256 over the paper's canonical JSON."""
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
