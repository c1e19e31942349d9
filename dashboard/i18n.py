"""Every word that the pages say, in Chinese and English, in one table.

Coded words (states, roles, channels) come from `core.words.NAMES`; here is the rest. The page
carries the chosen language's half as JSON, so that the browser says the same words.
"""

from __future__ import annotations

import json
from typing import Literal

from flask import has_request_context, request

from core.words import NAMES
from dashboard.archive_page_words import ARCHIVE_PAGE_WORDS
from dashboard.archive_words import ARCHIVE_WORDS
from dashboard.calendar_words import CALENDAR_WORDS
from dashboard.call_tree_words import CALL_TREE_WORDS
from dashboard.command_words import COMMAND_WORDS
from dashboard.duties_words import DUTY_WORDS
from dashboard.file_words import FILE_WORDS
from dashboard.hotline_words import HOTLINE_WORDS
from dashboard.incident_i18n import INCIDENT_WORDS
from dashboard.journal_words import JOURNAL_WORDS
from dashboard.media_words import MEDIA_WORDS
from dashboard.page_words import PAGE_WORDS
from dashboard.plan_words import PLAN_WORDS
from dashboard.reception_words import RECEPTION_WORDS
from dashboard.regulator_words import REGULATOR_WORDS
from dashboard.report_words import REPORT_WORDS
from dashboard.review_words import REVIEW_WORDS
from dashboard.signin_words import ACCOUNT_WORDS, PEOPLE_WORDS, RIGHTS_WORDS, SIGN_IN_WORDS
from dashboard.statistics_words import STATISTICS_WORDS
from dashboard.ticket_page_words import TICKET_PAGE_WORDS
from dashboard.token_words import TOKEN_WORDS

Lang = Literal["zh", "en"]
COOKIE = "fh_lang"

#: key -> (zh, en); ``{name}`` marks are filled in by `t` and by `fh.t` in the browser, which alone
#: knows ``{n|clause|clauses}`` too: the first for one, the second for any other number.
WORDS: dict[str, tuple[str, str]] = {
    # shell
    "app.name": ("烽火", "Fenghuo"),
    "app.tagline": ("客户投诉应急指挥", "Complaint emergency command"),
    "nav.more": ("更多", "More"),
    "nav.label": ("主导航", "Main navigation"),
    "nav.board": ("态势", "Board"),
    "nav.skip": ("跳到正文", "Skip to content"),
    "head.data": ("数据", "Data"),
    "head.engine": ("引擎", "Engine"),
    "head.link": ("推送", "Push"),
    "head.drill": ("演练 {rate}×", "Drill {rate}×"),
    "head.drill_plain": ("演练", "Drill"),
    "head.time": ("业务时间", "Business time"),
    "head.language": ("English", "中文"),
    "head.language_label": ("Switch to English", "切换到中文"),
    "head.sound_on": ("声音开", "Sound on"),
    "head.sound_off": ("已静音", "Muted"),
    "head.sound_blocked": ("点此启用声音", "Enable sound"),
    "head.theme": ("明暗", "Theme"),
    "head.theme_label": ("切换明暗主题", "Switch light or dark theme"),
    "age.seconds": ("{n}秒", "{n}s"),
    "age.minutes": ("{n}分钟", "{n}min"),
    "age.unknown": ("未知", "unknown"),
    "link.live": ("实时", "live"),
    "link.polling": ("轮询", "polling"),
    "link.lost": ("连接中断", "connection lost"),
    "link.waiting": ("连接中", "connecting"),
    "stale.data": (
        "数据已陈旧：{age}前的画面，请勿据此处置",
        "Data is stale: this picture is {age} old, do not act on it",
    ),
    "stale.engine": (
        "数据已陈旧：引擎已 {age} 没有动作，时钟和升级可能停摆",
        "Data is stale: the engine has not ticked for {age}; clocks and ladder may stand still",
    ),
    "stale.error": ("引擎报错：{error}", "The engine reports: {error}"),
    "link.lost_long": ("连接中断，正在重连…", "Connection lost, reconnecting…"),
    "link.recovered": ("连接已恢复，数据为最新", "Connection restored, data is current"),
    "gateway.dead": (
        "短信通道全部中断（{names}）：短信发不出去，请改用电话通知",
        "Every SMS gateway is down ({names}): no text gets out, call people instead",
    ),
    "gateway.since": ("自 {time}", "since {time}"),
    "gateway.callback": (
        "95558 回调自 {time} 起不通（{error}）：反馈会自动重发，95558 也可自行拉取",
        "95558's callback does not answer since {time} ({error}): answers are sent again by"
        " themselves, and 95558 may fetch them",
    ),
    "gateway.drop": (
        "95558 文件夹自 {time} 起无法读取（{error}）",
        "95558's folder cannot be read since {time} ({error})",
    ),
    "gateway.some": ("短信通道 {names} 中断", "SMS gateway {names} is down"),
    "noscript": (
        "本页需要 JavaScript 才能实时更新。",
        "This page needs JavaScript to stay up to date.",
    ),
    "loading": ("正在读取…", "Loading…"),
    "error.page": ("没有这个页面", "There is no such page"),
    "error.page_hint": ("请从主导航重新进入。", "Start again from the main navigation."),
    "paper.taken": ("{name} {time} 取", "taken by {name}, {time}"),
    "error.home": ("回到首页", "To the first page"),
    "error.not_allowed": ("您的角色不能打开此页", "Your role does not open this page"),
    "error.not_allowed_hint": (
        "如工作需要，请联系系统管理员调整角色。",
        "Ask the administrator if your work needs it.",
    ),
    "error.load": ("读取失败：{reason}", "Could not load: {reason}"),
    "error.retry": ("重试", "Try again"),
    # board
    "board.title": ("应急态势", "Emergency board"),
    "board.where": ("何处告急", "Hot spots"),
    "board.next": ("下一个到点", "Next deadline"),
    "board.over": ("时限全部超时（{n} 项）", "All {n} deadlines missed"),
    "board.incidents": ("进行中的事件", "Open incidents"),
    "board.who": ("谁未签收", "Not yet acknowledged"),
    "board.teams": ("应急小组", "Response teams"),
    "board.watches": ("苗头", "Watches"),
    "board.feed": ("最新动态", "Latest"),
    "figure.open_incidents": ("进行中事件", "Open incidents"),
    "figure.unacknowledged": ("未签收", "Not acknowledged"),
    "figure.clients": ("涉及客户", "Clients involved"),
    "figure.complaints_today": ("今日投诉", "Complaints today"),
    "figure.watches": ("苗头", "Watches"),
    "figure.messages": ("待发短信", "Texts waiting"),
    "figure.messages_note": (
        "失败 {failed} · 暂扣 {withheld}",
        "failed {failed} · held {withheld}",
    ),
    "calm.title": ("平静", "All calm"),
    "calm.since": ("自 {time} 起无进行中的事件", "No open incident since {time}"),
    "calm.ever": ("没有进行中的事件", "No open incident"),
    "calm.engine": ("引擎运转正常，{age}前刚巡检", "The engine is running, last tick {age} ago"),
    "calm.who": ("全部已签收", "All acknowledged"),
    "calm.who_none": ("没有等待签收的事件", "Nothing awaits acknowledgement"),
    "calm.watches": ("没有苗头", "No watches"),
    "calm.teams": ("{n} 个小组平静", "{n} {n|team|teams} calm"),
    "calm.feed": ("还没有动态", "Nothing yet"),
    "calm.clocks": ("没有在走的时限", "No clock is running"),
    "incident.clients": ("{n} 名客户", "{n} {n|client|clients}"),
    "incident.unidentified": ("另 {n} 人身份不明", "{n} more unidentified"),
    "incident.headcount": ("现场 {n} 人", "{n} on site"),
    "incident.onlookers": ("围观 {n} 人", "{n} {n|onlooker|onlookers}"),
    "incident.media": ("媒体关注", "Media"),
    "incident.safety": ("人身安全威胁", "Safety threat"),
    "incident.children": ("含 {n} 个分事件", "{n} {n|incident|incidents} within"),
    "incident.parent": ("并入{unit}事件", "part of the incident of {unit}"),
    "incident.whole_bank": ("全行", "Whole bank"),
    "incident.origin.gathering": ("现场聚集", "Gathering"),
    "incident.origin.parent": ("多事件合并", "Several incidents together"),
    "incident.origin.manual": ("人工启动", "Opened by hand"),
    "incident.acknowledged_by": ("{name}已签收", "{name} acknowledged"),
    "incident.head_office_yes": ("总行已签收", "Head office acknowledged"),
    "incident.unanswered": ("未签收", "Not acknowledged"),
    "incident.acknowledged": ("已签收", "Acknowledged"),
    "incident.messages_failed": ("{n} 条短信失败", "{n} {n|text|texts} failed"),
    "incident.withheld": ("{n} 条短信暂扣", "{n} {n|text|texts} held"),
    "incident.other_duties": ("另有 {n} 项", "{n} more"),
    "incident.opened": ("{time} 启动", "opened {time}"),
    "incident.new": (
        "新事件：{unit}，{n} 名客户，{severity}",
        "New incident: {unit}, {n} {n|client|clients}, {severity}",
    ),
    "incident.hidden": (
        "还有 {n} 个事件不在筛选内",
        "{n} more {n|incident|incidents} outside this filter",
    ),
    "duty.breaches": ("{n} 项已超时", "{n} overdue"),
    "duty.days": ("{n}天", "{n}d"),
    "duty.none": ("没有在走的时限", "no clock is running"),
    "ladder.step": ("第 {step} 步，共 {steps} 步", "step {step} of {steps}"),
    "ladder.none": ("未设升级", "no ladder"),
    "ladder.next": ("后升级至", "until it goes to"),
    "ladder.head_missing": ("总行未签收", "Head office has not acknowledged"),
    "ladder.page": ("后催办总行", "until head office is paged"),
    "ladder.page_now": ("正在催办总行", "now paging head office"),
    "ladder.paged": ("{time} 已催办总行", "head office paged at {time}"),
    "ladder.now": ("正在升级至{roles}", "now going to {roles}"),
    "ladder.exhausted": ("升级已到顶，仍无人签收", "Ladder exhausted, not acknowledged"),
    "ladder.stopped": ("升级已停止", "Ladder stopped"),
    "ladder.told": ("已通知 {n} 人", "{n} told"),
    "ladder.skipped": ("跳过 {n} 步", "{n} skipped"),
    "ladder.waiting": ("已等 ", "waiting "),
    "person.ready": ("在岗", "on duty"),
    "person.gap": ("空缺", "vacant"),
    "person.told": ("已通知", "told"),
    "person.acknowledged": ("已签收", "acknowledged"),
    "team.gaps": ("空缺 {n}", "{n} {n|gap|gaps}"),
    "watch.of": ("{n}/{threshold}", "{n}/{threshold}"),
    "watch.until": ("窗口至 {time}", "window to {time}"),
    "watch.whole_bank": ("全行", "whole bank"),
    "map.map": ("地图", "Map"),
    "map.tiles": ("方阵", "Tiles"),
    "map.view": ("视图", "View"),
    "map.source": ("边界：{source}", "Boundaries: {source}"),
    "map.review": ("审图号：{number}", "Map review no. {number}"),
    "map.tiles_note": ("示意方阵，非地图", "Schematic tiles, not a map"),
    "map.unplaced": ("{n} 处无坐标", "{n} without coordinates"),
    "map.failed": ("地图读取失败，列表仍为最新", "The map failed; the lists are current"),
    "filter.only": ("只看 {branch}", "Only {branch}"),
    "filter.clear": ("清除筛选", "Clear filter"),
    "filter.empty": ("{branch} 没有进行中的事件", "{branch} has no open incident"),
    # actions
    "act.acknowledge": ("签收", "Acknowledge"),
    "act.acknowledge_other": ("补签收", "Acknowledge"),
    "act.call": ("拨打电话", "Call"),
    "act.open": ("查看事件", "Open"),
    "act.close": ("关闭", "Close"),
    "act.cancel": ("取消", "Cancel"),
    "ack.title": ("签收 {unit}", "Acknowledge {unit}"),
    "ack.via": ("谁签收", "Whose acknowledgement"),
    "ack.whose_me": ("本人签收", "My own"),
    "ack.whose_other": ("代为签收", "On behalf of somebody I reached"),
    "ack.confirm": ("确认签收", "Acknowledge"),
    "ack.done": ("{unit} 已签收", "{unit} acknowledged"),
    "ack.failed": ("签收没有成功：{reason}", "Not acknowledged: {reason}"),
    "ack.need_name": ("请选择或填写签收人姓名", "Choose or enter who acknowledges"),
    "call.title": ("拨打 {unit}", "Call {unit}"),
    "call.empty": ("没有可拨打的在岗人员", "Nobody on duty has a telephone"),
    "call.failed": ("读取电话失败：{reason}", "Could not read the telephones: {reason}"),
    "severity.incident": ("集体投诉", "Incident"),
    "severity.large": ("大规模", "Large"),
    **INCIDENT_WORDS,
    **PAGE_WORDS,
    **RECEPTION_WORDS,
    **CALL_TREE_WORDS,
    **REVIEW_WORDS,
    **REGULATOR_WORDS,
    **REPORT_WORDS,
    **DUTY_WORDS,
    **TICKET_PAGE_WORDS,
    **COMMAND_WORDS,
    **PLAN_WORDS,
    **CALENDAR_WORDS,
    **SIGN_IN_WORDS,
    **ACCOUNT_WORDS,
    **PEOPLE_WORDS,
    **RIGHTS_WORDS,
    **JOURNAL_WORDS,
    **FILE_WORDS,
    **STATISTICS_WORDS,
    **ARCHIVE_WORDS,
    **ARCHIVE_PAGE_WORDS,
    **HOTLINE_WORDS,
    **TOKEN_WORDS,
    **MEDIA_WORDS,
}


def lang() -> Lang:
    """The viewer's language: the cookie set by the switch, else Chinese."""
    if has_request_context() and request.cookies.get(COOKIE) == "en":
        return "en"
    return "zh"


def t(key: str, **params: object) -> str:
    """The words of `key` in the viewer's language; KeyError for an unknown key."""
    pair = WORDS.get(key) or NAMES[key]
    text = pair[1 if lang() == "en" else 0]
    return text.format(**params) if params else text


def words_json(language: Lang) -> str:
    """All words of one language as JSON, safe inside a ``<script>`` element."""
    side = 1 if language == "en" else 0
    table = {key: pair[side] for key, pair in (NAMES | WORDS).items()}
    return json.dumps(table, ensure_ascii=False).replace("<", "\\u003c")
