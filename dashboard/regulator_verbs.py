"""What can be done on a regulator case, once for the pages and for the API: verb -> how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, get_args

from flask import request
from pydantic import BaseModel

from core.errors import FieldFault, InvalidInput
from dashboard import regulator_values as values
from dashboard.api_values import parse
from dashboard.report_values import receipt_parts
from dashboard.whoami import viewer
from escalation.ids import regulator_case_number
from escalation.regulator_desk import RegulatorDesk
from escalation.regulator_opening import Wanted
from escalation.regulator_store import By
from escalation.regulator_view import Asked, State

Json = dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """A body's model and what is done with it; `approving`: a decision, for people only."""

    body: type[BaseModel]
    do: Callable[[RegulatorDesk, int, Any, By, bytes | None], Json]
    summary: str
    approving: bool = False
    file: bool = False


def _supplement(
    desk: RegulatorDesk, case: int, body: values.RegulatorSupplementBody, by: By, _: object
) -> Json:
    return desk.supplement(case, Wanted(body.text, body.due_at), body.asked_at, by)


VERBS: dict[str, Verb] = {
    "contact": Verb(
        values.RegulatorContactBody, lambda d, n, b, by, _: d.contact(n, b.value(by.name), by),
        "Log a contact with the regulator; ends what asks for one"),
    "start": Verb(
        values.RegulatorNothingBody, lambda d, n, _b, by, _: d.start(n, by), "Work on it begins"),
    "settle": Verb(
        values.RegulatorOutcomeBody, lambda d, n, b, by, _: d.settle(n, b.demand, b.outcome, by),
        "A demand is met"),
    "withdraw": Verb(
        values.RegulatorOutcomeBody, lambda d, n, b, by, _: d.withdraw(n, b.demand, b.outcome, by),
        "The regulator has taken a demand back"),
    "supplement": Verb(
        values.RegulatorSupplementBody, _supplement, "The regulator asks for more"),
    "draft": Verb(
        values.RegulatorDraftBody, lambda d, n, b, by, _: d.draft(n, b.text, b.seen, by),
        "A new version of the reply"),
    "file": Verb(
        values.RegulatorReceiptBody,
        lambda d, n, b, by, file: d.file(n, b.value(by.name, file), by),
        "The approved reply is filed, by the regulator's receipt", file=True),
    "close": Verb(
        values.RegulatorNothingBody, lambda d, n, _b, by, _: d.close(n, by), "It is over"),
    "link": Verb(
        values.RegulatorLinkBody, lambda d, n, b, by, _: d.link_complaint(n, b.value(), by),
        "It is about this complaint too"),
    "join": Verb(
        values.RegulatorJoinBody, lambda d, n, b, by, _: d.link_incident(n, b.value(), by),
        "It belongs to this incident"),
    "incident": Verb(
        values.RegulatorIncidentBody, lambda d, n, b, by, _: d.open_incident(n, b.value(), by),
        "Open an incident for it"),
    "extend": Verb(
        values.RegulatorConsentBody, lambda d, n, b, by, _: d.extend(n, b.value(), by),
        "A later deadline, by the regulator's consent", approving=True),
    "approve": Verb(
        values.RegulatorVersionBody, lambda d, n, b, by, _: d.approve(n, b.version, by),
        "Approve the reply that somebody else has written", approving=True),
    "return": Verb(
        values.RegulatorReturnBody, lambda d, n, b, by, _: d.give_back(n, b.version, b.remark, by),
        "Give the reply back", approving=True),
}  # fmt: skip


def me() -> By:
    """Whoever asks."""
    who = viewer()
    return By(who.actor, who.name)


def done(desk: RegulatorDesk, public_id: str, name: str) -> Json:
    """Do a verb with the request's body; the case as it stands then."""
    verb, number = VERBS[name], regulator_case_number(public_id)
    body, file = receipt_parts(request) if verb.file else (request.get_json(silent=True), None)
    return verb.do(desk, number, parse(verb.body, body), me(), file)


def received(desk: RegulatorDesk) -> tuple[Json, int]:
    """Take a case in with the request's body; 201, or 200 where its number was known."""
    body = parse(values.RegulatorCaseBody, request.get_json(silent=True))
    case, new = desk.receive(body.value(), me())
    return {**case, "new": new}, 201 if new else 200


def asked() -> Asked:
    """Which cases the address asks for: state, regulator, unit, its number. InvalidInput."""
    given = request.args
    state = given.get("state") or "open"
    if state not in get_args(State):
        raise InvalidInput([FieldFault(
            "state", "没有这种状态", "no such state", "请从列表中选择",
            f"one of {', '.join(get_args(State))}",
        )])  # fmt: skip
    return Asked(
        cast(State, state), given.get("regulator") or None, given.get("unit") or None,
        (given.get("number") or "")[:100] or None,
    )  # fmt: skip


def days() -> int:
    """How many days ahead the address asks for, 0 (tonight) to 31. InvalidInput."""
    text = request.args.get("days") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= 31):
        raise InvalidInput([FieldFault("days", "应为0至31", "must be 0 to 31", "请填写0至31",
                                       "give 0 to 31")])  # fmt: skip
    return int(text)
