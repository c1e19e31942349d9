"""A new version of a key, while everything goes on: `fenghuo keys rotate`.

The database says under which versions is written (`vault_state`). A rotation sets them first: a
process that was not given the new key is refused from then on, instead of writing what others
cannot read or not recognising a client. Then every row follows, a chunk a transaction; rows that a
writer is at are passed by and found again. What is done is in the rows: a rotation that broke off
goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, SettingFault
from core.secrets import Variable
from database import journal
from database.connection import business_now
from escalation import complaint_words, seal_clear
from escalation.house import House
from escalation.reindexing import reindex

_CHUNK = 200
#: How often rows that a writer was at are looked for again, each time after a pause.
_PAUSE = 0.05

Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Rotated:
    """What was done, and which versions nothing needs any more."""

    keys: int
    clients: int
    complaints: int
    old_data: tuple[int, ...]
    old_index: tuple[int, ...]


def status(connection: Connection, house: House) -> dict[str, Any]:
    """Versions in the environment, those that rows are under, and what is left in the clear."""
    state = connection.execute(
        sa.text("SELECT index_version, master_version FROM vault_state")
    ).one()
    return {
        "data": {
            "given": list(house.vault.ring.versions), "writes": state.master_version,
            "rows": _count(connection, "SELECT master, count(*) FROM data_keys"
                                       " WHERE wrapped IS NOT NULL GROUP BY 1"),
        },
        "index": {
            "given": list(house.blind.ring.versions), "writes": state.index_version,
            "rows": _count(connection, "SELECT index_version, count(*) FROM clients GROUP BY 1"),
            "words": _count(connection, "SELECT version, count(*) FROM complaint_words"
                                        " WHERE words <> '{}' GROUP BY 1"),
        },
        "erased": int(connection.scalar(
            sa.text("SELECT count(*) FROM data_keys WHERE wrapped IS NULL")) or 0),
        "clear": seal_clear.clear_rows(connection),
    }  # fmt: skip


def missing(connection: Connection, house: House) -> list[SettingFault]:
    """A fault for each version of a key that rows are under and that this process has not."""
    faults = []
    for variable, ring, query in (
        (Variable.DATA_KEYS, house.vault.ring,
         "SELECT DISTINCT master FROM data_keys WHERE wrapped IS NOT NULL"
         " AND master <> ALL(:given) UNION SELECT master_version FROM vault_state"
         " WHERE digest_key_id IS NOT NULL AND master_version <> ALL(:given)"),
        (Variable.BLIND_INDEX_KEY, house.blind.ring,
         "SELECT DISTINCT index_version FROM clients WHERE erased_at IS NULL"
         " AND merged_into IS NULL AND index_version <> ALL(:given) UNION"
         " SELECT index_version FROM vault_state WHERE digest_key_id IS NOT NULL"
         " AND index_version <> ALL(:given)"),
    ):  # fmt: skip
        for version in sorted(connection.scalars(sa.text(query), {"given": list(ring.versions)})):
            faults.append(SettingFault(
                "environment", 0, f"{variable} lacks version {version}, which rows still use",
                f"give it beside the others, such as {_example(ring.versions, version)};"
                " `fenghuo keys rotate` ends the need for it",
            ))  # fmt: skip
    return faults


def rotate(house: House, actor: str, tell: Tell) -> Rotated:
    """Bring everything to the current versions. Conflict where the ring's first is no newer one.

    `tell` gets what is being done and how many rows of it are done.
    """
    database = house.whole
    database.run(lambda c: _begin(c, house, actor))
    while database.run(lambda c: seal_clear.seal_some(c, house)):
        tell("rows in the clear sealed", 0)
    _wait_for_older(house, tell)
    keys = _until_none(house, "data keys wrapped anew", _rewrap, tell)
    clients = _until_none(house, "clients indexed anew", _reindex, tell)
    complaints = _words(house, tell)
    state = database.read(lambda c: status(c, house))
    database.run(lambda c: journal.write(c, business_now(c), journal.Entry(
        verb="keys_rotated", subject="vault:1", actor=actor,
        after={"keys": keys, "clients": clients, "complaints": complaints,
               "data": state["data"]["writes"], "index": state["index"]["writes"]},
    )))  # fmt: skip
    return Rotated(
        keys, clients, complaints,
        _unneeded(house.vault.ring.versions, state["data"]["rows"], state["data"]["writes"]),
        _unneeded(house.blind.ring.versions, state["index"]["rows"], state["index"]["writes"]),
    )  # fmt: skip


def _begin(connection: Connection, house: House, actor: str) -> None:
    house.digest("", "")  # a database of today has its first key before it gets a second
    row = connection.execute(
        sa.text("SELECT index_version, master_version FROM vault_state FOR UPDATE")
    ).one()
    data, index = house.vault.ring.current.version, house.blind.ring.current.version
    if data < row.master_version or index < row.index_version:
        raise Conflict(
            "环境变量中排在最前的密钥版本比数据库正在使用的旧；请把新密钥写在最前",
            "the first key of the ring is older than the one in use: write the new one first",
        )
    if (data, index) == (row.master_version, row.index_version):
        return
    connection.execute(
        sa.text("UPDATE vault_state SET master_version = :data, index_version = :index,"
                " words_mark = CASE WHEN index_version = :index THEN words_mark ELSE 0 END,"
                " words_next = CASE WHEN index_version = :index THEN words_next ELSE 0 END"),
        {"data": data, "index": index},
    )  # fmt: skip
    journal.write(connection, business_now(connection), journal.Entry(
        verb="keys_rotation_began", subject="vault:1", actor=actor,
        before={"data": row.master_version, "index": row.index_version},
        after={"data": data, "index": index},
    ))  # fmt: skip


_RUNNING = sa.text(
    "SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'virtualxid' AND l.granted AND a.datname = current_database()"
    " AND a.application_name LIKE 'fenghuo%' AND l.pid <> pg_backend_pid()"
)


def _wait_for_older(house: House, tell: Tell) -> None:
    """Until every writer that may have read the old versions has ended (seconds, 60 at most)."""
    older = set(house.whole.run(lambda c: c.scalars(_RUNNING).all()))
    while older:
        tell("waiting for writers that began before", len(older))
        time.sleep(_PAUSE)
        older &= set(house.whole.run(lambda c: c.scalars(_RUNNING).all()))


Chunk = Callable[[Connection, House, int], tuple[int, int | None]]


def _until_none(house: House, what: str, chunk: Chunk, tell: Tell) -> int:
    """Run `chunk` from the first row to the last, and again for what was passed by."""
    done = 0
    while True:
        after, found = 0, 0
        while True:
            number, last = house.whole.run(lambda c, after=after: chunk(c, house, after))  # type: ignore[misc]
            found += number
            if number:
                tell(what, done + found)
            if last is None:
                break
            after = last
        done += found
        if not found and not house.whole.read(lambda c: _left(c, house, chunk)):
            return done
        if not found:
            time.sleep(_PAUSE)


def _left(connection: Connection, house: House, chunk: Chunk) -> bool:
    query = _KEYS if chunk is _rewrap else _CLIENTS
    ring = house.vault.ring if chunk is _rewrap else house.blind.ring
    given = {"after": 0, "version": ring.current.version, "most": 1}
    return connection.execute(sa.text(query), given).first() is not None


_KEYS = (
    "SELECT id, wrapped FROM data_keys WHERE id > :after AND master <> :version"
    " AND wrapped IS NOT NULL ORDER BY id LIMIT :most"
)
_CLIENTS = (
    "SELECT id, merged_into FROM clients WHERE id > :after AND index_version <> :version"
    " ORDER BY id LIMIT :most"
)


def _rewrap(connection: Connection, house: House, after: int) -> tuple[int, int | None]:
    vault = house.vault
    version = vault.ring.current.version
    rows = connection.execute(
        sa.text(f"{_KEYS} FOR UPDATE SKIP LOCKED"),
        {"after": after, "version": version, "most": _CHUNK},
    ).all()
    if not rows:
        return 0, None
    wrapped = [vault.rewrap(vault.unwrap(row.id, bytes(row.wrapped))).wrapped for row in rows]
    connection.execute(
        sa.text("UPDATE data_keys d SET wrapped = n.wrapped, master = :version FROM"
                " unnest(CAST(:ids AS bigint[]), CAST(:wrapped AS bytea[])) AS n(id, wrapped)"
                " WHERE d.id = n.id"),
        {"ids": [row.id for row in rows], "wrapped": wrapped, "version": version},
    )  # fmt: skip
    return len(rows), rows[-1].id


def _reindex(connection: Connection, house: House, after: int) -> tuple[int, int | None]:
    version = house.blind.ring.current.version
    rows = connection.execute(
        sa.text(f"{_CLIENTS} FOR NO KEY UPDATE SKIP LOCKED"),
        {"after": after, "version": version, "most": _CHUNK},
    ).all()
    if not rows:
        return 0, None
    gone = [row.id for row in rows if row.merged_into is not None]
    connection.execute(
        sa.text("UPDATE clients SET document = NULL, names = '{}', index_version = :version"
                " WHERE id = ANY(:ids)"),
        {"ids": gone, "version": version},
    )  # fmt: skip
    staying = [row.id for row in rows if row.merged_into is None]
    if staying:
        reindex(connection, house.vault, house.blind, staying, version)
    return len(rows), rows[-1].id


def _words(house: House, tell: Tell) -> int:
    done = 0
    while number := house.whole.run(lambda c: complaint_words.index_some(c, house)):
        done += number
        tell("complaints made searchable anew", done)
    return done


def _count(connection: Connection, query: str) -> dict[int, int]:
    return {int(version): int(n) for version, n in connection.execute(sa.text(query)).all()}


def _unneeded(given: tuple[int, ...], rows: dict[int, int], writes: int) -> tuple[int, ...]:
    return tuple(v for v in given if v != writes and not rows.get(v))


def _example(given: tuple[int, ...], version: int) -> str:
    return ",".join(f"{v}:KEY" for v in sorted({*given, version}, reverse=True))
