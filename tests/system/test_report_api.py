"""Reports over HTTP: drafted, signed, sent with a scan, exported; nothing without a token."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.system.running import System, complaint
from tests.system.uploads import download, form

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"
NAME = "欧阳雪梅"


@pytest.fixture(scope="module")
def incident(system: System) -> str:
    """Ten clients of one sub-branch, one of them with a name that nobody else has."""
    unit = system.outlets()[-1]["code"]
    for number in range(9):
        system.post("/api/v1/complaints", complaint(f"rep{number}", unit, amount="1000.00"))
    body = complaint("rep9", unit, summary=f"{NAME}反映")
    body["client"]["name"] = NAME
    return str(system.post("/api/v1/complaints", body).body["incident"])


def _root(incident: str) -> str:
    return f"/api/v1/incidents/{incident}/reports"


def _receipt() -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"at": at, "by": "王一", "to": "消保处", "number": "收〔2026〕7号", "via": "written"}


def test_a_reports_whole_way(system: System, incident: str) -> None:
    root = _root(incident)
    owed = {d["clause"]: d for d in system.get(root).body["owed"]}
    begun = system.post(root, {"kind": "first", "addressee": "regulator",
                               "duty": owed["WP-13-R"]["duty"]})  # fmt: skip
    assert begun.status == 201, begun.body
    report = begun.body
    one = f"{root}/{report['id']}"
    assert report["figures"]["clients"] == 10 and report["missing"]

    refused = system.get(f"{one}/export/pdf")
    assert refused.status == 422
    fields = {e["field"] for e in refused.body["errors"]}
    assert fields == {*report["missing"], "signer"}
    assert all(e["remedy"] for e in refused.body["errors"])

    fill = dict.fromkeys(report["missing"], "暂无。")
    edited = system.call("PATCH", one, {"version": report["version"], "fields": fill}).body
    assert edited["missing"] == []
    stale = system.call("PATCH", one, {"version": report["version"], "fields": {"cause": "乙"}})
    assert stale.status == 409 and stale.body["version"] == edited["version"]
    named = {"version": edited["version"], "fields": {"cause": f"{NAME}要求兑付"}}
    private = system.call("PATCH", one, named)
    assert private.status == 422 and NAME not in json.dumps(private.body, ensure_ascii=False)

    sign = {"version": edited["version"], "by": "王一", "role": "sub_head"}
    assert system.post(f"{one}/sign", sign).status == 422
    signed = system.post(f"{one}/sign", {**sign, "role": "branch_contact"})
    assert signed.status == 200 and signed.body["number"].endswith("号")
    assert system.post(f"{one}/sign", {**sign, "role": "branch_contact"}).status == 409

    body, content_type = form(_receipt(), PNG)
    sent = system.call("POST", f"{one}/receipt", raw=body, Content_Type=content_type)
    assert sent.status == 200 and sent.body["ended"] == ["WP-13-R"]
    file = sent.body["receipts"][-1]["file"]
    content, headers = download(system, f"{root}/files/{file}")
    assert (content, headers["content-type"]) == (PNG, "image/png")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == f'attachment; filename="evidence-{file}.png"'

    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        first, _ = download(system, f"{one}/export/{kind}")
        again, headers = download(system, f"{one}/export/{kind}")
        assert first == again and first.startswith(start)
        kept = {e["format"]: e["sha256"] for e in system.get(one).body["exports"]}
        assert kept[kind] == hashlib.sha256(first).hexdigest()
        assert headers["content-disposition"].startswith("attachment")
    shown = json.dumps([system.get(one).body, system.get(root).body], ensure_ascii=False)
    assert NAME not in shown
    assert not [d for d in system.get(root).body["owed"] if d["clause"] == "WP-13-R"]


def test_a_file_that_is_none_of_the_three_is_refused(system: System, incident: str) -> None:
    root = _root(incident)
    report = system.post(root, {"kind": "first", "addressee": "head_office"}).body
    one = f"{root}/{report['id']}"
    fill = dict.fromkeys(report["missing"], "暂无。")
    report = system.call("PATCH", one, {"version": 1, "fields": fill}).body
    sign = {"version": report["version"], "by": "李二", "role": "branch_leader"}
    assert system.post(f"{one}/sign", sign).status == 200
    body, content_type = form(_receipt(), b"<html><script>alert(1)</script>")
    refused = system.call("POST", f"{one}/receipt", raw=body, Content_Type=content_type)
    assert refused.status == 422 and refused.body["errors"][0]["field"] == "file"
    late = {**_receipt(), "at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    assert system.post(f"{one}/receipt", late).status == 422
    assert system.get(one).body["state"] == "signed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "second", "addressee": "regulator"}, "kind"),
        ({"kind": "first", "addressee": "press"}, "addressee"),
        ({"kind": "first"}, "addressee"),
        ({"kind": "first", "addressee": "regulator", "unit": "x"}, "unit"),
        ({"kind": "first", "addressee": "regulator", "duty": "1"}, "duty"),
    ],
)
def test_bad_bodies_name_their_field(
    system: System, incident: str, body: dict[str, Any], field: str
) -> None:
    answer = system.post(_root(incident), body)
    assert answer.status == 422
    assert field in {e["field"] for e in answer.body["errors"]}


@pytest.mark.parametrize("path", ["", "/1", "/1/export/pdf", "/files/1"])
def test_nothing_without_a_token(system: System, incident: str, path: str) -> None:
    assert system.get(_root(incident) + path, token=None).status == 401
    assert system.post(_root(incident) + path, {}, token=None).status in (401, 404, 405)


@pytest.mark.parametrize("path", ["/999999", "/999999/export/pdf", "/files/999999"])
def test_what_is_not_there_is_not_found(system: System, incident: str, path: str) -> None:
    assert system.get(_root(incident) + path).status == 404
    assert system.get(_root("I9999999")).status == 404


def test_the_document_describes_the_reports(system: System) -> None:
    document = system.get("/api/v1/openapi.json", token=None).body
    paths = {p: set(v) for p, v in document["paths"].items() if "/reports" in p}
    assert paths["/incidents/{id}/reports"] == {"get", "post"}
    assert paths["/incidents/{id}/reports/{report}"] == {"get", "patch"}
    assert {"/incidents/{id}/reports/{report}/sign", "/incidents/{id}/reports/{report}/receipt",
            "/incidents/{id}/reports/{report}/export/{kind}"} <= set(paths)  # fmt: skip
    assert "Report" in document["components"]["schemas"]
