"""Media cases as stored: found, seen again, measured, kept, settled, opened again (WP-19).

A report is one case by its link; another report of the same story is a sighting of it. Nothing is
deleted or hidden: a settled case stays, and a new sighting opens it again. Every act is a row of
`media_acts` that nobody can change; its words are sealed, the journal has codes and ids only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.vault import DataKey
from core.words import Level
from database import journal
from database.locks import take as take_locks
from escalation import events, evidence_files
from escalation.births import Moments
from escalation.house import House
from escalation.ids import media_id as public_media
from escalation.media_values import By, Found, Reach, Report
from escalation.media_words import file_place, key_of, new_key, next_id, sealed

#: A little ahead of our clock is the other's clock, not the future.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Case:
    """A case's row, locked."""

    id: int
    unit_id: int
    key_id: int
    state: str
    scope: str
    verdict: str | None
    checked_at: datetime | None
    reopened: int
    incident_id: int | None
    joined_id: int | None


def lock(connection: Connection, case_id: int, *, settled: bool = False) -> Case:
    """The case, locked. NotFound; Conflict when it is settled (unless `settled`)."""
    row = connection.execute(
        sa.text("SELECT id, unit_id, key_id, state, scope, verdict, checked_at, reopened,"
                " incident_id, joined_id FROM media_cases WHERE id = :id FOR NO KEY UPDATE"),
        {"id": case_id},
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("media_case")
    if row.state == "settled" and not settled:
        raise Conflict(
            "该媒体事件已平息，请先重新打开", "this media case is settled: reopen it first"
        )
    return Case(**row._mapping)


def act(
    connection: Connection, house: House, case: Case, kind: str, by: By, now: datetime, *,
    at: datetime | None = None, facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str | None] | None = None, file_id: int | None = None,
) -> int:  # fmt: skip
    """Add an act to the case's record and to the journal; its id."""
    number = next_id(connection, "media_acts")
    key = key_of(connection, house, case.key_id)
    held = {"round": case.reopened, **(facts or {})}
    connection.execute(
        sa.text(
            "INSERT INTO media_acts (id, case_id, act, at, noted_at, done_by, done_role,"
            " done_actor, facts, key_id, sealed, file_id) OVERRIDING SYSTEM VALUE VALUES (:id,"
            " :case, :act, :at, :now, :done_by, :done_role, :done_actor,"
            " CAST(:facts AS jsonb), :key, :sealed, :file)"
        ),
        {
            "id": number, "case": case.id, "act": kind, "at": at or now, "now": now,
            **by.columns("done"), "facts": json.dumps(held), "key": key.id,
            "sealed": sealed(house.vault, key, "media_acts", number, words or {}),
            "file": file_id,
        },
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=f"media_{kind}", subject=f"media:{case.id}", actor=by.actor,
        incident_id=case.incident_id, unit_id=case.unit_id, after={"act": number, **held},
    ))  # fmt: skip
    return number


# --- found --------------------------------------------------------------------------------------


def link_of(text: str | None) -> str | None:
    """A link as it is compared: scheme and host in small letters, no fragment. None for none.

    InvalidInput for what is no address of the web.
    """
    if not text or not text.strip():
        return None
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme.lower() not in ("http", "https") or parts.username:
        raise InvalidInput([FieldFault(
            "link", "不是网页地址", "is no address of the web", "以 http:// 或 https:// 开头",
            "begin with http:// or https://",
        )])  # fmt: skip
    where = f"{host}:{parts.port}" if parts.port not in (None, 80, 443) else host
    return urlunsplit((parts.scheme.lower(), where, parts.path or "/", parts.query, ""))


def digest_of(house: House, report: Report) -> bytes | None:
    """What tells a report met twice, be it http or https; None where nothing does."""
    link = link_of(report.link)
    if link is not None:
        return house.digest("media_link", link.partition("://")[2].rstrip("/"))
    return house.digest("media_key", report.key) if report.key else None


def find(
    connection: Connection, house: House, value: Found, by: By, now: datetime, *,
    origin: str = "hand", feed_id: int | None = None,
) -> tuple[int, bool]:  # fmt: skip
    """A new case with its first report, or the case that has the report; and whether it is new.

    InvalidInput for a time to come. The event `media_report` starts the clocks of WP-19.
    """
    _refuse_future(value.report, now)
    unit = house.tree(connection).by_code(value.unit)
    if unit is None:
        raise NotFound("unit")
    known = _known(connection, house, value.report)
    if known is not None:
        return known, False
    key = new_key(connection, house)
    number = next_id(connection, "media_cases")
    connection.execute(
        sa.text(
            "INSERT INTO media_cases (id, unit_id, key_id, sealed, scope, origin, aware_at,"
            " found_by, found_role, found_actor) OVERRIDING SYSTEM VALUE VALUES (:id, :unit,"
            " :key, :sealed, :scope, :origin, :aware, :found_by, :found_role, :found_actor)"
        ),
        {
            "id": number, "unit": unit.id, "key": key.id, "scope": value.scope, "origin": origin,
            "sealed": sealed(house.vault, key, "media_cases", number,
                             {"headline": value.report.headline}),
            "aware": value.report.seen_at, **by.columns("found"),
        },
    )  # fmt: skip
    case = lock(connection, number)
    act(connection, house, case, "found", by, now, at=value.report.seen_at,
        facts={"origin": origin, "scope": value.scope})  # fmt: skip
    _sight(connection, house, case, key, value.report, by, feed_id)
    report_event(connection, house, case, value.report, now, by)
    return number, True


def see_again(
    connection: Connection, house: House, case_id: int, report: Report, by: By, now: datetime, *,
    feed_id: int | None = None,
) -> None:  # fmt: skip
    """Another report of the same story; a settled case is open again. Conflict for a known link."""
    _refuse_future(report, now)
    known = _known(connection, house, report)
    case = lock(connection, case_id, settled=True)
    if case.joined_id is not None:
        raise _joined(case.joined_id)
    if known is not None:
        raise Conflict(
            f"该链接已在媒体事件 {public_media(known)} 中",
            f"this link is in media case {public_media(known)} already",
        )
    if case.state == "settled":
        case = reopen(connection, house, case, by, now, "new_sighting", None)
        report_event(connection, house, case, report, now, by)
    key = key_of(connection, house, case.key_id)
    number = _sight(connection, house, case, key, report, by, feed_id)
    act(connection, house, case, "sighted", by, now, at=report.seen_at,
        facts={"sighting": number})  # fmt: skip


def _known(connection: Connection, house: House, report: Report) -> int | None:
    """The case that has a report of this link. Whoever asks next about the same link waits."""
    digest = digest_of(house, report)
    if digest is None:
        return None
    take_locks(connection, (), [f"media-link:{digest.hex()}"])
    found = connection.scalar(
        sa.text("SELECT case_id FROM media_sightings WHERE link_digest = :digest"),
        {"digest": digest},
    )
    return None if found is None else int(found)


def _sight(
    connection: Connection, house: House, case: Case, key: DataKey, report: Report, by: By,
    feed_id: int | None,
) -> int:  # fmt: skip
    number, link = next_id(connection, "media_sightings"), link_of(report.link)
    words = {"link": link, "headline": report.headline, "excerpt": report.excerpt}
    connection.execute(
        sa.text(
            "INSERT INTO media_sightings (id, case_id, outlet, link_digest, key_id, sealed,"
            " published_at, seen_at, found_by, found_role, found_actor, feed_id)"
            " OVERRIDING SYSTEM VALUE VALUES (:id, :case, :outlet, :digest, :key, :sealed,"
            " :published, :seen, :found_by, :found_role, :found_actor, :feed)"
        ),
        {
            "id": number, "case": case.id, "outlet": report.outlet,
            "digest": digest_of(house, report), "key": key.id,
            "sealed": sealed(house.vault, key, "media_sightings", number, words),
            "published": report.published_at, "seen": report.seen_at, **by.columns("found"),
            "feed": feed_id,
        },
    )  # fmt: skip
    _reach(connection, number, report.reach, by, report.seen_at)
    return number


def _refuse_future(report: Report, now: datetime) -> None:
    faults = [
        FieldFault(name, "时间晚于当前时间", "is in the future", "请核对时间", "check the time")
        for name, at in (("seen_at", report.seen_at), ("published_at", report.published_at))
        if at is not None and at > now + _AHEAD
    ]
    if faults:
        raise InvalidInput(faults)


def report_event(
    connection: Connection, house: House, case: Case, report: Report | None, now: datetime, by: By
) -> None:
    """The event `media_report` at the case's unit: the duties of WP-19 are born, once a round."""
    aware = min(report.seen_at, now) if report else now
    published = report.published_at if report else None
    number = events.happened(connection, house, events.Happening(
        event="media_report", unit_id=case.unit_id, actor=by.actor,
        birth=f"media:{case.id}:{case.reopened}:{case.unit_id}",
        moments=Moments(aware, published if published and published <= aware else None),
        incident_id=None, facts={"media_case": public_media(case.id)},
    ), now)  # fmt: skip
    if number is not None:
        connection.execute(
            sa.text("INSERT INTO media_events (event_id, case_id) VALUES (:event, :case)"),
            {"event": number, "case": case.id},
        )


# --- how far it spreads, and what is kept of it -------------------------------------------------


def measure(
    connection: Connection, house: House, case_id: int, sighting: int, reach: Reach, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """A later reading of a report's reach; the earlier ones stay. NotFound."""
    case = lock(connection, case_id, settled=True)
    sighting_of(connection, case, sighting)
    _reach(connection, sighting, reach, by, now)
    act(connection, house, case, "measured", by, now,
        facts={"sighting": sighting, "reach": reach.figure, "word": reach.word})  # fmt: skip


def _reach(connection: Connection, sighting: int, reach: Reach, by: By, at: datetime) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO media_reaches (sighting_id, reach, word, at, noted_by, noted_role,"
            " noted_actor) VALUES (:sighting, :reach, :word, :at, :noted_by, :noted_role,"
            " :noted_actor)"
        ),
        {"sighting": sighting, "reach": reach.figure, "word": reach.word, "at": at,
         **by.columns("noted")},
    )  # fmt: skip


def sighting_of(connection: Connection, case: Case, sighting: int) -> str:
    """The outlet of a report of this case; NotFound."""
    outlet = connection.scalar(
        sa.text("SELECT outlet FROM media_sightings WHERE id = :id AND case_id = :case"),
        {"id": sighting, "case": case.id},
    )
    if outlet is None:
        raise NotFound("sighting")
    return str(outlet)


def keep_copy(
    connection: Connection, house: House, case_id: int, sighting: int | None, content: bytes,
    by: By, now: datetime,
) -> int:  # fmt: skip
    """A saved copy of a report (or of the whole case), sealed; its id. InvalidInput, NotFound."""
    case = lock(connection, case_id, settled=True)
    if sighting is not None:
        sighting_of(connection, case, sighting)
    number = store_file(connection, house, case, content, by, now, sighting)
    act(connection, house, case, "copy", by, now, file_id=number,
        facts={"sighting": sighting, "sha256": hashlib.sha256(content).hexdigest()})  # fmt: skip
    return number


def store_file(
    connection: Connection, house: House, case: Case, content: bytes, by: By, now: datetime,
    sighting: int | None = None,
) -> int:  # fmt: skip
    """A file of the case under a key of its own; its id. InvalidInput as `evidence_files.check`."""
    media_type = evidence_files.check(content)
    number, key = next_id(connection, "media_files"), new_key(connection, house)
    connection.execute(
        sa.text(
            "INSERT INTO media_files (id, case_id, sighting_id, media_type, size, sha256, key_id,"
            " sealed, added_by, added_role, added_actor, added_at) OVERRIDING SYSTEM VALUE"
            " VALUES (:id, :case, :sighting, :type, :size, :sha, :key, :sealed, :added_by,"
            " :added_role, :added_actor, :now)"
        ),
        {
            "id": number, "case": case.id, "sighting": sighting, "type": media_type,
            "size": len(content), "sha": hashlib.sha256(content).digest(), "key": key.id,
            "sealed": house.vault.seal(key, file_place(number), content),
            **by.columns("added"), "now": now,
        },
    )  # fmt: skip
    return number


def read_file(
    connection: Connection, house: House, case_id: int, file_id: int
) -> evidence_files.EvidenceFile:
    """A file of the case, or of one that was joined to it; NotFound."""
    row = connection.execute(
        sa.text(
            "SELECT f.id, f.media_type, f.sha256, f.sealed, f.key_id,"
            " data_key(f.key_id) AS wrapped FROM media_files f WHERE f.id = :id AND f.case_id IN"
            " (SELECT m.id FROM media_cases m WHERE m.id = :case OR m.joined_id = :case)"
        ),
        {"id": file_id, "case": case_id},
    ).one_or_none()
    if row is None or row.wrapped is None:
        raise NotFound("file")
    key = house.vault.unwrap(row.key_id, bytes(row.wrapped))
    content = house.vault.open(key, file_place(row.id), bytes(row.sealed))
    return evidence_files.EvidenceFile(
        f"media-{row.id}.{evidence_files.ending_of(row.media_type)}", row.media_type,
        bytes(row.sha256).hex(), content,
    )  # fmt: skip


# --- its end, and that it is none ---------------------------------------------------------------


def close(
    connection: Connection, house: House, case: Case, outcome: str, note: str, by: By,
    now: datetime, facts: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Settle it: the outcome stays on it. What has to come first is asked by the caller."""
    connection.execute(
        sa.text("UPDATE media_cases SET state = 'settled', outcome = :outcome, settled_at = :now"
                " WHERE id = :id"),
        {"outcome": outcome, "now": now, "id": case.id},
    )  # fmt: skip
    act(connection, house, case, "settled", by, now, facts={"outcome": outcome, **(facts or {})},
        words={"note": note})  # fmt: skip


def reopen(
    connection: Connection, house: House, case: Case, by: By, now: datetime, why: str,
    note: str | None,
) -> Case:  # fmt: skip
    """Open a settled case again: its facts have to be checked anew. The case as it is now."""
    connection.execute(
        sa.text("UPDATE media_cases SET state = 'open', outcome = NULL, settled_at = NULL,"
                " verdict = NULL, checked_at = NULL, reopened = reopened + 1 WHERE id = :id"),
        {"id": case.id},
    )  # fmt: skip
    opened = lock(connection, case.id)
    act(connection, house, opened, "reopened", by, now, facts={"why": why}, words={"note": note})
    return opened


def hand_over(
    connection: Connection, house: House, case_id: int, code: str, note: str, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """The case is another unit's from now on; its clocks begin there. NotFound, Conflict."""
    case, unit = lock(connection, case_id), house.named(code, connection)
    if unit is None:
        raise NotFound("unit")
    if unit.id == case.unit_id:
        raise Conflict("已由该机构办理", "it is this unit's already")
    scope = "national" if unit.level == Level.HEAD_OFFICE else case.scope
    act(connection, house, case, "handed_over", by, now,
        facts={"from": case.unit_id, "to": unit.id}, words={"note": note})  # fmt: skip
    connection.execute(
        sa.text("UPDATE media_cases SET unit_id = :unit, scope = :scope WHERE id = :id"),
        {"unit": unit.id, "scope": scope, "id": case.id},
    )
    if case.verdict is None:
        report_event(connection, house, lock(connection, case_id), None, now, by)


def join(
    connection: Connection, house: House, case_id: int, into_id: int, note: str, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """Two cases are one story: the reports of this one go to the other; it stays, settled so.

    Conflict for itself, for one that is joined already, or where either is settled.
    """
    if case_id == into_id:
        raise Conflict("不能并入自身", "a case cannot be joined to itself")
    held = {number: lock(connection, number) for number in sorted((case_id, into_id))}
    case, into = held[case_id], held[into_id]
    for table in ("media_sightings", "media_events"):
        connection.execute(
            sa.text(f"UPDATE {table} SET case_id = :into WHERE case_id = :case"),  # noqa: S608
            {"into": into.id, "case": case.id},
        )
    connection.execute(
        sa.text("UPDATE media_cases SET joined_id = :into WHERE id = :id OR joined_id = :id"),
        {"into": into.id, "id": case.id},
    )
    close(connection, house, case, "same_story", note, by, now, {"into": public_media(into.id)})
    act(connection, house, into, "joined", by, now, facts={"case": public_media(case.id)})


def _joined(into: int) -> Conflict:
    return Conflict(
        f"该媒体事件已并入 {public_media(into)}", f"this case is joined to {public_media(into)}"
    )


def settled_again(case: Case) -> None:
    """Conflict for a case that lives on in another one."""
    if case.joined_id is not None:
        raise _joined(case.joined_id)
