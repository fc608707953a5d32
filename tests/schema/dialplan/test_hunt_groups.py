"""Hunt groups: who rings, when, and where the call goes that nobody took."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.route import route
from schema.models import Destination, HuntGroup, Rule, System

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
OUTSIDE = Caller("gateway", "pstn")
Grouped = Callable[..., System]


@pytest.fixture
def grouped(office: System) -> Grouped:
    """The office with a hunt group `sales` (400) made of what is given."""

    def build(**fields: Any) -> System:
        given = {"extension": "400", "did": "+12125550400", "members": ("alice", "bob", "dave")}
        return replace(office, hunt_groups={"sales": HuntGroup(**given | fields)})

    return build


def call(system: System, caller: Caller = OUTSIDE, at: datetime = MONDAY_NOON) -> Decision:
    return route(compile_table(system), caller, "400", at)


def timing(decision: Decision) -> list[tuple[str, float | None, bool]]:
    return [(step.target, step.timeout, step.parallel) for step in decision.steps]


@pytest.mark.parametrize("number", ["400", "+12125550400", "12125550400", "sales"])
def test_a_group_is_reached_by_extension_did_and_id(grouped: Grouped, number: str) -> None:
    decision = route(compile_table(grouped()), OUTSIDE, number, MONDAY_NOON)
    assert decision.reason == "hunt group sales"
    assert [step.target for step in decision.steps] == ["alice", "bob", "dave"]


def test_all_members_ring_at_once(grouped: Grouped) -> None:
    assert timing(call(grouped())) == [
        ("alice", None, False), ("bob", None, True), ("dave", None, True)
    ]  # fmt: skip


def test_members_ring_one_after_the_other(grouped: Grouped) -> None:
    decision = call(grouped(strategy="sequential", ring="15s"))
    assert timing(decision) == [
        ("alice", 15.0, False), ("bob", 15.0, False), ("dave", None, False)
    ]  # fmt: skip
    assert {(step.pool, step.strategy) for step in decision.steps} == {("sales", "")}


@pytest.mark.parametrize("strategy", ["round_robin", "longest_idle"])
def test_an_order_that_depends_on_calls_is_left_to_the_proxy(
    grouped: Grouped, strategy: str
) -> None:
    steps = call(grouped(strategy=strategy)).steps
    assert {(step.pool, step.strategy) for step in steps} == {("sales", strategy)}


def test_the_fallback_comes_after_the_timeout(grouped: Grouped) -> None:
    system = grouped(members=("alice", "bob"), timeout="30s", fallback=Destination(user="dave"))
    assert timing(call(system)) == [
        ("alice", 30.0, False),
        ("bob", 30.0, True),
        ("dave", None, False),
    ]


def test_the_fallback_of_a_sequence_comes_when_all_have_rung(grouped: Grouped) -> None:
    fields = {"members": ("alice", "bob"), "strategy": "sequential", "ring": "10s"}
    system = grouped(**fields, timeout="60s", fallback=Destination(user="dave"))
    assert timing(call(system)) == [
        ("alice", 10.0, False),
        ("bob", 10.0, False),
        ("dave", None, False),
    ]


def test_turns_behind_the_timeout_do_not_come(grouped: Grouped) -> None:
    fields = {"strategy": "sequential", "ring": "20s", "timeout": "30s"}
    system = grouped(**fields, members=("alice", "bob", "carol"), fallback=Destination(user="dave"))
    assert timing(call(system)) == [
        ("alice", 20.0, False),
        ("bob", 10.0, False),
        ("dave", None, False),
    ]


def test_a_closed_group_falls_back_at_once(grouped: Grouped) -> None:
    system = grouped(members=("alice",), when="office_hours", fallback=Destination(user="dave"))
    assert timing(call(system, at=SUNDAY)) == [("dave", None, False)]
    assert timing(call(system)) == [("alice", 60.0, False), ("dave", None, False)]


def test_a_closed_group_without_fallback_is_not_available(grouped: Grouped) -> None:
    decision = call(grouped(when="office_hours"), at=SUNDAY)
    assert (decision.outcome, decision.status) == ("refused", 480)


def test_members_who_cannot_ring_are_left_out(grouped: Grouped) -> None:
    system = grouped(members=("alice", "bob", "carol", "dave"))
    quiet = system.users["bob"].model_copy(update={"do_not_disturb": True})
    system = replace(system, users={**system.users, "bob": quiet})
    assert [s.target for s in call(system, Caller("user", "alice")).steps] == ["dave"]


def test_what_members_forward_to_does_not_ring(
    with_forwards: Callable[..., System], grouped: Grouped
) -> None:
    users = with_forwards(alice=[{"to": "+12125559999", "after": "0s"}]).users
    steps = call(replace(grouped(members=("alice",)), users=users)).steps
    assert [step.target for step in steps] == ["alice"]


def test_a_fallback_number_costs_what_the_group_may_spend(grouped: Grouped) -> None:
    outside = Destination(number="+12125559999")
    fields = {"members": ("alice",), "fallback": outside}
    assert [s.target for s in call(grouped(**fields)).steps] == ["alice"]
    steps = call(grouped(**fields, permissions=("local",))).steps
    assert [(s.kind, s.target) for s in steps] == [
        ("user", "alice"), ("gateway", "pstn"), ("gateway", "backup")
    ]  # fmt: skip
    assert steps[1].caller_id == "+12125550400"


def test_groups_that_fall_back_on_each_other_end(grouped: Grouped) -> None:
    one = HuntGroup(extension="400", members=("alice",), fallback=Destination(hunt_group="two"))
    two = HuntGroup(extension="401", members=("bob",), fallback=Destination(hunt_group="one"))
    system = replace(grouped(), hunt_groups={"one": one, "two": two})
    assert timing(call(system)) == [("alice", 60.0, False), ("bob", None, False)]


def test_a_user_who_forwards_to_a_group_rings_it_in_time(
    with_forwards: Callable[..., System], grouped: Grouped
) -> None:
    users = with_forwards(bob=[{"to": "400", "after": "10s"}]).users
    system = replace(
        grouped(members=("alice", "bob"), strategy="sequential", ring="5s"), users=users
    )
    decision = route(compile_table(system), OUTSIDE, "202", MONDAY_NOON)
    assert timing(decision) == [("bob", 10.0, False), ("alice", None, False)]


def test_a_disabled_group_is_not_found(grouped: Grouped) -> None:
    assert call(grouped(enabled=False)).status == 404


def test_a_rule_leads_to_a_group(grouped: Grouped) -> None:
    to = Destination(hunt_group="sales")
    rule = Rule(rule="operator", type="internal", match="0", to=to)
    table = compile_table(replace(grouped(), dialplan=(rule,)))
    decision = route(table, Caller("user", "bob"), "0", SUNDAY)
    assert (decision.rule, decision.type) == ("operator", "internal")
    assert [step.target for step in decision.steps] == ["alice", "dave"]
