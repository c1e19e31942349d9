"""One complaint's way: locks, identity, counting, incident, duties, texts, journal, one commit.

No interleaving of writers may miss the tenth client or open two incidents: whoever commits the
tenth holds the locks of all keys involved while counting, and "tenth" means commit order.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput
from core.words import Channel, Flag, State
from database.locks import lock_order
from escalation import hotline, incidents, members, recount, routing
from escalation.births import Moments, births
from escalation.client_link import Linked, link_clients
from escalation.firing import crowd_of, fire
from escalation.house import Again, House, until_locked
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.intake_rows import row_of
from escalation.intake_sql import (
    Known,
    read_known,
    write_complaint,
)
from escalation.prepared import Prepared
from escalation.tallies import Tally, open_incidents, tally_key
from escalation.ticket_opening import about_person, ticket_row
from escalation.ticket_routing import offer_home
from escalation.vocabulary import Event


@dataclass(frozen=True)
class Taken:
    """The stored answer of a complaint and whether this call created it."""

    answer: dict[str, Any]
    created: bool


def take(house: House, prepared: Sequence[Prepared], actor: str) -> list[Taken]:
    """Enter complaints in one transaction, in order. Conflict or InvalidInput undoes all of it."""

    def work(connection: Connection, extra: frozenset[str]) -> list[Taken]:
        identities = set().union(*(p.lock_names for p in prepared))
        keys = {key.text for p in prepared for key in p.keys} | extra
        locks = lock_order(identities, keys)
        taken = []
        for one in prepared:
            taken.append(_enter(connection, house, one, frozenset(keys), actor, locks))
            locks = []  # all are taken with the first read
        return taken

    taken = until_locked(house, work)
    house.database.announcer.announce()
    return taken


def _enter(
    connection: Connection,
    house: House,
    one: Prepared,
    held: frozenset[str],
    actor: str,
    locks: Sequence[int],
) -> Taken:
    value = one.value
    known = read_known(
        connection,
        locks=locks,
        source=value.source,
        source_ref=value.source_ref,
        identifiers=one.identifiers,
        parties=one.principals,
        keys=[key.text for key in one.keys],
        around=value.received_at,
        reach=max((key.rule.window for key in one.keys), default=house.plan.counting.late_after),
    )
    if known.answer is not None and known.digest is not None:
        return _known_already(one, known)
    if known.tree_version != house.tree().version:
        raise Again(tree=True)
    _check_time(house, value.received_at, known.now)
    linked = link_clients(connection, house, one, known, held)
    tallies = [tally_key(connection, key, one, known, linked) for key in one.keys]
    joined = open_incidents(tallies)
    answer = _answer(known.complaint_id, joined[0] if joined else None, tallies)
    ticket = ticket_row(house, one, about_person(connection, one, known.now))
    duties = complaint_births(house, one)
    doc = row_of(house.vault, one, known, linked, tallies, answer, actor, duties)
    write_complaint(connection, doc | {"ticket": ticket})
    if linked.merged:
        recount.after_merge(connection, house, linked, {k.text for k in one.keys}, known.now)
    answer = _react(connection, house, one, known, linked, tallies, joined, answer, actor, held)
    return Taken(answer, created=True)


def complaint_births(house: House, one: Prepared) -> list[dict[str, Any]]:
    """The duties that this complaint makes, as rows; history makes none."""
    if one.history:
        return []
    value, unit = one.value, one.home_unit or one.unit
    facts = {
        "channel": value.channel.value, "flags": [flag.value for flag in value.flags or ()],
        "face_to_face": value.said_face_to_face, "against": value.against,
    }  # fmt: skip
    moments = Moments(value.received_at, received=value.received_at)
    happened: list[Event] = ["complaint_received"]
    if one.home_unit is not None and one.home_unit.id != one.unit.id:
        happened.append("complaint_routed")
    found = [
        birth
        for event in happened
        for birth in births(
            house.plan, house.tree(), house.calendar(), event, unit.id, moments, facts
        )
    ]
    return [b.row(f"{b.event}:{b.standing.clause.id}:{b.unit_id}") for b in found]


def _known_already(one: Prepared, known: Known) -> Taken:
    assert known.answer is not None and known.digest is not None
    if not hmac.compare_digest(one.digest, known.digest):
        raise Conflict(
            "同一 source 与 source_ref 已登记过不同内容；请更换编号，或通过更正登记",
            "another complaint is stored under this source and source_ref;"
            " use a new reference, or enter a correction",
            field="source_ref",
        )
    return Taken(known.answer, created=False)


def _check_time(house: House, received_at: datetime, now: datetime) -> None:
    if received_at > now + house.plan.counting.late_after:
        raise InvalidInput(
            [
                FieldFault(
                    "received_at",
                    "受理时间晚于当前时间5分钟以上",
                    "more than 5 minutes in the future",
                    "请核对时钟和时区",
                    "check the clock and the zone",
                )
            ]
        )


def _answer(number: int, incident: int | None, tallies: Sequence[Tally]) -> dict[str, Any]:
    return {
        "complaint": public_complaint(number),
        "incident": None if incident is None else public_incident(incident),
        "counted": [tally.answer() for tally in tallies],
    }


def _react(
    connection: Connection, house: House, one: Prepared, known: Known, linked: Linked,
    tallies: Sequence[Tally], joined: Sequence[int], answer: dict[str, Any], actor: str,
    held: frozenset[str],
) -> dict[str, Any]:  # fmt: skip
    """Join, open, widen or group incidents; tell of a hotline ticket. Rare, so not in one go."""
    now, number = known.now, known.complaint_id
    if one.value.channel is Channel.HOTLINE and not one.history:
        for unit in routing.concerned(one):
            hotline.tell(connection, house, number, unit, now, but=one.value.against)
    if not one.history:
        routing.note_routing(connection, one, number, now, actor)
        offer_home(connection, house, one, number, actor)
    for tally in tallies:
        if tally.incident_id is not None and tally.count is not None:
            _late_crowd(connection, house, tally, number, now, held)
    if joined:
        # Too old for the window of an incident that has one of its keys, it may be of this
        # incident's tree by another key: then it counts there under both.
        recount.recount(connection, house, _too_old_for(known, tallies), now)
    for incident in _outgrown(house, one, known, joined):
        members.widen_unit(connection, house, incident, one.unit.id)
    fired = [t for t in tallies if t.fires]
    target = joined[0] if joined else None
    if fired:
        target = fire(connection, house, one, number, fired, joined, now, actor, held)
        answer = {**answer, "incident": public_incident(target)}
        connection.execute(
            sa.text(
                "UPDATE complaints SET answer = jsonb_set(answer, '{incident}',"
                " to_jsonb(CAST(:public AS text))) WHERE id = :id"
            ),
            {"public": answer["incident"], "id": number},
        )
    if target is not None:
        large = {k for k, state in known.states.items() if state.state is State.LARGE}
        news = [t for t in tallies if t.state is State.LARGE and t.key.text not in large]
        _grave(connection, house, one, target, news, now, actor)
    return answer


def _late_crowd(
    connection: Connection, house: House, tally: Tally, number: int, now: datetime,
    held: frozenset[str],
) -> None:  # fmt: skip
    """A late entry completes a crowd of its own time while its key's incident is open: all join."""
    assert tally.count is not None and tally.incident_id is not None
    crowd = crowd_of(tally, number)
    nodes = members.lock_nodes(connection, [tally.incident_id])
    needed = members.keys_involved(connection, crowd, {n.root_id for n in nodes})
    if not needed <= held:
        raise Again(keys=frozenset(needed))
    members.add_members(connection, tally.incident_id, crowd, now)
    recount.recount(connection, house, needed, now)


def _too_old_for(known: Known, tallies: Sequence[Tally]) -> set[str]:
    """Keys of open incidents whose window lies after this complaint."""
    owned = {key for key, state in known.states.items() if state.incident_id is not None}
    return {t.key.text for t in tallies if t.count is not None} & owned


def _outgrown(house: House, one: Prepared, known: Known, joined: Sequence[int]) -> list[int]:
    """Incidents that this complaint joins from outside their unit."""
    tree = house.tree()
    return sorted(
        {
            state.incident_id
            for state in known.states.values()
            if state.incident_id in joined
            and state.incident_id is not None
            and state.incident_unit_id is not None
            and not tree.within(one.unit.id, tree.get(state.incident_unit_id).path)
        }
    )


def _grave(
    connection: Connection, house: House, one: Prepared, incident: int, large: Sequence[Tally],
    now: datetime, actor: str,
) -> None:  # fmt: skip
    """Media on site, a threat to safety, keys that have just become large: raised, once."""
    media = one.value.channel is Channel.MEDIA or Flag.MEDIA_PRESENT in (one.value.flags or ())
    threat = Flag.SAFETY_THREAT in (one.value.flags or ())
    if media or threat:
        incidents.mark_exposed(connection, house, incident, now, actor, media=media, threat=threat)
    for tally in large:
        owner = tally.incident_id or members.owner_of(connection, tally.key.text)
        if owner is not None:
            incidents.make_large(connection, house, owner, now, actor)
