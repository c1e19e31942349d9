"""Everybody of the matrix: each role where it sits, and three of head office's at a branch."""

from __future__ import annotations

from dataclasses import dataclass

from core.rights import Access
from core.words import Role


@dataclass(frozen=True)
class Seat:
    """A role that signs in, where, and the team's role in which it acts (None: in no team)."""

    access: Access
    unit: str
    role: Role | None

    @property
    def name(self) -> str:
        return f"{self.access.value}@{self.unit}"

    @property
    def whole_bank(self) -> bool:
        return self.unit == "HO"


SEATS = (
    Seat(Access.HEAD_OFFICE, "HO", Role.DUTY_OFFICER),
    Seat(Access.BRANCH, "SH", Role.BRANCH_LEADER),
    Seat(Access.SUB_BRANCH, "SH1", Role.SUB_HEAD),
    Seat(Access.HOTLINE, "HO", Role.HO_HOTLINE),
    Seat(Access.HOTLINE, "SH", Role.BRANCH_CONTACT),
    Seat(Access.PR, "HO", Role.PR_OFFICER),
    Seat(Access.PR, "SH", Role.BRANCH_SERVICE),
    Seat(Access.CLIENT_MANAGER, "SH1", Role.SUB_VIP_MANAGER),
    Seat(Access.AUDITOR, "HO", None),
    Seat(Access.AUDITOR, "SH", None),
    Seat(Access.ADMINISTRATOR, "HO", None),
    Seat(Access.ADMINISTRATOR, "SH", None),
)
