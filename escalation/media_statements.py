"""Statements of a media case as stored: every version kept; drafted, approved by another, issued.

The life of a statement is `media_rules`; here it is read, asked and written under the case's lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import FieldFault, InvalidInput
from core.validation import has_words
from escalation import media_rules as rules
from escalation.house import House
from escalation.media_cases import Case, act, lock
from escalation.media_rules import Statement, StatementKind, StatementState
from escalation.media_values import By, ident_of
from escalation.media_words import SEALED, key_of, next_id, opened, sealed


def draft(
    connection: Connection, house: House, case_id: int, kind: StatementKind, seen: int, text: str,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """Write the next version. Conflict when somebody was faster; InvalidInput for no words."""
    case = lock(connection, case_id)
    if not has_words(text):
        raise InvalidInput([FieldFault("text", "缺少此项", "is missing", "请填写", "provide it")])
    new = rules.draft(_latest(connection, case, kind), by.ident, seen)
    connection.execute(
        sa.text("UPDATE media_statements SET state = 'superseded' WHERE case_id = :case"
                " AND kind = :kind AND state <> 'issued'"),
        {"case": case.id, "kind": kind},
    )  # fmt: skip
    number, key = next_id(connection, "media_statements"), key_of(connection, house, case.key_id)
    connection.execute(
        sa.text(
            "INSERT INTO media_statements (id, case_id, kind, version, state, key_id, sealed,"
            " drafted_by, drafted_role, drafted_actor, drafted_ident, drafted_at)"
            " OVERRIDING SYSTEM VALUE VALUES (:id, :case, :kind, :version, 'draft', :key, :sealed,"
            " :drafted_by, :drafted_role, :drafted_actor, :ident, :now)"
        ),
        {
            "id": number, "case": case.id, "kind": kind, "version": new.version, "key": key.id,
            "sealed": sealed(house.vault, key, "media_statements", number, {"text": text.strip()}),
            **by.columns("drafted"), "ident": by.ident, "now": now,
        },
    )  # fmt: skip
    _note(connection, house, case, "drafted", kind, new, by, now)


def approve(
    connection: Connection, house: House, case_id: int, kind: StatementKind, seen: int, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """Somebody else approves this version. Conflict; NotAllowed for who drafted."""
    case = lock(connection, case_id)
    new = rules.approve(_latest(connection, case, kind), by.ident, seen)
    _move(
        connection, case, kind, new, "approved_at = :now, approved_by = :approved_by,"
        " approved_role = :approved_role, approved_actor = :approved_actor,"
        " approved_ident = :ident",
        now=now, ident=by.ident, **by.columns("approved"),
    )  # fmt: skip
    _note(connection, house, case, "approved", kind, new, by, now)


def give_back(
    connection: Connection, house: House, case_id: int, kind: StatementKind, seen: int, reason: str,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """Not like this: it is written anew. InvalidInput without a reason; Conflict."""
    case = lock(connection, case_id)
    if not has_words(reason):
        raise InvalidInput([FieldFault("reason", "缺少退回理由", "is missing", "请说明理由",
                                       "say why")])  # fmt: skip
    new = rules.give_back(_latest(connection, case, kind), seen)
    _move(connection, case, kind, new)
    _note(connection, house, case, "returned", kind, new, by, now, {"reason": reason})


def issue(
    connection: Connection, house: House, case_id: int, kind: StatementKind, seen: int, via: str,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """It leaves the house, by which way. Conflict unless this version is approved."""
    case = lock(connection, case_id)
    if not has_words(via):
        raise InvalidInput([FieldFault("via", "缺少发布方式", "is missing", "请填写发布渠道",
                                       "say by which channel")])  # fmt: skip
    new = rules.issue(_latest(connection, case, kind), seen)
    _move(connection, case, kind, new, "issued_at = :now, issued_by = :issued_by,"
          " issued_role = :issued_role, issued_actor = :issued_actor, issued_via = :via",
          now=now, via=via.strip(), **by.columns("issued"))  # fmt: skip
    _note(connection, house, case, "issued", kind, new, by, now)


def _latest(connection: Connection, case: Case, kind: str) -> Statement:
    """The latest version, and who wrote since the last one that was issued."""
    rows = connection.execute(
        sa.text("SELECT version, state, drafted_ident FROM media_statements WHERE case_id = :case"
                " AND kind = :kind ORDER BY version"),
        {"case": case.id, "kind": kind},
    ).all()  # fmt: skip
    if not rows:
        return Statement()
    last = max((nth for nth, r in enumerate(rows[:-1]) if r.state == "issued"), default=-1)
    wrote = frozenset(r.drafted_ident for r in rows[last + 1 :])
    return Statement(rows[-1].version, cast(StatementState, rows[-1].state), wrote)


def _move(
    connection: Connection, case: Case, kind: str, new: Statement, also: str = "", **given: Any
) -> None:
    """`also` is one of this module's own."""
    connection.execute(
        sa.text(f"UPDATE media_statements SET state = :state{', ' if also else ''}{also}"  # noqa: S608
                " WHERE case_id = :case AND kind = :kind AND version = :version"),
        {"state": new.state, "case": case.id, "kind": kind, "version": new.version, **given},
    )  # fmt: skip


def _note(
    connection: Connection, house: House, case: Case, done: str, kind: str, new: Statement,
    by: By, now: datetime, words: dict[str, str | None] | None = None,
) -> None:  # fmt: skip
    act(connection, house, case, done, by, now, facts={"kind": kind, "version": new.version},
        words=words)  # fmt: skip


def read(connection: Connection, house: House, case_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every version of both kinds, the latest first: ``{statement: [...], holding: [...]}``.

    `wrote` says of the latest that the viewer is one of its drafters, and may not approve it.
    """
    me = ident_of(house.viewer) if house.viewer else None
    rows = connection.execute(
        sa.text(
            f"SELECT {SEALED}, r.kind, r.version, r.state, r.drafted_by, r.drafted_role,"  # noqa: S608
            " r.drafted_ident, r.drafted_at, r.approved_by, r.approved_role, r.approved_at,"
            " r.issued_by, r.issued_role, r.issued_at, r.issued_via FROM media_statements r"
            " WHERE r.case_id = :case ORDER BY r.version DESC"
        ),
        {"case": case_id},
    ).all()
    found: dict[str, list[dict[str, Any]]] = {"statement": [], "holding": []}
    since: dict[str, bool] = {"statement": True, "holding": True}
    for row in rows:
        issued_before = row.state == "issued" and bool(found[row.kind])
        since[row.kind] = since[row.kind] and not issued_before
        if since[row.kind] and row.drafted_ident == me and found[row.kind]:
            found[row.kind][0]["wrote"] = True
        found[row.kind].append({
            "wrote": row.drafted_ident == me,
            "version": row.version, "state": row.state,
            "text": opened(house.vault, "media_statements", row).get("text", ""),
            "drafted_by": row.drafted_by, "drafted_role": row.drafted_role,
            "drafted_at": iso(row.drafted_at),
            "approved_by": row.approved_by, "approved_role": row.approved_role,
            "approved_at": iso(row.approved_at),
            "issued_by": row.issued_by, "issued_role": row.issued_role,
            "issued_at": iso(row.issued_at), "issued_via": row.issued_via,
        })  # fmt: skip
    return found
