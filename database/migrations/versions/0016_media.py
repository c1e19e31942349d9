"""media cases, statements, the media list and feeds (WP-19, WP-31)"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE media_feeds (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  unit_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  keywords TEXT[] NOT NULL,
  scope TEXT NOT NULL,
  active BOOLEAN DEFAULT true NOT NULL,
  every_minutes INTEGER DEFAULT '10' NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  next_real timestamptz DEFAULT now() NOT NULL,
  looked_at timestamptz,
  good_at timestamptz,
  failing_since timestamptz,
  fault TEXT,
  entries INTEGER,
  CONSTRAINT pk_media_feeds PRIMARY KEY (id),
  CONSTRAINT ck_media_feeds_every CHECK (every_minutes between 1 and 1440),
  CONSTRAINT ck_media_feeds_scope CHECK (scope in ('regional', 'national')),
  CONSTRAINT ck_media_feeds_failing CHECK ((failing_since is null) = (fault is null)),
  CONSTRAINT uq_media_feeds_unit_id_url UNIQUE (unit_id, url),
  CONSTRAINT fk_media_feeds_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
COMMENT ON COLUMN media_feeds.name IS 'the outlet, as its cases will say';
COMMENT ON COLUMN media_feeds.looked_at IS 'the last look, whatever came of it';
COMMENT ON COLUMN media_feeds.good_at IS 'the last look that could be read';
COMMENT ON COLUMN media_feeds.fault IS 'why the last look failed, a code';
COMMENT ON COLUMN media_feeds.entries IS 'in the last good look';
CREATE TABLE media_cases (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  unit_id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA,
  state TEXT DEFAULT 'open' NOT NULL,
  scope TEXT NOT NULL,
  origin TEXT NOT NULL,
  aware_at timestamptz NOT NULL,
  found_by TEXT NOT NULL,
  found_role TEXT,
  found_actor TEXT NOT NULL,
  verdict TEXT,
  checked_at timestamptz,
  outcome TEXT,
  settled_at timestamptz,
  reopened INTEGER DEFAULT '0' NOT NULL,
  joined_id BIGINT,
  incident_id BIGINT,
  spokesperson TEXT,
  CONSTRAINT pk_media_cases PRIMARY KEY (id),
  CONSTRAINT ck_media_cases_state CHECK (state in ('open', 'settled')),
  CONSTRAINT ck_media_cases_scope CHECK (scope in ('regional', 'national')),
  CONSTRAINT ck_media_cases_origin CHECK (origin in ('hand', 'watch')),
  CONSTRAINT ck_media_cases_verdict CHECK (verdict in ('wrong', 'partly', 'right', 'not_ours')),
  CONSTRAINT ck_media_cases_settled CHECK ((state = 'settled') = (outcome is not null) and (outcome is null) = (settled_at is null)),
  CONSTRAINT fk_media_cases_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
  CONSTRAINT fk_media_cases_joined_id FOREIGN KEY(joined_id) REFERENCES media_cases (id),
  CONSTRAINT fk_media_cases_incident_id FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
CREATE INDEX ix_media_cases_incident_id ON media_cases (incident_id) WHERE incident_id is not null;
CREATE INDEX ix_media_cases_open ON media_cases (aware_at) WHERE state = 'open';
CREATE INDEX ix_media_cases_unit_id ON media_cases (unit_id);
COMMENT ON COLUMN media_cases.key_id IS 'of data_keys';
COMMENT ON COLUMN media_cases.sealed IS 'headline';
COMMENT ON COLUMN media_cases.origin IS 'hand or watch';
COMMENT ON COLUMN media_cases.verdict IS 'what the latest finding says';
COMMENT ON COLUMN media_cases.checked_at IS 'when it was first checked since it was (re)opened';
COMMENT ON COLUMN media_cases.joined_id IS 'the same story''s case';
CREATE TABLE media_sightings (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  outlet TEXT NOT NULL,
  link_digest BYTEA,
  key_id BIGINT NOT NULL,
  sealed BYTEA,
  published_at timestamptz,
  seen_at timestamptz NOT NULL,
  found_by TEXT NOT NULL,
  found_role TEXT,
  found_actor TEXT NOT NULL,
  feed_id BIGINT,
  CONSTRAINT pk_media_sightings PRIMARY KEY (id),
  CONSTRAINT fk_media_sightings_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id),
  CONSTRAINT uq_media_sightings_link_digest UNIQUE (link_digest),
  CONSTRAINT fk_media_sightings_feed_id FOREIGN KEY(feed_id) REFERENCES media_feeds (id)
);
CREATE INDEX ix_media_sightings_case_id ON media_sightings (case_id);
COMMENT ON COLUMN media_sightings.link_digest IS 'keyed; null where there is no link';
COMMENT ON COLUMN media_sightings.key_id IS 'of data_keys';
COMMENT ON COLUMN media_sightings.sealed IS 'link, headline, excerpt';
CREATE TABLE media_reaches (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  sighting_id BIGINT NOT NULL,
  reach BIGINT,
  word TEXT NOT NULL,
  at timestamptz NOT NULL,
  noted_by TEXT NOT NULL,
  noted_role TEXT,
  noted_actor TEXT NOT NULL,
  CONSTRAINT pk_media_reaches PRIMARY KEY (id),
  CONSTRAINT ck_media_reaches_reach CHECK (reach >= 0),
  CONSTRAINT ck_media_reaches_word CHECK (word in ('small', 'regional', 'national', 'viral')),
  CONSTRAINT fk_media_reaches_sighting_id FOREIGN KEY(sighting_id) REFERENCES media_sightings (id)
);
CREATE INDEX ix_media_reaches_sighting_id ON media_reaches (sighting_id);
COMMENT ON COLUMN media_reaches.reach IS 'readers, plays or the print run; null where unknown';
CREATE TABLE media_files (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  sighting_id BIGINT,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 BYTEA NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  added_by TEXT NOT NULL,
  added_role TEXT,
  added_actor TEXT NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT pk_media_files PRIMARY KEY (id),
  CONSTRAINT fk_media_files_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id),
  CONSTRAINT fk_media_files_sighting_id FOREIGN KEY(sighting_id) REFERENCES media_sightings (id)
);
CREATE INDEX ix_media_files_case_id ON media_files (case_id);
COMMENT ON COLUMN media_files.key_id IS 'of data_keys';
COMMENT ON COLUMN media_files.sealed IS 'its content';
CREATE TABLE media_acts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  act TEXT NOT NULL,
  at timestamptz NOT NULL,
  noted_at timestamptz NOT NULL,
  done_by TEXT NOT NULL,
  done_role TEXT,
  done_actor TEXT NOT NULL,
  facts JSONB DEFAULT '{}'::jsonb NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA,
  file_id BIGINT,
  CONSTRAINT pk_media_acts PRIMARY KEY (id),
  CONSTRAINT fk_media_acts_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id),
  CONSTRAINT fk_media_acts_file_id FOREIGN KEY(file_id) REFERENCES media_files (id)
);
CREATE INDEX ix_media_acts_case_id ON media_acts (case_id);
COMMENT ON COLUMN media_acts.at IS 'when it was done';
COMMENT ON COLUMN media_acts.key_id IS 'of data_keys';
COMMENT ON COLUMN media_acts.sealed IS 'what was said';
CREATE TABLE media_statements (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  drafted_by TEXT NOT NULL,
  drafted_role TEXT,
  drafted_actor TEXT NOT NULL,
  drafted_ident TEXT NOT NULL,
  drafted_at timestamptz NOT NULL,
  approved_by TEXT,
  approved_role TEXT,
  approved_actor TEXT,
  approved_ident TEXT,
  approved_at timestamptz,
  issued_by TEXT,
  issued_role TEXT,
  issued_actor TEXT,
  issued_at timestamptz,
  issued_via TEXT,
  CONSTRAINT pk_media_statements PRIMARY KEY (id),
  CONSTRAINT ck_media_statements_kind CHECK (kind in ('statement', 'holding')),
  CONSTRAINT ck_media_statements_state CHECK (state in ('draft', 'returned', 'approved', 'issued', 'superseded')),
  CONSTRAINT ck_media_statements_approved CHECK (state not in ('approved', 'issued') or (approved_at is not null and approved_ident <> drafted_ident)),
  CONSTRAINT ck_media_statements_issued CHECK ((state = 'issued') = (issued_at is not null)),
  CONSTRAINT uq_media_statements_case_id_kind_version UNIQUE (case_id, kind, version),
  CONSTRAINT fk_media_statements_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id)
);
COMMENT ON COLUMN media_statements.kind IS 'statement or holding';
COMMENT ON COLUMN media_statements.key_id IS 'of data_keys';
COMMENT ON COLUMN media_statements.sealed IS 'text';
COMMENT ON COLUMN media_statements.drafted_ident IS 'the person, whatever seat they act in';
CREATE TABLE media_complaints (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT NOT NULL,
  complaint_id BIGINT NOT NULL,
  linked_at timestamptz NOT NULL,
  linked_by TEXT NOT NULL,
  linked_role TEXT,
  linked_actor TEXT NOT NULL,
  ended_at timestamptz,
  CONSTRAINT pk_media_complaints PRIMARY KEY (id),
  CONSTRAINT fk_media_complaints_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id),
  CONSTRAINT fk_media_complaints_complaint_id FOREIGN KEY(complaint_id) REFERENCES complaints (id)
);
CREATE INDEX ix_media_complaints_complaint_id ON media_complaints (complaint_id);
CREATE UNIQUE INDEX uq_media_complaints_open ON media_complaints (case_id, complaint_id) WHERE ended_at is null;
COMMENT ON COLUMN media_complaints.ended_at IS 'it was linked by mistake';
CREATE TABLE media_events (
  event_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  CONSTRAINT pk_media_events PRIMARY KEY (event_id),
  CONSTRAINT fk_media_events_event_id FOREIGN KEY(event_id) REFERENCES events (id),
  CONSTRAINT fk_media_events_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id)
);
CREATE INDEX ix_media_events_case_id ON media_events (case_id);
CREATE TABLE media_contacts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  unit_id BIGINT NOT NULL,
  outlet TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA,
  active BOOLEAN DEFAULT true NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  CONSTRAINT pk_media_contacts PRIMARY KEY (id),
  CONSTRAINT fk_media_contacts_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
CREATE INDEX ix_media_contacts_unit_id ON media_contacts (unit_id);
COMMENT ON COLUMN media_contacts.key_id IS 'of data_keys';
COMMENT ON COLUMN media_contacts.sealed IS 'name, phone, email, beat';
CREATE TABLE media_talks (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  case_id BIGINT,
  contact_id BIGINT,
  unit_id BIGINT NOT NULL,
  outlet TEXT NOT NULL,
  via TEXT NOT NULL,
  at timestamptz NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA,
  noted_at timestamptz NOT NULL,
  noted_by TEXT NOT NULL,
  noted_role TEXT,
  noted_actor TEXT NOT NULL,
  CONSTRAINT pk_media_talks PRIMARY KEY (id),
  CONSTRAINT ck_media_talks_about CHECK (case_id is not null or contact_id is not null),
  CONSTRAINT fk_media_talks_case_id FOREIGN KEY(case_id) REFERENCES media_cases (id),
  CONSTRAINT fk_media_talks_contact_id FOREIGN KEY(contact_id) REFERENCES media_contacts (id),
  CONSTRAINT fk_media_talks_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);
CREATE INDEX ix_media_talks_case_id ON media_talks (case_id);
CREATE INDEX ix_media_talks_contact_id ON media_talks (contact_id);
COMMENT ON COLUMN media_talks.key_id IS 'of data_keys';
COMMENT ON COLUMN media_talks.sealed IS 'journalist, said';
"""

# What was done, seen and said stays as it was written; a statement's text is never changed, a
# sighting may only be put to another case of the same story.
RIGHTS = """
REVOKE UPDATE ON media_acts, media_reaches, media_files, media_talks, media_statements,
  media_sightings, media_events, media_complaints FROM fenghuo_system;
GRANT UPDATE (state, approved_by, approved_role, approved_actor, approved_ident, approved_at,
  issued_by, issued_role, issued_actor, issued_at, issued_via) ON media_statements
  TO fenghuo_system;
GRANT UPDATE (case_id) ON media_sightings, media_events TO fenghuo_system;
GRANT UPDATE (ended_at) ON media_complaints TO fenghuo_system;
"""


def _unit(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM units u WHERE u.id = {column} AND starts_with(u.path, seen_area()))"
    )


# Of an incident or a complaint of one's own: what lies elsewhere is not seen for it.
_INCIDENT = (
    "EXISTS (SELECT FROM incidents i JOIN units u ON u.id = i.unit_id"
    " WHERE i.id = incident_id AND starts_with(u.path, seen_area()))"
)
_LINKED = (
    "EXISTS (SELECT FROM media_complaints m JOIN complaints c ON c.id = m.complaint_id"
    " WHERE m.case_id = media_cases.id AND m.ended_at IS NULL)"
)
_CASE = "EXISTS (SELECT FROM media_cases m WHERE m.id = case_id)"

#: table -> which of its rows an area sees (as in 0009)
SEEN = {
    "media_feeds": _unit("unit_id"),
    "media_cases": f"{_unit('unit_id')} OR {_INCIDENT} OR {_LINKED}",
    "media_sightings": _CASE,
    "media_reaches": "EXISTS (SELECT FROM media_sightings s WHERE s.id = sighting_id)",
    "media_files": _CASE,
    "media_acts": _CASE,
    "media_statements": _CASE,
    "media_complaints": "EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id)",
    "media_events": _CASE,
    "media_contacts": _unit("unit_id"),
    "media_talks": f"{_unit('unit_id')} OR {_CASE}",
}


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(RIGHTS)
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
