"""A map applied to a table's rows: each row becomes a complaint, or says why it does not.

No cell's content is ever repeated in a fault: it may be personal data.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from complaints.mapping import Cell, ComplaintMap
from complaints.tabular import Line
from complaints.value import ComplaintValue, parse_complaint
from core.errors import FieldFault, InvalidInput
from core.strict_model import nearest

#: A unit's code is the folded value itself up to this length; beyond it, its start and a hash.
MOST_CODE = 64
#: Times outside these years are typing errors, and some cannot be moved to another zone.
_YEARS = range(1970, 2200)
_CONTENT_HEX = 32

#: kind -> what is wrong (zh, en) and the remedy (zh, en)
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "missing_column": (
        "表中没有这一列", "the table has no such column",
        "请在表中补上这一列，或在映射文件中改正列名", "add it to the table, or correct the map",
    ),
    "doubled_column": (
        "表中有两列同名", "the table has this column twice",
        "请删除或改名其中一列", "remove or rename one of them",
    ),
    "blank": ("不能为空", "must not be blank", "请填写", "enter a value"),
    "blank_unit_skipped": (
        "机构为空，已跳过", "no unit, passed over",
        "如需登记，请补填机构", "enter it to have it kept",
    ),
    "blank_unit_head_office": (
        "机构为空，已记在总行名下", "no unit, filed under head office",
        "查明后更正", "correct it once it is known",
    ),
    "no_head_office": (
        "机构为空，且系统中没有总行", "no unit, and there is no head office to file it under",
        "请先录入总行", "enter the head office first",
    ),
    "not_a_time": (
        "不是映射文件所述格式的时间", "not a time in any of the map's formats",
        "请改正，或在映射文件的 received_at.formats 中补充格式",
        "correct it, or add its format to received_at.formats in the map",
    ),
    "not_in_table": (
        "对照表中没有这个值", "a value that the map's table does not name",
        "请改正，或在映射文件的 table 中补充（也可用 otherwise）",
        "correct it, or add it to the table in the map (or give `otherwise`)",
    ),
    "padded": (
        "前导零丢失，已补回", "lost leading zeros, put back",
        "导出时请将此列设为文本", "export this column as text",
    ),
}  # fmt: skip


def row_text(kind: str, column: str) -> FieldFault:
    """A fault (or remark) of this kind about a column."""
    return FieldFault(column, *_TEXTS[kind])


@dataclass(frozen=True)
class MappedRow:
    """What became of a row: a value, or faults, or it was passed over (`skipped` says why).

    `notes` are remarks on a row that is kept. `unit_name` is the value a created unit is named
    after; None when the row names no unit of its own.
    """

    number: int
    value: ComplaintValue | None = None
    unit_name: str | None = None
    faults: tuple[FieldFault, ...] = ()
    notes: tuple[FieldFault, ...] = ()
    skipped: FieldFault | None = None


class RowMapper:
    """Reads one table's rows in order (the order matters where rows have no id of their own).

    `digest` is a keyed hash; it names rows without an id. InvalidInput when the table lacks a
    column that the map needs; `field` of each fault is the column.
    """

    def __init__(
        self, found: ComplaintMap, header: Sequence[str], *, digest: Callable[[str], bytes],
        head_office: str | None,
    ) -> None:  # fmt: skip
        self.map = found
        self._places = _places(found, header)
        self._head = [fold_header(name) for name in header]
        self._digest, self._head_office = digest, head_office
        self._seen: dict[bytes, int] = {}
        self._zone = found.time_zone
        cells = dict(found.cells)
        if found.unit_from:
            cells["unit"] = Cell(column=found.unit_from.column, fold=True)
        self._cells = cells

    def column_of(self, field: str) -> str:
        """The column behind a field of the contract, for whoever looks at the table."""
        columns = self.map.origins.get(field) or self.map.origins.get(field.split(".")[0])
        return " + ".join(columns) if columns else field

    def pass_by(self, line: Line) -> None:
        """Take note of a row that was dealt with earlier: later repeats of it count on."""
        if line.fault is None and not line.blank:
            self._reference(line)

    def read(self, line: Line) -> MappedRow | None:
        """The row mapped; None for a blank line."""
        if line.blank:
            return None
        if line.fault is not None:
            return MappedRow(line.number, faults=(line.fault,))
        faults: list[FieldFault] = []
        notes: list[FieldFault] = []
        # Drawn first: whether a row is refused must not depend on what was refused before it.
        body: dict[str, Any] = {
            "source": self.map.source, "source_ref": self._reference(line), "client": {},
        }  # fmt: skip
        for path, cell in self._cells.items():
            text, kinds = self._value(cell, line)
            for kind in kinds:
                entry = row_text(kind, self.column_of(path))
                (notes if kind == "padded" else faults).append(entry)
            _put(body, path, text)
        body["received_at"] = self._moment(line, faults)
        unit_name = body.get("unit")
        skipped = self._unit(body, faults, notes)
        if skipped is not None:
            return MappedRow(line.number, skipped=skipped)
        return self._checked(line.number, body, unit_name, faults, notes)

    def _checked(
        self, number: int, body: dict[str, Any], unit_name: str | None,
        faults: list[FieldFault], notes: list[FieldFault],
    ) -> MappedRow:  # fmt: skip
        known = {fault.field for fault in faults}
        value: ComplaintValue | None = None
        try:
            value = parse_complaint({k: v for k, v in body.items() if v is not None})
        except InvalidInput as error:
            found = [replace(f, field=self.column_of(f.field)) for f in error.faults]
            faults += [fault for fault in found if fault.field not in known]
        if faults or value is None:
            return MappedRow(number, faults=tuple(faults))
        return MappedRow(number, value, unit_name or None, notes=tuple(notes))

    def _value(self, cell: Cell, line: Line) -> tuple[str | None, list[str]]:
        """A cell's text (None when nothing is known) and what there is to say about it."""
        if cell.constant is not None:
            return cell.constant, []
        kinds: list[str] = []
        parts = [p for p in (self._at(line, name) for name in cell.reads) if p]
        if cell.fold:
            parts = [" ".join(part.split()) for part in parts]
        text = cell.join.join(parts)
        if cell.table is not None and text:
            if text in cell.table:
                return cell.table[text], kinds
            return cell.otherwise, [] if cell.otherwise is not None else ["not_in_table"]
        if cell.pad_zeros and text.isascii() and text.isdigit() and len(text) < cell.pad_zeros:
            return text.zfill(cell.pad_zeros), ["padded"]
        return text or cell.otherwise, kinds

    def _at(self, line: Line, column: str) -> str:
        place = self._places.get(column)
        return line.cells[place] if place is not None and place < len(line.cells) else ""

    def _unit(
        self, body: dict[str, Any], faults: list[FieldFault], notes: list[FieldFault]
    ) -> FieldFault | None:
        """Put the unit's code in; the reason when the row is to be passed over for want of one."""
        rule, name = self.map.unit_from, body.get("unit")
        column = self.column_of("unit")
        if name:
            if rule:
                body["unit"] = unit_code(rule.prefix + name)
        elif rule is None or rule.blank == "fail":
            faults.append(row_text("blank", column))
        elif rule.blank == "skip":
            return row_text("blank_unit_skipped", column)
        elif self._head_office is None:
            faults.append(row_text("no_head_office", column))
        else:
            body["unit"] = self._head_office
            notes.append(row_text("blank_unit_head_office", column))
        return None

    def _moment(self, line: Line, faults: list[FieldFault]) -> str | None:
        column = self.map.received_at.column
        text = self._at(line, column)
        if not text:
            faults.append(row_text("blank", column))
            return None
        moment = _parsed(text, self.map.received_at.formats)
        if moment is None or moment.year not in _YEARS:
            faults.append(row_text("not_a_time", column))
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).isoformat()

    def _reference(self, line: Line) -> str | None:
        """The row's id; without one its content's hash and how often that has occurred before."""
        rule = self.map.source_ref
        text = self._at(line, rule.column) if rule.column else ""
        if text or rule.otherwise is None:
            return text or None
        content = sorted((n, c) for n, c in zip(self._head, line.cells, strict=False) if c)
        name = self._digest(json.dumps(content)).hex()[:_CONTENT_HEX]
        place = bytes.fromhex(name)[:8]  # short, for there is one a row
        self._seen[place] = self._seen.get(place, 0) + 1
        return f"{name}-{self._seen[place]}"


def _put(body: dict[str, Any], path: str, text: str | None) -> None:
    group, _, name = path.rpartition(".")
    if path == "flags":
        body[path] = [word for word in re.split(r"[;,、,;\s]+", text or "") if word] or None
    elif group:
        body[group][name] = text
    else:
        body[path] = text


def _parsed(text: str, formats: Sequence[str]) -> datetime | None:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the map's zone is put in later
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def unit_code(name: str) -> str:
    """The code of a unit created for `name`: the name itself where it is short enough."""
    if len(name) <= MOST_CODE:
        return name
    mark = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{name[: MOST_CODE - 13]}…{mark}"


def fold_header(text: str) -> str:
    """A column's name as it is compared: half-width, without blanks, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _places(found: ComplaintMap, header: Sequence[str]) -> dict[str, int]:
    """Where each column of the map stands; InvalidInput names every one that is missing."""
    folded = [fold_header(name) for name in header]
    places: dict[str, int] = {}
    faults: list[FieldFault] = []
    wanted = dict.fromkeys(name for names in found.origins.values() for name in names)
    for column in wanted:
        name = fold_header(column)
        number = folded.count(name)
        if number == 1:
            places[column] = folded.index(name)
        elif number > 1:
            faults.append(row_text("doubled_column", column))
        elif column not in found.optional:
            faults.append(_missing(column, header))
    if faults:
        raise InvalidInput(faults)
    return places


def _missing(column: str, header: Sequence[str]) -> FieldFault:
    fault = row_text("missing_column", column)
    close = nearest(column, [name for name in header if name])
    if close is None:
        return fault
    return replace(
        fault, remedy_zh=f"是否指「{close[:60]}」?{fault.remedy_zh}",
        remedy_en=f"did you mean `{close[:60]}`? {fault.remedy_en}",
    )  # fmt: skip
