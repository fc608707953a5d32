"""Which gateway carries a call: failures, channels, weights, and what is told of it."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from engine.sip import CallRouted, GatewayFailed, Peer
from engine.sip.proxy.order import Order
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
HOST = "127.0.0.9"
PORTS = {"one": 5071, "two": 5072, "three": 5073}
NAMES = {port: name for name, port in PORTS.items()}


@pytest.fixture
def node(make_node: Make) -> Any:
    """Alice, Bob and Carol, and three gateways."""
    return make_node(peers={name: Peer(name, HOST, port) for name, port in PORTS.items()})


@pytest.fixture
def gateway(phone: Make) -> Make:
    """The far side of a gateway."""

    def make(name: str) -> Any:
        made = phone("gw", PORTS[name])
        made.host, made.contact = HOST, f"sip:gw@{HOST}:{PORTS[name]}"
        return made

    return make


def by(*names: str, **changes: Any) -> tuple[Step, ...]:
    """Steps by these gateways, one in the other's stead."""
    return tuple(
        Step("gateway", name, "+12125551234", failover=place > 0, **changes)
        for place, name in enumerate(names)
    )


def invites(output: list[Any]) -> dict[str, Request]:
    """INVITEs to gateways, in order."""
    return {
        NAMES[port]: message
        for port, message in output
        if port in NAMES and isinstance(message, Request) and message.method == "INVITE"
    }


def at(output: list[Any], port: int) -> list[int]:
    """Statuses that came to a port."""
    return [m.status for to, m in output if to == port and not isinstance(m, Request)]


def failures(node: Any) -> list[tuple[str, int, str]]:
    return [(e.gateway, e.status, e.reason) for e in node.events if isinstance(e, GatewayFailed)]


# Failures


@pytest.mark.parametrize("status", [486, 404, 603])
def test_a_failure_that_the_gateway_is_said_to_fail_with_makes_the_next_one_try(
    node: Any, alice: Any, gateway: Make, status: int
) -> None:
    node.plan.steps["5551234"] = by("one", "two", fails_on=((486, 486), (400, 410), (600, 699)))
    invite = invites(node.invite(alice, "5551234"))["one"]
    output = node.send(gateway("one").answer(invite, status, "So"), gateway("one"))
    assert list(invites(output)) == ["two"]
    assert failures(node) == [("one", status, "So")]


@pytest.mark.parametrize(("status", "told"), [(404, 404), (500, 500), (503, 500), (603, 603)])
def test_another_failure_is_the_answer(
    node: Any, alice: Any, gateway: Make, status: int, told: int
) -> None:
    node.plan.steps["5551234"] = by("one", "two", fails_on=((486, 486),))
    invite = invites(node.invite(alice, "5551234"))["one"]
    output = node.send(gateway("one").answer(invite, status), gateway("one"))
    assert not invites(output)
    assert at(output, 6001) == [told]
    assert failures(node) == []


def test_a_gateway_without_answer_has_failed_whatever_it_is_said_to_fail_with(
    node: Any, alice: Any
) -> None:
    node.plan.steps["5551234"] = by("one", "two", fails_on=((486, 486),), answer_within=2.0)
    node.invite(alice, "5551234")
    assert list(invites(node.wait(2.2))) == ["one", "two"]
    assert failures(node) == [("one", 408, "no answer")]


def test_a_decline_that_is_said_to_be_the_gateways_does_not_hide_what_the_next_one_says(
    node: Any, alice: Any, gateway: Make
) -> None:
    node.plan.steps["5551234"] = by("one", "two", fails_on=((603, 603),))
    invite = invites(node.invite(alice, "5551234"))["one"]
    invite = invites(node.send(gateway("one").answer(invite, 603), gateway("one")))["two"]
    output = node.send(gateway("two").answer(invite, 486), gateway("two"))
    assert at(output, 6001) == [486]


def test_an_emergency_call_goes_on_whatever_a_gateway_is_said_to_fail_with(
    node: Any, alice: Any, gateway: Make
) -> None:
    node.plan.steps["911"] = by("one", "two", fails_on=((503, 503),), emergency=True)
    invite = invites(node.invite(alice, "911"))["one"]
    output = node.send(gateway("one").answer(invite, 404, "No"), gateway("one"))
    assert list(invites(output)) == ["two"]
    assert failures(node) == [("one", 404, "No")]


# Channels


def test_a_gateway_carries_so_many_calls_and_the_next_one_takes_more(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    node.plan.steps["5551234"] = by("one", "two", channels=1)
    first = invites(node.invite(alice, "5551234"))
    assert list(first) == ["one"]
    assert list(invites(node.invite(bob, "5551234"))) == ["two"]
    assert failures(node) == [("one", 503, "all 1 channels are in use")]
    [call] = [each for each in node.core.calls.all() if each.caller == "bob"]
    assert [attempt.gateway for attempt in call.failed] == ["one"]


def test_a_call_that_finds_every_gateway_full_fails(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["5551234"] = by("one", "two", channels=1)
    node.invite(alice, "5551234")
    node.invite(alice, "5551234")
    output = node.invite(bob, "5551234")
    assert not invites(output)
    assert at(output, 6002) == [100, 500]


def test_calls_from_a_gateway_take_its_channels(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    node.plan.steps["5551234"] = by("one", "two", channels=1)
    one = gateway("one")
    output = node.send(one.request("INVITE", "sip:bob@127.0.0.1", call_id="in"), one)
    [ringing] = [m for port, m in output if port == 6002]
    assert list(invites(node.invite(alice, "5551234"))) == ["two"]
    node.send(bob.answer(ringing, 486), bob)
    assert list(invites(node.invite(alice, "5551234"))) == ["one"]


def test_an_emergency_call_needs_no_channel(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["5551234"] = by("one", channels=1)
    node.plan.steps["911"] = by("one", channels=1, emergency=True)
    node.invite(alice, "5551234")
    assert list(invites(node.invite(bob, "911"))) == ["one"]


def test_a_message_needs_no_channel(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["5551234"] = by("one", channels=1)
    node.invite(bob, "5551234")
    message = alice.request("MESSAGE", "sip:5551234@example.test")
    assert [(port, m.method) for port, m in node.ask(alice, message)] == [(5071, "MESSAGE")]


@pytest.mark.parametrize("ending", ["refused", "hung up", "cancelled", "silent"])
def test_a_channel_is_free_again_however_the_call_ends(
    node: Any, alice: Any, gateway: Make, ending: str
) -> None:
    node.plan.steps["5551234"] = by("one", channels=1, answer_within=3.0, timeout=20.0)
    one = gateway("one")
    request = alice.request("INVITE", "sip:5551234@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    invite = invites(node.send(request, alice))["one"]
    carried = node.core.calls.occupancy.carried_by
    assert carried("one") == 1
    if ending == "refused":
        node.send(one.answer(invite, 404), one)
    elif ending == "cancelled":
        node.send(one.answer(invite, 180), one)
        node.send(request.replace(b"INVITE", b"CANCEL"), alice)
        node.send(one.answer(invite, 487), one)
    elif ending == "silent":
        node.wait(40)
    else:
        [ok] = [m for _, m in node.send(one.answer(invite, 200), one) if m.status == 200]
        [(_, bye)] = node.send(alice.within("BYE", ok, sequence=9), alice)
        node.send(one.answer(bye, 200), one)
    assert carried("one") == 0


def test_a_gateway_that_answers_when_it_was_given_up_carries_the_call_again(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    node.plan.steps["5551234"] = (*by("one", timeout=20.0), Step("user", "bob", "bob"))
    one = gateway("one")
    invite = invites(node.invite(alice, "5551234"))["one"]
    node.send(one.answer(invite, 180), one)
    node.wait(20.1)
    carried = node.core.calls.occupancy.carried_by
    assert carried("one") == 0
    output = node.send(one.answer(invite, 200), one)  # crosses our CANCEL
    assert at(output, 6001) == [200]
    assert carried("one") == 1
    [ok] = [m for port, m in output if port == 6001]
    [(_, bye)] = node.send(alice.within("BYE", ok, sequence=9), alice)
    node.send(one.answer(bye, 200), one)
    assert carried("one") == 0


# Weights


def order_of(node: Any, steps: tuple[Step, ...], chance: int) -> list[Step]:
    core, service = node.core, node.core.service
    order = Order(service.domain, core.health, Random(chance), service._pools)
    return [step for group in order.of(steps, None) for step in group]


def test_weighted_gateways_come_first_in_proportion(node: Any) -> None:
    steps = tuple(
        step._replace(weight=weight)
        for step, weight in zip(by("one", "two", "three"), (1, 2, 5), strict=True)
    )
    first = Counter(order_of(node, steps, chance)[0].target for chance in range(8000))
    assert first["one"] == pytest.approx(1000, rel=0.15)
    assert first["two"] == pytest.approx(2000, rel=0.1)
    assert first["three"] == pytest.approx(5000, rel=0.1)


def test_who_is_drawn_first_stands_in_for_nobody_and_the_others_do(node: Any) -> None:
    for chance in range(20):
        order = order_of(node, by("one", "two", "three", weight=1), chance)
        assert sorted(step.target for step in order) == ["one", "three", "two"]
        assert [step.failover for step in order] == [False, True, True]


def test_gateways_without_weight_and_other_rules_keep_their_places(node: Any) -> None:
    steps = (*by("one", "two"), Step("user", "bob", "bob"), *by("two", "three", weight=1))
    for chance in range(20):
        order = order_of(node, steps, chance)
        assert [step.target for step in order[:3]] == ["one", "two", "bob"]
        assert [step.failover for step in order[3:]] == [False, True]


def test_a_gateway_that_is_down_is_tried_last_whatever_its_weight(node: Any) -> None:
    steps = tuple(
        step._replace(weight=weight)
        for step, weight in zip(by("one", "two"), (1000, 1), strict=True)
    )
    [flow] = node.core.service.domain.ways_to("one")[0].flows
    node.core.health.mark(flow, up=False)
    assert {order_of(node, steps, chance)[0].target for chance in range(20)} == {"two"}


# What is told


def test_the_log_names_gateways_in_the_order_that_is_used_and_why_each_failed(
    node: Any, alice: Any, gateway: Make
) -> None:
    node.plan.steps["5551234"] = by("one", "two", "three", weight=1)
    tried = []
    output = node.invite(alice, "5551234")
    while found := invites(output):
        [(name, invite)] = found.items()
        tried.append(name)
        output = node.send(gateway(name).answer(invite, 503, f"No {name}"), gateway(name))
    [routed] = [each for each in node.events if isinstance(each, CallRouted)]
    assert list(routed.targets) == tried
    assert failures(node) == [(name, 503, f"No {name}") for name in tried]
    assert {(e.caller, e.number) for e in node.events if isinstance(e, GatewayFailed)} == {
        ("alice", "5551234")
    }
