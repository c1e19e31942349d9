"""tokens with scopes and area, refusals counted"""

from __future__ import annotations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in by the commits of this issue."""


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
