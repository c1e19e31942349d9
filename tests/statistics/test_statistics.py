"""Every figure is the number of tickets that its own query finds; an area's are its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from escalation import archive_list
from escalation.statistics_read import count
from escalation.statistics_view import Statistics, parse_asked, statistics
from escalation.ticket_filters import parse
from tests.statistics.conftest import NOW, Stock


def made(stock: Stock, period: str, unit: str | None = None) -> Statistics:
    asked = parse_asked(period, unit, NOW.date())
    return stock.db.app.read(lambda c: statistics(c, stock.scene.house, asked, NOW))


def counted(found: Any) -> Iterator[tuple[str, int, dict[str, list[str]]]]:
    """(where, number, query) of everything in the statistics that has a query."""
    for figure in found["figures"]:
        yield figure["key"], figure["hits"], figure["query"]
        for other in ("before", "year_before"):
            yield f"{figure['key']} {other}", figure[other]["hits"], figure[other]["query"]
        if figure["base_query"]:
            yield f"{figure['key']} base", figure["base"], figure["base_query"]
    yield from _of_tables(found)
    for point in found["trend"]:
        for key, query in point["queries"].items():
            yield f"trend {point['name']} {key}", point[key], query
    lists = {
        "hot": "now", "causes": "many", "common": "many", "responsibility": "tickets",
        "responsible_roles": "tickets",
    }  # fmt: skip
    for name, number in lists.items():
        for line in found[name]:
            many = line[number]
            if line["query"] is not None:
                yield f"{name} {line}", many[0] if isinstance(many, list) else many, line["query"]
    for name in ("units", "people"):
        for line in found["scores"][name]:
            yield f"scores {line}", line["cases"], line["query"]


def _of_tables(found: Any) -> Iterator[tuple[str, int, dict[str, list[str]]]]:
    for table in found["tables"]:
        for row in table["rows"]:
            for key, query in row["queries"].items():
                if table["main"] == "received" or key == "closed":
                    yield f"{table['key']} {row['value']} {key}", row[key][0], query
            for key, rate in row["rates"].items():
                yield f"{table['key']} {row['value']} {key}", rate["hits"], rate["query"]


@pytest.mark.parametrize(("period", "unit"), [
    ("2026-10", None), ("2026-Q3", "SH"), ("2025", "NJ1"), ("2026-11", "SH"),
    ("2026-W40", None), ("2026-02-10..2026-05-20", "SH1"), ("2026-11-22", None),
])  # fmt: skip
def test_each_number_is_that_of_the_tickets_behind_it(
    stock: Stock, period: str, unit: str | None
) -> None:
    found = made(stock, period, unit)
    lines = list(counted(found))
    assert len(lines) > 100
    for where, number, query in lines:
        behind = stock.db.app.read(lambda c, q=query: count(c, parse(q)))  # type: ignore[misc]
        assert behind == number, where


def test_the_archives_list_opened_from_a_figure_has_as_many(stock: Stock) -> None:
    for where, number, query in counted(made(stock, "2026-10", "SH")):
        wanted = archive_list.Wanted(parse(query))
        listed = stock.db.app.read(
            lambda c, w=wanted: archive_list.count(c, stock.scene.house, w)  # type: ignore[misc]
        )
        assert listed == {"count": number, "more": False, "exact": True}, where


def test_there_is_something_of_everything(stock: Stock) -> None:
    found = made(stock, "2026-Q3")
    empty = [f["key"] for f in found["figures"] if not f["value"]]
    assert empty == []
    for name in ("causes", "common", "responsibility"):
        assert found[name], name
    assert all(line["value"] is not None for line in found["scores"]["units"])
