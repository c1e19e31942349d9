"""WP-22: what the client is told, 95558 is told too: in the same transaction, by the same act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.hotline_rules import Result
from complaints.ticket_forms import Filled
from complaints.ticket_life import Act, Step
from escalation import hotline_answers
from escalation.hotline_answers import LONGEST
from escalation.house import House
from escalation.ticket_store import Worker

_RESULT = {
    "settled": Result.SETTLED, "partly": Result.EXPLAINED, "refused": Result.EXPLAINED,
    "explained": Result.EXPLAINED,  # what was refused or in part granted was explained
}  # fmt: skip
_REST = "……（余见工单）"


def tell_hotline(
    connection: Connection, house: House, row: sa.Row[Any], filled: Filled, by: Worker,
    now: datetime,
) -> None:  # fmt: skip
    """Answer 95558 where it waits for an answer about this complaint; nothing otherwise."""
    told = filled.act in (Step.TELL, Act.ON_THE_SPOT)
    if not told or not hotline_answers.awaits(connection, row.complaint_id):
        return
    result = _RESULT.get(filled.facts.get("outcome", ""), Result.SETTLED)
    if row.outcome == "out_of_scope":
        result = Result.OUT_OF_SCOPE
    words = filled.words.get("said") or filled.words["reason"]
    if len(words) > LONGEST:
        words = words[: LONGEST - len(_REST)] + _REST
    hotline_answers.answer(
        connection, house, row.complaint_id, result, words, by.name, now=now, actor=by.actor
    )
