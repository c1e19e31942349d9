"""What the journal says of media cases, as sentences in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Pair = tuple[str, str]
After = Mapping[str, Any]


def _said(zh: str, en: str) -> Callable[[After], Pair]:
    return lambda _after: (zh, en)


def _of(kind: str, zh: str, en: str) -> Callable[[After], Pair]:
    return lambda after: (f"{zh}{after.get(kind, '')}", f"{en} {after.get(kind, '')}")


def _version(zh: str, en: str) -> Callable[[After], Pair]:
    def make(after: After) -> Pair:
        holding = after.get("kind") == "holding"
        number = after.get("version", "")
        return (
            f"{'统一口径' if holding else '回应稿'}第{number}版{zh}",
            f"{'holding statement' if holding else 'statement'} version {number} {en}",
        )

    return make


#: verb -> sentence; the verbs are ``media_`` and the act of `media_acts`
MEDIA_SENTENCES: dict[str, Callable[[After], Pair]] = {
    "media_found": _said("发现媒体报道", "media report found"),
    "media_sighted": _said("同一事件又有报道", "another report of the same story"),
    "media_measured": _said("更新报道传播量", "reach of a report measured"),
    "media_copy": _said("保存报道副本", "copy of a report kept"),
    "media_finding": _said("登记媒体报道核实结论", "finding on a media report recorded"),
    "media_correction_asked": _said("要求媒体更正", "outlet asked to correct"),
    "media_outlet_answered": _said("登记媒体答复", "outlet's answer noted"),
    "media_contact": _said("登记与媒体沟通", "talk with the media logged"),
    "media_spokesperson": _said("指定发言人", "spokesperson named"),
    "media_drafted": _version("起草", "drafted"),
    "media_approved": _version("审批通过", "approved"),
    "media_returned": _version("退回", "returned"),
    "media_issued": _version("发布", "issued"),
    "media_complaint_linked": _of("complaint", "媒体事件关联投诉", "media case linked to"),
    "media_complaint_unlinked": _of("complaint", "媒体事件取消关联", "media case unlinked from"),
    "media_incident_linked": _said("媒体事件关联本事件", "media case linked to the incident"),
    "media_handed_over": _said("媒体事件转交其他机构", "media case given to another unit"),
    "media_joined": _of("case", "并入媒体事件", "media case joined:"),
    "media_settled": _said("媒体事件平息", "media case settled"),
    "media_reopened": _said("媒体事件重新打开", "media case opened again"),
    "media_contact_saved": _said("媒体名录已更新", "media list changed"),
    "media_talk": _said("登记与媒体事前沟通", "talk with the media in advance logged"),
    "media_feed_saved": _said("监测源已更新", "watched feed changed"),
    "media_feed_failing": _said("监测源读取失败", "a watched feed cannot be read"),
    "media_feed_recovered": _said("监测源恢复", "a watched feed can be read again"),
}
