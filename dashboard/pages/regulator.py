"""`/regulator` 监管转办: what is due to which regulator; `/regulator/<case>` is one of them.

The server lays out the sections; assets/regulator*.js fill them from `/live/regulator-cases`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.components import panel
from dashboard.i18n import t
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.REGULATOR, "reg", "mountRegulator")


def register(app: Any, services: Services) -> None:
    """Add both pages and what wakes their script."""
    del services
    app.pages.add(Page(
        "/regulator", "page.regulator", _list, skeleton=_list, nav="nav.regulator", more=True
    ))  # fmt: skip
    app.pages.add(Page(
        "/regulator/<case>", "page.regulator_case", _one, skeleton=html.Div,  # ids stand once
    ))  # fmt: skip
    _PAGE.wake(app)


def _list() -> Any:
    return _PAGE.frame(
        {"id": None},
        html.Section(id="regulator-figures", className="reg-figures"),
        html.Div(
            [
                panel(
                    t("reg.list"),
                    html.Div(id="regulator-filters", className="reg-filters"),
                    html.Div(id="regulator-list", **{"aria-live": "polite"}),
                ),
                panel(t("reg.due_title"), html.Div(id="regulator-due")),
            ],
            className="reg-columns",
        ),
    )


def _one(case: str) -> Any:
    return _PAGE.frame(
        {"id": case},
        html.Div(id="regulator-bar", className="reg-bar"),
        html.Div(
            [
                html.Div(_sections("demands", "reply", "contacts"), className="reg-main"),
                html.Div(_sections("clocks", "filings", "linked"), className="reg-side"),
            ],
            className="reg-columns",
        ),
    )


def _sections(*names: str) -> list[Any]:
    return [panel(t(f"reg.{name}"), html.Div(id=f"regulator-{name}")) for name in names]
