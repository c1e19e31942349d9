"""The journal's entries on reports, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from escalation.report_rules import KIND_NAMES
from escalation.report_times import NAMES

Pair = tuple[str, str]
After = Mapping[str, Any]
_TO = {"head_office": ("总行", "head office"), "regulator": ("监管机构", "the regulator")}


def _about(after: After) -> Pair:
    """``首报（示范银行…第3号）``."""
    zh, en = KIND_NAMES.get(str(after.get("kind")), ("报告", "report"))
    number = after.get("number")
    return (f"{zh}（{number}）", f"{en.lower()} {number}") if number else (zh, en.lower())


def _verb(zh: str, en: str) -> Callable[[After], Pair]:
    """`zh` and `en` name the report as {report} and its addressee as {to}."""

    def made(after: After) -> Pair:
        about, to = _about(after), _TO.get(str(after.get("addressee")), ("", ""))
        return zh.format(report=about[0], to=to[0]), en.format(report=about[1], to=to[1])

    return made


def _time(after: After) -> Pair:
    zh, en = NAMES.get(str(after.get("kind")), ("时间", "time"))
    return f"更正{zh}", f"{en.lower()} time corrected"


REPORT_SENTENCES: dict[str, Callable[[After], Pair]] = {
    "report_drafted": _verb("拟写报{to}的{report}", "{report} to {to} drafted"),
    "report_edited": _verb("修改报告草稿", "draft report edited"),
    "report_refrozen": _verb("报告数据更新至当前", "the report's figures frozen anew"),
    "report_discarded": _verb("{report}作废", "{report} discarded"),
    "report_signed": _verb("签发报{to}的{report}", "{report} to {to} signed"),
    "report_exported": _verb("导出{report}", "{report} exported"),
    "report_phoned": _verb("已电话口头报告{to}", "{to} told by telephone"),
    "report_sent": _verb("{report}已报送{to}", "{report} sent to {to}"),
    "report_received": _verb("{to}已收悉{report}", "{to} confirmed {report}"),
    "report_time_corrected": _time,
}
