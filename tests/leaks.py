"""What must not leave: looked for in logs and in a dump, in every dress that it might wear."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import make_url

from database.embedded import default_bin_dir
from tests.postgres import TestDatabase


def dump(db: TestDatabase) -> str:
    """Everything in the database, as text; as the superuser, whom no policy keeps from a row."""
    url = make_url(db.cluster.server.url(database=db.name)).set(drivername="postgresql")
    done = subprocess.run(
        [default_bin_dir() / "pg_dump", "--dbname", url.render_as_string(hide_password=False)],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.decode()


def dresses(value: str) -> Iterator[tuple[str, bytes]]:
    """(how it is dressed, the bytes to look for), letters in lower case."""
    for name, found in _dresses(value):
        yield name, (found if isinstance(found, bytes) else found.encode()).lower()


def _dresses(value: str) -> Iterator[tuple[str, str | bytes]]:
    plain = value.encode()
    yield "as it is", plain
    yield "JSON", json.dumps(value)[1:-1]
    yield "JSON in JSON", json.dumps(json.dumps(value)[1:-1])[1:-1]
    yield "bytes of Python", repr(plain)[2:-1]
    yield "octal of PostgreSQL", "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in plain)
    yield "in an address", quote(value, safe="")
    yield "in a form", quote_plus(value)
    for coding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        coded = value.encode(coding)
        yield f"{coding} in hex", coded.hex()
        if coding != "utf-8":
            yield coding, coded
    # In base64 a value looks otherwise after one byte, and after two; its ends may be cut off.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + plain).rstrip(b"=")
        whole = coded[(0, 2, 3)[before] : (before + len(plain)) * 8 // 6]
        yield f"base64, {before} before", whole
        yield f"base64 of addresses, {before} before", whole.translate(_URLSAFE)
    for hasher in ("md5", "sha1", "sha256"):
        hashed = hashlib.new(hasher, plain).digest()
        yield f"{HASHED} {hasher} in hex", hashed.hex()
        yield f"{HASHED} {hasher} in base64", base64.b64encode(hashed).rstrip(b"=")


#: A value of few bits is found again by trying; a random one of 256 may be kept so.
HASHED = "its bare"
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def found_in(text: str | bytes, values: Iterable[str]) -> list[tuple[str, str]]:
    """(value, dress) of each that stands somewhere in it, whatever the case of its letters."""
    held = (text.encode() if isinstance(text, str) else text).lower()
    return [(value, dress) for value in values for dress, wanted in dresses(value)
            if wanted in held]  # fmt: skip
