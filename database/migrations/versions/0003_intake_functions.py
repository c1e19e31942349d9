"""intake functions: the hot path's two calls, so that PostgreSQL plans them once a session"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The plans are index look-ups whatever the values: planning them anew for each complaint (as
# PostgreSQL would for arrays) would cost more than running them. A session may plan them while the
# tables are still empty and keep the plan for as long as it lives: scans of whole tables are
# forbidden for that reason, and OFFSET 0 keeps each look-up one by its key.
#
# Each statement of a volatile PL/pgSQL function sees what was committed before that statement:
# the reads below see everything that the holders of the same locks have written.
READ = """
CREATE FUNCTION intake_read(
  locks bigint[], the_source text, the_ref text, kinds text[], hashes bytea[], parties integer,
  the_keys text[], low timestamptz, high timestamptz,
  OUT now timestamptz, OUT tree bigint, OUT complaint_id bigint, OUT client_ids bigint[],
  OUT known jsonb, OUT candidates bigint[], OUT states jsonb, OUT events jsonb
) LANGUAGE plpgsql VOLATILE SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(l) FROM unnest(locks) AS l;
  now := business_now();
  SELECT version INTO tree FROM unit_tree_version;
  SELECT jsonb_build_array(encode(c.body_digest, 'hex'), c.answer) INTO known
    FROM complaints c WHERE c.source = the_source AND c.source_ref = the_ref;
  IF known IS NOT NULL THEN
    RETURN;
  END IF;
  complaint_id := nextval('complaints_id_seq');
  client_ids := ARRAY(SELECT nextval('clients_id_seq') FROM generate_series(1, parties));
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
CREATE FUNCTION intake_write(doc jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  c complaints := jsonb_populate_record(NULL::complaints, doc -> 'complaint');
  client_ids bigint[] := ARRAY(SELECT jsonb_array_elements_text(doc -> 'client_ids')::bigint);
BEGIN
  INSERT INTO complaints (id, source, source_ref, body_digest, answer, received_at, entered_at,
      channel, unit_id, received_unit_id, home_unit_id, product, subject, summary, demand, amount,
      face_to_face, flags, history, incident_id) OVERRIDING SYSTEM VALUE
    VALUES (c.id, c.source, c.source_ref, c.body_digest, c.answer, c.received_at, c.entered_at,
      c.channel, c.unit_id, c.received_unit_id, c.home_unit_id, c.product, c.subject, c.summary,
      c.demand, c.amount, c.face_to_face, c.flags, c.history, c.incident_id);
  INSERT INTO clients (id, document, names, identified) OVERRIDING SYSTEM VALUE
    SELECT n.id, n.document, n.names, n.identified
      FROM jsonb_populate_recordset(NULL::clients, doc -> 'clients') AS n;
  INSERT INTO client_identifiers (kind, value, client_id)
    SELECT n.kind, n.value, n.client_id
      FROM jsonb_populate_recordset(NULL::client_identifiers, doc -> 'identifiers') AS n
    ON CONFLICT DO NOTHING;
  INSERT INTO complaint_parties (complaint_id, position, role, client_id, name, phone, id_number,
      account, address)
    SELECT c.id, n.position, n.role, n.client_id, n.name, n.phone, n.id_number, n.account,
      n.address FROM jsonb_populate_recordset(NULL::complaint_parties, doc -> 'parties') AS n;
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
  IF jsonb_array_length(doc -> 'joins') > 0 THEN
    PERFORM incident_join((j)::bigint, c.id, client_ids, (doc ->> 'unidentified')::integer,
        c.entered_at)
      FROM jsonb_array_elements_text(doc -> 'joins') AS j;
  END IF;
END $$;

CREATE FUNCTION incident_join(
  incident bigint, complaint bigint, client_ids bigint[], new_unidentified integer,
  at timestamptz
) RETURNS void LANGUAGE sql VOLATILE AS $$
  WITH nodes AS (
    SELECT id FROM incidents WHERE id = incident
    UNION SELECT parent_id FROM incidents WHERE id = incident AND parent_id IS NOT NULL
  ), added AS (
    INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)
    SELECT n.id, c, complaint, at FROM nodes n, unnest(client_ids) AS c
    ON CONFLICT DO NOTHING RETURNING incident_id
  ), sums AS (SELECT incident_id, count(*) AS number FROM added GROUP BY incident_id)
  UPDATE incidents SET clients = clients + s.number, unidentified = unidentified + new_unidentified
    FROM sums s WHERE incidents.id = s.incident_id
$$;
"""


def upgrade() -> None:
    op.execute(READ)
    op.execute(WRITE)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
