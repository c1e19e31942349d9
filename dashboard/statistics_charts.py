"""Charts of the statistics as Plotly figures (data and layout), drawn by the browser.

A colour is the name of a variable of the stylesheet (``--fh-focus``), which assets/statistics.js
replaces by the theme's value, so that a chart is right in both themes: they are plain values, for
Plotly's Python classes know no such colours. Every bar and point has the query of its tickets in
`customdata`. Nothing is said by colour alone: each chart has a legend, and a table beneath.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dashboard.statistics_shown import Lang, coded, formed, named, unit_name, w

Found = Mapping[str, Any]
Chart = dict[str, Any]
_NOW, _BEFORE, _GOOD = "--fh-focus", "--fh-quiet", "--fh-ok"
_MOST_BARS = 10
_ROW = 34  #: pixels of a bar's row
_LABEL = 16
#: A second axis for shares, at the right.
_PERCENT = {"overlaying": "y", "side": "right", "range": [0, 1.04], "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1], "showgrid": False}  # fmt: skip


def charts(found: Found, lang: Lang) -> dict[str, Chart]:
    """Section -> chart; a section that has nothing to draw has none."""
    tables = {t["key"]: t for t in found["tables"]}
    makers: dict[str, Callable[[], Chart | None]] = {
        "trend": lambda: _trend(found["trend"], lang),
        "causes": lambda: _pareto(found["causes"], lang),
        "score_units": lambda: _scores(found["scores"]["units"], lang),
    }
    for key in ("unit", "channel", "product", "class", "outcome", "satisfaction"):
        makers[key] = partial(_compared, tables[key], lang)
    made = {key: make() for key, make in makers.items()}
    return {key: chart for key, chart in made.items() if chart is not None}


def _chart(traces: Sequence[Chart], height: int, **layout: Any) -> Chart:
    axis = {
        "gridcolor": "--fh-line", "zerolinecolor": "--fh-line", "linecolor": "--fh-line",
        "fixedrange": True, "automargin": True, "tickfont": {"color": "--fh-text-2", "size": 14},
    }  # fmt: skip
    shared = {
        "height": height, "autosize": True, "dragmode": False, "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 24, "t": 36, "b": 8, "pad": 4}, "bargap": 0.3,
        "font": {"color": "--fh-text", "family": "--fh-font", "size": 14},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal",
                   "font": {"color": "--fh-text-2"}},
        "hoverlabel": {"bgcolor": "--fh-raised", "bordercolor": "--fh-line",
                       "font": {"color": "--fh-text", "size": 15}},
    }  # fmt: skip
    axes = {name: axis | layout.pop(name, {}) for name in ("xaxis", "yaxis", "yaxis2")
            if name != "yaxis2" or "yaxis2" in layout}  # fmt: skip
    return {"data": list(traces), "layout": shared | layout | axes}


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _trend(points: Sequence[Found], lang: Lang) -> Chart | None:
    """Received and closed as lines, the share in time on an axis of its own."""
    if not any(p["received"] or p["closed"] for p in points):
        return None
    names = [p["name"] for p in points]
    lines = [
        {"type": "scatter", "mode": "lines+markers", "name": w(lang, f"stat.c.{key}"), "x": names,
         "y": [p[key] for p in points], "customdata": [p["queries"][key] for p in points],
         "line": {"color": colour, "width": 2.5, "dash": dash},
         "marker": {"size": 8, "symbol": symbol},
         "hovertemplate": "%{x}<br>%{fullData.name} %{y:,}<extra></extra>"}
        for key, colour, dash, symbol in (
            ("received", _NOW, "solid", "circle"), ("closed", _BEFORE, "dot", "square"))
    ]  # fmt: skip
    rates = [p["on_time"]["value"] for p in points]
    lines.append({
        "type": "scatter", "mode": "lines+markers", "name": w(lang, "stat.c.on_time"), "x": names,
        "y": rates, "yaxis": "y2", "line": {"color": _GOOD, "width": 2, "dash": "dash"},
        "marker": {"size": 8, "symbol": "diamond"},
        "hovertemplate": "%{x}<br>%{fullData.name} %{y:.1%}<extra></extra>",
    })  # fmt: skip
    return _chart(
        lines, 340, xaxis={"type": "category", "showgrid": False},
        yaxis={"rangemode": "tozero"},
        yaxis2=_PERCENT,
    )  # fmt: skip


def _compared(table: Found, lang: Lang) -> Chart | None:
    """Bars of now beside bars of the period before, the most first."""
    rows = table["rows"][:_MOST_BARS]
    if not table["whole"]:
        return None
    labels = [_short(named(table["key"], row, lang)) for row in rows]
    main = table["main"]
    traces = [
        _bars(labels, [r[main][0] for r in rows], w(lang, "stat.now"), _NOW,
              [r["queries"][main] for r in rows]),
        _bars(labels, [r[main][1] for r in rows], w(lang, "stat.before"), _BEFORE),
    ]  # fmt: skip
    return _chart(traces, _height(len(rows), 2), barmode="group", **_lying(labels))


def _bars(
    labels: Sequence[str], values: Sequence[float], name: str, colour: str,
    queries: Sequence[Any] | None = None, texts: Sequence[str] | None = None,
) -> Chart:  # fmt: skip
    return {
        "type": "bar", "orientation": "h", "name": name, "x": list(values),
        "y": list(range(len(labels))), "marker": {"color": colour},
        "customdata": list(queries or [None] * len(labels)),
        "text": list(texts or [f"{v:,.0f}" for v in values]), "textposition": "outside",
        "cliponaxis": False, "textfont": {"color": "--fh-text-2"},
        "hovertext": list(labels),
        "hovertemplate": "%{hovertext}<br>%{fullData.name} %{text}<extra></extra>",
    }  # fmt: skip


def _lying(labels: Sequence[str]) -> Chart:
    """Axes of lying bars: by place, for two rows may have one name."""
    places = list(range(len(labels)))
    return {
        "xaxis": {"rangemode": "tozero", "showticklabels": False, "showgrid": False},
        "yaxis": {"tickvals": places, "ticktext": list(labels), "showgrid": False,
                  "range": [len(labels) - 0.4, -0.6]},
    }  # fmt: skip


def _height(rows: int, bars: int) -> int:
    return 60 + rows * (_ROW if bars == 1 else 46)


def _pareto(causes: Sequence[Found], lang: Lang) -> Chart | None:
    """Causes, the most first, and the share of all that they come to together."""
    rows = [c for c in causes if c["many"][0]][:_MOST_BARS]
    if not rows:
        return None
    names = [_short(coded("cause", c["value"], lang)) for c in rows]
    running, shares = 0.0, []
    for row in rows:
        running += row["share"] or 0
        shares.append(min(running, 1.0))
    bars = {
        "type": "bar", "name": w(lang, "stat.c.closed"), "x": names,
        "y": [c["many"][0] for c in rows], "marker": {"color": _NOW},
        "customdata": [c["query"] for c in rows], "text": [f"{c['many'][0]:,}" for c in rows],
        "textposition": "outside", "cliponaxis": False,
        "hovertemplate": "%{x}<br>%{fullData.name} %{y:,}<extra></extra>",
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines+markers", "name": w(lang, "stat.running_share"),
        "x": names, "y": shares, "yaxis": "y2", "line": {"color": _BEFORE, "dash": "dot"},
        "marker": {"size": 8, "symbol": "diamond"},
        "hovertemplate": "%{x}<br>%{fullData.name} %{y:.1%}<extra></extra>",
    }  # fmt: skip
    return _chart(
        [bars, line], 340, xaxis={"type": "category", "showgrid": False},
        yaxis={"rangemode": "tozero"},
        yaxis2=_PERCENT,
    )  # fmt: skip


def _scores(lines: Sequence[Found], lang: Lang) -> Chart | None:
    """Scores as bars made of their parts, best first."""
    rows = [line for line in lines if line["value"] is not None][:_MOST_BARS]
    if not rows:
        return None
    labels = [_short(unit_name(line, lang)) for line in rows]
    traces = []
    for nth, (part, colour) in enumerate(
        (("on_time", _NOW), ("satisfied", _GOOD), ("resolved", _BEFORE))
    ):
        points = [line["parts"][nth]["points"] for line in rows]
        trace = _bars(labels, points, w(lang, f"stat.c.{part}"), colour,
                      [line["query"] for line in rows],
                      [formed(lang, "score", p) for p in points])  # fmt: skip
        traces.append(trace | {"textposition": "inside", "textfont": {"color": "--fh-on-state"}})
    lying = _lying(labels)
    lying["xaxis"] = lying["xaxis"] | {"range": [0, 100], "showticklabels": True, "showgrid": True}
    return _chart(traces, _height(len(rows), 1), barmode="stack", **lying)
