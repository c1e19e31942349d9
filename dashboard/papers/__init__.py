"""Papers (`core/paper.py`) as DOCX, PDF and printable HTML.

`to_docx` and `to_pdf` give the same bytes for the same paper, author and `made_at`, so that the
hash of an export can be kept. `author` is the bank's name.
"""

from __future__ import annotations

from dashboard.papers.docx import to_docx
from dashboard.papers.html import to_html
from dashboard.papers.pdf import to_pdf

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF_TYPE = "application/pdf"

__all__ = ["DOCX_TYPE", "PDF_TYPE", "to_docx", "to_html", "to_pdf"]
