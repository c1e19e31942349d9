"""Errors in a log without what the people wrote: kinds and places, never messages or values.

An exception's message may quote a row ("Failing row contains …") or a value that somebody typed,
so a log line has its type, PostgreSQL's SQLSTATE where there is one, and where it went through.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

_MOST_FRAMES = 12
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came of, nearest first; each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def lines_of(error: BaseException) -> list[str]:
    """One line an exception of the chain, with the last frames it went through."""
    return [f"{_kind(one)} at {_frames(one)}" for one in chain(error)]


def _kind(error: BaseException) -> str:
    code = getattr(getattr(error, "orig", error), "pgcode", None)
    return f"{type(error).__name__}({code})" if isinstance(code, str) else type(error).__name__


def _frames(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    where = ("/".join(Path(f.filename).parts[-2:]) + f":{f.lineno} {f.name}" for f in frames)
    return " > ".join(where) or "nowhere"


class QuietFormatter(logging.Formatter):
    """A formatter whose exceptions are `lines_of`; a record's own message stays as it is."""

    def formatException(self, ei: Any) -> str:
        return "\n".join(lines_of(ei[1])) if ei and ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have kept its own, fuller text
        return super().format(record)


def quiet(logger: logging.Logger) -> None:
    """Have every handler of this logger write errors so, in the line format it has."""
    for handler in logger.handlers:
        held = handler.formatter
        form = held._fmt if held is not None else None
        handler.setFormatter(QuietFormatter(form, held.datefmt if held is not None else None))
