"""How many calls a user may have placed at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.sip import CallRefused, Peer
from engine.sip.guard.protection import Protection
from engine.sip.proxy.limits import MOST_OF_GATEWAY
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


# What a thief does to be over the limit unseen


def test_calls_that_call_themselves_the_same_are_not_counted_as_one(
    node: Any, alice: Any, bob: Any
) -> None:
    [_, (_, invite)] = node.invite(alice, "bob", call_id="same")
    node.send(bob.answer(invite, 200), bob)
    [(_, refused)] = node.invite(alice, "bob", call_id="same")
    assert refused.status == 482
    assert node.core.calls.occupancy.placed_by("alice") == 1


def test_a_call_that_comes_back_by_a_gateway_still_counts(
    node: Any, alice: Any, bob: Any, phone: Make
) -> None:
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    node.plan.steps["5551234"] = (Step("gateway", "pstn", "5551234"),)
    node.invite(alice, "5551234", call_id="same")
    node.send(
        gateway.request(
            "INVITE", "sip:bob@127.0.0.1:5060", sender="sip:alice@example.test",
            call_id="same", tag="tag-alice",
        ),
        gateway,
    )  # fmt: skip
    assert node.core.calls.occupancy.placed_by("alice") == 1


@pytest.mark.parametrize(("status", "tag"), [(420, b""), (500, b""), (481, b"x"), (200, b"x")])
def test_a_bye_that_is_meant_to_fail_ends_nothing(
    node: Any, alice: Any, bob: Any, status: int, tag: bytes
) -> None:
    ok = call(node, alice, bob)
    bye = alice.within("BYE", ok, sequence=90)
    bye = bye.replace(b";tag=tag-bob-6002", b";tag=tag-bob-6002" + tag)
    [(_, bye)] = node.send(bye, alice)
    node.send(bob.answer(bye, status), bob)
    assert node.core.calls.occupancy.placed_by("alice") == 1


@pytest.mark.parametrize("status", [200, 481])
@pytest.mark.parametrize("by_callee", [True, False])
def test_a_bye_that_is_answered_ends_the_call(
    node: Any, alice: Any, bob: Any, status: int, by_callee: bool
) -> None:
    [_, (_, invite)] = node.invite(alice, "bob")
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    one, other = (bob, alice) if by_callee else (alice, bob)
    [(_, bye)] = node.send(one.within("BYE", invite if by_callee else ok, sequence=90), one)
    node.send(other.answer(bye, status), other)
    assert node.core.calls.occupancy.placed_by("alice") == 0


def test_a_bye_that_nobody_answers_ends_the_call(node: Any, alice: Any, bob: Any) -> None:
    ok = call(node, alice, bob)
    node.send(alice.within("BYE", ok, sequence=90), alice)
    node.wait(33)
    assert node.core.calls.occupancy.placed_by("alice") == 0


def test_hanging_up_on_who_picked_up_too_late_leaves_the_call(
    node: Any, alice: Any, bob: Any
) -> None:
    [_, (_, invite)] = node.invite(alice, "bob")
    [(_, first)] = node.send(bob.answer(invite, 200), bob)
    [(_, late)] = node.send(bob.answer(invite, 200, tag="another"), bob)
    [(_, bye)] = node.send(alice.within("BYE", late, sequence=90), alice)
    node.send(bob.answer(bye, 200), bob)
    assert node.core.calls.occupancy.placed_by("alice") == 1
    [(_, bye)] = node.send(alice.within("BYE", first, sequence=91), alice)
    node.send(bob.answer(bye, 200), bob)
    assert node.core.calls.occupancy.placed_by("alice") == 0


def test_a_gateway_begins_only_so_many_calls_at_once(
    node: Any, phone: Make, alice: Any, bob: Any
) -> None:
    """Over UDP anybody may be the gateway."""
    guarded = Protection(trusted=())
    config = replace(node.config, is_emergency=lambda number: number == "911", protection=guarded)
    node.configure(config)
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    [_, (_, invite)] = node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway)
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    for _ in range(MOST_OF_GATEWAY - 1):
        node.send(gateway.request("INVITE", "sip:900@example.test"), gateway)
    transactions = len(node.core.transactions.servers)
    [(_, refused)] = node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway)
    assert refused.status == 503
    assert len(node.core.transactions.servers) == transactions
    [(port, bye)] = node.send(gateway.within("BYE", ok, sequence=9), gateway)
    assert (port, bye.method) == (6002, "BYE")
    output = node.send(gateway.request("INVITE", "sip:911@example.test"), gateway)
    assert output[0][1].status == 100
    node.wait(2)
    [(_, trying), *_] = node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway)
    assert trying.status == 100


def test_a_gateway_in_a_trusted_network_begins_as_many_as_it_likes(
    node: Any, phone: Make, bob: Any
) -> None:
    node.configure(replace(node.config, protection=Protection(trusted=("127.0.0.0/28",))))
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    for _ in range(MOST_OF_GATEWAY + 1):
        [(_, answer), *_] = node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway)
        assert answer.status == 100
