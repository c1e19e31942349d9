"""Keys of personal data as the database holds them (wrapped), and what search looks up.

`key_id` columns elsewhere name a row of data_keys without a foreign key: the intake writes both in
one statement, and nothing ever deletes a key's row.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    text,
)

from database.tables import Moment, metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("wrapped", LargeBinary, comment="under a master key; null once destroyed"),
    Column("master", SmallInteger, nullable=False, comment="version of the master key"),
    Column("destroyed_at", Moment),
    CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),
)

vault_state = Table(
    "vault_state",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("digest_key_id", BigInteger, ForeignKey("data_keys.id")),
    Column("index_version", SmallInteger, nullable=False, server_default="1",
           comment="key version under which blind indexes are written"),
    Column("master_version", SmallInteger, nullable=False, server_default="1",
           comment="version of the master key under which data keys are wrapped"),
    Column("words_mark", BigInteger, nullable=False, server_default="0",
           comment="complaints up to here are searchable"),
    Column("words_next", BigInteger, nullable=False, server_default="0"),
    Column("words_next_real", Moment, nullable=False, server_default=text("now()")),
    CheckConstraint("id", name="one_row"),
)  # fmt: skip

complaint_words = Table(
    "complaint_words",
    metadata,
    Column("complaint_id", BigInteger, ForeignKey("complaints.id"), primary_key=True),
    Column("version", SmallInteger, nullable=False, comment="of the blind index key"),
    Column("words", ARRAY(BigInteger), nullable=False, comment="keyed bigrams, 8 bytes each"),
    Index("ix_complaint_words_words", "words", postgresql_using="gin"),
)
