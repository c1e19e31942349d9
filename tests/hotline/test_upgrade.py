"""Hotline complaints from before there were work orders have theirs, as far as they had come."""

from __future__ import annotations

import sqlalchemy as sa

from tests.engine.scene import MORNING
from tests.postgres import Cluster

_OLD = """
INSERT INTO complaints (source, source_ref, body_digest, answer, received_at, entered_at, channel,
    unit_id, status, history)
  SELECT '95558', v.ref, '\\x00', '{}', :at, :at, v.channel, u.id, v.status, v.history
    FROM units u, (VALUES ('OPEN', 'hotline', 'open', false), ('DONE', 'hotline', 'open', false),
      ('GONE', 'hotline', 'withdrawn', false), ('OLD', 'hotline', 'open', true),
      ('DESK', 'counter', 'open', false)) AS v (ref, channel, status, history)
   WHERE u.code = 'SH1';
INSERT INTO duties (complaint_id, clause, title_zh, title_en, role, unit_id, fulfilled_by, workings,
    plan, plan_version, due_at, state, ended_at, birth, event, rule, runs_from)
  SELECT c.id, 'WP-22', '反馈', 'Feedback', 'branch_contact', c.unit_id, '{feedback}', '{}',
    'p', '1',
    CAST(:at AS timestamptz) + interval '1 day', CASE c.source_ref WHEN 'DONE' THEN 'fulfilled'
    ELSE 'open' END, CASE c.source_ref WHEN 'DONE' THEN CAST(:at AS timestamptz) END,
    'b' || c.id, 'complaint_received', '{}', :at
    FROM complaints c WHERE c.source_ref IN ('OPEN', 'DONE')
"""


def test_they_are_moved_with_their_clock_and_state(cluster: Cluster) -> None:
    old = cluster.as_of("0013")
    old.set_time(MORNING)
    try:
        old.owner.run(lambda c: c.execute(sa.text(
            "INSERT INTO units (code, name, short_name, level, path, pinyin)"
            " VALUES ('SH1', '上海徐汇支行', '徐汇支行', 'sub_branch', '/1/', 'x')"
        )))  # fmt: skip
        old.owner.run(lambda c: [
            c.execute(sa.text(part), {"at": MORNING}) for part in _OLD.split(";")
        ])  # fmt: skip
        old.bring_up()
        rows = old.owner.read(lambda c: c.execute(
            sa.text("SELECT number, state, due_at IS NOT NULL AS clock FROM hotline_orders"
                    " ORDER BY number")
        ).all())  # fmt: skip
        assert [tuple(row) for row in rows] == [
            ("DONE", "closed", True), ("GONE", "withdrawn", False), ("OPEN", "open", True),
        ]  # fmt: skip
    finally:
        old.close()
