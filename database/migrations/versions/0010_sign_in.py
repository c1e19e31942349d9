"""accounts, sessions, second factors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Old sessions, spent codes and forgotten failures are swept away; accounts stay for the journal.
# The system's role alone may do anything here: a viewer's reads never come to these tables.
RIGHTS = "GRANT DELETE ON sessions, recovery_codes, sign_in_failures TO fenghuo_system"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _text(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def _moment(name: str, *, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)


def _from_now(name: str) -> sa.Column[object]:
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=now)


def _accounts() -> None:
    op.create_table(
        "accounts",
        _id(),
        _text("login", comment="case-folded"),
        _text("name"),
        _ref("person_id", "people", nullable=True),
        sa.Column(
            "unit_id",
            sa.BigInteger(),
            sa.ForeignKey("units.id"),
            nullable=False,
            comment="the area",
        ),
        sa.Column(
            "roles", postgresql.ARRAY(sa.Text()), nullable=False, comment="of core.rights.Access"
        ),
        _text("password_hash", comment="Argon2id"),
        _from_now("password_set_real"),
        sa.Column(
            "must_change",
            sa.Boolean(),
            nullable=False,
            comment="the password is one to sign in once",
        ),
        sa.Column("totp_secret", sa.LargeBinary(), comment="sealed with AES-256-GCM"),
        _moment("totp_since_real", comment="null until a first code has proved it"),
        sa.Column(
            "totp_last_step", sa.BigInteger(), comment="the time-step last used: none is used twice"
        ),
        _from_now("created_real"),
        _moment("disabled_real"),
        sa.CheckConstraint("cardinality(roles) > 0", name="ck_accounts_roles"),
        sa.CheckConstraint(
            "cardinality(roles) = 1 OR NOT 'administrator' = ANY(roles)", name="ck_accounts_duties"
        ),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        _id(),
        _ref("account_id", "accounts"),
        sa.Column(
            "token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie's value"
        ),
        _text(
            "factor",
            nullable=True,
            comment="the second factor that was given: totp, recovery, demo",
        ),
        _text("device", comment="in words, such as Chrome · Windows"),
        _text("address", comment="masked"),
        _from_now("created_real"),
        _from_now("seen_real"),
        _moment("ended_real"),
        _text("ended_why", nullable=True),
        sa.CheckConstraint("factor in ('totp','recovery','demo')", name="ck_sessions_factor"),
        sa.CheckConstraint("(ended_real IS NULL) = (ended_why IS NULL)", name="ck_sessions_ended"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index(
        "ix_sessions_account_id_open",
        "sessions",
        ["account_id"],
        postgresql_where=sa.text("ended_real IS NULL"),
    )


def _guessing() -> None:
    op.create_table(
        "recovery_codes",
        _id(),
        _ref("account_id", "accounts"),
        sa.Column(
            "code_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed; 80 random bits need no salt",
        ),
        _moment("used_real"),
        sa.UniqueConstraint(
            "account_id", "code_hash", name="uq_recovery_codes_account_id_code_hash"
        ),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column(
            "key", sa.LargeBinary(), primary_key=True, comment="keyed hash: who failed, from where"
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_real", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sign_in_failures_last_real", "sign_in_failures", ["last_real"])


def upgrade() -> None:
    _accounts()
    _sessions()
    _guessing()
    op.execute(RIGHTS)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
