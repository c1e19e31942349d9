"""The bank's units as a tree: head office, branches, sub-branches, outlets (WP-28).

A `UnitTree` is an immutable snapshot; `tree_version` tells cheaply whether a newer one exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from pypinyin import lazy_pinyin
from sqlalchemy.engine import Connection

from contacts.faults import fault
from core.errors import FieldFault, InvalidInput, NotFound
from core.words import ROLE_LEVEL, Level, Role
from database import journal
from database.connection import business_now

#: How deep a level lies; a parent must lie above its children.
DEPTH = {Level.HEAD_OFFICE: 0, Level.BRANCH: 1, Level.SUB_BRANCH: 2, Level.OUTLET: 3}


@dataclass(frozen=True)
class Unit:
    """A unit as stored. `path` is ``/1/5/9/`` of ids from the top down: an area is a prefix."""

    id: int
    code: str
    name: str
    short_name: str
    level: Level
    parent_id: int | None
    path: str
    city: str | None
    province: str | None
    longitude: float | None
    latitude: float | None
    regulator: str | None


@dataclass(frozen=True)
class UnitValue:
    """A unit as entered or imported; `parent_code` names a stored unit or one of the same call."""

    code: str
    name: str
    level: Level
    parent_code: str | None = None
    short_name: str = ""
    city: str | None = None
    province: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    regulator: str | None = None


class UnitTree:
    """All units at one version, in memory. Nothing in it changes."""

    def __init__(self, version: int, units: Iterable[Unit]) -> None:
        self.version = version
        self._all = tuple(units)
        self._by_id = {unit.id: unit for unit in self._all}
        self._by_code = {unit.code: unit for unit in self._all}
        children: dict[int, list[Unit]] = {}
        for unit in self._all:
            if unit.parent_id is not None:
                children.setdefault(unit.parent_id, []).append(unit)
        self._children = {key: tuple(value) for key, value in children.items()}

    def by_code(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def get(self, unit_id: int) -> Unit:
        """The unit with this id; NotFound when there is none."""
        unit = self._by_id.get(unit_id)
        if unit is None:
            raise NotFound("unit")
        return unit

    def all(self) -> tuple[Unit, ...]:
        """Every unit, sorted by the pinyin of its name."""
        return self._all

    def children(self, unit_id: int) -> tuple[Unit, ...]:
        """Units directly below, sorted by the pinyin of their names."""
        return self._children.get(unit_id, ())

    def lineage(self, unit_id: int) -> tuple[Unit, ...]:
        """From the root down to the unit itself."""
        return tuple(self.get(int(step)) for step in self.get(unit_id).path.strip("/").split("/"))

    def ancestor(self, unit_id: int, level: Level) -> Unit | None:
        """The unit of `level` at or above this one, or None."""
        return next((u for u in self.lineage(unit_id) if u.level == level), None)

    def head_office(self) -> Unit | None:
        return next((u for u in self._all if u.level == Level.HEAD_OFFICE), None)

    def seat(self, unit_id: int, role: Role) -> Unit | None:
        """Where `role` is held for something that happens at this unit, or None.

        The roles of a sub-branch are held at an outlet too; `holders` falls back to the
        sub-branch above an outlet that has nobody of its own.
        """
        unit = self.get(unit_id)
        level = ROLE_LEVEL[role]
        if level == Level.SUB_BRANCH and unit.level == Level.OUTLET:
            return unit
        return self.ancestor(unit_id, level)

    def common(self, ids: Iterable[int]) -> Unit:
        """The lowest unit at or above all of `ids`; ValueError when there are no ids."""
        lineages = [self.lineage(unit_id) for unit_id in set(ids)]
        if not lineages:
            raise ValueError("no unit ids given")
        shared: Unit | None = None
        for step in zip(*lineages, strict=False):
            if any(unit.id != step[0].id for unit in step):
                break
            shared = step[0]
        if shared is None:
            raise NotFound("common unit")
        return shared

    def within(self, unit_id: int, area_path: str) -> bool:
        """Whether the unit lies in the area (a unit's path): that unit and all below it."""
        return self.get(unit_id).path.startswith(area_path)


_TREE = sa.text(
    "SELECT v.version, u.id, u.code, u.name, u.short_name, u.level, u.parent_id, u.path, u.city,"
    " u.province, u.longitude, u.latitude, u.regulator"
    " FROM unit_tree_version v LEFT JOIN units u ON true ORDER BY u.pinyin, u.code"
)


def load_tree(connection: Connection) -> UnitTree:
    """Read all units and their version in one statement, so that the two agree."""
    rows = connection.execute(_TREE).mappings().all()
    return UnitTree(rows[0]["version"], [_unit(row) for row in rows if row["id"] is not None])


def tree_version(connection: Connection) -> int:
    """The version of the stored tree; it rises with every change of a unit."""
    return int(connection.execute(sa.text("SELECT version FROM unit_tree_version")).scalar_one())


def _unit(row: Mapping[Any, Any]) -> Unit:
    fields = {name: row[name] for name in Unit.__dataclass_fields__}
    return Unit(**{**fields, "level": Level(row["level"])})


def pinyin_key(text: str) -> str:
    """The key by which Chinese text is sorted (the database has no ICU collation)."""
    return " ".join(lazy_pinyin(text)).lower()


def save_units(
    connection: Connection, values: Sequence[UnitValue], *, actor: str = "system"
) -> dict[str, int]:
    """Insert or change units by code; returns the id of every code given.

    Order does not matter. A unit given another parent takes everything below it along. Nothing is
    kept when anything is wrong (InvalidInput names each fault as ``units.N.field``). Values equal
    to what is stored change neither the tree's version nor the journal.
    """
    # Paths depend on one another, so writers go one at a time; readers and foreign keys don't wait.
    connection.execute(sa.text("LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE"))
    before = {unit.code: unit for unit in load_tree(connection).all()}
    values = [_tidy(value) for value in values]
    faults = _faults(before, values)
    if faults:
        raise InvalidInput(faults)
    ids = {code: unit.id for code, unit in before.items()}
    new = [value for value in values if value.code not in ids]
    ids |= _insert(connection, new)
    after = _resolve(before, values, ids)
    changed = [unit for code, unit in after.items() if before.get(code) != unit]
    if changed:
        _update(connection, changed)
        entries = [_entry(actor, before.get(unit.code), unit) for unit in changed]
        journal.write(connection, business_now(connection), *entries)
    return {value.code: ids[value.code] for value in values}


def _tidy(value: UnitValue) -> UnitValue:
    code, name = value.code.strip(), value.name.strip()
    return replace(value, code=code, name=name, short_name=value.short_name.strip() or name)


def _faults(before: Mapping[str, Unit], values: Sequence[UnitValue]) -> list[FieldFault]:
    """Everything wrong with the tree as it would stand after the change."""
    codes = {unit.id: code for code, unit in before.items()}
    levels = {code: unit.level for code, unit in before.items()}
    parents = {c: codes.get(u.parent_id) if u.parent_id else None for c, u in before.items()}
    faults: list[FieldFault] = []
    place: dict[str, int] = {}
    for number, value in enumerate(values):
        where = f"units.{number}"
        if value.code in place:
            faults.append(fault(f"{where}.code", "duplicate_code"))
        for field in ("code", "name"):
            if not getattr(value, field):
                faults.append(fault(f"{where}.{field}", "blank"))
        place[value.code] = number
        levels[value.code], parents[value.code] = value.level, value.parent_code
    for code in levels:
        faults += _place_faults(code, place, levels, parents)
    heads = [code for code, level in levels.items() if level == Level.HEAD_OFFICE]
    if len(heads) > 1:
        faults.append(fault(f"units.{max(place.get(c, 0) for c in heads)}.level", "second_head"))
    return faults


def _place_faults(
    code: str,
    place: Mapping[str, int],
    levels: Mapping[str, Level],
    parents: Mapping[str, str | None],
) -> list[FieldFault]:
    """Faults in where one unit hangs; a stored unit is only checked when its parent changes."""
    level, parent = levels[code], parents[code]
    number = place.get(code, place.get(parent or ""))
    if number is None:
        return []
    where = f"units.{number}.parent_code"
    if level == Level.HEAD_OFFICE:
        return [] if parent is None else [fault(where, "head_has_parent")]
    if parent is None or parent not in levels:
        return [fault(where, "unknown_parent")]
    if DEPTH[levels[parent]] >= DEPTH[level]:
        return [fault(where, "wrong_parent", level=level, parent=levels[parent])]
    return []


def _insert(connection: Connection, values: Sequence[UnitValue]) -> dict[str, int]:
    """Insert bare rows for their ids; `_update` fills parents and paths in the same transaction."""
    if not values:
        return {}
    rows = json.dumps([{"code": v.code, "name": v.name, "level": v.level} for v in values])
    statement = sa.text(
        "INSERT INTO units (code, name, short_name, level, path)"
        " SELECT v.code, v.name, '', v.level, ''"
        " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(code text, name text, level text)"
        " RETURNING code, id"
    )
    return {row.code: row.id for row in connection.execute(statement, {"rows": rows})}


def _resolve(
    before: Mapping[str, Unit], values: Sequence[UnitValue], ids: Mapping[str, int]
) -> dict[str, Unit]:
    """The whole tree after the change, with the paths of everything below a moved unit."""
    after = dict(before)
    for value in values:
        fields = asdict(value)
        parent = fields.pop("parent_code")
        parent_id = None if parent is None else ids[parent]
        after[value.code] = Unit(id=ids[value.code], parent_id=parent_id, path="", **fields)
    paths: dict[int | None, str] = {None: "/"}
    for code in sorted(after, key=lambda c: DEPTH[after[c].level]):
        unit = after[code]
        paths[unit.id] = f"{paths[unit.parent_id]}{unit.id}/"
        after[code] = replace(unit, path=paths[unit.id])
    return after


_UPDATE = sa.text(
    "UPDATE units u SET name = v.name, short_name = v.short_name, pinyin = v.pinyin,"
    " level = v.level, parent_id = v.parent_id, path = v.path, city = v.city,"
    " province = v.province, longitude = v.longitude, latitude = v.latitude,"
    " regulator = v.regulator"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v(id bigint, name text, short_name text,"
    " pinyin text, level text, parent_id bigint, path text, city text, province text,"
    " longitude float, latitude float, regulator text) WHERE u.id = v.id"
)


def _update(connection: Connection, units: Sequence[Unit]) -> None:
    rows = [asdict(unit) | {"pinyin": pinyin_key(unit.name)} for unit in units]
    connection.execute(_UPDATE, {"rows": json.dumps(rows)})


def _entry(actor: str, old: Unit | None, new: Unit) -> journal.Entry:
    """A unit holds no personal data, so the entry shows the fields that changed."""
    was = asdict(old) if old else {}
    now = asdict(new)
    changed = [field for field in now if field != "id" and was.get(field) != now[field]]
    return journal.Entry(
        verb="unit_saved",
        subject=f"unit:{new.id}",
        actor=actor,
        unit_id=new.id,
        before={field: was[field] for field in changed} if old else None,
        after={field: now[field] for field in changed},
    )


def unknown_unit(field: str = "unit") -> FieldFault:
    """The one fault of a unit that is not there, and of one that the asker does not see."""
    return FieldFault(
        field, "没有这个机构代码", "no unit has this code", "请从机构列表中选择",
        "choose one of the units",
    )  # fmt: skip
