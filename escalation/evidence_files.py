"""Files that prove something (a stamped receipt, a photograph of one), kept in the database.

What a file is, its content says: name and type given by the sender are not believed and the name
is not kept. A file is written once; the application may neither change nor remove it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import FieldFault, InvalidInput, NotFound
from core.vault import Vault
from escalation.sealing import file_place
from escalation.vault_state import draw_keys

MOST_BYTES = 10 * 1024 * 1024
#: Media type -> how such a file begins, and how its name ends.
_KINDS = {
    "application/pdf": (b"%PDF-", "pdf"),
    "image/jpeg": (b"\xff\xd8\xff", "jpg"),
    "image/png": (b"\x89PNG\r\n\x1a\n", "png"),
}
#: How a whole one ends; a file that breaks off is refused.
_ENDS = {
    "application/pdf": b"%%EOF",
    "image/jpeg": b"\xff\xd9",
    "image/png": b"IEND\xaeB`\x82",
}


@dataclass(frozen=True)
class EvidenceFile:
    """A kept file; `name` is ours (``evidence-12.pdf``)."""

    name: str
    media_type: str
    sha256: str
    content: bytes


def media_type_of(content: bytes) -> str | None:
    """What the content is by its own marks: PDF, JPEG, PNG; None for anything else. Pure."""
    for media_type, (start, _) in _KINDS.items():
        if content.startswith(start) and _ENDS[media_type] in content[-1024:]:
            return media_type
    return None


def ending_of(media_type: str) -> str:
    """How the name of such a file ends. Pure."""
    return _KINDS[media_type][1]


def check(content: bytes) -> str:
    """The media type. InvalidInput for an empty, too large or other kind of file."""
    if len(content) > MOST_BYTES:
        raise InvalidInput([FieldFault("file", "文件超过10 MB", "is larger than 10 MB",
                                       "请压缩或分页扫描后重传", "scan it smaller")])  # fmt: skip
    found = media_type_of(content)
    if found is None:
        raise InvalidInput([FieldFault(
            "file", "文件不是完整的PDF、JPG或PNG", "is no whole PDF, JPG or PNG",
            "请改用PDF、JPG或PNG文件", "send a PDF, JPG or PNG",
        )])  # fmt: skip
    return found


def keep(
    connection: Connection, vault: Vault, content: bytes, now: datetime, actor: str, *,
    incident_id: int | None = None, duty_id: int | None = None, complaint_id: int | None = None,
    act_id: int | None = None,
) -> int:  # fmt: skip
    """Store a file of an incident, a duty or an act on a ticket, sealed; its id.

    InvalidInput as `check`.
    """
    media_type = check(content)
    number = int(connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence('evidence_files', 'id'))")
    ).scalar_one())  # fmt: skip
    (key,) = draw_keys(connection, vault, 1)
    connection.execute(
        sa.text(
            "INSERT INTO evidence_files (id, incident_id, duty_id, complaint_id, act_id,"
            " media_type, size, sha256, key_id, sealed, added_by, added_at)"
            " OVERRIDING SYSTEM VALUE"
            " VALUES (:id, :incident, :duty, :complaint, :act, :type, :size, :sha, :key, :sealed,"
            " :by, :now)"
        ),
        {
            "id": number, "incident": incident_id, "duty": duty_id,
            "complaint": complaint_id, "act": act_id, "type": media_type,
            "size": len(content), "sha": hashlib.sha256(content).digest(), "key": key.id,
            "sealed": vault.seal(key, file_place(number), content), "by": actor, "now": now,
        },
    )  # fmt: skip
    return number


def read(connection: Connection, vault: Vault, incident_id: int, file_id: int) -> EvidenceFile:
    """A file of this incident; NotFound."""
    given = {"id": file_id, "of": incident_id}
    return _read(connection, vault, "id = :id AND incident_id = :of", given)


def of_complaint(
    connection: Connection, vault: Vault, complaint_id: int, file_id: int
) -> EvidenceFile:
    """A file of this complaint's ticket; NotFound."""
    given = {"id": file_id, "of": complaint_id}
    return _read(connection, vault, "id = :id AND complaint_id = :of", given)


def of_duty(connection: Connection, vault: Vault, duty_id: int) -> EvidenceFile:
    """The file that proves this duty; NotFound where it was proven without one."""
    return _read(connection, vault, "duty_id = :of", {"of": duty_id})


def _read(connection: Connection, vault: Vault, where: str, given: dict[str, int]) -> EvidenceFile:
    row = connection.execute(
        sa.text(
            "SELECT id, media_type, sha256, content, sealed, key_id,"  # noqa: S608
            f" data_key(key_id) AS wrapped FROM evidence_files WHERE {where}"
        ),
        given,
    ).one_or_none()
    if row is None or (row.sealed is not None and row.wrapped is None):  # or its key is destroyed
        raise NotFound("file")
    ending = ending_of(row.media_type)
    return EvidenceFile(f"evidence-{row.id}.{ending}", row.media_type, bytes(row.sha256).hex(),
                        _content(vault, row))  # fmt: skip


def _content(vault: Vault, row: sa.Row[Any]) -> bytes:
    if row.sealed is None:
        return bytes(row.content)
    key = vault.unwrap(row.key_id, bytes(row.wrapped))
    return vault.open(key, file_place(row.id), bytes(row.sealed))
