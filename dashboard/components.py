"""Small pieces that every page is made of; their looks are in assets/fenghuo.css.

The browser builds the same pieces with the same classes (assets/fenghuo.js): one look each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from dash import html

from core.clock import iso
from dashboard.i18n import t


def panel(title: str, *children: Any, id: str | None = None, tools: Any = None) -> Any:
    """A section with a heading and, at its right, tools (links, switches)."""
    extra = {} if id is None else {"id": id}
    heading = html.Header([html.H2(title), html.Div(tools or [], className="fh-tools")])
    return html.Section([heading, *children], className="fh-panel", **extra)


def badge(state: str, word: str | None = None) -> Any:
    """A state: colour + shape + word. `state` is quiet, watch, incident, large, ok, gap, told,
    ready, acknowledged, unanswered; the word defaults to the state's name."""
    text = word if word is not None else t(state)
    shape = html.I(className="fh-shape", **{"aria-hidden": "true"})
    return html.Span([shape, text], className="fh-state", **{"data-state": state})


def clock(due: datetime, warn: datetime | None = None, size: str = "row") -> Any:
    """A running clock to `due`; the browser writes the time left. Sizes: hero, row, small."""
    data = {"data-due": iso(due)} | ({"data-warn": iso(warn)} if warn else {})
    return html.Time("–:–", className=f"fh-time fh-time--{size}", dateTime=iso(due), **data)


def elapsed(since: datetime) -> Any:
    """Time since a moment, counting up in the browser."""
    return html.Time("–:–", className="fh-time fh-time--small", **{"data-since": iso(since)})


def empty(text: str, hint: str | None = None) -> Any:
    """What a panel says when it has nothing to show."""
    return html.Div(
        [html.P(text), *([html.Small(hint)] if hint else [])], className="fh-empty", role="status"
    )


def loading(text: str | None = None) -> Any:
    """What a panel says until its first data come."""
    return html.Div(text or t("loading"), className="fh-loading", role="status")


def failure(text: str, hint: str | None = None) -> Any:
    """What a panel says when its data could not be read."""
    return html.Div(
        [html.P(text), *([html.Small(hint)] if hint else [])], className="fh-failure", role="alert"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str) -> Any:
    """A table with tabular figures; on a phone each row becomes a card with its heads."""
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in heads]))
    body = [
        html.Tr([html.Td(cell, **{"data-head": h}) for h, cell in zip(heads, row, strict=True)])
        for row in rows
    ]
    named = html.Caption(caption, className="fh-hidden")
    return html.Table([named, head, html.Tbody(body)], className="fh-table")


def button(text: str, *, kind: str = "plain", **props: Any) -> Any:
    """A button: `kind` is plain, main (the one to press now) or quiet."""
    return html.Button(text, className=f"fh-button fh-button--{kind}", type="button", **props)
