"""Journal entries of incident command in words, Chinese and English. Pure; no names in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.words import name

Pair = tuple[str, str]
After = Mapping[str, Any]


def _by(zh: str, en: str, field: str = "role") -> Callable[[After], Pair]:
    """A sentence in which {who} is the role that the entry names."""

    def made(after: After) -> Pair:
        role = str(after.get(field, ""))
        return zh.format(who=name(role)), en.format(who=name(role, "en"))

    return made


def _taken_over(after: After) -> Pair:
    role, old = str(after.get("role", "")), str(after.get("from", ""))
    return (
        f"{name(role)}直接接管指挥（原由{name(old)}指挥）",
        f"{name(role, 'en')} took command from {name(old, 'en')}",
    )


def _untold(after: After) -> Pair:
    """What a text that could not be sent leaves to do."""
    if not after.get("untold"):
        return "", ""
    return "，短信未能发出，请打电话", "; no text could be sent, call"


def _who(after: After, side: str, role: str) -> Pair:
    """The role, and the person's name where the reader's page knows it."""
    known = str(after.get(f"{side}_name") or "")
    zh, en = name(role), name(role, "en")
    return (f"{known} {zh}", f"{known}, {en}") if known and known != zh else (zh, en)


def _offered(after: After) -> Pair:
    left, untold = sum((after.get("open") or {}).values()), _untold(after)
    to = _who(after, "to", str(after.get("to", "")))
    giver = after.get("from_role")
    old = _who(after, "from", str(giver)) if giver else ("", "")
    return (
        f"{old[0]}{'将' if giver else ''}指挥移交给{to[0]}，待接收（未办{left}项）{untold[0]}",
        f"{old[1]}{' offers ' if giver else ''}command {'' if giver else 'offered '}to {to[1]},"
        f" {left} open items{untold[1]}",
    )


def _taken_on(after: After) -> Pair:
    to = _who(after, "by", str(after.get("role", "")))
    old = _who(after, "from", str(after.get("from", "")))
    return (
        f"{to[0]}逐项阅读后接收指挥（原由{old[0]}指挥）",
        f"{to[1]} read what is open and took command from {old[1]}",
    )


def _task(zh: str, en: str, fix_zh: str, fix_en: str) -> Callable[[After], Pair]:
    def made(after: After) -> Pair:
        role = str(after.get("role", ""))
        fix = after.get("kind") == "rectification"
        late = after.get("late")
        return (
            f"{name(role)}{fix_zh if fix else zh}{'(超时)' if late else ''}",
            f"{name(role, 'en')} {fix_en if fix else en}{', late' if late else ''}",
        )

    return made


def _assigned(after: After) -> Pair:
    role, untold = str(after.get("role", "")), _untold(after)
    fix = after.get("kind") == "rectification"
    return (
        f"{'下达整改' if fix else '交办任务'}：{name(role)}{untold[0]}",
        f"{'rectification' if fix else 'task'} assigned to {name(role, 'en')}{untold[1]}",
    )


def _called(after: After) -> Pair:
    whom = str(after.get("whom"))
    return (
        f"已联系{'110' if whom == '110' else '保卫'}",
        f"{'110' if whom == '110' else 'security'} called",
    )


def _regrouped(zh: str, en: str) -> Callable[[After], Pair]:
    def made(after: After) -> Pair:
        values = {"one": after.get("incident"), "other": after.get("other")}
        return zh.format(**values), en.format(**values)

    return made


def _stands(after: After) -> Pair:
    """Why duties of a statutory line are owed by what a crowd was taken apart into."""
    line, people, clauses = after.get("line"), after.get("people"), after.get("clauses") or ()
    return (
        f"拆分后为{people}人，不足{line}人；拆分前已达标准，{'、'.join(clauses)}仍须办结或免除",
        f"{people} people are left, the line is {line}: it was crossed before, so"
        f" {', '.join(clauses)} stand until proved or waived",
    )


COMMAND_MAKERS: dict[str, Callable[[After], Pair]] = {
    "command_taken": _by("{who}开始指挥", "{who} took command"),
    "command_taken_over": _taken_over,
    "handover_offered": _offered,
    "handover_accepted": _taken_on,
    "handover_declined": _by("{who}拒收指挥移交", "{who} declined the hand-over"),
    "handover_withdrawn": _by("{who}撤回指挥移交", "{who} withdrew the hand-over"),
    "task_assigned": _assigned,
    "task_accepted": _task("接受任务", "accepted a task", "接受整改", "accepted a rectification"),
    "task_done": _task("完成任务", "did a task", "报整改完成", "reports a rectification done"),
    "task_checked": _by("{who}复核整改通过", "{who} checked a rectification"),
    "task_returned": _by("{who}退回整改", "{who} sent a rectification back"),
    "task_cancelled": _task(
        "取消任务", "cancelled a task", "取消整改", "cancelled a rectification"
    ),
    "note_written": _by("{who}写下记录", "{who} wrote a note"),
    "security_called": _called,
    "severity_raised": _by("{who}人工升为大规模", "{who} raised it to large"),
    "severity_lowered": _by("{who}降为一般事件", "{who} lowered it"),
    "incident_merged": _regrouped("{one} 人工并入 {other}", "{one} merged into {other}"),
    "incident_taken_out": _regrouped("{one} 从 {other} 拆出", "{one} taken out of {other}"),
    "incident_split": _regrouped("由 {other} 拆出 {one}", "{one} split off {other}"),
    "line_stands": _stands,
}
