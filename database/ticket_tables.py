"""A complaint's life to closure: its ticket, every act on it, every hand-over of it.

A ticket repeats what never changes of its complaint (when, how, where, of what), so that lists and
statistics read one table. Words about clients are sealed under the complaint's own data key.
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
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.tables import Moment, metadata


def _unit(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("units.id"), nullable=nullable)


def _person(name: str) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("people.id"))


def _complaint(name: str) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("complaints.id"))


#: What a ticket that nobody works on any more is at.
ENDS = ("archived", "withdrawn", "misfiled", "merged", "history")
#: As a condition of SQL on a ticket's columns.
OPEN = f"stage NOT IN ({', '.join(repr(end) for end in ENDS)})"

tickets = Table(
    "tickets",
    metadata,
    Column("complaint_id", BigInteger, ForeignKey("complaints.id"), primary_key=True),
    Column("stage", Text, nullable=False, comment="the step that comes next, or one of the ends"),
    Column("round", SmallInteger, nullable=False, server_default="1"),
    Column("received_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False, comment="when it was entered"),
    Column("channel", Text, nullable=False),
    Column("product", Text),
    Column("amount", Numeric(18, 2)),
    _unit("unit_id", nullable=False),
    _unit("complained_unit_id", nullable=False),
    _unit("received_unit_id"),
    Column("owner_role", Text),
    _unit("owner_unit_id"),
    _person("owner_person_id"),
    _person("about_person_id"),
    Column("about_role", Text, comment="a leader complained of, who never gets it"),
    Column("class_id", Text),
    Column("class_confirmed", Boolean, nullable=False, server_default=text("false")),
    Column("lead_role", Text),
    _unit("lead_unit_id"),
    Column("priority", SmallInteger, nullable=False, server_default="0",
           comment="safety 8, vulnerable client 4, may become major 2, large amount 1; added up"),
    Column("reply_via", Text, comment="the channel that the client chose"),
    Column("promised_at", Moment, comment="by when an answer is promised to the client"),
    Column("promise_lapsed_at", Moment),
    Column("held", Text, comment="what forbids a settlement, such as economic_dispute"),
    Column("outcome", Text),
    Column("satisfaction", Text),
    Column("handovers", Integer, nullable=False, server_default="0"),
    Column("passes", SmallInteger, nullable=False, server_default="0",
           comment="hand-overs between units and refusals of one (WP-18)"),
    Column("major_risk", Boolean, nullable=False, server_default=text("false")),
    Column("reopened", SmallInteger, nullable=False, server_default="0"),
    _complaint("previous_id"),
    _complaint("merged_into"),
    Column("accepted_at", Moment),
    Column("first_contact_at", Moment),
    Column("settled_at", Moment),
    Column("told_at", Moment),
    Column("closed_at", Moment, comment="when its last step before the archive was done"),
    Column("archived_at", Moment),
    Column("late", Boolean, comment="at its end: whether a clock of it had run out"),
    Column("plan", Text),
    Column("plan_version", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("held is null or held = 'economic_dispute'", name="held"),
    CheckConstraint(
        "satisfaction is null or satisfaction in ('satisfied','neutral','dissatisfied')",
        name="satisfaction",
    ),
    Index("ix_tickets_received_at", "received_at", "complaint_id"),
    Index("ix_tickets_unit_id", "unit_id", "received_at"),
    Index("ix_tickets_open", "received_at", postgresql_where=text(OPEN)),
    Index("ix_tickets_owner_person_id", "owner_person_id", postgresql_where=text(OPEN)),
    Index("ix_tickets_owner", "owner_unit_id", "owner_role", postgresql_where=text(OPEN)),
    Index("ix_tickets_promised_at", "promised_at",
          postgresql_where=text(f"{OPEN} AND promised_at IS NOT NULL"
                                " AND promise_lapsed_at IS NULL AND told_at IS NULL")),
    Index("ix_tickets_closed_at", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    Index("ix_tickets_previous_id", "previous_id",
          postgresql_where=text("previous_id IS NOT NULL")),
)  # fmt: skip

#: Append-only: an act is corrected by another act.
ticket_acts = Table(
    "ticket_acts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", BigInteger, ForeignKey("tickets.complaint_id"), nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", Moment, nullable=False, comment="when it was done, as stated"),
    Column("entered_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text),
    _unit("unit_id"),
    Column("facts", JSONB, nullable=False, server_default="{}", comment="coded; nobody's data"),
    Column("key_id", BigInteger, comment="of data_keys"),
    Column("sealed", LargeBinary, comment="its words"),
    Index("ix_ticket_acts_complaint_id", "complaint_id", "id"),
    Index(
        "ix_ticket_acts_analysed", "complaint_id", "id", postgresql_where=text("act = 'analyse'")
    ),
    Index("ix_ticket_acts_planned", "complaint_id", "id", postgresql_where=text("act = 'plan'")),
)

ticket_handovers = Table(
    "ticket_handovers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", BigInteger, ForeignKey("tickets.complaint_id"), nullable=False),
    _unit("from_unit_id", nullable=False),
    Column("from_role", Text),
    _person("from_person_id"),
    _unit("to_unit_id", nullable=False),
    Column("to_role", Text, nullable=False),
    _person("to_person_id"),
    Column("reason", Text, nullable=False, comment="looked through for clients' names"),
    Column("offered_by", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default="offered"),
    Column("answered_by", Text),
    Column("answered_at", Moment),
    Column("answer_reason", Text),
    Column("home_before", BigInteger, comment="the complaint's home unit until it was offered"),
    CheckConstraint("state in ('offered','accepted','declined','withdrawn')", name="state"),
    Index("ix_ticket_handovers_complaint_id", "complaint_id"),
    Index(
        "ix_ticket_handovers_to_unit_id", "to_unit_id", postgresql_where=text("state = 'offered'")
    ),
    Index(
        "uq_ticket_handovers_offered",
        "complaint_id",
        unique=True,
        postgresql_where=text("state = 'offered'"),
    ),
)

#: How somebody likes to look at the list; no text that was searched for is kept.
saved_views = Table(
    "saved_views",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("sort", ARRAY(Text), nullable=False, server_default="{}"),
    Column("made_at", Moment, nullable=False),
    Column("removed_at", Moment),
    Index(
        "uq_saved_views_name", "account_id", "name", unique=True,
        postgresql_where=text("removed_at is null"),
    ),
)  # fmt: skip
