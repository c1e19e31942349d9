"""What a place owes goes with it when it leaves an incident, due when it was due."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitTree


def moving_units(tree: UnitTree, places: Sequence[int], staying: Sequence[int]) -> list[int]:
    """Units whose duties go: the moved places and those above them that no staying place is
    under, head office never. Pure."""
    up = {unit.id for place in places for unit in tree.lineage(place)}
    kept = {unit.id for place in staying for unit in tree.lineage(place)}
    head = tree.head_office()
    return sorted(up - kept - ({head.id} if head is not None else set()))


def move(connection: Connection, old: int, new: int, units: Sequence[int]) -> None:
    """The events and duties of these units go from one incident to another; no clock changes."""
    for statement in (_EVENTS, _DUTIES):
        connection.execute(statement, {"old": old, "new": new, "units": list(units)})


#: An incident has what is called the same once: the name under which something was born goes
#: along where it is free. What the other has had itself keeps its event, and what is owed beside
#: it goes under the name that it had.
_NAME = "regexp_replace(m.birth, '^incident:' || :old || ':', 'incident:' || :new || ':')"
_EVENTS = sa.text(
    f"UPDATE events m SET incident_id = :new, birth = {_NAME}"  # noqa: S608
    " WHERE m.incident_id = :old AND m.unit_id = ANY(:units)"
    f" AND NOT EXISTS (SELECT 1 FROM events x WHERE x.birth = {_NAME} AND x.id <> m.id)"
)
_DUTIES = sa.text(
    "UPDATE duties m SET incident_id = :new,"  # noqa: S608
    f" birth = CASE WHEN EXISTS (SELECT 1 FROM duties x WHERE x.birth = {_NAME})"
    f" THEN m.birth ELSE {_NAME} END"
    " WHERE m.incident_id = :old AND m.unit_id = ANY(:units)"
)


def places_of(connection: Connection, child: int, root: int) -> tuple[list[int], list[int]]:
    """The places of a part, and those of the rest of its tree: where they are and what their keys
    name. Keys that an incident has given up are not its own any more, unless by its end."""
    rows = connection.execute(_PLACES, {"child": child, "root": root}).all()
    return (
        [r.unit_id for r in rows if r.going],
        [r.unit_id for r in rows if not r.going],
    )


_PLACES = sa.text(
    "SELECT n.id = :child AS going, s.unit_id FROM incidents n"
    " JOIN incident_keys k ON k.incident_id = n.id AND (k.open OR n.state <> 'open')"
    " JOIN key_states s ON s.key = k.key WHERE s.unit_id IS NOT NULL"
    " AND (n.id IN (:child, :root) OR n.parent_id = :root)"
    " UNION SELECT n.id = :child, n.unit_id FROM incidents n"
    " WHERE n.id = :child OR n.parent_id = :root ORDER BY unit_id"
)
