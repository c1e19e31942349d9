"""`/rights` 权限表: `core.rights.TABLE` as a person reads it. Nothing is read but the table."""

from __future__ import annotations

from typing import Any

from dash import html

from core.rights import TABLE, Access, Right
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services


def register(app: Any, services: Services) -> None:
    """Add the page."""
    app.pages.add(Page("/rights", "page.rights", layout, skeleton=layout))


def layout() -> Any:
    """The table: a row a right, a column a role."""
    heads = [html.Th(t("rights.right"), scope="col")]
    heads += [html.Th(t(f"access.{role.value}"), scope="col") for role in Access]
    table = html.Table(
        [
            html.Caption(t("page.rights"), className="fh-hidden"),
            html.Thead(html.Tr(heads)),
            html.Tbody([_row(right) for right in Right]),
        ],
        className="rights-table",
    )
    return html.Div(
        [
            html.H1(t("page.rights")),
            html.P(t("rights.intro"), className="fh-meta"),
            html.Div(table, className="rights-scroll", tabIndex=0, role="region",
                     **{"aria-label": t("page.rights")}),
        ],
        id="rights",
        className="rights-page",
    )  # fmt: skip


def _row(right: Right) -> Any:
    cells = [_cell(role in TABLE[right], role) for role in Access]
    return html.Tr([html.Th(t(f"right.{right.value}"), scope="row"), *cells])


def _cell(may: bool, role: Access) -> Any:
    word = html.Span(t("rights.yes" if may else "rights.no"), className="fh-hidden")
    mark = html.Span("●" if may else "–", **{"aria-hidden": "true"})
    return html.Td(
        [mark, word],
        **{"data-may": "yes" if may else "no", "data-role": t(f"access.{role.value}")},
    )
