"""Standing reports: the statistics of a period that has ended, frozen, and whom the plan tells.

They are made by themselves (SC-15, BO-10, WP-16) from eight o'clock on the day after a period's
end, once for each unit that has a role which the plan's `reports` name. After an outage every
period that ended meanwhile gets its report, and only the latest of each kind a text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from complaints.statistics_periods import Period, before, parse_period, period_of
from contacts.roster import Holder
from contacts.units import Unit, UnitTree
from core.clock import SHANGHAI, iso
from core.errors import NotFound
from core.words import ROLE_LEVEL, Role
from database import journal
from database.locks import lock_number
from escalation.house import House
from escalation.statistics_view import Asked, statistics
from escalation.telling import budget_of, compose, holder_of
from escalation.ticket_plan import StandingReport

#: From when on a day's, week's or month's figures are read: nobody is texted at midnight.
READY = time(8, 0)
#: How many missed periods of one kind get their report after an outage.
MOST_MISSED = 31
#: Reports that one tick makes: the ladder does not wait for statistics.
MOST_A_TICK = 2
#: The row of `standing_periods` that says since when reports are made at all.
_MARK = "statistics"


@dataclass(frozen=True)
class Due:
    """A report to be made: of which unit and period, for whom; only the `latest` gets a text."""

    unit: Unit
    period: Period
    roles: tuple[Role, ...]
    latest: bool


def ended(kind: str, since: date, now: datetime) -> list[Period]:
    """The periods of this kind that ended on or after `since` and are ready, latest first. Pure."""
    local = now.astimezone(SHANGHAI)
    day = local.date() if local.time() >= READY else local.date() - timedelta(days=1)
    period = before(period_of(kind, day))
    found: list[Period] = []
    while period.until >= since and len(found) < MOST_MISSED:
        found.append(period)
        period = before(period)
    return found


def due(
    tree: UnitTree, reports: tuple[StandingReport, ...], since: date, now: datetime
) -> Iterator[Due]:
    """Every report there should be, the latest periods first. Pure."""
    for rule in reports:
        for nth, period in enumerate(ended(rule.period, since, now)):
            for unit in tree.all():
                roles = tuple(r for r in rule.roles if ROLE_LEVEL[r] == unit.level)
                if roles:
                    yield Due(unit, period, roles, nth == 0)


def make_some(house: House, now: datetime) -> int:
    """Make what is due, a few at a time, each in a transaction of its own; how many."""
    return sum(house.database.run(lambda c: make_next(c, house, now)) for _ in range(MOST_A_TICK))


def make_next(connection: Connection, house: House, now: datetime) -> bool:
    """Make one report that is due; False when there is none, or a rival is at it."""
    tree = house.tree(connection)
    local = now.astimezone(SHANGHAI)
    stamp = (local.date(), local.time() >= READY, tree.version)
    if house.copies.statistics_seen == stamp or tree.head_office() is None:
        return False
    since = _since(connection, tree, local.date())
    wanted = {(d.unit.id, d.period.name): d for d in _merged(due(
        tree, house.plan.tickets.reports, since, now))}  # fmt: skip
    made = {
        (row.unit_id, row.period)
        for row in connection.execute(
            sa.text("SELECT unit_id, period FROM statistic_reports WHERE until >= :since"),
            {"since": since},
        )
    }
    missing = [one for key, one in wanted.items() if key not in made]
    for one in missing:
        lock = lock_number(f"statistics:{one.unit.id}:{one.period.name}")
        if connection.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock}):
            return make_report(connection, house, one, now)
    if not missing:
        house.copies.statistics_seen = stamp
    return False


def _merged(found: Iterator[Due]) -> list[Due]:
    """One report a unit and period, though several lines of the plan ask for it."""
    merged: dict[tuple[int, str], Due] = {}
    for one in found:
        key = (one.unit.id, one.period.name)
        if key in merged:
            roles = dict.fromkeys((*merged[key].roles, *one.roles))
            one = Due(one.unit, one.period, tuple(roles), one.latest)
        merged[key] = one
    return list(merged.values())


def _since(connection: Connection, tree: UnitTree, today: date) -> date:
    """Since when reports are made: the day on which the first engine looked."""
    head = tree.head_office()
    assert head is not None
    connection.execute(
        sa.text("INSERT INTO standing_periods (clause, unit_id, seen) VALUES (:mark, :unit, :today)"
                " ON CONFLICT (clause, unit_id) DO NOTHING"),
        {"mark": _MARK, "unit": head.id, "today": today},
    )  # fmt: skip
    seen = connection.scalar(
        sa.text("SELECT seen FROM standing_periods WHERE clause = :mark AND unit_id = :unit"),
        {"mark": _MARK, "unit": head.id},
    )
    assert isinstance(seen, date)
    return seen


def make_report(connection: Connection, house: House, one: Due, now: datetime) -> bool:
    """Freeze one report and tell of it where it is the latest; False when it was there before."""
    content = statistics(connection, house, Asked(one.period, one.unit.code), now)
    report = connection.scalar(
        sa.text(
            "INSERT INTO statistic_reports (unit_id, kind, period, since, until, roles, content,"
            " digest, plan, plan_version, made_at) VALUES (:unit, :kind, :period, :since, :until,"
            " :roles, CAST(:content AS jsonb), :digest, :plan, :version, :now)"
            " ON CONFLICT (unit_id, period) DO NOTHING RETURNING id"
        ),
        {
            "unit": one.unit.id, "kind": one.period.kind, "period": one.period.name,
            "since": one.period.since, "until": one.period.until,
            "roles": [r.value for r in one.roles], "content": json.dumps(content),
            "digest": digest(content), "plan": house.plan.name,
            "version": house.plan.version, "now": now,
        },
    )  # fmt: skip
    if report is None:
        return False
    journal.write(connection, now, journal.Entry(
        verb="statistics_made", subject=f"statistics:{report}", actor="engine",
        unit_id=one.unit.id, after={"period": one.period.name, "sha256": digest(content).hex()},
    ))  # fmt: skip
    if one.latest:
        _tell(connection, house, one, int(report), now)
    return True


def _tell(connection: Connection, house: House, one: Due, report: int, now: datetime) -> None:
    """One text a person, though they hold several of the roles."""
    told: dict[int, Holder] = {}
    for role in one.roles:
        holder, _why = holder_of(connection, house, one.unit.id, role, now)
        if holder is not None and holder.phone is not None:
            told.setdefault(holder.person_id, holder)
    text = compose(connection, house, "statistics", {
        "unit": one.unit.short_name, "period": one.period.title("zh"),
        "number": number(report),
    })  # fmt: skip
    for holder in told.values():
        queue(connection, now, Draft(
            phone=str(holder.phone), person_id=holder.person_id, to_role=holder.role.value,
            unit_id=holder.unit_id, kind="statistics", text=text, grave=False,
            dedupe_key=f"statistics:{report}:{holder.person_id}",
        ), budget_of(house))  # fmt: skip


# --- reading -----------------------------------------------------------------------------


def number(report: int) -> str:
    """A report's public number."""
    return f"TJ{report:06d}"


def digest(content: dict[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON: the same before and after it was stored."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


_HEAD = (
    "SELECT r.id, r.unit_id, r.kind, r.period, r.since, r.until, r.roles, r.made_at, r.digest,"
    " coalesce((SELECT jsonb_agg(jsonb_build_object('name', o.name, 'at', o.opened_at)"
    " ORDER BY o.opened_at) FROM statistic_openings o WHERE o.report_id = r.id), '[]') AS opened"
)


def listed(connection: Connection, house: House, most: int = 200) -> list[dict[str, Any]]:
    """Reports of the viewer's area, latest first, with who has opened them."""
    rows = connection.execute(
        sa.text(
            f"{_HEAD} FROM statistic_reports r JOIN units u ON u.id = r.unit_id"
            " WHERE starts_with(u.path, :area) ORDER BY r.made_at DESC, r.id DESC LIMIT :most"
        ),
        {"area": house.area, "most": most},
    )
    return [_head(house, row) for row in rows]


def one(connection: Connection, house: House, report: int) -> dict[str, Any]:
    """A report with its frozen `content`. NotFound outside the area."""
    row = connection.execute(
        sa.text(
            f"{_HEAD}, r.content FROM statistic_reports r JOIN units u ON u.id = r.unit_id"
            " WHERE r.id = :id AND starts_with(u.path, :area)"
        ),
        {"id": report, "area": house.area},
    ).one_or_none()
    if row is None:
        raise NotFound("report")
    return _head(house, row) | {
        "content": row.content, "whole": digest(row.content) == bytes(row.digest)
    }  # fmt: skip


def _head(house: House, row: sa.Row[Any]) -> dict[str, Any]:
    unit, period = house.tree().get(row.unit_id), parse_period(row.period)
    return {
        "id": row.id, "number": number(row.id), "unit": unit.short_name, "unit_code": unit.code,
        "kind": row.kind, "period": row.period, "zh": period.title("zh"), "en": period.title("en"),
        "since": f"{row.since}", "until": f"{row.until}", "roles": list(row.roles),
        "made_at": iso(row.made_at), "sha256": bytes(row.digest).hex(),
        "opened": [{"name": o["name"], "at": iso(datetime.fromisoformat(o["at"]))}
                   for o in row.opened],
    }  # fmt: skip


def note_opening(connection: Connection, report: int, actor: str, name: str, now: datetime) -> None:
    """Remember the first time that somebody opened it."""
    connection.execute(
        sa.text("INSERT INTO statistic_openings (report_id, actor, name, opened_at)"
                " VALUES (:report, :actor, :name, :now) ON CONFLICT DO NOTHING"),
        {"report": report, "actor": actor, "name": name, "now": now},
    )  # fmt: skip
