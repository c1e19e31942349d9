"""An incident opened by hand, or by a media or regulator case, without ten clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from alerts.counting import Key, keys_for
from contacts.units import Unit, unknown_unit
from core.errors import Conflict, InvalidInput
from core.words import Level, State
from database.connection import business_now
from database.locks import take as take_locks
from escalation import incidents, members
from escalation.crowds import OpenNode
from escalation.house import House, hold_keys, until_locked
from escalation.ids import incident_id as public_incident


@dataclass(frozen=True)
class ManualOpening:
    """Where, what about, why, and whether it is large or in the media from the start."""

    unit: str
    note: str
    product: str | None = None
    origin: str = "manual"
    large: bool = False
    media_exposed: bool = False


def open_by_hand(house: House, value: ManualOpening, actor: str) -> int:
    """Open it with the narrowest key of its place: who stands there counts, a later crowd joins."""
    tree = house.tree()
    unit = tree.by_code(value.unit) or house.reload_tree().by_code(value.unit)
    if unit is None:
        raise InvalidInput([unknown_unit("unit")])
    tree = house.tree()
    branch = tree.ancestor(unit.id, Level.BRANCH)
    keys = keys_for(
        house.plan.counting.keys, unit_code=unit.code, unit_level=unit.level,
        branch_code=branch.code if branch else None, product=value.product,
    )[:1]  # fmt: skip

    def work(connection: Connection, extra: frozenset[str]) -> int:
        held = extra | {k.text for k in keys}
        take_locks(connection, (), held)
        for key in keys:
            _refuse_second(connection, key)
        number = _open(connection, house, value, unit, keys, held, actor)
        return number

    return until_locked(house, work)


def _refuse_second(connection: Connection, key: Key) -> None:
    owner = members.owner_of(connection, key.text)
    if owner is not None:
        raise Conflict(
            f"该机构已有进行中的事件 {public_incident(owner)}",
            f"incident {public_incident(owner)} is open for this place already",
            incident=public_incident(owner),
        )


def _open(
    connection: Connection, house: House, value: ManualOpening, unit: Unit, keys: Sequence[Key],
    held: frozenset[str], actor: str,
) -> int:  # fmt: skip
    now = business_now(connection)
    there = [
        row for k in keys
        for row in members.tickets_under(connection, k.text, now, k.rule.window)
    ]  # fmt: skip
    crowd = {complaint for complaint, _client in there}
    touched: list[OpenNode] = []

    def needed() -> set[str]:
        touched[:] = members.touched_nodes(connection, crowd)
        return members.keys_involved(connection, crowd, {n.root_id for n in touched})

    hold_keys(connection, held, needed)
    fired = [
        incidents.FiredKey(
            k.text, k.kind, unit.id, value.product, len({client for _, client in there}),
            k.rule.incident, State.INCIDENT, {"opened_by": actor},
        )
        for k in keys
    ]  # fmt: skip
    opening = incidents.Opening(
        value.origin, unit.id, value.product, now, media_exposed=value.media_exposed,
        note=value.note, severity="large" if value.large else "incident",
    )  # fmt: skip
    number = incidents.create(connection, house, opening, fired, now, actor)
    members.add_members(connection, number, crowd, now)
    incidents.raise_alarm(connection, house, number, now)
    return number
