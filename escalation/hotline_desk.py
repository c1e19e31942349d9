"""The verbs on 95558's work orders (`engine.hotline`): fed in, answered, fetched, compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from complaints.hotline_rules import Step
from complaints.value import ComplaintValue
from complaints.work_order import DayList, OrderUpdate, WorkOrder, parse_order, renamed
from core.errors import Conflict, FenghuoError, InvalidInput, NotAllowed, NotFound
from database.connection import business_now
from escalation import (
    correcting,
    hotline_answers,
    hotline_lists,
    hotline_orders,
    hotline_poll,
    hotline_sender,
    hotline_view,
)
from escalation.about import About
from escalation.admission import Door, admit_elsewhere
from escalation.hotline_view import Wanted
from escalation.house import House
from escalation.ids import complaint_number, feedback_number

#: What a withdrawal by 95558 is called where a complaint is taken out of the counts; its own
#: words are sealed.
WITHDRAWN = "95558撤单"


@dataclass(frozen=True)
class Fed:
    """What became of one entry of the feed: the order as it stands, or why it was refused."""

    number: str | None
    answer: dict[str, Any] | None = None
    created: bool = False
    error: FenghuoError | None = None


@dataclass(frozen=True)
class Said:
    """An update as a page sends it; `update` is the page's own name of it."""

    kind: str
    update: str
    words: str | None = None
    feedback: str | None = None


#: One entry: what was sent, or why it cannot be read, with its number where that is known.
Entry = WorkOrder | OrderUpdate | FenghuoError
TakeBatch = Callable[[Sequence[ComplaintValue | FenghuoError], str], Sequence[Any]]


class HotlineDesk:
    """The verbs over one `House`; `take_batch` is the intake's."""

    def __init__(self, house: House, take_batch: TakeBatch) -> None:
        self.house = house
        self.database = house.database
        self._take_batch = take_batch
        self._let_in = Door(house)

    # --- the feed -------------------------------------------------------------------------

    def feed(self, entries: Sequence[Entry], actor: str) -> list[Fed]:
        """Take entries in their order; the fault of one does not cost another."""
        results: list[Fed] = []
        new: list[WorkOrder] = []
        for entry in entries:
            if isinstance(entry, WorkOrder):
                new.append(entry)
                continue
            results += self._orders(new, actor)
            new = []
            if isinstance(entry, OrderUpdate):
                results.append(self._update(entry, actor))
            else:
                results.append(Fed(None, error=entry))
        return results + self._orders(new, actor)

    def _orders(self, values: Sequence[WorkOrder], actor: str) -> list[Fed]:
        prepared: list[ComplaintValue | FenghuoError] = []
        for value in values:
            try:
                prepared.append(value.complaint(self.source(value.source)))
            except (InvalidInput, NotAllowed) as error:
                prepared.append(error)
        taken = self._take_batch(prepared, actor) if prepared else []
        return [self._answered(v, row) for v, row in zip(values, taken, strict=True)]

    def _answered(self, value: WorkOrder, row: Any) -> Fed:
        if row.error is not None:
            return Fed(value.number, error=renamed(row.error))
        number = complaint_number(row.taken.answer["complaint"])
        answer = self.database.read(
            lambda c: hotline_orders.status(c, self.house, number, self.house.area)
        )
        return Fed(value.number, answer, row.taken.created)

    def _update(self, value: OrderUpdate, actor: str) -> Fed:
        try:
            return self._updated(value, actor)
        except (InvalidInput, Conflict, NotFound, NotAllowed) as error:
            return Fed(value.number, error=error)

    def _updated(self, value: OrderUpdate, actor: str) -> Fed:
        source = self.source(value.source)
        complaint = self.database.read(lambda c: hotline_orders.find(c, source, value.number))
        return Fed(value.number, created=self._apply(complaint, value, actor),
                   answer=self.order(complaint))  # fmt: skip

    def say(self, complaint: int, said: Said, actor: str) -> bool:
        """What the hotline's own people say of an order, for a 95558 without a system: as an
        update of the feed. False when it was said before. NotFound, Conflict, InvalidInput."""
        order = self.database.read(lambda c: hotline_orders.named(c, complaint, said.update))
        if order.known:
            return False
        value = parse_order({
            "type": said.kind, "number": order.number, "source": order.source,
            "update": said.update, "at": order.now.isoformat(), "words": said.words or None,
            "feedback": said.feedback or None,
        })  # fmt: skip
        assert isinstance(value, OrderUpdate)
        return self._apply(complaint, value, actor)

    def _apply(self, complaint: int, value: OrderUpdate, actor: str) -> bool:
        self._let_in(About(complaint_id=complaint))  # its words are sealed
        if value.type == "withdraw" and not self._known(complaint, value):
            # Out of the counts first: dying in between, 95558 has no answer and says it again.
            with suppress(Conflict):  # it was corrected before
                correcting.correct(self.house, complaint, "withdrawn", WITHDRAWN, actor)

        def work(connection: Connection) -> bool:
            now = business_now(connection)
            return hotline_orders.take(connection, self.house, complaint, value, now, actor)

        return self.database.run(work)

    def _known(self, complaint: int, value: OrderUpdate) -> bool:
        """Whether it was taken, or cannot be: nothing is counted otherwise by a refused one."""

        def look(connection: Connection) -> bool:
            held = hotline_answers.hold(connection, complaint)
            if hotline_orders.known(connection, self.house, complaint, value):
                return True
            hotline_answers.refuse_unless(held, Step(value.type))
            return False

        return self.database.run(look)

    def source(self, given: str | None) -> str:
        """The source that the caller writes under: the one given, or their only one. NotAllowed."""
        viewer = self.house.viewer
        held = sorted(viewer.sources) if viewer else ["*"]
        name = given or (
            held[0] if len(held) == 1 and held[0] != "*" else self.house.hotline_source
        )
        if viewer is not None and viewer.kind == "token" and not viewer.may_write(name):
            raise NotAllowed(
                f"此令牌不能以来源 {name} 登记", f"this token may not write as source {name}"
            )
        return name

    # --- answering ------------------------------------------------------------------------

    def answer(self, complaint: int, result: str, words: str, by: str, actor: str) -> str:
        """Answer 95558; the feedback's id. NotFound, Conflict, InvalidInput."""
        self._let_in(About(complaint_id=complaint), by, by=by)  # the words are sealed

        def work(connection: Connection) -> str:
            return hotline_answers.answer(
                connection, self.house, complaint, result, words, by,
                now=business_now(connection), actor=actor,
            )  # fmt: skip

        return self.database.run(work)

    # --- 95558 fetches --------------------------------------------------------------------

    def feedback_after(self, position: int | None, most: int) -> dict[str, Any]:
        """Answers under the caller's sources: after a position, or all not delivered yet."""
        self.house.whole.run(hotline_poll.number_new)
        sources = self._sources()
        return self.database.read(
            lambda c: hotline_poll.after(c, self.house, position, sources, most)
        )

    def fetched(self, feedback: Sequence[str]) -> int:
        """95558 says that it has these answers; how many it had not said so of before."""
        ids, sources = [feedback_number(one) for one in feedback], self._sources()
        admit_elsewhere(self.house)  # the query has the area and the sources
        return self.database.run(lambda c: hotline_poll.fetched(c, self.house, ids, sources))

    def send_again(self, feedback: int, actor: str) -> None:
        """Try an answer anew whose delivery has failed. NotFound; Conflict for any other."""
        self._let_in(About(feedback_id=feedback))
        self.database.run(lambda c: hotline_sender.send_again(c, feedback, actor))

    def _sources(self) -> list[str] | None:
        """The sources whose answers the caller may have; None is any."""
        viewer = self.house.viewer
        if viewer is None or viewer.kind != "token" or "*" in viewer.sources:
            return None
        return sorted(viewer.sources)

    # --- the daily list -------------------------------------------------------------------

    def compare(self, value: DayList, actor: str) -> dict[str, Any]:
        """Compare 95558's list of a day with ours; what differs is kept. InvalidInput."""
        source = self.source(value.source)
        self._let_in(About())  # of the whole bank, or of nobody
        return self.database.run(
            lambda c: hotline_lists.compare(c, value, source, business_now(c), actor)
        )

    def compared(self, day: date | None = None) -> dict[str, Any]:
        """The lists of late and what differs in the viewer's area."""
        return self.database.read(lambda c: hotline_lists.read(c, self.house, self.house.area, day))

    # --- reading --------------------------------------------------------------------------

    def listed(self, wanted: Wanted) -> dict[str, Any]:
        """Figures and orders of the viewer's area."""
        return self.database.read(lambda c: hotline_view.listed(c, self.house, wanted))

    def one(self, complaint: int) -> dict[str, Any]:
        """An order with all that was said of it, masked. NotFound."""
        return self.database.read(lambda c: hotline_view.one(c, self.house, complaint))

    def order(self, complaint: int) -> dict[str, Any]:
        """A work order as 95558 sees it. NotFound."""
        return self.database.read(
            lambda c: hotline_orders.status(c, self.house, complaint, self.house.area)
        )

    def order_of(self, number: str, source: str | None = None) -> dict[str, Any]:
        """As `order`, by 95558's own number under the caller's source. NotFound."""
        name = self.source(source)

        def work(connection: Connection) -> dict[str, Any]:
            complaint = hotline_orders.find(connection, name, number)
            return hotline_orders.status(connection, self.house, complaint, self.house.area)

        return self.database.read(work)
