"""Work orders of the hotline 95558: each complaint that came by it, what was said since, the
answers back, the daily lists that 95558 sends, and the files of its drop folder.

Rows of `hotline_orders` are made by a trigger on complaints (channel hotline, not history), their
clock is kept by a trigger on duties, so that no way in forgets them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.tables import Moment, metadata


def _complaint(*, key: bool = False, nullable: bool = False) -> Column[int]:
    of = ForeignKey("complaints.id")
    return Column("complaint_id", BigInteger, of, primary_key=key, nullable=nullable)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


hotline_orders = Table(
    "hotline_orders",
    metadata,
    _complaint(key=True),
    Column("source", Text, nullable=False),
    Column("number", Text, nullable=False, comment="95558's own: the reconciliation key"),
    Column("received_at", Moment, nullable=False, comment="by 95558"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("state_at", Moment, nullable=False),
    Column("due_at", Moment, comment="of its duty of feedback; null where the plan has none"),
    Column("told_at", Moment, comment="when the branch was told by SMS"),
    Column("round", SmallInteger, nullable=False, server_default="0", comment="answers so far"),
    Column("urged", SmallInteger, nullable=False, server_default="0", comment="times"),
    Column("urged_at", Moment),
    UniqueConstraint("source", "number"),
    CheckConstraint("state in ('open','answered','returned','closed','withdrawn')", name="state"),
    Index(
        "ix_hotline_orders_due_at",
        "due_at",
        postgresql_where=text("state in ('open','returned')"),
    ),
    Index(
        "ix_hotline_orders_live",
        "state_at",
        postgresql_where=text("state not in ('closed','withdrawn')"),
    ),
    Index("ix_hotline_orders_state_at", "state_at"),
    Index("ix_hotline_orders_received_at", "received_at"),
)

hotline_updates = Table(
    "hotline_updates",
    metadata,
    _id(),
    _complaint(),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False, comment="95558's own name of it: sent twice, it is once"),
    Column("digest", LargeBinary, nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="words"),
    UniqueConstraint("complaint_id", "ref"),
    CheckConstraint("kind in ('supplement','urge','withdraw','accept','return')", name="kind"),
)

hotline_feedback = Table(
    "hotline_feedback",
    metadata,
    _id(),
    _complaint(),
    Column("round", SmallInteger, nullable=False),
    Column("result", Text, nullable=False, comment="of complaints.hotline_rules.RESULTS"),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="words"),
    Column("at", Moment, nullable=False),
    Column("by_name", Text, nullable=False, comment="of staff"),
    Column("actor", Text, nullable=False),
    Column("due_at", Moment, comment="of the clock when it was given"),
    Column("verdict", Text, comment="of 95558"),
    Column("verdict_at", Moment),
    Column("position", BigInteger, comment="in the poll's order; drawn once it is committed"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("not_before_real", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("claimed_by", Text),
    Column("claimed_until_real", Moment),
    Column("status_code", SmallInteger, comment="of the last answer to the callback"),
    Column("error", Text),
    Column("delivered_real", Moment, comment="by callback"),
    Column("fetched_real", Moment, comment="acknowledged after a poll"),
    UniqueConstraint("complaint_id", "round"),
    Index("uq_hotline_feedback_position", "position", unique=True),
    Index(
        "ix_hotline_feedback_waiting",
        "not_before_real",
        postgresql_where=text("state in ('waiting','sending')"),
    ),
    Index(
        "ix_hotline_feedback_unfetched",
        "position",
        postgresql_where=text("delivered_real is null and fetched_real is null"),
    ),
    CheckConstraint("state in ('waiting','sending','delivered','failed','kept')", name="state"),
    CheckConstraint("verdict in ('accept','return')", name="verdict"),
)

hotline_lists = Table(
    "hotline_lists",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("day", Date, nullable=False, comment="of Asia/Shanghai"),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("entries", JSONB, comment="number -> state, as 95558 has it"),
    Column("theirs", Integer, nullable=False, server_default="0"),
    Column("ours", Integer, nullable=False, server_default="0"),
    CheckConstraint("state in ('compared','missing')", name="state"),
    Index("ix_hotline_lists_source_day_id", "source", "day", "id"),
    Index(
        "uq_hotline_lists_missing",
        "source",
        "day",
        unique=True,
        postgresql_where=text("state = 'missing'"),
    ),
)

hotline_differences = Table(
    "hotline_differences",
    metadata,
    _id(),
    Column("list_id", BigInteger, ForeignKey("hotline_lists.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column(
        "superseded",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="a later list of the day has come",
    ),
    _complaint(nullable=True),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("theirs", Text),
    Column("ours", Text),
    UniqueConstraint("list_id", "number"),
    CheckConstraint("kind in ('missing_here','missing_there','state')", name="kind"),
    Index("ix_hotline_differences_day", "day", postgresql_where=text("not superseded")),
)

hotline_files = Table(
    "hotline_files",
    metadata,
    _id(),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, comment="orders or list; null when it could not be read"),
    Column("state", Text, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until_real", Moment),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("taken", Integer, nullable=False, server_default="0"),
    Column("known", Integer, nullable=False, server_default="0", comment="taken before"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("faults", JSONB, nullable=False, server_default="[]", comment="no cell's content"),
    CheckConstraint("state in ('reading','done','failed')", name="state"),
)
