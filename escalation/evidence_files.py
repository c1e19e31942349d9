"""Files that prove something (a stamped receipt, a photograph of one), kept in the database.

What a file is, its content says: name and type given by the sender are not believed and the name
is not kept. A file is written once; the application may neither change nor remove it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import FieldFault, InvalidInput, NotFound

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
    connection: Connection, content: bytes, now: datetime, actor: str, *,
    incident_id: int | None = None, duty_id: int | None = None,
) -> int:  # fmt: skip
    """Store a file of an incident or of a duty; its id. InvalidInput as `check`."""
    media_type = check(content)
    return int(connection.execute(
        sa.text(
            "INSERT INTO evidence_files (incident_id, duty_id, media_type, size, sha256, content,"
            " added_by, added_at)"
            " VALUES (:incident, :duty, :type, :size, :sha, :content, :by, :now) RETURNING id"
        ),
        {
            "incident": incident_id, "duty": duty_id, "type": media_type, "size": len(content),
            "sha": hashlib.sha256(content).digest(), "content": content, "by": actor, "now": now,
        },
    ).scalar_one())  # fmt: skip


def read(connection: Connection, incident_id: int, file_id: int) -> EvidenceFile:
    """A file of this incident; NotFound."""
    return _read(connection, "id = :id AND incident_id = :of", {"id": file_id, "of": incident_id})


def of_duty(connection: Connection, duty_id: int) -> EvidenceFile:
    """The file that proves this duty; NotFound where it was proven without one."""
    return _read(connection, "duty_id = :of", {"of": duty_id})


def _read(connection: Connection, where: str, given: dict[str, int]) -> EvidenceFile:
    row = connection.execute(
        sa.text(f"SELECT id, media_type, sha256, content FROM evidence_files WHERE {where}"),  # noqa: S608
        given,
    ).one_or_none()
    if row is None:
        raise NotFound("file")
    ending = _KINDS[row.media_type][1]
    return EvidenceFile(f"evidence-{row.id}.{ending}", row.media_type, bytes(row.sha256).hex(),
                        bytes(row.content))  # fmt: skip
