"""A small bank that has every role, cloned for each story; and a story told to the real engine."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from core.clock import SHANGHAI
from core.words import ROLE_LEVEL, Level, Role
from escalation.events import ByHand
from escalation.ids import complaint_number, incident_number
from escalation.manual import ManualOpening
from escalation.only import Only
from escalation.plan import Plan
from escalation.simulated_entries import Entry, read_entries
from escalation.simulating import Occasion
from tests.engine import scene as scenes
from tests.engine.scene import Scene
from tests.postgres import OWNER, Cluster, TestDatabase

ROLES = {
    level: tuple(role for role in Role if ROLE_LEVEL[role] is level)
    for level in (Level.HEAD_OFFICE, Level.BRANCH, Level.SUB_BRANCH)
}


@dataclass
class Bank:
    """The template; `fresh` is a copy of it."""

    cluster: Cluster
    plan: Plan
    name: str = field(default_factory=lambda: f"g_{uuid.uuid4().hex[:12]}")

    def build(self) -> Bank:
        first = self.cluster.fresh()
        few, scenes.ROLES = scenes.ROLES, ROLES  # type: ignore[assignment]
        try:
            Scene(first, plan=self.plan)
        finally:
            scenes.ROLES = few
        first.app.dispose()
        first.owner.dispose()
        self.name = first.name
        return self

    def fresh(self, plan: Plan, at: datetime) -> Scene:
        name = f"g_{uuid.uuid4().hex[:12]}"
        self.cluster._admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}" OWNER "{OWNER}"')
        db = TestDatabase(self.cluster, name)
        db.set_time(at)
        return Scene(db, built=True, plan=plan)


# --- the real engine ----------------------------------------------------------------------------

_NEVER = date(9999, 1, 1)


def keep_periods_away(scene: Scene, only: Occasion | None) -> None:
    """No standing duty comes due, but those of this occasion's unit."""
    tree = scene.house.reload_tree()
    before = only.at.astimezone(SHANGHAI).date() if only else _NEVER
    rows = [
        {"clause": s.clause.id, "unit": unit.id,
         "seen": before if only and s.clause.event == only.event and unit.code == only.unit
         else _NEVER}
        for s in scene.house.plan.standing for unit in tree.all()
        if s.clause.event in ("day", "week", "month", "quarter", "half_year", "year")
    ]  # fmt: skip
    if rows:
        scene.db.owner.run(lambda c: c.execute(
            sa.text("INSERT INTO standing_periods (clause, unit_id, seen)"
                    " VALUES (:clause, :unit, :seen)"), rows,
        ))  # fmt: skip


def begin(scene: Scene, what: Occasion) -> Only | None:
    """The occasion happens, by the verb that people use; None: it comes by itself."""
    if what.event == "incident_opened":
        if what.headcount:
            found = scene.gather(what.headcount, what.unit)["incident"]
        else:
            value = ManualOpening(what.unit, "演练", what.product, large=what.large,
                                  media_exposed=what.media)  # fmt: skip
            found = scene.engine.open_incident(value, "test")["id"]
        return Only(incident_id=incident_number(str(found)))
    if what.event == "complaint_received":
        answer = scene.complain(
            what.unit, channel=what.channel.value, face_to_face=what.face_to_face
        )
        return Only(complaint_id=complaint_number(answer["complaint"]))
    if what.event.startswith(("complaint_", "system_")):
        past = scene.house.reload_tree()
        assert past.by_code(what.unit) is not None
        number = _old_complaint(scene, what)
        event = ByHand(what.event, complaint_id=number, class_id=what.class_id)
        return Only(event_ids=(scene.engine.record_event(event, "test"),))
    if what.event in ("day", "week", "month", "quarter", "half_year", "year"):
        return None
    return Only(event_ids=(scene.engine.record_event(ByHand(what.event, what.unit), "test"),))


def _old_complaint(scene: Scene, what: Occasion) -> int:
    """A complaint of the past owes nothing itself; what is recorded about it now does."""
    from complaints.value import parse_complaint

    body = {
        "source": "test", "source_ref": "old", "unit": what.unit, "channel": what.channel.value,
        "received_at": what.at.isoformat(), "client": {"name": "旧客户"},
    }  # fmt: skip
    taken = scene.engine.take_complaint(parse_complaint(body), "test", history=True)
    return complaint_number(taken.answer["complaint"])


def live(scene: Scene, what: Occasion, moments: list[datetime]) -> list[Entry]:
    """The story as it really happens: the engine ticks at these moments and half-way between."""
    periods = what.event in ("day", "week", "month", "quarter", "half_year", "year")
    keep_periods_away(scene, what if periods else None)
    only = begin(scene, what)
    scene.work()
    now = what.at
    for moment in moments:
        if moment <= now:
            continue
        if moment - now > timedelta(seconds=2):
            scene.db.set_time(now + (moment - now) / 2)
            scene.work()
        scene.db.set_time(moment)
        scene.work()
        now = moment

    def read(connection: sa.Connection) -> list[Entry]:
        scene.house.tree(connection)
        ids = connection.scalars(sa.text("SELECT id FROM events WHERE incident_id IS NULL")).all()
        return read_entries(connection, scene.house, only or Only(event_ids=tuple(ids)))

    return scene.db.app.read(read)
