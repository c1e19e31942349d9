"""Media cases (WP-19), what is done about them, the media list and its log (WP-31), feeds watched.

Words of people (headlines, findings, statements, journalists' names) are sealed by the vault;
`key_id` names a row of data_keys. What was done stays: acts, reaches and talks are only added to.
"""

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
from sqlalchemy.dialects.postgresql import JSONB

from database.tables import Moment, metadata


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(f"{table}.id"), nullable=nullable)


def _key() -> Column[int]:
    return Column("key_id", BigInteger, nullable=False, comment="of data_keys")


def _sealed(what: str, *, nullable: bool = True) -> Column[bytes]:
    return Column("sealed", LargeBinary, nullable=nullable, comment=what)


def _by(prefix: str, *, nullable: bool = False) -> list[Column[str]]:
    """Who did it: name and role as shown, the journal's actor."""
    return [
        Column(f"{prefix}_by", Text, nullable=nullable),
        Column(f"{prefix}_role", Text),
        Column(f"{prefix}_actor", Text, nullable=nullable),
    ]


media_feeds = Table(
    "media_feeds",
    metadata,
    _id(),
    _ref("unit_id", "units"),
    Column("name", Text, nullable=False, comment="the outlet, as its cases will say"),
    Column("url", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("scope", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("every_minutes", Integer, nullable=False, server_default="10"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("next_real", Moment, nullable=False, server_default=text("now()")),
    Column("looked_at", Moment, comment="the last look, whatever came of it"),
    Column("good_at", Moment, comment="the last look that could be read"),
    Column("failing_since", Moment),
    Column("fault", Text, comment="why the last look failed, a code"),
    Column("entries", Integer, comment="in the last good look"),
    CheckConstraint("every_minutes between 1 and 1440", name="every"),
    CheckConstraint("scope in ('regional', 'national')", name="scope"),
    CheckConstraint("(failing_since is null) = (fault is null)", name="failing"),
    UniqueConstraint("unit_id", "url"),
)

media_cases = Table(
    "media_cases",
    metadata,
    _id(),
    _ref("unit_id", "units"),
    _key(),
    _sealed("headline"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("scope", Text, nullable=False),
    Column("origin", Text, nullable=False, comment="hand or watch"),
    Column("aware_at", Moment, nullable=False),
    *_by("found"),
    Column("verdict", Text, comment="what the latest finding says"),
    Column("checked_at", Moment, comment="when it was first checked since it was (re)opened"),
    Column("outcome", Text),
    Column("settled_at", Moment),
    Column("reopened", Integer, nullable=False, server_default="0"),
    Column("joined_id", BigInteger, ForeignKey("media_cases.id"), comment="the same story's case"),
    _ref("incident_id", "incidents", nullable=True),
    Column("spokesperson", Text),
    CheckConstraint("state in ('open', 'settled')", name="state"),
    CheckConstraint("scope in ('regional', 'national')", name="scope"),
    CheckConstraint("origin in ('hand', 'watch')", name="origin"),
    CheckConstraint("verdict in ('wrong', 'partly', 'right', 'not_ours')", name="verdict"),
    CheckConstraint(
        "(state = 'settled') = (outcome is not null) and (outcome is null) = (settled_at is null)",
        name="settled",
    ),
    Index("ix_media_cases_unit_id", "unit_id"),
    Index("ix_media_cases_open", "aware_at", postgresql_where=text("state = 'open'")),
    Index(
        "ix_media_cases_incident_id",
        "incident_id",
        postgresql_where=text("incident_id is not null"),
    ),
)

media_sightings = Table(
    "media_sightings",
    metadata,
    _id(),
    _ref("case_id", "media_cases"),
    Column("outlet", Text, nullable=False),
    Column("link_digest", LargeBinary, unique=True, comment="keyed; null where there is no link"),
    _key(),
    _sealed("link, headline, excerpt"),
    Column("published_at", Moment),
    Column("seen_at", Moment, nullable=False),
    *_by("found"),
    _ref("feed_id", "media_feeds", nullable=True),
    Index("ix_media_sightings_case_id", "case_id"),
)

media_reaches = Table(
    "media_reaches",
    metadata,
    _id(),
    _ref("sighting_id", "media_sightings"),
    Column("reach", BigInteger, comment="readers, plays or the print run; null where unknown"),
    Column("word", Text, nullable=False),
    Column("at", Moment, nullable=False),
    *_by("noted"),
    CheckConstraint("reach >= 0", name="reach"),
    CheckConstraint("word in ('small', 'regional', 'national', 'viral')", name="word"),
    Index("ix_media_reaches_sighting_id", "sighting_id"),
)

media_files = Table(
    "media_files",
    metadata,
    _id(),
    _ref("case_id", "media_cases"),
    _ref("sighting_id", "media_sightings", nullable=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    _key(),
    _sealed("its content", nullable=False),
    *_by("added"),
    Column("added_at", Moment, nullable=False),
    Index("ix_media_files_case_id", "case_id"),
)

media_acts = Table(
    "media_acts",
    metadata,
    _id(),
    _ref("case_id", "media_cases"),
    Column("act", Text, nullable=False),
    Column("at", Moment, nullable=False, comment="when it was done"),
    Column("noted_at", Moment, nullable=False),
    *_by("done"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    _key(),
    _sealed("what was said"),
    _ref("file_id", "media_files", nullable=True),
    Index("ix_media_acts_case_id", "case_id"),
)

media_statements = Table(
    "media_statements",
    metadata,
    _id(),
    _ref("case_id", "media_cases"),
    Column("kind", Text, nullable=False, comment="statement or holding"),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    _key(),
    _sealed("text", nullable=False),
    *_by("drafted"),
    Column("drafted_ident", Text, nullable=False, comment="the person, whatever seat they act in"),
    Column("drafted_at", Moment, nullable=False),
    *_by("approved", nullable=True),
    Column("approved_ident", Text),
    Column("approved_at", Moment),
    *_by("issued", nullable=True),
    Column("issued_at", Moment),
    Column("issued_via", Text),
    CheckConstraint("kind in ('statement', 'holding')", name="kind"),
    CheckConstraint(
        "state in ('draft', 'returned', 'approved', 'issued', 'superseded')", name="state"
    ),
    CheckConstraint(
        "state not in ('approved', 'issued')"
        " or (approved_at is not null and approved_ident <> drafted_ident)",
        name="approved",
    ),
    CheckConstraint("(state = 'issued') = (issued_at is not null)", name="issued"),
    UniqueConstraint("case_id", "kind", "version"),
)

media_complaints = Table(
    "media_complaints",
    metadata,
    _id(),
    _ref("case_id", "media_cases"),
    _ref("complaint_id", "complaints"),
    Column("linked_at", Moment, nullable=False),
    *_by("linked"),
    Column("ended_at", Moment, comment="it was linked by mistake"),
    Index(
        "uq_media_complaints_open",
        "case_id",
        "complaint_id",
        unique=True,
        postgresql_where=text("ended_at is null"),
    ),
    Index("ix_media_complaints_complaint_id", "complaint_id"),
)

media_events = Table(
    "media_events",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), primary_key=True),
    _ref("case_id", "media_cases"),
    Index("ix_media_events_case_id", "case_id"),
)

media_contacts = Table(
    "media_contacts",
    metadata,
    _id(),
    _ref("unit_id", "units"),
    Column("outlet", Text, nullable=False),
    _key(),
    _sealed("name, phone, email, beat"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_media_contacts_unit_id", "unit_id"),
)

media_talks = Table(
    "media_talks",
    metadata,
    _id(),
    _ref("case_id", "media_cases", nullable=True),
    _ref("contact_id", "media_contacts", nullable=True),
    _ref("unit_id", "units"),
    Column("outlet", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("at", Moment, nullable=False),
    _key(),
    _sealed("journalist, said"),
    Column("noted_at", Moment, nullable=False),
    *_by("noted"),
    CheckConstraint("case_id is not null or contact_id is not null", name="about"),
    Index("ix_media_talks_case_id", "case_id"),
    Index("ix_media_talks_contact_id", "contact_id"),
)
