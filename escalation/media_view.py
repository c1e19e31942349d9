"""Media cases as pages and the API show them: the list with its figures, one case in full."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitTree
from core.clock import iso
from core.errors import FieldFault, InvalidInput, NotFound
from core.words import Level
from database.connection import business_now
from escalation import media_contacts, media_links, media_statements
from escalation.area_sql import COMPLAINT_SEEN
from escalation.duty_view import duty_view
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.ids import media_id as public_media
from escalation.media_rules import ReachWord
from escalation.media_words import SEALED, opened
from escalation.media_work import duties_of

#: A list shows so many cases, or as many as are asked for; `more` says that it was cut.
USUAL, MOST = 100, 5000
Show = Literal["open", "settled", "all"]
_WORDS: tuple[ReachWord, ...] = get_args(ReachWord)
Row = sa.Row[Any]

_CASE = (
    f"{SEALED}, r.unit_id, r.state, r.scope, r.origin, r.aware_at, r.found_by, r.found_role,"
    " r.verdict, r.checked_at, r.outcome, r.settled_at, r.reopened, r.joined_id, r.incident_id,"
    " r.spokesperson"
)
#: Of a case `r`: what its area may see, as the policy of `media_cases` has it.
SEEN = (
    "(:area = '/' OR EXISTS (SELECT FROM units mu WHERE mu.id = r.unit_id"
    " AND starts_with(mu.path, :area)) OR EXISTS (SELECT FROM incidents mi JOIN units mu"
    " ON mu.id = mi.unit_id WHERE mi.id = r.incident_id AND starts_with(mu.path, :area))"
    " OR EXISTS (SELECT FROM media_complaints ml JOIN complaints mc ON mc.id = ml.complaint_id"
    " JOIN units mu ON mu.id IN (mc.unit_id, mc.received_unit_id, mc.home_unit_id)"
    " WHERE ml.case_id = r.id AND ml.ended_at IS NULL AND starts_with(mu.path, :area)))"
)


# --- the list -----------------------------------------------------------------------------------


def read_list(
    connection: Connection, house: House, *, show: str = "open", text: str | None = None,
    limit: int = USUAL,
) -> dict[str, Any]:  # fmt: skip
    """``{now, figures, cases, more, complaints}``: open ones by their next clock, settled ones
    newest first; media complaints that belong to no case yet.

    `text` is looked for in headlines, outlets and links of all. InvalidInput for another `show`.
    """
    if show not in get_args(Show):
        raise InvalidInput([FieldFault("state", "应为 open、settled 或 all",
                                       "must be open, settled or all", "请改正",
                                       "correct it")])  # fmt: skip
    wanted, limit = (text or "").strip().casefold(), min(max(limit, 1), MOST)
    rows = connection.execute(
        sa.text(
            f"SELECT {_CASE} FROM media_cases r WHERE {SEEN}"  # noqa: S608
            " AND (:show = 'all' OR r.state = :show) ORDER BY r.aware_at DESC, r.id DESC"
            " LIMIT :most"
        ),
        {"area": house.area, "show": show, "most": MOST if wanted else limit + 1},
    ).all()
    cases = _summaries(connection, house, rows)
    if wanted:
        cases = [case for case in cases if _has(case, wanted)]
    more, cases = len(cases) > limit, cases[:limit]
    for case in cases:
        del case["links"]
    return {
        "now": iso(business_now(connection)), "figures": figures(connection, house),
        "cases": sorted(cases, key=_urgency), "more": more,
        "complaints": _unlinked(connection, house),
    }  # fmt: skip


#: A media complaint that nobody has joined to a report: of this long ago, and so many.
_FRESH, _UNLINKED = timedelta(days=30), 20


def _unlinked(connection: Connection, house: House) -> list[dict[str, Any]]:
    """Complaints that came through the media and belong to no case, the latest first: numbers and
    places only, no word of a client's."""
    tree = house.tree(connection)
    rows = connection.execute(
        sa.text(
            "SELECT c.id, c.unit_id, c.product, c.received_at FROM complaints c"  # noqa: S608
            f" WHERE {COMPLAINT_SEEN} AND c.channel = 'media' AND c.received_at > :since"
            " AND c.status NOT IN ('withdrawn', 'misfiled')"
            " AND NOT EXISTS (SELECT FROM media_complaints l"
            "  WHERE l.complaint_id = c.id AND l.ended_at IS NULL)"
            f" ORDER BY c.received_at DESC, c.id DESC LIMIT {_UNLINKED}"
        ),
        {"area": house.area, "since": business_now(connection) - _FRESH},
    )
    return [
        {"complaint": public_complaint(r.id), "unit": tree.get(r.unit_id).code,
         "unit_name": tree.get(r.unit_id).short_name, "product": r.product,
         "received_at": iso(r.received_at)}
        for r in rows
    ]  # fmt: skip


def _urgency(case: dict[str, Any]) -> tuple[bool, str, str]:
    due = case["next"]["due_at"] if case["next"] else "9"
    return case["state"] == "settled", due, ""


def _has(case: dict[str, Any], wanted: str) -> bool:
    texts = [case["id"], case["headline"], *case["outlets"], *case["links"]]
    return any(wanted in text.casefold() for text in texts)


def _summaries(connection: Connection, house: House, rows: Sequence[Row]) -> list[dict[str, Any]]:
    tree, ids = house.tree(connection), [row.id for row in rows]
    sightings = sightings_of(connection, house, ids)
    clocks = _clocks(connection, ids)
    waiting = _waiting(connection, ids)
    found = []
    for row in rows:
        seen = [one for one in sightings if one["case"] == row.id]
        figure, word = _widest(seen)
        found.append({
            **_head(house, tree, row), "reports": len(seen), "reach": figure, "reach_word": word,
            "outlets": list(dict.fromkeys(one["outlet"] for one in seen)),
            "links": [one["link"] or "" for one in seen],
            "next": clocks.get(row.id), "waiting": waiting.get(row.id, []),
        })  # fmt: skip
    return found


def _head(house: House, tree: UnitTree, row: Row) -> dict[str, Any]:
    unit = tree.get(row.unit_id)
    branch = tree.ancestor(unit.id, Level.BRANCH)
    return {
        "id": public_media(row.id),
        "headline": opened(house.vault, "media_cases", row).get("headline", ""),
        "state": row.state, "scope": row.scope, "origin": row.origin, "unit": unit.code,
        "unit_name": unit.short_name, "level": unit.level.value,
        "branch": branch.short_name if branch and branch.id != unit.id else None,
        "aware_at": iso(row.aware_at), "found_by": row.found_by, "found_role": row.found_role,
        "verdict": row.verdict, "checked_at": iso(row.checked_at), "outcome": row.outcome,
        "settled_at": iso(row.settled_at), "reopened": row.reopened,
        "joined": public_media(row.joined_id) if row.joined_id else None,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
        "spokesperson": row.spokesperson,
        # What lies outside one's area is seen for a complaint or an incident, and not worked on.
        "own": unit.path.startswith(house.area),
    }  # fmt: skip


def _widest(sightings: Sequence[dict[str, Any]]) -> tuple[int | None, str | None]:
    """The sum of the latest figures, and the widest word."""
    latest = [one["reaches"][-1] for one in sightings if one["reaches"]]
    figures_known = [one["reach"] for one in latest if one["reach"] is not None]
    word = max((one["word"] for one in latest), key=_WORDS.index, default=None)
    return (sum(figures_known) if figures_known else None), word


def _clocks(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The next open duty of each case."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (k.id) k.id AS case_id, d.clause, d.title_zh, d.title_en,"  # noqa: S608
            f" d.due_at, d.warn_at FROM media_cases k JOIN duties d ON {duties_of('k.id')}"
            " WHERE k.id = ANY(:ids) AND d.state = 'open' ORDER BY k.id, d.due_at"
        ),
        {"ids": list(ids)},
    )
    return {
        r.case_id: {"clause": r.clause, "title_zh": r.title_zh, "title_en": r.title_en,
                    "due_at": iso(r.due_at), "warn_at": iso(r.warn_at)}
        for r in rows
    }  # fmt: skip


def _waiting(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """What each open case waits for: ``finding``, ``answer``, ``approval``, ``issue``."""
    rows = connection.execute(sa.text(f"{_WAITING} AND k.id = ANY(:ids)"), {"ids": list(ids)})
    return {
        r.id: [name for name in ("finding", "answer", "approval", "issue") if getattr(r, name)]
        for r in rows
    }


_WAITING = (
    "SELECT k.id, k.verdict IS NULL AS finding, EXISTS (SELECT FROM media_acts a"
    " WHERE a.case_id = k.id AND a.act = 'correction_asked' AND NOT EXISTS (SELECT FROM media_acts"
    " b WHERE b.case_id = k.id AND b.act = 'outlet_answered'"
    " AND (b.facts->>'correction')\\:\\:bigint = a.id)) AS answer,"
    " EXISTS (SELECT FROM media_statements s WHERE s.case_id = k.id AND s.state = 'draft')"
    " AS approval,"
    " EXISTS (SELECT FROM media_statements s WHERE s.case_id = k.id AND s.state = 'approved')"
    " AS issue FROM media_cases k WHERE k.state = 'open'"
)


def figures(connection: Connection, house: House) -> dict[str, int]:
    """The first figures of the page. `unsettled` (曝光未平息) is the first of them."""
    row = connection.execute(
        sa.text(
            "SELECT count(*) AS unsettled, count(*) FILTER (WHERE w.finding) AS unchecked,"  # noqa: S608
            " count(*) FILTER (WHERE w.answer) AS unanswered,"
            " count(*) FILTER (WHERE w.approval) AS to_approve,"
            " count(*) FILTER (WHERE w.issue) AS to_issue,"
            " count(*) FILTER (WHERE EXISTS (SELECT FROM duties d WHERE d.state = 'open'"
            f" AND d.due_at <= :now AND {duties_of('w.id')})) AS overdue"
            f" FROM ({_WAITING}) w JOIN media_cases r ON r.id = w.id WHERE {SEEN}"
        ),
        {"area": house.area, "now": business_now(connection)},
    ).one()
    failing = connection.execute(
        sa.text("SELECT count(*) FROM media_feeds f JOIN units u ON u.id = f.unit_id"
                " WHERE f.active AND f.failing_since IS NOT NULL"
                " AND (:area = '/' OR starts_with(u.path, :area))"),
        {"area": house.area},
    ).scalar_one()  # fmt: skip
    return {**row._mapping, "feeds_failing": int(failing)}


# --- one case -----------------------------------------------------------------------------------


def read_case(connection: Connection, house: House, case_id: int) -> dict[str, Any]:
    """One case in full: reports, record, statements, talks, complaints, clocks. NotFound."""
    row = connection.execute(
        sa.text(f"SELECT {_CASE} FROM media_cases r WHERE r.id = :id AND {SEEN}"),  # noqa: S608
        {"id": case_id, "area": house.area},
    ).one_or_none()
    if row is None:
        raise NotFound("media_case")
    now, tree = business_now(connection), house.tree(connection)
    return {
        "now": iso(now), **_head(house, tree, row),
        "sightings": sightings_of(connection, house, [case_id]),
        "files": _files(connection, case_id),
        "acts": _acts(connection, house, case_id),
        "statements": media_statements.read(connection, house, case_id),
        "talks": media_contacts.of_case(connection, house, case_id),
        "complaints": media_links.complaints_of(connection, house, case_id),
        "duties": _duties(connection, house, case_id),
        "includes": [public_media(n) for n in connection.scalars(
            sa.text("SELECT id FROM media_cases WHERE joined_id = :id ORDER BY id"),
            {"id": case_id})],
    }  # fmt: skip


def sightings_of(
    connection: Connection, house: House, cases: Sequence[int]
) -> list[dict[str, Any]]:
    """The reports of these cases in the order in which they came out, each with its readings."""
    rows = connection.execute(
        sa.text(
            f"SELECT {SEALED}, r.case_id, r.outlet, r.published_at, r.seen_at, r.found_by,"  # noqa: S608
            " r.found_role, r.feed_id FROM media_sightings r WHERE r.case_id = ANY(:cases)"
            " ORDER BY coalesce(r.published_at, r.seen_at), r.id"
        ),
        {"cases": list(cases)},
    ).all()
    reaches: dict[int, list[dict[str, Any]]] = {}
    for r in connection.execute(
        sa.text("SELECT sighting_id, reach, word, at, noted_by, noted_role FROM media_reaches"
                " WHERE sighting_id = ANY(:ids) ORDER BY at, id"),
        {"ids": [row.id for row in rows]},
    ):  # fmt: skip
        reaches.setdefault(r.sighting_id, []).append({
            "reach": r.reach, "word": r.word, "at": iso(r.at), "by": r.noted_by,
            "role": r.noted_role,
        })  # fmt: skip
    found = []
    for row in rows:
        words = opened(house.vault, "media_sightings", row)
        found.append({
            "id": row.id, "case": row.case_id, "outlet": row.outlet, "link": words.get("link"),
            "headline": words.get("headline"), "excerpt": words.get("excerpt"),
            "published_at": iso(row.published_at), "seen_at": iso(row.seen_at),
            "by": row.found_by, "role": row.found_role, "watched": row.feed_id is not None,
            "reaches": reaches.get(row.id, []),
        })  # fmt: skip
    return found


def _files(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT f.id, f.sighting_id, f.media_type, f.size, f.sha256, f.added_by, f.added_role,"
            " f.added_at FROM media_files f WHERE f.case_id IN (SELECT m.id FROM media_cases m"
            " WHERE m.id = :case OR m.joined_id = :case) ORDER BY f.id"
        ),
        {"case": case_id},
    )
    return [
        {"id": r.id, "sighting": r.sighting_id, "media_type": r.media_type, "size": r.size,
         "sha256": bytes(r.sha256).hex(), "by": r.added_by, "role": r.added_role,
         "at": iso(r.added_at)}
        for r in rows
    ]  # fmt: skip


def _acts(connection: Connection, house: House, case_id: int) -> list[dict[str, Any]]:
    """The record of the case, the latest first."""
    rows = connection.execute(
        sa.text(
            f"SELECT {SEALED}, r.act, r.at, r.noted_at, r.done_by, r.done_role, r.facts, r.file_id"  # noqa: S608
            " FROM media_acts r WHERE r.case_id = :case ORDER BY r.id DESC LIMIT 2000"
        ),
        {"case": case_id},
    )
    return [
        {"id": r.id, "act": r.act, "at": iso(r.at), "noted_at": iso(r.noted_at),
         "by": r.done_by, "role": r.done_role, "facts": r.facts, "file": r.file_id,
         "words": opened(house.vault, "media_acts", r)}
        for r in rows
    ]  # fmt: skip


def _duties(connection: Connection, house: House, case_id: int) -> list[dict[str, Any]]:
    """The clocks of the case, the next first; ended ones behind."""
    rows = connection.execute(
        sa.text(f"SELECT d.* FROM duties d WHERE {duties_of(':case')}"  # noqa: S608
                " ORDER BY d.state <> 'open', d.due_at, d.id"),
        {"case": case_id},
    )  # fmt: skip
    return [duty_view(house, row) for row in rows]


def seen_case(connection: Connection, house: House, case_id: int) -> bool:
    """Whether the viewer sees this case."""
    return bool(connection.scalar(
        sa.text(f"SELECT EXISTS (SELECT FROM media_cases r WHERE r.id = :id AND {SEEN})"),  # noqa: S608
        {"id": case_id, "area": house.area},
    ))  # fmt: skip
