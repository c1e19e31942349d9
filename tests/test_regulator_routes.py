"""/live/regulator-cases and /api/v1/regulator-cases over the real application and database."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contacts.units import UnitValue, save_units
from core.rights import Access
from core.words import Level
from dashboard import tokens
from dashboard.signin.cookie_names import session_cookie
from dashboard.tokens import NewToken
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.web_safety.site import OURS, running

PAGE, API = "/live/regulator-cases", "/api/v1/regulator-cases"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class Caller:
    """Two people of Shanghai's branch at a browser, and a system with a token."""

    def __init__(self, scene: Scene, client: FlaskClient) -> None:
        self.scene, self.client = scene, client
        self.cookies = {
            name: sign_in(scene.db, unit="SH", roles=[Access.BRANCH], name=name).cookie
            for name in ("钱联系", "孙行长")
        }
        self.token = scene.db.app.run(
            lambda c: tokens.create(c, NewToken("监管报送", unit="SH"), actor="test")
        )

    def page(self, rest: str = "", body: Any = None, me: str = "钱联系") -> TestResponse:
        cookie = f"{session_cookie('http://localhost')}={self.cookies[me]}"
        return self._send(PAGE + rest, body, {**OURS, "Cookie": cookie})

    def api(self, rest: str = "", body: Any = None) -> TestResponse:
        return self._send(API + rest, body, {"Authorization": f"Bearer {self.token}"})

    def _send(self, path: str, body: Any, headers: dict[str, str]) -> TestResponse:
        given = {} if body is None else {"json": body}
        method = "GET" if body is None else "POST"
        return self.client.open(path, method=method, headers=headers, **given)

    def case(self, **more: Any) -> dict[str, Any]:
        return {
            "number": "沪金转〔2026〕7号", "unit": "SH", "received_at": self.now, "via": "letter",
            "demands": [{"text": "书面答复"}], **more,
        }  # fmt: skip

    @property
    def now(self) -> str:
        return self.scene.now().isoformat()


@pytest.fixture
def caller(db: TestDatabase) -> Iterator[Caller]:
    scene = Scene(db)
    branch = UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", short_name="上海分行",
                       regulator="国家金融监督管理总局上海监管局")  # fmt: skip
    db.app.run(lambda c: save_units(c, [branch]))
    with running(db) as server:
        yield Caller(scene, server.test_client(use_cookies=False))


def test_a_system_registers_and_works_and_people_approve(caller: Caller) -> None:
    made = caller.api(body=caller.case())
    assert made.status_code == 201 and made.get_json()["new"] is True
    again = caller.api(body=caller.case(number="沪金转[2026] 7号"))
    assert (again.status_code, again.get_json()["id"]) == (200, made.get_json()["id"])
    one = f"/{made.get_json()['id']}"
    assert caller.api(f"{one}/start", {}).status_code == 409
    contact = {"at": caller.now, "via": "phone", "to": "陈处长", "note": "已说明"}
    assert caller.api(f"{one}/contact", contact).get_json()["contacts"][0]["by"] == "监管报送"
    assert caller.api(f"{one}/start", {}).get_json()["state"] == "working"
    assert caller.api(f"{one}/draft", {"text": "已核实"}).get_json()["state"] == "drafted"
    # No token approves: there is no such way in.
    assert caller.api(f"{one}/approve", {"version": 1}).status_code == 404
    assert caller.page(f"{one}/approve", {"version": 2}).status_code == 409
    assert caller.page(f"{one}/approve", {"version": 1}).get_json()["state"] == "approved"
    form = {
        "data": json.dumps({"at": caller.now, "to": "收文岗", "number": "沪收7号"}),
        "file": (io.BytesIO(PDF), "r.pdf"),
    }
    filed = caller.client.post(
        f"{API}{one}/file", data=form, content_type="multipart/form-data",
        headers={"Authorization": f"Bearer {caller.token}"},
    )  # fmt: skip
    assert filed.status_code == 200 and "WP-20-D" in filed.get_json()["ended"]
    (filing,) = filed.get_json()["filings"]
    kept = caller.api(f"{one}/files/{filing['id']}")
    assert (kept.data, kept.mimetype) == (PDF, "application/pdf")
    refused = caller.api(f"{one}/close", {})
    assert refused.status_code == 409 and "第1项要求" in refused.get_json()["detail"]


def test_who_wrote_the_reply_does_not_approve_it(caller: Caller) -> None:
    one = f"/{caller.page(body=caller.case()).get_json()['id']}"
    contact = {"at": caller.now, "via": "phone", "to": "陈处长", "note": "已说明"}
    caller.page(f"{one}/contact", contact)
    caller.page(f"{one}/start", {})
    drafted = caller.page(f"{one}/draft", {"text": "已核实"})
    assert drafted.get_json()["own_draft"] is True
    refused = caller.page(f"{one}/approve", {"version": 1})
    assert refused.status_code == 409 and "拟稿人" in refused.get_json()["error"]
    back = caller.page(f"{one}/return", {"version": 1, "remark": "补充依据"}, "孙行长")
    assert back.get_json()["answers"][0]["remark"] == "补充依据"
    stale = caller.page(f"{one}/draft", {"text": "再写", "seen": 0})
    assert (stale.status_code, stale.get_json()["held"]) == (409, {"version": 1})
    caller.page(f"{one}/draft", {"text": "再写", "seen": 1})
    approved = caller.page(f"{one}/approve", {"version": 2}, "孙行长")
    assert approved.get_json()["state"] == "approved"


def test_each_wrong_field_is_named(caller: Caller) -> None:
    body = caller.case(
        number=" ", received_at="昨天", deadline={"basis": "working_days", "days": 0}, via="鸽子"
    )
    fields = {f["field"] for f in caller.page(body=body).get_json()["errors"]}
    assert fields == {"number", "received_at", "via", "deadline.days"}
    body = caller.case(
        deadline={"basis": "date", "at": "2026-11-22T10:00:00+08:00"},
        demands=[{"text": "早", "due_at": "2026-11-22T10:00:00+08:00"}],
    )
    answer = caller.page(body=body)
    assert answer.status_code == 422
    fields = {f["field"] for f in answer.get_json()["errors"]}
    assert fields == {"deadline.at", "demands.0.due_at"}
    for unknown in ({"unit": "XX"}, {"complaints": ["X1"]}):
        assert caller.page(body=caller.case(**unknown)).status_code == 422
    assert caller.page("?state=lost").status_code == 422
    assert caller.page("/due?days=99").status_code == 422
    assert caller.page(body=caller.case()).status_code == 201


def test_the_filing_is_printed_and_the_journal_says_by_whom(caller: Caller) -> None:
    one = f"/{caller.page(body=caller.case(about='投诉人反映亏损')).get_json()['id']}"
    pdf = caller.page(f"{one}/paper.pdf")
    assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(caller.page(f"{one}/paper.docx").data)) as parts:
        text = parts.read("word/document.xml").decode()
    assert "草稿，未经审批" in text and "书面答复" in text and "上海监管局" in text
    assert "书面答复" in caller.page(f"{one}/paper.html").get_data(as_text=True)
    rows = caller.scene.db.app.read(lambda c: c.execute(sa.text(
        "SELECT actor, after ->> 'kind' AS kind FROM journal"
        " WHERE verb = 'regulator_paper_taken' ORDER BY id"
    )).all())  # fmt: skip
    assert [row.kind for row in rows] == ["pdf", "docx", "html"]
    assert all(row.actor.startswith("web:") for row in rows)
