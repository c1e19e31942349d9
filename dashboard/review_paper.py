"""The review of an incident as a paper (WP-27)."""

from __future__ import annotations

from typing import Any, Literal

from core.paper import Block, Fields, Grid, Heading, Paper, Paragraph, Signature
from core.words import name as word
from dashboard.page_times import clock, moment, span, within_words
from dashboard.review_words import REVIEW_WORDS

Lang = Literal["zh", "en"]


def _w(lang: Lang, key: str, **params: object) -> str:
    return REVIEW_WORDS[key][0 if lang == "zh" else 1].format(**params)


def review_paper(review: dict[str, Any], lang: Lang) -> Paper:
    """`escalation.review_view.read_review` as a paper; so far, until it is signed."""
    signed = review["signed"]
    head = review["place"]["name"]
    blocks: list[Block] = [
        *([] if signed else [Paragraph(_w(lang, "rev.so_far", time=moment(review["as_of"])))]),
        Heading(_w(lang, "rev.facts")), _facts(review, lang),
        Heading(_w(lang, "rev.figures")), _figures(review, lang),
        Heading(_w(lang, "rev.clauses")), Paragraph(summary_words(review, lang)),
        *_table(_clauses(review, lang), _w(lang, "rev.clauses_none")),
        Heading(_w(lang, "rev.told")), *_table(_told(review, lang), _w(lang, "rev.told_none")),
        Heading(_w(lang, "rev.lessons")), *_lessons(review, lang),
        Heading(_w(lang, "rev.tasks")), *_table(_tasks(review, lang), _w(lang, "rev.tasks_none")),
        Heading(_w(lang, "rev.timeline")),
        *_table(_timeline(review, lang), _w(lang, "rev.timeline_none")),
        Signature(_w(lang, "rev.p.signer"), signed["by"] if signed else "",
                  moment(signed["at"])[:10] if signed else ""),
    ]  # fmt: skip
    return Paper(
        title=_w(lang, "rev.p.title", unit=head), number=signed["number"] if signed else "",
        subtitle=review["incident"], blocks=tuple(blocks),
        footer=_w(lang, "rev.p.footer", incident=review["incident"]), lang=lang,
    )  # fmt: skip


def summary_words(review: dict[str, Any], lang: Lang) -> str:
    """How many clauses stand how, in one sentence; nothing about those that are none."""
    parts = [
        _w(lang, f"rev.sum.{key}", n=n) for key, n in review["summary"].items() if n
    ]  # fmt: skip
    if not parts:
        return _w(lang, "rev.clauses_none")
    return ("，" if lang == "zh" else ", ").join(parts) + ("。" if lang == "zh" else ".")


def verdict_words(row: dict[str, Any], lang: Lang) -> str:
    """A clause's verdict in words, with how late."""
    return _w(lang, f"rev.v.{row['verdict']}", time=span(row["seconds"], lang))


def _table(grid: Grid, empty: str) -> list[Block]:
    return [grid] if grid.rows else [Paragraph(empty)]


def _facts(review: dict[str, Any], lang: Lang) -> Fields:
    people = _w(lang, "rev.people_words", clients=review["clients"], heads=review["headcount"],
                onlookers=review["onlookers"])  # fmt: skip
    return Fields((
        (_w(lang, "rev.place"), review["place"]["name"]),
        (_w(lang, "rev.severity"), word(review["severity"], lang)),
        (_w(lang, "rev.product"), review["product"] or _w(lang, "rev.unnamed")),
        (_w(lang, "rev.people"), people),
        (_w(lang, "rev.reason"), review["close_reason"] or _w(lang, "rev.not_yet")),
        (_w(lang, "rev.plan"), f"{review['plan']} {review['plan_version']}"),
    ))  # fmt: skip


def _figures(review: dict[str, Any], lang: Lang) -> Grid:
    rows = []
    for figure in review["figures"]:
        clocks = "\n".join(
            f"{c['clause']}（{within_words(c['within'], lang)}）{verdict_words(c, lang)}"
            for c in figure["clocks"]
        )
        rows.append((
            _w(lang, f"rev.f.{figure['key']}"),
            moment(figure["at"], seconds=True) or _w(lang, "rev.not_yet"),
            span(figure["seconds"], lang), clocks,
        ))  # fmt: skip
    heads = tuple(_w(lang, f"rev.h.{h}") for h in ("step", "at", "took", "clock"))
    return Grid(heads, tuple(rows), widths=(3, 3.4, 2.2, 4))


def _clauses(review: dict[str, Any], lang: Lang) -> Grid:
    rows = []
    for c in review["clauses"]:
        what = f"{c['clause']} {c[f'title_{lang}']}"
        who = f"{c['unit_name']}\n{word(c['role'], lang)}"
        said = verdict_words(c, lang)
        if c["waive_reason"]:
            said += f"\n{c['waive_reason']}"
        number = c["evidence"].get("number")
        if number:
            said += f"\n{_w(lang, 'rev.number', number=number)}"
        rows.append((what, who, clock(c["due_at"]), clock(c["ended_at"]), said))
    heads = tuple(_w(lang, f"rev.h.{h}") for h in ("clause", "who", "due", "ended", "verdict"))
    return Grid(heads, tuple(rows), widths=(4, 3, 2.2, 2.2, 3.2))


def _told(review: dict[str, Any], lang: Lang) -> Grid:
    rows = [
        (
            p["name"] or "", word(p["role"], lang), clock(p["told_at"]),
            _w(lang, f"rev.text.{p['text']}") if p["text"] else "",
            clock(p["answered_at"]) or _w(lang, "rev.unanswered"), span(p["seconds"], lang),
        )
        for p in review["told"]
    ]  # fmt: skip
    heads = ("name", "role", "told_at", "text", "answered", "took")
    return Grid(tuple(_w(lang, f"rev.h.{h}") for h in heads), tuple(rows),
                widths=(2.2, 3.4, 2.2, 2, 2.2, 2))  # fmt: skip


def _lessons(review: dict[str, Any], lang: Lang) -> list[Block]:
    if not review["lessons"]:
        return [Paragraph(_w(lang, "rev.lessons_none"))]
    blocks: list[Block] = []
    for nth, lesson in enumerate(review["lessons"], 1):
        mark = _w(lang, "rev.added") if lesson["after_signing"] else ""
        blocks.append(Paragraph(f"{nth}. {mark}{lesson['text']}"))
        blocks.append(Paragraph(f"—— {lesson['author']}，{moment(lesson['at'])}"))
    return blocks


def _tasks(review: dict[str, Any], lang: Lang) -> Grid:
    rows = [
        (
            t["title"], "\n".join(filter(None, (t["unit_name"], t["person"]))),
            clock(t["due_at"]), _w(lang, f"rev.task.{t['state']}"),
            "\n".join(filter(None, (
                t["evidence"],
                _w(lang, "rev.checked", name=t["checked_by"], time=clock(t["checked_at"]))
                if t["checked_by"] else None,
            ))),
        )
        for t in review["tasks"]
    ]  # fmt: skip
    heads = tuple(_w(lang, f"rev.h.{h}") for h in ("task", "owner", "due", "state", "evidence"))
    return Grid(heads, tuple(rows), widths=(4, 3, 2.2, 2, 4))


def _timeline(review: dict[str, Any], lang: Lang) -> Grid:
    rows = tuple((moment(e["at"], seconds=True), e[lang]) for e in review["timeline"])
    return Grid((_w(lang, "rev.h.at"), _w(lang, "rev.h.what")), rows, widths=(3.2, 9))
