"""Feeds that are watched for keywords: set by people, looked at by the engine (WP-19).

A feed that fails is shown with since when; what it says once it can be read again is not lost. A
matching entry is a media case like one found by hand, once by its link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import feed_reader
from complaints.feed_fetcher import FeedFault, Fetched
from complaints.feed_reader import Entry
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words
from database import journal
from database.connection import business_now
from escalation import media_cases
from escalation.house import House
from escalation.media_rules import Scope
from escalation.media_values import WATCH, By, Feed, Found, Reach, Report

Fetch = Callable[[str], Fetched]
#: What is older than this when a feed is first read is history.
_OLDEST = timedelta(days=30)
#: One look opens at most so many cases; the next look goes on.
_MOST_CASES = 50
_MOST_FEEDS = 200
_MOST_WORDS = 40


# --- set by people ------------------------------------------------------------------------------


def save(
    connection: Connection, house: House, feed_id: int | None, value: Feed, by: By, now: datetime
) -> int:
    """A new feed, or one changed that was seen at `version`; it is looked at next. The id.

    InvalidInput, NotFound, Conflict.
    """
    _check(value)
    unit = house.named(value.unit, connection)
    if unit is None:
        raise NotFound("unit")
    held = {
        "unit": unit.id, "name": value.name, "url": value.url, "words": list(value.keywords),
        "scope": value.scope, "active": value.active, "every": value.every_minutes,
        "id": feed_id, "seen": value.version,
    }  # fmt: skip
    _refuse_second(connection, held)
    number = _add(connection, held) if feed_id is None else _change(connection, held)
    journal.write(connection, now, journal.Entry(
        verb="media_feed_saved", subject=f"media_feed:{number}", actor=by.actor, unit_id=unit.id,
        after={"active": value.active, "keywords": len(value.keywords)},
    ))  # fmt: skip
    return number


def _check(value: Feed) -> None:
    faults = []
    try:
        parts = urlsplit(value.url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        whole = False
    if not whole:
        faults.append(FieldFault("url", "不是网页地址", "is no address of the web",
                                 "以 http:// 或 https:// 开头，不含用户名",
                                 "begin with http:// or https://, without a user"))  # fmt: skip
    if not has_words(value.name):
        faults.append(FieldFault("name", "缺少此项", "is missing", "请填写", "provide it"))
    words = [word for word in value.keywords if has_words(word)]
    if not words or len(words) != len(value.keywords) or len(words) > _MOST_WORDS:
        faults.append(FieldFault("keywords", f"应有1至{_MOST_WORDS}个关键词",
                                 f"must be 1 to {_MOST_WORDS} keywords", "每行一个",
                                 "one a line"))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _refuse_second(connection: Connection, held: dict[str, Any]) -> None:
    connection.execute(sa.text("LOCK TABLE media_feeds IN SHARE ROW EXCLUSIVE MODE"))
    if connection.scalar(
        sa.text("SELECT EXISTS (SELECT FROM media_feeds WHERE unit_id = :unit AND url = :url"
                " AND id IS DISTINCT FROM CAST(:id AS bigint))"),
        held,
    ):  # fmt: skip
        raise Conflict("该机构已监测此地址", "this unit watches this address already")


def _add(connection: Connection, held: dict[str, Any]) -> int:
    count = connection.execute(sa.text("SELECT count(*) FROM media_feeds")).scalar_one()
    if count >= _MOST_FEEDS:
        raise Conflict(f"最多监测{_MOST_FEEDS}个源", f"at most {_MOST_FEEDS} feeds are watched")
    return int(connection.execute(
        sa.text("INSERT INTO media_feeds (unit_id, name, url, keywords, scope, active,"
                " every_minutes) VALUES (:unit, :name, :url, :words, :scope, :active, :every)"
                " RETURNING id"),
        held,
    ).scalar_one())  # fmt: skip


def _change(connection: Connection, held: dict[str, Any]) -> int:
    version = connection.scalar(
        sa.text("SELECT version FROM media_feeds WHERE id = :id FOR UPDATE"), held
    )
    if version is None:
        raise NotFound("media_feed")
    if version != held["seen"]:
        raise Conflict("他人刚刚改过此处，请核对后再保存", "somebody has just changed this")
    connection.execute(
        sa.text("UPDATE media_feeds SET unit_id = :unit, name = :name, url = :url,"
                " keywords = :words, scope = :scope, active = :active, every_minutes = :every,"
                " version = version + 1, next_real = clock_timestamp(), fault = NULL,"
                " failing_since = NULL WHERE id = :id"),
        held,
    )  # fmt: skip
    return int(held["id"])


def read(connection: Connection, house: House) -> list[dict[str, Any]]:
    """The feeds of the area: what is watched, when it was last read, since when it fails."""
    tree = house.tree(connection)
    rows = connection.execute(sa.text(
        "SELECT f.*, (SELECT count(*) FROM media_sightings s WHERE s.feed_id = f.id) AS found"
        " FROM media_feeds f ORDER BY NOT f.active, f.failing_since IS NULL, f.name, f.id"
    ))  # fmt: skip
    return [
        {
            "id": r.id, "unit": tree.get(r.unit_id).code,
            "unit_name": tree.get(r.unit_id).short_name,
            "level": tree.get(r.unit_id).level.value, "name": r.name, "url": r.url,
            "keywords": list(r.keywords), "scope": r.scope, "active": r.active,
            "every_minutes": r.every_minutes, "version": r.version,
            "looked_at": iso(r.looked_at), "good_at": iso(r.good_at),
            "failing_since": iso(r.failing_since), "fault": r.fault, "entries": r.entries,
            "found": r.found,
        }
        for r in rows
        if tree.get(r.unit_id).path.startswith(house.area)
    ]  # fmt: skip


# --- looked at by the engine --------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    id: int
    unit: str
    name: str
    url: str
    keywords: tuple[str, ...]
    scope: Scope


_CLAIM = sa.text(
    "UPDATE media_feeds f SET next_real = clock_timestamp() + make_interval(mins =>"
    " f.every_minutes) FROM units u WHERE u.id = f.unit_id AND f.id = (SELECT id FROM media_feeds"
    " WHERE active AND next_real <= clock_timestamp() ORDER BY next_real, id LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING f.id, u.code, f.name, f.url, f.keywords, f.scope"
)


class FeedWatch:
    """Looks at the feeds that are due; `fetch` reads an address (`feed_fetcher.fetch`).

    Runs beside the tick, for a slow feed must not hold up a ladder. A feed is claimed first and
    read with no transaction open, so that two engines read each once.
    """

    def __init__(self, house: House, fetch: Fetch) -> None:
        self._house, self._fetch = house, fetch

    def look(self) -> int:
        """Look at every feed that is due; how many."""
        for done in range(_MOST_FEEDS):
            if not self._look_at_next():
                return done
        return _MOST_FEEDS

    def _look_at_next(self) -> bool:
        row = self._house.database.run(lambda c: c.execute(_CLAIM).one_or_none())
        if row is None:
            return False
        feed = _Look(row.id, row.code, row.name, row.url, tuple(row.keywords), row.scope)
        try:
            entries = feed_reader.read(self._fetch(feed.url))
        except FeedFault as fault:
            self._note(feed, fault.code, None)
            return True
        new = 0
        for entry in (e for e in entries if feed_reader.matches(e, feed.keywords)):
            new += self._house.database.run(lambda c, e=entry: self._found(c, feed, e))  # type: ignore[misc]
            if new == _MOST_CASES:
                break  # the next look goes on
        self._note(feed, None, len(entries))
        return True

    def _found(self, connection: Connection, feed: _Look, entry: Entry) -> bool:
        """Whether the entry was a case of its own, that was not known."""
        now = business_now(connection)
        published = entry.published_at
        if published is not None and published < now - _OLDEST:
            return False
        link = entry.link if _is_link(entry.link) else None
        report = Report(
            outlet=feed.name, headline=entry.title or entry.text[:80] or feed.name,
            reach=Reach("regional" if feed.scope == "regional" else "national"), seen_at=now,
            link=link, excerpt=entry.text or None, key=None if link else f"{feed.url} {entry.key}",
            published_at=published if published is not None and published <= now else None,
        )  # fmt: skip
        _case, new = media_cases.find(
            connection, self._house, Found(feed.unit, feed.scope, report), WATCH, now,
            origin="watch", feed_id=feed.id,
        )  # fmt: skip
        return new

    def _note(self, feed: _Look, fault: str | None, entries: int | None) -> None:
        """How the look went; the journal has when a feed begins to fail, and when it no longer
        does."""

        def work(connection: Connection) -> None:
            now = business_now(connection)
            before = connection.execute(
                sa.text("SELECT unit_id, failing_since FROM media_feeds WHERE id = :id FOR UPDATE"),
                {"id": feed.id},
            ).one()
            connection.execute(
                sa.text(
                    "UPDATE media_feeds SET looked_at = :now, fault = :fault, failing_since ="
                    " CASE WHEN CAST(:fault AS text) IS NOT NULL"
                    " THEN coalesce(failing_since, :now) END,"
                    " good_at = CASE WHEN CAST(:fault AS text) IS NULL THEN :now ELSE good_at END,"
                    " entries = coalesce(:entries, entries) WHERE id = :id"
                ),
                {"now": now, "fault": fault, "entries": entries, "id": feed.id},
            )
            if (before.failing_since is not None) != (fault is not None):
                _tell(connection, feed.id, before.unit_id, fault, now)
            else:
                journal.announce(connection)

        self._house.database.run(work)


def _tell(
    connection: Connection, feed: int, unit_id: int, fault: str | None, now: datetime
) -> None:
    if fault is None:
        entry = journal.Entry(verb="media_feed_recovered", subject=f"media_feed:{feed}",
                              actor="engine", unit_id=unit_id)  # fmt: skip
    else:
        entry = journal.Entry(verb="media_feed_failing", subject=f"media_feed:{feed}",
                              actor="engine", unit_id=unit_id, after={"fault": fault})  # fmt: skip
    journal.write(connection, now, entry)


def _is_link(link: str | None) -> bool:
    try:
        return media_cases.link_of(link) is not None
    except InvalidInput:
        return False
