"""The shell around every page: name, ages of data and engine, navigation, language, sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Input, Output, dcc, html

from core.rights import Access
from core.viewer import Viewer
from dashboard import ids
from dashboard.components import failure
from dashboard.gate import first_page, may_open
from dashboard.i18n import lang, t
from dashboard.routing import Page, Pages
from dashboard.whoami import viewer_or_none

_HIDDEN = {"aria-hidden": "true"}


def shell(pages: Pages, bank: str) -> Any:
    """The layout of the whole app; the page itself is put in by `register_routing`."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh="callback-nav"),
            html.A(t("nav.skip"), href=f"#{ids.PAGE}", className="fh-skip"),
            _header(pages, bank),
            html.Div(id=ids.BANNERS, className="fh-banners"),
            html.Div(id=ids.PAGE, className="fh-page", tabIndex=-1),
            html.Div(
                id=ids.ANNOUNCE,
                className="fh-hidden",
                role="status",
                **{"aria-live": "assertive"},
            ),
        ],
        className="fh-shell",
    )


def _header(pages: Pages, bank: str) -> Any:
    viewer = viewer_or_none()
    offered = [p for p in pages if p.nav and (viewer is None or may_open(p.path, viewer))]
    daily = [p for p in offered if not p.more] or offered  # who has few pages has them all in sight
    others = [p for p in offered if p not in daily]
    mark = html.Span(html.I(**_HIDDEN), className="fh-mark", **_HIDDEN)
    brand = dcc.Link(
        [mark, html.B(t("app.name")), html.Span(bank, className="fh-bank")],
        href=first_page(viewer) if viewer else "/",
        className="fh-brand",
    )
    return html.Header(
        [
            brand,
            html.Span(id="fh-drill", className="fh-drill"),
            html.Nav(_links(daily), className="fh-nav", **{"aria-label": t("nav.label")}),
            *([_more(others)] if others else []),
            html.Div(_ages(), className="fh-ages", id="fh-ages", role="status"),
            html.Time("--:--:--", id="fh-clock", className="fh-clock", title=t("head.time")),
            html.Div([_switch("sound", t("head.sound_on"))], className="fh-switches"),
            *([] if viewer is None else [_me(viewer)]),
        ],
        id=ids.HEADER,
        className="fh-header",
    )


def _links(pages: Sequence[Page]) -> list[Any]:
    return [dcc.Link(t(str(p.nav)), href=p.path, className="fh-nav-link") for p in pages]


def _more(pages: Sequence[Page]) -> Any:
    """What one looks up now and then: behind one entry, so that the day's work stays in sight."""
    return html.Details(
        [html.Summary(t("nav.more")), html.Nav(
            _links(pages), className="fh-more-menu", **{"aria-label": t("nav.more")})],
        className="fh-more",
    )  # fmt: skip


def _me(viewer: Viewer) -> Any:
    """Who is signed in, the seat they act in, what they see, their account and the way out.

    How the pages look (theme, language) is chosen here too; assets/viewer.js.
    """
    roles = "、".join(t(f"access.{role.value}") for role in Access if role in viewer.roles)
    seat = t(viewer.seat.value) if viewer.seat else roles
    choice: list[Any] = []
    if len(viewer.seats) > 1:
        options = [html.Option(t(one.value), value=one.value) for one in viewer.seats]
        choice = [html.Label([html.Span(t("me.act_as")), html.Select(options, id="fh-seat")])]
    return html.Details(
        [
            html.Summary(
                [html.B(viewer.name), html.Small(seat)],
                **{"aria-label": t("me.menu").format(name=f"{viewer.name} {seat}")},
            ),
            html.Div(
                [
                    html.P(
                        [
                            html.B(viewer.name),
                            html.Small(t(viewer.seat.value) if viewer.seat else t("me.no_seat")),
                            html.Span(
                                t("me.area").format(unit=viewer.unit, roles=roles),
                                className="fh-meta",
                            ),
                        ]
                    ),
                    *choice,
                    *(
                        dcc.Link(t(words), href=path, className="fh-button")
                        for path, words in (("/account", "me.account"), ("/rights", "page.rights"))
                        if may_open(path, viewer)
                    ),
                    html.Div(
                        [
                            _switch("theme", t("head.theme"), t("head.theme_label")),
                            _switch("language", t("head.language"), t("head.language_label")),
                        ],
                        className="fh-me-switches",
                    ),
                    html.Button(
                        t("me.sign_out"),
                        type="button",
                        className="fh-button",
                        **{"data-action": "sign-out"},
                    ),
                ],
                className="fh-me-menu",
            ),
        ],
        className="fh-me",
    )


def _ages() -> list[Any]:
    def age(key: str) -> Any:
        return html.Span(
            [
                html.I(className="fh-shape", **_HIDDEN),
                html.Span(t(f"head.{key}"), className="fh-age-name"),
                html.Span("–", className="fh-age-value", id=f"fh-age-{key}"),
            ],
            className="fh-age",
            id=f"fh-age-box-{key}",
            **{"data-state": "waiting"},
        )

    return [age("link"), age("data"), age("engine")]


def _switch(key: str, text: str, label: str | None = None) -> Any:
    named = {} if label is None else {"aria-label": label, "title": label}
    return html.Button(
        text,
        id=f"fh-switch-{key}",
        className="fh-switch",
        type="button",
        **{"data-action": f"switch-{key}"},
        **named,
    )


def register_routing(app: Any, pages: Pages) -> None:
    """Show the page that belongs to the address."""

    @app.callback(Output(ids.PAGE, "children"), Input(ids.LOCATION, "pathname"))  # type: ignore[untyped-decorator]
    def show(pathname: str | None) -> Any:
        found = pages.match(pathname or "/")
        if found is None:
            return html.Main(failure(t("error.page"), t("error.page_hint")), className="fh-body")
        page, parts = found
        if not may_open(page.path, viewer_or_none()):
            return html.Main(_not_theirs(), className="fh-body")
        return frame(page, page.layout(**parts))


def _not_theirs() -> Any:
    """What a page says that their role does not open, and the way to one that it does."""
    home = dcc.Link(
        t("error.home"), href=first_page(viewer_or_none()), className="fh-button fh-button--plain"
    )
    said = failure(t("error.not_allowed"), t("error.not_allowed_hint"))
    return html.Div([said, html.Div(home, className="fh-actions")])


def frame(page: Page, content: Any) -> Any:
    """A page's content with what the browser needs to know of it (title, theme)."""
    title = f"{t(page.title)} · {t('app.name')}"
    return html.Main(
        content,
        className="fh-body",
        lang="zh-CN" if lang() == "zh" else "en",
        **{"data-title": title, "data-page-theme": page.theme},
    )
