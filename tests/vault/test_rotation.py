"""A new key while complaints come in: nobody doubled, the tenth client found, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from complaints.identity import BlindIndex
from complaints.value import parse_complaint
from core.errors import Conflict, SettingsError, Unavailable
from core.key_rings import Key, KeyRing, MissingKey
from core.secrets import NEED_SERVE
from core.vault import Vault
from dashboard.bootstrap import build_site
from dashboard.web_process import build_app
from database.connection import Database
from escalation import rotating
from escalation.engine import Engine
from escalation.house import Copies, House
from escalation.sealing import PARTY, open_party
from tests.engine.scene import MORNING, Scene
from tests.keys import INDEX_KEY, VAULT
from tests.postgres import TestDatabase
from tests.system.running import ROOT

DATA_1, INDEX_1 = VAULT.ring.current, Key(1, INDEX_KEY)
DATA_2, INDEX_2 = Key(2, bytes(range(32))), Key(2, bytes(range(32, 64)), "sm3")


def with_keys(house: House, data: tuple[Key, ...], index: tuple[Key, ...]) -> House:
    """The same house as a process that was started with these rings."""
    return replace(
        house, vault=Vault(KeyRing("data", data)), blind=BlindIndex(KeyRing("blind index", index)),
        copies=Copies(),
    )  # fmt: skip


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


@pytest.fixture
def both(scene: Scene) -> House:
    return with_keys(scene.house, (DATA_2, DATA_1), (INDEX_2, INDEX_1))


def body(number: int, person: int, unit: str = "SH1") -> dict[str, object]:
    """Complaint `number` by `person`, who is known by document, phone and name."""
    return {
        "source": "crm", "source_ref": f"r{number}", "unit": unit, "channel": "counter",
        "received_at": MORNING.isoformat(), "summary": f"第{person}人到期收益不符",
        "client": {"name": f"客户{person}", "phone": f"138{person:08d}",
                   "id_number": f"3101011970{person:08d}"},
    }  # fmt: skip


def take(house: House, number: int, person: int, unit: str = "SH1") -> dict[str, object]:
    return Engine(house).take_complaint(parse_complaint(body(number, person, unit)), "t").answer


def clients(db: TestDatabase) -> list[int]:
    return list(db.app.read(lambda c: c.scalars(
        sa.text("SELECT DISTINCT client_id FROM complaint_parties ORDER BY 1")).all()))  # fmt: skip


def quiet(_what: str, _number: int) -> None:
    pass


def test_the_tenth_client_and_nobody_twice_while_keys_rotate(
    db: TestDatabase, scene: Scene, both: House
) -> None:
    """Sixty people complain before, during and after; each of them three times in all."""
    people, outlets = 60, ("SH1", "SH2", "NJ1")
    for person in range(people):
        take(scene.house, person, person, outlets[person % 3] if person % 3 else "NJ1")
    for person in range(9):
        take(scene.house, 1000 + person, 500 + person)
    began = threading.Event()

    def writer(start: int) -> None:
        house = with_keys(
            replace(both, database=Database(db.app_url, pool_size=2)),
            (DATA_2, DATA_1), (INDEX_2, INDEX_1),
        )  # fmt: skip
        for person in range(start, people, 4):
            take(house, 2000 + person, person, outlets[person % 3] if person % 3 else "NJ1")
            began.set()
            take(house, 3000 + person, 700 + person, "HO")  # strangers, new during the rotation
            take(house, 4000 + person, person, outlets[person % 3] if person % 3 else "NJ1")
        house.whole.dispose()

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(writer, n) for n in range(4)]
        assert began.wait(30)
        done = rotating.rotate(both, "t", quiet)
        for one in writers:
            one.result(timeout=60)
    assert done.old_data == (1,) and done.old_index == (1,)
    assert len(clients(db)) == people + 9 + people
    after = with_keys(scene.house, (DATA_2,), (INDEX_2,))
    assert db.app.read(lambda c: rotating.missing(c, after)) == []
    tenth = take(after, 9000, 509)
    assert tenth["incident"] is not None, "the tenth client was not counted with the nine of before"
    for person in range(people):  # with the new key alone everybody is still known
        take(after, 5000 + person, person, "HO")
    assert len(clients(db)) == people + 9 + people + 1
    parties = db.app.read(
        lambda c: c.execute(sa.text(f"SELECT {PARTY} FROM complaint_parties p")).all()
    )
    names = {(open_party(after.vault, p) or {})["name"] for p in parties}
    assert names == {
        f"客户{n}" for n in (*range(people), *range(500, 510), *range(700, 700 + people))
    }


def test_sent_again_after_a_rotation_it_is_the_same_complaint(
    db: TestDatabase, scene: Scene, both: House
) -> None:
    first = take(scene.house, 1, 1)
    rotating.rotate(both, "t", quiet)
    after = with_keys(scene.house, (DATA_2,), (INDEX_2,))
    assert take(after, 1, 1) == first
    with pytest.raises(Conflict):
        take(after, 1, 2)
    assert len(clients(db)) == 1


def test_two_clients_found_to_be_one_half_way_through(
    db: TestDatabase, scene: Scene, both: House
) -> None:
    """A client met while the rotation has begun and not come to them is brought along."""
    by_phone = {**body(1, 1), "client": {"phone": "13800000001"}}
    by_paper = {**body(2, 1), "client": {"id_number": "310101197000000001"}}
    for one in (by_phone, by_paper):
        Engine(scene.house).take_complaint(parse_complaint(one), "t")
    assert len(clients(db)) == 2
    db.app.run(lambda c: rotating._begin(c, both, "t"))
    take(both, 3, 1)
    assert len(clients(db)) == 1
    rotating.rotate(both, "t", quiet)
    take(with_keys(scene.house, (DATA_2,), (INDEX_2,)), 4, 1)
    assert len(clients(db)) == 1


def test_a_process_without_the_new_key_takes_nothing_and_a_start_without_the_old_is_refused(
    db: TestDatabase, scene: Scene, both: House
) -> None:
    take(scene.house, 1, 1)
    only_new = with_keys(scene.house, (DATA_2,), (INDEX_2,))
    said = [str(f) for f in db.app.read(lambda c: rotating.missing(c, only_new))]
    assert len(said) == 2
    assert "FENGHUO_DATA_KEYS lacks version 1" in said[0]
    assert "FENGHUO_BLIND_INDEX_KEY lacks version 1" in said[1]
    rotating.rotate(both, "t", quiet)
    with pytest.raises(Unavailable):
        take(scene.house, 2, 2)
    assert len(clients(db)) == 1
    with pytest.raises(Conflict, match="older"):
        rotating.rotate(scene.house, "t", quiet)
    environ = {
        "FENGHUO_DATABASE_URL": db.app_url, "FENGHUO_SECRET_KEY": "x" * 32,
        "FENGHUO_DATA_KEYS": bytes(range(50, 82)).hex(),
        "FENGHUO_BLIND_INDEX_KEY": f"2:sm3:{INDEX_2.secret.hex()}",
    }  # fmt: skip
    site = build_site(ROOT / "config.yaml", environ, need=NEED_SERVE, name="t")
    with pytest.raises(SettingsError, match="FENGHUO_DATA_KEYS lacks version 2"):
        build_app(site)
    site.whole.dispose()


def test_another_key_under_the_same_version_opens_nothing(db: TestDatabase, scene: Scene) -> None:
    take(scene.house, 1, 1)
    wrong = with_keys(scene.house, (Key(1, bytes(range(32))),), (INDEX_1,))
    with pytest.raises(ValueError, match="not sealed here"):
        take(wrong, 2, 1)
    with pytest.raises(MissingKey):
        take(with_keys(scene.house, (DATA_2,), (INDEX_1,)), 2, 1)


def test_a_rotation_that_was_killed_goes_on(db: TestDatabase, scene: Scene, both: House) -> None:
    """The real command, killed with -9 in its middle, and started again."""
    for person in range(300):
        take(scene.house, person, person, ("SH1", "SH2", "NJ1")[person % 3])
    db.app.run(lambda c: rotating._begin(c, both, "t"))
    number, last = db.app.run(lambda c: rotating._rewrap(c, both, 0))
    assert number == 200 and last is not None
    state = db.app.read(lambda c: rotating.status(c, both))
    assert set(state["data"]["rows"]) == {1, 2}
    process = subprocess.Popen([sys.executable, "-c", _ROTATE, db.app_url], cwd=ROOT)
    deadline = time.monotonic() + 30
    while db.app.read(lambda c: rotating.status(c, both))["index"]["rows"].get(2, 0) < 50:
        assert process.poll() is None and time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    process.wait()
    middle = db.app.read(lambda c: rotating.status(c, both))
    assert middle["index"]["rows"].get(1), "it was killed too late to show anything"
    environ = {
        **os.environ, "FENGHUO_DATABASE_URL": db.app_url,
        "FENGHUO_DATA_KEYS": f"2:{DATA_2.secret.hex()},1:{DATA_1.secret.hex()}",
        "FENGHUO_BLIND_INDEX_KEY": f"2:sm3:{INDEX_2.secret.hex()},1:{INDEX_KEY.hex()}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "keys", "rotate"], cwd=ROOT, env=environ,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "version 1 may now be taken out of FENGHUO_DATA_KEYS" in done.stdout
    assert "version 1 may now be taken out of FENGHUO_BLIND_INDEX_KEY" in done.stdout
    after = with_keys(scene.house, (DATA_2,), (INDEX_2,))
    for person in range(300):
        take(after, 1000 + person, person, "HO")
    assert len(clients(db)) == 300


#: A rotation as slow as it must be to be killed in its middle.
_ROTATE = """
import sys, time
from dataclasses import replace
from database.connection import Database
from escalation import rotating
from escalation.house import House
from tests.engine.scene import shipped_plan
from tests.vault.test_rotation import DATA_1, DATA_2, INDEX_1, INDEX_2, Vault, BlindIndex, KeyRing
rotating._CHUNK = 50
house = House(Database(sys.argv[1], pool_size=2), shipped_plan(),
    BlindIndex(KeyRing("blind index", (INDEX_2, INDEX_1))), "t",
    Vault(KeyRing("data", (DATA_2, DATA_1))))
rotating.rotate(house, "t", lambda what, n: time.sleep(0.3))
"""
