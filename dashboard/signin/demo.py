"""The demo's accounts: real people of the demo bank, signed in by one click on one's own machine.

No password is known to anybody. The click works only where the demo started the process, on a
loopback address, for a request that comes straight from this machine under a loopback name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.rights import Access
from core.settings import is_loopback
from core.words import Role
from dashboard.signin.accounts import NewAccount, create
from dashboard.signin.passwords import Passwords, one_time_password

#: Set by `fenghuo demo` in the environment of the web process that it starts.
DEMO_VARIABLE = "FENGHUO_DEMO_SIGN_IN"
#: The drill's first crowd complains there, so that the branch head has something to answer.
BRANCH_OF_THE_HEAD = "SH"
_PROXIED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


@dataclass(frozen=True)
class DemoPerson:
    """One of them; `seat` says who of the unit's team it is, `main` is one of the three."""

    login: str
    access: Access
    unit: str
    seat: Role | None
    name: str = ""
    main: bool = False


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("demo.duty", Access.HEAD_OFFICE, "HO", Role.DUTY_OFFICER, main=True),
    DemoPerson("demo.branch", Access.BRANCH, BRANCH_OF_THE_HEAD, Role.BRANCH_LEADER, main=True),
    DemoPerson("demo.pr", Access.PR, "HO", Role.PR_OFFICER, main=True),
    DemoPerson("demo.hotline", Access.HOTLINE, "HO", Role.HO_HOTLINE),
    DemoPerson("demo.auditor", Access.AUDITOR, "HO", None, "罗静"),
    DemoPerson("demo.admin", Access.ADMINISTRATOR, "HO", None, "程远"),
)


def build(connection: Connection, hashes: Mapping[str, str]) -> None:
    """Make the accounts that are missing; `hashes` by login, of passwords that nobody knows."""
    for one in PEOPLE:
        seen = connection.execute(_KNOWN, {"login": one.login}).scalar_one_or_none()
        if seen is not None:
            continue
        keys = {"unit": one.unit, "role": one.seat.value if one.seat else None}
        person = connection.execute(_PERSON, keys).one_or_none()
        value = NewAccount(
            login=one.login,
            name=person.name if person else one.name or one.login,
            unit=one.unit,
            roles=(one.access,),
            person_id=person.id if person else None,
        )
        create(connection, value, hashes[one.login], actor="demo")
        connection.execute(_READY, {"login": one.login})


def unknown_passwords(checker: Passwords) -> dict[str, str]:
    """Hashes for `build`; made outside its transaction."""
    return {one.login: checker.hash(one_time_password()) for one in PEOPLE}


def offered(connection: Connection) -> list[tuple[DemoPerson, int, str, str]]:
    """The demo's people who can sign in: person, account's id, name, unit's short name."""
    rows = connection.execute(_OFFERED, {"logins": [one.login for one in PEOPLE]})
    found = {row.login: row for row in rows}
    return [
        (one, row.id, row.name, row.short_name)
        for one in PEOPLE
        if (row := found.get(one.login)) is not None
    ]


def one_click(
    environ: Mapping[str, str],
    *,
    bind: str,
    remote: str | None,
    host: str,
    headers: Collection[str],
) -> bool:
    """Whether one click may sign in. Pure; every condition must hold.

    `bind` is where the server listens, `remote` the peer's address, `host` the Host header's name
    without port, `headers` the names of its headers: one that a proxy adds means that the peer is
    not who asks.
    """
    return (
        environ.get(DEMO_VARIABLE) == "1"
        and is_loopback(bind)
        and is_loopback(remote or "")
        and is_loopback(host)
        and not _PROXIED & {name.lower() for name in headers}
    )


_KNOWN = sa.text("SELECT 1 FROM accounts WHERE login = :login")
_PERSON = sa.text(
    "SELECT p.id, p.name FROM team_members m JOIN units u ON u.id = m.unit_id"
    " JOIN people p ON p.id = m.person_id"
    " WHERE u.code = :unit AND m.role = :role AND p.active ORDER BY m.rank, m.id LIMIT 1"
)
_READY = sa.text("UPDATE accounts SET must_change = false WHERE login = :login")
_OFFERED = sa.text(
    "SELECT a.id, a.login, a.name, u.short_name FROM accounts a JOIN units u ON u.id = a.unit_id"
    " WHERE a.login = ANY(:logins) AND a.disabled_real IS NULL"
)
