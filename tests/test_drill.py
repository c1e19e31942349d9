"""The drill's story gives each of the three people who sign in by one click something to do."""

from __future__ import annotations

import itertools
import threading
from typing import Any

from flask import Flask

from core.rights import TOKEN_SCOPES
from dashboard import tokens
from dashboard.drill import Beat, Drill
from dashboard.signin.demo import BRANCH_OF_THE_HEAD
from dashboard.tokens import NewToken
from escalation.ids import media_number
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.web_safety.site import running

BRANCHES = ("BJ", "NJ", "SH", "XM", "LZ")


class Told(Drill):
    """A drill over units of its own; nothing is sent."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "none", threading.Event())

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        assert (method, path) == ("GET", "/api/v1/units")
        return [
            {"code": f"{branch}{n}", "level": "sub_branch", "parent": branch}
            for branch in BRANCHES
            for n in (1, 2, 3)
        ]


def test_the_first_crowd_and_the_press_are_at_the_branch_heads() -> None:
    for _ in range(20):
        story = Told()
        beats = list(itertools.islice(story._story(story._outlets()), 90))
        at_home = [b for b in beats if b.unit.startswith(BRANCH_OF_THE_HEAD)]
        assert sum(b.kind == "complaint" and b.at < 60 for b in at_home) >= 10
        assert [b.kind for b in at_home if b.kind in ("media", "press")] == ["media", "press"]
        gathered = {b.unit for b in beats if b.kind == "gathering"}
        assert gathered and not any(unit.startswith(BRANCH_OF_THE_HEAD) for unit in gathered)


class Asking(Drill):
    """The drill over the real API, without a network."""

    def __init__(self, server: Flask, token: str) -> None:
        super().__init__("", token, threading.Event())
        self._client_of = server.test_client()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._client_of.open(path, method=method, json=body, headers=headers)
        assert answer.status_code < 300, (path, answer.get_data(as_text=True))
        return answer.get_json()


def test_what_the_press_writes_is_a_media_case_about_the_complaint(db: TestDatabase) -> None:
    scene = Scene(db)
    value = NewToken("drill", frozenset({"*"}), scopes=TOKEN_SCOPES)
    token = db.app.run(lambda c: tokens.create(c, value, actor="test"))
    with running(db) as server:
        drill = Asking(server, token)
        drill._play(Beat(0.0, "media", "SH1"))
        drill._play(Beat(1.0, "press", "SH1"))
    (case,) = scene.engine.media.cases()["cases"]
    assert (case["reports"], case["reach"], case["reach_word"]) == (2, 422_000, "national")
    shown = scene.engine.media.case(media_number(case["id"]))
    assert len(shown["complaints"]) == 1
    assert {"WP-19", "WP-19-C", "WP-19-M", "WP-19-N"} <= {d["clause"] for d in shown["duties"]}
