"""What the engine answers a viewer: their area, no byte of another branch, enough to work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from sqlalchemy.engine import Connection

from core.errors import NotFound
from database.area import AreaDatabase
from database.connection import Database
from escalation import admission, my_duties, my_tasks
from escalation.engine import Engine
from escalation.house import House
from tests.areas.story import SECRET, Story, told

T = TypeVar("T")


def _duties(engine: Engine) -> Any:
    return engine.database.read(
        lambda c: my_duties.read(c, engine.house, unit_id=None, area=engine.house.area, limit=500)
    )


def _tasks(engine: Engine) -> Any:
    return engine.database.read(
        lambda c: my_tasks.read(c, engine.house, unit_id=None, area=engine.house.area)
    )


#: What may be read without naming anything.
OVERVIEWS: dict[str, Callable[[Engine], Any]] = {
    "board": lambda e: e.board(),
    "open incidents": lambda e: e.incidents(state="open"),
    "all incidents": lambda e: e.incidents(state=None),
    "duties": _duties,
    "units that owe": lambda e: e.database.read(
        lambda c: my_duties.by_unit(c, e.house, e.house.area)
    ),
    "tasks": _tasks,
    "media cases": lambda e: e.media.cases(show="all"),
    "media of the day": lambda e: e.media.daily(),
    "media feeds": lambda e: e.media.feeds(),
    "media list": lambda e: e.media.media_list(),
}
#: What may be read of one incident.
OF_INCIDENT: dict[str, Callable[[Engine, int], Any]] = {
    "incident": lambda e, n: e.incident(n),
    "call list": lambda e, n: e.calls.people(n),
    "call tree": lambda e, n: e.calls.tree(n),
    "call list, numbers": lambda e, n: e.calls.reveal_people(n, "test"),
    "call tree, numbers": lambda e, n: e.calls.reveal_tree(n, "test", "screen"),
    "reports": lambda e, n: e.reports.listed(n),
    "review": lambda e, n: e.review.read(n),
    "reception": lambda e, n: e.reception.sheet(n),
}
FOREIGN = (SECRET, "njsecret", "鼓楼", "南京", "NJ1")


@pytest.mark.parametrize("what", OVERVIEWS)
@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_no_overview_holds_a_byte_of_another_branch(story: Story, who: str, what: str) -> None:
    text = told(OVERVIEWS[what](story.engine(who)))
    assert not [word for word in FOREIGN if word in text]


@pytest.mark.parametrize("what", OVERVIEWS)
def test_head_office_sees_both(story: Story, what: str) -> None:
    text = told(OVERVIEWS[what](story.engine("head_office")))
    assert "徐汇" in text or "上海" in text
    assert "鼓楼" in text or "南京" in text


@pytest.mark.parametrize("what", OF_INCIDENT)
@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_another_branchs_incident_is_not_found(story: Story, who: str, what: str) -> None:
    theirs = story.numbers("NJ1") + story.numbers("NJ")
    assert theirs
    for number in theirs:
        with pytest.raises(NotFound) as there:
            OF_INCIDENT[what](story.engine(who), number)
        with pytest.raises(NotFound) as nowhere:
            OF_INCIDENT[what](story.engine(who), 999_999)
        assert str(there.value) == str(nowhere.value)


@pytest.mark.parametrize("what", OF_INCIDENT)
def test_ones_own_incident_is_read_in_full(story: Story, what: str) -> None:
    for number in story.numbers("SH1") + story.numbers("SH"):
        found = OF_INCIDENT[what](story.engine("shanghai"), number)
        whole = OF_INCIDENT[what](story.engine("head_office"), number)
        if what == "incident":
            assert found["own"] and found["clients"] == whole["clients"]
            assert len(found["messages"]) == len(whole["messages"])
            assert len(found["counting"]["counted"]) == len(whole["counting"]["counted"])
        assert found


@pytest.mark.parametrize("what", OF_INCIDENT)
@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_the_spanning_incident_says_its_total_and_no_more(
    story: Story, who: str, what: str
) -> None:
    (number,) = story.numbers("HO")
    try:
        found = OF_INCIDENT[what](story.engine(who), number)
    except NotFound:
        assert what in ("review", "reception", "reports")
        return
    text = told(found)
    assert not [word for word in FOREIGN if word in text]
    if what == "incident":
        assert found["clients"] == 32 and not found["own"]


def test_a_unit_outside_is_as_one_that_is_not(story: Story) -> None:
    for code in ("NJ", "NJ1", "NOPE"):
        with pytest.raises(NotFound, match="unit"):
            story.engine("shanghai").contacts.unit(code)
        with pytest.raises(NotFound, match="unit"):
            story.engine("shanghai").calls.unit_tree(code)
    assert "HO" not in told(story.engine("shanghai").contacts.unit("SH1")["unit"])


@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_postgresql_holds_where_the_application_forgets(
    story: Story, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every filter of ours dropped: the same answers still hold no byte of another branch."""
    monkeypatch.setattr(House, "area", property(lambda _house: "/"))
    monkeypatch.setattr(admission, "_check", lambda *_: None)
    monkeypatch.setattr(admission, "admit_to_unit", lambda house, _code: None)
    engine = story.engine(who)
    for what, read in OVERVIEWS.items():
        assert not [word for word in (SECRET, "njsecret") if word in told(read(engine))], what
    for number in story.numbers("NJ1") + story.numbers("NJ") + story.numbers("HO"):
        for what, read_one in OF_INCIDENT.items():
            with contextlib.suppress(NotFound):
                text = told(read_one(engine, number))
                assert not [word for word in (SECRET, "njsecret") if word in text], what


@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_the_application_holds_where_postgresql_would_not(story: Story, who: str) -> None:
    """The other way round: our own filters over a connection that sees the whole bank."""
    seen = story.engine(who)
    whole = Engine(replace(seen.house, database=Unfenced(story.db.app)))
    for what, read in OVERVIEWS.items():
        assert not [word for word in FOREIGN if word in told(read(whole))], what
    for number in story.numbers("NJ1") + story.numbers("NJ"):
        with pytest.raises(NotFound):
            whole.incident(number)
    (spanning,) = story.numbers("HO")
    assert not [word for word in FOREIGN if word in told(whole.incident(spanning))]


class Unfenced(AreaDatabase):
    """A viewer's database whose policies are asleep."""

    def __init__(self, whole: Database) -> None:
        super().__init__(whole, whole, "/1/")

    def read(self, work: Callable[[Connection], T]) -> T:
        return self.whole.read(work)
