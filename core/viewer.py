"""Who looks or acts: made by the web floor from a session or a token, never from a body."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.rights import Access, Right
from core.words import Role


@dataclass(frozen=True)
class Viewer:
    """A signed-in person, or an API token's holder.

    `area` is the path of their unit: they see this unit and all below it. `seats` are the teams'
    roles that the person holds there, the first being the one they act in unless they choose
    another of them. `name` is staff's and is shown; the journal keeps `actor` only.
    """

    kind: str  #: "person" or "token"
    id: int  #: of the account, or of the token
    name: str  #: the person's name, or the token's label
    unit_id: int
    area: str
    rights: frozenset[Right]
    roles: frozenset[Access] = frozenset()
    person_id: int | None = None
    seats: tuple[Role, ...] = ()
    session_id: int | None = None
    unit: str = ""  #: its short name, to say whose area it is; empty for a token
    #: sources that a token may write complaints under; "*" is any. A person writes their own.
    sources: frozenset[str] = field(default_factory=frozenset)

    @property
    def seat(self) -> Role | None:
        """The team's role in which they act now."""
        return self.seats[0] if self.seats else None

    @property
    def actor(self) -> str:
        """As the journal names them, by id, never by name: ``web:ROLE:ID`` or ``token:LABEL``."""
        if self.kind == "token":
            return f"token:{self.name}"
        role = self.seat.value if self.seat else min(self.roles, default="none")
        return f"web:{role}:{self.id}"

    def may(self, right: Right) -> bool:
        return right in self.rights

    def sees(self, path: str) -> bool:
        """Whether a unit's path lies in their area."""
        return path.startswith(self.area)

    def may_write(self, source: str) -> bool:
        return "*" in self.sources or source in self.sources

    def seated(self, role: Role) -> Viewer:
        """The same person in another of their own roles; ValueError when it is not theirs."""
        if role not in self.seats:
            raise ValueError(role)
        return replace(self, seats=(role, *(seat for seat in self.seats if seat is not role)))
