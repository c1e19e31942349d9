"""The filing (报备) of a regulator case as a paper: what was asked, what was done, the reply."""

from __future__ import annotations

from typing import Any, Literal

from core.paper import Block, Fields, Grid, Heading, Paper, Paragraph, Signature
from dashboard.page_times import moment
from dashboard.regulator_words import REGULATOR_WORDS

Lang = Literal["zh", "en"]


def regulator_paper(case: dict[str, Any], bank: str, lang: Lang) -> Paper:
    """`escalation.regulator_view.one` as a paper; clients are masked, the reply names none."""

    def w(key: str, **params: object) -> str:
        return REGULATOR_WORDS[f"reg.{key}"][0 if lang == "zh" else 1].format(**params)

    reply = next((a for a in case["answers"] if a["state"] in ("filed", "approved")), None)
    reply = reply or next((a for a in case["answers"] if a["state"] == "drafted"), None)
    blocks: list[Block] = [
        Fields((
            (w("p.to"), case["regulator"]),
            (w("p.number"), case["number"]),
            (w("p.received"), f"{moment(case['received_at'])} {w('via.' + case['via'])}"),
            (w("p.due"), moment(case["due_at"])),
            (w("p.unit"), case["unit_name"]),
            (w("p.complaints"), "、".join(c["complaint"] for c in case["complaints"])),
            (w("p.incident"), case["incident"] or ""),
        )),
        Heading(w("p.demands")),
    ]  # fmt: skip
    if case["demands"]:
        blocks.append(Grid(
            (w("p.no"), w("p.demand"), w("p.until"), w("p.state"), w("p.outcome")),
            tuple((
                str(d["position"]), d["text"] or "", moment(d["due_at"]) or w("due_case"),
                w(f"demand.{d['state']}"), d["outcome"] or "",
            ) for d in case["demands"]),
            widths=(1, 5, 2.6, 1.6, 4),
        ))  # fmt: skip
    else:
        blocks.append(Paragraph(w("p.no_demands")))
    blocks += [Heading(w("p.reply")), Paragraph(reply["text"] if reply else w("p.no_reply"))]
    if case["contacts"]:
        blocks += [Heading(w("p.contacts")), Grid(
            (w("p.at"), w("p.via"), w("p.by"), w("p.with"), w("p.said")),
            tuple((moment(c["at"]), w("via." + c["via"]), c["by"], c["to"] or "", c["note"] or "")
                  for c in reversed(case["contacts"])),
            widths=(2.6, 1.4, 1.8, 1.8, 5),
        )]  # fmt: skip
    if case["filings"]:
        blocks += [Heading(w("p.filings")), Grid(
            (w("p.at"), w("p.office"), w("p.receiver"), w("p.receipt"), "SHA-256"),
            tuple((moment(f["at"]), f["regulator"], f["to"], f["number"],
                   (f["sha256"] or "")[:16]) for f in reversed(case["filings"])),
            widths=(2.6, 4, 1.8, 2.8, 2.6),
        )]  # fmt: skip
    decided = reply and reply["state"] in ("approved", "filed")
    blocks += [
        Signature(w("p.drafted"), reply["drafted_by"] if reply else "",
                  moment(reply["drafted_at"]) if reply else ""),
        Signature(w("p.approved"), (reply["decided_by"] or "") if reply and decided else "",
                  moment(reply["decided_at"]) if reply and decided else ""),
    ]  # fmt: skip
    title = w("p.title") if decided else w("p.title_draft")
    return Paper(
        title=title, subtitle=case["regulator"], number=w("p.re", number=case["number"]),
        blocks=tuple(blocks), signed=(_issuer(bank, case["filing_unit_name"]),),
        footer=f"{case['id']} {case['number']}"[:60], lang=lang,
    )  # fmt: skip


def _issuer(bank: str, unit: str) -> str:
    return unit if bank in unit else f"{bank}{unit}"
