"""Accounts, sessions and what slows guessing down. No viewer's read touches these tables."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from database.tables import Moment, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False, comment="case-folded"),
    Column("name", Text, nullable=False),
    Column("person_id", BigInteger, ForeignKey("people.id")),
    Column("unit_id", BigInteger, ForeignKey("units.id"), nullable=False, comment="the area"),
    Column("roles", ARRAY(Text), nullable=False, comment="of core.rights.Access"),
    Column("password_hash", Text, nullable=False, comment="Argon2id"),
    Column("password_set_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("must_change", Boolean, nullable=False, comment="the password is one to sign in once"),
    Column("totp_secret", LargeBinary, comment="sealed with AES-256-GCM"),
    Column("totp_since_real", Moment, comment="null until a first code has proved it"),
    Column("totp_last_step", BigInteger, comment="the time-step last used: none is used twice"),
    Column("created_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("disabled_real", Moment),
    CheckConstraint("cardinality(roles) > 0", name="roles"),
    CheckConstraint("cardinality(roles) = 1 OR NOT 'administrator' = ANY(roles)", name="duties"),
    UniqueConstraint("login"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, comment="SHA-256 of the cookie's value"),
    Column("factor", Text, comment="the second factor that was given: totp, recovery, demo"),
    Column("device", Text, nullable=False, comment="in words, such as Chrome · Windows"),
    Column("address", Text, nullable=False, comment="masked"),
    Column("created_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("seen_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("ended_real", Moment),
    Column("ended_why", Text),
    CheckConstraint("factor in ('totp','recovery','demo')", name="factor"),
    CheckConstraint("(ended_real IS NULL) = (ended_why IS NULL)", name="ended"),
    UniqueConstraint("token_hash"),
    Index("ix_sessions_account_id_open", "account_id", postgresql_where=text("ended_real IS NULL")),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("code_hash", LargeBinary, nullable=False, comment="keyed; 80 random bits need no salt"),
    Column("used_real", Moment),
    UniqueConstraint("account_id", "code_hash"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="keyed hash: who failed, from where"),
    Column("failures", Integer, nullable=False),
    Column("last_real", Moment, nullable=False),
    Index("ix_sign_in_failures_last_real", "last_real"),
)
