"""tickets: a complaint's life to closure (docs/adr/0012)"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE tickets (
  complaint_id BIGINT NOT NULL,
  stage TEXT NOT NULL,
  round SMALLINT DEFAULT '1' NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  channel TEXT NOT NULL,
  product TEXT,
  amount NUMERIC(18, 2),
  unit_id BIGINT NOT NULL,
  complained_unit_id BIGINT NOT NULL,
  received_unit_id BIGINT,
  owner_role TEXT,
  owner_unit_id BIGINT,
  owner_person_id BIGINT,
  about_person_id BIGINT,
  about_role TEXT,
  class_id TEXT,
  class_confirmed BOOLEAN DEFAULT false NOT NULL,
  lead_role TEXT,
  lead_unit_id BIGINT,
  priority SMALLINT DEFAULT '0' NOT NULL,
  reply_via TEXT,
  promised_at TIMESTAMP WITH TIME ZONE,
  promise_lapsed_at TIMESTAMP WITH TIME ZONE,
  held TEXT,
  outcome TEXT,
  satisfaction TEXT,
  handovers INTEGER DEFAULT '0' NOT NULL,
  passes SMALLINT DEFAULT '0' NOT NULL,
  major_risk BOOLEAN DEFAULT false NOT NULL,
  reopened SMALLINT DEFAULT '0' NOT NULL,
  previous_id BIGINT,
  merged_into BIGINT,
  accepted_at TIMESTAMP WITH TIME ZONE,
  first_contact_at TIMESTAMP WITH TIME ZONE,
  settled_at TIMESTAMP WITH TIME ZONE,
  told_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  archived_at TIMESTAMP WITH TIME ZONE,
  late BOOLEAN,
  plan TEXT,
  plan_version TEXT,
  version INTEGER DEFAULT '1' NOT NULL,
  CONSTRAINT pk_tickets PRIMARY KEY (complaint_id),
  CONSTRAINT ck_tickets_held CHECK (held is null or held = 'economic_dispute'),
  CONSTRAINT ck_tickets_satisfaction CHECK (satisfaction is null or satisfaction in ('satisfied','neutral','dissatisfied')),
  CONSTRAINT fk_tickets_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id),
  CONSTRAINT fk_tickets_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
  CONSTRAINT fk_tickets_complained_unit_id FOREIGN KEY(complained_unit_id) REFERENCES units (id),
  CONSTRAINT fk_tickets_received_unit_id FOREIGN KEY(received_unit_id) REFERENCES units (id),
  CONSTRAINT fk_tickets_owner_unit_id FOREIGN KEY(owner_unit_id) REFERENCES units (id),
  CONSTRAINT fk_tickets_owner_person_id FOREIGN KEY(owner_person_id) REFERENCES people (id),
  CONSTRAINT fk_tickets_about_person_id FOREIGN KEY(about_person_id) REFERENCES people (id),
  CONSTRAINT fk_tickets_lead_unit_id FOREIGN KEY(lead_unit_id) REFERENCES units (id),
  CONSTRAINT fk_tickets_previous_id FOREIGN KEY(previous_id) REFERENCES complaints (id),
  CONSTRAINT fk_tickets_merged_into FOREIGN KEY(merged_into) REFERENCES complaints (id)
);
CREATE INDEX ix_tickets_open ON tickets (received_at) WHERE stage NOT IN ('archived', 'withdrawn', 'misfiled', 'merged', 'history');
CREATE INDEX ix_tickets_owner ON tickets (owner_unit_id, owner_role) WHERE stage NOT IN ('archived', 'withdrawn', 'misfiled', 'merged', 'history');
CREATE INDEX ix_tickets_owner_person_id ON tickets (owner_person_id) WHERE stage NOT IN ('archived', 'withdrawn', 'misfiled', 'merged', 'history');
CREATE INDEX ix_tickets_previous_id ON tickets (previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX ix_tickets_promised_at ON tickets (promised_at) WHERE stage NOT IN ('archived', 'withdrawn', 'misfiled', 'merged', 'history') AND promised_at IS NOT NULL AND promise_lapsed_at IS NULL AND told_at IS NULL;
CREATE INDEX ix_tickets_received_at ON tickets (received_at, complaint_id);
CREATE INDEX ix_tickets_unit_id ON tickets (unit_id, received_at);
COMMENT ON COLUMN tickets.stage IS 'the step that comes next, or one of the ends';
COMMENT ON COLUMN tickets.opened_at IS 'when it was entered';
COMMENT ON COLUMN tickets.about_role IS 'a leader complained of, who never gets it';
COMMENT ON COLUMN tickets.priority IS 'safety 8, vulnerable client 4, may become major 2, large amount 1; added up';
COMMENT ON COLUMN tickets.reply_via IS 'the channel that the client chose';
COMMENT ON COLUMN tickets.promised_at IS 'by when an answer is promised to the client';
COMMENT ON COLUMN tickets.held IS 'what forbids a settlement, such as economic_dispute';
COMMENT ON COLUMN tickets.passes IS 'hand-overs between units and refusals of one (WP-18)';
COMMENT ON COLUMN tickets.closed_at IS 'when its last step before the archive was done';
COMMENT ON COLUMN tickets.late IS 'at its end: whether a clock of it had run out';
CREATE TABLE ticket_acts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  complaint_id BIGINT NOT NULL,
  round SMALLINT NOT NULL,
  act TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  actor TEXT NOT NULL,
  role TEXT,
  unit_id BIGINT,
  facts JSONB DEFAULT '{}' NOT NULL,
  key_id BIGINT,
  sealed BYTEA,
  CONSTRAINT pk_ticket_acts PRIMARY KEY (id),
  CONSTRAINT fk_ticket_acts_complaint_id FOREIGN KEY(complaint_id) REFERENCES tickets (complaint_id),
  CONSTRAINT fk_ticket_acts_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
CREATE INDEX ix_ticket_acts_complaint_id ON ticket_acts (complaint_id, id);
COMMENT ON COLUMN ticket_acts.at IS 'when it was done, as stated';
COMMENT ON COLUMN ticket_acts.facts IS 'coded; nobody''s data';
COMMENT ON COLUMN ticket_acts.key_id IS 'of data_keys';
COMMENT ON COLUMN ticket_acts.sealed IS 'its words';
CREATE TABLE ticket_handovers (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  complaint_id BIGINT NOT NULL,
  from_unit_id BIGINT NOT NULL,
  from_role TEXT,
  from_person_id BIGINT,
  to_unit_id BIGINT NOT NULL,
  to_role TEXT NOT NULL,
  to_person_id BIGINT,
  reason TEXT NOT NULL,
  offered_by TEXT NOT NULL,
  offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT DEFAULT 'offered' NOT NULL,
  answered_by TEXT,
  answered_at TIMESTAMP WITH TIME ZONE,
  answer_reason TEXT,
  home_before BIGINT,
  CONSTRAINT pk_ticket_handovers PRIMARY KEY (id),
  CONSTRAINT ck_ticket_handovers_state CHECK (state in ('offered','accepted','declined','withdrawn')),
  CONSTRAINT fk_ticket_handovers_complaint_id FOREIGN KEY(complaint_id) REFERENCES tickets (complaint_id),
  CONSTRAINT fk_ticket_handovers_from_unit_id FOREIGN KEY(from_unit_id) REFERENCES units (id),
  CONSTRAINT fk_ticket_handovers_from_person_id FOREIGN KEY(from_person_id) REFERENCES people (id),
  CONSTRAINT fk_ticket_handovers_to_unit_id FOREIGN KEY(to_unit_id) REFERENCES units (id),
  CONSTRAINT fk_ticket_handovers_to_person_id FOREIGN KEY(to_person_id) REFERENCES people (id)
);
CREATE INDEX ix_ticket_handovers_complaint_id ON ticket_handovers (complaint_id);
CREATE INDEX ix_ticket_handovers_to_unit_id ON ticket_handovers (to_unit_id) WHERE state = 'offered';
CREATE UNIQUE INDEX uq_ticket_handovers_offered ON ticket_handovers (complaint_id) WHERE state = 'offered';
COMMENT ON COLUMN ticket_handovers.reason IS 'looked through for clients'' names';
COMMENT ON COLUMN ticket_handovers.home_before IS 'the complaint''s home unit until it was offered';
CREATE TABLE saved_views (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  filters JSONB NOT NULL,
  sort TEXT[] DEFAULT '{}' NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  removed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_saved_views PRIMARY KEY (id),
  CONSTRAINT fk_saved_views_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE UNIQUE INDEX uq_saved_views_name ON saved_views (account_id, name) WHERE removed_at is null;

ALTER TABLE evidence_files
  ADD COLUMN complaint_id bigint, ADD COLUMN act_id bigint,
  ADD CONSTRAINT fk_evidence_files_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaints (id),
  ADD CONSTRAINT fk_evidence_files_act_id FOREIGN KEY (act_id) REFERENCES ticket_acts (id),
  DROP CONSTRAINT ck_evidence_files_subject,
  ADD CONSTRAINT ck_evidence_files_subject
    CHECK (coalesce(incident_id, duty_id, complaint_id) is not null);
COMMENT ON COLUMN evidence_files.act_id IS 'what it is evidence of';
CREATE INDEX ix_evidence_files_complaint_id ON evidence_files (complaint_id)
  WHERE complaint_id IS NOT NULL;
"""

# What was entered before there were tickets begins its life here; history has had it. The owner of
# the tables sees no row: the policies are forced.
FILL = """
SET ROLE fenghuo_system;
INSERT INTO tickets (complaint_id, stage, received_at, opened_at, channel, product, amount,
    unit_id, complained_unit_id, received_unit_id, owner_unit_id)
  SELECT c.id, CASE WHEN c.history THEN 'history' WHEN c.status <> 'open' THEN c.status
                    ELSE 'accept' END,
    c.received_at, c.entered_at, c.channel, c.product, c.amount,
    coalesce(c.home_unit_id, c.unit_id), c.unit_id, c.received_unit_id,
    coalesce(c.home_unit_id, c.unit_id) FROM complaints c;
RESET ROLE;
"""


def _unit(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM units u WHERE u.id = {column} AND starts_with(u.path, seen_area()))"
    )


_BANK = "(SELECT bank_seen())"
_TICKET = "EXISTS (SELECT FROM tickets t WHERE t.complaint_id = {0}.complaint_id)"
#: A ticket is seen where its complaint is: handled, complained of, or received.
SEEN = {
    "tickets": f"{_unit('unit_id')} OR {_unit('complained_unit_id')}"
    f" OR {_unit('received_unit_id')}",
    "ticket_acts": _TICKET.format("ticket_acts"),
    "ticket_handovers": _TICKET.format("ticket_handovers"),
}

RIGHTS = """
REVOKE UPDATE ON ticket_acts FROM fenghuo_system;
-- What was said may be disposed of (SG-06); nothing else of an act ever changes.
GRANT UPDATE (sealed) ON ticket_acts TO fenghuo_system;
CREATE FUNCTION keep_acts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sealed IS NOT NULL THEN
    RAISE EXCEPTION 'an act is never rewritten' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE ON ticket_acts FOR EACH ROW EXECUTE FUNCTION keep_acts();
ALTER POLICY seen ON evidence_files USING ((SELECT bank_seen())
  OR EXISTS (SELECT FROM duties d WHERE d.id = duty_id)
  OR EXISTS (SELECT FROM incidents i JOIN units u ON u.id = i.unit_id
              WHERE i.id = incident_id AND starts_with(u.path, seen_area()))
  OR EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id));
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY whole ON saved_views TO fenghuo_system USING (true) WITH CHECK (true);
"""

# As 0011 has it, and the ticket.
WRITE = """
CREATE OR REPLACE FUNCTION intake_write(doc jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  c complaints := jsonb_populate_record(NULL::complaints, doc -> 'complaint');
  client_ids bigint[] := ARRAY(SELECT jsonb_array_elements_text(doc -> 'client_ids')::bigint);
BEGIN
  INSERT INTO data_keys (id, wrapped, master) OVERRIDING SYSTEM VALUE
    SELECT n.id, n.wrapped, n.master
      FROM jsonb_populate_recordset(NULL::data_keys, doc -> 'keys') AS n;
  INSERT INTO complaints (id, source, source_ref, body_digest, answer, received_at, entered_at,
      channel, unit_id, received_unit_id, home_unit_id, product, key_id, sealed, amount,
      face_to_face, flags, history, incident_id) OVERRIDING SYSTEM VALUE
    VALUES (c.id, c.source, c.source_ref, c.body_digest, c.answer, c.received_at, c.entered_at,
      c.channel, c.unit_id, c.received_unit_id, c.home_unit_id, c.product, c.key_id, c.sealed,
      c.amount, c.face_to_face, c.flags, c.history, c.incident_id);
  INSERT INTO clients (id, document, names, identified, key_id, index_version)
    OVERRIDING SYSTEM VALUE
    SELECT n.id, n.document, n.names, n.identified, n.key_id, n.index_version
      FROM jsonb_populate_recordset(NULL::clients, doc -> 'clients') AS n;
  INSERT INTO client_identifiers (kind, value, client_id, version)
    SELECT n.kind, n.value, n.client_id, n.version
      FROM jsonb_populate_recordset(NULL::client_identifiers, doc -> 'identifiers') AS n
    ON CONFLICT DO NOTHING;
  INSERT INTO complaint_parties (complaint_id, position, role, client_id, key_id, sealed)
    SELECT c.id, n.position, n.role, n.client_id, n.key_id, n.sealed
      FROM jsonb_populate_recordset(NULL::complaint_parties, doc -> 'parties') AS n;
  INSERT INTO key_events (key, client_id, complaint_id, received_at)
    SELECT k ->> 'key', p, c.id, c.received_at
      FROM jsonb_array_elements(doc -> 'states') AS k, unnest(client_ids) AS p;
  INSERT INTO key_states (key, kind, unit_id, product, clients, threshold, state, since,
      refresh_at)
    SELECT n.key, n.kind, n.unit_id, n.product, n.clients, n.threshold, n.state, n.since,
      n.refresh_at FROM jsonb_populate_recordset(NULL::key_states, doc -> 'states') AS n
    ON CONFLICT (key) DO UPDATE SET clients = excluded.clients, state = excluded.state,
      since = excluded.since, refresh_at = excluded.refresh_at, threshold = excluded.threshold;
  INSERT INTO journal (at, actor, verb, subject, incident_id, unit_id, after)
    VALUES (c.entered_at, doc ->> 'actor', 'complaint_received', 'complaint:' || c.id,
      c.incident_id, c.unit_id, doc -> 'after');
  INSERT INTO duties (complaint_id, clause, title_zh, title_en, role, unit_id, fulfilled_by,
      workings, plan, plan_version, warn_at, due_at, birth, event, rule, runs_from, provisional,
      calls, next_at)
    SELECT c.id, n.clause, n.title_zh, n.title_en, n.role, n.unit_id, n.fulfilled_by, n.workings,
      n.plan, n.plan_version, n.warn_at, n.due_at, 'complaint:' || c.id || ':' || n.birth, n.event,
      n.rule, n.runs_from, n.provisional, n.calls, n.next_at
      FROM jsonb_populate_recordset(NULL::duties, doc -> 'duties') AS n;
  INSERT INTO tickets (complaint_id, stage, received_at, opened_at, channel, product, amount,
      unit_id, complained_unit_id, received_unit_id, owner_role, owner_unit_id, owner_person_id,
      about_person_id, about_role, priority, promised_at, previous_id, plan, plan_version)
    SELECT c.id, n.stage, c.received_at, c.entered_at, c.channel, c.product, c.amount,
      coalesce(c.home_unit_id, c.unit_id), c.unit_id, c.received_unit_id, n.owner_role,
      n.owner_unit_id, n.owner_person_id, n.about_person_id, n.about_role, coalesce(n.priority, 0),
      n.promised_at, n.previous_id, n.plan, n.plan_version
      FROM jsonb_populate_record(NULL::tickets, coalesce(doc -> 'ticket', '{"stage": "accept"}'))
        AS n;
  IF jsonb_array_length(doc -> 'joins') > 0 THEN
    PERFORM incident_join((j)::bigint, c.id, client_ids, (doc ->> 'unidentified')::integer,
        c.entered_at)
      FROM jsonb_array_elements_text(doc -> 'joins') AS j;
  END IF;
END $$;
"""


def upgrade() -> None:
    for block in (TABLES, FILL):
        op.execute(block)
    for table, rows in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY whole ON {table} TO fenghuo_system USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT SELECT ON {table} TO fenghuo_app")
        op.execute(
            f"CREATE POLICY seen ON {table} FOR SELECT TO fenghuo_app USING ({_BANK} OR {rows})"
        )
    op.execute(RIGHTS)
    op.execute(WRITE)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
