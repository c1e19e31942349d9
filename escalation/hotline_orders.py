"""95558's work orders: what it says of one that is known, and how each one stands.

A new order is a complaint by the ordinary intake; its row here is made with it by the database.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.hotline_rules import Order, Step, shown
from complaints.work_order import OrderUpdate
from core.clock import iso
from core.errors import Conflict, NotFound
from core.words import Role
from escalation import hotline, hotline_answers
from escalation.area_sql import COMPLAINT_SEEN
from escalation.hotline_words import WORDS, opened, seal_words
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import feedback_id, feedback_number
from escalation.ids import incident_id as public_incident

_FIND = sa.text("SELECT complaint_id FROM hotline_orders WHERE source = :source AND number = :nr")


def find(connection: Connection, source: str, number: str) -> int:
    """The complaint of a work order. NotFound."""
    found = connection.scalar(_FIND, {"source": source, "nr": number})
    if found is None:
        raise NotFound("work_order")
    return int(found)


@dataclass(frozen=True)
class Named:
    """A work order by its name, now, and whether an update of this name was taken."""

    number: str
    source: str
    now: datetime
    known: bool


_NAMED = sa.text(
    "SELECT o.number, o.source, business_now() AS now, EXISTS (SELECT FROM hotline_updates u"
    "  WHERE u.complaint_id = o.complaint_id AND u.ref = :update) AS known"
    " FROM hotline_orders o WHERE o.complaint_id = :id"
)


def named(connection: Connection, complaint: int, update: str) -> Named:
    """A complaint's work order. NotFound."""
    row = connection.execute(_NAMED, {"id": complaint, "update": update}).one_or_none()
    if row is None:
        raise NotFound("work_order")
    return Named(**row._mapping)


_KNOWN = sa.text("SELECT digest FROM hotline_updates WHERE complaint_id = :of AND ref = :ref")
_INSERT = sa.text(
    "INSERT INTO hotline_updates (id, complaint_id, kind, ref, digest, said_at, entered_at, actor,"
    " key_id, sealed) OVERRIDING SYSTEM VALUE VALUES (:id, :of, :kind, :ref, :digest, :said, :now,"
    " :actor, :key, :sealed)"
)


def known(connection: Connection, house: House, complaint: int, value: OrderUpdate) -> bool:
    """Whether this update was taken before. Conflict when another one has its name."""
    digest = connection.scalar(_KNOWN, {"of": complaint, "ref": value.update})
    if digest is None:
        return False
    if not hmac.compare_digest(bytes(digest), _digest(house, value)):
        raise Conflict(
            "该更新编号已用于不同内容", "another update is stored under this name",
            field="update",
        )  # fmt: skip
    return True


def take(
    connection: Connection, house: House, complaint: int, value: OrderUpdate, now: datetime,
    actor: str,
) -> bool:  # fmt: skip
    """Apply an update to its order; False when it was applied before. Conflict, NotFound."""
    held = hotline_answers.hold(connection, complaint)
    if known(connection, house, complaint, value):
        return False
    step = Step(value.type)
    number, key, sealed = seal_words(
        connection, house.vault, "hotline_updates", complaint, value.words
    )
    connection.execute(_INSERT, {
        "id": number, "of": complaint, "kind": value.type, "ref": value.update,
        "digest": _digest(house, value), "said": value.at, "now": now, "actor": actor,
        "key": key, "sealed": sealed,
    })  # fmt: skip
    if step in (Step.ACCEPT, Step.RETURN):
        feedback = feedback_number(value.feedback or "")
        hotline_answers.judge(connection, held, step, feedback, now, actor)
        return True
    state = hotline_answers.move(connection, held, step, now)
    if step is Step.URGE:
        _urge(connection, house, held, now)
    hotline_answers.note(connection, held, VERBS[step], actor, now,
                         {"state": state.value, "update": value.update})  # fmt: skip
    return True


#: What the journal calls what 95558 says of an order.
VERBS: dict[Step, str] = {
    Step.SUPPLEMENT: "hotline_supplemented",
    Step.URGE: "hotline_urged",
    Step.WITHDRAW: "hotline_withdrawn",
}


def _urge(connection: Connection, house: House, held: hotline_answers.Held, now: datetime) -> None:
    connection.execute(
        sa.text("UPDATE hotline_orders SET urged = urged + 1, urged_at = :now"
                " WHERE complaint_id = :id"),
        {"now": now, "id": held.complaint_id},
    )  # fmt: skip
    unit = house.tree(connection).get(held.unit_id)
    about = Role(held.about_role) if held.about_role else None
    hotline.tell_again(connection, house, held.complaint_id, unit, now, but=about)


def _digest(house: House, value: OrderUpdate) -> bytes:
    return house.digest("hotline_update", value.canonical())


# --- reading ---------------------------------------------------------------------------------

ROW = (
    "o.complaint_id, o.source, o.number, o.received_at, o.state, o.state_at, o.due_at, o.told_at,"
    " o.round, o.urged, o.urged_at, c.unit_id, c.home_unit_id, c.product, c.amount, c.flags,"
    " c.incident_id, c.entered_at"
)
_ONE = sa.text(
    f"SELECT {ROW} FROM hotline_orders o JOIN complaints c ON c.id = o.complaint_id"  # noqa: S608
    f" WHERE o.complaint_id = :id AND {COMPLAINT_SEEN}"
)
_FEEDBACK = sa.text(
    f"SELECT {WORDS}, w.complaint_id, w.round, w.result, w.at, w.by_name, w.due_at, w.verdict,"  # noqa: S608
    " w.verdict_at, w.position, w.state, w.attempts, w.status_code, w.error, w.delivered_real,"
    " w.fetched_real FROM hotline_feedback w WHERE w.complaint_id = :id ORDER BY w.round"
)
_UPDATES = sa.text(
    f"SELECT {WORDS}, w.kind, w.ref, w.said_at, w.entered_at, w.actor"  # noqa: S608
    " FROM hotline_updates w WHERE w.complaint_id = :id ORDER BY w.id"
)


def status(connection: Connection, house: House, complaint: int, area: str) -> dict[str, Any]:
    """A work order as 95558 sees it: its state, clock and answers. NotFound outside the area."""
    row = connection.execute(_ONE, {"id": complaint, "area": area}).one_or_none()
    if row is None:
        raise NotFound("work_order")
    rows = feedback_rows(connection, complaint)
    head = head_of(house, row)
    return {
        **{name: head[name] for name in (
            "number", "source", "complaint", "state", "received_at", "state_at", "due_at",
            "told_at", "unit", "unit_name", "urged", "urged_at",
        )},
        "feedback": [feedback_of(house, row, one) for one in rows],
    }  # fmt: skip


def head_of(house: House, row: sa.Row[Any]) -> dict[str, Any]:
    """An order's line in a list; no word and nobody's name."""
    unit = house.tree().get(row.home_unit_id or row.unit_id)
    state = Order(row.state)
    own = row.source == house.hotline_source
    return {
        "number": row.number, "source": row.source,
        # entered here, its reference is a form's: nobody says that on the telephone
        "name": row.number if own else public_complaint(row.complaint_id),
        "complaint": public_complaint(row.complaint_id),
        "state": shown(state, row.told_at is not None), "stands": state.value,
        "received_at": iso(row.received_at), "state_at": iso(row.state_at),
        "due_at": iso(row.due_at), "told_at": iso(row.told_at),
        "unit": unit.code, "unit_name": unit.short_name, "product": row.product,
        "amount": None if row.amount is None else str(row.amount), "flags": list(row.flags or ()),
        "urged": row.urged, "urged_at": iso(row.urged_at), "round": row.round,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
    }  # fmt: skip


def feedback_of(house: House, order: sa.Row[Any], row: sa.Row[Any]) -> dict[str, Any]:
    """An answer as 95558 is sent it (docs/hotline/feedback.schema.json). MissingKey, Refused."""
    unit = house.tree().get(order.home_unit_id or order.unit_id)
    return {
        "feedback": feedback_id(row.id), "number": order.number, "source": order.source,
        "complaint": public_complaint(order.complaint_id), "round": row.round,
        "result": row.result, "words": opened(house.vault, "hotline_feedback", row),
        "at": iso(row.at), "by": row.by_name, "unit": unit.code, "unit_name": unit.short_name,
        "due_at": iso(row.due_at),
        "late": row.due_at is not None and row.at > row.due_at,
    }  # fmt: skip


def feedback_rows(connection: Connection, complaint: int) -> Sequence[sa.Row[Any]]:
    """An order's answers, oldest first, sealed."""
    return connection.execute(_FEEDBACK, {"id": complaint}).all()


def update_rows(connection: Connection, complaint: int) -> Sequence[sa.Row[Any]]:
    """What 95558 said of an order since it came, oldest first, sealed."""
    return connection.execute(_UPDATES, {"id": complaint}).all()
