"""The chosen plan and its overlays as pages show them: clauses, ladders, statutory lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.words import Role
from database.connection import business_now
from escalation.clauses import Standing, Title
from escalation.house import House
from escalation.ladder_steps import Ladder
from escalation.plan import Overlay, Plan
from escalation.vocabulary import EVENT_KINDS
from escalation.working_time import allowance_words


def read_plan(connection: Connection, house: House) -> dict[str, Any]:
    """The plan with how many duties of each clause are open now and overdue."""
    now = business_now(connection)
    rows = connection.execute(
        sa.text("SELECT plan, clause, count(*) AS open, min(due_at) AS next_due,"
                " count(*) FILTER (WHERE due_at <= :now) AS overdue FROM duties"
                " WHERE state = 'open' GROUP BY plan, clause"), {"now": now},
    ).all()  # fmt: skip
    owed = {
        (r.plan, r.clause): {"open": r.open, "overdue": r.overdue, "next_due": iso(r.next_due)}
        for r in rows
    }
    nothing = {"open": 0, "overdue": 0, "next_due": None}
    return {
        **plan_view(house.plan),
        "clauses": [
            {**_clause(house.plan, s), **owed.get((s.plan, s.clause.id), nothing)}
            for s in house.plan.standing
        ],
    }


def tryable(house: House) -> dict[str, Any]:
    """The events that can be tried out, each with the clauses it brings; the plan's classes."""
    brought: dict[str, list[str]] = {}
    for standing in house.plan.standing:
        brought.setdefault(standing.clause.event, []).append(standing.clause.id)
    return {
        "events": [
            {"event": event, "subject": kind.subject, "clauses": brought.get(event, [])}
            for event, kind in EVENT_KINDS.items()
            if event in brought or kind.subject == "incident"
        ],
        "classes": [
            {"id": known.id, **_said("title", known.title)}
            for _, rules in house.plan.rules
            for known in rules.classes
        ],
    }


def plan_view(plan: Plan) -> dict[str, Any]:
    """What stands beside the clauses: names and versions, the ladders, the lines. Pure."""
    return {
        "files": [
            {"name": name, "version": rules.version, **_said("title", rules.title),
             "overlay": isinstance(rules, Overlay),
             "basis": rules.basis if isinstance(rules, Overlay) else None,
             "clauses": len(rules.clauses), "waived_by": _roles(rules.waived_by),
             "lines": [line.model_dump(mode="json") for line in rules.lines]}
            for name, rules in plan.rules
        ],
        "script_zh": plan.script.zh, "script_en": plan.script.en,
        "counting": plan.counting.model_dump(mode="json"),
        "ladder": _ladder(plan),
    }  # fmt: skip


def _ladder(plan: Plan) -> dict[str, Any]:
    """Whom an incident is told to, each step with its time after the opening in seconds."""
    rule, kept = plan.ladder, Ladder.of(plan.ladder)
    at, steps = timedelta(), []
    for rung in kept.steps:
        steps.append({
            "after": at.total_seconds(), "roles": _roles(rung.roles), "in_turn": rung.in_turn,
            "quorum": rung.quorum,
        })  # fmt: skip
        at += (rung.each or kept.every) * len(rung.roles) if rung.in_turn else kept.every
    return {
        "steps": steps,
        "repeat": None if kept.repeat_every is None
        else {"every": kept.repeat_every.total_seconds(), "most": kept.repeats},
        "page": {"after": rule.head_office_page.after.total_seconds(),
                 "roles": _roles(rule.head_office_page.roles)},
        "at_once": {"when": list(rule.at_once.when), "roles": _roles(rule.at_once.roles)},
        "others": [
            {"of": name, "roles": _roles(part.roles)}
            for name, part in (("hotline", rule.hotline), ("media", rule.media),
                               ("safety", rule.safety))
            if part is not None
        ],
    }  # fmt: skip


def _clause(plan: Plan, standing: Standing) -> dict[str, Any]:
    clause = standing.clause
    zh, en = allowance_words(clause.within)
    return {
        "id": clause.id, "plan": standing.plan, "version": standing.version,
        **_said("title", clause.title), **_said("text", clause.text),
        "source": clause.source, "event": clause.event,
        "where": clause.where.model_dump(mode="json", exclude_defaults=True)
        if clause.where else None,
        "who": _roles(clause.who), "clock": clause.within.kind,
        "within_zh": zh, "within_en": en, "runs_from": clause.runs_from,
        "fulfilled_by": list(clause.fulfilled_by),
        "remind": [int(span.total_seconds()) for span in clause.remind],
        "remind_by": clause.remind_by, "on_breach": clause.on_breach,
        "calls": [
            {"after": call.after.total_seconds() if call.after else 0, "roles": _roles(call.roles)}
            for call in plan.duty_ladder(standing.plan, clause.ladder)
        ] if clause.on_breach == "tell" else [],
        "extension": clause.extension.model_dump(mode="json") if clause.extension else None,
        "replaces": list(clause.replaces),
    }  # fmt: skip


def _roles(roles: tuple[Role, ...]) -> list[str]:
    return [role.value for role in roles]


def _said(name: str, title: Title) -> dict[str, str]:
    return {f"{name}_zh": title.zh, f"{name}_en": title.en}
