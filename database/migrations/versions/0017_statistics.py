"""statistics: what they are counted from quickly, and the standing reports (SC-15, BO-10)"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE statistic_reports (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  unit_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  period TEXT NOT NULL,
  since DATE NOT NULL,
  until DATE NOT NULL,
  roles TEXT[] NOT NULL,
  content JSONB NOT NULL,
  digest BYTEA NOT NULL,
  plan TEXT NOT NULL,
  plan_version TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_statistic_reports PRIMARY KEY (id),
  CONSTRAINT uq_statistic_reports_unit_id_period UNIQUE (unit_id, period),
  CONSTRAINT fk_statistic_reports_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
COMMENT ON COLUMN statistic_reports.kind IS 'day, week, month, quarter, half_year or year';
COMMENT ON COLUMN statistic_reports.period IS 'such as 2026-11 or 2026-W47';
COMMENT ON COLUMN statistic_reports.roles IS 'who gets it, as the plan had it';
COMMENT ON COLUMN statistic_reports.content IS 'the statistics as they were frozen';
COMMENT ON COLUMN statistic_reports.digest IS 'SHA-256 of canonical JSON';
CREATE TABLE statistic_openings (
  report_id BIGINT NOT NULL,
  actor TEXT NOT NULL,
  name TEXT NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_statistic_openings PRIMARY KEY (report_id, actor),
  CONSTRAINT fk_statistic_openings_report_id FOREIGN KEY(report_id) REFERENCES statistic_reports (id)
);
COMMENT ON COLUMN statistic_openings.name IS 'staff''s';
REVOKE UPDATE ON statistic_reports, statistic_openings FROM fenghuo_system;

CREATE INDEX ix_tickets_closed_at ON tickets (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ix_ticket_acts_analysed ON ticket_acts (complaint_id, id) WHERE act = 'analyse';
CREATE INDEX ix_ticket_acts_planned ON ticket_acts (complaint_id, id) WHERE act = 'plan';
"""

# Whether a clock had run out is decided when a ticket is closed, and once more when it is filed;
# whoever opens it again takes the answer back. A waived duty counts only if it was late before.
LATE = """
CREATE FUNCTION ticket_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.late := CASE WHEN NEW.closed_at IS NULL OR NEW.stage = 'history' THEN NULL
    ELSE NEW.promise_lapsed_at IS NOT NULL OR EXISTS (
      SELECT FROM duties d WHERE d.complaint_id = NEW.complaint_id AND (d.breached_at IS NOT NULL
        OR d.state <> 'waived' AND d.due_at
          < coalesce(d.ended_at, greatest(NEW.closed_at, NEW.archived_at)))) END;
  RETURN NEW;
END $$;
CREATE TRIGGER ticket_late BEFORE UPDATE OF closed_at, archived_at, promise_lapsed_at ON tickets
  FOR EACH ROW EXECUTE FUNCTION ticket_late();
"""

_UNIT = "EXISTS (SELECT FROM units u WHERE u.id = unit_id AND starts_with(u.path, seen_area()))"
SEEN = {
    "statistic_reports": _UNIT,
    "statistic_openings": "EXISTS (SELECT FROM statistic_reports r WHERE r.id = report_id)",
}


def upgrade() -> None:
    for block in (TABLES, LATE):
        op.execute(block)
    for table, rows in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY whole ON {table} TO fenghuo_system USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT SELECT ON {table} TO fenghuo_app")
        seen = f"(SELECT bank_seen()) OR {rows}"
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO fenghuo_app USING ({seen})")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
