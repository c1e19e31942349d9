"""The drill's story gives each of the three people who sign in by one click something to do."""

from __future__ import annotations

import itertools
import threading
from typing import Any

from dashboard.drill import Drill
from dashboard.signin.demo import BRANCH_OF_THE_HEAD

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
        assert [b.kind for b in at_home].count("media") == 1
        gathered = {b.unit for b in beats if b.kind == "gathering"}
        assert gathered and not any(unit.startswith(BRANCH_OF_THE_HEAD) for unit in gathered)
