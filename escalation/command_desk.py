"""The verbs of incident command, one transaction each; the engine has them as `engine.command`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy.engine import Connection

from database.connection import business_now
from escalation import (
    command,
    handovers,
    notes,
    regrouping,
    security_calls,
    severity,
    splitting,
    tasks,
)
from escalation.about import About
from escalation.admission import Door
from escalation.command import Who
from escalation.house import House

T = TypeVar("T")


class CommandDesk:
    """Every verb of command over one `House`. Conflict, InvalidInput and NotFound as they say."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._let_in = Door(house)

    def _run(self, work: Callable[[Connection, datetime], T]) -> T:
        return self.house.database.run(lambda c: work(c, business_now(c)))

    # --- who commands ---------------------------------------------------------------------

    def take(self, incident_id: int, by: Who, reason: str | None = None) -> int:
        """Take command; from somebody else only with a reason."""
        self._let_in(About(incident_id=incident_id), by.name, reason=reason)
        return self._run(lambda c, now: command.take(c, incident_id, by, reason, now))

    def offer(
        self, incident_id: int, by: Who, to: handovers.Receiver, note: str | None = None
    ) -> int:
        """Offer command with what is open; the hand-over's id."""
        about = About(incident_id=incident_id)
        self._let_in(about, by.name, note=note)
        self._let_in(about, to.name, to=to.name)
        return self._run(
            lambda c, now: handovers.offer(c, self.house, incident_id, by, to, note, now)
        )

    def accept(self, handover_id: int, by: Who, stamp: str, read: Mapping[str, int]) -> None:
        """Take command over, having read what is open."""
        self._let_in(About(handover_id=handover_id))
        self._run(lambda c, now: handovers.accept(c, handover_id, by, stamp, read, now))

    def decline(self, handover_id: int, by: Who, reason: str | None) -> None:
        """Refuse a hand-over, with a reason."""
        self._let_in(About(handover_id=handover_id), by.name, reason=reason)
        self._run(lambda c, now: handovers.decline(c, handover_id, by, reason, now))

    def withdraw(self, handover_id: int, by: Who, reason: str | None = None) -> None:
        """Take one's offer back."""
        self._let_in(About(handover_id=handover_id), by.name, reason=reason)
        self._run(lambda c, now: handovers.withdraw(c, handover_id, by, reason, now))

    # --- tasks and notes ------------------------------------------------------------------

    def assign_task(self, incident_id: int, by: Who, task: tasks.NewTask) -> int:
        """Assign a task or a rectification; its id."""
        about = About(incident_id=incident_id)
        self._let_in(about, by.name, title=task.title, detail=task.detail)
        self._let_in(about, task.person, person=task.person)
        return self._run(lambda c, now: tasks.assign(c, self.house, incident_id, by, task, now))

    def accept_task(self, task_id: int, by: Who) -> None:
        """Say that one is on it."""
        self._let_in(About(task_id=task_id))
        self._run(lambda c, now: tasks.accept(c, task_id, by, now))

    def finish_task(self, task_id: int, by: Who, result: str, evidence: str | None = None) -> None:
        """Done, with its result; a rectification with its evidence too."""
        self._let_in(About(task_id=task_id), by.name, result=result, evidence=evidence)
        self._run(lambda c, now: tasks.finish(c, task_id, by, result, evidence, now))

    def check_task(self, task_id: int, by: Who, passed: bool, note: str | None = None) -> None:
        """Check a rectification that somebody else has done: close it, or send it back."""
        self._let_in(About(task_id=task_id), by.name, note=note)
        self._run(lambda c, now: tasks.check(c, task_id, by, passed, note, now))

    def cancel_task(self, task_id: int, by: Who, reason: str) -> None:
        """No longer needed."""
        self._let_in(About(task_id=task_id), by.name, reason=reason)
        self._run(lambda c, now: tasks.cancel(c, task_id, by, reason, now))

    def write_note(self, incident_id: int, by: Who, text: str) -> int:
        """Keep a note; its id."""
        self._let_in(About(incident_id=incident_id), by.name, text=text)
        return self._run(lambda c, now: notes.write(c, incident_id, by, text, now))

    # --- safety and severity --------------------------------------------------------------

    def note_security_call(
        self, incident_id: int, by: Who, call: security_calls.SecurityCall
    ) -> int:
        """Note a call to security or 110; both end the duties of the threat."""
        self._let_in(About(incident_id=incident_id), by.name, result=call.result)
        return self._run(lambda c, now: security_calls.note_call(c, incident_id, by, call, now))

    def raise_threat(self, incident_id: int, by: Who) -> None:
        """Somebody's safety is threatened: security is told at once."""
        self._let_in(About(incident_id=incident_id, touched=True))
        self._run(lambda c, now: security_calls.raise_threat(c, self.house, incident_id, by, now))

    def raise_to_large(self, incident_id: int, by: Who, reason: str) -> None:
        """It is large."""
        self._let_in(About(incident_id=incident_id), by.name, reason=reason)
        self._run(
            lambda c, now: severity.raise_to_large(c, self.house, incident_id, by, reason, now)
        )

    def lower(self, incident_id: int, by: Who, reason: str) -> None:
        """It is large no longer; what the large one owed stays owed."""
        self._let_in(About(incident_id=incident_id), by.name, reason=reason)
        self._run(lambda c, now: severity.lower(c, self.house, incident_id, by, reason, now))

    # --- which incident is part of which --------------------------------------------------

    def merge(self, child: int, parent: int, by: Who, reason: str) -> None:
        """Put one open incident under another."""
        for incident in (child, parent):
            self._let_in(About(incident_id=incident), by.name, reason=reason)
        regrouping.merge(self.house, child, parent, reason, by)

    def take_out(self, child: int, by: Who, reason: str) -> None:
        """Take an incident out of the one it is part of."""
        self._let_in(About(incident_id=child), by.name, reason=reason)
        regrouping.take_out(self.house, child, reason, by)

    def split(self, incident_id: int, keys: Collection[str], by: Who, reason: str) -> int:
        """Open an incident of its own over some of the incident's keys; its number."""
        self._let_in(About(incident_id=incident_id), by.name, reason=reason)
        return splitting.split(self.house, incident_id, keys, reason, by)
