"""Calls for help: what gateways are told of the caller's place and number, and who hears of it."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import EmergencyCall, Peer
from engine.sip.wire import Request
from schema.dialplan.decision import Caller, Decision, Step

NUMBER = "+12125550201"
PLACE = "http://127.0.0.1:8090/location/abc"
STEPS = tuple(
    Step(
        "gateway",
        name,
        "911",
        caller_id=NUMBER,
        failover=name == "two",
        emergency=True,
        anonymous=True,
    )
    for name in ("one", "two")
)
GATEWAYS = {name: Peer(name, "127.0.0.9", port) for name, port in (("one", 5071), ("two", 5072))}
ROUTED = Decision("routed", 200, "OK", STEPS, "emergency", site="hq")

Make = Callable[..., Any]


def decide(caller: Caller, number: str) -> Decision:
    """911 goes out, 112 has no gateway left; else a call to a user, or by the first gateway."""
    if number == "911":
        return ROUTED
    if number == "112":
        return Decision("refused", 503, "rule emergency has no enabled gateway", site="hq")
    if number == "5551234":
        step = Step("gateway", "one", number, caller_id=NUMBER)
        return Decision("routed", 200, "OK", (step,), "local", site="hq")
    return Decision("routed", 200, "OK", (Step("user", number, number),))


@pytest.fixture
def node(make_node: Make) -> Any:
    return make_node(
        peers=GATEWAYS,
        decide=decide,
        is_emergency=lambda number: number in ("911", "112"),
        locate=lambda site: PLACE if site == "hq" else "",
    )


def copies(output: list[tuple[int, Any]]) -> list[Request]:
    return [message for _, message in output if isinstance(message, Request)]


def header(message: Request, name: str) -> list[str]:
    return [value.decode() for value in message.occurrences(name.encode())]


def alarms(node: Any) -> list[EmergencyCall]:
    return [event for event in node.events if isinstance(event, EmergencyCall)]


def test_a_gateway_is_told_where_and_may_route_by_it(node: Any, alice: Any) -> None:
    [copy] = copies(node.invite(alice, "911"))
    assert header(copy, "geolocation") == [f"<{PLACE}>;loc-src=example.test"]
    assert header(copy, "geolocation-routing") == ["yes"]
    assert header(copy, "p-asserted-identity") == [f"<sip:{NUMBER}@example.test>"]


def test_other_calls_say_nothing_of_a_place(node: Any, alice: Any, bob: Any) -> None:
    for number in ("5551234", "bob"):
        [copy] = copies(node.invite(alice, number))
        assert header(copy, "geolocation") == []
    assert alarms(node) == []


def test_nothing_is_added_where_nobody_knows_the_place(make_node: Make, phone: Make) -> None:
    node = make_node(peers=GATEWAYS, decide=decide)
    alice = phone("alice", 6001)
    node.register(alice)
    [copy] = copies(node.invite(alice, "911"))
    assert header(copy, "geolocation") == header(copy, "geolocation-routing") == []


def test_ours_comes_behind_the_phones_own_and_says_whose_it_is(node: Any, alice: Any) -> None:
    headers = (
        "Geolocation: <cid:a@b>;x=1 ; loc-src=police.example , <https://l.test/;loc-src=a>",
        "Geolocation-Routing: no",
    )
    [copy] = copies(node.invite(alice, "911", headers=headers))
    assert header(copy, "geolocation") == [
        f"<cid:a@b>;x=1, <https://l.test/;loc-src=a>, <{PLACE}>;loc-src=example.test"
    ]
    assert header(copy, "geolocation-routing") == ["no"]


@pytest.mark.parametrize("value", ["<cid:a>,,<cid:b>", ",", "nonsense", "<", ""])
def test_a_location_that_cannot_be_read_costs_nobody_the_call(
    node: Any, alice: Any, value: str
) -> None:
    [copy] = copies(node.invite(alice, "911", headers=(f"Geolocation: {value}",)))
    assert header(copy, "geolocation") == [f"<{PLACE}>;loc-src=example.test"]


def test_whoever_takes_the_call_can_call_back_whatever_the_phone_hides(
    node: Any, alice: Any
) -> None:
    assert all(step.anonymous for step in STEPS)
    headers = ("Privacy: id;user;critical", "P-Preferred-Identity: <sip:bob@example.test>")
    sender = "sip:anonymous@anonymous.invalid"
    [copy] = copies(node.invite(alice, "911", headers=headers, sender=sender))
    assert header(copy, "p-asserted-identity") == [f"<sip:{NUMBER}@example.test>"]
    assert header(copy, "privacy") == header(copy, "p-preferred-identity") == []


def test_the_alarm_comes_before_any_answer(node: Any, alice: Any) -> None:
    node.invite(alice, "911")
    [alarm] = alarms(node)
    assert alarm == EmergencyCall(
        alarm.call_id, "alice", "911", "hq", NUMBER, ("one", "two"), "udp:127.0.0.1:6001"
    )
    assert alarm.call_id


def test_an_emergency_call_that_is_refused_is_an_alarm_too(node: Any, alice: Any) -> None:
    [(_, answer)] = [each for each in node.invite(alice, "112") if each[1].status != 100]
    assert answer.status == 503
    [alarm] = alarms(node)
    assert (alarm.number, alarm.gateways, alarm.callback) == ("112", (), "")


def test_strangers_and_other_methods_raise_no_alarm(node: Any, alice: Any, phone: Make) -> None:
    stranger = phone("alice", 6009, "wrong")
    node.send(stranger.request("INVITE", "sip:911@example.test"), stranger)
    request = alice.request("MESSAGE", "sip:911@example.test")
    [(_, challenge)] = node.send(request, alice)
    node.send(alice.authorize(request, challenge), alice)
    assert alarms(node) == []


def gateway_answers(node: Any, gateway: Any, copy: Request, status: int) -> list[tuple[int, Any]]:
    output: list[tuple[int, Any]] = node.send(gateway.answer(copy, status), gateway)
    return output


def test_a_gateway_that_cannot_use_the_location_gets_the_call_without(
    node: Any, alice: Any, phone: Make
) -> None:
    one, two = phone("one", 5071), phone("two", 5072)
    one.host = two.host = "127.0.0.9"
    [first] = copies(node.invite(alice, "911", headers=("Geolocation: <cid:a@b>",)))
    output = gateway_answers(node, one, first, 424)
    [again] = [copy for copy in copies(output) if copy.method == "INVITE"]
    assert [port for port, message in output if message is again] == [5071]
    assert header(again, "geolocation") == ["<cid:a@b>"]
    assert header(again, "p-asserted-identity") == [f"<sip:{NUMBER}@example.test>"]

    output = gateway_answers(node, one, again, 500)
    [other] = [copy for copy in copies(output) if copy.method == "INVITE"]
    assert [port for port, message in output if message is other] == [5072]
    assert PLACE in header(other, "geolocation")[0]

    output = gateway_answers(node, two, other, 424)
    [last] = [copy for copy in copies(output) if copy.method == "INVITE"]
    output = gateway_answers(node, two, last, 200)
    assert [message.status for port, message in output if port == 6001] == [200]


def test_the_caller_never_hears_of_a_location_that_we_added(
    node: Any, alice: Any, phone: Make
) -> None:
    gateway = phone("gateway", 5071)
    gateway.host = "127.0.0.9"
    [copy] = copies(node.invite(alice, "911"))
    statuses = []
    for _ in range(4):  # each gateway with the location, and without
        output = gateway_answers(
            node, gateway, copy, 424 if "geolocation" in str(copy.names) else 500
        )
        statuses += [message.status for port, message in output if port == 6001]
        following = [each for each in copies(output) if each.method == "INVITE"]
        if following:
            [copy] = following
            gateway.port = next(port for port, message in output if message is copy)
    assert statuses == [500]


def size_of(message: Request) -> int:
    return len(message.start_line) + sum(len(line) + 2 for line in message.headers) + 4


@pytest.mark.parametrize(
    ("number", "size", "transport"),
    [("911", 1440, "udp"), ("911", 1500, "tcp"), ("5551234", 1440, "tcp")],
)
def test_its_location_makes_no_call_wait_for_tcp(
    node: Any, alice: Any, number: str, size: int, transport: str
) -> None:
    [copy] = copies(node.invite(alice, number))
    body = "x" * (size - size_of(copy))
    [copy] = copies(node.invite(alice, number, body=body))
    if transport == "udp":
        assert 1300 < size_of(copy) + len(body) <= 1472
    assert node.flows[-1].transport == transport
