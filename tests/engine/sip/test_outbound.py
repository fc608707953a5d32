"""Phones that keep the connection they registered over (RFC 5626), and Path (RFC 3327)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.sip import Flow, Peer, Unregistered
from engine.sip.transaction.tables import UNREACHABLE
from engine.sip.wire import Response

Make = Callable[..., Any]
PHONE = "<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"
SUPPORTED = ("Supported: path, outbound, gruu",)


def browser(phone: Make, port: int, flow: int = 1) -> Any:
    """A phone such as JsSIP: reached by its flow only."""
    alice = phone("alice", port)
    alice.contact = (
        f'sip:k3j2h@wq9.invalid;transport=ws>;+sip.instance="{PHONE}";reg-id={flow};expires=600;x'
    )
    return alice


def ports(output: list[Any], method: str = "INVITE") -> list[int]:
    return [port for port, each in output if getattr(each, "method", "") == method]


def ringing_ports(node: Any, phone: Make) -> list[int]:
    return ports(node.invite(phone("bob", 7000), "alice"))


def lose(node: Any, port: int) -> list[tuple[int, Any]]:
    """The connection to that port is gone: whatever is sent there fails."""
    clients = [each for each in node.core.transactions.clients.values() if each.flow.port == port]
    for client in clients:
        client.feed(UNREACHABLE, node.now)
    return list(node.take())


def test_the_answer_says_that_the_flow_is_kept(node: Any, phone: Make) -> None:
    answer = node.register(browser(phone, 6001), headers=SUPPORTED)
    assert (answer.status, answer.value(b"require")) == (200, b"outbound")
    assert answer.value(b"flow-timer") == b"120"
    assert b";reg-id=1" in answer.required(b"contact")
    assert PHONE.encode() in answer.required(b"contact")
    assert answer.value(b"service-route") == b"<sip:127.0.0.1:5060;lr>"


@pytest.mark.parametrize(
    ("contact", "headers"),
    [
        (f'sip:a@127.0.0.1:6001>;+sip.instance="{PHONE}";reg-id=1;x=<x', ()),
        ("sip:a@127.0.0.1:6001>;reg-id=1;x=<x", SUPPORTED),
        ('sip:a@127.0.0.1:6001>;+sip.instance="me";reg-id=1;x=<x', SUPPORTED),
        (f'sip:a@127.0.0.1:6001>;+sip.instance="{PHONE}";reg-id=x;x=<x', SUPPORTED),
    ],
)
def test_half_of_outbound_is_an_ordinary_registration(
    node: Any, phone: Make, contact: str, headers: tuple[str, ...]
) -> None:
    alice = phone("alice", 6001)
    alice.contact = contact.replace(";x=<x", ";x=y")
    answer = node.register(alice, headers=headers)
    assert (answer.status, answer.value(b"require")) == (200, None)
    [binding] = node.core.location.all()
    assert binding.flow_number == 0


def test_a_phone_that_comes_back_replaces_its_flow_whatever_its_contact(
    node: Any, phone: Make
) -> None:
    node.register(browser(phone, 6001), headers=SUPPORTED)
    again = browser(phone, 6002)
    again.contact = again.contact.replace("k3j2h@wq9", "other@zz1")
    node.register(again, headers=SUPPORTED)
    assert ringing_ports(node, phone) == [6002]
    kinds = {
        change.binding.contact[4:9]: change.kind for change in node.core.location.take_changes()
    }
    assert kinds == {"other": "saved"}


def test_the_flows_of_a_phone_are_one_target_and_alternates(node: Any, phone: Make) -> None:
    node.register(browser(phone, 6001, flow=1), headers=SUPPORTED)
    node.now += 1
    node.register(browser(phone, 6002, flow=2), headers=SUPPORTED)
    assert ringing_ports(node, phone) == [6002]
    assert ports(lose(node, 6002)) == [6001]
    last = lose(node, 6001)
    assert [each.status for _, each in last if isinstance(each, Response)] == [480]


def test_a_proxy_on_the_way_that_lost_the_flow_says_430(node: Any, phone: Make) -> None:
    first, second = browser(phone, 6001, flow=1), browser(phone, 6002, flow=2)
    node.register(first, headers=SUPPORTED)
    node.now += 1
    node.register(second, headers=SUPPORTED)
    invite = next(each for port, each in node.invite(phone("bob", 7000), "alice") if port == 6002)
    output = node.send(second.answer(invite, 430, "Flow Failed"), second)
    assert ports(output) == [6001]


def test_a_flow_ends_alone(node: Any, phone: Make) -> None:
    for number in (1, 2):
        node.register(browser(phone, 6000 + number, flow=number), headers=SUPPORTED)
    gone = browser(phone, 6002, flow=2)
    gone.contact = gone.contact.replace("expires=600", "expires=0")
    assert len(node.register(gone, headers=SUPPORTED).values(b"contact")) == 1
    assert [binding.flow_number for binding in node.core.location.all()] == [1]


def test_two_flows_cannot_begin_with_one_request(node: Any, phone: Make) -> None:
    alice = browser(phone, 6001)
    second = f'<sip:a@b.invalid>;+sip.instance="{PHONE}";reg-id=2'
    answer = node.register(alice, headers=(*SUPPORTED, f"Contact: {second}"))
    assert answer.status == 400
    assert node.core.location.all() == []


VIA = "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-edge"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ((), 439),
        (("Path: <sip:127.0.0.1:6001;lr>",), 439),
        (("Path: <sip:127.0.0.1:6001;lr>, <sip:f00@192.0.2.9;lr;ob>",), 200),
    ],
)
def test_a_proxy_that_cannot_keep_flows_is_told(
    node: Any, phone: Make, path: tuple[str, ...], status: int
) -> None:
    alice = browser(phone, 6001)
    answer = node.register(alice, headers=(VIA, *path, *SUPPORTED))
    assert answer.status == status


def test_a_path_is_returned_and_leads_to_the_contact(node: Any, phone: Make) -> None:
    alice = phone("alice", 6001)
    alice.contact = "sip:alice@10.0.0.5:5062"
    path = "<sip:abc@127.0.0.1:6001;lr>, <sip:10.0.0.1;lr>"
    answer = node.register(alice, headers=(f"Path: {path}", "Supported: path"))
    assert answer.value(b"path") == path.encode()
    [(port, invite)] = [
        (port, each)
        for port, each in node.invite(phone("bob", 7000), "alice")
        if getattr(each, "method", "") == "INVITE"
    ]
    assert (port, invite.uri) == (6001, b"sip:alice@10.0.0.5:5062")
    assert invite.values(b"route") == [b"<sip:abc@127.0.0.1:6001;lr>", b"<sip:10.0.0.1;lr>"]


def test_a_path_to_somebody_else_is_refused(node: Any, phone: Make) -> None:
    answer = node.register(phone("alice"), headers=("Path: <sip:victim.example.org;lr>",))
    assert answer.status == 403
    assert node.core.location.all() == []


def test_another_node_may_name_any_path(make_node: Make, phone: Make) -> None:
    node = make_node(nodes={"pbx2": Peer("pbx2", "127.0.0.1")})
    answer = node.register(phone("alice"), headers=("Path: <sip:pbx2.example.test;lr>",))
    assert answer.status == 200


def test_a_path_that_is_no_address_or_too_long_is_refused(node: Any, phone: Make) -> None:
    long = ", ".join(f"<sip:127.0.0.1:{6000 + n};lr>" for n in range(40))
    for path in ("nonsense", long):
        assert node.register(phone("alice"), headers=(f"Path: {path}",)).status == 400


def test_who_is_no_more_is_not_registered_any_more(node: Any, phone: Make) -> None:
    node.register(phone("alice", 6001))
    node.register(phone("bob", 6002))
    accounts = {user: account for user, account in node.config.accounts.items() if user != "bob"}
    node.events.clear()
    node.configure(replace(node.config, accounts=accounts))
    assert [binding.user for binding in node.core.location.all()] == ["alice"]
    assert node.events == [Unregistered("bob", "", "sip:bob@127.0.0.1:6002", "account removed")]


def test_a_phone_that_is_taken_from_its_user_is_not_registered_any_more(
    make_node: Make, phone: Make
) -> None:
    node = make_node()
    node.register(phone("alice", 6001))
    account = replace(node.config.accounts["alice"], devices=("0015651234ab",))
    node.configure(replace(node.config, accounts={"alice": account}))
    assert node.core.location.all() == []


def test_a_contact_of_another_user_does_not_draw_their_calls(node: Any, phone: Make) -> None:
    bob, mallory = phone("bob", 6002), phone("carol", 6666)
    node.register(bob)
    [identity] = [binding.identity for binding in node.core.location.all()]
    assert node.core.location.at(identity).flow == Flow(node.listeners[0], "127.0.0.1", 6002)
    mallory.contact = bob.contact
    for expires in (3600, 0, 3600):
        node.register(mallory, expires=expires)
    assert node.core.location.at(identity) is None
