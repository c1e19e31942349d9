"""Tables and maps for the tests of importing."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

ROOT = Path(__file__).parents[2]
MAPS = ROOT / "examples" / "maps"
#: Real data, where the machine has it: FENGHUO_SHARED, by default ``../shared`` beside this.
DATA = Path(os.environ.get("FENGHUO_SHARED") or ROOT.parent / "shared") / "data"

#: A map that reads everything there is to read.
BANK_MAP = """\
map: branch-desk
source: desk
source_ref: {column: 编号}
received_at: {column: 受理时间, formats: ["%Y/%m/%d %H:%M"]}
channel: {column: 渠道, table: {柜面: counter, 热线: hotline}}
unit: {column: 机构号}
client: {name: {column: 姓名}, phone: {column: 电话}}
fields:
  product: {column: 产品, fold: true}
  amount: {column: 金额}
"""
BANK_HEADER = ("编号", "受理时间", "渠道", "机构号", "姓名", "电话", "产品", "金额")


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_xlsx(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    for row in [header, *rows]:
        book.worksheets[0].append(list(row))
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(gzip.compress(out.getvalue()) if path.suffix == ".gz" else out.getvalue())
    return path


def bank_rows(number: int, *, start: int = 1, unit: str = "SH1") -> list[list[object]]:
    """So many sound rows, ten minutes apart, each of another client."""
    return [
        [f"D{n}", f"2026/11/20 {8 + n // 6 % 12:02d}:{n % 6 * 10:02d}", "柜面", unit,
         f"客户{n}", f"139{n:08d}", "稳健  理财", "100.50"]
        for n in range(start, start + number)
    ]  # fmt: skip
