"""Behind `/people`: accounts and their roles, for administrators (the gate sees to that).

No viewer's connection can read accounts: it works on the whole database, and holds the
administrator's area by itself.
"""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from core.clock import iso
from core.rights import Access
from dashboard.account_routes import signed_in
from dashboard.admin_area import admit_to_account, own_accounts, own_person, own_unit
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from dashboard.signin import accounts
from dashboard.signin.passwords import one_time_password

Word = Annotated[str, Field(max_length=60)]
Roles = Annotated[tuple[Access, ...], Field(max_length=len(Access))]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewBody(_Body):
    """A new account."""

    login: Word
    name: Word
    unit: Word
    roles: Roles
    person: int | None = None


class ChangeBody(_Body):
    """Other roles, another unit."""

    unit: Word
    roles: Roles


class ResetBody(_Body):
    """A new one-time password; `factor`: the second factor is set up anew too."""

    factor: bool = False


def register(server: Flask, services: Services) -> None:
    """Add ``/live/people``; endpoints ``people_page.*``, right MANAGE_PEOPLE."""
    routes = page_blueprint("people_page", "/live/people")
    for add in (_reads, _accounts, _standing):
        add(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def everybody() -> Response:
        """The accounts of one's area, and the units that an account may be of."""
        _, who = signed_in()

        def read(connection: Connection) -> dict[str, Any]:
            units = connection.execute(_UNITS, {"area": who.area})
            mine = own_accounts(connection, who)
            return {
                "accounts": [
                    _line(one, who.id) for one in accounts.listed(connection) if one.id in mine
                ],
                "units": [{"code": unit.code, "name": unit.name} for unit in units],
                "roles": [role.value for role in Access],
            }

        return jsonify(services.whole.read(read))

    @routes.get("/persons")
    def persons() -> Response:
        """The people whom the contacts know at a unit (``?unit=CODE``): id, name, post."""
        _, who = signed_in()
        asked = {"unit": request.args.get("unit", ""), "area": who.area}
        found = services.whole.read(lambda c: c.execute(_PERSONS, asked).all())
        return jsonify(
            persons=[{"id": row.id, "name": row.name, "post": row.post} for row in found]
        )


def _accounts(routes: Blueprint, services: Services) -> None:
    @routes.post("")
    def create() -> tuple[Response, int]:
        """A new account; its one-time password is in this answer and nowhere else."""
        site, who = signed_in()
        body = parse(NewBody, request.get_json())
        password = one_time_password()
        hashed = site.door.passwords.hash(password)

        def work(connection: Connection) -> None:
            unit = own_unit(connection, who, body.unit)
            person = own_person(connection, who, body.person)
            value = accounts.NewAccount(body.login, body.name, unit, body.roles, person)
            accounts.create(connection, value, hashed, actor=who.actor)

        services.whole.run(work)
        return jsonify(password=password), 201

    @routes.post("/<int:account>/change")
    def change(account: int) -> Response:
        """Other roles or another unit; its sessions end."""
        site, who = signed_in()
        body = parse(ChangeBody, request.get_json())

        def work(connection: Connection) -> None:
            admit_to_account(connection, who, account)
            unit = own_unit(connection, who, body.unit)
            accounts.change(connection, account, roles=body.roles, unit=unit, actor=who.actor)

        services.whole.run(work)
        site.sessions.forget()
        return jsonify(saved=True)

    @routes.post("/<int:account>/reset")
    def reset(account: int) -> Response:
        """A one-time password in place of a lost one; its sessions end."""
        site, who = signed_in()
        body = parse(ResetBody, request.get_json())
        password = one_time_password()
        hashed = site.door.passwords.hash(password)

        def work(connection: Connection) -> None:
            admit_to_account(connection, who, account)
            accounts.reset(connection, account, hashed, factor=body.factor, actor=who.actor)

        services.whole.run(work)
        site.sessions.forget()
        return jsonify(password=password)


def _standing(routes: Blueprint, services: Services) -> None:
    @routes.post("/<int:account>/disable")
    def disable(account: int) -> Response:
        """Nobody signs in with it any more; its sessions end."""
        site, who = signed_in()

        def work(connection: Connection) -> None:
            admit_to_account(connection, who, account)
            accounts.disable(connection, account, actor=who.actor)

        services.whole.run(work)
        site.sessions.forget()
        return jsonify(saved=True)

    @routes.post("/<int:account>/enable")
    def enable(account: int) -> Response:
        _, who = signed_in()

        def work(connection: Connection) -> None:
            admit_to_account(connection, who, account)
            accounts.enable(connection, account, actor=who.actor)

        services.whole.run(work)
        return jsonify(saved=True)


def _line(one: accounts.Account, me: int) -> dict[str, Any]:
    return {
        "id": one.id, "login": one.login, "name": one.name, "unit": one.unit,
        "unit_name": one.unit_name, "roles": [role.value for role in one.roles],
        "must_change": one.must_change, "factor": one.second_factor, "disabled": one.disabled,
        "seen": iso(one.seen) if one.seen else None, "sessions": one.sessions, "me": one.id == me,
    }  # fmt: skip


_UNITS = sa.text(
    "SELECT code, name FROM units WHERE active AND starts_with(path, :area)"
    " ORDER BY array_length(string_to_array(path, '/'), 1), pinyin, code"
)
_PERSONS = sa.text(
    "SELECT p.id, p.name, p.post FROM people p JOIN units u ON u.id = p.unit_id"
    " WHERE u.code = :unit AND p.active AND starts_with(u.path, :area) ORDER BY p.pinyin, p.id"
)
