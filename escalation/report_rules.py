"""What a report is and when it may be written: kinds, order, fields, who signs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from core.errors import Conflict, FieldFault, InvalidInput
from core.validation import has_words
from core.words import Role
from core.words import name as word

Kind = Literal["first", "follow_up", "final"]
Addressee = Literal["head_office", "regulator"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ADDRESSEES: tuple[Addressee, ...] = get_args(Addressee)

KIND_NAMES: dict[str, tuple[str, str]] = {
    "first": ("首报", "First report"),
    "follow_up": ("续报", "Follow-up report"),
    "final": ("终报", "Final report"),
}
#: A report counts as made once it is signed; a discarded one never does.
MADE = ("signed", "sent", "received")


@dataclass(frozen=True)
class FieldRule:
    """A field of a report: names, and whether it takes several lines."""

    name: str
    zh: str
    en: str
    long: bool = True


#: In the order in which the paper has them. All are needed before a report can be signed.
FIELDS: tuple[FieldRule, ...] = (
    FieldRule("place", "发生地点", "Place", long=False),
    FieldRule("cause", "起因（截至目前）", "Cause so far"),
    FieldRule("scale", "事件规模", "Scale"),
    FieldRule("people", "处置人员", "People in charge"),
    FieldRule("amount", "涉及金额", "Amount", long=False),
    FieldRule("grade", "事件等级", "Grade", long=False),
    FieldRule("measures", "已采取的措施", "Measures taken"),
    FieldRule("trend", "发展趋势", "Trend"),
    FieldRule("request", "请求事项", "What is asked for"),
    FieldRule("contact", "联系人", "Contact person", long=False),
    FieldRule("contact_phone", "联系电话", "Contact's telephone", long=False),
)
FIELD_NAMES = frozenset(rule.name for rule in FIELDS)
FIELD_LIMIT = 4000


@dataclass(frozen=True)
class Past:
    """A report there is already, to the same addressee from the same unit."""

    id: int
    kind: str
    state: str
    signed_at: datetime | None


def refuse_order(
    kind: Kind, past: Sequence[Past], state: str, stood_down_at: datetime | None
) -> None:
    """Conflict unless a report of this kind may be begun now.

    `state` and `stood_down_at` are the incident's. A first report comes before any other, a final
    one ends the row; a reopened incident is reported on further.
    """
    standing = [p for p in past if p.state != "discarded"]
    draft = next((p for p in standing if p.state == "draft"), None)
    if draft is not None:
        raise Conflict(
            f"已有一份{KIND_NAMES[draft.kind][0]}草稿，请先签发或作废",
            "a draft is open already: sign it or discard it first", report=draft.id,
        )  # fmt: skip
    first = any(p.kind == "first" for p in standing)
    if kind == "first" and first:
        raise Conflict("首报已签发，请拟续报", "the first report was made: write a follow-up")
    if kind != "first" and not first:
        raise Conflict("须先签发首报", "the first report comes first")
    if kind == "final" and state == "open":
        raise Conflict("事件平息后才能终报", "a final report waits until the incident stands down")
    if ended(standing, state, stood_down_at):
        raise Conflict("终报已签发", "the final report was made")


def ended(past: Iterable[Past], state: str, stood_down_at: datetime | None) -> bool:
    """Whether a final report was made since the incident last stood down."""
    return state != "open" and any(
        p.kind == "final" and p.state in MADE and p.signed_at is not None
        and (stood_down_at is None or p.signed_at >= stood_down_at)
        for p in past
    )  # fmt: skip


def next_kinds(
    past: Sequence[Past], state: str, stood_down_at: datetime | None
) -> dict[str, tuple[str, str] | None]:
    """For each kind None where it may be begun now, else why not (zh, en)."""
    answer: dict[str, tuple[str, str] | None] = {}
    for kind in KINDS:
        try:
            refuse_order(kind, past, state, stood_down_at)
            answer[kind] = None
        except Conflict as refused:
            answer[kind] = (refused.zh, refused.en)
    return answer


# --- what is still missing -----------------------------------------------------------------


def missing(fields: Mapping[str, Mapping[str, Any]]) -> list[FieldRule]:
    """The fields that are empty."""
    return [r for r in FIELDS if not has_words(fields.get(r.name, {}).get("value"))]


def refuse_missing(fields: Mapping[str, Mapping[str, Any]], *, signer: str | None) -> None:
    """InvalidInput naming each empty field; an unsigned report lacks its signer."""
    faults = [
        FieldFault(r.name, f"“{r.zh}”未填写", f"{r.en} is empty", f"请填写{r.zh}后再办理",
                   f"fill in {r.en.lower()}, then try again")
        for r in missing(fields)
    ]  # fmt: skip
    if not has_words(signer):
        faults.append(FieldFault(
            "signer", "报告尚未签发", "the report is not signed",
            "请由有权签发的人先签发", "have it signed by whoever may",
        ))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


# --- who signs, which duties it proves ----------------------------------------------------------

_DEFAULT_SIGNER = {"head_office": Role.BRANCH_LEADER, "regulator": Role.BRANCH_CONTACT}


def signing_roles(addressee: str, duty_roles: Iterable[str]) -> tuple[str, ...]:
    """Who may sign: whoever the bank names for this addressee, the roles of the open duties that it
    answers, and head office's leader and deputy."""
    roles = [_DEFAULT_SIGNER[addressee], *duty_roles, Role.HO_DEPUTY, Role.HO_LEADER]
    return tuple(dict.fromkeys(str(role) for role in roles))


def refuse_signer(role: str, roles: Sequence[str]) -> None:
    """InvalidInput for a role that may not sign."""
    if role in roles:
        return
    zh, en = "、".join(word(r) for r in roles), ", ".join(word(r, "en") for r in roles)
    raise InvalidInput([FieldFault(
        "role", f"{word(role)}无权签发本报告", f"{word(role, 'en')} may not sign this report",
        f"须由{zh}签发", f"one of {en} may",
    )])  # fmt: skip


def proof(addressee: str, fulfilled_by: Sequence[str]) -> str | None:
    """The kind of evidence as which a receipt of this addressee ends a duty, or None.

    What head office's acknowledgement can end as well is owed to head office: a receipt of the
    regulator does not end it.
    """
    if addressee == "regulator" and "regulator_receipt" in fulfilled_by:
        return "regulator_receipt"
    if "report_receipt" not in fulfilled_by:
        return None
    if addressee == "regulator" and "head_office_acknowledgement" in fulfilled_by:
        return None
    return "report_receipt"


def number_text(bank: str, unit_name: str, addressee: str, year: int, number: int) -> str:
    """The number as the paper has it (文号). Head office and regulator have a row each."""
    issuer = unit_name if bank in unit_name else f"{bank}{unit_name}"
    mark = "（监）" if addressee == "regulator" else ""
    return f"{issuer}〔{year}〕投诉急报{mark}第{number}号"
