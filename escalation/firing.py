"""Keys reached their threshold: their clients are put into one open tree, and people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit, UnitTree
from escalation import incidents, members, recount, widening
from escalation.crowds import CrowdMove, OpenNode, decide_crowd
from escalation.house import House, hold_keys
from escalation.prepared import Prepared
from escalation.tallies import Tally


def fire(
    connection: Connection, house: House, one: Prepared, number: int, fired: Sequence[Tally],
    joined: Sequence[int], now: datetime, actor: str, held: frozenset[str],
) -> int:  # fmt: skip
    """Keys reached their threshold: put them, and the clients behind them, into one open tree.

    The crowd's other keys are locked too: a writer who fires one of them at this moment would see
    these complaints in no incident and open a second one over the same crowd.
    """
    crowd = set().union(*(crowd_of(tally, number) for tally in fired))
    touched: dict[int, OpenNode] = {}

    def needed() -> set[str]:
        nodes = [
            *members.touched_nodes(connection, crowd),
            *members.lock_nodes(connection, list(joined)),
        ]
        touched.clear()
        touched.update({n.incident_id: n for n in nodes})
        return members.keys_involved(connection, crowd, {n.root_id for n in nodes})

    involved = hold_keys(connection, held, needed)
    move = decide_crowd(list(touched.values()))
    keys = [_fired_key(house, tally) for tally in fired]
    tree = house.tree()
    if move.move is CrowdMove.OPEN:
        target = _open(connection, house, one, fired, keys, crowd, now, actor)
        members.add_members(connection, target, crowd, now)
        incidents.raise_alarm(connection, house, target, now)
        return target
    if move.target is None:
        head = tree.head_office() or one.unit
        opening = incidents.Opening("parent", head.id, one.value.product, _earliest(fired))
        target = incidents.create(connection, house, opening, keys, now, actor)
        members.put_under(connection, target, move.children, now, actor)
        members.add_members(connection, target, crowd, now)
        incidents.raise_alarm(connection, house, target, now)
    else:
        target = move.target
        incidents.take_keys(connection, target, keys, now)
        if move.children:
            members.put_under(connection, target, move.children, now, actor)
        members.add_members(connection, target, crowd, now)
        _cover(connection, house, target, crowd)
        incidents.widened(connection, target, keys, now, actor)
    # Who came in by one key may count under another key of the same incident, too.
    recount.recount(connection, house, involved, now)
    widening.tell_new_places(connection, house, target, keys, now)
    return _home_of(touched, joined, target)


def crowd_of(tally: Tally, number: int) -> set[int]:
    assert tally.count is not None
    return {number, *(e.complaint_id for e in (*tally.count.counted, *tally.count.repeated))}


def _home_of(touched: dict[int, OpenNode], joined: Sequence[int], target: int) -> int:
    """The incident this complaint itself belongs to: its narrowest key's, else the new one."""
    return joined[0] if joined and joined[0] in touched else target


def _open(
    connection: Connection, house: House, one: Prepared, fired: Sequence[Tally],
    keys: Sequence[incidents.FiredKey], crowd: set[int], now: datetime, actor: str,
) -> int:  # fmt: skip
    rows = connection.execute(
        sa.text(
            "SELECT array_agg(DISTINCT unit_id) AS units, count(DISTINCT product) AS products,"
            " max(product) AS product, count(product) AS named, count(*) AS number,"
            " bool_or(channel = 'media' OR 'media_present' = ANY(flags)) AS media,"
            " bool_or('safety_threat' = ANY(flags)) AS threat FROM complaints WHERE id = ANY(:ids)"
        ),
        {"ids": sorted(crowd)},
    ).one()
    unit: Unit = house.tree().common(rows.units)
    same = rows.products == 1 and rows.named == rows.number
    opening = incidents.Opening(
        origin="clients",
        unit_id=unit.id,
        product=rows.product if same else None,
        window_start=_earliest(fired),
        media_exposed=rows.media,
        safety_threat=rows.threat,
        headcount=0,
    )
    return incidents.create(connection, house, opening, keys, now, actor)


def _cover(connection: Connection, house: House, target: int, crowd: set[int]) -> None:
    units = connection.scalars(
        sa.text("SELECT DISTINCT unit_id FROM complaints WHERE id = ANY(:ids)"),
        {"ids": sorted(crowd)},
    ).all()
    for unit_id in units:
        members.widen_unit(connection, house, target, unit_id)


def _earliest(fired: Sequence[Tally]) -> datetime:
    return min(t.count.counted[0].received_at for t in fired if t.count is not None)


def _fired_key(house: House, tally: Tally) -> incidents.FiredKey:
    assert tally.count is not None
    tree: UnitTree = house.tree()
    unit = tree.by_code(tally.key.unit_code) if tally.key.unit_code else None
    return incidents.FiredKey(
        tally.key.text, tally.key.kind, unit.id if unit else None, tally.key.product,
        tally.clients, tally.key.rule.incident, tally.state, tally.count.explanation(),
    )  # fmt: skip
