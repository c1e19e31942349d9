"""The archive's list: a hundred thousand tickets a page at a time, filtered, sorted, searched.

Pages follow each other by key, not by number: a row is shown exactly once however many others
come in meanwhile. What is searched for is found by the blind index and read before it is an
answer (`escalation.complaint_search`).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_life import ORDER
from core.clock import iso
from core.errors import FieldFault, InvalidInput
from database.connection import sqlstate
from escalation import archive_sending, complaint_search, ticket_filters
from escalation.complaint_search import Question
from escalation.complaint_words import hashed
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ticket_filters import Filters

PAGE = 50
#: Hits are counted up to here; beyond, there are more.
COUNTED = 10_000
#: Candidates of a search that are opened and read for one page.
_READ_AT_MOST, _READ_AT_ONCE = 1_000, 100
#: Found in no more than so many, a text is rare.
_FEW = 3_000
#: Milliseconds that an exact count may take; PostgreSQL's answer to one that took longer.
_PATIENCE, _CANCELLED = 200, "57014"
#: Stages in the order of a life, the ends last.
STAGES: tuple[str, ...] = (
    *(s.value for s in ORDER), "archived", "withdrawn", "misfiled", "merged", "history",
)  # fmt: skip
_RANK = f"array_position(ARRAY[{', '.join(repr(s) for s in STAGES)}], t.stage)"


@dataclass(frozen=True)
class Sort:
    """A key of the list's order: its expression, never null, and its PostgreSQL type."""

    key: str
    type: str


SORTS: dict[str, Sort] = {
    "received": Sort("t.received_at", "timestamptz"),
    "-received": Sort("t.received_at", "timestamptz"),
    "closed": Sort("coalesce(t.closed_at, 'infinity')", "timestamptz"),
    "-closed": Sort("coalesce(t.closed_at, '-infinity')", "timestamptz"),
    "clock": Sort("coalesce(n.next_at, 'infinity')", "timestamptz"),
    "unit": Sort("u.code", "text"),
    "-unit": Sort("u.code", "text"),
    "stage": Sort(_RANK, "integer"),
    "-stage": Sort(_RANK, "integer"),
}
DEFAULT_SORT = "-received"
#: The next clock of a ticket: of an open duty, or of the promise to the client.
_CLOCKS = (
    " LEFT JOIN (SELECT x.id, min(x.at) AS next_at FROM ("  # noqa: S608
    "SELECT d.complaint_id AS id, d.due_at AS at FROM duties d WHERE d.state = 'open'"
    " AND d.complaint_id IS NOT NULL UNION ALL SELECT p.complaint_id, p.promised_at FROM tickets p"
    " WHERE p.promised_at IS NOT NULL AND p.told_at IS NULL"
    f" AND {ticket_filters.STAGE_GROUPS['open'].replace('t.', 'p.')}"
    ") x GROUP BY x.id) n ON n.id = t.complaint_id"
)
_COLUMNS = (
    "t.complaint_id, t.received_at, t.closed_at, t.archived_at, t.channel, t.product, t.unit_id,"
    " t.stage, t.round, t.class_id, t.owner_role, t.priority, t.held, t.outcome, t.satisfaction,"
    " t.late, t.reopened, t.passes, t.major_risk, t.previous_id, o.name AS owner"
)


@dataclass(frozen=True)
class Wanted:
    """What the list is asked for. `after` is the cursor of the page before; `text` is searched."""

    filters: Filters = field(default_factory=Filters)
    sort: str = DEFAULT_SORT
    text: str = ""
    after: str = ""
    limit: int = PAGE


def page(connection: Connection, house: House, wanted: Wanted) -> dict[str, Any]:
    """``{"rows", "after"}``: one page, and the cursor of the next, None at the end. InvalidInput
    for a sort or a cursor that is none, or a text that is too short."""
    rows, after = _page(connection, house, wanted)
    return {"rows": _shown(connection, house, rows), "after": after}


def ids(connection: Connection, house: House, wanted: Wanted) -> list[int]:
    """The complaints of a page."""
    return [row.complaint_id for row in _page(connection, house, wanted)[0]]


def count(connection: Connection, house: House, wanted: Wanted) -> dict[str, Any]:
    """``{"count", "more", "exact"}``: hits up to COUNTED. A search's are those that the index
    finds, which a reading may lessen by a few; where counting takes long, it is an estimate."""
    asked = _asked(connection, house, wanted.text, dense=False)
    plain = replace(wanted, sort=DEFAULT_SORT, after="")
    sql, params = _source(house, plain, asked)
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"SET LOCAL statement_timeout = {_PATIENCE}"))
            found = int(connection.execute(
                sa.text(f"SELECT count(*) FROM (SELECT {sql} LIMIT :most) x"),  # noqa: S608
                {**params, "most": COUNTED + 1},
            ).scalar_one())  # fmt: skip
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
    except sa.exc.OperationalError as error:
        if sqlstate(error) != _CANCELLED:
            raise
        asked = _asked(connection, house, wanted.text, dense=True)
        return _estimated(connection, *_source(house, plain, asked))
    exact = asked is None or asked.exact
    return {"count": min(found, COUNTED), "more": found > COUNTED, "exact": exact}


def _estimated(connection: Connection, sql: str, params: dict[str, Any]) -> dict[str, Any]:
    """How many there are by one row in forty, to two figures."""
    sampled = sql.replace("FROM tickets t", "FROM tickets t TABLESAMPLE BERNOULLI (2.5)", 1)
    found = 40 * int(connection.execute(
        sa.text(f"SELECT count(*){sampled}"), params
    ).scalar_one())  # fmt: skip
    rounded = int(float(f"{found:.2g}"))
    return {"count": min(rounded, COUNTED), "more": found > COUNTED, "exact": False}


def _page(
    connection: Connection, house: House, wanted: Wanted
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    limit = max(1, min(wanted.limit, COUNTED))
    asked = _asked(connection, house, wanted.text)
    if asked is None:
        rows = _read(connection, house, wanted, None, limit + 1)
        more = len(rows) > limit
        return rows[:limit], _cursor(wanted, rows[limit - 1]) if more else None
    found: list[sa.Row[Any]] = []
    last: sa.Row[Any] | None = None
    candidates = _candidates(connection, house, wanted, asked)
    for read, (row, stands) in enumerate(candidates, start=1):
        if len(found) == limit:
            return found, _cursor(wanted, last) if last is not None else None
        last = row
        if stands:
            found.append(row)
        if read >= _READ_AT_MOST and len(found) < limit:
            return found, _cursor(wanted, last)
    return found, None


def _candidates(
    connection: Connection, house: House, wanted: Wanted, asked: _Asked
) -> Iterator[tuple[sa.Row[Any], bool]]:
    """Rows that the index finds in the list's order, and whether the text stands in each."""
    coming: Wanted | None = wanted
    while coming is not None:
        rows = _read(connection, house, coming, asked, _READ_AT_ONCE)
        holding = complaint_search.holding(
            connection, house, [row.complaint_id for row in rows], asked.question
        )
        for row in rows:
            yield row, row.complaint_id in holding
        full = len(rows) == _READ_AT_ONCE
        coming = replace(wanted, after=_cursor(wanted, rows[-1])) if full else None


@dataclass(frozen=True)
class _Asked:
    """What is searched for, as a condition of the list. What stands in few complaints is found by
    the index; what stands in many is looked for row by row, in the list's order."""

    question: Question
    sql: str
    params: dict[str, Any]

    @property
    def exact(self) -> bool:
        return len(self.question.words) == 1


def _asked(
    connection: Connection, house: House, text: str, *, dense: bool | None = None
) -> _Asked | None:
    if not text.strip():
        return None
    question = complaint_search.question(text)
    params: dict[str, Any] = {}
    finding, holding = [], []
    for n, version in enumerate(house.blind.ring.versions):
        params[f"version{n}"] = version
        params[f"words{n}"] = hashed(house.blind, question.words, version)
        given = f"CAST(:version{n} AS smallint), CAST(:words{n} AS bigint[])"
        finding.append(f"SELECT found_worded({given})")
        holding.append(f"is_worded(t.complaint_id, {given})")
    every = " UNION ALL ".join(finding)
    if dense is None:
        dense = connection.execute(
            sa.text(f"SELECT count(*) > :few FROM (({every}) LIMIT :few + 1) x"),  # noqa: S608
            {**params, "few": _FEW},
        ).scalar_one()  # fmt: skip
    sql = " OR ".join(holding) if dense else f"t.complaint_id IN ({every})"
    return _Asked(question, sql, params)


def _read(
    connection: Connection, house: House, wanted: Wanted, asked: _Asked | None, most: int
) -> Sequence[sa.Row[Any]]:
    sort = _sort(wanted)
    way = "DESC" if wanted.sort.startswith("-") else "ASC"
    sql, params = _source(house, wanted, asked)
    return connection.execute(
        sa.text(
            f"SELECT {_COLUMNS}, CAST(k.sort_key AS text) AS sort_key FROM ("  # noqa: S608
            f"SELECT t.complaint_id AS id, {sort.key} AS sort_key{sql}"
            f" ORDER BY {sort.key} {way}, t.complaint_id {way}"
            " LIMIT :most) k JOIN tickets t ON t.complaint_id = k.id"
            " LEFT JOIN people o ON o.id = t.owner_person_id"
            f" ORDER BY k.sort_key {way}, k.id {way}"
        ),
        {**params, "most": most},
    ).all()


def _source(house: House, wanted: Wanted, asked: _Asked | None) -> tuple[str, dict[str, Any]]:
    """FROM and WHERE of the list, and their parameters."""
    where, params = ticket_filters.where(wanted.filters)
    parts = [where]
    joins = ""
    if wanted.sort == "clock":
        joins += _CLOCKS
    if wanted.sort.endswith("unit"):
        joins += " JOIN units u ON u.id = t.unit_id"
    if house.area != "/":
        parts.append(_SEEN)
        params["area"] = house.area
    me = house.viewer.person_id if house.viewer else None
    if me is not None:  # a complaint about a leader is not shown to that leader
        parts.append("t.about_person_id IS DISTINCT FROM :me")
        params["me"] = me
    if asked is not None:
        parts.append(asked.sql)
        params |= asked.params
    if wanted.after:
        key, number = _opened(wanted)
        sort = _sort(wanted)
        beyond = "<" if wanted.sort.startswith("-") else ">"
        parts.append(f"({sort.key}, t.complaint_id) {beyond} (CAST(:after_key AS {sort.type}),"
                     " CAST(:after_id AS bigint))")  # fmt: skip
        params |= {"after_key": key, "after_id": number}
    return f" FROM tickets t{joins} WHERE {' AND '.join(f'({p})' for p in parts)}", params


_AREA = "SELECT au.id FROM units au WHERE starts_with(au.path, :area)"
_SEEN = (
    f"t.unit_id IN ({_AREA}) OR t.complained_unit_id IN ({_AREA})"
    f" OR t.received_unit_id IN ({_AREA})"
)


def _sort(wanted: Wanted) -> Sort:
    sort = SORTS.get(wanted.sort)
    if sort is None:
        raise InvalidInput([FieldFault(
            "sort", "不能这样排序", "is no order that there is", "请点击表头排序",
            f"one of {', '.join(SORTS)}",
        )])  # fmt: skip
    return sort


def _cursor(wanted: Wanted, row: sa.Row[Any]) -> str:
    """Where the next page begins: the key and number of the last row, and no word of it."""
    plain = json.dumps([wanted.sort, row.sort_key, row.complaint_id])
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _opened(wanted: Wanted) -> tuple[str, int]:
    try:
        sort, key, number = json.loads(base64.urlsafe_b64decode(wanted.after))
        if sort != wanted.sort or not isinstance(key, str) or not isinstance(number, int):
            raise ValueError
        if _sort(wanted).type == "timestamptz" and key not in ("infinity", "-infinity"):
            datetime.fromisoformat(key)
        if _sort(wanted).type == "integer":
            int(key)
    except (ValueError, TypeError, binascii.Error):
        raise InvalidInput([FieldFault(
            "after", "翻页位置无效", "is no page of this list", "请从第一页重新开始", "begin anew"
        )]) from None  # fmt: skip
    return key, number


def _shown(
    connection: Connection, house: House, rows: Sequence[sa.Row[Any]]
) -> list[dict[str, Any]]:
    numbers = [row.complaint_id for row in rows]
    clients = complaint_search.first_parties(connection, house, numbers)
    sent = archive_sending.of_many(connection, house, numbers)
    clocks = _next_clocks(connection, numbers)
    tree = house.tree()
    return [
        {
            "complaint": public_complaint(row.complaint_id), "received_at": iso(row.received_at),
            "closed_at": iso(row.closed_at), "archived_at": iso(row.archived_at),
            "channel": row.channel, "product": row.product,
            "unit": tree.get(row.unit_id).short_name, "stage": row.stage, "round": row.round,
            "class": row.class_id, "owner": row.owner, "owner_role": row.owner_role,
            "priority": row.priority, "held": row.held, "outcome": row.outcome,
            "satisfaction": row.satisfaction, "late": row.late, "reopened": row.reopened,
            "bounced": row.passes >= 2, "major": row.major_risk,
            "again": row.previous_id is not None, "next_at": iso(clocks.get(row.complaint_id)),
            "client": clients.get(row.complaint_id),
            "sent": sorted({s["receiver"] for s in sent[row.complaint_id]
                            if s["round"] == row.round}),
        }
        for row in rows
    ]  # fmt: skip


def _next_clocks(connection: Connection, numbers: list[int]) -> dict[int, datetime]:
    rows = connection.execute(
        sa.text(
            f"SELECT t.complaint_id, n.next_at FROM tickets t{_CLOCKS_OF}"  # noqa: S608
            " WHERE t.complaint_id = ANY(:ids) AND n.next_at IS NOT NULL"
        ),
        {"ids": numbers},
    )
    return {row.complaint_id: row.next_at for row in rows}


_CLOCKS_OF = (
    " JOIN LATERAL (SELECT least((SELECT min(d.due_at) FROM duties d WHERE d.state = 'open'"  # noqa: S608
    " AND d.complaint_id = t.complaint_id), CASE WHEN t.told_at IS NULL"
    f" AND {ticket_filters.STAGE_GROUPS['open']} THEN t.promised_at END) AS next_at) n ON true"
)
