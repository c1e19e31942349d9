"""What was done so far, as sentences for a report: from the journal, tasks and reception.

Only what the system words itself; a free text that somebody typed is never taken over from the
journal, so that no client's name comes into a report that way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.words import name
from escalation.incident_words import sentence

#: Journal entries that are measures in a report's sense.
_VERBS = (
    "ladder_told", "head_office_paged", "acknowledged", "duty_fulfilled", "command_taken",
    "command_handed_over", "security_called", "incident_large", "incident_stood_down",
    "incident_reopened",
)  # fmt: skip


def _words(verb: str, after: Mapping[str, Any]) -> str:
    """As an outsider reads it: without the ladder's step numbers and the system's own terms."""
    roles = "、".join(name(e["role"]) for e in after.get("told") or ())
    if verb in ("ladder_told", "head_office_paged"):
        return f"已通知{roles}" if roles else ""
    if verb == "duty_fulfilled":
        return f"已办结：{after.get('title_zh', after.get('clause', ''))}"
    if verb == "acknowledged":
        return f"{name(str(after.get('role', '')))}已签收并着手处置"
    return sentence(verb, after)[0]


_HALF = {":": "：", ",": "，", ";": "；", "(": "（", ")": "）"}


def read_measures(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Each with a key of its own, its time (ISO 8601) and a Chinese sentence, oldest first."""
    found = [*_noted(connection, ids), *_tasks(connection, ids), *_received(connection, ids)]
    return sorted(found, key=lambda m: (m["at"], m["key"]))


def full_width(text: str) -> str:
    """Chinese punctuation where the text has ASCII marks, but not within figures. Pure."""
    return re.sub(r"(?<![\d])[:,;](?!\d)|(?<=[^\x00-\x7f])[:,;]|[()]", lambda m: _HALF[m[0]], text)


def _noted(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT id, at, verb, after FROM journal WHERE incident_id = ANY(:ids)"
            " AND verb = ANY(:verbs) ORDER BY id"
        ),
        {"ids": list(ids), "verbs": list(_VERBS)},
    ).all()
    said = [(r, _words(r.verb, r.after or {})) for r in rows]
    return [_measure(f"j{r.id}", r.at, words) for r, words in said if words]


def _tasks(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Tasks done, with the unit that did them; titles are short and written by the staff."""
    rows = connection.execute(
        sa.text(
            "SELECT t.id, t.done_at, t.title, u.short_name FROM tasks t JOIN units u"
            " ON u.id = t.unit_id WHERE t.incident_id = ANY(:ids) AND t.kind = 'task'"
            " AND t.state = 'done' AND t.done_at IS NOT NULL ORDER BY t.id"
        ),
        {"ids": list(ids)},
    ).all()
    return [_measure(f"t{r.id}", r.done_at, f"{r.short_name}已完成任务：{r.title}") for r in rows]


def _received(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """分散: a sheet on which everybody on site has a receiver."""
    rows = connection.execute(
        sa.text(
            "SELECT s.id, s.complete_at, u.short_name, count(r.id) AS clients,"
            " count(DISTINCT r.room) AS rooms FROM reception_sheets s"
            " JOIN units u ON u.id = s.unit_id JOIN reception_rows r ON r.sheet_id = s.id"
            "  AND NOT r.removed AND r.receiver IS NOT NULL"
            " WHERE s.incident_id = ANY(:ids) AND s.complete_at IS NOT NULL"
            " GROUP BY s.id, u.short_name ORDER BY s.id"
        ),
        {"ids": list(ids)},
    ).all()
    return [
        _measure(f"r{r.id}", r.complete_at,
                 f"{r.short_name}已分散接待客户{r.clients}人，使用接待室{r.rooms}间")
        for r in rows
    ]  # fmt: skip


def _measure(key: str, at: Any, words: str) -> dict[str, Any]:
    return {"key": key, "at": iso(at), "zh": full_width(words)}
