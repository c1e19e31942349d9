"""A complaint's three papers, from tickets that were worked: what they say, what they lack."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from core.paper import Fields, Grid, Paper, map_texts
from core.words import Role
from dashboard.archive_papers import complaint_file_paper, handling_form_paper
from dashboard.archive_register_paper import register_paper
from dashboard.archive_whole_paper import whole_file_paper
from escalation.ids import complaint_number
from tests.engine.scene import PLANS, Scene
from tests.postgres import TestDatabase
from tests.tickets.clerk import Clerk, duties, walk

NAME, PHONE, ADDRESS = "欧阳雪梅", "13912345678", "上海市徐汇区漕溪北路100号"
#: Attachment 3, in its own order.
LABELS = ("填写时间", "客户姓名", "地址", "联系电话", "投诉方式", "投诉时间",
          "被投诉单位/人员/产品", "客户投诉摘要", "调查情况", "处理方案及整改措施",
          "回复客户情况")  # fmt: skip
LEADER = ("SH", Role.BRANCH_LEADER)


def boxes(paper: Paper) -> dict[str, str]:
    """Every box of a paper's forms; the last of its name."""
    return {label: value for b in paper.blocks if isinstance(b, Fields) for label, value in b.rows}


def red(paper: Paper) -> list[str]:
    """The labels of the boxes that are set in red."""
    return [b.rows[n][0] for b in paper.blocks if isinstance(b, Fields) for n in sorted(b.lacking)]


def words(paper: Paper) -> str:
    found: list[str] = []
    map_texts(paper, lambda text: found.append(text) or text)  # type: ignore[func-returns-value]
    return "\n".join(found)


def said(scene: Scene, **given: Any) -> str:
    client = {"name": NAME, "phone": PHONE, "address": ADDRESS}
    made = scene.complain(
        summary=f"{NAME}称到期收益低于预期",
        demand="说明收益",
        product="稳盈1号",
        client=client,
        **given,
    )
    return str(made["complaint"])


def file_of(scene: Scene, complaint: str) -> dict[str, Any]:
    return scene.engine.archive.file(complaint_number(complaint))


@pytest.fixture
def head(scene: Scene) -> Clerk:
    return Clerk(scene)


def test_attachment_3_has_every_box_in_its_order_and_is_complete(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.does(complaint, "accept")
    head.does(complaint, "register", name="", contact="", matter="", demand="")
    walk(head, complaint, second=Clerk(scene, *LEADER))
    paper = complaint_file_paper(file_of(scene, complaint), "zh")
    (form,) = [b for b in paper.blocks if isinstance(b, Fields)]
    assert tuple(label for label, _ in form.rows) == LABELS
    assert not red(paper) and paper.subtitle == "附件3"
    found = boxes(paper)
    assert found["填写时间"] == "2026-11-23"
    assert (found["投诉方式"], found["投诉时间"]) == ("柜面", "2026-11-23 10:00")
    assert found["被投诉单位/人员/产品"] == "上海徐汇支行\n稳盈1号"
    assert "销售时未充分揭示风险" in found["调查情况"] and "部分属实" in found["调查情况"]
    assert "书面说明（支行，2026-11-30前）" in found["处理方案及整改措施"]
    assert "已书面说明" in found["处理方案及整改措施"]
    assert "客户接受解释" in found["回复客户情况"] and "满意" in found["回复客户情况"]


def test_a_paper_says_what_is_missing_item_by_item(scene: Scene, head: Clerk) -> None:
    complaint = str(scene.complain(client={"name": NAME})["complaint"])
    head.does(complaint, "accept")
    paper = complaint_file_paper(file_of(scene, complaint), "zh")
    assert red(paper) == ["填写时间", "地址", "联系电话", "客户投诉摘要", "调查情况",
                          "处理方案及整改措施", "回复客户情况"]  # fmt: skip
    found = boxes(paper)
    assert found["联系电话"] == "【缺】联系电话" and found["调查情况"] == "【缺】调查情况"
    assert found["处理方案及整改措施"] == "【缺】处理方案\n【缺】整改落实情况"
    assert "本档案尚缺 7 项" in words(paper)
    english = complaint_file_paper(file_of(scene, complaint), "en")
    assert boxes(english)["Telephone"] == "[Missing] the client's telephone"


def test_clients_are_masked_unless_somebody_says_why(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    walk(head, complaint, second=Clerk(scene, *LEADER))
    number = complaint_number(complaint)
    for make in (complaint_file_paper, handling_form_paper, whole_file_paper):
        masked = words(make(file_of(scene, complaint), "zh"))
        assert "欧阳**称到期收益低于预期" in masked and "139****5678" in masked
        for kept in (NAME, PHONE, ADDRESS):
            assert kept not in masked
    with pytest.raises(InvalidInput):
        scene.engine.archive.file_in_clear(number, "own", " ", "web:sub_head:1")
    clear = scene.engine.archive.file_in_clear(number, "own", "监管调阅", "web:sub_head:1")
    found = boxes(complaint_file_paper(clear, "zh"))
    assert (found["客户姓名"], found["联系电话"], found["地址"]) == (NAME, PHONE, ADDRESS)
    (entry,) = scene.engine.files.access_log(number)
    assert (entry["what"], entry["reason"]) == ("client_revealed", "监管调阅")
    assert entry["fields"] == ["paper:own"]


def test_a_ticket_worked_on_again_has_its_earlier_file_attached(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    leader = Clerk(scene, *LEADER)
    walk(head, complaint, second=leader, until="return_visit")
    head.does(complaint, "return_visit", satisfaction="dissatisfied", said="仍要求补偿")
    again = complaint_file_paper(file_of(scene, complaint), "zh")
    new, old = [b for b in again.blocks if isinstance(b, Fields)]
    assert dict(new.rows)["调查情况"] == "【缺】调查情况"
    assert "销售时未充分揭示风险" in dict(old.rows)["调查情况"]
    assert "第1轮办理" in words(again)


def test_settled_on_the_spot_is_found_and_answered_there(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    for act in ("accept", "on_the_spot", "archive"):
        head.does(complaint, act)
    paper = complaint_file_paper(file_of(scene, complaint), "zh")
    assert not red(paper)
    assert "客户表示满意，不再投诉" in boxes(paper)["回复客户情况"]


def test_a_month_by_time_of_acceptance(scene: Scene, head: Clerk) -> None:
    first, second = said(scene), str(scene.complain(client={"name": NAME})["complaint"])
    walk(head, first, second=Clerk(scene, *LEADER))
    other = str(scene.complain("NJ1")["complaint"])
    register = scene.engine.archive.register("SH1", "2026-11")
    assert [r["complaint"] for r in register["rows"]] == [first, second]
    assert register["keeper"]["role"] == "sub_head"
    paper = register_paper(register, "zh")
    (grid,) = [b for b in paper.blocks if isinstance(b, Grid)]
    assert grid.rows[0][2] == "欧阳**\n139****5678" and "满意" in grid.rows[0][6]
    assert grid.rows[1][2] == "欧阳**\n【缺】联系电话"
    assert {row for row, _ in grid.lacking} == {1}
    assert other not in words(paper) and NAME not in words(paper)
    assert "本月没有受理投诉。" in words(
        register_paper(scene.engine.archive.register("SH1", "2026-10"), "zh")
    )
    with pytest.raises(InvalidInput):
        scene.engine.archive.register("SH1", "November")


def test_the_whole_file_has_every_act_and_every_files_hash(scene: Scene, head: Clerk) -> None:
    from tests.tickets.test_lives import PNG

    complaint = said(scene)
    for act in ("accept", "register"):
        head.does(complaint, act)
    head.does(complaint, "contact", files=(PNG,))
    walk(head, complaint, second=Clerk(scene, *LEADER))
    file = file_of(scene, complaint)
    paper = whole_file_paper(file, "zh")
    acts, files, *_ = [b for b in paper.blocks if isinstance(b, Grid)]
    assert [row[1] for row in acts.rows] == [
        "受理", "登记", "联系客户", "调查核实", "分析定责", "处理方案", "方案审批", "方案实施",
        "告知结果", "满意度", "回访", "归档",
    ]  # fmt: skip
    (evidence,) = files.rows
    assert evidence[1] == "联系客户" and evidence[4] == file["files"][0]["sha256"]
    assert "各项齐全。" in words(paper)


def test_files_go_up_and_end_the_duty_to_send_them(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    branch = Clerk(scene, "SH", Role.BRANCH_CONTACT)
    number = complaint_number(complaint)
    (early,) = scene.engine.archive.send_up([number], "branch", head.worker)
    assert isinstance(early, Conflict)
    walk(head, complaint, second=Clerk(scene, *LEADER))
    assert scene.engine.archive.send_up([number], "branch", head.worker) == [None]
    assert duties(scene, complaint)["WP-26-U"] == "open"
    (twice,) = scene.engine.archive.send_up([number], "branch", head.worker)
    assert isinstance(twice, Conflict)
    (down,) = scene.engine.archive.send_up([number], "branch", branch.worker)
    assert isinstance(down, Conflict)
    assert scene.engine.archive.send_up([number], "head_office", branch.worker) == [None]
    assert duties(scene, complaint)["WP-26-U"] == "fulfilled"
    sent = file_of(scene, complaint)["sent"]
    assert [(s["from"], s["to"]) for s in sent] == [("徐汇支行", "上海分行"), ("上海分行", "总行")]
    verbs = scene.db.app.read(lambda c: c.execute(sa.text(
        "SELECT count(*) FROM journal WHERE verb = 'file_sent_up'")).scalar_one())  # fmt: skip
    assert verbs == 2


@pytest.fixture
def futures(db: TestDatabase) -> Scene:
    from escalation.plan_file import load_plan

    return Scene(db, plan=load_plan("futures-complaints", PLANS, ()))


def test_the_handling_form_asks_for_measures_toward_department_and_person(futures: Scene) -> None:
    clerk = Clerk(futures)
    complaint = said(futures)
    walk(clerk, complaint, until="tell", second=Clerk(futures, "HO", Role.HO_DEPARTMENT))
    futures.db.owner.run(lambda c: c.execute(sa.text(  # as one from before they were asked for
        "UPDATE ticket_acts SET sealed = NULL WHERE act = 'carry_out'")))  # fmt: skip
    walk(clerk, complaint)
    paper = handling_form_paper(file_of(futures, complaint), "zh")
    assert red(paper) == ["对责任部门的处理", "对责任人的处理"]
    other = said(futures)
    walk(clerk, other, until="carry_out", second=Clerk(futures, "HO", Role.HO_DEPARTMENT))
    clerk.does(other, "carry_out", toward_department="通报批评", toward_person="无")
    walk(clerk, other)
    full = handling_form_paper(file_of(futures, other), "zh")
    assert not red(full) and boxes(full)["对责任部门的处理"] == "通报批评"
    futures.engine.tickets.link_previous(
        complaint_number(other), complaint_number(complaint), clerk.worker
    )
    linked = handling_form_paper(file_of(futures, other), "zh")
    assert boxes(linked)["再投诉"] == "首次投诉"  # the attached form's own, the last of its name
    assert f"附件：原客户投诉处理单（{complaint}）" in words(linked)
    assert f"再投诉，原处理单{complaint}见附件" in words(linked)
