"""A report's sentences as the system words them: prefilled fields, figures and what changed.

Reports are Chinese; what changed is said in English too, for pages. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.clock import SHANGHAI
from escalation.report_figures import Change, new_measures

Figures = Mapping[str, Any]

_GRADES = {"incident": "集体投诉", "large": "大规模聚众投诉"}
_STATES = {"open": "处置中", "stood_down": "已平息", "closed": "已结案"}
_GRADES_EN = {"incident": "incident", "large": "large"}
_STATES_EN = {"open": "being handled", "stood_down": "stood down", "closed": "closed"}
_DIRECTIONS = {"rising": "呈上升趋势", "falling": "呈下降趋势", "steady": "保持平稳"}
FIGURE_NAMES: dict[str, tuple[str, str]] = {
    "clients": ("投诉客户", "Complaining clients"),
    "unidentified": ("其中身份未核实", "of them unidentified"),
    "headcount": ("现场投诉人数", "People on site"),
    "onlookers": ("围观人数", "Onlookers"),
    "complaints": ("投诉件数", "Complaints"),
    "amount": ("涉及金额", "Amount"),
    "severity": ("事件等级", "Severity"),
    "state": ("事件状态", "State"),
    "media_exposed": ("媒体介入", "Media present"),
    "safety_threat": ("人身安全威胁", "Threat to safety"),
}


@dataclass(frozen=True)
class Who:
    """Who answers for what: names and posts of staff, for the fields on people and contact."""

    commander: str | None
    leaders: tuple[str, ...]
    contact: str = ""
    contact_phone: str = ""


def long_time(value: str | datetime | None) -> str:
    """``2026年11月23日10:05``; empty for None."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


def short_time(value: str) -> str:
    """``11月23日10:05``."""
    return long_time(value).partition("年")[2]


def yuan(amount: str) -> str:
    """``1234500.00`` as ``123.45万元``, below ten thousand in yuan."""
    value = Decimal(amount)
    if value >= 10_000:
        return f"{(value / 10_000).quantize(Decimal('0.01')).normalize():f}万元"
    return f"{value.normalize():f}元"


def prefill(figures: Figures, place: str, who: Who, then: Figures | None) -> dict[str, str]:
    """Every field as the system drafts it; `then` are the last report's figures, if any.

    What is asked for is left empty: only a person can say it.
    """
    return {
        "place": place,
        "cause": cause(figures),
        "scale": scale(figures),
        "people": people(who),
        "amount": amount(figures),
        "grade": grade(figures),
        "measures": measures(figures, then),
        "trend": trend(figures),
        "request": "",
        "contact": who.contact,
        "contact_phone": who.contact_phone,
    }


def cause(figures: Figures) -> str:
    product = next((k["product"] for k in figures["keys"] if k["product"]), figures["product"])
    if product:
        return f"客户就“{product}”产品到期兑付、收益情况集中投诉，具体原因正在核实。"
    if figures["origin"] == "gathering":
        return "客户在网点聚集反映诉求，具体原因正在核实。"
    return "具体原因正在核实。"


def scale(figures: Figures) -> str:
    parts = [f"截至{short_time(figures['as_of'])}"]
    complained = figures["clients"] or figures["complaints"]
    if complained:
        parts.append(f"投诉客户{figures['clients']}人")
    if figures["unidentified"]:
        parts.append(f"其中身份未核实{figures['unidentified']}人")
    if figures["headcount"] or figures["onlookers"]:
        on_site = "现场" if complained else "现场聚集"
        parts.append(f"{on_site}{figures['headcount']}人、围观{figures['onlookers']}人")
    if not complained:
        parts.append("尚无登记投诉")
    text = "，".join(parts) + "。"
    if len(figures["by_unit"]) > 1:
        units = "、".join(f"{u['name']}{u['clients']}人" for u in figures["by_unit"])
        text += f"按机构：{units}。"
    return text


def people(who: Who) -> str:
    lines = []
    if who.commander:
        lines.append(f"现场指挥：{who.commander}。")
    if who.leaders:
        lines.append(f"处置负责人：{'、'.join(who.leaders)}。")
    return "".join(lines)


def amount(figures: Figures) -> str:
    total, named = figures["complaints"], figures["with_amount"]
    if not named:
        return f"{total}件投诉均未登记金额，正在核实。" if total else "暂无登记金额。"
    return f"合计{yuan(figures['amount'])}（{total}件投诉中{named}件登记了金额）。"


def grade(figures: Figures) -> str:
    graver = (("media_exposed", "媒体介入"), ("safety_threat", "存在人身安全威胁"))
    marks = [name for key, name in graver if figures[key]]
    crowd = figures["severity"] == "incident" and figures["headcount"] and not figures["clients"]
    name = "现场聚集" if crowd else _GRADES[figures["severity"]]
    return name + (f"（{'，'.join(marks)}）" if marks else "")


def measures(figures: Figures, then: Figures | None) -> str:
    """One line a measure; a later report has those since the one before."""
    found = new_measures(then, figures)
    if not found:
        return "上次报告以来无新增措施。" if then else ""
    said = dict.fromkeys((short_time(m["at"]), m["zh"]) for m in found)
    return "\n".join(f"{at}，{words.rstrip('。')}。" for at, words in said)


def trend(figures: Figures) -> str:
    text = ""
    if figures["first_at"]:
        text = (
            f"首件投诉于{short_time(figures['first_at'])}收到；最近1小时新增投诉客户"
            f"{figures['last_hour']}人，前1小时{figures['hour_before']}人，"
            f"{_DIRECTIONS[figures['direction']]}。"
        )
    heads = figures["heads"]
    if len(heads) > 1:
        steps = "、".join(f"{short_time(h['at'])}{h['complainants']}人" for h in heads[-4:])
        text += f"现场人数：{steps}。"
    if figures["stood_down_at"]:
        text += f"事件已于{short_time(figures['stood_down_at'])}平息。"
    elif not text:
        text = "事态正在跟踪。"
    return text


# --- what changed since the last report ---------------------------------------------


def value_words(key: str, value: Any, lang: str = "zh") -> str:
    """A figure's value in words."""
    zh = lang == "zh"
    if key == "severity":
        return (_GRADES if zh else _GRADES_EN)[value]
    if key == "state":
        return (_STATES if zh else _STATES_EN)[value]
    if key == "amount":
        return yuan(value) if zh else f"CNY {value}"
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    unit = "件" if key == "complaints" else "人"
    return f"{value}{unit}" if zh else str(value)


def figure_name(key: str, lang: str = "zh") -> str:
    if key.startswith("unit:"):
        return key[5:]
    return FIGURE_NAMES[key][0 if lang == "zh" else 1]


def change_words(change: Change) -> tuple[str, str]:
    """``投诉客户由10人增至13人（增加3人）`` and the same in English."""
    key = change.key
    then, now = value_words(key, change.then), value_words(key, change.now)
    if change.delta is None:
        zh = f"{figure_name(key)}由{then}变为{now}"
        en = f"{figure_name(key, 'en')}: {value_words(key, change.then, 'en')} → "
        return zh, en + value_words(key, change.now, "en")
    verb, more = ("增至", "增加") if change.delta > 0 else ("减至", "减少")
    by = value_words(key, abs(change.delta))
    return (
        f"{figure_name(key)}由{then}{verb}{now}（{more}{by}）",
        f"{figure_name(key, 'en')}: {change.then} → {change.now} ({change.delta:+d})",
    )


def change_rows(found: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes as pages and papers show them."""
    return [
        {
            "key": c.key, "then": c.then, "now": c.now, "delta": c.delta,
            "name_zh": figure_name(c.key), "name_en": figure_name(c.key, "en"),
            "then_zh": value_words(c.key, c.then), "now_zh": value_words(c.key, c.now),
            "then_en": value_words(c.key, c.then, "en"), "now_en": value_words(c.key, c.now, "en"),
            "zh": change_words(c)[0], "en": change_words(c)[1],
        }
        for c in found
    ]  # fmt: skip
