"""Verbs that race with each other: there is one winner, and the loser is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.value import parse_complaint
from database.connection import Database
from database.locks import take as take_locks
from escalation.engine import Engine
from escalation.gatherings import Gathering
from tests.concurrency.bank import build_bank, open_house
from tests.concurrency.crew import (
    Crew,
    Job,
    acknowledge_all,
    close_all,
    close_whatever_is_open,
    post,
    prove_all,
    send_all,
    tick,
)
from tests.engine.scene import MORNING
from tests.postgres import TestDatabase

#: Incidents that race at once in a slice of `make test`; a thousand rounds in `make torture`.
ROUNDS = pytest.mark.parametrize(
    "rounds",
    [20, pytest.param(1_000, marks=[pytest.mark.torture, pytest.mark.timeout(3_600)])],
)


def _body(number: int, unit: str, product: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "source": "race", "source_ref": f"r{number}", "received_at": MORNING.isoformat(),
        "channel": "counter", "unit": unit, "product": product,
        "client": {"phone": f"139{number:08d}"}, **more,
    }  # fmt: skip


def _crowd(engine: Engine, unit: str, start: int, number: int = 10, **more: Any) -> int:
    """So many new clients; the number of the incident that the last one opened or joined."""
    for i in range(start, start + number):
        answer = engine.take_complaint(parse_complaint(_body(i, unit, **more)), "test").answer
    return int(answer["incident"][1:])


def _rows(db: TestDatabase, query: str, **given: object) -> Sequence[Any]:
    return db.app.read(lambda c: c.execute(sa.text(query), given).all())


def _journal(db: TestDatabase, incident: int) -> list[str]:
    rows = _rows(db, "SELECT verb FROM journal WHERE incident_id = :id ORDER BY id", id=incident)
    return [row.verb for row in rows]


# --- closing ------------------------------------------------------------------------------------


def test_closing_races_with_complaints(db: TestDatabase, crew: Crew) -> None:
    """Each complaint is in the closed incident or in the next count, never in both or neither."""
    (unit,) = build_bank(db.app, 1, 1)
    db.set_time(MORNING)
    bodies = [_body(i, unit) for i in range(300)]
    jobs: list[Job] = [(post, (bodies[i :: crew.size - 1],)) for i in range(crew.size - 1)]
    results = crew.run(db.app_url, [*jobs, (close_whatever_is_open, (len(bodies),))])
    answers = {a["complaint"]: a for done in results[:-1] for _ref, a, _new in done}
    assert results[-1] >= 2, "the race closed some"
    _follow_one_key(db, answers)
    split = _rows(
        db,
        "SELECT c.id FROM complaints c LEFT JOIN incidents n ON n.id = c.incident_id"
        " JOIN key_events e ON e.complaint_id = c.id"
        " WHERE e.spent <> coalesce(n.state = 'stood_down', false)",
    )
    assert not split, "spent exactly where the incident is closed"


def _follow_one_key(db: TestDatabase, answers: dict[str, dict[str, Any]]) -> None:
    """Replay the journal: both verbs write it under the key's lock, so its order is theirs."""
    rows = _rows(db, "SELECT verb, subject FROM journal WHERE verb IN ('complaint_received',"
                     " 'incident_stood_down') ORDER BY id")  # fmt: skip
    belongs = {r.id: r.incident_id for r in _rows(db, "SELECT id, incident_id FROM complaints")}
    count, open_now, waiting = 0, None, []
    for row in rows:
        number = int(row.subject.split(":")[1])
        if row.verb == "incident_stood_down":
            assert number == open_now
            count, open_now = 0, None
            continue
        count += 1
        waiting.append(number)
        answer = answers[f"C{number:08d}"]
        assert answer["counted"][0]["clients"] == count
        if count >= 10:
            open_now = open_now or int(answer["incident"][1:])
            assert answer["incident"] == f"I{open_now:07d}"
            assert {belongs[w] for w in waiting} == {open_now}
            waiting = []
        else:
            assert answer["incident"] is None
    assert {belongs[w] for w in waiting} <= {None}


def test_two_close_one_wins(db: TestDatabase, crew: Crew) -> None:
    units = build_bank(db.app, 1, 6)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    incidents = [_crowd(engine, unit, 100 * i) for i, unit in enumerate(units)]
    results = crew.run(db.app_url, [(close_all, (incidents,))] * crew.size)
    for came_of in zip(*results, strict=True):
        assert sorted(came_of) == ["closed", *["late"] * (crew.size - 1)]
    engine.database.dispose()


# --- acknowledging ------------------------------------------------------------------------------


@ROUNDS
def test_acknowledging_races_with_closing(db: TestDatabase, crew: Crew, rounds: int) -> None:
    units = build_bank(db.app, rounds // 10, 10)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    incidents = [_crowd(engine, unit, 100 * i) for i, unit in enumerate(units)]
    back = incidents[::-1]
    acks, again, closes, _ = crew.run(
        db.app_url,
        [
            (acknowledge_all, (incidents, "甲", "branch_leader")),
            (acknowledge_all, (back, "甲", "branch_leader")),
            (close_all, (back,)),
            (close_all, (incidents,)),
        ],
    )
    for incident, one, two in zip(incidents, acks, again[::-1], strict=True):
        verbs = [v for v in _journal(db, incident) if v in ("acknowledged", "incident_stood_down")]
        stored = _rows(db, "SELECT 1 FROM acknowledgements WHERE incident_id = :id", id=incident)
        assert verbs.count("incident_stood_down") == 1 and verbs[-1] == "incident_stood_down"
        assert [one, two].count("first") == verbs.count("acknowledged") == len(stored) <= 1
    assert len(closes) == len(incidents)
    open_now = _rows(db, "SELECT id FROM incidents WHERE state = 'open'")
    running = _rows(db, "SELECT 1 FROM ladders WHERE state <> 'stopped'")
    assert not open_now and not running
    engine.database.dispose()


@ROUNDS
def test_acknowledging_races_with_the_ladder(db: TestDatabase, crew: Crew, rounds: int) -> None:
    units = build_bank(db.app, rounds // 10, 10)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    incidents = [_crowd(engine, unit, 100 * i) for i, unit in enumerate(units)]
    db.move_time(timedelta(minutes=5))
    results = crew.run(
        db.app_url,
        [
            (tick, (3,)),
            (acknowledge_all, (incidents[::-1], "甲", "branch_leader")),
            (tick, (3,)),
            (acknowledge_all, (incidents, "甲", "branch_leader")),
        ],
    )
    for one, two in zip(results[1][::-1], results[3], strict=True):
        assert sorted((one, two)) == ["again", "first"]
    for incident in incidents:
        verbs = _journal(db, incident)
        after = verbs[verbs.index("acknowledged") :]
        assert not {"ladder_told", "ladder_skipped"} & set(after), "nobody further is told"
        texts = _rows(db, "SELECT state FROM messages WHERE incident_id = :id AND step > 0",
                      id=incident)  # fmt: skip
        assert {t.state for t in texts} <= {"cancelled"}
    engine.database.dispose()


# --- the clockwork ------------------------------------------------------------------------------


@ROUNDS
def test_two_engines_tick_at_once_and_four_senders_send(
    db: TestDatabase, crew: Crew, rounds: int
) -> None:
    """Each step, page, warning, breach, notice and text once."""
    units = build_bank(db.app, rounds // 10, 10)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    for i, unit in enumerate(units):
        _crowd(engine, unit, 100 * i)
        engine.take_complaint(parse_complaint(_body(900_000 + i, unit, channel="hotline")), "test")
    for minutes in (6, 6, 40, 20):
        db.move_time(timedelta(minutes=minutes))
        crew.run(db.app_url, [(tick, (2,))] * crew.size)
    for verb in ("head_office_paged", "incident_opened"):
        rows = _rows(db, "SELECT count(*) AS n FROM journal WHERE verb = :verb"
                         " GROUP BY incident_id", verb=verb)  # fmt: skip
        assert [r.n for r in rows] == [1] * len(units), verb
    steps = _rows(db, "SELECT incident_id, after->>'step' AS step, count(*) AS n FROM journal"
                      " WHERE verb IN ('ladder_told', 'ladder_skipped') GROUP BY 1, 2")  # fmt: skip
    assert {r.n for r in steps} == {1} and len(steps) == 3 * len(units)
    clocks = _rows(db, "SELECT subject, verb, count(*) AS n FROM journal WHERE verb IN"
                       " ('duty_warned', 'duty_breached') GROUP BY 1, 2")  # fmt: skip
    assert {r.n for r in clocks} == {1}
    twice = _rows(db, "SELECT 1 FROM duty_notices GROUP BY duty_id, step, person_id, called_at"
                      " HAVING count(*) > 1 OR count(message_id) <> count(*)")  # fmt: skip
    assert not twice, "each notice once, each on one text"
    sent = crew.run(db.app_url, [(send_all, (f"sender-{i}",)) for i in range(crew.size)])
    texts = _rows(db, "SELECT count(*) AS n, count(*) FILTER (WHERE attempts = 1) AS once"
                      " FROM messages WHERE state NOT IN ('withheld', 'cancelled')")[0]  # fmt: skip
    flood = _rows(db, "SELECT m.phone FROM messages m WHERE m.state IN ('accepted',"
                      " 'delivered') GROUP BY m.phone HAVING count(*) > 1")  # fmt: skip
    assert not flood, "what waited for the senders is one text a phone"
    lost = _rows(db, "SELECT m.id FROM messages m LEFT JOIN messages o ON o.id = m.merged_into"
                     " WHERE m.state = 'cancelled' AND coalesce(o.state, '') NOT IN"
                     " ('accepted', 'delivered') AND m.kind <> 'backlog'")  # fmt: skip
    assert not lost, "what was merged has left in another text"
    arrived = _rows(db, "SELECT reference FROM sandbox_messages WHERE direction = 'out'")
    assert len(arrived) == len({a.reference for a in arrived}) == sum(sent) == texts.n == texts.once
    assert sum(1 for n in sent if n) >= 2, "they shared the work"
    engine.database.dispose()


def test_a_storm_of_hotline_tickets_from_all_sides_is_one_text_at_once(
    db: TestDatabase, crew: Crew
) -> None:
    units = build_bank(db.app, 1, 8)
    db.set_time(MORNING)
    bodies = [_body(i, units[i % 8], channel="hotline",
                    client={"phone": f"1380000000{i % 8}"}) for i in range(120)]  # fmt: skip
    crew.run(db.app_url, [(post, (bodies[i :: crew.size],)) for i in range(crew.size)])
    (now,) = _rows(db, "SELECT count(*) AS n FROM messages WHERE kind = 'hotline'")
    (later,) = _rows(db, "SELECT count(*) AS n FROM digest_items")
    assert (now.n, later.n) == (1, 119)


@ROUNDS
def test_a_proof_races_with_the_breach(db: TestDatabase, crew: Crew, rounds: int) -> None:
    """One of two provers wins; nobody is told of a duty after it has ended."""
    units = build_bank(db.app, rounds // 10, 10)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    for i, unit in enumerate(units):
        _crowd(engine, unit, 100 * i)
    query = "SELECT id FROM duties WHERE clause = 'WP-13-R' ORDER BY id"
    duties = [row.id for row in _rows(db, query)]
    assert len(duties) == rounds
    db.move_time(timedelta(minutes=16))
    results = crew.run(
        db.app_url,
        [(tick, (3,)), (prove_all, (duties,)), (tick, (3,)), (prove_all, (duties[::-1],))],
    )
    for one, two in zip(results[1], results[3][::-1], strict=True):
        assert sorted((one, two)) == ["late", "proved"]
    for duty in duties:
        verbs = [row.verb for row in _rows(
            db, "SELECT verb FROM journal WHERE subject = :s ORDER BY id", s=f"duty:{duty}"
        )]  # fmt: skip
        assert verbs in (["duty_fulfilled"], ["duty_breached", "duty_fulfilled"])
    engine.database.dispose()


# --- who waits for whom -------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["counter", "hotline"])
def test_disjoint_keys_do_not_wait_for_each_other(db: TestDatabase, channel: str) -> None:
    """A tenth complaint in one outlet, not committed; the next outlet gets its ten meanwhile."""
    here, there = build_bank(db.app, 1, 2)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    _nine(engine, here, channel)
    held, done = threading.Event(), threading.Event()

    class Unhurried(Database):
        """Finishes the work and waits before it commits."""

        def run(self, work: Callable[[sa.Connection], Any]) -> Any:
            def waiting(connection: sa.Connection) -> Any:
                result = work(connection)
                held.set()
                assert done.wait(60)
                return result

            return super().run(waiting)

    def hold() -> None:
        other = open_house(db.app_url, database=Unhurried(db.app_url))
        _crowd(other, here, 9, 1, channel=channel)
        other.database.dispose()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    worker = threading.Thread(target=_crowd, args=(engine, there, 100), kwargs={"channel": channel})
    worker.start()
    worker.join(60)
    finished = not worker.is_alive()
    done.set()
    worker.join(60)
    holder.join(60)
    assert finished, "a complaint waited for a disjoint key"
    owners = _rows(db, "SELECT key FROM incident_keys WHERE open ORDER BY key")
    assert [o.key for o in owners] == [f"unit:{here}", f"unit:{there}"]
    engine.database.dispose()


def _nine(engine: Engine, unit: str, channel: str) -> None:
    for i in range(9):
        engine.take_complaint(parse_complaint(_body(i, unit, channel=channel)), "test")


@pytest.mark.parametrize("how", ["gathering", "crowd"])
def test_a_crowd_waits_for_all_keys_of_its_complaints(db: TestDatabase, how: str) -> None:
    """Its tickets count under the product, too: whoever counts the product now must go first."""
    (unit,) = build_bank(db.app, 1, 1)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    for i in range(9):
        engine.take_complaint(parse_complaint(_body(i, unit, "稳健增利")), "test")

    def go() -> None:
        if how == "gathering":
            engine.report_gathering(Gathering(unit, 12, 0, MORNING, "大堂经理"), "test")
        else:
            _crowd(engine, unit, 9, 1)  # the tenth client names no product

    with db.app.engine.begin() as other:
        take_locks(other, (), ("branch_product:B0:稳健增利",))
        worker = threading.Thread(target=go)
        worker.start()
        while not other.execute(sa.text("SELECT 1 FROM pg_locks WHERE NOT granted")).first():
            assert worker.is_alive(), "it did not wait"
    worker.join(60)
    assert len(engine.incidents(state="open")) == 1
    engine.database.dispose()
