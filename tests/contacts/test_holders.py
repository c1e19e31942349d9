"""Properties of the pure decision who holds a role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contacts.roster import Absence, Member, Person, Shift, decide_holders, first_reachable
from core.words import Role

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
PEOPLE = [
    Person(n, f"人{n}", None if n == 5 else f"1990000000{n}", active=n != 6) for n in range(7)
]
PHONES = sorted(person.phone for person in PEOPLE if person.phone)

people = st.sampled_from(PEOPLE)
moments = st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours))
spans = st.tuples(moments, st.integers(1, 6)).map(
    lambda span: (span[0], span[0] + timedelta(hours=span[1]))
)
members = st.dictionaries(people, st.integers(1, 4), max_size=6).map(
    lambda ranks: [Member(person, Role.SUB_HEAD, 1, rank) for person, rank in ranks.items()]
)
shifts = st.lists(
    st.builds(lambda person, span: Shift(person, Role.SUB_HEAD, 1, *span), people, spans),
    max_size=6,
)
absences = st.lists(
    st.builds(lambda person, span: Absence(person.id, *span), people, spans), max_size=4
)
blocked = st.sets(st.sampled_from(PHONES), max_size=3)


@given(members, shifts, absences, blocked)
def test_the_decision(
    members: list[Member], shifts: list[Shift], absences: list[Absence], blocked: set[str]
) -> None:
    found = decide_holders(members, shifts, absences, blocked, NOW)
    on_duty = {s.person.id for s in shifts if s.starts_at <= NOW < s.ends_at}
    away = {a.person_id for a in absences if a.starts_at <= NOW < a.ends_at}
    ids = [holder.person_id for holder in found]
    # Everybody once, nobody else, nobody lost.
    assert sorted(ids) == sorted(on_duty | {m.person.id for m in members})
    # All on shift stand before all others; the others stand by rank.
    assert [h.on_shift for h in found] == sorted((h.on_shift for h in found), reverse=True)
    assert {h.person_id for h in found if h.on_shift} == on_duty
    ranks = [h.rank for h in found if not h.on_shift]
    assert ranks == sorted(ranks)
    for holder in found:
        person = PEOPLE[holder.person_id]
        assert holder.reachable == (holder.why is None)
        assert holder.reachable == (
            person.active
            and person.phone is not None
            and person.phone not in blocked
            and person.id not in away
        )
    best = first_reachable(found)
    assert best is None or best.reachable
    assert (best is None) == (not any(h.reachable for h in found))


@given(members, shifts, absences, blocked, st.randoms())
def test_the_order_of_the_input_does_not_matter(
    members: list[Member],
    shifts: list[Shift],
    absences: list[Absence],
    blocked: set[str],
    random: object,
) -> None:
    first = decide_holders(members, shifts, absences, blocked, NOW)
    for values in (members, shifts, absences):
        random.shuffle(values)  # type: ignore[attr-defined]
    assert decide_holders(members, shifts, absences, blocked, NOW) == first


def test_a_shift_holds_from_its_start_up_to_but_not_including_its_end() -> None:
    hour = timedelta(hours=1)
    shift = Shift(PEOPLE[1], Role.SUB_HEAD, 1, NOW, NOW + hour)
    assert [
        len(decide_holders([], [shift], [], set(), at))
        for at in (NOW - timedelta(microseconds=1), NOW, NOW + hour)
    ] == [0, 1, 0]
