"""Reports: frozen figures, order, numbers, signing, receipts, the five times, no client's data."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import ProgrammingError

from contacts.units import UnitValue, save_units
from core.errors import Conflict, InvalidInput
from core.words import Level, Role
from dashboard.report_papers import RENDERERS
from escalation import evidence_files, report_figures, report_paper, report_rules, report_times
from escalation.ids import incident_number
from escalation.plan_file import load_plan
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_signing import Signer
from escalation.report_words import Who, change_words, prefill, yuan
from escalation.reports import Reports
from tests.engine.scene import PLANS, Scene
from tests.postgres import TestDatabase

REGULATOR = "国家金融监督管理总局上海监管局"
BRANCH = ("上海分行", "branch_contact")
LEADER = Signer("员工5", "branch_leader")
CONTACT = Signer("员工7", "branch_contact")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"


class Desk:
    """A bank whose Shanghai branch knows its regulator, with one incident of ten clients."""

    def __init__(self, db: TestDatabase) -> None:
        self.scene = Scene(db)
        with_regulator = UnitValue(
            "SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=REGULATOR
        )
        db.app.run(lambda c: save_units(c, [with_regulator]))
        answers = self.scene.crowd(10, product="稳盈三号", amount="120000")
        self.incident = str(answers[-1]["incident"])
        self.number = incident_number(self.incident)
        self.reports: Reports = self.scene.engine.reports

    def begin(self, kind: str = "first", to: str = "regulator") -> dict[str, Any]:
        return self.reports.begin(self.number, Beginning(kind, to), "web:branch_contact")  # type: ignore[arg-type]

    def fill(self, report: dict[str, Any], **texts: str) -> dict[str, Any]:
        wanted = {"request": "暂无。", **texts}
        return self.reports.edit(
            self.number, report["id"], report["version"], wanted, "web:branch_contact"
        )

    def sign(self, report: dict[str, Any]) -> dict[str, Any]:
        signer = CONTACT if report["addressee"] == "regulator" else LEADER
        return self.reports.sign(
            self.number, report["id"], report["version"], signer, f"web:{signer.role}"
        )

    def send(self, report: dict[str, Any], **given: Any) -> dict[str, Any]:
        value = ReceiptValue(**{
            "at": self.scene.now(), "by": "员工7", "to": "消保处", "via": "written",
            "number": "沪监收77号", **given,
        })  # fmt: skip
        return self.reports.send(self.number, report["id"], value, "web:branch_contact")

    def made(self, kind: str = "first", to: str = "regulator") -> dict[str, Any]:
        """A report that has been signed and sent."""
        return self.send(self.sign(self.fill(self.begin(kind, to))))

    def duties(self) -> dict[str, str]:
        return {d["clause"]: d["state"] for d in self.scene.incident(self.incident)["duties"]}


@pytest.fixture
def desk(db: TestDatabase) -> Desk:
    return Desk(db)


def _refused(work: Callable[[], object]) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        work()
    assert all(f.zh and f.en and f.remedy_zh and f.remedy_en for f in caught.value.faults)
    return {fault.field for fault in caught.value.faults}


# --- one incident's story ---------------------------------


def test_first_follow_up_final_each_from_its_own_frozen_figures(desk: Desk) -> None:
    """WP-13-R: the first report is drafted from ten; three more don't change it; +3 follows."""
    first = desk.begin()
    assert (first["figures"]["clients"], first["figures"]["complaints"]) == (10, 10)
    assert first["figures"]["amount"] == "1200000.00"
    assert first["to"] == REGULATOR
    desk.scene.crowd(3)
    desk.scene.gather(12, onlookers=20)
    first = desk.fill(desk.reports.one(desk.number, first["id"]))
    assert first["figures"]["clients"] == 10 and first["figures"]["headcount"] == 0
    sent = desk.send(desk.sign(first))
    assert sent["state"] == "sent" and sent["ended"] == ["WP-13-R"]

    desk.scene.later(minutes=50)
    follow = desk.begin("follow_up")
    assert follow["since"]["number"] == sent["number"]
    words = [change["zh"] for change in follow["changes"]]
    assert "投诉客户由10人增至13人（增加3人）" in words
    assert "现场投诉人数由0人增至12人（增加12人）" in words
    measures = next(f["value"] for f in follow["fields"] if f["name"] == "measures")
    assert "已办结：" in measures and len(follow["new_measures"]) == measures.count("\n") + 1
    desk.send(desk.sign(desk.fill(follow)))

    with pytest.raises(Conflict, match="stands down"):
        desk.begin("final")
    desk.scene.engine.stand_down(desk.number, "客户已离场", "web:branch_leader")
    final = desk.begin("final")
    assert "事件状态由处置中变为已平息" in [change["zh"] for change in final["changes"]]
    desk.send(desk.sign(desk.fill(final)))
    with pytest.raises(Conflict, match="final report was made"):
        desk.begin("follow_up")
    desk.scene.engine.reopen_incident(desk.number, "客户再次聚集", "web:branch_leader")
    assert desk.begin("follow_up")["kind"] == "follow_up"


def test_order_and_one_draft_at_a_time(desk: Desk) -> None:
    with pytest.raises(Conflict, match="first report comes first"):
        desk.begin("follow_up")
    first = desk.begin()
    with pytest.raises(Conflict, match="draft is open") as caught:
        desk.begin()
    assert caught.value.extra["report"] == first["id"]
    assert desk.begin(to="head_office")["state"] == "draft"  # another addressee, another row
    assert _refused(lambda: desk.reports.discard(desk.number, first["id"], " ", "x")) == {"reason"}
    gone = desk.reports.discard(desk.number, first["id"], "重复", "web:branch_leader")
    assert (gone["state"], gone["discard_reason"]) == ("discarded", "重复")
    again = desk.sign(desk.fill(desk.begin()))
    with pytest.raises(Conflict, match="write a follow-up"):
        desk.begin()
    assert again["number"].endswith("投诉急报（监）第1号")


def test_freezing_anew_keeps_the_old_figures_and_what_people_wrote(desk: Desk) -> None:
    first = desk.fill(desk.begin(), cause="产品净值下跌。")
    desk.scene.crowd(2)
    fresh = desk.reports.refreeze(desk.number, first["id"], first["version"], "web:branch_contact")
    texts = {f["name"]: f for f in fresh["fields"]}
    assert [v["version"] for v in fresh["figure_versions"]] == [1, 2]
    assert fresh["figures"]["clients"] == 12 and "投诉客户12人" in texts["scale"]["value"]
    assert texts["cause"]["value"] == "产品净值下跌。"
    assert (texts["cause"]["by"], texts["scale"]["by"]) == ("web:branch_contact", "system")
    held = desk.scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT figures ->> 'clients' FROM report_figures ORDER BY version")
    ).scalars().all())  # fmt: skip
    assert held == ["10", "12"]


def test_a_second_editor_gets_a_conflict_with_what_is_stored(desk: Desk) -> None:
    first = desk.begin()
    desk.fill(first, cause="甲的说法。")
    with pytest.raises(Conflict) as caught:
        desk.reports.edit(desk.number, first["id"], first["version"], {"cause": "乙"}, "web:x")
    extra = caught.value.extra
    assert extra["version"] == first["version"] + 1
    stored = {f["name"]: f["value"] for f in extra["fields"]}  # type: ignore[attr-defined]
    assert stored["cause"] == "甲的说法。"
    with pytest.raises(Conflict):
        desk.sign(first)  # the signer must have read what is signed


# --- export ---------------------------------


@pytest.mark.parametrize("name", [rule.name for rule in report_rules.FIELDS])
def test_neither_export_nor_signing_while_a_field_is_empty(desk: Desk, name: str) -> None:
    report = desk.fill(desk.begin(), **{name: " "})
    assert report["missing"] == [name]

    def export() -> object:
        return desk.reports.export(
            desk.number, report["id"], "pdf", RENDERERS["pdf"], "示范银行", "web"
        )

    assert _refused(export) == {name, "signer"}
    assert _refused(lambda: desk.sign(report)) == {name}
    assert _refused(lambda: desk.reports.paper(desk.number, report["id"])) == {name, "signer"}


def test_a_signed_reports_paper_and_bytes_never_change(desk: Desk) -> None:
    signed = desk.sign(desk.fill(desk.begin()))

    def export(kind: Any) -> bytes:
        return desk.reports.export(
            desk.number, signed["id"], kind, RENDERERS[kind], "示范银行", "web"
        )

    first = {kind: export(kind) for kind in ("docx", "pdf")}
    paper = desk.reports.paper(desk.number, signed["id"])
    desk.reports.correct_time(
        desk.number, signed["id"], "occurred", desk.scene.now() - timedelta(minutes=20),
        "监控录像显示", "web:branch_contact",
    )  # fmt: skip
    desk.scene.crowd(5)
    assert {kind: export(kind) for kind in ("docx", "pdf")} == first
    assert desk.reports.paper(desk.number, signed["id"]) == paper
    view = desk.reports.one(desk.number, signed["id"])
    kept = {e["format"]: e["sha256"] for e in view["exports"]}
    assert kept == {kind: hashlib.sha256(data).hexdigest() for kind, data in first.items()}
    held = report_paper.to_json(paper)
    assert view["paper_sha256"] == report_paper.digest(held).hex()
    assert report_paper.from_json(json.loads(json.dumps(held))) == paper
    rerendered = RENDERERS["pdf"](paper, "示范银行", datetime.fromisoformat(view["signed_at"]))
    assert rerendered == first["pdf"]
    with pytest.raises(Conflict):
        desk.fill(signed)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report_times SET at = now()",
        "DELETE FROM report_times",
        "UPDATE report_figures SET figures = '{}'",
        "DELETE FROM report_figures",
        "UPDATE report_exports SET content = ''",
        "UPDATE report_receipts SET number = '1'",
        "UPDATE evidence_files SET content = ''",
        "DELETE FROM evidence_files",
        "DELETE FROM reports",
    ],
)
def test_what_is_kept_for_good_the_application_cannot_change(
    db: TestDatabase, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.app.run(lambda c: c.execute(sa.text(statement)))


# --- who signs, numbers ---------------------------------


def test_only_the_designated_role_signs(desk: Desk) -> None:
    report = desk.fill(desk.begin(to="head_office"))
    assert report["sign_roles"] == ["branch_leader", "ho_deputy", "ho_leader"]
    stranger = Signer("员工13", "sub_head")

    def sign(signer: Signer) -> dict[str, Any]:
        return desk.reports.sign(desk.number, report["id"], report["version"], signer, "web:x")

    assert _refused(lambda: sign(stranger)) == {"role"}
    assert sign(Signer("员工2", "ho_deputy"))["signer"] == "员工2"


def test_numbers_run_by_addressee_and_year_without_a_gap(desk: Desk) -> None:
    assert desk.made()["number"] == "示范银行上海分行〔2026〕投诉急报（监）第1号"
    assert desk.made(to="head_office")["number"] == "示范银行上海分行〔2026〕投诉急报第1号"
    spoiled = desk.sign(desk.fill(desk.begin("follow_up")))
    desk.reports.discard(desk.number, spoiled["id"], "内容有误", "web:branch_contact")
    assert desk.made("follow_up")["number"].endswith("第3号")  # 2 stays discarded, for all to see
    desk.scene.db.set_time(datetime.fromisoformat("2027-01-01T00:05:00+08:00"))
    assert "〔2027〕" in desk.made("follow_up")["number"]


def _race(works: list[Callable[[], Any]]) -> list[Any]:
    """All at once, each on a connection of its own; results or the errors raised."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = work()
        except (Conflict, InvalidInput) as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_who_sign_at_once_draw_one_number(desk: Desk) -> None:
    report = desk.fill(desk.begin())
    results = _race([lambda: desk.sign(report)] * 6)
    signed = [r for r in results if isinstance(r, dict)]
    lost = [r for r in results if isinstance(r, Conflict)]
    assert (len(signed), len(lost)) == (1, 5), results
    assert {error.extra["number"] for error in lost} == {signed[0]["number"]}
    last = desk.scene.db.app.read(lambda c: c.scalar(sa.text("SELECT last FROM report_numbers")))
    assert last == 1


def test_parallel_signing_leaves_no_gap_and_no_double(db: TestDatabase) -> None:
    """Eight incidents' reports of one branch, signed by eight writers at once, some refused."""
    desk = Desk(db)
    drafts = []
    for number in range(8):
        value_unit = "SH1" if number % 2 else "SH2"
        incident = _opened(desk.scene, value_unit, number)
        report = desk.reports.begin(incident, Beginning("first", "regulator"), "web:x")
        wanted = {"request": "" if number in (2, 5) else "暂无。"}
        drafts.append((incident, desk.reports.edit(
            incident, report["id"], report["version"], wanted, "web:x")))  # fmt: skip
    results = _race([
        lambda i=i, r=r: desk.reports.sign(i, r["id"], r["version"], CONTACT, "web:x")  # type: ignore[misc]
        for i, r in drafts
    ])  # fmt: skip
    numbers = sorted(r["number"] for r in results if isinstance(r, dict))
    assert sum(isinstance(r, InvalidInput) for r in results) == 2
    assert numbers == sorted(f"示范银行上海分行〔2026〕投诉急报（监）第{n}号" for n in range(1, 7))


def _opened(scene: Scene, unit: str, number: int) -> int:
    """An incident of its own: the one before at this place has stood down."""
    for held in scene.open_incidents():
        if held["unit"] == unit:
            scene.engine.stand_down(incident_number(held["id"]), f"第{number}次", "test")
    answers = scene.crowd(10, unit=unit)
    return incident_number(str(answers[-1]["incident"]))


def test_two_who_draft_at_once_make_one(desk: Desk) -> None:
    results = _race([lambda: desk.begin()] * 5)
    assert sum(isinstance(r, dict) for r in results) == 1
    assert sum(isinstance(r, Conflict) for r in results) == 4, results


# --- receipts and duties ---------------------------------


def test_wp13r_a_regulators_receipt_ends_the_regulators_duty_only(desk: Desk) -> None:
    sent = desk.made()
    assert sent["ended"] == ["WP-13-R"]
    states = desk.duties()
    assert (states["WP-13-R"], states["WP-13"], states["HO-ACK"]) == ("fulfilled", "open", "open")
    (duty,) = [d for d in desk.scene.incident(desk.incident)["duties"] if d["clause"] == "WP-13-R"]
    assert duty["evidence"]["kind"] == "regulator_receipt"
    assert duty["evidence"]["report"] == sent["number"]
    assert duty["evidence"]["number"] == "沪监收77号"


def test_wp13_head_offices_receipt_ends_the_report_to_head_office(desk: Desk) -> None:
    sent = desk.made(to="head_office")
    assert "WP-13" in sent["ended"]
    states = desk.duties()
    assert (states["WP-13"], states["WP-13-R"], states["HO-ACK"]) == ("fulfilled", "open", "open")


def test_wp14_is_ended_by_the_reports_that_its_clause_takes(desk: Desk) -> None:
    desk.scene.gather(40)
    large = {c for c, s in desk.duties().items() if c.startswith("WP-14") and s == "open"}
    assert large
    ended = set(desk.made()["ended"]) | set(desk.made(to="head_office")["ended"])
    assert large <= ended
    assert not [c for c, s in desk.duties().items() if c in large and s == "open"]


def test_sent_only_with_its_receipt_and_only_once(desk: Desk) -> None:
    report = desk.fill(desk.begin())
    with pytest.raises(Conflict, match="sign the report first"):
        desk.send(report)
    signed = desk.sign(report)
    assert _refused(lambda: desk.send(signed, number=" ")) == {"number"}
    late = desk.scene.now() + timedelta(hours=1)
    assert _refused(lambda: desk.send(signed, at=late)) == {"at"}
    before = desk.scene.now() - timedelta(hours=1)
    assert _refused(lambda: desk.send(signed, at=before)) == {"at"}
    assert desk.reports.one(desk.number, signed["id"])["state"] == "signed"
    results = _race([lambda: desk.send(signed)] * 4)
    assert sum(isinstance(r, dict) for r in results) == 1
    with pytest.raises(Conflict):
        desk.reports.discard(desk.number, signed["id"], "想撤回", "web:x")
    value = ReceiptValue(desk.scene.now(), "监管局", "员工7", "written")
    assert desk.reports.receive(desk.number, signed["id"], value, "web:x")["state"] == "received"


@pytest.mark.parametrize("blank", ["", " ", "\u200b\u2060"])
def test_a_receipt_says_who_handed_it_to_whom(desk: Desk, blank: str) -> None:
    report = desk.sign(desk.fill(desk.begin()))
    assert _refused(lambda: desk.send(report, by=blank, to=blank)) == {"by", "to"}
    naive = desk.scene.now().replace(tzinfo=None)
    assert _refused(lambda: desk.send(report, at=naive, number=blank)) == {"at", "number"}
    called = ReceiptValue(desk.scene.now(), blank, blank, "phone")
    assert _refused(
        lambda: desk.reports.phone(desk.number, report["id"], called, "web:x")
    ) == {"by", "to"}  # fmt: skip
    sent = desk.send(report)
    assert _refused(
        lambda: desk.reports.receive(desk.number, sent["id"], called, "web:x")
    ) == {"by", "to"}  # fmt: skip


def test_a_field_with_nothing_to_see_is_empty(desk: Desk) -> None:
    report = desk.fill(desk.begin(), cause="\u200b\u00ad", trend="\u3164")
    assert _refused(lambda: desk.sign(report)) == {"cause", "trend"}


def test_figures_frozen_anew_are_compared_with_one_report(desk: Desk) -> None:
    desk.made()
    desk.scene.acknowledge(desk.incident, "员工5", Role.BRANCH_LEADER)
    second = desk.sign(desk.fill(desk.begin("follow_up")))
    draft = desk.begin("follow_up")  # the first one is what was sent last
    assert "签收" in _field(draft, "measures")
    desk.scene.crowd(3, product="稳盈三号")
    desk.send(second)
    draft = desk.reports.refreeze(desk.number, draft["id"], draft["version"], "web:x")
    assert "签收" not in _field(draft, "measures")  # said by the second one
    signed = desk.sign(desk.fill(draft))
    paper = str(desk.reports.paper(desk.number, signed["id"]))
    assert second["number"] in paper and signed["number"] in paper


def _field(report: dict[str, Any], name: str) -> str:
    return str({f["name"]: f for f in report["fields"]}[name]["value"])


def test_by_telephone_first_then_in_writing(desk: Desk) -> None:
    """The regional half-hour rule: told by telephone before the written report is signed."""
    report = desk.begin()
    value = ReceiptValue(desk.scene.now(), "员工7", "消保处值班", "phone")
    phoned = desk.reports.phone(desk.number, report["id"], value, "web:branch_contact")
    assert (phoned["state"], phoned["receipts"][0]["kind"]) == ("draft", "phoned")
    assert desk.duties()["WP-13-R"] == "open"  # a call is no receipt
    desk.sign(desk.fill(phoned))
    paper = desk.reports.paper(desk.number, report["id"])
    assert "由员工7电话报告消保处值班" in str(paper)


def test_re30m_a_call_to_the_regulator_ends_the_half_hour_clock_only(db: TestDatabase) -> None:
    """RE-30M by telephone, RE-1H in writing: the one does not end the other."""
    desk = Desk(db)
    overlays = ("regional-emergency-report",)
    desk.scene.house.plan = load_plan("maturing-wealth-product", PLANS, overlays)
    desk.scene.gather(60)
    assert {"RE-30M", "RE-1H"} <= set(desk.duties())
    report = desk.begin()
    value = ReceiptValue(desk.scene.now(), "员工7", "消保处值班", "phone")
    phoned = desk.reports.phone(desk.number, report["id"], value, "web:branch_leader")
    assert phoned["ended"] == ["RE-30M"]
    assert (desk.duties()["RE-30M"], desk.duties()["RE-1H"]) == ("fulfilled", "open")
    assert "RE-1H" in desk.send(desk.sign(desk.fill(phoned)))["ended"]


def test_the_receipts_scan_is_what_its_content_is(desk: Desk) -> None:
    signed = desk.sign(desk.fill(desk.begin()))
    for content in (b"", b"<html><script>", b"%PDF-1.7 and no end", b"\x89PNG\r\n\x1a\n cut"):
        assert _refused(lambda content=content: desk.send(signed, file=content)) == {"file"}  # type: ignore[misc]
    big = PNG[:-8] + b"\0" * evidence_files.MOST_BYTES + PNG[-8:]
    assert _refused(lambda: desk.send(signed, file=big)) == {"file"}
    sent = desk.send(signed, file=PNG)
    (receipt,) = sent["receipts"]
    file = desk.reports.file(desk.number, receipt["file"])
    assert (file.media_type, file.content) == ("image/png", PNG)
    assert file.sha256 == receipt["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert file.name == f"evidence-{receipt['file']}.png"


def test_without_a_regulator_the_fault_says_what_to_do(db: TestDatabase) -> None:
    scene = Scene(db)
    number = incident_number(str(scene.crowd(10)[-1]["incident"]))
    with pytest.raises(InvalidInput) as caught:
        scene.engine.reports.begin(number, Beginning("first", "regulator"), "web:x")
    (fault,) = caught.value.faults
    assert (fault.field, fault.zh) == ("addressee", "上海分行未登记当地监管机构")
    assert "登记监管局或监管分局" in fault.remedy_zh


def test_what_is_owed_leads_to_its_report(desk: Desk) -> None:
    owed = {d["clause"]: d for d in desk.reports.listed(desk.number)["owed"]}
    assert owed["WP-13-R"]["answers"] == [
        {"addressee": "regulator", "report": None, "kind": "first"}
    ]
    value = Beginning("first", "regulator", owed["WP-13-R"]["duty"])
    report = desk.reports.begin(desk.number, value, "web:branch_contact")
    owed = {d["clause"]: d for d in desk.reports.listed(desk.number)["owed"]}
    assert owed["WP-13-R"]["answers"][0]["report"] == report["id"]
    wrong = Beginning("first", "head_office", owed["WP-13-R"]["duty"])
    assert _refused(lambda: desk.reports.begin(desk.number, wrong, "x")) == {"duty"}


# --- the five times ---------------------------------


def test_a_time_is_corrected_by_a_new_entry_only(desk: Desk) -> None:
    report = desk.begin()
    times = {e["kind"]: e for e in report["times"]}
    assert set(times) == {"occurred", "aware"}
    earlier = desk.scene.now() - timedelta(minutes=30)

    def correct(kind: Any, at: datetime, reason: str = "监控录像显示") -> dict[str, Any]:
        return desk.reports.correct_time(
            desk.number, report["id"], kind, at, reason, "web:branch_contact"
        )

    entries = [e for e in correct("occurred", earlier)["times"] if e["kind"] == "occurred"]
    assert [e["counts"] for e in entries] == [False, True]
    assert (entries[1]["reason"], entries[1]["by"]) == ("监控录像显示", "web:branch_contact")
    assert _refused(lambda: correct("aware", earlier - timedelta(minutes=1))) == {"at"}
    assert _refused(lambda: correct("aware", desk.scene.now() + timedelta(minutes=1))) == {"at"}
    assert _refused(lambda: correct("occurred", earlier, " ")) == {"reason"}
    with pytest.raises(Conflict):
        correct("sent", desk.scene.now())


NOW = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
_MOMENTS = st.integers(-800 * 1440, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
_NEAR = st.integers(-300, 10).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(st.lists(st.tuples(st.sampled_from(report_times.TIME_KINDS), _NEAR | _MOMENTS)))
def test_any_row_of_corrections_keeps_the_five_in_order(
    entries: list[tuple[str, datetime]],
) -> None:
    """Whatever is entered: nothing accepted is in the future, years old or out of order, and
    nothing in order is refused."""
    known: dict[str, datetime] = {}
    for kind, at in entries:
        others = {k: v for k, v in known.items() if k != kind}
        wanted = {**others, kind: at}
        row = [wanted[k] for k in report_times.TIME_KINDS if k in wanted]
        sound = row == sorted(row) and NOW - timedelta(days=730) <= at <= NOW
        assert (report_times.faults_of(kind, at, others, NOW) == []) == sound
        if sound:
            known[kind] = at


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(offsets=st.lists(st.tuples(st.booleans(), st.integers(-120, 20)), max_size=8))
def test_every_entry_stays_and_the_latest_counts(
    desk: Desk, offsets: list[tuple[bool, int]]
) -> None:
    listed = desk.reports.listed(desk.number)["reports"]
    report = listed[0] if listed else desk.begin()
    before = desk.reports.one(desk.number, report["id"])["times"]
    accepted: list[tuple[str, str]] = []
    for aware, minutes in offsets:
        kind, at = "aware" if aware else "occurred", desk.scene.now() + timedelta(minutes=minutes)
        try:
            desk.reports.correct_time(desk.number, report["id"], kind, at, "核对", "web:x")  # type: ignore[arg-type]
        except InvalidInput:
            continue
        accepted.append((kind, at.isoformat()))
    after = desk.reports.one(desk.number, report["id"])["times"]
    assert len(after) == len(before) + len(accepted)
    for kind in ("occurred", "aware"):
        entries = [e for e in after if e["kind"] == kind]
        assert [e["counts"] for e in entries] == [False] * (len(entries) - 1) + [True]
        mine = [at for k, at in accepted if k == kind]
        assert not mine or datetime.fromisoformat(entries[-1]["at"]) == datetime.fromisoformat(
            mine[-1]
        )
    counting = {e["kind"]: e["at"] for e in after if e["counts"]}
    assert counting["occurred"] <= counting["aware"]


# --- no client's data ---------------------------------


def test_no_clients_name_or_number_anywhere(db: TestDatabase) -> None:
    scene = Scene(db)
    units = [UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=REGULATOR)]
    db.app.run(lambda c: save_units(c, units))
    name, phone, document = "欧阳雪梅", "13912345678", "310101197001011234"
    client = {"name": name, "phone": phone, "id_number": document, "account": "6222020200112233"}
    scene.crowd(9, product="稳盈三号")
    answer = scene.complain(client=client, summary=f"{name}投诉", product="稳盈三号")
    number = incident_number(str(answer["incident"]))
    reports = scene.engine.reports
    report = reports.begin(number, Beginning("first", "regulator"), "web:branch_contact")
    for text in (f"{name}称产品亏损", f"电话 {phone[:3]}-{phone[3:7]} {phone[7:]}", document):
        assert _refused(
            lambda text=text: reports.edit(  # type: ignore[misc]
                number, report["id"], report["version"], {"cause": text}, "web:x"
            )
        ) == {"cause"}
    at, reason = scene.now() - timedelta(minutes=5), f"{name}的录像"
    assert _refused(lambda: reports.correct_time(
        number, report["id"], "occurred", at, reason, "web:x")) == {"reason"}  # fmt: skip
    noted = ReceiptValue(scene.now(), "员工7", "消保处", "phone", note=f"{name}已联系")
    assert _refused(lambda: reports.phone(number, report["id"], noted, "web:x")) == {"note"}
    report = reports.edit(number, report["id"], report["version"], {"request": "暂无"}, "web:x")
    signed = reports.sign(number, report["id"], report["version"], CONTACT, "web:branch_contact")
    shown = json.dumps([signed, reports.listed(number)], ensure_ascii=False)
    shown += str(reports.paper(number, report["id"]))
    shown += db.app.read(lambda c: str(c.execute(
        sa.text("SELECT subject, reason, before, after FROM journal WHERE verb LIKE 'report%'")
    ).all()))  # fmt: skip
    assert signed["number"] in shown
    for private in (name, phone, document, client["account"]):
        assert private not in shown


def test_a_shown_telephone_is_masked_and_sent_back_it_stays(desk: Desk) -> None:
    report = desk.begin()
    phone = desk.scene.phones["SH", Role.BRANCH_CONTACT]
    shown = {f["name"]: f for f in report["fields"]}["contact_phone"]["value"]
    assert shown == f"{phone[:3]}****{phone[-4:]}"
    report = desk.sign(desk.fill(report, contact_phone=shown))
    assert phone in str(desk.reports.paper(desk.number, report["id"]))


# --- pure pieces ---------------------------------


def test_changes_are_said_in_both_languages() -> None:
    rise = report_figures.Change("clients", 10, 13, 3)
    assert change_words(rise) == (
        "投诉客户由10人增至13人（增加3人）", "Complaining clients: 10 → 13 (+3)",
    )  # fmt: skip
    fall = report_figures.Change("onlookers", 20, 5, -15)
    assert change_words(fall)[0] == "围观人数由20人减至5人（减少15人）"
    graver = report_figures.Change("severity", "incident", "large")
    assert change_words(graver)[0] == "事件等级由集体投诉变为大规模聚众投诉"


def test_trend_counts_the_last_hour_and_the_one_before() -> None:
    at = [NOW - timedelta(minutes=m) for m in (5, 30, 59, 61, 100, 200)]
    found = report_figures.trend(at, NOW)
    assert (found["last_hour"], found["hour_before"], found["direction"]) == (3, 2, "rising")
    assert sum(hour["clients"] for hour in found["hours"]) == 6
    assert report_figures.trend([], NOW)["direction"] == "steady"


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0.00", "0元"), ("9999.50", "9999.5元"), ("10000.00", "1万元"), ("1234567.00", "123.46万元"),
     ("250000000.00", "25000万元")],
)  # fmt: skip
def test_amounts_read_as_a_bank_writes_them(amount: str, words: str) -> None:
    assert yuan(amount) == words


def test_only_what_people_must_say_is_left_empty(desk: Desk) -> None:
    report = desk.begin()
    assert report["missing"] == ["request"]
    texts = prefill(report["figures"], "上海", Who(None, ()), None)
    assert [name for name, text in texts.items() if not text] == [
        "people", "request", "contact", "contact_phone",
    ]  # fmt: skip
