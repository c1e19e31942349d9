"""A token of 95558 has the orders of its area and of its sources, and no others (SG-07)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from core.errors import NotAllowed, NotFound
from core.rights import Right
from core.viewer import Viewer
from database.connection import Database
from escalation.hotline_desk import HotlineDesk
from tests.hotline.caller import Hotline
from tests.postgres import TestDatabase


@pytest.fixture
def logins(db: TestDatabase) -> Iterator[Database]:
    found = Database(db.app_url, role=None)
    yield found
    found.dispose()


def _desk(hotline: Hotline, logins: Database, unit: str, *sources: str) -> HotlineDesk:
    (row,) = hotline.rows("SELECT id, path FROM units WHERE code = :code", code=unit)
    viewer = Viewer(
        kind="token", id=1, name="95558", unit_id=row.id, area=row.path,
        rights=frozenset({Right.FEED_HOTLINE}), sources=frozenset(sources),
    )  # fmt: skip
    return hotline.scene.engine.for_viewer(viewer, logins).hotline


def test_a_source_is_the_tokens_only_one_or_one_of_its_own(
    hotline: Hotline, logins: Database
) -> None:
    one, many = _desk(hotline, logins, "HO", "call"), _desk(hotline, logins, "HO", "a", "b")
    assert one.source(None) == "call" and many.source("b") == "b"
    assert _desk(hotline, logins, "HO", "*").source(None) == "95558"
    for desk, given in ((one, "95558"), (many, None), (many, "c")):
        with pytest.raises(NotAllowed):
            desk.source(given)


def test_answers_of_another_source_or_branch_are_not_there(
    hotline: Hotline, logins: Database
) -> None:
    mine = hotline.answer(hotline.order("WO-SH"))
    nanjing = hotline.answer(hotline.order("WO-NJ", "NJ1"))
    other = hotline.answer(hotline.order("WO-X", source="other"))
    shanghai = _desk(hotline, logins, "SH", "95558")
    page = shanghai.feedback_after(0, 50)
    assert [one["feedback"] for one in page["feedback"]] == [mine]
    assert shanghai.fetched([nanjing, other]) == 0
    assert shanghai.fetched([mine]) == 1
    for number in ("WO-NJ", "WO-X", "WO-NONE"):
        with pytest.raises(NotFound):
            shanghai.order_of(number)
    whole = _desk(hotline, logins, "HO", "*").feedback_after(0, 50)
    assert len(whole["feedback"]) == 3


@pytest.mark.parametrize("table", ["hotline_lists", "hotline_files"])
def test_a_branch_sees_neither_lists_nor_files(
    hotline: Hotline, logins: Database, table: str
) -> None:
    hotline.db.owner.run(lambda c: c.execute(sa.text(
        "INSERT INTO hotline_lists (source, day, state, at, actor)"
        " VALUES ('95558', '2026-11-22', 'missing', business_now(), 'engine');"
        "INSERT INTO hotline_files (digest, state, began_at)"
        " VALUES ('\\x00', 'reading', business_now())"
    )))  # fmt: skip
    for unit, seen in (("HO", 1), ("SH", 0)):
        database = _desk(hotline, logins, unit, "*").database
        assert database.read(lambda c: c.scalar(sa.text(f"SELECT count(*) FROM {table}"))) == seen
