"""Single POST, the full way and committed, against the bare endpoint (goal: 0.5 or more)."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.bodies import Bodies
from bench.ground import Ground
from bench.load import Load
from bench.report import Line, median, say, spread

COMPLAINTS = "/api/v1/complaints"


@dataclass
class _Pairs:
    """Rounds of ours and bare, always one after the other."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def line(self, what: str, goal: str) -> Line:
        ratios = [a / b for a, b in zip(self.ours, self.bare, strict=True)]
        rest = f"{median(self.ours):.0f} against {median(self.bare):.0f} a second"
        return Line(what, spread(ratios), goal, rest)


def run(ground: Ground, quick: bool) -> list[Line]:
    """Ratios of throughput with 1 and 16 connections, and of a crowd on one outlet."""
    rounds, single, many = (4, 60, 120) if quick else (16, 250, 400)
    lines = []
    for engine in (True, False):
        db, units = ground.database()
        names = ("web", "engine") if engine else ("web",)
        beside = "" if engine else ", no engine beside"
        with ground.system(db, *names) as system, ground.bare(db) as bare, Load() as load:
            bodies = Bodies(units)
            _warm_up(load, system.port, bare, bodies)
            for connections, number in ((1, single), (16, many)):
                pairs = _Pairs()
                for _ in range(rounds):
                    ours = load.run(system.port, COMPLAINTS, bodies.spread(number),
                                    connections=connections)  # fmt: skip
                    plain = load.run(bare, "/rows", bodies.spread(number), connections=connections)
                    pairs.ours.append(ours.rate)
                    pairs.bare.append(plain.rate)
                what = f"{connections} connection{'s' if connections > 1 else ''}{beside}"
                lines.append(pairs.line(what, "0.5 or more"))
                say(f"single POST, {what}: {lines[-1].ratio}, {lines[-1].rest}")
            if engine:
                lines.append(_crowd(load, system.port, bare, bodies, units[-1], rounds, single))
    return lines


def _warm_up(load: Load, port: int, bare: int, bodies: Bodies) -> None:
    """Fill both pools and let PostgreSQL plan in each session."""
    for _ in range(2):
        load.run(port, COMPLAINTS, bodies.spread(200), connections=16)
        load.run(bare, "/rows", bodies.spread(200), connections=16)


def _crowd(
    load: Load, port: int, bare: int, bodies: Bodies, unit: str, rounds: int, number: int
) -> Line:
    """Everybody at one outlet: one incident, whose key all writers queue for."""
    load.run(port, COMPLAINTS, bodies.crowd(20, unit), connections=16)
    pairs = _Pairs()
    for _ in range(max(3, rounds // 2)):
        ours = load.run(port, COMPLAINTS, bodies.crowd(number, unit), connections=16)
        plain = load.run(bare, "/rows", bodies.spread(number), connections=16)
        pairs.ours.append(ours.rate)
        pairs.bare.append(plain.rate)
    line = pairs.line("16 connections, one hot outlet", "")
    say(f"single POST, crowd: {line.ratio}, {line.rest}")
    return line
