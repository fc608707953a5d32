"""How many calls a user may have placed at a time."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import CallRefused, Peer
from schema.dialplan.decision import Step

Make = Callable[..., Any]


@pytest.fixture
def node(make_node: Make) -> Any:
    made = make_node(call_limit=lambda user: 2, peers={"pstn": Peer("pstn", "127.0.0.9", 5071)})
    made.plan.steps["911"] = (Step("gateway", "pstn", "911", emergency=True),)
    return made


@pytest.fixture
def alice(phone: Make) -> Any:
    return phone("alice", 6001)


@pytest.fixture
def bob(node: Any, phone: Make) -> Any:
    bob = phone("bob", 6002)
    node.register(bob)
    return bob


def call(node: Any, alice: Any, bob: Any) -> Any:
    """An answered call: the 200 at Alice."""
    [_, (_, invite)] = node.invite(alice, "bob")
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    return ok


def test_the_call_that_is_one_too_many_is_refused(node: Any, alice: Any, bob: Any) -> None:
    for _ in range(2):
        call(node, alice, bob)
    [(_, refused)] = node.invite(alice, "bob")
    assert (refused.status, refused.reason) == (403, b"Too Many Calls At A Time")
    assert isinstance(node.events[-1], CallRefused)
    assert node.events[-1].caller == "alice"


def test_an_ended_call_makes_room(node: Any, alice: Any, bob: Any) -> None:
    oks = [call(node, alice, bob) for _ in range(2)]
    [(_, bye)] = node.send(alice.within("BYE", oks[0], sequence=90), alice)
    node.send(bob.answer(bye, 200), bob)
    call(node, alice, bob)


def test_a_call_that_nobody_answers_makes_room(node: Any, alice: Any) -> None:
    for _ in range(5):
        assert node.invite(alice, "carol")[-1][1].status == 480


def test_emergency_calls_are_always_let_through(node: Any, alice: Any, bob: Any) -> None:
    for _ in range(2):
        call(node, alice, bob)
    assert node.invite(alice, "911")[-1][1].method == "INVITE"


def test_gateways_have_no_limit(node: Any, phone: Make, bob: Any) -> None:
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    for _ in range(5):
        request = gateway.request("INVITE", "sip:bob@127.0.0.1:5060", sender="sip:+1212@127.0.0.9")
        assert node.send(request, gateway)[-1][1].method == "INVITE"
