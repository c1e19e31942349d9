"""One broken file a mistake: exactly the faults it announces, at their lines, and how to mend them."""

from __future__ import annotations

import pytest

from core.settings import NEED_NOTHING, read_settings
from core.strict_yaml import read_document
from escalation.plan_checks import CHECKS
from escalation.plan_file import read_plan
from tests.settings.broken_files import CONFIGS, GOOD, PLANS, expected, names, seen


@pytest.mark.parametrize("name", names(PLANS))
def test_broken_plan(name: str) -> None:
    plan, faults = read_plan(name, PLANS)
    assert plan is None
    assert seen(faults) == expected(PLANS / f"{name}.yaml")
    assert all(fault.remedy and fault.file == str(PLANS / f"{name}.yaml") for fault in faults)


@pytest.mark.parametrize("name", names(CONFIGS))
def test_broken_config(name: str) -> None:
    path = CONFIGS / f"{name}.yaml"
    settings, faults = read_settings(path, {}, need=NEED_NOTHING, plans_dir=GOOD / "plans")
    assert settings is None
    assert seen(faults) == expected(path)
    assert all(fault.remedy and fault.file == str(path) for fault in faults)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_check_has_a_broken_file_and_passes_the_good_one(check) -> None:  # type: ignore[no-untyped-def]
    documents = [read_document(PLANS / f"{name}.yaml") for name in names(PLANS)]
    assert any(list(check(document)) for document in documents)
    assert not list(check(read_document(GOOD / "plans" / "good.yaml")))
