"""Counts tickets by set: every number of the statistics, each table in one query.

`windows` are the periods compared: 0 is the one asked for, 1 the one before, 2 the same of last
year. Row-level security holds in every query; the unit asked for narrows it further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.statistics_periods import Period
from contacts.units import Unit
from escalation.statistics_figures import BY_KEY, FIGURES, Figure
from escalation.ticket_filters import COMPENSATION, Filters, last, start_of, where

#: What each row of a table says beside its count, by the keys of their figures.
RATES = ("on_time", "satisfied", "resolved")
_WITHIN = "t.unit_id IN (SELECT su.id FROM units su WHERE starts_with(su.path, :area))"
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Scope:
    """The unit whose tickets are counted, with all below it, and the periods compared."""

    unit: Unit
    windows: tuple[Period, ...]

    @property
    def within(self) -> str:
        """A ticket of the unit or below it; of the whole bank every one that the viewer sees."""
        return "true" if self.unit.parent_id is None else _WITHIN

    @property
    def depth(self) -> int:
        """Where in a path the unit directly below stands, as `split_part` counts."""
        return self.unit.path.count("/") + 1


@dataclass
class _Query:
    """Collects conditions with parameters of their own."""

    params: dict[str, Any]
    made: int = 0

    def condition(self, filters: Filters) -> str:
        sql, params = where(filters, f"c{self.made}x")
        self.made += 1
        self.params |= params
        return sql


def figures(connection: Connection, scope: Scope) -> dict[str, list[dict[str, Any]]]:
    """Figure -> by window: hits, base (of a share) and value (of a measure)."""
    found: dict[str, list[dict[str, Any]]] = {
        f.key: [{"hits": 0, "base": 0, "value": None} for _ in scope.windows] for f in FIGURES
    }
    for by in ("received", "closed"):
        chosen = [f for f in FIGURES if f.hits.by == by]
        query = _start(scope)
        columns = [column for f in chosen for column in _columns(f, query)]
        for row in _run(connection, scope, query, by, ("t.n",), columns):
            for figure in chosen:
                found[figure.key][row["n"]] = {
                    "hits": row[f"{figure.key}_hits"],
                    "base": row.get(f"{figure.key}_base"),
                    "value": row.get(f"{figure.key}_value"),
                }
    return found


def _columns(figure: Figure, query: _Query) -> Iterable[str]:
    hits = query.condition(figure.hits)
    yield f"count(*) FILTER (WHERE {hits}) AS {figure.key}_hits"
    if figure.base is not None:
        base = query.condition(figure.base)
        yield f"count(*) FILTER (WHERE {base}) AS {figure.key}_base"
    if figure.measure:
        yield f"{figure.measure} FILTER (WHERE {hits}) AS {figure.key}_value"


def received_by(connection: Connection, scope: Scope, columns: Mapping[str, str]) -> Rows:
    """Complaints received, by each of `columns` (name -> SQL): n, one column's value, `many`,
    `worked`, and `which`, the column's name."""
    query = _start(scope)
    counted, worked = (query.condition(BY_KEY[key].hits) for key in ("received", "worked"))
    return _grouped(connection, scope, query, "received", columns, [
        f"count(*) FILTER (WHERE {counted}) AS many",
        f"count(*) FILTER (WHERE {worked}) AS worked",
    ])  # fmt: skip


def closed_by(connection: Connection, scope: Scope, columns: Mapping[str, str]) -> Rows:
    """Complaints closed, by each of `columns`: `many`, and hits and base of each of RATES."""
    query = _start(scope)
    wanted = [f"count(*) FILTER (WHERE {query.condition(BY_KEY['closed'].hits)}) AS many"]
    for key in RATES:
        wanted += _columns(BY_KEY[key], query)
    return _grouped(connection, scope, query, "closed", columns, wanted)


def below(scope: Scope) -> str:
    """The unit directly below the scope's that a ticket belongs to; null for the unit itself."""
    return f"CAST(nullif(split_part(u.path, '/', {scope.depth}), '') AS bigint)"


def trend(connection: Connection, scope: Scope, periods: Sequence[Period]) -> Rows:
    """By period (`nth`): received, closed, and those closed in time of those filed."""
    query = _start(scope)
    moments = [start_of(p.since) for p in periods]
    moments.append(start_of(periods[-1].until + timedelta(days=1)))
    query.params |= {"moments": moments}
    parts: dict[str, dict[str, Filters | None]] = {
        "received": {"many": BY_KEY["received"].hits},
        "closed": {
            "many": BY_KEY["closed"].hits, "hits": BY_KEY["on_time"].hits,
            "base": BY_KEY["on_time"].base,
        },
    }  # fmt: skip
    selects = []
    for by, wanted in parts.items():
        columns = [
            f"count(*) FILTER (WHERE {query.condition(wanted[name] or Filters())})"
            if name in wanted else "0" for name in ("many", "hits", "base")
        ]  # fmt: skip
        at = f"t.{by}_at"
        selects.append(
            f"SELECT '{by}' AS by, width_bucket({at}, CAST(:moments AS timestamptz[])) - 1 AS nth,"  # noqa: S608
            f" {columns[0]} AS many, {columns[1]} AS hits, {columns[2]} AS base FROM tickets t"
            f" WHERE {at} >= :first AND {at} < :end AND {scope.within} GROUP BY 2"
        )
    query.params |= {"first": moments[0], "end": moments[-1]}
    return _rows(connection, " UNION ALL ".join(selects), query)


def hot(connection: Connection, scope: Scope, past: Sequence[Period], least: int) -> Rows:
    """Product and unit with at least `least` complaints in the scope's first window: `now`, and
    `past` over the periods before it."""
    query = _start(scope)
    counted = query.condition(BY_KEY["received"].hits)
    now = scope.windows[0]
    query.params |= {
        "first": start_of(past[0].since), "then": start_of(now.since),
        "end": start_of(now.until + timedelta(days=1)), "least": least,
    }  # fmt: skip
    return _rows(
        connection,
        "SELECT t.product, t.unit_id, count(*) FILTER (WHERE t.received_at >= :then) AS now,"  # noqa: S608
        " count(*) FILTER (WHERE t.received_at < :then) AS past FROM tickets t"
        f" WHERE t.received_at >= :first AND t.received_at < :end AND {counted} AND {scope.within}"
        " AND t.product IS NOT NULL GROUP BY 1, 2"
        " HAVING count(*) FILTER (WHERE t.received_at >= :then) >= :least",
        query,
    )


#: Of each ticket closed in a window its last analysis; by cause, by cause and product, by share.
_ANALYSES = (
    "WITH x AS MATERIALIZED (SELECT t.n, t.complaint_id, t.product, l.facts ->> 'cause' AS cause,"
    " l.facts -> 'shares' AS shares FROM {tickets} CROSS JOIN LATERAL {last} l WHERE {worked}),"
    " y AS (SELECT x.n, x.complaint_id, s.role, s.percent / 100 AS cases,"
    " CASE WHEN starts_with(u.path, :area) THEN coalesce(CAST(nullif("
    "split_part(u.path, '/', {depth}), '') AS bigint), 0) END AS unit"
    " FROM x, jsonb_to_recordset(x.shares) AS s (unit text, role text, percent numeric)"
    " LEFT JOIN units u ON u.code = s.unit)"
    " SELECT n, GROUPING(x.product) AS whole, x.cause, x.product,"
    " CAST(NULL AS bigint) AS unit, NULL AS role, count(*) AS many, 0.0 AS cases FROM x"
    " GROUP BY GROUPING SETS ((n, x.cause), (n, x.cause, x.product))"
    " UNION ALL SELECT n, 1 + GROUPING(unit, role), NULL, NULL, unit, role,"
    " count(DISTINCT complaint_id), sum(cases) FROM y GROUP BY GROUPING SETS ((n, unit), (n, role))"
)


def analyses(connection: Connection, scope: Scope) -> dict[str, Rows]:
    """Of those closed, by their last analysis: ``cause`` and ``common`` (cause and product) with
    `n` and `many`; ``unit`` and ``role`` with `n`, `many` tickets and `cases`: their shares of
    responsibility added up, 1.0 being one whole case. A unit is the one directly below the
    scope's, 0 for the scope's own, None for any outside."""
    query = _start(scope)
    sql = _ANALYSES.format(
        tickets=_windows(scope, query, "closed"), last=last("analyse"), depth=scope.depth,
        worked=query.condition(BY_KEY["closed"].hits),
    )  # fmt: skip
    rows = _rows(connection, sql, query)
    kinds = {"common": 0, "cause": 1, "unit": 2, "role": 3}
    return {name: [r for r in rows if r["whole"] == whole] for name, whole in kinds.items()}


def count(connection: Connection, filters: Filters) -> int:
    """How many tickets there are under these filters."""
    sql, params = where(filters)
    return int(
        connection.scalar(sa.text(f"SELECT count(*) FROM tickets t WHERE {sql}"), params) or 0  # noqa: S608
    )


def _start(scope: Scope) -> _Query:
    return _Query({"area": scope.unit.path})


def _windows(scope: Scope, query: _Query, by: str) -> str:
    """The scope's tickets of every window, as `t` with `n`. One SELECT a window: PostgreSQL
    knows how few rows each has, and takes the index."""
    selects = []
    for number, window in enumerate(scope.windows):
        query.params[f"s{number}"] = start_of(window.since)
        query.params[f"u{number}"] = start_of(window.until + timedelta(days=1))
        selects.append(
            f"SELECT {number} AS n, t.* FROM tickets t WHERE t.{by}_at >= :s{number}"  # noqa: S608
            f" AND t.{by}_at < :u{number} AND {scope.within}"
        )
    return f"({' UNION ALL '.join(selects)}) t"


def _run(
    connection: Connection, scope: Scope, query: _Query, by: str, groups: Sequence[str],
    columns: Sequence[str],
) -> Rows:  # fmt: skip
    wanted, source = ", ".join(columns), _windows(scope, query, by)
    if COMPENSATION in wanted:  # looked up once a ticket, not once a figure
        wanted = wanted.replace(COMPENSATION, "m.compensation")
        source += (
            " LEFT JOIN LATERAL (SELECT CAST(l.facts ->> 'compensation' AS numeric)"  # noqa: S608
            f" AS compensation FROM {last('plan')} l) m ON true"
        )
    if "u.path" in wanted:
        source += " JOIN units u ON u.id = t.unit_id"
    return _rows(
        connection,
        f"SELECT t.n, {wanted} FROM {source} GROUP BY {', '.join(groups)}",  # noqa: S608
        query,
    )


def _grouped(
    connection: Connection, scope: Scope, query: _Query, by: str, columns: Mapping[str, str],
    wanted: Sequence[str],
) -> Rows:  # fmt: skip
    names = list(columns)
    shown = [f"{sql} AS {name}" for name, sql in columns.items()]
    marks = [f"GROUPING({sql}) AS {name}_out" for name, sql in columns.items()]
    sets = ", ".join(f"(t.n, {sql})" for sql in columns.values())
    rows = _run(
        connection, scope, query, by, (f"GROUPING SETS ({sets})",), [*shown, *marks, *wanted]
    )
    found = []
    for row in rows:
        which = next(name for name in names if not row[f"{name}_out"])
        found.append({**row, "which": which, "value": row[which]})
    return found


def _rows(connection: Connection, sql: str, query: _Query) -> Rows:
    return [dict(row) for row in connection.execute(sa.text(sql), query.params).mappings()]


def in_period(filters: Filters, period: Period, unit: str) -> Filters:
    """These tickets of a unit and all below it, in this period."""
    return replace(filters, since=period.since, until=period.until, unit=(unit,))
