"""A report's five times: corrected by new entries only, always in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict, InvalidInput
from escalation import report_times
from escalation.report_times import TimeKind
from tests.engine.report_desk import Desk, refused


def test_a_time_is_corrected_by_a_new_entry_only(desk: Desk) -> None:
    report = desk.begin()
    times = {e["kind"]: e for e in report["times"]}
    assert set(times) == {"occurred", "aware"}
    earlier = desk.scene.now() - timedelta(minutes=30)

    def correct(kind: Any, at: datetime, reason: str = "监控录像显示") -> dict[str, Any]:
        return desk.reports.correct_time(
            desk.number, report["id"], kind, at, reason, "web:branch_contact"
        )

    entries = [e for e in correct("occurred", earlier)["times"] if e["kind"] == "occurred"]
    assert [e["counts"] for e in entries] == [False, True]
    assert (entries[1]["reason"], entries[1]["by"]) == ("监控录像显示", "web:branch_contact")
    assert refused(lambda: correct("aware", earlier - timedelta(minutes=1))) == {"at"}
    assert refused(lambda: correct("aware", desk.scene.now() + timedelta(minutes=1))) == {"at"}
    assert refused(lambda: correct("occurred", earlier, " ")) == {"reason"}
    with pytest.raises(Conflict):
        correct("sent", desk.scene.now())


NOW = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
_MOMENTS = st.integers(-800 * 1440, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
_NEAR = st.integers(-300, 10).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(st.lists(st.tuples(st.sampled_from(report_times.TIME_KINDS), _NEAR | _MOMENTS)))
def test_any_row_of_corrections_keeps_the_five_in_order(
    entries: list[tuple[str, datetime]],
) -> None:
    """Whatever is entered: nothing accepted is in the future, years old or out of order, and
    nothing in order is refused."""
    known: dict[str, datetime] = {}
    for kind, at in entries:
        others = {k: v for k, v in known.items() if k != kind}
        wanted = {**others, kind: at}
        row = [wanted[k] for k in report_times.TIME_KINDS if k in wanted]
        sound = row == sorted(row) and NOW - timedelta(days=730) <= at <= NOW
        assert (report_times.faults_of(kind, at, others, NOW) == []) == sound
        if sound:
            known[kind] = at


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(offsets=st.lists(st.tuples(st.booleans(), st.integers(-120, 20)), max_size=8))
def test_every_entry_stays_and_the_latest_counts(
    desk: Desk, offsets: list[tuple[bool, int]]
) -> None:
    listed = desk.reports.listed(desk.number)["reports"]
    report = listed[0] if listed else desk.begin()
    before = desk.reports.one(desk.number, report["id"])["times"]
    accepted: list[tuple[str, str]] = []
    for aware, minutes in offsets:
        kind: TimeKind = "aware" if aware else "occurred"
        at = desk.scene.now() + timedelta(minutes=minutes)
        try:
            desk.reports.correct_time(desk.number, report["id"], kind, at, "核对", "web:x")
        except InvalidInput:
            continue
        accepted.append((kind, at.isoformat()))
    after = desk.reports.one(desk.number, report["id"])["times"]
    assert len(after) == len(before) + len(accepted)
    for kind in ("occurred", "aware"):
        entries = [e for e in after if e["kind"] == kind]
        assert [e["counts"] for e in entries] == [False] * (len(entries) - 1) + [True]
        mine = [at for k, at in accepted if k == kind]
        assert not mine or datetime.fromisoformat(entries[-1]["at"]) == datetime.fromisoformat(
            mine[-1]
        )
    counting = {e["kind"]: e["at"] for e in after if e["counts"]}
    assert counting["occurred"] <= counting["aware"]
