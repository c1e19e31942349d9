"""A paper as an answer: printable HTML, PDF or DOCX."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from flask import Response, make_response

from core.clock import SHANGHAI
from core.paper import FOOTER_LIMIT, Paper
from dashboard.i18n import t
from dashboard.papers import DOCX_TYPE, PDF_TYPE, to_docx, to_html, to_pdf
from dashboard.services import Services
from dashboard.whoami import viewer
from escalation.engine import now_of

PaperKind = Literal["html", "pdf", "docx"]
#: For werkzeug's rules: ``<any(html,pdf,docx):kind>``.
KINDS = "any(html,pdf,docx)"


def paper_answer(services: Services, paper: Paper, kind: str, name: str) -> Response:
    """The paper in this kind, at its foot who took it out and when.

    `name` is the file's name without an ending, ASCII.
    """
    author, made_at = services.settings.bank.name, now_of(services.engine)
    paper = replace(paper, footer=_foot(paper.footer, viewer().name, made_at))
    if kind == "html":
        answer = make_response(to_html(paper))
        answer.mimetype = "text/html"
    elif kind == "pdf":
        answer = make_response(to_pdf(paper, author=author, made_at=made_at))
        answer.mimetype = PDF_TYPE
    else:
        answer = make_response(to_docx(paper, author=author, made_at=made_at))
        answer.mimetype = DOCX_TYPE
    if kind != "html":
        place = "inline" if kind == "pdf" else "attachment"
        answer.headers["Content-Disposition"] = f'{place}; filename="{name}.{kind}"'
    answer.cache_control.no_store = True
    return answer


def _foot(footer: str, name: str, at: datetime) -> str:
    """The foot's words, and behind them who and when, in what room there is."""
    taken = t("paper.taken").format(name=name, time=at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
    said = f"{footer} · {taken}" if footer else taken
    return said if len(said) <= FOOTER_LIMIT else taken
