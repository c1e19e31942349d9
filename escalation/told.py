"""What a caller is told of the counts: of the keys of their own area, and no other's (SG-07).

The stored answer is the whole bank's, whoever sends the complaint again. A key of a place or a
branch that the caller does not see, and one of the whole bank, says how others fare: it is left
out. Whether the complaint belongs to an incident is told: it is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.words import Level
from escalation.house import House
from escalation.intake import Taken


def to_viewer(house: House, taken: Taken) -> Taken:
    """The answer as the house's viewer may have it."""
    viewer = house.viewer
    if viewer is None or _whole(house, viewer.unit_id):
        return taken
    kept = [entry for entry in taken.answer.get("counted", ()) if _seen(house, entry)]
    return replace(taken, answer={**taken.answer, "counted": kept})


def _whole(house: House, unit_id: int) -> bool:
    unit = house.tree().get(unit_id)
    return unit is not None and unit.level is Level.HEAD_OFFICE


def _seen(house: House, entry: dict[str, Any]) -> bool:
    """Whether a key is of one unit, and this in the viewer's area."""
    assert house.viewer is not None
    unit = house.tree().by_code(_unit_of(str(entry["key"])))
    return unit is not None and house.viewer.sees(unit.path)


def _unit_of(key: str) -> str:
    """The code of the unit that a key's text names; "" for one of the whole bank."""
    kind, _, rest = key.partition(":")
    return rest.split(":", 1)[0] if kind in _OF_A_UNIT else ""


_OF_A_UNIT = ("unit", "branch_product")
