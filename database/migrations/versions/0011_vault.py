"""personal data encrypted, blind indexes with versions, retention"""

from __future__ import annotations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the commits of this issue."""


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
