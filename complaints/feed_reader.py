"""What a feed says, of bytes that are there already: RSS and Atom entries, and matches. Pure.

`feedparser` is only ever given a stream: of a text or bytes it would itself open an address or a
file. A document that declares entities is refused unread (its few lines may mean gigabytes).
"""

from __future__ import annotations

import html
import io
import re
import unicodedata
from calendar import timegm
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from complaints.feed_fetcher import FeedFault, Fetched

#: A feed that says more is read so far.
MOST_ENTRIES = 300
_TITLE, _TEXT, _LINK = 200, 2000, 2000
_TAG = re.compile(r"<[^>]{0,5000}>")
#: What feedparser has been seen to raise on hostile input, and its kin: no look may die of it.
_BROKEN = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
_UNKEPT = re.compile("[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff]")


@dataclass(frozen=True)
class Entry:
    """One report as its feed tells it; `key` tells it apart where it has no link."""

    key: str
    title: str
    text: str
    link: str | None
    published_at: datetime | None


def read(fetched: Fetched) -> list[Entry]:
    """The entries, as the feed has them. FeedFault for what is no feed, or declares entities."""
    if b"<!ENTITY" in fetched.content.replace(b"\0", b"").upper():
        raise FeedFault("entities")
    headers = {"content-type": fetched.content_type} if fetched.content_type else {}
    try:
        found = feedparser.parse(io.BytesIO(fetched.content), response_headers=headers)
    except _BROKEN:
        raise FeedFault("unreadable") from None
    if not found.get("version") or (found.get("bozo") and not found.entries):
        raise FeedFault("unreadable")
    return [_entry(one) for one in found.entries[:MOST_ENTRIES]]


def matches(entry: Entry, keywords: Collection[str]) -> bool:
    """Whether one of the keywords stands in the entry, whatever its width and case. Pure."""
    said = _folded(f"{entry.title}\n{entry.text}")
    return any(_folded(word) in said for word in keywords if word.strip())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _entry(one: Any) -> Entry:
    title = _plain(one.get("title"), _TITLE)
    body = one.get("summary") or next((c.get("value") for c in one.get("content", [])), None)
    link = str(one.get("link") or "").strip()
    return Entry(
        key=str(one.get("id") or link or title), title=title, text=_plain(body, _TEXT),
        link=link[:_LINK] or None, published_at=_moment(one),
    )  # fmt: skip


def _plain(markup: Any, most: int) -> str:
    """Words without markup, as they can be kept."""
    text = html.unescape(_TAG.sub(" ", str(markup or "")))
    return " ".join(_UNKEPT.sub("", text).split())[:most]


def _moment(one: Any) -> datetime | None:
    parsed = one.get("published_parsed") or one.get("updated_parsed")
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
