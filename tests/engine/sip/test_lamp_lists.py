"""Lists of users as one subscription (RFC 4662)."""

import email
import re
from dataclasses import replace
from email.message import Message
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.sip import ResourceList
from engine.sip.notifier import view as view_module

RLMI = "{urn:ietf:params:xml:ns:rlmi}"
DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
LIST = "blf.0015651234ab"
SUPPORTED = ("Supported: replaces, eventlist", "Accept: application/rlmi+xml, multipart/related")


@pytest.fixture
def node(make_node: Any) -> Any:
    lists = {LIST: ResourceList(("carol",), ("bob", "alice"))}
    return make_node(resource_lists=lists)


@pytest.fixture
def carol(node: Any, phone: Any) -> Any:
    carol = phone("carol", 6003)
    node.register(carol)
    return carol


class Told:
    """A NOTIFY of a list, taken apart as its subscriber does."""

    def __init__(self, notify: Any) -> None:
        assert notify.value(b"require") == b"eventlist"
        kind = notify.value(b"content-type")
        whole = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + notify.body)
        assert whole.get_content_type() == "multipart/related"
        assert whole.get_param("type") == "application/rlmi+xml"
        assert whole.defects == []
        parts: list[Message] = whole.get_payload()  # type: ignore[assignment]
        by_id = {part["Content-ID"]: part for part in parts}
        root = by_id.pop(str(whole.get_param("start")))
        assert root.get_content_type() == "application/rlmi+xml"
        self.list = ElementTree.fromstring(root.get_payload(decode=True))  # type: ignore[arg-type]
        assert self.list.tag == f"{RLMI}list"
        self.states: dict[str, list[str]] = {}
        self.versions: set[str | None] = set()
        for resource in self.list:
            for instance in resource.iter(f"{RLMI}instance"):
                assert instance.get("state") == "active"
                part = by_id.pop(f"<{instance.get('cid')}>")
                assert part.get_content_type() == "application/dialog-info+xml"
                self._read(resource, part)
        assert not by_id, "every part is named by the list"

    def _read(self, resource: ElementTree.Element, part: Message) -> None:
        document = ElementTree.fromstring(part.get_payload(decode=True))  # type: ignore[arg-type]
        assert document.get("entity") == resource.get("uri")
        self.versions.add(document.get("version"))
        states = [each.findtext(f"{DIALOG}state", "") for each in document]
        self.states[str(resource.get("uri"))] = states

    @property
    def uris(self) -> list[str]:
        return [str(resource.get("uri")) for resource in self.list]


ALICE, BOB = "sip:alice@example.test", "sip:bob@example.test"


def test_the_first_notification_has_the_list_and_everybodys_state(node: Any, carol: Any) -> None:
    watch = node.subscribe(carol, LIST, "dialog", headers=SUPPORTED)
    assert watch.answer.status == 200
    assert watch.answer.value(b"require") == b"eventlist"
    told = Told(watch.notifies[0])
    assert told.list.attrib == {
        "uri": f"sip:{LIST}@example.test", "version": "0", "fullState": "true",
    }  # fmt: skip
    assert told.uris == [BOB, ALICE], "in the order of the lamps"
    assert [each.findtext(f"{RLMI}name") for each in told.list] == ["Bob", "Alice"]
    assert told.states == {BOB: [], ALICE: []}


def test_then_only_those_whose_state_changed(node: Any, carol: Any, phone: Any) -> None:
    alice, bob = phone("alice", 6001), phone("bob", 6002)
    node.register(alice)
    node.register(bob)
    node.subscribe(carol, LIST, "dialog", headers=SUPPORTED)
    node.wait(1)
    invite = next(m for p, m in node.invite(alice, "bob") if p == 6002)
    [(_, notify)] = node.wait(0.3)
    told = Told(notify)
    assert told.list.get("fullState") == "false"
    assert told.states == {ALICE: ["trying"]}
    node.send(carol.answer(notify, 200), carol)
    node.send(bob.answer(invite, 180), bob)
    [notify] = [m for p, m in node.wait(0.7) if p == carol.port]
    told = Told(notify)
    assert told.states == {ALICE: ["early"], BOB: ["early"]}
    assert {told.list.get("version")} == told.versions == {"2"}


def test_a_refresh_tells_all(node: Any, carol: Any) -> None:
    watch = node.subscribe(carol, LIST, "dialog", headers=SUPPORTED)
    told = Told(watch.refresh(headers=SUPPORTED).notifies[0])
    assert told.list.get("fullState") == "true"
    assert told.list.get("version") == "1"


def test_only_its_owner_may_watch_it(node: Any, phone: Any) -> None:
    bob = phone("bob", 6002)
    assert node.subscribe(bob, LIST, "dialog", headers=SUPPORTED).answer.status == 403


def test_who_cannot_read_lists_is_told_what_it_takes(node: Any, carol: Any) -> None:
    answer = node.subscribe(carol, LIST, "dialog").answer
    assert (answer.status, answer.value(b"require")) == (421, b"eventlist")


def test_presence_of_a_list(node: Any, carol: Any) -> None:
    [notify] = node.subscribe(carol, LIST, "presence", headers=SUPPORTED).notifies
    assert notify.body.count(b"application/pidf+xml") == 2
    assert node.subscribe(carol, LIST, "reg", headers=SUPPORTED).answer.status == 404


def test_a_long_list_is_told_in_pieces(
    node: Any, carol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_module, "AT_ONCE", 1)
    told = Told(node.subscribe(carol, LIST, "dialog", headers=SUPPORTED).notifies[0])
    assert (told.uris, told.states) == ([BOB, ALICE], {BOB: []})
    [(_, notify)] = node.wait(0.6)
    told = Told(notify)
    assert (told.list.get("fullState"), told.states) == ("false", {ALICE: []})


def test_other_lamps_are_told_when_the_phone_gets_other_keys(node: Any, carol: Any) -> None:
    node.subscribe(carol, LIST, "dialog", headers=SUPPORTED)
    lists = {LIST: ResourceList(("carol",), ("alice", "carol", "nobody"))}
    node.configure(replace(node.config, resource_lists=lists))
    [(_, notify)] = node.wait(0.6)
    node.send(carol.answer(notify, 200), carol)
    told = Told(notify)
    assert (told.list.get("fullState"), told.list.get("version")) == ("true", "1")
    assert told.uris == [ALICE, "sip:carol@example.test"]
    node.configure(replace(node.config, resource_lists={}))
    [(_, notify)] = node.take()
    assert notify.value(b"subscription-state") == b"terminated;reason=noresource"


def test_the_address_of_a_list_is_no_telephone(node: Any, carol: Any) -> None:
    [(_, answer)] = node.ask(carol, carol.request("MESSAGE", f"sip:{LIST}@example.test"))
    assert answer.status == 404


def test_names_stay_text(make_node: Any, phone: Any) -> None:
    node = make_node(resource_lists={LIST: ResourceList(("carol",), ("bob",))})
    accounts = dict(node.config.accounts)
    accounts["bob"] = replace(accounts["bob"], name='<B&"ob>')
    node.configure(replace(node.config, accounts=accounts))
    carol = phone("carol", 6003)
    [notify] = node.subscribe(carol, LIST, "dialog", headers=SUPPORTED).notifies
    assert Told(notify).list[0].findtext(f"{RLMI}name") == '<B&"ob>'
    assert re.search(rb"start=\"<root\.0@example\.test>\"", notify.value(b"content-type"))
