"""Passwords: what makes one good enough, and Argon2id (OWASP's parameters or better).

Hashing takes tens of milliseconds and memory: never inside a transaction, and only a few at once.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from core.errors import FieldFault, InvalidInput

SHORTEST, LONGEST = 12, 200
#: How long a password that an administrator handed over may still be used, in days.
ONE_TIME_DAYS = 7
#: Read out on the telephone without a doubt: no 0/O, 1/l/I.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"

#: Long enough and yet guessed first; compared without case and without what stands between words.
_COMMON = frozenset(
    (Path(__file__).parent.parent / "data" / "common_passwords.txt").read_text().splitlines()
)


class Passwords:
    """Hashes and checks. One a process, so that a flood of sign-ins cannot fill the memory."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 2) -> None:
        self._hasher = hasher or PasswordHasher(
            time_cost=2, memory_cost=47_104, parallelism=1, type=Type.ID
        )
        self._room = threading.BoundedSemaphore(at_once)
        self._decoy: str | None = None

    def hash(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(_same(password))

    def check(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; for an unknown login (None) as slow, and always no."""
        if stored is None:
            self._verify(self._unknown(), password)
            return False
        return self._verify(stored, password)

    def outdated(self, stored: str) -> bool:
        """Whether it was hashed with parameters that are no longer ours."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        with self._room:
            try:
                return self._hasher.verify(stored, _same(password))
            except (VerificationError, InvalidHashError):
                return False

    def _unknown(self) -> str:
        if self._decoy is None:
            self._decoy = self.hash(secrets.token_hex(16))
        return self._decoy

    def warm(self) -> None:
        """Make the decoy beforehand, so that the first unknown login costs no more than others."""
        self._unknown()


def _same(password: str) -> str:
    """The same characters give the same password on every keyboard (NIST 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def one_time_password() -> str:
    """A password to hand over: 16 clear characters in groups of four, 79 bits."""
    drawn = "".join(secrets.choice(_CLEAR) for _ in range(16))
    return "-".join(drawn[at : at + 4] for at in range(0, 16, 4))


def require_good(password: str, login: str, name: str, *, field: str = "password") -> None:
    """InvalidInput where a chosen password is too short, well known, or says who has it."""
    found = _fault(_same(password), login, name)
    if found is not None:
        raise InvalidInput([FieldFault(field, *found)])


def _fault(password: str, login: str, name: str) -> tuple[str, str, str, str] | None:
    if len(password) < SHORTEST:
        return (
            f"密码不足{SHORTEST}位", f"the password has fewer than {SHORTEST} characters",
            f"请用{SHORTEST}位以上，例如几个不相干的词",
            f"use {SHORTEST} or more, such as a few unrelated words",
        )  # fmt: skip
    if len(password) > LONGEST:
        return (
            f"密码超过{LONGEST}位", f"the password has more than {LONGEST} characters",
            "请缩短", "shorten it",
        )  # fmt: skip
    bare = _bare(password)
    if any(len(own) > 1 and own in bare for own in (_bare(login), _bare(name))):
        return (
            "密码里有登录名或姓名", "the password contains the login or the name",
            "请去掉登录名和姓名", "leave both out",
        )  # fmt: skip
    if bare in _COMMON or len(set(bare)) < 5:
        return (
            "这个密码太常见", "this password is too common",
            "请换一个别人想不到的", "choose one that nobody would try",
        )  # fmt: skip
    return None


def _bare(text: str) -> str:
    return "".join(char for char in _same(text).casefold() if char.isalnum())
