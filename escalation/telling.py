"""Who is told of an incident, and in which words. Turns roles into people, people into texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, PhoneBudget, queue
from alerts.wording import render
from contacts.roster import Holder, first_reachable, holders
from core.clock import hour_minute
from core.words import Role
from escalation.house import House

#: seven digits in a row, blanks and dashes between them or not: a phone, an account, an id
_NUMBER = re.compile(r"(?:\d[\s-]?){7}")


@dataclass(frozen=True)
class Case:
    """What telling needs to know of an incident."""

    id: int
    code: str
    unit_id: int
    product: str | None
    clients: int
    headcount: int
    opened_at: datetime


@dataclass
class Told:
    """The outcome of telling a set of roles: texts queued, and who could not be reached and why."""

    told: list[dict[str, Any]] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        return bool(self.told)

    def detail(self) -> dict[str, Any]:
        return {"told": self.told, "missed": self.missed}


def budget_of(house: House) -> PhoneBudget:
    rule = house.plan.budget
    return PhoneBudget(rule.window, rule.most, rule.reserve)


def is_drill(connection: Connection) -> bool:
    return bool(connection.scalar(sa.text("SELECT drill FROM business_clock")))


def compose(connection: Connection, house: House, wording: str, values: dict[str, str]) -> str:
    """A text in the plan's wording, with signature, and with the drill's mark in a drill."""
    words = house.plan.wording
    mark = words.drill_mark if is_drill(connection) else ""
    template = str(getattr(words, wording))
    return render(template, values, signature=house.signature, drill_mark=mark)


def case_words(connection: Connection, house: House, case: Case, now: datetime) -> dict[str, str]:
    """The values that wording about an incident may use; no personal data among them."""
    unit = house.tree(connection).get(case.unit_id)
    return {
        "unit": unit.short_name,
        "what": _what(case),
        "count": str(max(case.clients, case.headcount)),
        "product": tellable(case.product),
        "time": hour_minute(case.opened_at),
        "code": case.code,
        "minutes": str(max(0, int((now - case.opened_at).total_seconds() // 60))),
    }


def _what(case: Case) -> str:
    """What has come together, so that nobody is told of 0 clients or of a crowd that complained."""
    if case.headcount > case.clients:
        return f"现场聚集{case.headcount}人"
    return f"{case.clients}名客户集体投诉" if case.clients else "投诉事件"


def tellable(product: str | None) -> str:
    """The product as a text may name it: a caller's free text that looks like somebody's number
    stays out (design: no client's name or phone in a text)."""
    return "" if not product or _NUMBER.search(product) else product


def holder_of(
    connection: Connection, house: House, unit_id: int, role: Role, now: datetime
) -> tuple[Holder | None, str]:
    """The first reachable holder of `role` for this unit, or None and why there is none."""
    seat = house.tree(connection).seat(unit_id, role)
    if seat is None:
        return None, "no_such_seat"
    found = holders(connection, seat.id, role, now)
    holder = first_reachable(found)
    if holder is not None:
        return holder, ""
    return None, (found[0].why or "unreachable") if found else "vacant"


def tell_roles(
    connection: Connection,
    house: House,
    case: Case,
    roles: Iterable[Role],
    *,
    wording: str,
    now: datetime,
    step: int | None = None,
    stage: str | None = None,
    knowing: Collection[int] = (),
    again: int = 0,
    due_at: datetime | None = None,
) -> Told:
    """Text the holder of each role once; a person in two roles gets one text.

    People (ids) in `knowing` have heard of it by another incident of the same tree. `again` is
    the ladder's round: in a new one, people are told once more. `due_at` is when it should have
    been told, where that may lie behind `now`.
    """
    outcome = Told()
    values = case_words(connection, house, case, now)
    text = compose(connection, house, wording, values)
    for role in roles:
        holder, why = holder_of(connection, house, case.unit_id, role, now)
        if holder is None or holder.phone is None:
            outcome.missed.append({"role": role.value, "why": why})
            continue
        if holder.person_id in knowing:
            outcome.told.append(
                {
                    "role": role.value,
                    "person": holder.person_id,
                    "message": None,
                    "state": "told_before",
                }
            )
            continue
        _tell(connection, house, case, holder, outcome, text=text, kind=stage or wording,
              now=now, step=step, again=again, due_at=due_at)  # fmt: skip
    return outcome


def _tell(
    connection: Connection,
    house: House,
    case: Case,
    holder: Holder,
    outcome: Told,
    *,
    text: str,
    kind: str,
    now: datetime,
    step: int | None,
    again: int,
    due_at: datetime | None,
) -> None:
    mark = f".{again}" if again else ""
    draft = Draft(
        phone=str(holder.phone),
        person_id=holder.person_id,
        to_role=holder.role.value,
        unit_id=holder.unit_id,
        kind=kind,
        text=text,
        dedupe_key=f"incident:{case.id}:{dedupe_stage(kind)}{mark}:{holder.person_id}",
        grave=True,
        incident_id=case.id,
        code=case.code,
        step=step,
        due_at=due_at,
    )
    queued = queue(connection, now, draft, budget_of(house))
    entry = {"role": holder.role.value, "person": holder.person_id}
    if queued is None:
        outcome.missed.append({**entry, "why": "told_before"})
    elif queued.state == "withheld":
        outcome.missed.append({**entry, "why": "budget", "message": queued.message_id})
    else:
        outcome.told.append({**entry, "message": queued.message_id, "state": queued.state})


def dedupe_stage(kind: str) -> str:
    """First alerts and ladder steps say the same thing: one of them is enough for a person."""
    alerts = ("incident", "gathering", "manual", "parent", "escalation")
    return "alert" if kind in alerts else kind


def tell_people(
    connection: Connection,
    house: House,
    case: Case,
    people: Sequence[tuple[int | None, str, str, int | None]],
    *,
    wording: str,
    now: datetime,
    with_code: bool,
    time: int = 0,
) -> None:
    """Text known people (person id, phone, role, unit) about an incident, once each.

    `time` counts how often the same has come about before (an incident may end twice).
    """
    again = f"{time}" if time else ""
    text = compose(connection, house, wording, case_words(connection, house, case, now))
    for person_id, phone, role, unit_id in people:
        draft = Draft(
            phone=phone,
            person_id=person_id,
            to_role=role,
            unit_id=unit_id,
            kind=wording,
            text=text,
            dedupe_key=f"incident:{case.id}:{wording}{again}:{person_id or phone}",
            grave=wording in ("large", "all_clear", "reopened"),
            incident_id=case.id,
            code=case.code if with_code else None,
        )
        queue(connection, now, draft, budget_of(house))


def people_told(
    connection: Connection, incident_ids: Sequence[int]
) -> list[tuple[int | None, str, str, int | None]]:
    """Everybody whom a text about one of these incidents has left for, once a phone."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (phone) person_id, phone, to_role, unit_id FROM messages"
            " WHERE incident_id = ANY(:ids) AND kind <> 'all_clear'"
            " AND (state IN ('sending', 'unknown', 'accepted', 'delivered')"
            "  OR (state = 'cancelled' AND merged_into IN (SELECT id FROM messages"
            "   WHERE state IN ('sending', 'unknown', 'accepted', 'delivered'))))"
            " ORDER BY phone, id"
        ),
        {"ids": list(incident_ids)},
    )
    return [(r.person_id, r.phone, r.to_role, r.unit_id) for r in rows]


def told_in_tree(connection: Connection, incident_id: int) -> set[int]:
    """People whom an alert of this incident, its parent or a sister has reached."""
    return set(
        connection.scalars(
            sa.text(
                "SELECT DISTINCT m.person_id FROM messages m JOIN incidents n"
                " ON n.id = m.incident_id JOIN incidents me ON me.id = :id"
                " WHERE coalesce(n.parent_id, n.id) = coalesce(me.parent_id, me.id)"
                " AND n.state = 'open' AND m.code IS NOT NULL AND m.person_id IS NOT NULL"
                " AND (m.state NOT IN ('withheld', 'failed', 'cancelled')"
                "  OR (m.state = 'cancelled' AND m.merged_into IS NOT NULL))"
            ),
            {"id": incident_id},
        )
    )
