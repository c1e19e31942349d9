"""What a simulation did, read from its own rows, each line with its reason in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from core.clock import iso
from core.words import name
from escalation.allowances import span_words
from escalation.house import House
from escalation.incident_words import sentence
from escalation.ladder_steps import Ladder
from escalation.only import OF_DUTIES, Only, bound
from escalation.vocabulary import EVENT_KINDS

Pair = tuple[str, str]
NOTHING: Pair = ("", "")
#: Within one moment: what happened, what became due, the ladder, the calls, the texts of it all.
_ORDER = ("event", "duty", "ladder", "call", "acknowledgement", "done", "text")


@dataclass(frozen=True)
class Entry:
    """One thing at one moment: its kind, what, to whom (a text only), why; both languages.

    kind is event, duty, ladder, call, acknowledgement, done or text; `detail` says which of its
    kind: the event, the clause, the ladder's verb, the call's kind, the text's kind.
    """

    at: datetime
    kind: str
    detail: str
    what: Pair
    reason: Pair = NOTHING
    role: str | None = None
    unit: str | None = None
    name: str | None = None
    phone: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values; the phone is masked already."""
        return {
            "at": iso(self.at), "kind": self.kind, "detail": self.detail,
            "what_zh": self.what[0], "what_en": self.what[1],
            "reason_zh": self.reason[0], "reason_en": self.reason[1],
            "role": self.role, "unit": self.unit, "name": self.name, "phone": self.phone,
        }  # fmt: skip


@dataclass(frozen=True)
class After:
    """The last journal entry and text that were there before: older ones need not be looked at."""

    entry: int = 0
    message: int = 0

    @classmethod
    def now(cls, connection: Connection) -> After:
        row = connection.execute(
            sa.text(
                "SELECT (SELECT coalesce(max(id), 0) FROM journal),"
                " (SELECT coalesce(max(id), 0) FROM messages)"
            )
        ).one()
        return cls(*row)


_FROM_THE_START = After()


def read_entries(
    connection: Connection, house: House, only: Only, after: After = _FROM_THE_START
) -> list[Entry]:
    """Everything that happened to these rows, in order."""
    found = [
        *_events(connection, house, only), *_duties(connection, house, only),
        *_journal(connection, only, after), *_texts(connection, house, only, after),
    ]  # fmt: skip
    return sorted(found, key=lambda e: (e.at, _ORDER.index(e.kind)))


def _events(connection: Connection, house: House, only: Only) -> Iterator[Entry]:
    rows = connection.execute(
        sa.text(
            "SELECT event, recorded_at, unit_id FROM events WHERE incident_id = :only_incident"
            " OR id = ANY(:only_events) ORDER BY id"
        ),
        bound(only),
    )
    for row in rows:
        kind = EVENT_KINDS[row.event]
        place = house.tree().get(row.unit_id).short_name
        yield Entry(row.recorded_at, "event", row.event,
                    (f"{place} {kind.zh}", f"{place}: {kind.en}"))  # fmt: skip


_DUTIES = sa.text(
    "SELECT d.id, d.clause, d.title_zh, d.title_en, d.role, d.unit_id, d.due_at, d.workings,"  # noqa: S608
    " d.provisional, coalesce(e.recorded_at, d.runs_from) AS at FROM duties d LEFT JOIN events e"
    f" ON e.id = d.event_id WHERE {OF_DUTIES} ORDER BY d.due_at, d.id"
)


def _duties(connection: Connection, house: House, only: Only) -> Iterator[Entry]:
    for row in connection.execute(_DUTIES, bound(only)):
        place = house.tree().get(row.unit_id).short_name
        steps = row.workings["steps"]
        yield Entry(
            row.at, "duty", row.clause,
            (f"{row.clause} {row.title_zh}", f"{row.clause} {row.title_en}"),
            (";".join(s["zh"] for s in steps), "; ".join(s["en"] for s in steps)),
            role=row.role, unit=place,
        )  # fmt: skip


# --- ladder and calls, from the journal ---------------------------------------------------------

_ENTRIES = sa.text(
    "SELECT j.at, j.verb, j.reason, j.after FROM journal j WHERE j.id > :after"  # noqa: S608
    " AND (j.incident_id = :only_incident OR j.subject IN (SELECT 'duty:' || d.id FROM duties d"
    f"  WHERE {OF_DUTIES})) ORDER BY j.id"
)
_CALLS = {"duty_warned": "reminder", "duty_breached": "breach", "duty_escalated": "step"}
_LADDER = (
    "ladder_told", "ladder_skipped", "ladder_exhausted", "ladder_repeated", "head_office_paged",
    "incident_large",
)  # fmt: skip
_ACKNOWLEDGED = ("acknowledged", "acknowledgement_handed_over")


def _journal(connection: Connection, only: Only, after: After) -> Iterator[Entry]:
    rows = connection.execute(_ENTRIES, {"after": after.entry, **bound(only)}).all()
    rule = _rule(connection, only)
    before: str | None = None
    for row in rows:
        given = row.after or {}
        what = sentence(row.verb, given, row.reason)
        if row.verb in _LADDER and rule is not None:
            what = _with_missed(what, given)
            yield Entry(row.at, "ladder", row.verb, what, _why(row.verb, given, rule, before))
            before = row.verb if row.verb in ("ladder_told", "ladder_skipped") else before
        elif row.verb in _CALLS:
            yield Entry(row.at, "call", f"{given['clause']} {_CALLS[row.verb]}",
                        _with_told(what, given), _call_reason(given))  # fmt: skip
        elif row.verb == "duty_fulfilled":
            yield Entry(row.at, "done", str(given["clause"]), what)
        elif row.verb in _ACKNOWLEDGED:
            yield Entry(row.at, "acknowledgement", row.verb, what)


@dataclass(frozen=True)
class _Rule:
    ladder: Ladder
    page_after: timedelta


def _rule(connection: Connection, only: Only) -> _Rule | None:
    row = connection.execute(
        sa.text(
            "SELECT l.steps, l.page_at - n.opened_at AS page FROM ladders l JOIN incidents n"
            " ON n.id = l.incident_id WHERE l.incident_id = :id"
        ),
        {"id": only.incident_id},
    ).one_or_none()
    return None if row is None else _Rule(Ladder.read(row.steps), row.page)


_MISSED = {
    "absent": ("不在岗", "away"), "vacant": ("空缺", "vacant"), "blocked": ("号码拒收", "blocked"),
    "no_mobile": ("无手机号", "no mobile"), "inactive": ("已停用", "inactive"),
    "no_such_seat": ("本机构无此岗位", "no such seat"), "budget": ("短信限额", "budget"),
    "told_before": ("此前已通知", "told before"), "unreachable": ("无法联系", "unreachable"),
}  # fmt: skip


def _with_missed(what: Pair, given: dict[str, Any]) -> Pair:
    """Who could not be told, and why, behind who could."""
    missed = [(m["role"], _MISSED.get(m["why"], (m["why"], m["why"])))
              for m in given.get("missed") or () if m["why"] != "told_before"]  # fmt: skip
    if not missed:
        return what
    zh = "、".join(f"{name(role)}({why[0]})" for role, why in missed)
    en = ", ".join(f"{name(role, 'en')} ({why[1]})" for role, why in missed)
    return f"{what[0]}；未能通知：{zh}", f"{what[1]}; not told: {en}"


def _why(verb: str, given: dict[str, Any], rule: _Rule, before: str | None) -> Pair:
    if verb in ("ladder_told", "ladder_skipped"):
        if before is None:
            return "启动即通知", "at once when it opens"
        if before == "ladder_skipped":
            return "上一级无人可达，不等待", "nobody before could be reached: not waited for"
        zh, en = span_words(_wait(rule.ladder, int(given["step"]) - 1))
        return f"{zh}内签收不足", f"not enough acknowledged within {en}"
    if verb == "head_office_paged":
        zh, en = span_words(rule.page_after)
        return f"启动{zh}总行无人签收", f"nobody at head office acknowledged for {en}"
    if verb == "ladder_repeated" and rule.ladder.repeat_every is not None:
        zh, en = span_words(rule.ladder.repeat_every)
        return f"每{zh}提醒一次", f"every {en}"
    return NOTHING


def _wait(ladder: Ladder, step: int) -> timedelta:
    """How long was waited before this step (or a further turn of it)."""
    rung = ladder.steps[min(step, len(ladder.steps) - 1)]
    previous = rung if rung.in_turn else ladder.steps[max(0, step - 1)]
    return previous.each or ladder.every if previous.in_turn else ladder.every


def _with_told(what: Pair, given: dict[str, Any]) -> Pair:
    told = [entry["role"] for entry in given.get("told") or ()]
    if given.get("missed"):
        what = _with_missed(what, given)
    elif not told:
        return f"{what[0]}（只记录）", f"{what[1]} (noted only)"
    if not told:
        return what
    zh, en = "、".join(map(name, told)), ", ".join(name(role, "en") for role in told)
    return f"{what[0]} → {zh}", f"{what[1]} → {en}"


def _call_reason(given: dict[str, Any]) -> Pair:
    due, called = datetime.fromisoformat(given["due"]), datetime.fromisoformat(given["called"])
    if called == due:
        return "到期未办结", "due, and not fulfilled"
    zh, en = span_words(abs(due - called))
    if called < due:
        return f"距到期{zh}", f"{en} before it is due"
    return f"超时{zh}仍未办结", f"overdue for {en}"


# --- texts --------------------------------------------------------------------------------------

_TEXTS = sa.text(
    "SELECT m.created_at, m.kind, m.step, m.to_role, m.unit_id, m.phone, m.text, m.state, m.code,"  # noqa: S608
    " p.name FROM messages m LEFT JOIN people p ON p.id = m.person_id"
    " WHERE m.state <> 'cancelled' AND m.id > :after AND (m.incident_id = :only_incident"
    "  OR starts_with(m.dedupe_key, 'simulation:') OR m.id IN"
    "  (SELECT w.message_id FROM duty_notices w JOIN duties d ON d.id = w.duty_id"
    f"  WHERE {OF_DUTIES})) ORDER BY m.id"
)
_CAUSES = {
    "head_office": ("总行未签收", "head office silent"), "large": ("大规模", "large"),
    "safety": ("人身安全", "safety"), "media": ("媒体关注", "media"),
    "repeat": ("再次提醒", "repeat"), "handover": ("交班", "shift over"),
    "duty_reminder": ("临近到期", "nearly due"), "duty_overdue": ("超时", "overdue"),
    "duty_digest": ("多项任务", "several duties"),
}  # fmt: skip


def _texts(connection: Connection, house: House, only: Only, after: After) -> Iterator[Entry]:
    for row in connection.execute(_TEXTS, {"after": after.message, **bound(only)}):
        text = row.text.replace(row.code, "*" * len(row.code)) if row.code else row.text
        reason = _CAUSES.get(row.kind) or (
            NOTHING if row.step is None else (f"第{row.step + 1}级", f"step {row.step + 1}")
        )
        if row.state == "withheld":
            reason = ("未发出：短信限额", "not sent: the phone's budget")
        unit = house.tree().get(row.unit_id).short_name if row.unit_id else None
        yield Entry(
            row.created_at, "text", row.kind, (text, text), reason, role=row.to_role, unit=unit,
            name=row.name, phone=mask_phone(row.phone),
        )  # fmt: skip
