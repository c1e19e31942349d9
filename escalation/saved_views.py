"""How somebody likes to look at the archive's list: filters and an order under a name, by account.

No text that was searched for is kept in one: it may be a client's name.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput
from database.connection import business_now
from escalation import ticket_filters
from escalation.archive_list import SORTS
from escalation.ticket_filters import Filters

MOST = 30
_LONGEST = 40
_OWN = "account_id = :account AND removed_at IS NULL"


def listed(connection: Connection, account: int) -> list[dict[str, Any]]:
    """``[{"id", "name", "filters", "sort"}]`` by name; `filters` as a query has them."""
    rows = connection.execute(
        sa.text(f"SELECT id, name, filters, sort FROM saved_views WHERE {_OWN} ORDER BY name, id"),  # noqa: S608
        {"account": account},
    )
    return [
        {"id": r.id, "name": r.name, "filters": r.filters, "sort": (r.sort or [""])[0]}
        for r in rows
    ]


def save(connection: Connection, account: int, name: str, filters: Filters, sort: str) -> int:
    """Keep a view, in the place of one of the same name; its id. InvalidInput, Conflict."""
    name = name.strip()
    if not name or len(name) > _LONGEST:
        raise InvalidInput([FieldFault(
            "name", "名称为空或过长", "is empty or too long", f"最多{_LONGEST}字",
            f"at most {_LONGEST} characters",
        )])  # fmt: skip
    if sort not in SORTS:
        raise InvalidInput(
            [FieldFault("sort", "排序无效", "is no order", "请点表头", "choose one")]
        )
    now = business_now(connection)
    remove(connection, account, name)
    if len(listed(connection, account)) >= MOST:
        raise Conflict(f"最多保存{MOST}个视图", f"at most {MOST} views", field="name")
    return int(connection.execute(
        sa.text("INSERT INTO saved_views (account_id, name, filters, sort, made_at) VALUES"
                " (:account, :name, CAST(:filters AS jsonb), ARRAY[:sort], :now) RETURNING id"),
        {"account": account, "name": name, "sort": sort, "now": now,
         "filters": json.dumps(ticket_filters.as_query(filters))},
    ).scalar_one())  # fmt: skip


def remove(connection: Connection, account: int, name: str) -> None:
    """Forget one of one's own, if it is there."""
    connection.execute(
        sa.text(f"UPDATE saved_views SET removed_at = :now WHERE name = :name AND {_OWN}"),  # noqa: S608
        {"now": business_now(connection), "name": name.strip(), "account": account},
    )
