"""After the gate: a caller who asks too fast is told to wait, and that they were is never lost."""

from __future__ import annotations

import json
import math
import time

from flask import Flask, Response, request

from core.settings import LimitSettings
from core.viewer import Viewer
from dashboard import problems, whoami
from dashboard.i18n import WORDS, lang
from dashboard.rates import Buckets, Lane, Pace
from dashboard.refusals import Ledger, Refused

#: Ways in by which an emergency comes in.
INTAKE = frozenset({
    "api.take", "api.take_batch", "api.take_batch_short", "api.gather",
    "complaint_form.take", "incident_pages.gathered", "api.hotline_fed",
})  # fmt: skip


def lane_of(endpoint: str | None, method: str) -> Lane:
    """Which limit counts. Pure."""
    if endpoint in INTAKE:
        return Lane.INTAKE
    return Lane.READ if method in ("GET", "HEAD", "OPTIONS") else Lane.WRITE


def pace_of(viewer: Viewer, lane: Lane, limits: LimitSettings) -> Pace:
    """A person's reads and writes share one limit; intake has its own for everybody. Pure."""
    if lane is Lane.INTAKE:
        return Pace.of(limits.intake_per_minute)
    if viewer.kind == "person":
        return Pace.of(limits.session_per_minute)
    return Pace.of(limits.read_per_minute if lane is Lane.READ else limits.write_per_minute)


def register(server: Flask, limits: LimitSettings, ledger: Ledger) -> None:
    """Refuse with 429 and Retry-After; call it after `gate.register`."""
    buckets = Buckets()

    @server.before_request
    def in_time() -> Response | None:
        viewer = whoami.viewer_or_none()
        if viewer is None:
            return None
        lane = lane_of(request.endpoint, request.method)
        own = viewer.session_id if viewer.kind == "person" else viewer.id
        shared = viewer.kind == "person" and lane is not Lane.INTAKE
        key = (viewer.kind, own, "any" if shared else lane.value)
        decision = buckets.take(key, time.monotonic(), pace_of(viewer, lane, limits))
        if decision.admitted:
            return None
        kind = "session" if viewer.kind == "person" else "token"
        ledger.note(Refused(kind, viewer.id, lane))
        return too_fast(decision.wait)


def too_fast(wait: float) -> Response:
    """429 as a problem, which our own scripts can read too (`error`)."""
    seconds = max(1, math.ceil(wait))
    language = problems.language() if request.path.startswith("/api/") else lang()
    words = WORDS["refused.429"][language == "en"].format(n=seconds)
    body = problems.problem(429, words, error=words, errors=[])
    response = Response(
        json.dumps(body, ensure_ascii=False),
        status=429,
        content_type="application/problem+json; charset=utf-8",
    )
    response.headers["Retry-After"] = str(seconds)
    return response
