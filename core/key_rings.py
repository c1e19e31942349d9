"""Rings of versioned keys as the environment writes them: ``2:KEY,1:KEY``, the current one first.

A key alone is version 1, so that a set-up from before there were versions keeps working. Keys of
blind indexes may name their hash: ``3:sm3:KEY`` (SG-13); without it, it is SHA-256.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from core.errors import Unavailable

HashName = Literal["sha256", "sm3"]
_HASHES: dict[str, HashName] = {"sha256": "sha256", "sm3": "sm3"}
#: A version is two bytes of an envelope and a smallint of a table.
_LAST = 32_767


class MissingKey(Unavailable):
    """Something was kept under a version of a key that this process was not given."""

    def __init__(self, ring: str, version: int) -> None:
        self.ring, self.version = ring, version
        super().__init__(f"version {version} of the {ring} key is not in the environment")


@dataclass(frozen=True)
class Key:
    """One version of a key, 32 bytes or more; its repr shows no secret."""

    version: int
    secret: bytes = field(repr=False)
    hash: HashName = "sha256"


@dataclass(frozen=True)
class KeyRing:
    """Versions of one key; the first is the current one. `name` is for errors."""

    name: str
    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError(f"the ring of the {self.name} key is empty")

    @property
    def current(self) -> Key:
        return self.keys[0]

    @property
    def versions(self) -> tuple[int, ...]:
        return tuple(key.version for key in self.keys)

    def get(self, version: int) -> Key:
        """The key of a version; MissingKey."""
        for key in self.keys:
            if key.version == version:
                return key
        raise MissingKey(self.name, version)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)


def parse_ring(name: str, text: str) -> KeyRing:
    """The ring that `text` writes. ValueError says what is wrong without quoting a key."""
    keys = [_entry(part.strip(), number) for number, part in enumerate(text.split(","), 1)]
    if len(keys) == 1:
        return KeyRing(name, (keys[0][1],))
    for number, (versioned, _) in enumerate(keys, 1):
        if not versioned:
            raise ValueError(f"has several keys, and the {_nth(number)} has no version before it")
    versions = [key.version for _, key in keys]
    for version in versions:
        if versions.count(version) > 1:
            raise ValueError(f"has version {version} twice")
    if len({key.secret for _, key in keys}) < len(keys):
        raise ValueError("has the same key under two versions")
    return KeyRing(name, tuple(key for _, key in keys))


def read_key(text: str) -> bytes:
    """The bytes that `text` writes in hex or base64; ValueError unless 32 or more, and random."""
    key = _decoded(text)
    if key is None:
        raise ValueError("is neither hex nor base64")
    if len(key) < 32:
        raise ValueError(f"is too short: {len(key)} bytes, at least 32 are needed")
    if len(set(key)) < 8:
        raise ValueError("is not random: it repeats a few bytes")
    return key


def _entry(text: str, number: int) -> tuple[bool, Key]:
    """Whether it names its version, and the key."""
    *words, secret = text.split(":")
    if not words:
        return False, Key(1, read_key(secret))
    version, hash_name = words[0], words[1] if len(words) == 2 else "sha256"
    if not (version.isascii() and version.isdecimal() and 1 <= int(version) <= _LAST):
        raise ValueError(f"has no version from 1 to {_LAST} before its {_nth(number)} key")
    if len(words) > 2 or hash_name not in _HASHES:
        raise ValueError("knows only sha256 and sm3 between version and key")
    return True, Key(int(version), read_key(secret), _HASHES[hash_name])


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _decoded(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None
