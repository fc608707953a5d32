"""Subscriptions, publications and message counts outlive the process that granted them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import Kept, ResourceList
from engine.sip.notifier.notifier import BACK, SAVED_EVERY

LIST = "blf.0015651234ab"


@pytest.fixture
def make(make_node: Any) -> Callable[..., Any]:
    """A node; with `kept`, one that comes back with what another one left."""

    def make(kept: list[Kept] | None = None, after: float = 5.0) -> Any:
        node = make_node(resource_lists={LIST: ResourceList(("bob",), ("alice", "carol"))})
        if kept is not None:
            node.epoch += after
            node.core.wall_offset += after
            node.core.service.notifier.restore(through_json(kept))
        return node

    return make


def through_json(kept: list[Kept]) -> list[Kept]:
    return [each._replace(record=json.loads(json.dumps(each.record))) for each in kept]


def left_by(node: Any) -> list[Kept]:
    return list(node.core.service.notifier.journal.take())


def test_a_subscriber_is_told_again_with_higher_numbers(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    watch = before.subscribe(bob, "alice", "dialog")
    after = make(left_by(before))
    [(port, notify)] = after.wait(0.1)
    assert port == 6002
    assert notify.call_id == watch.call_id.encode()
    assert notify.sender.tag == watch.answer.recipient.tag
    assert notify.cseq[0] == 2 + BACK
    assert f'version="{1 + BACK}"'.encode() in notify.body
    assert notify.value(b"subscription-state") == b"active;expires=595"
    after.send(bob.answer(notify, 200), bob)
    watch.node = after
    assert watch.refresh().answer.status == 200
    assert watch.notifies[0].cseq[0] == 3 + BACK


def test_numbers_go_up_although_not_every_notification_is_written_down(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    before.subscribe(bob, "bob", "message-summary")
    kept = {each.id: each for each in left_by(before) if each.kind == "subscription"}
    sent = 1
    for count in range(SAVED_EVERY + 10):
        before.messages("bob", new=1 + count)
        for _, notify in before.wait(0.6):
            sent = notify.cseq[0]
            before.send(bob.answer(notify, 200), bob)
    assert sent > SAVED_EVERY
    kept |= {each.id: each for each in left_by(before) if each.kind == "subscription"}
    [(_, notify)] = make(list(kept.values())).wait(0.1)
    assert notify.cseq[0] > sent


def test_a_list_is_told_whole(make: Callable[..., Any], phone: Callable[..., Any]) -> None:
    bob, before = phone("bob", 6002), make()
    before.subscribe(bob, LIST, "dialog", headers=("Supported: eventlist",))
    [(_, notify)] = make(left_by(before)).wait(0.1)
    assert b'fullState="true"' in notify.body
    assert notify.body.count(b"<instance") == 2


def test_what_ended_or_expired_does_not_come_back(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    before.subscribe(bob, "alice", "dialog").refresh(expires=0)
    before.subscribe(bob, "carol", "dialog", expires=60)
    kept = left_by(before)
    assert [each.record is None for each in kept] == [True, False]
    after = make(kept, after=61)
    assert after.wait(1) == []
    assert after.core.service.notifier.counts()["subscriptions"] == 0


def test_what_is_not_allowed_any_more_does_not_come_back(
    make: Callable[..., Any], make_node: Any, phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    before.subscribe(bob, "alice", "dialog")
    after = make_node(users=("bob",))
    after.core.service.notifier.restore(through_json(left_by(before)))
    assert after.wait(1) == []


def test_messages_and_publications_are_still_told(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    alice, bob, before = phone("alice", 6001), phone("bob", 6002), make()
    before.messages("bob", new=4, urgent_new=1)
    body = (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.test">'
        '<tuple id="t"><status><basic>open</basic></status></tuple></presence>'
    )
    headers = ("Event: presence", "Content-Type: application/pidf+xml")
    publish = alice.request("PUBLISH", "sip:alice@example.test", headers=headers, body=body)
    [(_, published)] = before.ask(alice, publish)
    after = make(left_by(before))
    assert b"4/0 (1/0)" in after.subscribe(bob, "bob", "message-summary").notifies[0].body
    assert b"<basic>open" in after.subscribe(bob, "alice", "presence").notifies[0].body
    tag = published.value(b"sip-etag").decode()
    headers = ("Event: presence", "Expires: 0", f"SIP-If-Match: {tag}")
    remove = alice.request("PUBLISH", "sip:alice@example.test", headers=headers)
    assert [m.status for p, m in after.ask(alice, remove) if p == 6001] == [200]
    assert b"<basic>closed" in after.subscribe(bob, "alice", "presence").notifies[0].body


def test_the_answers_of_many_subscribers_are_heard(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    bob.host, bob.contact = "192.0.2.7", "sip:bob@192.0.2.7:6002"
    for _ in range(40):
        before.now += 2.0
        before.subscribe(bob, "alice", "dialog")
    after = make(left_by(before))
    for _, notify in after.wait(0.3):
        after.send(bob.answer(notify, 200), bob)
    assert "dropped over the rate" not in after.core.counts
    assert after.wait(1) == [], "none is sent again"


def test_many_subscribers_are_told_one_after_another(
    make: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    bob, before = phone("bob", 6002), make()
    for _ in range(100):
        before.subscribe(bob, "alice", "dialog")
    after = make(left_by(before))
    first = after.wait(0.25)
    assert 20 <= len(first) <= 60
    assert len(first) + len(after.wait(0.25)) == 100
