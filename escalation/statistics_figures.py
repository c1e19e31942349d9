"""The figures of the statistics: what each says, which tickets it counts, in which words.

A figure is one or two sets of `Filters`: what is counted, and of what it is a share. Its SQL and
the link to the tickets behind it are both made of them, so that the two cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from escalation.ticket_filters import COMPENSATION, Filters

#: What a figure's number is: tickets, a share of them (0 to 1), hours, or yuan.
Form = Literal["count", "share", "hours", "yuan"]
WORKED = ("worked",)
RESOLVED = ("settled", "partly", "explained", "on_the_spot")
ASKED = ("satisfied", "neutral", "dissatisfied")


@dataclass(frozen=True)
class Figure:
    """`hits` are counted, of a share's `base`; a measure (hours, yuan) is taken over `hits`.

    The period applies to the moment that ``hits.by`` names. `better` is the direction that is
    good, 0 where neither is.
    """

    key: str
    group: str
    form: Form
    names: tuple[str, str]
    definition: tuple[str, str]
    hits: Filters
    base: Filters | None = None
    measure: str = ""  #: SQL of an aggregate over ``t``, for hours and yuan
    better: int = 0


def _received(**given: Any) -> Filters:
    return replace(Filters(stage=WORKED), **given)


def _closed(**given: Any) -> Filters:
    return replace(Filters(stage=WORKED, by="closed"), **given)


def _hours(until: str, since: str) -> str:
    return (
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY"
        f" extract(epoch FROM {until} - {since}) / 3600.0)"
    )


#: Groups of figures, in the order in which they are shown.
GROUPS: dict[str, tuple[str, str]] = {
    "number": ("受理数量", "Received"),
    "first": ("首次联系", "First contact"),
    "way": ("流转", "Way"),
    "end": ("办结与时效", "Closed and in time"),
    "result": ("结果与满意度", "Results and satisfaction"),
}
_R = "按受理时间"
_C = "按办结时间"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "received", "number", "count", ("受理投诉", "Complaints received"),
        (f"{_R}落在期内的投诉，含导入的历史记录；撤诉、误登记、合并的不计。",
         "Complaints received in the period, imported history among them; withdrawn, wrongly filed"
         " and merged ones are left out."),
        Filters(stage=("counted",)), better=-1,
    ),
    Figure(
        "worked", "number", "count", ("进入办理", "Worked on here"),
        (f"{_R}落在期内、在本系统办理的投诉；历史记录不计。",
         "Complaints received in the period that are worked on in this system; history is not."),
        _received(),
    ),
    Figure(
        "history", "number", "count", ("历史导入", "Imported history"),
        (f"{_R}落在期内的历史导入记录：只计入数量、渠道、机构和产品，不计时效、结果和满意度。",
         "Imported history received in the period: it counts in number, channel, unit and product,"
         " not in timeliness, results or satisfaction."),
        Filters(stage=("history",)),
    ),
    Figure(
        "left_out", "number", "count", ("撤诉、误登记、合并", "Withdrawn, misfiled, merged"),
        (f"{_R}落在期内、已撤诉、误登记或并入他单的投诉：单列，不计入其他各项。",
         "Complaints received in the period that were withdrawn, wrongly filed or merged: shown"
         " here and in no other figure."),
        Filters(stage=("left_out",)),
    ),
    Figure(
        "open", "number", "count", ("尚未办结", "Still open"),
        (f"{_R}落在期内、至今未归档的投诉。", "Of those received in the period: not archived yet."),
        Filters(stage=("open",)), better=-1,
    ),
    Figure(
        "overdue", "number", "count", ("超时未结", "Open and overdue"),
        (f"{_R}落在期内、未归档且有时限任务或答复承诺已超时的投诉。",
         "Of those received in the period: open, and a duty or the promise to the client has run"
         " out."),
        Filters(stage=("open",), overdue="yes"), better=-1,
    ),
    Figure(
        "contacted", "first", "share", ("24小时内首次联系", "First contact within 24 h"),
        ("期内受理并办理的投诉中，受理后24小时内已联系客户的占比；尚未联系的算作未达到。",
         "Of the complaints received in the period and worked on here, those whose client was"
         " contacted within 24 hours; those not contacted yet have missed it."),
        _received(contact=("within_24h",)), _received(), better=1,
    ),
    Figure(
        "contact_hours", "first", "hours",
        ("首次联系用时（中位）", "Time to first contact (median)"),
        ("期内受理、已联系客户的投诉，从受理到首次联系的小时数，取中位数。",
         "Hours from receiving a complaint to first contact, over those of the period that have"
         " one; the median."),
        _received(contact=("within_24h", "later")),
        measure=_hours("t.first_contact_at", "t.received_at"), better=-1,
    ),
    Figure(
        "uncontacted", "first", "count", ("尚未联系客户", "Client not contacted yet"),
        ("期内受理、未归档、还没有联系过客户的投诉。",
         "Received in the period, open, and the client has not been contacted."),
        Filters(stage=("open",), contact=("none",)), better=-1,
    ),
    Figure(
        "handed", "way", "share", ("转办率", "Handed over"),
        ("期内受理并办理的投诉中，至少转办过一次的占比。",
         "Of those received in the period and worked on here: handed over at least once."),
        _received(handed="yes"), _received(),
    ),
    Figure(
        "bounced", "way", "count", ("二次推转", "Bounced"),
        ("期内受理的投诉中，在机构之间被再次推转（含拒收）的件数。",
         "Of those received in the period: passed on or refused between units a second time."),
        _received(bounced="yes"), better=-1,
    ),
    Figure(
        "reopened", "way", "share", ("重新办理率", "Reopened"),
        ("期内受理并办理的投诉中，办结后又重新办理的占比。",
         "Of those received in the period and worked on here: worked on again after an answer."),
        _received(reopened="yes"), _received(), better=-1,
    ),
    Figure(
        "again", "way", "share", ("重复投诉率", "Complained again"),
        ("期内受理并办理的投诉中，同一客户就同一事由再次投诉的占比。",
         "Of those received in the period and worked on here: linked to an earlier complaint."),
        _received(again="yes"), _received(), better=-1,
    ),
    Figure(
        "major", "way", "count", ("重大苗头", "Likely to become major"),
        ("期内受理、被标为可能演变为重大投诉的件数。",
         "Of those received in the period: marked as likely to become major."),
        _received(major="yes"), better=-1,
    ),
    Figure(
        "closed", "end", "count", ("办结", "Closed"),
        (f"{_C}落在期内的投诉，不论何时受理；历史记录不计。",
         "Complaints closed in the period, whenever received; history is not counted."),
        _closed(),
    ),
    Figure(
        "completed", "end", "share", ("办结率", "Completed"),
        ("期内受理并办理的投诉中，至今已经办结的占比。",
         "Of those received in the period and worked on here: closed by now."),
        _received(late=("yes", "no")), _received(), better=1,
    ),
    Figure(
        "on_time", "end", "share", ("按时办结率", "Closed in time"),
        ("期内办结的投诉中，没有任何时限任务或答复承诺超时的占比。",
         "Of those closed in the period: no duty and no promise of theirs had run out."),
        _closed(late=("no",)), _closed(late=("yes", "no")), better=1,
    ),
    Figure(
        "late", "end", "count", ("超时办结", "Closed late"),
        ("期内办结、有时限超时的件数。", "Closed in the period after a clock had run out."),
        _closed(late=("yes",)), better=-1,
    ),
    Figure(
        "close_hours", "end", "hours", ("办结用时（中位）", "Time to close (median)"),
        ("期内办结的投诉，从受理到办结的小时数，取中位数。",
         "Hours from receiving to closing, over those closed in the period; the median."),
        _closed(), measure=_hours("t.closed_at", "t.received_at"), better=-1,
    ),
    Figure(
        "resolved", "result", "share", ("解决率", "Resolved"),
        ("期内办结、属于受理范围且有结果的投诉中，结果为解决、部分解决、解释说明或当场解决，"
         "并且没有重新办理的占比。",
         "Of those closed in the period with an outcome, in scope: settled, partly settled,"
         " explained or settled on the spot, and not reopened."),
        _closed(outcome=RESOLVED, reopened="no"),
        _closed(outcome=(*RESOLVED, "refused")), better=1,
    ),
    Figure(
        "satisfied", "result", "share", ("满意率", "Satisfied"),
        ("期内办结、已询问满意度的投诉中，客户表示满意的占比。",
         "Of those closed in the period whose client was asked: satisfied."),
        _closed(satisfaction=("satisfied",)), _closed(satisfaction=ASKED), better=1,
    ),
    Figure(
        "dissatisfied", "result", "count", ("不满意", "Dissatisfied"),
        ("期内办结、客户表示不满意的件数。", "Closed in the period, the client dissatisfied."),
        _closed(satisfaction=("dissatisfied",)), better=-1,
    ),
    Figure(
        "compensated", "result", "count", ("给予补偿", "Compensated"),
        ("期内办结、处理方案含补偿的件数。",
         "Closed in the period with a compensation in the plan of handling."),
        _closed(compensated="yes"),
    ),
    Figure(
        "compensation", "result", "yuan", ("补偿金额", "Compensation"),
        ("期内办结的投诉，最后一版处理方案所列补偿之和（元）。",
         "Compensations of the last plans of handling, over those closed in the period (yuan)."),
        _closed(compensated="yes"), measure=f"sum({COMPENSATION})",
    ),
)  # fmt: skip
BY_KEY: dict[str, Figure] = {figure.key: figure for figure in FIGURES}
