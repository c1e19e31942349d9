"""Brings clients' blind indexes to another version of their key, from what their parties say.

Called with the clients' rows locked. Whoever meets a client that lags behind does it on the spot;
the rotation does the rest (`escalation.rotating`).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.identity import BlindIndex, Mention
from core.vault import Vault
from escalation.sealing import PARTY, open_party

_PARTIES = sa.text(
    f"SELECT p.client_id, {PARTY} FROM complaint_parties p WHERE p.client_id = ANY(:ids)"  # noqa: S608
    " AND p.role = 'principal' ORDER BY p.complaint_id, p.position"
)
_CLIENT = sa.text(
    "UPDATE clients SET document = :document, names = :names, index_version = :version"
    " WHERE id = :id"
)
_IDENTIFIER = sa.text(
    "INSERT INTO client_identifiers (kind, value, client_id, version)"
    " VALUES (:kind, :value, :id, :version) ON CONFLICT DO NOTHING"
)


def reindex(
    connection: Connection, vault: Vault, blind: BlindIndex, client_ids: Sequence[int],
    version: int,
) -> None:  # fmt: skip
    """Replace these clients' blind indexes by those under `version`. MissingKey."""
    blind.ring.get(version)
    found: dict[int, list[Mention]] = {number: [] for number in client_ids}
    for row in connection.execute(_PARTIES, {"ids": list(client_ids)}).all():
        fields = open_party(vault, row)
        if fields is not None:
            mention = blind.mention(
                version, name=fields["name"], phone=fields["phone"],
                id_number=fields["id_number"], account=fields["account"],
            )  # fmt: skip
            found[row.client_id].append(mention)
    connection.execute(
        sa.text("DELETE FROM client_identifiers WHERE client_id = ANY(:ids)"),
        {"ids": list(client_ids)},
    )
    connection.execute(_CLIENT, [
        {"id": number, "version": version,
         "document": next((m.document for m in mentions if m.document), None),
         "names": sorted({m.name for m in mentions if m.name})}
        for number, mentions in found.items()
    ])  # fmt: skip
    identifiers = [
        {"id": number, "kind": kind, "value": value, "version": version}
        for number, mentions in found.items()
        for kind, value in sorted({pair for m in mentions for pair in m.identifiers})
    ]
    if identifiers:
        connection.execute(_IDENTIFIER, identifiers)
