"""Receipts: late, repeated, out of order, early; a message only ever moves forward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts import receipts
from alerts.receipts import Failed
from database.connection import business_now
from tests.postgres import TestDatabase

SID = "SM" + "1" * 32


def put_message(db: TestDatabase, **values: Any) -> int:
    """A message as the sender leaves it behind; returns its id."""
    row = {
        "phone": "13812345678",
        "state": "accepted",
        "gateway": "twilio",
        "provider_id": SID,
        "attempts": 1,
        "dedupe_key": f"k{values.get('provider_id', SID)}",
    } | values
    columns = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    statement = sa.text(
        f"INSERT INTO messages (to_role, kind, text, created_at, {columns})"
        f" VALUES ('branch_leader', 'incident', 'x', business_now(), {places}) RETURNING id"
    )
    return int(db.app.run(lambda c: c.execute(statement, row).scalar_one()))


def receive(db: TestDatabase, *steps: str | tuple[str, str], sid: str = SID) -> list[bool]:
    """Store receipts in this order: a status, or a status with its error code."""

    def work(connection: Connection) -> list[bool]:
        kept = []
        for step in steps:
            status, code = (step, None) if isinstance(step, str) else step
            at = business_now(connection)
            kept.append(receipts.store(connection, "twilio", sid, status, code, {"x": "y"}, at))
        return kept

    return db.app.run(work)


def apply(db: TestDatabase) -> list[Failed]:
    return db.app.run(lambda c: receipts.apply_pending(c, business_now(c)))


def message(db: TestDatabase, message_id: int) -> dict[str, Any]:
    statement = sa.text("SELECT * FROM messages WHERE id = :id")
    return dict(db.app.read(lambda c: c.execute(statement, {"id": message_id}).mappings().one()))


def journal(db: TestDatabase) -> list[tuple[str, str, str | None]]:
    statement = sa.text("SELECT verb, subject, reason FROM journal ORDER BY id")
    return [tuple(row) for row in db.app.read(lambda c: c.execute(statement).all())]


def waiting(db: TestDatabase) -> int:
    statement = sa.text("SELECT count(*) FROM receipts WHERE NOT applied")
    return int(db.app.read(lambda c: c.execute(statement).scalar_one()))


def test_delivered(db: TestDatabase) -> None:
    message_id = put_message(db)
    receive(db, "queued", "sent", "delivered")
    assert apply(db) == []
    row = message(db, message_id)
    assert row["state"] == "delivered" and row["delivered_at"] is not None
    assert journal(db) == [("message_delivered", f"message:{message_id}", None)]
    assert waiting(db) == 0


def test_a_repeated_receipt_is_known_and_changes_nothing(db: TestDatabase) -> None:
    put_message(db)
    assert receive(db, "delivered", "delivered") == [True, False]
    apply(db)
    assert receive(db, "delivered") == [False]
    apply(db)
    assert len(journal(db)) == 1


@pytest.mark.parametrize("late", ["queued", "sent", "sending", "undelivered", "failed"])
def test_status_never_goes_backwards(db: TestDatabase, late: str) -> None:
    message_id = put_message(db)
    receive(db, "delivered")
    apply(db)
    receive(db, (late, "30003"))
    assert apply(db) == []
    assert message(db, message_id)["state"] == "delivered"
    assert message(db, message_id)["error_code"] is None
    assert waiting(db) == 0


def test_out_of_order_within_one_batch(db: TestDatabase) -> None:
    message_id = put_message(db)
    receive(db, "delivered", "sent", "queued")
    apply(db)
    assert message(db, message_id)["state"] == "delivered"


def test_two_final_words_in_one_batch_the_first_holds(db: TestDatabase) -> None:
    message_id = put_message(db)
    receive(db, ("failed", "30003"), "delivered")
    assert len(apply(db)) == 1
    assert message(db, message_id)["state"] == "failed" and len(journal(db)) == 1


@pytest.mark.parametrize(
    ("code", "attempts", "then"),
    [
        ("30003", 1, "person"),
        ("30008", 1, "retry"),
        ("30008", 2, "person"),
        ("30007", 1, "gateway"),
        ("63038", 1, "gateway"),
    ],
)
def test_a_failure_says_where_to_turn(
    db: TestDatabase, code: str, attempts: int, then: str
) -> None:
    message_id = put_message(db, attempts=attempts)
    receive(db, "sent", ("undelivered", code))
    (failed,) = apply(db)
    assert (failed.message_id, failed.code, failed.next) == (message_id, code, then)
    row = message(db, message_id)
    assert (row["state"], row["error_code"]) == ("failed", code) and row["delivered_at"] is None
    assert row["reason"]
    ((verb, subject, _),) = journal(db)
    assert (verb, subject) == ("message_failed", f"message:{message_id}")
    assert apply(db) == []


@pytest.mark.parametrize(("code", "blocked"), [("21610", True), ("30003", False)])
def test_only_an_unusable_phone_is_blocked(db: TestDatabase, code: str, blocked: bool) -> None:
    put_message(db)
    receive(db, ("failed", code))
    apply(db)
    found = db.app.read(lambda c: c.execute(sa.text("SELECT phone, reason FROM blocked_phones")))
    assert [tuple(row) for row in found] == ([("13812345678", code)] if blocked else [])


def test_a_receipt_before_our_own_record_waits_for_it(db: TestDatabase) -> None:
    message_id = put_message(db, state="sending", provider_id=None)
    receive(db, "delivered")
    assert apply(db) == [] and waiting(db) == 1
    noted = sa.text("UPDATE messages SET provider_id = :sid, state = :state")
    db.app.run(lambda c: c.execute(noted, {"sid": SID, "state": "sending"}))
    assert apply(db) == [] and waiting(db) == 1  # its sender has not finished with it
    db.app.run(lambda c: c.execute(noted, {"sid": SID, "state": "accepted"}))
    apply(db)
    assert message(db, message_id)["state"] == "delivered" and waiting(db) == 0


def test_a_receipt_that_fits_nothing_is_put_aside_after_a_day(db: TestDatabase) -> None:
    db.set_time(db.now())
    receive(db, "delivered", sid="SM-of-nobody")
    db.move_time(timedelta(hours=24))
    apply(db)
    assert waiting(db) == 1
    db.move_time(timedelta(seconds=1))
    apply(db)
    assert waiting(db) == 0


def test_a_late_failure_of_the_first_attempt_leaves_the_second_alone(db: TestDatabase) -> None:
    message_id = put_message(db, state="queued")
    receive(db, ("undelivered", "30008"))
    assert apply(db) == []
    assert message(db, message_id)["state"] == "queued"


def test_a_late_delivery_spares_the_second_attempt(db: TestDatabase) -> None:
    message_id = put_message(db, state="queued")
    receive(db, "delivered")
    apply(db)
    assert message(db, message_id)["state"] == "delivered"


@pytest.mark.parametrize("state", ["cancelled", "withheld", "failed"])
def test_a_message_that_is_settled_stays_so(db: TestDatabase, state: str) -> None:
    message_id = put_message(db, state=state)
    receive(db, "delivered")
    apply(db)
    assert message(db, message_id)["state"] == state and waiting(db) == 0


def test_two_at_once_apply_a_failure_once(db: TestDatabase) -> None:
    put_message(db)
    put_message(db, provider_id="SM-second")
    receive(db, ("failed", "30003"))
    receive(db, ("failed", "30003"), sid="SM-second")
    with db.app.engine.begin() as first, db.app.engine.begin() as second:
        second.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
        found = receipts.apply_pending(first, business_now(first), most=1)
        others = receipts.apply_pending(second, business_now(second))
    assert len(found) == len(others) == 1
    assert found[0].message_id != others[0].message_id
    assert apply(db) == []


def test_the_raw_receipt_is_kept(db: TestDatabase) -> None:
    receive(db, ("failed", "30003"))
    row = db.app.read(lambda c: c.execute(sa.text("SELECT * FROM receipts")).mappings().one())
    assert (row["status"], row["error_code"], row["raw"]) == ("failed", "30003", {"x": "y"})
