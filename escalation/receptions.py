"""The reception sheet of an incident at a place (WP-29, BO-05, BO-07): who receives whom, where.

Every writing holds the sheet's row, so that two phones cannot both believe the other's client to
be waiting. An edit names the version that it saw; a later one is refused with the row as it is.
The journal keeps numbers and rooms, never a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from database import journal
from database.connection import business_now
from escalation import duties, events
from escalation.house import House
from escalation.reception_rules import Site, complete, proves, remarks
from escalation.reception_site import choose_site, limits, owed, site_now

#: One tap adds at most so many; a sheet has at most so many rows.
MOST_AT_ONCE, MOST_ROWS = 50, 500
_FIELDS = ("receiver", "room", "representative", "outcome")


class RowChanged(Conflict):
    """Somebody else saved first; `now` is what stands there."""

    def __init__(self, now: dict[str, Any]) -> None:
        self.now = now
        super().__init__(
            "他人刚刚改过此处，请核对后再保存", "somebody has just changed this; check it"
        )


@dataclass(frozen=True)
class Arrival:
    """Clients who came: so many, or these ticketed ones. `batch` names the tap: twice is once."""

    batch: str
    count: int = 0
    clients: tuple[int, ...] = ()


@dataclass(frozen=True)
class RowChange:
    """What changes on a row that was read at `version`; None leaves a field, "" empties it.

    `left` True means gone now, False back again; `client` 0 unties the row from a ticket.
    """

    version: int
    receiver: str | None = None
    room: str | None = None
    representative: bool | None = None
    outcome: str | None = None
    left: bool | None = None
    removed: bool | None = None
    client: int | None = None


@dataclass(frozen=True)
class SheetChange:
    """The separate room, who leads onlookers away; None leaves it, "" empties it."""

    version: int
    separate_room: str | None = None
    guide: str | None = None


@dataclass(frozen=True)
class _Sheet:
    """A sheet that this transaction holds."""

    id: int
    incident_id: int
    unit: Unit
    actor: str
    now: datetime
    complete_at: datetime | None
    entries: list[journal.Entry] = field(default_factory=list)

    def note(self, verb: str, **after: Any) -> None:
        self.entries.append(journal.Entry(
            verb=verb, subject=f"reception:{self.id}", actor=self.actor,
            incident_id=self.incident_id, unit_id=self.unit.id, after=after,
        ))  # fmt: skip


# --- what people do ----------------------------------------------------------------------------


def arrive(
    connection: Connection, house: House, incident_id: int, code: str | None, value: Arrival,
    actor: str,
) -> None:  # fmt: skip
    """Add rows; the same batch again adds nothing. InvalidInput for none or too many, a client
    that is no ticketed client of the incident or is on the sheet already."""
    sheet = _hold(connection, house, incident_id, code, actor)
    known = connection.scalar(
        sa.text("SELECT count(*) FROM reception_rows WHERE sheet_id = :s AND batch = :b"),
        {"s": sheet.id, "b": value.batch},
    )
    if known:
        return
    wanted: list[tuple[int | None, int | None]] = [(None, None)] * value.count
    wanted += _tickets(connection, incident_id, sheet.id, value.clients)
    last = connection.execute(
        sa.text("SELECT coalesce(max(number), 0) FROM reception_rows WHERE sheet_id = :s"),
        {"s": sheet.id},
    ).scalar_one()
    if not 1 <= len(wanted) <= MOST_AT_ONCE or last + len(wanted) > MOST_ROWS:
        raise InvalidInput([FieldFault(
            "count", f"一次1至{MOST_AT_ONCE}人，共不超过{MOST_ROWS}人",
            f"1 to {MOST_AT_ONCE} at once, {MOST_ROWS} in all", "请核对人数", "check the number",
        )])  # fmt: skip
    for number, (client, complaint) in enumerate(wanted, last + 1):
        connection.execute(
            sa.text(
                "INSERT INTO reception_rows (sheet_id, number, batch, client_id, complaint_id,"
                " arrived_at) VALUES (:s, :n, :b, :client, :complaint, :now)"
            ),
            {"s": sheet.id, "n": number, "b": value.batch, "client": client,
             "complaint": complaint, "now": sheet.now},
        )  # fmt: skip
    sheet.note("reception_arrived", people=len(wanted), first=last + 1)
    _crowd(connection, house, sheet)
    _settle(connection, house, sheet)


def change_row(
    connection: Connection, house: House, incident_id: int, row_id: int, value: RowChange,
    actor: str,
) -> None:  # fmt: skip
    """Change one row. NotFound; RowChanged when it is no longer what the caller saw."""
    code = _site_code(connection, house, incident_id, row_id)
    sheet = _hold(connection, house, incident_id, code, actor)
    row = connection.execute(
        sa.text("SELECT * FROM reception_rows WHERE id = :id AND sheet_id = :s FOR UPDATE"),
        {"id": row_id, "s": sheet.id},
    ).one()
    if row.version != value.version:
        raise RowChanged(row_view(row))
    new: dict[str, Any] = {
        name: _text_or_none(given)
        for name in _FIELDS if (given := getattr(value, name)) is not None
    }  # fmt: skip
    if value.left is not None and value.left != (row.left_at is not None):
        new["left_at"] = sheet.now if value.left else None
    if value.removed is not None:
        new["removed"] = value.removed
    if value.client is not None:
        new |= _ticket(connection, sheet, value.client, row_id)
    elif new.get("left_at", "") is None and row.client_id is not None:
        _refuse_twice(connection, sheet.id, row.client_id, row_id)
    new = {name: given for name, given in new.items() if getattr(row, name) != given}
    if not new:
        return
    changes = ", ".join(f"{name} = :{name}" for name in new)
    connection.execute(
        sa.text(f"UPDATE reception_rows SET {changes}, version = version + 1 WHERE id = :id"),  # noqa: S608  the names are this file's own
        {**new, "id": row_id},
    )
    sheet.note(_verb(new), number=row.number, **_nameless(new))
    _settle(connection, house, sheet)


def _nameless(new: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal keeps of a change: rooms, and whether there is a receiver, an outcome."""
    kept = {name: new[name] for name in ("room", "representative") if name in new}
    return kept | {name: bool(new[name]) for name in ("receiver", "outcome") if name in new}


def _verb(new: dict[str, Any]) -> str:
    if new.get("removed"):
        return "reception_removed"
    if "left_at" in new:
        return "reception_left" if new["left_at"] else "reception_back"
    return "reception_changed"


def change_sheet(
    connection: Connection, house: House, incident_id: int, code: str | None, value: SheetChange,
    actor: str,
) -> None:  # fmt: skip
    """Name the separate room or who leads onlookers away. RowChanged as with a row."""
    sheet = _hold(connection, house, incident_id, code, actor)
    row = _sheet_row(connection, sheet.incident_id, sheet.unit.id)
    if row.version != value.version:
        raise RowChanged({"separate_room": row.separate_room, "guide": row.guide,
                          "version": row.version})  # fmt: skip
    room = row.separate_room if value.separate_room is None else value.separate_room.strip() or None
    guide = row.guide if value.guide is None else value.guide.strip() or None
    if (room, guide) == (row.separate_room, row.guide):
        return
    connection.execute(
        sa.text("UPDATE reception_sheets SET separate_room = :room, guide = :guide,"
                " version = version + 1 WHERE id = :id"),
        {"room": room, "guide": guide, "id": sheet.id},
    )  # fmt: skip
    sheet.note("reception_arranged", separate_room=room, guide=bool(guide))
    _settle(connection, house, sheet)


def count_onlookers(
    connection: Connection, house: House, incident_id: int, code: str | None, onlookers: int,
    counted_by: str, actor: str,
) -> None:  # fmt: skip
    """Note how many look on; the incident shows the same number from now on."""
    connection.execute(  # before the sheet: this transaction is going to change the incident
        sa.text("SELECT 1 FROM incidents WHERE id = :id FOR NO KEY UPDATE"), {"id": incident_id}
    )
    sheet = _hold(connection, house, incident_id, code, actor)
    connection.execute(
        sa.text("INSERT INTO onlooker_counts (sheet_id, onlookers, counted_by, counted_at)"
                " VALUES (:s, :n, :by, :now)"),
        {"s": sheet.id, "n": onlookers, "by": counted_by, "now": sheet.now},
    )  # fmt: skip
    connection.execute(
        sa.text("UPDATE incidents SET onlookers = :n WHERE id = :id"),
        {"n": onlookers, "id": incident_id},
    )
    sheet.note("onlookers_counted", onlookers=onlookers)
    if onlookers:
        _crowd(connection, house, sheet)
    _settle(connection, house, sheet)


# --- what follows from it --------------------------------------------------------------------


def _hold(
    connection: Connection, house: House, incident_id: int, code: str | None, actor: str
) -> _Sheet:
    """The sheet, made if need be and held to the end of the transaction. Conflict when closed."""
    unit = choose_site(connection, house, incident_id, code)
    state = connection.scalar(
        sa.text("SELECT state FROM incidents WHERE id = :id FOR SHARE"), {"id": incident_id}
    )
    if state == "closed":
        raise Conflict(
            "事件已结案，接待记录不能再改", "the incident is closed; the sheet stays as it is"
        )
    connection.execute(
        sa.text("INSERT INTO reception_sheets (incident_id, unit_id) VALUES (:i, :u)"
                " ON CONFLICT DO NOTHING"),
        {"i": incident_id, "u": unit.id},
    )  # fmt: skip
    row = _sheet_row(connection, incident_id, unit.id)
    return _Sheet(row.id, incident_id, unit, actor, business_now(connection), row.complete_at)


def _sheet_row(connection: Connection, incident_id: int, unit_id: int) -> sa.Row[Any]:
    return connection.execute(
        sa.text("SELECT * FROM reception_sheets WHERE incident_id = :i AND unit_id = :u"
                " FOR UPDATE"),
        {"i": incident_id, "u": unit_id},
    ).one()  # fmt: skip


def _settle(connection: Connection, house: House, sheet: _Sheet) -> None:
    """Journal what was done; when everybody is received the duty ends (evidence `reception`)."""
    site = site_now(connection, sheet.incident_id, sheet.unit.id)
    done = complete(site, limits(house))
    if done != (sheet.complete_at is not None):
        connection.execute(
            sa.text("UPDATE reception_sheets SET complete_at = :at WHERE id = :id"),
            {"at": sheet.now if done else None, "id": sheet.id},
        )
        waiting = sum(1 for v in site.visitors if not v.placed)
        if done:
            sheet.note("reception_complete", people=len(site.visitors))
        elif site.visitors:
            wrong = [r.code for r in remarks(site, limits(house)) if r.kind == "fault"]
            sheet.note("reception_waiting", people=waiting, faults=wrong)
    journal.write(connection, sheet.now, *sheet.entries)
    if done:
        _prove(connection, house, sheet, site)


def _prove(connection: Connection, house: House, sheet: _Sheet, site: Site) -> None:
    """End each duty that the sheet proves."""
    evidence = {
        "at": iso(sheet.now), "unit": sheet.unit.code, "clients": len(site.visitors),
        "representatives": sum(1 for v in site.visitors if v.representative),
        "separate_room": site.separate_room,
    }  # fmt: skip
    for duty in owed(connection, sheet.incident_id, sheet.unit.id):
        if proves(site, limits(house), duty.event):
            duties.fulfil(
                connection, duties.About(duty_id=duty.id), "reception", evidence, sheet.now,
                sheet.actor,
            )  # fmt: skip


def recounted(
    connection: Connection, house: House, incident_id: int, unit: Unit, now: datetime, actor: str
) -> None:
    """A new head count of a place: its sheets, if there are any, are complete or no longer so."""
    sheets = connection.execute(
        sa.text(
            "SELECT s.id, s.incident_id, s.complete_at FROM reception_sheets s"
            " JOIN incidents i ON i.id = s.incident_id JOIN incidents me ON me.id = :i"
            " WHERE s.unit_id = :u AND coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id)"
            " ORDER BY s.id FOR UPDATE OF s"
        ),
        {"i": incident_id, "u": unit.id},
    ).all()
    for row in sheets:
        _settle(connection, house,
                _Sheet(row.id, row.incident_id, unit, actor, now, row.complete_at))  # fmt: skip


def _crowd(connection: Connection, house: House, sheet: _Sheet) -> None:
    """Clients or onlookers on site start WP-29, also where no gathering was reported."""
    state = connection.scalar(
        sa.text("SELECT state FROM incidents WHERE id = :id"), {"id": sheet.incident_id}
    )
    if state == "open":
        events.on_incident(
            connection, house, "crowd_on_site", sheet.incident_id, sheet.unit.id, sheet.now,
            actor=sheet.actor,
        )  # fmt: skip


# --- tickets -----------------------------------------------------------------------------------


def _tickets(
    connection: Connection, incident_id: int, sheet_id: int, clients: Sequence[int]
) -> list[tuple[int | None, int | None]]:
    """(client, complaint) of each; InvalidInput unless all are ticketed here and not on site."""
    rows = connection.execute(
        sa.text(
            "SELECT p.client_id, min(c.id) AS complaint FROM complaints c"
            " JOIN complaint_parties p ON p.complaint_id = c.id WHERE c.incident_id = :i"
            " AND p.role = 'principal' AND p.client_id = ANY(:clients) GROUP BY p.client_id"
        ),
        {"i": incident_id, "clients": list(clients)},
    )
    first = {r.client_id: r.complaint for r in rows}
    if any(client not in first for client in clients):
        raise InvalidInput([FieldFault(
            "clients", "所选客户没有本事件的工单", "is no ticketed client of this incident",
            "请重新选择", "choose again",
        )])  # fmt: skip
    for client in clients:
        _refuse_twice(connection, sheet_id, client, 0)
    return [(client, first[client]) for client in dict.fromkeys(clients)]


def _ticket(connection: Connection, sheet: _Sheet, client: int, row_id: int) -> dict[str, Any]:
    if client == 0:
        return {"client_id": None, "complaint_id": None}
    held = connection.scalar(
        sa.text("SELECT client_id FROM reception_rows WHERE id = :id"), {"id": row_id}
    )
    if held == client:
        return {}
    ((number, complaint),) = _tickets(connection, sheet.incident_id, sheet.id, [client])
    return {"client_id": number, "complaint_id": complaint}


def _refuse_twice(connection: Connection, sheet_id: int, client: int, row_id: int) -> None:
    number = connection.scalar(
        sa.text("SELECT number FROM reception_rows WHERE sheet_id = :s AND client_id = :c"
                " AND left_at IS NULL AND NOT removed AND id <> :row"),
        {"s": sheet_id, "c": client, "row": row_id},
    )  # fmt: skip
    if number is not None:
        raise InvalidInput([FieldFault(
            "clients", f"该客户已在接待表中（{number}号）",
            f"is on the sheet already (no. {number})",
            "请刷新后重选", "read again and choose again",
        )])  # fmt: skip


def _site_code(connection: Connection, house: House, incident_id: int, row_id: int) -> str:
    unit = connection.scalar(
        sa.text("SELECT s.unit_id FROM reception_rows r JOIN reception_sheets s"
                " ON s.id = r.sheet_id WHERE r.id = :id AND s.incident_id = :i"),
        {"id": row_id, "i": incident_id},
    )  # fmt: skip
    if unit is None:
        raise NotFound("reception row")
    return house.tree(connection).get(unit).code


def _text_or_none(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


def row_view(row: sa.Row[Any]) -> dict[str, Any]:
    """A row as pages show it; the client only by number (see `reception_view` for the mask)."""
    return {
        "id": row.id, "number": row.number, "client": row.client_id, "receiver": row.receiver,
        "room": row.room, "representative": row.representative, "arrived_at": iso(row.arrived_at),
        "left_at": iso(row.left_at), "outcome": row.outcome, "version": row.version,
    }  # fmt: skip
