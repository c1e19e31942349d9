"""What an answer to a made-up request must be, by who asked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

from pypdf import PdfReader
from schemathesis.core.transport import Response

#: What nobody outside Nanjing may ever be given (`tests/areas/story.py`).
MARKS = ("南京秘密", "njsecret", "鼓楼", "南京")
Judge = Callable[[Response], None]


def judge_any(response: Response) -> None:
    """No fault of ours; a refusal is a problem, and says of each field what to do."""
    status = response.status_code
    assert status < 500, (status, _read(response.content))
    if status < 400:
        return
    problem = json.loads(response.content)
    assert problem["status"] == status and problem["title"] and problem["detail"], problem
    assert problem["type"] == "about:blank"
    if status == 422:
        assert problem["errors"], problem
        for error in problem["errors"]:
            assert error["message"] and error["remedy"], error
            assert "field" in error


def judge_nanjing(response: Response) -> None:
    """Not a word of Nanjing's own, nor in a header, nor escaped."""
    text = _read(response.content) + json.dumps(response.headers, ensure_ascii=False)
    for mark in MARKS:
        assert mark not in text and json.dumps(mark).strip('"') not in text, text


def _read(content: bytes) -> str:
    """What somebody reads in it, in a paper too."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist())
    if content.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode(errors="replace")


def judge_nobody(public: bool) -> Judge:
    """Whoever has no token is asked for one, or there is no such path: a part that is no number."""

    def judge(response: Response) -> None:
        if public or response.status_code == 401:
            return
        problem = json.loads(response.content)
        assert problem["status"] == 404 and problem["detail"] == problem["title"], problem

    return judge
