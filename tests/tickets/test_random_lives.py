"""Random lives of tickets over a real database: no act is lost, no file, no clock is reset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.ticket_life import position, stage
from core.errors import FenghuoError
from core.words import Role
from escalation import ticket_store
from escalation.ids import complaint_number
from tests.engine.scene import Scene
from tests.postgres import Cluster
from tests.tickets.clerk import SAYS, Clerk
from tests.tickets.test_lives import PNG

WHO = (("SH1", Role.SUB_HEAD), ("SH1", Role.SUB_DEPUTY), ("SH2", Role.SUB_HEAD),
       ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_CONTACT))  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "note": {"kind": "evidence", "said": "补充凭证"}, "major_risk": {"reason": "可能升级"},
    "dissatisfied": {"reason": "不满意"}, "object": {"kind": "review", "said": "不同意"},
    "answer_objection": {"upheld": True, "via": "letter", "reply": "重新核查"},
    "reopen": {"reason": "重新办理"}, "withdraw": {"reason": "撤诉"},
    "skip": {"step": "return_visit", "reason": "无需"},
}  # fmt: skip


@dataclass
class Seen:
    """What a ticket had at a moment: acts, files, and when each clock was due."""

    acts: list[int] = field(default_factory=list)
    files: set[int] = field(default_factory=set)
    dues: dict[int, object] = field(default_factory=dict)


@pytest.fixture(scope="module")
def scene(cluster: Cluster) -> Iterator[Scene]:
    db = cluster.fresh()
    yield Scene(db)
    db.close()


moves = st.lists(
    st.tuples(
        st.sampled_from(["next", "next", "next", "next", "step", "other", "hand", "answer"]),
        st.sampled_from(WHO), st.sampled_from(sorted(SAYS)), st.sampled_from(sorted(OTHERS)),
        st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


def _look(scene: Scene, number: int) -> Seen:
    def read(c: sa.Connection) -> Seen:
        given = {"id": number}
        acts = c.scalars(sa.text("SELECT id FROM ticket_acts WHERE complaint_id = :id ORDER BY id"),
                         given)  # fmt: skip
        files = c.scalars(sa.text("SELECT id FROM evidence_files WHERE complaint_id = :id"), given)
        dues = c.execute(sa.text("SELECT id, due_at FROM duties WHERE complaint_id = :id"), given)
        return Seen(list(acts), set(files), {r.id: r.due_at for r in dues})

    return scene.db.app.read(read)


def _try(scene: Scene, complaint: str, move: Any) -> None:
    what, (unit, role), step, other, with_file = move
    clerk, files = Clerk(scene, unit, role), ((PNG,) if with_file else ())
    at = clerk.sees(complaint)["ticket"]["stage"]
    try:
        if what == "next" and at in SAYS:
            clerk.does(complaint, at, files)
        elif what == "step":
            clerk.does(complaint, step, files)
        elif what == "other":
            clerk.does(complaint, other, files, **OTHERS[other])
        elif what == "hand":
            clerk.hands(complaint, "SH2" if unit != "SH2" else "SH1", Role.SUB_HEAD)
        elif what == "answer":
            clerk.accepts(complaint) if with_file else clerk.refuses(complaint)
    except FenghuoError:
        return


def _check(scene: Scene, number: int, before: Seen) -> Seen:
    now = _look(scene, number)
    assert now.acts[: len(before.acts)] == before.acts
    assert before.files <= now.files
    assert {k: now.dues[k] for k in before.dues} == before.dues
    entries = scene.db.app.read(lambda c: ticket_store.entries_of(c, number))
    row = scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT stage, round, owner_unit_id, unit_id, reopened FROM tickets"
                " WHERE complaint_id = :id"), {"id": number}).one())  # fmt: skip
    stands = position(entries)
    assert (row.stage, row.round) == (stage(scene.house.plan.life, stands), stands.round)
    assert row.owner_unit_id is not None and row.reopened == stands.round - 1
    return now


def _live(scene: Scene, story: list[Any]) -> None:
    complaint = str(scene.complain(summary="收益低", demand="说明")["complaint"])
    number = complaint_number(complaint)
    seen = _look(scene, number)
    for move in story:
        _try(scene, complaint, move)
        seen = _check(scene, number, seen)


@given(moves)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_lost_and_no_clock_reset(scene: Scene, story: list[Any]) -> None:
    _live(scene, story)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@given(moves)
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_is_lost_in_a_thousand_lives(scene: Scene, story: list[Any]) -> None:
    _live(scene, story)
