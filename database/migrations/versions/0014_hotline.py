"""work orders of the hotline, the answers back, its daily lists and its drop folder"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE hotline_orders (
  complaint_id bigint NOT NULL,
  source text NOT NULL,
  number text NOT NULL,
  received_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open',
  state_at timestamptz NOT NULL,
  due_at timestamptz,
  told_at timestamptz,
  round smallint NOT NULL DEFAULT 0,
  urged smallint NOT NULL DEFAULT 0,
  urged_at timestamptz,
  CONSTRAINT pk_hotline_orders PRIMARY KEY (complaint_id),
  CONSTRAINT fk_hotline_orders_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaints (id),
  CONSTRAINT uq_hotline_orders_source_number UNIQUE (source, number),
  CONSTRAINT ck_hotline_orders_state
    CHECK (state in ('open','answered','returned','closed','withdrawn'))
);
CREATE INDEX ix_hotline_orders_due_at ON hotline_orders (due_at)
  WHERE state in ('open','returned');
CREATE INDEX ix_hotline_orders_live ON hotline_orders (state_at)
  WHERE state not in ('closed','withdrawn');
CREATE INDEX ix_hotline_orders_state_at ON hotline_orders (state_at);
CREATE INDEX ix_hotline_orders_received_at ON hotline_orders (received_at);
COMMENT ON COLUMN hotline_orders.number IS '95558''s own: the reconciliation key';
COMMENT ON COLUMN hotline_orders.received_at IS 'by 95558';
COMMENT ON COLUMN hotline_orders.due_at IS 'of its duty of feedback; null where the plan has none';
COMMENT ON COLUMN hotline_orders.told_at IS 'when the branch was told by SMS';
COMMENT ON COLUMN hotline_orders.round IS 'answers so far';
COMMENT ON COLUMN hotline_orders.urged IS 'times';

CREATE TABLE hotline_updates (
  id bigint GENERATED ALWAYS AS IDENTITY,
  complaint_id bigint NOT NULL,
  kind text NOT NULL,
  ref text NOT NULL,
  digest bytea NOT NULL,
  said_at timestamptz NOT NULL,
  entered_at timestamptz NOT NULL,
  actor text NOT NULL,
  key_id bigint,
  sealed bytea,
  CONSTRAINT pk_hotline_updates PRIMARY KEY (id),
  CONSTRAINT fk_hotline_updates_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaints (id),
  CONSTRAINT uq_hotline_updates_complaint_id_ref UNIQUE (complaint_id, ref),
  CONSTRAINT ck_hotline_updates_kind
    CHECK (kind in ('supplement','urge','withdraw','accept','return'))
);
COMMENT ON COLUMN hotline_updates.ref IS '95558''s own name of it: sent twice, it is once';
COMMENT ON COLUMN hotline_updates.key_id IS 'of data_keys';
COMMENT ON COLUMN hotline_updates.sealed IS 'words';

CREATE TABLE hotline_feedback (
  id bigint GENERATED ALWAYS AS IDENTITY,
  complaint_id bigint NOT NULL,
  round smallint NOT NULL,
  result text NOT NULL,
  key_id bigint,
  sealed bytea,
  at timestamptz NOT NULL,
  by_name text NOT NULL,
  actor text NOT NULL,
  due_at timestamptz,
  verdict text,
  verdict_at timestamptz,
  position bigint,
  state text NOT NULL DEFAULT 'waiting',
  attempts smallint NOT NULL DEFAULT 0,
  not_before_real timestamptz NOT NULL DEFAULT clock_timestamp(),
  claimed_by text,
  claimed_until_real timestamptz,
  status_code smallint,
  error text,
  delivered_real timestamptz,
  fetched_real timestamptz,
  CONSTRAINT pk_hotline_feedback PRIMARY KEY (id),
  CONSTRAINT fk_hotline_feedback_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaints (id),
  CONSTRAINT uq_hotline_feedback_complaint_id_round UNIQUE (complaint_id, round),
  CONSTRAINT ck_hotline_feedback_state
    CHECK (state in ('waiting','sending','delivered','failed','kept')),
  CONSTRAINT ck_hotline_feedback_verdict CHECK (verdict in ('accept','return'))
);
CREATE UNIQUE INDEX uq_hotline_feedback_position ON hotline_feedback (position);
CREATE INDEX ix_hotline_feedback_waiting ON hotline_feedback (not_before_real)
  WHERE state in ('waiting','sending');
CREATE INDEX ix_hotline_feedback_unfetched ON hotline_feedback (position)
  WHERE delivered_real is null and fetched_real is null;
COMMENT ON COLUMN hotline_feedback.result IS 'of complaints.hotline_rules.RESULTS';
COMMENT ON COLUMN hotline_feedback.key_id IS 'of data_keys';
COMMENT ON COLUMN hotline_feedback.sealed IS 'words';
COMMENT ON COLUMN hotline_feedback.by_name IS 'of staff';
COMMENT ON COLUMN hotline_feedback.due_at IS 'of the clock when it was given';
COMMENT ON COLUMN hotline_feedback.verdict IS 'of 95558';
COMMENT ON COLUMN hotline_feedback.position IS 'in the poll''s order; drawn once it is committed';
COMMENT ON COLUMN hotline_feedback.status_code IS 'of the last answer to the callback';
COMMENT ON COLUMN hotline_feedback.delivered_real IS 'by callback';
COMMENT ON COLUMN hotline_feedback.fetched_real IS 'acknowledged after a poll';

CREATE TABLE hotline_lists (
  id bigint GENERATED ALWAYS AS IDENTITY,
  source text NOT NULL,
  day date NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  entries jsonb,
  theirs integer NOT NULL DEFAULT 0,
  ours integer NOT NULL DEFAULT 0,
  CONSTRAINT pk_hotline_lists PRIMARY KEY (id),
  CONSTRAINT ck_hotline_lists_state CHECK (state in ('compared','missing'))
);
CREATE INDEX ix_hotline_lists_source_day_id ON hotline_lists (source, day, id);
CREATE UNIQUE INDEX uq_hotline_lists_missing ON hotline_lists (source, day)
  WHERE state = 'missing';
COMMENT ON COLUMN hotline_lists.day IS 'of Asia/Shanghai';
COMMENT ON COLUMN hotline_lists.entries IS 'number -> state, as 95558 has it';

CREATE TABLE hotline_differences (
  id bigint GENERATED ALWAYS AS IDENTITY,
  list_id bigint NOT NULL,
  source text NOT NULL,
  day date NOT NULL,
  superseded boolean NOT NULL DEFAULT false,
  complaint_id bigint,
  number text NOT NULL,
  kind text NOT NULL,
  theirs text,
  ours text,
  CONSTRAINT pk_hotline_differences PRIMARY KEY (id),
  CONSTRAINT fk_hotline_differences_list_id FOREIGN KEY (list_id) REFERENCES hotline_lists (id),
  CONSTRAINT fk_hotline_differences_complaint_id
    FOREIGN KEY (complaint_id) REFERENCES complaints (id),
  CONSTRAINT uq_hotline_differences_list_id_number UNIQUE (list_id, number),
  CONSTRAINT ck_hotline_differences_kind
    CHECK (kind in ('missing_here','missing_there','state'))
);

CREATE INDEX ix_hotline_differences_day ON hotline_differences (day) WHERE NOT superseded;
COMMENT ON COLUMN hotline_differences.superseded IS 'a later list of the day has come';

CREATE TABLE hotline_files (
  id bigint GENERATED ALWAYS AS IDENTITY,
  digest bytea NOT NULL,
  kind text,
  state text NOT NULL,
  claimed_by text,
  claimed_until_real timestamptz,
  began_at timestamptz NOT NULL,
  ended_at timestamptz,
  rows integer NOT NULL DEFAULT 0,
  taken integer NOT NULL DEFAULT 0,
  known integer NOT NULL DEFAULT 0,
  refused integer NOT NULL DEFAULT 0,
  faults jsonb NOT NULL DEFAULT '[]',
  CONSTRAINT pk_hotline_files PRIMARY KEY (id),
  CONSTRAINT uq_hotline_files_digest UNIQUE (digest),
  CONSTRAINT ck_hotline_files_state CHECK (state in ('reading','done','failed'))
);
COMMENT ON COLUMN hotline_files.kind IS 'orders or list; null when it could not be read';
COMMENT ON COLUMN hotline_files.known IS 'taken before';
COMMENT ON COLUMN hotline_files.faults IS 'no cell''s content';
"""

# Whichever way a hotline complaint comes in, its order is there with it, in the same commit.
BORN = """
CREATE FUNCTION hotline_order_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO hotline_orders (complaint_id, source, number, received_at, state_at)
    VALUES (NEW.id, NEW.source, NEW.source_ref, NEW.received_at, NEW.entered_at);
  RETURN NULL;
END $$;
CREATE TRIGGER hotline_order AFTER INSERT ON complaints
  FOR EACH ROW WHEN (NEW.channel = 'hotline' AND NOT NEW.history)
  EXECUTE FUNCTION hotline_order_born();

CREATE FUNCTION hotline_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fulfilled_by @> '{feedback}' THEN
    UPDATE hotline_orders SET due_at = NEW.due_at
     WHERE complaint_id = NEW.complaint_id AND due_at IS DISTINCT FROM NEW.due_at;
  END IF;
  IF NEW.fulfilled_by @> '{branch_told}' AND NEW.state = 'fulfilled' THEN
    UPDATE hotline_orders SET told_at = NEW.ended_at
     WHERE complaint_id = NEW.complaint_id AND told_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER hotline_clock AFTER INSERT OR UPDATE OF due_at, state ON duties
  FOR EACH ROW WHEN (NEW.complaint_id IS NOT NULL
    AND NEW.fulfilled_by && '{feedback,branch_told}')
  EXECUTE FUNCTION hotline_clock();
"""

# The owner sees no row (policies are forced): what is there already is moved by the system.
FILL = """
SET ROLE fenghuo_system;
INSERT INTO hotline_orders (complaint_id, source, number, received_at, state, state_at, due_at,
    told_at)
  SELECT c.id, c.source, c.source_ref, c.received_at,
    CASE WHEN c.status <> 'open' THEN 'withdrawn'
         WHEN d.ended_at IS NOT NULL THEN 'closed' ELSE 'open' END,
    coalesce(d.ended_at, c.entered_at), d.due_at, t.ended_at
    FROM complaints c
    LEFT JOIN LATERAL (SELECT min(x.due_at) AS due_at, CASE WHEN bool_and(x.state <> 'open')
        THEN max(x.ended_at) END AS ended_at
       FROM duties x WHERE x.complaint_id = c.id AND x.fulfilled_by @> '{feedback}') d ON true
    LEFT JOIN LATERAL (SELECT min(x.ended_at) AS ended_at FROM duties x
       WHERE x.complaint_id = c.id AND x.fulfilled_by @> '{branch_told}'
         AND x.state = 'fulfilled') t ON true
   WHERE c.channel = 'hotline' AND NOT c.history;
RESET ROLE;
"""

_COMPLAINT = "EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id)"
#: table -> which of its rows an area sees, beside head office, which sees all.
SEEN = {
    "hotline_orders": _COMPLAINT,
    "hotline_updates": _COMPLAINT,
    "hotline_feedback": _COMPLAINT,
    "hotline_lists": "false",
    "hotline_differences": f"complaint_id IS NOT NULL AND {_COMPLAINT}",
    "hotline_files": "false",
}


def upgrade() -> None:
    for block in (TABLES, FILL, BORN):
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
