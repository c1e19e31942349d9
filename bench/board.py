"""Commit to DOM: when a real browser's board shows a complaint, with 1, 100 and 300 viewers.

The clock starts with the complaint's journal row, written just before the commit, and stops when a
MutationObserver in Chromium sees the day's number of complaints change: one machine, one clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from bench.bodies import Bodies
from bench.ground import Ground, end
from bench.report import Line, median, percentile, say
from bench.single import COMPLAINTS
from core.rights import Access
from dashboard.signin.cookie_names import session_cookie
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.system.running import ROOT, System

COOKIE = session_cookie("http://127.0.0.1")

_FIGURE = '#board-figures [data-key="complaints_today"] strong'
_OBSERVE = """() => {
  window.seen = [];
  const note = () => {
    const node = document.querySelector(SELECTOR);
    const value = node ? Number(node.textContent) : null;
    const last = window.seen.length ? window.seen[window.seen.length - 1][0] : null;
    if (value !== last) window.seen.push([value, performance.timeOrigin + performance.now()]);
  };
  new MutationObserver(note).observe(document.getElementById("board-figures"),
    { subtree: true, childList: true, characterData: true });
  note();
}""".replace("SELECTOR", repr(_FIGURE))


def run(ground: Ground, quick: bool) -> list[Line]:
    """Median and p99 for each crowd of viewers, as multiples of the single viewer's median."""
    number = 12 if quick else 60
    if not CHROMIUM.exists():
        say(f"no Chromium at {CHROMIUM}: left out")
        return [Line("commit to DOM", "left out", "", "no Chromium on this machine")]
    db, units = ground.database()
    bodies = Bodies(units)
    lines: list[Line] = []
    alone = 0.0
    with ground.system(db, "web", "engine") as system, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        signed_in = sign_in(db, unit="HO", roles=[Access.HEAD_OFFICE])
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        context.add_cookies([{"name": COOKIE, "value": signed_in.cookie, "url": system.url}])
        page = context.new_page()
        page.goto(system.url)
        page.wait_for_selector(_FIGURE, timeout=60_000)
        page.evaluate(_OBSERVE)
        for others in (0, 99) if quick else (0, 99, 299):
            with _viewers(system.port, others, signed_in.cookie) as note:
                _measure(page, db, system, bodies, 5)  # let all of them settle
                ways = _measure(page, db, system, bodies, number)
            alone = alone or median(ways)
            what = f"{others + 1} viewer{'s' if others else ''}"
            say(f"commit to DOM, {what}: {median(ways):.1f} ms; {note[-1] if note else ''}")
            for name, value in (("median", median(ways)), ("p99", percentile(ways, 0.99))):
                lines.append(Line(f"{what}, {name}", f"{value / alone:.1f} × one viewer's median",
                                  "", f"{value:.0f} ms"))  # fmt: skip
        browser.close()
    return lines


@contextmanager
def _viewers(port: int, how_many: int, cookie: str) -> Iterator[list[str]]:
    """So many viewers in a process of their own, all in one session; afterwards the list holds
    what became of them."""
    note: list[str] = []
    if not how_many:
        yield note
        return
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.viewers", str(port), str(how_many)],
        env={**os.environ, "BENCH_COOKIE": f"{COOKIE}={cookie}"},
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    try:
        assert child.stdout.readline().strip() == "all connected"
        yield note
        child.stdin.close()
        asked, lost, heard, reads = child.stdout.readline().split()
        assert lost == "0", f"{lost} of {asked} viewers were lost"
        note.append(f"{asked} others heard {heard} revisions and read {reads} boards")
    finally:
        end(child)


def _measure(
    page: Page, db: TestDatabase, system: System, bodies: Bodies, number: int
) -> list[float]:
    """Milliseconds from journal row to DOM for each of `number` single complaints."""
    ways = []
    for body in bodies.spread(number):
        before = page.evaluate("() => window.seen[window.seen.length - 1][0]")
        answer = system.post(COMPLAINTS, body)
        assert answer.status == 201, answer.body
        page.wait_for_function(
            "n => window.seen[window.seen.length - 1][0] > n", arg=before, timeout=20_000
        )
        shown = page.evaluate("n => window.seen.find(([value]) => value > n)[1]", before)
        subject = f"complaint:{int(answer.body['complaint'][1:])}"
        ways.append(shown - _written(db, subject))
        time.sleep(0.15)
    return ways


def _written(db: TestDatabase, subject: str) -> float:
    """Unix milliseconds at which the complaint's journal row was written."""
    query = sa.text(
        "SELECT extract(epoch FROM real_at)::float * 1000 FROM journal WHERE subject = :subject"
        " AND verb = 'complaint_received' ORDER BY id DESC LIMIT 1"
    )
    return float(db.app.read(lambda c: c.scalar(query, {"subject": subject})) or 0)
