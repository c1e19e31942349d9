"""who sees which rows: row-level security by area (docs/adr/0010)"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What the application could do, the role of the engine and of admitted verbs can do from now on;
# the login itself reads what it is granted below, by area, and writes nothing.
HAND_OVER = """
DO $$
DECLARE g record;
BEGIN
  FOR g IN SELECT table_name, string_agg(privilege_type, ', ') AS what
             FROM information_schema.role_table_grants
            WHERE table_schema = 'public' AND grantee = 'fenghuo_app' GROUP BY table_name
  LOOP
    EXECUTE format('GRANT %s ON %I TO fenghuo_system', g.what, g.table_name);
  END LOOP;
END $$;
GRANT INSERT (at, actor, verb, subject, incident_id, unit_id, reason, before, after)
  ON journal TO fenghuo_system;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM fenghuo_app;
REVOKE INSERT (at, actor, verb, subject, incident_id, unit_id, reason, before, after)
  ON journal FROM fenghuo_app;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM fenghuo_app;
GRANT USAGE ON SCHEMA public TO fenghuo_system, fenghuo_counter;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO fenghuo_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM fenghuo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM fenghuo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO fenghuo_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO fenghuo_system;
"""

# Where an incident's people are: it is seen there, beside the area of its own unit.
PLACES = """
CREATE TABLE incident_places (
  incident_id bigint NOT NULL,
  unit_id bigint NOT NULL,
  CONSTRAINT pk_incident_places PRIMARY KEY (incident_id, unit_id),
  CONSTRAINT fk_incident_places_incident_id FOREIGN KEY (incident_id) REFERENCES incidents (id),
  CONSTRAINT fk_incident_places_unit_id FOREIGN KEY (unit_id) REFERENCES units (id)
);
GRANT SELECT, INSERT, DELETE ON incident_places TO fenghuo_system;
CREATE INDEX ix_incident_places_unit_id ON incident_places (unit_id);

CREATE FUNCTION incident_places_of(incident bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
  SELECT i.unit_id FROM incidents i WHERE i.id = incident
  UNION SELECT c.unit_id FROM incident_clients m JOIN complaints c ON c.id = m.complaint_id
         WHERE m.incident_id = incident
  UNION SELECT g.unit_id FROM gatherings g WHERE g.incident_id = incident
  UNION SELECT d.unit_id FROM duties d WHERE d.incident_id = incident
  UNION SELECT t.unit_id FROM tasks t WHERE t.incident_id = incident
  UNION SELECT p.unit_id FROM incidents i JOIN incident_places p ON p.incident_id = i.id
         WHERE i.parent_id = incident
$$;

CREATE FUNCTION place_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO incident_places (incident_id, unit_id)
    SELECT DISTINCT n.incident_id, c.unit_id FROM added n JOIN complaints c ON c.id = n.complaint_id
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER placed AFTER INSERT ON incident_clients
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION place_clients();

CREATE FUNCTION place_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO incident_places (incident_id, unit_id)
    SELECT i.id, NEW.unit_id FROM incidents me, incidents i
     WHERE me.id = NEW.incident_id AND i.id IN (me.id, me.parent_id)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER placed AFTER INSERT OR UPDATE OF incident_id ON gatherings
  FOR EACH ROW WHEN (NEW.incident_id IS NOT NULL) EXECUTE FUNCTION place_work();
CREATE TRIGGER placed AFTER INSERT OR UPDATE OF incident_id, unit_id ON duties
  FOR EACH ROW WHEN (NEW.incident_id IS NOT NULL) EXECUTE FUNCTION place_work();
CREATE TRIGGER placed AFTER INSERT OR UPDATE OF unit_id ON tasks
  FOR EACH ROW EXECUTE FUNCTION place_work();

CREATE FUNCTION place_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO incident_places (incident_id, unit_id)
    SELECT n.id, p FROM unnest(ARRAY[NEW.id, NEW.parent_id]) AS n(id),
           incident_places_of(NEW.id) AS p
     WHERE n.id IS NOT NULL ON CONFLICT DO NOTHING;
  IF TG_OP = 'UPDATE' AND OLD.parent_id IS NOT NULL AND OLD.parent_id IS DISTINCT FROM NEW.parent_id
  THEN  -- taken out: what it brought there leaves with it
    DELETE FROM incident_places WHERE incident_id = OLD.parent_id
       AND unit_id NOT IN (SELECT incident_places_of(OLD.parent_id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER placed AFTER INSERT OR UPDATE OF unit_id, parent_id ON incidents
  FOR EACH ROW EXECUTE FUNCTION place_incident();

CREATE FUNCTION unplace_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM incident_places p USING (SELECT DISTINCT incident_id FROM gone) g
   WHERE p.incident_id = g.incident_id
     AND p.unit_id NOT IN (SELECT incident_places_of(g.incident_id));
  RETURN NULL;
END $$;
CREATE TRIGGER unplaced AFTER DELETE ON incident_clients
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION unplace_clients();

-- Children first, so that a whole has the places of its parts.
INSERT INTO incident_places SELECT i.id, p FROM incidents i, incident_places_of(i.id) AS p
 WHERE i.parent_id IS NOT NULL;
INSERT INTO incident_places SELECT i.id, p FROM incidents i, incident_places_of(i.id) AS p
 WHERE i.parent_id IS NULL ON CONFLICT DO NOTHING;
"""

# The area is a unit's path, set for one transaction; unset, nothing is seen.
AREA = """
CREATE FUNCTION seen_area() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('fenghuo.area', true), '') $$;

CREATE FUNCTION bank_seen() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM units u WHERE u.path = seen_area() AND u.parent_id IS NULL) $$;
"""

#: Seen by everybody who is signed in: no client's data, nothing of one branch.
OPEN = (
    "business_clock", "units", "unit_tree_version", "calendar_days", "gateway_health",
    "engine_heartbeats", "standing_periods",
)  # fmt: skip


def _unit(column: str) -> str:
    """Written out, not a function: PostgreSQL looks up a list's units in one go then."""
    return (
        f"EXISTS (SELECT FROM units u WHERE u.id = {column} AND starts_with(u.path, seen_area()))"
    )


def _own(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM incidents i JOIN units u ON u.id = i.unit_id"
        f" WHERE i.id = {column} AND starts_with(u.path, seen_area()))"
    )


_UNIT, _OWN = _unit("unit_id"), _own("incident_id")
#: A unit above: whom one reports to, and calls.
_ABOVE = "EXISTS (SELECT FROM units u WHERE u.id = unit_id AND starts_with(seen_area(), u.path))"
_BANK = "(SELECT bank_seen())"
_COMPLAINT = "EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id)"
_SHEET = "EXISTS (SELECT FROM reception_sheets s WHERE s.id = sheet_id)"
_REPORT = "EXISTS (SELECT FROM reports r WHERE r.id = report_id)"
_DUTY = "EXISTS (SELECT FROM duties d WHERE d.id = duty_id)"
_PERSON = "EXISTS (SELECT FROM people p WHERE p.id = person_id)"
_INCIDENT = "EXISTS (SELECT FROM incidents i WHERE i.id = incident_id)"
_OTHER = "EXISTS (SELECT FROM incidents i WHERE i.id = other_id)"

#: table -> which of its rows an area sees. A policy that reads another table sees of it only what
#: the same viewer does, so "EXISTS (… complaints …)" is: of a complaint that they see.
SEEN = {
    "people": f"{_UNIT} OR {_ABOVE}",
    "team_members": f"{_UNIT} OR {_ABOVE}",
    "shifts": f"{_UNIT} OR {_ABOVE}",
    "absences": _PERSON,
    "blocked_phones": "EXISTS (SELECT FROM people p WHERE p.mobile = phone)",
    "complaints": f"{_UNIT} OR {_unit('received_unit_id')} OR {_unit('home_unit_id')}",
    "complaint_parties": _COMPLAINT,
    "clients": "EXISTS (SELECT FROM complaint_parties p WHERE p.client_id = clients.id)",
    "key_events": _COMPLAINT,
    "key_states": _UNIT,
    "incidents": f"{_UNIT} OR EXISTS (SELECT FROM incident_places p WHERE p.incident_id = incidents.id)",
    "incident_places": _UNIT,
    "incident_keys": _OWN,
    "incident_clients": _COMPLAINT,
    "gatherings": f"{_UNIT} OR {_OWN}",
    "messages": f"{_UNIT} OR {_OWN}",
    "ladders": _INCIDENT,
    "ladder_steps": _OWN,
    "acknowledgements": f"{_OWN} OR {_INCIDENT} AND {_PERSON}",
    "events": f"{_UNIT} OR {_OWN}",
    "duties": f"{_UNIT} OR {_OWN}",
    "duty_notices": _DUTY,
    "reception_sheets": f"{_UNIT} OR {_OWN}",
    "reception_rows": _SHEET,
    "onlooker_counts": _SHEET,
    "call_results": f"{_OWN} OR {_INCIDENT} AND {_PERSON}",
    "review_lessons": _OWN,
    "reviews": _OWN,
    "evidence_files": f"{_DUTY} OR {_OWN}",
    "reports": f"{_UNIT} OR {_OWN}",
    "report_figures": _REPORT,
    "report_times": f"{_REPORT} OR {_OWN}",
    "report_receipts": _REPORT,
    "report_exports": _REPORT,
    "incident_commands": _OWN,
    "handovers": _OWN,
    "tasks": f"{_UNIT} OR {_OWN}",
    "incident_notes": _OWN,
    "security_calls": _OWN,
    "incident_regroupings": f"({_OWN} AND {_OTHER}) OR ({_own('other_id')} AND {_INCIDENT})",
    "journal": f"{_UNIT} OR {_OWN}",
}  # fmt: skip

#: Nobody's area sees these: only the engine and admitted verbs do.
SYSTEM_ONLY = (
    "client_identifiers", "digest_items", "inbound_messages", "receipts", "sandbox_messages",
    "report_numbers", "import_runs",
)  # fmt: skip

# A branch reads the end of its own part of the journal: by its units, not through everybody's.
FEED = """
CREATE INDEX ix_journal_unit_id_id ON journal (unit_id, id) WHERE unit_id IS NOT NULL;
"""

# The journal is sealed by a role that nobody logs in as: not even the engine may write a seal.
SEAL = """
REVOKE ALL ON FUNCTION seal_journal(integer, boolean) FROM PUBLIC, fenghuo_app;
GRANT EXECUTE ON FUNCTION seal_journal(integer, boolean) TO fenghuo_system;
GRANT CREATE ON SCHEMA public TO fenghuo_counter;
ALTER FUNCTION seal_journal(integer, boolean) OWNER TO fenghuo_counter;
REVOKE CREATE ON SCHEMA public FROM fenghuo_counter;
GRANT SELECT, UPDATE (seal, seal_hash) ON journal TO fenghuo_counter;
CREATE POLICY sealed ON journal TO fenghuo_counter USING (true) WITH CHECK (true);
"""


def upgrade() -> None:
    for block in (HAND_OVER, PLACES, AREA, FEED):
        op.execute(block)
    op.execute(f"GRANT SELECT ON {', '.join(OPEN)} TO fenghuo_app")
    for table in (*SEEN, *SYSTEM_ONLY):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY whole ON {table} TO fenghuo_system USING (true) WITH CHECK (true)"
        )
    for table, rows in SEEN.items():
        op.execute(f"GRANT SELECT ON {table} TO fenghuo_app")
        # Head office sees all: asked once a query, not once a row.
        seen = f"{_BANK} OR {rows}"
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO fenghuo_app USING ({seen})")
    op.execute(SEAL)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
