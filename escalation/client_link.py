"""Links the clients that a complaint names to the stored ones, and merges clients found to be one.

Called with the identities' locks held; rows of known clients are locked in id order. A merge needs
the counting locks of every key that the merged clients count under: where they are not held yet,
`Again` asks for them and the work starts over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.identity import Candidate, Mention, decide_client
from core.key_rings import MissingKey
from core.vault import DataKey, Vault
from escalation.house import Again, House, hold_keys
from escalation.intake_sql import Known
from escalation.prepared import Prepared
from escalation.reindexing import reindex


@dataclass
class Linked:
    """The result for one complaint: a client id a principal, and the rows to write."""

    client_ids: list[int] = field(default_factory=list)
    new: list[dict[str, object]] = field(default_factory=list)
    identifiers: list[dict[str, object]] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    unidentified: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)
    notes: list[dict[str, object]] = field(default_factory=list)
    #: of each principal, the key that its data is sealed under, and those of them that are new
    keys: list[DataKey] = field(default_factory=list)
    new_keys: list[DataKey] = field(default_factory=list)
    #: of the blind index key
    version: int = 1


@dataclass(frozen=True)
class Stored:
    """A client as the database has it: what it is known by, and its data key."""

    candidate: Candidate
    index_version: int
    key: DataKey | None


def link_clients(
    connection: Connection, house: House, one: Prepared, given: Known, held_keys: frozenset[str]
) -> Linked:
    """Decide for every principal which client it is; changes stored clients where they grow.

    MissingKey where the blind indexes are under a version that this process was not given.
    """
    linked = Linked()
    stored, linked.version = _level(connection, house, given)
    known = {number: s.candidate for number, s in stored.items()}
    if linked.version not in one.mentions:
        raise MissingKey("blind index", linked.version)
    for mention, new_id in zip(one.mentions[linked.version], given.client_ids, strict=True):
        shared = [
            c for c in known.values() if set(mention.identifiers) & c.identifiers
        ] if mention.identified else []  # fmt: skip
        decided = decide_client(mention, shared)
        if decided.client_id is None:
            known[new_id] = _add_new(linked, mention, new_id)
            client_id = new_id
        else:
            client_id, merge = _oldest_stays(linked, decided.client_id, decided.merge)
            if merge:
                _merge(connection, client_id, merge, held_keys)
                linked.merged.update(dict.fromkeys(merge, client_id))
                known[client_id] = _joined(known, client_id, merge)
            known[client_id] = _grow(connection, linked, mention, known[client_id])
        linked.client_ids.append(client_id)
        linked.notes.append(
            {
                "client": client_id,
                "by": decided.reason,
                **({"merged": list(decided.merge)} if decided.merge else {}),
                **({"not": [list(r) for r in decided.refused]} if decided.refused else {}),
            }
        )
    _follow_merges(linked)
    _give_keys(connection, house.vault, linked, given, stored)
    return linked


def _level(connection: Connection, house: House, given: Known) -> tuple[dict[int, Stored], int]:
    """The candidates, locked, all under one version of the blind index; and that version."""
    stored = _load(connection, house.vault, given.candidates)
    version = max([given.index_version, *(s.index_version for s in stored.values())])
    behind = [number for number, s in stored.items() if s.index_version != version]
    if behind:  # a rotation has begun and has not come to them yet
        reindex(connection, house.vault, house.blind, behind, version)
        stored = _load(connection, house.vault, given.candidates)
    return stored, version


def _give_keys(
    connection: Connection, vault: Vault, linked: Linked, given: Known, stored: dict[int, Stored]
) -> None:
    """Each principal's data key: the stored client's own, or a new one for a new client."""
    keys: dict[int, DataKey] = {}
    for client, number in zip(linked.client_ids, given.key_ids, strict=False):
        if client in keys:
            continue
        held = stored[client].key if client in stored else None
        if held is None:
            held = vault.new_key(number, given.master_version)
            linked.new_keys.append(held)
            if client in stored:  # from before there were keys
                connection.execute(
                    sa.text("UPDATE clients SET key_id = :key WHERE id = :id"),
                    {"key": number, "id": client},
                )
        keys[client] = held
    linked.keys = [keys[client] for client in linked.client_ids]
    for row in linked.new:
        row.update(key_id=keys[int(str(row["id"]))].id, index_version=linked.version)
    for row in linked.identifiers:
        row["version"] = linked.version


def _follow_merges(linked: Linked) -> None:
    """A client named earlier in this very complaint may have been merged by a later name in it."""

    def final(client: int) -> int:
        while client in linked.merged:
            client = linked.merged[client]
        return client

    linked.merged = {old: final(old) for old in linked.merged}
    linked.client_ids = [final(client) for client in linked.client_ids]
    linked.new = [row for row in linked.new if row["id"] not in linked.merged]
    for row in linked.identifiers:
        row["client_id"] = final(int(str(row["client_id"])))


def _oldest_stays(linked: Linked, chosen: int, merge: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """A stored client stays and a client of this complaint, not written yet, goes into it."""
    stored = sorted(c for c in merge if c not in linked.fresh)
    if chosen not in linked.fresh or not stored:
        return chosen, tuple(merge)
    return stored[0], tuple(c for c in (chosen, *merge) if c != stored[0])


def _load(connection: Connection, vault: Vault, ids: Sequence[int]) -> dict[int, Stored]:
    if not ids:
        return {}
    rows = connection.execute(
        sa.text(
            "SELECT c.id, c.document, c.names, c.merged_into, c.erased_at, c.index_version,"
            " c.key_id, data_key(c.key_id) AS wrapped,"
            " (SELECT jsonb_agg(jsonb_build_array(i.kind, encode(i.value, 'hex'), i.version))"
            "  FROM client_identifiers i WHERE i.client_id = c.id) AS identifiers"
            " FROM clients c WHERE c.id = ANY(:ids) ORDER BY c.id FOR NO KEY UPDATE OF c"
        ),
        {"ids": list(ids)},
    ).all()
    if any(_overtaken(row) for row in rows):
        raise Again  # changed by another writer while we waited for the row
    return {
        row.id: Stored(
            Candidate(
                row.id,
                None if row.document is None else bytes(row.document),
                frozenset(bytes(n) for n in row.names),
                frozenset((kind, bytes.fromhex(value)) for kind, value, _ in row.identifiers or ()),
            ),
            row.index_version,
            vault.unwrap(row.key_id, bytes(row.wrapped)) if row.wrapped is not None else None,
        )
        for row in rows
    }


def _overtaken(row: sa.Row[Any]) -> bool:
    """Merged, erased, or brought to another version: the row is newer than its identifiers."""
    versions = {version for *_, version in row.identifiers or ()}
    gone = row.merged_into is not None or row.erased_at is not None
    return gone or not versions <= {row.index_version}


def _add_new(linked: Linked, mention: Mention, new_id: int) -> Candidate:
    linked.fresh.add(new_id)
    names = [] if mention.name is None else [mention.name]
    if not mention.identified:
        linked.unidentified.add(new_id)
    linked.new.append(
        {
            "id": new_id,
            "document": mention.document,
            "names": names,
            "identified": mention.identified,
        }
    )
    linked.identifiers.extend(
        {"kind": kind, "value": value, "client_id": new_id} for kind, value in mention.identifiers
    )
    return Candidate(new_id, mention.document, frozenset(names), frozenset(mention.identifiers))


def _grow(connection: Connection, linked: Linked, mention: Mention, client: Candidate) -> Candidate:
    """A known client gains the identifiers, document and name that this complaint adds."""
    added = set(mention.identifiers) - client.identifiers
    linked.identifiers.extend(
        {"kind": kind, "value": value, "client_id": client.client_id} for kind, value in added
    )
    names = client.names | ({mention.name} if mention.name else set())
    document = client.document or mention.document
    if (document, names) != (client.document, client.names):
        if client.client_id in linked.fresh:
            row = next(r for r in linked.new if r["id"] == client.client_id)
            row.update(document=document, names=sorted(names))
        else:
            connection.execute(
                sa.text("UPDATE clients SET document = :document, names = :names WHERE id = :id"),
                {"document": document, "names": sorted(names), "id": client.client_id},
            )
    return replace(client, document=document, names=names, identifiers=client.identifiers | added)


def _joined(known: dict[int, Candidate], into: int, others: Sequence[int]) -> Candidate:
    group = known[into]
    for other in others:
        gone = known.pop(other)
        group = replace(
            group,
            document=group.document or gone.document,
            names=group.names | gone.names,
            identifiers=group.identifiers | gone.identifiers,
        )
    return group


_MERGE = (
    "DELETE FROM key_events e USING key_events k WHERE e.client_id = ANY(:gone)"
    " AND k.client_id = :into AND k.key = e.key AND k.complaint_id = e.complaint_id",
    "UPDATE key_events SET client_id = :into WHERE complaint_id IN"
    " (SELECT complaint_id FROM complaint_parties WHERE client_id = ANY(:gone))"
    " AND client_id = ANY(:gone)",
    "UPDATE complaint_parties SET client_id = :into WHERE client_id = ANY(:gone)",
    "INSERT INTO client_identifiers (kind, value, client_id, version)"
    " SELECT kind, value, :into, version"
    " FROM client_identifiers WHERE client_id = ANY(:gone) ON CONFLICT DO NOTHING",
    "DELETE FROM client_identifiers WHERE client_id = ANY(:gone)",
    "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"
    " SELECT DISTINCT ON (incident_id) incident_id, CAST(:into AS bigint), complaint_id, counted_at"
    " FROM incident_clients WHERE client_id = ANY(:gone)"
    " ORDER BY incident_id, counted_at ON CONFLICT DO NOTHING",
    "DELETE FROM incident_clients WHERE client_id = ANY(:gone)",
    "UPDATE clients SET merged_into = :into WHERE id = ANY(:gone)",
    "UPDATE clients c SET document = coalesce(c.document, (SELECT g.document FROM clients g"
    " WHERE g.id = ANY(:gone) AND g.document IS NOT NULL LIMIT 1)),"
    " names = (SELECT coalesce(array_agg(DISTINCT n), '{}') FROM clients g, unnest(g.names) AS n"
    " WHERE g.id = :into OR g.id = ANY(:gone)) WHERE c.id = :into",
)


def _merge(connection: Connection, into: int, gone: Sequence[int], held: frozenset[str]) -> None:
    """Make `gone` one with `into` everywhere; counts of their keys are mended by the caller."""
    hold_keys(connection, held, lambda: keys_of(connection, [into, *gone]))
    for statement in _MERGE:
        connection.execute(sa.text(statement), {"into": into, "gone": list(gone)})


def keys_of(connection: Connection, client_ids: Sequence[int]) -> set[str]:
    """Every key under which one of these clients counts now."""
    return set(
        connection.scalars(
            sa.text(
                "SELECT DISTINCT e.key FROM complaint_parties p JOIN key_events e"
                " ON e.complaint_id = p.complaint_id AND e.client_id = p.client_id"
                " WHERE p.client_id = ANY(:ids) AND NOT e.spent"
            ),
            {"ids": list(client_ids)},
        )
    )
