"""first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from database.tables import Xid8

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sources", sa.ARRAY(sa.Text()), nullable=False, comment="sources it may write; * is any"
        ),
        sa.Column(
            "created_real",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("used_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_real", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("label", name=op.f("uq_api_tokens_label")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "blocked_phones",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="the provider's refusal, such as 21610"
        ),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_blocked_phones")),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("real_anchor", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_anchor", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False, comment="business seconds per real second"),
        sa.Column("drill", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("id", name=op.f("ck_business_clock_one_row")),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_business_clock_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "document",
            sa.LargeBinary(),
            nullable=True,
            comment="blind index of the document number",
        ),
        sa.Column(
            "names", sa.ARRAY(sa.LargeBinary()), nullable=False, comment="blind indexes of names"
        ),
        sa.Column("identified", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["clients.id"], name=op.f("fk_clients_merged_into")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "engine_heartbeats",
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("started_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticked_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_real", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("engine", name=op.f("pk_engine_heartbeats")),
    )
    op.create_table(
        "gateway_health",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("since_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateway_health")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="of file and map"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "updated_real",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sa.UniqueConstraint("digest", name=op.f("uq_import_runs_digest")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "real_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="such as incident:12"),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "seal",
            sa.BigInteger(),
            nullable=True,
            comment="place in the sealed chain; null until sealed",
        ),
        sa.Column("seal_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index(
        "ix_journal_incident_id",
        "journal",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("incident_id is not null"),
    )
    op.create_index(
        "ix_journal_unsealed",
        "journal",
        ["id"],
        unique=False,
        postgresql_where=sa.text("seal is null"),
    )
    op.create_index("uq_journal_seal", "journal", ["seal"], unique=True)
    op.create_table(
        "key_events",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key", "client_id", "complaint_id", name=op.f("pk_key_events")),
    )
    op.create_index("ix_key_events_complaint_id", "key_events", ["complaint_id"], unique=False)
    op.create_index(
        "ix_key_events_window",
        "key_events",
        ["key", "received_at"],
        unique=False,
        postgresql_where=sa.text("not spent"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint(
            "gateway", "provider_id", "status", name=op.f("uq_receipts_gateway_provider_id_status")
        ),
    )
    op.create_index(
        "ix_receipts_unapplied",
        "receipts",
        ["id"],
        unique=False,
        postgresql_where=sa.text("not applied"),
    )
    op.create_table(
        "sandbox_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("direction in ('out','in')", name=op.f("ck_sandbox_messages_direction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_messages")),
    )
    op.create_index(
        "ix_sandbox_messages_phone_id", "sandbox_messages", ["phone", "id"], unique=False
    )
    op.create_index(
        "ix_sandbox_messages_reference", "sandbox_messages", ["reference"], unique=False
    )
    op.create_table(
        "unit_tree_version",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_tree_version")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "path",
            sa.Text(),
            nullable=False,
            comment="/1/5/9/ of ids from the top down; an area is a prefix",
        ),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column(
            "regulator", sa.Text(), nullable=True, comment="the local regulator's office, WP-13"
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "level in ('head_office','branch','sub_branch','outlet')", name=op.f("ck_units_level")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    op.create_index(
        "ix_units_path",
        "units",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_table(
        "client_identifiers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False, comment="blind index"),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind in ('document','phone','account')", name=op.f("ck_client_identifiers_kind")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_identifiers_client_id")
        ),
        sa.PrimaryKeyConstraint("kind", "value", "client_id", name=op.f("pk_client_identifiers")),
    )
    op.create_index(
        "ix_client_identifiers_client_id", "client_identifiers", ["client_id"], unique=False
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="what a reply must quote"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("clients", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unidentified", sa.Integer(), server_default="0", nullable=False),
        sa.Column("headcount", sa.Integer(), server_default="0", nullable=False),
        sa.Column("onlookers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("media_exposed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("safety_threat", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "window_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="first moment counted in it",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.CheckConstraint("severity in ('incident','large')", name=op.f("ck_incidents_severity")),
        sa.CheckConstraint("state in ('open','closed')", name=op.f("ck_incidents_state")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["incidents.id"], name=op.f("fk_incidents_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["incidents.id"], name=op.f("fk_incidents_previous_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_incidents_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_parent_id", "incidents", ["parent_id"], unique=False)
    op.create_index(
        "ix_incidents_state_opened_at", "incidents", ["state", "opened_at"], unique=False
    )
    op.create_index(
        "uq_incidents_open_code",
        "incidents",
        ["code"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), server_default="", nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("post", sa.Text(), nullable=True, comment="行政职务"),
        sa.Column("office_phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_people_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint(
            "unit_id",
            "name",
            "mobile",
            name=op.f("uq_people_unit_id_name_mobile"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absences_order")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_absences_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("head_office", sa.Boolean(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False, comment="how strong the evidence is"),
        sa.Column("entered_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "via in ('sms','web','desk','api')", name=op.f("ck_acknowledgements_via")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_acknowledgements_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_acknowledgements_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(
        "uq_acknowledgements_by",
        "acknowledgements",
        ["incident_id", "by", "role"],
        unique=True,
        postgresql_where=sa.text("person_id IS NULL"),
    )
    op.create_index(
        "uq_acknowledgements_person",
        "acknowledgements",
        ["incident_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_table(
        "complaints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("received_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("home_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("demand", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("face_to_face", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("flags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("history", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["home_unit_id"], ["units.id"], name=op.f("fk_complaints_home_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_complaints_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["received_unit_id"], ["units.id"], name=op.f("fk_complaints_received_unit_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_complaints_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("source", "source_ref", name=op.f("uq_complaints_source_source_ref")),
    )
    op.create_index("ix_complaints_entered_at", "complaints", ["entered_at"], unique=False)
    op.create_index(
        "ix_complaints_incident_id",
        "complaints",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("incident_id is not null"),
    )
    op.create_index(
        "ix_complaints_unit_id_entered_at", "complaints", ["unit_id", "entered_at"], unique=False
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilled_by", sa.Text(), nullable=False),
        sa.Column(
            "workings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="how the due time was worked out",
        ),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("state in ('open','fulfilled','waived')", name=op.f("ck_duties_state")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_duties_incident_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_duties_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint(
            "incident_id", "clause", "unit_id", name=op.f("uq_duties_incident_id_clause_unit_id")
        ),
    )
    op.create_index(
        "ix_duties_due",
        "duties",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "gatherings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("complainants", sa.Integer(), nullable=False),
        sa.Column("onlookers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "complainants >= 0 and onlookers >= 0", name=op.f("ck_gatherings_heads")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_gatherings_incident_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_gatherings_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
    )
    op.create_index(
        "ix_gatherings_unit_id_reported_at", "gatherings", ["unit_id", "reported_at"], unique=False
    )
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="null until read"),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_inbound_messages_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint(
            "gateway", "provider_id", name=op.f("uq_inbound_messages_gateway_provider_id")
        ),
    )
    op.create_index(
        "ix_inbound_messages_phone_received_at",
        "inbound_messages",
        ["phone", "received_at"],
        unique=False,
    )
    op.create_index(
        "ix_inbound_messages_unread",
        "inbound_messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("outcome is null"),
    )
    op.create_table(
        "incident_keys",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False, comment="count when it fired"),
        sa.Column(
            "reason",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="who counted when it fired",
        ),
        sa.Column("open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_keys_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "key", name=op.f("pk_incident_keys")),
    )
    op.create_index(
        "uq_incident_keys_open_key",
        "incident_keys",
        ["key"],
        unique=True,
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "key_states",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it entered this state",
        ),
        sa.Column(
            "refresh_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the count falls below the watch line by itself",
        ),
        sa.Column("headcount", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "headcount_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the gathering was reported",
        ),
        sa.CheckConstraint(
            "state in ('quiet','watch','incident','large')", name=op.f("ck_key_states_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_key_states_incident_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_key_states_unit_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_states")),
    )
    op.create_index(
        "ix_key_states_incident_id",
        "key_states",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("incident_id is not null"),
    )
    op.create_index(
        "ix_key_states_watch",
        "key_states",
        ["refresh_at"],
        unique=False,
        postgresql_where=sa.text("state = 'watch'"),
    )
    op.create_table(
        "ladder_steps",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("outcome in ('told','skipped')", name=op.f("ck_ladder_steps_outcome")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_ladder_steps_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "step", name=op.f("pk_ladder_steps")),
    )
    op.create_table(
        "ladders",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "steps",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the plan's steps as they stood at birth",
        ),
        sa.Column("next_step", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "page_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when head office is paged if nobody there acknowledged",
        ),
        sa.Column("paged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('running','stopped','exhausted')", name=op.f("ck_ladders_state")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_ladders_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_ladders")),
    )
    op.create_index(
        "ix_ladders_due",
        "ladders",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_ladders_page",
        "ladders",
        ["page_at"],
        unique=False,
        postgresql_where=sa.text("paged_at is null"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_order")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shifts_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_shifts_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index(
        "ix_shifts_unit_id_role_ends_at", "shifts", ["unit_id", "role", "ends_at"], unique=False
    )
    op.create_table(
        "team_members",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "rank",
            sa.SmallInteger(),
            server_default="1",
            nullable=False,
            comment="1 first, then deputies",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_team_members_person_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_team_members_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
        sa.UniqueConstraint(
            "unit_id", "role", "person_id", name=op.f("uq_team_members_unit_id_role_person_id")
        ),
    )
    op.create_table(
        "complaint_parties",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "name", sa.Text(), nullable=True, comment="personal data: this table alone holds it"
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.CheckConstraint("role in ('principal','proxy')", name=op.f("ck_complaint_parties_role")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_complaint_parties_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_parties_complaint_id")
        ),
        sa.PrimaryKeyConstraint("complaint_id", "position", name=op.f("pk_complaint_parties")),
    )
    op.create_index(
        "ix_complaint_parties_client_id", "complaint_parties", ["client_id"], unique=False
    )
    op.create_table(
        "incident_clients",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_incident_clients_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_incident_clients_complaint_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_clients_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "client_id", name=op.f("pk_incident_clients")),
    )
    op.create_index(
        "ix_incident_clients_client_id", "incident_clients", ["client_id"], unique=False
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("complaint_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "step", sa.SmallInteger(), nullable=True, comment="the ladder's step, where one sent it"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why withheld or failed"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_real_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "not_before_real",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("claimed_until_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column(
            "avoid_gateway",
            sa.Text(),
            nullable=True,
            comment="a gateway that took it and could not deliver it",
        ),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column(
            "possible_duplicate", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_real_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('queued','sending','unknown','accepted','delivered','failed','withheld','cancelled')",
            name=op.f("ck_messages_state"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_messages_complaint_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_messages_incident_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_messages_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_messages_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_messages_dedupe_key")),
    )
    op.create_index(
        "ix_messages_failed",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_messages_gateway_provider_id", "messages", ["gateway", "provider_id"], unique=False
    )
    op.create_index("ix_messages_incident_id", "messages", ["incident_id"], unique=False)
    op.create_index(
        "ix_messages_phone_created_at", "messages", ["phone", "created_at"], unique=False
    )
    op.create_index(
        "ix_messages_todo",
        "messages",
        ["not_before_real"],
        unique=False,
        postgresql_where=sa.text("state in ('queued','sending','unknown')"),
    )
    op.create_table(
        "digest_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_digest_items_complaint_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_digest_items_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_digest_items_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_items")),
    )
    op.create_index(
        "ix_digest_items_due",
        "digest_items",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("message_id is null"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
