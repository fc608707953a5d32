"""`message-summary` (RFC 3842) and `reg` (RFC 3680): what a user is told of themself."""

from typing import Any
from xml.etree import ElementTree

SPACE = "{urn:ietf:params:xml:ns:reginfo}"


def test_the_counts_are_told_as_the_grammar_says(node: Any, bob: Any) -> None:
    [first] = node.subscribe(bob, "bob", "message-summary").notifies
    assert first.value(b"content-type") == b"application/simple-message-summary"
    assert first.body == (
        b"Messages-Waiting: no\r\nMessage-Account: sip:bob@example.test\r\n"
        b"Voice-Message: 0/0 (0/0)\r\n"
    )
    node.messages("bob", new=2, old=8, urgent_new=1)
    [(_, notify)] = node.wait(0.6)
    assert notify.body == (
        b"Messages-Waiting: yes\r\nMessage-Account: sip:bob@example.test\r\n"
        b"Voice-Message: 2/8 (1/0)\r\n"
    )


def test_counts_are_there_before_anybody_asks(node: Any, bob: Any) -> None:
    node.messages("bob", new=3)
    [first] = node.subscribe(bob, "bob", "message-summary").notifies
    assert b"Voice-Message: 3/0" in first.body


def test_counts_of_others_light_no_lamp(node: Any, bob: Any) -> None:
    node.subscribe(bob, "bob", "message-summary")
    node.messages("alice", new=3)
    assert node.wait(1) == []


def contacts(notify: Any) -> tuple[str, list[tuple[str, str, str]]]:
    """State of the registration; state, event and URI of its contacts."""
    root = ElementTree.fromstring(notify.body)
    assert root.tag == f"{SPACE}reginfo"
    assert root.get("state") == "full"
    [registration] = root
    assert registration.get("aor") == "sip:bob@example.test"
    found = [
        (each.get("state", ""), each.get("event", ""), each.findtext(f"{SPACE}uri", ""))
        for each in registration
    ]
    return registration.get("state", ""), found


def test_registrations_are_told_as_they_come_and_go(node: Any, bob: Any, phone: Any) -> None:
    desk, laptop = "sip:bob@127.0.0.1:6002", "sip:bob@127.0.0.1:6022"
    [first] = node.subscribe(bob, "bob", "reg").notifies
    assert first.value(b"content-type") == b"application/reginfo+xml"
    assert contacts(first) == ("active", [("active", "registered", desk)])
    other = phone("bob", 6022)
    node.register(other)
    [(_, notify)] = node.wait(0.6)
    node.send(bob.answer(notify, 200), bob)
    assert contacts(notify)[1][1] == ("active", "registered", laptop)
    node.register(other, expires=0)
    [(_, notify)] = node.wait(0.6)
    node.send(bob.answer(notify, 200), bob)
    assert contacts(notify)[1] == [
        ("active", "registered", desk),
        ("terminated", "unregistered", laptop),
    ]
    node.register(bob)
    assert node.wait(1) == [], "a refresh is no news"


def test_who_never_registered_is_in_the_first_state(node: Any, phone: Any) -> None:
    bob = phone("bob", 6002)
    [first] = node.subscribe(bob, "bob", "reg").notifies
    assert contacts(first) == ("init", [])
