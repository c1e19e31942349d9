"""PostgreSQL shows an area its own rows, whatever the query forgot (SG-07)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from database.tables import metadata
from tests.areas.story import SECRET, Story, told

#: Tables without a policy that a viewer's reads may use: nothing of a client, nothing of a branch.
OPEN = {
    "business_clock", "units", "unit_tree_version", "calendar_days", "gateway_health",
    "engine_heartbeats", "standing_periods",
}  # fmt: skip


def _tables(story: Story, condition: str) -> set[str]:
    query = sa.text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = 'public' AND c.relkind = 'r' AND {condition}"
    )
    return set(story.db.owner.read(lambda c: c.scalars(query).all()))


def test_every_table_that_an_area_may_read_holds_its_rows_back(story: Story) -> None:
    """A new table is unreadable to areas, or has a policy that is forced, or is listed above."""
    readable = _tables(story, "has_table_privilege('fenghuo_app', c.oid, 'SELECT')")
    forced = _tables(story, "c.relrowsecurity AND c.relforcerowsecurity")
    assert readable - forced == OPEN
    assert OPEN | readable <= set(metadata.tables)


def test_the_login_writes_nothing(story: Story) -> None:
    for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert _tables(story, f"has_table_privilege('fenghuo_app', c.oid, '{right}')") == set()
        assert not _tables(story, f"has_any_column_privilege('fenghuo_app', c.oid, '{right}')"
                           if right in ("INSERT", "UPDATE") else "false")  # fmt: skip


def test_without_an_area_nothing_is_seen(story: Story) -> None:
    forced = _tables(story, "c.relrowsecurity")
    readable = _tables(story, "has_table_privilege('fenghuo_app', c.oid, 'SELECT')")
    with story.logins.engine.connect() as connection:
        for table in forced & readable:
            found = connection.scalar(sa.text(f'SELECT count(*) FROM "{table}"'))
            assert found == 0, table


def test_the_owner_sees_no_row_either(story: Story) -> None:
    """Forced on every table with client data: not even the role that owns it reads past it."""
    query = sa.text("SELECT count(*) FROM complaints")
    engine = sa.create_engine(story.db.owner_url)
    with engine.connect() as connection:
        assert connection.scalar(query) == 0
    engine.dispose()


@pytest.mark.parametrize("who", ["shanghai", "xuhui"])
def test_no_table_shows_a_word_of_another_branch(story: Story, who: str) -> None:
    readable = _tables(story, "has_table_privilege('fenghuo_app', c.oid, 'SELECT')")
    mine = story.viewers[who]
    for table in sorted(readable - OPEN):
        rows = story.seen_by(who, f'SELECT * FROM "{table}"')
        text = told([dict(row) for row in rows])
        assert SECRET not in text and "njsecret" not in text, table
        for row in rows:
            assert not _elsewhere(story, table, row, mine.area), (table, dict(row))


def _elsewhere(story: Story, table: str, row: sa.RowMapping, area: str) -> bool:
    """Whether a row's unit lies outside the area, and neither above it nor of a spanning head."""
    unit_id = row.get("unit_id")
    if unit_id is None or table in ("incidents", "people", "team_members", "shifts"):
        return False  # these may be of a unit above
    path = story.scene.house.tree().get(unit_id).path
    return not (path.startswith(area) or area.startswith(path))


def test_each_branch_sees_its_own(story: Story) -> None:
    """The policies hide; they must not hide what is one's own."""
    for who in ("shanghai", "nanjing", "xuhui", "gulou"):
        for table in ("complaints", "complaint_parties", "clients", "incidents", "messages",
                      "duties", "journal", "key_events", "people"):  # fmt: skip
            (found,) = story.seen_by(who, f'SELECT count(*) AS n FROM "{table}"')
            assert found["n"] > 0, (who, table)
    (whole,) = story.seen_by("head_office", "SELECT count(*) AS n FROM complaints")
    assert whole["n"] == 32


def test_the_incident_over_both_shows_its_head_to_each(story: Story) -> None:
    """The one listed exception: a branch in an incident that spans branches sees its total."""
    (spanning,) = story.numbers("HO")
    for who in ("shanghai", "nanjing", "xuhui"):
        (row,) = story.seen_by(who, "SELECT clients FROM incidents WHERE id = :id", id=spanning)
        assert row["clients"] == 32
        joined = story.seen_by(
            who, "SELECT 1 AS one FROM incident_clients WHERE incident_id = :id", id=spanning
        )
        assert len(joined) == 16


def test_an_area_cannot_become_more_by_itself(story: Story) -> None:
    with story.logins.engine.connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(sa.text("INSERT INTO incident_places VALUES (1, 1)"))
