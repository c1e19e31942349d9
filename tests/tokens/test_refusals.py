"""Who asks too fast is told when to come again, and that they were refused is counted and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core.rights import Access
from core.settings import LimitSettings
from dashboard import doors, refusals, tokens
from dashboard.rate_gate import INTAKE, lane_of
from dashboard.rates import Lane
from dashboard.refusals import Ledger, Refused
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.system.running import complaint, eventually
from tests.web_safety.site import OURS, running, settings_of

#: Ten at once of each, a hundred of intake.
NARROW = LimitSettings(
    intake_per_minute=600, read_per_minute=60, write_per_minute=60, session_per_minute=300
)


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


@pytest.fixture
def server(scene: Scene) -> Iterator[Flask]:
    settings = settings_of(scene.db).model_copy(update={"limits": NARROW})
    with running(scene.db, settings) as built:
        yield built


@pytest.fixture
def bearer(scene: Scene) -> dict[str, str]:
    value = tokens.NewToken("crm", unit="SH")
    token = scene.db.app.run(lambda c: tokens.create(c, value, actor="cli"))
    return {"Authorization": f"Bearer {token}"}


def _count(scene: Scene) -> int:
    return scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT count(*) FROM complaints")).scalar_one()
    )


def _told(scene: Scene) -> list[int]:
    found = sa.text("SELECT after FROM journal WHERE verb = 'intake_refused' ORDER BY id")
    return [row.after["refused"] for row in scene.db.app.read(lambda c: c.execute(found).all())]


def test_reading_too_fast_is_refused_and_intake_goes_on(
    scene: Scene, server: Flask, bearer: dict[str, str]
) -> None:
    client = server.test_client()
    statuses = [client.get("/api/v1/units", headers=bearer).status_code for _ in range(12)]
    assert statuses[:10] == [200] * 10 and 429 in statuses[10:]
    body = complaint(1, "SH1", received_at=scene.now().isoformat())
    assert client.post("/api/v1/complaints", json=body, headers=bearer).status_code == 201


def test_a_refusal_says_when_to_come_again_in_both_languages(
    scene: Scene, server: Flask, bearer: dict[str, str]
) -> None:
    client = server.test_client()
    for language, words in (("zh", "请求过快"), ("en", "Too many requests")):
        answer = _refused(client, bearer | {"Accept-Language": language})
        assert answer.mimetype == "application/problem+json"
        assert words in answer.get_json()["detail"]
        assert int(answer.headers["Retry-After"]) >= 1


def _refused(client: Any, headers: dict[str, str]) -> Any:
    for _ in range(50):
        answer = client.get("/api/v1/units", headers=headers)
        if answer.status_code == 429:
            return answer
    raise AssertionError("it was never refused")


def test_a_refused_emergency_is_counted_journalled_and_shown(
    scene: Scene, server: Flask, bearer: dict[str, str]
) -> None:
    client = server.test_client()
    statuses = []
    for nth in range(130):
        body = complaint(nth, "SH1", received_at=scene.now().isoformat())
        statuses.append(client.post("/api/v1/complaints", json=body, headers=bearer).status_code)
    taken, refused = statuses.count(201), statuses.count(429)
    assert taken + refused == 130 and refused > 0
    assert _count(scene) == taken
    eventually(lambda: sum(_told(scene)) > 0)
    who = sign_in(scene.db, unit="SH", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", who.cookie)
    shown = eventually(lambda: client.get("/live/board").get_json()["refused"])
    assert shown["intake"] == refused
    admin = sign_in(scene.db, unit="HO", roles=[Access.ADMINISTRATOR])
    client.set_cookie("fenghuo_session", admin.cookie)
    (token,) = client.get("/live/tokens").get_json()["tokens"]
    assert token["refused"] == refused
    other = sign_in(scene.db, unit="NJ", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", other.cookie)
    assert client.get("/live/board").get_json()["refused"] is None
    figures = refusals_total(scene)
    assert figures == {"intake": refused, "write": 0, "read": 0}


def refusals_total(scene: Scene) -> dict[str, int]:
    return scene.db.app.read(refusals.totals)


def test_the_journal_tells_once_a_minute_and_of_every_one(scene: Scene) -> None:
    value = tokens.NewToken("crm", unit="SH")
    scene.db.app.run(lambda c: tokens.create(c, value, actor="cli"))
    first, second = (Ledger(lambda: scene.db.app) for _ in range(2))  # two web processes
    crm = Refused("token", 1, Lane.INTAKE)
    for ledger in (first, second, first):
        for _ in range(5):
            ledger.note(crm)
        ledger.write()
    assert _told(scene) == [5]
    scene.db.app.run(lambda c: c.execute(sa.text(
        "UPDATE api_tokens SET refusal_told_real = refusal_told_real - interval '2 minutes'"
    )))  # fmt: skip
    second.note(Refused("token", 1, Lane.READ))
    second.write()
    assert _told(scene) == [5, 10]
    assert refusals_total(scene) == {"intake": 15, "write": 0, "read": 1}
    for ledger in (first, second):
        if ledger._timer is not None:
            ledger._timer.cancel()


def test_a_session_has_a_limit_of_its_own(scene: Scene, server: Flask) -> None:
    client = server.test_client()
    who = sign_in(scene.db, unit="SH", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", who.cookie)
    statuses = [client.get("/live/board").status_code for _ in range(60)]
    assert statuses[:50] == [200] * 50 and 429 in statuses
    refused = client.post("/live/complaints", headers=OURS, json={})
    assert refused.status_code == 422  # intake has its own
    another = sign_in(scene.db, unit="SH", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", another.cookie)
    assert client.get("/live/board").status_code == 200
    eventually(lambda: refusals_total(scene)["read"] > 0)
    assert _told(scene) == []


def test_intake_is_named_by_endpoints_that_exist() -> None:
    assert set(doors.DOORS) >= INTAKE
    assert lane_of("api.take", "POST") is Lane.INTAKE
    assert lane_of("api.correct", "POST") is Lane.WRITE
    assert lane_of("live.board", "GET") is Lane.READ


def test_the_page_creates_shows_once_and_revokes(scene: Scene, server: Flask) -> None:
    client = server.test_client()
    admin = sign_in(scene.db, unit="HO", roles=[Access.ADMINISTRATOR])
    client.set_cookie("fenghuo_session", admin.cookie)
    year = datetime.now(UTC).year + 1
    body = {"label": "crm", "unit": "SH", "scopes": ["take_complaint"], "sources": ["crm"],
            "expires": f"{year}-01-01T00:00:00+08:00"}  # fmt: skip
    made = client.post("/live/tokens", json=body, headers=OURS)
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.get_json()['token']}"}
    listed = client.get("/live/tokens")
    assert made.get_json()["token"] not in json.dumps(listed.get_json())
    assert client.post("/live/tokens", json=body, headers=OURS).status_code == 409
    assert client.post("/live/tokens", json=body | {"scopes": ["manage_people"]},
                       headers=OURS).status_code == 422  # fmt: skip
    outside = complaint(1, "NJ1", received_at=scene.now().isoformat())
    assert client.post("/api/v1/complaints", json=outside, headers=bearer).status_code != 201
    assert client.get("/api/v1/incidents", headers=bearer).status_code == 403
    (line,) = listed.get_json()["tokens"]
    path = f"/live/tokens/{line['id']}/revoke"
    assert client.post(path, headers=OURS).status_code == 200
    assert client.post(path, headers=OURS).status_code == 404
    branch = sign_in(scene.db, unit="SH", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", branch.cookie)
    assert client.get("/live/tokens").status_code == 403
