"""The board's feed: the end of an area's journal in words, runs of the same thing folded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.incident_view import timeline_entry

_FEED = (
    "complaint_received", "incident_opened", "incident_widened", "incident_grouped",
    "incident_large", "incident_exposed", "incident_stood_down", "incident_reopened",
    "incident_closed", "gathering_reported", "ladder_told",
    "ladder_skipped", "ladder_exhausted", "acknowledgement_handed_over",
    "head_office_paged", "acknowledged", "duty_breached", "message_failed",
    "duty_fulfilled", "complaint_routed", "hotline_untold", "hotline_list_missing",
    "hotline_undelivered",
)  # fmt: skip
#: The journal's ends. An area's are found unit by unit, through an index: by the number alone a
#: quiet sub-branch would look through everybody's entries for its own.
_LAST = "SELECT * FROM journal ORDER BY id DESC LIMIT :most"
_LAST_OF_AREA = (
    "SELECT e.* FROM units au, LATERAL (SELECT * FROM journal WHERE unit_id = au.id"
    " ORDER BY id DESC LIMIT :each) AS e WHERE starts_with(au.path, :area)"
    " ORDER BY e.id DESC LIMIT :most"
)
_FIRST = "SELECT at FROM journal ORDER BY id LIMIT 1"
_FIRST_OF_AREA = (
    "SELECT min(e.at) FROM units au, LATERAL (SELECT at FROM journal WHERE unit_id = au.id"
    " ORDER BY id LIMIT 1) AS e WHERE starts_with(au.path, :area)"
)


def first_moment(connection: Connection, area: str) -> datetime | None:
    """When the first entry that this area has was written."""
    first = _FIRST if area == "/" else _FIRST_OF_AREA
    moment: datetime | None = connection.scalar(sa.text(first), {"area": area})
    return moment


def last_entry(connection: Connection, area: str) -> int:
    """The number of the newest entry that this area has: a page asks again when it moves."""
    last = _LAST if area == "/" else _LAST_OF_AREA
    query = sa.text(f"SELECT max(j.id) FROM ({last}) AS j")  # noqa: S608
    return int(connection.scalar(query, {"area": area, "most": 1, "each": 1}) or 0)


def feed(connection: Connection, house: House, area: str) -> list[dict[str, Any]]:
    last = _LAST if area == "/" else _LAST_OF_AREA
    rows = connection.execute(
        sa.text(
            "SELECT j.id, j.at, j.actor, j.verb, j.subject, j.reason, j.after,"  # noqa: S608
            f" j.incident_id, j.unit_id AS unit FROM ({last}) AS j WHERE j.verb = ANY(:verbs)"
            " ORDER BY j.id DESC LIMIT 200"
        ),
        {"verbs": list(_FEED), "area": area, "most": 400, "each": 60},
    ).all()
    return fold_feed([_feed_entry(connection, house, row) for row in rows])


def _feed_entry(connection: Connection, house: House, row: sa.Row[Any]) -> dict[str, Any]:
    entry = timeline_entry(row)
    place = f"{house.tree().get(row.unit).short_name} " if row.unit else ""
    return {
        "seq": entry["seq"], "at": entry["at"], "verb": entry["verb"],
        "zh": place + entry["zh"], "en": place + entry["en"],
        "incident": public_incident(row.incident_id) if row.incident_id else None,
    }  # fmt: skip


#: Entries that come in runs: in such a run the same sentence is said once, with how often.
_RUNS = ("duty_breached", "duty_fulfilled", "complaint_routed")


def fold_feed(entries: list[dict[str, Any]], most: int = 40) -> list[dict[str, Any]]:
    """Complaints that follow one another become one line with their number, and so does the same
    sentence within a run of duties. Newest first. Pure."""
    folded: list[dict[str, Any]] = []
    verb: str | None = None
    said: dict[tuple[str, str | None], tuple[dict[str, Any], int, str, str]] = {}
    for entry in entries:
        if entry["verb"] != verb:
            verb, said = entry["verb"], {}
        if verb not in ("complaint_received", *_RUNS):
            folded.append(dict(entry))
            continue
        same = ("", None) if verb == "complaint_received" else (entry["zh"], entry.get("incident"))
        line, times, zh, en = said.get(same) or (dict(entry), 0, entry["zh"], entry["en"])
        said[same] = (line, times + 1, zh, en)
        if not times:
            folded.append(line)
        elif verb == "complaint_received":
            line.update(zh=f"收到投诉 {times + 1} 件", en=f"{times + 1} complaints received")
        else:
            line.update(zh=f"{zh} ×{times + 1}", en=f"{en} ×{times + 1}")
    return folded[:most]
