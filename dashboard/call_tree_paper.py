"""The telephone tree as a paper, with numbers in full and a box for what became of each call."""

from __future__ import annotations

from typing import Any, Literal

from core.paper import Block, Grid, Heading, Paper, Paragraph
from core.words import name as word
from dashboard.call_tree_words import CALL_TREE_WORDS
from dashboard.page_times import clock, moment

Lang = Literal["zh", "en"]


def _w(lang: Lang, key: str, **params: object) -> str:
    return CALL_TREE_WORDS[key][0 if lang == "zh" else 1].format(**params)


def incident_tree_paper(tree: dict[str, Any], lang: Lang) -> Paper:
    """`escalation.call_tree.incident_tree` as a paper."""
    rows = []
    for call in tree["calls"]:
        caller = word(call["caller"], lang) if call["caller"] else _w(lang, "tel.on_site")
        if call["caller_name"]:
            caller = f"{caller}\n{call['caller_name']}"
        role = f"{call['unit_name']}\n{word(call['role'], lang)}"
        for nth, person in enumerate(call["people"] or [None]):
            rows.append((
                str(call["order"]) if nth == 0 else "", caller if nth == 0 else "",
                role if nth == 0 else "", *_person(person, lang), _result(person, lang),
            ))  # fmt: skip
    heads = ("order", "caller", "callee", "who", "phone", "result")
    return Paper(
        title=_w(lang, "tel.title"), subtitle=f"{tree['unit_name']} {tree['incident']}",
        blocks=(
            Paragraph(_w(lang, "tel.p.as_of", time=moment(tree["now"]))),
            Grid(tuple(_w(lang, f"tel.p.{h}") for h in heads), tuple(rows),
                 widths=(1, 3, 3.2, 2.6, 3.2, 2.6)),
        ),
        footer=_w(lang, "tel.p.footer"), lang=lang,
    )  # fmt: skip


def unit_tree_paper(tree: dict[str, Any], lang: Lang) -> Paper:
    """`escalation.call_tree.unit_tree` as a paper: a section a unit."""
    blocks: list[Block] = [Paragraph(_w(lang, "tel.p.as_of", time=moment(tree["now"])))]
    for unit in tree["units"]:
        blocks.append(Heading(unit["name"], level=1 if unit["level"] != "outlet" else 2))
        rows = [
            (word(role["role"], lang) if nth == 0 else "", *_person(person, lang))
            for role in unit["roles"]
            for nth, person in enumerate(role["people"] or [None])
        ]
        blocks.append(Grid(tuple(_w(lang, f"tel.p.{h}") for h in ("role", "who", "phone")),
                           tuple(rows), widths=(3, 3, 3)))  # fmt: skip
        up = unit["upwards"]
        if up is not None:
            blocks.append(Paragraph(_w(
                lang, "tel.upwards", unit=up["unit_name"], role=word(up["role"], lang),
                name=up["name"] or _w(lang, "tel.gap"), phone=up["phone"],
            )))  # fmt: skip
    return Paper(title=_w(lang, "tel.title"), subtitle=tree["unit_name"], blocks=tuple(blocks),
                 footer=_w(lang, "tel.p.footer"), lang=lang)  # fmt: skip


def _person(person: dict[str, Any] | None, lang: Lang) -> tuple[str, str]:
    if person is None:
        return _w(lang, "tel.gap"), ""
    notes = []
    if person["why"]:
        notes.append(_w(lang, f"tel.why.{person['why']}"))
    elif person["place"] == "behind":
        notes.append(_w(lang, "tel.behind"))
    if person["on_shift"]:
        notes.append(_w(lang, "tel.on_shift"))
    return "\n".join([person["name"], *notes]), person["phone"]


def _result(person: dict[str, Any] | None, lang: Lang) -> str:
    results = (person or {}).get("results") or []
    return "\n".join(
        f"{clock(r['at'])[6:]} {_w(lang, 'tel.reached' if r['reached'] else 'tel.not_reached')}"
        for r in results[:3]
    )
