"""`/account` 我的账号: where one is signed in, password, second factor.

The server lays out the frame; assets/account.js fills it from `/live/account`.
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

_READING = ReadingPage(ids.ACCOUNT, "acct", "mountAccount")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    app.pages.add(Page("/account", "page.account", _layout, skeleton=_skeleton))
    _READING.wake(app)


def _layout() -> Any:
    return _frame({})


def _skeleton() -> Any:
    return _frame(None)


def _frame(wanted: dict[str, Any] | None) -> Any:
    return _READING.frame(
        wanted,
        panel(t("acct.sessions"), html.Div(id="account-sessions")),
        panel(t("acct.factor"), html.Div(id="account-factor")),
        panel(t("acct.password"), html.Div(id="account-password")),
    )
