"""Authenticated ciphers of the vault and keyed hashes of the blind indexes, by name (SG-13).

AES-256-GCM, or SM4-GCM (GB/T 32907) where the bank must use national algorithms; HMAC over SHA-256
or SM3 (GB/T 32905). Both ciphers take a key of 32 bytes: SM4's own 16 are derived from it by HMAC.
"""

from __future__ import annotations

import hmac as plain_hmac
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from core.key_rings import HashName

CipherName = Literal["aes", "sm4"]
NONCE_BYTES = 12
TAG_BYTES = 16
_SM4_KEY = b"fenghuo sm4 key"


class Refused(ValueError):
    """The ciphertext is not what was sealed here: another key, place, or bytes changed."""


def encrypt(cipher: CipherName, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    """Ciphertext and its tag; `bound` is authenticated and not stored."""
    if cipher == "aes":
        return AESGCM(key).encrypt(nonce, plain, bound)
    sealing = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(bound)
    return sealing.update(plain) + sealing.finalize() + sealing.tag


def decrypt(cipher: CipherName, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What `encrypt` was given; Refused."""
    try:
        if cipher == "aes":
            return AESGCM(key).decrypt(nonce, sealed, bound)
        text, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        opening = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(bound)
        return opening.update(text) + opening.finalize()
    except (InvalidTag, ValueError) as error:
        raise Refused("not sealed here, or changed since") from error


def keyed_hash(name: HashName, key: bytes, text: bytes) -> bytes:
    """HMAC of `text`, 32 bytes."""
    if name == "sha256":
        return plain_hmac.digest(key, text, "sha256")
    hashing = HMAC(key, SM3())
    hashing.update(text)
    return hashing.finalize()


@lru_cache(maxsize=64)
def _sm4_key(key: bytes) -> bytes:
    return keyed_hash("sm3", key, _SM4_KEY)[:16]
