"""Lamps, buddies and lists on a whole node, with real calls, and through a restart of it."""

import contextlib
import email
import re
import signal
import time
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest
from running import Site
from softphone import Message, SoftPhone

TREE = """\
version: 1
system: {domain: example.test, region: US}
nodes:
  pbx1: {address: 127.0.0.1, sip: {udp: 5060, tcp: 5060}, http: {port: 8090}}
sites:
  hq: {emergency_location: "1 Main St"}
users:
  alice: {name: Alice, extension: "201", site: hq}
  bob: {name: Bob, extension: "202", site: hq}
  carol: {name: Carol, extension: "203", site: hq}
phones:
  "0015651234ab":
    {model: yealink-t46g, lines: [carol], keys: [{line: 1}, {blf: bob}, {blf: alice}, {blf: bob}]}
"""
LIST = "blf.0015651234ab"
SPACE = "{urn:ietf:params:xml:ns:dialog-info}"
SOON = 1.0
"""Seconds in which a lamp follows a call."""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(tree=TREE)
    made.start()
    return made


@contextlib.contextmanager
def phones(site: Site, *users: str, transport: str = "udp") -> Iterator[list[SoftPhone]]:
    with contextlib.ExitStack() as stack:
        made = []
        for user in users:
            server = ("127.0.0.1", site.sip)
            phone = stack.enter_context(SoftPhone(user, site.derived(user), server, transport))
            assert phone.register().status == 200
            made.append(phone)
        yield made


def told(phone: SoftPhone, within: float = SOON) -> Message:
    """The next NOTIFY, answered."""
    notify = phone.expect("NOTIFY", within)
    phone.answer(notify, 200)
    return notify


def states(notify: Message) -> list[str]:
    """Of the dialogs in a document."""
    root = ElementTree.fromstring(notify.body)
    assert root.tag == f"{SPACE}dialog-info"
    return [each.findtext(f"{SPACE}state", "") for each in root]


def version(notify: Message) -> int:
    return int(ElementTree.fromstring(notify.body).get("version", ""))


def sequence(notify: Message) -> int:
    return int(notify.one("CSeq").split()[0])


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_lamp_follows_a_call_within_a_second(site: Site, transport: str) -> None:
    with (
        phones(site, "alice", "bob") as (alice, bob),
        phones(site, "carol", transport=transport) as (carol,),
    ):
        assert carol.subscribe("202", "dialog").status == 200
        assert states(told(carol)) == []
        call = alice.invite("202")
        invite = bob.expect("INVITE")
        bob.answer(invite, 180)
        ringing = told(carol)
        assert states(ringing) == ["early"]
        assert 'entity="sip:202@example.test"' in ringing.body
        time.sleep(0.5)
        bob.answer(invite, 200)
        assert states(told(carol)) == ["confirmed"]
        call.expect(200)
        call.acknowledge()
        bob.expect("ACK")
        time.sleep(0.5)
        call.send_bye()
        bob.answer(bob.expect("BYE"), 200)
        over = told(carol)
        assert states(over) == ["terminated"]
        assert version(over) == 3


def test_presence_follows_what_is_published(site: Site) -> None:
    with phones(site, "alice", "bob") as (alice, bob):
        assert bob.subscribe("alice", "presence").status == 200
        assert "<basic>open</basic>" in told(bob).body
        body = (
            '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.test">'
            '<tuple id="t"><status><basic>closed</basic></status></tuple></presence>'
        )
        published = alice.ask(
            "PUBLISH", "sip:alice@example.test", "Event: presence", "Expires: 600",
            "Content-Type: application/pidf+xml", body=body,
        )  # fmt: skip
        assert published.status == 200
        assert "<basic>closed</basic>" in told(bob).body
        removed = alice.ask(
            "PUBLISH", "sip:alice@example.test", "Event: presence", "Expires: 0",
            f"SIP-If-Match: {published.one('SIP-ETag')}",
        )  # fmt: skip
        assert removed.status == 200
        assert "<basic>open</basic>" in told(bob).body


def test_all_lamps_of_a_phone_are_one_subscription(site: Site) -> None:
    with phones(site, "alice", "carol", transport="tcp") as (alice, carol):
        answer = carol.subscribe(LIST, "dialog", "Supported: eventlist")
        assert answer.status == 200
        first = told(carol)
        assert re.findall(r'<resource uri="([^"]*)"', first.body) == [
            "sip:bob@example.test", "sip:alice@example.test",
        ]  # fmt: skip
        assert alice.subscribe(LIST, "dialog", "Supported: eventlist").status == 403
        alice.invite("201")
        alice.answer(alice.expect("INVITE"), 180)
        notify = told(carol)
        head = f"Content-Type: {notify.one('Content-Type')}\r\n\r\n"
        root, document = email.message_from_string(head + notify.body).get_payload()
        assert root.get_content_type() == "application/rlmi+xml"  # type: ignore[union-attr]
        dialogs = ElementTree.fromstring(document.get_payload())  # type: ignore[union-attr,arg-type]
        assert [each.findtext(f"{SPACE}state") for each in dialogs] == ["early", "early"]


def test_the_status_counts_subscriptions(site: Site) -> None:
    with phones(site, "bob") as (bob,):
        bob.subscribe("bob", "message-summary")
        assert "Messages-Waiting: no" in told(bob).body
        counts = site.status()["counts"]
        assert counts["subscriptions message-summary"] == 1
        assert counts["subscriptions"] >= 1
        text = site.pbx("status", "--state", site.state).stdout
        assert re.search(r"^\d+ subscriptions?: .*message-summary 1", text, re.MULTILINE)


def test_lamps_outlive_the_node(new_site: Callable[..., Site]) -> None:
    site = new_site(tree=TREE)
    site.start()
    with phones(site, "alice", "bob", "carol") as (alice, bob, carol):
        assert carol.subscribe("bob", "dialog").status == 200
        before = told(carol)
        for how in (signal.SIGINT, signal.SIGKILL):
            site.stop(how)
            site.start()
            again = told(carol, within=10)
            assert (again.call_id, again.one("To")) == (before.call_id, before.one("To"))
            assert sequence(again) > sequence(before)
            assert version(again) > version(before)
            assert again.one("Subscription-State").startswith("active;expires=")
            time.sleep(1.5)  # until it is written behind, which happens once a second
            before = again
        alice.invite("bob")
        bob.answer(bob.expect("INVITE"), 180)
        assert states(told(carol)) == ["early"]
