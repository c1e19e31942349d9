"""Who acts in this request: the signed-in person in one of their own seats, never what a body says.

`dashboard.gate` has put the viewer there; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import g, has_request_context
from pydantic import BaseModel, ConfigDict

from core.errors import NotAllowed
from core.viewer import Viewer
from core.words import Role


@dataclass(frozen=True)
class Me:
    """Name and seat of the person who acts; `actor` is how the journal names them."""

    name: str
    role: Role
    actor: str
    person_id: int | None


def viewer() -> Viewer:
    """Who looks; RuntimeError outside a request that the gate has let through."""
    found = viewer_or_none()
    if found is None:
        raise RuntimeError("nobody is signed in here")
    return found


def viewer_or_none() -> Viewer | None:
    """Who looks, or None where nobody had to sign in."""
    return cast("Viewer | None", g.get("viewer")) if has_request_context() else None


def me() -> Me:
    """Who acts; NotAllowed for whoever has no seat in any team of their area."""
    who = viewer()
    if who.seat is None:
        raise NotAllowed(
            "您在应急小组中没有岗位，不能以个人名义办理；请联系管理员",
            "you hold no seat in a response team; ask the administrator",
        )
    return Me(who.name, who.seat, who.actor, who.person_id)


def actor() -> str:
    """As the journal names whoever asks."""
    return viewer().actor


class Acting(BaseModel):
    """The body of an act: what is done. Who does it is the signed-in person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def me(self) -> Me:
        """Who acts. NotAllowed."""
        return me()
