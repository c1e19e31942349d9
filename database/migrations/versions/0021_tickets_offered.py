"""a ticket that is offered to another place is seen there before it is taken (WP-30)

An offer makes that place the complaint's home unit; `tickets` knew only who has it now.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _unit(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM units u WHERE u.id = {column} AND starts_with(u.path, seen_area()))"
    )


#: Asked once for a query, not once for a row: few complaints have another home.
_HOME = (
    "complaint_id IN (SELECT c.id FROM complaints c JOIN units u ON u.id = c.home_unit_id"
    " WHERE c.home_unit_id IS NOT NULL AND starts_with(u.path, seen_area()))"
)


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_complaints_home ON complaints (home_unit_id)"
        " WHERE home_unit_id IS NOT NULL"
    )
    op.execute(
        "ALTER POLICY seen ON tickets USING ((SELECT bank_seen())"
        f" OR {_unit('unit_id')} OR {_unit('complained_unit_id')}"
        f" OR {_unit('received_unit_id')} OR {_HOME})"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
