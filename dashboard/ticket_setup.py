"""What the forms of tickets offer to choose from: the plan's steps and classes, units, roles."""

from __future__ import annotations

from typing import Any

from contacts.people import role_fits
from contacts.unit_search import search_rows
from core.words import ROLE_LEVEL, Role, name
from escalation.house import House


def setup_of(house: House) -> dict[str, Any]:
    """Steps in order, classes, who approves, confirms and decides; units of the area and above it
    with the roles that each may have."""
    plan, tree = house.plan, house.tree()
    area = house.area
    seen = {
        u.code: u for u in tree.all() if u.path.startswith(area) or area.startswith(u.path)
    }  # fmt: skip
    return {
        "plan": plan.name, "form": plan.tickets.form,
        "steps": [{"step": r.step.value, "needed": r.needed, "classes": sorted(r.classes)}
                  for r in plan.life.steps],
        "classes": [{"id": c.id, "zh": c.title.zh, "en": c.title.en}
                    for _, rules in plan.rules for c in rules.classes],
        "approve": [r.value for r in plan.tickets.approve],
        "confirm_class": [r.value for r in plan.tickets.confirm_class],
        "deciders": [r.value for r in plan.tickets.deciders],
        "on_the_spot": plan.tickets.on_the_spot,
        "roles": [{"role": r.value, "level": ROLE_LEVEL[r].value, "zh": name(r),
                   "en": name(r, "en")} for r in Role],
        "units": [{**row, "roles": [r.value for r in Role if role_fits(r, seen[row["code"]].level)]}
                  for row in search_rows(tree) if row["code"] in seen],
    }  # fmt: skip
