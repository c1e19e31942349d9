"""The keys behind sign-in, each derived for its one use from FENGHUO_SECRET_KEY (RFC 5869)."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


@dataclass(frozen=True)
class Keys:
    """Keys of 32 bytes; with another FENGHUO_SECRET_KEY second factors must be set up anew."""

    seal_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    signing_key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> Keys:
        return cls(*(_derive(secret, use) for use in (b"totp", b"index", b"tickets")))

    def seal(self, value: bytes, context: str) -> bytes:
        """AES-256-GCM with a fresh nonce; opened only in the same context (``account:12``)."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.seal_key).encrypt(nonce, value, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes | None:
        """What was sealed, or None where key, context or content are not the ones it had."""
        try:
            return AESGCM(self.seal_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag:
            return None

    def index(self, *parts: str) -> bytes:
        """A keyed hash of these parts, for looking up what is not kept in the clear."""
        return hmac.digest(self.index_key, "\0".join(parts).encode(), sha256)


def _derive(secret: str, use: bytes) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"fenghuo sign-in " + use)
    return made.derive(secret.encode())
