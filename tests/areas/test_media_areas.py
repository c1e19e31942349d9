"""Who sees a media case: its own unit's area, those whose complaint or incident it is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import Conflict, InvalidInput, NotFound
from core.rights import TABLE, TOKEN_SCOPES, Access, Right
from escalation.ids import complaint_number, incident_number
from escalation.media_values import By, Contact, Finding, Found, Reach, Report, Settling
from tests.areas.story import SECRET, Story, told
from tests.postgres import Cluster

SHANGHAI = {"head_office", "shanghai", "xuhui"}
PR = By("林公关", "pr_officer", "web:pr_officer:1", "person:1")


@pytest.fixture(scope="module")
def story(cluster: Cluster) -> Iterator[Story]:
    db = cluster.fresh()
    held = Story(db)
    yield held
    held.close()
    db.close()


def _case(story: Story, unit: str) -> int:
    report = Report("全国报", f"{unit}的报道", Reach("national"), story.scene.now())
    number, _ = story.scene.engine.media.find(Found(unit, "national", report), PR)
    return int(number)


def _sees(story: Story, who: str, case: int) -> bool:
    """By the application's filter and by PostgreSQL's policy alike."""
    (found,) = story.seen_by(
        who, "SELECT count(*) AS n FROM media_cases WHERE id = :id", id=case
    )  # fmt: skip
    try:
        story.engine(who).media.case(case)
    except NotFound:
        assert found["n"] == 0
        return False
    assert found["n"] == 1
    return True


def test_a_branch_sees_its_own_and_head_office_all(story: Story) -> None:
    for unit, seen in (
        ("HO", {"head_office"}), ("SH", {"head_office", "shanghai"}),
        ("SH1", {"head_office", "shanghai", "xuhui"}), ("NJ1", {"head_office", "nanjing", "gulou"}),
    ):  # fmt: skip
        case = _case(story, unit)
        assert {who for who in story.viewers if _sees(story, who, case)} == seen


def test_a_case_about_ones_complaint_is_seen_and_checked_and_not_worked_on(story: Story) -> None:
    case = _case(story, "HO")
    complaint = story.scene.complain("SH1")["complaint"]
    story.scene.engine.media.link_complaint(case, complaint_number(str(complaint)), PR)
    assert {w for w in story.viewers if _sees(story, w, case)} == SHANGHAI
    desk, now = story.engine("xuhui").media, story.scene.now()
    shown = desk.case(case)
    assert shown["own"] is False and [c["complaint"] for c in shown["complaints"]] == [complaint]
    desk.record_finding(case, Finding("right", now, "属实", "台账"), PR)
    for verb in (
        lambda: desk.draft_statement(case, "statement", 0, "回应", PR),
        lambda: desk.settle(case, Settling("subsided", "已平息"), PR),
    ):
        with pytest.raises(NotFound):
            verb()
    nanjing = story.scene.complain("NJ1")["complaint"]
    story.scene.engine.media.link_complaint(case, complaint_number(str(nanjing)), PR)
    assert str(nanjing) not in told(desk.case(case)["complaints"])


def test_a_case_about_ones_own_incident_is_seen_not_about_a_spanning_one(story: Story) -> None:
    case = _case(story, "HO")
    (own,) = story.numbers("SH1")
    story.scene.engine.media.link_incident(case, own, PR)
    assert {w for w in story.viewers if _sees(story, w, case)} == SHANGHAI
    spanning = _case(story, "HO")
    (over,) = story.numbers("HO")
    story.scene.engine.media.link_incident(spanning, incident_number(f"I{over:07d}"), PR)
    assert {w for w in story.viewers if _sees(story, w, spanning)} == {"head_office"}


def test_another_branchs_link_is_not_told_where_it_is(story: Story) -> None:
    """The same report found twice: whoever does not see the case learns no number of it."""
    report = Report("晚报", "标题", Reach("small"), story.scene.now(), "https://nj.example/1")
    story.scene.engine.media.find(Found("NJ1", "regional", report), PR)
    with pytest.raises(Conflict, match="another unit has this report") as refused:
        story.engine("shanghai").media.find(Found("SH", "regional", report), PR)
    assert "M0" not in str(refused.value) and SECRET not in str(refused.value)


def test_regional_media_are_the_branchs_and_national_ones_head_offices(story: Story) -> None:
    desk = story.scene.engine.media
    desk.save_contact(None, Contact("HO", "全国报", "某记者"), PR)
    desk.save_contact(None, Contact("SH", "上海晚报", "某记者"), PR)

    def outlets(who: str) -> set[str]:
        return {one["outlet"] for one in story.engine(who).media.media_list()}

    assert {"上海晚报", "全国报", f"{SECRET}晚报"} <= outlets("head_office")
    assert "上海晚报" in outlets("shanghai") and "全国报" not in outlets("shanghai")
    assert outlets("nanjing") == {f"{SECRET}晚报"}
    with pytest.raises(InvalidInput):
        story.engine("shanghai").media.save_contact(None, Contact("HO", "全国报", "某"), PR)


def test_who_approves_is_not_who_works_and_no_system_does() -> None:
    assert Access.PR in TABLE[Right.WORK_MEDIA] and Access.PR not in TABLE[Right.APPROVE_STATEMENT]
    assert Right.APPROVE_STATEMENT not in TOKEN_SCOPES
    assert Access.SUB_BRANCH in TABLE[Right.CHECK_MEDIA] - TABLE[Right.WORK_MEDIA]
