"""One broken file a mistake: exactly the faults it announces, each at its line with a remedy."""

from __future__ import annotations

import pytest

from core.settings import NEED_NOTHING, overlay_names, read_settings
from core.strict_yaml import read_document
from escalation.clause_checks import CLAUSE_CHECKS
from escalation.plan_checks import CHECKS
from escalation.plan_file import read_overlay, read_plan
from tests.settings.broken_files import CONFIGS, GOOD, PLANS, expected, names, seen


@pytest.mark.parametrize("name", names(PLANS))
def test_broken_plan(name: str) -> None:
    """Plans and overlays: a broken overlay is short, and the checks of clauses are the same."""
    read = read_overlay if name in overlay_names(PLANS) else read_plan
    rules, faults = read(name, PLANS)
    assert rules is None
    assert seen(faults) == expected(PLANS / f"{name}.yaml")
    assert all(fault.remedy and fault.file == str(PLANS / f"{name}.yaml") for fault in faults)


@pytest.mark.parametrize("name", names(CONFIGS))
def test_broken_config(name: str) -> None:
    path = CONFIGS / f"{name}.yaml"
    settings, faults = read_settings(path, {}, need=NEED_NOTHING, plans_dir=GOOD / "plans")
    assert settings is None
    assert seen(faults) == expected(path)
    assert all(fault.remedy and fault.file == str(path) for fault in faults)


@pytest.mark.parametrize("check", (*CHECKS, *CLAUSE_CHECKS), ids=lambda check: check.__name__)
def test_every_check_has_a_broken_file_and_passes_the_good_ones(check) -> None:  # type: ignore[no-untyped-def]
    documents = [read_document(PLANS / f"{name}.yaml") for name in names(PLANS)]
    assert any(list(check(document)) for document in documents)
    for name in names(GOOD / "plans"):
        assert not list(check(read_document(GOOD / "plans" / f"{name}.yaml")))


@pytest.mark.parametrize(
    ("name", "number", "remedy"),
    [
        ("unknown-key", 1, "did you mean `bare_reply_within`? known here: step, steps, at_once"),
        ("unknown-key", 0, "add `bare_reply_within: ...` (how long a reply without a code counts"),
        ("unknown-key-in-a-rule", 0, "known here: kind, window, watch, incident, large, levels"),
        ("unknown-role", 0, "did you mean `ho_deputy`? known: ho_leader, ho_deputy"),
        ("unknown-event", 0, "did you mean `incident_large`? known: incident_opened"),
        ("bad-duration", 0, "write a number and a unit, such as 30s, 5m, 24h or 2d"),
        ("unknown-placeholder", 0, "known here: {ticket}, {unit}"),
        ("text-too-long", 0, "shorten it by 6 characters"),
        ("like-nothing", 0, "existing plans: "),
        ("like-one-that-is-like", 0, "name the plan that like-itself is like"),
    ],
)
def test_the_remedy_says_what_to_write(name: str, number: int, remedy: str) -> None:
    _, faults = read_plan(name, PLANS)
    assert faults[number].remedy.startswith(remedy)
