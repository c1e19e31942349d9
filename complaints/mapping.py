"""Map files: which column of somebody's table is which field of a complaint. Read strictly.

A map names columns; `complaints.mapped_rows` applies it to a table's rows. Faults come all
together, each with its line and a remedy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from core.errors import SettingFault, SettingsError
from core.strict_model import Strict, nearest, refused, validate
from core.strict_yaml import Document, Place, read_document
from core.words import Channel, Level

KeyKind = Literal["unit", "branch_product", "product"]
#: What happens to a row whose unit column is blank: pass it over and count it, refuse it, or file
#: it under head office (where it counts for no single branch or outlet).
Blank = Literal["skip", "fail", "head_office"]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
EACH_ROW = "each_row"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise refused(
            f"there is no time zone {name[:40]!r}", "write one such as Asia/Shanghai or UTC"
        ) from None
    return name


def _usable_format(pattern: str) -> str:
    """A strptime pattern that carries a whole date."""
    moment = datetime(2024, 11, 23, 4, 5, 6)  # noqa: DTZ001 - a format knows no zone
    try:
        read = datetime.strptime(moment.strftime(pattern), pattern)  # noqa: DTZ007
    except (ValueError, TypeError):
        read = None
    if read is None or read.date() != moment.date():
        raise refused(
            f"{pattern[:40]!r} does not describe a whole date",
            'write it like "%Y-%m-%d %H:%M:%S" or "%m/%d/%Y"',
        )
    return pattern


class Cell(Strict):
    """Where one value comes from: a column, several joined, or the same for every row."""

    column: ColumnName | None = Field(default=None, description="a column of the table")
    columns: Annotated[tuple[ColumnName, ...], Field(min_length=2)] | None = Field(
        default=None, description="several columns, joined by `join` where they are not blank"
    )
    join: Annotated[str, Field(max_length=20)] = Field(default=" / ", description="between them")
    constant: str | None = Field(default=None, description="the same text for every row")
    table: dict[str, str] | None = Field(
        default=None, description="what each value of the column is called here"
    )
    otherwise: str | None = Field(
        default=None, description="for a blank, and for a value that is not in `table`"
    )
    fold: bool = Field(default=False, description="true: runs of blanks become one blank")
    pad_zeros: Annotated[int, Field(ge=1, le=40)] | None = Field(
        default=None, description="digits shorter than this get their lost leading zeros back"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Cell:
        given = [n for n in ("column", "columns", "constant") if getattr(self, n) is not None]
        if len(given) != 1:
            what = "has " + (" and ".join(given) if given else "neither column nor constant")
            raise refused(what, "give one of column, columns and constant")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that this value is made of; none for a constant."""
        return (self.column,) if self.column else self.columns or ()


class Reference(Strict):
    """The row's own number in its system, or one made of its content."""

    column: ColumnName | None = Field(default=None, description="the column with the row's id")
    otherwise: Literal["content"] | None = Field(
        default=None, description="content: where there is no id, a hash of the row's content"
    )

    @model_validator(mode="after")
    def _some_origin(self) -> Reference:
        if self.column is None and self.otherwise is None:
            raise refused("names no origin", "give `column: ...`, `otherwise: content` or both")
        return self


class Moment(Strict):
    """When the complaint was received. ISO 8601 is always read; `formats` are tried before it."""

    column: ColumnName = Field(description="the column with the time")
    formats: tuple[Annotated[str, AfterValidator(_usable_format)], ...] = Field(
        default=(), description='patterns such as "%m/%d/%Y %I:%M:%S %p"'
    )


class UnitFrom(Strict):
    """Units named by a column and created as they come (`--create-units`, and in a replay)."""

    column: ColumnName = Field(description="the column whose value is the unit")
    level: Literal["branch", "sub_branch", "outlet"] = Field(
        default="outlet", description="the level of the units created, right below head office"
    )
    prefix: Annotated[str, Field(max_length=20)] = Field(
        default="", description="put before the value, so that it meets no code of the bank's own"
    )
    blank: Blank = Field(default="fail", description="what a blank means: skip, fail, head_office")


class ClientCells(Strict):
    """How a client is known. `each_row`: nobody is known, and every row is another person."""

    each_row: bool = Field(default=False, description="true: every row is another person")
    name: Cell | None = Field(default=None, description="the client's name")
    phone: Cell | None = Field(default=None, description="the client's phone")
    id_number: Cell | None = Field(default=None, description="the document's number")
    account: Cell | None = Field(default=None, description="the account's number")
    address: Cell | None = Field(default=None, description="kept, but identifies nobody")

    @model_validator(mode="after")
    def _known_or_not(self) -> ClientCells:
        known = [n for n in ("name", "phone", "id_number", "account") if getattr(self, n)]
        if self.each_row and known:
            what = f"every row is another person, and yet {known[0]} says who"
            raise refused(what, "remove each_row or the columns that identify")
        if not (self.each_row or known):
            remedy = "name the columns of name, phone, id_number or account, or write each_row"
            raise refused("says nothing of who the client is", remedy)
        return self


class FieldCells(Strict):
    """The contract's other fields."""

    received_unit: Cell | None = Field(default=None, description="code of the unit that took it")
    home_unit: Cell | None = Field(default=None, description="code of the client's own unit")
    product: Cell | None = Field(default=None, description="the product complained of")
    subject: Cell | None = Field(default=None, description="what it is about, in a line")
    summary: Cell | None = Field(default=None, description="what was said")
    demand: Cell | None = Field(default=None, description="what the client wants")
    amount: Cell | None = Field(default=None, description="the amount at issue")
    face_to_face: Cell | None = Field(default=None, description="true or false")
    flags: Cell | None = Field(default=None, description="flags, separated by ; or a comma")


class ComplaintMap(Strict):
    """One kind of table. `zone` is that of times without one, and of the times in answers."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        alias="map", description="the map's name"
    )
    source: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        description="the complaints' source; with source_ref it tells one from another"
    )
    zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="Asia/Shanghai", description="the zone of times that carry none"
    )
    source_ref: Reference = Field(description="{column: ...} or {otherwise: content}")
    received_at: Moment = Field(description="{column, formats}")
    channel: Cell = Field(description="{constant} or {column, table, otherwise}")
    unit: Cell | None = Field(default=None, description="{column} with codes of known units")
    unit_from: UnitFrom | None = Field(default=None, description="{column, level, blank}")
    client: ClientCells = Field(description="each_row, or {name, phone, id_number, account}")
    fields: FieldCells = Field(default=FieldCells(), description="the contract's other fields")
    keys: Annotated[tuple[KeyKind, ...], Field(min_length=1)] = Field(
        default=get_args(KeyKind), description="which kinds of key count; default all"
    )
    optional: tuple[ColumnName, ...] = Field(
        default=(), description="columns that a table may lack"
    )

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def cells(self) -> dict[str, Cell]:
        """Every plain value by the contract's path, such as ``client.phone``."""
        found: dict[str, Cell | None] = {"channel": self.channel, "unit": self.unit}
        found |= {name: getattr(self.fields, name) for name in FieldCells.model_fields}
        found |= {
            f"client.{name}": getattr(self.client, name)
            for name in ClientCells.model_fields
            if name != EACH_ROW
        }
        return {name: cell for name, cell in found.items() if cell is not None}

    @property
    def origins(self) -> dict[str, tuple[str, ...]]:
        """The columns of every contract field, as far as it has any."""
        found = {name: cell.reads for name, cell in self.cells.items()}
        found["received_at"] = (self.received_at.column,)
        if self.source_ref.column:
            found["source_ref"] = (self.source_ref.column,)
        if self.unit_from:
            found["unit"] = (self.unit_from.column,)
        return {name: columns for name, columns in found.items() if columns}

    @property
    def level(self) -> Level:
        """The level of units that are created."""
        return Level(self.unit_from.level) if self.unit_from else Level.OUTLET


def load_map(path: Path) -> ComplaintMap:
    """The map in `path`; SettingsError with every fault of the file."""
    found, faults = read_map(path)
    if found is None:
        raise SettingsError(faults)
    return found


def read_map(path: Path) -> tuple[ComplaintMap | None, tuple[SettingFault, ...]]:
    """The map or, where there is any fault, None and all of them in order of lines."""
    document = _with_each_row(read_document(path))
    return validate(document, ComplaintMap, (_one_unit, _known_channels, _used_optionals))


def _with_each_row(document: Document) -> Document:
    """``client: each_row`` written out as the group it stands for."""
    if isinstance(document.value, dict) and document.value.get("client") == EACH_ROW:
        return dataclasses.replace(document, value={**document.value, "client": {EACH_ROW: True}})
    return document


def _one_unit(document: Document) -> Iterator[SettingFault]:
    given = [n for n in ("unit", "unit_from") if document.get(n) is not None]
    if len(given) == 2:
        yield document.fault(("unit_from",), "unit is given too", "keep one of unit and unit_from")
    elif not given and isinstance(document.value, dict):
        remedy = "add `unit: {column: ...}` (codes) or `unit_from: {column: ...}` (created)"
        yield document.fault((), "unit: the key is missing", remedy)


def _known_channels(document: Document) -> Iterator[SettingFault]:
    known = tuple(channel.value for channel in Channel)
    places: list[Place] = [("channel", "constant"), ("channel", "otherwise")]
    table = document.get("channel", "table")
    if isinstance(table, dict):
        places += [("channel", "table", word) for word in table]
    for place in places:
        word = document.get(*place)
        if isinstance(word, str) and word not in known:
            close = nearest(word, known)
            hint = f"did you mean `{close}`? " if close else ""
            remedy = f"{hint}known: {', '.join(known)}"
            yield document.fault(place, f"unknown channel {word[:40]!r}", remedy)


def _used_optionals(document: Document) -> Iterator[SettingFault]:
    used = set(_columns(document.value))
    for place in document.entries("optional"):
        name = document.get(*place)
        if isinstance(name, str) and name not in used:
            close = nearest(name, used)
            hint = f"did you mean `{close}`? " if close else ""
            yield document.fault(place, f"nothing reads {name[:60]!r}", f"{hint}else remove it")


def _columns(value: Any) -> Iterator[str]:
    """Every column that is named anywhere below `value`."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key == "column" and isinstance(inner, str):
            yield inner
        elif key == "columns" and isinstance(inner, list):
            yield from (name for name in inner if isinstance(name, str))
        else:
            yield from _columns(inner)
