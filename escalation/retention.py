"""The end of a client's data: erased on request, or disposed of when nobody must keep it longer.

Both destroy keys and leave every row that is counted: how many complained, when, where, of what.
Who was erased is not recognised again; the journal has ids only and stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, InvalidInput, NotFound
from database import journal
from database.connection import business_now
from database.locks import take as take_locks
from database.ticket_tables import OPEN
from escalation import complaint_words, privacy
from escalation.complaint_search import require_reason
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.vault_state import index_version

_DUE = (
    " FROM complaints c LEFT JOIN incidents n ON n.id = c.incident_id"  # noqa: S608
    " WHERE c.disposed_at IS NULL"
    " AND c.received_at < business_now() - make_interval(years => :years)"
    " AND (n.id IS NULL OR n.state = 'closed')"
    f" AND NOT EXISTS (SELECT FROM tickets t WHERE t.complaint_id = c.id AND t.{OPEN})"
    " AND NOT EXISTS (SELECT FROM duties d WHERE d.complaint_id = c.id AND d.state = 'open')"
)
#: A client and everybody found to be the same.
_GROUP = sa.text(
    "WITH RECURSIVE up AS (SELECT id, merged_into FROM clients WHERE id = :id"
    "  UNION SELECT c.id, c.merged_into FROM clients c JOIN up ON c.id = up.merged_into),"
    " same AS (SELECT id FROM up WHERE merged_into IS NULL"
    "  UNION SELECT c.id FROM clients c JOIN same ON c.merged_into = same.id)"
    " SELECT c.id, c.merged_into, c.erased_at, c.key_id FROM clients c JOIN same USING (id)"
    " ORDER BY c.id"
)


def erase_client(
    connection: Connection, house: House, client: int, reason: str, actor: str
) -> dict[str, int]:
    """Destroy a client's keys and forget their blind indexes; how many complaints, keys it was.

    NotFound; Conflict when erased before; InvalidInput without a reason, or one that names them.
    """
    faults = require_reason(reason)
    if faults:
        raise InvalidInput(faults)
    group = connection.execute(_GROUP, {"id": client}).all()
    if not group:
        raise NotFound("client")
    if all(row.erased_at is not None for row in group):
        raise Conflict("该客户信息已删除", "this client was erased before")
    ids = [row.id for row in group]
    _lock(connection, ids)
    privacy.refuse_texts({"reason": reason}, privacy.marks_of_clients(connection, house, ids))
    complaints = connection.scalars(
        sa.text("SELECT DISTINCT complaint_id FROM complaint_parties WHERE client_id = ANY(:ids)"
                " ORDER BY 1"),
        {"ids": ids},
    ).all()  # fmt: skip
    keys = _forget(connection, ids)
    if complaints:
        complaint_words.index(connection, house, complaints, index_version(connection))
    journal.write(connection, business_now(connection), journal.Entry(
        verb="client_erased", subject=f"client:{ids[0]}", actor=actor, reason=reason.strip(),
        after={"clients": ids, "complaints": len(complaints), "keys": keys},
    ))  # fmt: skip
    return {"complaints": len(complaints), "keys": keys}


def _lock(connection: Connection, ids: Sequence[int]) -> None:
    """As an intake of these clients does: identities first, then their rows."""
    names = connection.execute(
        sa.text("SELECT kind, value FROM client_identifiers WHERE client_id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    take_locks(connection, {f"{row.kind}:{bytes(row.value).hex()}" for row in names}, ())
    connection.execute(
        sa.text("SELECT FROM clients WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"),
        {"ids": list(ids)},
    )


def _forget(connection: Connection, ids: Sequence[int]) -> int:
    """Destroy the keys of these clients and of what was said for them; how many."""
    destroyed = connection.execute(
        sa.text(
            "UPDATE data_keys SET wrapped = NULL, destroyed_at = business_now()"
            " WHERE wrapped IS NOT NULL AND id IN (SELECT key_id FROM clients WHERE id = ANY(:ids)"
            " UNION SELECT key_id FROM complaint_parties WHERE client_id = ANY(:ids)"
            " UNION SELECT f.key_id FROM evidence_files f JOIN complaints c"
            " ON c.id = f.complaint_id JOIN clients k ON k.key_id = c.key_id"
            " WHERE k.id = ANY(:ids))"
        ),
        {"ids": list(ids)},
    ).rowcount
    connection.execute(
        sa.text("DELETE FROM client_identifiers WHERE client_id = ANY(:ids)"), {"ids": list(ids)}
    )
    connection.execute(
        sa.text("UPDATE clients SET document = NULL, names = '{}', erased_at = business_now()"
                " WHERE id = ANY(:ids) AND erased_at IS NULL"),
        {"ids": list(ids)},
    )  # fmt: skip
    return destroyed


def disposal_list(
    connection: Connection, house: House, area: str, most: int = 500
) -> list[dict[str, Any]]:
    """Complaints past their time whose incident and duties are over, oldest first."""
    rows = connection.execute(
        sa.text(
            f"SELECT c.id, c.received_at, c.channel, c.unit_id, c.product, c.status{_DUE}"  # noqa: S608
            " AND EXISTS (SELECT FROM units u WHERE u.id = c.unit_id"
            " AND starts_with(u.path, :area)) ORDER BY c.received_at, c.id LIMIT :most"
        ),
        {"years": house.retention_years, "area": area, "most": most},
    ).all()
    return [
        {"complaint": public_complaint(r.id), "received_at": iso(r.received_at),
         "channel": r.channel, "unit": house.tree().get(r.unit_id).short_name,
         "product": r.product, "status": r.status}
        for r in rows
    ]  # fmt: skip


def dispose(
    connection: Connection, house: House, complaints: Iterable[int], reason: str, actor: str
) -> int:
    """Destroy what these complaints say and who said it; how many clients are nobody's any more.

    Conflict when one of them must still be kept, or was disposed of before; all or none.
    """
    ids = sorted(set(complaints))
    faults = require_reason(reason)
    if faults:
        raise InvalidInput(faults)
    rows = connection.execute(
        sa.text(f"SELECT c.id, c.unit_id, c.incident_id{_DUE} AND c.id = ANY(:ids)"
                " ORDER BY c.id FOR UPDATE OF c"),
        {"ids": ids, "years": house.retention_years},
    ).all()  # fmt: skip
    kept = sorted(set(ids) - {row.id for row in rows})
    if kept or not ids:
        named = [public_complaint(number) for number in kept]
        raise Conflict(
            "有投诉尚在保存期内、事件或任务未了结，或已处置",
            "some must still be kept, or are gone",
            complaints=named,
        )
    for part in (
        "UPDATE complaints SET sealed = NULL, disposed_at = business_now(), subject = NULL,"
        " summary = NULL, demand = NULL WHERE id = ANY(:ids)",
        "UPDATE complaint_parties SET sealed = NULL, name = NULL, phone = NULL, id_number = NULL,"
        " account = NULL, address = NULL WHERE complaint_id = ANY(:ids)",
        "UPDATE complaint_words SET words = '{}' WHERE complaint_id = ANY(:ids)",
        "UPDATE hotline_updates SET sealed = NULL WHERE complaint_id = ANY(:ids)",
        "UPDATE hotline_feedback SET sealed = NULL WHERE complaint_id = ANY(:ids)",
        "UPDATE data_keys SET wrapped = NULL, destroyed_at = business_now() WHERE wrapped IS NOT"
        " NULL AND id IN (SELECT f.key_id FROM evidence_files f JOIN duties d ON d.id = f.duty_id"
        " WHERE d.complaint_id = ANY(:ids) UNION SELECT f.key_id FROM evidence_files f"
        " WHERE f.complaint_id = ANY(:ids))",
        "UPDATE ticket_acts SET sealed = NULL WHERE complaint_id = ANY(:ids)",
    ):
        connection.execute(sa.text(part), {"ids": ids})
    gone = connection.scalars(
        sa.text("SELECT DISTINCT p.client_id FROM complaint_parties p"
                " WHERE p.complaint_id = ANY(:ids) AND p.client_id IS NOT NULL"
                " AND NOT EXISTS (SELECT FROM complaint_parties o"
                " JOIN complaints c ON c.id = o.complaint_id WHERE o.client_id = p.client_id"
                " AND c.disposed_at IS NULL) ORDER BY 1"),
        {"ids": ids},
    ).all()  # fmt: skip
    if gone:
        _lock(connection, gone)
        _forget(connection, gone)
    now = business_now(connection)
    journal.write(connection, now, *(
        journal.Entry(verb="complaint_disposed", subject=f"complaint:{row.id}", actor=actor,
                      incident_id=row.incident_id, unit_id=row.unit_id, reason=reason.strip())
        for row in rows
    ))  # fmt: skip
    return len(gone)
