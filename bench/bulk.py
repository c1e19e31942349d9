"""Fills a database with many stored complaints, fast: SQL straight into the real tables."""

from __future__ import annotations

import io

import sqlalchemy as sa

from core.key_rings import parse_ring
from core.vault import Vault
from database.connection import Database
from escalation.sealing import seal_party, seal_texts
from tests.postgres import TestDatabase
from tests.system.running import KEYS

DAYS = 90
PRODUCTS = 3000

# Evenly over 90 days up to now, outlets and products in turn: at a million, some 11,000 lie in the
# last 24 hours, five or six an outlet, so that every key's window is alive and none has fired.
_MATERIAL = """
CREATE TEMP TABLE stock AS
SELECT n, u.id AS unit_id, u.code AS unit, b.id AS branch_id, b.code AS branch,
       '稳盈' || n * 7 % :products || '号' AS product,
       now() - make_interval(secs => (:rows - n)::float / :rows * :days * 86400) AS at
  FROM generate_series(1, :rows) AS n
  JOIN (SELECT id, code, parent_id, row_number() OVER (ORDER BY code) - 1 AS place
          FROM units WHERE level = 'sub_branch') AS u
    ON u.place = n % (SELECT count(*) FROM units WHERE level = 'sub_branch')
  JOIN units b ON b.id = u.parent_id
"""

_TABLES = (
    "INSERT INTO clients (id, document, names, identified, key_id) OVERRIDING SYSTEM VALUE"
    " SELECT n, substr(sha256(('d' || n)::bytea), 1, 16),"
    " ARRAY[substr(sha256(('n' || n)::bytea), 1, 16)], true, n FROM stock",
    "INSERT INTO client_identifiers (kind, value, client_id)"
    " SELECT 'document', substr(sha256(('d' || n)::bytea), 1, 16), n FROM stock"
    " UNION ALL SELECT 'phone', substr(sha256(('p' || n)::bytea), 1, 16), n FROM stock",
    "INSERT INTO data_keys (id, wrapped, master) OVERRIDING SYSTEM VALUE"
    " SELECT n, wrapped, 1 FROM sealed_stock",
    "INSERT INTO complaints (id, source, source_ref, body_digest, answer, received_at,"
    " entered_at, channel, unit_id, product, key_id, sealed, face_to_face)"
    " OVERRIDING SYSTEM VALUE SELECT n, 'stock', 's-' || n, sha256(('c' || n)::bytea),"
    " jsonb_build_object('complaint', 'C' || lpad(n::text, 8, '0'), 'incident', NULL,"
    " 'counted', '[]'::jsonb), at, at, 'counter', unit_id, product, n, texts, false"
    " FROM stock JOIN sealed_stock USING (n)",
    "INSERT INTO tickets (complaint_id, stage, received_at, opened_at, channel, product, unit_id,"
    " complained_unit_id) SELECT n, 'archived', at, at, 'counter', product, unit_id, unit_id"
    " FROM stock",
    "INSERT INTO complaint_parties (complaint_id, position, role, client_id, key_id, sealed)"
    " SELECT n, 0, 'principal', n, n, party FROM sealed_stock",
    "INSERT INTO complaint_words (complaint_id, version, words) SELECT n, 1, '{}' FROM stock",
    "INSERT INTO key_events (key, client_id, complaint_id, received_at)"
    " SELECT 'unit:' || unit, n, n, at FROM stock UNION ALL"
    " SELECT 'branch_product:' || branch || ':' || product, n, n, at FROM stock UNION ALL"
    " SELECT 'product:' || product, n, n, at FROM stock",
    "INSERT INTO key_states (key, kind, unit_id, product, clients, threshold, state, since)"
    " SELECT DISTINCT ON (key) key, kind, unit_id, product, 1, threshold, 'quiet', at FROM ("
    " SELECT 'unit:' || unit AS key, 'unit' AS kind, unit_id, NULL AS product, 10 AS threshold,"
    " at FROM stock UNION ALL"
    " SELECT 'branch_product:' || branch || ':' || product, 'branch_product', branch_id,"
    " product, 10, at FROM stock UNION ALL"
    " SELECT 'product:' || product, 'product', NULL, product, 30, at FROM stock) AS k"
    " ORDER BY key, at DESC",
    "INSERT INTO journal (at, actor, verb, subject, unit_id, after)"
    " SELECT at, 'bench', 'complaint_received', 'complaint:' || n, unit_id,"
    " jsonb_build_object('channel', 'counter', 'history', false) FROM stock",
)

_AFTER = (
    "SELECT setval('complaints_id_seq', :rows), setval('clients_id_seq', :rows),"
    " setval('data_keys_id_seq', :rows)",
    "UPDATE vault_state SET words_mark = :rows",
    "SELECT seal_journal(2000000, true)",
)


SUBJECT = "到期收益与宣传不符"
SUMMARY = "客户称购买时被告知年化收益率为百分之四,实际到账明显低于宣传,要求书面说明。"


def _seal(connection: sa.Connection, rows: int) -> None:
    """What each complaint says and of whom, sealed as the intake does it, by COPY."""
    vault = Vault(parse_ring("data", KEYS["FENGHUO_DATA_KEYS"]))
    connection.execute(sa.text(
        "CREATE TEMP TABLE sealed_stock (n bigint, wrapped bytea, texts bytea, party bytea)"
    ))  # fmt: skip
    lines = io.StringIO()
    for n in range(1, rows + 1):
        key = vault.new_key(n)
        texts = seal_texts(vault, key, n, {"subject": SUBJECT, "summary": SUMMARY})
        party = seal_party(vault, key, n, 0, {
            "name": f"客户{n}", "phone": f"138{n:08d}", "id_number": f"310101196{n:09d}",
        })  # fmt: skip
        assert texts and party
        lines.write(f"{n}\t\\\\x{key.wrapped.hex()}\t\\\\x{texts.hex()}\t\\\\x{party.hex()}\n")
    lines.seek(0)
    raw = connection.connection.cursor()
    raw.copy_expert("COPY sealed_stock FROM STDIN", lines)
    connection.execute(sa.text("CREATE UNIQUE INDEX ON sealed_stock (n)"))


def fill(db: TestDatabase, rows: int) -> None:
    """Store `rows` complaints with clients, keys and journal, then VACUUM ANALYZE."""
    # As superuser with the foreign keys' triggers asleep: the rows are right by construction.
    admin = Database(db.cluster.server.url("postgres", db.name), pool_size=1, role=None)

    def load(connection: sa.Connection) -> None:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("SET LOCAL maintenance_work_mem = '512MB'"))
        connection.execute(
            sa.text(_MATERIAL.replace("::", "\\:\\:")),
            {"rows": rows, "days": DAYS, "products": PRODUCTS},
        )
        _seal(connection, rows)
        for statement in (*_TABLES, *_AFTER):
            given = {"rows": rows} if ":rows" in statement else {}
            connection.execute(sa.text(statement.replace("::", "\\:\\:")), given)

    try:
        admin.run(load)
        with admin.autocommit() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
            connection.execute(sa.text("CHECKPOINT"))
    finally:
        admin.dispose()
