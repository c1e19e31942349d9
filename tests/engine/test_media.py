"""A media case from the report to its end, and that nothing hides it (WP-19)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.words import Role
from escalation import my_duties
from escalation.ids import complaint_number, incident_number
from escalation.media_values import OutletAnswer, Reach, Settling
from tests.engine.media import LEADER, LINK, PDF, PR, UNIT, MediaDesk
from tests.engine.scene import Scene


@pytest.fixture
def media(scene: Scene) -> MediaDesk:
    return MediaDesk(scene)


def test_a_report_is_one_case_by_its_link(media: MediaDesk) -> None:
    case = media.found()
    again = media.found(link=LINK.replace("https", "http") + "#top", headline="别的标题")
    assert again == case
    other = media.found(link="https://news.example/2026/11/story-2.html")
    assert other != case
    shown = media.case(case)
    assert shown["headline"] == "理财产品到期未付引争议" and shown["unit"] == "SH"
    (report,) = shown["sightings"]
    assert (report["outlet"], report["link"]) == ("晨报", LINK)
    assert report["reaches"][0]["reach"] == 20_000


def test_its_clocks_are_born_and_end_by_its_own_acts(media: MediaDesk) -> None:
    case = media.found()
    assert media.clocks(case) == {"WP-19-M": "open", "WP-19-N": "open"}
    media.check(case)
    assert media.clocks(case) == {"WP-19-M": "fulfilled", "WP-19-N": "open"}
    media.talk(case)
    assert media.clocks(case) == {"WP-19-M": "fulfilled", "WP-19-N": "fulfilled"}
    assert media.acts(case) == ["found", "finding", "contact"]


def test_correction_is_asked_of_what_is_wrong_and_answered(media: MediaDesk) -> None:
    case = media.found()
    with pytest.raises(Conflict):
        media.ask(case)
    media.check(case, "wrong")
    asked = media.ask(case)
    assert media.desk.cases()["cases"][0]["waiting"] == ["answer"]
    answer = OutletAnswer(asked, media.scene.now(), "corrected", "已刊登更正")
    media.desk.note_answer(case, answer, PR)
    (file,) = media.case(case)["files"]
    assert media.desk.case_file(case, file["id"]).content == PDF
    with pytest.raises(NotFound):
        media.desk.case_file(media.found(link=None), file["id"])
    media.desk.settle(case, Settling("corrected", "已更正"), PR)
    assert media.case(case)["state"] == "settled"


def test_settling_needs_what_comes_first(media: MediaDesk) -> None:
    case = media.found()
    with pytest.raises(Conflict):
        media.desk.settle(case, Settling("subsided", "无新报道"), PR)
    media.check(case, "right")
    with pytest.raises(InvalidInput):
        media.desk.settle(case, Settling("corrected", "已更正"), PR)
    with pytest.raises(Conflict):
        media.desk.settle(case, Settling("subsided", "无新报道"), PR)
    media.talk(case)
    media.desk.settle(case, Settling("subsided", "无新报道"), PR)
    assert media.desk.cases()["figures"]["unsettled"] == 0
    assert [c["id"] for c in media.desk.cases(show="settled")["cases"]] == [media.case(case)["id"]]


def test_a_new_sighting_opens_a_settled_case_again(media: MediaDesk) -> None:
    case = media.found()
    media.check(case, "not_ours")
    media.desk.settle(case, Settling("not_ours", "所述非本行"), PR)
    media.scene.later(hours=3)
    media.desk.see_again(case, media.report(outlet="晚报", link="https://b.example/1"), PR)
    shown = media.case(case)
    assert (shown["state"], shown["verdict"], shown["reopened"]) == ("open", None, 1)
    states = [d["state"] for d in shown["duties"] if d["clause"] == "WP-19-M"]
    assert sorted(states) == ["fulfilled", "open"]
    with pytest.raises(Conflict):
        media.desk.see_again(case, media.report(), PR)  # the same link a second time


def test_nothing_is_issued_unapproved_and_nobody_approves_their_own(media: MediaDesk) -> None:
    case, desk = media.found(), media.desk
    desk.draft_statement(case, "statement", 0, "本行高度重视", PR)
    with pytest.raises(Conflict):
        desk.issue_statement(case, "statement", 1, "官网", PR)
    with pytest.raises(NotAllowed):
        desk.approve_statement(case, "statement", 1, PR)
    desk.approve_statement(case, "statement", 1, LEADER)
    desk.draft_statement(case, "statement", 1, "本行高度重视，已兑付", PR)
    with pytest.raises(Conflict):
        desk.issue_statement(case, "statement", 2, "官网", PR)
    desk.approve_statement(case, "statement", 2, LEADER)
    desk.issue_statement(case, "statement", 2, "官网", PR)
    versions = media.case(case)["statements"]["statement"]
    assert [(v["version"], v["state"]) for v in versions] == [(2, "issued"), (1, "superseded")]
    assert versions[1]["text"] == "本行高度重视"


def test_who_wrote_any_version_may_not_approve_the_next(media: MediaDesk) -> None:
    case, desk = media.found(), media.desk
    desk.draft_statement(case, "holding", 0, "正在核实", PR)
    desk.return_statement(case, "holding", 1, "措辞不妥", LEADER)
    desk.draft_statement(case, "holding", 1, "正在核实，稍后公布", UNIT)
    with pytest.raises(NotAllowed):
        desk.approve_statement(case, "holding", 2, PR)
    desk.approve_statement(case, "holding", 2, LEADER)


def test_an_incident_linked_is_exposed_and_calls_pr_once(media: MediaDesk, scene: Scene) -> None:
    incident = str(scene.crowd(10)[9]["incident"])
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role)
    scene.expect_sms("SH1", Role.SUB_HEAD)
    case = media.found("SH1")
    media.desk.link_incident(case, incident_number(incident), PR)
    media.desk.link_incident(case, incident_number(incident), PR)
    second = media.found("SH1", link="https://b.example/2")
    media.desk.link_incident(second, incident_number(incident), PR)
    scene.work()
    scene.expect_sms("HO", Role.PR_OFFICER, "媒体关注")
    scene.expect_sms("HO", Role.HO_LEADER, "媒体关注")
    shown = scene.incident(incident)
    assert shown["media_exposed"]
    assert shown["media"] == [media.case(case)["id"], media.case(second)["id"]]
    assert media.clocks(case)["WP-19-E"] == "open"
    media.check(case)
    assert media.clocks(case)["WP-19-E"] == "fulfilled"
    scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)


def test_an_exposed_incident_is_opened_for_a_case(media: MediaDesk, scene: Scene) -> None:
    case = media.found("SH1")
    number = media.desk.open_exposed(case, "SH1", None, PR)
    scene.work()
    shown = scene.engine.incident(number)
    assert shown["media_exposed"] and shown["origin"] == "media"
    scene.expect_sms("HO", Role.PR_OFFICER, "媒体关注")
    scene.expect_sms("HO", Role.HO_LEADER, "媒体关注")
    for unit, role in (
        ("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY),
    ):  # fmt: skip
        scene.expect_sms(unit, role)
    assert media.case(case)["incident"] == shown["id"]
    with pytest.raises(Conflict):
        media.desk.open_exposed(case, "SH2", None, PR)
    scene.acknowledge(shown["id"], "员工5", Role.BRANCH_LEADER)


def test_a_media_complaint_linked_brings_its_clocks(media: MediaDesk, scene: Scene) -> None:
    answer = scene.complain(channel="media", client={"name": "欧阳雪梅", "phone": "13912345678"})
    case = media.found("SH1")
    complaint = complaint_number(str(answer["complaint"]))
    media.desk.link_complaint(case, complaint, PR)
    assert {"WP-19", "WP-19-C"} <= set(media.clocks(case))
    (linked,) = media.case(case)["complaints"]
    assert linked["clients"] == ["欧阳**"] or "雪梅" not in str(linked["clients"])
    media.check(case)
    media.talk(case)
    assert set(media.clocks(case).values()) == {"fulfilled"}
    with pytest.raises(InvalidInput):
        media.desk.draft_statement(case, "statement", 0, "客户欧阳雪梅所述", PR)
    media.desk.unlink_complaint(case, complaint, "关联有误", PR)
    assert media.case(case)["complaints"] == []


def test_a_media_complaint_without_a_report_is_shown_until_it_has_one(
    media: MediaDesk, scene: Scene
) -> None:
    assert media.desk.cases()["complaints"] == []
    answer = scene.complain(channel="media", client={"name": "欧阳雪梅", "phone": "13912345678"})
    scene.complain(channel="counter")
    (waiting,) = media.desk.cases()["complaints"]
    assert waiting["complaint"] == answer["complaint"] and "雪梅" not in str(waiting)
    case = media.found("SH1")
    media.desk.link_complaint(case, complaint_number(str(answer["complaint"])), PR)
    assert media.desk.cases()["complaints"] == []


def test_the_list_is_cut_and_says_so_and_a_search_reaches_all(media: MediaDesk) -> None:
    for number in range(5):
        media.found(link=f"https://b.example/{number}", headline=f"第{number}篇")
    page = media.desk.cases(limit=3)
    assert (len(page["cases"]), page["more"], page["figures"]["unsettled"]) == (3, True, 5)
    assert not media.desk.cases(limit=5)["more"]
    (found,) = media.desk.cases(text="第0篇", limit=3)["cases"]
    assert found["headline"] == "第0篇"


def test_settling_ends_what_no_talk_was_needed_for(media: MediaDesk) -> None:
    case = media.found()
    media.check(case, "not_ours")
    assert media.clocks(case)["WP-19-N"] == "open"
    media.desk.settle(case, Settling("not_ours", "所述非本行"), PR)
    assert media.clocks(case)["WP-19-N"] == "fulfilled"


def test_two_cases_of_one_story_become_one_and_both_stay(media: MediaDesk) -> None:
    first = media.found()
    second = media.found(link="https://b.example/9", outlet="晚报")
    media.desk.join(second, first, "同一事件", PR)
    shown = media.case(first)
    assert [s["outlet"] for s in shown["sightings"]] == ["晨报", "晚报"]
    assert shown["includes"] == [media.case(second)["id"]]
    gone = media.case(second)
    assert (gone["state"], gone["outcome"], gone["joined"]) == (
        "settled",
        "same_story",
        shown["id"],
    )
    with pytest.raises(Conflict):
        media.desk.open_again(second, "仍要单列", PR)
    media.check(first, "right")
    assert set(media.clocks(first).values()) == {"open", "fulfilled"}


def test_reach_is_measured_again_and_the_earlier_reading_stays(media: MediaDesk) -> None:
    case = media.found()
    sighting = media.case(case)["sightings"][0]["id"]
    media.scene.later(hours=2)
    media.desk.measure(case, sighting, Reach("viral", 900_000), PR)
    (report,) = media.case(case)["sightings"]
    assert [r["reach"] for r in report["reaches"]] == [20_000, 900_000]
    assert media.desk.cases()["cases"][0]["reach_word"] == "viral"


def test_given_to_another_unit_its_clocks_begin_there(media: MediaDesk) -> None:
    case = media.found("HO")
    media.desk.give_to(case, "SH", "属地报道", PR)
    shown = media.case(case)
    assert shown["unit"] == "SH"
    owed = {(d["clause"], d["unit"], d["role"]) for d in shown["duties"] if d["state"] == "open"}
    assert ("WP-19-M", "SH", "branch_contact") in owed and ("WP-19-M", "HO", "pr_officer") in owed


def test_no_word_of_a_case_is_in_the_clear(media: MediaDesk, scene: Scene) -> None:
    case = media.found(headline="客户称被骗", excerpt="某客户哭诉")
    media.check(case)
    media.talk(case)
    media.desk.draft_statement(case, "statement", 0, "绝密口径", PR)
    found = scene.db.app.read(lambda c: " ".join(
        str(c.execute(sa.text(f"SELECT {table}::text FROM {table}")).all())
        for table in ("media_cases", "media_sightings", "media_acts", "media_talks",
                      "media_statements", "journal", "events", "duties")
    ))  # fmt: skip
    for words in ("客户称被骗", "哭诉", "已于到期日兑付", "周记者", "绝密口径", "news.example"):
        assert words not in found
        assert words.encode().hex() not in found


def test_a_link_found_by_many_at_once_is_one_case(media: MediaDesk) -> None:
    found: list[int] = []
    threads = [Thread(target=lambda: found.append(media.found())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert len(media.desk.cases()["cases"]) == 1


def test_approvals_and_edits_at_once_never_issue_what_was_not_approved(media: MediaDesk) -> None:
    case, desk = media.found(), media.desk
    desk.draft_statement(case, "statement", 0, "第一稿", PR)

    def attempt(verb: Any, *given: Any) -> None:
        with suppress(Conflict, NotAllowed):
            verb(case, "statement", *given)

    acts = [
        (desk.approve_statement, 1, LEADER), (desk.draft_statement, 1, "第二稿", PR),
        (desk.issue_statement, 1, "官网", PR), (desk.draft_statement, 1, "另一稿", UNIT),
        (desk.issue_statement, 1, "官网", UNIT), (desk.approve_statement, 2, LEADER),
    ]  # fmt: skip
    threads = [Thread(target=attempt, args=given) for given in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = media.case(case)["statements"]["statement"]
    assert len({v["version"] for v in versions}) == len(versions) <= 2
    assert all(v["approved_at"] for v in versions if v["state"] == "issued")


def test_a_duty_of_a_report_leads_to_its_case(media: MediaDesk) -> None:
    case = media.found()
    house = media.scene.house
    page = media.scene.db.app.read(lambda c: my_duties.read(c, house, unit_id=None))
    assert {d["media_case"] for d in page["duties"]} == {media.case(case)["id"]}


def test_what_is_to_come_is_refused(media: MediaDesk) -> None:
    with pytest.raises(InvalidInput):
        media.found(seen_at=media.scene.now() + timedelta(hours=1))
    with pytest.raises(InvalidInput):
        media.found(link="javascript:alert(1)")
