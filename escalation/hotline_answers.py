"""WP-22: the branch's answer to 95558, and what 95558 says of it.

`answer` is the one way in which an answer comes about: the hotline page and the ticket desk call
it. It ends the duty of feedback and lies ready to be sent (`hotline_sender`) and fetched. An
answer that is returned opens the same duty again; its clock goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.hotline_rules import INTERIM, RESULTS, Order, Result, Step, after
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words
from database import journal
from escalation import duties
from escalation.hotline_words import seal_words
from escalation.house import House
from escalation.ids import feedback_id

LONGEST = 4000


@dataclass(frozen=True)
class Held:
    """A work order's row, locked."""

    complaint_id: int
    source: str
    number: str
    state: Order
    round: int
    due_at: datetime | None
    unit_id: int
    incident_id: int | None
    about_role: str | None  #: the leader whom it is about, who is told nothing of it


_LOCK = sa.text(
    "SELECT o.complaint_id, o.source, o.number, o.state, o.round, o.due_at,"
    " coalesce(c.home_unit_id, c.unit_id) AS unit_id, c.incident_id,"
    " t.about_role FROM hotline_orders o JOIN complaints c ON c.id = o.complaint_id"
    " LEFT JOIN tickets t ON t.complaint_id = o.complaint_id"
    " WHERE o.complaint_id = :id FOR UPDATE OF o"
)


def hold(connection: Connection, complaint_id: int) -> Held:
    """Lock a complaint's work order. NotFound where it did not come by the hotline."""
    row = connection.execute(_LOCK, {"id": complaint_id}).one_or_none()
    if row is None:
        raise NotFound("work_order")
    return Held(**{**row._mapping, "state": Order(row.state)})


def awaits(connection: Connection, complaint_id: int) -> bool:
    """Whether 95558 is owed an answer about this complaint."""
    state = connection.scalar(
        sa.text("SELECT state FROM hotline_orders WHERE complaint_id = :id"), {"id": complaint_id}
    )
    return state is not None and after(Order(state), Step.ANSWER) is not None


def answer(
    connection: Connection, house: House, complaint_id: int, result: Result | str,
    words: str, by: str, *, now: datetime, actor: str,
) -> str:  # fmt: skip
    """Give 95558 the result; the feedback's id (F…).

    `by` is staff, shown to 95558; `words` are sealed and may say what must be said of the client.
    NotFound for a complaint that did not come by the hotline; Conflict when no answer is owed;
    InvalidInput for an unknown result, or without words. What is said on the way (in hand, not
    reached) is passed on and ends nothing.
    """
    chosen = _checked(result, words, by)
    held = hold(connection, complaint_id)
    if chosen is Result.SETTLED:
        _not_held(connection, complaint_id)
    interim = chosen in INTERIM and after(held.state, Step.ANSWER) is not None
    state = held.state if interim else move(connection, held, Step.ANSWER, now)
    number, key, sealed = seal_words(
        connection, house.vault, "hotline_feedback", complaint_id, words.strip()
    )
    connection.execute(_FEEDBACK, {
        "id": number, "complaint": complaint_id, "round": held.round + 1, "result": chosen.value,
        "key": key, "sealed": sealed, "at": now, "by": by.strip(), "actor": actor,
        "due": held.due_at,
        "state": "waiting" if held.source == house.hotline_source else "kept",
    })  # fmt: skip
    connection.execute(
        sa.text("UPDATE hotline_orders SET round = round + 1 WHERE complaint_id = :id"),
        {"id": complaint_id},
    )
    evidence = {"at": iso(now), "by": by.strip(), "number": feedback_id(number)}
    if not interim:
        about = duties.About(complaint_id=complaint_id)
        duties.fulfil(connection, about, "feedback", evidence, now, actor)
    note(connection, held, "hotline_answered", actor, now, {
        "state": state.value, "feedback": feedback_id(number), "result": chosen.value,
        "round": held.round + 1, "late": held.due_at is not None and now > held.due_at,
    })  # fmt: skip
    return feedback_id(number)


def _not_held(connection: Connection, complaint_id: int) -> None:
    """FC-10: 95558 is not told that a dispute is settled before its decision. Conflict."""
    held = connection.scalar(
        sa.text("SELECT held FROM tickets WHERE complaint_id = :id"), {"id": complaint_id}
    )
    if held is not None:
        raise Conflict("经济纠纷尚未决定，不能反馈已解决", "the dispute has not been decided yet")


_FEEDBACK = sa.text(
    "INSERT INTO hotline_feedback (id, complaint_id, round, result, key_id, sealed, at, by_name,"
    " actor, due_at, state) OVERRIDING SYSTEM VALUE VALUES (:id, :complaint, :round, :result, :key,"
    " :sealed, :at, :by, :actor, :due, :state)"  # kept: another source's, which is not called back
)


def judge(
    connection: Connection, held: Held, step: Step, feedback: int, now: datetime, actor: str
) -> None:
    """95558 accepts or returns an answer. NotFound; Conflict unless it is the one that stands."""
    row = connection.execute(
        sa.text("SELECT round FROM hotline_feedback WHERE id = :id AND complaint_id = :of"),
        {"id": feedback, "of": held.complaint_id},
    ).one_or_none()
    if row is None:
        raise NotFound("feedback")
    if row.round != held.round:
        raise Conflict(
            "该反馈之后已有新的反馈", "a later answer has been given since",
            current=held.round, named=row.round,
        )  # fmt: skip
    state = move(connection, held, step, now)
    connection.execute(
        sa.text("UPDATE hotline_feedback SET verdict = :verdict, verdict_at = :now WHERE id = :id"),
        {"verdict": step.value, "now": now, "id": feedback},
    )
    if step is Step.RETURN:
        _owe_again(connection, held, now, actor)
    verb = "hotline_accepted" if step is Step.ACCEPT else "hotline_returned"
    note(connection, held, verb, actor, now,
         {"state": state.value, "feedback": feedback_id(feedback)})  # fmt: skip


def move(connection: Connection, held: Held, step: Step, now: datetime) -> Order:
    """Take a step with a held order; its new state. Conflict where it cannot be taken."""
    state = refuse_unless(held, step)
    if state is not held.state:
        connection.execute(
            sa.text("UPDATE hotline_orders SET state = :state, state_at = :now"
                    " WHERE complaint_id = :id"),
            {"state": state.value, "now": now, "id": held.complaint_id},
        )  # fmt: skip
    return state


def refuse_unless(held: Held, step: Step) -> Order:
    """The state that a step leads to. Conflict where it cannot be taken."""
    state = after(held.state, step)
    if state is None:
        raise Conflict(
            f"工单现为“{NAMES[held.state][0]}”，不能{STEPS[step][0]}",
            f"the work order is {NAMES[held.state][1]}: it cannot be {STEPS[step][1]}",
            state=held.state.value,
        )
    return state


#: state, step -> its Chinese and English names
NAMES: dict[Order, tuple[str, str]] = {
    Order.OPEN: ("待反馈", "waiting for an answer"),
    Order.ANSWERED: ("已反馈", "answered"),
    Order.RETURNED: ("已退回", "returned"),
    Order.CLOSED: ("已办结", "closed"),
    Order.WITHDRAWN: ("已撤单", "withdrawn"),
}
STEPS: dict[Step, tuple[str, str]] = {
    Step.SUPPLEMENT: ("补充", "added to"),
    Step.URGE: ("催办", "urged"),
    Step.WITHDRAW: ("撤单", "withdrawn"),
    Step.ANSWER: ("反馈", "answered"),
    Step.ACCEPT: ("认可", "accepted"),
    Step.RETURN: ("退回", "returned"),
}


def note(
    connection: Connection, held: Held, verb: str, actor: str, now: datetime,
    after_it: dict[str, Any],
) -> None:  # fmt: skip
    """Journal what happened to a work order: numbers and states, never words."""
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"complaint:{held.complaint_id}", actor=actor,
        incident_id=held.incident_id, unit_id=held.unit_id,
        before={"state": held.state.value}, after=after_it,
    ))  # fmt: skip


#: What was due while it counted as answered is called at the next tick: the clock was not reset.
_REOPEN = sa.text(
    "UPDATE duties d SET state = 'open', next_at = (SELECT min(CAST(k ->> 'at' AS timestamptz))"
    " FROM jsonb_array_elements(d.calls) AS k"
    " WHERE CAST(k ->> 'at' AS timestamptz) > d.ended_at), ended_at = NULL, evidence = NULL"
    " WHERE d.complaint_id = :complaint AND d.state = 'fulfilled'"
    " AND d.fulfilled_by @> '{feedback}' AND d.evidence ->> 'kind' = 'feedback'"
    " RETURNING d.id, d.clause, d.title_zh, d.title_en, d.unit_id, d.due_at"
)


def _owe_again(connection: Connection, held: Held, now: datetime, actor: str) -> None:
    rows = connection.execute(_REOPEN, {"complaint": held.complaint_id}).all()
    journal.write(connection, now, *(
        journal.Entry(
            verb="duty_reopened", subject=f"duty:{row.id}", actor=actor,
            incident_id=held.incident_id, unit_id=row.unit_id,
            after={"clause": row.clause, "due": iso(row.due_at), **duties.titles(row)},
        ) for row in rows
    ))  # fmt: skip


def _checked(result: Result | str, words: str, by: str) -> Result:
    faults = []
    known = {one.value for one in Result}
    if str(result) not in known:
        one_of = f"use one of {', '.join(sorted(known))}"
        faults.append(FieldFault("result", "不在可选值之内", "not one of the allowed values",
                                 "请选择处理结果", one_of))  # fmt: skip
    if not has_words(words):
        faults.append(FieldFault("words", "缺少反馈内容", "is missing", "请写明处理结果",
                                 "say what came of it"))  # fmt: skip
    elif len(words) > LONGEST:
        faults.append(FieldFault("words", f"超过{LONGEST}字", f"longer than {LONGEST} characters",
                                 "请缩短", "shorten it"))  # fmt: skip
    if not has_words(by):
        faults.append(FieldFault("by", "缺少经办人", "is missing", "请填写", "name who answers"))
    if faults:
        raise InvalidInput(faults)
    return Result(str(result))


def results() -> list[dict[str, str]]:
    """The results to choose from: code, zh, en."""
    return [{"code": r.value, "zh": zh, "en": en} for r, (zh, en) in RESULTS.items()]
