"""Sufferings 7 and 8: clocks over midnight; a threshold that counts the wrong thing."""

from __future__ import annotations

from datetime import datetime

from core.clock import SHANGHAI
from core.words import Role
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.sufferings.crowd import first_told


# (races: tests/concurrency; the counting itself against a brute force: tests/properties)
def test_8_forty_complaints_of_nine_clients_are_no_incident(scene: Scene) -> None:
    for i in range(40):
        answer = scene.complain(client={"name": f"客户{i % 9}", "phone": f"1370000000{i % 9}"})
    assert answer["counted"][0]["clients"] == 9
    assert scene.open_incidents() == []


def test_8_one_client_by_four_channels_counts_once(scene: Scene) -> None:
    scene.complain(channel="hotline", client={"phone": "13700000001"})
    scene.complain(channel="web", client={"id_number": "310101198001010011"})
    scene.complain(channel="letter", client={"account": "6222000011112222"})
    answer = scene.complain(
        client={"phone": "137 0000 0001", "id_number": "310101198001010011",
                "account": "6222-0000-1111-2222"},
    )  # fmt: skip
    assert answer["counted"][0]["clients"] == 1
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    scene.expect_sms("SH", Role.BRANCH_DEPUTY, "95558")


def test_8_a_day_and_a_second_apart_is_not_together(scene: Scene) -> None:
    scene.crowd(5)
    scene.later(hours=24, seconds=1)
    answers = scene.crowd(5)
    assert [a["counted"][0]["clients"] for a in answers] == [1, 2, 3, 4, 5]
    assert scene.open_incidents() == []


def test_8_exactly_a_day_apart_is_together(scene: Scene) -> None:
    scene.crowd(5)
    scene.later(hours=24)
    assert scene.crowd(5)[-1]["incident"] is not None
    scene.work()
    first_told(scene)


def test_7_clocks_run_over_midnight_and_the_end_of_the_year(db: TestDatabase) -> None:
    scene = Scene(db, start=datetime(2026, 12, 31, 23, 57, tzinfo=SHANGHAI))
    scene.crowd(5)
    scene.later(minutes=2)
    incident = scene.crowd(5)[4]["incident"]
    scene.work()
    first_told(scene)
    duties = {d["clause"]: d["due_at"] for d in scene.incident(incident)["duties"]}
    assert duties["HO-ACK"] == "2027-01-01T00:59:00+08:00"
    scene.later(minutes=4, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    assert scene.engine.board()["figures"]["complaints_today"] == 0
    scene.complain("NJ1")
    assert scene.engine.board()["figures"]["complaints_today"] == 1
    scene.expect_nothing_more()
