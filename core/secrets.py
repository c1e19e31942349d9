"""Secrets from the environment: read once, checked, and never shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import Field, SecretBytes, SecretStr

from core.errors import SettingFault, SettingsError
from core.strict_model import Strict, nearest

_FILE = "environment"
_MAKE_ONE = "make one with `openssl rand -hex 32`"


class Variable(StrEnum):
    """The environment variables that hold secrets."""

    DATABASE_URL = "FENGHUO_DATABASE_URL"
    OWNER_URL = "FENGHUO_OWNER_URL"
    BLIND_INDEX_KEY = "FENGHUO_BLIND_INDEX_KEY"
    SECRET_KEY = "FENGHUO_SECRET_KEY"
    TWILIO_ACCOUNT_SID = "FENGHUO_TWILIO_ACCOUNT_SID"
    TWILIO_AUTH_TOKEN = "FENGHUO_TWILIO_AUTH_TOKEN"


#: Needed only where `twilio` is among the gateways.
TWILIO_VARIABLES = frozenset({Variable.TWILIO_ACCOUNT_SID, Variable.TWILIO_AUTH_TOKEN})
NEED_NOTHING: frozenset[Variable] = frozenset()
NEED_MIGRATE = frozenset({Variable.OWNER_URL})
#: The demo brings its own embedded database.
NEED_DEMO = frozenset({Variable.BLIND_INDEX_KEY, Variable.SECRET_KEY}) | TWILIO_VARIABLES
NEED_SERVE = NEED_DEMO | {Variable.DATABASE_URL}
NEED_ENGINE = NEED_SERVE - {Variable.SECRET_KEY}

_REMEDY: dict[Variable, str] = {
    Variable.DATABASE_URL: "set it to postgresql://user:password@host/database",
    Variable.OWNER_URL: "set it to the address of the role that owns the schema",
    Variable.BLIND_INDEX_KEY: f"{_MAKE_ONE}; keep it: with another key no client is recognised",
    Variable.SECRET_KEY: f"{_MAKE_ONE}; it signs the browsers' sessions",
    Variable.TWILIO_ACCOUNT_SID: "copy it from the Twilio console, or take twilio out of gateways",
    Variable.TWILIO_AUTH_TOKEN: "copy it from the Twilio console, or take twilio out of gateways",
}


class Secrets(Strict):
    """The secrets that were given; the ones this process does not need may be None.

    repr, str and describe() never show a value. The methods without underscore are the only way
    to one, and raise SettingsError where it was not given.
    """

    database_url: SecretStr | None = Field(default=None, repr=False)
    owner_url: SecretStr | None = Field(default=None, repr=False)
    blind_index_key: SecretBytes | None = Field(default=None, repr=False)
    secret_key: SecretStr | None = Field(default=None, repr=False)
    twilio_account_sid: SecretStr | None = Field(default=None, repr=False)
    twilio_auth_token: SecretStr | None = Field(default=None, repr=False)

    def text(self, variable: Variable) -> str:
        """The value of one of the texts; SettingsError when it was not given."""
        held = getattr(self, _field(variable))
        if not isinstance(held, SecretStr):
            raise SettingsError([_missing(variable, None)])
        return held.get_secret_value()

    def index_key(self) -> bytes:
        """The key of the blind index, at least 32 bytes; SettingsError when it was not given."""
        if self.blind_index_key is None:
            raise SettingsError([_missing(Variable.BLIND_INDEX_KEY, None)])
        return self.blind_index_key.get_secret_value()

    def describe(self) -> list[str]:
        """One line a variable: set or not set."""
        return [
            f"{variable}: {'set' if getattr(self, _field(variable)) else 'not set'}"
            for variable in Variable
        ]


def _field(variable: Variable) -> str:
    return variable.removeprefix("FENGHUO_").lower()


def read_secrets(
    environ: Mapping[str, str], need: frozenset[Variable]
) -> tuple[Secrets | None, tuple[SettingFault, ...]]:
    """The secrets of `environ`, or None and a fault for each that is missing or unfit.

    A variable that is set but not needed is checked all the same; an empty one counts as not set.
    """
    faults: list[SettingFault] = []
    held: dict[str, SecretStr | SecretBytes] = {}
    for variable in Variable:
        value = environ.get(variable, "").strip()
        if not value:
            if variable in need:
                faults.append(_missing(variable, _misspelt(variable, environ)))
            continue
        try:
            held[_field(variable)] = _read(variable, value)
        except ValueError as error:
            # The message is one of ours and never quotes the value.
            faults.append(SettingFault(_FILE, 0, f"{variable} {error}", _REMEDY[variable]))
    if faults:
        return None, tuple(faults)
    return Secrets.model_validate(held), ()


def _missing(variable: Variable, misspelt: str | None) -> SettingFault:
    hint = f"is {misspelt} meant to be it? " if misspelt else ""
    return SettingFault(_FILE, 0, f"{variable} is not set", hint + _REMEDY[variable])


def _misspelt(variable: Variable, environ: Mapping[str, str]) -> str | None:
    known = {str(name) for name in Variable}
    others = [name for name in environ if name.startswith("FENG") and name not in known]
    return nearest(variable, others)


def _read(variable: Variable, value: str) -> SecretStr | SecretBytes:
    """`value` if it is fit for `variable`; ValueError says why not, without quoting it."""
    if variable is Variable.BLIND_INDEX_KEY:
        return SecretBytes(_key(value))
    if variable in (Variable.DATABASE_URL, Variable.OWNER_URL):
        _require_postgresql(value)
    if variable is Variable.SECRET_KEY and len(value) < 16:
        raise ValueError(f"is too short: {len(value)} characters, at least 16 are needed")
    return SecretStr(value)


def _require_postgresql(url: str) -> None:
    try:
        scheme, path = urlsplit(url).scheme, urlsplit(url).path
    except ValueError:
        scheme, path = "", ""
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("is not an address of a PostgreSQL database")
    if not path.strip("/"):
        raise ValueError("names no database")


def _key(text: str) -> bytes:
    """The bytes that `text` writes in hex or base64; ValueError unless 32 or more, and random."""
    key = _decoded(text)
    if key is None:
        raise ValueError("is neither hex nor base64")
    if len(key) < 32:
        raise ValueError(f"is too short: {len(key)} bytes, at least 32 are needed")
    if len(set(key)) < 8:
        raise ValueError("is not random: it repeats a few bytes")
    return key


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
