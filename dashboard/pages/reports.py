"""Reports of an incident: what is owed and what there is; one report to edit, sign and send.

The server lays out named, empty sections and hands over what it read; assets/reports*.js draw it,
read it again on every revision, and keep what is being typed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import dcc, html

from core.errors import NotFound, Unavailable
from dashboard import ids
from dashboard.components import failure, panel
from dashboard.i18n import t
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services
from escalation.ids import incident_number

_PAGE = ReadingPage(ids.REPORTS, "rep", "mountReports")


def register(app: Any, services: Services) -> None:
    """Add both pages and the callback that hands over what was read."""
    app.pages.add(Page(
        "/incidents/<incident>/reports", "page.reports", partial(_list, services),
        skeleton=partial(_list_sections, None),
    ))  # fmt: skip
    app.pages.add(Page(
        "/incidents/<incident>/reports/<int:report>", "page.reports", partial(_one, services),
        skeleton=html.Div,  # the same ids may not be laid out twice
    ))  # fmt: skip
    _PAGE.wake(app)


def _list(services: Services, incident: str) -> Any:
    try:
        view = services.engine.reports.listed(incident_number(incident))
    except NotFound:
        return _missing()
    except Unavailable:  # the browser asks again, and says why it cannot show anything
        view = None
    return _list_sections({"incident": incident, "report": None, "view": view})


def _one(services: Services, incident: str, report: int) -> Any:
    try:
        view = services.engine.reports.one(incident_number(incident), report)
    except NotFound:
        return _missing()
    except Unavailable:
        view = None
    return _frame({"incident": incident, "report": report, "view": view}, [
        html.Div([
            panel(t("rep.figures"), html.Div(id="report-figures")),
            panel(t("rep.changes"), html.Div(id="report-changes"), id="report-changes-panel"),
            panel(t("rep.times"), html.Div(id="report-times")),
            panel(t("rep.receipts"), html.Div(id="report-receipts"), id="report-receipts-panel"),
        ], className="rep-side"),
        html.Div([
            html.Div(id="report-conflict"),
            panel(t("rep.fields"), html.Div(id="report-fields", className="rep-fields")),
        ], className="rep-main"),
    ], bar=True)  # fmt: skip


def _missing() -> Any:
    back = dcc.Link(t("inc.to_list"), href="/incidents", className="fh-button inc-back")
    return html.Div([failure(t("rep.missing"), t("rep.missing_hint")), back], className="inc-none")


def _list_sections(data: dict[str, Any] | None) -> Any:
    return _frame(data, [
        panel(t("rep.owed"), html.Div(id="reports-owed")),
        panel(t("rep.list"), html.Div(id="reports-list")),
        panel(t("rep.new"), html.Div(id="reports-new")),
    ], bar=False)  # fmt: skip


def _frame(data: dict[str, Any] | None, sections: list[Any], *, bar: bool) -> Any:
    return _PAGE.frame(
        data,
        *([html.Div(id="report-bar", className="rep-bar")] if bar else []),
        html.Div(sections, className="rep-editor" if bar else "rep-lists"),
    )
