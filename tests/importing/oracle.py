"""What a replay must find, worked out the slow and obvious way, sharing no code with the engine."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

DAY = timedelta(hours=24)


def crowds(
    rows: Iterable[tuple[datetime, str]],
    *,
    quiet: timedelta = timedelta(hours=48),
    needed: int = 10,
) -> list[tuple[datetime, str, int]]:
    """(opened at, address, complaints in the window) of each crowd, in order of time.

    One address, `needed` complaints within any 24 hours, both ends included. What came while an
    incident was open is its own; at `opened + quiet` it is over.
    """
    by_address: dict[str, list[datetime]] = {}
    for moment, address in rows:
        by_address.setdefault(address, []).append(moment)
    found = []
    for address, moments in by_address.items():
        moments.sort()
        first = 0  # nothing before this one counts any more
        opened: datetime | None = None
        for number, moment in enumerate(moments):
            if opened is not None and moment < opened + quiet:
                first = number + 1
                continue
            opened = None
            near = [m for m in moments[first : number + 1] if moment - m <= DAY]
            if len(near) >= needed:
                opened, first = moment, number + 1
                found.append((moment, address, len(near)))
    return sorted(found)


def elevator_rows(path: Path) -> list[tuple[datetime, str]]:
    """Time and address of every row of an elevator file that has both."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [
            (
                datetime.fromisoformat(row["created_date"]),
                re.sub(r"\s+", " ", row["incident_address"]).strip(),
            )
            for row in csv.DictReader(file)
            if row["incident_address"].strip()
        ]
