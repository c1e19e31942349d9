"""The map of China as a Plotly figure without tiles, WebGL or any outside request.

Provinces are cartesian polygons in an Albers projection (25/47/105, kilometres). The South China
Sea has its inset right of Taiwan, drawn at a smaller scale on the same axes, so that it keeps its
place and its shape in a panel of any size. Colour comes from the page's stylesheet at run time: the
figure carries the calm colours, the browser changes only what is not calm.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

_DATA = Path(__file__).parent / "data" / "provinces.json"
_RADIUS_KM = 6371.0
_SOUTH, _NORTH, _CENTRE, _ORIGIN = (math.radians(d) for d in (25.0, 47.0, 105.0, 36.0))
#: What the map shows, in kilometres; the seas further south are in the inset.
_VIEW_X, _VIEW_Y = (-2640.0, 2400.0), (-2010.0, 2140.0)
#: What the inset shows, and where its lower left corner lies on the map, at which scale.
_INSET_X, _INSET_Y = (330.0, 1860.0), (-3620.0, -1240.0)
_INSET_AT, _INSET_SCALE = (1870.0, -1990.0), 0.335
#: Offices at one and the same place (a city's centre) are spread over a spiral of this pitch.
_SPREAD_KM = 9.0

Point = tuple[float, float]


def albers(longitude: float, latitude: float) -> Point:
    """Kilometres east and north of 105°E 36°N in the Albers equal-area projection."""
    n = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
    c = math.cos(_SOUTH) ** 2 + 2 * n * math.sin(_SOUTH)
    rho_0 = math.sqrt(c - 2 * n * math.sin(_ORIGIN)) / n
    rho = math.sqrt(c - 2 * n * math.sin(math.radians(latitude))) / n
    theta = n * (math.radians(longitude) - _CENTRE)
    return (
        round(_RADIUS_KM * rho * math.sin(theta), 1),
        round(_RADIUS_KM * (rho_0 - rho * math.cos(theta)), 1),
    )


@lru_cache(maxsize=1)
def _boundaries() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return loaded


def province_names() -> list[str]:
    """The provinces in the order of their traces, so that a browser can address them by number."""
    return list(_boundaries()["provinces"])


def place_units(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`units` with their place on the map as `x`, `y` (km; None without coordinates).

    Offices that share one coordinate are spread over a small spiral, the highest level in its
    centre, always in the same order.
    """
    rank = {"head_office": 0, "branch": 1, "sub_branch": 2, "outlet": 3}
    crowds: defaultdict[Point, int] = defaultdict(int)
    placed = []
    for unit in sorted(units, key=lambda u: (rank.get(u["level"], 9), u["code"])):
        x = y = None
        if unit.get("longitude") is not None and unit.get("latitude") is not None:
            centre = albers(float(unit["longitude"]), float(unit["latitude"]))
            nth = crowds[centre]
            crowds[centre] += 1
            distance, angle = _SPREAD_KM * math.sqrt(nth), nth * 2.399963
            x = round(centre[0] + distance * math.cos(angle), 1)
            y = round(centre[1] + distance * math.sin(angle), 1)
        kept = ("code", "name", "short_name", "level", "branch_code", "city", "province")
        placed.append({key: unit.get(key) for key in kept} | {"x": x, "y": y})
    return placed


def _inset(point: Point) -> Point:
    """Where a point of the inset lies on the map."""
    return (
        round(_INSET_AT[0] + (point[0] - _INSET_X[0]) * _INSET_SCALE, 1),
        round(_INSET_AT[1] + (point[1] - _INSET_Y[0]) * _INSET_SCALE, 1),
    )


def _clip(ring: list[Point]) -> list[Point]:
    """The part of a ring that lies in the inset's view (Sutherland and Hodgman)."""
    for axis, limit, sign in (
        (0, _INSET_X[0], 1), (0, _INSET_X[1], -1), (1, _INSET_Y[0], 1), (1, _INSET_Y[1], -1),
    ):  # fmt: skip
        kept: list[Point] = []
        for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
            inside, enters = ((p[axis] - limit) * sign >= 0 for p in (here, there))
            if inside:
                kept.append(here)
            if inside != enters:
                part = (limit - here[axis]) / (there[axis] - here[axis])
                kept.append((here[0] + part * (there[0] - here[0]),
                             here[1] + part * (there[1] - here[1])))  # fmt: skip
        ring = kept
        if not ring:
            return []
    return [*ring, ring[0]]


def _in_view(line: list[Point]) -> list[Point]:
    """The points of an open line that lie in the inset's view."""
    (west, east), (south, north) = _INSET_X, _INSET_Y
    return [(x, y) for x, y in line if west <= x <= east and south <= y <= north]


def _joined(rings: list[list[Point]]) -> dict[str, list[float | None]]:
    """Rings in one trace, parted by None as Plotly wants gaps."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for ring in rings:
        xs += [*(x for x, _ in ring), None]
        ys += [*(y for _, y in ring), None]
    return {"x": xs, "y": ys}


def _projected(rings: list[list[list[float]]]) -> list[list[Point]]:
    return [[albers(longitude, latitude) for longitude, latitude in ring] for ring in rings]


def _area(name: str, rings: list[list[Point]]) -> go.Scatter:
    return go.Scatter(
        **_joined(rings), name=name, mode="lines", fill="toself", fillcolor="#0f1b2f",
        line={"color": "#2a3f63", "width": 0.8}, hoverinfo="skip",
    )  # fmt: skip


def _line(name: str, rings: list[list[Point]], width: float) -> go.Scatter:
    return go.Scatter(
        **_joined(rings), name=name, mode="lines", line={"color": "#4a6491", "width": width},
        hoverinfo="skip",
    )  # fmt: skip


def _inset_traces() -> list[go.Scatter]:
    """The South China Sea with its line and all its islands, in a frame."""
    provinces, line = _boundaries()["provinces"], _projected(_boundaries()["line"])
    southern = ("海南省", "广东省", "台湾省", "广西壮族自治区", "福建省", "香港特别行政区")
    areas = [
        _area(
            f"inset-{name}",
            [[_inset(p) for p in clipped] for r in _projected(provinces[name])
             if (clipped := _clip(r))],
        )
        for name in southern
    ]  # fmt: skip
    (west, east), (south, north) = _INSET_X, _INSET_Y
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [
        *areas,
        _line("inset-line", [[_inset(p) for p in _in_view(part)] for part in line], 1.2),
        _line("inset-frame", [[_inset(p) for p in corners]], 1.0),
    ]


def _offices(units: list[dict[str, Any]], levels: set[str], symbol: str, size: float) -> go.Scatter:
    shown = [u for u in units if u["level"] in levels and u["x"] is not None]
    return go.Scatter(
        x=[u["x"] for u in shown], y=[u["y"] for u in shown], name="offices", mode="markers",
        text=[u["short_name"] or u["name"] for u in shown], customdata=[u["code"] for u in shown],
        hovertemplate="%{text}<extra></extra>",
        marker={"symbol": symbol, "size": size, "color": "#5b7299", "line": {"width": 0}},
    )  # fmt: skip


def china_map(units: list[dict[str, Any]]) -> go.Figure:
    """The calm map: provinces first (trace i is `province_names()[i]`), then lines and offices.

    What is not quiet is laid over it by the browser (assets/map.js), so that a push never redraws
    the figure. `units` are those of `place_units`.
    """
    provinces = _boundaries()["provinces"]
    traces = [_area(name, _projected(rings)) for name, rings in provinces.items()]
    line = [part for part in _projected(_boundaries()["line"]) if part[-1][1] > _VIEW_Y[0]]
    traces += [_line("sea-line", line, 1.4), *_inset_traces()]
    traces += [
        _offices(units, {"outlet", "sub_branch"}, "circle", 3.5),
        _offices(units, {"branch"}, "circle", 7),
        _offices(units, {"head_office"}, "star", 13),
    ]
    return go.Figure(data=traces, layout=_layout())


def _layout() -> dict[str, Any]:
    hidden = {"visible": False, "fixedrange": True, "showgrid": False, "zeroline": False}
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False, "dragmode": False, "hovermode": "closest", "autosize": True,
        "hoverlabel": {"bgcolor": "#16233a", "bordercolor": "#33496f",
                       "font": {"color": "#e9eef7", "size": 15}},
        "xaxis": hidden | {"range": list(_VIEW_X), "constrain": "domain"},
        "yaxis": hidden | {"range": list(_VIEW_Y), "constrain": "domain", "scaleanchor": "x"},
    }  # fmt: skip
