"""One complaint's way: locks, identity, counting, incident, duties, texts, journal, one commit.

No interleaving of writers may miss the tenth client or open two incidents: whoever commits the
tenth holds the locks of all keys involved while counting, and "tenth" means commit order.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.counting import (
    Count,
    Event,
    Key,
    Standing,
    densest_window,
    keys_for,
    standing,
    state_for,
)
from complaints.identity import Mention
from complaints.value import ComplaintValue
from contacts.units import Unit, UnitTree
from core.errors import Conflict, FieldFault, InvalidInput, Unavailable
from core.words import Channel, Flag, Level, State
from database.locks import lock_order
from escalation import hotline, incidents, recount, widening
from escalation.client_link import Linked, link_clients
from escalation.crowds import CrowdMove, OpenNode, decide_crowd
from escalation.house import Again, House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.intake_sql import (
    KeyState,
    Known,
    counted_under,
    read_events,
    read_known,
    write_complaint,
)

T = TypeVar("T")
_ROUNDS = 20


@dataclass(frozen=True)
class Prepared:
    """A checked complaint with everything that can be worked out before the transaction."""

    value: ComplaintValue
    unit: Unit
    received_unit: Unit | None
    home_unit: Unit | None
    branch: Unit | None
    mentions: tuple[Mention, ...]
    keys: tuple[Key, ...]
    digest: bytes
    history: bool

    @property
    def lock_names(self) -> set[str]:
        names = {f"ref:{self.value.source}\0{self.value.source_ref}"}
        for mention in self.mentions:
            names.update(f"{kind}:{value.hex()}" for kind, value in mention.identifiers)
        return names


@dataclass(frozen=True)
class Taken:
    """The stored answer of a complaint and whether this call created it."""

    answer: dict[str, Any]
    created: bool


@dataclass(frozen=True)
class Tally:
    """One key's count with this complaint in it."""

    key: Key
    clients: int
    state: State
    incident_id: int | None
    count: Count | None
    shown: Standing | None = None

    def answer(self) -> dict[str, Any]:
        return {
            "key": self.key.text,
            "clients": self.clients,
            "threshold": self.key.rule.incident,
            "state": self.state.value,
        }

    @property
    def fires(self) -> bool:
        return self.incident_id is None and self.clients >= self.key.rule.incident


def prepare(house: House, value: ComplaintValue, *, history: bool = False) -> Prepared:
    """Resolve units and keys and hash the identifiers; InvalidInput for an unknown unit."""
    tree = house.tree()
    codes = (
        ("unit", value.unit),
        ("received_unit", value.received_unit),
        ("home_unit", value.home_unit),
    )
    if any(code and tree.by_code(code) is None for _, code in codes):
        tree = house.reload_tree()
    faults = [
        incidents.unknown_unit(name) for name, code in codes if code and tree.by_code(code) is None
    ]
    unit = tree.by_code(value.unit)
    if faults or unit is None:
        raise InvalidInput(faults)
    branch = tree.ancestor(unit.id, Level.BRANCH)
    keys = () if history else keys_for(
        house.plan.counting.keys, unit_code=unit.code, unit_level=unit.level,
        branch_code=branch.code if branch else None, product=value.product,
    )  # fmt: skip
    principals = [p for p in value.parties if p.role != "proxy"]
    return Prepared(
        value=value,
        unit=unit,
        received_unit=tree.by_code(value.received_unit) if value.received_unit else None,
        home_unit=tree.by_code(value.home_unit) if value.home_unit else None,
        branch=branch,
        mentions=tuple(
            house.blind.mention(
                name=p.name, phone=p.phone, id_number=p.id_number, account=p.account
            )
            for p in principals
        ),
        keys=keys,
        digest=house.blind.digest("body", value.canonical().decode()),
        history=history,
    )


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


def until_locked(house: House, work: Callable[[Connection, frozenset[str]], T]) -> T:
    """Run `work`, starting over with more keys locked whenever it finds that it needs them."""
    extra: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        wanted = extra
        try:
            return house.database.run(lambda connection, held=wanted: work(connection, held))  # type: ignore[misc]
        except Again as again:
            extra |= again.keys
            if again.tree:
                house.reload_tree()
    raise Unavailable("too many writers at once; try again")


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
        identifiers=[pair for mention in one.mentions for pair in mention.identifiers],
        parties=len(one.mentions),
        keys=[key.text for key in one.keys],
        around=value.received_at,
        reach=max((key.rule.window for key in one.keys), default=house.plan.counting.late_after),
    )
    if known.answer is not None and known.digest is not None:
        return _known_already(one, known)
    if known.tree_version != house.tree().version:
        raise Again(tree=True)
    _check_time(house, value.received_at, known.now)
    linked = link_clients(connection, one.mentions, known.client_ids, known.candidates, held)
    tallies = [_tally(connection, key, one, known, linked) for key in one.keys]
    joined = _open_incidents(tallies)
    answer = _answer(known.complaint_id, joined[0] if joined else None, tallies)
    write_complaint(connection, _row(one, known, linked, tallies, answer, actor))
    if linked.merged:
        recount.after_merge(connection, house, linked, {k.text for k in one.keys}, known.now)
    answer = _react(connection, house, one, known, linked, tallies, joined, answer, actor, held)
    return Taken(answer, created=True)


def _known_already(one: Prepared, known: Known) -> Taken:
    assert known.answer is not None and known.digest is not None
    if not hmac.compare_digest(one.digest, known.digest):
        raise Conflict(
            "同一 source 与 source_ref 已登记过不同内容;请更换编号,或通过更正登记",
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


def _tally(connection: Connection, key: Key, one: Prepared, known: Known, linked: Linked) -> Tally:
    """Count one key with this complaint in it."""
    at, state = one.value.received_at, known.states.get(key.text)
    mine = [Event(at, known.complaint_id, client) for client in set(linked.client_ids)]
    if state is not None and state.incident_id is not None and state.window_start is not None:
        if at >= state.window_start - key.rule.window:
            return _tally_open(connection, key, state, known, linked, at)
        events = read_events(connection, key.text, at - key.rule.window, at + key.rule.window)
    else:
        events = known.events.get(key.text, [])
    moved = [replace(e, client_id=linked.merged.get(e.client_id, e.client_id)) for e in events]
    count = densest_window([*moved, *mine], at, key.rule.window)
    late_for = state.incident_id if state else None
    incident_id = late_for if late_for and count.clients >= key.rule.incident else None
    heads = _heads(key, state, known.now)
    reached = state_for(key.rule, max(count.clients, heads))
    if reached in (State.INCIDENT, State.LARGE) and count.clients < key.rule.incident:
        reached = State.WATCH  # heads alone open through the gathering's own report
    shown = None
    if state is None or state.incident_id is None:
        if at < known.now - key.rule.window:  # entered late: the window of now holds others
            moved, mine = read_events(connection, key.text, known.now - key.rule.window,
                                      known.now + key.rule.window), []  # fmt: skip
        shown = standing(
            key.rule, [*moved, *mine], known.now, heads=state.headcount if state else 0,
            heads_at=state.headcount_at if state else None,
        )  # fmt: skip
    return Tally(key, count.clients, reached, incident_id, count, shown)


def _tally_open(
    connection: Connection, key: Key, state: KeyState, known: Known, linked: Linked, at: datetime
) -> Tally:
    """The key belongs to an open incident: add who is new under it, in constant time."""
    mine_all = set(linked.client_ids)
    known_clients = sorted(mine_all - linked.fresh)
    already: set[int] = set()
    if known_clients:
        already = counted_under(connection, key.text, state.incident_id, known_clients)
    # A merge in this very complaint has changed who counts: then count all of them anew.
    before = state.clients
    if linked.merged:
        before = len(counted_under(connection, key.text, state.incident_id, None))
    clients = before + len(mine_all - already)
    reached = State.LARGE if state.state is State.LARGE else State.INCIDENT
    if reached is not State.LARGE and clients >= key.rule.large:
        window = read_events(connection, key.text, at - key.rule.window, at + key.rule.window)
        mine = [Event(at, known.complaint_id, client) for client in set(linked.client_ids)]
        rolling = densest_window([*window, *mine], at, key.rule.window)
        reached = max(reached, state_for(key.rule, rolling.clients), key=_GRAVITY.index)
    return Tally(key, clients, reached, state.incident_id, None)


_GRAVITY = (State.QUIET, State.WATCH, State.INCIDENT, State.LARGE)


def _heads(key: Key, state: KeyState | None, now: datetime) -> int:
    """The reported head count of this place, while it is recent; matched to tickets, not added."""
    if state is None or state.headcount_at is None or state.headcount_at < now - key.rule.window:
        return 0
    return state.headcount


def _open_incidents(tallies: Sequence[Tally]) -> list[int]:
    """Open incidents that this complaint's keys belong to, the narrowest key's first."""
    seen: dict[int, None] = {}
    for tally in tallies:
        if tally.incident_id is not None:
            seen.setdefault(tally.incident_id)
    return list(seen)


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
        hotline.tell(connection, house, number, one.home_unit or one.unit, now)
    for tally in tallies:
        if tally.incident_id is not None and tally.count is not None:
            _late_crowd(connection, house, tally, number, now, held)
    for incident in _outgrown(house, one, known, joined):
        incidents.widen_unit(connection, house, incident, one.unit.id)
    fired = [t for t in tallies if t.fires]
    target = joined[0] if joined else None
    if fired:
        target = _fire(connection, house, one, number, fired, joined, now, actor, held)
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
    crowd = _crowd_of(tally, number)
    nodes = incidents.lock_nodes(connection, [tally.incident_id])
    needed = incidents.keys_involved(connection, crowd, {n.root_id for n in nodes})
    if not needed <= held:
        raise Again(keys=frozenset(needed))
    incidents.add_members(connection, tally.incident_id, crowd, now)
    recount.recount(connection, house, needed, now)


def _crowd_of(tally: Tally, number: int) -> set[int]:
    assert tally.count is not None
    return {number, *(e.complaint_id for e in (*tally.count.counted, *tally.count.repeated))}


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


def _fire(
    connection: Connection, house: House, one: Prepared, number: int, fired: Sequence[Tally],
    joined: Sequence[int], now: datetime, actor: str, held: frozenset[str],
) -> int:  # fmt: skip
    """Keys reached their threshold: put them, and the clients behind them, into one open tree.

    The crowd's other keys are locked too: a writer who fires one of them at this moment would see
    these complaints in no incident and open a second one over the same crowd.
    """
    crowd = set().union(*(_crowd_of(tally, number) for tally in fired))
    touched = {n.incident_id: n for n in incidents.touched_nodes(connection, crowd)}
    touched.update({n.incident_id: n for n in incidents.lock_nodes(connection, list(joined))})
    needed = incidents.keys_involved(connection, crowd, {n.root_id for n in touched.values()})
    if not needed <= held:
        raise Again(keys=frozenset(needed))
    move = decide_crowd(list(touched.values()))
    keys = [_fired_key(house, tally) for tally in fired]
    tree = house.tree()
    if move.move is CrowdMove.OPEN:
        target = _open(connection, house, one, fired, keys, crowd, now, actor)
        incidents.add_members(connection, target, crowd, now)
        incidents.raise_alarm(connection, house, target, now)
        return target
    if move.target is None:
        head = tree.head_office() or one.unit
        opening = incidents.Opening("parent", head.id, one.value.product, _earliest(fired))
        target = incidents.create(connection, house, opening, keys, now, actor)
        incidents.put_under(connection, target, move.children, now, actor)
        incidents.add_members(connection, target, crowd, now)
        incidents.raise_alarm(connection, house, target, now)
    else:
        target = move.target
        incidents.take_keys(connection, target, keys, now)
        if move.children:
            incidents.put_under(connection, target, move.children, now, actor)
        incidents.add_members(connection, target, crowd, now)
        _cover(connection, house, target, crowd)
        incidents.widened(connection, target, keys, now, actor)
    # Who came in by one key may count under another key of the same incident, too.
    recount.recount(connection, house, needed, now)
    widening.tell_new_places(connection, house, target, keys, now)
    return _home_of(touched, joined, target)


def _home_of(touched: dict[int, OpenNode], joined: Sequence[int], target: int) -> int:
    """The incident this complaint itself belongs to: its narrowest key's, else the new one."""
    return joined[0] if joined and joined[0] in touched else target


def _open(
    connection: Connection, house: House, one: Prepared, fired: Sequence[Tally],
    keys: Sequence[incidents.FiredKey], crowd: set[int], now: datetime, actor: str,
) -> int:  # fmt: skip
    rows = connection.execute(
        sa.text(
            "SELECT array_agg(DISTINCT unit_id) AS units, count(DISTINCT product) AS products,"
            " max(product) AS product, count(product) AS named, count(*) AS number,"
            " bool_or(channel = 'media' OR 'media_present' = ANY(flags)) AS media,"
            " bool_or('safety_threat' = ANY(flags)) AS threat FROM complaints WHERE id = ANY(:ids)"
        ),
        {"ids": sorted(crowd)},
    ).one()
    unit: Unit = house.tree().common(rows.units)
    same = rows.products == 1 and rows.named == rows.number
    opening = incidents.Opening(
        origin="clients",
        unit_id=unit.id,
        product=rows.product if same else None,
        window_start=_earliest(fired),
        media_exposed=rows.media,
        safety_threat=rows.threat,
        headcount=0,
    )
    return incidents.create(connection, house, opening, keys, now, actor)


def _cover(connection: Connection, house: House, target: int, crowd: set[int]) -> None:
    units = connection.scalars(
        sa.text("SELECT DISTINCT unit_id FROM complaints WHERE id = ANY(:ids)"),
        {"ids": sorted(crowd)},
    ).all()
    for unit_id in units:
        incidents.widen_unit(connection, house, target, unit_id)


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
        owner = tally.incident_id or incidents.owner_of(connection, tally.key.text)
        if owner is not None:
            incidents.make_large(connection, house, owner, now, actor)


def _earliest(fired: Sequence[Tally]) -> datetime:
    return min(t.count.counted[0].received_at for t in fired if t.count is not None)


def _fired_key(house: House, tally: Tally) -> incidents.FiredKey:
    assert tally.count is not None
    tree: UnitTree = house.tree()
    unit = tree.by_code(tally.key.unit_code) if tally.key.unit_code else None
    return incidents.FiredKey(
        tally.key.text, tally.key.kind, unit.id if unit else None, tally.key.product,
        tally.clients, tally.key.rule.incident, tally.state, tally.count.explanation(),
    )  # fmt: skip


def _row(
    one: Prepared, known: Known, linked: Linked, tallies: Sequence[Tally],
    answer: dict[str, Any], actor: str,
) -> dict[str, Any]:  # fmt: skip
    """Everything that the one write stores, a list of rows a table."""
    value, joined = one.value, _open_incidents(tallies)
    principals = iter(linked.client_ids)
    parties = [
        {
            "position": position, "role": party.role or "principal",
            "client_id": None if party.role == "proxy" else next(principals),
            "name": party.name, "phone": party.phone, "id_number": party.id_number,
            "account": party.account, "address": party.address,
        }
        for position, party in enumerate(value.parties)
    ]  # fmt: skip
    complaint = {
        "id": known.complaint_id, "source": value.source, "source_ref": value.source_ref,
        "body_digest": one.digest, "answer": answer, "received_at": value.received_at,
        "entered_at": known.now, "channel": value.channel.value, "unit_id": one.unit.id,
        "received_unit_id": one.received_unit.id if one.received_unit else None,
        "home_unit_id": one.home_unit.id if one.home_unit else None,
        "product": value.product, "subject": value.subject, "summary": value.summary,
        "demand": value.demand, "amount": value.amount,
        "face_to_face": bool(value.face_to_face),
        "flags": [flag.value for flag in value.flags or ()], "history": one.history,
        "incident_id": joined[0] if joined else None,
    }  # fmt: skip
    return {
        "complaint": complaint, "clients": linked.new, "identifiers": linked.identifiers,
        "parties": parties, "client_ids": sorted(set(linked.client_ids)),
        "states": [_state_row(one, tally, known) for tally in tallies],
        "joins": joined,
        "unidentified": sum(1 for c in set(linked.client_ids) if c in linked.unidentified),
        "actor": actor,
        "after": {"channel": value.channel.value, "linked": linked.notes,
                  "counted": answer["counted"], "history": one.history},
    }  # fmt: skip


def _state_row(one: Prepared, tally: Tally, known: Known) -> dict[str, Any]:
    stored = known.states.get(tally.key.text)
    clients, state, refresh = tally.clients, tally.state, None
    if tally.shown is not None:
        clients, state, refresh = tally.shown.clients, tally.shown.state, tally.shown.refresh_at
    if stored is not None and stored.incident_id is not None and tally.count is not None:
        clients = stored.clients  # entered late: counted in its own time, not in this crowd
    unit_id = None
    if tally.key.kind == "unit":
        unit_id = one.unit.id
    elif tally.key.kind == "branch_product" and one.branch:
        unit_id = one.branch.id
    if stored is not None and stored.incident_id is not None and tally.count is not None:
        state = stored.state
    since = stored.since if stored and stored.state is state else known.now
    return {
        "key": tally.key.text, "kind": tally.key.kind, "unit_id": unit_id,
        "product": tally.key.product, "clients": clients, "threshold": tally.key.rule.incident,
        "state": state.value, "since": since, "refresh_at": refresh,
    }  # fmt: skip
