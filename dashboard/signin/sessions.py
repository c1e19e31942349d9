"""Sessions: who a cookie is, for how long, and how it ends. All limits are real time.

The cookie holds 256 random bits; the table holds their SHA-256, so a copy of it opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import NotFound
from core.rights import Access, rights_of
from core.settings import SignInSettings
from core.viewer import Viewer
from core.words import Role
from database.connection import Database

#: How long a process believes what it last read: ending a session takes effect within this.
KEEP_SECONDS = 3.0
_MOST_KEPT = 5_000
_ROLE_ORDER = {role: place for place, role in enumerate(Role)}


@dataclass(frozen=True)
class SessionLine:
    """One of somebody's own sessions as they see it; times are real and aware."""

    id: int
    device: str
    address: str
    created: datetime
    seen: datetime
    ends: datetime


def digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def start(
    connection: Connection, account_id: int, *, device: str, address: str, factor: str | None
) -> str:
    """A new session; the cookie's value, which nobody has seen before (no fixation)."""
    cookie = secrets.token_urlsafe(32)
    connection.execute(
        _START,
        {"account": account_id, "hash": digest(cookie), "device": device, "address": address,
         "factor": factor},
    )  # fmt: skip
    return cookie


def read_viewer(
    connection: Connection, cookie: str, limits: SignInSettings, now: datetime | None = None
) -> Viewer | None:
    """Whose session it is now, or None. `now` is real time, the server's unless given."""
    keys = {
        "hash": digest(cookie),
        "now": now,
        "idle": timedelta(minutes=limits.idle_minutes),
        "absolute": timedelta(hours=limits.absolute_hours),
    }
    row = connection.execute(_FIND, keys).one_or_none()
    if row is None:
        return None
    roles = frozenset(Access(role) for role in row.roles)
    if roles & set(limits.second_factor_roles) and row.factor is None:
        return None  # it began before the role or the setting asked for a second factor
    return Viewer(
        kind="person",
        id=row.account_id,
        name=row.name,
        unit_id=row.unit_id,
        area=row.path,
        rights=rights_of(roles),
        roles=roles,
        person_id=row.person_id,
        seats=_seats(connection, row.person_id, row.path),
        session_id=row.id,
        unit=row.short_name,
    )


def _seats(connection: Connection, person_id: int | None, area: str) -> tuple[Role, ...]:
    """The person's team roles in the area: on shift now first, then by rank and by role."""
    if person_id is None:
        return ()
    best: dict[Role, tuple[int, int]] = defaultdict(lambda: (9, 99))
    for row in connection.execute(_SEATS, {"person": person_id, "area": area}):
        role = Role(row.role)
        best[role] = min(best[role], (0 if row.on_shift else 1, row.rank))
    return tuple(sorted(best, key=lambda role: (*best[role], _ROLE_ORDER[role])))


def touch(connection: Connection, cookie: str) -> None:
    """Note that it was used, at most once a minute."""
    connection.execute(_TOUCH, {"hash": digest(cookie)})


def end(connection: Connection, account_id: int, session_id: int, why: str) -> None:
    """End one of an account's sessions; NotFound where it is not theirs or has ended."""
    keys = {"account": account_id, "id": session_id, "why": why}
    if not connection.execute(_END, keys).rowcount:
        raise NotFound("session")


def end_cookie(connection: Connection, cookie: str, why: str) -> None:
    """End the session of this cookie, if it is one."""
    connection.execute(_END_COOKIE, {"hash": digest(cookie), "why": why})


def end_all(connection: Connection, account_id: int, why: str, *, keep: int | None = None) -> int:
    """End an account's sessions, all but `keep`; how many."""
    keys = {"account": account_id, "keep": keep, "why": why}
    return int(connection.execute(_END_ALL, keys).rowcount)


def listed(connection: Connection, account_id: int, limits: SignInSettings) -> list[SessionLine]:
    """An account's sessions that still hold, the last used first."""
    keys = {
        "account": account_id,
        "idle": timedelta(minutes=limits.idle_minutes),
        "absolute": timedelta(hours=limits.absolute_hours),
    }
    return [SessionLine(**row._mapping) for row in connection.execute(_LIST, keys)]


def areas_now(
    connection: Connection, sessions: Iterable[int], limits: SignInSettings
) -> dict[int, str]:
    """Those of these sessions that still hold, each with its area now. Asking is no use of one."""
    keys = {
        "ids": list(sessions),
        "idle": timedelta(minutes=limits.idle_minutes),
        "absolute": timedelta(hours=limits.absolute_hours),
    }
    return {row.id: row.path for row in connection.execute(_AREAS, keys)}


def sweep(connection: Connection) -> None:
    """Forget sessions that began a quarter of a year ago: the longest lasts three days."""
    connection.execute(_SWEEP)


class SessionCheck:
    """Finds the viewer of a cookie; keeps an answer for `KEEP_SECONDS`. One a web process."""

    def __init__(self, database: Database, limits: SignInSettings) -> None:
        self._database, self._limits = database, limits
        self._known: dict[bytes, tuple[float, Viewer | None]] = {}
        self._touched: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def find(self, cookie: str | None) -> Viewer | None:
        """Whose session it is, or None. Being asked for counts as use."""
        if not cookie or len(cookie) > 100:
            return None
        key, now = digest(cookie), time.monotonic()
        with self._lock:
            kept = self._known.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = self._database.read(lambda c: read_viewer(c, cookie, self._limits))
        if found is not None and self._due(key, now):
            self._database.run(lambda c: touch(c, cookie))
        with self._lock:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = (now + KEEP_SECONDS, found)
        return found

    def forget(self, sessions: Iterable[int] | None = None) -> None:
        """Read anew in this process: these sessions, or all."""
        wanted = None if sessions is None else set(sessions)
        with self._lock:
            for key, (_, viewer) in list(self._known.items()):
                if wanted is None or (viewer is not None and viewer.session_id in wanted):
                    del self._known[key]

    def _due(self, key: bytes, now: float) -> bool:
        with self._lock:
            if self._touched.get(key, -1e9) > now - 60:
                return False
            if len(self._touched) >= _MOST_KEPT:
                self._touched.clear()
            self._touched[key] = now
            return True


def find(
    database: Database, cookie: str | None, limits: SignInSettings, now: datetime | None = None
) -> Viewer | None:
    """Whose session it is, read now (tests, commands); a web process asks its `SessionCheck`."""
    if not cookie:
        return None
    value: str = cookie
    return database.read(lambda c: read_viewer(c, value, limits, now))


_START = sa.text(
    "INSERT INTO sessions (account_id, token_hash, device, address, factor)"
    " VALUES (:account, :hash, :device, :address, :factor)"
)
_FIND = sa.text(
    "SELECT s.id, s.account_id, s.factor, a.name, a.roles, a.person_id, a.unit_id, u.path,"
    " u.short_name FROM sessions s JOIN accounts a ON a.id = s.account_id"
    " JOIN units u ON u.id = a.unit_id,"
    " LATERAL (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS moment) AS m"
    " WHERE s.token_hash = :hash AND a.disabled_real IS NULL AND NOT a.must_change"
    " AND s.ended_real IS NULL AND s.seen_real > moment - CAST(:idle AS interval)"
    " AND s.created_real > moment - CAST(:absolute AS interval)"
)
_AREAS = sa.text(
    "SELECT s.id, u.path FROM sessions s JOIN accounts a ON a.id = s.account_id"
    " JOIN units u ON u.id = a.unit_id, LATERAL (SELECT clock_timestamp() AS moment) AS m"
    " WHERE s.id = ANY(:ids) AND a.disabled_real IS NULL AND NOT a.must_change"
    " AND s.ended_real IS NULL AND s.seen_real > moment - CAST(:idle AS interval)"
    " AND s.created_real > moment - CAST(:absolute AS interval)"
)
_SEATS = sa.text(
    "SELECT m.role, m.rank, false AS on_shift FROM team_members m JOIN units u ON u.id = m.unit_id"
    " JOIN people p ON p.id = m.person_id"
    " WHERE m.person_id = :person AND p.active AND u.active AND starts_with(u.path, :area)"
    " UNION ALL"
    " SELECT s.role, 1, true FROM shifts s JOIN units u ON u.id = s.unit_id"
    " JOIN people p ON p.id = s.person_id"
    " WHERE s.person_id = :person AND p.active AND u.active AND starts_with(u.path, :area)"
    " AND s.starts_at <= business_now() AND s.ends_at > business_now()"
)
_TOUCH = sa.text(
    "UPDATE sessions SET seen_real = clock_timestamp() WHERE token_hash = :hash"
    " AND ended_real IS NULL AND seen_real < clock_timestamp() - interval '1 minute'"
)
_END = sa.text(
    "UPDATE sessions SET ended_real = clock_timestamp(), ended_why = :why"
    " WHERE id = :id AND account_id = :account AND ended_real IS NULL"
)
_END_COOKIE = sa.text(
    "UPDATE sessions SET ended_real = clock_timestamp(), ended_why = :why"
    " WHERE token_hash = :hash AND ended_real IS NULL"
)
_END_ALL = sa.text(
    "UPDATE sessions SET ended_real = clock_timestamp(), ended_why = :why"
    " WHERE account_id = :account AND ended_real IS NULL"
    " AND id IS DISTINCT FROM CAST(:keep AS bigint)"
)
_LIST = sa.text(
    "SELECT s.id, s.device, s.address, s.created_real AS created, s.seen_real AS seen,"
    " least(s.seen_real + CAST(:idle AS interval), s.created_real + CAST(:absolute AS interval))"
    " AS ends FROM sessions s, LATERAL (SELECT clock_timestamp() AS moment) AS m"
    " WHERE s.account_id = :account"
    " AND s.ended_real IS NULL AND s.seen_real > moment - CAST(:idle AS interval)"
    " AND s.created_real > moment - CAST(:absolute AS interval)"
    " ORDER BY s.seen_real DESC, s.id DESC"
)
_SWEEP = sa.text("DELETE FROM sessions WHERE created_real < clock_timestamp() - interval '90 days'")
