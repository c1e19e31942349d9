"""What the sign-in pages look like: plain HTML without any script, outside the Dash shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from flask import Response, make_response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.i18n import lang, t
from dashboard.signin.second_factor import qr_image

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "data"),
    autoescape=True,
    undefined=StrictUndefined,
)
_TITLES = {
    "sign_in": "in.title",
    "code": "in.code_title",
    "enrol": "in.enrol_title",
    "codes": "in.codes_title",
    "password": "in.new_title",
}


@dataclass(frozen=True)
class DemoButton:
    """One person whom a click signs in as; `what` says as what and where."""

    login: str
    name: str
    what: str
    main: bool


@dataclass(frozen=True)
class View:
    """One of the pages. `said` is in words already; `state` of it is bad or ok."""

    step: str
    token: str
    next: str = "/"
    said: str = ""
    state: str = "bad"
    login: str = ""
    demo: Sequence[DemoButton] = ()
    secret: str = field(default="", repr=False)
    uri: str = field(default="", repr=False)
    codes: Sequence[str] = field(default=(), repr=False)


def render(view: View, bank: str, status: int = 200) -> Response:
    """The page as an answer, in the viewer's language."""
    html = _TEMPLATES.get_template("sign_in.html").render(
        t=t,
        title=t(_TITLES[view.step]),
        html_lang="zh-CN" if lang() == "zh" else "en",
        bank=bank,
        next_query=f"&next={quote(view.next)}" if view.next != "/" else "",
        qr=qr_image(view.uri) if view.uri else "",
        **{
            "step": view.step, "token": view.token, "next": view.next, "said": view.said,
            "said_state": view.state, "login": view.login, "demo": view.demo,
            "secret": " ".join(view.secret[at : at + 4] for at in range(0, len(view.secret), 4)),
            "codes": view.codes,
        },
    )  # fmt: skip
    return make_response(html, status)
