"""tokens with scopes and area, refusals counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What a token might be given when this was written: frozen here, a later right is not given away.
SCOPES = [
    "see_board",
    "see_incident",
    "see_complaint",
    "export_complaints",
    "take_complaint",
    "correct_complaint",
    "report_gathering",
    "open_incident",
    "acknowledge",
    "acknowledge_for",
    "command",
    "write_note",
    "work_task",
    "end_incident",
    "regroup",
    "see_duties",
    "prove_duty",
    "move_duty",
    "record_event",
    "see_reports",
    "write_report",
    "sign_report",
    "see_reception",
    "receive",
    "call",
    "see_review",
    "write_review",
    "see_contacts",
    "reveal_contact",
    "edit_contacts",
    "export_contacts",
    "see_plan",
    "edit_calendar",
    "try_plan",
    "see_metrics",
    "use_sandbox",
    "see_journal",
    "see_access_log",
]

# A token from before is of head office and may what it might; one of a bank without a unit is over.
FILL = sa.text(
    "UPDATE api_tokens SET scopes = :scopes,"
    " unit_id = (SELECT min(id) FROM units WHERE parent_id IS NULL),"
    " revoked_real = CASE WHEN EXISTS (SELECT FROM units WHERE parent_id IS NULL)"
    " THEN revoked_real ELSE coalesce(revoked_real, clock_timestamp()) END"
).bindparams(sa.bindparam("scopes", SCOPES, type_=postgresql.ARRAY(sa.Text())))


def _moment(name: str, *, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), comment=comment)


def upgrade() -> None:
    for column in (
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), comment="of core.rights.TOKEN_SCOPES"),
        sa.Column("unit_id", sa.BigInteger(), sa.ForeignKey("units.id"), comment="the area"),
        _moment("expires_real"),
        sa.Column("used_from", sa.Text(), comment="the address of the last use, masked"),
        _moment("refusal_told_real", comment="when the journal last told of refusals"),
    ):
        op.add_column("api_tokens", column)
    op.execute(FILL)
    op.alter_column("api_tokens", "scopes", nullable=False)
    op.create_check_constraint(
        "unit", "api_tokens", "unit_id is not null or revoked_real is not null"
    )
    op.create_table(
        "rate_refusals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False, comment="token or session"),
        sa.Column(
            "subject_id", sa.BigInteger(), nullable=False, comment="of the token or the account"
        ),
        sa.Column("lane", sa.Text(), nullable=False, comment="intake, write or read"),
        sa.Column("minute_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column(
            "told", sa.Integer(), nullable=False, server_default="0", comment="told by the journal"
        ),
        sa.CheckConstraint("kind in ('token', 'session')", name="kind"),
        sa.Index(
            "uq_rate_refusals_subject", "kind", "subject_id", "lane", "minute_real", unique=True
        ),
        sa.Index("ix_rate_refusals_minute_real", "minute_real"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
