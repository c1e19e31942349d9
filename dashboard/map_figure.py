"""The map of China as a Plotly figure without tiles, WebGL or any outside request.

Provinces are cartesian polygons in an Albers projection (25/47/105, kilometres); the South China
Sea has its inset on a second pair of axes. Colour comes from the page's stylesheet at run time:
the figure carries the calm colours, the browser changes only what is not calm.
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
#: The mainland view ends here; what lies further south is drawn in the inset.
_SOUTH_EDGE_KM = -2010.0
_INSET_X, _INSET_Y = [290.0, 1830.0], [-3620.0, -1240.0]
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


def _joined(rings: list[list[list[float]]]) -> tuple[list[float | None], list[float | None]]:
    """Projected rings in one trace, parted by None as Plotly wants gaps."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for ring in rings:
        for longitude, latitude in ring:
            x, y = albers(longitude, latitude)
            xs.append(x)
            ys.append(y)
        xs.append(None)
        ys.append(None)
    return xs, ys


def _area(name: str, rings: list[list[list[float]]], inset: bool) -> go.Scatter:
    xs, ys = _joined(rings)
    return go.Scatter(
        x=xs, y=ys, name=name, mode="lines", fill="toself", fillcolor="#0f1b2f",
        line={"color": "#26395a", "width": 0.8}, hoverinfo="skip",
        xaxis="x2" if inset else "x", yaxis="y2" if inset else "y",
    )  # fmt: skip


def _sea_line(inset: bool) -> go.Scatter:
    xs, ys = _joined(_boundaries()["line"])
    return go.Scatter(
        x=xs, y=ys, name="sea-line", mode="lines", line={"color": "#4a6491", "width": 1.4},
        hoverinfo="skip", xaxis="x2" if inset else "x", yaxis="y2" if inset else "y",
    )  # fmt: skip


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
    traces = [_area(name, rings, False) for name, rings in provinces.items()]
    southern = ("海南省", "广东省", "台湾省", "广西壮族自治区", "福建省")
    traces += [_area(f"inset-{name}", provinces[name], True) for name in southern]
    traces += [_sea_line(False), _sea_line(True)]
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
        "xaxis": hidden | {"range": [-2640.0, 2220.0], "domain": [0, 1], "constrain": "domain"},
        "yaxis": hidden | {"range": [_SOUTH_EDGE_KM, 2140.0], "domain": [0, 1], "scaleanchor": "x",
                           "constrain": "domain"},
        "xaxis2": hidden | {"range": _INSET_X, "domain": [0.865, 0.985], "anchor": "y2"},
        "yaxis2": hidden | {"range": _INSET_Y, "domain": [0.02, 0.24], "anchor": "x2"},
        "shapes": [{"type": "rect", "xref": "paper", "yref": "paper", "x0": 0.865, "x1": 0.985,
                    "y0": 0.02, "y1": 0.24, "line": {"color": "#33496f", "width": 1}}],
    }  # fmt: skip
