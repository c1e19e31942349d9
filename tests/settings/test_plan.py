"""Plans: the shipped one as values, its stamp, and the faults that need more than one file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.counting import GatheringRule, KeyRule
from core.errors import SettingsError
from core.words import Level, Role
from escalation.plan import PLACEHOLDERS, REPLY_PLACEHOLDER, Counting, Wording
from escalation.plan_checks import split_template
from escalation.plan_file import check_all, load_plan, plan_digest, read_plan
from escalation.working_time import format_allowance
from tests.settings.broken_files import GOOD, PLANS, expected, names

ROOT = Path(__file__).parents[2]
SHIPPED = "maturing-wealth-product"


def test_the_shipped_plan_says_what_the_source_says() -> None:
    """WP-13: 10 clients together; WP-14: one hour; one hour to a human at head office."""
    plan = load_plan(SHIPPED, ROOT / "plans")
    assert plan.counting.keys[0] == KeyRule(
        kind="unit",
        window=timedelta(hours=24),
        watch=5,
        incident=10,
        large=50,
        levels=(Level.BRANCH, Level.SUB_BRANCH, Level.OUTLET),
    )
    assert plan.counting.gathering == GatheringRule(watch=5, incident=10, large=30)
    assert plan.ladder.steps[0].roles == (Role.SUB_HEAD, Role.BRANCH_LEADER, Role.BRANCH_DEPUTY)
    assert plan.ladder.head_office_page.after == timedelta(minutes=45)
    clauses = {clause.id: clause for clause in plan.clauses}
    assert format_allowance(clauses["WP-14"].within) == "1h"
    assert clauses["HO-ACK"].remind == (timedelta(minutes=15),)
    assert clauses["WP-13"].remind == ()


def test_a_version_tells_two_editions_of_a_plan_apart(tmp_path: Path) -> None:
    text = (GOOD / "plans" / "good.yaml").read_text(encoding="utf-8")
    path = tmp_path / "good.yaml"
    path.write_text(text, encoding="utf-8")
    before = load_plan("good", tmp_path)
    assert before.version == f"1+{plan_digest(path)}"
    assert before == load_plan("good", tmp_path)
    path.write_text(text.replace("after: 45m", "after: 40m"), encoding="utf-8")
    after = load_plan("good", tmp_path)
    assert after.version != before.version
    assert after.version.startswith("1+")


@pytest.mark.parametrize("name", ["goood", "../good", "", "good.yaml"])
def test_a_plan_that_is_not_there(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_plan(name, GOOD / "plans")
    [fault] = caught.value.faults
    assert fault.what == f"there is no plan {name!r}"
    assert fault.remedy.endswith("existing plans: good, good-clauses")


def test_a_plan_takes_the_sections_that_it_leaves_out() -> None:
    base, plan = (load_plan(name, GOOD / "plans") for name in ("good", "good-clauses"))
    assert (plan.ladder, plan.wording, plan.waived_by) == (
        base.ladder,
        base.wording,
        base.waived_by,
    )
    assert plan.at_once == timedelta(minutes=10)
    assert plan.standing[0].clause.within.span == timedelta(minutes=10)
    assert [c.id for c in plan.clauses] == ["TOLD", "SIMPLE", "COMPLEX", "MAJOR", "DAILY"]
    assert plan.version.endswith(plan_digest(GOOD / "plans" / "good-clauses.yaml"))


def test_a_plan_that_is_like_a_broken_one_brings_its_faults(tmp_path: Path) -> None:
    text = (GOOD / "plans" / "good.yaml").read_text(encoding="utf-8")
    (tmp_path / "good.yaml").write_text(text.replace("reserve: 20", "reserve: 40"), "utf-8")
    other = (GOOD / "plans" / "good-clauses.yaml").read_text(encoding="utf-8")
    (tmp_path / "good-clauses.yaml").write_text(
        other.replace("who: [ho_hotline]", "who: []"), "utf-8"
    )
    plan, faults = read_plan("good-clauses", tmp_path)
    assert plan is None
    assert [(Path(f.file).stem, f.what.split(":")[0]) for f in faults] == [
        ("good", "budget.reserve"),
        ("good-clauses", "clauses[1].who"),
    ]


def test_overlays_stand_beside_the_plan() -> None:
    plan = load_plan("good", GOOD / "plans", ["good-overlay"])
    [overlay] = plan.overlays
    assert overlay.version == f"1+{plan_digest(GOOD / 'plans' / 'good-overlay.yaml')}"
    assert [(s.clause.id, s.plan, s.version) for s in plan.standing] == [
        ("ACK", "good", plan.version),
        ("REG", "good", plan.version),
        ("LAW-1", "good-overlay", overlay.version),
    ]
    assert plan.entitled("good-overlay") == (Role.HO_COMPLIANCE,)


@pytest.mark.parametrize(
    ("name", "overlays", "what"),
    [
        ("good-overlay", [], "'good-overlay' is an overlay, not a plan"),
        ("good", ["good-clauses"], "'good-clauses' is a plan, not an overlay"),
        ("good", ["nothing"], "there is no overlay 'nothing'"),
    ],
)
def test_a_plan_and_an_overlay_are_not_taken_for_each_other(
    name: str, overlays: list[str], what: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_plan(name, GOOD / "plans", overlays)
    assert what in [fault.what for fault in caught.value.faults]


def test_a_clause_of_the_plan_does_not_stand_in_an_overlay_too(tmp_path: Path) -> None:
    for name in names(GOOD / "plans"):
        text = (GOOD / "plans" / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text.replace("id: LAW-1", "id: REG"), "utf-8")
    again = (tmp_path / "good-overlay.yaml").read_text(encoding="utf-8")
    again = again.replace("overlay: good-overlay", "overlay: another")
    (tmp_path / "another.yaml").write_text(again.replace("id: REG", "id: MINE"), "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_plan("good", tmp_path, ["good-overlay", "another"])
    [fault] = caught.value.faults
    assert (Path(fault.file).stem, fault.line) == ("good-overlay", 9)
    assert fault.what == "clauses[1].id: clause REG stands in good.yaml too (line 34)"


def test_all_plans_are_checked_with_the_settings() -> None:
    found = check_all(GOOD / "config.yaml", {"FENGHUO_SECRET_KEY": "short"}, PLANS)
    lines = [(Path(fault.file).stem, fault.line, fault.what) for fault in found]
    broken = [(name, expected(PLANS / f"{name}.yaml")) for name in names(PLANS)]
    of_plans = [(name, *each) for name, faults in broken for each in faults]
    assert lines[0] == ("config", 4, "plan: there is no plan 'good'")
    assert lines[1][0] == "environment"
    assert lines[2:] == of_plans


def test_a_long_signature_leaves_less_room(tmp_path: Path) -> None:
    """70 characters hold signature and text; the signature is the site's, the text the plan's."""
    for source in ("config.yaml", "plans/good.yaml"):
        text = (GOOD / source).read_text(encoding="utf-8")
        text = text.replace("sms_signature: 示范银行", "sms_signature: 示范城乡合作商业银行")
        text = text.replace('late: "', 'late: "' + "事" * 33)
        (tmp_path / source).parent.mkdir(exist_ok=True)
        (tmp_path / source).write_text(text, encoding="utf-8")
    [fault] = check_all(tmp_path / "config.yaml", {}, tmp_path / "plans")
    assert fault.what == (
        "wording.late: does not fit one SMS: about 59 characters filled in, room for 58"
    )
    assert (fault.line, fault.remedy) == (58, "shorten it by 1 characters")


def test_every_text_says_what_it_may_name() -> None:
    assert set(PLACEHOLDERS) == set(Wording.model_fields)
    assert all(word in PLACEHOLDERS[name] for name, word in REPLY_PLACEHOLDER.items())
    wording = load_plan(SHIPPED, ROOT / "plans").wording
    for name, allowed in PLACEHOLDERS.items():
        template = getattr(wording, name)
        assert split_template(template)[1] <= allowed
        template.format(**dict.fromkeys(allowed, "x"))  # whoever supplies these can fill it


def test_rules_may_be_given_in_code() -> None:
    rule = KeyRule("product", timedelta(hours=1), 2, 3, 4)
    heads = GatheringRule(1, 2, 3)
    counting = Counting(late_after=timedelta(minutes=5), keys=(rule,), gathering=heads)
    assert counting.keys == (rule,)
    assert counting.gathering is heads
