"""What `fenghuo plan simulate` prints is kept, and is what the engine then really does.

`python -m tests.golden` writes the kept texts anew; look at the difference before you commit it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from core.settings import overlay_names, plan_names
from dashboard.timeline_text import lines_of
from escalation.plan import Plan
from escalation.plan_file import load_plan
from escalation.simulated_entries import Entry
from escalation.simulating import Timeline, simulate
from tests.engine.scene import PLANS
from tests.golden.bank import Bank, live
from tests.golden.stories import STORIES, TIMELINES, WEALTH, Story
from tests.postgres import Cluster


@cache
def plan_of(name: str, overlays: tuple[str, ...] = ()) -> Plan:
    return load_plan(name, PLANS, overlays)


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Bank]:
    yield Bank(cluster, plan_of(WEALTH)).build()


def told(story: Story, bank: Bank) -> tuple[Timeline, list[str], list[Entry]]:
    """The simulated timeline, its lines, and what really happened."""
    scene = bank.fresh(plan_of(story.plan, story.overlays), story.what.at)
    try:
        timeline = simulate(scene.house, story.what, story.length)
        moments = sorted({e.at for e in timeline.entries} | {story.what.at + story.length})
        return timeline, lines_of(timeline, "zh"), live(scene, story.what, moments)
    finally:
        scene.db.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.name)
def test_what_is_simulated_is_kept_and_really_happens(story: Story, bank: Bank) -> None:
    timeline, lines, real = told(story, bank)
    assert "\n".join(lines) + "\n" == story.path.read_text(encoding="utf-8")
    end = story.what.at + story.length
    assert comparable(timeline.entries, end) == comparable(real, end)
    assert any(entry.kind in ("call", "ladder") for entry in timeline.entries)


def comparable(
    entries: Iterator[Entry] | tuple[Entry, ...] | list[Entry], end: object
) -> list[str]:
    """Everything that an entry says, but for how a complaint came to be known."""
    shown = [repr(entry) for entry in entries if entry.kind != "event" and entry.at <= end]  # type: ignore[operator]
    return sorted(shown)


def test_every_plan_has_three_stories_and_no_text_is_left_over() -> None:
    number = Counter(story.plan for story in STORIES if not story.overlays)
    assert set(number) == set(plan_names(PLANS)) and min(number.values()) >= 3
    number = Counter(story.overlays[0] for story in STORIES if story.overlays)
    assert set(number) == set(overlay_names(PLANS)) and min(number.values()) >= 2
    assert {path.name for path in TIMELINES.iterdir()} == {story.path.name for story in STORIES}
