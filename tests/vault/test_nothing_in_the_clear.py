"""No client's data stands in the clear: not in a dump of the database, not in what is logged."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from complaints.value import parse_complaint
from core.vault import Vault
from escalation.seal_clear import clear_rows
from escalation.sealing import PARTY, TEXTS, open_party, open_texts
from tests.engine.scene import MORNING, Scene
from tests.keys import VAULT
from tests.leaks import dump, found_in
from tests.postgres import Cluster, TestDatabase

CLIENT = {
    "name": "夏侯奇瑰", "phone": "13987650123", "id_number": "310101198803071234",
    "account": "6222021001998877665", "address": "上海市徐汇区瑰奇路998号7室",
}  # fmt: skip
PROXY = {"name": "端木代言", "phone": "13655512345", "role": "proxy"}
WORDS = {
    "subject": "稀罕主题收益",
    "summary": "客户夏侯奇瑰的经过非常稀罕",
    "demand": "要求赔偿稀罕金额",
}
#: What must not be found: whole values, and parts that would give them away.
SECRETS = [*CLIENT.values(), PROXY["name"], PROXY["phone"], *WORDS.values(), "奇瑰", "稀罕"]
PNG = b"\x89PNG\r\n\x1a\nwhat-the-paper-says" + b"\0" * 40 + b"IEND\xaeB`\x82"


def found(text: str) -> list[str]:
    """Which secrets stand in a dump, in any dress (`tests/leaks.py`)."""
    return list(dict.fromkeys(value for value, _ in found_in(text, SECRETS)))


def body(**given: object) -> dict[str, object]:
    return {
        "source": "crm", "source_ref": "r1", "unit": "SH1", "channel": "counter",
        "received_at": MORNING.isoformat(), **WORDS, "clients": [CLIENT, PROXY], **given,
    }  # fmt: skip


def opened(db: TestDatabase, vault: Vault = VAULT) -> list[object]:
    """Every party and every complaint's words, opened."""

    def work(c: sa.Connection) -> list[object]:
        parties = c.execute(sa.text(f"SELECT {PARTY} FROM complaint_parties p ORDER BY 1, 2")).all()
        texts = c.execute(sa.text(f"SELECT {TEXTS} FROM complaints c ORDER BY 1")).all()
        return [*(open_party(vault, p) for p in parties), *(open_texts(vault, t) for t in texts)]

    return db.app.read(work)


def test_what_the_intake_takes_is_nowhere_in_a_dump(db: TestDatabase) -> None:
    scene = Scene(db)
    scene.engine.take_complaint(parse_complaint(body()), "test")
    scene.engine.take_complaint(  # the same client again, and nobody at all
        parse_complaint(body(source_ref="r2", clients=[CLIENT])), "test"
    )
    nobody = {**body(source_ref="r3", client={}), "clients": None}
    scene.engine.take_complaint(parse_complaint(nobody), "test")
    text = dump(db)
    assert "\tcrm\tr1\t" in text and found(text) == []
    assert opened(db) == [
        CLIENT, {**dict.fromkeys(CLIENT), "name": PROXY["name"], "phone": PROXY["phone"]},
        CLIENT, dict.fromkeys(CLIENT), WORDS, WORDS, WORDS,
    ]  # fmt: skip


def test_one_client_has_one_key_and_strangers_have_others(db: TestDatabase) -> None:
    scene = Scene(db)
    scene.engine.take_complaint(parse_complaint(body()), "test")
    scene.engine.take_complaint(parse_complaint(body(source_ref="r2")), "test")
    scene.complain()
    keys = db.app.read(
        lambda c: c.execute(
            sa.text("SELECT array_agg(DISTINCT key_id) FROM complaint_parties GROUP BY complaint_id"
                    " ORDER BY complaint_id")
        ).scalars().all()
    )  # fmt: skip
    assert keys[0] == keys[1] != keys[2] and all(len(k) == 1 for k in keys)


#: Rows as version 0008 wrote them.
OLD = """
INSERT INTO clients (document, names, identified)
  VALUES (:document, ARRAY[CAST(:name AS bytea)], true);
INSERT INTO client_identifiers (kind, value, client_id)
  SELECT 'document', document, id FROM clients;
INSERT INTO client_identifiers (kind, value, client_id) SELECT 'phone', :phone, id FROM clients;
INSERT INTO complaints (source, source_ref, body_digest, answer, received_at, entered_at, channel,
  unit_id, subject, summary, demand) SELECT 'crm', 'r1', :digest, :answer, :at, :at, 'counter', id,
  '稀罕主题收益', '客户夏侯奇瑰的经过非常稀罕', '要求赔偿稀罕金额' FROM units WHERE code = 'SH1';
INSERT INTO complaint_parties (complaint_id, position, role, client_id, name, phone, id_number,
  account, address) SELECT c.id, 0, 'principal', l.id, '夏侯奇瑰',
  '13987650123', '310101198803071234',
  '6222021001998877665', '上海市徐汇区瑰奇路998号7室' FROM complaints c, clients l;
INSERT INTO complaint_parties (complaint_id, position, role, name, phone)
  SELECT id, 1, 'proxy', '端木代言', '13655512345' FROM complaints;
INSERT INTO complaints (source, source_ref, body_digest, answer, received_at, entered_at, channel,
  unit_id, summary) SELECT 'crm', 'r3', 'x', '{}', :at, :at, 'counter', id,
  '客户夏侯奇瑰的经过非常稀罕'
  FROM units WHERE code = 'SH1';
INSERT INTO incidents (code, state, severity, origin, unit_id, opened_at, window_start, plan,
    plan_version) SELECT '4711', 'open', 'incident', 'clients', id, :at, :at, 'x', '1' FROM units
    WHERE code = 'SH1';
INSERT INTO evidence_files (incident_id, media_type, size, sha256, content, added_by, added_at)
  SELECT id, 'image/png', octet_length(:png), 'x', :png, 'test', :at FROM incidents
"""


def test_a_database_from_before_the_vault_comes_through(cluster: Cluster) -> None:
    old = cluster.as_of("0008")
    old.set_time(MORNING)
    scene = Scene(old)
    value = parse_complaint(body())
    mention = scene.house.blind.mention(name=CLIENT["name"], phone=CLIENT["phone"],
                                        id_number=CLIENT["id_number"])  # fmt: skip
    given = {
        "document": mention.document, "name": mention.name, "phone": mention.phone, "at": MORNING,
        "digest": scene.house.blind.digest("body", value.canonical().decode()), "png": PNG,
        "answer": '{"complaint": "C00000001", "incident": null, "counted": []}',
    }  # fmt: skip
    parts = [(p, {k: v for k, v in given.items() if f":{k}" in p}) for p in OLD.split(";")]
    old.owner.run(lambda c: [c.execute(sa.text(part), held) for part, held in parts])
    old.bring_up()
    assert set(SECRETS) <= set(found(dump(old)))
    scene = Scene.over(old)
    # Before anything is sealed: what was sent before is known, the client is, and readers read.
    assert scene.engine.take_complaint(value, "test").created is False
    scene.engine.take_complaint(parse_complaint(body(source_ref="r2", clients=[CLIENT])), "test")
    assert old.app.read(clear_rows) == {
        "complaints": 2, "complaint_parties": 2, "evidence_files": 1
    }  # fmt: skip
    before = opened(old)
    scene.work()
    assert old.app.read(clear_rows) == dict.fromkeys(
        ("complaints", "complaint_parties", "evidence_files"), 0
    )
    assert found(dump(old)) == [] and b"what-the-paper".hex() not in dump(old)
    assert opened(old) == before and before[0] == CLIENT
    clients = old.app.read(
        lambda c: c.scalar(sa.text("SELECT count(DISTINCT client_id) FROM complaint_parties"))
    )
    assert clients == 1, "the client of before was not recognised"
    assert scene.engine.reports.file(1, 1).content == PNG
    old.move_time(timedelta(minutes=1))
    assert scene.engine.take_complaint(value, "test").created is False
    old.close()
