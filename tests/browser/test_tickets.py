"""我的工单 and the page of a ticket over the real bank: tickets worked on in a browser."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.rights import Access
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard
from tests.browser.ticket_hand import Hand

pytestmark = pytest.mark.browser

LOBBY, HEAD, CONTACT = "李敏|sub_lobby_manager", "孙立|sub_head", "陈晨|branch_contact"


def _counter(bank: Bank, path: str, size: tuple[int, int] = WALL, me: str = LOBBY) -> Page:
    return bank.open(path, size, me=me, unit="SH1", roles=(Access.SUB_BRANCH,))


def _branch(bank: Bank, path: str, size: tuple[int, int] = WALL) -> Page:
    return bank.open(path, size, me=CONTACT, unit="SH", roles=(Access.BRANCH,))


def _png() -> bytes:
    """A red square of eight pixels."""

    def part(kind: bytes, data: bytes) -> bytes:
        return (len(data).to_bytes(4, "big") + kind + data
                + zlib.crc32(kind + data).to_bytes(4, "big"))  # fmt: skip

    lines = b"".join(b"\0" + b"\xc0\x20\x30" * 8 for _ in range(8))
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", bytes([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]))
            + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b""))  # fmt: skip


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """Files that somebody attaches, good and bad."""
    made = {
        "photo.png": _png(), "form.pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n",
        "notes.txt": b"just words", "huge.png": b"\x89PNG\r\n\x1a\n" + b"\0" * (10 * 1024 * 1024),
        "empty.pdf": b"",
    }  # fmt: skip
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in made}


def test_the_first_receiver_finds_what_is_theirs_and_accepts_it(bank: Bank) -> None:
    calm = str(bank.scene.complain(product="稳健一号")["complaint"])
    grave = str(bank.scene.complain(flags=["safety_threat"])["complaint"])
    page = _counter(bank, "tickets", PHONE)
    rows = page.locator("#tickets-list .tk-row")
    expect(rows).to_have_count(2)
    expect(page.locator(f'[data-ticket="{grave}"] .tk-reasons')).to_have_text("人身安全")
    sizes = rows.first.locator("*").evaluate_all(
        "all => all.map(n => [parseFloat(getComputedStyle(n).fontSize), n.tagName])"
    )
    assert max(sizes)[1] == "TIME"  # the time left is the largest thing
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.locator(f'[data-ticket="{calm}"] h3 a').click()
    expect(page.locator("#ticket-head")).to_contain_text(calm)
    Hand(page).does("accept")
    expect(page.locator('#ticket-track [data-step="accept"]')).to_contain_text("已办")
    expect(page.locator("#ticket-acts")).to_contain_text("李敏")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def _enter(page: Page, earlier: str) -> None:
    """A complaint of the same client is entered at the counter, and its ticket opened."""
    page.locator("#cp-unit").fill("徐汇")
    page.locator(".up-list [role=option]").first.click()
    expect(page.locator("#cp-against option")).not_to_have_count(1)
    page.locator("#cp-against").select_option("sub_deputy")
    page.locator("#cp-clients-0-phone").fill("13900001111")
    expect(page.locator("#cp-similar")).to_contain_text(earlier)  # while it is being typed
    page.locator("#cp-clients-0-name").fill("王小明")
    page.locator("#cp-summary").fill("到期收益低于预期")
    page.locator("#cp-demand").fill("说明收益计算")
    page.get_by_role("button", name="登记投诉").click()
    page.locator("#complaint-result a.fh-button--main").click()
    expect(page.locator("#ticket-head .tk-owner")).to_contain_text("李敏")  # from the first second
    page.get_by_role("button", name=f"本投诉是 {earlier} 的再投诉").click()
    expect(page.locator("#ticket-head")).to_contain_text(f"是 {earlier} 的再投诉")


def _investigate(hand: Hand, url: str, papers: dict[str, Path]) -> None:
    """With files: what is none is refused before it is sent, what is one is shown after."""
    form, page = hand.opens("investigate"), hand.page
    form.locator("input[type=file]").set_input_files(
        [str(papers[n]) for n in ("notes.txt", "huge.png", "empty.pdf")]
    )
    for words in ("notes.txt 不是", "huge.png 超过 10 MB", "empty.pdf 是空文件"):
        expect(form.locator('[data-field="file"] .tk-fault')).to_contain_text(words)
    form.locator("[type=submit]").click()
    expect(form.locator('[data-field="result"]')).to_contain_text("请填写：核实结论")
    page.get_by_role("button", name="收起").click()
    hand.does("investigate", [papers["photo.png"], papers["form.pdf"]], team="李敏、周强")
    entry = page.locator('.tk-entry[data-act="investigate"]')
    expect(entry).to_contain_text("部分属实")
    expect(entry).to_contain_text("李敏；周强")
    entry.locator("img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.tk-entry img').naturalWidth === 8")
    pdf = entry.locator("a.tk-file").nth(1).get_attribute("href")
    got = page.request.get(url.rstrip("/") + str(pdf))
    assert got.headers["content-type"] == "application/pdf"


def _share(hand: Hand) -> None:
    """The shares say while they are typed what is still to be given."""
    form = hand.opens("analyse")
    said = form.locator(".tk-below")
    hand.fills(form, {"cause": "sales", "analysis": "话术不统一", "impact": "medium",
                      "shares.0.unit": "徐汇", "shares.0.percent": "70"})  # fmt: skip
    expect(said).to_have_text("合计 70%，还差 30%")
    form.get_by_role("button", name="添加").click()
    hand.fills(form, {"shares.1.unit": "上海分行", "shares.1.percent": "40"})
    expect(said).to_have_text("合计 110%，多出 10%")
    form.locator("[type=submit]").click()
    expect(form.locator('[data-field="shares"]')).to_contain_text("责任比例合计110%")
    hand.fills(form, {"shares.1.percent": "30"})
    expect(said).to_have_text("合计 100%")
    form.locator("[type=submit]").click()
    expect(form).to_have_count(0)
    entry = hand.page.locator('.tk-entry[data-act="analyse"]')
    expect(entry).to_contain_text("徐汇支行 70%")


def test_from_the_counter_to_the_archive_with_files_and_an_approval(
    bank: Bank, guard: Guard, papers: dict[str, Path]
) -> None:
    guard.allowed.append("422")
    client = {"name": "王小明", "phone": "13900001111"}
    page = _counter(bank, "complaint")
    _enter(page, str(bank.scene.complain(client=client)["complaint"]))
    hand = Hand(page)
    assert hand.walks("investigate") == "investigate"
    _investigate(hand, bank.url, papers)
    _share(hand)
    assert hand.walks("approve") == "approve"  # it waits for somebody else
    expect(page.locator("#ticket-do")).to_contain_text("此步骤须由支行应急小组组长")
    expect(page.locator('.tk-entry[data-act="plan"]')).to_contain_text("2026-11-30")
    superior = Hand(_counter(bank, page.url.split("/", 3)[3], me=HEAD))
    superior.does("approve")
    expect(page.locator('#ticket-track [data-step="approve"]')).to_contain_text("已办")  # pushed
    assert hand.walks() == ""
    expect(page.locator("#ticket-head h1")).to_contain_text("已归档")
    page.locator("#ticket-acts").get_by_role("button", name="查看原文").click()
    page.locator("dialog textarea").fill("复核录音")
    page.locator("dialog [type=submit]").click()
    expect(page.locator("#ticket-acts")).to_contain_text("原文显示中")
    expect(page.locator('.tk-entry[data-act="register"]')).to_contain_text("王小明")


def test_settled_on_the_spot_and_reopened_where_the_client_is_not_satisfied(bank: Bank) -> None:
    first = str(bank.scene.complain(summary="排队时间长")["complaint"])
    second = str(bank.scene.complain(summary="到期收益低于预期")["complaint"])
    page = _counter(bank, f"tickets/{first}")
    hand = Hand(page)
    hand.does("accept")
    hand.does("on_the_spot", reason="已道歉，客户满意")
    expect(page.locator("#ticket-track li")).to_have_count(2)
    hand.does("archive")
    expect(page.locator("#ticket-head")).to_contain_text("当场解决")
    page.goto(bank.url + f"tickets/{second}")
    assert hand.walks("approve") == "approve"
    Hand(_counter(bank, f"tickets/{second}", me=HEAD)).does("approve")
    expect(page.locator('#ticket-track [data-step="approve"]')).to_contain_text("已办")
    assert hand.walks("return_visit") == "return_visit"
    hand.does("return_visit", satisfaction="dissatisfied", said="认为解释不清")
    expect(page.locator("#ticket-head")).to_contain_text("第 2 轮")
    expect(page.locator("#ticket-acts h3").first).to_have_text("第 2 轮")
    expect(page.locator('#ticket-track [data-step="register"]')).to_contain_text("已办")
    expect(page.locator('#ticket-track [data-step="investigate"]')).to_contain_text("待办")
    assert hand.step == "contact"
    assert hand.walks("approve") == "approve"
    Hand(_counter(bank, f"tickets/{second}", me=HEAD)).does("approve")
    expect(page.locator('#ticket-track [data-step="approve"]')).to_contain_text("已办")
    hand.walks()
    expect(page.locator("#ticket-head")).to_contain_text("已归档")


def _hand_over_all(page: Page, unit: str, role: str, why: str) -> None:
    """Every ticket of the list, by keys; the conversation takes no key for a command."""
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("快捷键")
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.locator("#tickets-bulk")).to_be_empty()
    for _ in range(page.locator(".tk-row").count()):
        page.keyboard.press("x")
        page.keyboard.press("j")
    page.keyboard.press("h")
    dialog = page.locator("dialog")
    dialog.locator("input[role=combobox]").fill(unit)
    dialog.locator("[role=option]").first.click()
    expect(dialog.locator("select[name=role] option")).not_to_have_count(0)
    dialog.locator("select[name=role]").select_option(role)
    dialog.locator("textarea").fill(why)
    dialog.locator("[type=submit]").click()


def test_handed_over_many_at_once_by_keys_then_accepted_or_refused(bank: Bank) -> None:
    first, second, third = (str(bank.scene.complain()["complaint"]) for _ in range(3))
    page = _counter(bank, "tickets")
    expect(page.locator(".tk-row")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = "document.activeElement.closest('.tk-row').dataset.ticket"
    assert page.evaluate(focused) == second
    page.keyboard.press("k")
    assert page.evaluate(focused) == first
    _hand_over_all(page, "上海分行", "branch_contact", "客户要求分行答复")
    said = page.locator("dialog", has_text="转办结果")
    expect(said).to_contain_text("3 件已转出，0 件未转")
    said.get_by_role("button", name="关闭").click()
    other = _branch(bank, "tickets", PHONE)
    offered = other.locator(".tk-row[data-offered]")
    expect(offered).to_have_count(3)
    expect(offered.first).to_contain_text("客户要求分行答复")
    other.locator(f'[data-ticket="{first}"] h3 a').focus()
    other.keyboard.press("a")
    expect(offered).to_have_count(2)
    other.get_by_role("button", name=f"退回 {second}").click()
    other.locator("dialog textarea").fill("非本部门职责")
    other.locator("dialog [type=submit]").click()
    expect(offered).to_have_count(1)
    expect(page.locator(".tk-row")).to_have_count(2)  # one is another's now, by the push
    page.goto(bank.url + f"tickets/{second}")
    expect(page.locator("#ticket-handovers")).to_contain_text("非本部门职责")
    page.goto(bank.url + f"tickets/{third}")
    expect(page.locator("#ticket-head")).to_contain_text("待 上海分行 分行应急小组联系人 接收")
    Hand(page).menu()
    page.get_by_role("button", name="收回").click()
    expect(page.locator("#ticket-handovers")).to_contain_text("已收回")
    other.goto(bank.url + f"tickets/{first}")
    expect(other.locator("#ticket-head .tk-owner")).to_contain_text("分行应急小组联系人 员工")


def _told_why(hand: Hand, act: str, words: str) -> None:
    """An act that cannot be done says so before anything is filled in."""
    hand.menu()
    hand.page.locator(f'[data-action="ticket-why"][data-act="{act}"]').click()
    expect(hand.page.locator(".tk-why")).to_contain_text(words)


def _send(form: Locator) -> None:
    form.locator("[type=submit]").click()


def test_every_refusal_says_what_is_missing(bank: Bank, guard: Guard) -> None:
    guard.allowed += ["409", "422"]
    ticket = str(bank.scene.complain(summary="到期收益低于预期")["complaint"])
    page = _counter(bank, f"tickets/{ticket}", me=HEAD)
    hand = Hand(page)
    for act, words in {
        "archive": "尚未完成“受理”", "on_the_spot": "尚未完成“受理”",
        "dispute": "没有经济纠纷的决定人", "decide": "没有待决定的经济纠纷",
        "answer_objection": "没有待答复的异议", "object": "尚未完成“告知结果”",
        "reopen": "尚未完成“告知结果”",
    }.items():  # fmt: skip
        _told_why(hand, act, words)
    hand.does("accept")
    form = hand.opens("register")
    _send(form)
    expect(form.locator('[data-field="demand"]')).to_contain_text("缺少投诉要求")
    form.locator('[data-field="demand"] textarea').fill("草稿不丢")
    page.reload()
    form = hand.opens("register")
    expect(form.locator('[data-field="demand"] textarea')).to_have_value("草稿不丢")
    _send(form)
    expect(form).to_have_count(0)
    hand.walks("investigate")
    _promise(hand)
    hand.walks("plan")
    form = hand.opens("plan")
    hand.fills(form, {"measures.0.what": "赔付", "measures.0.who": "支行",
                      "measures.0.by": "2026-11-30", "compensation": "1,000"})  # fmt: skip
    _send(form)
    expect(form.locator('[data-field="basis"]')).to_contain_text("请填写：补偿依据")
    hand.fills(form, {"basis": "补偿办法第三条"})
    _send(form)
    expect(page.locator("#ticket-do .tk-now")).to_contain_text("不能审批自己拟定的方案")


def _promise(hand: Hand) -> None:
    """Not in the past; anew only after the client was told, and why."""
    form, head = hand.opens("promise"), hand.page.locator("#ticket-head")
    hand.fills(form, {"promised_at": "2026-11-20T10:00"})
    _send(form)
    expect(form.locator('[data-field="promised_at"]')).to_contain_text("约定时间已过")
    hand.fills(form, {"promised_at": "2026-11-23T15:30"})
    _send(form)
    expect(form).to_have_count(0)
    expect(head).to_contain_text("约定 15:30 前答复客户")
    form = hand.opens("promise")
    hand.fills(form, {"promised_at": "2026-11-23T16:30", "told_via": "phone"})
    _send(form)
    expect(form.locator('[data-field="told_at"]')).to_contain_text("请填写")
    hand.fills(form, {"told_at": "2026-11-23T09:50", "reason": "等待分行答复"})
    _send(form)
    expect(form).to_have_count(0)
    expect(head).to_contain_text("约定 16:30 前答复客户")


def test_two_at_once_whoever_it_is_about_and_what_has_ended(bank: Bank, guard: Guard) -> None:
    guard.allowed += ["404"]
    ticket = str(bank.scene.complain()["complaint"])
    about = str(bank.scene.complain(against="sub_head")["complaint"])
    page = _counter(bank, f"tickets/{ticket}", me=HEAD)
    hand = Hand(page)
    form = hand.opens("note")
    hand.fills(form, {"said": "客户来电询问"})
    other = Hand(_counter(bank, f"tickets/{ticket}"))
    other.does("note", said="已电话告知进展")
    expect(form).to_contain_text("此工单刚有新的办理")  # what was typed is kept
    _send(form)
    expect(page.locator('.tk-entry[data-act="note"]')).to_have_count(2)
    page.goto(bank.url + f"tickets/{about}")
    expect(page.locator("#ticket-fault")).to_contain_text("没有这张工单")
    page.goto(bank.url + f"tickets/{ticket}")
    hand.does("misfiled", reason="登记到别的客户名下")
    expect(page.locator("#ticket-do")).to_contain_text("误登记")
    _told_why(hand, "withdraw", "工单误登记，不能再办理")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_form_has_its_words(bank: Bank, language: str) -> None:
    ticket = str(bank.scene.complain(flags=["vulnerable"], amount="200000")["complaint"])
    page = _counter(bank, f"tickets/{ticket}")
    page.context.add_cookies([{"name": "fh_lang", "value": language, "url": bank.url}])
    page.reload()
    hand = Hand(page)
    hand.does("accept")
    hand.menu()
    acts = page.locator('#ticket-do [data-action="ticket-act"]').evaluate_all(
        "all => [...new Set(all.map(one => one.dataset.act))]"
    )
    assert {"register", "note", "promise", "major_risk", "merge", "accept"} <= set(acts)
    for act in acts:
        expect(hand.opens(act)).to_be_visible()
        shown = page.locator("#fh-page").inner_text()
        assert "tk." not in shown
        assert "{" not in shown
    page.goto(bank.url + "tickets")
    expect(page.locator(".tk-row")).to_have_count(1)
    shown = page.locator("#fh-page").inner_text()
    assert "tk." not in shown
    assert ("Vulnerable client" if language == "en" else "特殊客户") in shown


def test_signing_out_takes_the_drafts_away(bank: Bank) -> None:
    ticket = str(bank.scene.complain()["complaint"])
    page = _counter(bank, f"tickets/{ticket}")
    hand = Hand(page)
    hand.fills(hand.opens("note"), {"said": "客户王小明来电"})
    drafts = "Object.keys(sessionStorage).filter(key => key.includes('ticket-draft')).length"
    assert page.evaluate(drafts) == 1
    page.locator(".fh-me > summary").click()
    page.get_by_role("button", name="退出").first.click()
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("未提交的工单草稿将被清除")
    dialog.locator('[data-action="sign-out-now"]').click()
    page.wait_for_url("**/sign-in*")
    assert page.evaluate(drafts) == 0
