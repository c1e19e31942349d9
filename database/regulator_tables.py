"""Cases that a regulator has passed on (WP-20): demands, contacts, replies, filings.

`sealed` columns hold words under the case's own data key (`regulator_cases.key_id`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from database.tables import Moment, metadata


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(target), nullable=nullable)


regulator_cases = Table(
    "regulator_cases",
    metadata,
    _id(),
    Column("regulator", Text, nullable=False, comment="the office's name as it was given"),
    Column("regulator_key", Text, nullable=False, comment="the name as it is compared"),
    Column("level", Text, nullable=False),
    Column("number", Text, nullable=False, comment="the regulator's own (文号, 转办单号)"),
    Column("number_key", Text, nullable=False),
    _ref("unit_id", "units.id"),
    _ref("filing_unit_id", "units.id"),
    Column("received_at", Moment, nullable=False),
    Column("received_via", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="received"),
    Column("round", SmallInteger, nullable=False, server_default="0", comment="times reopened"),
    Column("due_at", Moment, nullable=False, comment="follows the duty's"),
    Column("basis", Text, nullable=False, comment="what the deadline rests on"),
    _ref("duty_id", "duties.id", nullable=True),
    _ref("incident_id", "incidents.id", nullable=True),
    Column("key_id", BigInteger, nullable=False, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="what it is about"),
    Column("entered_by", Text, nullable=False),
    Column("entered_name", Text),
    Column("entered_at", Moment, nullable=False),
    Column("filed_at", Moment),
    Column("closed_at", Moment),
    UniqueConstraint("regulator_key", "number_key"),
    CheckConstraint("level in ('national','bureau','local')", name="level"),
    CheckConstraint(
        "state in ('received','contacted','working','drafted','approved','filed','closed')",
        name="state",
    ),
    Index("ix_regulator_cases_state_due_at", "state", "due_at"),
    Index("ix_regulator_cases_unit_id", "unit_id"),
    Index("ix_regulator_cases_incident_id", "incident_id"),
)

regulator_case_complaints = Table(
    "regulator_case_complaints",
    metadata,
    Column("case_id", BigInteger, ForeignKey("regulator_cases.id"), primary_key=True),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id"), primary_key=True),
    Column("linked_by", Text, nullable=False),
    Column("linked_at", Moment, nullable=False),
    Index("ix_regulator_case_complaints_complaint_id", "complaint_id"),
)

#: Every duty that belongs to a case by itself: its deadline, each round's, its inquiry's.
regulator_case_duties = Table(
    "regulator_case_duties",
    metadata,
    Column("case_id", BigInteger, ForeignKey("regulator_cases.id"), primary_key=True),
    Column("duty_id", BigInteger, ForeignKey("duties.id"), primary_key=True),
    Index("ix_regulator_case_duties_duty_id", "duty_id"),
)

regulator_demands = Table(
    "regulator_demands",
    metadata,
    _id(),
    _ref("case_id", "regulator_cases.id"),
    Column("position", SmallInteger, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("due_at", Moment, comment="its own; null: the case's"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("sealed", LargeBinary, comment="what is asked"),
    Column("ended_sealed", LargeBinary, comment="what came of it"),
    Column("added_by", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", Moment),
    UniqueConstraint("case_id", "position"),
    CheckConstraint("state in ('open','done','withdrawn')", name="state"),
)

regulator_contacts = Table(
    "regulator_contacts",
    metadata,
    _id(),
    _ref("case_id", "regulator_cases.id"),
    Column("at", Moment, nullable=False),
    Column("via", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("by", Text, nullable=False, comment="of ours"),
    Column("sealed", LargeBinary, nullable=False, comment="with whom, what was said"),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    CheckConstraint("direction in ('out','in')", name="direction"),
    Index("ix_regulator_contacts_case_id", "case_id"),
)

regulator_answers = Table(
    "regulator_answers",
    metadata,
    _id(),
    _ref("case_id", "regulator_cases.id"),
    Column("number", SmallInteger, nullable=False, comment="version, from 1"),
    Column("round", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="the reply"),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_name", Text, nullable=False),
    Column("drafted_at", Moment, nullable=False),
    Column("decided_by", Text),
    Column("decided_name", Text),
    Column("decided_at", Moment),
    Column("remark_sealed", LargeBinary, comment="why it was given back"),
    UniqueConstraint("case_id", "number"),
    CheckConstraint(
        "state in ('drafted','returned','superseded','approved','filed')", name="state"
    ),
)

regulator_filings = Table(
    "regulator_filings",
    metadata,
    _id(),
    _ref("case_id", "regulator_cases.id"),
    _ref("answer_id", "regulator_answers.id"),
    Column("regulator", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("number", Text, nullable=False, comment="of the receipt"),
    Column("by", Text, nullable=False),
    Column("to", Text, nullable=False, comment="who received it"),
    Column("via", Text, nullable=False),
    Column("at", Moment, nullable=False),
    _ref("file_id", "evidence_files.id", nullable=True),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    UniqueConstraint("answer_id"),
    Index("ix_regulator_filings_case_id", "case_id"),
)

regulator_extensions = Table(
    "regulator_extensions",
    metadata,
    _id(),
    _ref("case_id", "regulator_cases.id"),
    Column("old_due_at", Moment, nullable=False),
    Column("new_due_at", Moment, nullable=False),
    Column("consent_at", Moment, nullable=False),
    Column("consent_via", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="who consented, under which number, why"),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Index("ix_regulator_extensions_case_id", "case_id"),
)
