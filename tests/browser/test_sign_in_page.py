"""Signing in as people do it: by form, by steps, on a phone; accounts and sessions as pages."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.rights import Access
from tests.browser.bank_site import BankSite
from tests.browser.conftest import PHONE, WALL, Guard
from tests.signin.visitor import PASSWORD, account
from tests.signing_in import sign_in

pytestmark = pytest.mark.browser
NEW = "four unrelated words"


def _window(
    browser: Browser, guard: Guard, contexts: list[BrowserContext], size: tuple[int, int]
) -> Page:
    """A browser that nobody signed in with; words of a refusal (4xx) are no error of the page."""
    guard.allowed += ["status of 401", "status of 403", "status of 422"]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    contexts.append(context)
    guard.watch(context)
    return context.new_page()


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_from_a_one_time_password_to_the_board(
    bank_site: BankSite,
    browser: Browser,
    guard: Guard,
    contexts: list[BrowserContext],
    size: tuple[int, int],
) -> None:
    account(bank_site.scene.db, roles=(Access.HEAD_OFFICE,), unit="HO", ready=False)
    page = _window(browser, guard, contexts, size)
    page.goto(bank_site.url + "plan")
    expect(page.get_by_label("登录名")).to_be_focused()
    assert _fits(page)
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("密码").fill("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="设置第二验证")).to_be_visible()
    drawn = page.get_by_alt_text("验证器的二维码")
    assert drawn.evaluate("node => node.complete && node.naturalWidth > 100")
    assert _fits(page)
    secret = page.locator(".in-key").inner_text().replace(" ", "")
    page.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.locator(".in-codes li")).to_have_count(10)
    assert _fits(page)
    page.get_by_role("button", name="已收好").click()
    page.get_by_label("新密码").fill(NEW)
    page.get_by_label("再输一遍").fill(NEW)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/plan$"))
    page.locator("#fh-page main").wait_for()


def test_one_ends_ones_other_sessions_and_changes_the_password(
    bank_site: BankSite, browser: Browser, guard: Guard, contexts: list[BrowserContext]
) -> None:
    account(bank_site.scene.db)
    pages = [_window(browser, guard, contexts, PHONE) for _ in range(2)]
    for page in pages:
        page.goto(bank_site.url + "sign-in?next=/account")
        page.get_by_label("登录名").fill("zhang")
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#account-head h1")).to_have_text("张三")
    mine, other = pages
    assert _fits(mine)
    mine.reload()
    lines = mine.locator(".acct-list li")
    expect(lines).to_have_count(2)
    mine.get_by_role("button", name=re.compile("^结束 ")).click()
    expect(lines).to_have_count(1)
    other.goto(bank_site.url + "account")
    expect(other.get_by_label("登录名")).to_be_visible()
    mine.get_by_role("button", name="修改密码").click()
    box = mine.get_by_role("dialog")
    box.get_by_label("现在的密码").fill("not this one")
    box.get_by_label("新密码").fill(NEW)
    box.get_by_label("再输一遍").fill(NEW)
    box.get_by_role("button", name="修改密码").click()
    expect(box.get_by_role("alert")).to_contain_text("密码不对")
    box.get_by_label("现在的密码").fill(PASSWORD)
    box.get_by_role("button", name="修改密码").click()
    expect(box).to_have_count(0)
    mine.locator("#account-head").get_by_role("button", name="退出登录").click()
    expect(mine.get_by_role("status")).to_contain_text("已退出登录")


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_an_administrator_makes_an_account(
    bank_site: BankSite,
    browser: Browser,
    guard: Guard,
    contexts: list[BrowserContext],
    size: tuple[int, int],
) -> None:
    who = sign_in(bank_site.scene.db, unit="HO", roles={Access.ADMINISTRATOR}, login="admin")
    page = _window(browser, guard, contexts, size)
    page.context.add_cookies(
        [{"name": "fenghuo_session", "value": who.cookie, "url": bank_site.url}]
    )
    page.goto(bank_site.url + "people")
    page.get_by_role("button", name="新建账号").click()
    box = page.get_by_role("dialog")
    box.get_by_label("登录名").fill("li.si")
    box.get_by_label("机构").fill("SH")
    expect(box.get_by_label("通讯录里的人").locator("option")).to_have_count(5)
    box.get_by_label("通讯录里的人").select_option(index=1)
    expect(box.get_by_label("姓名")).not_to_have_value("")
    box.get_by_label("系统管理员").check()
    box.get_by_label("审计").check()
    box.get_by_role("button", name="建立").click()
    expect(box.get_by_role("alert")).to_contain_text("不得兼任")
    box.get_by_label("系统管理员").uncheck()
    box.get_by_role("button", name="建立").click()
    expect(page.locator(".ppl-once")).to_have_text(re.compile("^[a-z2-9]{4}(-[a-z2-9]{4}){3}$"))
    page.get_by_role("button", name="关闭").click()
    row = page.locator(".ppl-table tbody tr").filter(has_text="li.si")
    expect(row).to_contain_text("审计")
    row.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(row).to_contain_text("已停用")
    assert _fits(page)
    page.goto(bank_site.url + "rights")
    expect(page.locator(".rights-table tbody tr")).not_to_have_count(0)
    assert _fits(page)
