"""The database as one viewer has it: reads see their area, writes wait until they are let in.

Reads go through connections that are `fenghuo_app` and nothing more: PostgreSQL shows the rows of
the area that the transaction names, whatever the query says, and refuses every write. Verbs work
on the whole bank (a tenth client may stand in another branch): they run as `fenghuo_system`, and
only after `escalation.admission` has let the viewer in to what the verb is about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database.announcing import Announcer
from database.connection import Database

T = TypeVar("T")
_SET_AREA = sa.text("SELECT set_config('fenghuo.area', :area, true)")


class Transactions(Protocol):
    """What desks ask of a database, be it the whole one or a viewer's."""

    @property
    def announcer(self) -> Announcer: ...

    def run(self, work: Callable[[Connection], T]) -> T: ...

    def read(self, work: Callable[[Connection], T]) -> T: ...


class NotAdmitted(RuntimeError):
    """A verb writes without having asked whether its caller may: a fault of ours, not theirs."""


class AreaDatabase:
    """One request's database: its viewer's area to read, the whole bank to admitted verbs.

    `logins` is a `Database` with ``role=None``; `area` a unit's path such as ``/1/5/``.
    """

    def __init__(self, whole: Database, logins: Database, area: str) -> None:
        if not area.startswith("/") or not area.endswith("/") or area == "/":
            raise ValueError(f"not a unit's path: {area!r}")
        self.whole, self._logins, self._area = whole, logins, area
        self.admitted = False

    @property
    def announcer(self) -> Announcer:
        return self.whole.announcer

    def read(self, work: Callable[[Connection], T]) -> T:
        """As `Database.read`, of the area's rows only."""

        def within(connection: Connection) -> T:
            connection.execute(_SET_AREA, {"area": self._area})
            return work(connection)

        return self._logins.read(within)

    def run(self, work: Callable[[Connection], T]) -> T:
        """As `Database.run`, once admitted; NotAdmitted before."""
        if not self.admitted:
            raise NotAdmitted("the verb has let nobody in")
        return self.whole.run(work)
