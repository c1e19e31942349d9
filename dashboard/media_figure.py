"""How a story spreads, as a Plotly figure: reports so far, and how many they reach.

Colours carry nothing alone: the lines differ in dash and marker and are named in the legend. They
are those of the page's stylesheet in both themes' middle, for the figure does not know the theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from core.clock import SHANGHAI

#: As assets/fenghuo.css has it: Plotly's own has no Chinese.
_FONT = (
    "PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Source Han Sans SC, Noto Sans SC,"
    " Fenghuo Sans, sans-serif"
)
_REPORTS, _REACH, _TEXT, _GRID = "#3f7fd0", "#c2740c", "#7185a8", "rgba(113,133,168,0.25)"


@dataclass(frozen=True)
class Spread:
    """A moment (Shanghai): reports published so far, and the latest figures of all, summed."""

    at: datetime
    reports: int
    reach: int | None


def spread(sightings: Sequence[dict[str, Any]]) -> list[Spread]:
    """The story's course, of the reports as `media_view` reads them. Pure."""
    seen = [(_moment(s["published_at"] or s["seen_at"]), s["id"]) for s in sightings]
    read = [
        (max(_moment(r["at"]), _moment(s["published_at"] or s["seen_at"])), s["id"], r["reach"])
        for s in sightings for r in s["reaches"] if r["reach"] is not None
    ]  # fmt: skip
    found = []
    for at in sorted({at for at, _ in seen} | {at for at, _, _ in read}):
        latest: dict[int, int] = {}
        for when, sighting, reach in sorted(read):
            if when <= at:
                latest[sighting] = reach
        reports = sum(when <= at for when, _ in seen)
        found.append(Spread(at, reports, sum(latest.values()) if latest else None))
    return found


def spread_figure(points: Sequence[Spread], reports: str, reach: str) -> go.Figure:
    """Two steps over time; `reports` and `reach` name them in the viewer's language."""
    times = [point.at.strftime("%Y-%m-%d %H:%M:%S") for point in points]
    traces = [
        go.Scatter(
            x=times, y=[p.reports for p in points], name=reports, mode="lines+markers",
            line={"shape": "hv", "width": 2.5, "color": _REPORTS}, marker={"size": 8},
            hovertemplate="%{x|%m-%d %H:%M}<br>%{y}<extra>" + reports + "</extra>",
        ),
        go.Scatter(
            x=times, y=[p.reach for p in points], name=reach, mode="lines+markers", yaxis="y2",
            line={"shape": "hv", "width": 2.5, "color": _REACH, "dash": "dot"},
            marker={"size": 9, "symbol": "diamond"},
            hovertemplate="%{x|%m-%d %H:%M}<br>%{y:,}<extra>" + reach + "</extra>",
        ),
    ]  # fmt: skip
    return go.Figure(data=traces, layout=_layout(points))


def _layout(points: Sequence[Spread]) -> dict[str, Any]:
    most = max((p.reports for p in points), default=1)
    axis = {
        "fixedrange": True, "gridcolor": _GRID, "zeroline": False, "rangemode": "tozero",
        "tickfont": {"color": _TEXT, "size": 13},
    }  # fmt: skip
    return {
        "margin": {"l": 40, "r": 88, "t": 8, "b": 34}, "autosize": True, "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest", "showlegend": True, "separators": ".,", "font": {"family": _FONT},
        "legend": {"orientation": "h", "x": 0, "y": 1.16, "font": {"color": _TEXT, "size": 14}},
        "xaxis": {**axis, "showgrid": False, "type": "date", "tickformat": "%m-%d\n%H:%M",
                  "nticks": 6},
        "yaxis": {**axis, "dtick": max(1, round(most / 4)), "range": [0, most * 1.15]},
        "yaxis2": {**axis, "overlaying": "y", "side": "right", "showgrid": False,
                   "tickformat": ",d", "tickmode": "auto", "nticks": 4},
    }  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI).replace(tzinfo=None)
