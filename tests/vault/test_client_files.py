"""Complaints found, shown masked, revealed with a reason, exported, erased and disposed of."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.value import parse_complaint
from core.errors import Conflict, InvalidInput, NotFound
from core.rights import Access, rights_of
from core.viewer import Viewer
from database.connection import Database
from escalation.client_desk import ClientDesk
from escalation.engine import Engine
from escalation.ids import complaint_number
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase

CLIENT = {
    "name": "夏侯奇瑰", "phone": "13987650123", "id_number": "310101198803071234",
    "account": "6222021001998877665", "address": "上海市徐汇区瑰奇路998号7室",
}  # fmt: skip
SECRETS = [*CLIENT.values()]


class Files:
    """A scene with a few complaints; numbers by name."""

    def __init__(self, db: TestDatabase) -> None:
        self.db, self.scene = db, Scene(db)
        self.desk: ClientDesk = self.scene.engine.files
        self.one = self.enter(
            "SH1", CLIENT, "稳盈三号到期收益不符", "夏侯奇瑰称电话13987650123无人接"
        )
        self.two = self.enter(
            "NJ1", {"name": "赵六", "phone": "13700000001"}, "Wealth 理财 product-7", "赔偿"
        )
        self.three = self.enter("SH2", {"name": "夏侯惇"}, "收银台态度", "益处不明的收费")
        self.scene.work()

    def enter(
        self, unit: str, client: dict[str, str], subject: str, summary: str, **more: Any
    ) -> int:
        body = {
            "source": "crm", "source_ref": f"{unit}-{subject}", "unit": unit, "channel": "letter",
            "received_at": self.scene.now().isoformat(), "client": client, "subject": subject,
            "summary": summary, **more,
        }  # fmt: skip
        answer = self.scene.engine.take_complaint(parse_complaint(body), "test").answer
        return complaint_number(answer["complaint"])

    def found(self, text: str, desk: ClientDesk | None = None) -> set[int]:
        return {complaint_number(f["complaint"]) for f in (desk or self.desk).search(text)}

    def sees(self, unit: str) -> ClientDesk:
        """The desk as a branch's leader has it."""
        path, number = self.db.owner.read(lambda c: c.execute(
            sa.text("SELECT path, id FROM units WHERE code = :u"), {"u": unit}).one())  # fmt: skip
        roles = frozenset({Access.BRANCH, Access.HEAD_OFFICE})
        viewer = Viewer("person", 7, "李四", number, path, rights_of(roles), roles)
        logins = Database(self.db.app_url, role=None, pool_size=1)
        return Engine(self.scene.house).for_viewer(viewer, logins).files

    def journal(self, verb: str) -> list[Any]:
        query = sa.text("SELECT * FROM journal WHERE verb = :v ORDER BY id")
        return list(self.db.app.read(lambda c: c.execute(query, {"v": verb}).all()))


@pytest.fixture
def files(db: TestDatabase) -> Files:
    return Files(db)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("到期收益", "one"), ("收益", "one"), ("稳盈三号", "one"), ("夏侯", "one three"),
        ("收益 夏侯", "one"), ("wealth", "two"), ("WEALTH 理财", "two"), ("ｐｒｏｄｕｃｔ", "two"),
        ("财product", "two"), ("duct7", "two"), ("13987650123", "one"), ("139-8765-0123", "one"),
        ("310101198803071234", "one"), ("6222021001998877665", "one"),
        ("益收", ""), ("期到", ""), ("收益收", ""), ("13987650124", ""), ("1398765", ""),
        ("瑰奇路", ""), ("夏侯 赔偿", ""),
    ],
)  # fmt: skip
def test_search(files: Files, text: str, names: str) -> None:
    assert files.found(text) == {getattr(files, name) for name in names.split()}


@pytest.mark.parametrize("text", ["", " ", "收", "收 益", "，。", "1"])
def test_less_than_two_characters_is_no_search(files: Files, text: str) -> None:
    with pytest.raises(InvalidInput):
        files.desk.search(text)


def test_what_shares_every_bigram_and_is_another_word_is_not_found(files: Files) -> None:
    files.enter("SH1", {"name": "钱七"}, "甲乙乙丙", "乙甲")
    files.scene.work()
    assert files.found("甲乙丙") == set()
    assert len(files.found("甲乙乙丙")) == 1


def test_a_branch_finds_and_sees_its_own_only(files: Files) -> None:
    shanghai, nanjing = files.sees("SH"), files.sees("NJ")
    assert files.found("夏侯", shanghai) == {files.one, files.three}
    assert files.found("夏侯", nanjing) == set() and files.found("赔偿", nanjing) == {files.two}
    assert shanghai.complaint(files.one)["parties"][0]["name"] == "夏侯**"
    for ask in (
        lambda: nanjing.complaint(files.one),
        lambda: nanjing.reveal(files.one, ["name"], "核实客户身份", "web:x"),
        lambda: nanjing.access_log(files.one),
        lambda: nanjing.complaint(99_999),
    ):
        with pytest.raises(NotFound, match="complaint not found"):
            ask()
    with pytest.raises(InvalidInput):
        nanjing.export({"unit": "SH"}, "季度统计", "web:x")
    assert CLIENT["name"] not in nanjing.export({}, "季度统计", "web:x").decode()
    assert "C0000000" in nanjing.export({}, "季度统计", "web:x").decode()
    assert files.journal("client_revealed") == []


def test_a_record_is_masked_in_its_words_too(files: Files) -> None:
    shown = files.desk.complaint(files.one)
    assert shown["parties"][0] == {
        "role": "principal", "erased": False, "name": "夏侯**", "phone": "139****0123",
        "id_number": "310***********1234", "account": "***********7665",
        "address": "上海市徐汇区***",
    }  # fmt: skip
    assert shown["texts"]["summary"] == "夏侯**称电话139****0123无人接"
    text = json.dumps([shown, files.desk.search("夏侯")], ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]


def test_revealed_is_what_was_asked_for_and_the_log_says_who_and_why(files: Files) -> None:
    seen = files.desk.reveal(files.one, ["phone", "summary"], "回访客户", "web:hotline:7")
    assert seen["parties"] == [{"role": "principal", "erased": False, "phone": CLIENT["phone"]}]
    assert seen["texts"] == {"summary": "夏侯奇瑰称电话13987650123无人接"}
    (log,) = files.desk.access_log(files.one)
    assert (log["actor"], log["reason"], log["fields"]) == (
        "web:hotline:7", "回访客户", ["phone", "summary"]
    )  # fmt: skip
    entry = files.journal("client_revealed")[0]
    assert not [s for s in SECRETS if s in str(tuple(entry))]
    assert files.desk.access_log(files.two) == []
    for fields, reason in (([], "回访客户"), (["password"], "回访客户"), (["phone"], " "),
                           (["phone"], "找夏侯奇瑰"), (["phone"], "13987650123")):  # fmt: skip
        with pytest.raises(InvalidInput):
            files.desk.reveal(files.one, fields, reason, "web:x")
    assert len(files.journal("client_revealed")) == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_says_who_when_and_why_and_is_in_the_log(files: Files, kind: Any) -> None:
    made = files.desk.export({"text": "夏侯"}, "报送监管", "web:ho_leader:3", kind)
    assert made[:3] == (b"\xef\xbb\xbf" if kind == "csv" else b"PK\x03")
    if kind == "csv":
        lines = made.decode("utf-8-sig").splitlines()
        assert "web:ho_leader:3" in lines[1] and "2026-11-23" in lines[2] and "报送监管" in lines[3]
        assert "夏侯**" in lines[6] and not [s for s in SECRETS if s in made.decode()]
    (log,) = files.desk.access_log(files.one)
    assert (log["what"], log["reason"]) == ("complaints_exported", "报送监管")
    assert "夏侯" not in str(tuple(files.journal("complaints_exported")[0]))
    with pytest.raises(InvalidInput):
        files.desk.export({}, "", "web:x")


def test_an_erased_client_is_gone_and_still_counted(files: Files) -> None:
    scene = files.scene
    crowd = [scene.complain() for _ in range(9)]
    tenth = scene.complain(client=CLIENT)
    number, client = (
        complaint_number(tenth["complaint"]),
        files.desk.complaint(files.one)["clients"][0],
    )
    before = scene.incident(tenth["incident"])
    with pytest.raises(InvalidInput):
        files.desk.erase_client(client, "夏侯奇瑰本人要求", "web:x")
    assert files.desk.erase_client(client, "本人书面要求", "web:ho_leader:3") == {
        "complaints": 2, "keys": 1
    }  # fmt: skip
    shown = files.desk.complaint(files.one)
    assert shown["texts"] is None and shown["erased"] == {"zh": "（已删除）", "en": "(erased)"}
    assert shown["parties"][0]["erased"] and shown["parties"][0]["name"] is None
    revealed = files.desk.reveal(files.one, ["name", "subject"], "核实删除结果", "web:x")
    assert revealed["parties"][0]["name"] is None and revealed["texts"] == {"subject": None}
    assert files.found("夏侯") == {files.three} and files.found(CLIENT["phone"]) == set()
    after = scene.incident(tenth["incident"])
    assert after["clients"] == before["clients"] == 10 and len(crowd) == 9
    with pytest.raises(Conflict):
        files.desk.erase_client(client, "本人书面要求", "web:x")
    with pytest.raises(NotFound):
        files.desk.erase_client(99_999, "本人书面要求", "web:x")
    again = files.enter("NJ1", CLIENT, "再次投诉", "新的经过")
    assert files.desk.complaint(again)["clients"] != [client], "an erased client was recognised"
    assert files.desk.complaint(number)["erased"] is not None
    (entry,) = files.journal("client_erased")
    assert (entry.subject, entry.reason) == (f"client:{client}", "本人书面要求")
    files.scene.seen.update(dict.fromkeys(files.scene.phones.values(), 99))


def test_the_keys_of_clients_found_to_be_one_are_all_destroyed(files: Files) -> None:
    first = files.enter("SH1", {"phone": "13611112222"}, "一", "一")
    second = files.enter("SH1", {"id_number": "310101199901011111"}, "二", "二")
    both = {"phone": "13611112222", "id_number": "310101199901011111"}
    third = files.enter("SH1", both, "三", "三")
    (client,) = files.desk.complaint(third)["clients"]
    assert (
        files.desk.complaint(first)["clients"]
        == files.desk.complaint(second)["clients"]
        == [client]
    )
    assert files.desk.erase_client(client, "本人书面要求", "web:x") == {"complaints": 3, "keys": 2}
    for number in (first, second, third):
        assert files.desk.complaint(number)["erased"] is not None


def test_disposal_is_of_what_is_old_and_over_and_by_a_person(files: Files) -> None:
    assert files.desk.disposal_list() == []
    with pytest.raises(Conflict):
        files.desk.decide_disposal([files.one], "保存期满", "web:x")
    files.db.move_time(timedelta(days=5 * 366))
    files.db.app.run(lambda c: c.execute(
        sa.text("UPDATE duties SET state = 'waived', ended_at = :now WHERE complaint_id IS NOT NULL"
                " AND complaint_id <> :kept"), {"now": MORNING, "kept": files.two}))  # fmt: skip
    files.db.app.run(lambda c: c.execute(
        sa.text("UPDATE duties SET state = 'open', ended_at = NULL WHERE complaint_id = :kept"),
        {"kept": files.two}))  # fmt: skip
    files.db.app.run(lambda c: c.execute(sa.text("UPDATE tickets SET stage = 'archived'")))
    fresh = files.enter("SH1", CLIENT, "新的投诉", "新近的经过")
    listed = {complaint_number(d["complaint"]) for d in files.desk.disposal_list()}
    assert files.one in listed and files.three in listed and fresh not in listed
    rows = "SELECT count(*) FROM complaints"
    before = files.db.app.read(lambda c: c.scalar(sa.text(rows)))
    assert files.desk.decide_disposal([files.one, files.three], "保存期满", "web:x") == 1
    assert files.db.app.read(lambda c: c.scalar(sa.text(rows))) == before
    assert files.desk.complaint(files.three)["erased"] is not None
    assert files.desk.complaint(files.one)["texts"] is None
    assert files.desk.complaint(fresh)["texts"]["summary"] == "新近的经过", "the client goes on"
    assert (
        files.enter("SH1", CLIENT, "又一件", "又") and len(files.journal("complaint_disposed")) == 2
    )
    with pytest.raises(Conflict):
        files.desk.decide_disposal([files.one], "保存期满", "web:x")
