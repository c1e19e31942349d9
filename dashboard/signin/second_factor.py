"""The second factor: time-based codes (RFC 6238) and recovery codes, each good for one use."""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
import segno
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput
from dashboard.signin.keys import Keys

STEP = 30  #: seconds
_DRIFT = 1  #: steps that a telephone's clock may be off, either way
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """160 random bits, as authenticator apps take them (base32)."""
    return str(pyotp.random_base32())


def uri(secret: str, login: str, bank: str) -> str:
    """What the QR code says."""
    issuer = f"烽火 {bank}"
    return str(pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer))


def qr_image(text: str) -> str:
    """A QR code as the ``data:`` address of an image; drawn here, so no secret leaves the house."""
    return str(segno.make(text, error="m").svg_data_uri(scale=5, border=3))


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time-step whose code this is, within the drift; None for a wrong code. Pure."""
    given = "".join(code.split())
    if len(given) != 6 or not given.isascii() or not given.isdigit():
        return None
    totp, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    found = None
    for candidate in range(step - _DRIFT, step + _DRIFT + 1):  # all of them: no early answer
        if secrets.compare_digest(totp.at(candidate * STEP), given):
            found = candidate
    return found


def begin(connection: Connection, keys: Keys, account_id: int) -> str:
    """A new secret for an account that has no second factor yet; Conflict where it has one.

    The one handed out before and never proved is returned again: a second tab, a page read twice.
    """
    row = connection.execute(_READ, {"id": account_id}).one()
    if row.totp_since_real is not None:
        raise Conflict("第二验证已经设好", "the second factor is set up already")
    held = _secret(keys, account_id, row.totp_secret)
    if held is not None:
        return held
    secret = new_secret()
    sealed = keys.seal(secret.encode(), _context(account_id))
    connection.execute(_OFFER, {"id": account_id, "secret": sealed})
    return secret


def prove(
    connection: Connection, keys: Keys, account_id: int, code: str, now: datetime
) -> tuple[str, ...]:
    """Take the second factor into use by its first code; the recovery codes, shown only now.

    InvalidInput for a wrong code, Conflict where there is nothing to prove.
    """
    row = connection.execute(_LOCK, {"id": account_id}).one()
    secret = _secret(keys, account_id, row.totp_secret)
    if row.totp_since_real is not None or secret is None:
        raise Conflict("请重新开始设置第二验证", "start setting up the second factor again")
    step = matching_step(secret, code, now)
    if step is None:
        raise InvalidInput([wrong_code()])
    connection.execute(_PROVED, {"id": account_id, "step": step})
    return renew_recovery_codes(connection, keys, account_id)


def use_code(
    connection: Connection, keys: Keys, account_id: int, code: str, now: datetime
) -> str | None:
    """Spend a code: ``totp`` or ``recovery``, or None. The account's row is locked meanwhile, so
    of two that give the same code at one moment one alone succeeds."""
    row = connection.execute(_LOCK, {"id": account_id}).one()
    secret = _secret(keys, account_id, row.totp_secret) if row.totp_since_real else None
    step = matching_step(secret, code, now) if secret else None
    if step is not None:
        # A step not later than the last one used was seen before, or lies before one that was.
        if row.totp_last_step is not None and step <= row.totp_last_step:
            return None
        connection.execute(_USED_STEP, {"id": account_id, "step": step})
        return "totp"
    spent = connection.execute(
        _SPEND, {"id": account_id, "hash": _recovery_hash(keys, account_id, code)}
    )
    return "recovery" if spent.rowcount else None


def renew_recovery_codes(connection: Connection, keys: Keys, account_id: int) -> tuple[str, ...]:
    """New codes in place of all former ones; they are kept as hashes and cannot be shown again."""
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    connection.execute(sa.text("DELETE FROM recovery_codes WHERE account_id = :id"),
                       {"id": account_id})  # fmt: skip
    connection.execute(
        sa.text("INSERT INTO recovery_codes (account_id, code_hash) VALUES (:id, :hash)"),
        [{"id": account_id, "hash": _recovery_hash(keys, account_id, code)} for code in codes],
    )
    return codes


def recovery_codes_left(connection: Connection, account_id: int) -> int:
    return int(connection.execute(_LEFT, {"id": account_id}).scalar_one())


def remove(connection: Connection, account_id: int) -> None:
    """Forget an account's second factor and its recovery codes (an administrator's reset)."""
    connection.execute(_FORGET, {"id": account_id})
    connection.execute(sa.text("DELETE FROM recovery_codes WHERE account_id = :id"),
                       {"id": account_id})  # fmt: skip


def wrong_code(field: str = "code") -> FieldFault:
    return FieldFault(
        field, "验证码不对，或已用过", "the code is wrong, or was used before",
        "请等下一个验证码；手机时间须准确",
        "wait for the next one; the telephone's clock must be right",
    )  # fmt: skip


def _context(account_id: int) -> str:
    return f"account:{account_id}"


def _secret(keys: Keys, account_id: int, sealed: bytes | None) -> str | None:
    opened = keys.open(bytes(sealed), _context(account_id)) if sealed is not None else None
    return opened.decode() if opened is not None else None


def _recovery_code() -> str:
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(drawn[at : at + 4] for at in range(0, 16, 4))


def _recovery_hash(keys: Keys, account_id: int, code: str) -> bytes:
    bare = "".join(char for char in code.casefold() if char.isalnum())
    return keys.index("recovery", str(account_id), bare)


_READ = sa.text("SELECT totp_secret, totp_since_real FROM accounts WHERE id = :id FOR UPDATE")
_LOCK = sa.text(
    "SELECT totp_secret, totp_since_real, totp_last_step FROM accounts WHERE id = :id FOR UPDATE"
)
_OFFER = sa.text("UPDATE accounts SET totp_secret = :secret WHERE id = :id")
_PROVED = sa.text(
    "UPDATE accounts SET totp_since_real = clock_timestamp(), totp_last_step = :step WHERE id = :id"
)
_USED_STEP = sa.text("UPDATE accounts SET totp_last_step = :step WHERE id = :id")
_SPEND = sa.text(
    "UPDATE recovery_codes SET used_real = clock_timestamp()"
    " WHERE account_id = :id AND code_hash = :hash AND used_real IS NULL"
)
_LEFT = sa.text("SELECT count(*) FROM recovery_codes WHERE account_id = :id AND used_real IS NULL")
_FORGET = sa.text(
    "UPDATE accounts SET totp_secret = NULL, totp_since_real = NULL, totp_last_step = NULL"
    " WHERE id = :id"
)
