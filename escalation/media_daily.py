"""舆情日报: what the media said of the bank on one day, what was done, and what is still open.

It is counted from what stands in the tables as of the day's end (or of now, for today): a case that
was settled later was open then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI, iso
from core.errors import FieldFault, InvalidInput
from database.connection import business_now
from escalation import media_view
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.ids import media_id as public_media
from escalation.media_view import SEEN
from escalation.media_words import SEALED, opened

#: A day shows at most so many cases, and as many acts of each.
_MOST = 300
#: What a day's summary says was done; the rest is in the case's record.
_TOLD = (
    "finding", "correction_asked", "outlet_answered", "contact", "approved", "issued", "settled",
    "reopened", "handed_over", "incident_linked", "spokesperson",
)  # fmt: skip
_CASES = sa.text(
    f"SELECT {SEALED}, r.unit_id, r.scope, r.aware_at, r.incident_id,"  # noqa: S608
    " (SELECT a.act = 'settled' FROM media_acts a WHERE a.case_id = r.id AND a.noted_at < :until"
    "  AND a.act IN ('settled', 'reopened') ORDER BY a.id DESC LIMIT 1) AS over,"
    " (SELECT a.facts->>'outcome' FROM media_acts a WHERE a.case_id = r.id"
    "  AND a.noted_at < :until AND a.act IN ('settled', 'reopened') ORDER BY a.id DESC LIMIT 1)"
    " AS outcome,"
    " (SELECT a.facts->>'verdict' FROM media_acts a WHERE a.case_id = r.id"
    "  AND a.noted_at < :until AND a.act IN ('finding', 'reopened') ORDER BY a.id DESC LIMIT 1)"
    " AS verdict,"
    " EXISTS (SELECT FROM media_acts a WHERE a.case_id = r.id AND a.noted_at >= :since"
    "  AND a.noted_at < :until) AS moved"
    f" FROM media_cases r WHERE {SEEN} AND EXISTS (SELECT FROM media_acts a"
    "  WHERE a.case_id = r.id AND a.noted_at < :until) ORDER BY r.aware_at, r.id"
)


def read(connection: Connection, house: House, day: date | None) -> dict[str, Any]:
    """``{day, now, as_of, today, figures, cases}``; today without a day.

    `cases` are those that were open at the day's end or that something happened on. InvalidInput
    for a day to come.
    """
    now = business_now(connection)
    today = now.astimezone(SHANGHAI).date()
    wanted = day or today
    if wanted > today:
        raise InvalidInput([FieldFault(
            "day", "日期晚于今天", "is in the future", "请选择今天或以前",
            "choose today or earlier",
        )])  # fmt: skip
    since = datetime.combine(wanted, time(), SHANGHAI)
    until = min(since + timedelta(days=1), now + timedelta(seconds=1))
    rows = connection.execute(_CASES, {"area": house.area, "since": since, "until": until}).all()
    cases = _cases(connection, house, rows, since, until)
    return {
        "day": wanted.isoformat(), "now": iso(now), "as_of": iso(min(until, now)),
        "today": wanted == today, "figures": _figures(cases, rows), "cases": cases,
    }  # fmt: skip


def _cases(
    connection: Connection, house: House, rows: Sequence[sa.Row[Any]], since: datetime,
    until: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Open ones first, each by when it came to be known."""
    told = [row for row in rows if row.moved or not row.over][:_MOST]
    ids = [row.id for row in told]
    sightings = [
        one for one in media_view.sightings_of(connection, house, ids)
        if datetime.fromisoformat(one["seen_at"]) < until
    ]  # fmt: skip
    acts, tree = _acts(connection, house, ids, since, until), house.tree(connection)
    found = [
        {
            "id": public_media(row.id),
            "headline": opened(house.vault, "media_cases", row).get("headline", ""),
            "unit_name": tree.get(row.unit_id).short_name, "scope": row.scope,
            "aware_at": iso(row.aware_at), "state": "settled" if row.over else "open",
            "outcome": row.outcome, "verdict": row.verdict,
            "incident": public_incident(row.incident_id) if row.incident_id else None,
            "new": row.aware_at >= since,
            "reports": [_report(s, since, until) for s in sightings if s["case"] == row.id],
            "acts": acts.get(row.id, []),
        }
        for row in told
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one["state"] == "settled", one["aware_at"]))


def _figures(cases: list[dict[str, Any]], rows: Any) -> dict[str, int]:
    """`unsettled` (曝光未平息) first, as on the page; `reports` are the day's own."""
    done = [act["act"] for case in cases for act in case["acts"]]
    return {
        "unsettled": sum(not r.over for r in rows),
        "new": sum(case["new"] for case in cases),
        "reports": sum(report["new"] for case in cases for report in case["reports"]),
        "unchecked": sum(not r.over and r.verdict is None for r in rows),
        "corrections": done.count("correction_asked"),
        "issued": done.count("issued"),
        "talks": done.count("contact"),
        "settled": done.count("settled"),
    }


def _report(sighting: dict[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
    known = [r for r in sighting["reaches"] if datetime.fromisoformat(r["at"]) < until]
    last = known[-1] if known else {"reach": None, "word": None}
    return {
        "outlet": sighting["outlet"], "headline": sighting["headline"], "link": sighting["link"],
        "published_at": sighting["published_at"], "seen_at": sighting["seen_at"],
        "reach": last["reach"], "word": last["word"],
        "new": datetime.fromisoformat(sighting["seen_at"]) >= since,
    }  # fmt: skip


def _acts(
    connection: Connection, house: House, ids: list[int], since: datetime, until: datetime
) -> dict[int, list[dict[str, Any]]]:
    rows = connection.execute(
        sa.text(
            f"SELECT {SEALED}, r.case_id, r.act, r.at, r.done_by, r.done_role, r.facts"  # noqa: S608
            " FROM media_acts r WHERE r.case_id = ANY(:ids) AND r.act = ANY(:told)"
            " AND r.noted_at >= :since AND r.noted_at < :until ORDER BY r.id"
        ),
        {"ids": ids, "told": list(_TOLD), "since": since, "until": until},
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append({
            "act": row.act, "at": iso(row.at), "by": row.done_by, "role": row.done_role,
            "facts": row.facts, "words": opened(house.vault, "media_acts", row),
        })  # fmt: skip
    return found
