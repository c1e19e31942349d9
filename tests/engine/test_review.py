"""What a strict reader of the issue found missing, each as a story."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from alerts.gateways.port import Lookup, Outcome, Sending, SendResult
from complaints.identity import BlindIndex
from core.errors import InvalidInput
from core.words import Role
from escalation.manual import ManualOpening
from tests.engine.scene import Scene

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
PRODUCT = "稳健增利3号"


def _expect(scene: Scene, *who: tuple[str, Role], words: str = "") -> None:
    for unit, role in who:
        scene.expect_sms(unit, role, words)


def _clauses(incident: dict[str, Any]) -> set[str]:
    return {duty["clause"] for duty in incident["duties"]}


class DeadGateway:
    """A provider that cannot serve, as Twilio's client reports it, until it is back."""

    name = "sandbox"

    def __init__(self) -> None:
        self.tries = 0

    def send(self, sending: Sending) -> SendResult:
        self.tries += 1
        return SendResult(Outcome.OTHER_GATEWAY, code="20003")

    def lookup(self, sending: Sending) -> Lookup:
        return Lookup(found=False)

    def probe(self) -> str | None:
        return "20003"


def test_an_alert_outlives_a_long_outage_of_the_gateway(scene: Scene) -> None:
    alive, dead = scene.gateway, DeadGateway()
    scene.sender._gateways = {"sandbox": dead}
    scene.crowd(10)

    def hurry() -> None:
        scene.db.app.run(
            lambda c: c.execute(sa.text("UPDATE messages SET not_before_real = clock_timestamp()"))
        )

    for _ in range(20):
        hurry()
        while scene.sender.send_one():
            pass
    assert dead.tries >= 60
    scene.sender._gateways = {"sandbox": alive}
    hurry()
    scene.work()
    _expect(scene, *FIRST, words="10名客户")


def test_a_branch_that_joins_a_bank_wide_incident_gets_its_own_clocks(scene: Scene) -> None:
    scene.crowd(9, "SH1", product=PRODUCT)
    scene.crowd(9, "NJ1", product=PRODUCT)
    answers = scene.crowd(12, "HO", product=PRODUCT)
    scene.work()
    incident = answers[-1]["incident"]
    assert incident is not None
    scene.expect_sms("HO", Role.HO_DEPUTY)
    assert _clauses(scene.incident(incident)) == {"HO-ACK", "WP-13-R", "WP-32"}
    scene.crowd(41, "SH1", product=PRODUCT)
    scene.work()
    duties = scene.incident(incident)["duties"]
    mine = {"WP-13", "WP-13-R", "WP-14", "WP-14-H", "WP-32"}
    assert {d["clause"] for d in duties} == {"HO-ACK", *mine}
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
    told = {m["to_role"] for m in scene.incident(incident)["messages"]}
    assert {"sub_head", "branch_leader", "branch_deputy", "ho_deputy"} <= told


def test_a_new_wave_under_an_open_parent_is_told_at_its_place(scene: Scene) -> None:
    for unit in ("SH1", "NJ1", "SH2"):
        answers = scene.crowd(10, unit, product=PRODUCT)
    scene.work()
    parent = next(i for i in scene.open_incidents() if i["children"])
    child = next(i for i in scene.open_incidents() if i["unit"] == "NJ1")
    assert answers[-1]["incident"] is not None and child["parent"] == parent["id"]
    scene.close(child["id"])
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
    scene.crowd(12, "NJ1", product=PRODUCT)
    scene.work()
    _expect(scene, ("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER), ("NJ", Role.BRANCH_DEPUTY))


def test_whoever_has_not_been_texted_yet_is_told_the_graver_thing(scene: Scene) -> None:
    scene.crowd(50)
    scene.work()
    _expect(scene, *FIRST, ("HO", Role.HO_LEADER), words="大规模")


def test_an_incident_opened_as_large_tells_each_person_once(scene: Scene) -> None:
    value = ManualOpening("SH1", "媒体来电", large=True, media_exposed=True)
    incident = scene.engine.open_incident(value, "test")
    scene.work()
    _expect(scene, *FIRST, ("HO", Role.HO_LEADER), ("HO", Role.PR_OFFICER))
    assert "WP-14" in _clauses(incident)


def test_whom_the_media_call_read_that_the_media_are_in_it(scene: Scene) -> None:
    scene.engine.open_incident(ManualOpening("SH1", "媒体来电", media_exposed=True), "test")
    scene.work()
    _expect(scene, *FIRST, words="投诉事件")
    for role in (Role.PR_OFFICER, Role.HO_LEADER):
        text = scene.expect_sms("HO", role, "媒体关注：徐汇支行投诉事件")
        assert "名客户" not in text, "nobody has complained yet"


def test_a_complaint_through_the_media_says_so_to_whom_it_calls(scene: Scene) -> None:
    scene.crowd(10)
    scene.complain(channel="media")
    scene.work()
    _expect(scene, *FIRST)
    for role in (Role.PR_OFFICER, Role.HO_LEADER):
        scene.expect_sms("HO", role, "媒体关注：徐汇支行11名客户集体投诉")


def test_what_is_typed_to_fill_a_field_makes_nobody_one_client(scene: Scene) -> None:
    index = BlindIndex(b"k" * 32)
    for empty in ("无", "0", "N/A", "00000000000", "不详", "1111", "***"):
        assert not index.mention(phone=empty, id_number=empty, account=empty).identified
    assert index.mention(id_number="310101197001011234", phone="13800000000").identified
    answers = [
        scene.complain(client={"name": f"客户{n}", "account": "无", "phone": "0"})
        for n in range(10)
    ]
    assert answers[-1]["incident"] is not None
    scene.work()
    _expect(scene, *FIRST)


def test_the_all_clear_may_use_the_reserve(scene: Scene) -> None:
    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    _expect(scene, *FIRST)
    budget = scene.house.plan.budget
    scene.db.app.run(
        lambda c: c.execute(
            sa.text(
                "INSERT INTO messages (to_role, phone, kind, text, dedupe_key, state, created_at)"
                " SELECT 'x', p, 'hotline', 't', 'fill:' || p || n, 'delivered', business_now()"
                " FROM unnest(CAST(:phones AS text[])) AS p, generate_series(1, :most) AS n"
            ),
            {
                "phones": [scene.phones[who] for who in FIRST],
                "most": budget.most - budget.reserve,
            },
        )
    )
    scene.close(incident)
    _expect(scene, *FIRST, words="已解除")


def test_a_complaint_is_routed_to_where_the_client_belongs(scene: Scene) -> None:
    scene.complain("SH1", home_unit="NJ1", received_unit="SH2", channel="hotline")
    scene.work()
    both = (("NJ", Role.BRANCH_LEADER), ("NJ", Role.BRANCH_DEPUTY),
            ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))  # fmt: skip
    _expect(scene, *both, words="95558")
    feed = [entry["zh"] for entry in scene.engine.board()["feed"]]
    assert any("鼓楼支行 按客户属地管理转办：客户属地" in line for line in feed)
    assert any("静安支行 按客户属地管理转办：受理机构" in line for line in feed)


def test_a_hotline_ticket_finds_somebody_or_says_so(scene: Scene) -> None:
    away = [scene.people["SH", r] for r in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY)]

    def leave(people: list[int]) -> None:
        scene.db.owner.run(
            lambda c: c.execute(
                sa.text("UPDATE people SET active = false WHERE id = ANY(:ids)"), {"ids": people}
            )
        )

    leave(away)
    scene.complain("SH1", channel="hotline")
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "95558")
    leave([p for (unit, _role), p in scene.people.items() if unit in ("SH", "HO", "SH1")])
    scene.complain("SH1", channel="hotline")
    assert any(e["verb"] == "hotline_untold" for e in scene.engine.board()["feed"])


def test_a_system_without_a_name_is_no_human_at_head_office(scene: Scene) -> None:
    from escalation.acknowledging import Acknowledgement
    from escalation.ids import incident_number

    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    _expect(scene, *FIRST)
    number = incident_number(incident)
    scene.engine.acknowledge(number, Acknowledgement("crm", "duty_officer", "api", named=False))
    states = {d["clause"]: d["state"] for d in scene.incident(incident)["duties"]}
    assert states["HO-ACK"] == "open"
    scene.acknowledge(incident, "陈值班", Role.DUTY_OFFICER)
    states = {d["clause"]: d["state"] for d in scene.incident(incident)["duties"]}
    assert states["HO-ACK"] == "fulfilled"
    early = Acknowledgement("李", "ho_deputy", "desk", at=scene.now().replace(year=1999))
    with pytest.raises(InvalidInput):
        scene.engine.acknowledge(number, early)


def test_the_journal_names_nobody(scene: Scene) -> None:
    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    _expect(scene, *FIRST)
    scene.acknowledge(incident, "欧阳值班", Role.DUTY_OFFICER)
    entries = scene.db.app.read(
        lambda c: c.scalars(sa.text("SELECT journal_text(journal) FROM journal")).all()
    )
    assert not [entry for entry in entries if "欧阳值班" in entry]


def test_a_refused_hotline_text_goes_to_the_next_person(scene: Scene) -> None:
    refused = {scene.phones["SH", r] for r in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY)}
    alive = scene.gateway

    class Refusing(DeadGateway):
        def send(self, sending: Sending) -> SendResult:
            if sending.phone in refused:
                return SendResult(Outcome.REFUSED, code="30003")
            return alive.send(sending)

    scene.sender._gateways = {"sandbox": Refusing()}
    scene.complain("SH1", channel="hotline")
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "95558")
    scene.expect_sms("SH", Role.BRANCH_SERVICE, "95558")
