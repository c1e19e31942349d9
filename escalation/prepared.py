"""A checked complaint with everything that can be worked out before the transaction."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.counting import (
    Key,
    keys_for,
)
from complaints.identity import Mention
from complaints.value import ComplaintValue
from contacts.units import Unit, UnitTree, unknown_unit
from core.errors import InvalidInput
from core.words import Level
from escalation.house import House


@dataclass(frozen=True)
class Prepared:
    """A checked complaint with everything that can be worked out before the transaction."""

    value: ComplaintValue
    unit: Unit
    received_unit: Unit | None
    home_unit: Unit | None
    branch: Unit | None
    #: version of the blind index key -> its principals as they are known under it
    mentions: dict[int, tuple[Mention, ...]]
    keys: tuple[Key, ...]
    digest: bytes
    history: bool

    @property
    def lock_names(self) -> set[str]:
        names = {f"ref:{self.value.source}\0{self.value.source_ref}"}
        names.update(f"{kind}:{value.hex()}" for kind, value in self.identifiers)
        return names

    @property
    def identifiers(self) -> list[tuple[str, bytes]]:
        """Every identifier of every principal under every version that this process has."""
        return [p for mentions in self.mentions.values() for m in mentions for p in m.identifiers]

    @property
    def principals(self) -> int:
        return sum(1 for party in self.value.parties if party.role != "proxy")


def _within(house: House, tree: UnitTree, value: ComplaintValue) -> bool:
    """Whether the caller may enter it: it was received, or it happened, in their area (SG-07)."""
    viewer = house.viewer
    codes = (value.received_unit or value.unit, value.unit)
    return viewer is None or any(viewer.sees(u.path) for u in map(tree.by_code, codes) if u)


def prepare(house: House, value: ComplaintValue, *, history: bool = False) -> Prepared:
    """Resolve units and keys and hash the identifiers; InvalidInput for an unknown unit."""
    tree = house.tree()
    codes = (
        ("unit", value.unit),
        ("received_unit", value.received_unit),
        ("home_unit", value.home_unit),
    )
    if any(code and tree.by_code(code) is None for _, code in codes):
        tree = house.reload_tree()
    faults = [unknown_unit(name) for name, code in codes if code and tree.by_code(code) is None]
    unit = tree.by_code(value.unit)
    if not faults and not _within(house, tree, value):
        faults = [unknown_unit("unit")]
    if faults or unit is None:
        raise InvalidInput(faults)
    branch = tree.ancestor(unit.id, Level.BRANCH)
    keys = () if history else keys_for(
        house.plan.counting.keys, unit_code=unit.code, unit_level=unit.level,
        branch_code=branch.code if branch else None, product=value.product,
    )  # fmt: skip
    principals = [p for p in value.parties if p.role != "proxy"]
    return Prepared(
        value=value,
        unit=unit,
        received_unit=tree.by_code(value.received_unit) if value.received_unit else None,
        home_unit=tree.by_code(value.home_unit) if value.home_unit else None,
        branch=branch,
        mentions={
            version: tuple(
                house.blind.mention(
                    version, name=p.name, phone=p.phone, id_number=p.id_number, account=p.account
                )
                for p in principals
            )
            for version in house.blind.ring.versions
        },
        keys=keys,
        digest=house.digest("body", value.canonical().decode()),
        history=history,
    )
