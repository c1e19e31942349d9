"""An auditor searches the journal of their area and checks the whole chain."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from core.errors import InvalidInput
from database import journal
from escalation import journal_view
from escalation.ids import incident_id
from escalation.journal_view import Wanted
from tests.areas.story import SECRET, Story, told


def test_the_journal_is_paged_without_gap_or_double(story: Story) -> None:
    audit = story.engine("head_office").audit
    seen: list[int] = []
    before: int | None = None
    while True:
        page = audit.search(Wanted(limit=37, before=before))
        seen += [entry["id"] for entry in page["entries"]]
        before = page["before"]
        if before is None:
            break
    everything = story.db.app.read(
        lambda c: c.scalars(sa.text("SELECT id FROM journal ORDER BY id DESC")).all()
    )
    assert seen == list(everything)


def test_each_condition_narrows(story: Story) -> None:
    audit = story.engine("head_office").audit
    (number, *_) = story.numbers("SH1") + story.numbers("SH")
    for wanted, holds in (
        (Wanted(verb="complaint_received", limit=200), lambda e: e["verb"] == "complaint_received"),
        (Wanted(incident_id=number), lambda e: e["incident"] == incident_id(number)),
        (Wanted(unit="NJ"), lambda e: e["unit"] in ("NJ", "NJ1")),
        (Wanted(actor="test"), lambda e: e["actor"] == "test"),
        (Wanted(subject="complaint:1"), lambda e: e["subject"] == "complaint:1"),
    ):
        entries = audit.search(wanted)["entries"]
        assert entries and all(holds(entry) for entry in entries), wanted
    assert audit.search(Wanted(verb="nothing_of_the_kind"))["entries"] == []


def test_a_branch_searches_its_own_entries_only(story: Story) -> None:
    audit = story.engine("shanghai").audit
    text = told(audit.search(Wanted(limit=200)))
    assert SECRET not in text and "鼓楼" not in text and "徐汇" in text
    with pytest.raises(InvalidInput) as there:
        audit.search(Wanted(unit="NJ1"))
    with pytest.raises(InvalidInput) as nowhere:
        audit.search(Wanted(unit="NOPE"))
    assert vars(there.value.faults[0]) == vars(nowhere.value.faults[0])


def test_the_chain_is_checked_stretch_by_stretch(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.db.app.run(journal.seal)
    monkeypatch.setattr(journal_view, "STEP", 25)
    audit, place, head, steps = story.engine("shanghai").audit, 0, b"", 0
    while True:
        found = audit.verify(place, head)
        steps += 1
        if found["done"]:
            break
        place, head = found["place"], bytes.fromhex(found["hash"])
    whole = story.db.app.read(journal.verify)
    assert found["broken_at"] is None and found["hash"] == whole.head
    assert steps > 2 and found["place"] == whole.sealed


def test_a_changed_entry_is_named(story: Story) -> None:
    story.db.app.run(journal.seal)
    change = sa.text("UPDATE journal SET reason = :reason WHERE seal = 3 RETURNING id")
    story.db.owner.run(lambda c: c.execute(change, {"reason": "x"}))
    try:
        found = story.engine("head_office").audit.verify(0, b"")
        assert found["broken_at"] == 3 and found["why"] == "an entry was changed"
    finally:
        story.db.owner.run(lambda c: c.execute(change, {"reason": None}))
    assert story.engine("head_office").audit.verify(0, b"")["broken_at"] is None
