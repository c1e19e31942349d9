"""Every operation of the API, asked everything that its document allows and much that it does not.

Head office's token may reach everything, Shanghai's nothing of Nanjing's, and nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard import doors, openapi
from tests.fuzz.caller import BROKEN, TYPES, Bench, bench_over, explore
from tests.fuzz.described import PREFIX, operations
from tests.fuzz.judges import Judge, judge_any, judge_nanjing, judge_nobody
from tests.postgres import Cluster

OPERATIONS = [o["operationId"] for _, _, o in operations(openapi.document())]
each = pytest.mark.parametrize("endpoint", OPERATIONS)


def _bench(cluster: Cluster) -> Iterator[Bench]:
    db = cluster.fresh()
    with bench_over(db) as bench:
        yield bench
    db.close()


@pytest.fixture(scope="module")
def head_office(cluster: Cluster) -> Iterator[Bench]:
    yield from _bench(cluster)


@pytest.fixture(scope="module")
def shanghai(cluster: Cluster) -> Iterator[Bench]:
    """A bank of its own: what head office moves about may then rightly be Shanghai's."""
    yield from _bench(cluster)


def _all(response: Any) -> None:
    """Head office may see everything."""


def _ask(bench: Bench, unit: str | None, endpoint: str, judge: Judge, examples: int) -> None:
    headers = {"Authorization": f"Bearer {_token(bench, unit)}"}
    explore(bench, _operation(bench, endpoint), headers, judge, examples=examples)


def _token(bench: Bench, unit: str | None) -> str:
    kept: str | None = bench.server.extensions.get("fuzz_token")
    if kept is None:
        kept = bench.server.extensions["fuzz_token"] = bench.token(unit)
    return kept


def _operation(bench: Bench, endpoint: str) -> Any:
    return next(o for o in bench.operations() if o.definition.raw["operationId"] == endpoint)


@each
def test_head_office_gets_documented_answers(head_office: Bench, endpoint: str) -> None:
    _ask(head_office, None, endpoint, _all, 8)


@each
def test_shanghai_gets_nothing_of_nanjing(shanghai: Bench, endpoint: str) -> None:
    _ask(shanghai, "SH", endpoint, judge_nanjing, 8)


@each
def test_nobody_gets_anything(shanghai: Bench, endpoint: str) -> None:
    public = endpoint in doors.PUBLIC or f"api.{endpoint}" in doors.PUBLIC
    operation = _operation(shanghai, endpoint)
    explore(shanghai, operation, {}, judge_nobody(public), examples=4)


def test_the_bodies_that_nobody_means_are_refused_in_words(head_office: Bench) -> None:
    client, token = head_office.server.test_client(), _token(head_office, None)
    tried = 0
    for path, method, operation in operations(openapi.document()):
        if "requestBody" not in operation:
            continue
        address = PREFIX + path.replace("{id}", "I0000001").replace("{duty}", "1").replace(
            "{report}", "1"
        )
        bodies = [(body, TYPES[0]) for body in BROKEN] + [(b"{}", kind) for kind in TYPES[1:]]
        for body, kind in bodies:
            answer = client.open(
                address, method=method, data=body, content_type=kind,
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
            assert str(answer.status_code) in operation["responses"], (path, kind, body[:40])
            judge_any(_Plain(answer.status_code, answer.data))
            tried += 1
    assert tried > 400


@pytest.mark.parametrize("field", ["unit", "role", "clause", "after", "state", "strange"])
def test_nul_in_a_query_is_a_field_to_correct(head_office: Bench, field: str) -> None:
    """Found by these tests: it came through to PostgreSQL, which can be asked for no such text."""
    headers = {"Authorization": f"Bearer {_token(head_office, None)}"}
    for root in (f"{PREFIX}/duties", f"{PREFIX}/incidents"):
        address = f"{root}?{field}=a%00b"
        nobody = head_office.server.test_client().get(address)
        assert nobody.status_code == 401
        answer = head_office.server.test_client().get(address, headers=headers)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]


class _Plain:
    """A werkzeug answer as the judges read it."""

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code, self.content = status_code, content
        self.text = content.decode(errors="replace")


@pytest.mark.torture
@each
def test_head_office_gets_documented_answers_at_length(head_office: Bench, endpoint: str) -> None:
    _ask(head_office, None, endpoint, _all, 150)


@pytest.mark.torture
@each
def test_shanghai_gets_nothing_of_nanjing_at_length(shanghai: Bench, endpoint: str) -> None:
    _ask(shanghai, "SH", endpoint, judge_nanjing, 150)


@pytest.mark.torture
def test_most_operations_were_got_to_do_something(head_office: Bench, shanghai: Bench) -> None:
    """After the others: refusals alone would prove little."""
    for bench, least in ((head_office, 28), (shanghai, 22)):
        if len({endpoint for endpoint, _ in bench.seen}) < len(OPERATIONS):
            pytest.skip("of the long ones only some were run")
        done = {endpoint for endpoint, status in bench.seen if status < 300}
        assert len(done) >= least, sorted(set(OPERATIONS) - done)
