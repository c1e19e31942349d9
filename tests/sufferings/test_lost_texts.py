"""Sufferings 4 and 5: each worker sends its own copy; a text lost between claim and send."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from alerts.gateways.port import Lookup, Sending, SendResult
from alerts.gateways.sandbox import SandboxGateway
from alerts.sender import Sender, claim
from tests.engine.scene import Scene
from tests.sufferings.crowd import FIRST, first_told, opened, sql


def _all_sent(scene: Scene) -> list[str]:
    rows = scene.db.app.read(
        lambda c: c.execute(
            sa.text("SELECT reference FROM sandbox_messages WHERE direction = 'out' ORDER BY id")
        ).all()
    )
    return [row.reference for row in rows]


def test_4_five_senders_in_turn_send_each_text_once(scene: Scene) -> None:
    opened(scene)
    senders = [Sender(scene.db.app, [scene.gateway], f"sender-{i}") for i in range(5)]
    while sum(sender.send_one() for sender in senders):
        pass
    sent = _all_sent(scene)
    assert len(sent) == len(set(sent)) == 3
    scene.work()
    first_told(scene)


class _Dies(Exception):
    """The process is gone."""


class _Sandbox:
    """The sandbox, under a sender that dies at once after the provider took the text."""

    name = "sandbox"

    def __init__(self, real: SandboxGateway) -> None:
        self.real = real

    def send(self, sending: Sending) -> SendResult:
        self.real.send(sending)
        raise _Dies

    def lookup(self, sending: Sending) -> Lookup:
        return self.real.lookup(sending)

    def probe(self) -> str | None:
        return None


def _dies_after_sending(scene: Scene) -> None:
    with pytest.raises(_Dies):
        Sender(scene.db.app, [_Sandbox(scene.gateway)], "dying").send_one()


def _lease_passes(scene: Scene) -> None:
    sql(scene, "UPDATE messages SET claimed_until_real = clock_timestamp() - interval '1 second'"
                " WHERE state = 'sending'")  # fmt: skip


def test_5_died_after_the_claim_the_text_is_sent_and_marked(scene: Scene) -> None:
    opened(scene)
    assert scene.db.app.run(lambda c: claim(c, "dying")) is not None  # and then it dies
    assert len(_all_sent(scene)) == 0
    scene.work()
    assert len(_all_sent(scene)) == 2, "nobody else sends while the claim may live"
    _lease_passes(scene)
    scene.work()
    first_told(scene)
    marks = sql(scene, "SELECT count(*) FROM messages WHERE possible_duplicate").scalar_one()
    assert marks == 1


def test_5_died_after_the_gateway_took_it_the_text_is_looked_up_and_not_sent_again(
    scene: Scene,
) -> None:
    opened(scene)
    _dies_after_sending(scene)
    _lease_passes(scene)
    scene.work()
    sent = _all_sent(scene)
    assert len(sent) == len(set(sent)) == 3
    first_told(scene)


class _Forgetful(_Sandbox):
    """A provider that takes texts and cannot say later whether it did."""

    def send(self, sending: Sending) -> SendResult:
        return self.real.send(sending)

    def lookup(self, sending: Sending) -> Lookup:
        return Lookup(found=None)


def test_5_where_nobody_can_say_it_is_sent_again_and_marked(scene: Scene) -> None:
    opened(scene)
    _dies_after_sending(scene)
    sender = Sender(scene.db.app, [_Forgetful(scene.gateway)], "other")
    for _ in range(8):
        _lease_passes(scene)
        sql(scene, "UPDATE messages SET not_before_real = clock_timestamp()")
        while sender.send_one():
            pass
    sent = _all_sent(scene)
    assert (len(sent), len(set(sent))) == (4, 3), "at least once, the duplicate bounded"
    marked = sql(scene, "SELECT 'fh-' || id FROM messages WHERE possible_duplicate").scalars()
    assert list(marked) == [next(ref for ref in sent if sent.count(ref) == 2)]
    first_told(scene)
    doubled = [u for u in FIRST if len(scene.gateway.messages(scene.phones[u])) == 2]
    assert len(doubled) == 1
    scene.expect_sms(*doubled[0])
