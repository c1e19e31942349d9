"""reception sheets, results of calls, reviews and their lessons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What was counted, called and signed stays as it was written.
RIGHTS = "REVOKE UPDATE ON onlooker_counts, call_results, reviews FROM fenghuo_app;"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    target = sa.ForeignKey(f"{table}.id", name=None)
    return sa.Column(name, sa.BigInteger(), target, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("false"))


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer(), nullable=False, server_default="1")


def _reception() -> None:
    op.create_table(
        "reception_sheets",
        _id(),
        _ref("incident_id", "incidents"),
        _ref("unit_id", "units"),
        sa.Column("separate_room", sa.Text(), comment="the room away from the counters, BO-05"),
        sa.Column("guide", sa.Text(), comment="who leads onlookers away"),
        sa.Column(
            "complete_at",
            sa.DateTime(timezone=True),
            comment="since when everybody on site is received",
        ),
        _version(),
        sa.UniqueConstraint(
            "incident_id", "unit_id", name="uq_reception_sheets_incident_id_unit_id"
        ),
    )
    op.create_table(
        "reception_rows",
        _id(),
        _ref("sheet_id", "reception_sheets"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False, comment="of the tap that added it"),
        _ref("complaint_id", "complaints", nullable=True),
        _ref("client_id", "clients", nullable=True),
        _text("receiver", nullable=True),
        _text("room", nullable=True),
        _no("representative"),
        _moment("arrived_at"),
        _moment("left_at", nullable=True),
        _text("outcome", nullable=True),
        _no("removed"),
        _version(),
        sa.UniqueConstraint("sheet_id", "number", name="uq_reception_rows_sheet_id_number"),
    )
    op.create_index(
        "uq_reception_rows_client",
        "reception_rows",
        ["sheet_id", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id is not null and left_at is null and not removed"),
    )
    op.create_table(
        "onlooker_counts",
        _id(),
        _ref("sheet_id", "reception_sheets"),
        sa.Column("onlookers", sa.Integer(), nullable=False),
        _text("counted_by"),
        _moment("counted_at"),
        sa.CheckConstraint("onlookers >= 0", name="ck_onlooker_counts_onlookers"),
        sa.Index("ix_onlooker_counts_sheet_id", "sheet_id"),
    )


def _after() -> None:
    op.create_table(
        "call_results",
        _id(),
        _ref("incident_id", "incidents"),
        _ref("person_id", "people"),
        _text("role"),
        sa.Column("reached", sa.Boolean(), nullable=False),
        _moment("at"),
        _text("noted_by"),
        _text("note", nullable=True),
        sa.Index("ix_call_results_incident_id", "incident_id"),
    )
    op.create_table(
        "review_lessons",
        _id(),
        _ref("incident_id", "incidents"),
        _text("text"),
        _text("author"),
        _text("author_role"),
        _moment("written_at"),
        _moment("edited_at", nullable=True),
        _version(),
        sa.Index("ix_review_lessons_incident_id", "incident_id"),
    )
    op.create_table(
        "reviews",
        _id(),
        _ref("incident_id", "incidents"),
        sa.Column(
            "stood_down_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the end that it reviews",
        ),
        _text("signed_by"),
        _text("signed_role"),
        _text("number"),
        _moment("signed_at"),
        sa.Column("content", postgresql.JSONB(), nullable=False, comment="as it was signed"),
        sa.UniqueConstraint(
            "incident_id", "stood_down_at", name="uq_reviews_incident_id_stood_down_at"
        ),
    )


def upgrade() -> None:
    _reception()
    _after()
    op.execute(RIGHTS)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
