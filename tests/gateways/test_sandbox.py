"""The sandbox gateway and its virtual phones, with and without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from alerts import inbound, receipts
from alerts.gateways.port import Lookup, Outcome, Sending
from alerts.gateways.sandbox import SandboxGateway
from dashboard import sandbox_api
from database.connection import Database, business_now
from tests.gateways.test_receipts import message, put_message
from tests.postgres import TestDatabase

PHONE, OTHER = "13812345678", "13987654321"


@dataclass
class KeepReplies:
    """The verb as bootstrap will have it: stores the reply."""

    db: TestDatabase
    stored: list[bool] = field(default_factory=list)

    def inbound(
        self, gateway: str, provider_id: str, phone: str, text: str, raw: Mapping[str, str]
    ) -> None:
        self.stored.append(
            self.db.app.run(
                lambda c: inbound.store(c, gateway, provider_id, phone, text, raw, business_now(c))
            )
        )


@pytest.fixture
def gateway(db: TestDatabase) -> SandboxGateway:
    return SandboxGateway(db.app)


@pytest.fixture
def client(db: TestDatabase, gateway: SandboxGateway) -> FlaskClient:
    server = Flask("test")
    sandbox_api.register(server, gateway, KeepReplies(db))
    return server.test_client()


def put_person(db: TestDatabase, name: str, mobile: str | None, *, active: bool = True) -> None:
    statement = sa.text(
        "WITH unit AS (INSERT INTO units (code, name, short_name, level, path)"
        " VALUES (:name, '广州分行', '广州', 'branch', '/1/') RETURNING id),"
        " person AS (INSERT INTO people (name, unit_id, mobile, active)"
        " SELECT :name, id, :mobile, :active FROM unit RETURNING id, unit_id)"
        " INSERT INTO team_members (unit_id, role, person_id)"
        " SELECT unit_id, 'branch_leader', id FROM person"
    )
    values = {"name": name, "mobile": mobile, "active": active}
    db.app.run(lambda c: c.execute(statement, values))


def test_a_text_arrives_and_is_delivered(db: TestDatabase, gateway: SandboxGateway) -> None:
    db.set_time(datetime(2026, 11, 21, 2, 5, tzinfo=UTC))
    result = gateway.send(Sending(PHONE, "回A7K2签收", "ref-1"))
    assert result.outcome is Outcome.ACCEPTED
    assert gateway.messages(PHONE) == [
        {"text": "回A7K2签收", "at": "2026-11-21T10:05:00+08:00", "state": "delivered"}
    ]
    message_id = put_message(db, gateway="sandbox", provider_id=result.provider_id)
    db.app.run(lambda c: receipts.apply_pending(c, business_now(c)))
    assert message(db, message_id)["state"] == "delivered"


def test_a_second_send_is_a_second_text_and_lookup_finds_the_first(
    gateway: SandboxGateway,
) -> None:
    first, second = (gateway.send(Sending(PHONE, "x", "ref-1")) for _ in range(2))
    assert first.provider_id != second.provider_id and len(gateway.messages(PHONE)) == 2
    assert gateway.lookup(Sending(PHONE, "x", "ref-1")).provider_id == first.provider_id
    assert gateway.lookup(Sending(PHONE, "x", "ref-2")) == Lookup(found=False)
    assert gateway.probe() is None


def test_without_a_database_the_gateway_answers_and_does_not_raise(db: TestDatabase) -> None:
    dead = SandboxGateway(Database(db.app_url.replace(db.name, "no_such_database")))
    assert dead.send(Sending(PHONE, "x", "ref-1")).outcome is Outcome.UNKNOWN
    assert dead.lookup(Sending(PHONE, "x", "ref-1")).found is None
    assert "does not answer" in (dead.probe() or "")


def test_phones_lists_people_and_whoever_got_a_text(
    db: TestDatabase, gateway: SandboxGateway, client: FlaskClient
) -> None:
    put_person(db, "张伟", PHONE)
    put_person(db, "李娜", "13700000000", active=False)
    put_person(db, "王芳", None)
    gateway.send(Sending(OTHER, "x", "r1"))
    assert sorted(client.get("/sandbox/api/phones").json) == [PHONE, OTHER]
    gateway.send(Sending(PHONE, "x", "r2"))
    gateway.send(Sending(PHONE, "y", "r3"))
    detail = {p["number"]: p for p in client.get("/sandbox/api/phones?detail=1").json}
    assert detail[PHONE] == {
        "number": PHONE,
        "name": "张伟",
        "role": "branch_leader",
        "unit": "广州",
        "unread": 2,
    }
    assert (detail[OTHER]["name"], detail[OTHER]["role"], detail[OTHER]["unread"]) == ("", None, 1)
    gateway.reply(PHONE, "收到")
    gateway.send(Sending(PHONE, "z", "r4"))
    detail = {p["number"]: p for p in client.get("/sandbox/api/phones?detail=1").json}
    assert detail[PHONE]["unread"] == 1


def test_a_phone_shows_what_it_received_oldest_first(
    db: TestDatabase, gateway: SandboxGateway, client: FlaskClient
) -> None:
    put_person(db, "张伟", PHONE)
    assert client.get(f"/sandbox/api/phones/{PHONE}").json == []
    for text in ("一", "二", "三"):
        gateway.send(Sending(PHONE, text, text))
    gateway.reply(PHONE, "收到")
    shown = client.get(f"/sandbox/api/phones/+86{PHONE}").json
    assert [m["text"] for m in shown] == ["一", "二", "三"]
    assert set(shown[0]) == {"text", "at", "state"}


@pytest.mark.parametrize("number", [OTHER, "abc", "1' OR 1=1"])
def test_a_number_that_nobody_has_is_not_found(client: FlaskClient, number: str) -> None:
    answer = client.get(f"/sandbox/api/phones/{number}")
    assert answer.status_code == 404
    assert answer.content_type.startswith("application/problem+json")
    assert answer.json["status"] == 404


def test_a_reply_is_stored_as_an_inbound_text(db: TestDatabase, client: FlaskClient) -> None:
    for _ in range(2):  # the same words twice are two replies
        answer = client.post(f"/sandbox/api/phones/{PHONE}/reply", json={"text": "Ａ７Ｋ２ 收到"})
        assert (answer.status_code, answer.json) == (202, {"stored": True})
    statement = sa.text("SELECT gateway, phone, text, outcome FROM inbound_messages ORDER BY id")
    rows = db.app.read(lambda c: c.execute(statement).all())
    assert [tuple(row) for row in rows] == [("sandbox", PHONE, "Ａ７Ｋ２ 收到", None)] * 2


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"text": "1"}', "text/plain", 415),
        ("text=1", "application/x-www-form-urlencoded", 415),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "application/json", 400),
        ('{"text": " "}', "application/json", 400),
        ('{"text": 1}', "application/json", 400),
        ('{"text": "a\\u0000b"}', "application/json", 400),
        ('{"text": "\\ud800"}', "application/json", 400),
        ('{"text": "' + "x" * 501 + '"}', "application/json", 400),
        ('{"text": "' + "x" * 9000 + '"}', "application/json", 413),
    ],
)
def test_a_bad_reply_is_refused_and_not_stored(
    db: TestDatabase, client: FlaskClient, body: str, content_type: str, status: int
) -> None:
    answer = client.post(f"/sandbox/api/phones/{PHONE}/reply", data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type.startswith("application/problem+json")
    count = sa.text(
        "SELECT (SELECT count(*) FROM inbound_messages) + (SELECT count(*) FROM sandbox_messages)"
    )
    assert db.app.read(lambda c: c.execute(count).scalar_one()) == 0


def test_an_odd_character_does_not_lose_a_reply(db: TestDatabase) -> None:
    verb = KeepReplies(db)
    verb.inbound("twilio", "SM1", PHONE, "收到\0\ud800", {"a\0": "\ud800"})
    verb.inbound("twilio", "SM1", PHONE, "收到", {})
    assert verb.stored == [True, False]
    row = db.app.read(lambda c: c.execute(sa.text("SELECT * FROM inbound_messages")).one())
    assert (row.text, row.raw) == ("收到?", {"a": "?"})
