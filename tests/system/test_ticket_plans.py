"""The four other plans over the real API: three tickets from the first second to the archive, one
of them through every refusal, one reopened; each clock ends by its own act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from escalation.ids import complaint_number
from tests.postgres import Cluster
from tests.system.running import ROOT, System, complaint
from tests.system.uploads import form
from tests.tickets.clerk import SAYS

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
#: plan -> a class of it, who approves, who confirms a class, clauses that a whole life ends
PLANS: dict[str, tuple[str, str, str, set[str]]] = {
    "securities-complaints": ("general", "ho_department", "", {
        "SC-05", "SC-06", "SC-07", "SC-08", "SC-09", "SC-10", "SC-11", "SC-13"}),
    "futures-complaints": ("service", "ho_department", "", {
        "FC-02", "FC-03", "FC-04", "FC-05", "FC-05-S", "FC-06", "FC-07", "FC-07-V"}),
    "business-office": ("D", "sub_head", "", {
        "BO-01", "BO-02", "BO-03", "BO-03-F", "BO-04-R", "BO-09", "BO-11", "BO-13-D", "BO-13-A"}),
    "service-guide": ("product", "ho_department", "ho_department", {
        "SG-12", "SG-01", "SG-01-C", "SG-02", "SG-03", "SG-04-V"}),
}  # fmt: skip


class Teller:
    """Somebody who works on tickets in another system and sends what was done there."""

    def __init__(self, system: System, plan: str) -> None:
        self.system, self.plan = system, plan
        self.of_class, self.approver, self.confirmer, self.ended = PLANS[plan]
        self.unit = system.outlets()[5]["code"]
        self._taken = 0

    def complain(self) -> str:
        self._taken += 1
        body = complaint(f"{self.plan}-{self._taken}", self.unit, subject="收益",
                         summary="到期收益低于预期", demand="说明收益计算")  # fmt: skip
        body["client"]["phone"] = f"1380000{self._taken:04d}"
        return str(self.system.post("/api/v1/complaints", body).body["complaint"])

    def ticket(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.system.get(f"/api/v1/tickets/{number}").body
        return found

    def act(self, number: str, act: str, role: str = "", **says: Any) -> Any:
        body = {
            **SAYS.get(act, {}),
            **says,
            "by": {"name": role or "经办员", "role": role or "sub_head"},
        }
        if act == "classify":
            body = {"class": self.of_class, **body}
        if act == "analyse":
            body["shares"] = [{"unit": self.unit, "percent": 100}]
        return self.system.post(f"/api/v1/tickets/{number}/acts/{act}", body)

    def walk(self, number: str, until: str = "archived") -> None:
        while (stage := self.ticket(number)["ticket"]["stage"]) != until:
            role = {"approve": self.approver, "confirm_class": self.confirmer}.get(stage, "")
            answer = self.act(number, stage, role)
            assert answer.status == 201, (stage, answer.body)


@pytest.fixture(scope="module", params=sorted(PLANS))
def teller(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Teller]:
    folder = tmp_path_factory.mktemp("plan")
    text = (ROOT / "config.yaml").read_text()
    config = folder / "config.yaml"
    config.write_text(text.replace("plan: maturing-wealth-product", f"plan: {request.param}"))
    (folder / "plans").symlink_to(ROOT / "plans")
    (folder / "assets").symlink_to(ROOT / "assets")
    db = cluster.fresh()
    system = System(db, folder, config=config)
    try:
        system.prepare()
        system.start("web")
        yield Teller(system, request.param)
    finally:
        system.stop()
        db.close()


def test_a_whole_life_ends_its_own_clocks(teller: Teller) -> None:
    number = teller.complain()
    teller.walk(number, until="investigate")
    data, kind = form({**SAYS["investigate"], "by": {"name": "经办员", "role": "sub_head"}}, PDF)
    answer = teller.system.call("POST", f"/api/v1/tickets/{number}/acts/investigate", raw=data,
                                Content_Type=kind)  # fmt: skip
    assert answer.status == 201, answer.body
    teller.walk(number)
    seen = teller.ticket(number)
    assert (seen["ticket"]["outcome"], seen["ticket"]["satisfaction"]) == ("settled", "satisfied")
    assert [f["media_type"] for f in seen["files"]] == ["application/pdf"]
    states = teller.system.db.app.read(lambda c: c.execute(
        sa.text("SELECT clause, state FROM duties WHERE complaint_id = :id"),
        {"id": complaint_number(number)},
    ).all())  # fmt: skip
    ended = {clause for clause, state in states if state == "fulfilled"}
    assert teller.ended <= ended, teller.ended - ended


def test_the_handling_form_says_what_was_done_toward_department_and_person(teller: Teller) -> None:
    """FC-06, before FC-07's file; other plans' forms have no such boxes."""
    number = teller.complain()
    if teller.plan != "futures-complaints":
        return
    teller.walk(number, until="carry_out")
    answer = teller.act(number, "carry_out", toward_department="", toward_person="")
    assert {e["field"] for e in answer.body["errors"]} == {"toward_department", "toward_person"}


def test_every_step_is_refused_before_its_time(teller: Teller) -> None:
    number = teller.complain()
    whose = {"approve": teller.approver, "confirm_class": teller.confirmer}
    while (stage := teller.ticket(number)["ticket"]["stage"]) != "archived":
        steps = [step["step"] for step in teller.ticket(number)["steps"]]  # the class adds some
        for later in steps[steps.index(stage) + 1 :]:
            answer = teller.act(number, later, whose.get(later, ""))
            assert answer.status == 409, (stage, later, answer.body)
        assert teller.ticket(number)["ticket"]["stage"] == stage
        assert teller.act(number, stage, whose.get(stage, "")).status == 201
    assert teller.act(number, "tell").status == 409
    assert teller.ticket(number)["ticket"]["stage"] == "archived"


def test_who_is_dissatisfied_at_the_return_visit_is_heard_again(teller: Teller) -> None:
    number = teller.complain()
    teller.walk(number, until="return_visit")
    answer = teller.act(number, "return_visit", satisfaction="dissatisfied")
    assert answer.status == 201
    ticket = teller.ticket(number)["ticket"]
    assert (ticket["round"], ticket["reopened"]) == (2, 1)
    teller.walk(number)
    assert teller.ticket(number)["ticket"]["round"] == 2


def test_a_dispute_waits_for_both_decisions(teller: Teller) -> None:
    """FC-10; where a plan names nobody who decides, there is no such hold."""
    number = teller.complain()
    teller.walk(number, until="plan" if teller.plan != "business-office" else "investigate")
    held = teller.act(number, "dispute")
    if teller.plan != "futures-complaints":
        assert held.status == 409
        return
    teller.act(number, "plan")
    refused = teller.act(number, "approve", "ho_department")
    assert refused.status == 409 and "首席风险官" in refused.body["detail"]
    for role in ("ho_executive", "ho_risk_officer"):
        assert teller.act(number, "approve", "ho_department").status == 409
        answer = teller.act(number, "decide", role, allowed=True, decision="同意补偿")
        assert answer.status == 201, answer.body
    assert teller.act(number, "approve", "ho_department").status == 201
    assert teller.ticket(number)["ticket"]["held"] is None


def test_a_promise_is_agreed_anew_before_it_lapses_and_not_beyond_the_last_day(
    teller: Teller,
) -> None:
    """BO-02, inside BO-03."""
    number = teller.complain()
    before = teller.ticket(number)
    if teller.plan != "business-office":  # another plan promises nothing by itself
        assert before["ticket"]["promised_at"] is None
        return
    duties = {d["clause"]: d for d in before["duties"]}
    assert before["ticket"]["promised_at"] == duties["BO-02"]["due_at"]
    later = duties["BO-03-F"]["due_at"]
    assert teller.act(number, "promise", promised_at="2099-01-01T00:00:00+08:00").status == 422
    now = teller.system.db.now().isoformat()
    answer = teller.act(number, "promise", promised_at=later, told_at=now, told_via="phone",
                        reason="需核对交易记录")  # fmt: skip
    assert answer.status == 201, answer.body
    after = {d["clause"]: d for d in teller.ticket(number)["duties"]}
    assert after["BO-02"]["due_at"] == later
    assert after["BO-03-F"]["due_at"] == later
