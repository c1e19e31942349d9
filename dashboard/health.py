"""Is it alive, and how does it do: /healthz for a load balancer, /metrics for Prometheus.

All figures come from PostgreSQL, so every web process tells the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Unavailable
from dashboard.bootstrap import Site
from dashboard.refusals import totals
from database.connection import business_now

#: An engine whose last good tick is older than this is reported as stale.
STALE_SECONDS = 10.0


def register(server: Flask, site: Site) -> None:
    """Add /healthz and /metrics, also below /api/v1."""
    collected = CollectorRegistry()
    collected.register(_Figures(site))

    @server.get("/healthz")
    @server.get("/api/v1/healthz")
    def healthz() -> tuple[Response, int]:
        """200 while the database answers; a stale engine is said, intake goes on without it."""
        try:
            age, now = site.whole.read(lambda c: (_engine_age(c), business_now(c)))
        except Unavailable:
            return jsonify({"status": "down", "database": "no answer"}), 503
        alive = age is not None and age < STALE_SECONDS
        body = {
            "status": "ok" if alive else "degraded",
            "database": "ok",
            "engine": "ok" if alive else "stale",
            "engine_age_seconds": age,
            "now": iso(now),
        }
        return jsonify(body), 200

    @server.get("/metrics")
    @server.get("/api/v1/metrics")
    def metrics() -> Response:
        return Response(generate_latest(collected), content_type=CONTENT_TYPE_LATEST)


def _engine_age(connection: Connection) -> float | None:
    value = connection.scalar(
        sa.text(
            "SELECT extract(epoch FROM clock_timestamp() - max(ticked_real))::float"
            " FROM engine_heartbeats"
        )
    )
    return None if value is None else float(value)


class _Figures(Collector):
    """Reads the figures when they are asked for; nothing is kept in the process."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        yield from self._site.database.read(_metrics)
        # Of the whole bank, and of tables that no viewer's connection reads.
        yield self._site.whole.read(_refused)


def _metrics(connection: Connection) -> list[Metric]:
    counts = connection.execute(
        sa.text(
            "SELECT (SELECT count(*) FROM incidents WHERE state = 'open') AS incidents,"
            " (SELECT count(*) FROM key_states WHERE state = 'watch') AS watches,"
            " (SELECT coalesce(max(id), 0) FROM complaints) AS complaints,"
            " (SELECT count(*) FROM journal WHERE seal IS NULL) AS unsealed,"
            " (SELECT count(*) FROM duties d JOIN incidents n ON n.id = d.incident_id"
            "   WHERE d.state = 'open' AND n.state = 'open' AND d.breached_at IS NOT NULL) AS late"
        )
    ).one()
    age = _engine_age(connection)
    messages = GaugeMetricFamily(
        "fenghuo_messages", "texts of the last 24 hours by state", labels=["state"]
    )
    for row in connection.execute(
        sa.text(
            "SELECT state, count(*) AS number FROM messages"
            " WHERE created_at > business_now() - interval '24 hours' GROUP BY state"
        )
    ):
        messages.add_metric([row.state], row.number)
    gateways = GaugeMetricFamily("fenghuo_gateway_up", "1 while it answers", labels=["gateway"])
    for row in connection.execute(sa.text("SELECT gateway, ok FROM gateway_health")):
        gateways.add_metric([row.gateway], float(row.ok))
    return [
        GaugeMetricFamily("fenghuo_open_incidents", "open incidents", value=counts.incidents),
        GaugeMetricFamily("fenghuo_watches", "keys at the watch line", value=counts.watches),
        GaugeMetricFamily("fenghuo_duties_overdue", "open duties past due", value=counts.late),
        GaugeMetricFamily("fenghuo_journal_unsealed", "entries not sealed", value=counts.unsealed),
        GaugeMetricFamily(
            "fenghuo_engine_tick_age_seconds",
            "age of the last good tick",
            value=float("inf") if age is None else age,
        ),
        GaugeMetricFamily(
            "fenghuo_last_complaint_number",
            "number of the newest complaint; repeats and conflicts use numbers up",
            value=counts.complaints,
        ),
        messages,
        gateways,
    ]


def _refused(connection: Connection) -> Metric:
    refused = CounterMetricFamily(
        "fenghuo_refused_requests", "requests refused for coming too fast", labels=["lane"]
    )
    for lane, number in totals(connection).items():
        refused.add_metric([lane], number)
    return refused
