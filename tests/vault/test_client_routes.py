"""The JSON behind `/complaints`: each role gets what the table of rights says, masked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.rights import Access
from escalation.ids import complaint_number
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.web_safety.site import OURS, running

NAME, PHONE = "夏侯奇瑰", "13987650123"
FILES, ARCHIVE = "/live/complaint-files", "/live/archive"


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


@pytest.fixture
def server(scene: Scene) -> Iterator[Flask]:
    with running(scene.db) as built:
        yield built


@pytest.fixture
def complaint(scene: Scene) -> str:
    made = scene.complain(
        channel="letter", subject="到期收益不符", summary=f"{NAME}称{PHONE}无人接",
        client={"name": NAME, "phone": PHONE},
    )  # fmt: skip
    scene.work()
    return str(made["complaint"])


def as_(server: Flask, db: TestDatabase, unit: str, *roles: Access) -> FlaskClient:
    client = server.test_client()
    client.set_cookie("fenghuo_session", sign_in(db, unit=unit, roles=roles).cookie)
    return client


def test_found_masked_and_revealed_for_a_reason(
    server: Flask, db: TestDatabase, complaint: str
) -> None:
    client = as_(server, db, "SH", Access.BRANCH)
    found = client.post(f"{ARCHIVE}/list", json={"text": NAME}, headers=OURS)
    assert [one["complaint"] for one in found.get_json()["rows"]] == [complaint]
    assert found.get_json()["after"] is None
    shown = client.get(f"{FILES}/{complaint}", headers=OURS)
    assert shown.get_json()["texts"]["summary"] == "夏侯**称139****0123无人接"
    assert NAME not in found.get_data(as_text=True) + shown.get_data(as_text=True)
    assert shown.headers["Cache-Control"] == "no-store"
    for body in (
        {"fields": ["phone"]},
        {"fields": [], "reason": "回访"},
        {"fields": ["phone"], "reason": " "},
    ):
        assert (
            client.post(f"{FILES}/{complaint}/reveal", json=body, headers=OURS).status_code == 422
        )
    clear = client.post(f"{FILES}/{complaint}/reveal", headers=OURS,
                        json={"fields": ["phone"], "reason": "回访客户"})  # fmt: skip
    assert clear.get_json()["parties"][0]["phone"] == PHONE
    log = as_(server, db, "HO", Access.HEAD_OFFICE).get(f"{FILES}/{complaint}/looked", headers=OURS)
    (entry,) = log.get_json()["log"]
    assert entry["reason"] == "回访客户" and entry["fields"] == ["phone"]


def test_another_branch_hears_of_nothing(server: Flask, db: TestDatabase, complaint: str) -> None:
    client = as_(server, db, "NJ", Access.BRANCH)
    assert (
        client.post(f"{ARCHIVE}/list", json={"text": NAME}, headers=OURS).get_json()["rows"] == []
    )
    foreign = client.get(f"{FILES}/{complaint}", headers=OURS)
    nobodys = client.get(f"{FILES}/C99999999", headers=OURS)
    assert foreign.status_code == nobodys.status_code == 404 and foreign.data == nobodys.data


#: method and path -> who may
DOORS = {
    ("POST", "/list"): {Access.BRANCH, Access.HEAD_OFFICE, Access.HOTLINE, Access.AUDITOR},
    ("GET", "/{0}"): {Access.BRANCH, Access.HEAD_OFFICE, Access.HOTLINE, Access.AUDITOR},
    ("GET", "/{0}/looked"): {Access.HEAD_OFFICE, Access.AUDITOR},
    ("POST", "/{0}/reveal"): {Access.BRANCH, Access.HEAD_OFFICE, Access.HOTLINE},
    ("POST", "/export"): {Access.BRANCH, Access.HEAD_OFFICE},
    ("GET", "/disposal"): {Access.HEAD_OFFICE},
    ("POST", "/disposal"): {Access.HEAD_OFFICE},
    ("POST", "/clients/1/erase"): {Access.HEAD_OFFICE},
}


@pytest.mark.parametrize("role", [
    Access.BRANCH, Access.HEAD_OFFICE, Access.HOTLINE, Access.AUDITOR, Access.PR,
    Access.ADMINISTRATOR,
])  # fmt: skip
def test_doors(server: Flask, db: TestDatabase, complaint: str, role: Access) -> None:
    client = as_(server, db, "HO", role)
    for (method, path), allowed in DOORS.items():
        answer = client.open(
            f"{ARCHIVE if path in ('/list', '/export') else FILES}{path.format(complaint)}",
            method=method, headers=OURS,
            json={} if method == "POST" else None,
        )  # fmt: skip
        assert (answer.status_code not in (403, 404)) == (role in allowed), (path, role)


def test_an_export_is_a_download_that_says_why(
    server: Flask, db: TestDatabase, complaint: str
) -> None:
    client = as_(server, db, "SH", Access.BRANCH)
    made = client.post(
        f"{ARCHIVE}/export", json={"reason": "报送监管", "kind": "csv"}, headers=OURS
    )
    assert "attachment" in made.headers["Content-Disposition"]
    text = made.get_data(as_text=True)
    assert "报送监管" in text and complaint in text and NAME not in text


def test_erased_by_head_office(server: Flask, db: TestDatabase, complaint: str) -> None:
    client = as_(server, db, "HO", Access.HEAD_OFFICE)
    (number,) = client.get(f"{FILES}/{complaint}", headers=OURS).get_json()["clients"]
    done = client.post(f"{FILES}/clients/{number}/erase", json={"reason": "本人申请"}, headers=OURS)
    assert done.get_json() == {"complaints": 1, "keys": 1}
    assert client.get(f"{FILES}/{complaint}", headers=OURS).get_json()["texts"] is None
    assert complaint_number(complaint) > 0


def test_an_export_names_who_took_it_out(server: Flask, db: TestDatabase, complaint: str) -> None:
    client = as_(server, db, "SH", Access.BRANCH)
    body = {"text": NAME, "reason": "报送监管", "kind": "csv"}
    made = client.post(f"{ARCHIVE}/export", json=body, headers=OURS).data.decode("utf-8-sig")
    assert "测试员 web:" in made.splitlines()[1] and "报送监管" in made.splitlines()[3]
    assert NAME not in made and complaint in made
