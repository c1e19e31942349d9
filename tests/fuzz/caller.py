"""Made-up requests to every operation of the API's document, and what each answer must be.

Schemathesis makes the requests, of the document's schemas and against them; a share of their values
is replaced by what is really there (units, incidents, duties, reports, people, times), own and
others', for made-up names alone would be turned away at the door.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
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
from schemathesis.core.transport import Response
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
from escalation.ids import complaint_id, incident_id
from tests.areas.story import Story
from tests.fuzz.described import PREFIX
from tests.postgres import TestDatabase
from tests.web_safety.site import running, settings_of

#: What nobody outside Nanjing may ever be given (`tests/areas/story.py`).
MARKS = ("南京秘密", "njsecret", "鼓楼", "南京")
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
Sample = dict[str, list[Any]]


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

        codes = of("SELECT code FROM units")
        moment = iso(self.story.scene.now())
        people = of("SELECT id FROM people ORDER BY id")
        incidents = [incident_id(n) for n in of("SELECT id FROM incidents")]
        complaints = [complaint_id(n) for n in of("SELECT id FROM complaints ORDER BY id LIMIT 40")]
        return {
            "id": [*incidents, *complaints],
            "complaint": complaints,
            "duty": [*of("SELECT id FROM duties ORDER BY id LIMIT 60"), _MOST],
            "report": [*of("SELECT id FROM reports"), _MOST],
            "file": [*of("SELECT id FROM evidence_files"), _MOST],
            "person": [people[0], people[-1], 2**31, _MOST],
            "version": [1, 2, 3],
            **dict.fromkeys(("unit", "received_unit", "home_unit"), codes),
            **{name: [moment] for name in _TIMES},
        }  # fmt: skip


@contextmanager
def bench_over(db: TestDatabase) -> Iterator[Bench]:
    story = Story(db)
    try:
        with running(db, _settings(db)) as server:
            yield Bench(story, server)
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
        share = draw(st.sampled_from([0, 2, 5, 5]))
        for given_parts in (case.path_parameters, case.query):
            _mix(draw, given_parts, sample, share)
        _mix(draw, case.body, sample, share)
        return case

    return mixed()


def _mix(draw: st.DrawFn, held: Any, sample: Sample, share: int) -> None:
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


# --- judging ------------------------------------------------------------------------------------

Judge = Callable[[Response], None]


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


def judge_any(response: Response) -> None:
    """No fault of ours; a refusal is a problem, and says of each field what to do."""
    status = response.status_code
    assert status < 500, (status, response.text)
    if status < 400:
        return
    problem = json.loads(response.content)
    assert problem["status"] == status and problem["title"] and problem["detail"], problem
    assert problem["type"] == "about:blank"
    if status == 422:
        assert problem["errors"], problem
        for error in problem["errors"]:
            assert error["message"] and error["remedy"], error
            assert "field" in error


def judge_nanjing(response: Response) -> None:
    """Not a word of Nanjing's own, nor in a header, nor escaped."""
    text = response.text + json.dumps(response.headers, ensure_ascii=False)
    for mark in MARKS:
        assert mark not in text and json.dumps(mark).strip('"') not in text, text


def judge_nobody(public: bool) -> Judge:
    """Whoever has no token is asked for one, or there is no such path: a part that is no number."""

    def judge(response: Response) -> None:
        if public or response.status_code == 401:
            return
        problem = json.loads(response.content)
        assert problem["status"] == 404 and problem["detail"] == problem["title"], problem

    return judge
