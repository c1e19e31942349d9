"""What every verb needs: the database, the plan, the blind index, the vault, units.

A house is the whole bank's, or one viewer's: `seen_by` gives the same house with the viewer's
area to read and a door before every verb (`escalation.admission`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import TypeVar

from sqlalchemy.engine import Connection

from complaints.identity import BlindIndex
from contacts.units import Unit, UnitTree, load_tree, tree_version
from core.ciphers import keyed_hash
from core.errors import Unavailable
from core.vault import Vault
from core.viewer import Viewer
from database.area import AreaDatabase, Transactions
from database.connection import Database
from database.locks import try_take
from escalation import vault_state
from escalation.calendar_days import load_calendar
from escalation.plan import Plan
from escalation.working_time import Calendar

T = TypeVar("T")
_ROUNDS = 60
_PATIENCE = 6
#: handed to a writer that has started over too often, beside the keys that it needs
STARVING = "starving"


@dataclass
class Copies:
    """What a process keeps in memory of the database: hints, each checked in every use."""

    tree: UnitTree | None = None
    calendar: tuple[int, Calendar] | None = None
    #: the day and tree for which every standing duty was found in the database
    standing_seen: tuple[date, int] | None = None
    #: the day, whether its reports were ready, and the tree for which all of them were made
    statistics_seen: tuple[date, bool, int] | None = None
    #: unwrapped; it never changes
    digest_key: bytes | None = field(default=None, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class House:
    """One bank's set-up. The unit tree is a copy, checked against its version in every use."""

    database: Transactions
    plan: Plan
    blind: BlindIndex
    signature: str
    vault: Vault
    #: how long complaints are kept before somebody decides on them (SG-06)
    retention_years: int = 5
    #: 95558's own system: whose files and answers these are, and by when its list is there
    hotline_source: str = "95558"
    hotline_list_by: time | None = None
    viewer: Viewer | None = None
    copies: Copies = field(default_factory=Copies)

    def seen_by(self, viewer: Viewer, logins: Database) -> House:
        """The same house as somebody sees it; `logins` is a database with ``role=None``."""
        database = AreaDatabase(self.whole, logins, viewer.area)
        return replace(self, database=database, viewer=viewer)

    @property
    def whole(self) -> Database:
        """The whole bank, whoever asks: for locking, counting, and keeping clients out of texts."""
        database = self.database
        if isinstance(database, AreaDatabase):
            return database.whole
        assert isinstance(database, Database)
        return database

    @property
    def area(self) -> str:
        """The unit path whose rows may be shown; "/", head office's, is everything."""
        area = self.viewer.area if self.viewer else "/"
        return "/" if area.count("/") == 2 else area

    def named(self, code: str, connection: Connection | None = None) -> Unit | None:
        """The unit that the viewer means: of their area, or above it. None for any other, be it
        there or not, so that no answer says which (SG-07)."""
        unit = self.tree(connection).by_code(code)
        if unit is None and connection is None:
            unit = self.reload_tree().by_code(code)
        if unit is None or self.viewer is None:
            return unit
        path, area = unit.path, self.viewer.area
        return unit if path.startswith(area) or area.startswith(path) else None

    def tree(self, connection: Connection | None = None) -> UnitTree:
        """The unit tree; with a connection, made sure to be the one that connection sees."""
        tree = self.copies.tree
        if connection is not None:
            if tree is None or tree.version != tree_version(connection):
                tree = self._keep(load_tree(connection))
        elif tree is None:
            tree = self.reload_tree()
        return tree

    def reload_tree(self) -> UnitTree:
        return self._keep(self.database.read(load_tree))

    def calendar(self, connection: Connection | None = None, *, fresh: bool = False) -> Calendar:
        """Working days, with the overrides made in the app; a changed one changes the tree's
        version. `fresh` reads them again, within the transaction that changes them."""
        version = self.tree(connection).version
        kept = self.copies.calendar
        if kept is not None and kept[0] == version and not fresh:
            return kept[1]
        if connection is None:
            calendar = self.database.read(load_calendar)
        else:
            calendar = load_calendar(connection)
        if not fresh:
            self.copies.calendar = (version, calendar)
        return calendar

    def digest(self, kind: str, text: str) -> bytes:
        """A keyed digest (16 bytes) that stays the same through every rotation. MissingKey."""
        if self.copies.digest_key is None:
            self.copies.digest_key = self.whole.run(
                lambda c: vault_state.digest_key(c, self.vault, self.blind)
            )
        return keyed_hash("sha256", self.copies.digest_key, f"{kind}\0{text}".encode())[:16]

    def _keep(self, tree: UnitTree) -> UnitTree:
        with self.copies.lock:
            if self.copies.tree is None or tree.version >= self.copies.tree.version:
                self.copies.tree = tree
            return tree


class Again(Exception):
    """The work must start over: more keys have to be locked, or the unit tree has changed."""

    def __init__(self, *, keys: frozenset[str] = frozenset(), tree: bool = False) -> None:
        self.keys, self.tree = keys, tree
        super().__init__("start over")


def until_locked(house: House, work: Callable[[Connection, frozenset[str]], T]) -> T:
    """Run `work`, starting over with more keys locked whenever it finds that it needs them.

    `work` locks the keys that it is handed beside its own. After a few rounds it is handed
    `STARVING` too, itself a lock: such writers pass one at a time and may take late keys at once.
    """
    extra: frozenset[str] = frozenset()

    def once(connection: Connection) -> T:
        return work(connection, extra)

    for number in range(_ROUNDS):
        try:
            return house.database.run(once)
        except Again as again:
            extra |= again.keys
            if number >= _PATIENCE:
                extra |= {STARVING}
            if again.tree:
                house.reload_tree()
    raise Unavailable("too many writers at once; try again")


def hold_keys(
    connection: Connection, held: frozenset[str], needed: Callable[[], set[str]]
) -> set[str]:
    """Hold the locks of all keys that `needed` names; those keys.

    Missing ones make the work start over with all of them in the one order, so that whoever draws
    a number has all its locks. While others go on writing that might never end: a starving writer
    takes late keys where they are free, and reads again what it needs after each taking.
    """
    mine = set(held)
    while missing := (wanted := needed()) - mine:
        if STARVING not in held or not try_take(connection, missing):
            raise Again(keys=frozenset(mine | missing))
        mine |= missing
    return wanted
