"""reports to head office and regulator, their times, receipts, exports; evidence files"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FILES = """
CREATE TABLE evidence_files (
  id bigint GENERATED ALWAYS AS IDENTITY,
  incident_id bigint,
  duty_id bigint,
  media_type text NOT NULL,
  size integer NOT NULL,
  sha256 bytea NOT NULL,
  content bytea NOT NULL,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT pk_evidence_files PRIMARY KEY (id),
  CONSTRAINT fk_evidence_files_incident_id FOREIGN KEY (incident_id) REFERENCES incidents (id),
  CONSTRAINT fk_evidence_files_duty_id FOREIGN KEY (duty_id) REFERENCES duties (id),
  CONSTRAINT ck_evidence_files_size CHECK (size = octet_length(content)),
  CONSTRAINT ck_evidence_files_subject CHECK (incident_id is not null or duty_id is not null)
);
CREATE INDEX ix_evidence_files_incident_id ON evidence_files (incident_id);
CREATE INDEX ix_evidence_files_duty_id ON evidence_files (duty_id);
"""

REPORTS = """
CREATE TABLE reports (
  id bigint GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL,
  unit_id bigint NOT NULL,
  kind text NOT NULL,
  addressee text NOT NULL,
  to_name text NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  version integer NOT NULL DEFAULT 1,
  fields jsonb NOT NULL,
  base_id bigint,
  duty_id bigint,
  year smallint,
  number integer,
  number_text text,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  signed_at timestamptz,
  signed_by text,
  signer text,
  signer_role text,
  paper jsonb,
  paper_sha256 bytea,
  discarded_at timestamptz,
  discard_reason text,
  CONSTRAINT pk_reports PRIMARY KEY (id),
  CONSTRAINT fk_reports_incident_id FOREIGN KEY (incident_id) REFERENCES incidents (id),
  CONSTRAINT fk_reports_unit_id FOREIGN KEY (unit_id) REFERENCES units (id),
  CONSTRAINT fk_reports_base_id FOREIGN KEY (base_id) REFERENCES reports (id),
  CONSTRAINT fk_reports_duty_id FOREIGN KEY (duty_id) REFERENCES duties (id),
  CONSTRAINT uq_reports_unit_id_addressee_year_number UNIQUE (unit_id, addressee, year, number),
  CONSTRAINT ck_reports_kind CHECK (kind in ('first','follow_up','final')),
  CONSTRAINT ck_reports_addressee CHECK (addressee in ('head_office','regulator')),
  CONSTRAINT ck_reports_state CHECK (state in ('draft','signed','sent','received','discarded')),
  CONSTRAINT ck_reports_signed CHECK ((paper IS NOT NULL) = (number IS NOT NULL)
    AND (paper IS NOT NULL) = (signed_at IS NOT NULL) AND (state = 'discarded'
    OR (state = 'draft') = (paper IS NULL)))
);
CREATE UNIQUE INDEX uq_reports_draft ON reports (incident_id, addressee, unit_id)
  WHERE state = 'draft';
CREATE UNIQUE INDEX uq_reports_first ON reports (incident_id, addressee, unit_id)
  WHERE kind = 'first' AND state <> 'discarded';
CREATE INDEX ix_reports_incident_id ON reports (incident_id);

CREATE TABLE report_numbers (
  unit_id bigint NOT NULL,
  addressee text NOT NULL,
  year smallint NOT NULL,
  last integer NOT NULL,
  CONSTRAINT pk_report_numbers PRIMARY KEY (unit_id, addressee, year),
  CONSTRAINT fk_report_numbers_unit_id FOREIGN KEY (unit_id) REFERENCES units (id)
);

CREATE TABLE report_figures (
  report_id bigint NOT NULL,
  version smallint NOT NULL,
  as_of timestamptz NOT NULL,
  revision bigint NOT NULL,
  figures jsonb NOT NULL,
  frozen_by text NOT NULL,
  CONSTRAINT pk_report_figures PRIMARY KEY (report_id, version),
  CONSTRAINT fk_report_figures_report_id FOREIGN KEY (report_id) REFERENCES reports (id)
);
COMMENT ON COLUMN report_figures.revision IS 'the last journal entry that they rest on';

CREATE TABLE report_times (
  id bigint GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL,
  report_id bigint,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  reason text,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_report_times PRIMARY KEY (id),
  CONSTRAINT fk_report_times_incident_id FOREIGN KEY (incident_id) REFERENCES incidents (id),
  CONSTRAINT fk_report_times_report_id FOREIGN KEY (report_id) REFERENCES reports (id),
  CONSTRAINT ck_report_times_kind CHECK (kind in ('occurred','aware','decided','sent','received')),
  CONSTRAINT ck_report_times_whose CHECK ((kind in ('occurred','aware')) = (report_id IS NULL))
);
COMMENT ON COLUMN report_times.report_id IS 'null: a time of the incident itself';
CREATE INDEX ix_report_times_incident_id ON report_times (incident_id);

CREATE TABLE report_receipts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  report_id bigint NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  by text NOT NULL,
  "to" text NOT NULL,
  number text,
  via text NOT NULL,
  note text,
  file_id bigint,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_report_receipts PRIMARY KEY (id),
  CONSTRAINT fk_report_receipts_report_id FOREIGN KEY (report_id) REFERENCES reports (id),
  CONSTRAINT fk_report_receipts_file_id FOREIGN KEY (file_id) REFERENCES evidence_files (id),
  CONSTRAINT ck_report_receipts_kind CHECK (kind in ('phoned','sent','received')),
  CONSTRAINT ck_report_receipts_via CHECK (via in ('phone','written','system')),
  CONSTRAINT ck_report_receipts_number CHECK (kind <> 'sent' OR number IS NOT NULL)
);
CREATE INDEX ix_report_receipts_report_id ON report_receipts (report_id);
CREATE UNIQUE INDEX uq_report_receipts_once ON report_receipts (report_id, kind)
  WHERE kind <> 'phoned';

CREATE TABLE report_exports (
  report_id bigint NOT NULL,
  format text NOT NULL,
  sha256 bytea NOT NULL,
  content bytea NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT pk_report_exports PRIMARY KEY (report_id, format),
  CONSTRAINT fk_report_exports_report_id FOREIGN KEY (report_id) REFERENCES reports (id),
  CONSTRAINT ck_report_exports_format CHECK (format in ('docx','pdf'))
);
"""

# What was frozen, entered or exported stays as it is; a correction is a row of its own.
RIGHTS = """
REVOKE UPDATE, DELETE ON evidence_files, report_figures, report_times, report_receipts,
  report_exports FROM fenghuo_app;
"""


def upgrade() -> None:
    op.execute(FILES)
    op.execute(REPORTS)
    op.execute(RIGHTS)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
