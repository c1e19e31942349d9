"""The command section of the incident page: JSON under /live, verbs only from our own pages.

Each verb answers with the whole incident as it is now, as the page shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from contacts.roster import Holder
from core.errors import FenghuoError
from dashboard import command_values as values
from dashboard.api_values import parse
from dashboard.incident_routes import page_view
from dashboard.live import refusal
from dashboard.services import Services
from escalation.about import About
from escalation.admission import admit
from escalation.command_view import security_contact
from escalation.engine import now_of
from escalation.handovers import Receiver
from escalation.ids import incident_id as public_incident
from escalation.ids import incident_number
from escalation.security_calls import SecurityCall
from escalation.tasks import NewTask

#: A verb: the services, the incident's number, the request's body; what it adds to the answer.
Verb = Callable[[Services, int, Any], dict[str, Any] | None]


def register(server: Flask, services: Services) -> None:
    """Add the routes to the Flask app."""
    routes = Blueprint("incident_command", __name__, url_prefix="/live/incident")
    routes.register_error_handler(FenghuoError, refusal)

    @routes.post("/<public_id>/command/security")
    def security(public_id: str) -> Response:
        """The security lead's number in full, only when somebody presses "call"."""
        unit = services.engine.house.tree().by_code(
            str(services.incident(incident_number(public_id))["unit"])
        )
        holder = services.database.read(
            lambda c: security_contact(c, services.engine.house, unit.id) if unit else None
        )
        return _fresh({"people": [_callee(holder)] if holder else []})

    for name, verb in VERBS.items():
        routes.add_url_rule(
            f"/<public_id>/command/{name}", f"command_{name}", _answer(services, verb),
            methods=["POST"],
        )  # fmt: skip
    server.register_blueprint(routes)


def _answer(services: Services, verb: Verb) -> Callable[[str], Response]:
    def answer(public_id: str) -> Response:
        number = incident_number(public_id)
        # Each verb lets its caller in to its own subject; here, to the incident of the address.
        admit(services.engine.house, About(incident_id=number, touched=True))
        more = verb(services, number, request.get_json(silent=True))
        return _fresh({**page_view(services, public_id), **(more or {})})

    return answer


def _callee(holder: Holder) -> dict[str, str]:
    return {"name": holder.name, "role": holder.role.value, "phone": str(holder.phone)}


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response


# --- who commands -------------------------------------------------------------------------------


def _take(services: Services, incident: int, body: Any) -> None:
    act = parse(values.TakeAct, body)
    services.engine.command.take(incident, act.who, act.reason)


def _offer(services: Services, incident: int, body: Any) -> None:
    act = parse(values.OfferAct, body)
    to = Receiver(act.role.value, act.name)
    services.engine.command.offer(incident, act.who, to, act.note)


def _accept(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.AcceptAct, body)
    services.engine.command.accept(act.handover, act.who, act.stamp, act.read)


def _decline(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.AnswerAct, body)
    services.engine.command.decline(act.handover, act.who, act.reason)


def _withdraw(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.AnswerAct, body)
    services.engine.command.withdraw(act.handover, act.who, act.reason)


# --- tasks, notes, security ---------------------------------------------------------------------


def _assign(services: Services, incident: int, body: Any) -> None:
    act = parse(values.AssignAct, body)
    due = now_of(services.engine) + timedelta(minutes=act.minutes)
    task = NewTask(
        act.title, act.unit, act.role.value, due, detail=act.detail, person=act.person,
        kind=act.kind,
    )  # fmt: skip
    services.engine.command.assign_task(incident, act.who, task)


def _task_accept(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.TaskAct, body)
    services.engine.command.accept_task(act.task, act.who)


def _task_done(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.TaskAct, body)
    services.engine.command.finish_task(act.task, act.who, act.result or "", act.evidence)


def _task_check(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.TaskAct, body)
    services.engine.command.check_task(act.task, act.who, act.passed, act.reason)


def _task_cancel(services: Services, _incident: int, body: Any) -> None:
    act = parse(values.TaskAct, body)
    services.engine.command.cancel_task(act.task, act.who, act.reason or "")


def _note(services: Services, incident: int, body: Any) -> None:
    act = parse(values.NoteAct, body)
    services.engine.command.write_note(incident, act.who, act.text)


def _called(services: Services, incident: int, body: Any) -> None:
    act = parse(values.SecurityAct, body)
    at = now_of(services.engine) - timedelta(minutes=act.minutes_ago)
    services.engine.command.note_security_call(
        incident, act.who, SecurityCall(act.whom, at, act.result)
    )


def _threat(services: Services, incident: int, body: Any) -> None:
    act = parse(values.Act, body)
    services.engine.command.raise_threat(incident, act.who)


# --- severity, merging, ending ------------------------------------------------------------------


def _raise(services: Services, incident: int, body: Any) -> None:
    act = parse(values.ReasonAct, body)
    services.engine.command.raise_to_large(incident, act.who, act.reason)


def _lower(services: Services, incident: int, body: Any) -> None:
    act = parse(values.ReasonAct, body)
    services.engine.command.lower(incident, act.who, act.reason)


def _merge(services: Services, incident: int, body: Any) -> None:
    act = parse(values.MergeAct, body)
    services.engine.command.merge(incident, incident_number(act.into), act.who, act.reason)


def _take_out(services: Services, incident: int, body: Any) -> None:
    act = parse(values.ReasonAct, body)
    services.engine.command.take_out(incident, act.who, act.reason)


def _split(services: Services, incident: int, body: Any) -> dict[str, Any]:
    act = parse(values.SplitAct, body)
    new = services.engine.command.split(incident, act.keys, act.who, act.reason)
    return {"split_into": public_incident(new)}


def _close(services: Services, incident: int, body: Any) -> None:
    act = parse(values.ReasonAct, body)
    services.engine.close_incident(incident, act.reason, act.who.actor)


def _reopen(services: Services, incident: int, body: Any) -> None:
    act = parse(values.ReasonAct, body)
    services.engine.reopen_incident(incident, act.reason, act.who.actor)


VERBS: dict[str, Verb] = {
    "take": _take,
    "offer": _offer,
    "accept": _accept,
    "decline": _decline,
    "withdraw": _withdraw,
    "assign": _assign,
    "task-accept": _task_accept,
    "task-done": _task_done,
    "task-check": _task_check,
    "task-cancel": _task_cancel,
    "note": _note,
    "called": _called,
    "threat": _threat,
    "raise": _raise,
    "lower": _lower,
    "merge": _merge,
    "take-out": _take_out,
    "split": _split,
    "close": _close,
    "reopen": _reopen,
}
