"""Personal data sealed at rest: data keys wrapped by a master key that the database never sees.

An envelope is one byte of format, one of cipher, two of the master key's version (0: sealed by a
data key), a nonce of 12, the ciphertext and a tag of 16. Its header and the place that it was
sealed for (table, column, row) are authenticated: an envelope carried to another row is refused.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, field

from core.ciphers import NONCE_BYTES, TAG_BYTES, CipherName, Refused, decrypt, encrypt
from core.key_rings import Key, KeyRing

KEY_BYTES = 32
_FORMAT = 1
_CODES: dict[CipherName, int] = {"aes": 1, "sm4": 2}
_NAMES = {code: name for name, code in _CODES.items()}
_HEADER = struct.Struct(">BBH")
_SHORTEST = _HEADER.size + NONCE_BYTES + TAG_BYTES


@dataclass(frozen=True)
class Place:
    """Where an envelope belongs. `row` is the row's key as text."""

    table: str
    column: str
    row: str

    @property
    def bound(self) -> bytes:
        return "\0".join((self.table, self.column, self.row)).encode()


@dataclass(frozen=True)
class DataKey:
    """A key of its own for one client, complaint or file: unwrapped, and as it is stored."""

    id: int
    secret: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    master: int


class Vault:
    """Seals under data keys, and wraps those under the current master key."""

    def __init__(self, ring: KeyRing, cipher: CipherName = "aes") -> None:
        self.ring, self.cipher = ring, cipher

    @classmethod
    def of_chance(cls) -> Vault:
        """With a key that nobody keeps: for a database that does not outlive the process."""
        return cls(KeyRing("data", (Key(1, os.urandom(KEY_BYTES)),)))

    def new_key(self, number: int, master: int | None = None) -> DataKey:
        """A data key for the row `number` of data_keys, under a version (None: the current)."""
        return self.keep(number, os.urandom(KEY_BYTES), master)

    def keep(self, number: int, secret: bytes, master: int | None = None) -> DataKey:
        """A given key, wrapped for the row `number` of data_keys. MissingKey."""
        key = self.ring.current if master is None else self.ring.get(master)
        wrapped = _seal(self.cipher, key.version, _master(key), _key_place(number), secret)
        return DataKey(number, secret, wrapped, key.version)

    def unwrap(self, number: int, wrapped: bytes) -> DataKey:
        """The data key of row `number`. MissingKey; Refused."""
        version = master_of(wrapped)
        secret = _open(_master(self.ring.get(version)), wrapped, _key_place(number))
        return DataKey(number, secret, wrapped, version)

    def rewrap(self, key: DataKey) -> DataKey:
        """The same data key under the current master key."""
        return self.keep(key.id, key.secret)

    def seal(self, key: DataKey, place: Place, plain: bytes) -> bytes:
        """The envelope of `plain` for a place."""
        return _seal(self.cipher, 0, key.secret, place, plain)

    def open(self, key: DataKey, place: Place, envelope: bytes) -> bytes:
        """What was sealed for this place; Refused."""
        return _open(key.secret, envelope, place)

    def seal_fields(
        self, key: DataKey, place: Place, fields: dict[str, str | None]
    ) -> bytes | None:
        """The envelope of the fields that are there, or None where none is."""
        held = {name: text for name, text in fields.items() if text is not None}
        if not held:
            return None
        packed = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
        return self.seal(key, place, packed.encode())

    def open_fields(self, key: DataKey, place: Place, envelope: bytes) -> dict[str, str]:
        """What `seal_fields` was given; Refused."""
        return dict(json.loads(self.open(key, place, envelope)))


def master_of(wrapped: bytes) -> int:
    """The version of the master key that wraps a data key; Refused."""
    return _header(wrapped)[1]


def _master(key: Key) -> bytes:
    return key.secret[:KEY_BYTES]


def _key_place(number: int) -> Place:
    return Place("data_keys", "wrapped", str(number))


def _seal(cipher: CipherName, version: int, key: bytes, place: Place, plain: bytes) -> bytes:
    header = _HEADER.pack(_FORMAT, _CODES[cipher], version)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + encrypt(cipher, key, nonce, plain, header + place.bound)


def _open(key: bytes, envelope: bytes, place: Place) -> bytes:
    cipher, _version = _header(envelope)
    header, rest = envelope[: _HEADER.size], envelope[_HEADER.size :]
    nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    return decrypt(cipher, key, nonce, sealed, header + place.bound)


def _header(envelope: bytes) -> tuple[CipherName, int]:
    if len(envelope) < _SHORTEST:
        raise Refused("too short to be an envelope")
    format_, code, version = _HEADER.unpack_from(envelope)
    if format_ != _FORMAT or code not in _NAMES:
        raise Refused("an envelope of a format that this version does not know")
    return _NAMES[code], int(version)
