"""media complaints by time: the few among many that the PR page asks for"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_complaints_media ON complaints (received_at) WHERE channel = 'media'"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
