"""The real engine against a plain model: random lives of a bank, checked after every step.

The model knows who is who, keeps every complaint in a list and counts by brute force. It takes
from the system only which incident a complaint was put into, and checks that against the rules.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.words import Role
from tests.engine.scene import Scene
from tests.postgres import Cluster

DAY = timedelta(hours=24)
THRESHOLD = {"unit": (5, 10), "branch_product": (5, 10), "product": (10, 30)}
BRANCH = {"SH1": "SH", "SH2": "SH", "NJ1": "NJ"}
units = st.sampled_from(["SH1", "SH1", "SH1", "SH2", "NJ1"])
products = st.sampled_from([None, None, "稳健增利", "安心定开"])
#: The plan's own: told quietly again while nobody acknowledges, this often and no more.
QUIET_REPEATS = 2
#: Texts on what is owed, also after the end, and one text for several that waited.
LISTS = ("duty_reminder", "duty_overdue", "duty_digest", "backlog")


@dataclass
class Said:
    """One complaint as the model remembers it."""

    number: int
    at: datetime
    who: str
    keys: tuple[str, ...]
    incidents: set[str] = field(default_factory=set)
    spent: bool = False


class Life(RuleBasedStateMachine):
    """One random life; `bank` is the scene, built once and emptied for each life."""

    bank: Scene

    def __init__(self) -> None:
        super().__init__()
        self.scene = self.bank
        self.said: list[Said] = []
        self.same: dict[str, str] = {}
        self.fresh = itertools.count(1)
        self.incidents: dict[str, dict[str, Any]] = {}
        self.acknowledged: set[str] = set()
        self.gathered: set[str] = set()

    @initialize()
    def empty(self) -> None:
        self.scene.db.empty()
        self.scene.db.set_time(self.scene.start)

    # --- the model ------------------------------------------------------------------------------

    def person(self, name: str) -> str:
        while name in self.same:
            name = self.same[name]
        return name

    def under(self, key: str) -> list[Said]:
        return [s for s in self.said if key in s.keys and not s.spent]

    def densest(self, key: str, at: datetime) -> int:
        """The most distinct persons in any 24 hours that contain `at`."""
        events = self.under(key)
        starts = [s.at for s in events if at - DAY <= s.at <= at]
        return max((len({self.person(s.who) for s in events if start <= s.at <= start + DAY})
                    for start in starts), default=0)  # fmt: skip

    def open_owner(self, key: str) -> str | None:
        owners = [i["id"] for i in self.incidents.values()
                  if i["state"] == "open" and key in i["keys"]]  # fmt: skip
        assert len(owners) <= 1, f"{key} belongs to {owners}"
        return owners[0] if owners else None

    def read(self) -> None:
        self.incidents = {i["id"]: i for i in self.scene.engine.incidents(state=None)}

    # --- what happens ---------------------------------------------------------------------------

    def _complain(
        self, unit: str, product: str | None, late: timedelta, client: dict[str, str], who: str
    ) -> None:
        at = self.scene.now() - late
        keys = [f"unit:{unit}"]
        if product:
            keys += [f"branch_product:{BRANCH[unit]}:{product}", f"product:{product}"]
        before = {key: self.open_owner(key) for key in keys}
        answer = self.scene.complain(
            unit, product=product, received_at=at.isoformat(), client=client
        )
        me = Said(int(answer["complaint"][1:]), at, who, tuple(keys))
        self.said.append(me)
        self.read()
        fired = False
        for counted in answer["counted"]:
            key = counted["key"]
            number, line = self.densest(key, at), THRESHOLD[key.split(":")[0]][1]
            if before[key] is None:
                assert counted["clients"] == number, (counted, number)
                assert (self.open_owner(key) is not None) == (number >= line), (key, number)
                fired = fired or number >= line
        assert [c["key"] for c in answer["counted"]] == keys
        if fired:
            assert answer["incident"] is not None
        if all(owner is None for owner in before.values()) and not fired:
            assert answer["incident"] is None

    @rule(
        unit=units, product=products, number=st.integers(1, 6),
        late=st.sampled_from([0, 0, 0, 1, 23, 24, 25, 49]),
    )  # fmt: skip
    def new_clients_complain(self, unit: str, product: str | None, number: int, late: int) -> None:
        for _ in range(number):
            n = next(self.fresh)
            self._complain(unit, product, timedelta(hours=late), {"phone": f"138{n:08d}"}, f"p{n}")

    @precondition(lambda self: self.said)
    @rule(unit=units, product=products, data=st.data())
    def a_client_complains_again(self, unit: str, product: str | None, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted({s.who for s in self.said})))
        kind, n = who[0], int(who[1:])
        client = (
            {"phone": f"138{n:08d}"} if kind == "p" else {"id_number": f"31010119800101{n:04d}"}
        )
        self._complain(unit, product, timedelta(0), client, who)

    @rule(unit=units, product=products)
    def a_client_is_known_by_document_alone(self, unit: str, product: str | None) -> None:
        n = next(self.fresh)
        self._complain(
            unit, product, timedelta(0), {"id_number": f"31010119800101{n:04d}"}, f"d{n}"
        )

    @precondition(lambda self: any(s.who[0] == "d" for s in self.said))
    @rule(unit=units, data=st.data())
    def two_turn_out_to_be_one(self, unit: str, data: st.DataObject) -> None:
        phones = sorted({s.who for s in self.said if s.who[0] == "p"})
        papers = sorted({s.who for s in self.said if s.who[0] == "d"})
        free = [p for p in phones if self.person(p) == p and p not in self.same.values()]
        if not free:
            return
        phone, paper = data.draw(st.sampled_from(free)), data.draw(st.sampled_from(papers))
        self.same[phone] = paper
        client = {
            "phone": f"138{int(phone[1:]):08d}",
            "id_number": f"31010119800101{int(paper[1:]):04d}",
        }
        self._complain(unit, None, timedelta(0), client, paper)

    @rule(unit=units, heads=st.sampled_from([0, 5, 9, 10, 12, 30]))
    def staff_report_a_gathering(self, unit: str, heads: int) -> None:
        before = self.open_owner(f"unit:{unit}")
        answer = self.scene.gather(heads, unit)
        self.read()
        if heads >= 10 or before is not None:
            assert answer["incident"] is not None
            assert self.open_owner(f"unit:{unit}") == answer["incident"]
            self.gathered.add(f"unit:{unit}")
        else:
            assert answer["incident"] is None

    def _open_now(self) -> list[str]:
        return sorted(i for i, found in self.incidents.items() if found["state"] == "open")

    @precondition(lambda self: self._open_now())
    @rule(data=st.data())
    def somebody_acknowledges(self, data: st.DataObject) -> None:
        incident = data.draw(st.sampled_from(self._open_now()))
        first = self.scene.acknowledge(incident, "分行组长", Role.BRANCH_LEADER)
        assert first == (incident not in self.acknowledged)
        self.acknowledged.add(incident)

    @precondition(lambda self: self._open_now())
    @rule(data=st.data())
    def it_is_closed(self, data: st.DataObject) -> None:
        incident = data.draw(st.sampled_from(self._open_now()))
        gone = {incident, *self.incidents[incident]["children"]}
        for key in itertools.chain(*(self.incidents[i]["keys"] for i in gone)):
            self.gathered.discard(key)
        self.scene.close(incident)
        self.read()
        assert all(self.incidents[i]["state"] == "stood_down" for i in gone)

    @rule(step=st.sampled_from([{"minutes": 5}, {"minutes": 46}, {"hours": 7}, {"hours": 24}]))
    def time_goes_on(self, step: dict[str, float]) -> None:
        self.scene.later(**step)
        self._watches_stand()

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        self.read()
        self._follow_membership()
        self._keys_and_trees()
        self._numbers()
        self._texts()

    def _rows(self, query: str, **given: Any) -> list[Any]:
        return list(self.scene.db.app.read(lambda c: c.execute(sa.text(query), given).all()))

    def _follow_membership(self) -> None:
        """Take over which complaints are spent: exactly those of closed incidents."""
        by_number = {s.number: s for s in self.said}
        for row in self._rows(
            "SELECT c.id, n.state, bool_and(e.spent) AS every, bool_or(e.spent) AS some"
            " FROM complaints c LEFT JOIN incidents n ON n.id = c.incident_id"
            " JOIN key_events e ON e.complaint_id = c.id GROUP BY c.id, n.state"
        ):
            said = by_number[row.id]
            assert row.every == (row.state == "stood_down") or (row.some and row.state == "open")
            said.spent = row.every

    def _keys_and_trees(self) -> None:
        spent_some = self._rows("SELECT DISTINCT key FROM key_events e JOIN complaints c"
                                " ON c.id = e.complaint_id JOIN incidents n ON n.id = c.incident_id"
                                " WHERE e.spent AND n.state = 'open'")  # fmt: skip
        partly = {row.key for row in spent_some}
        for key in {k for s in self.said for k in s.keys} - partly:
            if self.open_owner(key) is not None:
                continue
            line = THRESHOLD[key.split(":")[0]][1]
            most = max((self.densest(key, s.at) for s in self.under(key)), default=0)
            assert most < line, f"{key} has {most} and no incident"
        for incident in self.incidents.values():
            parent = incident["parent"] and self.incidents[incident["parent"]]
            if parent:
                assert parent["parent"] is None, "two levels at most"
                assert incident["state"] == "stood_down" or parent["state"] == "open"
            assert incident["state"] == "stood_down" or incident["keys"]

    def _numbers(self) -> None:
        """Nobody is counted twice in an incident, nobody of its complaints is forgotten."""
        who = {s.number: self.person(s.who) for s in self.said}
        members: dict[str, list[str]] = {i: [] for i in self.incidents}
        for row in self._rows("SELECT incident_id, complaint_id FROM incident_clients"):
            members[f"I{row.incident_id:07d}"].append(who[row.complaint_id])
        for name, found in members.items():
            assert len(found) == len(set(found)) == self.incidents[name]["clients"], name
        for row in self._rows("SELECT id, incident_id FROM complaints WHERE incident_id > 0"):
            for tree in (f"I{row.incident_id:07d}",):
                assert who[row.id] in members[tree]
        for row in self._rows("SELECT key, clients, incident_id FROM key_states"
                              " WHERE incident_id > 0"):  # fmt: skip
            inside = set(members[f"I{row.incident_id:07d}"])
            here = {r.complaint_id for r in self._rows(
                "SELECT complaint_id FROM key_events JOIN complaints c ON"
                        " c.id = complaint_id WHERE incident_id > 0 AND NOT spent AND key = '"
                + row.key + "'")}  # fmt: skip
            assert row.clients == len({who[c] for c in here} & inside), row.key

    def _watches_stand(self) -> None:
        """After a tick each key of no incident shows what the rolling window holds."""
        now = self.scene.now()
        for row in self._rows("SELECT * FROM key_states WHERE incident_id IS NULL"):
            kind = row.key.split(":")[0]
            number = len({self.person(s.who) for s in self.under(row.key)
                          if now - DAY <= s.at <= now})  # fmt: skip
            if row.headcount_at is not None and row.headcount_at >= now - DAY:
                number = max(number, row.headcount)
            assert (row.state == "watch") == (number >= THRESHOLD[kind][0]), (row, number)

    def _texts(self) -> None:
        """No text without its reason, nobody told the same thing twice, none after the end."""
        for row in self._rows(
            "SELECT m.*, n.stood_down_at, (SELECT min(a.at) FROM acknowledgements a"
            "  WHERE a.incident_id = m.incident_id) AS acked FROM messages m"
            " LEFT JOIN incidents n ON n.id = m.incident_id"
        ):
            assert row.incident_id is not None or row.kind in LISTS
            if row.kind not in ("all_clear", *LISTS):
                assert row.stood_down_at is None or row.created_at <= row.stood_down_at
            if row.step and row.acked is not None:
                assert row.created_at <= row.acked, "the ladder went on after an acknowledgement"
        twice = self._rows("SELECT incident_id, phone, CASE WHEN kind IN ('incident', 'gathering',"
                           " 'manual', 'parent', 'escalation') THEN 'alert' ELSE kind END AS what"
                           " FROM messages WHERE NOT kind = ANY(:lists) GROUP BY 1, 2, 3"
                           " HAVING count(*) > CASE min(kind) WHEN 'repeat' THEN :most ELSE 1 END",
                           lists=list(LISTS), most=QUIET_REPEATS)  # fmt: skip
        assert not twice
        for row in self._rows("SELECT l.* FROM ladders l JOIN incidents n ON n.id = l.incident_id"
                              " WHERE n.state = 'stood_down'"):  # fmt: skip
            assert row.state == "stopped"


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Scene]:
    database = cluster.fresh()
    yield Scene(database)
    database.close()


SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
FEW = settings(
    phases=(Phase.generate,),
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=SLOW,
    database=None,
)  # fmt: skip
MANY = settings(FEW, max_examples=200, stateful_step_count=50)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "profile", [FEW, pytest.param(MANY, marks=pytest.mark.torture)], ids=["few", "many"]
)
def test_random_lives_of_a_bank(bank: Scene, profile: settings) -> None:
    life = type("Life", (Life,), {"bank": bank})
    run_state_machine_as_test(life, settings=profile)
