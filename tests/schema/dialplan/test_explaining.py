import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Tried
from schema.dialplan.route import route
from schema.dialplan.table import RouteTable
from schema.dialplan.view import as_json, as_text
from schema.models import Destination, Forward, HuntGroup, Rule, System

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
ALICE, BOB, DAVE = (Caller("user", name) for name in ("alice", "bob", "dave"))


@dataclass(frozen=True)
class Place:
    file: str
    line: int


class PlacesOfRules:
    """Rules stand in one file, one a line, as the loader would report them."""

    def __init__(self, system: System) -> None:
        self.lines = {rule.rule: line for line, rule in enumerate(system.dialplan, 1)}

    def at(self, section: str, id_: str) -> Place | None:
        return Place("dialplan/plan.yaml", self.lines[id_]) if section == "dialplan" else None


@pytest.fixture
def table(office: System) -> RouteTable:
    return compile_table(office, PlacesOfRules(office))


def test_the_trace_is_empty_unless_asked_for(table: RouteTable) -> None:
    assert route(table, ALICE, "95551234", MONDAY_NOON).trace == ()


def test_every_rule_up_to_the_deciding_one_is_explained_with_its_place(table: RouteTable) -> None:
    plan = "dialplan/plan.yaml"
    assert route(table, ALICE, "95551234", SUNDAY, explain=True).trace == (
        Tried("emergency", False, "none of the patterns 911, 9911 matches", plan, 1),
        Tried("users", False, "no user has the number 95551234"),
        Tried("desk", False, "pattern 0 does not match", plan, 2),
        Tried("by-eight", False, "pattern 8XXX does not match", plan, 3),
        Tried(
            "local", False, "pattern 9NXXXXXX matches, but office_hours is closed", plan, 4
        ),
        Tried("off", False, "the rule is disabled", plan, 5),
        Tried(
            "evening", True, "pattern 9NXXXXXX matches: dials +12125551234 via backup", plan, 6
        ),
    )  # fmt: skip


def test_a_missing_permission_is_explained(table: RouteTable) -> None:
    last = route(table, BOB, "95551234", MONDAY_NOON, explain=True).trace[-1]
    assert last.matched
    assert "lacks the permission local" in last.reason


def test_a_user_found_ends_the_explanation(table: RouteTable) -> None:
    trace = route(table, BOB, "201", MONDAY_NOON, explain=True).trace
    assert trace[-1] == Tried("users", True, "201 is alice")


def test_forwards_are_explained(office: System) -> None:
    forwards = (Forward(to="+12125559999"), Forward(to="202", when="office_hours"))
    users = dict(office.users)
    users["alice"] = users["alice"].model_copy(update={"forward": forwards})
    fields = {name: getattr(office, name) for name in System.__slots__} | {"users": users}
    trace = route(compile_table(System(**fields)), BOB, "201", SUNDAY, explain=True).trace
    assert Tried("users/alice", False, "forward to 202: office_hours is closed") in trace
    assert Tried("users/alice", True, "forward to +12125559999: rule outside") in trace


@pytest.mark.parametrize("number", ["201", "911", "95551234", "9011442", "66", "71", "8999", "5"])
@pytest.mark.parametrize("at", [MONDAY_NOON, SUNDAY])
def test_explaining_changes_nothing_else(table: RouteTable, number: str, at: datetime) -> None:
    for caller in (ALICE, BOB, DAVE, Caller("gateway", "pstn"), Caller("anonymous")):
        plain = route(table, caller, number, at)
        explained = route(table, caller, number, at, explain=True)
        assert as_json(explained) | {"trace": []} == as_json(plain)


def test_json_has_the_documented_shape(table: RouteTable) -> None:
    shown = json.loads(json.dumps(as_json(route(table, ALICE, "911", SUNDAY, explain=True))))
    assert shown["outcome"] == "routed"
    assert shown["status"] == 200
    assert shown["rule"] == shown["reason"].removeprefix("rule ") == "emergency"
    assert shown["steps"][0] == {
        "gateway": "pstn", "number": "911", "caller_id": "+12125550201", "timeout": None,
        "answer_within": 5.0, "parallel": False, "failover": False, "emergency": True,
        "fails_on": None, "anonymous": False, "channels": None, "weight": 0, "pool": "",
        "strategy": "", "members": [],
    }  # fmt: skip
    assert shown["trace"] == [
        {
            "rule": "emergency",
            "matched": True,
            "reason": "pattern 911 matches: dials 911 via pstn, then backup",
            "file": "dialplan/plan.yaml",
            "line": 1,
        }
    ]
    refused = as_json(route(table, BOB, "95551234", SUNDAY))
    assert (refused["outcome"], refused["status"], refused["steps"]) == ("refused", 403, [])


def test_json_names_users(table: RouteTable) -> None:
    step = as_json(route(table, BOB, "201", SUNDAY))["steps"][0]
    assert (step["user"], step["number"]) == ("alice", "alice")


def test_lines_tell_steps_and_rules(table: RouteTable) -> None:
    lines = as_text(route(table, ALICE, "911", SUNDAY, explain=True))
    assert lines.splitlines() == [
        "routed by rule emergency",
        "   1. gateway pstn, number 911, shown as +12125550201, emergency",
        "   or gateway backup, number 911, shown as +12125550201, emergency",
        "",
        "considered:",
        "  + emergency (dialplan/plan.yaml:1): "
        "pattern 911 matches: dials 911 via pstn, then backup",
    ]


def test_lines_tell_who_rings_together(office: System) -> None:
    forwards = (Forward(to="202", after="0s"), Forward(to="+12125550204", after="15s"))
    users = dict(office.users)
    users["alice"] = users["alice"].model_copy(update={"forward": forwards})
    fields = {name: getattr(office, name) for name in System.__slots__} | {"users": users}
    decision = route(compile_table(System(**fields)), Caller("gateway", "pstn"), "201", SUNDAY)
    assert as_text(decision).splitlines() == [
        "routed to user alice",
        "   1. user alice, for 15 s",
        "  and user bob, for 15 s",
        "   2. user dave",
    ]


def test_lines_of_a_refusal_are_its_status_and_reason(table: RouteTable) -> None:
    lines = as_text(route(table, BOB, "95551234", MONDAY_NOON))
    assert lines == "refused with 403: bob lacks the permission local of rule local"


def test_lines_tell_what_limits_a_gateway(office: System) -> None:
    gateway = office.gateways["pstn"].model_copy(
        update={"max_channels": 30, "failover_on": ("403", "5xx"), "show": "anonymous"}
    )
    rules = tuple(rule.model_copy(update={"balance": True}) for rule in office.dialplan)
    gateways = {**office.gateways, "pstn": gateway}
    table = compile_table(replace(office, gateways=gateways, dialplan=rules))
    assert as_text(route(table, ALICE, "95551234", MONDAY_NOON)).splitlines() == [
        "routed by rule local",
        "   1. gateway pstn, number +12125551234, shown as +12125550201, anonymous, weight 1, "
        "30 calls at most, next one after 403, 500-599",
        "   or gateway backup, number +12125551234, shown as +12125550201, weight 1",
    ]


def test_lines_tell_the_order_of_a_hunt_group_and_what_is_picked_up(office: System) -> None:
    group = HuntGroup(extension="400", members=("alice", "bob"), strategy="longest_idle")
    code = Rule(rule="pickup", type="pickup", match="*78.", strip=3)
    table = compile_table(replace(office, hunt_groups={"sales": group}, dialplan=(code,)))
    assert as_text(route(table, DAVE, "400", SUNDAY)).splitlines() == [
        "routed to hunt group sales",
        "   1. user alice, for 20 s, order of sales: longest idle",
        "   2. user bob, order of sales: longest idle",
    ]
    assert as_text(route(table, DAVE, "*78201", SUNDAY)).splitlines() == [
        "routed by pickup for alice",
        "   1. pickup of what rings at alice",
    ]


def test_what_leads_a_call_on_stands_before_what_is_looked_up_for_it(office: System) -> None:
    users = dict(office.users)
    users["bob"] = users["bob"].model_copy(update={"forward": (Forward(to="0", after="20s"),)})
    desk = HuntGroup(
        name="Desk", extension="400", members=("alice",), fallback=Destination(number="8202")
    )
    rules = (Rule(rule="help", type="internal", match="66", to={"hunt_group": "desk"}),)
    fields = {name: getattr(office, name) for name in System.__slots__} | {
        "users": users, "hunt_groups": {"desk": desk}, "dialplan": (*rules, *office.dialplan),
    }  # fmt: skip
    table = compile_table(System(**fields))

    def led_by(number: str) -> list[str]:
        trace = route(table, DAVE, number, MONDAY_NOON, explain=True).trace
        return [one.rule for one in trace if one.matched]

    # A rule to another number, of a user whose forwarding leads to another rule.
    assert led_by("8202") == ["by-eight", "users", "users/bob", "desk", "users"]
    # Alice rings in the hunt group already, so the forwarding to her comes to nothing.
    fallback = ["hunt_groups/desk", "by-eight", "users", "desk", "users"]
    assert led_by("66") == ["help", *fallback]
