"""incident command: who commands, hand-overs, tasks, notes, calls to security, merges and splits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What was noted, called and regrouped stays as it was written.
RIGHTS = "REVOKE UPDATE ON incident_notes, security_calls, incident_regroupings FROM fenghuo_app;"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _text(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _moment(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _who(prefix: str, *, nullable: bool = False) -> list[sa.Column[str]]:
    return [_text(f"{prefix}_by", nullable=nullable), _text(f"{prefix}_role", nullable=nullable)]


def _commands() -> None:
    op.create_table(
        "incident_commands",
        _id(),
        _ref("incident_id", "incidents"),
        _text("name"),
        _text("role"),
        _ref("person_id", "people", nullable=True),
        _text("how"),
        _text("reason", nullable=True, comment="why it was taken from somebody without hand-over"),
        _moment("taken_at"),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "how in ('taken','taken_over','handed_over')", name="ck_incident_commands_how"
        ),
        sa.Index("ix_incident_commands_incident_id", "incident_id"),
    )
    op.create_index(
        "uq_incident_commands_now",
        "incident_commands",
        ["incident_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "handovers",
        _id(),
        _ref("incident_id", "incidents"),
        _ref("command_id", "incident_commands"),
        _text("to_name", nullable=True, comment="null: whoever holds the role"),
        _text("to_role"),
        _text("note", nullable=True),
        sa.Column(
            "frozen", postgresql.JSONB(), nullable=False, comment="what was open when offered"
        ),
        _moment("offered_at"),
        sa.Column("state", sa.Text(), nullable=False, server_default="offered"),
        _moment("ended_at", nullable=True),
        *_who("ended", nullable=True),
        _text("reason", nullable=True),
        sa.Column("taken", postgresql.JSONB(), comment="what was open, and read, when accepted"),
        sa.CheckConstraint(
            "state in ('offered','accepted','declined','withdrawn','overtaken')",
            name="ck_handovers_state",
        ),
        sa.Index("ix_handovers_incident_id", "incident_id"),
    )
    op.create_index(
        "uq_handovers_offered",
        "handovers",
        ["incident_id"],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        _id(),
        _ref("incident_id", "incidents"),
        sa.Column("kind", sa.Text(), nullable=False, server_default="task"),
        _text("title"),
        _text("detail", nullable=True),
        _ref("unit_id", "units"),
        _text("role"),
        _text("person", nullable=True, comment="named, where it is one person's"),
        _ref("person_id", "people", nullable=True),
        _moment("due_at"),
        *_who("assigned"),
        _moment("assigned_at"),
        sa.Column("state", sa.Text(), nullable=False, server_default="assigned"),
        *_who("accepted", nullable=True),
        _moment("accepted_at", nullable=True),
        *_who("done", nullable=True),
        _moment("done_at", nullable=True),
        _text("result", nullable=True),
        _text("evidence", nullable=True, comment="what proves a rectification, WP-27"),
        *_who("checked", nullable=True),
        _moment("checked_at", nullable=True),
        _text("check_note", nullable=True),
        *_who("cancelled", nullable=True),
        _moment("cancelled_at", nullable=True),
        _text("cancel_reason", nullable=True),
        sa.CheckConstraint("kind in ('task','rectification')", name="ck_tasks_kind"),
        sa.CheckConstraint(
            "state in ('assigned','accepted','done','checked','cancelled')", name="ck_tasks_state"
        ),
        sa.CheckConstraint(
            "state <> 'checked' or (kind = 'rectification' and"
            " evidence is not null and checked_by <> done_by)",
            name="ck_tasks_checked",
        ),
        sa.Index("ix_tasks_incident_id", "incident_id"),
    )
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["due_at"],
        postgresql_where=sa.text("state in ('assigned','accepted')"),
    )


def _notes_and_calls() -> None:
    op.create_table(
        "incident_notes",
        _id(),
        _ref("incident_id", "incidents"),
        _text("text"),
        *_who("written"),
        _moment("written_at"),
        sa.Index("ix_incident_notes_incident_id", "incident_id"),
    )
    op.create_table(
        "security_calls",
        _id(),
        _ref("incident_id", "incidents"),
        _text("whom"),
        *_who("called"),
        _moment("called_at"),
        _text("result"),
        _moment("entered_at"),
        sa.CheckConstraint("whom in ('110','security')", name="ck_security_calls_whom"),
        sa.Index("ix_security_calls_incident_id", "incident_id"),
    )
    op.create_table(
        "incident_regroupings",
        _id(),
        _text("kind"),
        sa.Column(
            "incident_id",
            sa.BigInteger(),
            sa.ForeignKey("incidents.id"),
            nullable=False,
            comment="what was put under the other, taken out of it or split off it",
        ),
        _ref("other_id", "incidents"),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        _text("reason"),
        *_who("done"),
        _moment("done_at"),
        sa.CheckConstraint(
            "kind in ('merged','taken_out','split')", name="ck_incident_regroupings_kind"
        ),
        sa.Index("ix_incident_regroupings_incident_id", "incident_id"),
        sa.Index("ix_incident_regroupings_other_id", "other_id"),
    )


def upgrade() -> None:
    _commands()
    _tasks()
    _notes_and_calls()
    op.execute(RIGHTS)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
