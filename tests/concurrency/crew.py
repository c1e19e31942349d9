"""Separate processes that do the same kind of work at the same moment on one database."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from alerts.gateways.sandbox import SandboxGateway
from alerts.sender import Sender
from complaints.value import parse_complaint
from core.errors import Conflict
from escalation.acknowledging import Acknowledgement
from escalation.engine import Engine
from tests.concurrency.bank import open_house

Job = tuple[Callable[..., Any], tuple[Any, ...]]
_start: Any = None


class Crew:
    """`size` worker processes, kept between tests; `run` starts one job on each, all at once."""

    def __init__(self, size: int) -> None:
        self.size = size
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            size, mp_context=context, initializer=_keep, initargs=(context.Barrier(size),)
        )

    def run(self, url: str, jobs: Sequence[Job]) -> list[Any]:
        """Exactly one job a process (the barrier counts them); their results in order."""
        assert len(jobs) == self.size
        futures = [self._pool.submit(_run, url, work, given) for work, given in jobs]
        return [future.result(timeout=1800) for future in futures]

    def stop(self) -> None:
        self._pool.shutdown()


def _keep(barrier: Any) -> None:
    global _start
    _start = barrier


def _run(url: str, work: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    engine = open_house(url)
    try:
        _start.wait(timeout=120)
        return work(engine, *given)
    finally:
        engine.database.dispose()


# --- the jobs ---------------------------------------------------------------------------------


def post(
    engine: Engine, bodies: Sequence[dict[str, Any]]
) -> list[tuple[str, dict[str, Any], bool]]:
    """Enter complaints one by one; (source_ref, answer, created) of each."""
    done = []
    for body in bodies:
        taken = engine.take_complaint(parse_complaint(body), "writer")
        done.append((body["source_ref"], taken.answer, taken.created))
    return done


def post_batches(
    engine: Engine, bodies: Sequence[dict[str, Any]], size: int
) -> list[tuple[str, dict[str, Any], bool]]:
    """The same through batches of `size`."""
    done = []
    for start in range(0, len(bodies), size):
        part = bodies[start : start + size]
        for body, row in zip(
            part, engine.take_batch([parse_complaint(b) for b in part], "writer"), strict=True
        ):
            assert row.taken is not None, row.error
            done.append((body["source_ref"], row.taken.answer, row.taken.created))
    return done


def close_whatever_is_open(engine: Engine, until: int) -> int:
    """Close every open incident again and again until `until` complaints are stored."""
    closed = 0
    while True:
        stored = engine.database.run(_count_complaints)
        for incident in engine.incidents(state="open"):
            try:
                engine.stand_down(int(incident["id"][1:]), "已处置", "closer")
                closed += 1
            except Conflict:
                continue
        if stored >= until:
            return closed


def _count_complaints(connection: Any) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM complaints").scalar_one())


def acknowledge_all(engine: Engine, incidents: Sequence[int], by: str, role: str) -> list[str]:
    """What came of each: 'first', 'again' or 'late'."""
    done = []
    for incident in incidents:
        try:
            first = engine.acknowledge(incident, Acknowledgement(by=by, role=role, via="web"))
            done.append("first" if first else "again")
        except Conflict:
            done.append("late")
    return done


def close_all(engine: Engine, incidents: Sequence[int]) -> list[str]:
    done = []
    for incident in incidents:
        try:
            engine.stand_down(incident, "已处置", "closer")
            done.append("closed")
        except Conflict:
            done.append("late")
    return done


def prove_all(engine: Engine, duties: Sequence[int]) -> list[str]:
    """What came of each: 'proved', or 'late' when somebody else had."""
    done = []
    for duty in duties:
        receipt = {"by": "李", "to": "监管局", "number": "7", "at": "2026-11-23T10:00:00+08:00"}
        try:
            engine.prove_duty(duty, None, receipt, "prover")
            done.append("proved")
        except Conflict:
            done.append("late")
    return done


def tick(engine: Engine, times: int) -> None:
    for _ in range(times):
        for _name, clockwork in engine.clockworks():
            clockwork()


def send_all(engine: Engine, name: str) -> int:
    """Send until nothing is left; how many this sender sent."""
    sender = Sender(engine.database, [SandboxGateway(engine.database)], name)
    sent = 0
    while sender.send_one():
        sent += 1
    return sent
