"""What an act changes in a ticket's row: what lists and statistics read. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from complaints.ticket_forms import Filled
from complaints.ticket_life import Act, Position, Step, stage
from escalation.house import House
from escalation.ticket_opening import MAJOR


def columns(
    house: House, row: sa.Row[Any], before: Position, after: Position, filled: Filled, at: datetime
) -> dict[str, Any]:
    """The columns that change, besides those of a promise."""
    came_to = stage(house.plan.life, after)
    new: dict[str, Any] = {"stage": came_to, "round": after.round}
    new |= _of_step(house, row, filled, at)
    new |= _of_act(row, filled, at)
    if filled.act == Step.TELL and after.out_of_scope:
        new["outcome"] = "out_of_scope"
    if filled.act == Step.SCREEN and before.out_of_scope and not after.out_of_scope:
        new |= {"outcome": None, "told_at": None}
    if after.held and not before.held:
        new["held"] = "economic_dispute"
    if came_to == Step.TELL and row.stage != Step.TELL and not after.out_of_scope:
        new["settled_at"] = at
    if came_to in (Step.RETURN_VISIT, Step.ARCHIVE) and row.closed_at is None:
        new["closed_at"] = at
    if after.end == "archived":
        new |= {"archived_at": at, "closed_at": row.closed_at or at}
    if after.held and house.plan.life.deciders <= after.decided:
        new["held"] = None
    return new


def _of_step(house: House, row: sa.Row[Any], filled: Filled, at: datetime) -> dict[str, Any]:
    facts = filled.facts
    match filled.act:
        case Step.ACCEPT:
            return {"accepted_at": row.accepted_at or at}
        case Step.REGISTER if facts.get("reply_via"):
            return {"reply_via": facts["reply_via"]}
        case Step.CLASSIFY:
            return {"class_id": facts["class"], "class_confirmed": False,
                    "lead_role": _lead(house, facts["class"]) or row.lead_role}  # fmt: skip
        case Step.CONFIRM_CLASS:
            return {"class_confirmed": facts["agreed"]}
        case Step.ROUTE:
            return {"lead_role": facts["lead"]}
        case Step.CONTACT:
            return {"first_contact_at": row.first_contact_at or at}
        case Step.TELL:
            return {"told_at": at, "outcome": facts["outcome"],
                    "first_contact_at": row.first_contact_at or at}  # fmt: skip
        case Step.ASK | Step.RETURN_VISIT:
            return {"satisfaction": facts["satisfaction"]}
    return {}


def _of_act(row: sa.Row[Any], filled: Filled, at: datetime) -> dict[str, Any]:
    match filled.act:
        case Step.SCREEN if not filled.facts["in_scope"]:
            return {"outcome": "out_of_scope"}
        case Act.ON_THE_SPOT:
            return {"outcome": "on_the_spot", "told_at": at, "settled_at": at,
                    "satisfaction": "satisfied",
                    "first_contact_at": row.first_contact_at or at}  # fmt: skip
        case Act.NOTE if filled.facts.get("kind") == "contact":
            return {"first_contact_at": row.first_contact_at or at}
        case Act.DISPUTE:
            return {"held": "economic_dispute"}
        case Act.MAJOR_RISK:
            return {"major_risk": True, "priority": row.priority | MAJOR}
        case Act.REOPEN:
            return {"reopened": row.reopened + 1, "closed_at": None, "archived_at": None,
                    "outcome": None, "told_at": None, "settled_at": None,
                    "promised_at": None}  # fmt: skip
    return {}


def _lead(house: House, class_id: str) -> str | None:
    """Who leads on a class (BO-04)."""
    return next(
        (c.lead.value for _, rules in house.plan.rules for c in rules.classes
         if c.id == class_id and c.lead), None,
    )  # fmt: skip
