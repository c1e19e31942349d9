"""A replay opens exactly the incidents that an oracle of its own finds, in real and made data."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from complaints.identity import BlindIndex
from complaints.mapped_rows import RowMapper
from complaints.mapping import load_map
from complaints.tabular import TableFile
from core.clock import SHANGHAI
from dashboard.commands.replay_command import replay
from escalation.engine import Engine
from escalation.filing import HEAD_OFFICE_CODE, plan_for
from escalation.house import House
from escalation.plan_file import load_plan
from escalation.replaying import Replay
from tests.importing.files import DATA, MAPS, ROOT, csv_text, write, write_xlsx
from tests.importing.oracle import crowds, elevator_rows
from tests.keys import VAULT
from tests.postgres import TestDatabase

ELEVATOR = MAPS / "elevator.yaml"
REAL = DATA / "elevator_complaints_2024H1.csv.gz"
HEADER = ("unique_key", "created_date", "incident_address")
START = datetime(2024, 3, 9, 22, 0)  # noqa: DTZ001 - the night New York's clocks change
Stream = list[tuple[datetime, str]]


def table_of(stream: Stream, path: Path) -> Path:
    rows = [[f"k{n}", f"{at:%Y-%m-%d %H:%M:%S}", name] for n, (at, name) in enumerate(stream)]
    return write(path, csv_text(HEADER, rows))


def engine_finds(
    db: TestDatabase, path: Path, quiet: timedelta = timedelta(hours=48)
) -> list[tuple[datetime, str, int]]:
    """What the engine opens, as (wall-clock time, address, clients)."""
    found, table = load_map(ELEVATOR), TableFile(path)
    plan = plan_for(load_plan("maturing-wealth-product", ROOT / "plans"), found)
    blind = BlindIndex(b"k" * 32)
    mapper = RowMapper(
        found, table.header, digest=lambda t: blind.digest("row", t), head_office=HEAD_OFFICE_CODE
    )
    rows = [row for row in map(mapper.read, table.rows()) if row is not None]
    play = Replay(Engine(House(db.app, plan, blind, "演练", VAULT)), db.set_time, quiet)
    for _ in play.play(rows, found.level):
        pass
    assert play.refused == []
    return sorted(
        (o.opened_at.astimezone(SHANGHAI).replace(tzinfo=None), o.key.split(":")[1], o.clients)
        for o in play.opened
    )


def bursts(seed: int) -> Stream:
    """Eight days at four addresses: a trickle, with now and then a burst of a few minutes or hours.

    Times are cut to coarse steps, so that many fall together and some exactly a window apart.
    """
    draw = random.Random(seed)
    stream: Stream = []
    for address in ("1 A ST", "2 B ST", "3 C ST", "4  D ST"):
        moments = [draw.uniform(0, 8 * 24 * 60) for _ in range(draw.randrange(5, 30))]
        for _ in range(draw.randrange(4)):
            start, wide = draw.uniform(0, 8 * 24 * 60), draw.choice([5, 300, 1440, 4000])
            moments += [start + draw.uniform(0, wide) for _ in range(draw.randrange(7, 25))]
        step = draw.choice([1, 60, 240])
        stream += [(START + timedelta(minutes=int(m // step * step)), address) for m in moments]
    draw.shuffle(stream)
    return stream


@pytest.mark.parametrize("seed", range(8))
def test_made_streams_agree_with_the_oracle(db: TestDatabase, tmp_path: Path, seed: int) -> None:
    stream = bursts(seed)
    quiet = timedelta(hours=(48, 24, 6)[seed % 3])
    wanted = crowds([(at, " ".join(name.split())) for at, name in stream], quiet=quiet)
    assert engine_finds(db, table_of(stream, tmp_path / "s.csv"), quiet) == wanted


def test_the_made_streams_are_worth_comparing() -> None:
    found = [crowds(bursts(seed)) for seed in range(8)]
    assert sum(map(len, found)) > 20
    assert any(len({name for _, name, _ in each}) < len(each) for each in found)  # a second wave


@pytest.mark.parametrize(
    ("minutes", "opens"),
    [
        ([0] * 9 + [24 * 60], [24 * 60]),  # both ends of the window count
        ([0] * 9 + [24 * 60 + 1], []),
        ([0] * 19, [0]),  # nobody counts twice
        ([0] * 10 + [60] * 9 + [48 * 60], [0]),  # nine of the old one's own, and one
        ([0] * 10 + [48 * 60 - 1] * 9 + [48 * 60] * 9, [0]),
        ([0] * 10 + [48 * 60] * 10, [0, 48 * 60]),  # at 48 hours sharp it is over
        ([0] * 10 + [48 * 60 - 1] * 10, [0]),
    ],
)
def test_the_edges(
    db: TestDatabase, tmp_path: Path, minutes: list[int], opens: list[int]
) -> None:  # fmt: skip
    stream = [(START + timedelta(minutes=m), "1 A ST") for m in minutes]
    wanted = [(START + timedelta(minutes=m), "1 A ST", 10) for m in opens]
    assert crowds(stream) == wanted, "the oracle itself"
    assert engine_finds(db, table_of(stream, tmp_path / "s.csv")) == wanted


def run(*arguments: str | Path) -> Result:
    config = ["--config", str(ROOT / "config.yaml"), "--lang", "en"]
    return CliRunner().invoke(replay, [*map(str, arguments), *config])


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} is not here (set FENGHUO_SHARED)")
def test_the_real_half_year_has_its_four_incidents() -> None:
    result = run(REAL, "--map", ELEVATOR, "--json")
    assert result.exit_code == 0, result.stderr
    listed = json.loads(result.stdout)
    wanted = crowds(elevator_rows(REAL))
    assert len(wanted) == 4 and f"{wanted[0][0]}" == "2024-01-12 16:15:59"
    assert listed == [
        {"opened_at": f"{at.isoformat()}+08:00", "key": f"unit:{address}", "clients": clients}
        for at, address, clients in wanted
    ]


def scratch_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("fenghuo-replay-*"))


def dirty_rows() -> list[list[str]]:
    """Ten sound rows of one address in an hour, out of order, among rows that are not."""
    sound = [[f"k{n}", f"2024-03-10 02:{n * 5:02d}:00", "12  OAK   STREET "] for n in range(10)]
    random.Random(5).shuffle(sound)
    bad = [
        ["b1", "2024-03-10 02:01:00", "   "], ["b2", "", "12 OAK STREET"],
        ["b3", "soon", "12 OAK STREET"], ["b4", "2024-02-30 01:00:00", "12 OAK STREET"],
        sound[3], [sound[4][0], "2024-03-10 02:59:00", "12 OAK STREET"],
        ["", "2024-03-10 02:01:00", "12 OAK STREET"],
    ]  # fmt: skip
    return [*sound[:6], *bad[:4], *sound[6:], *bad[4:]]


@pytest.mark.parametrize("name", ["d.csv", "d.csv.gz", "d.xlsx", "d.xlsx.gz"])
def test_dirt_is_left_out_and_counted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if "xlsx" in name:
        write_xlsx(path, HEADER, dirty_rows())
    else:
        write(path, csv_text(HEADER, dirty_rows()), "gb18030")
    before = scratch_folders()
    result = run(path, "--map", ELEVATOR, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {"opened_at": "2024-03-10T02:45:00+08:00", "key": "unit:12 OAK STREET", "clients": 10}
    ]
    assert "1 rows left out: incident_address: no unit, passed over" in result.stderr
    assert "1 rows left out: created_date: must not be blank" in result.stderr
    assert "2 rows left out: created_date: not a time" in result.stderr
    assert "1 rows left out: unique_key: this field is missing" in result.stderr
    assert "1 rows left out: source_ref: another complaint is stored" in result.stderr
    assert "OAK" not in result.stderr
    assert scratch_folders() <= before


def test_without_json_it_is_for_people(tmp_path: Path) -> None:
    result = run(table_of([(START, "1 A ST")] * 10, tmp_path / "s.csv"), "--map", ELEVATOR)
    assert result.stdout == "2024-03-09 22:00:00  unit:1 A ST  10 clients\n1 incidents\n"


def test_wider_keys_and_blank_units(tmp_path: Path) -> None:
    """Thirty of one product from all over on one day; a blank state makes no crowd of its own."""
    header = ("Date received", "Product", "Company", "State", "Submitted via")
    rows = [["2016-06-15", "Mortgage", "X", "", "Web"]] * 29
    rows += [["2016-06-15", "MORTGAGE ", "X", "CA", "Web"]]
    path = write(tmp_path / "c.csv", csv_text(header, rows))
    result = run(path, "--map", MAPS / "cfpb.yaml", "--json")
    assert json.loads(result.stdout) == [
        {"opened_at": "2016-06-15T00:00:00+08:00", "key": "product:mortgage", "clients": 30}
    ]


def test_a_scratch_database_on_a_given_server(db: TestDatabase, tmp_path: Path) -> None:
    path = table_of([(START, "1 A ST")] * 10, tmp_path / "s.csv")
    server = db.cluster.server.url()
    result = run(path, "--map", ELEVATOR, "--json", "--server", server)
    assert [each["key"] for each in json.loads(result.stdout)] == ["unit:1 A ST"]
    count = sa.text("SELECT count(*) FROM pg_database WHERE datname LIKE 'fenghuo_replay_%'")
    left = db.owner.read(lambda c: c.scalar(count))
    assert left == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("unique_key,created_date\n1,2\n", "incident_address: the table has no such column"),
        (None, "the file cannot be read"),
    ],
)
def test_an_unusable_file_is_exit_code_2(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "s.csv"
    if text is not None:
        write(path, text)
    result = run(path, "--map", ELEVATOR, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr and "->" in result.stderr


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_a_wrong_server_is_exit_code_2(tmp_path: Path, url: str) -> None:
    path = table_of([(START, "1 A ST")], tmp_path / "s.csv")
    result = run(path, "--map", ELEVATOR, "--json", "--server", url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no URL such as postgresql://user@host/postgres" in result.stderr


def test_a_server_that_does_not_answer_is_exit_code_2(tmp_path: Path) -> None:
    path = table_of([(START, "1 A ST")], tmp_path / "s.csv")
    url = f"postgresql://somebody:hushhush@/postgres?host={tmp_path}"
    result = run(path, "--map", ELEVATOR, "--json", "--server", url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no scratch database could be made" in result.stderr
    assert "hushhush" not in result.stderr


def test_header_only_is_no_incident(tmp_path: Path) -> None:
    result = run(write(tmp_path / "s.csv", ",".join(HEADER)), "--map", ELEVATOR, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


@pytest.mark.parametrize("seconds_in", [0.0, 0.4, 1.2, 3.0])
def test_sigterm_takes_the_scratch_database_away(tmp_path: Path, seconds_in: float) -> None:
    stream = [(START + timedelta(minutes=n), f"{n} A ST") for n in range(5000)]
    path = table_of(stream, tmp_path / "s.csv")
    before = scratch_folders()
    process = subprocess.Popen(
        [sys.executable, "-c", "from dashboard.commands.replay_command import replay; replay()",
         str(path), "--map", str(ELEVATOR)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (made := scratch_folders() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert made
    time.sleep(seconds_in)  # amid initdb, the server's start, the migrations, the stream
    process.terminate()
    assert process.wait(30) == 143
    assert not scratch_folders() & made
