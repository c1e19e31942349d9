"""Who holds a role now: on real tables. The pure decision is tested in test_holders.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.people import (
    AbsenceValue,
    MemberValue,
    PersonValue,
    ShiftValue,
    remove_member,
    unblock_phone,
)
from contacts.roster import (
    block_phone,
    first_reachable,
    holders,
    person_by_phone,
    roles_of,
    roster,
    save_absence,
    save_member,
    save_person,
    save_shift,
)
from core.errors import InvalidInput, NotFound
from core.words import Level, Role
from tests.contacts.bank import build_units, seat
from tests.postgres import TestDatabase

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _bank(connection: Connection) -> dict[str, int]:
    ids = build_units(connection)
    people = {
        "first": seat(connection, ids["SH"], Role.BRANCH_LEADER, "甲一", "19900000001", 1),
        "second": seat(connection, ids["SH"], Role.BRANCH_LEADER, "乙二", "19900000002", 2),
        "sub": seat(connection, ids["XH"], Role.SUB_HEAD, "丙三", "19900000003"),
    }
    return ids | people


def test_the_standing_members_come_by_rank(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    found = db.app.read(lambda c: holders(c, ids["SH"], Role.BRANCH_LEADER, NOW))
    assert [(h.person_id, h.rank, h.on_shift) for h in found] == [
        (ids["first"], 1, False),
        (ids["second"], 2, False),
    ]
    assert found[0].phone == "19900000001"
    assert db.app.read(lambda c: holders(c, ids["NJ"], Role.BRANCH_LEADER, NOW)) == ()


def test_a_shift_goes_before_and_ends_on_time(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    shift = ShiftValue(ids["SH"], Role.BRANCH_LEADER, ids["second"], NOW, NOW + HOUR)
    db.app.run(lambda c: save_shift(c, shift))

    def first(at: datetime) -> tuple[int, bool]:
        best = first_reachable(db.app.read(lambda c: holders(c, ids["SH"], Role.BRANCH_LEADER, at)))
        assert best is not None
        return best.person_id, best.on_shift

    assert first(NOW - HOUR) == (ids["first"], False)
    assert first(NOW) == (ids["second"], True)
    assert first(NOW + HOUR) == (ids["first"], False)


def test_the_absent_and_the_blocked_are_kept_but_marked(db: TestDatabase) -> None:
    ids = db.app.run(_bank)

    def work(connection: Connection) -> None:
        save_absence(connection, AbsenceValue(ids["first"], NOW, NOW + HOUR, "leave"))
        block_phone(connection, "+86 199 0000 0002", "21610")

    db.app.run(work)
    found = db.app.read(lambda c: holders(c, ids["SH"], Role.BRANCH_LEADER, NOW))
    assert [h.why for h in found] == ["absent", "blocked"]
    assert first_reachable(found) is None
    assert db.app.run(lambda c: unblock_phone(c, "19900000002"))
    found = db.app.read(lambda c: holders(c, ids["SH"], Role.BRANCH_LEADER, NOW))
    assert [h.why for h in found] == ["absent", None]


def test_an_outlet_without_people_has_its_sub_branchs(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    found = db.app.read(lambda c: holders(c, ids["XH1"], Role.SUB_HEAD, NOW))
    assert [(h.person_id, h.unit_id) for h in found] == [(ids["sub"], ids["XH"])]
    assert db.app.read(lambda c: holders(c, ids["LJZ"], Role.SUB_HEAD, NOW)) == ()
    own = db.app.run(lambda c: seat(c, ids["XH1"], Role.SUB_HEAD, "丁四", "19900000004"))
    found = db.app.read(lambda c: holders(c, ids["XH1"], Role.SUB_HEAD, NOW))
    assert [h.person_id for h in found] == [own]


def test_a_branch_role_never_falls_to_the_parent(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    assert db.app.read(lambda c: holders(c, ids["XH"], Role.BRANCH_LEADER, NOW)) == ()


def test_the_roster_of_an_area_shows_every_role_and_gap(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    area = f"/{ids['HO']}/{ids['SH']}/"
    lines = {
        (line.unit_id, line.role): line for line in db.app.read(lambda c: roster(c, area, NOW))
    }
    assert {unit for unit, _ in lines} == {ids[c] for c in ("SH", "XH", "XH1", "LJZ")}
    assert len(lines) == 4 * 4 + 1, "four roles each, and security at the branch"
    leader = lines[ids["SH"], Role.BRANCH_LEADER]
    assert leader.holder is not None and leader.holder.person_id == ids["first"]
    assert [h.person_id for h in leader.deputies] == [ids["second"]]
    assert not leader.gap
    below = lines[ids["XH1"], Role.SUB_HEAD]
    assert below.holder is not None and below.holder.unit_id == ids["XH"]
    assert lines[ids["LJZ"], Role.SUB_HEAD].gap
    whole = db.app.read(lambda c: roster(c, "/", NOW))
    assert {line.role for line in whole if line.unit_id == ids["HO"]} == set(
        roles_of(Level.HEAD_OFFICE)
    )


def test_the_roster_agrees_with_holders(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    db.app.run(lambda c: save_absence(c, AbsenceValue(ids["first"], NOW, NOW + HOUR)))
    for line in db.app.read(lambda c: roster(c, "/", NOW)):
        unit, role = line.unit_id, line.role
        expected = db.app.read(lambda c, u=unit, r=role: holders(c, u, r, NOW))  # type: ignore[misc]
        assert line.holders == expected
        assert line.holder == first_reachable(expected)


def test_the_roster_asks_as_often_for_many_units_as_for_one(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    asked: list[str] = []

    def listen(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    sa.event.listen(db.app.engine, "before_cursor_execute", listen)
    db.app.read(lambda c: roster(c, f"/{ids['HO']}/{ids['SH']}/{ids['LJZ']}/", NOW))
    small = len(asked)
    db.app.read(lambda c: roster(c, "/", NOW))
    assert len(asked) == 2 * small <= 12


def test_a_person_is_known_by_phone_however_it_is_written(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    for written in ("19900000003", "+8619900000003", "0086 199 0000 0003", "１９９-0000-0003"):
        found = db.app.read(lambda c, w=written: person_by_phone(c, w))  # type: ignore[misc]
        assert found is not None
        assert (found.person_id, found.seats) == (ids["sub"], ((ids["XH"], Role.SUB_HEAD),))
    assert db.app.read(lambda c: person_by_phone(c, "19900009999")) is None
    gone = PersonValue("丙三", ids["XH"], mobile="19900000003", active=False, id=ids["sub"])
    db.app.run(lambda c: save_person(c, gone))
    assert db.app.read(lambda c: person_by_phone(c, "19900000003")) is None
    assert [h.why for h in db.app.read(lambda c: holders(c, ids["XH"], Role.SUB_HEAD, NOW))] == [
        "inactive"
    ]


def test_saving_again_changes_instead_of_adding(db: TestDatabase) -> None:
    ids = db.app.run(_bank)

    def work(c: Connection) -> list[tuple[int, int]]:
        person = PersonValue("甲一", ids["SH"], post="行长", mobile="+86 199 0000 0001")
        shift = ShiftValue(ids["SH"], Role.BRANCH_LEADER, ids["first"], NOW, NOW + HOUR)
        longer = ShiftValue(ids["SH"], Role.BRANCH_LEADER, ids["first"], NOW, NOW + 2 * HOUR)
        away = AbsenceValue(ids["first"], NOW, NOW + HOUR)
        member = MemberValue(ids["SH"], Role.BRANCH_LEADER, ids["first"], 3)
        return [
            (save_person(c, person), ids["first"]),
            (save_shift(c, shift), save_shift(c, longer)),
            (save_absence(c, away), save_absence(c, away)),
            (save_member(c, member), save_member(c, member)),
        ]

    assert all(one == other for one, other in db.app.run(work))
    found = db.app.read(
        lambda c: holders(c, ids["SH"], Role.BRANCH_LEADER, NOW + timedelta(minutes=90))
    )
    assert [(h.person_id, h.rank) for h in found if h.on_shift] == [(ids["first"], 3)]
    assert db.app.run(lambda c: remove_member(c, ids["SH"], Role.BRANCH_LEADER, ids["first"]))
    assert not db.app.run(lambda c: remove_member(c, ids["SH"], Role.BRANCH_LEADER, ids["first"]))


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (PersonValue("", 1), ["name"]),
        (PersonValue("戊五", 1, mobile="1990000000"), ["mobile"]),
        (PersonValue("戊五", 1, mobile="29900000001"), ["mobile"]),
        (PersonValue("戊五", 1, mobile="19900000001"), ["mobile"]),
        (PersonValue("戊五", 1, office_phone="12a"), ["office_phone"]),
        (PersonValue("戊五", 1, email="x@y"), ["email"]),
        (PersonValue("戊五", 10**9), ["unit_id"]),
        (PersonValue("戊五", 1, id=10**9), ["id"]),
    ],
)
def test_a_wrong_person_is_refused(db: TestDatabase, value: PersonValue, fields: list[str]) -> None:
    db.app.run(_bank)
    with pytest.raises(InvalidInput) as refused:
        db.app.run(lambda c: save_person(c, value))
    assert [fault.field for fault in refused.value.faults] == fields


def test_wrong_seats_and_spans_are_refused(db: TestDatabase) -> None:
    ids = db.app.run(_bank)
    naive = NOW.replace(tzinfo=None)
    cases = [
        (save_member, MemberValue(ids["XH"], Role.BRANCH_LEADER, ids["first"]), ["role"]),
        (save_member, MemberValue(ids["SH"], Role.BRANCH_LEADER, 10**9), ["person_id"]),
        (save_member, MemberValue(ids["SH"], Role.BRANCH_LEADER, ids["first"], 0), ["rank"]),
        (save_member, MemberValue(10**9, Role.BRANCH_LEADER, ids["first"]), ["unit_id"]),
        (
            save_shift,
            ShiftValue(ids["HO"], Role.SUB_HEAD, ids["sub"], NOW, NOW),
            ["role", "ends_at"],
        ),
        (save_absence, AbsenceValue(ids["sub"], naive, NOW), ["starts_at"]),
        (save_absence, AbsenceValue(10**9, NOW, NOW + HOUR), ["person_id"]),
    ]
    for save, value, fields in cases:
        with pytest.raises(InvalidInput) as refused:
            db.app.run(lambda c, s=save, v=value: s(c, v))  # type: ignore[misc]
        assert [fault.field for fault in refused.value.faults] == fields
    with pytest.raises(NotFound):
        db.app.run(lambda c: save_absence(c, AbsenceValue(ids["sub"], NOW, NOW + HOUR, id=10**9)))


def test_the_journal_names_nobody(db: TestDatabase) -> None:
    ids = db.app.run(_bank)

    def work(connection: Connection) -> None:
        save_absence(connection, AbsenceValue(ids["first"], NOW, NOW + HOUR, "阑尾炎"))
        block_phone(connection, "19900000002", "21610")

    db.app.run(work)
    text = db.app.read(
        lambda c: c.execute(
            sa.text("SELECT string_agg(journal_text(j), '') FROM journal j")
        ).scalar_one()
    )
    assert "phone_blocked" in text and "absence_saved" in text
    for secret in ("甲一", "丙三", "1990000", "阑尾炎"):
        assert secret not in text
