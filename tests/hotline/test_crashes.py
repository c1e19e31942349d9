"""kill -9 of the engine while it sends to 95558 and while it reads its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.hotline.receiver import SECRET, Receiver, receiving
from tests.postgres import Cluster
from tests.system.running import ROOT, System, eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def system(cluster: Cluster, tmp_path: Path, receiver: Receiver) -> Iterator[System]:
    """A site that reads a folder and sends to the receiver."""
    site, folder = tmp_path / "site", tmp_path / "in"
    shutil.copytree(ROOT / "plans", site / "plans")
    folder.mkdir()
    config = (ROOT / "config.yaml").read_text()
    config = config.replace('  source: "95558"\n', (
        f'  source: "95558"\n  drop: {{folder: "{folder}", settle_seconds: 1}}\n'
        f'  callback: {{url: "{receiver.url}", timeout_seconds: 5}}\n'
    ))  # fmt: skip
    (site / "config.yaml").write_text(config)
    db = cluster.fresh()
    system = System(db, tmp_path, config=site / "config.yaml")
    system.environ["FENGHUO_HOTLINE_SECRET"] = SECRET.decode()
    try:
        system.prepare()
        yield system
    finally:
        system.stop()
        db.close()


def _one(system: System, query: str) -> Any:
    return system.db.owner.read(lambda c: c.scalar(sa.text(query)))


def _die(system: System, point: str) -> None:
    """Start an engine that dies there, and see it dead."""
    system.environ["FENGHUO_FAILPOINTS"] = f"{point}:1"
    system.start("engine")
    eventually(lambda: system.processes["engine"].poll() is not None, 40)
    system.kill("engine")
    system.environ.pop("FENGHUO_FAILPOINTS")


def _leases_end(system: System) -> None:
    system.db.owner.run(lambda c: c.execute(sa.text(
        "UPDATE hotline_feedback SET claimed_until_real = clock_timestamp();"
        "UPDATE hotline_files SET claimed_until_real = clock_timestamp()"
    )))  # fmt: skip


@pytest.mark.timeout(180)
def test_an_engine_killed_at_the_send_sends_again_under_the_same_id(
    system: System, receiver: Receiver
) -> None:
    system.start("web")
    unit = system.outlets()[0]["code"]
    order = {"number": "WO-1", "at": "2026-11-22T09:00:00+08:00", "unit": unit, "client": {}}
    order["at"] = _one(system, "SELECT business_now()").isoformat()
    taken = system.post("/api/v1/hotline/work-orders", order)
    assert taken.status == 201, taken.body
    site = _answering(system)
    feedback = site(int(taken.body["complaint"][1:]))
    _die(system, "callback_not_recorded")
    assert [b["feedback"] for b in receiver.bodies()] == [feedback]
    assert _one(system, "SELECT state FROM hotline_feedback") == "sending"
    _leases_end(system)
    system.start("engine")
    eventually(lambda: _one(system, "SELECT state FROM hotline_feedback") == "delivered", 40)
    assert [b["feedback"] for b in receiver.bodies()] == [feedback, feedback]
    assert all(call["verified"] for call in receiver.calls)
    standing = system.get("/api/v1/hotline/work-orders/WO-1").body
    assert standing["state"] == "answered" and standing["feedback"][0] == receiver.bodies()[1]


@pytest.mark.timeout(180)
def test_an_engine_killed_in_mid_file_loses_and_doubles_nothing(
    system: System, tmp_path: Path
) -> None:
    unit = _one(system, "SELECT code FROM units WHERE level = 'sub_branch' ORDER BY id LIMIT 1")
    at = _one(system, "SELECT business_now()").isoformat()
    numbers = [f"WO-{n:04d}" for n in range(250)]
    rows = [f"新增,{n},,{at},{unit},客户{n}" for n in numbers]
    rows += [f"催办,{n},U-1,{at},," for n in numbers[:30]]
    text = "\n".join(["类型,工单编号,更新编号,时间,被投诉机构,客户姓名", *rows]) + "\n"
    part = tmp_path / "in" / "a.csv.part"
    part.write_bytes(text.encode("gb18030"))
    part.rename(tmp_path / "in" / "a.csv")
    (tmp_path / "in" / "a.csv.done").touch()
    for point in ("in_drop_file", "in_drop_file", "drop_not_moved"):
        _die(system, point)
        _leases_end(system)
    system.start("engine")
    eventually(lambda: list((tmp_path / "in" / "done").glob("*.csv")), 40)
    assert not list((tmp_path / "in").glob("*.csv*"))
    assert _one(system, "SELECT count(*) FROM hotline_orders") == 250
    assert _one(system, "SELECT count(*) FROM complaints") == 250
    assert _one(system, "SELECT sum(urged) FROM hotline_orders") == 30
    file = json.loads(_one(system, "SELECT to_jsonb(f)::text FROM hotline_files f"))
    assert (file["state"], file["rows"], file["taken"] + file["known"]) == ("done", 280, 280)
    logs = "".join(p.read_text(errors="replace") for p in tmp_path.glob("*.log"))
    assert "a.csv" not in logs


def _answering(system: System) -> Any:
    """The branch's answer, by the engine's own verb over the running system's database."""
    from core.secrets import NEED_SERVE
    from dashboard.bootstrap import build_site
    from tests.system.running import KEYS

    environ = {**KEYS, "FENGHUO_DATABASE_URL": system.db.app_url}
    site = build_site(system.config, environ, need=NEED_SERVE, name="test")

    def answer(complaint: int) -> str:
        try:
            return site.system.hotline.answer(complaint, "settled", "已到账", "员工9", "test")
        finally:
            site.dispose()

    return answer
