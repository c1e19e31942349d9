"""What one complaint writes: the document of `intake_write`, a list of rows a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.vault import Vault
from escalation.client_link import Linked
from escalation.intake_sql import (
    Known,
)
from escalation.prepared import Prepared
from escalation.sealing import key_row, seal_party, seal_texts
from escalation.tallies import Tally, open_incidents


def row_of(
    vault: Vault, one: Prepared, known: Known, linked: Linked, tallies: Sequence[Tally],
    answer: dict[str, Any], actor: str, duties: Sequence[dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """Everything that the one write stores, a list of rows a table."""
    value, joined = one.value, open_incidents(tallies)
    keys = linked.keys or [vault.new_key(known.key_ids[0], known.master_version)]
    own = keys[0]  # of the first principal: what was said, and who spoke for them
    principals = iter(zip(linked.client_ids, keys, strict=False))
    parties = []
    for position, party in enumerate(value.parties):
        client_id, key = (None, own) if party.role == "proxy" else next(principals)
        parties.append({
            "position": position, "role": party.role or "principal", "client_id": client_id,
            "key_id": key.id,
            "sealed": seal_party(vault, key, known.complaint_id, position, dict(party)),
        })  # fmt: skip
    complaint = {
        "id": known.complaint_id, "source": value.source, "source_ref": value.source_ref,
        "body_digest": one.digest, "answer": answer, "received_at": value.received_at,
        "entered_at": known.now, "channel": value.channel.value, "unit_id": one.unit.id,
        "received_unit_id": one.received_unit.id if one.received_unit else None,
        "home_unit_id": one.home_unit.id if one.home_unit else None,
        "product": value.product, "key_id": own.id, "amount": value.amount,
        "sealed": seal_texts(vault, own, known.complaint_id, {
            "subject": value.subject, "summary": value.summary, "demand": value.demand,
        }),
        "face_to_face": value.said_face_to_face,
        "flags": [flag.value for flag in value.flags or ()], "history": one.history,
        "incident_id": joined[0] if joined else None,
    }  # fmt: skip
    return {
        "keys": [key_row(key) for key in linked.new_keys or ([] if linked.keys else keys)],
        "complaint": complaint, "clients": linked.new, "identifiers": linked.identifiers,
        "parties": parties, "client_ids": sorted(set(linked.client_ids)),
        "states": [_state_row(one, tally, known) for tally in tallies],
        "joins": joined, "duties": list(duties),
        "unidentified": sum(1 for c in set(linked.client_ids) if c in linked.unidentified),
        "actor": actor,
        "after": {"channel": value.channel.value, "linked": linked.notes,
                  "counted": answer["counted"], "history": one.history,
                  **({"duties": [[d["clause"], d["due_at"]] for d in duties]} if duties else {})},
    }  # fmt: skip


def _state_row(one: Prepared, tally: Tally, known: Known) -> dict[str, Any]:
    stored = known.states.get(tally.key.text)
    clients, state, refresh = tally.clients, tally.state, None
    if tally.shown is not None:
        clients, state, refresh = tally.shown.clients, tally.shown.state, tally.shown.refresh_at
    if stored is not None and stored.incident_id is not None and tally.count is not None:
        clients = stored.clients  # entered late: counted in its own time, not in this crowd
    unit_id = None
    if tally.key.kind == "unit":
        unit_id = one.unit.id
    elif tally.key.kind == "branch_product" and one.branch:
        unit_id = one.branch.id
    if stored is not None and stored.incident_id is not None and tally.count is not None:
        state = stored.state
    since = stored.since if stored and stored.state is state else known.now
    return {
        "key": tally.key.text, "kind": tally.key.kind, "unit_id": unit_id,
        "product": tally.key.product, "clients": clients, "threshold": tally.key.rule.incident,
        "state": state.value, "since": since, "refresh_at": refresh,
    }  # fmt: skip
