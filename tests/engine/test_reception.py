"""分散 in the operator's words: who is received by whom where, and when WP-29 is done by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput, NotFound
from core.words import Role
from escalation.ids import incident_number
from escalation.receptions import Arrival, RowChange, RowChanged
from tests.engine.lobby import Lobby
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import Scene, shipped_plan
from tests.postgres import TestDatabase


@pytest.fixture
def lobby(db: TestDatabase) -> Iterator[Callable[..., Lobby]]:
    """A gathering at 徐汇支行 under a plan whose only clause is WP-29."""
    wp29 = clause("WP-29", title={"zh": "分散接待", "en": "Separate"}, event="crowd_on_site",
                  who=["sub_head"], within="30m", fulfilled_by=["reception"])  # fmt: skip
    scene = Scene(db, plan=made_plan(wp29))
    yield lambda **given: Lobby(scene, **given)
    scene.work()
    scene.expect_nothing_more()


def test_five_came_in_one_tap_and_the_tap_counts_once(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    tap = Arrival("the-very-same-tap", 5)
    for _ in range(2):
        desk.scene.engine.reception.arrive(desk.number, None, tap, "web:sub_lobby_manager")
    assert [r["number"] for r in desk.sheet["rows"]] == [1, 2, 3, 4, 5]
    assert {r["ticket"] for r in desk.sheet["rows"]} == {None}
    assert desk.faults() == {"no_receiver", "no_room", "no_separate_room"}


def test_wp_29_ends_by_itself_when_everybody_has_receiver_and_room(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    desk.came(3)
    desk.place(1, "张经理", "贵宾室1")
    desk.place(2, "李经理", "贵宾室2")
    assert desk.duty()["state"] == "open"
    desk.place(3, "王经理", "会议室")
    assert desk.faults() == {"no_separate_room"} and desk.duty()["state"] == "open"
    desk.scene.later(minutes=10)
    desk.arrange(separate_room="三楼培训室")
    duty = desk.duty()
    assert (duty["state"], duty["evidence"]["kind"]) == ("fulfilled", "reception")
    assert (duty["evidence"]["clients"], duty["evidence"]["separate_room"]) == (3, "三楼培训室")
    assert "reception_complete" in desk.journal() and desk.sheet["complete"]


def test_two_need_no_separate_room(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    desk.came(2)
    desk.place(1, "张经理", "贵宾室1")
    desk.place(2, "李经理", "贵宾室2")
    assert desk.duty()["state"] == "fulfilled" and not desk.sheet["remarks"]


def test_who_comes_later_is_red_but_the_duty_stays_ended(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    desk.came(1)
    desk.place(1, "张经理", "贵宾室1")
    ended = desk.duty()["ended_at"]
    desk.scene.later(minutes=5)
    desk.came(1)
    assert desk.faults() == {"no_receiver", "no_room"} and not desk.sheet["complete"]
    assert (desk.duty()["state"], desk.duty()["ended_at"]) == ("fulfilled", ended)
    assert desk.journal().count("reception_waiting") == 1
    desk.place(2, "李经理", "贵宾室2")
    assert desk.journal().count("reception_complete") == 2
    assert desk.journal().count("duty_fulfilled") == 1


def test_an_empty_sheet_proves_nothing_and_who_has_left_does_not_count(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    desk.arrange(separate_room="三楼培训室", guide="保安队长")
    assert desk.duty()["state"] == "open"
    desk.came(2)
    desk.change(2, left=True, outcome="已答复")
    assert desk.duty()["state"] == "open"
    desk.place(1, "张经理", "贵宾室1")
    assert desk.duty()["state"] == "fulfilled"
    assert desk.row(2)["outcome"] == "已答复" and desk.row(2)["left_at"] is not None


def test_two_phones_on_one_row_the_second_is_told_and_sees_the_first(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    desk.came(1)
    version = desk.row(1)["version"]
    desk.change(1, receiver="张经理")
    with pytest.raises(RowChanged) as refused:
        desk.change(1, version=version, receiver="李经理")
    assert refused.value.now["receiver"] == "张经理" and refused.value.now["version"] == 2
    assert desk.row(1)["receiver"] == "张经理"


def test_last_two_placed_at_the_same_moment_still_end_the_duty(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    desk.came(2)
    with ThreadPoolExecutor(2) as phones:
        saved = [phones.submit(desk.place, n, f"经理{n}", f"贵宾室{n}") for n in (1, 2)]
        for one in saved:
            one.result()
    assert desk.duty()["state"] == "fulfilled"


def test_onlookers_need_somebody_and_every_count_is_kept(lobby: Callable[..., Lobby]) -> None:
    desk = lobby(onlookers=4)
    assert desk.faults() == {"no_guide"}
    desk.scene.later(minutes=3)
    desk.scene.engine.reception.count_onlookers(
        desk.number, None, 9, "陈大堂", "web:sub_lobby_manager"
    )
    assert desk.sheet["onlookers"] == 9 and desk.scene.incident(desk.incident)["onlookers"] == 9
    desk.arrange(guide="保安队长")
    assert desk.faults() == set()
    assert [(c["onlookers"], c["by"]) for c in desk.sheet["onlooker_counts"]] == [
        (9, "陈大堂"), (4, "大堂经理"), (4, "大堂经理"),
    ]  # fmt: skip


def test_a_ticketed_client_is_masked_and_stands_on_the_sheet_once(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    answer = desk.scene.complain(
        "SH1",
        client={"name": "欧阳建国", "phone": "13911112222", "id_number": "310101199001011234"},
    )
    ticket = desk.sheet["tickets"][0]
    assert (ticket["name"], ticket["complaint"]) == ("欧阳**", answer["complaint"])
    desk.came(0, clients=(ticket["client"],))
    assert desk.row(1)["ticket"] == ticket
    with pytest.raises(InvalidInput):
        desk.came(0, clients=(ticket["client"],))
    desk.change(1, left=True)
    desk.came(0, clients=(ticket["client"],))
    assert len(desk.sheet["rows"]) == 2
    with pytest.raises(InvalidInput):
        desk.change(1, left=False)  # the same person cannot stand there twice
    with pytest.raises(InvalidInput):
        desk.came(0, clients=(999,))
    kept = str(desk.sheet) + str(desk.scene.incident(desk.incident))
    assert "建国" not in kept and "13911112222" not in kept and "310101199001011234" not in kept


def test_names_of_staff_stay_out_of_the_journal(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    desk.came(1)
    desk.place(1, "张接待", "贵宾室1")
    desk.arrange(guide="保安赵队")
    rows = desk.scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT after::text FROM journal")).scalars().all()
    )
    assert not any("张接待" in (r or "") or "保安赵队" in (r or "") for r in rows)


def test_the_sheet_itself_notices_a_crowd_that_nobody_reported(db: TestDatabase) -> None:
    wp29 = clause("WP-29", event="crowd_on_site", who=["sub_head"], within="30m",
                  fulfilled_by=["reception"])  # fmt: skip
    scene = Scene(db, plan=made_plan(wp29))
    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    number = incident_number(incident)
    assert scene.incident(incident)["duties"] == []
    scene.engine.reception.arrive(number, None, Arrival("first-tap", 1), "web:sub_lobby_manager")
    assert [d["clause"] for d in scene.incident(incident)["duties"]] == ["WP-29"]


def test_another_place_of_the_incident_has_a_sheet_and_a_duty_of_its_own(
    lobby: Callable[..., Lobby],
) -> None:
    desk = lobby()
    engine = desk.scene.engine
    desk.scene.db.app.run(lambda c: c.execute(
        sa.text("UPDATE gatherings SET incident_id = :i WHERE incident_id IS NULL"),
        {"i": desk.number}))  # fmt: skip
    desk.scene.gather(1, "SH2")
    desk.scene.db.app.run(lambda c: c.execute(
        sa.text("UPDATE gatherings SET incident_id = :i WHERE incident_id IS NULL"),
        {"i": desk.number}))  # fmt: skip
    codes = [s["code"] for s in desk.sheet["sites"]]
    assert codes == ["SH1", "SH2"]
    engine.reception.arrive(desk.number, "SH2", Arrival("tap-at-sh2", 1), "web:sub_head")
    engine.reception.arrive(desk.number, "SH1", Arrival("tap-at-sh1", 1), "web:sub_head")
    (row,) = engine.reception.sheet(desk.number, "SH2")["rows"]
    placed = RowChange(row["version"], receiver="周经理", room="二楼")
    engine.reception.change_row(desk.number, row["id"], placed, "web:sub_head")
    duties = {d["unit"]: d["state"] for d in desk.scene.incident(desk.incident)["duties"]}
    assert duties == {"SH1": "open", "SH2": "fulfilled"}
    with pytest.raises(NotFound):
        engine.reception.sheet(desk.number, "NJ1")


def test_a_closed_incidents_sheet_is_read_only(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    desk.came(1)
    desk.place(1, "张经理", "贵宾室1")
    desk.scene.close(desk.incident)
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER),
                       ("SH", Role.BRANCH_DEPUTY)):  # fmt: skip
        desk.scene.expect_sms(unit, role, "已解除")
    desk.change(1, left=True, outcome="已答复")  # they leave after the end
    desk.scene.engine.close_incident(desk.number, "办结", "test")
    with pytest.raises(Conflict):
        desk.came(1)
    assert len(desk.sheet["rows"]) == 1


def test_who_was_counted_and_is_not_listed_keeps_it_open(lobby: Callable[..., Lobby]) -> None:
    desk = lobby(heads=25, here=None)
    desk.came(1)
    desk.place(1, "张经理", "贵宾室1")
    assert desk.faults() == {"unlisted"} and not desk.sheet["complete"]
    assert desk.duty()["state"] == "open"
    desk.came(1)
    desk.scene.later(minutes=1)
    desk.change(2, left=True)  # was counted, and went: 23 are still nowhere
    (fault,) = [r for r in desk.sheet["remarks"] if r["code"] == "unlisted"]
    assert "23" in fault["zh"] and desk.duty()["state"] == "open"
    desk.scene.later(minutes=1)
    desk.scene.gather(1, "SH1")  # a new count says that one is left
    assert desk.duty()["state"] == "fulfilled" and desk.sheet["complete"]
    desk.scene.gather(4, "SH1")
    assert not desk.sheet["complete"] and desk.faults() == {"unlisted"}


def test_no_fault_may_stand_when_it_ends(lobby: Callable[..., Lobby]) -> None:
    desk = lobby(onlookers=30)
    desk.came(6)
    desk.arrange(separate_room="三楼培训室")
    for n in range(1, 7):
        desk.change(n, receiver="张经理", room="贵宾室1", representative=True)
    assert desk.faults() == {"too_many_representatives", "no_guide"}
    assert not desk.sheet["complete"] and desk.duty()["state"] == "open"
    desk.change(6, representative=False)
    assert desk.duty()["state"] == "open"
    desk.arrange(guide="保安队长")
    assert desk.duty()["state"] == "fulfilled"


def test_what_went_wrong_since_is_said_as_it_is(lobby: Callable[..., Lobby]) -> None:
    desk = lobby()
    desk.came(6)
    desk.arrange(separate_room="三楼培训室")
    for n in range(1, 7):
        desk.change(n, receiver=f"经理{n}", room=f"接待室{n}", representative=n < 6)
    assert desk.duty()["state"] == "fulfilled"
    desk.change(6, representative=True)
    said = [e["zh"] for e in desk.scene.incident(desk.incident)["timeline"]
            if e["verb"] == "reception_waiting"]  # fmt: skip
    assert said == ["接待不足：代表人数超限"]


def test_law_12_needs_representatives_beside_what_wp_29_needs(db: TestDatabase) -> None:
    wp29 = clause("WP-29", event="crowd_on_site", who=["sub_head"], fulfilled_by=["reception"])
    law12 = clause("LAW-12", event="statutory_major", who=["sub_head"],
                   fulfilled_by=["reception"])  # fmt: skip
    line = shipped_plan("statutory-2020-3").rules[-1][1].lines
    plan = made_plan(wp29, law12)
    scene = Scene(db, plan=plan.model_copy(update={"lines": line}))
    incident = scene.gather(20)["incident"]
    scene.gather(2)
    scene.work()
    number = incident_number(incident)
    scene.engine.reception.arrive(number, None, Arrival("both-of-them", 2), "web:sub_head")

    def change(n: int, **given: Any) -> dict[str, str]:
        row = scene.engine.reception.sheet(number)["rows"][n - 1]
        value = RowChange(row["version"], **given)
        scene.engine.reception.change_row(number, row["id"], value, "web:sub_head")
        return {d["clause"]: d["state"] for d in scene.incident(incident)["duties"]}

    change(1, receiver="张经理", room="贵宾室1")
    owed = change(2, receiver="李经理", room="贵宾室2")
    assert owed == {"WP-29": "fulfilled", "LAW-12": "open"}
    told = [r["code"] for r in scene.engine.reception.sheet(number)["remarks"]]
    assert told == ["choose_representatives"]
    assert change(2, representative=True)["LAW-12"] == "fulfilled"


@pytest.mark.parametrize("count", [0, 51])
def test_nobody_and_a_multitude_are_refused(lobby: Callable[..., Lobby], count: int) -> None:
    with pytest.raises(InvalidInput):
        lobby().came(count)
