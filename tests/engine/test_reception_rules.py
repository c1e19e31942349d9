"""The rules of reception alone: faults, advice, masked names."""

from __future__ import annotations

from typing import Any

from escalation.reception_rules import Limits, Site, Visitor, complete, remarks

LIMITS = Limits(separate_room_from=3, representatives=5)


def _crowd(*given: tuple[str | None, str | None], **more: Any) -> Site:
    visitors = tuple(Visitor(n, who, room) for n, (who, room) in enumerate(given, 1))
    return Site(visitors, **more)


def test_sharing_a_room_or_a_receiver_is_advice_not_a_fault() -> None:
    site = _crowd(("张经理", "贵宾室 1"), ("李经理", "贵宾室１"), separate_room="三楼")
    assert [(r.kind, r.code, r.numbers) for r in remarks(site, LIMITS)] == [
        ("advice", "same_room", (1, 2)),
    ]  # fmt: skip
    site = _crowd(("张经理", "A"), ("张经理", "B"))
    assert [r.code for r in remarks(site, LIMITS)] == ["same_receiver"]
    assert complete(site, LIMITS)


def test_six_representatives_are_too_many_and_six_clients_should_choose_some() -> None:
    six = tuple(Visitor(n, f"经理{n}", f"室{n}", representative=True) for n in range(1, 7))
    assert [r.code for r in remarks(Site(six, "三楼"), LIMITS)] == ["too_many_representatives"]
    none = tuple(Visitor(n, f"经理{n}", f"室{n}") for n in range(1, 7))
    assert [r.code for r in remarks(Site(none, "三楼"), LIMITS)] == ["choose_representatives"]
    five = tuple(Visitor(n, f"经理{n}", f"室{n}", representative=n < 6) for n in range(1, 7))
    assert remarks(Site(five, "三楼"), LIMITS) == ()
