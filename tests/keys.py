"""The keys of every test that puts a house together itself, or a site over a scene."""

from __future__ import annotations

import hashlib

from core.key_rings import Key, KeyRing
from core.vault import Vault

INDEX_KEY = hashlib.sha256(b"index").digest()
DATA_KEY = hashlib.sha256(b"data").digest()
VAULT = Vault(KeyRing("data", (Key(1, DATA_KEY),)))
