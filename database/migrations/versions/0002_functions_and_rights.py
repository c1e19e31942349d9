"""functions and rights: the business clock, the journal's seal, what the application may do"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CLOCK = """
INSERT INTO business_clock (real_anchor, business_anchor, rate)
SELECT t, t, 1 FROM (SELECT clock_timestamp() AS t) AS now;

CREATE FUNCTION business_at(real_moment timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS
$$ SELECT business_anchor + (real_moment - real_anchor) * rate FROM business_clock $$;

CREATE FUNCTION business_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT business_anchor + (clock_timestamp() - real_anchor) * rate FROM business_clock $$;
"""

MICROS = """
CREATE FUNCTION micros(moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (extract(epoch FROM moment) * 1000000)::bigint $$;
"""

UNITS = """
INSERT INTO unit_tree_version (version) VALUES (1);

CREATE FUNCTION bump_unit_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN UPDATE unit_tree_version SET version = version + 1; RETURN NULL; END $$;

CREATE TRIGGER units_changed AFTER INSERT OR UPDATE OR DELETE ON units
FOR EACH STATEMENT EXECUTE FUNCTION bump_unit_tree();
"""

# A row may be sealed once every transaction that could still commit an older row has ended
# (its xid lies below the oldest running one). The advisory lock keeps sealers in single file.
SEAL = """
CREATE FUNCTION journal_text(j journal) RETURNS text LANGUAGE sql STABLE
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' AS $$
  SELECT jsonb_build_array(j.id, j.real_at, j.at, j.actor, j.verb, j.subject, j.incident_id,
                           j.unit_id, j.reason, j.before, j.after)::text
$$;

CREATE FUNCTION seal_journal(most integer, everything boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  entry journal; previous bytea; place bigint; done integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(4607183);
  SELECT seal, seal_hash INTO place, previous FROM journal
   WHERE seal IS NOT NULL ORDER BY seal DESC LIMIT 1;
  place := coalesce(place, 0);
  previous := coalesce(previous, ''::bytea);
  FOR entry IN
    SELECT * FROM journal
     WHERE seal IS NULL
       AND (everything OR xid < pg_snapshot_xmin(pg_current_snapshot()))
     ORDER BY id LIMIT most
  LOOP
    place := place + 1;
    previous := sha256(previous || convert_to(journal_text(entry), 'UTF8'));
    UPDATE journal SET seal = place, seal_hash = previous WHERE id = entry.id;
    done := done + 1;
  END LOOP;
  RETURN done;
END $$;
"""

# The application may add to the journal and read it, nothing else; it may not shift the clock.
RIGHTS = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO fenghuo_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO fenghuo_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO fenghuo_app;
REVOKE INSERT, UPDATE, DELETE ON business_clock, alembic_version, unit_tree_version FROM fenghuo_app;
REVOKE INSERT, UPDATE, DELETE ON journal FROM fenghuo_app;
GRANT INSERT (at, actor, verb, subject, incident_id, unit_id, reason, before, after)
  ON journal TO fenghuo_app;
REVOKE DELETE ON complaints, complaint_parties, incidents, messages, acknowledgements,
  inbound_messages, receipts, duties, ladder_steps FROM fenghuo_app;
REVOKE ALL ON FUNCTION seal_journal(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_journal(integer, boolean) TO fenghuo_app;
"""


def upgrade() -> None:
    for block in (CLOCK, MICROS, UNITS, SEAL, RIGHTS):
        op.execute(block)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
