"""`/sign-in`, `/sign-in/step`, `/sign-out`: the way in and out, as plain forms.

That a form comes from one of our own pages is seen to for the whole server
(`web_safety/same_origin.py`); beside that, each brings a token tied to this browser's form cookie.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, redirect, request

from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput
from core.secrets import Variable
from core.viewer import Viewer
from dashboard.gate import first_page
from dashboard.i18n import COOKIE, lang, t
from dashboard.services import Services
from dashboard.signin import demo, second_factor, sessions
from dashboard.signin.door import Door, Expired, In, Owes, TooSoon, Visitor, Wrong
from dashboard.signin.keys import Keys
from dashboard.signin.passwords import Passwords
from dashboard.signin.tickets import HalfDone
from dashboard.signin_cookies import Cookies, local_path
from dashboard.signin_page import DemoButton, View, render

_EXTENSION = "fenghuo_sign_in"


class SignIn:
    """A web process's parts of sign-in, in ``server.extensions``.

    It works on the whole database: who signs in is not anybody yet, and the tables of accounts
    and sessions are no viewer's to read.
    """

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self.services, self.limits = services, settings.sign_in
        self.cookies = Cookies.of(settings)
        self.database, self.sessions = services.whole, services.sessions
        self.door = Door(
            services.whole,
            Keys.of(settings.secrets.text(Variable.SECRET_KEY)),
            settings.sign_in,
            Passwords(),
        )

    def viewer(self) -> Viewer | None:
        """Who is signed in in this browser already."""
        return self.sessions.find(request.cookies.get(self.cookies.session))

    def visitor(self) -> Visitor:
        return Visitor(
            address=request.remote_addr or "",
            user_agent=request.headers.get("User-Agent", "")[:400],
            device=self.door.tickets.device(request.cookies.get(self.cookies.device)),
        )

    def one_click(self) -> bool:
        """Whether this request may use the demo's one-click sign-in."""
        return demo.one_click(
            os.environ,
            bind=self.services.settings.web.bind,
            remote=request.remote_addr,
            host=urlsplit(f"//{request.host}").hostname or "",
            headers=list(request.headers.keys()),
        )


def sign_in_of(extensions: Mapping[str, Any]) -> SignIn:
    """The parts of sign-in among an app's extensions."""
    found = extensions[_EXTENSION]
    assert isinstance(found, SignIn)
    return found


def register(server: Flask, services: Services) -> None:
    """Add the routes; endpoints ``sign_in.form``, ``.enter``, ``.step``, ``.advance``, ``.demo``,
    ``.out``. All of them are for people without a session."""
    server.extensions[_EXTENSION] = site = SignIn(services)
    routes = Blueprint("sign_in", __name__)
    for add in (_entrance, _steps, _demo, _exit):
        add(routes, site)
    server.register_blueprint(routes)


# --- the entrance ------------------------------------------------------------------------------


def _entrance(routes: Blueprint, site: SignIn) -> None:
    @routes.get("/sign-in")
    def form() -> Response:
        """The form; with ``lang`` in the other language from now on."""
        wanted = local_path(request.args.get("next"))
        if request.args.get("lang") in ("zh", "en"):
            response = _go("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}")
            response.set_cookie(
                COOKIE, request.args["lang"], max_age=31_536_000, path="/", samesite="Lax"
            )
            return response
        if site.viewer() is not None:
            return _go(wanted)
        out = request.args.get("out") == "1"
        return _show(site, step="sign_in", next=wanted, said=t("in.out") if out else "",
                     state="ok")  # fmt: skip

    @routes.post("/sign-in")
    @_with_token(site)
    def enter() -> Response:
        """Judge login and password."""
        login = request.form.get("login", "")
        outcome = site.door.knock(login, request.form.get("password", ""), site.visitor())
        return _answer(site, outcome, step="sign_in", login=login.strip()[:60], wrong="in.wrong")


def _steps(routes: Blueprint, site: SignIn) -> None:
    @routes.get("/sign-in/step")
    def step() -> Response:
        """The step that is owed next."""
        half_done = _half_done(site)
        owed = site.door.owed(half_done)
        if half_done is None or owed is None:
            return _go("/sign-in")
        return _show_step(site, half_done, owed)

    @routes.post("/sign-in/step")
    @_with_token(site)
    def advance() -> Response:
        """Judge what was given for the owed step."""
        half_done = _half_done(site)
        if half_done is None:
            return _show(site, step="sign_in", said=t("in.stale"), status=401)
        done = _STEPS.get(request.form.get("do", ""))
        if done is None:
            return _go("/sign-in/step")
        try:
            return done(site, half_done)
        except Conflict:  # done in another window meanwhile
            return _go("/sign-in/step")


def _code(site: SignIn, half_done: HalfDone) -> Response:
    outcome = site.door.code(half_done, request.form.get("code", "")[:40], site.visitor())
    return _answer(site, outcome, step="code", wrong="in.code_wrong")


def _enrol(site: SignIn, half_done: HalfDone) -> Response:
    try:
        done = site.door.enrol(half_done, request.form.get("code", "")[:40])
    except InvalidInput:
        return _show_step(site, half_done, "enrol", said=t("in.code_wrong"), status=401)
    if done is None:
        return _go("/sign-in")
    response = _show(site, step="codes", codes=done[1])
    site.cookies.set(response, site.cookies.step, site.door.tickets.half_done_cookie(done[0]))
    return response


def _password(site: SignIn, half_done: HalfDone) -> Response:
    chosen = request.form.get("password", "")
    if chosen != request.form.get("again", ""):
        return _show_step(site, half_done, "password", said=t("in.new_differs"), status=422)
    try:
        outcome = site.door.new_password(half_done, chosen, site.visitor())
    except InvalidInput as error:
        language = lang()
        said = "；".join(f"{f.message(language)}：{f.remedy(language)}" for f in error.faults)
        if language == "en":
            said = "; ".join(f"{f.message(language)}: {f.remedy(language)}" for f in error.faults)
        return _show_step(site, half_done, "password", said=said, status=422)
    return _answer(site, outcome, step="sign_in", wrong="in.stale")


def _onward(site: SignIn, half_done: HalfDone) -> Response:
    outcome = site.door.onward(half_done, site.visitor())
    return _answer(site, outcome, step="sign_in", wrong="in.stale")


_STEPS: dict[str, Callable[[SignIn, HalfDone], Response]] = {
    "code": _code, "enrol": _enrol, "password": _password, "onward": _onward,
}  # fmt: skip


def _demo(routes: Blueprint, site: SignIn) -> None:
    @routes.post("/sign-in/demo")
    @_with_token(site)
    def one_click() -> Response:
        """Sign in as one of the demo's people."""
        if not site.one_click():
            return _show(site, step="sign_in", said=t("in.demo_refused"), status=403)
        people = site.database.read(demo.offered)
        wanted = request.form.get("who")
        account = next((number for one, number, *_ in people if one.login == wanted), None)
        if account is None:
            return _show(site, step="sign_in", said=t("in.stale"), status=404)
        return _let_in(site, site.door.let_in(account, "demo", site.visitor()))


def _exit(routes: Blueprint, site: SignIn) -> None:
    @routes.post("/sign-out")
    def out() -> Response:
        """End this session; no token is asked, for ending it does nobody harm."""
        cookie = request.cookies.get(site.cookies.session)
        if cookie:
            site.database.run(lambda c: sessions.end_cookie(c, cookie, "signed_out"))
            site.sessions.forget()
        response = _go("/sign-in?out=1")
        for name in (site.cookies.session, site.cookies.step):
            site.cookies.drop(response, name)
        return response


# --- answers -----------------------------------------------------------------------------------


def _answer(
    site: SignIn, outcome: Wrong | Expired | TooSoon | Owes | In, *, step: str, wrong: str,
    login: str = "",
) -> Response:  # fmt: skip
    if isinstance(outcome, In):
        return _let_in(site, outcome)
    if isinstance(outcome, Owes):
        wanted = _next()
        response = _go("/sign-in/step" if wanted == "/" else f"/sign-in/step?next={quote(wanted)}")
        ticket = site.door.tickets.half_done_cookie(outcome.half_done)
        site.cookies.set(response, site.cookies.step, ticket)
        return response
    if isinstance(outcome, TooSoon):
        response = _show(site, step=step, login=login, said=when_words(outcome), status=429)
        response.headers["Retry-After"] = str(outcome.seconds)
        return response
    said = t("in.expired") if isinstance(outcome, Expired) else t(wrong)
    return _show(site, step=step, login=login, said=said, status=401)


def _let_in(site: SignIn, entered: In) -> Response:
    """The new session's cookie; one that this browser held before ends, and is not used on."""
    response = _go(_first_page(site, entered.cookie))
    former = request.cookies.get(site.cookies.session)
    if former:
        site.database.run(lambda c: sessions.end_cookie(c, former, "signed_in_again"))
        site.sessions.forget()
    site.cookies.set(response, site.cookies.session, entered.cookie)
    site.cookies.set(response, site.cookies.device, site.door.tickets.device_cookie(entered.device))
    site.cookies.drop(response, site.cookies.step)
    site.cookies.drop(response, site.cookies.form)
    return response


def _first_page(site: SignIn, cookie: str) -> str:
    """Where they wanted to go; instead of a board that is not theirs, a page that is."""
    wanted = _next()
    return wanted if wanted != "/" else first_page(site.sessions.find(cookie))


def when_words(outcome: TooSoon) -> str:
    """When to try again, in words: real time in Shanghai, and how long that is."""
    long = outcome.seconds > 90
    wait = t("in.minutes", n=-(-outcome.seconds // 60)) if long else t(
        "in.seconds", n=outcome.seconds
    )  # fmt: skip
    return t("in.too_soon", time=outcome.at.astimezone(SHANGHAI).strftime("%H:%M:%S"), wait=wait)


def _show_step(
    site: SignIn, half_done: HalfDone, step: str, said: str = "", status: int = 200
) -> Response:
    if step != "enrol":
        return _show(site, step=step, said=said, status=status)
    try:
        offer = site.door.offer(half_done)
    except Conflict:
        offer = None
    if offer is None:
        return _go("/sign-in")
    secret, login = offer
    uri = second_factor.uri(secret, login, site.services.settings.bank.name)
    return _show(site, step=step, said=said, secret=secret, uri=uri, status=status)


def _show(site: SignIn, *, step: str, status: int = 200, **more: Any) -> Response:
    """A page whose forms have a token, tied to a cookie that is made where there is none."""
    held = request.cookies.get(site.cookies.form)
    cookie = held or secrets.token_urlsafe(24)
    more.setdefault("next", _next())
    if step == "sign_in" and site.one_click():
        more["demo"] = _buttons(site)
    view = View(step=step, token=site.door.tickets.form_token(cookie), **more)
    response = render(view, site.services.settings.bank.name, status)
    if held is None:
        site.cookies.set(response, site.cookies.form, cookie)
    return response


def _buttons(site: SignIn) -> list[DemoButton]:
    return [
        DemoButton(
            one.login, name,
            f"{unit} · {t(one.seat.value)}" if one.seat and one.main
            else t(f"access.{one.access.value}"),
            one.main,
        )
        for one, _, name, unit in site.database.read(demo.offered)
    ]  # fmt: skip


def _with_token(site: SignIn) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Refuse a form without the token of this browser's form cookie."""

    def guard(view: Callable[[], Response]) -> Callable[[], Response]:
        def checked() -> Response:
            cookie = request.cookies.get(site.cookies.form)
            if not site.door.tickets.form_holds(cookie, request.form.get("token", "")):
                return _show(site, step="sign_in", said=t("in.stale"), status=400)
            return view()

        checked.__name__ = view.__name__
        return checked

    return guard


def _half_done(site: SignIn) -> HalfDone | None:
    return site.door.tickets.half_done(request.cookies.get(site.cookies.step))


def _next() -> str:
    return local_path(request.form.get("next") or request.args.get("next"))


def _go(path: str) -> Response:
    """See other: a path of ours."""
    response = redirect(path, 303)
    assert isinstance(response, Response)
    return response
