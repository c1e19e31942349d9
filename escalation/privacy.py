"""No client's name, telephone, document or account number in words that are kept for good: the
journal is append-only, a report leaves the house, notes and evidence are read by many. What
somebody typed is looked through for those of the clients whom it is about. The words found are
never repeated in a fault.

A field that is a person of the bank (who receives, who is to do it) is looked through with that
name as `by`: a name alone is taken for staff's, a number or a sentence about a client is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import normalise_phone
from core.errors import FieldFault, InvalidInput
from escalation.about import About
from escalation.house import House
from escalation.sealing import PARTY, open_party

#: Shorter numbers say nothing about anybody.
_SHORTEST_NUMBER = 6
#: Two characters at least; what has a figure in it is no person's name.
_NAME = re.compile(r"[^\d]{2,}")
_BLANKS = re.compile(r"[\s\-‐‑–—·•.]+")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
#: A mobile, a document's 18 characters, an account's fifteen figures or more.
_NUMBER = re.compile(r"(?<!\d)(?:(?:\+|00)?86)?1[3-9]\d{9}(?!\d)|\d{17}[\dX]|\d{15,}")

_OF_TREE = (
    "c.incident_id IN (SELECT i.id FROM incidents i JOIN incidents me ON me.id = :of"
    " WHERE coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id))"
)

_OF_PLACE = (
    "c.id IN (SELECT e.complaint_id FROM key_events e"
    " WHERE e.key = 'unit:' || CAST(:of AS text) AND NOT e.spent)"
)

_OF_MEDIA_CASE = (
    "c.id IN (SELECT l.complaint_id FROM media_complaints l"
    " WHERE l.case_id = :of AND l.ended_at IS NULL)"
)


def marks_of(connection: Connection, house: House, incident_id: int) -> frozenset[str]:
    """Names and numbers of the clients of an incident's tree; staff of that name are staff."""
    return _marks(connection, house, _OF_TREE, incident_id)


def marks_of_clients(
    connection: Connection, house: House, client_ids: Sequence[int]
) -> frozenset[str]:
    """Names and numbers of these clients, in all that they ever complained of."""
    of_them = "p.client_id = ANY(CAST(:of AS bigint[]))"
    return _marks(connection, house, of_them, list(client_ids))


def refuse_clients(
    connection: Connection, house: House, about: About, texts: Mapping[str, str | None],
    by: str | None = None,
) -> None:  # fmt: skip
    """InvalidInput for each text, by the name of its field, that names a client whom it is about.

    Where neither incident nor complaint is known, any number of a person is refused. `by` is who
    acts: staff who share a client's name may be named.
    """
    incident, complaint = _subjects(connection, about)
    if about.media_case_id is not None or (incident is None and complaint is None):
        refuse_numbers(texts)
    marks = frozenset[str]()
    if incident is not None:
        marks |= marks_of(connection, house, incident)
    if complaint is not None:
        marks |= _marks(connection, house, "c.id = :of", complaint)
    if about.media_case_id is not None:
        marks |= _marks(connection, house, _OF_MEDIA_CASE, about.media_case_id)
    if about.unit is not None:
        marks |= _marks(connection, house, _OF_PLACE, about.unit)
    refuse_texts(texts, marks, by=by)


def look_through(
    house: House, about: About, by: str | None, texts: Mapping[str, str | None]
) -> None:
    """As `refuse_clients`, in a transaction of its own; without a word it reads nothing.

    Over the whole bank: a crowd's clients may be another branch's, and are as little written down.
    """
    if about == About():
        refuse_numbers(texts)
    elif any((text or "").strip() for text in texts.values()):
        house.whole.read(lambda c: refuse_clients(c, house, about, texts, by))


def refuse_numbers(texts: Mapping[str, str | None]) -> None:
    """InvalidInput for each text in which anybody's number is: where no client is known."""
    _refuse([name for name, text in texts.items() if text and has_number(text)], {})


def refuse_texts(
    texts: Mapping[str, str | None], marks: frozenset[str], *, by: str | None = None,
    labels: Mapping[str, tuple[str, str]] | None = None,
) -> None:  # fmt: skip
    """InvalidInput for each text, by the name of its field, in which one of the marks is."""
    me = (by or "").strip()
    marks -= {me} if _NAME.fullmatch(me) else set()
    found = [name for name, text in texts.items() if text and names_a_client(text, marks)]
    _refuse(found, labels or {})


def names_a_client(text: str, marks: frozenset[str]) -> bool:
    """Whether one of the marks is in the text, written with blanks or dashes too. Pure."""
    plain = _plain(text)
    packed = _BLANKS.sub("", plain)
    return any(_stands(mark, plain, packed) for mark in marks)


def has_number(text: str) -> bool:
    """Whether a mobile, document or account number is in the text. Pure."""
    plain = _DATE.sub("/", _plain(text))
    return any(_NUMBER.search(form) for form in (plain, _BLANKS.sub("", plain)))


def _stands(mark: str, plain: str, packed: str) -> bool:
    wanted = _plain(mark)
    if wanted.isascii() and not any(c.isdigit() for c in wanted):  # a word, not part of one
        words = r"[\s\-.]+".join(re.escape(w) for w in _BLANKS.split(wanted) if w)
        return re.search(rf"(?<![A-Z]){words}(?![A-Z])", plain) is not None
    return _BLANKS.sub("", wanted) in packed


def _plain(text: str) -> str:
    """Half-width, capitals, without what cannot be seen."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if unicodedata.category(c) != "Cf").upper().strip()


def _refuse(names: list[str], labels: Mapping[str, tuple[str, str]]) -> None:
    faults = []
    for name in names:
        zh, en = labels.get(name, ("此项", "this text"))
        faults.append(FieldFault(
            name, f"{zh}含有客户的姓名或号码", f"{en} names a client",
            "此处不得写入客户个人信息，请改用“客户”“投诉人”等称谓",
            "no client's data is kept here: write “a client” instead",
        ))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _subjects(connection: Connection, about: About) -> tuple[int | None, int | None]:
    """The incident and the complaint of an `About`."""
    incident, complaint = about.incident_id, about.complaint_id
    if about.duty_id is not None:
        row = connection.execute(
            sa.text("SELECT incident_id, complaint_id FROM duties WHERE id = :id"),
            {"id": about.duty_id},
        ).one_or_none()
        incident, complaint = (row.incident_id, row.complaint_id) if row else (None, None)
    if about.handover_id is not None:
        incident = connection.scalar(
            sa.text("SELECT incident_id FROM handovers WHERE id = :id"), {"id": about.handover_id}
        )
    if about.task_id is not None:
        incident = connection.scalar(
            sa.text("SELECT incident_id FROM tasks WHERE id = :id"), {"id": about.task_id}
        )
    if about.media_case_id is not None:
        incident = connection.scalar(
            sa.text("SELECT incident_id FROM media_cases WHERE id = :id"),
            {"id": about.media_case_id},
        )
    return incident, complaint


def _marks(
    connection: Connection, house: House, where: str, of: int | str | list[int]
) -> frozenset[str]:
    """`where` is one of this module's own."""
    rows = connection.execute(
        sa.text(
            f"SELECT {PARTY} FROM complaint_parties p"  # noqa: S608
            f" JOIN complaints c ON c.id = p.complaint_id WHERE {where}"
        ),
        {"of": of},
    ).all()
    known = [fields for r in rows if (fields := open_party(house.vault, r)) is not None]
    said = {(fields["name"] or "").strip() for fields in known}
    names = {name for name in said if _NAME.fullmatch(name)}
    staff = set(connection.scalars(
        sa.text("SELECT name FROM people WHERE name = ANY(:names)"), {"names": sorted(names)}
    ))  # fmt: skip
    numbers = {
        normalise_phone(number)
        for fields in known
        for number in (fields["phone"], fields["id_number"], fields["account"])
        if number and len(normalise_phone(number)) >= _SHORTEST_NUMBER
    }
    return frozenset((names - staff) | numbers)
