"""Engine and senders were away: one text a person, the gravest first, every code still counts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.gateways.port import Outcome, Sending, SendResult
from alerts.wording import segments
from contacts.units import UnitValue, save_units
from core.words import Level, Role
from escalation.command import Who
from escalation.ids import incident_number
from escalation.tasks import NewTask
from tests.engine.ladders import FIRST, ladder_plan, open_crowd
from tests.engine.scene import Scene
from tests.postgres import Cluster, TestDatabase

LEADER, DEPUTY = ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY)
CONTACT, SERVICE = ("SH", Role.BRANCH_CONTACT), ("SH", Role.BRANCH_SERVICE)
HO = ("HO", Role.HO_DEPUTY)


def _away(scene: Scene, **length: float) -> None:
    """Time passes and nobody ticks or sends; whatever else happens comes in by the web."""
    scene.db.move_time(timedelta(**length))


def _texts(scene: Scene) -> dict[tuple[str, Role], list[str]]:
    """Unread texts by phone; read with this."""
    found = {}
    for who, phone in scene.phones.items():
        texts = [m["text"] for m in scene.gateway.messages(phone)]
        if texts[scene.seen.get(phone, 0) :]:
            found[who] = texts[scene.seen.get(phone, 0) :]
        scene.seen[phone] = len(texts)
    return found


def _code(scene: Scene, incident: str) -> str:
    return str(scene.incident(incident)["code"])


def test_two_hours_away_with_several_incidents(scene: Scene) -> None:
    """The issue's own story: no flood, the gravest first, no step that time does not justify."""
    first = str(scene.crowd(10, "SH1")[-1]["incident"])
    _away(scene, minutes=40)
    large = str(scene.gather(35, "SH2")["incident"])
    for _ in range(6):
        scene.complain("SH1", channel="hotline")
    scene.crowd(10, "NJ1")
    _away(scene, minutes=77)
    late = str(scene.gather(10, "SH")["incident"])
    _away(scene, minutes=3)
    scene.work()
    texts = _texts(scene)
    assert {who: len(found) for who, found in texts.items()} == dict.fromkeys(texts, 1)
    assert len(texts) >= 9
    (leader,) = texts[LEADER]
    assert "您有3个事件待处置，最急静安支行" in leader, "the large one first"
    codes = [_code(scene, n) for n in (large, first, late)]
    assert [leader.find(code) for code in codes] == sorted(leader.find(code) for code in codes)
    assert "热线工单" in leader and segments(leader) == 1
    ladder = scene.incident(late)["ladder"]
    assert [d["step"] for d in ladder["done"]] == [1] and ladder["state"] == "running"
    assert scene.incident(first)["ladder"]["state"] == "exhausted"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_any_code_of_the_one_text_acknowledges(db: TestDatabase, which: int) -> None:
    scene = Scene(db, plan=ladder_plan())
    opened = [str(scene.crowd(10, unit)[-1]["incident"]) for unit in ("SH1", "SH2")]
    opened.append(str(scene.gather(10, "SH")["incident"]))
    _away(scene, hours=1)
    scene.work()
    (text,) = _texts(scene)[LEADER]
    code = _code(scene, opened[which])
    assert code in text
    scene.reply(*LEADER, code)
    acknowledged = [bool(scene.incident(n)["acknowledgements"]) for n in opened]
    assert acknowledged == [n == which for n in range(3)]
    scene.reply(*LEADER, "收到")
    assert "请回复代码" in _texts(scene)[LEADER][0], "two are open still: which one?"


def test_tasks_of_the_outage_are_named_beside_the_alert(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    incident = incident_number(str(scene.crowd(10)[-1]["incident"]))
    due = scene.now() + timedelta(hours=8)
    for role in (Role.SUB_HEAD, Role.SUB_DEPUTY, Role.SUB_DEPUTY):
        scene.engine.command.assign_task(
            incident, Who("郑洁", "branch_leader"), NewTask("到现场", "SH1", role.value, due)
        )
    _away(scene, hours=1)
    scene.work()
    texts = _texts(scene)
    (alerted,), (told,) = texts["SH1", Role.SUB_HEAD], texts["SH1", Role.SUB_DEPUTY]
    assert "另有交办任务" in alerted and _code(scene, f"I{incident:07d}") in alerted
    assert "积压的通知：交办任务" in told, "two tasks are two things to do, neither swallowed"


def test_what_no_longer_serves_is_not_sent(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    over, known, running = (str(scene.crowd(10, unit)[-1]["incident"])
                            for unit in ("SH1", "SH2", "NJ1"))  # fmt: skip
    _away(scene, hours=1)
    scene.acknowledge(known, "王五", Role.HO_DEPUTY)
    scene.close(over)
    texts = _texts(scene)
    assert {len(found) for found in texts.values()} == {1}
    assert "静安支行" in texts[LEADER][0], "the first step is told even so"
    assert CONTACT not in texts, "the ladder of neither incident climbs"
    assert "鼓楼支行" in texts[HO][0]
    assert scene.incident(running)["ladder"]["state"] == "exhausted"


def test_the_codes_that_do_not_fit_are_counted(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    names = "ABCDEFGHIJ"
    head = scene.house.reload_tree().by_code("SH")
    assert head is not None
    scene.db.app.run(
        lambda c: save_units(c, [
            UnitValue(f"SH-{n}", f"上海{n}支行", Level.SUB_BRANCH, parent_code="SH",
                      short_name=f"{n}支行") for n in names
        ])
    )  # fmt: skip
    opened = [str(scene.gather(10 + n, f"SH-{name}")["incident"]) for n, name in enumerate(names)]
    _away(scene, hours=1)
    scene.work()
    (text,) = _texts(scene)[LEADER]
    assert "您有10个事件待处置，最急J支行" in text and "等10个事件" in text
    named = [n for n in opened if _code(scene, n) in text]
    assert named == opened[-len(named) :] and 3 <= len(named) < 10
    assert segments(text) == 1
    scene.reply(*LEADER, _code(scene, opened[0]))
    assert scene.incident(opened[0])["acknowledgements"], "not named, but told of all the same"


def test_the_one_text_that_fails_is_taken_apart(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    alive = scene.gateway

    class Refusing:
        name = "sandbox"

        def send(self, sending: Sending) -> SendResult:
            if sending.phone == scene.phones[HO]:
                return SendResult(Outcome.REFUSED, code="30003")
            return alive.send(sending)

        lookup, probe = alive.lookup, alive.probe

    scene.sender._gateways = {"sandbox": Refusing()}
    opened = [str(scene.crowd(10, unit)[-1]["incident"]) for unit in ("SH1", "SH2")]
    _away(scene, minutes=20)
    scene.work()
    _texts(scene)
    for incident in opened:
        messages = scene.incident(incident)["messages"]
        states = [m["state"] for m in messages if m["to_role"] == "ho_deputy"]
        assert states == ["failed"], "each failed by itself, and is followed up"


def test_late_texts_wait_for_each_other(db: TestDatabase) -> None:
    """A sender that is quicker than the tick finds nothing to send before they are merged."""
    scene = Scene(db, plan=ladder_plan())
    for unit in ("SH1", "SH2"):
        open_crowd(scene, unit)
    _texts(scene)
    _away(scene, hours=2)
    merged = 0
    for name, clockwork in scene.engine.clockworks():
        if name == "texts of no use":
            assert not scene.sender.send_one()
            merged += 1
        clockwork()
    scene.work()
    assert merged == 1
    texts = _texts(scene)
    assert {who: len(found) for who, found in texts.items()} == dict.fromkeys(texts, 1)
    assert set(texts) == {CONTACT, SERVICE, HO, ("HO", Role.HO_LEADER)}


def test_a_gateway_that_was_dead_leaves_one_text_too(db: TestDatabase) -> None:
    """The engine ran all the time; what it wrote waited, was tried and is one text at last."""
    scene = Scene(db, plan=ladder_plan())
    alive = scene.gateway

    class Dead:
        name = "sandbox"

        def send(self, sending: Sending) -> SendResult:
            return SendResult(Outcome.OTHER_GATEWAY, code="20003")

        lookup, probe = alive.lookup, alive.probe

    def hurry() -> None:
        scene.db.app.run(
            lambda c: c.execute(sa.text("UPDATE messages SET not_before_real = clock_timestamp()"))
        )

    scene.sender._gateways = {"sandbox": Dead()}
    opened = []
    for n in range(12):
        if n in (0, 4):
            opened.append(str(scene.crowd(10, "SH1" if n == 0 else "SH2")[-1]["incident"]))
        scene.later(minutes=5)
        hurry()
    scene.sender._gateways = {"sandbox": alive}
    hurry()
    scene.work()
    texts = _texts(scene)
    assert {who: len(found) for who, found in texts.items()} == dict.fromkeys(texts, 1)
    assert all(_code(scene, n) in texts[LEADER][0] for n in opened)
    scene.reply(*LEADER, _code(scene, opened[1]))
    assert scene.incident(opened[1])["acknowledgements"]


def test_everybody_told_hears_that_it_is_over(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    opened = [str(scene.crowd(10, unit)[-1]["incident"]) for unit in ("SH1", "SH2")]
    _away(scene, minutes=30)
    scene.work()
    _texts(scene)
    for incident in opened:
        scene.close(incident)
    texts = _texts(scene)
    for who in (*FIRST[1:], CONTACT, SERVICE, HO):
        assert sum("已解除" in text for text in texts[who]) == 2, who


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_meanwhile_each_phone_gets_one_text(cluster: Cluster, seed: int) -> None:
    """Random outages; the gravest first; each code that a text names acknowledges its incident."""
    chance, db = random.Random(seed), cluster.fresh()
    scene = Scene(db)
    for _ in range(chance.randint(3, 7)):
        _happen(scene, chance)
        _away(scene, minutes=chance.randint(1, 50))
    _away(scene, minutes=chance.randint(11, 60))
    scene.work()
    texts = _texts(scene)
    assert Counter(map(len, texts.values())) == Counter({1: len(texts)}), texts
    open_now = {i["code"]: i["id"] for i in scene.open_incidents()}
    severity = {i["code"]: i["severity"] for i in scene.open_incidents()}
    for who, (text,) in texts.items():
        named = sorted((code for code in open_now if code in text), key=text.find)
        assert segments(text) == 1
        grave = [severity[code] == "large" for code in named]
        assert grave == sorted(grave, reverse=True)
        for code in named:
            scene.reply(*who, code)
            _texts(scene)
            person = scene.people[who]
            rows = scene.db.app.read(
                lambda c, p=person, n=int(open_now[code][1:]): c.execute(
                    sa.text("SELECT 1 FROM acknowledgements WHERE person_id = :p"
                            " AND incident_id = :n"), {"p": p, "n": n},
                ).all()
            )  # fmt: skip
            assert len(rows) == 1
    db.close()


def _happen(scene: Scene, chance: random.Random) -> Any:
    unit = chance.choice(["SH1", "SH1", "SH2", "NJ1"])
    what = chance.choice(["crowd", "crowd", "gather", "hotline", "acknowledge"])
    if what == "crowd":
        return scene.crowd(10, unit)
    if what == "gather":
        return scene.gather(chance.choice([10, 35]), unit)
    if what == "hotline":
        return [scene.complain(unit, channel="hotline") for _ in range(4)]
    for incident in scene.open_incidents()[:1]:
        scene.acknowledge(incident["id"], "王五", Role.HO_DEPUTY)
    return None
