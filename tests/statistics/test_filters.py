"""Filters of tickets: what a query says, said again, is the same; what is none is refused."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from escalation.ticket_filters import _CLOSED, KEYS, Filters, as_query, parse, where
from tests.postgres import TestDatabase

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
WORDS = st.text("稳盈号AB12 _'%", min_size=1, max_size=8).map(str.strip).filter(bool)


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    made: dict[str, Any] = {}
    for field in fields(Filters):
        name = field.name
        if name in ("since", "until") or not draw(st.booleans()):
            continue
        allowed = _CLOSED.get(name)
        one = st.sampled_from(list(allowed)) if allowed else WORDS
        if name == "owner":
            one = st.integers(1, 10**12).map(str) | st.just("none")
        if isinstance(field.default, tuple):
            made[name] = tuple(draw(st.lists(one, min_size=1, max_size=3, unique=True)))
        else:
            made[name] = draw(one)
    since, until = sorted((draw(DAYS), draw(DAYS)))
    made |= {"since": draw(st.sampled_from((None, since))), "until": until}
    return Filters(**made)


@given(filters())
def test_a_query_made_of_filters_is_read_as_the_same_filters(some: Filters) -> None:
    query = as_query(some)
    assert set(query) <= set(KEYS)
    assert parse(query) == some


def test_what_is_no_filter_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse({"since": ["yesterday"], "stage": ["nowhere"], "owner": ["me"], "q": ["anything"],
               "late": ["yes", "maybe"], "by": ["received", "closed"]})  # fmt: skip
    assert {f.field for f in refused.value.faults} == {"since", "stage", "owner", "late", "by"}
    with pytest.raises(InvalidInput):
        parse({"since": ["2026-02-02"], "until": ["2026-02-01"]})
    with pytest.raises(ValueError, match="one of"):
        where(Filters(stage=("x' OR true --",)))


def test_postgresql_understands_all_of_them(db: TestDatabase) -> None:
    @given(filters())
    @settings(max_examples=100, deadline=None, database=None)
    def prove(some: Filters) -> None:
        sql, params = where(some)
        count = sa.text(f"SELECT count(*) FROM tickets t WHERE {sql}")
        assert db.app.read(lambda c: c.scalar(count, params)) == 0

    prove()
