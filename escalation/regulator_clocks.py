"""The clocks of a regulator case: its deadline as a duty, a later one by consent, what ends them.

The deadline is the duty of the plan's clause on `regulator_case`; what the regulator named goes
before the clause's own figure. Only the regulator's recorded consent moves it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI, iso
from core.errors import Conflict, FieldFault, InvalidInput
from core.words import Role
from database import journal
from escalation import duties, duty_changes, events
from escalation.births import Birth, Moments, calls_of, moved, one, seat_for
from escalation.clauses import Clause, Standing, Title
from escalation.house import House
from escalation.working_time import Allowance, Due, Step, extend

Basis = Literal["plan", "working_days", "calendar_days", "date"]
EVENT: Literal["regulator_case"] = "regulator_case"


@dataclass(frozen=True)
class Deadline:
    """What a deadline rests on: the plan, so many days, or a moment that the regulator named."""

    basis: Basis = "plan"
    days: int | None = None
    at: datetime | None = None

    def faults(self, after: datetime) -> list[FieldFault]:
        """What is wrong with it; a named moment must lie after `after`."""
        if self.basis == "date" and (self.at is None or self.at <= after):
            return [FieldFault("deadline.at", "期限缺失或不晚于收到时间",
                               "is missing, or not after the receipt", "请填写监管指定的期限",
                               "give the moment that the regulator named")]  # fmt: skip
        counted = self.basis in ("working_days", "calendar_days")
        if counted and not (self.days and 0 < self.days < 1000):
            return [FieldFault("deadline.days", "缺少天数", "is missing", "请填写1至999",
                               "give 1 to 999")]  # fmt: skip
        return []

    def allowance(self) -> Allowance | None:
        """The days that the regulator named, as a clause allows them."""
        if self.basis in ("working_days", "calendar_days"):
            return Allowance(self.basis, days=self.days)
        return None


def begin(
    connection: Connection, house: House, case_id: int, round_: int, unit_id: int,
    start: datetime, deadline: Deadline, now: datetime, actor: str,
) -> tuple[int, datetime]:  # fmt: skip
    """Start the deadline's clock at the unit that answers; the duty's id and due time.

    InvalidInput where neither the regulator nor the plan says how long.
    """
    what = events.Happening(
        event=EVENT, unit_id=unit_id, birth=f"regulator_case:{case_id}:{round_}",
        moments=Moments(start), actor=actor,
    )  # fmt: skip
    found = _births(connection, house, unit_id, start, deadline)
    number = events.noted(connection, what, now)
    assert number is not None  # a case's round begins once, under the case's lock
    events.store(connection, what, number, found, now)
    names = [events.birth_of(what, birth) for birth in found]
    rows = connection.execute(
        sa.text("INSERT INTO regulator_case_duties (case_id, duty_id)"
                " SELECT :case, id FROM duties WHERE birth = ANY(:births)"
                " RETURNING duty_id, (SELECT birth FROM duties WHERE id = duty_id) AS birth,"
                " (SELECT due_at FROM duties WHERE id = duty_id) AS due_at"),
        {"case": case_id, "births": names},
    ).all()  # fmt: skip
    first = next(row for row in rows if row.birth == names[0])
    if deadline.basis == "date":
        connection.execute(
            sa.text(
                "UPDATE duties SET workings = workings || CAST(:named AS jsonb) WHERE id = :id"
            ),
            {"named": json.dumps({"clock": "date", "within": "named"}), "id": first.duty_id},
        )
    return int(first.duty_id), first.due_at


def _births(
    connection: Connection, house: House, unit_id: int, start: datetime, deadline: Deadline
) -> list[Birth]:
    """The plan's duties of a case; the first is the deadline."""
    tree, calendar = house.tree(connection), house.calendar(connection)
    standings = [s for s in house.plan.standing if s.clause.event == EVENT]
    if not standings:
        if deadline.basis == "plan":
            raise InvalidInput([FieldFault(
                "deadline", "预案没有规定期限", "the plan names none",
                "请填写监管指定的期限或天数", "give the date or the days that the regulator named",
            )])  # fmt: skip
        standings = [Standing(_PLAIN, house.plan.name, house.plan.version)]
    within = deadline.allowance()
    found = []
    for number, standing in enumerate(standings):
        if number == 0 and within is not None:
            clause = standing.clause.model_copy(update={"within": within})
            standing = replace(standing, clause=clause)
        seat = seat_for(tree, unit_id, standing.clause.who)
        if seat is None:
            continue
        birth = one(house.plan, calendar, standing, EVENT, seat, Moments(start))
        if number == 0 and deadline.at is not None and deadline.basis == "date":
            birth = _named(house, birth, deadline.at)
        found.append(birth)
    return found


def _named(house: House, birth: Birth, at: datetime) -> Birth:
    """The duty with the moment that the regulator named."""
    shown = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    steps = (Step(f"监管机构指定期限{shown}", f"the regulator named {shown}"),)
    calls = calls_of(house.plan, birth.standing, birth.role, birth.runs_from, at)
    return replace(birth, due=Due(at, False, steps), calls=calls)


#: Where a plan has no clause of its own on regulator cases: what the regulator named still runs.
_PLAIN = Clause(
    id="REG",
    title=Title(zh="按期答复监管", en="Regulator answered in time"),
    text=Title(
        zh="按监管机构指定的期限答复并报备，取得回执。",
        en="The regulator is answered by the deadline that it named, and its receipt kept.",
    ),
    source="监管转办单",
    event=EVENT,
    who=(Role.BRANCH_CONTACT, Role.HO_DEPUTY),
    within=Allowance("working_days", days=10),
    fulfilled_by=("regulator_receipt",),
)


def inquire(
    connection: Connection, house: House, case_id: int, unit_id: int, number: str,
    received_at: datetime, now: datetime, actor: str,
) -> None:  # fmt: skip
    """A case without a complaint taken from the regulator is an inquiry (WP-20-Q); one that was
    recorded by hand under the same number is that one."""
    birth = f"unit:{unit_id}:regulator_inquiry:{number}"
    events.happened(connection, house, events.Happening(
        event="regulator_inquiry", unit_id=unit_id, birth=birth, moments=Moments(received_at),
        actor=actor,
    ), now)  # fmt: skip
    connection.execute(
        sa.text("INSERT INTO regulator_case_duties (case_id, duty_id) SELECT :case, d.id"
                " FROM duties d JOIN events e ON e.id = d.event_id WHERE e.birth = :birth"
                " ON CONFLICT DO NOTHING"),
        {"case": case_id, "birth": birth},
    )  # fmt: skip


def push(
    connection: Connection, duty_id: int, at: datetime, reason: str, now: datetime, actor: str
) -> None:
    """Move the deadline's duty to the moment that the regulator agreed to. Conflict once ended."""
    row = duty_changes.lock(connection, duty_id)
    calls, following = moved(row.calls, row.next_at, at - row.due_at, now)
    workings = {**row.workings, "clock": "date", "due": iso(at), "extended": [
        *row.workings.get("extended", []),
        {"from": iso(row.due_at), "to": iso(at), "reason": reason, "by": actor,
         "steps": [asdict(Step(reason, "the regulator agreed"))]},
    ]}  # fmt: skip
    connection.execute(
        sa.text(
            "UPDATE duties SET due_at = :due, calls = CAST(:calls AS jsonb), next_at = :next,"
            " extensions = extensions + 1, provisional = false,"
            " workings = CAST(:workings AS jsonb) WHERE id = :id"
        ),
        {"due": at, "calls": json.dumps(calls), "next": following, "id": duty_id,
         "workings": json.dumps(workings)},
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="duty_extended", subject=f"duty:{duty_id}", actor=actor, unit_id=row.unit_id,
        reason=reason, before={"due": iso(row.due_at)},
        after={"clause": row.clause, **duties.titles(row), "due": iso(at)},
    ))  # fmt: skip


def longer(house: House, connection: Connection, old: datetime, deadline: Deadline) -> datetime:
    """The deadline that the regulator agreed to: a moment, or so many days after the old one.

    Conflict where nothing is named.
    """
    within = deadline.allowance()
    if within is not None:
        return extend(old, within, house.calendar(connection)).at
    if deadline.at is None:
        raise Conflict("请填写新的期限或天数", "name the new deadline or the days")
    return deadline.at


# --- what ends them ---------------------------------------------------------------------------


#: Clauses on complaints "through a regulator" say so in their own `where`.
_BY_CONTACT = sa.text(
    "SELECT d.id FROM duties d WHERE d.state = 'open' AND 'contact' = ANY(d.fulfilled_by)"
    " AND least(d.runs_from, (SELECT c.received_at FROM complaints c WHERE c.id = d.complaint_id))"
    " < CAST(:at AS timestamptz) + interval '1 minute'"
    " AND (d.id IN (SELECT duty_id FROM regulator_case_duties WHERE case_id = :case)"
    "  OR d.complaint_id IN (SELECT complaint_id FROM regulator_case_complaints"
    "   WHERE case_id = :case)"
    "   AND d.rule -> 'where' -> 'channels' @> '[\"regulator\"]') ORDER BY d.id FOR UPDATE"
)
_BY_RECEIPT = sa.text(
    "SELECT d.id FROM duties d WHERE d.state = 'open'"
    " AND 'regulator_receipt' = ANY(d.fulfilled_by)"
    " AND (d.id IN (SELECT duty_id FROM regulator_case_duties WHERE case_id = :case)"
    "  OR d.complaint_id IN (SELECT complaint_id FROM regulator_case_complaints"
    "   WHERE case_id = :case)"
    "  OR d.id = ANY(:chosen) AND d.incident_id = CAST(:incident AS bigint))"
    " ORDER BY d.id FOR UPDATE"
)


def end_by_contact(
    connection: Connection, case_id: int, evidence: dict[str, Any], now: datetime, actor: str
) -> list[int]:
    """End what asks for speaking with the regulator (WP-20, WP-20-Q); the duties' ids."""
    ids = connection.scalars(_BY_CONTACT, {"case": case_id, "at": evidence["at"]}).all()
    return _end(connection, ids, "contact", evidence, now, actor)


def end_by_receipt(
    connection: Connection, case_id: int, incident_id: int | None, chosen: Sequence[int],
    evidence: dict[str, Any], now: datetime, actor: str,
) -> list[int]:  # fmt: skip
    """End what asks for the regulator's receipt: the deadline, the inquiry, the linked complaints'
    filings (WP-20-F), and of the incident's duties those that were chosen (SC-11, LAW-M)."""
    ids = connection.scalars(
        _BY_RECEIPT, {"case": case_id, "incident": incident_id, "chosen": list(chosen)}
    ).all()
    return _end(connection, ids, "regulator_receipt", evidence, now, actor)


def _end(
    connection: Connection, ids: Sequence[int], kind: str, evidence: dict[str, Any],
    now: datetime, actor: str,
) -> list[int]:  # fmt: skip
    for number in ids:
        duties.fulfil(connection, duties.About(duty_id=number), kind, evidence, now, actor)
    return list(ids)
