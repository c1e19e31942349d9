"""95558's files: whole ones only, each once, put away with a report; none named anywhere."""

from __future__ import annotations

import csv
import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.work_order_table import COLUMNS, LIST_COLUMNS
from core import failpoints
from escalation import hotline_drop
from escalation.hotline_drop import HEALTH, DropReader
from escalation.hotline_files import DropFolder
from tests.hotline.caller import DOCS, Hotline

SECRET = "张三丰13912345678"


@pytest.fixture
def drop(hotline: Hotline, tmp_path: Path) -> Drop:
    return Drop(hotline, tmp_path / "in")


class Drop:
    """The folder from both sides."""

    def __init__(self, hotline: Hotline, folder: Path) -> None:
        self.hotline, self.folder = hotline, folder
        folder.mkdir()
        self.reader = self.engine("engine/1")

    def engine(self, name: str, **more: Any) -> DropReader:
        return DropReader(self.hotline.desk, DropFolder(self.folder, 30), name, **more)

    def put(self, name: str, content: str | bytes, *, age: float = 60, mark: bool = False) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (time.time() - age,) * 2)
        if mark:
            path.with_name(name + ".done").touch()
        return path

    def orders(self, *numbers: str, more: str = "", unit: str = "SH1") -> str:
        at = self.hotline.scene.now().isoformat()
        rows = [f"新增,{n},,{at},{unit},张三丰,13912345678,来电投诉,," for n in numbers]
        head = "类型,工单编号,更新编号,时间,被投诉机构,客户姓名,联系电话,内容,说明,反馈编号"
        return "\n".join([head, *rows]) + "\n" + more

    def names(self, folder: str) -> list[str]:
        found = self.folder / folder
        return sorted(p.name for p in found.iterdir()) if found.exists() else []

    def numbers(self) -> list[str]:
        rows = self.hotline.rows("SELECT number FROM hotline_orders ORDER BY complaint_id")
        return [row.number for row in rows]

    def row(self) -> Any:
        (found,) = self.hotline.rows("SELECT * FROM hotline_files")
        return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_becomes_orders_and_is_put_away(drop: Drop, encoding: str) -> None:
    drop.put("a.csv", drop.orders("WO-1", "WO-2").encode(encoding))
    assert drop.reader.read_all() == 1 and drop.reader.read_all() == 0
    assert drop.numbers() == ["WO-1", "WO-2"]
    (name,) = drop.names("done")
    assert name.endswith("-a.csv") and not (drop.folder / "a.csv").exists()
    mode = (drop.folder / "done" / name).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((drop.folder / "done").stat().st_mode) == 0o700
    assert (drop.row().state, drop.row().rows, drop.row().taken) == ("done", 2, 2)


def test_only_whole_files_are_read(drop: Drop) -> None:
    drop.put("growing.csv", drop.orders("WO-1"), age=5)
    drop.put("growing.csv.part", drop.orders("WO-2"))
    drop.put(".hidden.csv", drop.orders("WO-3"))
    (drop.folder / "folder.csv").mkdir()
    outside = drop.folder.parent / "outside.csv"
    outside.write_text(drop.orders("WO-4"))
    (drop.folder / "link.csv").symlink_to(outside)
    assert drop.reader.read_all() == 0 and drop.numbers() == []
    drop.put("marked.csv", drop.orders("WO-5"), age=0, mark=True)
    assert drop.reader.read_all() == 1 and drop.numbers() == ["WO-5"]
    assert not (drop.folder / "marked.csv.done").exists()


def test_what_was_read_before_is_put_away_and_not_read_again(drop: Drop) -> None:
    content = drop.orders("WO-1")
    drop.put("a.csv", content)
    drop.reader.read_all()
    drop.put("again under another name.csv", content)
    assert drop.reader.read_all() == 1
    assert drop.numbers() == ["WO-1"] and drop.row().taken == 1
    assert len(drop.names("done")) == 2


def test_a_rows_fault_is_reported_beside_the_file_and_costs_no_other(drop: Drop) -> None:
    at = drop.hotline.scene.now().isoformat()
    bad = (
        f"新增,WO-2,,{at},XX9,张三丰,13912345678,,,\n催办,WO-9,U-1,{at},,,,,,\n"
        f"新增,WO-1,,{at},SH1,别人,,,,\n"
    )
    drop.put("a.csv", drop.orders("WO-1", more=bad) + f"催办,WO-1,U-1,{at},,,,,,\n")
    assert drop.reader.read_all() == 1
    assert drop.numbers() == ["WO-1"] and drop.hotline.desk.order_of("WO-1")["urged"] == 1
    name, report = drop.names("failed")
    assert report == f"{name}.errors.csv"
    text = (drop.folder / "failed" / report).read_text("utf-8-sig")
    lines = list(csv.reader(text.splitlines()))[1:]
    assert [(line[0], line[1]) for line in lines] == [
        ("3", "unit"), ("4", "number"), ("5", "number"),
    ]  # fmt: skip
    assert "张三丰" not in text and "139" not in text
    assert (drop.row().state, drop.row().taken, drop.row().refused) == ("failed", 2, 3)


@pytest.mark.parametrize(
    ("content", "field"),
    [(b"", "file"), (b"\xff\xfe\x00\x81", "file"), (b"PK\x03\x04broken", "file"),
     (b"\x1f\x8bpacked", "file"),
     ("工单编号,时间,客户星座\n".encode(), "file"), ("类型,工单编号\n".encode(), "at"),
     ("工单编号,number,时间\n".encode(), "file"), ("对账日期,工单编号\n".encode(), "state"),
     ("对账日期,工单编号,状态\n2026-11-20,A,待反馈\n2026-11-19,B,待反馈\n".encode(), "day"),
     ("对账日期,工单编号,状态\n2026-11-20,A,在途\n".encode(), "orders.0.state")],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(drop: Drop, content: bytes, field: str) -> None:
    drop.put("a.csv", content)
    assert drop.reader.read_all() == 1
    assert drop.row().state == "failed" and drop.row().faults[0]["field"] == field
    assert len(drop.names("failed")) == 2


def test_too_large_a_file_is_refused_unread(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("escalation.hotline_files.MOST_BYTES", 100)
    drop.put("a.csv", drop.orders(*(f"WO-{n}" for n in range(9))))
    drop.reader.read_all()
    assert drop.numbers() == [] and drop.row().state == "failed"


def test_a_list_is_compared(drop: Drop) -> None:
    drop.hotline.order("WO-1")
    day = drop.hotline.scene.now().date().isoformat()
    drop.put("list.csv", f"对账日期,工单编号,状态\n{day},WO-1,待反馈\n{day},WO-2,已办结\n")
    drop.reader.read_all()
    assert drop.row().kind == "list" and drop.row().state == "done"
    (one,) = drop.hotline.desk.compared()["differences"]
    assert (one["number"], one["kind"]) == ("WO-2", "missing_here")


@pytest.mark.parametrize("name", ["work-orders.csv", "daily-list.csv"])
def test_the_documents_examples_are_taken(drop: Drop, name: str) -> None:
    content = (DOCS / "hotline" / "examples" / name).read_bytes()
    columns = COLUMNS if name.startswith("work") else LIST_COLUMNS
    assert content.decode().splitlines()[0].split(",") == list(columns)
    drop.hotline.db.set_time(drop.hotline.scene.now().replace(year=2026, month=11, day=24))
    drop.put(name, content)
    drop.reader.read_all()
    assert drop.row().state == "done", drop.row().faults
    if name.startswith("work"):
        order = drop.hotline.desk.order_of("WO-20261123-000123")
        assert order["received_at"].startswith("2026-11-23T09:30:00+08:00")


class _Died(Exception):
    pass


def _dying(point: str, visit: int) -> Callable[[str], None]:
    seen = [0]

    def hit(name: str) -> None:
        if name == point:
            seen[0] += 1
            if seen[0] == visit:
                raise _Died

    return hit


@pytest.mark.parametrize(("point", "visit"), [("in_drop_file", 1), ("in_drop_file", 2),
                                              ("drop_not_moved", 1)])  # fmt: skip
def test_dying_anywhere_loses_and_doubles_nothing(
    drop: Drop, monkeypatch: pytest.MonkeyPatch, point: str, visit: int
) -> None:
    assert point in failpoints.POINTS
    monkeypatch.setattr(hotline_drop, "CHUNK", 3)
    numbers = [f"WO-{n}" for n in range(8)]
    at = drop.hotline.scene.now().isoformat()
    drop.put("a.csv", drop.orders(*numbers, more=f"催办,WO-1,U-1,{at},,,,,,\n"))
    monkeypatch.setattr(hotline_drop, "hit", _dying(point, visit))
    with pytest.raises(_Died):
        drop.reader.read_all()
    monkeypatch.setattr(hotline_drop, "hit", lambda _: None)
    other = drop.engine("engine/2")
    if point == "in_drop_file":
        assert other.read_all() == 0  # its lease holds
        drop.hotline.db.owner.run(lambda c: c.execute(sa.text(
            "UPDATE hotline_files SET claimed_until_real = clock_timestamp()"
        )))  # fmt: skip
    assert other.read_all() == 1
    assert drop.numbers() == numbers and drop.hotline.desk.order_of("WO-1")["urged"] == 1
    row = drop.row()
    assert (row.state, row.taken + row.known, row.rows) == ("done", 9, 9)
    assert len(drop.names("done")) == 1


def test_whoever_was_away_too_long_leaves_it_to_the_other(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotline_drop, "CHUNK", 2)
    drop.put("a.csv", drop.orders(*(f"WO-{n}" for n in range(4))))
    done: list[int] = []

    def overtaken(name: str) -> None:
        if name == "in_drop_file" and not done:
            done.append(1)
            drop.hotline.db.owner.run(lambda c: c.execute(sa.text(
                "UPDATE hotline_files SET claimed_until_real = clock_timestamp()"
            )))  # fmt: skip
            assert drop.engine("engine/2").read_all() == 1

    monkeypatch.setattr(hotline_drop, "hit", overtaken)
    assert drop.reader.read_all() == 0
    assert len(drop.numbers()) == 4 and drop.row().state == "done"


def test_no_name_of_a_file_is_told(drop: Drop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    drop.put(f"{SECRET}.csv", drop.orders("WO-1"))
    drop.reader.read_all()
    drop.put(f"{SECRET}2.csv", drop.orders("WO-2"))
    blocked = drop.folder / "done"
    blocked.rename(drop.folder / "aside")
    blocked.write_text("a file stands where the folder should")
    assert drop.reader.read_all() == 0
    health = [g for g in drop.hotline.scene.engine.board()["gateways"] if g["name"] == HEALTH]
    assert health[0]["error"] == "FileExistsError" and health[0]["kind"] == "drop"
    blocked.unlink()
    assert drop.reader.read_all() == 1 and drop.numbers() == ["WO-1", "WO-2"]
    assert SECRET not in caplog.text and "139" not in caplog.text
    for table in ("journal", "hotline_files", "gateway_health"):
        assert SECRET not in str(drop.hotline.rows(f"SELECT t::text FROM {table} t"))


def test_a_folder_that_is_away_is_seen_on_the_board(drop: Drop) -> None:
    drop.folder.rename(drop.folder.with_name("gone"))
    drop.reader.read_all()
    (health,) = drop.hotline.scene.engine.board()["gateways"]
    assert (health["ok"], health["error"]) == (False, "FileNotFoundError")
