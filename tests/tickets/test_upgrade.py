"""Complaints from before there were tickets have theirs."""

from __future__ import annotations

import sqlalchemy as sa

from tests.engine.scene import MORNING
from tests.postgres import Cluster

_OLD = """
INSERT INTO complaints (source, source_ref, body_digest, answer, received_at, entered_at, channel,
    unit_id, status, history)
  SELECT 'crm', v.ref, '\\x00', '{}', :at, :at, 'counter', u.id, v.status, v.history
    FROM units u, (VALUES ('OPEN', 'open', false), ('GONE', 'withdrawn', false),
      ('OLD', 'open', true)) AS v (ref, status, history) WHERE u.code = 'SH1'
"""


def test_each_has_a_ticket_at_its_place_in_life(cluster: Cluster) -> None:
    old = cluster.as_of("0012")
    old.set_time(MORNING)
    try:
        old.owner.run(lambda c: c.execute(sa.text(
            "INSERT INTO units (code, name, short_name, level, path, pinyin)"
            " VALUES ('SH1', '上海徐汇支行', '徐汇支行', 'sub_branch', '/1/', 'x')"
        )))  # fmt: skip
        old.owner.run(lambda c: c.execute(sa.text(_OLD), {"at": MORNING}))
        old.bring_up()
        rows = old.owner.read(lambda c: c.execute(
            sa.text("SELECT c.source_ref, t.stage, t.owner_unit_id = c.unit_id AS theirs"
                    " FROM tickets t JOIN complaints c ON c.id = t.complaint_id ORDER BY 1")
        ).all())  # fmt: skip
        assert [tuple(row) for row in rows] == [
            ("GONE", "withdrawn", True), ("OLD", "history", True), ("OPEN", "accept", True),
        ]  # fmt: skip
    finally:
        old.close()
