"""Backup while it runs, restore elsewhere: nothing is missing and the clocks go on (SG-09)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.words import Role
from database import journal
from database.provision import APP, OWNER, create_roles_and_database
from tests.engine.scene import MORNING, Scene
from tests.postgres import Cluster, TestDatabase
from tests.system.running import ROOT


def _fenghuo(owner_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        env={**os.environ, "FENGHUO_OWNER_URL": owner_url, "FENGHUO_DATABASE_URL": owner_url},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def empty(cluster: Cluster) -> TestDatabase:
    """An empty database of the owner's, as a DBA would hand it over for a restore."""
    database = cluster.fresh()
    database.close()
    create_roles_and_database(cluster.server.url(), database.name)
    return TestDatabase(cluster, database.name)


def test_a_restored_system_resumes_its_clocks(
    db: TestDatabase, empty: TestDatabase, tmp_path: Path
) -> None:
    scene = Scene(db)
    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    file = tmp_path / "fenghuo.backup"
    done = _fenghuo(db.owner_url, "backup", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0

    done = _fenghuo(empty.owner_url, "restore", str(file))
    assert done.returncode == 0, done.stderr
    again = Scene.over(empty)
    assert again.incident(incident)["clients"] == 10
    assert again.incident(incident)["ladder"]["next_roles"] == ["branch_contact", "branch_service"]
    # The restored clock stands where the tests' clock stood; the ladder goes on from there.
    empty.set_time(MORNING + timedelta(minutes=5))
    again.work()
    for unit, role in (
        ("SH1", Role.SUB_HEAD),
        ("SH", Role.BRANCH_LEADER),
        ("SH", Role.BRANCH_DEPUTY),
    ):
        again.expect_sms(unit, role, "10名客户")
    again.expect_sms("SH", Role.BRANCH_CONTACT, "升级")
    again.expect_sms("SH", Role.BRANCH_SERVICE, "升级")
    again.expect_nothing_more()
    assert again.complain()["incident"] == incident
    empty.app.run(journal.seal)
    checked = empty.app.read(journal.verify)
    assert checked.broken_at is None and checked.unsealed == 0
    rights = empty.app.read(
        lambda c: c.scalar(
            sa.text("SELECT has_table_privilege(:r, 'journal', 'UPDATE')"), {"r": APP}
        )
    )
    assert rights is False and OWNER in empty.owner_url
    empty.close()


def test_a_restore_into_a_used_database_is_refused(db: TestDatabase, tmp_path: Path) -> None:
    file = tmp_path / "fenghuo.backup"
    assert _fenghuo(db.owner_url, "backup", str(file)).returncode == 0
    done = _fenghuo(db.owner_url, "restore", str(file))
    assert done.returncode == 1 and "not empty" in done.stderr


def test_the_audit_command_finds_a_changed_entry(db: TestDatabase) -> None:
    Scene(db).crowd(2)
    db.app.run(journal.seal)
    good = _fenghuo(db.app_url, "audit", "verify")
    assert good.returncode == 0 and "the chain is whole" in good.stdout
    db.owner.run(lambda c: c.execute(sa.text("UPDATE journal SET reason = 'x' WHERE seal = 1")))
    bad = subprocess.run(
        [sys.executable, "-m", "dashboard", "audit", "verify"],
        env={**os.environ, "FENGHUO_DATABASE_URL": db.app_url},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert bad.returncode == 1 and "BROKEN at entry 1" in bad.stderr
