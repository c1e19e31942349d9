"""A plan made for a test: the shipped one with clauses and duty ladders of the test's own."""

from __future__ import annotations

import json
from typing import Any

from escalation.clauses import Clause, LadderCall
from escalation.plan import Plan
from tests.engine.scene import shipped_plan


def clause(name: str, **given: Any) -> Clause:
    """A clause with what is not given filled in: a complaint's, at the branch contact."""
    values = {
        "id": name, "title": {"zh": f"任务{name}", "en": f"duty {name}"},
        "text": {"zh": "须办理", "en": "must be done"}, "source": "test 1",
        "event": "complaint_received", "who": ["branch_contact"], "within": "1h",
        "fulfilled_by": ["record"],
    } | given  # fmt: skip
    return Clause.model_validate_json(json.dumps(values))


def made_plan(*clauses: Clause, **ladders: list[dict[str, Any]]) -> Plan:
    """The shipped plan with these clauses alone and these duty ladders."""
    plan = shipped_plan()
    calls = {
        name: tuple(LadderCall.model_validate_json(json.dumps(call)) for call in found)
        for name, found in ladders.items()
    }
    return plan.model_copy(update={"clauses": clauses, "duty_ladders": calls, "lines": ()})
