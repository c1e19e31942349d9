"""The statistics agree with pandas: over made tickets, worked ones, and the bureau's 20,000."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from complaints.identity import BlindIndex
from complaints.statistics_periods import before, parse_period, year_before
from complaints.ticket_forms import fill
from core.clock import SHANGHAI
from core.words import Role
from dashboard.commands.import_command import import_group
from escalation.filing import HEAD_OFFICE_CODE
from escalation.house import House
from escalation.ids import complaint_number
from escalation.statistics_view import Statistics, parse_asked, statistics
from escalation.ticket_store import Worker
from tests.engine.scene import Scene, shipped_plan
from tests.importing.files import DATA, MAPS, ROOT
from tests.importing.test_import import environment
from tests.keys import INDEX_KEY, VAULT
from tests.postgres import TestDatabase
from tests.statistics.by_pandas import Counted, rates
from tests.statistics.conftest import NOW, Stock
from tests.tickets.clerk import SAYS

CFPB = DATA / "cfpb_mdv_20k.csv.gz"
_WINDOWS = (("", lambda p: p), ("before", before), ("year_before", year_before))


def agree(found: Statistics, counted: Counted, name: str) -> None:
    """Every figure in all three periods, every table, the causes, shares and scores."""
    period = parse_period(name)
    for key, move in _WINDOWS:
        window: Any = move(period)
        expected = counted.figures(window.since, window.until)
        for figure in found["figures"]:
            said = figure[key] if key else figure
            _same(figure["key"], said, expected[figure["key"]])
    since, until = period.since, period.until
    tables = {t["key"]: t for t in found["tables"]}
    columns = {"channel": "channel", "product": "product", "class": "class_id"}
    for key, column in columns.items():
        assert _rows(tables[key], "received") == counted.by(column, since, until), key
    assert _rows(tables["unit"], "received") == counted.by_unit(since, until)
    for key in ("outcome", "satisfaction"):
        assert _rows(tables[key], "closed") == counted.ended_by(key, since, until), key
    causes = {c["value"]: c["many"][0] for c in found["causes"] if c["many"][0]}
    assert causes == counted.causes(since, until)
    common = {(c["cause"], c["product"]): c["many"][0] for c in found["common"]}
    expected_common = counted.common(since, until)
    assert all(expected_common[pair] == many for pair, many in common.items())
    assert len(common) == min(len(expected_common), 30)
    cases = {r["unit"]["code"] if r["unit"] else "": r["cases"][0] for r in found["responsibility"]}
    expected_cases = counted.responsibility(since, until)
    assert {k: v for k, v in cases.items() if v} == pytest.approx(expected_cases, abs=0.011)
    _scores_agree(found, counted, name)


def _scores_agree(found: Statistics, counted: Counted, name: str) -> None:
    period = parse_period(name)
    owners = counted.owners(period.since, period.until)
    for line in found["scores"]["people"]:
        group = owners[line["person"]]
        assert line["cases"] == len(group)
        known = {k: pair for k, pair in rates(group).items() if pair[1]}
        weights = {"on_time": 40, "satisfied": 30, "resolved": 30}
        whole = sum(weights[k] for k in known)
        expected = sum(h / n * weights[k] for k, (h, n) in known.items()) * 100 / whole
        if len(group) < 5:
            assert line["value"] is None
        else:
            assert line["value"] == pytest.approx(expected, abs=0.051)


def _same(key: str, said: dict[str, Any], expected: Any) -> None:
    if isinstance(expected, tuple):
        assert (said["hits"], said["base"]) == expected, key
        share = expected[0] / expected[1] if expected[1] else None
        assert said["value"] == (None if share is None else pytest.approx(share, abs=5e-5)), key
    elif expected is None:
        assert said["value"] is None, key
    else:
        assert said["value"] == pytest.approx(expected, abs=0.006), key


def _rows(table: dict[str, Any], main: str) -> dict[str, int]:
    assert table["rest"]["rows"] == 0
    return {row["value"]: row[main][0] for row in table["rows"] if row[main][0]}


@pytest.mark.parametrize("name", [
    "2026-10", "2026-09", "2026-Q3", "2026-H1", "2025", "2026-W39", "2026-10-14",
    "2026-03-05..2026-08-20",
])  # fmt: skip
@pytest.mark.parametrize("unit", ["HO", "SH", "NJ1"])
def test_made_tickets(stock: Stock, name: str, unit: str, of_stock: dict[str, Counted]) -> None:
    asked = parse_asked(name, unit, NOW.date())
    found = stock.db.app.read(lambda c: statistics(c, stock.scene.house, asked, NOW))
    agree(found, of_stock[unit], name)


@pytest.fixture(scope="module")
def of_stock(stock: Stock) -> dict[str, Counted]:
    return {unit: Counted(stock.db, unit) for unit in ("HO", "SH", "NJ1")}


# --- tickets worked by their acts -----------------------------------------------------------------


@pytest.fixture
def worked(db: TestDatabase) -> Scene:
    """A dozen complaints in all stages of their lives, each worked by the desk's own verbs."""
    scene = Scene(db)
    clerk = Worker("员工9", Role.SUB_DEPUTY.value, "web:sub_deputy:9")
    boss = Worker("员工10", Role.BRANCH_LEADER.value, "web:branch_leader:10")
    scene.engine.correct_complaint(complaint_number(scene.complain()["complaint"]),
                                   "withdrawn", "客户撤回", "test")  # fmt: skip
    for number in range(12):
        answer = scene.complain("SH1" if number % 3 else "NJ1", product=f"稳盈{number % 2}号")
        complaint = complaint_number(answer["complaint"])
        _work(scene, complaint, clerk, boss, steps=number * 2)
        scene.db.move_time(timedelta(hours=5))
    for _, clockwork in scene.engine.clockworks():
        clockwork()
    return scene


def _work(scene: Scene, complaint: int, clerk: Worker, boss: Worker, steps: int) -> None:
    """So many steps of its life; time goes on between them, so that some clocks run out."""
    desk = scene.engine.tickets
    for done in range(steps):
        stage = desk.one(complaint, clerk)["ticket"]["stage"]
        if stage == "archived":
            desk.do(complaint, fill("reopen", {"reason": "结果有误"}), clerk)
            return
        said = SAYS[stage] | ({"compensation": "88.50", "basis": "补偿规定"}
                              if stage == "plan" and done % 2 else {})  # fmt: skip
        desk.do(complaint, fill(stage, said), boss if stage == "approve" else clerk)
        scene.db.move_time(timedelta(hours=9))


def test_tickets_worked_by_their_acts(worked: Scene, db: TestDatabase) -> None:
    name = f"{worked.start.astimezone(SHANGHAI):%Y}"
    for unit in ("HO", "SH", "NJ1"):
        found = worked.engine.statistics.read(name, unit)
        agree(found, Counted(db, unit), name)
    whole = {f["key"]: f for f in worked.engine.statistics.read(name)["figures"]}
    assert whole["left_out"]["value"] == 1
    assert whole["closed"]["value"] > 0
    assert whole["compensation"]["value"] > 0
    assert 0 < whole["on_time"]["base"] == whole["closed"]["value"]


def test_a_clock_that_ran_out_makes_a_ticket_late(worked: Scene, db: TestDatabase) -> None:
    """What the row says is what its duties say: worked out here from the duties alone."""
    counted = Counted(db, "HO")
    duties = pd.DataFrame(
        [dict(r) for r in db.owner.read(lambda c: c.exec_driver_sql(
            "SELECT complaint_id, due_at, ended_at, breached_at, state FROM duties"
            " WHERE complaint_id IS NOT NULL").mappings().all())]
    )  # fmt: skip
    closed = counted.tickets[counted.tickets["closed_at"].notna()]
    assert len(closed) > 2
    for row in closed.itertuples():
        own = duties[duties["complaint_id"] == row.complaint_id]
        end = max(t for t in (row.closed_at, row.archived_at) if not pd.isna(t))
        ran_out = any(
            (not pd.isna(d.breached_at) and d.breached_at <= end)
            or (d.state != "waived" and d.due_at < (end if pd.isna(d.ended_at) else d.ended_at))
            for d in own.itertuples()
        )
        assert bool(row.late) == (ran_out or not pd.isna(row.promise_lapsed_at))


# --- the bureau's 20,000 --------------------------------------------------------------------------

_CHANNELS = {
    "Web": "web", "Web Referral": "regulator", "Referral": "regulator", "Phone": "phone",
    "Postal mail": "letter", "Fax": "fax", "Email": "email",
}  # fmt: skip


@pytest.mark.skipif(not CFPB.exists(), reason=f"{CFPB.name} is not here (set FENGHUO_SHARED)")
def test_the_bureaus_20000(db: TestDatabase) -> None:
    """pandas reads the file itself: what the importer kept, and what is counted of it, agree."""
    result = CliRunner().invoke(import_group, [
        "complaints", str(CFPB), "--map", str(MAPS / "cfpb.yaml"), "--create-units",
        "--config", str(ROOT / "config.yaml"), "--lang", "en",
    ], env=environment(db))  # fmt: skip
    assert result.exit_code == 0, result.stderr
    house = House(db.app, shipped_plan(), BlindIndex(INDEX_KEY), "示范银行", VAULT)
    rows = pd.read_csv(CFPB, dtype=str, keep_default_na=False)
    rows["day"] = pd.to_datetime(rows["Date received"], format="mixed")
    rows["channel"] = rows["Submitted via"].map(_CHANNELS)
    rows["unit"] = rows["State"].map(lambda s: f"US-{s}" if s else HEAD_OFFICE_CODE)
    rows["product"] = rows["Product"].str.split().str.join(" ")
    assert len(rows) == 20_000
    whole = {p.name: p for p in map(parse_period, ("2015", "2014-Q3", "2016-01", "2015-06-10"))}
    for name, period in whole.items():
        asked = parse_asked(name, None, NOW.date())
        found = db.app.read(lambda c, a=asked: statistics(c, house, a, NOW))  # type: ignore[misc]
        for nth, move in enumerate((lambda p: p, before, year_before)):
            window = move(period)
            mine = rows[(rows["day"] >= pd.Timestamp(window.since))
                        & (rows["day"] <= pd.Timestamp(window.until))]  # fmt: skip
            figures = {f["key"]: (f, f["before"], f["year_before"])[nth] for f in found["figures"]}
            assert figures["received"]["value"] == figures["history"]["value"] == len(mine)
            assert figures["worked"]["value"] == figures["closed"]["value"] == 0
            for table in found["tables"][:4]:
                if table["key"] in ("channel", "product", "unit"):
                    _column_agrees(table, mine, nth)


def _column_agrees(table: dict[str, Any], mine: pd.DataFrame, nth: int) -> None:
    expected = mine[table["key"]].value_counts().to_dict()
    said = {r["value"]: r["received"][nth] for r in table["rows"] if r["received"][nth]}
    if nth or table["rest"]["rows"]:  # a table shows the largest of now
        assert all(expected[value] == many for value, many in said.items())
    else:
        assert said == expected
    if not nth:
        assert sum(said.values()) + table["rest"]["many"] == len(mine)
