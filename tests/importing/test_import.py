"""`fenghuo import complaints`: history by default, resumable, and twice is once."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from core.key_rings import parse_ring
from core.vault import Vault
from dashboard.commands.import_command import import_group
from escalation.sealing import PARTY, open_party
from tests.engine.scene import Scene
from tests.importing.files import (
    BANK_HEADER,
    BANK_MAP,
    DATA,
    MAPS,
    ROOT,
    bank_rows,
    csv_text,
    write,
    write_xlsx,
)
from tests.postgres import TestDatabase

KEY = os.urandom(32).hex()
CFPB = DATA / "cfpb_mdv_20k.csv.gz"
Run = Callable[..., Result]


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


@pytest.fixture
def bank_map(tmp_path: Path) -> Path:
    return write(tmp_path / "map.yaml", BANK_MAP)


def environment(db: TestDatabase) -> dict[str, str]:
    return {
        "FENGHUO_DATABASE_URL": db.app_url, "FENGHUO_DATA_KEYS": KEY[::-1],
        "FENGHUO_BLIND_INDEX_KEY": KEY,
    }  # fmt: skip


@pytest.fixture
def run(db: TestDatabase) -> Run:
    def call(*arguments: str | Path) -> Result:
        config = ["--config", str(ROOT / "config.yaml"), "--lang", "en"]
        return CliRunner().invoke(
            import_group, ["complaints", *map(str, arguments), *config], env=environment(db)
        )

    return call


def one(db: TestDatabase, query: str) -> Any:
    return db.owner.read(lambda c: c.execute(sa.text(query)).scalar())


def test_history_is_counted_by_nobody_and_tells_nobody(
    scene: Scene, run: Run, tmp_path: Path, bank_map: Path
) -> None:
    path = write(tmp_path / "a.csv", csv_text(BANK_HEADER, bank_rows(30)), "gb18030")
    result = run(path, "--map", bank_map)
    assert result.exit_code == 0, result.stderr
    assert "30 new, 0 known already, 0 passed over, 0 not kept" in result.stderr
    assert result.stdout == ""
    assert one(scene.db, "SELECT count(*) FROM complaints WHERE history") == 30
    assert one(scene.db, "SELECT count(DISTINCT client_id) FROM complaint_parties") == 30
    assert one(scene.db, "SELECT count(*) FROM key_events") == 0
    scene.work()
    scene.expect_nothing_more()
    assert scene.open_incidents() == []


def test_live_opens_an_incident(scene: Scene, run: Run, tmp_path: Path, bank_map: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", BANK_HEADER, bank_rows(10))
    assert run(path, "--map", bank_map, "--live").exit_code == 0
    assert [incident["clients"] for incident in scene.open_incidents()] == [10]


def test_twice_is_once(scene: Scene, run: Run, tmp_path: Path, bank_map: Path) -> None:
    path = write(tmp_path / "a.csv", csv_text(BANK_HEADER, bank_rows(12)))
    run(path, "--map", bank_map)
    more = write(tmp_path / "b.csv.gz", csv_text(BANK_HEADER, bank_rows(15)))
    assert "0 new, 12 known already" in run(path, "--map", bank_map).stderr
    assert "3 new, 12 known already" in run(more, "--map", bank_map).stderr
    assert one(scene.db, "SELECT count(*) FROM complaints") == 15


def test_exact_repeats_without_an_id_are_kept_apart(
    run: Run, db: TestDatabase, tmp_path: Path
) -> None:
    header = ("Date received", "Product", "Company", "State", "Submitted via")
    rows = [["2016-06-15", "Mortgage", "X", "CA", "Web"]] * 3
    path = write(tmp_path / "c.csv", csv_text(header, rows))
    for _ in range(2):
        assert run(path, "--map", MAPS / "cfpb.yaml", "--create-units").exit_code == 0
    assert one(db, "SELECT count(*) FROM complaints") == 3


def test_bad_rows_are_told_and_cost_no_other(
    scene: Scene, run: Run, tmp_path: Path, bank_map: Path
) -> None:
    rows = bank_rows(250)
    rows[3][1] = "2031/01/01 10:00"  # ahead of the business clock: only the engine can tell
    rows[120][3] = "NOWHERE"
    rows[121][7] = "秘密 a lot"
    rows[200] = [*rows[7][:6], "另一产品", "1"]  # another body under a known reference
    path = write(tmp_path / "a.csv", csv_text(BANK_HEADER, rows))
    faults = tmp_path / "faults.csv"
    result = run(path, "--map", bank_map, "--faults", faults)
    assert result.exit_code == 1
    assert "246 new, 0 known already, 0 passed over, 4 not kept" in result.stderr
    assert "秘密" not in result.stderr and "客户" not in result.stderr
    with faults.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [(f["row"], f["outcome"], f["column"]) for f in told] == [
        ("5", "failed", "受理时间"), ("122", "failed", "机构号"), ("123", "failed", "金额"),
        ("202", "failed", "编号"),
    ]  # fmt: skip
    assert all(f["reason"] for f in told)
    assert "row 122: 机构号: no unit has this code" in result.stderr
    assert one(scene.db, "SELECT count(*) FROM complaints") == 246


def test_mended_later_it_is_taken_then(scene: Scene, run: Run, tmp_path: Path) -> None:
    header = ("Date received", "Product", "Company", "State", "Submitted via")
    path = write(tmp_path / "c.csv", csv_text(header, [["2016-06-15", "M", "X", "CA", "Web"]]))
    refused = run(path, "--map", MAPS / "cfpb.yaml")
    assert refused.exit_code == 1
    assert "add --create-units" in refused.stderr
    assert run(path, "--map", MAPS / "cfpb.yaml", "--create-units").exit_code == 0
    assert run(path, "--map", MAPS / "cfpb.yaml").exit_code == 0
    unit = "SELECT level || ' ' || name FROM units WHERE code = 'US-CA'"
    assert one(scene.db, unit) == "branch CA"


def start(db: TestDatabase, *arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c",
         "from dashboard.commands.import_command import import_group; import_group()",
         "complaints", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, **environment(db)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_after_kill_9_it_goes_on_and_doubles_nothing(
    scene: Scene, run: Run, tmp_path: Path, bank_map: Path
) -> None:
    rows = bank_rows(3000)
    for row in rows[10::100]:
        row[7] = "much"
    path = write(tmp_path / "a.csv", csv_text(BANK_HEADER, rows))
    faults = tmp_path / "faults.csv"
    process = start(scene.db, path, "--map", bank_map, "--faults", faults)
    deadline = time.monotonic() + 60
    while (
        not one(scene.db, "SELECT max(rows_done) FROM import_runs") and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    stored = one(scene.db, "SELECT count(*) FROM complaints")
    done = one(scene.db, "SELECT max(rows_done) FROM import_runs")
    assert 0 < done < 3000
    with faults.open("a", encoding="utf-8") as file:
        file.write("2911,failed,金额,reported but not yet marked,\n")

    result = run(path, "--map", bank_map, "--faults", faults)
    assert result.exit_code == 1
    assert f"going on after row {done + 1} ({done} rows were dealt with)" in result.stderr
    assert f"{2970 - stored} new," in result.stderr
    assert "30 not kept" in result.stderr
    assert one(scene.db, "SELECT count(*) FROM complaints") == 2970
    with faults.open(encoding="utf-8-sig", newline="") as file:
        told = [int(row["row"]) for row in csv.DictReader(file)]
    assert told == [n + 2 for n in range(10, 3000, 100)]
    assert one(
        scene.db, "SELECT rows_done = 3000 AND rows_failed = 30 AND finished FROM import_runs"
    )


def test_a_broken_off_run_counts_repeats_before_the_break(
    run: Run, db: TestDatabase, tmp_path: Path
) -> None:
    """Rows without an id, all alike: the resumed part must not take them for the first ones."""
    header = ("Date received", "Product", "Company", "State", "Submitted via")
    path = write(
        tmp_path / "c.csv", csv_text(header, [["2016-06-15", "M", "X", "CA", "Web"]] * 2500)
    )
    process = start(db, path, "--map", MAPS / "cfpb.yaml", "--create-units")
    deadline = time.monotonic() + 60
    while not one(db, "SELECT max(rows_done) FROM import_runs") and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert 0 < one(db, "SELECT count(*) FROM complaints") < 2500
    assert run(path, "--map", MAPS / "cfpb.yaml", "--create-units").exit_code == 0
    assert one(db, "SELECT count(*) FROM complaints") == 2500


@pytest.mark.parametrize(
    ("file", "map_text", "said"),
    [
        (None, BANK_MAP, "the file cannot be read"),
        ("", BANK_MAP, "the file is empty"),
        ("编号,受理时间\n1,2\n", BANK_MAP, "机构号: the table has no such column"),
        ("a\n1\n", "map: x\n", "map.yaml:1: source: the key is missing"),
    ],
)
def test_a_fault_of_file_or_map_is_exit_code_2(
    run: Run, tmp_path: Path, file: str | None, map_text: str, said: str
) -> None:
    path = tmp_path / "a.csv"
    if file is not None:
        write(path, file)
    result = run(path, "--map", write(tmp_path / "map.yaml", map_text))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr and "->" in result.stderr


@pytest.mark.skipif(not CFPB.exists(), reason=f"{CFPB.name} is not here (set FENGHUO_SHARED)")
def test_the_bureaus_20000_with_their_dirt(run: Run, db: TestDatabase, tmp_path: Path) -> None:
    result = run(
        CFPB, "--map", MAPS / "cfpb.yaml", "--create-units", "--faults", tmp_path / "f.csv"
    )
    assert result.exit_code == 0, result.stderr
    assert "20000 new, 0 known already, 0 passed over, 0 not kept" in result.stderr
    assert "163 rows, State: no unit, filed under head office" in result.stderr
    assert "1442 rows, ZIP code: lost leading zeros, put back" in result.stderr
    assert one(db, "SELECT count(*) FROM units WHERE level = 'branch'") == 58
    vault = Vault(parse_ring("data", KEY[::-1]))
    rows = db.owner.read(
        lambda c: c.execute(sa.text(f"SELECT {PARTY} FROM complaint_parties p")).all()
    )
    addresses = [(open_party(vault, row) or {})["address"] for row in rows]
    assert addresses and not [a for a in addresses if a is not None and len(a) < 5]
