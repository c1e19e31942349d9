"""Replies that came by SMS: stored raw before anybody reads a meaning into them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database.journal import WORK_CHANNEL

_INSERT = sa.text(
    "INSERT INTO inbound_messages (gateway, provider_id, phone, text, raw, received_at)"
    " VALUES (:gateway, :provider_id, :phone, :text, CAST(:raw AS jsonb), :at)"
    " ON CONFLICT (gateway, provider_id) DO NOTHING RETURNING id"
)
_WAKE = sa.text(f"SELECT pg_notify('{WORK_CHANNEL}', '')")


def store(
    connection: Connection,
    gateway: str,
    provider_id: str,
    phone: str,
    text: str,
    raw: Mapping[str, str],
    at: datetime,
) -> bool:
    """Keep one reply as it came; False when this gateway has brought it before.

    `phone` in the form that people's mobiles are stored in; `raw` is what else the provider said,
    without phone and text. What the reply means is decided later (`outcome` stays null).
    """
    row = connection.execute(
        _INSERT,
        {
            "gateway": gateway,
            "provider_id": storable(provider_id),
            "phone": storable(phone),
            "text": storable(text),
            "raw": json.dumps({storable(k): storable(v) for k, v in raw.items()}),
            "at": at,
        },
    ).first()
    if row is not None:
        connection.execute(_WAKE)
    return row is not None


def storable(text: str) -> str:
    """`text` without what PostgreSQL cannot keep: a reply is never lost over an odd character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
