"""kill -9 of the web process amid acts on tickets: an act is whole or it is not there."""

from __future__ import annotations

import http.client
import itertools
import time
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.ticket_life import position, stage
from escalation import ticket_store
from escalation.ids import complaint_number
from escalation.plan_file import load_plan
from tests.system.running import ROOT, System, complaint
from tests.tickets.clerk import SAYS

_BY = {"by": {"name": "经办员", "role": "sub_head"}}
_SKIPPED = ("classify", "analyse", "approve", "return_visit")


_deaths: list[str] = []


def _ask(system: System, method: str, path: str, body: Any = None) -> Any:
    """As a system that repeats what was not answered; the web process is started again."""
    while True:
        try:
            answer = system.call(method, path, body)
        except (OSError, http.client.HTTPException):  # it died before, or in, its answer
            _deaths.append(path)
            system.kill("web")
            system.start("web")
            continue
        if answer.status in (502, 503):
            time.sleep(0.05)
            continue
        return answer


def _live(system: System, number: str) -> None:
    """Take one ticket to its archive, saying which version was seen."""
    while True:
        ticket = _ask(system, "GET", f"/api/v1/tickets/{number}").body["ticket"]
        at = ticket["stage"]
        if at == "archived":
            return
        act, says = ("skip", {"step": at, "reason": "无需"}) if at in _SKIPPED else (at, SAYS[at])
        answer = _ask(system, "POST", f"/api/v1/tickets/{number}/acts/{act}",
                      {**says, **_BY, "version": ticket["version"]})  # fmt: skip
        assert answer.status in (201, 409), answer.body  # 409: it was done, and its answer lost


def _through_deaths(system: System, deaths: int, chance: float) -> None:
    unit = system.outlets()[7]["code"]
    life = load_plan("maturing-wealth-product", ROOT / "plans", ("statutory-2020-3",)).life
    system.kill("web")
    system.environ["FENGHUO_FAILPOINTS"] = f"before_commit:{chance},after_commit:{chance}"
    system.start("web")
    _deaths.clear()
    for n in itertools.count():
        body = complaint(f"crash-{n}", unit, summary="收益低", demand="说明")
        body["client"]["phone"] = f"1390000{n:04d}"
        number = str(_ask(system, "POST", "/api/v1/complaints", body).body["complaint"])
        _live(system, number)
        of = complaint_number(number)
        entries = system.db.app.read(lambda c, of=of: ticket_store.entries_of(c, of))
        acts = Counter(e.act for e in entries)
        assert all(acts[step] == 1 for step in ("accept", "contact", "tell", "archive")), acts
        assert stage(life, position(entries)) == "archived"
        half = system.db.app.read(lambda c: c.scalar(sa.text(
            "SELECT count(*) FROM ticket_acts a WHERE NOT EXISTS (SELECT FROM journal j"
            " WHERE (j.after ->> 'act') = a.id\\:\\:text AND j.verb = 'ticket_' || a.act)"
        )))  # fmt: skip
        assert half == 0, "an act without its entry in the journal"
        if sum("/acts/" in path for path in _deaths) >= deaths:
            return


def test_an_act_is_whole_or_not_there(system: System) -> None:
    _through_deaths(system, 2, 0.06)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_acts_through_many_deaths(system: System) -> None:
    _through_deaths(system, 50, 0.12)
