"""Standing statistics: each period's report of a unit as it was frozen, and who has opened it."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Identity,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.tables import Moment, metadata

statistic_reports = Table(
    "statistic_reports",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="day, week, month, quarter, half_year or year"),
    Column("period", Text, nullable=False, comment="such as 2026-11 or 2026-W47"),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("roles", ARRAY(Text), nullable=False, comment="who gets it, as the plan had it"),
    Column("content", JSONB, nullable=False, comment="the statistics as they were frozen"),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 of canonical JSON"),
    Column("plan", Text, nullable=False),
    Column("plan_version", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("unit_id", "period"),
)

#: The first time that somebody opened a report.
statistic_openings = Table(
    "statistic_openings",
    metadata,
    Column("report_id", BigInteger, ForeignKey("statistic_reports.id"), primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("name", Text, nullable=False, comment="staff's"),
    Column("opened_at", Moment, nullable=False),
)
