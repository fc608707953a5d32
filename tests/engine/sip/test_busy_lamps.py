"""`dialog` (RFC 4235): what lamps see of calls that pass through the node."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.sip import Peer
from engine.sip.calls import REFRESH_GRACE, SILENT, SWEEP
from engine.sip.notifier.watchers import AT_ONCE
from schema.dialplan.decision import Step

SPACE = "{urn:ietf:params:xml:ns:dialog-info}"


@pytest.fixture
def phones(node: Any, phone: Callable[..., Any]) -> Any:
    """Alice and Bob, registered; Carol watches."""
    made = [phone("alice", 6001), phone("bob", 6002), phone("carol", 6003)]
    for each in made:
        node.register(each)
    return made


class Lamp:
    """Carol's lamp for a user."""

    def __init__(self, node: Any, watcher: Any, user: str) -> None:
        self.node, self.watcher = node, watcher
        [notify] = node.subscribe(watcher, user, "dialog", expires=7200).notifies
        self.versions: list[int] = []
        self.entity = f"sip:{user}@example.test"
        self.dialogs = self.read(notify)

    def read(self, notify: Any) -> list[ElementTree.Element]:
        root = ElementTree.fromstring(notify.body)
        assert root.tag == f"{SPACE}dialog-info"
        assert root.get("state") == "full"
        assert root.get("entity") == self.entity
        self.versions.append(int(root.get("version", "")))
        return list(root)

    def wait(self, seconds: float = 0.7) -> list[str]:
        """The states that come meanwhile, those of one NOTIFY together."""
        told = []
        for _ in range(round(seconds / 0.05)):
            for port, message in self.node.wait(0.05):
                if port == self.watcher.port and getattr(message, "method", "") == "NOTIFY":
                    self.node.send(self.watcher.answer(message, 200), self.watcher)
                    self.dialogs = self.read(message)
                    told.append(" ".join(self.states()))
        return told

    def states(self) -> list[str]:
        return [each.findtext(f"{SPACE}state", "") for each in self.dialogs]


def call(node: Any, caller: Any, callee: Any, **changes: Any) -> Any:
    """The INVITE that reached the callee."""
    output = node.invite(caller, callee.user, **changes)
    [invite] = [message for port, message in output if port == callee.port]
    return invite


def test_a_callee_rings_answers_and_hangs_up(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    invite = call(node, alice, bob)
    assert lamp.wait() == [], "nobody knows yet whether it rings"
    node.send(bob.answer(invite, 180), bob)
    assert lamp.wait() == ["early"]
    [ringing] = lamp.dialogs
    [(_, answer)] = node.send(bob.answer(invite, 200), bob)
    assert lamp.wait() == ["confirmed"]
    [talking] = lamp.dialogs
    [(_, bye)] = node.send(alice.within("BYE", answer, sequence=9), alice)
    node.send(bob.answer(bye, 200), bob)
    assert lamp.wait() == ["terminated"]
    assert {ringing.get("id")} == {talking.get("id")} == {lamp.dialogs[0].get("id")}
    assert ringing.get("direction") == talking.get("direction") == "recipient"
    assert lamp.versions == [0, 1, 2, 3]


def test_a_caller_tries_rings_and_gives_up(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "alice")
    invite = call(node, alice, bob)
    assert lamp.wait() == ["trying"]
    node.send(bob.answer(invite, 180), bob)
    assert lamp.wait() == ["early"]
    assert lamp.dialogs[0].get("direction") == "initiator"
    node.send(bob.answer(invite, 486), bob)
    assert lamp.wait() == ["terminated"]


def test_what_rings_at_once_is_told_at_once(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "alice")
    node.wait(1)
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 180), bob)
    assert lamp.wait(0.3) == ["early"], "trying and early within a tenth of a second are one"


def test_a_ringing_dialog_can_be_picked_up(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    invite = call(node, alice, bob, call_id="pick-me@up")
    node.send(bob.answer(invite, 180), bob)
    lamp.wait()
    [dialog] = lamp.dialogs
    assert dialog.get("call-id") == "pick-me@up"
    assert dialog.get("local-tag") == "tag-bob-6002"
    assert dialog.get("remote-tag") == "tag-alice"
    assert dialog.findtext(f"{SPACE}remote/{SPACE}identity") == "sip:alice@example.test"
    target = dialog.find(f"{SPACE}remote/{SPACE}target")
    assert target is not None
    assert target.get("uri") == "sip:alice@example.test"
    assert dialog.findtext(f"{SPACE}local/{SPACE}identity") == "sip:bob@example.test"


def test_a_conversation_is_nobodys_business_but_ones_own(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp, own = Lamp(node, carol, "bob"), Lamp(node, bob, "bob")
    node.wait(1)
    invite = call(node, alice, bob, call_id="take-me@over")
    node.send(bob.answer(invite, 200), bob)
    [told] = [m for p, m in node.wait(0.2) if p == carol.port]
    lamp.dialogs = lamp.read(told)
    assert lamp.states() == ["confirmed"]
    assert b"take-me" not in told.body
    assert b"alice" not in told.body
    node.wait(0.2)
    again = node.subscribe(bob, "bob", "dialog").notifies[0]
    [dialog] = own.read(again)
    assert dialog.get("call-id") == "take-me@over"
    assert b"sip:alice@example.test" in again.body


def test_who_asks_for_privacy_gets_it(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    invite = call(node, alice, bob, headers=("Privacy: id",))
    node.send(bob.answer(invite, 180), bob)
    lamp.wait()
    assert lamp.dialogs[0].find(f"{SPACE}remote") is None


def test_hostile_names_stay_text(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    first = alice.request("INVITE", "sip:bob@example.test", call_id='a"<&\x01\xff')
    first = first.replace(b"From: <", b'From: "<evil a=\\"b\\">&amp;" <')
    invite = next(m for p, m in node.ask(alice, first) if p == bob.port)
    node.send(bob.answer(invite, 180), bob)
    lamp.wait()
    [dialog] = lamp.dialogs
    identity = dialog.find(f"{SPACE}remote/{SPACE}identity")
    assert identity is not None
    assert identity.get("display") == '<evil a="b">&amp;'


def test_a_phone_that_cannot_spell_is_a_lamp_all_the_same(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    invite = call(node, alice, bob)
    for status in (180, 200):
        spoilt = bob.answer(invite, status).replace(b"\r\nTo: <sip", b'\r\nTo: "Bob <sip')
        [(_, copy)] = node.send(spoilt, bob)
        assert copy.status == status
    assert lamp.wait() == ["confirmed"]


def test_every_phone_that_rings_is_a_dialog_until_one_answers(
    node: Any, phones: Any, phone: Any
) -> None:
    alice, bob, carol = phones
    desk = phone("bob", 6022)
    node.register(desk)
    lamp = Lamp(node, carol, "bob")
    output = node.invite(alice, "bob")
    invites = {port: message for port, message in output if port in (6002, 6022)}
    for each in (bob, desk):
        node.send(each.answer(invites[each.port], 180), each)
    assert lamp.wait() == ["early early"]
    node.send(desk.answer(invites[6022], 200), desk)
    assert lamp.wait() == ["confirmed terminated"]
    node.send(bob.answer(invites[6002], 487), bob)
    assert lamp.wait() == []


def test_whoever_declines_stops_ringing_while_others_ring_on(
    node: Any, phones: Any, phone: Any
) -> None:
    alice, bob, carol = phones
    node.plan.steps["300"] = (
        Step("user", "bob", "bob"),
        Step("user", "carol", "carol", parallel=True),
    )
    lamp = Lamp(node, carol, "bob")
    output = node.invite(alice, "300")
    invites = {port: message for port, message in output if port in (6002, 6003)}
    for each in (bob, carol):
        node.send(each.answer(invites[each.port], 180), each)
    assert lamp.wait() == ["early"]
    node.send(bob.answer(invites[6002], 486), bob)
    assert lamp.wait() == ["terminated"]


def test_gateways_have_no_lamps_even_when_named_like_a_user(make_node: Any, phone: Any) -> None:
    node = make_node(peers={"bob": Peer("bob", "127.0.0.9", 5071)})
    alice, carol = phone("alice", 6001), phone("carol", 6003)
    node.plan.steps["9"] = (Step("gateway", "bob", "9"),)
    lamp = Lamp(node, carol, "bob")
    invite = next(m for p, m in node.invite(alice, "9") if p == 5071)
    gateway = phone("bob", 5071)
    gateway.host = "127.0.0.9"
    node.send(gateway.answer(invite, 180), gateway)
    assert lamp.wait() == []


def test_who_begins_to_watch_sees_the_calls_that_are(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 180), bob)
    assert Lamp(node, carol, "bob").states() == ["early"]
    assert Lamp(node, carol, "alice").states() == ["early"]
    assert Lamp(node, bob, "carol").states() == []


def test_a_call_without_hangup_ends_with_its_session_timer(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    lamp = Lamp(node, carol, "bob")
    invite = call(node, alice, bob)
    timer = ("Session-Expires: 300;refresher=uac",)
    [(_, answer)] = node.send(bob.answer(invite, 200, headers=timer), bob)
    assert lamp.wait() == ["confirmed"]
    node.wait(250)
    refreshed = alice.within("UPDATE", answer, sequence=20)
    [(_, update)] = node.send(refreshed, alice)
    node.send(bob.answer(update, 200, headers=timer), bob)
    assert lamp.wait(300) == []
    assert lamp.wait(REFRESH_GRACE + SWEEP) == ["terminated"]
    assert len(node.core.calls) == 0


def test_a_call_without_hangup_and_timer_ends_some_day(node: Any, phones: Any) -> None:
    alice, bob, _ = phones
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 200), bob)
    node.wait(100)
    node.now += SILENT - 200
    node.wait(SWEEP)
    assert len(node.core.calls) == 1
    node.now += 200
    node.wait(SWEEP)
    assert len(node.core.calls) == 0


def test_without_watchers_nothing_is_kept_by_user(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    watch = node.subscribe(carol, "bob", "dialog")
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 180), bob)
    assert len(node.core.calls.of("bob")) == 1
    assert node.core.calls.of("alice") == []
    watch.refresh(expires=0)
    assert node.core.calls.of("bob") == []


def test_many_lamps_are_lit_in_turns(node: Any, phones: Any) -> None:
    alice, bob, carol = phones
    for _ in range(2 * AT_ONCE + 1):
        node.subscribe(carol, "bob", "dialog")
    node.wait(1)
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 180), bob)
    told = []
    for _ in range(12):
        node.now += 0.02
        node.core.advance(node.now)
        told.append(len(node.take()))
    assert [count for count in told if count] == [AT_ONCE, AT_ONCE, 1]


def test_lines_of_a_document_stand_alone(node: Any, phones: Any) -> None:
    """Phones that look for text instead of parsing find state and direction in one line."""
    alice, bob, carol = phones
    node.subscribe(carol, "bob", "dialog")
    node.wait(1)
    invite = call(node, alice, bob)
    node.send(bob.answer(invite, 180), bob)
    [(_, notify)] = node.wait(0.2)
    assert re.search(
        rb'<dialog id="\w+" [^>]*direction="recipient"><state>early</state>', notify.body
    )
