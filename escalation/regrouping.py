"""Merging incidents by hand, and taking one out again: which tree an open incident belongs to.

A merged incident becomes a child: it keeps its code, acknowledgements, duties and ladder; no clock
starts anew and nobody is told of it once more. Both verbs hold the counting locks of every key of
both trees and of their complaints, so that no complaint counts into a tree that is being changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, NotFound
from database import journal
from database.connection import business_now
from database.locks import take as take_locks
from escalation import leaving, lines, members, recount
from escalation.command import Who, needed
from escalation.house import House, hold_keys, until_locked
from escalation.ids import incident_id as public_incident


@dataclass(frozen=True)
class Node:
    """An incident as regrouping sees it."""

    id: int
    state: str
    parent_id: int | None
    unit_id: int

    @property
    def public(self) -> str:
        return public_incident(self.id)


def merge(house: House, child: int, parent: int, reason: str, by: Who) -> None:
    """Put the open incident `child`, with what is under it, under the open root `parent`.

    Conflict says in words why it cannot be: itself, one of them ended, one in the other already.
    """
    why = needed(reason, "reason", "缺少合并理由", "say why they are one")

    def work(connection: Connection, held: frozenset[str]) -> None:
        take_locks(connection, (), held)
        nodes, keys = hold_trees(connection, held, (child, parent))
        _refuse_merge(nodes, child, parent)
        now = business_now(connection)
        members.put_under(connection, parent, [child], now, by.actor)
        members.widen_unit(connection, house, parent, nodes[child].unit_id)
        recount.recount(connection, house, keys, now)
        log(connection, "merged", child, parent, why, by, now)

    until_locked(house, work)


def take_out(house: House, child: int, reason: str, by: Who) -> None:
    """Make an open child a root of its own again. Conflict when it is none, or has ended.

    Its parent goes on counting only who belongs to it otherwise. What the part's places owe in
    the parent goes with it, due when it was due.
    """
    why = needed(reason, "reason", "缺少拆分理由", "say why it stands alone")

    def work(connection: Connection, held: frozenset[str]) -> None:
        take_locks(connection, (), held)
        nodes, keys = hold_trees(connection, held, (child,))
        node = nodes[child]
        if node.parent_id is None:
            raise Conflict(f"{node.public} 不属于其他事件", f"{node.public} is part of no other")
        refuse_ended(node)
        now = business_now(connection)
        connection.execute(
            sa.text("UPDATE incidents SET parent_id = NULL WHERE id = :id"), {"id": child}
        )
        places, staying = leaving.places_of(connection, child, node.parent_id)
        moving = leaving.moving_units(house.tree(connection), places, staying)
        leaving.move(connection, node.parent_id, child, moving)
        members.keep_own(connection, node.parent_id)
        recount.recount(connection, house, keys, now)
        log(connection, "taken_out", child, node.parent_id, why, by, now)
        lines.note_standing(connection, house, (node.parent_id, child), now, by.actor)

    until_locked(house, work)


def hold_trees(
    connection: Connection, held: frozenset[str], ids: Sequence[int]
) -> tuple[dict[int, Node], set[str]]:
    """The incidents of these trees, locked, and all their keys, held (see `hold_keys`)."""
    nodes: dict[int, Node] = {}

    def wanted() -> set[str]:
        nodes.clear()
        nodes.update(lock_trees(connection, ids))
        return keys_of(connection, list(nodes))

    keys = hold_keys(connection, held, wanted)
    return nodes, keys


def lock_trees(connection: Connection, ids: Sequence[int]) -> dict[int, Node]:
    """Every incident of the trees that these belong to, locked in id order. NotFound."""
    rows = connection.execute(
        sa.text(
            "SELECT id, state, parent_id, unit_id FROM incidents"
            " WHERE coalesce(parent_id, id) IN"
            "  (SELECT coalesce(parent_id, id) FROM incidents WHERE id = ANY(:ids))"
            " ORDER BY id FOR NO KEY UPDATE"
        ),
        {"ids": list(ids)},
    ).all()
    nodes = {r.id: Node(r.id, r.state, r.parent_id, r.unit_id) for r in rows}
    if not set(ids) <= set(nodes):
        raise NotFound("incident")
    return nodes


def _refuse_merge(nodes: dict[int, Node], child: int, parent: int) -> None:
    mine, other = nodes[child], nodes[parent]
    if child == parent:
        raise Conflict("不能并入自己", "it cannot be put under itself")
    refuse_ended(mine)
    refuse_ended(other)
    if other.parent_id == child:
        raise Conflict(
            f"{other.public} 是本事件的分事件，不能反向并入",
            f"{other.public} is part of this incident",
        )
    if mine.parent_id is not None:
        root = public_incident(mine.parent_id)
        raise Conflict(
            f"{mine.public} 已属于 {root}，请先拆出",
            f"{mine.public} is part of {root}; take it out first",
        )
    if other.parent_id is not None:
        root = public_incident(other.parent_id)
        raise Conflict(
            f"{other.public} 已属于 {root}，请并入 {root}",
            f"{other.public} is part of {root}; merge into {root}",
        )


def refuse_ended(node: Node) -> None:
    if node.state != "open":
        raise Conflict(f"{node.public} 已平息或结案", f"{node.public} is not open")


def keys_of(connection: Connection, ids: Sequence[int]) -> set[str]:
    """Every open key of these incidents, and every key under which their complaints count."""
    return set(
        connection.scalars(
            sa.text(
                "SELECT key FROM incident_keys WHERE incident_id = ANY(:ids) AND open"
                " UNION SELECT e.key FROM complaints c JOIN key_events e ON e.complaint_id = c.id"
                " WHERE c.incident_id = ANY(:ids) AND NOT e.spent"
            ),
            {"ids": list(ids)},
        )
    )


def log(
    connection: Connection, kind: str, incident: int, other: int, reason: str, by: Who,
    now: datetime, keys: Sequence[str] = (),
) -> None:  # fmt: skip
    """Keep what was regrouped, and say so in the journal of both."""
    connection.execute(
        sa.text(
            "INSERT INTO incident_regroupings (kind, incident_id, other_id, keys, reason, done_by,"
            " done_role, done_at) VALUES (:kind, :incident, :other, :keys, :reason, :by, :role,"
            " :now)"
        ),
        {
            "kind": kind, "incident": incident, "other": other, "keys": list(keys),
            "reason": reason, "by": by.name, "role": by.role, "now": now,
        },
    )  # fmt: skip
    journal.write(connection, now, *(
        journal.Entry(
            verb=f"incident_{kind}", subject=f"incident:{incident}", actor=by.actor,
            incident_id=one, reason=reason,
            after={"incident": public_incident(incident), "other": public_incident(other),
                   "keys": list(keys), "role": by.role},
        )
        for one in (incident, other)
    ))  # fmt: skip
