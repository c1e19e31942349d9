"""API tokens: what each may do and where, shown once, stored hashed, over at once when revoked.

A token is 256 random bits, so its SHA-256 is enough: there is no dictionary to try, and a slow
hash would only slow intake. A copy of the table opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.rights import TOKEN_SCOPES, Right
from core.viewer import Viewer
from dashboard.signin.devices import masked_address
from database import journal
from database.connection import Database, business_now

#: How long a process believes what it last read of a token: a revocation takes at most that.
KEEP_SECONDS = 3.0
_MOST_KEPT = 1000
ANY_SOURCE = frozenset({"*"})


@dataclass(frozen=True)
class NewToken:
    """A token to be. `unit` is a unit's code, None head office; `expires` is real and aware."""

    label: str
    sources: frozenset[str] = ANY_SOURCE
    scopes: frozenset[Right] = TOKEN_SCOPES
    unit: str | None = None
    expires: datetime | None = None


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def create(connection: Connection, value: NewToken, *, actor: str) -> str:
    """Store a token and return it, now and never again; InvalidInput, or Conflict for a label
    that is taken, of a revoked token too: the journal knows tokens by it."""
    unit_id = _checked(connection, value)
    token = f"fh_{secrets.token_urlsafe(32)}"
    row = connection.execute(_CREATE, _keys(value, unit_id, token)).one_or_none()
    if row is None:
        label = value.label
        raise Conflict(f"名称 {label} 已有令牌", f"there is a token labelled {label} already")
    _note(connection, "token_created", row.id, unit_id, actor, {
        "label": value.label, "scopes": sorted(value.scopes), "sources": sorted(value.sources),
        "expires": value.expires.isoformat() if value.expires else None,
    })  # fmt: skip
    return token


def replace(connection: Connection, label: str, sources: frozenset[str], token: str) -> None:
    """Make `token` the one under this label, of head office, with every scope (the demo's, from
    its environment)."""
    value = NewToken(label, sources)
    connection.execute(_REPLACE, _keys(value, _checked(connection, value), token))


def revoke(connection: Connection, label: str, *, actor: str) -> bool:
    """End a token by its label; False when there is none in use."""
    row = connection.execute(_REVOKE_LABEL, {"label": label}).one_or_none()
    if row is not None:
        _note(connection, "token_revoked", row.id, row.unit_id, actor, None)
    return row is not None


def revoke_id(connection: Connection, token_id: int, *, actor: str) -> None:
    """End a token; NotFound when there is none in use of this id."""
    row = connection.execute(_REVOKE_ID, {"id": token_id}).one_or_none()
    if row is None:
        raise NotFound("token")
    _note(connection, "token_revoked", row.id, row.unit_id, actor, None)


def listed(connection: Connection) -> list[dict[str, Any]]:
    """All tokens without their secrets, those in use first: id, label, scopes, sources, unit,
    unit_name, state (active, expired, revoked), refused (requests, ever), and real times."""
    return [dict(row._mapping) for row in connection.execute(_LIST)]


class TokenCheck:
    """Finds the holder of a token; keeps an answer for `KEEP_SECONDS`. One a web process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[float, Viewer | None]] = {}
        self._lock = threading.Lock()

    def viewer(self, token: str, address: str = "") -> Viewer | None:
        """Who calls, or None. `address` is kept masked as the last place of use."""
        if not token or len(token) > 200:
            return None
        key, now = digest(token), time.monotonic()
        with self._lock:
            kept = self._known.get(key)
            if kept is not None and kept[0] > now:
                return kept[1]
            if kept is not None:  # one looks again, the others go on with what is known
                self._known[key] = (now + 1.0, kept[1])
        used_from = masked_address(address)
        found = self._database.run(lambda c: find(c, key, used_from))
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = (now + KEEP_SECONDS, found)
        return found


def find(connection: Connection, key: bytes, used_from: str) -> Viewer | None:
    """The holder of the token with this digest, its use noted."""
    row = connection.execute(_FIND, {"key": key, "from": used_from}).one_or_none()
    if row is None:
        return None
    scopes = frozenset(Right(scope) for scope in row.scopes if scope in _KNOWN)
    return Viewer(
        kind="token",
        id=row.id,
        name=row.label,
        unit_id=row.unit_id,
        area=row.path,
        rights=scopes & TOKEN_SCOPES,
        sources=frozenset(row.sources),
    )


_KNOWN = frozenset(right.value for right in Right)


def _checked(connection: Connection, value: NewToken) -> int:
    """The id of the token's unit; InvalidInput with all faults."""
    faults = list(_faults(value))
    unit_id = connection.execute(_UNIT, {"code": value.unit}).scalar()
    if unit_id is None:
        faults.append(FieldFault(
            "unit", "没有这个机构", "there is no such unit", "请选择机构，或先导入机构",
            "choose a unit, or import the units first",
        ))  # fmt: skip
    if value.expires is not None:
        now = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        if value.expires <= now:
            faults.append(FieldFault(
                "expires", "已过期", "lies in the past", "请选择将来的时间", "choose a later time",
            ))  # fmt: skip
    if faults or unit_id is None:
        raise InvalidInput(faults)
    return int(unit_id)


def _faults(value: NewToken) -> Iterable[FieldFault]:
    label = value.label
    if not label or len(label) > 60 or not label.isprintable() or label != label.strip():
        yield FieldFault(
            "label", "名称须为 1 至 60 字", "must be 1 to 60 characters", "请填写调用方的名称",
            "name the system that will use it",
        )  # fmt: skip
    if not value.scopes:
        yield FieldFault(
            "scopes", "至少一项权限", "at least one scope is needed", "请勾选", "choose some"
        )
    for scope in sorted(value.scopes - TOKEN_SCOPES):
        yield FieldFault(
            "scopes", f"令牌不能有权限 {scope}", f"no token may have {scope}", "请取消",
            "take it out",
        )  # fmt: skip
    if not value.sources or any(not one or len(one) > 60 for one in value.sources):
        yield FieldFault(
            "sources", "来源须为 1 至 60 字", "a source has 1 to 60 characters",
            "请填写来源，或填 * 表示任意来源", "name the sources, or * for any",
        )  # fmt: skip


def _keys(value: NewToken, unit_id: int, token: str) -> dict[str, object]:
    return {
        "label": value.label, "hash": digest(token), "sources": sorted(value.sources),
        "scopes": sorted(value.scopes), "unit": unit_id, "expires": value.expires,
    }  # fmt: skip


def _note(
    connection: Connection,
    verb: str,
    token_id: int,
    unit_id: int,
    actor: str,
    after: dict[str, Any] | None,
) -> None:
    entry = journal.Entry(verb, f"token:{token_id}", actor, unit_id=unit_id, after=after)
    journal.write(connection, business_now(connection), entry)


_UNIT = sa.text(
    "SELECT id FROM units WHERE CASE WHEN CAST(:code AS text) IS NULL THEN parent_id IS NULL"
    " ELSE code = :code END ORDER BY id LIMIT 1"
)
_INSERT = (
    "INSERT INTO api_tokens (label, token_hash, sources, scopes, unit_id, expires_real)"
    " VALUES (:label, :hash, :sources, :scopes, :unit, :expires) ON CONFLICT (label) DO"
)
_CREATE = sa.text(_INSERT + " NOTHING RETURNING id")
_REPLACE = sa.text(
    _INSERT + " UPDATE SET token_hash = excluded.token_hash, sources = excluded.sources,"
    " scopes = excluded.scopes, unit_id = excluded.unit_id, expires_real = NULL,"
    " revoked_real = NULL"
)
_REVOKE = "UPDATE api_tokens SET revoked_real = clock_timestamp() WHERE revoked_real IS NULL"
_REVOKE_LABEL = sa.text(_REVOKE + " AND label = :label RETURNING id, unit_id")
_REVOKE_ID = sa.text(_REVOKE + " AND id = :id RETURNING id, unit_id")
_LIST = sa.text(
    "SELECT t.id, t.label, t.scopes, t.sources, u.code AS unit, u.name AS unit_name,"
    " t.created_real AS created, t.expires_real AS expires, t.used_real AS used, t.used_from,"
    " t.revoked_real AS revoked, CASE WHEN t.revoked_real IS NOT NULL THEN 'revoked'"
    " WHEN t.expires_real <= clock_timestamp() THEN 'expired' ELSE 'active' END AS state,"
    " (SELECT coalesce(sum(r.refused), 0)::int FROM rate_refusals r WHERE r.kind = 'token'"
    " AND r.subject_id = t.id) AS refused"
    " FROM api_tokens t LEFT JOIN units u ON u.id = t.unit_id"
    " ORDER BY t.revoked_real IS NOT NULL, t.label"
)
_FIND = sa.text(
    "UPDATE api_tokens t SET used_real = clock_timestamp(), used_from = :from FROM units u"
    " WHERE u.id = t.unit_id AND t.token_hash = :key AND t.revoked_real IS NULL"
    " AND (t.expires_real IS NULL OR t.expires_real > clock_timestamp())"
    " RETURNING t.id, t.label, t.sources, t.scopes, u.id AS unit_id, u.path"
)
