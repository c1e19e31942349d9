"""What people say about a media case, as values: who acts, a report, a finding, a talk, a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.viewer import Viewer
from escalation.media_rules import Answer, Outcome, ReachWord, Scope, Verdict


@dataclass(frozen=True)
class By:
    """Who acts. `ident` is the person whatever seat they act in: who drafts may not approve."""

    name: str
    role: str | None
    actor: str
    ident: str

    def columns(self, prefix: str) -> dict[str, str | None]:
        """As the tables have it: ``PREFIX_by``, ``PREFIX_role``, ``PREFIX_actor``."""
        return {
            f"{prefix}_by": self.name, f"{prefix}_role": self.role, f"{prefix}_actor": self.actor,
        }  # fmt: skip


def ident_of(viewer: Viewer) -> str:
    """The person behind an account, or the account where there is none: one and the same drafter,
    whichever seat or session they act in."""
    return f"person:{viewer.person_id}" if viewer.person_id else f"{viewer.kind}:{viewer.id}"


#: The feed watch acts for nobody.
WATCH = By("feed watch", None, "engine", "engine")


@dataclass(frozen=True)
class Reach:
    """How far a report goes: a word, and the figure where known (readers, plays, print run)."""

    word: ReachWord
    figure: int | None = None


@dataclass(frozen=True)
class Report:
    """One report of one outlet. `seen_at` is when we became aware of it; `key` tells it apart
    where it has no link (an entry of a feed)."""

    outlet: str
    headline: str
    reach: Reach
    seen_at: datetime
    link: str | None = None
    excerpt: str | None = None
    published_at: datetime | None = None
    key: str | None = None


@dataclass(frozen=True)
class Found:
    """A report found at a unit; a new case unless its link is known."""

    unit: str
    scope: Scope
    report: Report


@dataclass(frozen=True)
class Finding:
    """What the unit found when it checked the facts, and what it rests on."""

    verdict: Verdict
    at: datetime
    note: str
    evidence: str


@dataclass(frozen=True)
class Correction:
    """An outlet is asked to correct: which sighting, what is wrong, with which evidence."""

    sighting: int
    at: datetime
    text: str
    evidence: str


@dataclass(frozen=True)
class OutletAnswer:
    """What the outlet answered to a correction (an act's id)."""

    correction: int
    at: datetime
    answer: Answer
    note: str


@dataclass(frozen=True)
class Talk:
    """A talk with a journalist: one of the media list (`contact`), or named here."""

    at: datetime
    via: str
    said: str
    contact: int | None = None
    outlet: str | None = None
    journalist: str | None = None


@dataclass(frozen=True)
class Settling:
    """How a case ends; what settles it stays on it."""

    outcome: Outcome
    note: str


@dataclass(frozen=True)
class Contact:
    """Somebody of the media list (WP-31); `version` is the one seen, 0 for a new one."""

    unit: str
    outlet: str
    name: str
    phone: str | None = None
    email: str | None = None
    beat: str | None = None
    active: bool = True
    version: int = 0


@dataclass(frozen=True)
class Feed:
    """An RSS or Atom feed to watch for keywords; `version` is the one seen, 0 for a new one."""

    unit: str
    name: str
    url: str
    keywords: tuple[str, ...]
    scope: Scope
    active: bool = True
    every_minutes: int = 10
    version: int = 0
