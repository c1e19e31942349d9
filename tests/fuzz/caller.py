"""Made-up requests to every operation of the API's document, and what each answer must be.

Schemathesis makes the requests, of the document's schemas and against them; a share of their values
is replaced by what is really there (units, incidents, duties, reports, people, times), own and
others', for made-up names alone would be turned away at the door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.clock import iso
from core.rights import TOKEN_SCOPES
from core.settings import LimitSettings, Settings
from dashboard import openapi, tokens
from escalation.ids import (
    complaint_id,
    incident_id,
    media_id,
    regulator_case_id,
    regulator_case_number,
)
from escalation.regulator_acts import Contact, Receipt
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_signing import Signer
from tests.areas.story import Story
from tests.engine.report_desk import PNG
from tests.fuzz.described import PREFIX
from tests.fuzz.judges import Judge, judge_any
from tests.postgres import TestDatabase
from tests.web_safety.site import running, settings_of

CONFORMS = [
    status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
#: As fast as the test likes.
_WIDE = LimitSettings(**dict.fromkeys(LimitSettings.model_fields, 10_000_000))
_MOST = 2**63 - 1
_TIMES = ("at", "since", "received_at", "aware_at", "occurred_at", "told_at")
#: The judges read what is sent.
_PLAIN = {"Accept-Encoding": "identity"}


@dataclass
class Bench:
    """The real application over the story's bank, and a token for whom the test is about."""

    story: Story
    server: Flask
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.client: Any = self.server.test_client()  # as from this machine: http is let in

    def token(self, unit: str | None) -> str:
        """A token of every scope, for head office or a unit (its code)."""
        value = tokens.NewToken(f"fuzz {unit or 'HO'}", unit=unit, scopes=TOKEN_SCOPES)
        return self.story.db.app.run(lambda c: tokens.create(c, value, actor="cli"))

    def operations(self) -> Iterator[Any]:
        described = schemathesis.openapi.from_dict(deepcopy(openapi.document()))
        described.app = self.server
        for found in described.get_all_operations():
            yield found.ok()

    def sample(self) -> Sample:
        """Values that are there, by the name of the field or path's part that takes them."""

        def of(query: str) -> list[Any]:
            return list(self.story.db.app.read(lambda c: c.scalars(sa.text(query)).all()))

        def pairs(query: str, name: str) -> list[dict[str, Any]]:
            rows = self.story.db.app.read(lambda c: c.execute(sa.text(query)).all())
            return [{"id": incident_id(number), name: other} for number, other in rows]

        moment = iso(self.story.scene.now())
        people = of("SELECT id FROM people ORDER BY id")
        complaints = of("SELECT id FROM complaints ORDER BY id LIMIT 40")
        return Sample(
            fields={
                "complaint": [complaint_id(n) for n in complaints],
                "person": [people[0], people[-1], 2**31, _MOST],
                "version": [0, 1, 2, 3],
                "demand": [1, 2],
                "seen": [0, 1, 2],
                "sighting": of("SELECT id FROM media_sightings"),
                "contact": of("SELECT id FROM media_contacts"),
                "correction": of("SELECT id FROM media_acts WHERE act = 'correction_asked'"),
                "incident": [incident_id(n) for n in of("SELECT id FROM incidents")],
                "client": [{"name": "钱多多", "phone": "13900001111"}, {"account": "622200001"}],
                **dict.fromkeys(("unit", "received_unit", "home_unit"),
                                of("SELECT code FROM units")),
                **{name: [moment] for name in _TIMES},
            },
            paths={
                "/complaints/{id}": [{"id": complaint_id(n)} for n in complaints],
                "/incidents/{id}": [{"id": incident_id(n)} for n in of("SELECT id FROM incidents")],
                "/duties/{duty}": [{"duty": n} for n in of("SELECT id FROM duties ORDER BY id")],
                "/incidents/{id}/duties/{duty}": pairs(
                    "SELECT incident_id, id FROM duties WHERE incident_id IS NOT NULL", "duty"),
                "/incidents/{id}/reports/{report}": pairs(
                    "SELECT incident_id, id FROM reports", "report"),
                "/regulator-cases/{case}": [
                    {"case": regulator_case_id(n)} for n in of("SELECT id FROM regulator_cases")],
                "/regulator-cases/{case}/files/{filing}": [
                    {"case": regulator_case_id(case), "filing": number}
                    for case in of("SELECT case_id FROM regulator_filings")
                    for number in of("SELECT id FROM regulator_filings")
                ],
                "/media-cases/{id}": [
                    {"id": media_id(n)} for n in of("SELECT id FROM media_cases")],
                "/media-cases/{id}/files/{file}": [
                    {"id": media_id(case), "file": number}
                    for case in of("SELECT case_id FROM media_files")
                    for number in of("SELECT id FROM media_files")
                ],
                "/incidents/{id}/reports/files/{file}": pairs(
                    "SELECT incident_id, id FROM evidence_files WHERE incident_id IS NOT NULL",
                    "file"),
            },
        )  # fmt: skip

    def prepare(self) -> None:
        """In each branch a signed report of which two are sent with a scan, and a proven duty."""
        reports, now = self.story.scene.engine.reports, self.story.scene.now()
        for row in self.story.db.app.read(lambda c: c.execute(_DRAFTS).all()):
            reports.edit(row.incident_id, row.id, row.version, {"request": "暂无。"}, "test")
            version = reports.one(row.incident_id, row.id)["version"]
            signer = Signer("签发人", "branch_leader")
            reports.sign(row.incident_id, row.id, version, signer, "test")
            receipt = ReceiptValue(now, "经办人", "消保处", "written", "R1", None, PNG)
            reports.send(row.incident_id, row.id, receipt, "test")
            reports.begin(row.incident_id, Beginning("follow_up", "head_office"), "test")
        for branch in ("SH", "NJ"):
            self._regulator_cases(branch)

    def _regulator_cases(self, branch: str) -> None:
        """One in work, one approved, one filed with a scan of its receipt."""
        desk, now = self.story.scene.engine.regulator, self.story.scene.now()
        clerk, leader = By("web:branch_contact:901", "经办"), By("web:branch_leader:902", "组长")
        for at in range(3):
            case, _new = desk.receive(Receiving(
                f"{branch}转{at}", branch, now, "letter", regulator=f"{branch}监管局",
                demands=(Wanted("书面答复"),),
            ), clerk)  # fmt: skip
            number = regulator_case_number(case["id"])
            desk.contact(number, Contact(now, "phone", "经办", "处长", "已说明"), clerk)
            desk.start(number, clerk)
            if at:
                desk.draft(number, "已核实", 0, clerk)
                desk.approve(number, 1, leader)
            if at == 2:
                desk.file(number, Receipt(now, "经办", "收文岗", "7", file=PNG), clerk)


@dataclass(frozen=True)
class Sample:
    """What is really there: values by the field that takes them, and whole sets of path parts."""

    fields: dict[str, list[Any]]
    paths: dict[str, list[dict[str, Any]]]

    def parts(self, path: str) -> list[dict[str, Any]]:
        """Of the longest beginning that this path has."""
        known = [root for root in self.paths if path.startswith(root)]
        return self.paths[max(known, key=len)] if known else []


_DRAFTS = sa.text("SELECT id, incident_id, version FROM reports WHERE state = 'draft' ORDER BY id")


@contextmanager
def bench_over(db: TestDatabase) -> Iterator[Bench]:
    story = Story(db)
    try:
        with running(db, _settings(db)) as server:
            bench = Bench(story, server)
            bench.prepare()
            yield bench
    finally:
        story.close()


def _settings(db: TestDatabase) -> Settings:
    return settings_of(db).model_copy(update={"limits": _WIDE})


# --- making them --------------------------------------------------------------------------------


def cases(operation: Any, sample: Sample) -> st.SearchStrategy[Case]:
    """Requests to one operation: as described, and not, with values that are there mixed in."""
    made = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @st.composite
    def mixed(draw: st.DrawFn) -> Case:
        case: Case = draw(made)
        share, there = draw(st.sampled_from([0, 2, 4, 5])), sample.parts(operation.path)
        if there and draw(st.integers(0, 4)) < share:
            case.path_parameters.update(draw(st.sampled_from(there)))
        elif case.path_parameters and draw(st.integers(0, 9)) == 0:
            name = draw(st.sampled_from(sorted(case.path_parameters)))
            case.path_parameters[name] = _MOST
        _mix(draw, case.query, sample.fields, share)
        _mix(draw, case.body, sample.fields, share)
        return case

    return mixed()


def _mix(draw: st.DrawFn, held: Any, sample: dict[str, list[Any]], share: int) -> None:
    """Replace about `share` of 5 of the values whose name is known, in place."""
    if isinstance(held, list):
        for one in held:
            _mix(draw, one, sample, share)
    if not isinstance(held, dict):
        return
    for name, value in list(held.items()):
        if name in sample and not isinstance(value, dict | list):
            if draw(st.integers(0, 4)) < share:
                held[name] = draw(st.sampled_from(sample[name]))
        else:
            _mix(draw, value, sample, share)


#: Bodies that are no JSON, or none that anybody means.
BROKEN = (
    b"", b"{", b"null", b"[]", b'"text"', b"1e999", b"NaN", b"-Infinity", b"\xff\xfe", b"\x00",
    b"[" * 50_000, b'{"a":' * 50_000, b"9" * 5000, b'{"version": ' + b"9" * 4000 + b"}",
    b'{"amount": 1e999999999}', b'{"unit": "\\ud800"}', b'{"unit": "a\\u0000b"}',
    b'{"reason": "\\ufeff\\u200b"}', b'{"at": "0001-01-01T00:00:00+14:00"}',
    b'{"complaints": [null, [], {}, 1, "x"]}', b'{"unit": {"unit": {"unit": []}}}',
)  # fmt: skip
TYPES = (
    "application/json", "application/problem+json", "text/plain", "multipart/form-data", "",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json;x",
    "application/json; charset=utf-16", "image/png",
)  # fmt: skip


# --- sending them ----------------------------------------------------------------------------


def explore(
    bench: Bench, operation: Any, headers: dict[str, str], judge: Judge, *, examples: int
) -> None:
    """Send made-up requests to one operation; each answer must be one that it documents."""
    endpoint = operation.definition.raw["operationId"]

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=examples < 50,
        suppress_health_check=list(HealthCheck), print_blob=False, phases=[Phase.generate],
    )  # fmt: skip
    @given(cases(operation, bench.sample()))
    def ask(case: Case) -> None:
        response = case.call(
            base_url=f"http://localhost{PREFIX}",
            headers={**_PLAIN, **headers},
            session=bench.client,
        )
        bench.seen[endpoint, response.status_code] += 1
        case.validate_response(response, checks=CONFORMS)
        judge_any(response)
        judge(response)

    ask()
