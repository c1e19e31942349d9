"""What a seat owes: next due first, whole and in pages, only in the viewer's area."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import InvalidInput, NotFound
from core.words import Role
from escalation import my_duties, my_tasks
from escalation.command import Who
from escalation.ids import incident_number
from escalation.tasks import NewTask
from tests.engine.scene import Scene

_ONE = sa.text(
    "INSERT INTO duties (incident_id, complaint_id, clause, title_zh, title_en, role, unit_id,"
    " person_id, fulfilled_by, workings, plan, plan_version, due_at, birth, event, rule, runs_from)"
    " SELECT :incident, :complaint, 'T-1', '试', 'try', :role, :unit, :person, '{record}',"
    ' \'{"clock": "elapsed", "within": "1h"}\', \'p\', \'1\','
    " CAST(:now AS timestamptz) + make_interval(mins => n * :every), :mark || n, 'day', '{}', :now"
    " FROM generate_series(1, :many) AS n"
)


def _owe(scene: Scene, unit: str, role: Role = Role.SUB_HEAD, many: int = 1, **given: Any) -> None:
    """`many` open duties at a unit, due every `every` minutes from `first` minutes on."""
    values = {
        "incident": None, "complaint": None, "person": None, "every": 1, "many": many,
        "role": role.value, "unit": _unit(scene, unit), "mark": f"{unit}{role}{given}",
        "now": scene.now() + timedelta(minutes=given.pop("first", 0)), **given,
    }  # fmt: skip
    scene.db.app.run(lambda c: c.execute(_ONE, values))


def _unit(scene: Scene, code: str) -> int:
    unit = scene.house.tree().by_code(code)
    assert unit is not None
    return unit.id


def _read(scene: Scene, unit: str | None = "SH1", **given: Any) -> dict[str, Any]:
    unit_id = _unit(scene, unit) if unit else None
    return scene.db.app.read(lambda c: my_duties.read(c, scene.house, unit_id=unit_id, **given))


def _told(scene: Scene) -> None:
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER),
                       ("SH", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role)


def test_an_incidents_duties_are_its_seats(scene: Scene) -> None:
    incident = str(scene.crowd(10)[-1]["incident"])
    scene.work()
    _told(scene)
    page = _read(scene, "SH")
    assert page["open"] >= 2 and page["overdue"] == 0 and page["after"] is None
    (group,) = [g for g in page["groups"] if g["kind"] == "incident"]
    assert (group["kind"], group["id"], group["clients"]) == ("incident", incident, 10)
    assert group["duties"] == [d["id"] for d in page["duties"] if d["incident"]]
    (mine,) = _read(scene, "SH", roles=[Role.BRANCH_CONTACT.value], clause="WP-13-R")["duties"]
    assert (mine["clause"], mine["unit"], mine["about"]["unit"]) == ("WP-13-R", "SH", "SH1")
    assert mine["incident"] == incident and mine["proofs"][0]["needs"]
    assert _read(scene, "SH1", roles=[Role.SUB_DEPUTY.value])["duties"] == []


def test_complaints_and_standing_duties_are_groups_of_their_own(scene: Scene) -> None:
    answer = scene.complain()
    _owe(scene, "SH1", first=30)
    _owe(scene, "SH1", complaint=int(answer["complaint"][1:]), first=10)
    _owe(scene, "SH1", Role.SUB_DEPUTY, first=20)
    groups = [g for g in _read(scene)["groups"] if g["kind"] != "incident"]
    assert [g["kind"] for g in groups] == ["complaint", "unit"]
    assert groups[0]["id"] == answer["complaint"] and groups[0]["channel"] == "counter"
    assert len(groups[1]["duties"]) == 2 and groups[1]["unit_name"] == "徐汇支行"


def test_overdue_first_then_by_due_time(scene: Scene) -> None:
    _owe(scene, "SH1", many=3, every=30, first=-60)
    page = _read(scene)
    times = [duty["due_at"] for duty in page["duties"]]
    assert times == sorted(times) and (page["open"], page["overdue"]) == (3, 2)
    late = _read(scene, state="overdue")
    assert [d["id"] for d in late["duties"]] == [d["id"] for d in page["duties"]][:2]


def test_a_duty_held_by_name_is_that_persons_alone(scene: Scene) -> None:
    head, deputy = scene.people["SH1", Role.SUB_HEAD], scene.people["SH1", Role.SUB_DEPUTY]
    _owe(scene, "SH1", first=1)
    _owe(scene, "SH1", first=2, person=deputy)
    _owe(scene, "SH2", first=3, person=head)
    seen = _read(scene, person_id=head)["duties"]
    assert [(d["unit"], d["person"]) for d in seen] == [("SH1", None), ("SH2", head)]
    names = [d["person_name"] for d in _read(scene)["duties"]]
    assert names[0] is None and names[1].startswith("员工")  # the seat itself sees both


def test_pages_by_mark_show_each_duty_once(scene: Scene) -> None:
    _owe(scene, "SH1", many=7, every=0)  # all due at one moment: only the id tells them apart
    seen, after = [], None
    for wanted in (3, 3, 1):
        page = _read(scene, limit=3, after=after)
        assert len(page["duties"]) == wanted and page["open"] == 7
        seen += [duty["id"] for duty in page["duties"]]
        after = page["after"]
    assert after is None and len(set(seen)) == 7


@pytest.mark.parametrize("mark", ["", "~", "yesterday~1", "2026-11-23T10:00:00~1",
                                  "2026-11-23T10:00:00+08:00~x", "2026-11-23T10:00:00+08:00~-1",
                                  f"2026-11-23T10:00:00+08:00~{2**63}"])  # fmt: skip
def test_a_mark_that_is_none_is_refused(scene: Scene, mark: str) -> None:
    with pytest.raises(InvalidInput):
        _read(scene, after=mark)


def test_the_last_ended_comes_first(scene: Scene) -> None:
    _owe(scene, "SH1", many=3)
    first, second, _third = [duty["id"] for duty in _read(scene)["duties"]]
    proof = {"at": scene.now().isoformat(), "by": "王", "number": "2026-1"}
    for duty in (second, first):
        scene.engine.prove_duty(duty, "record", proof, "test")
        scene.db.move_time(timedelta(minutes=1))
    page = _read(scene, state="ended", limit=1)
    assert [d["id"] for d in page["duties"]] == [first] and page["open"] == 1
    page = _read(scene, state="ended", limit=1, after=page["after"])
    assert [d["id"] for d in page["duties"]] == [second] and page["after"] is None


def test_an_area_shows_what_lies_below_it_and_nothing_else(scene: Scene) -> None:
    for unit in ("SH", "SH1", "SH2", "NJ1"):
        _owe(scene, unit, Role.BRANCH_LEADER if unit == "SH" else Role.SUB_HEAD, first=-5)
    shanghai = scene.house.tree().get(_unit(scene, "SH")).path
    below = _read(scene, None, area=shanghai)
    assert {duty["unit"] for duty in below["duties"]} == {"SH", "SH1", "SH2"}
    assert _read(scene, None)["open"] == 4
    with pytest.raises(NotFound):
        _read(scene, "NJ1", area=shanghai)
    found = scene.db.app.read(lambda c: my_duties.by_unit(c, scene.house, shanghai))
    assert [(f["overdue"], f["open"]) for f in found] == [(1, 1)] * 3
    (foreign,) = _read(scene, "NJ1")["duties"]
    with pytest.raises(NotFound):
        scene.db.app.read(lambda c: my_duties.one(c, scene.house, foreign["id"], shanghai))


def _assign(scene: Scene, incident: str, unit: str, role: Role, **given: Any) -> int:
    due = scene.now() + timedelta(minutes=given.pop("minutes", 2))
    task = NewTask("到现场", unit, role.value, due, **given)
    number = scene.engine.command.assign_task(incident_number(incident), _BOSS, task)
    scene.work()
    return number


_BOSS = Who("郑洁", "branch_leader", "web:branch_leader")


def _tasks(scene: Scene, unit: str | None = "SH1", **given: Any) -> list[int]:
    unit_id = _unit(scene, unit) if unit else None
    found = scene.db.app.read(lambda c: my_tasks.read(c, scene.house, unit_id=unit_id, **given))
    return [task["id"] for task in found["tasks"]]


def test_a_seat_sees_the_tasks_it_was_given_until_they_are_done(scene: Scene) -> None:
    incident = str(scene.crowd(10)[-1]["incident"])
    scene.work()
    _told(scene)
    scene.acknowledge(incident, "甲", Role.BRANCH_LEADER)
    name = scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT name FROM people WHERE id = :id"),
        {"id": scene.people["SH1", Role.SUB_DEPUTY]}))  # fmt: skip
    later = _assign(scene, incident, "SH1", Role.SUB_HEAD, minutes=60)
    first = _assign(scene, incident, "SH1", Role.SUB_DEPUTY, person=name)
    branch = _assign(scene, incident, "SH1", Role.BRANCH_CONTACT)  # held at the branch
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH1", Role.SUB_DEPUTY),
                       ("SH", Role.BRANCH_CONTACT)):  # fmt: skip
        scene.expect_sms(unit, role, "一项任务")
    assert _tasks(scene) == [first, branch, later] and _tasks(scene, "SH2") == []
    assert _tasks(scene, roles=["sub_head"]) == [later]
    assert _tasks(scene, "SH", roles=["branch_contact"]) == [branch]
    deputy, head = scene.people["SH1", Role.SUB_DEPUTY], scene.people["SH1", Role.SUB_HEAD]
    assert _tasks(scene, "SH2", person_id=deputy) == [first]
    assert first not in _tasks(scene, person_id=head)
    assert _tasks(scene, None, area=scene.house.tree().get(_unit(scene, "NJ")).path) == []
    before = {u["unit"]: u["open"] for u in _by_unit(scene)}
    scene.db.move_time(timedelta(minutes=3))
    assert _tasks(scene, overdue=True) == [first, branch]
    scene.engine.command.accept_task(later, _BOSS)
    scene.engine.command.finish_task(first, _BOSS, "已到")
    assert _tasks(scene) == [branch, later]
    after = {u["unit"]: u["open"] for u in _by_unit(scene)}
    assert (before["SH1"] - after["SH1"], before["SH"] - after["SH"]) == (1, 0)


def _by_unit(scene: Scene) -> list[dict[str, Any]]:
    return scene.db.app.read(lambda c: my_duties.by_unit(c, scene.house))


def test_an_incident_reads_its_seats_when_it_is_over(scene: Scene) -> None:
    incident = str(scene.crowd(10)[-1]["incident"])
    scene.work()
    _told(scene)
    scene.engine.stand_down(incident_number(incident), "平息", "test")
    scene.work()
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER),
                       ("SH", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role, "已解除")
    assert _read(scene, "SH")["groups"][0]["state"] == "stood_down"


def test_ten_thousand_open_duties_cost_what_fifty_do(scene: Scene) -> None:
    _owe(scene, "NJ1", many=10_000, every=1, first=-500)
    _owe(scene, "SH1", many=50)
    scene.db.owner.run(lambda c: c.execute(sa.text("ANALYZE duties")))
    plans: list[str] = []
    scene.db.app.read(lambda c: plans.extend(_plan(c, scene)))
    assert any("ix_duties_unit_id_due_at" in line for line in plans), plans
    for unit in ("SH1", "NJ1", None):
        started = time.perf_counter()
        page = _read(scene, unit, after=_read(scene, unit, limit=20)["after"], limit=20)
        assert len(page["duties"]) == 20
        assert time.perf_counter() - started < 1.0  # measured: 20 ms; this machine is shared


def _plan(connection: Connection, scene: Scene) -> list[str]:
    """How the database reads the first page of 徐汇支行."""
    tree = scene.house.tree()
    whose = my_duties._whose(tree, _unit(scene, "SH1"), "/", ["sub_head"], None)
    page = my_duties._page(whose, "open", None, scene.start).limit(51)
    text = page.compile(connection, compile_kwargs={"literal_binds": True})
    return list(connection.execute(sa.text(f"EXPLAIN {text}")).scalars())
