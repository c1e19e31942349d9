"""The board's snapshot says what the database holds."""

from __future__ import annotations

from core.words import Role
from escalation.board_feed import fold_feed
from tests.engine.scene import Scene


def test_a_calm_board_says_since_when(scene: Scene) -> None:
    board = scene.engine.board()
    assert board["incidents"] == [] and board["watches"] == []
    assert board["figures"]["quiet_since"] is not None
    assert {team["state"] for team in board["teams"]} == {"quiet"}


def test_a_watch_shows_how_far_it_is_and_falls_back_by_itself(scene: Scene) -> None:
    scene.crowd(7)
    (watch,) = scene.engine.board()["watches"]
    assert (watch["clients"], watch["threshold"], watch["unit"]["code"]) == (7, 10, "SH1")
    scene.later(hours=24, seconds=1)
    assert scene.engine.board()["watches"] == []


def test_an_incident_shows_who_has_not_answered_and_where_it_burns(scene: Scene) -> None:
    scene.crowd(10)
    scene.work()
    for unit, role in (
        ("SH1", Role.SUB_HEAD),
        ("SH", Role.BRANCH_LEADER),
        ("SH", Role.BRANCH_DEPUTY),
    ):
        scene.expect_sms(unit, role)
    board = scene.engine.board()
    assert board["figures"]["unacknowledged"] == 1 and board["figures"]["clients"] == 10
    shanghai = next(t for t in board["teams"] if t["unit"]["code"] == "SH")
    assert shanghai["state"] == "incident"
    assert {p["state"] for p in shanghai["on_duty"]} == {"told"}
    assert [(h["code"], h["clients"]) for h in board["hot"]] == [("SH1", 10)]
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    board = scene.engine.board()
    states = {p["role"]: p["state"] for t in board["teams"] if t["unit"]["code"] == "SH"
              for p in t["on_duty"]}  # fmt: skip
    assert states["branch_leader"] == "acknowledged" and board["figures"]["unacknowledged"] == 0


def test_complaints_that_follow_one_another_are_one_line() -> None:
    def line(seq: int, verb: str) -> dict[str, object]:
        return {"seq": seq, "verb": verb, "zh": f"z{seq}", "en": f"e{seq}"}

    verbs = ["complaint_received"] * 3 + ["acknowledged", "complaint_received"]
    folded = fold_feed([line(9 - n, verb) for n, verb in enumerate(verbs)])
    assert [entry["zh"] for entry in folded] == ["收到投诉 3 件", "z6", "z5"]


def test_the_same_breach_in_a_run_of_breaches_is_one_line_with_how_often() -> None:
    def line(seq: int, verb: str, words: str) -> dict[str, object]:
        return {"seq": seq, "verb": verb, "zh": words, "en": words}

    run = [line(9 - n, "duty_breached", words) for n, words in enumerate("abaac")]
    folded = fold_feed([*run, line(3, "acknowledged", "d"), line(2, "duty_breached", "a")])
    assert [entry["zh"] for entry in folded] == ["a ×3", "b", "c", "d", "a"]
    assert [entry["seq"] for entry in folded] == [9, 8, 5, 3, 2]
