"""Journal entries in words, Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.words import name
from escalation.account_words import ACCOUNT_SENTENCES
from escalation.command_words import COMMAND_MAKERS
from escalation.ladder_words import LADDER_WORDS
from escalation.media_journal import MEDIA_SENTENCES
from escalation.report_journal import REPORT_SENTENCES
from escalation.ticket_journal import TICKET_SENTENCES

Pair = tuple[str, str]
After = Mapping[str, Any]


def sentence(verb: str, after: After, reason: str | None = None) -> Pair:
    """What happened, as one short sentence in both languages."""
    maker = _MAKERS.get(verb)
    zh, en = maker(after) if maker else (verb, verb.replace("_", " "))
    if reason:
        zh, en = f"{zh}：{reason}", f"{en}: {reason}"
    return zh, en


def _roles(entries: Any, lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(name(e["role"], lang) for e in entries or ())


def _opened(after: After) -> Pair:
    heads, clients = after.get("headcount") or 0, after.get("clients") or 0
    origin = after.get("origin")
    if origin in ("clients", "gathering") and not (heads or clients):
        return "从其他事件拆出，单独立案", "split off another incident"
    if origin == "gathering":
        return f"现场聚集{heads}人，已启动预案", f"{heads} people gathered; the plan started"
    if origin == "parent":
        return "多个事件合并为全行事件", "several incidents grouped at head office"
    if origin == "clients":
        return (
            f"{clients}名客户集体投诉，已启动预案",
            f"{clients} clients complain together; the plan started",
        )
    return "人工启动预案", "opened by hand"


def _told(after: After) -> Pair:
    step = after.get("step", "")
    return (
        f"第{step}级已通知：{_roles(after.get('told'), 'zh')}",
        f"step {step} told: {_roles(after.get('told'), 'en')}",
    )


def _skipped(after: After) -> Pair:
    step = after.get("step", "")
    return (
        f"第{step}级无人可达，立即升级：{_roles(after.get('missed'), 'zh')}",
        f"step {step} reached nobody, passed at once: {_roles(after.get('missed'), 'en')}",
    )


def _acknowledged(after: After) -> Pair:
    role = str(after.get("role", ""))
    via = {"sms": ("短信", "SMS"), "web": ("网页", "web"), "desk": ("值班代签", "duty desk"),
           "api": ("接口", "API")}.get(str(after.get("via")), ("", ""))  # fmt: skip
    zh, en = f"{name(role)}已签收（{via[0]}）", f"acknowledged by {name(role, 'en')} ({via[1]})"
    have, need = after.get("have"), after.get("need") or 1
    if need > 1:
        zh, en = f"{zh}，已签收{have}/{need}人", f"{en}, {have} of {need}"
    return zh, en


def _fixed(zh: str, en: str) -> Callable[[After], Pair]:
    return lambda _after: (zh, en)


def _duty(zh: str, en: str) -> Callable[[After], Pair]:
    def made(after: After) -> Pair:
        clause = after.get("clause", "")
        return f"{zh}：{after.get('title_zh', clause)}", f"{en}: {after.get('title_en', clause)}"

    return made


def _born(after: After) -> Pair:
    """The duties by their titles; entries from before titles were kept name their clauses."""
    duties = after.get("duties") or ()

    def named(key: str) -> list[str]:
        return list(dict.fromkeys(str(d.get(key) or d.get("clause")) for d in duties))

    zh, en = "、".join(named("title_zh")), ", ".join(named("title_en"))
    return f"启动时限：{zh}", f"clocks started: {en}"


def _heads(after: After) -> Pair:
    heads, onlookers = after.get("complainants", 0), after.get("onlookers", 0)
    return (
        f"现场{heads}人，围观{onlookers}人",
        f"{heads} on site, {onlookers} onlookers",
    )


def _read(after: After) -> Pair:
    outcome = str(after.get("outcome"))
    zh = {
        "acknowledged": "签收",
        "repeated": "重复签收",
        "late": "事件已结束",
        "ambiguous": "未指明事件",
        "negative": "未确认",
        "useless": "未识别",
        "unknown_phone": "陌生号码",
    }.get(outcome, outcome)
    en = {
        "acknowledged": "acknowledged",
        "repeated": "acknowledged before",
        "late": "the incident was over",
        "ambiguous": "no incident named",
        "negative": "not confirmed",
        "useless": "not understood",
        "unknown_phone": "an unknown phone",
    }.get(outcome, outcome.replace("_", " "))
    return f"短信回复：{zh}", f"SMS reply: {en}"


def _numbered(zh: str, en: str) -> Callable[[After], Pair]:
    """Words about one row of the reception sheet."""
    return lambda after: (
        zh.format(n=after.get("number", "")),
        en.format(n=after.get("number", "")),
    )


def _people(zh: str, en: str, key: str = "people") -> Callable[[After], Pair]:
    return lambda after: (zh.format(n=after.get(key, 0)), en.format(n=after.get(key, 0)))


_FAULTS = {
    "unlisted": ("到场客户未全部登记", "not all who came are listed"),
    "no_separate_room": ("未指定单独接待室", "no separate room"),
    "too_many_representatives": ("代表人数超限", "too many representatives"),
    "no_guide": ("围观无人疏导", "nobody leads the onlookers away"),
}


def _wanting(after: After) -> Pair:
    """Who waits for a place; when nobody does, what else is wrong with the sheet."""
    n = after.get("people") or 0
    zh, en = [], []
    if n:
        zh, en = [f"{n}位客户尚未安排"], [f"{n} clients wait for a place"]
    for fault in after.get("faults") or ():
        if fault in _FAULTS:
            zh.append(_FAULTS[fault][0])
            en.append(_FAULTS[fault][1])
    return f"接待不足：{'，'.join(zh)}", f"reception wanting: {', '.join(en)}"


def _called(after: After) -> Pair:
    role, reached = str(after.get("role", "")), bool(after.get("reached"))
    return (
        f"电话{'已联系到' if reached else '未联系到'}{name(role)}",
        f"{name(role, 'en')} {'reached' if reached else 'not reached'} by telephone",
    )


_AFTER: dict[str, Callable[[After], Pair]] = {
    "reception_arrived": _people("接待表：来了{n}位客户", "reception: {n} clients came"),
    "reception_changed": _numbered("接待表：{n}号已更新", "reception: no. {n} changed"),
    "reception_left": _numbered("接待表：{n}号客户离开", "reception: no. {n} left"),
    "reception_back": _numbered("接待表：{n}号客户仍在现场", "reception: no. {n} is still here"),
    "reception_removed": _numbered("接待表：{n}号系误记，已撤去", "reception: no. {n} taken off"),
    "reception_arranged": _fixed("接待表：接待室与疏导已安排", "reception: rooms arranged"),
    "reception_complete": _people(
        "分散接待到位：{n}位客户均有接待人和接待室",
        "reception in place: each of {n} clients has a receiver and a room",
    ),
    "reception_waiting": _wanting,
    "onlookers_counted": _people("围观{n}人", "{n} onlookers", "onlookers"),
    "call_tree_revealed": _fixed("查看完整电话号码", "telephone numbers shown in full"),
    "call_noted": _called,
    "lesson_written": _fixed("复盘：记下经验教训", "review: a lesson was written"),
    "lesson_edited": _fixed("复盘：修改经验教训", "review: a lesson was edited"),
    "review_signed": _fixed("复盘已签署", "review signed"),
}

_MAKERS: dict[str, Callable[[After], Pair]] = {
    **COMMAND_MAKERS,
    **MEDIA_SENTENCES,
    **_AFTER,
    "complaint_received": lambda a: (
        f"收到投诉（{name(str(a.get('channel')))}）",
        f"complaint received ({name(str(a.get('channel')), 'en')})",
    ),
    "complaint_routed": _fixed("按客户属地管理转办", "routed to where the client belongs"),
    "statistics_made": lambda a: (
        f"生成{a.get('period')}投诉统计报表",
        f"statistics of {a.get('period')} made",
    ),
    "hotline_untold": _fixed("95558工单无人可通知", "nobody could be told of a hotline ticket"),
    "hotline_answered": _fixed("已向95558反馈", "95558 was answered"),
    "hotline_accepted": _fixed("95558认可反馈", "95558 accepted the answer"),
    "hotline_returned": _fixed("95558退回反馈", "95558 returned the answer"),
    "hotline_supplemented": _fixed("95558补充工单", "95558 added to a work order"),
    "hotline_urged": _fixed("95558催办", "95558 urged an answer"),
    "hotline_delivered": _fixed("反馈已送达95558", "the answer was delivered to 95558"),
    "hotline_undelivered": _fixed("反馈多次未能送达95558", "the answer could not be delivered"),
    "hotline_sent_again": _fixed("重新发送反馈", "the answer is sent again"),
    "hotline_compared": _fixed("与95558对账", "compared with 95558's daily list"),
    "hotline_list_missing": _fixed("95558对账清单未到", "95558's daily list has not come"),
    "hotline_file_read": _fixed("读取95558文件", "a file of 95558 was read"),
    "hotline_withdrawn": _fixed("95558撤单", "95558 withdrew a work order"),
    "complaint_corrected": _fixed("投诉已更正", "complaint corrected"),
    "client_revealed": _fixed("查看了客户信息", "a client's data was shown"),
    "complaints_exported": _fixed("导出投诉清单", "complaints were exported"),
    "client_erased": _fixed("客户信息已删除", "a client was erased"),
    "complaint_disposed": _fixed("投诉档案保存期满，已处置", "a complaint's file was disposed of"),
    "keys_rotation_began": _fixed("密钥轮换开始", "a rotation of keys began"),
    "keys_rotated": _fixed("密钥轮换完成", "keys were rotated"),
    "incident_opened": _opened,
    "incident_widened": _fixed("事件范围扩大", "incident widened"),
    "incident_grouped": _fixed("成为另一事件的一部分", "became part of another incident"),
    "incident_large": lambda a: (
        f"升级为大规模（{max(a.get('clients') or 0, a.get('headcount') or 0)}人）",
        f"now large ({max(a.get('clients') or 0, a.get('headcount') or 0)} people)",
    ),
    "incident_exposed": _fixed(
        "媒体或安全风险已标记", "marked as media-exposed or a safety threat"
    ),
    "incident_stood_down": _fixed("事件平息", "incident stood down"),
    "incident_reopened": _fixed("事件重新启动", "incident reopened"),
    "incident_closed": _fixed("事件结案", "incident closed"),
    "gathering_reported": _heads,
    "gathering_updated": _heads,
    "ladder_told": _told,
    "ladder_skipped": _skipped,
    "head_office_paged": lambda a: (
        f"总行超时未签收，已另行通知：{_roles(a.get('told'), 'zh')}",
        f"head office had not acknowledged; paged: {_roles(a.get('told'), 'en')}",
    ),
    **LADDER_WORDS,
    **REPORT_SENTENCES,
    **{verb: _fixed(*words) for verb, words in ACCOUNT_SENTENCES.items()},
    **{verb: _fixed(*words) for verb, words in TICKET_SENTENCES.items()},
    "acknowledged": _acknowledged,
    "reply_read": _read,
    "duty_fulfilled": _duty("时限任务完成", "duty fulfilled"),
    "duty_reopened": _duty(
        "反馈被退回，时限任务重新打开", "its answer was returned: duty open again"
    ),
    "duties_born": _born,
    "duty_waived": _duty("时限任务免除", "duty waived"),
    "duty_replaced": _duty("时限任务由新条款接替", "duty replaced by another clause"),
    "duty_extended": _duty("时限任务延期", "duty extended"),
    "duty_reassigned": _duty("时限任务转交", "duty handed over"),
    "duty_moved": _duty("日历调整，时限顺移", "duty moved with the calendar"),
    "duty_escalated": _duty("超时升级", "overdue, told further up"),
    "duty_warned": _duty("时限将至", "duty nearly due"),
    "duty_breached": _duty("时限已超", "duty overdue"),
    "message_accepted": _fixed("短信已发出", "text accepted by the gateway"),
    "message_delivered": _fixed("短信已送达", "text delivered"),
    "message_failed": _fixed("短信发送失败", "text failed for good"),
    "message_unknown": _fixed("短信结果未知，正在核对", "text's fate unknown, being looked up"),
    "message_queued": _fixed("短信稍后重发", "text will be tried again"),
}
