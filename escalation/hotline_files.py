"""The drop folder of a 95558 without an API: which files are whole, read once, and put away.

A file's name may hold anything, so it stands in no log and no row: a file is its digest. It is
read into memory, its rows are taken by verbs that know what they have taken before, and only when
it is recorded as done is it moved: dying anywhere, it is read again and nothing is doubled.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

#: The largest file that is read.
MOST_BYTES = 50 * 1024 * 1024
_MARK = ".done"
_DONE, _FAILED = "done", "failed"


@dataclass(frozen=True)
class Found:
    """A whole file: where it is, and what is in it (None: too large to read)."""

    path: Path
    content: bytes | None
    digest: bytes


class DropFolder:
    """A folder with `done` and `failed` beneath it. OSError is the caller's to handle, and names
    paths: it must not be logged."""

    def __init__(self, folder: Path, settle_seconds: float) -> None:
        self.folder, self._settle = folder, settle_seconds

    def whole(self, now: float) -> list[Path]:
        """CSV files that nobody is writing any more, by name: with a ``NAME.done`` beside them, or
        unchanged for the time set. `now` is seconds since 1970."""
        found = []
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") or path.suffix.lower() != ".csv":
                continue
            try:
                held = path.lstat()
            except FileNotFoundError:  # another engine has just put it away
                continue
            if not stat.S_ISREG(held.st_mode):
                continue
            if now - held.st_mtime >= self._settle or _mark(path).exists():
                found.append(path)
        return found

    def read(self, path: Path) -> Found:
        """A file's content, no link followed."""
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            content = file.read(MOST_BYTES + 1)
        digest = hashlib.sha256(content).digest()
        return Found(path, content if len(content) <= MOST_BYTES else None, digest)

    def put_away(
        self, found: Found, at: datetime, failed: bool, faults: Sequence[dict[str, Any]]
    ) -> None:
        """Move a file to ``done`` or ``failed``, its report beside it; an older one is kept."""
        folder = self.folder / (_FAILED if failed else _DONE)
        folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{at:%Y%m%d-%H%M%S}-{found.digest.hex()[:8]}-{found.path.name}"
        if faults:
            report = folder / f"{name}.errors.csv"
            report.write_bytes(_report(faults))
            report.chmod(0o600)
        _mark(found.path).unlink(missing_ok=True)
        try:
            found.path.rename(folder / name)
        except FileNotFoundError:  # another engine has just put it away
            return
        (folder / name).chmod(0o600)


def _mark(path: Path) -> Path:
    return path.with_name(path.name + _MARK)


def _report(faults: Sequence[dict[str, Any]]) -> bytes:
    """A line a fault, for a spreadsheet: the line's number and what is wrong, nothing of it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["行 line", "字段 field", "问题 what is wrong", "处理 what to do"])
    for fault in faults:
        writer.writerow([
            fault["row"] or "", fault["field"], f"{fault['zh']} / {fault['en']}",
            " / ".join(filter(None, (fault["remedy_zh"], fault["remedy_en"]))),
        ])  # fmt: skip
    return text.getvalue().encode("utf-8-sig")
