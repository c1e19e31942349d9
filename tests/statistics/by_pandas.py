"""The statistics counted once more, by pandas over plain rows, sharing no code with the product.

Rows are read whole and unfiltered; what a figure means is written down here anew, from the
definitions that the pages show.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from tests.postgres import TestDatabase

OUT = ["withdrawn", "misfiled", "merged"]
ENDED = [*OUT, "archived", "history"]
GOOD = ["settled", "partly", "explained", "on_the_spot"]
ZONE = "Asia/Shanghai"


class Counted:
    """The tickets of a unit and all below it, and what was received or closed within days."""

    def __init__(self, db: TestDatabase, unit: str) -> None:
        def frame(table: str) -> pd.DataFrame:
            rows = db.owner.read(
                lambda c: c.execute(sa.text(f"SELECT * FROM {table}")).mappings().all()
            )
            columns = db.owner.read(
                lambda c: list(c.execute(sa.text(f"SELECT * FROM {table} LIMIT 0")).keys())
            )
            return pd.DataFrame([dict(row) for row in rows], columns=columns)

        self.units = frame("units").set_index("id")
        self.path = str(self.units.loc[self.units["code"] == unit, "path"].iloc[0])
        tickets = frame("tickets")
        for name in ("received_at", "closed_at", "first_contact_at", "promise_lapsed_at"):
            tickets[name] = pd.to_datetime(tickets[name], utc=True).dt.tz_convert(ZONE)
        tickets["path"] = tickets["unit_id"].map(self.units["path"])
        self.tickets = tickets[tickets["path"].str.startswith(self.path)].copy()
        breached = frame("duties")
        breached = breached[breached["breached_at"].notna()]["complaint_id"]
        self.tickets["overdue"] = ~self.tickets["stage"].isin(ENDED) & (
            self.tickets["complaint_id"].isin(breached) | self.tickets["promise_lapsed_at"].notna()
        )
        acts = frame("ticket_acts").sort_values("id")
        self.tickets = self._with_facts(acts, "analyse", "analysis")
        self.tickets = self._with_facts(acts, "plan", "plan_facts")

    def _with_facts(self, acts: pd.DataFrame, act: str, name: str) -> pd.DataFrame:
        last = acts[acts["act"] == act].groupby("complaint_id")["facts"].last()
        return self.tickets.assign(**{name: self.tickets["complaint_id"].map(last)})

    def within(self, moment: str, since: date, until: date) -> pd.DataFrame:
        start = pd.Timestamp(since, tz=ZONE)
        end = pd.Timestamp(until + timedelta(days=1), tz=ZONE)
        at = self.tickets[moment]
        return self.tickets[(at >= start) & (at < end)]

    def figures(self, since: date, until: date) -> dict[str, Any]:
        """Figure -> its number: a count, (hits, cases) of a share, or a value of its own."""
        came = self.within("received_at", since, until)
        worked = came[~came["stage"].isin([*OUT, "history"])]
        is_open = came[~came["stage"].isin(ENDED)]
        took = (worked["first_contact_at"] - worked["received_at"]).dropna()
        hours = took.dt.total_seconds() / 3600
        return {
            "received": len(came[~came["stage"].isin(OUT)]),
            "worked": len(worked),
            "history": int((came["stage"] == "history").sum()),
            "left_out": int(came["stage"].isin(OUT).sum()),
            "open": len(is_open),
            "overdue": int(is_open["overdue"].sum()),
            "contacted": (int((hours <= 24).sum()), len(worked)),
            "contact_hours": None if hours.empty else float(hours.median()),
            "uncontacted": int(is_open["first_contact_at"].isna().sum()),
            "handed": (int((worked["handovers"] > 0).sum()), len(worked)),
            "bounced": int((worked["passes"] >= 2).sum()),
            "reopened": (int((worked["reopened"] > 0).sum()), len(worked)),
            "again": (int(worked["previous_id"].notna().sum()), len(worked)),
            "completed": (int(worked["closed_at"].notna().sum()), len(worked)),
            "major": int(worked["major_risk"].sum()),
            **self._ended(since, until),
        }

    def done(self, since: date, until: date) -> pd.DataFrame:
        """What was closed within these days and worked on here."""
        done = self.within("closed_at", since, until)
        return done[~done["stage"].isin([*OUT, "history"])]

    def _ended(self, since: date, until: date) -> dict[str, Any]:
        done = self.done(since, until)
        took = (done["closed_at"] - done["received_at"]).dt.total_seconds() / 3600
        yuan = done["plan_facts"].map(
            lambda f: float(f.get("compensation") or 0) if isinstance(f, dict) else 0.0
        )
        return {
            "closed": len(done),
            **rates(done),
            "late": int((done["late"] == True).sum()),  # noqa: E712 - a column may hold None
            "close_hours": None if took.empty else float(took.median()),
            "dissatisfied": int((done["satisfaction"] == "dissatisfied").sum()),
            "compensated": int((yuan > 0).sum()),
            "compensation": float(yuan.sum()),
        }

    def by(self, column: str, since: date, until: date) -> dict[str, int]:
        """Complaints received by a column's value; "none" for nothing."""
        came = self.within("received_at", since, until)
        came = came[~came["stage"].isin(OUT)]
        return _counts(came[column])

    def ended_by(self, column: str, since: date, until: date) -> dict[str, int]:
        return _counts(self.done(since, until)[column])

    def by_unit(self, since: date, until: date) -> dict[str, int]:
        """Complaints received by the unit directly below, or the unit itself."""
        came = self.within("received_at", since, until)
        came = came[~came["stage"].isin(OUT)]
        return _counts(came["path"].map(self._below))

    def _below(self, path: str) -> str:
        own = len(self.path.strip("/").split("/"))
        parts = path.strip("/").split("/")
        return str(self.units.loc[int(parts[own if len(parts) > own else own - 1]), "code"])

    def causes(self, since: date, until: date) -> dict[str, int]:
        found = self.done(since, until)["analysis"].dropna()
        return _counts(found.map(lambda facts: facts["cause"]))

    def common(self, since: date, until: date) -> dict[tuple[str, str], int]:
        """More than one of a cause at a product."""
        done = self.done(since, until).dropna(subset=["analysis", "product"])
        pairs = zip(done["analysis"].map(lambda f: f["cause"]), done["product"], strict=True)
        return {pair: many for pair, many in _counts(pairs).items() if many > 1}  # type: ignore[misc]

    def responsibility(self, since: date, until: date) -> dict[str, float]:
        """Cases by the unit directly below; shares outside are of nobody."""
        paths = self.units.set_index("code")["path"]
        found: dict[str, float] = {}
        for facts in self.done(since, until)["analysis"].dropna():
            for share in facts["shares"]:
                path = paths.get(share["unit"], "")
                key = self._below(path) if path.startswith(self.path) else ""
                found[key] = found.get(key, 0.0) + share["percent"] / 100
        return found

    def owners(self, since: date, until: date) -> dict[int, pd.DataFrame]:
        done = self.done(since, until).dropna(subset=["owner_person_id"])
        return {int(owner): group for owner, group in done.groupby("owner_person_id")}  # type: ignore[call-overload]


def rates(done: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """(hits, cases) of what a score is made of."""
    asked = done[done["satisfaction"].notna()]
    told = done[done["outcome"].isin([*GOOD, "refused"])]
    known = done[done["late"].notna()]
    return {
        "on_time": (int((known["late"] == False).sum()), len(known)),  # noqa: E712
        "satisfied": (int((asked["satisfaction"] == "satisfied").sum()), len(asked)),
        "resolved": (
            int((told["outcome"].isin(GOOD) & (told["reopened"] == 0)).sum()), len(told)),
    }  # fmt: skip


def _counts(values: Iterable[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        key = "none" if not isinstance(value, tuple) and pd.isna(value) else value
        found[key] = found.get(key, 0) + 1
    return found
