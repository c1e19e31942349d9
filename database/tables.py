"""The whole schema in one place (SQLAlchemy Core). Rows do not leave a store as ORM objects.

Column comments give unit and meaning where the name alone does not. Times ending in `_at` are
business time unless the name says `real`; leases and health are real time.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Moment = DateTime(timezone=True)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that reflection, and with it the migration check, knows it


def _big_id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(target), nullable=nullable)


# --- clock -------------------------------------------------------------------------------

business_clock = Table(
    "business_clock",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("real_anchor", Moment, nullable=False),
    Column("business_anchor", Moment, nullable=False),
    Column("rate", Float, nullable=False, comment="business seconds per real second"),
    Column("drill", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("id", name="one_row"),
    CheckConstraint("rate >= 0", name="rate"),
)

# --- contacts ----------------------------------------------------------------------------

units = Table(
    "units",
    metadata,
    _big_id(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("pinyin", Text, nullable=False, server_default=""),
    Column("level", Text, nullable=False),
    _ref("parent_id", "units.id"),
    Column(
        "path",
        Text,
        nullable=False,
        comment="/1/5/9/ of ids from the top down; an area is a prefix",
    ),
    Column("city", Text),
    Column("province", Text),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("regulator", Text, comment="the local regulator's office, WP-13"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("level in ('head_office','branch','sub_branch','outlet')", name="level"),
    Index("ix_units_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
)

unit_tree_version = Table(
    "unit_tree_version",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    _big_id(),
    Column("name", Text, nullable=False),
    Column("pinyin", Text, nullable=False, server_default=""),
    _ref("unit_id", "units.id", nullable=False),
    Column("post", Text, comment="行政职务"),
    Column("office_phone", Text),
    Column("mobile", Text),
    Column("email", Text),
    Column("remark", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("unit_id", "name", "mobile", postgresql_nulls_not_distinct=True),
)

team_members = Table(
    "team_members",
    metadata,
    _big_id(),
    _ref("unit_id", "units.id", nullable=False),
    Column("role", Text, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    Column(
        "rank", SmallInteger, nullable=False, server_default="1", comment="1 first, then deputies"
    ),
    UniqueConstraint("unit_id", "role", "person_id"),
)

shifts = Table(
    "shifts",
    metadata,
    _big_id(),
    _ref("unit_id", "units.id", nullable=False),
    Column("role", Text, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("note", Text),
    CheckConstraint("ends_at > starts_at", name="order"),
    Index("ix_shifts_unit_id_role_ends_at", "unit_id", "role", "ends_at"),
)

absences = Table(
    "absences",
    metadata,
    _big_id(),
    _ref("person_id", "people.id", nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Text),
    CheckConstraint("ends_at > starts_at", name="order"),
)

blocked_phones = Table(
    "blocked_phones",
    metadata,
    Column("phone", Text, primary_key=True),
    Column("reason", Text, nullable=False, comment="the provider's refusal, such as 21610"),
    Column("since", Moment, nullable=False, server_default=text("now()")),
)

# --- complaints --------------------------------------------------------------------------

clients = Table(
    "clients",
    metadata,
    _big_id(),
    Column("document", LargeBinary, comment="blind index of the document number"),
    Column("names", ARRAY(LargeBinary), nullable=False, comment="blind indexes of names"),
    Column("identified", Boolean, nullable=False),
    _ref("merged_into", "clients.id"),
    Column("key_id", BigInteger, comment="of data_keys: what its parties' data is sealed under"),
    Column(
        "index_version",
        SmallInteger,
        nullable=False,
        server_default="1",
        comment="key version of its blind indexes",
    ),
    Column("erased_at", Moment, comment="when its key was destroyed"),
)

client_identifiers = Table(
    "client_identifiers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", LargeBinary, primary_key=True, comment="blind index"),
    Column("client_id", BigInteger, ForeignKey("clients.id"), primary_key=True),
    Column("version", SmallInteger, nullable=False, server_default="1"),
    CheckConstraint("kind in ('document','phone','account')", name="kind"),
    Index("ix_client_identifiers_client_id", "client_id"),
)

incidents = Table(
    "incidents",
    metadata,
    _big_id(),
    Column("code", Text, nullable=False, comment="what a reply must quote"),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("origin", Text, nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("product", Text),
    _ref("parent_id", "incidents.id"),
    _ref("previous_id", "incidents.id"),
    Column("clients", Integer, nullable=False, server_default="0"),
    Column("unidentified", Integer, nullable=False, server_default="0"),
    Column("headcount", Integer, nullable=False, server_default="0"),
    Column("onlookers", Integer, nullable=False, server_default="0"),
    Column("media_exposed", Boolean, nullable=False, server_default=text("false")),
    Column("safety_threat", Boolean, nullable=False, server_default=text("false")),
    Column("note", Text),
    Column("opened_at", Moment, nullable=False),
    Column("window_start", Moment, nullable=False, comment="first moment counted in it"),
    Column("closed_at", Moment),
    Column("close_reason", Text),
    Column("plan", Text, nullable=False),
    Column("plan_version", Text, nullable=False),
    Column("stood_down_at", Moment),
    CheckConstraint("state in ('open','stood_down','closed')", name="state"),
    CheckConstraint("severity in ('incident','large')", name="severity"),
    Index("uq_incidents_open_code", "code", unique=True, postgresql_where=text("state = 'open'")),
    Index("ix_incidents_state_opened_at", "state", "opened_at"),
    Index("ix_incidents_parent_id", "parent_id"),
)

complaints = Table(
    "complaints",
    metadata,
    _big_id(),
    Column("source", Text, nullable=False),
    Column("source_ref", Text, nullable=False),
    Column("body_digest", LargeBinary, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("channel", Text, nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    _ref("received_unit_id", "units.id"),
    _ref("home_unit_id", "units.id"),
    Column("product", Text),
    Column("subject", Text, comment="before 0011; nothing is kept in the clear any more"),
    Column("summary", Text),
    Column("demand", Text),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="subject, summary, demand"),
    Column("disposed_at", Moment, comment="when somebody decided that it is kept no longer"),
    Column("amount", Numeric(18, 2)),
    Column("face_to_face", Boolean, nullable=False, server_default=text("false")),
    Column("flags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("history", Boolean, nullable=False, server_default=text("false")),
    Column("status", Text, nullable=False, server_default="open"),
    _ref("incident_id", "incidents.id"),
    UniqueConstraint("source", "source_ref"),
    Index(
        "ix_complaints_incident_id", "incident_id", postgresql_where=text("incident_id is not null")
    ),
    Index("ix_complaints_entered_at", "entered_at"),
    Index("ix_complaints_unit_id_entered_at", "unit_id", "entered_at"),
    Index("ix_complaints_home", "home_unit_id", postgresql_where=text("home_unit_id is not null")),
    Index("ix_complaints_media", "received_at", postgresql_where=text("channel = 'media'")),
    Index(
        "ix_complaints_clear",
        "id",
        postgresql_where=text("subject is not null or summary is not null or demand is not null"),
    ),
)

complaint_parties = Table(
    "complaint_parties",
    metadata,
    Column("complaint_id", BigInteger, ForeignKey("complaints.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("role", Text, nullable=False),
    _ref("client_id", "clients.id"),
    Column("name", Text, comment="before 0011; nothing is kept in the clear any more"),
    Column("phone", Text),
    Column("id_number", Text),
    Column("account", Text),
    Column("address", Text),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="name, phone, id_number, account, address"),
    CheckConstraint("role in ('principal','proxy')", name="role"),
    Index("ix_complaint_parties_client_id", "client_id"),
    Index(
        "ix_complaint_parties_clear",
        "complaint_id",
        postgresql_where=text(
            "name is not null or phone is not null or id_number is not null"
            " or account is not null or address is not null"
        ),
    ),
)

key_events = Table(
    "key_events",
    metadata,
    Column("key", Text, primary_key=True),
    Column("client_id", BigInteger, primary_key=True),
    Column("complaint_id", BigInteger, primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("spent", Boolean, nullable=False, server_default=text("false")),
    Index("ix_key_events_window", "key", "received_at", postgresql_where=text("not spent")),
    Index("ix_key_events_complaint_id", "complaint_id"),
)

key_states = Table(
    "key_states",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    _ref("unit_id", "units.id"),
    Column("product", Text),
    Column("clients", Integer, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("state", Text, nullable=False),
    _ref("incident_id", "incidents.id"),
    Column("since", Moment, nullable=False, comment="when it entered this state"),
    Column("refresh_at", Moment, comment="when the count falls below the watch line by itself"),
    Column("headcount", Integer, nullable=False, server_default="0"),
    Column("headcount_at", Moment, comment="when the gathering was reported"),
    CheckConstraint("state in ('quiet','watch','incident','large')", name="state"),
    Index("ix_key_states_watch", "refresh_at", postgresql_where=text("state = 'watch'")),
    Index(
        "ix_key_states_incident_id", "incident_id", postgresql_where=text("incident_id is not null")
    ),
)

incident_keys = Table(
    "incident_keys",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fired_at", Moment, nullable=False),
    Column("clients", Integer, nullable=False, comment="count when it fired"),
    Column("reason", JSONB, nullable=False, comment="who counted when it fired"),
    Column("open", Boolean, nullable=False, server_default=text("true")),
    Index("uq_incident_keys_open_key", "key", unique=True, postgresql_where=text("open")),
)

incident_clients = Table(
    "incident_clients",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("client_id", BigInteger, ForeignKey("clients.id"), primary_key=True),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id"), nullable=False),
    Column("counted_at", Moment, nullable=False),
    Index("ix_incident_clients_client_id", "client_id"),
)

#: Where an incident's people are: written by triggers, read by the policies of 0009.
incident_places = Table(
    "incident_places",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("unit_id", BigInteger, ForeignKey("units.id"), primary_key=True),
    Index("ix_incident_places_unit_id", "unit_id"),
)

gatherings = Table(
    "gatherings",
    metadata,
    _big_id(),
    _ref("unit_id", "units.id", nullable=False),
    Column("complainants", Integer, nullable=False),
    Column("onlookers", Integer, nullable=False, server_default="0"),
    Column("since", Moment, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("note", Text),
    Column("reported_at", Moment, nullable=False),
    _ref("incident_id", "incidents.id"),
    CheckConstraint("complainants >= 0 and onlookers >= 0", name="heads"),
    Index("ix_gatherings_unit_id_reported_at", "unit_id", "reported_at"),
)

# --- telling -----------------------------------------------------------------------------

messages = Table(
    "messages",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id"),
    _ref("complaint_id", "complaints.id"),
    _ref("person_id", "people.id"),
    Column("to_role", Text, nullable=False),
    _ref("unit_id", "units.id"),
    Column("phone", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("step", SmallInteger, comment="the ladder's step, where one sent it"),
    Column("text", Text, nullable=False),
    Column("code", Text),
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="why withheld or failed"),
    Column("created_at", Moment, nullable=False),
    Column("created_real_at", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("not_before_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("claimed_until_real", Moment),
    Column("claimed_by", Text),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("gateway", Text),
    Column("avoid_gateway", Text, comment="a gateway that took it and could not deliver it"),
    Column("provider_id", Text),
    Column("error_code", Text),
    Column("possible_duplicate", Boolean, nullable=False, server_default=text("false")),
    Column("sent_at", Moment),
    Column("sent_real_at", Moment),
    Column("delivered_at", Moment),
    Column(
        "merged_into",
        BigInteger,
        ForeignKey("messages.id"),
        comment="the one text that said it instead",
    ),
    Index(
        "ix_messages_merged_into",
        "merged_into",
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    CheckConstraint(
        "state in ('queued','sending','unknown','accepted','delivered','failed',"
        "'withheld','cancelled')",
        name="state",
    ),
    Index(
        "ix_messages_todo",
        "not_before_real",
        postgresql_where=text("state in ('queued','sending','unknown')"),
    ),
    Index("ix_messages_failed", "id", postgresql_where=text("state = 'failed'")),
    Index("ix_messages_incident_id", "incident_id"),
    Index(
        "ix_messages_complaint_id",
        "complaint_id",
        postgresql_where=text("complaint_id is not null"),
    ),
    Index("ix_messages_phone_created_at", "phone", "created_at"),
    Index("ix_messages_gateway_provider_id", "gateway", "provider_id"),
)

digest_items = Table(
    "digest_items",
    metadata,
    _big_id(),
    _ref("person_id", "people.id", nullable=False),
    Column("phone", Text, nullable=False),
    Column("to_role", Text, nullable=False),
    _ref("complaint_id", "complaints.id", nullable=False),
    Column("due_at", Moment, nullable=False),
    _ref("message_id", "messages.id"),
    Index("ix_digest_items_due", "due_at", postgresql_where=text("message_id is null")),
    Index("ix_digest_items_complaint_id", "complaint_id"),
)

inbound_messages = Table(
    "inbound_messages",
    metadata,
    _big_id(),
    Column("gateway", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("raw", JSONB, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("outcome", Text, comment="null until read"),
    _ref("incident_id", "incidents.id"),
    UniqueConstraint("gateway", "provider_id"),
    Index("ix_inbound_messages_unread", "id", postgresql_where=text("outcome is null")),
    Index("ix_inbound_messages_phone_received_at", "phone", "received_at"),
)

receipts = Table(
    "receipts",
    metadata,
    _big_id(),
    Column("gateway", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error_code", Text),
    Column("raw", JSONB, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("applied", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("gateway", "provider_id", "status"),
    Index("ix_receipts_unapplied", "id", postgresql_where=text("not applied")),
)

gateway_health = Table(
    "gateway_health",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("ok", Boolean, nullable=False),
    Column("since_real", Moment, nullable=False),
    Column("checked_real", Moment, nullable=False),
    Column("error", Text),
)

sandbox_messages = Table(
    "sandbox_messages",
    metadata,
    _big_id(),
    Column("phone", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text, nullable=False),
    CheckConstraint("direction in ('out','in')", name="direction"),
    Index("ix_sandbox_messages_phone_id", "phone", "id"),
    Index("ix_sandbox_messages_reference", "reference"),
)

# --- escalation --------------------------------------------------------------------------

ladders = Table(
    "ladders",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("steps", JSONB, nullable=False, comment="the plan's steps as they stood at birth"),
    Column("next_step", SmallInteger, nullable=False),
    Column("due_at", Moment),
    Column("state", Text, nullable=False),
    Column("page_at", Moment, comment="when head office is paged if nobody there acknowledged"),
    Column("paged_at", Moment),
    Column(
        "turn",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="which role of an in-turn step is next",
    ),
    Column(
        "round",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="how often it was set going again",
    ),
    Column(
        "repeats", SmallInteger, nullable=False, server_default="0", comment="quiet repeats so far"
    ),
    Column("repeat_at", Moment, comment="when the next quiet repeat is due"),
    Column("why", Text, comment="why it is exhausted"),
    CheckConstraint("state in ('running','stopped','exhausted')", name="state"),
    Index("ix_ladders_repeat", "repeat_at", postgresql_where=text("state = 'exhausted'")),
    Index("ix_ladders_page", "page_at", postgresql_where=text("paged_at is null")),
    Index("ix_ladders_due", "due_at", postgresql_where=text("state = 'running'")),
)

ladder_steps = Table(
    "ladder_steps",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column(
        "round",
        SmallInteger,
        primary_key=True,
        server_default="0",
        comment="the ladder's round",
    ),
    Column("step", SmallInteger, primary_key=True),
    Column(
        "turn",
        SmallInteger,
        primary_key=True,
        server_default="0",
        comment="which role of an in-turn step",
    ),
    Column("due_at", Moment, nullable=False),
    Column("done_at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    CheckConstraint("outcome in ('told','skipped')", name="outcome"),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    _ref("person_id", "people.id"),
    Column("by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("head_office", Boolean, nullable=False),
    Column("via", Text, nullable=False),
    Column("grade", Text, nullable=False, comment="how strong the evidence is"),
    Column("entered_by", Text),
    Column("note", Text),
    Column("at", Moment, nullable=False),
    Column(
        "unit_id",
        BigInteger,
        ForeignKey("units.id"),
        comment="where the role was held by a shift",
    ),
    Column("shift_ends_at", Moment, comment="when that shift ends"),
    Column("handed_at", Moment, comment="since when it counts no longer"),
    CheckConstraint("via in ('sms','web','desk','api')", name="via"),
    Index(
        "uq_acknowledgements_person",
        "incident_id",
        "person_id",
        unique=True,
        postgresql_where=text("person_id IS NOT NULL AND handed_at IS NULL"),
    ),
    Index(
        "ix_acknowledgements_shift_ends_at",
        "shift_ends_at",
        postgresql_where=text("handed_at IS NULL"),
    ),
    Index(
        "uq_acknowledgements_by",
        "incident_id",
        "by",
        "role",
        unique=True,
        postgresql_where=text("person_id IS NULL"),
    ),
)

events = Table(
    "events",
    metadata,
    _big_id(),
    Column("event", Text, nullable=False),
    Column("birth", Text, nullable=False, unique=True, comment="the same thing twice is once"),
    _ref("incident_id", "incidents.id"),
    _ref("complaint_id", "complaints.id"),
    _ref("unit_id", "units.id", nullable=False),
    Column("occurred_at", Moment, comment="when it happened, where that is known"),
    Column("aware_at", Moment, nullable=False, comment="when the unit learned of it"),
    Column("recorded_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("note", Text),
    Index("ix_events_incident_id", "incident_id", postgresql_where=text("incident_id is not null")),
    Index(
        "ix_events_complaint_id", "complaint_id", postgresql_where=text("complaint_id is not null")
    ),
)

duties = Table(
    "duties",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id"),
    Column("clause", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("role", Text, nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("fulfilled_by", ARRAY(Text), nullable=False, comment="any of these kinds of evidence"),
    Column("workings", JSONB, nullable=False, comment="how the due time was worked out"),
    Column("plan_version", Text, nullable=False),
    Column("warn_at", Moment, comment="the first reminder"),
    Column("warned_at", Moment),
    Column("due_at", Moment, nullable=False),
    Column("breached_at", Moment),
    Column("state", Text, nullable=False, server_default="open"),
    Column("ended_at", Moment),
    Column("evidence", JSONB),
    _ref("complaint_id", "complaints.id"),
    _ref("event_id", "events.id"),
    _ref("person_id", "people.id"),
    Column("birth", Text, nullable=False, unique=True, comment="the same duty twice is once"),
    Column("event", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("rule", JSONB, nullable=False, comment="the clause as it stood"),
    Column("runs_from", Moment, nullable=False, comment="where its clock began"),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("calls", JSONB, nullable=False, server_default="[]", comment="what is told, and when"),
    Column("next_at", Moment, comment="when the next call is due"),
    Column("extensions", SmallInteger, nullable=False, server_default="0"),
    Column("waived_by", Text),
    Column("waive_reason", Text),
    CheckConstraint("state in ('open','fulfilled','waived')", name="state"),
    Index("ix_duties_due", "due_at", postgresql_where=text("state = 'open'")),
    Index(
        "ix_duties_next",
        "next_at",
        postgresql_where=text("state = 'open' and next_at is not null"),
    ),
    Index("ix_duties_unit_id_due_at", "unit_id", "due_at", postgresql_where=text("state = 'open'")),
    Index(
        "ix_duties_unit_id_ended_at",
        "unit_id",
        "ended_at",
        postgresql_where=text("state <> 'open'"),
    ),
    Index(
        "ix_duties_branch_told",
        "complaint_id",
        postgresql_where=text("state = 'open' and fulfilled_by @> '{branch_told}'"),
    ),
    Index("ix_duties_incident_id", "incident_id", postgresql_where=text("incident_id is not null")),
    Index(
        "ix_duties_complaint_id", "complaint_id", postgresql_where=text("complaint_id is not null")
    ),
)

duty_notices = Table(
    "duty_notices",
    metadata,
    _big_id(),
    _ref("duty_id", "duties.id", nullable=False),
    Column("kind", Text, nullable=False),
    Column("step", SmallInteger, nullable=False, comment="which of the duty's calls"),
    _ref("person_id", "people.id", nullable=False),
    Column("phone", Text, nullable=False),
    Column("to_role", Text, nullable=False),
    _ref("unit_id", "units.id"),
    Column("called_at", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    _ref("message_id", "messages.id"),
    CheckConstraint("kind in ('reminder','breach','step')", name="kind"),
    CheckConstraint("state in ('pending','told','dropped')", name="state"),
    UniqueConstraint("duty_id", "step", "person_id", "called_at"),
    Index("ix_duty_notices_pending", "person_id", postgresql_where=text("state = 'pending'")),
)

standing_periods = Table(
    "standing_periods",
    metadata,
    Column("clause", Text, primary_key=True),
    Column("unit_id", BigInteger, ForeignKey("units.id"), primary_key=True),
    Column("seen", Date, nullable=False, comment="the last day looked at"),
)

# --- reception, calls, reviews -----------------------------------------------------------

reception_sheets = Table(
    "reception_sheets",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("separate_room", Text, comment="the room away from the counters, BO-05"),
    Column("guide", Text, comment="who leads onlookers away"),
    Column("complete_at", Moment, comment="since when everybody on site is received"),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("incident_id", "unit_id", name="uq_reception_sheets_incident_id_unit_id"),
)

reception_rows = Table(
    "reception_rows",
    metadata,
    _big_id(),
    _ref("sheet_id", "reception_sheets.id", nullable=False),
    Column("number", Integer, nullable=False),
    Column("batch", Text, nullable=False, comment="of the tap that added it"),
    _ref("complaint_id", "complaints.id"),
    _ref("client_id", "clients.id"),
    Column("receiver", Text),
    Column("room", Text),
    Column("representative", Boolean, nullable=False, server_default=text("false")),
    Column("arrived_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("outcome", Text),
    Column("removed", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("sheet_id", "number", name="uq_reception_rows_sheet_id_number"),
    Index(
        "uq_reception_rows_client",
        "sheet_id",
        "client_id",
        unique=True,
        postgresql_where=text("client_id is not null and left_at is null and not removed"),
    ),
)

onlooker_counts = Table(
    "onlooker_counts",
    metadata,
    _big_id(),
    _ref("sheet_id", "reception_sheets.id", nullable=False),
    Column("onlookers", Integer, nullable=False),
    Column("counted_by", Text, nullable=False),
    Column("counted_at", Moment, nullable=False),
    CheckConstraint("onlookers >= 0", name="onlookers"),
    Index("ix_onlooker_counts_sheet_id", "sheet_id"),
)

call_results = Table(
    "call_results",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    Column("role", Text, nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("note", Text),
    Index("ix_call_results_incident_id", "incident_id"),
)

review_lessons = Table(
    "review_lessons",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_role", Text, nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_review_lessons_incident_id", "incident_id"),
)

reviews = Table(
    "reviews",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("stood_down_at", Moment, nullable=False, comment="the end that it reviews"),
    Column("signed_by", Text, nullable=False),
    Column("signed_role", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("content", JSONB, nullable=False, comment="as it was signed"),
    UniqueConstraint("incident_id", "stood_down_at", name="uq_reviews_incident_id_stood_down_at"),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
)

engine_heartbeats = Table(
    "engine_heartbeats",
    metadata,
    Column("engine", Text, primary_key=True),
    Column("started_real", Moment, nullable=False),
    Column("ticked_real", Moment, nullable=False),
    Column("error", Text),
    Column("error_real", Moment),
)

# --- reports -----------------------------------------------------------------------------

evidence_files = Table(
    "evidence_files",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id"),
    _ref("duty_id", "duties.id"),
    _ref("complaint_id", "complaints.id"),
    Column("act_id", BigInteger, ForeignKey("ticket_acts.id"), comment="what it is evidence of"),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("content", LargeBinary, comment="before 0011"),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="its content"),
    Column("added_by", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    CheckConstraint("content is null or sealed is null", name="kept"),
    CheckConstraint("coalesce(incident_id, duty_id, complaint_id) is not null", name="subject"),
    Index(
        "ix_evidence_files_complaint_id",
        "complaint_id",
        postgresql_where=text("complaint_id IS NOT NULL"),
    ),
    Index("ix_evidence_files_incident_id", "incident_id"),
    Index("ix_evidence_files_duty_id", "duty_id"),
    Index("ix_evidence_files_clear", "id", postgresql_where=text("content is not null")),
)

reports = Table(
    "reports",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("kind", Text, nullable=False),
    Column("addressee", Text, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("fields", JSONB, nullable=False),
    _ref("base_id", "reports.id"),
    _ref("duty_id", "duties.id"),
    Column("year", SmallInteger),
    Column("number", Integer),
    Column("number_text", Text),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("signed_at", Moment),
    Column("signed_by", Text),
    Column("signer", Text),
    Column("signer_role", Text),
    Column("paper", JSONB),
    Column("paper_sha256", LargeBinary),
    Column("discarded_at", Moment),
    Column("discard_reason", Text),
    UniqueConstraint(
        "unit_id", "addressee", "year", "number", name="uq_reports_unit_id_addressee_year_number"
    ),
    CheckConstraint("kind in ('first','follow_up','final')", name="kind"),
    CheckConstraint("addressee in ('head_office','regulator')", name="addressee"),
    CheckConstraint("state in ('draft','signed','sent','received','discarded')", name="state"),
    CheckConstraint(
        "(paper IS NOT NULL) = (number IS NOT NULL)"
        " AND (paper IS NOT NULL) = (signed_at IS NOT NULL) AND (state = 'discarded'"
        " OR (state = 'draft') = (paper IS NULL))",
        name="signed",
    ),
    Index(
        "uq_reports_draft",
        "incident_id",
        "addressee",
        "unit_id",
        unique=True,
        postgresql_where=text("state = 'draft'"),
    ),
    Index(
        "uq_reports_first",
        "incident_id",
        "addressee",
        "unit_id",
        unique=True,
        postgresql_where=text("kind = 'first' and state <> 'discarded'"),
    ),
    Index("ix_reports_incident_id", "incident_id"),
)

report_numbers = Table(
    "report_numbers",
    metadata,
    Column("unit_id", BigInteger, ForeignKey("units.id"), primary_key=True),
    Column("addressee", Text, primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

report_figures = Table(
    "report_figures",
    metadata,
    Column("report_id", BigInteger, ForeignKey("reports.id"), primary_key=True),
    Column("version", SmallInteger, primary_key=True, autoincrement=False),
    Column("as_of", Moment, nullable=False),
    Column(
        "revision", BigInteger, nullable=False, comment="the last journal entry that they rest on"
    ),
    Column("figures", JSONB, nullable=False),
    Column("frozen_by", Text, nullable=False),
)

report_times = Table(
    "report_times",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column(
        "report_id",
        BigInteger,
        ForeignKey("reports.id"),
        comment="null: a time of the incident itself",
    ),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    CheckConstraint("kind in ('occurred','aware','decided','sent','received')", name="kind"),
    CheckConstraint("(kind in ('occurred','aware')) = (report_id IS NULL)", name="whose"),
    Index("ix_report_times_incident_id", "incident_id"),
)

report_receipts = Table(
    "report_receipts",
    metadata,
    _big_id(),
    _ref("report_id", "reports.id", nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("number", Text),
    Column("via", Text, nullable=False),
    Column("note", Text),
    _ref("file_id", "evidence_files.id"),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    CheckConstraint("kind in ('phoned','sent','received')", name="kind"),
    CheckConstraint("via in ('phone','written','system')", name="via"),
    CheckConstraint("kind <> 'sent' OR number IS NOT NULL", name="number"),
    Index("ix_report_receipts_report_id", "report_id"),
    Index(
        "uq_report_receipts_once",
        "report_id",
        "kind",
        unique=True,
        postgresql_where=text("kind <> 'phoned'"),
    ),
)

report_exports = Table(
    "report_exports",
    metadata,
    Column("report_id", BigInteger, ForeignKey("reports.id"), primary_key=True),
    Column("format", Text, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    CheckConstraint("format in ('docx','pdf')", name="format"),
)

# --- incident command --------------------------------------------------------------------

incident_commands = Table(
    "incident_commands",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    _ref("person_id", "people.id"),
    Column("how", Text, nullable=False),
    Column("reason", Text, comment="why it was taken from somebody without hand-over"),
    Column("taken_at", Moment, nullable=False),
    Column("ended_at", Moment),
    CheckConstraint("how in ('taken','taken_over','handed_over')", name="how"),
    Index("ix_incident_commands_incident_id", "incident_id"),
    Index(
        "uq_incident_commands_now",
        "incident_id",
        unique=True,
        postgresql_where=text("ended_at is null"),
    ),
)

handovers = Table(
    "handovers",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    _ref("command_id", "incident_commands.id", nullable=False),
    Column("to_name", Text, comment="null: whoever holds the role"),
    Column("to_role", Text, nullable=False),
    Column("note", Text),
    Column("frozen", JSONB, nullable=False, comment="what was open when offered"),
    Column("offered_at", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default="offered"),
    Column("ended_at", Moment),
    Column("ended_by", Text),
    Column("ended_role", Text),
    Column("reason", Text),
    Column("taken", JSONB, comment="what was open, and read, when accepted"),
    CheckConstraint(
        "state in ('offered','accepted','declined','withdrawn','overtaken')", name="state"
    ),
    Index("ix_handovers_incident_id", "incident_id"),
    Index(
        "uq_handovers_offered",
        "incident_id",
        unique=True,
        postgresql_where=text("state = 'offered'"),
    ),
)

tasks = Table(
    "tasks",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("kind", Text, nullable=False, server_default="task"),
    Column("title", Text, nullable=False),
    Column("detail", Text),
    _ref("unit_id", "units.id", nullable=False),
    Column("role", Text, nullable=False),
    Column("person", Text, comment="named, where it is one person's"),
    _ref("person_id", "people.id"),
    Column("due_at", Moment, nullable=False),
    Column("assigned_by", Text, nullable=False),
    Column("assigned_role", Text, nullable=False),
    Column("assigned_at", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default="assigned"),
    Column("accepted_by", Text),
    Column("accepted_role", Text),
    Column("accepted_at", Moment),
    Column("done_by", Text),
    Column("done_role", Text),
    Column("done_at", Moment),
    Column("result", Text),
    Column("evidence", Text, comment="what proves a rectification, WP-27"),
    Column("checked_by", Text),
    Column("checked_role", Text),
    Column("checked_at", Moment),
    Column("check_note", Text),
    Column("cancelled_by", Text),
    Column("cancelled_role", Text),
    Column("cancelled_at", Moment),
    Column("cancel_reason", Text),
    CheckConstraint("kind in ('task','rectification')", name="kind"),
    CheckConstraint("state in ('assigned','accepted','done','checked','cancelled')", name="state"),
    CheckConstraint(
        "state <> 'checked' or (kind = 'rectification' and evidence is not null"
        " and checked_by <> done_by)",
        name="checked",
    ),
    Index("ix_tasks_incident_id", "incident_id"),
    Index("ix_tasks_open", "due_at", postgresql_where=text("state in ('assigned','accepted')")),
)

incident_notes = Table(
    "incident_notes",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("text", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_role", Text, nullable=False),
    Column("written_at", Moment, nullable=False),
    Index("ix_incident_notes_incident_id", "incident_id"),
)

security_calls = Table(
    "security_calls",
    metadata,
    _big_id(),
    _ref("incident_id", "incidents.id", nullable=False),
    Column("whom", Text, nullable=False),
    Column("called_by", Text, nullable=False),
    Column("called_role", Text, nullable=False),
    Column("called_at", Moment, nullable=False),
    Column("result", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    CheckConstraint("whom in ('110','security')", name="whom"),
    Index("ix_security_calls_incident_id", "incident_id"),
)

incident_regroupings = Table(
    "incident_regroupings",
    metadata,
    _big_id(),
    Column("kind", Text, nullable=False),
    Column(
        "incident_id",
        BigInteger,
        ForeignKey("incidents.id"),
        nullable=False,
        comment="what was put under the other, taken out of it or split off it",
    ),
    _ref("other_id", "incidents.id", nullable=False),
    Column("keys", ARRAY(Text), nullable=False, server_default="{}"),
    Column("reason", Text, nullable=False),
    Column("done_by", Text, nullable=False),
    Column("done_role", Text, nullable=False),
    Column("done_at", Moment, nullable=False),
    CheckConstraint("kind in ('merged','taken_out','split')", name="kind"),
    Index("ix_incident_regroupings_incident_id", "incident_id"),
    Index("ix_incident_regroupings_other_id", "other_id"),
)

# --- journal, tokens, imports ------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    _big_id(),
    Column("xid", Xid8(), nullable=False, server_default=text("pg_current_xact_id()")),
    Column("real_at", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="such as incident:12"),
    Column("incident_id", BigInteger),
    Column("unit_id", BigInteger),
    Column("reason", Text),
    Column("before", JSONB),
    Column("after", JSONB),
    Column("seal", BigInteger, comment="place in the sealed chain; null until sealed"),
    Column("seal_hash", LargeBinary),
    Index(
        "ix_journal_incident_id", "incident_id", postgresql_where=text("incident_id is not null")
    ),
    Index("ix_journal_unit_id_id", "unit_id", "id", postgresql_where=text("unit_id is not null")),
    Index("ix_journal_unsealed", "id", postgresql_where=text("seal is null")),
    Index("uq_journal_seal", "seal", unique=True),
    Index(
        "ix_journal_complaint_access",
        "subject",
        postgresql_where=text("verb in ('client_revealed', 'complaint_disposed')"),
    ),
    Index("ix_journal_exports", "id", postgresql_where=text("verb = 'complaints_exported'")),
)

import_runs = Table(
    "import_runs",
    metadata,
    _big_id(),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="of file and map"),
    Column("source", Text, nullable=False),
    Column("rows_done", Integer, nullable=False, server_default="0"),
    Column("rows_failed", Integer, nullable=False, server_default="0"),
    Column("finished", Boolean, nullable=False, server_default=text("false")),
    Column("updated_real", Moment, nullable=False, server_default=text("now()")),
)

# Each topic of its own beside this file shares `metadata`; imported last, for they import it.
from database import archive_tables as archive_tables  # noqa: E402
from database import hotline_tables as hotline_tables  # noqa: E402
from database import media_tables as media_tables  # noqa: E402
from database import regulator_tables as regulator_tables  # noqa: E402
from database import sign_in_tables as sign_in_tables  # noqa: E402
from database import statistics_tables as statistics_tables  # noqa: E402
from database import ticket_tables as ticket_tables  # noqa: E402
from database import token_tables as token_tables  # noqa: E402
from database import vault_tables as vault_tables  # noqa: E402
