"""A database that an older version left is brought forward with everything in it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core.words import Role
from tests.engine.scene import MORNING, Scene
from tests.postgres import Cluster

#: An incident of version 0003 with an open duty that was warned of, and one that was fulfilled.
OLD = """
INSERT INTO incidents (code, state, severity, origin, unit_id, opened_at, window_start, plan,
    plan_version)
  SELECT '4711', 'open', 'incident', 'clients', id, :at, :at, 'maturing-wealth-product', '2026-11'
    FROM units WHERE code = 'SH1';
INSERT INTO ladders (incident_id, steps, next_step, due_at, state, page_at)
  SELECT id, '{"every": 300.0, "steps": [{"roles": ["sub_head"]}]}', 1, NULL, 'exhausted',
    CAST(:at AS timestamptz) + interval '45 minutes' FROM incidents;
INSERT INTO duties (incident_id, clause, title_zh, title_en, role, unit_id, fulfilled_by, workings,
    plan_version, warn_at, warned_at, due_at, state, ended_at, evidence)
  SELECT n.id, c.clause, '总行人员签收', 'Acknowledged', 'ho_deputy', u.id,
    'head_office_acknowledgement', jsonb_build_object('from', CAST(:at AS timestamptz), 'event',
    'incident_opened'), '2026-11', c.warn, c.warn, CAST(:at AS timestamptz) + interval '1 hour',
    c.state, CASE c.state WHEN 'open' THEN NULL ELSE CAST(:at AS timestamptz) END, NULL
    FROM incidents n, units u, (VALUES
      ('HO-ACK', CAST(:at AS timestamptz) + interval '45 minutes', 'open'),
      ('WP-13', NULL, 'fulfilled')) AS c (clause, warn, state) WHERE u.code = 'HO'
"""


def test_duties_of_the_first_version_go_on(cluster: Cluster) -> None:
    old = cluster.as_of("0003")
    old.set_time(MORNING)
    Scene(old)
    old.owner.run(lambda c: [c.execute(sa.text(part), {"at": MORNING}) for part in OLD.split(";")])
    old.bring_up()
    scene = Scene.over(old)
    (incident,) = scene.open_incidents()
    found = {d["clause"]: d for d in scene.incident(incident["id"])["duties"]}
    assert found["HO-ACK"]["state"] == "open" and found["WP-13"]["state"] == "fulfilled"
    assert found["HO-ACK"]["fulfilled_by"] == "head_office_acknowledgement"
    old.move_time(timedelta(hours=1))
    scene.work()
    (late,) = [d for d in scene.incident(incident["id"])["duties"] if d["state"] == "open"]
    assert late["clause"] == "HO-ACK" and late["breached"]
    scene.acknowledge(incident["id"], "陈值班", Role.DUTY_OFFICER)
    done = {d["clause"]: d["state"] for d in scene.incident(incident["id"])["duties"]}
    assert done["HO-ACK"] == "fulfilled"
    old.close()
