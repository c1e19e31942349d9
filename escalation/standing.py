"""Standing duties: what every unit of a level owes each day, week or month.

`day` comes due on the morning of each working day and is about that day; the longer periods come
due when they have ended and are about the period that ended. After an outage every missed period
comes due once, with its own time; a unit's first period after it was set up is the current day's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit, UnitTree
from core.clock import SHANGHAI
from core.words import ROLE_LEVEL, Role
from escalation.births import Moments, one
from escalation.clauses import Clause, Standing
from escalation.events import Happening, store
from escalation.house import House
from escalation.vocabulary import EVENT_KINDS, Event
from escalation.working_time import Calendar

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
#: How many missed periods of one clause at one unit come due after an outage.
MOST_MISSED = 31


def came_due(event: Event, day: date, calendar: Calendar) -> str | None:
    """The name of the period of this kind that comes due on `day`, or None. Pure."""
    if event == "day":
        return f"{day}" if calendar.is_working(day) else None
    before = day - timedelta(days=1)
    if event == "week":
        year, week, _ = before.isocalendar()
        return f"{year}-W{week:02d}" if day.weekday() == 0 else None
    months = _MONTHS[event]
    if day.day != 1 or (day.month - 1) % months:
        return None
    number = (before.month - 1) // months + 1
    mark = {"month": f"-{before.month:02d}", "quarter": f"-Q{number}", "half_year": f"-H{number}"}
    return f"{before.year}{mark.get(event, '')}"


def periods(
    event: Event, after: date, until: date, calendar: Calendar
) -> Iterator[tuple[date, str]]:
    """Every period that comes due after the day `after`, up to and including `until`. Pure."""
    day = after
    while day < until:
        day += timedelta(days=1)
        name = came_due(event, day, calendar)
        if name is not None:
            yield day, name


def come_due(connection: Connection, house: House, now: datetime) -> bool:
    """Start the standing duties whose period has come; False when there is nothing new."""
    tree, calendar = house.tree(connection), house.calendar(connection)
    today = now.astimezone(SHANGHAI).date()
    if house.copies.standing_seen == (today, tree.version):
        return False
    clauses = [s for s in house.plan.standing if EVENT_KINDS[s.clause.event].subject == "period"]
    known = {
        (row.clause, row.unit_id): row.seen
        for row in connection.execute(sa.text("SELECT * FROM standing_periods"))
    }
    started = 0
    for standing in clauses:
        for unit, role in _seats(tree, standing.clause):
            last = known.get((standing.clause.id, unit.id))
            if last is None or last < today:
                started += 1 + _start(
                    connection, house, standing, unit, role, last, today, calendar
                )
    if not started:  # all of it stands in the database: no need to look again today
        house.copies.standing_seen = (today, tree.version)
    return started > 0


def look_again(connection: Connection, house: House, day: date) -> None:
    """A day that has just been set as working brings its daily duties though it was seen before."""
    daily = [s.clause.id for s in house.plan.standing if s.clause.event == "day"]
    connection.execute(
        sa.text("UPDATE standing_periods SET seen = seen - 1 WHERE seen = :day"
                " AND clause = ANY(:clauses)"),
        {"day": day, "clauses": daily},
    )  # fmt: skip


def _seats(tree: UnitTree, clause: Clause) -> Iterator[tuple[Unit, Role]]:
    """Every active unit that has the clause's role on its own level."""
    role = clause.who[0]
    return ((unit, role) for unit in tree.all() if unit.level == ROLE_LEVEL[role])


def _start(
    connection: Connection, house: House, standing: Standing, unit: Unit, role: Role,
    last: date | None, today: date, calendar: Calendar,
) -> int:  # fmt: skip
    """Mark the day as seen; one engine wins it, and starts what came due since the last."""
    won = connection.execute(
        sa.text(
            "INSERT INTO standing_periods (clause, unit_id, seen) VALUES (:clause, :unit,"
            " :today) ON CONFLICT (clause, unit_id) DO UPDATE SET seen = :today"
            " WHERE standing_periods.seen < :today RETURNING clause"
        ),
        {"clause": standing.clause.id, "unit": unit.id, "today": today},
    ).all()
    if not won:
        return 0
    event = standing.clause.event
    if last is None and event != "day":
        return 0
    since = today - timedelta(days=1) if last is None else last
    found = list(periods(event, since, today, calendar))[-MOST_MISSED:]
    for day, name in found:
        begin(connection, house, standing, (unit.id, role), day, name)
    return len(found)


def begin(
    connection: Connection, house: House, standing: Standing, seat: tuple[int, Role], day: date,
    name: str, mark: str = "period",
) -> int | None:  # fmt: skip
    """Start one clause's duty at a seat for the period `name` that comes due on `day`; the event's
    id, or None when it had come due before."""
    event, start = standing.clause.event, datetime.combine(day, time(0), SHANGHAI)
    moments = Moments(start, start, start)
    what = Happening(
        event=event, unit_id=seat[0], moments=moments, actor="engine",
        birth=f"{mark}:{standing.clause.id}:{seat[0]}:{name}", facts={"period": name},
    )  # fmt: skip
    number = connection.scalar(
        _EVENT,
        {"event": event, "birth": what.birth, "unit": seat[0], "at": start, "period": name},
    )
    if number is None:
        return None
    born = one(house.plan, house.calendar(connection), standing, event, seat, moments)
    store(connection, what, int(number), [born], start)
    return int(number)


_EVENT = sa.text(
    "INSERT INTO events (event, birth, unit_id, occurred_at, aware_at, recorded_at, actor, facts)"
    " VALUES (:event, :birth, :unit, :at, :at, :at, 'engine',"
    " jsonb_build_object('period', CAST(:period AS text)))"
    " ON CONFLICT (birth) DO NOTHING RETURNING id"
)
