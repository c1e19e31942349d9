"""The keys of every test that puts a house together itself."""

from __future__ import annotations

from core.key_rings import Key, KeyRing
from core.vault import Vault

INDEX_KEY = b"k" * 32
VAULT = Vault(KeyRing("data", (Key(1, b"d" * 32),)))
