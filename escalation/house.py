"""What every verb needs: the database, the plan, the blind index, the unit tree, the signature."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.engine import Connection

from complaints.identity import BlindIndex
from contacts.units import UnitTree, load_tree, tree_version
from core.errors import Unavailable
from database.connection import Database
from database.locks import try_take
from escalation.plan import Plan

T = TypeVar("T")
_ROUNDS = 60


@dataclass
class House:
    """One bank's set-up. The unit tree is a copy, checked against its version in every use."""

    database: Database
    plan: Plan
    blind: BlindIndex
    signature: str
    _tree: UnitTree | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tree(self, connection: Connection | None = None) -> UnitTree:
        """The unit tree; with a connection, made sure to be the one that connection sees."""
        tree = self._tree
        if connection is not None:
            if tree is None or tree.version != tree_version(connection):
                tree = self._keep(load_tree(connection))
        elif tree is None:
            tree = self.reload_tree()
        return tree

    def reload_tree(self) -> UnitTree:
        return self._keep(self.database.read(load_tree))

    def _keep(self, tree: UnitTree) -> UnitTree:
        with self._lock:
            if self._tree is None or tree.version >= self._tree.version:
                self._tree = tree
            return tree


class Again(Exception):
    """The work must start over: more keys have to be locked, or the unit tree has changed."""

    def __init__(self, *, keys: frozenset[str] = frozenset(), tree: bool = False) -> None:
        self.keys, self.tree = keys, tree
        super().__init__("start over")


def until_locked(house: House, work: Callable[[Connection, frozenset[str]], T]) -> T:
    """Run `work`, starting over with more keys locked whenever it finds that it needs them."""
    extra: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        wanted = extra
        try:
            return house.database.run(lambda connection, held=wanted: work(connection, held))  # type: ignore[misc]
        except Again as again:
            extra |= again.keys
            if again.tree:
                house.reload_tree()
    raise Unavailable("too many writers at once; try again")


def hold_keys(
    connection: Connection, held: frozenset[str], needed: Callable[[], set[str]]
) -> set[str]:
    """Hold the locks of all keys that `needed` names, read again after each taking; those keys.

    Keys that turn out to be needed late are taken at once where they are free. Where one is not,
    `Again` starts the work over with all of them in the one order: waiting here could deadlock,
    and starting over for each new key might never end while others go on writing.
    """
    mine = set(held)
    while missing := (wanted := needed()) - mine:
        if not try_take(connection, missing):
            raise Again(keys=frozenset(mine | missing))
        mine |= missing
    return wanted
