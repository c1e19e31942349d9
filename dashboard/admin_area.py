"""An administrator's area at what no viewer's connection can read: accounts and tokens (SG-07).

What lies in another area is as not there: the same words, by the same way.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import NotFound
from core.viewer import Viewer


def own_unit(connection: Connection, who: Viewer, code: str) -> str:
    """The unit's code, or one that no unit has."""
    path = connection.execute(_UNIT, {"code": code}).scalar_one_or_none()
    return code if path is not None and who.sees(path) else ""


def own_person(connection: Connection, who: Viewer, person: int | None) -> int | None:
    """The person's id, or one that nobody has."""
    if person is None:
        return None
    path = connection.execute(_PERSON, {"id": person}).scalar_one_or_none()
    return person if path is not None and who.sees(path) else 0


def own_accounts(connection: Connection, who: Viewer) -> set[int]:
    """The accounts of their area."""
    return set(connection.execute(_ACCOUNTS, {"area": who.area}).scalars())


def own_tokens(connection: Connection, who: Viewer) -> set[int]:
    """The tokens of their area."""
    return set(connection.execute(_TOKENS, {"area": who.area}).scalars())


def admit_to_account(connection: Connection, who: Viewer, account: int) -> None:
    """NotFound for an account that is not of their area."""
    if account not in own_accounts(connection, who):
        raise NotFound("account")


def admit_to_token(connection: Connection, who: Viewer, token: int) -> None:
    """NotFound for a token that is not of their area."""
    if token not in own_tokens(connection, who):
        raise NotFound("token")


_UNIT = sa.text("SELECT path FROM units WHERE code = :code")
_PERSON = sa.text("SELECT u.path FROM people p JOIN units u ON u.id = p.unit_id WHERE p.id = :id")
_ACCOUNTS = sa.text(
    "SELECT a.id FROM accounts a JOIN units u ON u.id = a.unit_id WHERE starts_with(u.path, :area)"
)
_TOKENS = sa.text(
    "SELECT t.id FROM api_tokens t JOIN units u ON u.id = t.unit_id"
    " WHERE starts_with(u.path, :area)"
)
