"""the ladder's turns, rounds and repeats; acknowledgements that are handed over; merged texts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _moment(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), comment=comment)


def _number(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0", comment=comment)


def _ladders() -> None:
    op.add_column("ladders", _number("turn", "which role of an in-turn step is next"))
    op.add_column("ladders", _number("round", "how often it was set going again"))
    op.add_column("ladders", _number("repeats", "quiet repeats so far"))
    op.add_column("ladders", _moment("repeat_at", "when the next quiet repeat is due"))
    op.add_column("ladders", sa.Column("why", sa.Text(), comment="why it is exhausted"))
    op.create_index("ix_ladders_repeat", "ladders", ["repeat_at"],
                    postgresql_where=sa.text("state = 'exhausted'"))  # fmt: skip
    op.add_column("ladder_steps", _number("turn", "which role of an in-turn step"))
    op.add_column("ladder_steps", _number("round", "the ladder's round"))
    op.drop_constraint("pk_ladder_steps", "ladder_steps")
    op.create_primary_key("pk_ladder_steps", "ladder_steps",
                          ["incident_id", "round", "step", "turn"])  # fmt: skip


def _acknowledgements() -> None:
    """Whoever handed an acknowledgement over may acknowledge again on a later shift."""
    op.add_column("acknowledgements", sa.Column(
        "unit_id", sa.BigInteger(),
        sa.ForeignKey("units.id", name=op.f("fk_acknowledgements_unit_id")),
        comment="where the role was held by a shift"))  # fmt: skip
    op.add_column("acknowledgements", _moment("shift_ends_at", "when that shift ends"))
    op.add_column("acknowledgements", _moment("handed_at", "since when it counts no longer"))
    op.drop_index("uq_acknowledgements_person", "acknowledgements")
    op.create_index(
        "uq_acknowledgements_person", "acknowledgements", ["incident_id", "person_id"],
        unique=True, postgresql_where=sa.text("person_id IS NOT NULL AND handed_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_acknowledgements_shift_ends_at", "acknowledgements", ["shift_ends_at"],
        postgresql_where=sa.text("handed_at IS NULL"),
    )  # fmt: skip


def _messages() -> None:
    op.add_column("messages", sa.Column(
        "merged_into", sa.BigInteger(),
        sa.ForeignKey("messages.id", name=op.f("fk_messages_merged_into")),
        comment="the one text that said it instead"))  # fmt: skip
    op.create_index("ix_messages_merged_into", "messages", ["merged_into"],
                    postgresql_where=sa.text("merged_into IS NOT NULL"))  # fmt: skip


def upgrade() -> None:
    _ladders()
    _acknowledgements()
    _messages()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
