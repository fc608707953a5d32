from datetime import UTC, datetime

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision, Step
from schema.dialplan.route import route
from schema.dialplan.table import RouteTable
from schema.models import System

ALICE, BOB, CAROL, DAVE = (Caller("user", name) for name in ("alice", "bob", "carol", "dave"))
PSTN = Caller("gateway", "pstn")
MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)


@pytest.fixture
def table(office: System) -> RouteTable:
    return compile_table(office)


def targets(decision: Decision) -> list[tuple[str, str]]:
    return [(step.target, step.number) for step in decision.steps]


@pytest.mark.parametrize("number", ["alice", "201", "reception", "+12125550201", "+12125550299"])
def test_a_user_is_reached_by_id_extension_alias_and_did(table: RouteTable, number: str) -> None:
    decision = route(table, BOB, number, MONDAY_NOON)
    assert (decision.outcome, decision.status) == ("routed", 200)
    assert decision.steps == (Step("user", "alice", "alice"),)


def test_user_parts_are_case_sensitive(table: RouteTable) -> None:
    assert route(table, BOB, "Alice", MONDAY_NOON).status == 404  # RFC 3261 section 19.1.4


def test_a_disabled_user_is_not_found(table: RouteTable) -> None:
    decision = route(table, BOB, "203", MONDAY_NOON)
    assert decision.status == 404
    assert "carol is disabled" in decision.reason


def test_a_disabled_user_may_not_call(table: RouteTable) -> None:
    assert route(table, CAROL, "201", MONDAY_NOON).status == 403


def test_a_number_is_stripped_prepended_and_tried_on_gateways_in_order(table: RouteTable) -> None:
    decision = route(table, ALICE, "95551234", MONDAY_NOON)
    assert decision.rule == "local"
    assert decision.steps == (
        Step(
            "gateway", "pstn", "+12125551234", caller_id="+12125550201", answer_within=5.0,
        ),
        Step(
            "gateway", "backup", "+12125551234", caller_id="+12125550201", answer_within=2.0,
            failover=True,
        ),
    )  # fmt: skip


def test_caller_id_is_the_users_own_before_the_did(table: RouteTable) -> None:
    decision = route(table, DAVE, "95551234", MONDAY_NOON)
    assert {step.caller_id for step in decision.steps} == {"+12125550100"}


def test_caller_id_of_a_user_without_number_is_the_gateways(table: RouteTable) -> None:
    decision = route(table, BOB, "911", MONDAY_NOON)
    assert [step.caller_id for step in decision.steps] == [None, "+12125550000"]


def test_a_closed_schedule_lets_the_next_rule_decide(table: RouteTable) -> None:
    decision = route(table, ALICE, "95551234", SUNDAY)
    assert (decision.rule, targets(decision)) == ("evening", [("backup", "+12125551234")])


def test_the_first_matching_rule_decides_about_permission(table: RouteTable) -> None:
    decision = route(table, DAVE, "95551234", SUNDAY)
    assert (decision.outcome, decision.status, decision.rule) == ("refused", 403, "evening")
    assert "long_distance" in decision.reason
    assert decision.steps == ()


@pytest.mark.parametrize(("caller", "status"), [(DAVE, 200), (ALICE, 403), (BOB, 403)])
def test_all_permissions_of_a_rule_are_needed(
    table: RouteTable, caller: Caller, status: int
) -> None:
    assert route(table, caller, "9011442079460000", MONDAY_NOON).status == status


def test_missing_permissions_are_named(table: RouteTable) -> None:
    reason = route(table, BOB, "9011442079460000", MONDAY_NOON).reason
    assert "international and local" in reason


@pytest.mark.parametrize("caller", [ALICE, BOB, CAROL, DAVE])
@pytest.mark.parametrize("number", ["911", "9911"])
@pytest.mark.parametrize("at", [MONDAY_NOON, SUNDAY])
def test_every_user_reaches_emergency_on_every_enabled_gateway(
    table: RouteTable, caller: Caller, number: str, at: datetime
) -> None:
    decision = route(table, caller, number, at)
    assert targets(decision) == [("pstn", "911"), ("backup", "911")]
    assert all(step.emergency for step in decision.steps)


def test_an_extension_does_not_swallow_an_emergency_number(table: RouteTable) -> None:
    assert table.numbers["911"] == "dave"
    assert route(table, ALICE, "911", MONDAY_NOON).rule == "emergency"


@pytest.mark.parametrize("number", ["204", "", "912345678901", "nobody", "9", "+15"])
def test_an_unknown_number_is_not_found(table: RouteTable, number: str) -> None:
    decision = route(table, ALICE, number, MONDAY_NOON)
    assert (decision.outcome, decision.status, decision.steps) == ("refused", 404, ())


@pytest.mark.parametrize(("number", "user"), [("0", "alice"), ("8202", "bob")])
def test_an_internal_rule_leads_to_a_user(table: RouteTable, number: str, user: str) -> None:
    decision = route(table, DAVE, number, MONDAY_NOON)
    assert (decision.outcome, targets(decision)) == ("routed", [(user, user)])
    assert decision.rule in ("desk", "by-eight")


def test_an_internal_rule_that_leads_to_nobody_is_not_found(table: RouteTable) -> None:
    decision = route(table, ALICE, "8999", MONDAY_NOON)
    assert (decision.status, decision.rule) == (404, "by-eight")


def test_a_rule_without_enabled_gateway_is_unavailable(table: RouteTable) -> None:
    assert route(table, ALICE, "71", MONDAY_NOON).status == 503


def test_a_rule_that_leaves_no_digits_is_incomplete(table: RouteTable) -> None:
    assert route(table, ALICE, "66", MONDAY_NOON).status == 484


@pytest.mark.parametrize(
    "number",
    ["+12125550201", "12125550201", "2125550201", "01112125550201", "201", "alice", "reception"],
)
def test_a_gateway_reaches_users_in_any_spelling(table: RouteTable, number: str) -> None:
    assert targets(route(table, PSTN, number, MONDAY_NOON)) == [("alice", "alice")]


@pytest.mark.parametrize("number", ["95551234", "9911", "0", "+12125559999", "", "5550201"])
def test_a_gateway_reaches_nothing_but_users(table: RouteTable, number: str) -> None:
    assert route(table, PSTN, number, MONDAY_NOON).status == 404


@pytest.mark.parametrize(
    "number", ["+493012345678", "493012345678", "03012345678", "00493012345678", "3012345678"]
)
def test_national_spellings_follow_the_region(office: System, number: str) -> None:
    fields = {name: getattr(office, name) for name in System.__slots__}
    fields["system"] = office.system.model_copy(update={"region": "DE"})
    fields["users"] = {"eva": office.users["bob"].model_copy(update={"did": "+493012345678"})}
    german = compile_table(System(**fields))
    assert targets(route(german, PSTN, number, MONDAY_NOON)) == [("eva", "eva")]


@pytest.mark.parametrize(
    "caller",
    [
        Caller("anonymous"),
        Caller("user", "mallory"),
        Caller("gateway", "closed"),
        Caller("gateway", "other"),
    ],
)
@pytest.mark.parametrize("number", ["201", "911", "95551234"])
def test_strangers_reach_nobody(table: RouteTable, caller: Caller, number: str) -> None:
    assert route(table, caller, number, MONDAY_NOON).status == 403


def test_a_moment_without_time_zone_is_refused(table: RouteTable) -> None:
    with pytest.raises(ValueError, match="time zone"):
        route(table, ALICE, "201", datetime(2026, 3, 2, 12))
