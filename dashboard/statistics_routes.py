"""Behind 统计: the statistics of a unit and period, the standing reports, and both as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, request

from complaints.statistics_periods import KINDS, after, before, parse_period, period_of
from core.clock import SHANGHAI
from core.rights import Right
from dashboard.i18n import lang
from dashboard.page_routes import page_blueprint
from dashboard.paper_answers import paper_answer
from dashboard.services import Services
from dashboard.statistics_charts import charts
from dashboard.statistics_paper import statistics_paper
from dashboard.statistics_shown import figure_rows, sections
from dashboard.statistics_xlsx import XLSX_TYPE, to_xlsx
from dashboard.whoami import viewer
from escalation.engine import now_of

_KINDS = "any(xlsx,pdf,docx)"


def register(server: Flask, services: Services) -> None:
    """Add ``/live/statistics``."""
    routes = page_blueprint("statistics_page", "/live/statistics")
    for add in (_reading, _files):
        add(routes, services)
    server.register_blueprint(routes)


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def read() -> Response:
        return _fresh(shown(_asked(services)))

    @routes.get("/reports")
    def reports() -> Response:
        return _fresh({"reports": services.engine.statistics.reports()})

    @routes.post("/reports/<int:report>")
    def opened(report: int) -> Response:
        """A report; who opens it is remembered."""
        found = services.engine.statistics.open_report(report, viewer())
        content = found.pop("content")
        return _fresh(shown(content) | {"report": found})


def _files(routes: Blueprint, services: Services) -> None:
    @routes.get(f"/paper/<{_KINDS}:kind>")
    def paper(kind: str) -> Response:
        return _file(services, kind, _asked(services), None)

    @routes.get(f"/reports/<int:report>/<{_KINDS}:kind>")
    def report_paper(report: int, kind: str) -> Response:
        found = services.engine.statistics.open_report(report, viewer())
        return _file(services, kind, found.pop("content"), found)


def _asked(services: Services) -> dict[str, Any]:
    return services.engine.statistics.read(request.args.get("period"), request.args.get("unit"))


def shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics in the viewer's language, as the page draws them."""
    language = lang()
    return {
        "made_at": found["made_at"], "unit": found["unit"],
        **{key: found[key] for key in ("period", "before", "year_before", "groups")},
        **_periods(found), "figures": figure_rows(found, language),
        "sections": [
            {**{k: getattr(section, k) for k in ("key", "title", "note", "header", "rest")},
             "rows": [[vars(cell) for cell in row] for row in section.rows]}
            for section in sections(found, language)
        ],
        "charts": charts(found, language),
        "open": viewer().may(Right.SEE_COMPLAINT),
    }  # fmt: skip


def _periods(found: Mapping[str, Any]) -> dict[str, Any]:
    """Where one may go from here: the period of each kind that the last day seen lies in, the one
    before and, where it has begun, the one after."""
    period = parse_period(found["period"]["name"])
    day = date.fromisoformat(found["period"]["through"])
    following = after(period)
    begun = following.since <= datetime.fromisoformat(found["made_at"]).astimezone(SHANGHAI).date()
    return {
        "kinds": {kind: period_of(kind, day).name for kind in KINDS},
        "earlier": before(period).name, "later": following.name if begun else None,
    }  # fmt: skip


def _file(
    services: Services, kind: str, found: dict[str, Any], report: dict[str, Any] | None
) -> Response:
    name = f"statistics-{found['unit']['code']}-{found['period']['name']}"
    if kind != "xlsx":
        return paper_answer(services, statistics_paper(found, lang(), report), kind, _ascii(name))
    answer = make_response(to_xlsx(
        found, lang(), author=services.settings.bank.name, exporter=viewer().name,
        made_at=now_of(services.engine),
    ))  # fmt: skip
    answer.mimetype = XLSX_TYPE
    answer.headers["Content-Disposition"] = f'attachment; filename="{_ascii(name)}.xlsx"'
    answer.cache_control.no_store = True
    return answer


def _ascii(name: str) -> str:
    """A unit's code may be anything; a file's name in a header may not."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)


def _fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
