"""What the document for vendors claims is so: its signature, its links, its figures, its names."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from alerts import signed_callback
from alerts.signed_callback import DELAYS, SIGNATURE, TIMESTAMP, WINDOW, sign, verified
from complaints.hotline_rules import NEXT, RESULTS, Step, shown
from complaints.work_order_table import COLUMNS, LIST_COLUMNS, STATES, TYPES
from dashboard.hotline_api import MOST_ORDERS
from escalation.hotline_files import MOST_BYTES
from tests.hotline.caller import DOCS, faults

TEXT = (DOCS / "hotline.md").read_text()
BLOCKS = re.findall(r"^```\w*\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)


def _after(label: str) -> str:
    """The block that follows these words."""
    found = re.search(rf"^{label}[^\n]*:\n\n```\w*\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, label
    return found[1]


SECRET = _after("A worked example. Secret").encode()
STAMP, SIGNED = _after("Timestamp"), _after("Signature")
BODY = _after("Body, one line").encode()


def test_the_worked_signature_is_right() -> None:
    assert sign(SECRET, int(STAMP), BODY) == SIGNED
    given = {TIMESTAMP: STAMP, SIGNATURE: SIGNED}
    assert verified(SECRET, given, BODY, int(STAMP) + WINDOW)
    assert not verified(SECRET, given, BODY, int(STAMP) + WINDOW + 1)
    by_hand = hmac.new(SECRET, STAMP.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert f"v1={by_hand}" == SIGNED


def test_the_documents_own_code_verifies_it() -> None:
    (code,) = [block for block in BLOCKS if "def genuine" in block]
    names: dict[str, object] = {}
    exec(compile(code, "hotline.md", "exec"), names)  # the document's, held by this test
    genuine = names["genuine"]
    assert callable(genuine)
    now = int(STAMP)
    assert genuine(SECRET, STAMP, SIGNED, BODY, now)
    assert not genuine(SECRET, STAMP, SIGNED, BODY + b" ", now)
    assert not genuine(SECRET, STAMP, SIGNED, BODY, now + 301)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_openssl_computes_the_same(tmp_path: Path) -> None:
    (command,) = [block for block in BLOCKS if "openssl" in block]
    (tmp_path / "body.json").write_bytes(BODY)
    said = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert said.strip().endswith(SIGNED.removeprefix("v1="))


def test_the_worked_body_is_a_feedback() -> None:
    body = json.loads(BODY)
    assert faults("feedback", body) == []
    assert body == json.loads((DOCS / "hotline/examples/feedback.json").read_text())


def test_every_link_leads_somewhere_and_every_schema_is_linked() -> None:
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link}
    assert [link for link in sorted(links) if not (DOCS / link).exists()] == []
    there = {f"hotline/{path.name}" for path in (DOCS / "hotline").glob("*.json")}
    examples = {f"hotline/examples/{p.name}" for p in (DOCS / "hotline/examples").iterdir()}
    assert there | examples <= links


def test_the_figures_are_those_of_the_code() -> None:
    assert f"**{WINDOW} seconds**" in TEXT and f"1 to {MOST_ORDERS:,}" in TEXT
    assert DELAYS == (10, 30, 60, 300, 900, 3600)
    assert "10 s, 30 s, 1 min, 5 min, 15 min, then every hour for about three days" in TEXT
    assert f"at most {MOST_BYTES // 1024 // 1024} MB" in TEXT
    for header in (TIMESTAMP, SIGNATURE, "X-Fenghuo-Feedback"):
        assert f"`{header}`" in TEXT
    assert signed_callback.Reply(status=409).arrived and not signed_callback.Reply(302).arrived


def test_the_steps_allowed_are_those_of_the_code() -> None:
    for step in Step:
        if step is Step.ANSWER:
            continue
        allowed = {shown(state, told) for state, s in NEXT if s is step for told in (False, True)}
        (row,) = re.findall(rf"^\| `{step.value}`[^\n]*\| ([^|\n]+) \|$", TEXT, re.MULTILINE)
        assert set(row.split(", ")) == allowed, step


def test_columns_types_states_and_results_are_all_named() -> None:
    for word in (*COLUMNS, *LIST_COLUMNS, *filter(None, TYPES), *STATES):
        assert word in TEXT, word
    for field in (*COLUMNS.values(), *LIST_COLUMNS.values()):
        assert f"`{field}`" in TEXT, field
    for result, (zh, _en) in RESULTS.items():
        assert f"`{result.value}` ({zh})" in TEXT
