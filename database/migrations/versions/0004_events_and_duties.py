"""events, duties of every kind, working days; an incident that is stood down but not closed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What a later migration creates is the application's to write and read, not to delete.
DEFAULT_RIGHTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO fenghuo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO fenghuo_app;
"""

# A changed working day is a changed reference table, as a changed unit is: who works with a copy
# in memory compares this one version.
CALENDAR = """
GRANT DELETE ON calendar_days TO fenghuo_app;
CREATE TRIGGER calendar_days_version AFTER INSERT OR UPDATE OR DELETE ON calendar_days
  FOR EACH STATEMENT EXECUTE FUNCTION bump_unit_tree();
"""

STANDING = "GRANT DELETE ON standing_periods, duty_notices TO fenghuo_app;"

# A complaint's own duties are born with it, in the one write (see 0003).
DUTIES = """
  INSERT INTO duties (complaint_id, clause, title_zh, title_en, role, unit_id, fulfilled_by,
      workings, plan, plan_version, warn_at, due_at, birth, event, rule, runs_from, provisional,
      calls, next_at)
    SELECT c.id, n.clause, n.title_zh, n.title_en, n.role, n.unit_id, n.fulfilled_by, n.workings,
      n.plan, n.plan_version, n.warn_at, n.due_at, 'complaint:' || c.id || ':' || n.birth, n.event,
      n.rule, n.runs_from, n.provisional, n.calls, n.next_at
      FROM jsonb_populate_recordset(NULL::duties, doc -> 'duties') AS n;
"""
LAST = "  IF jsonb_array_length(doc -> 'joins') > 0 THEN"


def _intake_write() -> None:
    """The function of 0003 with one statement more."""
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('intake_write(jsonb)'::regprocedure)")
    )
    assert definition.count(LAST) == 1
    op.execute(sa.text(definition.replace(LAST, DUTIES + LAST).replace(":", r"\:")))


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _json(name: str, default: str | None = None, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name, postgresql.JSONB(), nullable=False, server_default=default, comment=comment
    )


def _ref(name: str, target: str, table: str, *, nullable: bool = True) -> sa.Column[object]:
    key = sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.BigInteger(), key, nullable=nullable)


def _big_id(table: str) -> sa.Column[object]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _events() -> None:
    op.create_table(
        "events",
        _big_id("events"),
        _text("event"),
        sa.Column("birth", sa.Text(), nullable=False, comment="the same thing twice is once"),
        _ref("incident_id", "incidents.id", "events"),
        _ref("complaint_id", "complaints.id", "events"),
        _ref("unit_id", "units.id", "events", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True),
                  comment="when it happened, where that is known"),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False,
                  comment="when the unit learned of it"),
        _moment("recorded_at", nullable=False),
        _text("actor"),
        _json("facts", "{}"),
        _text("note", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("birth", name=op.f("uq_events_birth")),
    )  # fmt: skip
    for name in ("incident_id", "complaint_id"):
        op.create_index(f"ix_events_{name}", "events", [name],
                        postgresql_where=sa.text(f"{name} is not null"))  # fmt: skip


def _duties() -> None:
    """Duties of an incident become duties of anything; what stands is kept and filled in."""
    op.drop_constraint("uq_duties_incident_id_clause_unit_id", "duties")
    op.alter_column("duties", "incident_id", nullable=True)
    op.execute(
        "ALTER TABLE duties ALTER fulfilled_by TYPE text[] USING ARRAY[fulfilled_by];"
        "COMMENT ON COLUMN duties.fulfilled_by IS 'any of these kinds of evidence';"
        "COMMENT ON COLUMN duties.warn_at IS 'the first reminder'"
    )
    op.add_column("duties", _ref("complaint_id", "complaints.id", "duties"))
    op.add_column("duties", _ref("event_id", "events.id", "duties"))
    op.add_column("duties", _ref("person_id", "people.id", "duties"))
    for name, comment in (
        ("birth", "the same duty twice is once"),
        ("event", None),
        ("plan", None),
    ):
        op.add_column("duties", sa.Column(name, sa.Text(), comment=comment))
    op.add_column("duties", sa.Column("rule", postgresql.JSONB(), comment="the clause as it stood"))
    op.add_column("duties", sa.Column(
        "runs_from", sa.DateTime(timezone=True), comment="where its clock began"))  # fmt: skip
    op.add_column("duties", sa.Column(
        "provisional", sa.Boolean(), nullable=False, server_default=sa.text("false")))  # fmt: skip
    op.add_column("duties", _json("calls", "[]", "what is told, and when"))
    op.add_column("duties", sa.Column(
        "next_at", sa.DateTime(timezone=True), comment="when the next call is due"))  # fmt: skip
    op.add_column("duties", sa.Column(
        "extensions", sa.SmallInteger(), nullable=False, server_default="0"))  # fmt: skip
    op.add_column("duties", _text("waived_by", nullable=True))
    op.add_column("duties", _text("waive_reason", nullable=True))
    op.execute(OLD_DUTIES)
    for name in ("birth", "event", "plan", "rule", "runs_from"):
        op.alter_column("duties", name, nullable=False)
    op.create_unique_constraint(op.f("uq_duties_birth"), "duties", ["birth"])
    _duty_indexes()


# The duties of version 0003: two kinds of call, each noted in a column of its own.
OLD_DUTIES = """
UPDATE duties d SET plan = n.plan, event = coalesce(d.workings ->> 'event', 'incident_opened'),
  birth = 'incident:' || d.incident_id || ':' || d.clause || ':' || d.unit_id,
  runs_from = coalesce((d.workings ->> 'from')::timestamptz, n.opened_at),
  rule = jsonb_build_object('id', d.clause, 'fulfilled_by', to_jsonb(d.fulfilled_by)),
  calls = CASE WHEN d.warn_at IS NULL OR d.warned_at IS NOT NULL THEN '[]'::jsonb
    ELSE jsonb_build_array(jsonb_build_object('at', d.warn_at, 'kind', 'reminder', 'roles',
      '[]'::jsonb)) END || CASE WHEN d.breached_at IS NOT NULL THEN '[]'::jsonb
    ELSE jsonb_build_array(jsonb_build_object('at', d.due_at, 'kind', 'breach', 'roles',
      '[]'::jsonb)) END,
  next_at = CASE WHEN d.state <> 'open' OR d.breached_at IS NOT NULL THEN NULL
    WHEN d.warn_at IS NOT NULL AND d.warned_at IS NULL THEN d.warn_at ELSE d.due_at END
  FROM incidents n WHERE n.id = d.incident_id
"""


def _duty_indexes() -> None:
    op.create_index(
        "ix_duties_next",
        "duties",
        ["next_at"],
        postgresql_where=sa.text("state = 'open' and next_at is not null"),
    )
    op.create_index(
        "ix_duties_unit_id_due_at",
        "duties",
        ["unit_id", "due_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_duties_unit_id_ended_at",
        "duties",
        ["unit_id", "ended_at"],
        postgresql_where=sa.text("state <> 'open'"),
    )
    op.create_index("ix_duties_branch_told", "duties", ["complaint_id"], postgresql_where=sa.text(
        "state = 'open' and fulfilled_by @> '{branch_told}'"))  # fmt: skip
    op.create_index("ix_messages_complaint_id", "messages", ["complaint_id"],
                    postgresql_where=sa.text("complaint_id is not null"))  # fmt: skip
    op.create_index("ix_digest_items_complaint_id", "digest_items", ["complaint_id"])
    for name in ("incident_id", "complaint_id"):
        op.create_index(f"ix_duties_{name}", "duties", [name],
                        postgresql_where=sa.text(f"{name} is not null"))  # fmt: skip


def _notices() -> None:
    op.create_table(
        "duty_notices",
        _big_id("duty_notices"),
        _ref("duty_id", "duties.id", "duty_notices", nullable=False),
        _text("kind"),
        sa.Column("step", sa.SmallInteger(), nullable=False, comment="which of the duty's calls"),
        _ref("person_id", "people.id", "duty_notices", nullable=False),
        _text("phone"),
        _text("to_role"),
        _ref("unit_id", "units.id", "duty_notices"),
        _moment("called_at", nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="pending"),
        _ref("message_id", "messages.id", "duty_notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_notices")),
        sa.UniqueConstraint("duty_id", "step", "person_id", "called_at",
                            name=op.f("uq_duty_notices_duty_id_step_person_id_called_at")),
        sa.CheckConstraint("kind in ('reminder','breach','step')",
                           name=op.f("ck_duty_notices_kind")),
        sa.CheckConstraint("state in ('pending','told','dropped')",
                           name=op.f("ck_duty_notices_state")),
    )  # fmt: skip
    op.create_index("ix_duty_notices_pending", "duty_notices", ["person_id"],
                    postgresql_where=sa.text("state = 'pending'"))  # fmt: skip


def _periods_and_days() -> None:
    op.create_table(
        "standing_periods",
        _text("clause"),
        _ref("unit_id", "units.id", "standing_periods", nullable=False),
        sa.Column("seen", sa.Date(), nullable=False, comment="the last day looked at"),
        sa.PrimaryKeyConstraint("clause", "unit_id", name=op.f("pk_standing_periods")),
    )  # fmt: skip
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        _text("reason"),
        _text("set_by"),
        _moment("set_at", nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )


def upgrade() -> None:
    op.execute(DEFAULT_RIGHTS)
    op.add_column("incidents", _moment("stood_down_at"))
    op.execute("ALTER TABLE incidents DROP CONSTRAINT ck_incidents_state, ADD CONSTRAINT"
               " ck_incidents_state CHECK (state in ('open','stood_down','closed'))")  # fmt: skip
    _events()
    _duties()
    _notices()
    _periods_and_days()
    op.execute(CALENDAR)
    op.execute(STANDING)
    _intake_write()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
