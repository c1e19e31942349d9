"""`python -m bench [--quick] [--only NAME]…`: measure, then print one table."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence

from bench import archive, batch, board, growth, single, tenth, tickets
from bench.ground import Ground
from bench.report import Line, Report, say

Part = Callable[[Ground, bool], list[Line]]
PARTS: dict[str, tuple[str, Part]] = {
    "single": ("One POST, full way, committed: throughput against one bare committed row",
               single.run),
    "batch": ("Batch intake: rows a second against execute_values of plain rows", batch.run),
    "tenth": ("The tenth client's commit to the gateway's acceptance, at 200 complaints a second",
              tenth.run),
    "board": ("Commit to DOM in a real browser", board.run),
    "tickets": ("A month's statistics over 100,000 tickets against the same queries by hand",
                tickets.run),
    "archive": ("The archive's list, search and papers over 100,000 tickets", archive.run),
    "growth": ("One complaint with much stored against little stored", growth.run),
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of about a minute")
    parser.add_argument("--only", action="append", choices=list(PARTS), metavar="NAME",
                        help=f"one part (may be repeated): {', '.join(PARTS)}")  # fmt: skip
    chosen = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    say("starting PostgreSQL")
    ground = Ground()
    try:
        report = Report(ground.facts())
        for name, (title, run) in PARTS.items():
            if not chosen.only or name in chosen.only:
                say(title)
                report.add(title, run(ground, chosen.quick))
        print(report.text())
    finally:
        ground.close()


if __name__ == "__main__":
    main()
