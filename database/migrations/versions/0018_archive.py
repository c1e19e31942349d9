"""complaints' files sent up (WP-26)"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE archive_sendings (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  complaint_id BIGINT NOT NULL,
  receiver TEXT NOT NULL,
  from_unit_id BIGINT NOT NULL,
  to_unit_id BIGINT NOT NULL,
  round BIGINT NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
  sent_by TEXT NOT NULL,
  role TEXT,
  CONSTRAINT pk_archive_sendings PRIMARY KEY (id),
  CONSTRAINT ck_archive_sendings_receiver CHECK (receiver in ('branch','head_office')),
  CONSTRAINT fk_archive_sendings_complaint_id FOREIGN KEY(complaint_id) REFERENCES tickets (complaint_id),
  CONSTRAINT fk_archive_sendings_from_unit_id FOREIGN KEY(from_unit_id) REFERENCES units (id),
  CONSTRAINT fk_archive_sendings_to_unit_id FOREIGN KEY(to_unit_id) REFERENCES units (id)
);
CREATE UNIQUE INDEX uq_archive_sendings_once ON archive_sendings (complaint_id, round, receiver);
COMMENT ON COLUMN archive_sendings.receiver IS 'branch or head_office';
COMMENT ON COLUMN archive_sendings.round IS 'of the ticket that was sent';
ALTER TABLE archive_sendings ENABLE ROW LEVEL SECURITY;
ALTER TABLE archive_sendings FORCE ROW LEVEL SECURITY;
CREATE POLICY whole ON archive_sendings TO fenghuo_system USING (true) WITH CHECK (true);
GRANT SELECT ON archive_sendings TO fenghuo_app;
CREATE POLICY seen ON archive_sendings FOR SELECT TO fenghuo_app
  USING ((SELECT bank_seen()) OR EXISTS (SELECT FROM tickets t WHERE t.complaint_id = archive_sendings.complaint_id));
REVOKE UPDATE ON archive_sendings FROM fenghuo_system;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
