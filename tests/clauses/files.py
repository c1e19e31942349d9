"""The shipped plans and overlays as the tests of clauses walk through them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from core.clock import SHANGHAI
from core.settings import overlay_names, plan_names
from escalation.clauses import Clause
from escalation.plan import Overlay, Plan, Rules
from escalation.plan_file import load_plan, read_overlay

HERE = Path(__file__).parent
PLANS = HERE.parents[1] / "plans"
DEFAULT = "maturing-wealth-product"


def _overlay(name: str) -> Overlay:
    overlay, faults = read_overlay(name, PLANS)
    assert overlay is not None, faults
    return overlay


PLAN_FILES: dict[str, Plan] = {name: load_plan(name, PLANS) for name in plan_names(PLANS)}
OVERLAY_FILES: dict[str, Overlay] = {name: _overlay(name) for name in overlay_names(PLANS)}
FILES: dict[str, Rules] = {**PLAN_FILES, **OVERLAY_FILES}


@dataclass(frozen=True)
class Expected:
    """Who owes it where, and when it is due; counted by hand (expected.yaml)."""

    unit: str
    role: str
    due: datetime


def expected() -> dict[str, dict[str, Expected]]:
    """File -> clause -> what it must bring."""
    text = (HERE / "expected.yaml").read_text(encoding="utf-8")
    return {
        name: {clause: _read(line) for clause, line in lines.items()}
        for name, lines in yaml.safe_load(text).items()
    }


def _read(line: str) -> Expected:
    unit, role, due = line.split(" ", 2)
    return Expected(unit, role, datetime.fromisoformat(due).replace(tzinfo=SHANGHAI))


def clauses() -> list[tuple[str, Clause]]:
    """Every clause of every file, with the file's name."""
    return [(name, clause) for name, rules in FILES.items() for clause in rules.clauses]


def alone(name: str, clause: Clause) -> Plan:
    """The plan with this clause only (and the one that it replaces), whichever file it stands in.

    Thresholds are out of reach, so that the complaints of many tests are no crowd.
    """
    rules = FILES[name]
    kept = tuple(c for c in rules.clauses if c.id in (clause.id, *clause.replaces))
    plan = PLAN_FILES.get(name) or PLAN_FILES[DEFAULT]
    keys = tuple(
        key.__class__(key.kind, key.window, 10_000, 20_000, 30_000, key.levels)
        for key in plan.counting.keys
    )
    changes: dict[str, object] = {"counting": plan.counting.model_copy(update={"keys": keys})}
    if isinstance(rules, Overlay):
        changes["clauses"] = ()
        changes["lines"] = ()
        changes["overlays"] = (rules.model_copy(update={"clauses": kept}),)
    else:
        changes["clauses"] = kept
    found = plan.model_copy(update=changes)
    found.__dict__.pop("standing", None)  # a copy keeps what was worked out of the original
    return found
