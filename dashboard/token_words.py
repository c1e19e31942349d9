"""Words of the tokens' page and of requests that come too fast: key -> (zh, en)."""

from __future__ import annotations

TOKEN_WORDS: dict[str, tuple[str, str]] = {
    "nav.tokens": ("接口令牌", "Tokens"),
    "page.tokens": ("接口令牌", "API tokens"),
    "tok.count": ("在用 {n} 个", "{n} in use"),
    "tok.add": ("新建令牌", "New token"),
    "tok.create": ("新建", "Create"),
    "tok.none": ("还没有令牌。外部系统用令牌调用接口。",
                 "No token yet. Other systems call the API with one."),
    "tok.failed": ("令牌读取失败：{reason}", "The tokens could not be read: {reason}"),
    "tok.head.label": ("名称", "Label"),
    "tok.head.unit": ("机构范围", "Area"),
    "tok.head.sources": ("来源", "Sources"),
    "tok.head.scopes": ("权限", "Scopes"),
    "tok.head.state": ("状态", "State"),
    "tok.head.used": ("最近使用", "Last use"),
    "tok.head.act": ("操作", "Act"),
    "tok.state.active": ("在用", "in use"),
    "tok.state.expired": ("已到期", "expired"),
    "tok.state.revoked": ("已吊销", "revoked"),
    "tok.any": ("任意", "any"),
    "tok.all": ("全部 {n} 项", "all {n}"),
    "tok.some": ("{n} 项", "{n}"),
    "tok.never": ("从未", "never"),
    "tok.used": ("{time} 来自 {from}", "{time} from {from}"),
    "tok.until": ("至 {time}", "until {time}"),
    "tok.refused": ("曾被限流 {n} 次", "{n} {n|request|requests} refused"),
    "tok.revoke": ("吊销", "Revoke"),
    "tok.revoke_ask": (
        "吊销后三秒内失效，不能恢复；使用它的系统将无法登记投诉。",
        "It ends within three seconds for good; the system that uses it can enter nothing more.",
    ),
    "tok.done": ("已吊销", "Revoked"),
    "tok.sources_hint": ("用逗号分开；* 表示任意", "separated by commas; * is any"),
    "tok.expires": ("到期日（可空）", "Ends on (may be empty)"),
    "tok.once": ("令牌只显示这一次", "The token is shown this once"),
    "tok.once_why": (
        "请立即交给使用它的系统。系统只保存它的摘要，关闭后无法再看。",
        "Hand it to the system that will use it now. Only its hash is kept; it cannot be shown "
        "again.",
    ),
    "tok.recent": (
        "最近 {minutes} 分钟限流：登记 {intake} 次，其他 {other} 次",
        "Refused in the last {minutes} minutes: intake {intake}, other {other}",
    ),
    "rates.refused_intake": (
        "最近 {minutes} 分钟有 {n} 次投诉登记因过快被拒，请核对来源系统是否已补录",
        "{n} complaint {n|entry was|entries were} refused in the last {minutes} minutes for "
        "coming too fast: make sure that the source sends them again",
    ),
    "rates.refused_other": (
        "最近 {minutes} 分钟有 {n} 次请求因过快被拒",
        "{n} {n|request was|requests were} refused in the last {minutes} minutes for coming too "
        "fast",
    ),
    "refused.429": (
        "请求过快，请在 {n} 秒后重试；本次内容没有登记",
        "Too many requests; try again in {n} s. Nothing of this one was kept",
    ),
}  # fmt: skip
