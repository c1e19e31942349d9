"""Complaints' files sent up: by the sub-branch to its branch, by the branch to head office."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text

from database.tables import Moment, metadata

#: Append-only: a file that was sent once more, after another round, is another row.
archive_sendings = Table(
    "archive_sendings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", BigInteger, ForeignKey("tickets.complaint_id"), nullable=False),
    Column("receiver", Text, nullable=False, comment="branch or head_office"),
    Column("from_unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("to_unit_id", BigInteger, ForeignKey("units.id"), nullable=False),
    Column("round", BigInteger, nullable=False, comment="of the ticket that was sent"),
    Column("sent_at", Moment, nullable=False),
    Column("sent_by", Text, nullable=False),
    Column("role", Text),
    CheckConstraint("receiver in ('branch','head_office')", name="receiver"),
    Index("uq_archive_sendings_once", "complaint_id", "round", "receiver", unique=True),
)
