"""API tokens and the requests that were refused for coming too fast. No viewer reads these."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from database.tables import Moment, metadata

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("label", Text, nullable=False, unique=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("sources", ARRAY(Text), nullable=False, comment="sources it may write; * is any"),
    Column("created_real", Moment, nullable=False, server_default=text("now()")),
    Column("used_real", Moment),
    Column("revoked_real", Moment),
    Column("scopes", ARRAY(Text), nullable=False, comment="of core.rights.TOKEN_SCOPES"),
    Column("unit_id", BigInteger, ForeignKey("units.id"), comment="the area"),
    Column("expires_real", Moment),
    Column("used_from", Text, comment="the address of the last use, masked"),
    Column("refusal_told_real", Moment, comment="when the journal last told of refusals"),
    CheckConstraint("unit_id is not null or revoked_real is not null", name="unit"),
)

rate_refusals = Table(
    "rate_refusals",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False, comment="token or session"),
    Column("subject_id", BigInteger, nullable=False, comment="of the token or the account"),
    Column("lane", Text, nullable=False, comment="intake, write or read"),
    Column("minute_real", Moment, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("told", Integer, nullable=False, server_default="0", comment="told by the journal"),
    CheckConstraint("kind in ('token', 'session')", name="kind"),
    Index("uq_rate_refusals_subject", "kind", "subject_id", "lane", "minute_real", unique=True),
    Index("ix_rate_refusals_minute_real", "minute_real"),
)
