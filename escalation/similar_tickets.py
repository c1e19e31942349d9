"""Whether this client has complained before: asked while a complaint is being typed.

The blind indexes are read over the whole bank, the tickets found are shown of the viewer's area
only: nobody learns here that somebody complained at another branch.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from escalation.house import House
from escalation.ids import complaint_id as public_complaint

MOST = 10

_CLIENTS = sa.text(
    "SELECT DISTINCT i.client_id FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[]))"
    " AS m(kind, value) JOIN client_identifiers i ON i.kind = m.kind AND i.value = m.value"
    " LIMIT 100"
)
_TICKETS = sa.text(
    "SELECT DISTINCT t.complaint_id, t.stage, t.received_at, t.channel, t.product, t.unit_id,"
    " t.outcome FROM complaint_parties p JOIN tickets t ON t.complaint_id = p.complaint_id"
    " WHERE p.client_id = ANY(:clients) AND t.stage NOT IN ('misfiled', 'merged')"
    " ORDER BY t.received_at DESC, t.complaint_id DESC LIMIT :most"
)


def similar(house: House, **given: str | None) -> list[dict[str, Any]]:
    """Tickets of whoever has this name, phone, id_number or account; newest first, at most MOST.

    A name alone is nobody's: it finds nothing.
    """
    found: dict[tuple[str, bytes], None] = {}
    for version in house.blind.ring.versions:
        mention = house.blind.mention(version, **given)
        found |= dict.fromkeys(mention.identifiers)
    if not found:
        return []
    clients = house.whole.read(lambda c: c.scalars(
        _CLIENTS, {"kinds": [k for k, _ in found], "hashes": [v for _, v in found]}
    ).all())  # fmt: skip
    return house.database.read(lambda c: _tickets(c, house, list(clients))) if clients else []


def _tickets(connection: Connection, house: House, clients: list[int]) -> list[dict[str, Any]]:
    tree = house.tree(connection)
    return [
        {"complaint": public_complaint(r.complaint_id), "stage": r.stage,
         "received_at": iso(r.received_at), "channel": r.channel, "product": r.product,
         "unit": tree.get(r.unit_id).short_name, "outcome": r.outcome}
        for r in connection.execute(_TICKETS, {"clients": clients, "most": MOST})
    ]  # fmt: skip
