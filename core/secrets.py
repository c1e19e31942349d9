"""Secrets from the environment: read once, checked, and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from core.errors import SettingFault, SettingsError
from core.key_rings import KeyRing, parse_ring
from core.strict_model import Strict, nearest

_FILE = "environment"
_MAKE_ONE = "make one with `openssl rand -hex 32`"


class Variable(StrEnum):
    """The environment variables that hold secrets."""

    DATABASE_URL = "FENGHUO_DATABASE_URL"
    OWNER_URL = "FENGHUO_OWNER_URL"
    DATA_KEYS = "FENGHUO_DATA_KEYS"
    BLIND_INDEX_KEY = "FENGHUO_BLIND_INDEX_KEY"
    SECRET_KEY = "FENGHUO_SECRET_KEY"
    TWILIO_ACCOUNT_SID = "FENGHUO_TWILIO_ACCOUNT_SID"
    TWILIO_AUTH_TOKEN = "FENGHUO_TWILIO_AUTH_TOKEN"
    HOTLINE_SECRET = "FENGHUO_HOTLINE_SECRET"


#: Needed only where `twilio` is among the gateways.
TWILIO_VARIABLES = frozenset({Variable.TWILIO_ACCOUNT_SID, Variable.TWILIO_AUTH_TOKEN})
#: Rings of keys: what reads or writes a client's data needs both.
VAULT_VARIABLES = frozenset({Variable.DATA_KEYS, Variable.BLIND_INDEX_KEY})
NEED_NOTHING: frozenset[Variable] = frozenset()
NEED_MIGRATE = frozenset({Variable.OWNER_URL})
#: The demo brings its own embedded database.
NEED_DEMO = VAULT_VARIABLES | {Variable.SECRET_KEY} | TWILIO_VARIABLES
NEED_SERVE = NEED_DEMO | {Variable.DATABASE_URL}
#: `HOTLINE_SECRET` only where answers are sent to 95558 (hotline.callback).
NEED_ENGINE = NEED_SERVE - {Variable.SECRET_KEY} | {Variable.HOTLINE_SECRET}

_REMEDY: dict[Variable, str] = {
    Variable.DATABASE_URL: "set it to postgresql://user:password@host/database",
    Variable.OWNER_URL: "set it to the address of the role that owns the schema",
    Variable.DATA_KEYS: (
        f"{_MAKE_ONE} and keep it outside the database and its backups: without it no client's"
        " data can ever be read; later keys as 2:NEW,1:OLD, see `fenghuo keys rotate`"
    ),
    Variable.BLIND_INDEX_KEY: (
        f"{_MAKE_ONE}; keep it: with another key no client is recognised; later keys as 2:NEW,1:OLD"
    ),
    Variable.SECRET_KEY: f"{_MAKE_ONE}; it seals second factors: with another all are set up anew",
    Variable.TWILIO_ACCOUNT_SID: "copy it from the Twilio console, or take twilio out of gateways",
    Variable.TWILIO_AUTH_TOKEN: "copy it from the Twilio console, or take twilio out of gateways",
    Variable.HOTLINE_SECRET: f"{_MAKE_ONE} and give it to 95558: it signs what is sent there",
}


class Secrets(Strict):
    """The secrets that were given; the ones this process does not need may be None.

    repr, str and describe() never show a value. The methods without underscore are the only way
    to one, and raise SettingsError where it was not given.
    """

    database_url: SecretStr | None = Field(default=None, repr=False)
    owner_url: SecretStr | None = Field(default=None, repr=False)
    data_keys: SecretStr | None = Field(default=None, repr=False)
    blind_index_key: SecretStr | None = Field(default=None, repr=False)
    secret_key: SecretStr | None = Field(default=None, repr=False)
    twilio_account_sid: SecretStr | None = Field(default=None, repr=False)
    twilio_auth_token: SecretStr | None = Field(default=None, repr=False)
    hotline_secret: SecretStr | None = Field(default=None, repr=False)

    def text(self, variable: Variable) -> str:
        """The value of one of the texts; SettingsError when it was not given."""
        held = getattr(self, _field(variable))
        if not isinstance(held, SecretStr):
            raise SettingsError([_missing(variable, None)])
        return held.get_secret_value()

    def data_ring(self) -> KeyRing:
        """The master keys of personal data, current first; SettingsError when not given."""
        return parse_ring("data", self.text(Variable.DATA_KEYS))

    def index_ring(self) -> KeyRing:
        """The keys of the blind indexes, current first; SettingsError when not given."""
        return parse_ring("blind index", self.text(Variable.BLIND_INDEX_KEY))

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
    held: dict[str, SecretStr] = {}
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


def _read(variable: Variable, value: str) -> SecretStr:
    """`value` if it is fit for `variable`; ValueError says why not, without quoting it."""
    if variable in VAULT_VARIABLES:
        parse_ring(variable, value)
    if variable in (Variable.DATABASE_URL, Variable.OWNER_URL):
        _require_postgresql(value)
    if variable in (Variable.SECRET_KEY, Variable.HOTLINE_SECRET) and len(value) < 16:
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
