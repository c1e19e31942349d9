"""A signed report's paper in the formats that it is exported in, as an answer to a browser."""

from __future__ import annotations

from datetime import datetime

from flask import Response, make_response

from core.paper import Paper
from dashboard.papers import DOCX_TYPE, PDF_TYPE, to_docx, to_pdf
from escalation.evidence_files import EvidenceFile
from escalation.report_signing import Format, Render


def _docx(paper: Paper, author: str, made_at: datetime) -> bytes:
    return to_docx(paper, author=author, made_at=made_at)


def _pdf(paper: Paper, author: str, made_at: datetime) -> bytes:
    return to_pdf(paper, author=author, made_at=made_at)


RENDERERS: dict[Format, Render] = {"docx": _docx, "pdf": _pdf}
_TYPES: dict[Format, str] = {"docx": DOCX_TYPE, "pdf": PDF_TYPE}


def export_answer(incident: str, report: int, format_: Format, content: bytes) -> Response:
    """The exported file as a download."""
    return _download(content, _TYPES[format_], f"report-{incident}-{report}.{format_}")


def file_answer(file: EvidenceFile) -> Response:
    """A receipt's file as a download, under the type that its content has."""
    return _download(file.content, file.media_type, file.name)


def _download(content: bytes, media_type: str, name: str) -> Response:
    answer = make_response(content)
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
