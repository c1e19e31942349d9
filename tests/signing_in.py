"""Sign somebody in straight in the database, for tests of what they may then see and do."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from contacts.people import MemberValue, PersonValue, save_member, save_person
from core.rights import Access
from core.settings import SignInSettings
from core.viewer import Viewer
from core.words import Role
from dashboard.signin import sessions
from tests.postgres import TestDatabase

#: Of no password: nobody signs in with it by the door.
NO_PASSWORD = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in: the session cookie's value, and who the web floor takes them for."""

    cookie: str
    viewer: Viewer


def sign_in(
    db: TestDatabase,
    *,
    unit: str,
    roles: Iterable[Access],
    name: str = "测试员",
    login: str | None = None,
    person_id: int | None = None,
    seats: Iterable[Role] = (),
) -> SignedIn:
    """An account of this unit (its code) with these roles, and an open session of it.

    `seats`: team roles at that unit, held by `person_id` or else by a new person of this name.
    """
    number = next(_numbers)

    def work(connection: sa.Connection) -> str:
        unit_id = connection.execute(
            sa.text("SELECT id FROM units WHERE code = :code"), {"code": unit}
        ).scalar_one()
        person = person_id
        wanted = tuple(seats)
        if wanted and person is None:
            person = save_person(connection, PersonValue(name=f"{name}{number}", unit_id=unit_id))
        for role in wanted:
            assert person is not None
            save_member(connection, MemberValue(unit_id=unit_id, role=role, person_id=person))
        account = connection.execute(
            sa.text(
                "INSERT INTO accounts (login, name, person_id, unit_id, roles, password_hash,"
                " must_change) VALUES (:login, :name, :person, :unit, :roles, :hash, false)"
                " RETURNING id"
            ),
            {"login": login or f"test{number}", "name": name, "person": person, "unit": unit_id,
             "roles": sorted(role.value for role in roles), "hash": NO_PASSWORD},
        ).scalar_one()  # fmt: skip
        return sessions.start(
            connection, account, device="test", address="127.0.0.*", factor="totp"
        )

    cookie = db.app.run(work)
    viewer = sessions.find(db.app, cookie, SignInSettings())
    assert viewer is not None
    return SignedIn(cookie, viewer)
