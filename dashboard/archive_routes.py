"""Behind `/archive`: complaints' papers, sent up, listed and found.

Papers are masked; in the clear only by a POST from our own page that says why, journalled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.clock import iso
from core.errors import FenghuoError, FieldFault, InvalidInput
from core.paper import Block, Heading, PageBreak, Paper
from core.validation import Storable
from dashboard.api_values import parse
from dashboard.archive_papers import complaint_file_paper, handling_form_paper
from dashboard.archive_parts import Say
from dashboard.archive_register_paper import register_paper
from dashboard.archive_whole_paper import whole_file_paper
from dashboard.i18n import lang
from dashboard.page_routes import page_blueprint, refusal
from dashboard.page_times import moment
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.services import Services
from dashboard.ticket_setup import setup_of
from dashboard.whoami import Acting, actor, me, viewer
from escalation import ticket_filters
from escalation.archive_desk import MOST_AT_ONCE
from escalation.archive_list import DEFAULT_SORT, Wanted
from escalation.engine import now_of
from escalation.ids import complaint_number
from escalation.ticket_store import Worker

Key = Annotated[Storable, StringConstraints(max_length=40)]
Value = Annotated[Storable, StringConstraints(max_length=200)]
Text = Annotated[Storable, StringConstraints(max_length=80)]
Number = Annotated[Storable, StringConstraints(max_length=20)]
TABLE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMS = "any(own,file,form,whole)"
_FOOT_REASON = 40
_OF_PLAN = {"complaint_file": "file", "handling_form": "form", "acceptance_register": "file"}


class Reason(BaseModel):
    """Why clients are shown in full."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: Annotated[Storable, StringConstraints(min_length=1, max_length=200)]


class Listing(BaseModel):
    """What the list is asked for; the searched text comes in a body, never in an address."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    filters: dict[Key, Annotated[tuple[Value, ...], Field(max_length=50)]] = Field(
        default_factory=dict, max_length=40
    )
    sort: Key = DEFAULT_SORT
    text: Text = ""
    after: Annotated[str, StringConstraints(max_length=300)] = ""

    def wanted(self) -> Wanted:
        """InvalidInput for a filter that there is not."""
        return Wanted(ticket_filters.parse(self.filters), self.sort, self.text.strip(), self.after)


class View(BaseModel):
    """A way to look at the list, under a name. It has no text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[Storable, StringConstraints(max_length=80)]
    filters: dict[Key, Annotated[tuple[Value, ...], Field(max_length=50)]] = Field(
        default_factory=dict, max_length=40
    )
    sort: Key = DEFAULT_SORT


class ViewName(BaseModel):
    """Which view is forgotten."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[Storable, StringConstraints(max_length=80)]


class Export(Listing):
    """The list as a table, and why."""

    reason: Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
    kind: Literal["csv", "xlsx"] = "xlsx"


class Sending(Acting):
    """Which files go up, and to whom."""

    complaints: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]
    to: Literal["branch", "head_office"]


def register(server: Flask, services: Services) -> None:
    """Add ``/live/archive``; endpoints ``archive_page.*`` with a right each."""
    routes = page_blueprint("archive_page", "/live/archive")
    _list(routes, services)
    _views(routes, services)
    _papers(routes, services)
    _acts(routes, services)
    server.register_blueprint(routes)
    printing = Blueprint("archive_print", __name__, url_prefix="/live/archive")
    printing.register_error_handler(FenghuoError, refusal)
    _in_clear(printing, services)
    server.register_blueprint(printing)


def _list(routes: Blueprint, services: Services) -> None:
    @routes.post("/list")
    def listed() -> Response:
        """One page of the list."""
        wanted = parse(Listing, request.get_json()).wanted()
        return fresh({**services.engine.archive.page(wanted), "now": iso(now_of(services.engine))})

    @routes.post("/count")
    def counted() -> Response:
        """How many hits, asked beside the page so that none waits for the other."""
        wanted = parse(Listing, request.get_json()).wanted()
        return fresh(services.engine.archive.count(wanted))

    @routes.post("/export")
    def export() -> Response:
        """What the list shows as a download; who, when and why stand in its first lines."""
        body = parse(Export, request.get_json())
        made = services.engine.archive.export(body.wanted(), body.reason, actor(), body.kind)
        answer = Response(made, mimetype=TABLE_TYPES[body.kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="complaints.{body.kind}"'
        answer.cache_control.no_store = True
        return answer


def _views(routes: Blueprint, services: Services) -> None:
    @routes.get("/setup")
    def setup() -> Response:
        """What the filters offer, one's saved views, whose month may be printed."""
        house = services.engine.house
        tree = house.tree()
        offered = setup_of(house)
        own = tree.get(viewer().unit_id)
        return fresh({
            "views": services.engine.archive.views(viewer().id),
            "classes": offered["classes"], "unit": own.code, "unit_name": own.short_name,
            "level": own.level.value,
            "units": [{k: u[k] for k in ("code", "short", "branch", "keys")}
                      for u in offered["units"]
                      if (found := tree.by_code(u["code"])) and found.path.startswith(house.area)],
        })  # fmt: skip

    @routes.post("/views")
    def save() -> Response:
        """Keep a view, in the place of one of the same name; every view there is now."""
        body = parse(View, request.get_json())
        wanted = Wanted(ticket_filters.parse(body.filters), body.sort)
        services.engine.archive.save_view(viewer().id, body.name, wanted)
        return fresh({"views": services.engine.archive.views(viewer().id)})

    @routes.post("/views/remove")
    def remove() -> Response:
        body = parse(ViewName, request.get_json())
        services.engine.archive.remove_view(viewer().id, body.name)
        return fresh({"views": services.engine.archive.views(viewer().id)})


def _papers(routes: Blueprint, services: Services) -> None:
    @routes.get(f"/<complaint>/<{_FORMS}:form>.<{KINDS}:kind>")
    def paper(complaint: str, form: str, kind: str) -> Response:
        """One complaint's paper, masked."""
        file = services.engine.archive.file(complaint_number(complaint))
        made = _made(file, form, Say(lang())("arc.masked_foot"))
        return paper_answer(services, made, kind, f"{form}-{file['complaint']}")

    @routes.get(f"/papers.<{KINDS}:kind>")
    def many(kind: str) -> Response:
        """The papers of ``?complaints=C1,C2``, each in its plan's form, masked, as one."""
        numbers = [complaint_number(one) for one in request.args.get("complaints", "").split(",")]
        if len(numbers) > MOST_AT_ONCE:
            raise InvalidInput([FieldFault(
                "complaints", f"一次最多打印{MOST_AT_ONCE}件", "are too many at once",
                "请分批打印", f"at most {MOST_AT_ONCE}",
            )])  # fmt: skip
        foot = Say(lang())("arc.masked_foot")
        made = [_made(services.engine.archive.file(n), "own", foot) for n in numbers]
        return paper_answer(services, joined(made), kind, "complaint-files")

    @routes.get(f"/register.<{KINDS}:kind>")
    def month(kind: str) -> Response:
        """客户投诉受理情况表 of ``?unit=&month=``."""
        asked = request.args
        found = services.engine.archive.register(asked.get("unit", ""), asked.get("month", ""))
        name = f"register-{found['unit_code']}-{found['month']}"
        return paper_answer(services, register_paper(found, lang()), kind, name)


def _in_clear(routes: Blueprint, services: Services) -> None:
    @routes.post(f"/<complaint>/<{_FORMS}:form>.<{KINDS}:kind>")
    def revealed(complaint: str, form: str, kind: str) -> Response:
        """The same in the clear: a form that opens in a tab of its own; its foot says why."""
        reason = parse(Reason, request.form.to_dict()).reason.strip()
        say = Say(lang())
        file = services.engine.archive.file_in_clear(
            complaint_number(complaint), form, reason, actor()
        )
        at = moment(iso(now_of(services.engine)))
        note = say("arc.revealed", by=viewer().name, time=at, reason=reason)
        short = reason if len(reason) <= _FOOT_REASON else f"{reason[:_FOOT_REASON]}…"
        made = _made(file, form, say("arc.revealed_foot", reason=short), note)
        return paper_answer(services, made, kind, f"{form}-{file['complaint']}")


def _made(file: dict[str, Any], form: str, foot: str, note: str = "") -> Paper:
    chosen = _OF_PLAN[file["form"]] if form == "own" else form
    make = {
        "file": complaint_file_paper, "form": handling_form_paper, "whole": whole_file_paper,
    }[chosen]  # fmt: skip
    return make(file, lang(), foot, note)


def _acts(routes: Blueprint, services: Services) -> None:
    @routes.post("/send-up")
    def send_up() -> Response:
        """Files sent to the branch or to head office; of each that was not, which of them by its
        place in the request, and why."""
        act = parse(Sending, request.get_json())
        numbers = [complaint_number(one) for one in act.complaints]
        results = services.engine.archive.send_up(numbers, act.to, worker())
        refused = [
            {"nth": nth, "error": _said(error)}
            for nth, error in enumerate(results) if error is not None
        ]  # fmt: skip
        return fresh({"sent": len(numbers) - len(refused), "refused": refused})


def joined(papers: list[Paper]) -> Paper:
    """Several papers as one, each on a sheet of its own under its number."""
    blocks: list[Block] = []
    for paper in papers:
        blocks += [*([PageBreak()] if blocks else []), Heading(paper.number), *paper.blocks]
    return replace(papers[0], number="", blocks=tuple(blocks))


def worker() -> Worker:
    """Whoever is signed in, in their seat. NotAllowed without one."""
    who = me()
    return Worker(who.name, who.role.value, who.actor, viewer().unit_id, who.person_id)


def _said(error: FenghuoError) -> str:
    if isinstance(error, InvalidInput):
        return "；".join(f.message(lang()) for f in error.faults)
    body: dict[str, Any] = refusal(error).get_json()
    return str(body["error"])


def fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
