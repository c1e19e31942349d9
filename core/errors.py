"""Every error that this project raises on purpose, drawn as one tree.

FenghuoError
├── InvalidInput          one or more fields are wrong; carries a FieldFault for each
├── Conflict              the request contradicts what is stored
├── NotFound              no such thing, or not for this viewer (the two are never told apart)
├── NotAllowed            the caller's token does not allow it
├── SettingsError         configuration or plan faults, all of them together
└── Unavailable           a part we need does not answer; worth trying again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with one field and what to do about it, in both languages.

    `field` is a path such as ``clients.2.phone``; `remedy_*` tells the user what to enter.
    """

    field: str
    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""

    def message(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def remedy(self, lang: str) -> str:
        return self.remedy_zh if lang == "zh" else self.remedy_en


class FenghuoError(Exception):
    """Base of all errors raised on purpose."""


class InvalidInput(FenghuoError):
    """The caller's value is refused, field by field; nothing of it was kept."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.field}: {f.en}" for f in self.faults))


class Conflict(FenghuoError):
    """The request contradicts what is stored."""

    def __init__(self, zh: str, en: str, **extra: object) -> None:
        self.zh, self.en, self.extra = zh, en, extra
        super().__init__(en)


class NotFound(FenghuoError):
    """No such thing, or none that this viewer may see."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} not found")


class NotAllowed(FenghuoError):
    """The caller is known but may not do this."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class SettingFault:
    """One fault in a settings or plan file: where it is and what mends it."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what} -> {self.remedy}"


class SettingsError(FenghuoError):
    """All faults of the settings together; nothing starts."""

    def __init__(self, faults: Sequence[SettingFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


class Unavailable(FenghuoError):
    """A part we need (database, gateway) does not answer now."""
