"""The ladder's journal entries in words, Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.words import name

_WHY = {
    "unanswered": ("已到最后一级，仍无人签收", "the last step is done and nobody has acknowledged"),
    "nobody_reachable": (
        "各级均无人可达，请电话联系",
        "nobody of any step can be reached: telephone",
    ),
}


def _repeated(after: Mapping[str, Any]) -> tuple[str, str]:
    number, most, told = after.get("number"), after.get("most"), len(after.get("told") or ())
    return (
        f"再次提醒未签收人员（{number}/{most}），{told}人",
        f"reminded those who have not acknowledged ({number} of {most}), {told} people",
    )


def _handed(after: Mapping[str, Any]) -> tuple[str, str]:
    role = str(after.get("role", ""))
    zh, en = f"{name(role)}交班，签收", f"{name(role, 'en')}: shift over, the acknowledgement"
    if after.get("to"):
        zh, en = f"{zh}转接班人员", f"{en} goes to the next on duty"
    else:
        zh, en = f"{zh}无人接班", f"{en} has nobody to go to"
    if after.get("again"):
        zh = f"{zh}；无在岗签收人，重新升级"
        en = f"{en}; nobody left on duty, the ladder runs again"
    return zh, en


LADDER_WORDS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "ladder_exhausted": lambda a: _WHY.get(str(a.get("why")), _WHY["unanswered"]),
    "ladder_repeated": _repeated,
    "acknowledgement_handed_over": _handed,
    "texts_merged": lambda a: (
        f"积压的{a.get('texts')}条短信合并为一条",
        f"{a.get('texts')} waiting texts became one",
    ),
}
