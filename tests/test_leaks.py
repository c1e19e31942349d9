"""The search for what must not leave finds what was planted, in every dress and place."""

from __future__ import annotations

import base64
import hashlib
import json
import string

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.leaks import dresses, dump, found_in
from tests.postgres import TestDatabase

VALUE = "欧阳秘名13912345678xY"
_LETTERS = st.text(alphabet=string.ascii_letters + string.digits + "欧阳秘名路号 ", min_size=6)


def _plants(value: str) -> list[str | bytes]:
    plain = value.encode()
    row = {"note": f"说：{value}。", "n": 1}
    return [
        f"… {value} …", json.dumps(row), json.dumps(json.dumps(row)), repr(row).encode(),
        repr(plain), plain.hex(), plain.hex().upper(), value.encode("utf-16-le"),
        value.encode("gb18030"), hashlib.sha256(plain).hexdigest(),
        base64.b64encode(plain), base64.b64encode(b"x" + plain + b"tail"),
        base64.urlsafe_b64encode(b"xy" + plain + b"."), base64.b64encode(json.dumps(
            {"a": value}, ensure_ascii=False).encode()),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_plants(VALUE))))
def test_a_planted_value_is_found_in_every_dress(number: int) -> None:
    assert {v for v, _ in found_in(_plants(VALUE)[number], [VALUE, "不在其中的值"])} == {VALUE}


@given(_LETTERS, st.binary(max_size=7), st.binary(max_size=7))
@settings(max_examples=200, deadline=None)
def test_base64_is_seen_through_wherever_the_value_stands(
    value: str, before: bytes, after: bytes
) -> None:
    assert found_in(base64.b64encode(before + value.encode() + after), [value])


def test_nothing_is_found_where_nothing_is() -> None:
    assert found_in("很多别的话 and others 13912345679", [VALUE]) == []
    assert len(dict(dresses(VALUE))) > 15


def test_a_value_planted_in_the_database_is_found_in_its_dump(db: TestDatabase) -> None:
    secrets = [f"{VALUE}{n}" for n in range(4)]
    assert found_in(dump(db), secrets) == []

    def plant(c: sa.Connection) -> None:
        c.execute(sa.text("CREATE TABLE planted (a text, b bytea, c jsonb, d text)"))
        c.execute(
            sa.text("INSERT INTO planted VALUES (:a, :b, CAST(:c AS jsonb), :d)"),
            {"a": secrets[0], "b": secrets[1].encode(), "c": json.dumps([secrets[2]]),
             "d": base64.b64encode(secrets[3].encode()).decode()},
        )  # fmt: skip

    db.owner.run(plant)
    assert {value for value, _ in found_in(dump(db), secrets)} == set(secrets)
