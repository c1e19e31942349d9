"""API tokens: shown once, stored hashed, each bound to the sources that it may write."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict
from core.rights import TOKEN_SCOPES
from core.viewer import Viewer
from database.connection import Database

_KEEP_SECONDS = 10.0


@dataclass(frozen=True)
class Caller:
    """Who calls: the token's label and the sources it may write ("*" is any)."""

    label: str
    sources: frozenset[str]

    def may_write(self, source: str) -> bool:
        return "*" in self.sources or source in self.sources


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def create(
    connection: Connection, label: str, sources: frozenset[str], *, token: str | None = None
) -> str:
    """Store a token and return it; Conflict when the label is taken. Shown only this once."""
    token = token or f"fh_{secrets.token_urlsafe(32)}"
    row = connection.execute(
        sa.text(
            "INSERT INTO api_tokens (label, token_hash, sources) VALUES (:label, :hash, :sources)"
            " ON CONFLICT (label) DO NOTHING RETURNING id"
        ),
        {"label": label, "hash": digest(token), "sources": sorted(sources)},
    ).one_or_none()
    if row is None:
        raise Conflict(f"名称 {label} 已有令牌", f"there is a token labelled {label} already")
    return token


def replace(connection: Connection, label: str, sources: frozenset[str], token: str) -> None:
    """Make `token` the one under this label (the demo's, from its environment)."""
    connection.execute(
        sa.text(
            "INSERT INTO api_tokens (label, token_hash, sources) VALUES (:label, :hash, :sources)"
            " ON CONFLICT (label) DO UPDATE SET token_hash = excluded.token_hash,"
            " sources = excluded.sources, revoked_real = NULL"
        ),
        {"label": label, "hash": digest(token), "sources": sorted(sources)},
    )


def revoke(connection: Connection, label: str) -> bool:
    """End a token; False when there is none of this label."""
    return bool(
        connection.execute(
            sa.text(
                "UPDATE api_tokens SET revoked_real = clock_timestamp()"
                " WHERE label = :label AND revoked_real IS NULL"
            ),
            {"label": label},
        ).rowcount
    )


def listed(connection: Connection) -> list[dict[str, object]]:
    """All tokens without their secrets."""
    rows = connection.execute(
        sa.text(
            "SELECT label, sources, created_real, used_real, revoked_real FROM api_tokens"
            " ORDER BY label"
        )
    )
    return [dict(row._mapping) for row in rows]


class TokenCheck:
    """Finds the caller of a token; keeps an answer for ten seconds, so a revocation takes that."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[float, Caller | None]] = {}
        self._lock = threading.Lock()

    def caller(self, token: str) -> Caller | None:
        key, now = digest(token), time.monotonic()
        with self._lock:
            kept = self._known.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = self._database.run(lambda c: _find(c, key))
        with self._lock:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = (now + _KEEP_SECONDS, found)
        return found

    def viewer(self, token: str) -> Viewer | None:
        """Who calls, as everything behind the gate knows them."""
        found = self.caller(token)
        if found is None:
            return None
        top = self._database.read(
            lambda c: c.execute(
                sa.text("SELECT id, path FROM units WHERE parent_id IS NULL ORDER BY id LIMIT 1")
            ).one_or_none()
        )
        unit_id, area = (top.id, top.path) if top else (0, "/0/")
        return Viewer("token", 0, found.label, unit_id, area, TOKEN_SCOPES, sources=found.sources)


def _find(connection: Connection, key: bytes) -> Caller | None:
    row = connection.execute(
        sa.text(
            "UPDATE api_tokens SET used_real = clock_timestamp() WHERE token_hash = :key"
            " AND revoked_real IS NULL RETURNING label, sources"
        ),
        {"key": key},
    ).one_or_none()
    return None if row is None else Caller(row.label, frozenset(row.sources))
