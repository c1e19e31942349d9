"""Tickets as years of work leave them: stages, outcomes, owners and acts, made by set in SQL.

`work_all` gives life to whatever tickets are stored (`bench.bulk.fill` stores them with sealed
words); `bare` stores complaints without words, quickly, for tests. The same rows always get the
same life: chance is a hash of their number.
"""

from __future__ import annotations

import sqlalchemy as sa

from database.connection import Database
from tests.postgres import TestDatabase

PRODUCTS = ("稳盈1号", "稳盈2号", "天天利", "丰和3号", "信用卡分期", "房贷", "手机银行", "基金定投")
CLASSES = ("general", "important", "major")
CAUSES = ("product", "sales", "service", "process", "system", "staff", "communication", "other")
OUTCOMES = ("settled", "explained", "partly", "on_the_spot", "refused", "out_of_scope")
CHANNELS = ("hotline", "counter", "phone", "web", "email", "letter", "visit", "regulator")

#: 0 to 1 by chance, the same for the same ticket and `salt`
_CHANCE = "((hashint8extended({id}, {salt}) & 65535) / 65536.0)"


def chance(salt: int, ticket: str = "t.complaint_id") -> str:
    return _CHANCE.format(id=ticket, salt=salt)


def one_of(names: tuple[str, ...], salt: int) -> str:
    """One of these at random, the first ones oftener."""
    listed = ", ".join(f"'{n}'" for n in names)
    return f"(ARRAY[{listed}])[1 + floor({len(names)} * {chance(salt)} * {chance(salt + 500)})]"


_BARE = """
INSERT INTO complaints (source, source_ref, body_digest, answer, received_at, entered_at, channel,
    unit_id, product)
  SELECT 'stock', 's-' || n, sha256(('c' || n)::bytea), '{}', at, at, 'counter', u.id, '稳盈1号'
    FROM (SELECT n, CAST(:now AS timestamptz)
                 - make_interval(secs => (:rows - n) / CAST(:rows AS float) * :days * 86400) AS at
            FROM generate_series(1, :rows) AS n) AS s
    JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS place FROM units
           WHERE level = 'sub_branch') AS u
      ON u.place = n % (SELECT count(*) FROM units WHERE level = 'sub_branch');
INSERT INTO tickets (complaint_id, stage, received_at, opened_at, channel, product, unit_id,
    complained_unit_id)
  SELECT id, 'archived', received_at, entered_at, channel, product, unit_id, unit_id
    FROM complaints WHERE id NOT IN (SELECT complaint_id FROM tickets);
"""

# Nine of ten that are older than three weeks are closed; a tenth is history.
_LIFE = f"""
UPDATE tickets t SET
  channel = {one_of(CHANNELS, 1)},
  product = CASE WHEN {chance(2)} < 0.1 THEN NULL ELSE {one_of(PRODUCTS, 3)} END,
  stage = CASE WHEN {chance(4)} < 0.1 THEN 'history' WHEN {chance(4)} < 0.12 THEN 'withdrawn'
    WHEN {chance(4)} < 0.13 THEN 'misfiled' WHEN {chance(4)} < 0.15 THEN 'merged'
    WHEN t.received_at + make_interval(hours => CAST(500 * {chance(5)} AS int)) < :now
      AND {chance(4)} < 0.97 THEN 'archived'
    ELSE (ARRAY['screen', 'contact', 'investigate', 'analyse', 'tell'])
      [1 + floor(5 * {chance(6)})] END;
UPDATE tickets t SET
  owner_unit_id = t.unit_id, owner_person_id = p.ids[1 + floor(cardinality(p.ids) * {chance(7)})]
  FROM (SELECT unit_id, array_agg(id ORDER BY id) AS ids FROM people GROUP BY 1) AS p
 WHERE p.unit_id = t.unit_id AND t.stage <> 'history';
UPDATE tickets t SET
  class_id = CASE WHEN t.stage IN ('screen', 'misfiled') THEN NULL ELSE {one_of(CLASSES, 8)} END,
  accepted_at = t.received_at,
  first_contact_at = CASE WHEN t.stage IN ('screen', 'contact') THEN NULL
    ELSE t.received_at + make_interval(mins => CAST(3000 * {chance(9)} * {chance(10)} AS int)) END,
  handovers = floor(3 * {chance(11)} * {chance(12)}),
  passes = floor(4 * {chance(11)} * {chance(12)}),
  major_risk = {chance(13)} < 0.02,
  reopened = CASE WHEN {chance(14)} < 0.05 AND t.stage = 'archived' THEN 1 ELSE 0 END,
  round = CASE WHEN {chance(14)} < 0.05 AND t.stage = 'archived' THEN 2 ELSE 1 END,
  previous_id = CASE WHEN {chance(15)} < 0.03
    THEN (SELECT max(c.id) FROM complaints c WHERE c.id < t.complaint_id) END,
  priority = CASE WHEN {chance(16)} < 0.05 THEN 4 ELSE 0 END
 WHERE t.stage <> 'history';
UPDATE tickets t SET
  outcome = {one_of(OUTCOMES, 17)},
  satisfaction = CASE WHEN {chance(18)} < 0.7
    THEN {one_of(("satisfied", "neutral", "dissatisfied"), 19)} END,
  closed_at = t.received_at + make_interval(hours => CAST(500 * {chance(5)} AS int)),
  archived_at = t.received_at + make_interval(hours => CAST(500 * {chance(5)} AS int)),
  told_at = t.received_at + make_interval(hours => CAST(499 * {chance(5)} AS int)),
  late = {chance(20)} < 0.12
 WHERE t.stage = 'archived';
UPDATE tickets t SET promised_at = t.received_at + interval '15 days',
  promise_lapsed_at = t.received_at + interval '15 days'
 WHERE t.stage IN ('analyse', 'tell') AND t.received_at + interval '15 days' < :now;
"""

#: act -> its facts, which tickets have it, how many hours after it was received
_ACTS: tuple[tuple[str, str, str, int], ...] = (
    ("accept", "'{}'", "true", 0),
    ("classify", "jsonb_build_object('class', t.class_id, 'kinds', CASE WHEN {k} < 0.1"
     " THEN '[\"staff_breach\"]'::jsonb ELSE '[]'::jsonb END)", "t.class_id IS NOT NULL", 1),
    ("contact", "'{\"via\": \"phone\"}'", "t.first_contact_at IS NOT NULL", 3),
    ("analyse", "{analysis}", "t.outcome IS NOT NULL OR t.stage = 'tell'", 40),
    ("analyse", "{again}", "t.reopened > 0", 60),
    ("plan", "CASE WHEN {c} < 0.2 THEN jsonb_build_object('compensation',"
     " CAST(round(CAST(5000 * {d} AS numeric), 2) AS text)) ELSE '{}' END",
     "t.outcome IS NOT NULL", 70),
    ("tell", "jsonb_build_object('via', 'phone', 'outcome', t.outcome)",
     "t.outcome IS NOT NULL", 80),
    ("ask", "jsonb_build_object('satisfaction', t.satisfaction)", "t.satisfaction IS NOT NULL", 90),
    ("archive", "'{}'", "t.stage = 'archived'", 95),
)  # fmt: skip


def _analysis(salt: int) -> str:
    percent = f"CAST(10 + floor(80 * {chance(salt)}) AS int)"
    return (
        f"jsonb_build_object('cause', {one_of(CAUSES, salt + 1)}, 'impact', 'low', 'shares',"
        f" jsonb_build_array(jsonb_build_object('unit', u.code, 'percent', {percent}),"
        f" jsonb_build_object('unit', b.code, 'role', 'branch_service',"
        f" 'percent', 100 - {percent})))"
    )


def _act(act: str, facts: str, which: str, hours: int) -> str:
    for mark, sql in (
        ("{k}", chance(30)), ("{c}", chance(31)), ("{d}", chance(32)),
        ("{analysis}", _analysis(33)), ("{again}", _analysis(37)),
    ):  # fmt: skip
        facts = facts.replace(mark, sql)
    return (
        "INSERT INTO ticket_acts (complaint_id, round, act, at, entered_at, actor, facts)"
        f" SELECT t.complaint_id, t.round, '{act}', t.received_at + interval '{hours} hours',"
        f" t.received_at + interval '{hours} hours', 'bench', CAST({facts} AS jsonb)"
        " FROM tickets t JOIN units u ON u.id = t.unit_id JOIN units b ON b.id = u.parent_id"
        f" WHERE t.stage <> 'history' AND ({which}) ORDER BY t.complaint_id"
    )


_OVERDUE = f"""
INSERT INTO duties (complaint_id, clause, title_zh, title_en, role, unit_id, fulfilled_by, workings,
    plan, plan_version, due_at, breached_at, birth, event, rule, runs_from)
  SELECT t.complaint_id, 'X', '联系客户', 'Contact', 'sub_head', t.unit_id, '{{reply}}', '{{}}',
    'p', '1', t.received_at + interval '1 day', t.received_at + interval '1 day',
    'stock:' || t.complaint_id, 'complaint_received', '{{}}', t.received_at
    FROM tickets t WHERE t.stage IN ('screen', 'contact', 'investigate') AND {chance(40)} < 0.3
     AND t.received_at + interval '1 day' < :now
"""


def work_all(connection: sa.Connection) -> None:
    """Give every stored ticket a life up to now, by the database's business clock.

    As superuser, the foreign keys' triggers asleep.
    """
    now = connection.scalar(sa.text("SELECT business_now()"))
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for block in (_LIFE, *(_act(*a) for a in _ACTS), _OVERDUE):
        for statement in block.split(";\n"):
            if statement.strip():
                given = {"now": now} if ":now" in statement else {}
                connection.execute(_literal(statement), given)


def bare(connection: sa.Connection, rows: int, days: int) -> None:
    """Store complaints without words, evenly over the last `days`, and their tickets."""
    now = connection.scalar(sa.text("SELECT business_now()"))
    for statement in _BARE.split(";\n"):
        if statement.strip():
            given = {"rows": rows, "days": days, "now": now} if ":rows" in statement else {}
            connection.execute(_literal(statement), given)


def _literal(sql: str) -> sa.TextClause:
    """JSON in these statements has colons that are no parameters."""
    return sa.text(sql.replace('": ', '"\\: ').replace("::", "\\:\\:"))


def fill(db: TestDatabase, rows: int, days: int) -> None:
    """`bare`, `work_all`, then VACUUM ANALYZE."""
    admin = Database(db.cluster.server.url("postgres", db.name), pool_size=1, role=None)
    try:
        admin.run(lambda c: (bare(c, rows, days), work_all(c)))
        with admin.autocommit() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    finally:
        admin.dispose()
