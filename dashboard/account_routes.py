"""Behind `/account`: one's own sessions, password, second factor and recovery codes.

All of it is about the signed-in account alone, whose tables no viewer's connection can read: so it
works on the whole database, and every statement names the account's id.
"""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict
from core.viewer import Viewer
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from dashboard.signin import accounts, door, second_factor, sessions
from dashboard.signin_routes import SignIn, sign_in_of, when_words
from dashboard.whoami import viewer

Secret = Annotated[str, Field(min_length=1, max_length=200, repr=False)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PasswordBody(_Body):
    """A change of one's own password."""

    old: Secret
    password: Secret


class ConfirmBody(_Body):
    """One's password, to do what somebody at an unlocked screen must not."""

    password: Secret


class CodeBody(_Body):
    """The first code of a second factor."""

    code: Secret


def signed_in() -> tuple[SignIn, Viewer]:
    """The parts of sign-in, and who asks; that they may, the gate has seen to."""
    return sign_in_of(current_app.extensions), viewer()


def register(server: Flask, services: Services) -> None:
    """Add ``/live/account``; endpoints ``account_page.*``, right OWN_ACCOUNT."""
    routes = page_blueprint("account_page", "/live/account")
    for add in (_reads, _sessions, _password, _factor):
        add(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def mine() -> Response:
        """Who one is, where one is signed in, how the second factor stands."""
        site, who = signed_in()

        def read(connection: Connection) -> dict[str, Any]:
            row = connection.execute(_MINE, {"id": who.id}).one()
            lines = sessions.listed(connection, who.id, site.limits)
            return {
                "login": row.login,
                "name": row.name,
                "unit": row.short_name,
                "roles": sorted(role.value for role in who.roles),
                "seats": [seat.value for seat in who.seats],
                "sessions": [
                    {"id": line.id, "device": line.device, "address": line.address,
                     "seen": iso(line.seen), "ends": iso(line.ends),
                     "this": line.id == who.session_id}
                    for line in lines
                ],
                "factor": {
                    "since": iso(row.totp_since_real) if row.totp_since_real else None,
                    "codes_left": second_factor.recovery_codes_left(connection, who.id),
                    "required": bool(who.roles & set(site.limits.second_factor_roles)),
                },
            }  # fmt: skip

        return jsonify(services.whole.read(read))


def _sessions(routes: Blueprint, services: Services) -> None:
    @routes.post("/sessions/<int:session>/end")
    def end(session: int) -> Response:
        """End one of one's own sessions."""
        site, who = signed_in()

        def work(connection: Connection) -> None:
            sessions.end(connection, who.id, session, "ended_by_holder")
            accounts.note(connection, "session_ended", who.id, who.actor, session=session)

        services.whole.run(work)
        site.sessions.forget([session])
        return jsonify(ended=True)

    @routes.post("/sessions/end-others")
    def end_others() -> Response:
        """End all of one's sessions but this one."""
        site, who = signed_in()

        def work(connection: Connection) -> int:
            ended = sessions.end_all(connection, who.id, "ended_by_holder", keep=who.session_id)
            accounts.note(connection, "sessions_ended", who.id, who.actor, number=ended)
            return ended

        ended = services.whole.run(work)
        site.sessions.forget()
        return jsonify(ended=ended)


def _password(routes: Blueprint, services: Services) -> None:
    @routes.post("/password")
    def change() -> Response:
        """Change one's password; every other session ends."""
        site, who = signed_in()
        body = parse(PasswordBody, request.get_json())
        early = site.door.change_password(
            who.id, body.old, body.password, who.session_id, site.visitor(),
            actor=who.actor,
        )  # fmt: skip
        _in_time(early)
        site.sessions.forget()
        return jsonify(changed=True)


def _factor(routes: Blueprint, services: Services) -> None:
    @routes.post("/second-factor")
    def begin() -> Response:
        """A secret to scan, for one who has no second factor; asked with the password."""
        site, who = signed_in()
        body = parse(ConfirmBody, request.get_json())
        _in_time(site.door.confirm(who.id, body.password, site.visitor()))
        secret = site.door.begin(who.id)
        login = services.whole.read(lambda c: c.execute(_MINE, {"id": who.id}).one().login)
        uri = second_factor.uri(secret, login, services.settings.bank.name)
        return jsonify(secret=secret, qr=second_factor.qr_image(uri))

    @routes.post("/second-factor/prove")
    def prove() -> Response:
        """Take it into use by its first code; the recovery codes, shown only now."""
        site, who = signed_in()
        body = parse(CodeBody, request.get_json())
        codes = site.door.prove(who.id, body.code, who.actor, who.session_id)
        site.sessions.forget()
        return jsonify(codes=codes)

    @routes.post("/recovery-codes")
    def renew() -> Response:
        """Ten new recovery codes in place of the former; asked with the password."""
        site, who = signed_in()
        body = parse(ConfirmBody, request.get_json())
        _in_time(site.door.confirm(who.id, body.password, site.visitor()))
        return jsonify(codes=site.door.new_recovery_codes(who.id, who.actor))


def _in_time(early: door.TooSoon | None) -> None:
    if early is not None:
        said = when_words(early)
        raise Conflict(said, said)


_MINE = sa.text(
    "SELECT a.login, a.name, a.totp_since_real, u.short_name FROM accounts a"
    " JOIN units u ON u.id = a.unit_id WHERE a.id = :id"
)
