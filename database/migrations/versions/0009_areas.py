"""who sees which rows: row-level security by area"""

from __future__ import annotations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the commits of this issue."""


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
