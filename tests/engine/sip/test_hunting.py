"""Whose turn it is in a hunt group: round robin and the longest idle, with failures."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import CallRouted
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
MEMBERS = ("m1", "m2", "m3")
PORTS = {"m1": 6011, "m2": 6012, "m3": 6013}


@pytest.fixture
def node(make_node: Make) -> Any:
    return make_node(users=("alice", "bob", *MEMBERS))


@pytest.fixture
def phones(node: Any, phone: Make) -> dict[str, Any]:
    """The members' phones, registered."""
    made = {name: phone(name, port) for name, port in PORTS.items()}
    for each in made.values():
        node.register(each)
    return made


def pool(strategy: str, *names: str, ring: float = 20.0) -> tuple[Step, ...]:
    return tuple(
        Step("user", name, name, timeout=ring, pool="support", strategy=strategy)  # type: ignore[arg-type]
        for name in names or MEMBERS
    )


def rung(output: list[Any]) -> list[str]:
    """Members that got an INVITE."""
    names = {port: name for name, port in PORTS.items()}
    return [
        names[port]
        for port, message in output
        if port in names and isinstance(message, Request) and message.method == "INVITE"
    ]


def invite_of(output: list[Any]) -> Request:
    [invite] = [m for port, m in output if port in PORTS.values() and m.method == "INVITE"]
    return invite  # type: ignore[no-any-return]


def talk(node: Any, caller: Any, phones: dict[str, Any]) -> tuple[str, Any]:
    """A call that whoever rings first picks up: who, and the caller's 200."""
    output = node.invite(caller, "500")
    [name] = rung(output)
    answers = node.send(phones[name].answer(invite_of(output), 200), phones[name])
    [ok] = [m for port, m in answers if port == caller.port]
    return name, ok


def hang_up(node: Any, caller: Any, ok: Any) -> None:
    [(port, bye)] = node.send(caller.within("BYE", ok, sequence=99), caller)
    names = {port: name for name, port in PORTS.items()}
    phone = type(caller)(names[port], "127.0.0.1", port)
    node.send(phone.answer(bye, 200), phone)


def test_round_robin_starts_after_who_rang_first_last_time(
    node: Any, alice: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("round_robin")
    first = [rung(node.invite(alice, "500"))[0] for _ in range(5)]
    assert first == ["m1", "m2", "m3", "m1", "m2"]


def test_round_robin_goes_round_to_those_before(node: Any, alice: Any, phones: Any) -> None:
    node.plan.steps["500"] = pool("round_robin", ring=5.0)
    node.send(phones["m1"].answer(invite_of(node.invite(alice, "500")), 603), phones["m1"])
    order = rung(node.invite(alice, "500"))
    for _ in range(2):
        order.append(rung(node.wait(5.2))[-1])
    assert order == ["m2", "m3", "m1"]


def test_a_member_who_is_busy_gives_way_to_the_next_in_turn(
    node: Any, alice: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("round_robin")
    node.invite(alice, "500", call_id="first")
    output = node.invite(alice, "500", call_id="second")
    order = rung(output)
    for _ in range(2):
        name = order[-1]
        output = node.send(phones[name].answer(invite_of(output), 486), phones[name])
        order += rung(output)
    assert order == ["m2", "m3", "m1"]


def test_round_robin_goes_on_through_a_new_configuration_and_changed_members(
    node: Any, alice: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("round_robin")
    assert rung(node.invite(alice, "500")) == ["m1"]
    node.configure(node.config)
    assert rung(node.invite(alice, "500")) == ["m2"]
    node.plan.steps["500"] = pool("round_robin", "m1", "m3")  # m2, whose turn it was, has left
    assert rung(node.invite(alice, "500")) == ["m3"]
    assert rung(node.invite(alice, "500")) == ["m1"]


def test_a_member_without_phone_costs_the_next_one_no_turn(
    node: Any, alice: Any, phone: Make
) -> None:
    for name in ("m1", "m3"):
        node.register(phone(name, PORTS[name]))
    node.plan.steps["500"] = pool("round_robin")
    first = [rung(node.invite(alice, "500"))[0] for _ in range(4)]
    assert first == ["m1", "m3", "m1", "m3"]


def test_a_message_takes_nobodys_turn(node: Any, alice: Any, phones: Any) -> None:
    node.plan.steps["500"] = pool("round_robin")
    node.ask(alice, alice.request("MESSAGE", "sip:500@example.test"))
    assert rung(node.invite(alice, "500")) == ["m1"]


def test_the_longest_idle_rings_first(node: Any, alice: Any, bob: Any, phones: Any) -> None:
    node.plan.steps["500"] = pool("longest_idle")
    calls = [talk(node, caller, phones) for caller in (alice, bob, alice)]
    assert [name for name, _ in calls] == ["m1", "m2", "m3"]  # who talks is not idle
    for place in (1, 2, 0):
        node.wait(10)
        hang_up(node, (alice, bob, alice)[place], calls[place][1])
    assert talk(node, alice, phones)[0] == "m2"
    assert talk(node, alice, phones)[0] == "m3"
    assert talk(node, alice, phones)[0] == "m1"


def test_a_member_who_calls_somebody_is_on_the_phone(
    node: Any, alice: Any, bob: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("longest_idle")
    node.invite(phones["m1"], "bob")
    assert rung(node.invite(alice, "500")) == ["m2"]


def test_who_rings_for_one_call_is_not_the_first_for_the_next(
    node: Any, alice: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("longest_idle")
    first = [rung(node.invite(alice, "500"))[0] for _ in range(3)]
    assert sorted(first) == ["m1", "m2", "m3"]


def test_members_on_the_phone_are_tried_last_and_not_left_out(
    node: Any, alice: Any, bob: Any, phones: Any
) -> None:
    node.plan.steps["500"] = pool("longest_idle", "m1", "m2")
    assert talk(node, alice, phones)[0] == "m1"
    output = node.invite(bob, "500")
    assert rung(output) == ["m2"]
    output = node.send(phones["m2"].answer(invite_of(output), 486), phones["m2"])
    assert rung(output) == ["m1"]


def test_times_and_what_surrounds_a_pool_stay_where_they_are(
    node: Any, alice: Any, bob: Any, phones: Any
) -> None:
    """A forwarding at once to a pool: it rings with the first member, whoever that is."""
    first, second, _ = pool("round_robin")
    node.plan.steps["500"] = (
        Step("user", "bob", "bob", timeout=7.0),
        first._replace(parallel=True, timeout=7.0),
        second._replace(timeout=9.0),
    )
    assert rung(node.invite(alice, "500")) == ["m1"]
    output = node.invite(alice, "500", call_id="x")
    assert rung(output) == ["m2"]
    assert bob.port in [port for port, m in output if isinstance(m, Request)]
    invite = invite_of(output)
    node.send(phones["m2"].answer(invite, 180), phones["m2"])
    routed = [each for each in node.events if isinstance(each, CallRouted)][-1]
    assert routed.targets == ("bob", "m2", "m1")
    assert "m1" in rung(node.wait(7.2))


def test_pools_do_not_mix(node: Any, alice: Any, phones: Any) -> None:
    node.plan.steps["500"] = pool("round_robin", "m1", "m2")
    node.plan.steps["501"] = tuple(
        step._replace(pool="sales") for step in pool("round_robin", "m1", "m2")
    )
    assert Counter(rung(node.invite(alice, number))[0] for number in ("500", "501")) == {"m1": 2}


def test_nothing_is_kept_of_calls_that_are_over(node: Any, alice: Any, phones: Any) -> None:
    node.plan.steps["500"] = pool("longest_idle", "m1")
    for _ in range(50):
        output = node.invite(alice, "500")
        node.send(phones["m1"].answer(invite_of(output), 486), phones["m1"])
    assert sum(map(len, node.core.service._pools._ringing.values())) <= 1
