"""The statistics as they are shown: named figures, and sections of typed cells.

The page, the workbook and the papers are all drawn from this, so that they say the same. `found`
is `escalation.statistics_view.statistics`, as it stands or frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.words import NAMES
from core.words import name as word
from dashboard.statistics_words import STATISTICS_WORDS

Lang = Literal["zh", "en"]
Found = Mapping[str, Any]
Query = dict[str, list[str]] | None
_RATES = ("on_time", "satisfied", "resolved")
_NOTHING = "—"


@dataclass(frozen=True)
class Cell:
    """One cell: its words, the number that a workbook keeps, and the tickets behind it."""

    text: str
    value: float | int | None = None
    form: str = "text"  #: text, change, count, share, hours, yuan, cases, score
    query: Query = None


@dataclass(frozen=True)
class Section:
    """A table with what it rests on; `rest` is what it leaves out."""

    key: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rest: str = ""


def w(lang: Lang, key: str, **params: object) -> str:
    """The words of a key."""
    return STATISTICS_WORDS[key][0 if lang == "zh" else 1].format(**params)


def formed(lang: Lang, form: str, value: float | None) -> str:
    """A number in words, such as 1,204, 82.4% or 3.5天."""
    if value is None:
        return _NOTHING
    if form == "share":
        return f"{value * 100:.1f}%"
    if form == "hours":
        days = value >= 72
        return w(
            lang, "stat.day" if days else "stat.hours", n=f"{value / 24 if days else value:.1f}"
        )
    if form == "yuan":
        digits = 2 if value < 10_000 else 0
        return f"{'¥' if lang == 'zh' else 'CNY '}{value:,.{digits}f}"
    if form in ("cases", "score"):
        return f"{value:.1f}"
    return f"{value:,.0f}"


def change(lang: Lang, form: str, now: float | None, then: float | None) -> str:
    """What `now` is against `then`: percent, of shares percentage points. Empty without both."""
    if now is None or then is None:
        return _NOTHING
    if form == "share":
        points = round((now - then) * 100, 1)
        return w(lang, "stat.points", n=f"{points:+.1f}") if points else w(lang, "stat.same")
    if now == then:
        return w(lang, "stat.same")
    if not then:
        return w(lang, "stat.new")
    return f"{(now - then) / then * 100:+.1f}%"


def direction(figure: Found, key: str) -> str:
    """``better``, ``worse`` or nothing, against the other period."""
    now, then, better = figure["value"], figure[key]["value"], figure["better"]
    if now is None or then is None or now == then or not better:
        return ""
    return "better" if (now > then) == (better > 0) else "worse"


def count(lang: Lang, value: float | None, query: Query = None) -> Cell:
    return Cell(formed(lang, "count", value), value, "count", query)


def figure_rows(found: Found, lang: Lang) -> list[dict[str, Any]]:
    """Each figure in words, with its definition and its query."""
    rows = []
    for figure in found["figures"]:
        form = figure["form"]
        row: dict[str, Any] = {
            "key": figure["key"], "group": figure["group"], "name": figure[lang],
            "definition": figure["definition"][lang], "form": form, "value": figure["value"],
            "text": formed(lang, form, figure["value"]), "hits": figure["hits"],
            "base": figure["base"], "query": figure["query"], "base_query": figure["base_query"],
        }  # fmt: skip
        for key in ("before", "year_before"):
            other = figure[key]["value"]
            row[key] = {
                "text": formed(lang, form, other), "value": other, "query": figure[key]["query"],
                "change": change(lang, form, figure["value"], other),
                "direction": direction(figure, key),
            }  # fmt: skip
        rows.append(row)
    return rows


def sections(found: Found, lang: Lang) -> list[Section]:
    """Every table there is, in the order in which a report has them."""
    tables = {t["key"]: t for t in found["tables"]}
    made = [_trend(found, lang)]
    made += [_table(tables[k], lang) for k in ("unit", "channel", "product", "class")]
    made += [_table(tables[k], lang) for k in ("outcome", "satisfaction")]
    made += [_causes(found, lang), _common(found, lang), _hot(found, lang)]
    made += [_responsibility(found, lang), _roles(found, lang)]
    return [*made, *_scores(found, lang)]


def named(key: str, row: Found, lang: Lang) -> str:
    """A table's row in words."""
    if row["name"] is not None:
        return str(row["name"][lang])
    value = str(row["value"])
    if value == "none":
        missing = {"class": "unclassified", "outcome": "unfinished", "satisfaction": "unasked"}
        return w(lang, f"stat.{missing.get(key, 'unknown')}")
    return coded(key, value, lang)


def coded(key: str, value: str, lang: Lang) -> str:
    """A coded word of the statistics, a channel or a role."""
    pair = STATISTICS_WORDS.get(f"stat.{key}.{value}") or NAMES.get(value)
    return pair[0 if lang == "zh" else 1] if pair else value


def unit_name(line: Found, lang: Lang) -> str:
    """The unit of a line; the scope's own is marked."""
    if line["unit"] is None:
        return w(lang, "stat.outside")
    own = f"（{w(lang, 'stat.own')}）" if lang == "zh" else f" ({w(lang, 'stat.own')})"
    return str(line["unit"]["name"]) + (own if line["own"] else "")


def _compared(lang: Lang, many: Sequence[float], query: Query, share: float | None) -> list[Cell]:
    now, before, year = many
    return [
        count(lang, now, query), Cell(formed(lang, "share", share), share, "share"),
        count(lang, before), Cell(change(lang, "count", now, before), form="change"),
        count(lang, year), Cell(change(lang, "count", now, year), form="change"),
    ]  # fmt: skip


def _heads(lang: Lang, *keys: str) -> tuple[str, ...]:
    return tuple(w(lang, f"stat.{key}") for key in keys)


_COMPARED = ("now", "share", "before", "change", "year_before", "year_change")


def _trend(found: Found, lang: Lang) -> Section:
    rows = []
    for point in reversed(found["trend"]):
        rate = point["on_time"]["value"]
        rows.append((
            Cell(point[lang] + ("*" if point["running"] else "")),
            count(lang, point["received"], point["queries"]["received"]),
            count(lang, point["closed"], point["queries"]["closed"]),
            Cell(formed(lang, "share", rate), rate, "share"),
        ))  # fmt: skip
    return Section(
        "trend", w(lang, "stat.s.trend"), w(lang, "stat.n.trend"),
        _heads(lang, "c.period", "c.received", "c.closed", "c.on_time"), tuple(rows),
    )  # fmt: skip


def _table(table: Found, lang: Lang) -> Section:
    key, ended = table["key"], table["main"] == "closed"
    rows = []
    for row in table["rows"]:
        many = row[table["main"]]
        cells = [Cell(named(key, row, lang)),
                 *_compared(lang, many, row["queries"][table["main"]], row["share"])]  # fmt: skip
        if not ended:
            cells.append(count(lang, row["closed"][0], row["queries"]["closed"]))
            for rate in _RATES:
                one = row["rates"][rate]
                cells.append(
                    Cell(formed(lang, "share", one["value"]), one["value"], "share", one["query"])
                )
        rows.append(tuple(cells))
    more = () if ended else ("c.closed", *(f"c.{r}" for r in _RATES))
    rest = table["rest"]
    return Section(
        key, w(lang, f"stat.s.{key}"), w(lang, f"stat.n.{table['main']}"),
        _heads(lang, "c.name", *_COMPARED, *more), tuple(rows),
        w(lang, "stat.rest", rows=rest["rows"], many=rest["many"]) if rest["rows"] else "",
    )  # fmt: skip


def _causes(found: Found, lang: Lang) -> Section:
    rows = tuple(
        (Cell(coded("cause", line["value"], lang)),
         *_compared(lang, line["many"], line["query"], line["share"]))
        for line in found["causes"]
    )  # fmt: skip
    return Section("causes", w(lang, "stat.s.causes"), w(lang, "stat.n.causes"),
                   _heads(lang, "c.cause", *_COMPARED), rows)  # fmt: skip


def _common(found: Found, lang: Lang) -> Section:
    rows = tuple(
        (Cell(line["product"]), Cell(coded("cause", line["cause"], lang)),
         *_compared(lang, line["many"], line["query"], line["share"]))
        for line in found["common"]
    )  # fmt: skip
    return Section("common", w(lang, "stat.s.common"), w(lang, "stat.n.common"),
                   _heads(lang, "c.product", "c.cause", *_COMPARED), rows)  # fmt: skip


def _hot(found: Found, lang: Lang) -> Section:
    rows = tuple(
        (Cell(line["product"]), Cell(line["unit"]["name"]),
         count(lang, line["now"], line["query"]),
         Cell(f"{line['expected']:.1f}", line["expected"], "cases"), count(lang, line["bound"]),
         Cell(_NOTHING if line["times"] is None else f"{line['times']:.1f}×", line["times"],
              "cases"))
        for line in found["hot"]
    )  # fmt: skip
    return Section(
        "hot", w(lang, "stat.s.hot"), w(lang, "stat.n.hot", n=found["past"]),
        _heads(lang, "c.product", "c.unit", "now", "c.expected", "c.bound", "c.times"), rows,
    )  # fmt: skip


def _cases(lang: Lang, line: Found) -> list[Cell]:
    cases = [Cell(formed(lang, "cases", c), c, "cases") for c in line["cases"]]
    return [*cases, count(lang, line["tickets"], line["query"])]


def _responsibility(found: Found, lang: Lang) -> Section:
    rows = tuple((Cell(unit_name(line, lang)), *_cases(lang, line))
                 for line in found["responsibility"])  # fmt: skip
    heads = _heads(lang, "c.unit", "c.cases", "before", "year_before", "tickets")
    return Section("responsibility", w(lang, "stat.s.responsibility"),
                   w(lang, "stat.n.responsibility"), heads, rows)  # fmt: skip


def _roles(found: Found, lang: Lang) -> Section:
    rows = tuple((Cell(word(line["role"], lang)), *_cases(lang, line))
                 for line in found["responsible_roles"])  # fmt: skip
    heads = _heads(lang, "c.role", "c.cases", "before", "year_before", "tickets")
    return Section("responsible_roles", w(lang, "stat.s.responsible_roles"),
                   w(lang, "stat.n.responsibility"), heads, rows)  # fmt: skip


def _scores(found: Found, lang: Lang) -> list[Section]:
    scores = found["scores"]
    note = w(lang, "stat.n.scores", least=scores["least"], **scores["weights"])
    heads = _heads(lang, "c.closed", "c.score", "c.working")
    units = tuple((Cell(unit_name(line, lang)), *_score(lang, line, scores["least"]))
                  for line in scores["units"])  # fmt: skip
    people = tuple((Cell(line["name"]), Cell(line["unit"]), *_score(lang, line, scores["least"]))
                   for line in scores["people"])  # fmt: skip
    return [
        Section("score_units", w(lang, "stat.s.score_units"), note,
                (*_heads(lang, "c.unit"), *heads), units),
        Section("score_people", w(lang, "stat.s.score_people"), note,
                (*_heads(lang, "c.person", "c.unit"), *heads), people),
    ]  # fmt: skip


_PARTS = {"timeliness": "on_time", "satisfaction": "satisfied", "resolution": "resolved"}


def _score(lang: Lang, line: Found, least: int) -> list[Cell]:
    working = ("；" if lang == "zh" else "; ").join(
        w(lang, "stat.working", name=w(lang, f"stat.c.{_PARTS[p['rate']]}"), hits=p["hits"],
          base=p["base"], weight=f"{p['weight']:g}", points=f"{p['points']:.1f}")
        for p in line["parts"] if p["base"]
    )  # fmt: skip
    value = line["value"]
    said = w(lang, "stat.too_few", n=least) if value is None else formed(lang, "score", value)
    return [count(lang, line["cases"], line["query"]), Cell(said, value, "score"), Cell(working)]
