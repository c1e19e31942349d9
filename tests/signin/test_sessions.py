"""Whose a cookie is, and when it is nobody's any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from contacts.people import ShiftValue, save_shift
from core.errors import NotFound
from core.rights import Access, Right, rights_of
from core.settings import SignInSettings
from core.words import Role
from dashboard.signin import accounts, sessions
from dashboard.signin.failures import real_now
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import SignedIn, sign_in

LIMITS = SignInSettings(idle_minutes=60, absolute_hours=12)


@pytest.fixture
def bank(db: TestDatabase) -> Iterator[Scene]:
    yield Scene(db)


def _at(scene: Scene, who: SignedIn, now: datetime | None = None) -> bool:
    return sessions.find(scene.db.app, who.cookie, LIMITS, now) is not None


def _sql(scene: Scene, text: str, **keys: object) -> sa.CursorResult[object]:
    return scene.db.app.run(lambda c: c.execute(sa.text(text), keys))


def test_a_session_is_its_account_with_area_rights_and_seats(bank: Scene) -> None:
    leader = bank.people["SH", Role.BRANCH_LEADER]
    who = sign_in(bank.db, unit="SH", roles={Access.BRANCH}, name="李四", person_id=leader)
    viewer = who.viewer
    assert (viewer.kind, viewer.name, viewer.person_id) == ("person", "李四", leader)
    assert viewer.rights == rights_of({Access.BRANCH})
    assert viewer.seats == (Role.BRANCH_LEADER,)
    assert viewer.actor == f"web:branch_leader:{viewer.id}"
    path = _sql(bank, "SELECT path FROM units WHERE code = 'SH'").scalar_one()
    assert viewer.area == path


def test_seats_outside_the_area_are_none_and_the_one_on_shift_comes_first(bank: Scene) -> None:
    deputy = bank.people["SH", Role.BRANCH_DEPUTY]
    elsewhere = sign_in(bank.db, unit="NJ", roles={Access.BRANCH}, person_id=deputy)
    assert elsewhere.viewer.seats == ()
    unit = _sql(bank, "SELECT id FROM units WHERE code = 'SH'").scalar_one()
    now = bank.now()
    shift = ShiftValue(unit, Role.BRANCH_SERVICE, deputy, now, now + timedelta(hours=8))
    bank.db.app.run(lambda c: save_shift(c, shift, actor="test"))
    on_duty = sign_in(bank.db, unit="SH", roles={Access.BRANCH}, person_id=deputy).viewer
    assert on_duty.seats == (Role.BRANCH_SERVICE, Role.BRANCH_DEPUTY)
    bank.db.move_time(timedelta(hours=8))
    again = sign_in(bank.db, unit="SH", roles={Access.BRANCH}, person_id=deputy).viewer
    assert again.seats == (Role.BRANCH_DEPUTY,)


def test_the_table_holds_nothing_that_opens_a_session(bank: Scene) -> None:
    who = sign_in(bank.db, unit="HO", roles={Access.AUDITOR})
    row = _sql(bank, "SELECT token_hash, sessions::text AS all FROM sessions").one()
    assert who.cookie not in row.all
    assert sessions.find(bank.db.app, bytes(row.token_hash).hex(), LIMITS) is None
    assert sessions.find(bank.db.app, "", LIMITS) is None
    assert len(who.cookie) >= 43  # 256 bits


def test_it_ends_when_idle_and_in_any_case_after_the_absolute_limit(bank: Scene) -> None:
    who = sign_in(bank.db, unit="HO", roles={Access.PR})
    now = bank.db.app.read(real_now)
    assert _at(bank, who, now + timedelta(minutes=59))
    assert not _at(bank, who, now + timedelta(minutes=61))
    _sql(bank, "UPDATE sessions SET created_real = created_real - interval '11 hours 59 minutes'")
    assert _at(bank, who)
    _sql(bank, "UPDATE sessions SET created_real = created_real - interval '2 minutes'")
    assert not _at(bank, who)


def test_a_drill_at_sixty_times_the_speed_does_not_end_it(bank: Scene) -> None:
    who = sign_in(bank.db, unit="HO", roles={Access.PR})
    bank.db.move_time(timedelta(days=2))
    assert _at(bank, who)


def test_last_use_is_written_at_most_once_a_minute(bank: Scene) -> None:
    who = sign_in(bank.db, unit="HO", roles={Access.PR})
    seen = "SELECT seen_real FROM sessions"
    first = _sql(bank, seen).scalar_one()
    bank.db.app.run(lambda c: sessions.touch(c, who.cookie))
    assert _sql(bank, seen).scalar_one() == first
    _sql(bank, "UPDATE sessions SET seen_real = seen_real - interval '61 seconds'")
    bank.db.app.run(lambda c: sessions.touch(c, who.cookie))
    assert _sql(bank, seen).scalar_one() > first


def test_one_ends_ones_own_sessions_only(bank: Scene) -> None:
    mine = sign_in(bank.db, unit="HO", roles={Access.PR})
    other = sign_in(bank.db, unit="HO", roles={Access.PR})
    assert other.viewer.session_id is not None
    number = other.viewer.session_id
    with pytest.raises(NotFound):
        bank.db.app.run(lambda c: sessions.end(c, mine.viewer.id, number, "own"))
    assert _at(bank, other)
    bank.db.app.run(lambda c: sessions.end(c, other.viewer.id, number, "own"))
    assert not _at(bank, other)
    assert _at(bank, mine)


@pytest.mark.parametrize("what", ["disable", "roles", "unit", "reset", "password"])
def test_what_ends_all_sessions_of_an_account(bank: Scene, what: str) -> None:
    who = sign_in(bank.db, unit="SH", roles={Access.BRANCH})
    other = sign_in(bank.db, unit="SH", roles={Access.BRANCH})
    account = who.viewer.id

    def work(connection: sa.Connection) -> None:
        if what == "disable":
            accounts.disable(connection, account, actor="test")
        elif what == "reset":
            accounts.reset(connection, account, "x", factor=False, actor="test")
        elif what == "password":
            accounts.set_password(connection, account, "x", keep=None, actor="test")
        else:
            roles = [Access.PR] if what == "roles" else [Access.BRANCH]
            unit = "NJ" if what == "unit" else "SH"
            accounts.change(connection, account, roles=roles, unit=unit, actor="test")

    bank.db.app.run(work)
    assert not _at(bank, who)
    assert _at(bank, other)


def test_a_changed_password_keeps_the_session_it_was_changed_in(bank: Scene) -> None:
    who = sign_in(bank.db, unit="SH", roles={Access.BRANCH})
    account, keep = who.viewer.id, who.viewer.session_id
    second = bank.db.app.run(
        lambda c: sessions.start(c, account, device="x", address="x", factor="totp")
    )
    bank.db.app.run(lambda c: accounts.set_password(c, account, "x", keep=keep, actor="test"))
    assert _at(bank, who)
    assert sessions.find(bank.db.app, second, LIMITS) is None


def test_a_role_that_needs_a_second_factor_has_no_session_without(bank: Scene) -> None:
    who = sign_in(bank.db, unit="SH", roles={Access.BRANCH})
    _sql(bank, "UPDATE sessions SET factor = NULL")
    assert _at(bank, who)
    asked = SignInSettings(second_factor_roles=(Access.BRANCH,))
    assert sessions.find(bank.db.app, who.cookie, asked) is None


def test_a_process_believes_what_it_read_for_a_few_seconds_at_most(bank: Scene) -> None:
    check = sessions.SessionCheck(bank.db.app, LIMITS)
    who = sign_in(bank.db, unit="HO", roles={Access.ADMINISTRATOR})
    found = check.find(who.cookie)
    assert found == who.viewer
    assert found is not None and found.may(Right.MANAGE_PEOPLE)
    _sql(bank, "UPDATE sessions SET ended_real = clock_timestamp(), ended_why = 'test'")
    assert check.find(who.cookie) == who.viewer
    check.forget()
    assert check.find(who.cookie) is None
    assert sessions.KEEP_SECONDS <= 5


def test_ones_sessions_are_listed_with_device_and_end(bank: Scene) -> None:
    who = sign_in(bank.db, unit="HO", roles={Access.PR})
    sign_in(bank.db, unit="HO", roles={Access.PR})
    [line] = bank.db.app.read(lambda c: sessions.listed(c, who.viewer.id, LIMITS))
    assert (line.id, line.device, line.address) == (who.viewer.session_id, "test", "127.0.0.*")
    assert line.ends - line.seen == timedelta(minutes=60)
