"""What users with one permitted call try in order to have others: nothing that costs money begins
without being asked for by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]


@pytest.fixture
def alice(phone: Make) -> Any:
    return phone("alice", 6001)


@pytest.fixture
def gateway(phone: Make) -> Any:
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    gateway.contact = "sip:gw@127.0.0.9:5071"
    return gateway


@pytest.fixture
def outside(node: Any, alice: Any, gateway: Any) -> Any:
    """A call of Alice's that a gateway answered: the 200 at Alice."""
    node.plan.steps["5551234"] = (Step("gateway", "one", "+12125551234"),)
    [_, (_, invite)] = node.invite(alice, "5551234")
    [(_, ok)] = node.send(gateway.answer(invite, 200), gateway)
    node.send(alice.within("ACK", ok), alice)
    return ok


def reached(output: list[Any], port: int) -> list[str]:
    """Methods of the requests that went to a port."""
    return [message.method for to, message in output if to == port and isinstance(message, Request)]


def summary(output: list[Any]) -> list[tuple[int, Any]]:
    """Port, and method or status."""
    return [
        (to, message.method if isinstance(message, Request) else message.status)
        for to, message in output
    ]


def premium(alice: Any, peer: Any, method: str = "INVITE") -> bytes:
    """A request with the token of a call, to a number that costs."""
    request: bytes = alice.within(method, peer, sequence=90)
    return request.replace(b"sip:gw@127.0.0.9:5071 ", b"sip:+1900@127.0.0.9:5071 ")


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "OPTIONS", "NOTIFY"])
def test_a_token_does_not_begin_anything_new(
    node: Any, alice: Any, outside: Any, method: str
) -> None:
    request = alice.within(method, outside, sequence=90)
    request = request.replace(b"sip:gw@127.0.0.9:5071 ", b"sip:+1900@127.0.0.9:5071 ")
    request = request.replace(b";tag=tag-gw-5071", b"")
    output = node.send(request, alice)
    assert reached(output, 5071) == []
    assert output[-1][1].status == 403


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "REFER", "CALL"])
def test_a_token_with_an_invented_tag_does_not_begin_anything_new(
    node: Any, alice: Any, outside: Any, method: str
) -> None:
    """Many a gateway takes what is of no dialog of its own for new."""
    output = node.send(premium(alice, outside, method).replace(b"tag-gw-5071", b"made-up"), alice)
    assert summary(output) == [(6001, 481)]


def test_a_call_that_is_over_leaves_no_way_to_a_gateway(
    node: Any, alice: Any, gateway: Any, outside: Any
) -> None:
    [(_, bye)] = node.send(alice.within("BYE", outside, sequence=80), alice)
    node.send(gateway.answer(bye, 200), gateway)
    assert summary(node.send(premium(alice, outside), alice)) == [(6001, 481)]


def test_a_tag_of_a_friends_phone_means_nothing_at_a_gateway(
    node: Any, alice: Any, phone: Make, gateway: Any
) -> None:
    friend = phone("bob", 6002)
    node.register(friend)
    twin = Step("gateway", "one", "+12125551234", parallel=True)
    node.plan.steps["bob"] = (Step("user", "bob", "bob"), twin)
    output = node.invite(alice, "bob")
    at_friend, at_gateway = (message for _, message in output if isinstance(message, Request))
    node.send(friend.answer(at_friend, 180, tag="of-friend"), friend)
    [(_, ringing)] = node.send(gateway.answer(at_gateway, 180), gateway)
    request = premium(alice, ringing).replace(b"tag-gw-5071", b"of-friend")
    assert summary(node.send(request, alice)) == [(6001, 481)]


@pytest.mark.parametrize(("hours", "heard"), [(1, True), (13, False)])
def test_after_a_restart_calls_go_on_for_as_long_as_they_may(
    node: Any, make_node: Make, alice: Any, outside: Any, hours: int, heard: bool
) -> None:
    restarted = make_node(peers=node.config.peers)
    restarted.now += hours * 3600
    restarted.core.advance(restarted.now)
    output = restarted.send(alice.within("INVITE", outside, sequence=90), alice)
    assert reached(output, 5071) == (["INVITE"] if heard else [])


def test_both_ends_of_a_gateways_call_go_on_with_it(node: Any, phone: Make, gateway: Any) -> None:
    bob = phone("bob", 6002)
    node.register(bob)
    call = gateway.request("INVITE", "sip:bob@example.test")
    [_, (_, invite)] = node.send(call, gateway)
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    node.send(gateway.within("ACK", ok), gateway)
    assert reached(node.send(bob.within("INVITE", invite, sequence=9), bob), 5071) == ["INVITE"]
    assert reached(node.send(gateway.within("INVITE", ok, sequence=9), gateway), 6002) == ["INVITE"]
    forged = bob.within("INVITE", invite, sequence=10).replace(b"tag-bob-6002", b"made-up")
    assert summary(node.send(forged, bob)) == [(6002, 481)]


@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH"])
@pytest.mark.parametrize("tag", [b";tag=tag-gw-5071", b""])
def test_a_token_does_not_speak_for_us_at_a_gateway(
    node: Any, alice: Any, outside: Any, method: str, tag: bytes
) -> None:
    request = alice.within(method, outside, sequence=90)
    output = node.send(request.replace(b";tag=tag-gw-5071", tag), alice)
    assert reached(output, 5071) == []


def test_a_strict_routers_token_does_not_begin_anything_new(
    node: Any, alice: Any, outside: Any
) -> None:
    route = outside.values(b"record-route")[0]
    request = alice.within("INVITE", outside, sequence=90)
    request = request.replace(b"INVITE sip:gw@127.0.0.9:5071", b"INVITE " + route[1:-1])
    request = request.replace(b"Route: " + route, b"Route: <sip:+1900@127.0.0.9:5071>")
    output = node.send(request.replace(b";tag=tag-gw-5071", b""), alice)
    assert reached(output, 5071) == []


@pytest.mark.parametrize("method", ["BYE", "INFO"])
def test_ends_without_tags_are_still_heard(
    node: Any, alice: Any, outside: Any, method: str
) -> None:
    request = alice.within(method, outside, sequence=90).replace(b";tag=tag-gw-5071", b"")
    assert reached(node.send(request, alice), 5071) == [method]


def test_what_is_meant_for_a_gateway_does_not_go_to_who_registers_its_contact(
    node: Any, alice: Any, phone: Make, outside: Any
) -> None:
    """They would get the BYE of a call that then never ends, and the next offer of its media."""
    thief = phone("bob", 6002)
    thief.contact = "sip:gw@127.0.0.9:5071"
    node.register(thief)
    for method in ("INVITE", "BYE"):
        output = node.send(alice.within(method, outside, sequence=90), alice)
        assert reached(output, 6002) == []
        assert reached(output, 5071) == [method]
