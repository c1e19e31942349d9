"""personal data encrypted, blind indexes with versions, retention (docs/adr/0011)"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE data_keys (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  wrapped bytea,
  master smallint NOT NULL,
  destroyed_at timestamptz,
  CONSTRAINT pk_data_keys PRIMARY KEY (id),
  CONSTRAINT ck_data_keys_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE TABLE vault_state (
  id boolean DEFAULT true NOT NULL,
  digest_key_id bigint,
  index_version smallint DEFAULT 1 NOT NULL,
  master_version smallint DEFAULT 1 NOT NULL,
  words_mark bigint DEFAULT 0 NOT NULL,
  words_next bigint DEFAULT 0 NOT NULL,
  words_next_real timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT pk_vault_state PRIMARY KEY (id),
  CONSTRAINT fk_vault_state_digest_key_id FOREIGN KEY (digest_key_id) REFERENCES data_keys (id),
  CONSTRAINT ck_vault_state_one_row CHECK (id)
);
INSERT INTO vault_state DEFAULT VALUES;
CREATE TABLE complaint_words (
  complaint_id bigint NOT NULL,
  version smallint NOT NULL,
  words bigint[] NOT NULL,
  CONSTRAINT pk_complaint_words PRIMARY KEY (complaint_id),
  CONSTRAINT fk_complaint_words_complaint_id FOREIGN KEY (complaint_id) REFERENCES complaints (id)
);
CREATE INDEX ix_complaint_words_words ON complaint_words USING gin (words);

ALTER TABLE clients ADD COLUMN key_id bigint, ADD COLUMN index_version smallint DEFAULT 1 NOT NULL,
  ADD COLUMN erased_at timestamptz;
ALTER TABLE client_identifiers ADD COLUMN version smallint DEFAULT 1 NOT NULL;
ALTER TABLE complaint_parties ADD COLUMN key_id bigint, ADD COLUMN sealed bytea;
ALTER TABLE complaints ADD COLUMN key_id bigint, ADD COLUMN sealed bytea,
  ADD COLUMN disposed_at timestamptz;
ALTER TABLE evidence_files ADD COLUMN key_id bigint, ADD COLUMN sealed bytea,
  ALTER COLUMN content DROP NOT NULL, DROP CONSTRAINT ck_evidence_files_size,
  ADD CONSTRAINT ck_evidence_files_kept CHECK (content IS NULL OR sealed IS NULL);
-- What is left to encrypt of the rows from before; empty from then on.
CREATE INDEX ix_complaints_clear ON complaints (id)
  WHERE subject IS NOT NULL OR summary IS NOT NULL OR demand IS NOT NULL;
CREATE INDEX ix_complaint_parties_clear ON complaint_parties (complaint_id)
  WHERE name IS NOT NULL OR phone IS NOT NULL OR id_number IS NOT NULL OR account IS NOT NULL
     OR address IS NOT NULL;
-- Who looked at a complaint, and what was taken out of the house.
CREATE INDEX ix_journal_complaint_access ON journal (subject)
  WHERE verb IN ('client_revealed', 'complaint_disposed');
CREATE INDEX ix_journal_exports ON journal (id) WHERE verb = 'complaints_exported';
CREATE INDEX ix_evidence_files_clear ON evidence_files (id) WHERE content IS NOT NULL;
COMMENT ON COLUMN clients.key_id IS 'of data_keys: what its parties'' data is sealed under';
COMMENT ON COLUMN clients.index_version IS 'key version of its blind indexes';
COMMENT ON COLUMN clients.erased_at IS 'when its key was destroyed';
COMMENT ON COLUMN complaint_parties.name IS 'before 0011; nothing is kept in the clear any more';
COMMENT ON COLUMN complaint_parties.key_id IS 'of data_keys';
COMMENT ON COLUMN complaint_parties.sealed IS 'name, phone, id_number, account, address';
COMMENT ON COLUMN complaints.subject IS 'before 0011; nothing is kept in the clear any more';
COMMENT ON COLUMN complaints.key_id IS 'of data_keys';
COMMENT ON COLUMN complaints.sealed IS 'subject, summary, demand';
COMMENT ON COLUMN complaints.disposed_at IS 'when somebody decided that it is kept no longer';
COMMENT ON COLUMN evidence_files.content IS 'before 0011';
COMMENT ON COLUMN evidence_files.key_id IS 'of data_keys';
COMMENT ON COLUMN evidence_files.sealed IS 'its content';
COMMENT ON COLUMN data_keys.wrapped IS 'under a master key; null once destroyed';
COMMENT ON COLUMN data_keys.master IS 'version of the master key';
COMMENT ON COLUMN vault_state.master_version IS 'version of the master key under which data keys are wrapped';
COMMENT ON COLUMN vault_state.index_version IS 'key version under which blind indexes are written';
COMMENT ON COLUMN vault_state.words_mark IS 'complaints up to here are searchable';
COMMENT ON COLUMN complaint_words.version IS 'of the blind index key';
COMMENT ON COLUMN complaint_words.words IS 'keyed bigrams, 8 bytes each';
"""

# Keys are the system's: a viewer gets those of the rows that they see through a function that
# belongs to a role nobody logs in as. Without the master key a wrapped one tells nothing.
RIGHTS = """
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['data_keys', 'vault_state', 'complaint_words'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO fenghuo_system', t);
    EXECUTE format('CREATE POLICY whole ON %I TO fenghuo_system USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
GRANT SELECT ON complaint_words TO fenghuo_app;
CREATE POLICY seen ON complaint_words FOR SELECT TO fenghuo_app
  USING (EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id));
GRANT SELECT ON data_keys TO fenghuo_counter;
CREATE POLICY wrapped ON data_keys FOR SELECT TO fenghuo_counter USING (true);
CREATE FUNCTION data_key(key bigint) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT wrapped FROM data_keys WHERE id = key $$;
REVOKE ALL ON FUNCTION data_key(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION data_key(bigint) TO fenghuo_app, fenghuo_system;

-- An evidence file is written once and never changed, but for this: clear bytes become sealed.
CREATE FUNCTION seal_evidence(file bigint, key bigint, envelope bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE evidence_files SET content = NULL, sealed = envelope, key_id = key
   WHERE id = file AND content IS NOT NULL
$$;
REVOKE ALL ON FUNCTION seal_evidence(bigint, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_evidence(bigint, bigint, bytea) TO fenghuo_system;
GRANT SELECT (id, content), UPDATE (content, sealed, key_id) ON evidence_files TO fenghuo_counter;
CREATE POLICY sealing ON evidence_files TO fenghuo_counter USING (true) WITH CHECK (true);
GRANT CREATE ON SCHEMA public TO fenghuo_counter;
ALTER FUNCTION data_key(bigint) OWNER TO fenghuo_counter;
ALTER FUNCTION seal_evidence(bigint, bigint, bytea) OWNER TO fenghuo_counter;
REVOKE CREATE ON SCHEMA public FROM fenghuo_counter;
"""

# As 0003 has it (see there why it is written so), and: numbers for the keys of new clients, the
# version under which blind indexes are written now.
READ = """
DROP FUNCTION intake_read(bigint[], text, text, text[], bytea[], integer, text[], timestamptz,
  timestamptz);
CREATE FUNCTION intake_read(
  locks bigint[], the_source text, the_ref text, kinds text[], hashes bytea[], parties integer,
  the_keys text[], low timestamptz, high timestamptz,
  OUT now timestamptz, OUT tree bigint, OUT index_version smallint,
  OUT master_version smallint, OUT complaint_id bigint,
  OUT client_ids bigint[], OUT key_ids bigint[], OUT known jsonb, OUT candidates bigint[],
  OUT states jsonb, OUT events jsonb
) LANGUAGE plpgsql VOLATILE SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(l) FROM unnest(locks) AS l;
  now := business_now();
  SELECT t.version, v.index_version, v.master_version INTO tree, index_version, master_version
    FROM unit_tree_version t, vault_state v;
  SELECT jsonb_build_array(encode(c.body_digest, 'hex'), c.answer) INTO known
    FROM complaints c WHERE c.source = the_source AND c.source_ref = the_ref;
  IF known IS NOT NULL THEN
    RETURN;
  END IF;
  complaint_id := nextval('complaints_id_seq');
  client_ids := ARRAY(SELECT nextval('clients_id_seq') FROM generate_series(1, parties));
  key_ids := ARRAY(SELECT nextval('data_keys_id_seq')
                     FROM generate_series(1, greatest(parties, 1)));
  IF cardinality(kinds) > 0 THEN
    candidates := ARRAY(
      SELECT DISTINCT i.client_id FROM unnest(kinds, hashes) AS m(kind, value), LATERAL (
        SELECT f.client_id FROM client_identifiers f
         WHERE f.kind = m.kind AND f.value = m.value OFFSET 0) AS i);
  END IF;
  IF cardinality(the_keys) > 0 THEN
    SELECT jsonb_agg(jsonb_build_array(s.key, s.clients, s.state, micros(s.since), s.incident_id,
        micros(n.window_start), s.headcount, micros(s.headcount_at), n.unit_id)) INTO states
      FROM key_states s LEFT JOIN incidents n ON n.id = s.incident_id
     WHERE s.key = ANY(the_keys);
    SELECT jsonb_agg(jsonb_build_array(k.key, e.complaint_id, e.client_id,
        micros(e.received_at))) INTO events
      FROM unnest(the_keys) AS k(key), LATERAL (
        SELECT f.complaint_id, f.client_id, f.received_at FROM key_events f
         WHERE f.key = k.key AND NOT f.spent AND f.received_at BETWEEN low AND high OFFSET 0) AS e
     WHERE NOT EXISTS (SELECT FROM key_states s
                        WHERE s.key = k.key AND s.incident_id IS NOT NULL);
  END IF;
END $$;
"""

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
  IF jsonb_array_length(doc -> 'joins') > 0 THEN
    PERFORM incident_join((j)::bigint, c.id, client_ids, (doc ->> 'unidentified')::integer,
        c.entered_at)
      FROM jsonb_array_elements_text(doc -> 'joins') AS j;
  END IF;
END $$;
"""


def upgrade() -> None:
    for block in (TABLES, RIGHTS, READ, WRITE):
        op.execute(block)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
