"""The board answers its three questions, and moves when the bank does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Guard, Opener, Site, switch_language

pytestmark = pytest.mark.browser


def test_three_questions_are_answered(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    # Which clock runs out next: the earliest open duty of all incidents.
    assert page.locator(".fh-hero-unit a").inner_text() == "南京分行"
    assert re.fullmatch(r"0[23]:\d\d", page.locator(".fh-time--hero").inner_text())
    # Who has not answered, longest waiting first, with the ladder's step.
    waiting = page.locator("#board-who .fh-waiting h3 > a").all_inner_texts()
    assert waiting == ["徐汇支行", "沈阳一支行"]
    expect(page.locator("#board-who .fh-ladder").first).to_have_text("第 2 步，共 3 步")
    # Where does it burn: marks on the map, a ring only on the unanswered.
    expect(page.locator("#board-map-marks .fh-spot")).to_have_count(8)
    ringed = page.locator("#board-map-marks [data-calls]").evaluate_all(
        "marks => marks.map(mark => mark.dataset.code).sort()"
    )
    assert ringed == ["3011", "3161"]
    large = page.locator('#board-map-marks [data-code="3040"]')
    assert large.get_attribute("data-state") == "large"
    assert "大规模" in (large.get_attribute("aria-label") or "")


def test_the_wall_does_not_scroll(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    height, width = page.evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )
    assert (width, height) == (1920, 1080)


def test_a_revision_changes_the_board_within_a_second(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    expect(page.locator("#fh-age-link")).to_have_text("实时")
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(4)
    page.evaluate(
        "new MutationObserver(() => { window.seen = window.seen || Date.now(); })"
        ".observe(document.getElementById('board-incidents'), {childList: true})"
    )
    before = page.evaluate("Date.now()")
    site.services.open_incident("3201", 10)
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(5)
    assert page.evaluate("window.seen") - before < 1000
    expect(page.locator("#fh-announce")).to_contain_text("10 名客户")


def test_a_burst_leaves_the_board_equal_to_the_bank(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    services = site.services
    for nth in range(500):
        services.incidents[0]["clients"] = 12 + nth
        services.changed()
    expect(page.locator("#board-figures [data-key=clients] strong")).to_have_text(
        str(sum(i["clients"] for i in services.incidents))
    )
    assert page.evaluate("fh.snapshot().revision") == services.revision


def test_a_new_incident_sounds_once(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    page.evaluate("() => { window.heard = []; fh.sound.play = name => { heard.push(name); }; }")
    assert page.evaluate("heard") == []
    site.services.open_incident("3201", 10)
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(5)
    site.services.incidents[0]["clients"] += 1
    site.services.changed()
    expect(page.locator("#board-figures [data-key=clients] strong")).to_have_text("91")
    assert page.evaluate("heard") == ["incident"]


def test_dead_gateways_are_said_and_heard_once(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    page.evaluate("() => { window.heard = []; fh.sound.play = name => { heard.push(name); }; }")
    site.services.gateways[0]["ok"] = False
    site.services.changed()
    expect(page.locator(".fh-banner[data-kind=bad]")).to_contain_text("短信通道全部中断")
    site.services.changed()
    page.wait_for_function(
        "revision => fh.snapshot().revision === revision", arg=site.services.revision
    )
    assert page.evaluate("heard") == ["gateway"]


def test_a_silent_engine_turns_the_header_red(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    expect(page.locator("html")).not_to_have_attribute("data-stale", "")
    site.services.engine_age = 31
    site.services.changed()
    expect(page.locator("html")).to_have_attribute("data-stale", "")
    expect(page.locator(".fh-banner[data-kind=bad]")).to_contain_text("数据已陈旧：引擎已 31秒")
    expect(page.locator("#fh-header")).to_have_css("background-color", "rgb(143, 20, 32)")


def test_a_restarted_server_is_noticed_and_recovered_from(
    site: Site, open_board: Opener, guard: Guard
) -> None:
    page = open_board(site)
    page.wait_for_selector("#board-map-marks .fh-spot")
    guard.allowed += ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket", "ERR_EMPTY"]
    expect(page.locator("#fh-age-link")).to_have_text("实时")
    site.stop()
    page.evaluate("fh.refresh()")
    expect(page.locator("#fh-banners")).to_contain_text("连接中断")
    expect(page.locator("#fh-banners")).to_contain_text("数据已陈旧", timeout=15_000)
    site.services.open_incident("3201", 10)
    site.start()
    expect(page.locator("#fh-banners")).to_contain_text("连接已恢复")
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(5)
    expect(page.locator("html")).not_to_have_attribute("data-stale", "")


def test_a_calm_board_says_since_when_and_that_the_engine_lives(
    calm_site: Site, open_board: Opener
) -> None:
    page = open_board(calm_site)
    hero = page.locator("#board-hero")
    expect(hero).to_contain_text("平静")
    expect(hero).to_contain_text(re.compile(r"自 \d\d-\d\d \d\d:\d\d 起无进行中的事件"))
    expect(hero).to_contain_text("引擎运转正常")
    expect(page.locator("[data-due]")).to_have_count(0)


def test_time_runs_as_fast_as_business_time(open_board: Opener) -> None:
    from tests.browser.fake_services import FakeServices

    drill = Site(FakeServices(rate=60.0)).start()
    try:
        page = open_board(drill)
        expect(page.locator("#fh-drill")).to_have_text("演练 60×")
        page.wait_for_selector("#board-map-marks .fh-spot")
        rate = page.evaluate(
            "new Promise(done => { const a = [fh.now(), performance.now()]; setTimeout(() =>"
            " done((fh.now() - a[0]) / (performance.now() - a[1])), 300); })"
        )
        assert 50 < rate < 70  # a snapshot in between may move it by its own age
    finally:
        drill.stop()


def test_an_overdue_clock_counts_up_in_red(site: Site, open_board: Opener) -> None:
    site.services.open_incident("3201", 10, minutes_ago=40)
    page = open_board(site)
    expect(page.locator(".fh-breaches")).to_contain_text("2 项已超时")
    over = page.locator("#board-incidents .fh-incident").first.locator(".fh-time")
    expect(over).to_have_text(re.compile(r"\+25:\d\d"))
    expect(over).to_have_attribute("data-phase", "over")
    assert not page.locator(".fh-time--hero").inner_text().startswith("+")


def test_overdue_is_said_in_every_way_on_its_incident(site: Site, open_board: Opener) -> None:
    site.services.open_incident("3201", 10, minutes_ago=40)
    page = open_board(site)
    late = page.locator("#board-incidents .fh-incident").first
    expect(late).to_have_attribute("data-over", "")
    expect(late.locator(".fh-incident-over .fh-state")).to_contain_text("2 项已超时")
    assert late.evaluate("row => getComputedStyle(row).borderLeftWidth") != "0px"
    on_time = page.locator("#board-incidents .fh-incident").last
    expect(on_time).not_to_have_attribute("data-over", "")


def test_what_is_calm_but_not_over_stands_apart(calm_site: Site, open_board: Opener) -> None:
    page = open_board(calm_site)
    expect(page.locator("#board-after")).to_be_empty()
    now = calm_site.services.now()
    calm_site.services.after = {
        "closing": 2, "overdue": 12,
        "incidents": [{"id": "I0000007", "unit": "静安支行", "open": 3,
                       "next_due": (now + timedelta(hours=2)).isoformat()}],
        "units": [{"unit": "3011", "unit_name": "徐汇支行", "overdue": 9}],
    }  # fmt: skip
    calm_site.services.changed()
    strip = page.locator("#board-after")
    expect(strip).to_contain_text("其他任务超时 12")
    expect(strip).to_contain_text("收尾 2")
    expect(strip).to_contain_text(re.compile(r"静安支行 1:59:\d\d"))
    expect(strip.locator(".fh-after-sum").first).to_have_attribute("href", "/duties?overdue")
    expect(page.locator("#board-hero")).to_contain_text("平静")  # closing is no alarm
    size = page.evaluate("[document.documentElement.scrollWidth, innerHeight]")
    assert size == [1920, 1080]


def test_what_people_typed_cannot_become_markup(site: Site, open_board: Opener) -> None:
    site.services.incidents[0]["product"] = "<img src=x onerror=alert(1)>"
    page = open_board(site)
    expect(page.locator("#board-incidents")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#board-incidents img").count() == 0


def test_language_switch_is_kept(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    expect(page.locator("#board-who-panel h2")).to_have_text("谁未签收")
    switch_language(page)
    expect(page.locator("#board-who-panel h2")).to_have_text("Not yet acknowledged")
    expect(page.locator(".fh-hero-duty")).to_have_text("Report to the local regulator")
    page.reload()
    expect(page.locator("#fh-switch-language")).to_have_text("中文")
    assert page.locator("html").get_attribute("lang") == "en"


def test_acknowledging_from_the_board(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    row = page.locator('[data-key="I0000012"].fh-incident')
    row.hover()
    row.locator("[data-action=acknowledge]").click()
    page.click("dialog button[value=other]")
    page.select_option("dialog select[name=who]", "")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog [role=alert]")).to_contain_text("请选择或填写签收人姓名")
    page.fill("dialog input[name=by]", "赵敏")
    page.select_option("dialog select[name=role]", "duty_officer")
    page.fill("dialog input[name=note]", "已带队前往")
    page.click("dialog [type=submit]")
    expect(row.locator(".fh-incident-answer")).to_contain_text("赵敏已签收")
    assert site.services.acknowledged == [
        (12, "赵敏", "duty_officer", "desk", "电话联系：已带队前往")
    ]


def test_telephone_numbers_come_only_when_asked_for(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    assert "13800001234" not in page.content()
    page.click(".fh-hero [data-action=call]")
    first = page.locator("dialog .fh-call").first
    expect(first).to_have_attribute("href", "tel:13800001234")
    expect(first).to_contain_text("138****1234")


def test_tiles_narrow_the_list_to_a_province(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    page.click("[data-action=view-tiles]")
    tile = page.locator('.fh-tile[data-province="江苏省"]')
    expect(tile).to_have_attribute("data-state", "large")
    tile.click()
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(1)
    page.click("[data-action=clear-filter]")
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(4)


def test_keyboard_walks_the_incidents(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "徐汇支行"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "南京分行"


def test_a_push_keeps_the_focus(site: Site, open_board: Opener) -> None:
    page = open_board(site)
    page.keyboard.press("j")
    site.services.open_incident("3201", 10, minutes_ago=14)
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(5)
    assert page.evaluate("document.activeElement.textContent") == "南京分行"


def test_a_phone_has_no_sideways_scroll_and_both_buttons(site: Site, open_board: Opener) -> None:
    page = open_board(site, PHONE)
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    first = page.locator("#board-incidents .fh-incident").first
    expect(first.locator("[data-action=acknowledge]")).to_be_visible()
    expect(first.locator("[data-action=call]")).to_be_visible()
    # The map costs a megabyte: a phone gets the tiles until it asks for more.
    expect(page.locator("#board-tiles")).to_be_visible()
    assert page.locator("#board-map .js-plotly-plot").count() == 0
    page.click("[data-action=view-map]")
    expect(page.locator("#board-map-marks .fh-spot")).to_have_count(8)


def test_an_incident_of_the_whole_bank_burns_where_its_clients_are(
    site: Site, open_board: Opener
) -> None:
    site.services.incidents.clear()
    site.services.watches.clear()
    keys = ["product:稳健增利3号", "unit:3011", "branch_product:3080:稳健增利3号"]
    site.services.open_incident("HO", 36, keys=keys)
    page = open_board(site)
    expect(page.locator("#board-map-marks .fh-spot")).to_have_count(2)
    marked = page.locator("#board-map-marks [data-calls]").evaluate_all(
        "marks => marks.map(mark => mark.dataset.code).sort()"
    )
    assert marked == ["3011", "3080"]
    page.click('#board-map-marks [data-code="3080"]')
    expect(page.locator(".fh-filter")).to_contain_text("只看 成都分行")
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(1)
