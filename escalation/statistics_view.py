"""The statistics of a unit over a period, put together: plain JSON that a report may freeze.

Every number has the query of the tickets behind it (`escalation.ticket_filters`), and every figure
its definition in both languages. Nothing in it is a client's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import statistics_hotspots as hotspots
from complaints.statistics_periods import (
    Period,
    before,
    first_days,
    parse_period,
    period_of,
    series,
    year_before,
)
from complaints.statistics_scores import Score, score
from contacts.units import Unit, UnitTree, unknown_unit
from core.clock import SHANGHAI, iso
from core.errors import FieldFault, InvalidInput
from escalation import statistics_read as read
from escalation.house import House
from escalation.statistics_figures import BY_KEY, FIGURES, GROUPS
from escalation.statistics_read import RATES, Rows, Scope, in_period
from escalation.telling import tellable
from escalation.ticket_filters import NONE, Filters, as_query
from escalation.ticket_plan import Tickets

Statistics = dict[str, Any]
#: Rows of a table at most; the rest is added up in one line.
MOST_ROWS = 30
#: Owners that are scored at most, those with the most cases.
MOST_PEOPLE = 60
_TREND = 13
#: Compiling these queries takes longer than running them.
_NO_JIT = sa.text("SET LOCAL jit = off")
#: Which rate of a ticket each part of a score is (SC-14).
_PART = {"timeliness": "on_time", "satisfaction": "satisfied", "resolution": "resolved"}
_LINES = {"channel": "t.channel", "product": "t.product", "class": "t.class_id"}
#: How it ended: rows of these have no rates, which are themselves about how it ended.
_ENDS = {"outcome": "t.outcome", "satisfaction": "t.satisfaction"}
_NOW, _BEFORE, _YEAR = range(3)


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see: a period, and a unit of their area."""

    period: Period
    unit: str | None = None


def parse_asked(period: str | None, unit: str | None, today: date) -> Asked:
    """This month without a period. InvalidInput."""
    if not period:
        return Asked(period_of("month", today), unit or None)
    try:
        return Asked(parse_period(period), unit or None)
    except ValueError:
        raise InvalidInput([FieldFault(
            "period", "不是有效的统计期", "is no period",
            "例如 2026-11、2026-W47、2026-Q4 或 2026-11-01..2026-11-15",
            "such as 2026-11, 2026-W47, 2026-Q4 or 2026-11-01..2026-11-15",
        )]) from None  # fmt: skip


def statistics(connection: Connection, house: House, asked: Asked, now: datetime) -> Statistics:
    """All of it, as it stands. InvalidInput for a unit that is not of the viewer's area."""
    connection.execute(_NO_JIT)
    tree, today = house.tree(), now.astimezone(SHANGHAI).date()
    unit = _unit(house, asked.unit)
    period = asked.period.so_far(today)
    running = period != asked.period
    windows = tuple(
        first_days(w, period.days) if running else w
        for w in (asked.period, before(asked.period), year_before(asked.period))
    )
    scope = Scope(unit, windows)
    rules = house.plan.tickets
    trend = _trend(connection, scope, asked.period, today)
    return {
        "made_at": iso(now),
        "period": _period(asked.period) | {"through": f"{windows[0].until}", "running": running},
        "before": _period(windows[_BEFORE], before(asked.period)),
        "year_before": _period(windows[_YEAR], year_before(asked.period)),
        "unit": _named(unit) | {"above": [_named(u) for u in _above(house, unit)],
                                "below": [_named(u) for u in tree.children(unit.id)]},
        "groups": [{"key": k, "zh": zh, "en": en} for k, (zh, en) in GROUPS.items()],
        "figures": _figures(connection, scope),
        "tables": _tables(connection, house, scope),
        "trend": trend, "past": len(trend) - 1,
        "hot": _hot(connection, scope, asked.period, len(trend) - 1, tree),
        **_analyses(connection, scope, tree),
        "scores": _scores(connection, scope, tree, rules),
    }  # fmt: skip


def _unit(house: House, code: str | None) -> Unit:
    viewer = house.viewer
    if code:
        unit = house.named(code)
    elif viewer is not None:
        unit = house.tree().get(viewer.unit_id)
    else:
        unit = house.tree().head_office()
    if unit is None or (viewer is not None and not viewer.sees(unit.path)):
        raise InvalidInput([unknown_unit()])
    return unit


def _above(house: House, unit: Unit) -> list[Unit]:
    """From the top of the viewer's area down to the unit, without it."""
    line = house.tree().lineage(unit.id)[:-1]
    return [u for u in line if house.viewer is None or house.viewer.sees(u.path)]


def _named(unit: Unit) -> dict[str, Any]:
    return {"code": unit.code, "name": unit.short_name, "level": unit.level.value}


def _period(period: Period, whole: Period | None = None) -> dict[str, Any]:
    full = whole or period
    return {
        "name": full.name, "kind": full.kind, "zh": full.title("zh"), "en": full.title("en"),
        "since": f"{period.since}", "until": f"{period.until}",
    }  # fmt: skip


def _figures(connection: Connection, scope: Scope) -> list[dict[str, Any]]:
    counted = read.figures(connection, scope)
    unit, found = scope.unit.code, []
    for figure in FIGURES:
        by_window = [_value(figure.form, row) for row in counted[figure.key]]
        queries = [as_query(in_period(figure.hits, w, unit)) for w in scope.windows]
        found.append({
            "key": figure.key, "group": figure.group, "form": figure.form, "better": figure.better,
            "zh": figure.names[0], "en": figure.names[1],
            "definition": {"zh": figure.definition[0], "en": figure.definition[1]},
            **by_window[_NOW], "query": queries[_NOW],
            "base_query": as_query(in_period(figure.base, scope.windows[_NOW], unit))
            if figure.base else None,
            "before": by_window[_BEFORE] | {"query": queries[_BEFORE]},
            "year_before": by_window[_YEAR] | {"query": queries[_YEAR]},
        })  # fmt: skip
    return found


def _value(form: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """`value` is None where there is nothing to say: no case to take a share or median of."""
    hits, base = int(row["hits"]), row.get("base")
    if form == "count":
        return {"value": hits, "hits": hits, "base": None}
    if form == "share":
        return {"value": _share(hits, int(base or 0)), "hits": hits, "base": int(base or 0)}
    value = row.get("value")
    measured = None if value is None else round(float(value), 2)
    return {"value": measured or (0.0 if form == "yuan" else measured), "hits": hits, "base": None}


def _share(hits: int, base: int) -> float | None:
    return round(hits / base, 4) if base else None


# --- tables ------------------------------------------------------------------------------


def _tables(connection: Connection, house: House, scope: Scope) -> list[dict[str, Any]]:
    columns = {**_LINES, "unit": read.below(scope)}
    received = read.received_by(connection, scope, columns)
    closed = read.closed_by(connection, scope, columns | _ENDS)
    tables = [_table(name, scope, house, received, closed) for name in columns]
    return tables + [_table(name, scope, house, [], closed) for name in _ENDS]


#: A product's name that holds a number may be a client's: it is counted, not shown.
_HIDDEN = "#"


def _table(name: str, scope: Scope, house: House, received: Rows, closed: Rows) -> dict[str, Any]:
    """Rows by number received, or by number closed where that is what the table is about."""
    main = "received" if received else "closed"
    lines: dict[Any, dict[str, Any]] = {}
    for kind, rows in (("received", received), ("closed", closed)):
        for row in rows:
            if row["which"] == name:
                _add(lines.setdefault(_shown(name, row["value"]), _line()), kind, row)
    order = sorted(lines, key=lambda v: (-lines[v][main][_NOW], -lines[v][main][_BEFORE], str(v)))
    whole = sum(line[main][_NOW] for line in lines.values())
    shown = [v for v in order if any(lines[v]["received"]) or any(lines[v]["closed"])]
    return {
        "key": name, "main": main, "whole": whole,
        "rows": [_row(name, v, lines[v], main, whole, scope, house) for v in shown[:MOST_ROWS]],
        "rest": {"rows": len(shown[MOST_ROWS:]),
                 "many": sum(lines[v][main][_NOW] for v in shown[MOST_ROWS:])},
    }  # fmt: skip


def _shown(name: str, value: Any) -> Any:
    return _HIDDEN if name == "product" and value is not None and not tellable(value) else value


def _add(line: dict[str, Any], kind: str, row: Mapping[str, Any]) -> None:
    line[kind][row["n"]] += row["many"]
    if kind == "closed" and row["n"] == _NOW:
        for key in RATES:
            line["hits"][key] += row[f"{key}_hits"]
            line["base"][key] += row[f"{key}_base"]


def _line() -> dict[str, Any]:
    return {"received": [0, 0, 0], "closed": [0, 0, 0],
            "hits": dict.fromkeys(RATES, 0), "base": dict.fromkeys(RATES, 0)}  # fmt: skip


def _row(
    name: str, value: Any, line: Mapping[str, Any], main: str, whole: int, scope: Scope,
    house: House,
) -> dict[str, Any]:  # fmt: skip
    code = _coded(name, value, scope, house)
    narrowed = _narrowed(name, value, code)

    def query(key: str) -> dict[str, list[str]] | None:
        return None if value == _HIDDEN else _query(BY_KEY[key].hits, narrowed, scope)

    return {
        "value": code, "name": _label(name, value, scope, house),
        "received": line["received"], "closed": line["closed"],
        "share": _share(line[main][_NOW], whole),
        "queries": {"received": query("received"), "closed": query("closed")},
        "rates": {
            key: {"hits": line["hits"][key], "base": line["base"][key],
                  "value": _share(line["hits"][key], line["base"][key]), "query": query(key)}
            for key in RATES if name not in _ENDS
        },
    }  # fmt: skip


def _query(filters: Filters, narrowed: Filters, scope: Scope) -> dict[str, list[str]]:
    """The tickets of the scope now, under `filters` and what `narrowed` says over them."""
    said = {n: v for n, v in vars(narrowed).items() if v != getattr(Filters, n)}
    placed = in_period(filters, scope.windows[_NOW], scope.unit.code)
    return as_query(replace(placed, **said))


def _narrowed(name: str, value: Any, code: str) -> Filters:
    if name == "unit":
        return Filters(at=(code,)) if value is None else Filters(unit=(code,))
    said: dict[str, Any] = {"class_id" if name == "class" else name: (code,)}
    return replace(Filters(), **said)


def _coded(name: str, value: Any, scope: Scope, house: House) -> str:
    if name == "unit":
        return scope.unit.code if value is None else house.tree().get(value).code
    return NONE if value is None else str(value)


def _label(name: str, value: Any, scope: Scope, house: House) -> dict[str, str] | None:
    """A name of its own, where the code is not one: None leaves it to the word lists."""
    if name == "unit":
        unit = scope.unit if value is None else house.tree().get(value)
        own = value is None and bool(house.tree().children(unit.id))
        return {"zh": unit.short_name + ("（本级）" if own else ""),
                "en": unit.short_name + (" (itself)" if own else "")}  # fmt: skip
    if value is None or name in ("outcome", "satisfaction", "channel"):
        return None
    if name == "class":
        title = house.plan.class_title(value)
        return {"zh": title.zh, "en": title.en} if title else {"zh": value, "en": value}
    if value == _HIDDEN:
        return {"zh": "（名称含号码，不显示）", "en": "(holds a number; not shown)"}
    return {"zh": value, "en": value}


# --- over time, and what stands out ------------------------------------------------------


def _trend(
    connection: Connection, scope: Scope, asked: Period, today: date
) -> list[dict[str, Any]]:
    """The period and those before it, from the first on that has anything; the running one up to
    today."""
    periods = series(asked, _TREND)
    rows = {(r["by"], r["nth"]): r for r in read.trend(connection, scope, periods)}
    found = []
    for nth, period in enumerate(periods):
        received, closed = rows.get(("received", nth)), rows.get(("closed", nth))
        hits, base = (int(closed["hits"]), int(closed["base"])) if closed else (0, 0)
        here = replace(scope, windows=(period,))
        found.append({
            **_period(period), "running": period.so_far(today) != period,
            "received": int(received["many"]) if received else 0,
            "closed": int(closed["many"]) if closed else 0,
            "on_time": {"hits": hits, "base": base, "value": _share(hits, base)},
            "queries": {k: _query(BY_KEY[k].hits, Filters(), here) for k in ("received", "closed")},
        })  # fmt: skip
    first = next((n for n, p in enumerate(found) if p["received"] or p["closed"]), len(found) - 1)
    return found[first:]


def _hot(
    connection: Connection, scope: Scope, asked: Period, known: int, tree: UnitTree
) -> list[dict[str, Any]]:
    """Products at units with more complaints than their own past explains, the most first. The
    past is as many periods as are `known`: before the first complaint there is nothing to learn."""
    *past, _ = series(asked, min(known, hotspots.PAST) + 1)
    if len(past) < hotspots.LEAST_PAST:
        return []
    elapsed = scope.windows[_NOW].days / asked.days
    found: list[dict[str, Any]] = []
    for row in read.hot(connection, scope, past, hotspots.LEAST):
        one = hotspots.hotness(row["now"], row["past"], len(past), elapsed)
        said = tellable(row["product"])
        if one.hot and said:
            unit = tree.get(row["unit_id"])
            found.append({
                "product": said, "unit": _named(unit), "now": one.now, "past": one.past,
                "periods": len(past), "expected": round(one.expected, 2), "bound": one.bound,
                "times": round(one.times, 1) if one.times else None,
                "query": _query(
                    BY_KEY["received"].hits, Filters(product=(said,), at=(unit.code,)), scope),
            })  # fmt: skip
    return sorted(found, key=lambda h: (h["bound"] - h["now"], h["product"]))[:MOST_ROWS]


def _analyses(connection: Connection, scope: Scope, tree: UnitTree) -> dict[str, Any]:
    """Causes, common problems (a cause at a product), shares of responsibility."""
    found = read.analyses(connection, scope)
    causes = _compared(found["cause"], lambda r: r["cause"])
    common = _compared(found["common"], lambda r: (r["cause"], r["product"]))
    whole = [sum(c[n] for c in causes.values()) for n in range(3)]
    closed = BY_KEY["closed"].hits
    return {
        "causes": [
            {"value": cause, "many": many, "share": _share(many[_NOW], whole[_NOW]),
             "query": _query(closed, Filters(cause=(cause,)), scope)}
            for cause, many in _most(causes)
        ],
        "common": [
            {"cause": cause, "product": product, "many": many,
             "share": _share(many[_NOW], whole[_NOW]),
             "query": _query(closed, Filters(cause=(cause,), product=(product,)), scope)}
            for (cause, product), many in _most(common)
            if many[_NOW] > 1 and product is not None and tellable(product)
        ][:MOST_ROWS],
        "responsibility": _by_unit(found["unit"], scope, tree),
        "responsible_roles": _by_role(found["role"], scope),
    }  # fmt: skip


def _compared(rows: Rows, key: Any) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for row in rows:
        found.setdefault(key(row), [0, 0, 0])[row["n"]] += int(row["many"])
    return found


def _most(many: Mapping[Any, list[int]]) -> list[tuple[Any, list[int]]]:
    return sorted(many.items(), key=lambda kv: (-kv[1][_NOW], -kv[1][_BEFORE], str(kv[0])))


def _by_unit(rows: Rows, scope: Scope, tree: UnitTree) -> list[dict[str, Any]]:
    """Shares added up: two halves are one case. Units outside the area are one line without a
    name or a number of tickets: whose they are is not for this area to read."""
    lines: dict[int | None, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["unit"], {"cases": [0.0] * 3, "tickets": 0})
        line["cases"][row["n"]] += round(float(row["cases"]), 2)
        line["tickets"] += int(row["many"]) if row["n"] == _NOW else 0
    order = sorted(lines, key=lambda u: (u is None, -lines[u]["cases"][_NOW], u or 0))
    return [_blamed(number, lines[number], scope, tree) for number in order[:MOST_ROWS]]


def _blamed(
    number: int | None, line: dict[str, Any], scope: Scope, tree: UnitTree
) -> dict[str, Any]:
    if number is None:
        return line | {"unit": None, "own": False, "tickets": None, "query": None}
    unit = tree.get(number) if number else scope.unit
    narrowed = Filters(blamed=(unit.code,)) if number else Filters(blamed_at=(unit.code,))
    query = _query(BY_KEY["closed"].hits, narrowed, scope)
    return line | {"unit": _named(unit), "own": not number, "query": query}


def _by_role(rows: Rows, scope: Scope) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["role"] is not None:
            line = found.setdefault(row["role"], {"cases": [0.0] * 3, "tickets": 0})
            line["cases"][row["n"]] += round(float(row["cases"]), 2)
            line["tickets"] += int(row["many"]) if row["n"] == _NOW else 0
    closed = BY_KEY["closed"].hits
    return [
        {"role": role, **found[role], "query": _query(closed, Filters(blamed_role=(role,)), scope)}
        for role in sorted(found, key=lambda r: (-found[r]["cases"][_NOW], r))
    ]  # fmt: skip


# --- scores ------------------------------------------------------------------------------


def _scores(connection: Connection, scope: Scope, tree: UnitTree, rules: Tickets) -> dict[str, Any]:
    """Weighted scores (SC-14) of the units directly below and of the owners, best first."""
    weights = rules.weights.model_dump()
    least = int(weights.pop("least"))
    now = replace(scope, windows=scope.windows[:1])
    rows = read.closed_by(
        connection, now, {"unit": read.below(scope), "owner": "t.owner_person_id"}
    )
    owned = [r for r in rows if r["which"] == "owner" and r["value"] is not None]
    owned = sorted(owned, key=lambda r: (-r["many"], r["value"]))[:MOST_PEOPLE]
    names = _staff(connection, scope, [r["value"] for r in owned])
    units = []
    for row in (r for r in rows if r["which"] == "unit"):
        own = row["value"] is None
        unit = scope.unit if own else tree.get(row["value"])
        narrowed = Filters(at=(unit.code,)) if own else Filters(unit=(unit.code,))
        scored = _scored(_score(row, weights, least), narrowed, scope)
        units.append(scored | {"unit": _named(unit), "own": own})
    people = [
        _scored(_score(row, weights, least), Filters(owner=(str(row["value"]),)), scope)
        | names[row["value"]]
        for row in owned
        if row["value"] in names
    ]
    return {
        "weights": weights, "least": least,
        "units": sorted(units, key=_best), "people": sorted(people, key=_best),
    }  # fmt: skip


def _score(row: Mapping[str, Any], weights: Mapping[str, int], least: int) -> Score:
    rates = {part: (int(row[f"{rate}_hits"]), int(row[f"{rate}_base"]))
             for part, rate in _PART.items()}  # fmt: skip
    return score(int(row["many"]), rates, weights, least)


def _scored(found: Score, narrowed: Filters, scope: Scope) -> dict[str, Any]:
    return {
        "cases": found.cases, "value": found.value,
        "parts": [
            {"rate": p.rate, "hits": p.hits, "base": p.cases, "value": _share(p.hits, p.cases),
             "weight": round(p.weight, 2), "points": round(p.points, 2)}
            for p in found.parts
        ],
        "query": _query(BY_KEY["closed"].hits, narrowed, scope),
    }  # fmt: skip


def _best(line: Mapping[str, Any]) -> tuple[bool, float, int]:
    return (line["value"] is None, -(line["value"] or 0.0), -line["cases"])


def _staff(connection: Connection, scope: Scope, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Names of the owners that are staff of the scope's area; others are not its own to score."""
    rows = connection.execute(
        sa.text("SELECT p.id, p.name, u.short_name FROM people p JOIN units u ON u.id = p.unit_id"
                " WHERE p.id = ANY(:ids) AND starts_with(u.path, :area)"),
        {"ids": list(ids), "area": scope.unit.path},
    )  # fmt: skip
    return {r.id: {"person": r.id, "name": r.name, "unit": r.short_name} for r in rows}
