"""Picking up calls that ring at others (RFC 3891), on a fake clock."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import CallAnswered, CallRefused, CallRouted
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
REPLACES = ("Supported: replaces, timer",)
FOR_BOB = Step("pickup", "bob", "202", members=("bob",))


@pytest.fixture
def carol(node: Any, phone: Make) -> Any:
    """Who picks up: *8 is for Bob's calls."""
    node.plan.steps["*8"] = (FOR_BOB,)
    carol = phone("carol", 6003)
    node.register(carol)
    return carol


@pytest.fixture
def trunk(phone: Make) -> Any:
    """The far side of gateway one."""
    made = phone("gw", 5071)
    made.host, made.contact = "127.0.0.9", "sip:+12125550199@127.0.0.9:5071"
    return made


def ring(node: Any, caller: Any, callee: Any, **changes: Any) -> Request:
    """The INVITE of a call that rings; the caller knows Replaces unless told otherwise."""
    changes.setdefault("headers", REPLACES)
    output = node.invite(caller, callee.user, **changes)
    invite = next(m for port, m in output if port == callee.port)
    node.send(callee.answer(invite, 180), callee)
    return invite  # type: ignore[no-any-return]


def requests(output: list[Any]) -> dict[int, Request]:
    return {port: m for port, m in output if isinstance(m, Request)}


def refusal(output: list[Any], port: int) -> tuple[int, bytes]:
    [(status, reason)] = [
        (m.status, m.reason) for to, m in output if to == port and m.status >= 200
    ]
    return status, reason


def test_the_pickers_invite_takes_the_ringing_call_over_at_the_caller(
    node: Any, alice: Any, bob: Any, carol: Any
) -> None:
    invite = ring(node, alice, bob, call_id="one", tag="alices")
    output = node.invite(carol, "*8")
    [(port, taken)] = requests(output).items()
    assert (port, taken.uri) == (alice.port, b"sip:alice@127.0.0.1:6001")
    dialog = b"one;to-tag=alices;from-tag=tag-bob-6002;early-only"
    assert taken.occurrences(b"replaces") == [dialog]
    assert taken.values(b"require") == [b"replaces"]
    assert taken.values(b"p-asserted-identity") == [b'"Carol" <sip:carol@example.test>']
    [ok] = [m for to, m in node.send(alice.answer(taken, 200), alice) if to == carol.port]
    assert requests(node.send(carol.within("ACK", ok), carol)).keys() == {alice.port}
    # What a caller's end does then (RFC 3891 section 3): it gives the ringing call up.
    cancel = alice.request("CANCEL", "sip:bob@example.test")
    assert refusal(node.send(cancel, alice), alice.port)[0] == 481  # not another one's
    assert invite.call_id == b"one"
    [answered] = [each for each in node.events if isinstance(each, CallAnswered)]
    assert (answered.caller, answered.number, answered.target) == ("carol", "*8", "alice")
    [*_, routed] = [each for each in node.events if isinstance(each, CallRouted)]
    assert (routed.caller, routed.targets) == ("carol", ("alice",))


def test_a_call_from_outside_is_taken_over_at_its_gateway(
    node: Any, bob: Any, carol: Any, trunk: Any
) -> None:
    route = "Record-Route: <sip:edge@192.0.2.7;lr>"
    request = trunk.request("INVITE", "sip:bob@127.0.0.1", call_id="in", headers=(route, *REPLACES))
    invite = requests(node.send(request, trunk))[bob.port]
    node.send(bob.answer(invite, 180), bob)
    [(port, taken)] = requests(node.invite(carol, "*8")).items()
    assert (port, taken.uri) == (5071, b"sip:+12125550199@127.0.0.9:5071")
    assert taken.values(b"route") == [b"<sip:edge@192.0.2.7;lr>"]
    assert taken.value(b"replaces") == b"in;to-tag=tag-gw;from-tag=tag-bob-6002;early-only"
    [ok] = [m for to, m in node.send(trunk.answer(taken, 200), trunk) if to == carol.port]
    [(port, bye)] = requests(node.send(carol.within("BYE", ok, sequence=9), carol)).items()
    assert (port, bye.method) == (5071, "BYE")


def test_a_caller_that_refuses_after_all_says_so_to_the_picker(
    node: Any, alice: Any, bob: Any, carol: Any
) -> None:
    ring(node, alice, bob)
    taken = requests(node.invite(carol, "*8"))[alice.port]
    output = node.send(alice.answer(taken, 420, "Bad Extension"), alice)
    assert refusal(output, carol.port) == (420, b"Bad Extension")


def test_the_oldest_call_is_picked_up(node: Any, alice: Any, bob: Any, carol: Any) -> None:
    ring(node, alice, bob, call_id="first")
    node.wait(1)
    ring(node, alice, bob, call_id="second", tag="other")
    taken = requests(node.invite(carol, "*8"))[alice.port]
    assert taken.required(b"replaces").startswith(b"first;")


@pytest.mark.parametrize("state", ["nobody calls", "not yet ringing", "answered", "given up"])
def test_without_a_ringing_call_there_is_nothing_to_pick_up(
    node: Any, alice: Any, bob: Any, carol: Any, state: str
) -> None:
    if state == "not yet ringing":
        node.invite(alice, "bob", headers=REPLACES)
    elif state != "nobody calls":
        invite = ring(node, alice, bob)
        node.send(bob.answer(invite, 200 if state == "answered" else 486), bob)
    assert refusal(node.invite(carol, "*8"), carol.port) == (480, b"Nothing To Pick Up")
    [refused] = [each for each in node.events if isinstance(each, CallRefused)]
    assert (refused.caller, refused.number) == ("carol", "*8")


def test_nobody_picks_up_calls_of_others_than_the_members(
    node: Any, alice: Any, bob: Any, carol: Any, phone: Make
) -> None:
    ring(node, carol, alice)
    ring(node, carol, bob)
    for members in (("carol",), (), ("nobody",)):
        node.plan.steps["*8"] = (FOR_BOB._replace(members=members),)
        assert refusal(node.invite(alice, "*8"), alice.port)[0] == 480


def test_a_call_of_the_pickers_own_is_left_to_them(
    node: Any, alice: Any, bob: Any, carol: Any
) -> None:
    ring(node, carol, bob, call_id="own")
    assert refusal(node.invite(carol, "*8"), carol.port)[0] == 480
    ring(node, alice, bob, call_id="alices")
    taken = requests(node.invite(carol, "*8"))[alice.port]
    assert taken.required(b"replaces").startswith(b"alices;")


def test_a_caller_who_is_registered_no_more_is_passed_over(
    node: Any, alice: Any, bob: Any, carol: Any, trunk: Any
) -> None:
    ring(node, alice, bob)
    node.register(alice, expires=0)
    request = trunk.request("INVITE", "sip:bob@127.0.0.1", headers=REPLACES)
    node.send(bob.answer(requests(node.send(request, trunk))[bob.port], 180), bob)
    assert requests(node.invite(carol, "*8")).keys() == {5071}


def test_the_phone_that_calls_is_meant_and_no_other_of_that_user(
    node: Any, alice: Any, bob: Any, carol: Any, phone: Make
) -> None:
    node.register(phone("alice", 6009))
    ring(node, alice, bob)
    assert requests(node.invite(carol, "*8")).keys() == {alice.port}


def test_a_replaces_of_the_pickers_own_does_not_go_along(
    node: Any, alice: Any, bob: Any, carol: Any
) -> None:
    ring(node, alice, bob, call_id="one")
    headers = ("Replaces: other;to-tag=a;from-tag=b", "Require: 100rel, replaces")
    taken = requests(node.invite(carol, "*8", headers=headers))[alice.port]
    assert [each[:4] for each in taken.occurrences(b"replaces")] == [b"one;"]
    assert taken.values(b"require") == [b"100rel", b"replaces"]


def test_names_that_would_write_parameters_or_headers_are_not_picked_up(
    node: Any, alice: Any, bob: Any, carol: Any
) -> None:
    ring(node, alice, bob, call_id="a;to-tag=x")
    assert refusal(node.invite(carol, "*8"), carol.port)[0] == 480


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE"])
def test_only_a_call_picks_up(node: Any, alice: Any, bob: Any, carol: Any, method: str) -> None:
    ring(node, alice, bob)
    request = carol.request(method, "sip:*8@example.test", headers=("Event: x",))
    assert refusal(node.ask(carol, request), carol.port)[0] == 480


def test_a_forwarding_to_a_pickup_goes_on_without_it(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["500"] = (Step("user", "carol", "carol"), FOR_BOB, Step("user", "bob", "bob"))
    assert requests(node.invite(alice, "500")).keys() == {bob.port}


def test_an_answered_call_holds_its_invite_no_more(node: Any, alice: Any, bob: Any) -> None:
    invite = ring(node, alice, bob)
    [call] = node.core.calls.all()
    assert call.origin is not None
    node.send(bob.answer(invite, 200), bob)
    assert call.origin is None


# Callers that do not know Replaces


@pytest.fixture
def incoming(node: Any, bob: Any, trunk: Any) -> tuple[Any, Request]:
    """A call from outside that rings at Bob's: the trunk's 180, and the INVITE at Bob's phone."""
    identity = "P-Asserted-Identity: <sip:+12125550199@carrier.test>"
    request = trunk.request("INVITE", "sip:bob@127.0.0.1", call_id="in", headers=(identity,))
    invite = requests(node.send(request, trunk))[bob.port]
    [(_, ringing)] = node.send(bob.answer(invite, 180), bob)
    return ringing, invite


def test_the_call_is_brought_to_the_phone_that_asked_when_it_is_idle(
    node: Any, bob: Any, carol: Any, trunk: Any, incoming: Any
) -> None:
    output = node.invite(carol, "*8")
    assert refusal(output, carol.port) == (480, b"The Call Rings At Your Phone")
    assert not requests(output)
    [(port, brought)] = requests(node.wait(0.6)).items()
    assert (port, brought.method, brought.call_id) == (carol.port, "INVITE", b"in")
    assert brought.value(b"replaces") is None
    assert brought.values(b"p-asserted-identity") == [b"<sip:+12125550199@carrier.test>"]
    output = node.send(carol.answer(brought, 200), carol)
    assert {port: m.method for port, m in requests(output).items()} == {bob.port: "CANCEL"}
    [ok] = [m for port, m in output if port == trunk.port]
    assert requests(node.send(trunk.within("ACK", ok), trunk)).keys() == {carol.port}
    [answered] = [each for each in node.events if isinstance(each, CallAnswered)]
    assert (answered.caller, answered.target) == ("one", "carol")


def test_who_was_called_may_still_answer(
    node: Any, bob: Any, carol: Any, trunk: Any, incoming: Any
) -> None:
    node.invite(carol, "*8")
    brought = requests(node.wait(0.6))[carol.port]
    node.send(carol.answer(brought, 180), carol)
    output = node.send(bob.answer(incoming[1], 200), bob)
    assert {port: m.method for port, m in requests(output).items()} == {carol.port: "CANCEL"}


def test_a_call_that_ends_before_the_phone_is_idle_rings_nowhere(
    node: Any, bob: Any, carol: Any, trunk: Any, incoming: Any
) -> None:
    node.invite(carol, "*8")
    node.send(bob.answer(incoming[1], 486), bob)
    assert carol.port not in [port for port, m in node.wait(5) if isinstance(m, Request)]


def test_a_call_is_not_brought_twice(
    node: Any, bob: Any, carol: Any, trunk: Any, incoming: Any
) -> None:
    node.invite(carol, "*8", call_id="first")
    brought = requests(node.wait(0.6))[carol.port]
    node.send(carol.answer(brought, 180), carol)
    output = node.invite(carol, "*8", call_id="second")
    assert refusal(output, carol.port) == (480, b"Nothing To Pick Up")


def test_who_asks_twice_in_a_hurry_is_rung_once(
    node: Any, bob: Any, carol: Any, trunk: Any, incoming: Any
) -> None:
    for call_id in ("first", "second"):
        node.invite(carol, "*8", call_id=call_id)
    output = node.wait(0.55)
    branches = {m.via.branch for port, m in output if port == carol.port and isinstance(m, Request)}
    assert len(branches) == 1


def test_a_call_that_is_brought_goes_where_it_would_have_gone_when_nobody_answers(
    node: Any, bob: Any, carol: Any, alice: Any, trunk: Any
) -> None:
    node.plan.steps["500"] = (
        Step("user", "bob", "bob", timeout=20.0),
        Step("user", "alice", "alice"),
    )
    request = trunk.request("INVITE", "sip:500@127.0.0.1", call_id="in")
    node.send(bob.answer(requests(node.send(request, trunk))[bob.port], 180), bob)
    node.invite(carol, "*8")
    node.send(carol.answer(requests(node.wait(0.6))[carol.port], 180), carol)
    output = node.wait(20)
    assert {port: m.method for port, m in requests(output).items()} == {
        bob.port: "CANCEL", carol.port: "CANCEL", alice.port: "INVITE",
    }  # fmt: skip


def test_it_rings_at_the_phone_that_asked_and_at_no_other_of_that_user(
    node: Any, bob: Any, carol: Any, phone: Make, incoming: Any
) -> None:
    node.register(phone("carol", 6009))
    node.invite(carol, "*8")
    assert requests(node.wait(0.6)).keys() == {carol.port}
