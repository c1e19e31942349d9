"""舆情日报 as a paper: the figures, each case with its reports and what was done that day."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from core.paper import Block, Grid, Heading, Paper, Paragraph, Signature
from core.words import name as word
from dashboard.media_words import MEDIA_WORDS
from dashboard.page_times import clock, moment

Lang = Literal["zh", "en"]
FIGURES = (
    "unsettled", "new", "reports", "unchecked", "corrections", "issued", "talks", "settled",
)  # fmt: skip


def daily_paper(summary: dict[str, Any], bank: str, lang: Lang) -> Paper:
    """`escalation.media_daily.read` as a paper; no client's data is in it."""

    def w(key: str, **params: object) -> str:
        return MEDIA_WORDS[key][0 if lang == "zh" else 1].format(**params)

    figures = summary["figures"]
    blocks: list[Block] = [
        Grid(
            tuple(w(f"med.d.{key}") for key in FIGURES),
            (tuple(str(figures[key]) for key in FIGURES),),
        ),
    ]
    for state in ("open", "settled"):
        cases = [case for case in summary["cases"] if case["state"] == state]
        blocks.append(Heading(w(f"med.d.cases_{state}", n=len(cases))))
        if not cases:
            blocks.append(Paragraph(w("med.d.none")))
        for number, case in enumerate(cases, start=1):
            blocks += _case(number, case, w, lang)
    blocks.append(Signature(w("med.d.signed")))
    day = date.fromisoformat(summary["day"])
    return Paper(
        title=w("page.media_daily"), subtitle=bank,
        number=f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else day.isoformat(),
        blocks=tuple(blocks), lang=lang,
        footer=w("med.d.footer", day=summary["day"], time=moment(summary["as_of"])),
    )  # fmt: skip


def _case(number: int, case: dict[str, Any], w: Any, lang: Lang) -> list[Block]:
    verdict = w(f"med.verdict.{case['verdict'] or 'none'}")
    ended = w(f"med.outcome.{case['outcome']}") if case["state"] == "settled" else None
    facts = [case["unit_name"], w(f"med.scope.{case['scope']}"), verdict, ended, case["incident"],
             case["id"]]  # fmt: skip
    found: list[Block] = [
        Heading(f"{number}. {case['headline']}", 2),
        Paragraph((" · " if lang == "en" else "，").join(dict.fromkeys(filter(None, facts)))),
    ]
    if case["reports"]:
        found.append(Grid(
            (w("med.l.outlet"), w("med.l.headline"), w("med.d.published"), w("med.d.reach")),
            tuple(_report(report, w) for report in case["reports"]),
            widths=(2, 5, 2, 2),
        ))  # fmt: skip
    if case["acts"]:
        found.append(Grid(
            (w("med.l.at"), w("med.d.act"), w("med.d.by")),
            tuple((clock(act["at"])[6:], said(act, w), _who(act, lang)) for act in case["acts"]),
            widths=(1.2, 7, 2.6),
        ))  # fmt: skip
    return found


def _report(report: dict[str, Any], w: Any) -> tuple[str, ...]:
    reach = f"{report['reach']:,}" if report["reach"] is not None else ""
    degree = w(f"med.word.{report['word']}") if report["word"] else ""
    when = moment(report["published_at"] or report["seen_at"])
    return (report["outlet"], report["headline"] or "", when, f"{degree} {reach}".strip())


def said(act: dict[str, Any], w: Any) -> str:
    """What was done, in one line; what goes out and what was found in their own words."""
    facts, words = act["facts"], act["words"]
    parts = [
        w(f"med.act.{act['act']}"),
        w(f"med.verdict.{facts['verdict']}") if facts.get("verdict") else None,
        w(f"med.answer.{facts['answer']}") if facts.get("answer") else None,
        w(f"med.outcome.{facts['outcome']}") if facts.get("outcome") else None,
        w(f"med.kind.{facts['kind']}") if facts.get("kind") else None,
        facts.get("incident"), words.get("name"), words.get("text") or words.get("note"),
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _who(act: dict[str, Any], lang: Lang) -> str:
    return f"{act['by']} {word(act['role'], lang)}" if act["role"] else str(act["by"])
