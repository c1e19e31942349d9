"""cases that a regulator has passed on: demands, contacts, replies, filings (WP-20)"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE regulator_cases (
  id bigint GENERATED ALWAYS AS IDENTITY,
  regulator text NOT NULL,
  regulator_key text NOT NULL,
  level text NOT NULL,
  number text NOT NULL,
  number_key text NOT NULL,
  unit_id bigint NOT NULL,
  filing_unit_id bigint NOT NULL,
  received_at timestamptz NOT NULL,
  received_via text NOT NULL,
  state text NOT NULL DEFAULT 'received',
  round smallint NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  basis text NOT NULL,
  duty_id bigint,
  incident_id bigint,
  key_id bigint NOT NULL,
  sealed bytea,
  entered_by text NOT NULL,
  entered_name text,
  entered_at timestamptz NOT NULL,
  filed_at timestamptz,
  closed_at timestamptz,
  CONSTRAINT pk_regulator_cases PRIMARY KEY (id),
  CONSTRAINT uq_regulator_cases_regulator_key_number_key UNIQUE (regulator_key, number_key),
  CONSTRAINT ck_regulator_cases_level CHECK (level in ('national','bureau','local')),
  CONSTRAINT ck_regulator_cases_state CHECK (state in
    ('received','contacted','working','drafted','approved','filed','closed')),
  CONSTRAINT fk_regulator_cases_unit_id FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT fk_regulator_cases_filing_unit_id FOREIGN KEY (filing_unit_id) REFERENCES units (id),
  CONSTRAINT fk_regulator_cases_duty_id FOREIGN KEY (duty_id) REFERENCES duties (id),
  CONSTRAINT fk_regulator_cases_incident_id FOREIGN KEY (incident_id) REFERENCES incidents (id)
);
CREATE INDEX ix_regulator_cases_state_due_at ON regulator_cases (state, due_at);
CREATE INDEX ix_regulator_cases_unit_id ON regulator_cases (unit_id);
CREATE INDEX ix_regulator_cases_incident_id ON regulator_cases (incident_id);

CREATE TABLE regulator_case_complaints (
  case_id bigint NOT NULL,
  complaint_id bigint NOT NULL,
  linked_by text NOT NULL,
  linked_at timestamptz NOT NULL,
  CONSTRAINT pk_regulator_case_complaints PRIMARY KEY (case_id, complaint_id),
  CONSTRAINT fk_regulator_case_complaints_case_id FOREIGN KEY (case_id)
    REFERENCES regulator_cases (id),
  CONSTRAINT fk_regulator_case_complaints_complaint_id FOREIGN KEY (complaint_id)
    REFERENCES complaints (id)
);
CREATE INDEX ix_regulator_case_complaints_complaint_id ON regulator_case_complaints (complaint_id);

CREATE TABLE regulator_case_duties (
  case_id bigint NOT NULL,
  duty_id bigint NOT NULL,
  CONSTRAINT pk_regulator_case_duties PRIMARY KEY (case_id, duty_id),
  CONSTRAINT fk_regulator_case_duties_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id),
  CONSTRAINT fk_regulator_case_duties_duty_id FOREIGN KEY (duty_id) REFERENCES duties (id)
);
CREATE INDEX ix_regulator_case_duties_duty_id ON regulator_case_duties (duty_id);

CREATE TABLE regulator_demands (
  id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  position smallint NOT NULL,
  round smallint NOT NULL,
  due_at timestamptz,
  state text NOT NULL DEFAULT 'open',
  sealed bytea,
  ended_sealed bytea,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  ended_by text,
  ended_at timestamptz,
  CONSTRAINT pk_regulator_demands PRIMARY KEY (id),
  CONSTRAINT uq_regulator_demands_case_id_position UNIQUE (case_id, position),
  CONSTRAINT ck_regulator_demands_state CHECK (state in ('open','done','withdrawn')),
  CONSTRAINT fk_regulator_demands_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id)
);

CREATE TABLE regulator_contacts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  at timestamptz NOT NULL,
  via text NOT NULL,
  direction text NOT NULL,
  by text NOT NULL,
  sealed bytea NOT NULL,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_regulator_contacts PRIMARY KEY (id),
  CONSTRAINT ck_regulator_contacts_direction CHECK (direction in ('out','in')),
  CONSTRAINT fk_regulator_contacts_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id)
);
CREATE INDEX ix_regulator_contacts_case_id ON regulator_contacts (case_id);

CREATE TABLE regulator_answers (
  id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  number smallint NOT NULL,
  round smallint NOT NULL,
  state text NOT NULL,
  sealed bytea NOT NULL,
  drafted_by text NOT NULL,
  drafted_name text NOT NULL,
  drafted_at timestamptz NOT NULL,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  remark_sealed bytea,
  CONSTRAINT pk_regulator_answers PRIMARY KEY (id),
  CONSTRAINT uq_regulator_answers_case_id_number UNIQUE (case_id, number),
  CONSTRAINT ck_regulator_answers_state CHECK (state in
    ('drafted','returned','superseded','approved','filed')),
  CONSTRAINT fk_regulator_answers_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id)
);

CREATE TABLE regulator_filings (
  id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  answer_id bigint NOT NULL,
  regulator text NOT NULL,
  level text NOT NULL,
  number text NOT NULL,
  by text NOT NULL,
  "to" text NOT NULL,
  via text NOT NULL,
  at timestamptz NOT NULL,
  file_id bigint,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_regulator_filings PRIMARY KEY (id),
  CONSTRAINT uq_regulator_filings_answer_id UNIQUE (answer_id),
  CONSTRAINT fk_regulator_filings_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id),
  CONSTRAINT fk_regulator_filings_answer_id FOREIGN KEY (answer_id)
    REFERENCES regulator_answers (id),
  CONSTRAINT fk_regulator_filings_file_id FOREIGN KEY (file_id) REFERENCES evidence_files (id)
);
CREATE INDEX ix_regulator_filings_case_id ON regulator_filings (case_id);

CREATE TABLE regulator_extensions (
  id bigint GENERATED ALWAYS AS IDENTITY,
  case_id bigint NOT NULL,
  old_due_at timestamptz NOT NULL,
  new_due_at timestamptz NOT NULL,
  consent_at timestamptz NOT NULL,
  consent_via text NOT NULL,
  sealed bytea NOT NULL,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_regulator_extensions PRIMARY KEY (id),
  CONSTRAINT fk_regulator_extensions_case_id FOREIGN KEY (case_id) REFERENCES regulator_cases (id)
);
CREATE INDEX ix_regulator_extensions_case_id ON regulator_extensions (case_id);
"""

COMMENTS = {
    "regulator_cases.regulator": "the office's name as it was given",
    "regulator_cases.regulator_key": "the name as it is compared",
    "regulator_cases.number": "the regulator's own (文号, 转办单号)",
    "regulator_cases.round": "times reopened",
    "regulator_cases.due_at": "follows the duty's",
    "regulator_cases.basis": "what the deadline rests on",
    "regulator_cases.key_id": "of data_keys",
    "regulator_cases.sealed": "what it is about",
    "regulator_demands.due_at": "its own; null: the case's",
    "regulator_demands.sealed": "what is asked",
    "regulator_demands.ended_sealed": "what came of it",
    "regulator_contacts.by": "of ours",
    "regulator_contacts.sealed": "with whom, what was said",
    "regulator_answers.number": "version, from 1",
    "regulator_answers.sealed": "the reply",
    "regulator_answers.remark_sealed": "why it was given back",
    "regulator_filings.number": "of the receipt",
    "regulator_filings.to": "who received it",
    "regulator_extensions.sealed": "who consented, under which number, why",
}

# Whatever moves the deadline's duty (a consent, a change of the calendar) moves the case's date.
FOLLOW = """
CREATE FUNCTION follow_regulator_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE regulator_cases SET due_at = NEW.due_at WHERE duty_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER followed AFTER UPDATE OF due_at ON duties FOR EACH ROW
  WHEN (NEW.due_at IS DISTINCT FROM OLD.due_at AND NEW.event = 'regulator_case')
  EXECUTE FUNCTION follow_regulator_deadline();
"""

_OWN = "EXISTS (SELECT FROM units u WHERE u.id = unit_id AND starts_with(u.path, seen_area()))"
_CASE = "EXISTS (SELECT FROM regulator_cases k WHERE k.id = case_id)"
#: A case is seen where it was addressed to, and where a complaint that it is about is seen. A link
#: is seen with its complaint alone: another branch's complaint stays that branch's.
SEEN = {
    "regulator_cases": f"{_OWN} OR EXISTS (SELECT FROM regulator_case_complaints l"
    " WHERE l.case_id = regulator_cases.id)",
    "regulator_case_complaints": "EXISTS (SELECT FROM complaints c WHERE c.id = complaint_id)",
    "regulator_case_duties": _CASE,
    "regulator_demands": _CASE,
    "regulator_contacts": _CASE,
    "regulator_answers": _CASE,
    "regulator_filings": _CASE,
    "regulator_extensions": _CASE,
}  # fmt: skip
#: A receipt's file is seen with its filing, whoever owes the duty that it proves.
FILE = (
    "CREATE POLICY seen_with_filing ON evidence_files FOR SELECT TO fenghuo_app USING"
    " (EXISTS (SELECT FROM regulator_filings f WHERE f.file_id = evidence_files.id))"
)


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FOLLOW)
    for column, words in COMMENTS.items():
        table, name = column.split(".")
        said = words.replace("'", "''")
        op.execute(f"COMMENT ON COLUMN {table}.\"{name}\" IS '{said}'")
    for table, rows in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY whole ON {table} TO fenghuo_system USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT SELECT ON {table} TO fenghuo_app")
        op.execute(
            f"CREATE POLICY seen ON {table} FOR SELECT TO fenghuo_app"
            f" USING ((SELECT bank_seen()) OR {rows})"
        )
    op.execute(FILE)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
