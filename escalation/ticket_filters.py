"""Which tickets are meant: one set of filters for lists, statistics and what links them.

A figure of the statistics is a count of tickets under some `Filters`; the list opened with the same
filters (`as_query`) has the same rows. Every condition is over ``tickets t`` (`where`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from complaints.ticket_forms import CAUSES, KINDS, OUTCOMES
from complaints.ticket_life import ORDER
from core.clock import SHANGHAI
from core.errors import FieldFault, InvalidInput
from core.words import Channel, Role

#: A value that is not there: nothing sold, not classified, not asked yet.
NONE = "none"
#: Entered by mistake, given up by the client, or the same as another: not counted by kind.
LEFT_OUT = ("withdrawn", "misfiled", "merged")
_ENDS = ("archived", *LEFT_OUT, "history")
#: Names for many stages at once.
STAGE_GROUPS: dict[str, str] = {
    "open": f"t.stage NOT IN {_ENDS}",
    "counted": f"t.stage NOT IN {LEFT_OUT}",
    "worked": f"t.stage NOT IN {(*LEFT_OUT, 'history')}",
    "left_out": f"t.stage IN {LEFT_OUT}",
}
STAGES: tuple[str, ...] = (*(s.value for s in ORDER), *_ENDS, *STAGE_GROUPS)
#: How a ticket ends: told to the client, settled where it was said, or not ours to settle.
ALL_OUTCOMES: tuple[str, ...] = (*OUTCOMES, "on_the_spot", "out_of_scope")
SATISFACTIONS = ("satisfied", "neutral", "dissatisfied", NONE)
_YES_NO = ("yes", "no")
_MOST_VALUES = 50


@dataclass(frozen=True)
class Filters:
    """All of them hold at once; within one, any of its values. Empty means that it does not matter.

    `since` and `until` are days in Shanghai, both included, of the moment that `by` names.
    """

    since: date | None = None
    until: date | None = None
    by: str = "received"  #: or "closed"
    unit: tuple[str, ...] = ()  #: codes of handling units, with all below them
    at: tuple[str, ...] = ()  #: codes of handling units, without those below
    channel: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    class_id: tuple[str, ...] = ()  #: ``class`` in a query
    kind: tuple[str, ...] = ()  #: what it turned out to be beside its class
    outcome: tuple[str, ...] = ()
    satisfaction: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()  #: a step, an end, or one of STAGE_GROUPS
    late: tuple[str, ...] = ()  #: yes, no, none (not closed yet)
    overdue: str = ""  #: yes: open, and a clock of it has run out
    reopened: str = ""
    again: str = ""  #: yes: a complaint about the same as an earlier one (FC-08)
    handed: str = ""  #: yes: handed over at least once
    bounced: str = ""  #: yes: passed on a second time (WP-18)
    major: str = ""  #: yes: likely to become major (WP-23)
    contact: tuple[str, ...] = ()  #: first contact: within_24h, later, none
    owner: tuple[str, ...] = ()  #: ids of persons, or none
    cause: tuple[str, ...] = ()  #: of the last analysis
    blamed: tuple[str, ...] = ()  #: units, with all below, that the last analysis gives a share
    blamed_at: tuple[str, ...] = ()  #: the same without those below
    blamed_role: tuple[str, ...] = ()
    compensated: str = ""


#: query key -> attribute, where they differ
_NAMES = {"class_id": "class"}
_CLOSED: dict[str, Sequence[str]] = {
    "by": ("received", "closed"), "channel": (*(c.value for c in Channel),),
    "kind": KINDS, "outcome": (*ALL_OUTCOMES, NONE), "satisfaction": SATISFACTIONS, "stage": STAGES,
    "late": (*_YES_NO, NONE), "contact": ("within_24h", "later", NONE), "cause": CAUSES,
    "blamed_role": tuple(r.value for r in Role),
    **dict.fromkeys(
        ("overdue", "reopened", "again", "handed", "bounced", "major", "compensated"), _YES_NO
    ),
}  # fmt: skip
_OWNER = re.compile(r"[1-9]\d{0,17}")
#: The keys that a query may have.
KEYS: tuple[str, ...] = tuple(_NAMES.get(f.name, f.name) for f in fields(Filters))


def parse(query: Mapping[str, Sequence[str]]) -> Filters:
    """Filters from a query's values by key; keys of others are passed over, blanks are nothing.

    A MultiDict is given as ``request.args.to_dict(flat=False)``. InvalidInput names every key
    whose value is none that there is.
    """
    found: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for field in fields(Filters):
        key = _NAMES.get(field.name, field.name)
        values = tuple(dict.fromkeys(v.strip() for v in query.get(key, ()) if v.strip()))
        if not values:
            continue
        try:
            found[field.name] = _read(field.name, values)
        except ValueError as error:
            faults.append(_fault(key, str(error)))
    given = Filters(**found)
    if given.since and given.until and given.since > given.until:
        faults.append(FieldFault(
            "until", "早于开始日期", "is before since", "请调整日期", "change the dates"
        ))  # fmt: skip
    if faults:
        raise InvalidInput(faults)
    return given


def _read(name: str, values: tuple[str, ...]) -> Any:
    many = name not in ("since", "until", "by") and isinstance(getattr(Filters, name), tuple)
    if len(values) > (_MOST_VALUES if many else 1):
        raise ValueError(f"at most {_MOST_VALUES if many else 1} of them")
    if name in ("since", "until"):
        return _day(values[0])
    allowed = _CLOSED.get(name)
    if allowed is not None and not set(values) <= set(allowed):
        raise ValueError(f"one of {', '.join(allowed)}")
    if name == "owner" and not all(v == NONE or _OWNER.fullmatch(v) for v in values):
        raise ValueError("a person's number, or none")
    if any(len(v) > 200 or "\0" in v for v in values):
        raise ValueError("at most 200 characters")
    return values if many else values[0]


def _day(text: str) -> date:
    day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    if day is None or not 1900 <= day.year <= 9000:
        raise ValueError("a day such as 2026-11-22")
    return day


def _fault(key: str, remedy: str) -> FieldFault:
    return FieldFault(key, "筛选条件无效", "is no filter that there is", f"可填：{remedy}", remedy)


def as_query(filters: Filters) -> dict[str, list[str]]:
    """The query that `parse` reads as these filters; what does not matter is left out."""
    query: dict[str, list[str]] = {}
    for field in fields(Filters):
        value = getattr(filters, field.name)
        if value == field.default or value in ((), "", None):
            continue
        values: Iterable[Any] = value if isinstance(value, tuple) else (value,)
        query[_NAMES.get(field.name, field.name)] = [
            v.isoformat() if isinstance(v, date) else v for v in values
        ]
    return query


def start_of(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time(0), SHANGHAI)


def last(act: str) -> str:
    """The facts of the last `act` of `t`, as SQL; null where there is none. A reopened ticket's
    earlier analysis stands until there is another."""
    return (
        "(SELECT a.facts FROM ticket_acts a WHERE a.complaint_id = t.complaint_id"  # noqa: S608
        f" AND a.act = '{act}' ORDER BY a.id DESC LIMIT 1)"
    )


#: What the last plan of handling of `t` grants, in yuan; null where there is none.
COMPENSATION = f"CAST({last('plan')} ->> 'compensation' AS numeric)"
#: A clock of an open ticket has run out: a duty of it is past its time, or the promise is.
OVERDUE = (
    f"({STAGE_GROUPS['open']} AND (t.promise_lapsed_at IS NOT NULL OR EXISTS (SELECT FROM duties d"
    " WHERE d.complaint_id = t.complaint_id AND d.breached_at IS NOT NULL)))"
)
WITHIN_24H = "t.first_contact_at <= t.received_at + interval '24 hours'"
#: Passed on a second time, or more often (WP-18).
BOUNCED = "t.passes >= 2"


_BOOLEANS: dict[str, str] = {
    "overdue": OVERDUE, "reopened": "t.reopened > 0", "again": "t.previous_id IS NOT NULL",
    "handed": "t.handovers > 0", "bounced": BOUNCED, "major": "t.major_risk",
    "compensated": f"coalesce({COMPENSATION}, 0) > 0",
}  # fmt: skip
_COLUMNS: dict[str, str] = {
    "channel": "t.channel", "product": "t.product", "class_id": "t.class_id",
    "outcome": "t.outcome", "satisfaction": "t.satisfaction",
}  # fmt: skip
#: A share that the last analysis of `t` gives.
_SHARE = f"EXISTS (SELECT FROM jsonb_array_elements({last('analyse')} -> 'shares') s WHERE "
_BELOW = "(SELECT fu.{0} FROM units fu JOIN units fa ON starts_with(fu.path, fa.path) WHERE "
_OTHERS: dict[str, str] = {
    "unit": f"t.unit_id IN {_BELOW.format('id')} fa.code = ANY(:f_unit))",
    "at": "t.unit_id IN (SELECT fu.id FROM units fu WHERE fu.code = ANY(:f_at))",
    "kind": f"jsonb_exists_any({last('classify')} -> 'kinds', CAST(:f_kind AS text[]))",
    "cause": f"{last('analyse')} ->> 'cause' = ANY(:f_cause)",
    "blamed": f"{_SHARE} s ->> 'unit' IN {_BELOW.format('code')} fa.code = ANY(:f_blamed)))",
    "blamed_at": f"{_SHARE} s ->> 'unit' = ANY(:f_blamed_at))",
    "blamed_role": f"{_SHARE} s ->> 'role' = ANY(:f_blamed_role))",
}


def where(filters: Filters, mark: str = "f") -> tuple[str, dict[str, Any]]:
    """A condition over ``tickets t`` for SQLAlchemy's `text`, and its parameters (``f_*``).

    `mark` is another beginning of their names, so that several stand in one query.
    """
    sql, params = _where(filters)
    if mark == "f":
        return sql, params
    for name in sorted(params, key=len, reverse=True):
        sql = re.sub(rf":{name}\b", f":{mark}{name[1:]}", sql)
    return sql, {f"{mark}{name[1:]}": value for name, value in params.items()}


def _where(filters: Filters) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    params: dict[str, Any] = {}
    _add_period(filters, parts, params)
    for name, column in _COLUMNS.items():
        if values := getattr(filters, name):
            parts.append(_one_of(column, f"f_{name}", values))
            params[f"f_{name}"] = [v for v in values if v != NONE]
    for name, wanted in _BOOLEANS.items():
        if given := getattr(filters, name):
            parts.append(wanted if given == "yes" else f"NOT ({wanted})")
    for name, part in _OTHERS.items():
        if values := getattr(filters, name):
            parts.append(part)
            params[f"f_{name}"] = list(values)
    if filters.owner:
        parts.append(_one_of("t.owner_person_id", "f_owner", filters.owner))
        params["f_owner"] = [int(v) for v in filters.owner if v != NONE]
    parts += [_stage(filters.stage), _late(filters.late), _contact(filters.contact)]
    return " AND ".join(f"({p})" for p in parts if p) or "true", params


def _add_period(filters: Filters, parts: list[str], params: dict[str, Any]) -> None:
    moment = "t.closed_at" if filters.by == "closed" else "t.received_at"
    if filters.since:
        parts.append(f"{moment} >= :f_since")
        params["f_since"] = start_of(filters.since)
    if filters.until:
        parts.append(f"{moment} < :f_until")
        params["f_until"] = start_of(filters.until + timedelta(days=1))
    if filters.by == "closed" and not (filters.since or filters.until):
        parts.append("t.closed_at IS NOT NULL")


def _one_of(column: str, name: str, values: tuple[str, ...]) -> str:
    known = f"{column} = ANY(:{name})"
    return f"{known} OR {column} IS NULL" if NONE in values else known


# Closed words, checked by `parse`; `_only` holds it for filters that were made otherwise.
def _stage(values: tuple[str, ...]) -> str:
    _only(values, STAGES)
    return " OR ".join(STAGE_GROUPS.get(v) or f"t.stage = '{v}'" for v in values)


def _late(values: tuple[str, ...]) -> str:
    _only(values, (*_YES_NO, NONE))
    words = {"yes": "t.late", "no": "NOT t.late", NONE: "t.late IS NULL"}
    return " OR ".join(words[v] for v in values)


def _contact(values: tuple[str, ...]) -> str:
    words = {
        "within_24h": WITHIN_24H, "later": f"NOT {WITHIN_24H}",
        NONE: "t.first_contact_at IS NULL",
    }  # fmt: skip
    _only(values, tuple(words))
    return " OR ".join(words[v] for v in values)


def _only(values: tuple[str, ...], allowed: Sequence[str]) -> None:
    if not set(values) <= set(allowed):
        raise ValueError(f"one of {', '.join(allowed)}")
