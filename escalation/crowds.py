"""One crowd is one incident: what a fired key does to the incidents that are open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class OpenNode:
    """An open incident that holds some of the clients of a fired key, and its tree's root."""

    incident_id: int
    root_id: int
    is_parent: bool = False


class CrowdMove(StrEnum):
    """What to do when keys fire."""

    OPEN = "open"  #: nobody has these clients yet: a new incident
    WIDEN = "widen"  #: one open incident has them: it takes the key
    PARENT = "parent"  #: several trees have them: one parent at head office over them
    ATTACH = "attach"  #: one of several trees has a parent already: the others go under it


@dataclass(frozen=True)
class Crowd:
    """The move, the incident that takes the keys (None: a new one), roots to put under it."""

    move: CrowdMove
    target: int | None
    children: tuple[int, ...] = ()
    reason: str = ""


def decide_crowd(touched: Sequence[OpenNode]) -> Crowd:
    """Where fired keys belong, given every open incident that holds one of their clients."""
    nodes = sorted({(n.root_id, n.incident_id, n.is_parent) for n in touched})
    roots = sorted({root for root, _, _ in nodes})
    if not roots:
        return Crowd(CrowdMove.OPEN, None, reason="no open incident holds one of these clients")
    if len(roots) == 1:
        members = {incident for _, incident, _ in nodes}
        target = members.pop() if len(members) == 1 else roots[0]
        return Crowd(CrowdMove.WIDEN, target, reason="these clients belong to one open incident")
    parents = sorted(
        {root for root, incident, is_parent in nodes if is_parent and root == incident}
    )
    parents = parents or sorted({root for root, incident, _ in nodes if incident != root})
    if parents:
        rest = tuple(root for root in roots if root != parents[0])
        return Crowd(CrowdMove.ATTACH, parents[0], rest, "one of the incidents is a parent already")
    return Crowd(CrowdMove.PARENT, None, tuple(roots), "several open incidents hold these clients")
