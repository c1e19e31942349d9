"""Units as a person looks for them: by code, by Chinese name, by pinyin or its initials. Pure."""

from __future__ import annotations

from typing import Any

from pypinyin import Style, lazy_pinyin

from contacts.units import DEPTH, Unit, UnitTree
from core.words import Level


def search_rows(tree: UnitTree) -> list[dict[str, Any]]:
    """Every unit, head office first, then branch by branch with what lies below each.

    Each row: code, name, short, level, parent (code), branch (short name or None), and `keys`: its
    spellings, lower case without blanks (code, names, pinyin, initials), by which a browser finds
    it.
    """
    codes = {unit.id: unit.code for unit in tree.all()}
    rows = []
    for unit in sorted(tree.all(), key=lambda u: _place(tree, u)):
        branch = tree.ancestor(unit.id, Level.BRANCH)
        rows.append(
            {
                "code": unit.code,
                "name": unit.name,
                "short": unit.short_name,
                "level": unit.level.value,
                "parent": codes.get(unit.parent_id) if unit.parent_id else None,
                "branch": branch.short_name if branch and branch.id != unit.id else None,
                "keys": _keys(unit, branch),
            }
        )
    return rows


def _place(tree: UnitTree, unit: Unit) -> list[tuple[int, list[str], str]]:
    """Where a unit stands in the list: below its parent, siblings by the sound of their names."""
    return [
        (DEPTH[step.level], lazy_pinyin(step.short_name), step.code)
        for step in tree.lineage(unit.id)
    ]


def _keys(unit: Unit, branch: Unit | None) -> list[str]:
    names = [unit.short_name]
    if branch is not None and branch.id != unit.id:
        names.append(branch.short_name.removesuffix("分行") + unit.short_name)
    keys = [unit.code, unit.name]
    for name in names:
        said = name.replace("行", "航")  # háng in every unit's name; the dictionary says xíng
        keys += [
            name,
            "".join(lazy_pinyin(said)),
            "".join(lazy_pinyin(said, style=Style.FIRST_LETTER)),
        ]
    return list(dict.fromkeys("".join(key.split()).lower() for key in keys))
