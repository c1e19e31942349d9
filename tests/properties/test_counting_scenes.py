"""Counting through the real engine where it is easy to get wrong: late entries, merges, closing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from escalation.manual import ManualOpening
from tests.engine.scene import Scene
from tests.postgres import TestDatabase


@pytest.fixture
def scene(db: TestDatabase) -> Iterator[Scene]:
    """Without the check for unexpected texts: these scenes are about numbers."""
    yield Scene(db)


def _key(scene: Scene, key: str = "unit:SH1") -> Any:
    return scene.db.app.read(
        lambda c: c.execute(
            sa.text(
                "SELECT clients, state, refresh_at, incident_id FROM key_states WHERE key = :k"
            ),
            {"k": key},
        ).one()
    )


def _ago(scene: Scene, **delta: float) -> str:
    return (scene.now() - timedelta(**delta)).isoformat()


# --- entered late ---------------------------------------------------------------------------------


def test_a_late_entry_leaves_the_watch_of_now_alone(scene: Scene) -> None:
    scene.crowd(7)
    before = _key(scene)
    late = scene.complain(received_at=_ago(scene, hours=30))
    assert late["counted"][0] == {
        "key": "unit:SH1", "clients": 1, "threshold": 10, "state": "quiet",
    }  # fmt: skip
    assert _key(scene) == before
    assert [(w["key"], w["clients"]) for w in scene.engine.board()["watches"]] == [("unit:SH1", 7)]


def test_a_late_entry_counts_in_its_own_time(scene: Scene) -> None:
    for minutes in range(9):
        assert (
            scene.complain(received_at=_ago(scene, hours=50, minutes=minutes))["incident"] is None
        )
    assert scene.complain()["incident"] is None
    assert scene.complain(received_at=_ago(scene, hours=49))["incident"] is not None


def test_a_late_entry_does_not_shorten_a_watch(scene: Scene) -> None:
    scene.crowd(5)
    scene.complain(received_at=_ago(scene, hours=20))
    scene.later(hours=24)
    assert _key(scene).state == "watch"
    scene.later(seconds=1)
    assert (_key(scene).state, _key(scene).clients) == ("quiet", 0)


def test_an_old_complaint_of_the_same_client_does_not_hide_him_from_the_incident(
    scene: Scene,
) -> None:
    scene.complain(client={"phone": "13700000001"})
    scene.later(hours=40)
    incident = scene.crowd(10)[9]["incident"]
    answer = scene.complain(client={"phone": "13700000001"})
    assert answer["counted"][0]["clients"] == 11
    assert scene.incident(incident)["clients"] == 11


# --- heads ----------------------------------------------------------------------------------------


def test_a_watch_by_heads_ends_with_its_day_though_a_ticket_came(scene: Scene) -> None:
    scene.gather(7)
    scene.later(hours=3)
    scene.complain()
    assert _key(scene).state == "watch"
    scene.later(hours=21)
    assert _key(scene).state == "watch"
    scene.later(seconds=1)
    assert _key(scene).state == "quiet"


def test_a_watch_by_heads_ends_when_they_have_left(scene: Scene) -> None:
    scene.gather(7)
    assert _key(scene).state == "watch"
    answer = scene.gather(0)
    assert (_key(scene).state, answer["counted"][0]["state"]) == ("quiet", "quiet")


def test_last_weeks_clients_do_not_count_with_todays_gathering(scene: Scene) -> None:
    scene.crowd(4)
    scene.later(hours=24 * 7)
    gathered = scene.gather(10)
    answer = scene.complain()
    assert (answer["incident"], answer["counted"][0]["clients"]) == (gathered["incident"], 1)
    assert scene.incident(gathered["incident"])["clients"] == 1


# --- merges ---------------------------------------------------------------------------------------


def test_two_who_turn_out_to_be_one_lower_an_open_incident_and_its_key(scene: Scene) -> None:
    scene.crowd(10)
    scene.complain(client={"phone": "13700000001"})
    scene.complain(client={"id_number": "310101198001010011"})
    incident = scene.open_incidents()[0]["id"]
    assert scene.incident(incident)["clients"] == 12
    answer = scene.complain(client={"phone": "13700000001", "id_number": "310101198001010011"})
    assert answer["counted"][0]["clients"] == 11
    assert (_key(scene).clients, scene.incident(incident)["clients"]) == (11, 11)


def test_a_merge_mends_other_keys_too(scene: Scene) -> None:
    scene.crowd(4)
    scene.complain(client={"phone": "13700000001"})
    scene.complain(client={"id_number": "310101198001010011"})
    assert _key(scene).clients == 6
    scene.complain("NJ1", client={"phone": "13700000001", "id_number": "310101198001010011"})
    assert (_key(scene).clients, _key(scene, "unit:NJ1").clients) == (5, 1)


@pytest.mark.parametrize("known", [(), ("phone",), ("phone", "account")])
def test_one_principal_named_twice_in_one_complaint_is_one(
    scene: Scene, known: tuple[str, ...]
) -> None:
    whole = {"id_number": "310101198001010011", "phone": "13700000001", "account": "62220001"}
    for part in known:
        scene.complain(client={part: whole[part]})
    answer = scene.complain(client=None, clients=[{"id_number": whole["id_number"]}, whole])
    assert answer["counted"][0]["clients"] == 1
    assert scene.complain(client=whole)["counted"][0]["clients"] == 1


def test_a_principal_whom_a_later_one_in_the_same_complaint_absorbs(scene: Scene) -> None:
    scene.complain(client={"id_number": "310101198001010011"})
    scene.complain(client={"phone": "13700000001"})
    answer = scene.complain(
        client=None,
        clients=[{"phone": "13700000001"},
                 {"phone": "13700000001", "id_number": "310101198001010011"}],
    )  # fmt: skip
    assert answer["counted"][0]["clients"] == 1


# --- closing --------------------------------------------------------------------------------------


def test_who_counted_in_two_incidents_counts_in_neither_once_they_are_closed(scene: Scene) -> None:
    """A place's incident and a product's; one complaint counts in both and belongs to the first."""
    place = scene.crowd(10, "SH1")[9]["incident"]
    product = scene.crowd(10, "SH2", product="稳健增利")[9]["incident"]
    assert place != product
    shared = scene.complain("SH1", product="稳健增利")
    assert [c["clients"] for c in shared["counted"]] == [11, 11, 11]
    assert scene.incident(product)["clients"] == scene.incident(place)["clients"] == 11
    scene.close(product)
    after = scene.complain("SH2", product="稳健增利")
    assert after["counted"][1]["clients"] == 1, "counted in a closed incident, never again"


def test_after_a_close_the_count_starts_from_nothing_and_links_back(scene: Scene) -> None:
    first = scene.crowd(12)[11]["incident"]
    scene.close(first)
    assert (_key(scene).clients, _key(scene).state) == (0, "quiet")
    again = scene.crowd(10)
    assert [a["counted"][0]["clients"] for a in again] == list(range(1, 11))
    assert scene.incident(again[9]["incident"])["previous"] == first


def test_an_incident_opened_by_hand_takes_the_crowd_that_stands_there(scene: Scene) -> None:
    scene.crowd(7)
    incident = scene.engine.open_incident(ManualOpening("SH1", "支行来电"), "test")
    assert incident["clients"] == 7
    answer = scene.complain()
    assert (answer["incident"], answer["counted"][0]["clients"]) == (incident["id"], 8)


def test_a_gathering_over_two_incidents_is_one_tree_with_them(scene: Scene) -> None:
    """Tickets of the place belong to two products' incidents already: one crowd, one tree."""
    for place, product in (("SH2", "稳健增利"), ("SH", "安心定开")):
        scene.crowd(8, place, product=product)
        assert scene.crowd(2, "SH1", product=product)[1]["incident"] is not None
    assert len(scene.open_incidents()) == 2
    gathered = scene.gather(12)["incident"]
    roots = {i["parent"] or i["id"] for i in scene.open_incidents()}
    assert len(roots) == 1
    assert scene.incident(gathered)["headcount"] == 12
