"""What can happen, what can prove that a duty was done: two closed vocabularies.

A plan's clauses use these words; the loader refuses any other. An event says what it concerns and
whether the software notices it by itself; evidence says what it must state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

#: What an event concerns, and thus whose duties it makes.
Subject = Literal["incident", "complaint", "unit", "period"]

Event = Literal[
    "incident_opened",
    "incident_large",
    "incident_exposed",
    "safety_threat",
    "crowd_on_site",
    "statutory_major",
    "incident_stood_down",
    "complaint_received",
    "complaint_routed",
    "complaint_accepted",
    "form_received",
    "complaint_forwarded",
    "complaint_classified",
    "complaint_settled",
    "complaint_closed",
    "client_dissatisfied",
    "major_risk",
    "beyond_authority",
    "bounced",
    "economic_dispute",
    "staff_breach",
    "wrong_order",
    "system_failure",
    "coordination_failure",
    "out_of_scope",
    "objection",
    "complained_again",
    "return_visit_bad",
    "company_matter",
    "damage_or_action",
    "emergency",
    "media_report",
    "regulator_inquiry",
    "regulator_case",
    "inspection_finding",
    "day",
    "week",
    "month",
    "quarter",
    "half_year",
    "year",
]

#: Each kind of evidence; those of AUTOMATIC are noted by the software itself.
Evidence = Literal[
    "head_office_acknowledgement",
    "acknowledgement",
    "branch_told",
    "reception",
    "regulator_receipt",
    "report_receipt",
    "reply",
    "contact",
    "feedback",
    "transfer",
    "decision",
    "finding",
    "approval",
    "record",
    "compilation",
]

EVENTS: tuple[Event, ...] = get_args(Event)
EVIDENCES: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True)
class EventKind:
    """An event's names, what it concerns, whether somebody may record it by hand."""

    zh: str
    en: str
    subject: Subject
    by_hand: bool = False


EVENT_KINDS: dict[Event, EventKind] = {
    "incident_opened": EventKind("事件启动", "Incident opened", "incident"),
    "incident_large": EventKind("转为大规模", "Incident became large", "incident"),
    "incident_exposed": EventKind("媒体介入", "Media present", "incident"),
    "safety_threat": EventKind("人身安全威胁", "Threat to safety", "incident"),
    "crowd_on_site": EventKind("现场聚集", "Crowd on site", "incident"),
    "statutory_major": EventKind("法定重大投诉", "Major complaint by law", "incident"),
    "incident_stood_down": EventKind("事件平息", "Incident stood down", "incident"),
    "complaint_received": EventKind("收到投诉", "Complaint received", "complaint"),
    "complaint_routed": EventKind("转属地机构", "Routed to the home unit", "complaint"),
    "complaint_accepted": EventKind("受理投诉", "Complaint accepted", "complaint", True),
    "form_received": EventKind(
        "行政部收到处理单", "Form received by administration", "complaint", True
    ),
    "complaint_forwarded": EventKind(
        "转责任部门", "Forwarded to the department", "complaint", True
    ),
    "complaint_classified": EventKind("投诉分类", "Complaint classified", "complaint", True),
    "complaint_settled": EventKind("处理完毕", "Complaint settled", "complaint", True),
    "complaint_closed": EventKind("投诉结案", "Complaint closed", "complaint", True),
    "client_dissatisfied": EventKind("客户不满意", "Client dissatisfied", "complaint", True),
    "major_risk": EventKind("可能升级", "May become major", "complaint", True),
    "beyond_authority": EventKind("超出本级权限", "Beyond the unit's authority", "complaint", True),
    "bounced": EventKind("再次转手", "Passed on a second time", "complaint", True),
    "economic_dispute": EventKind("经济纠纷", "Economic dispute", "complaint", True),
    "staff_breach": EventKind("员工涉嫌违规", "Suspected breach by staff", "complaint", True),
    "wrong_order": EventKind("错单", "Wrongly executed order", "complaint", True),
    "system_failure": EventKind("系统故障", "System failure", "complaint", True),
    "coordination_failure": EventKind("协调失误", "Failure of coordination", "complaint", True),
    "out_of_scope": EventKind("不属受理范围", "Out of scope", "complaint", True),
    "objection": EventKind("客户提出异议", "Client objects", "complaint", True),
    "complained_again": EventKind("再投诉", "Complained again", "complaint", True),
    "return_visit_bad": EventKind(
        "回访不满意", "Dissatisfied at the return visit", "complaint", True
    ),
    "company_matter": EventKind("涉及公司制度", "Matter of company rules", "complaint", True),
    "damage_or_action": EventKind("造成损失或监管措施", "Loss or regulator's action", "unit", True),
    "emergency": EventKind("突发事件", "Emergency", "unit", True),
    "media_report": EventKind("媒体报道", "Media report", "unit", True),
    "regulator_inquiry": EventKind("监管问询", "Regulator's inquiry", "unit", True),
    "regulator_case": EventKind("监管转办立案", "Regulator case", "unit"),
    "inspection_finding": EventKind("检查发现问题", "Inspection finding", "unit", True),
    "day": EventKind("每个工作日", "Each working day", "period"),
    "week": EventKind("每周", "Each week", "period"),
    "month": EventKind("每月", "Each month", "period"),
    "quarter": EventKind("每季", "Each quarter", "period"),
    "half_year": EventKind("每半年", "Each half year", "period"),
    "year": EventKind("每年", "Each year", "period"),
}

#: A field that evidence states.
EvidenceField = Literal["at", "by", "to", "number", "via", "note"]


@dataclass(frozen=True)
class EvidenceKind:
    """What a kind of evidence is called and must state; `automatic` ones nobody enters."""

    zh: str
    en: str
    needs: tuple[EvidenceField, ...] = ()
    automatic: bool = False


_RECEIPT: tuple[EvidenceField, ...] = ("at", "by", "to", "number")
EVIDENCE_KINDS: dict[Evidence, EvidenceKind] = {
    "head_office_acknowledgement": EvidenceKind(
        "总行人员签收", "Acknowledged at head office", (), True
    ),
    "acknowledgement": EvidenceKind("签收", "Acknowledgement", (), True),
    "branch_told": EvidenceKind("已短信告知分行", "Branch told by SMS", (), True),
    "reception": EvidenceKind("分散接待到位", "Reception arranged", (), True),
    "regulator_receipt": EvidenceKind("监管报告回执", "Receipt of the regulator", _RECEIPT),
    "report_receipt": EvidenceKind("报告回执", "Receipt of a report", _RECEIPT),
    "reply": EvidenceKind("答复客户", "Reply to the client", ("at", "by", "via")),
    "contact": EvidenceKind("联系记录", "Contact made", ("at", "by", "to", "note")),
    "feedback": EvidenceKind("反馈95558", "Feedback to 95558", ("at", "by", "number")),
    "transfer": EvidenceKind("移交记录", "Handed on", ("at", "by", "to")),
    "decision": EvidenceKind("决定", "Decision", ("at", "by", "note")),
    "finding": EvidenceKind("核实结论", "Finding", ("at", "by", "note")),
    "approval": EvidenceKind("审批", "Approval", ("at", "by", "number")),
    "record": EvidenceKind("书面记录", "Record on file", ("at", "by", "number")),
    "compilation": EvidenceKind("汇总上报", "Compiled report", ("at", "by")),
}  # fmt: skip

AUTOMATIC: frozenset[Evidence] = frozenset(k for k, v in EVIDENCE_KINDS.items() if v.automatic)
