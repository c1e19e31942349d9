"""A system's whole life, and then: no word of a client and no secret in any log or in the database.

Everything that touches a client or a secret is done once and wrongly too: values in the wrong
fields, passwords typed as logins, requests that fail halfway, a fault that nobody foresaw.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from base64 import b32decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.rights import TOKEN_SCOPES
from tests.leaks import HASHED, dump, found_in
from tests.postgres import Cluster
from tests.system.person import Person
from tests.system.running import KEYS, ROOT, TOKEN, System, complaint, eventually

CLIENT = {
    "name": "欧阳晦明", "phone": "13961725384", "id_number": "320102198611237891",
    "account": "6217730488112266345", "address": "江宁路晦明弄七百零三号",
}  # fmt: skip
PROXY = {"name": "司徒代晦", "phone": "15061725390", "role": "proxy"}
WORDS = {
    "subject": "晦明主题：兑付延期", "summary": "晦明称其存折被人代签且无人解释",
    "demand": "晦明要求书面道歉并退回手续费",
}  # fmt: skip
CROWD = [
    {"name": f"公孙聚众{n}号", "phone": f"1386172{n:04d}", "id_number": f"32010219790101{n:04d}"}
    for n in range(10)
]
PERSONAL = [
    *CLIENT.values(), PROXY["name"], PROXY["phone"], *WORDS.values(), "晦明",
    *(value for one in CROWD for value in one.values()),
]  # fmt: skip
#: Put into PostgreSQL's log by the test: that log is the one that is searched.
_PLANTED = "gepflanzt-im-protokoll-44817"
WRONG_PASSWORD, AS_LOGIN = "Falsch-geraten-81723", "Im-Namensfeld-getippt-55102"
PASSWORDS = {"leader": "Sehr-eigenes-Wort-90211", "admin": "Noch-ein-eigenes-Wort-3321"}


@dataclass
class Life:
    """A system that has lived and ended: what it wrote, and what must not be in it."""

    logs: dict[str, bytes]
    dump: str
    #: kept nowhere in any dress; kept only as a hash of 256 random bits; neither
    known: list[str] = field(default_factory=list)
    random: list[str] = field(default_factory=list)


def _user(system: System, login: str, role: str) -> str:
    """An account made on the machine; its one-time password."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "user", "add", login, "--name", f"员工{login}",
         "--unit", "HO", "--role", role],
        env={**os.environ, **KEYS, "FENGHUO_DATABASE_URL": system.db.app_url}, cwd=ROOT,
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def _signed_in(system: System, login: str, role: str, secrets: set[str]) -> Person:
    one_time = _user(system, login, role)
    stranger = Person(system)
    assert stranger.knock(login, WRONG_PASSWORD) == 401
    assert stranger.knock(AS_LOGIN, WRONG_PASSWORD) == 401
    person = Person(system)
    person.sign_in(login, one_time, PASSWORDS[login])
    secrets |= {one_time}
    return person


def _complaints(system: System, token: str) -> tuple[str, str]:
    """(complaint, incident) after the distinctive one, twice, and a crowd at its place."""
    unit = system.outlets()[0]["code"]
    body = complaint("hm", unit, **WORDS)
    del body["client"]
    body = {**body, "clients": [CLIENT, PROXY]}
    first = system.post("/api/v1/complaints", body, token=token)
    assert first.status == 201
    assert system.post("/api/v1/complaints", body, token=token).status == 200
    clash = system.post("/api/v1/complaints", {**body, "summary": WORDS["demand"]}, token=token)
    assert clash.status == 409
    rows = [complaint(f"crowd{n}", unit, client=one) for n, one in enumerate(CROWD)]
    batch = system.post("/api/v1/complaints/batch", [*rows, {**rows[0], "x": CLIENT}], token=token)
    incident = next(r["incident"] for r in batch.body["results"] if r.get("incident"))
    return first.body["complaint"], incident


def _wrongly(system: System, token: str, unit: str, incident: str) -> None:
    """Values where they do not belong: each is refused, and nothing of it is kept."""
    good = complaint("wrong", unit, client=CLIENT)
    for change in ({CLIENT["name"]: 1}, {"unit": CLIENT["name"]}, {"channel": CLIENT["phone"]},
                   {"received_at": CLIENT["id_number"]}, {"amount": WORDS["summary"]},
                   {"flags": [CLIENT["address"]]},
                   {"summary": WORDS["summary"] + "\0"}):  # fmt: skip
        assert system.post("/api/v1/complaints", {**good, **change}, token=token).status == 422
    raw = f'{{"client": {{"name": "{CLIENT["name"]}", "phone": {CLIENT["phone"]}'.encode()
    assert system.post("/api/v1/complaints", raw=raw, token=token).status == 400
    for path in (f"/complaints/{CLIENT['id_number']}/correction", "/gatherings", "/events",
                 f"/incidents/{incident}/stand-down",
                 f"/incidents/{incident}/acknowledge"):  # fmt: skip
        words = f"{CLIENT['name']} {CLIENT['phone']}"
        body: dict[str, Any] = {"reason": words, "note": words, "kind": "withdrawn"}
        assert system.post(f"/api/v1{path}", body, token=token).status in (404, 422)
    noted = {"unit": unit, "complainants": 3, "note": f"其中有{CLIENT['name']}，{CLIENT['phone']}"}
    assert system.post("/api/v1/gatherings", noted, token=token).status == 422
    ended = system.post(
        f"/api/v1/incidents/{incident}/stand-down", {"reason": f"{CLIENT['name']}已离开"},
        token=token,
    )  # fmt: skip
    assert ended.status == 422
    asked = system.get(f"/api/v1/incidents?state={CLIENT['phone']}", token=token)
    assert asked.status == 422
    assert system.get("/api/v1/units", token=f"{token}x").status == 401


def owner(system: System, statement: str) -> None:
    system.db.owner.run(lambda c: c.execute(sa.text(statement)))


def _fault(system: System, token: str, unit: str) -> None:
    """What nobody foresaw, with a client's data in hand: early in the intake, and late."""
    body = complaint("fault", unit, client=CLIENT, **WORDS)

    owner(system, "ALTER TABLE complaints RENAME COLUMN channel TO channel_away")
    try:
        assert system.post("/api/v1/complaints", body, token=token).status == 500
    finally:
        owner(system, "ALTER TABLE complaints RENAME COLUMN channel_away TO channel")
    parties = "ALTER TABLE complaint_parties"
    owner(system, f"{parties} ADD CONSTRAINT never CHECK (position > 99) NOT VALID")
    try:
        assert system.post("/api/v1/complaints", body, token=token).status == 500
    finally:
        owner(system, f"{parties} DROP CONSTRAINT never")


def _reply(system: System) -> None:
    texts = eventually(system.phones_with_texts)
    number = next(iter(texts))
    answer = system.post(f"/sandbox/api/phones/{number}/reply", {"text": "1"})
    assert answer.status == 202


def _files(leader: Person, number: str) -> None:
    """A client is searched for, revealed and exported by somebody who may."""
    root = "/live/complaint-files"
    archive = "/live/archive"
    found = leader.post(f"{archive}/list", {"text": CLIENT["name"]}).json()["rows"]
    assert number in [one["complaint"] for one in found]
    assert CLIENT["phone"] not in str(found)
    fields = ["name", "phone", "id_number", "account", "address"]
    shown = leader.post(f"{root}/{number}/reveal", {"fields": fields, "reason": "回访客户"})
    assert shown.status_code == 200 and CLIENT["id_number"] in shown.text
    named = {"fields": ["name"], "reason": f"{CLIENT['name']}来电"}
    assert leader.post(f"{root}/{number}/reveal", named).status_code == 422
    for kind in ("csv", "xlsx"):
        wanted = {"reason": "月度检查", "kind": kind, "text": CLIENT["name"]}
        assert leader.post(f"{archive}/export", wanted).status_code == 200
    worded = {"reason": "月度检查", "filters": {"product": [CLIENT["phone"]]}}
    assert leader.post(f"{archive}/export", worded).status_code == 422


@pytest.fixture(scope="module")
def life(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    db, folder = cluster.fresh(), Path(tmp_path_factory.mktemp("life"))
    system, secrets, random = System(db, folder), set[str](), set[str]()
    log = cluster.folder / "postgres.log"
    begun = log.stat().st_size
    try:
        system.prepare()
        system.start("web", "engine")
        admin = _signed_in(system, "admin", "administrator", secrets)
        made = admin.post("/live/tokens", {
            "label": "crm", "unit": "HO", "sources": ["*"], "scopes": sorted(TOKEN_SCOPES),
        })  # fmt: skip
        assert made.status_code == 201
        token = made.json()["token"]
        number, incident = _complaints(system, token)
        unit = system.outlets()[0]["code"]
        _reply(system)
        _wrongly(system, token, unit, incident)
        _fault(system, token, unit)
        leader = _signed_in(system, "leader", "head_office_group", secrets)
        _files(leader, number)
        assert system.get("/metrics", token=token).status == 200
        for name in ("web", "engine"):
            system.kill(name, signal.SIGTERM)
        random |= {token, TOKEN} | admin.secrets | leader.secrets
        random |= {b64encode(bytes.fromhex(key)).decode() for key in KEYS.values()}
        random |= {b32decode(person.totp).hex() for person in (admin, leader)}
        owner(system, f"DO $$ BEGIN RAISE WARNING '{_PLANTED}'; END $$")
        postgres = log.read_bytes()[begun:]
        logs = {n: (folder / f"{n}.log").read_bytes() for n in ("web", "engine")}
        secrets |= {WRONG_PASSWORD, AS_LOGIN, *PASSWORDS.values()}
        yield Life({**logs, "postgres": postgres}, dump(db), [*PERSONAL, *secrets],
                   [*random, *KEYS.values()])  # fmt: skip
    finally:
        system.stop()
        db.close()


def _told(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A random secret of 256 bits may be kept as its hash."""
    return [one for one in found if not one[1].startswith(HASHED)]


def test_it_lived(life: Life) -> None:
    """What is searched is what was written: the life's own marks are in it."""
    assert b"fault " in life.logs["web"] and b"ProgrammingError(42703)" in life.logs["web"]
    assert "complaints_exported" in life.dump and "client_revealed" in life.dump
    assert life.dump.count("\tcrm\tref-crowd") == len(CROWD)
    assert found_in(life.logs["postgres"], [_PLANTED])
    assert b"never" in life.logs["postgres"] and b"IntegrityError(23514)" in life.logs["web"]
    assert found_in(life.logs["web"] + b" " + CLIENT["name"].encode(), life.known)
    assert len(life.random) > 25 and all(len(secret) >= 8 for secret in life.random)


@pytest.mark.parametrize("name", ["web", "engine", "postgres"])
def test_no_log_has_a_client_or_a_secret(life: Life, name: str) -> None:
    assert found_in(life.logs[name], [*life.known, *life.random]) == []


def test_the_database_has_no_client_and_no_password(life: Life) -> None:
    assert found_in(life.dump, life.known) == []


def test_the_database_has_no_key_and_nothing_that_opens_a_door(life: Life) -> None:
    assert _told(found_in(life.dump, life.random)) == []
