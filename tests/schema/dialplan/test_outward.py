"""By which gateways calls leave, and whose number they show."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schema.dialplan.compile import compile_table, statuses
from schema.dialplan.decision import Caller, Decision, Step
from schema.dialplan.route import route
from schema.models import Gateway, Rule, Site, System, User
from schema.models.gateway import FromExtension

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture
def plan(office: System) -> System:
    """Three gateways of two sites and of none, each of which any rule may use."""
    gateways = {
        "far": Gateway(address="192.0.2.1", site="lab"),
        "shared": Gateway(address="192.0.2.2"),
        "near": Gateway(address="192.0.2.3", site="hq"),
    }
    rule = Rule(rule="out", type="local", match="9.", strip=1, via=("far", "shared", "near"))
    help_ = Rule(rule="help", type="emergency", match="911", via=("shared",))
    return replace(office, gateways=gateways, dialplan=(help_, rule))


def changed(plan: System, gateway: str, **fields: Any) -> System:
    entry = Gateway.model_validate(
        {"address": "192.0.2.9", "site": plan.gateways[gateway].site, **fields}
    )
    return replace(plan, gateways={**plan.gateways, gateway: entry})


def with_rule(plan: System, **fields: Any) -> System:
    rule = plan.dialplan[1].model_copy(update=fields)
    return replace(plan, dialplan=(plan.dialplan[0], rule))


def call(plan: System, number: str = "95551234", user: str = "alice") -> Decision:
    return route(compile_table(plan), Caller("user", user), number, NOW)


def step(plan: System, gateway: str, number: str = "95551234", user: str = "alice") -> Step:
    return next(s for s in call(plan, number, user).steps if s.target == gateway)


def test_the_callers_site_comes_first_then_shared_gateways_then_others(plan: System) -> None:
    steps = call(plan).steps
    assert [s.target for s in steps] == ["near", "shared", "far"]
    assert [s.failover for s in steps] == [False, True, True]


def test_a_caller_without_a_site_gets_the_order_of_the_rule(plan: System) -> None:
    assert [s.target for s in call(plan, user="dave").steps] == ["far", "shared", "near"]


def test_emergency_calls_try_every_gateway_that_can(plan: System) -> None:
    assert [s.target for s in call(plan, "911").steps] == ["shared", "near", "far"]
    assert [s.target for s in call(plan, "911", "bob").steps] == ["shared", "far", "near"]
    without = changed(plan, "near", emergency=False)
    assert [s.target for s in call(without, "911").steps] == ["shared", "far"]
    off = changed(plan, "shared", enabled=False)
    assert [s.target for s in call(off, "911").steps] == ["near", "far"]


def test_emergency_calls_know_no_limits(plan: System) -> None:
    full = changed(plan, "near", max_channels=1, failover_on=("503",), show="anonymous")
    found = step(full, "near", "911")
    assert (found.channels, found.fails_on, found.anonymous, found.weight) == (None, None, False, 0)


def test_where_to_call_back_is_the_users_number_then_the_sites_then_the_gateways(
    plan: System,
) -> None:
    plan = changed(plan, "shared", caller_id="+12125550000")
    assert step(plan, "shared", "911").caller_id == "+12125550201"
    assert step(plan, "shared", "911", "bob").caller_id == "+12125550000"
    site = Site(emergency_callback="+12125550999")
    plan = replace(plan, sites={**plan.sites, "lab": site})
    assert step(plan, "shared", "911", "bob").caller_id == "+12125550999"


def test_load_is_shared_by_weight_among_gateways_that_are_as_near(plan: System) -> None:
    balanced = with_rule(changed(plan, "far", weight=3), balance=True)
    assert [s.weight for s in call(balanced).steps] == [1, 0, 0]
    assert [s.weight for s in call(balanced, user="dave").steps] == [3, 1, 1]


def test_limits_of_a_gateway_go_with_its_step(plan: System) -> None:
    found = step(changed(plan, "near", max_channels=30, failover_on=("403", "5xx")), "near")
    assert (found.channels, found.fails_on) == (30, ((403, 403), (500, 599)))


def test_statuses_are_single_ones_classes_and_ranges() -> None:
    assert statuses(["5xx", "403", "400-410"]) == ((400, 410), (403, 403), (500, 599))


def test_a_prefix_is_dialled_before_every_number(plan: System) -> None:
    plan = changed(plan, "near", prefix="0")
    assert step(plan, "near").number == "05551234"
    assert step(plan, "near", "911").number == "0911"


@pytest.mark.parametrize(
    ("fields", "user", "shown"),
    [
        ({}, "alice", "+12125550201"),
        ({}, "bob", None),
        ({"caller_id": "+12125550000"}, "bob", "+12125550000"),
        ({"caller_id": "+12125550000", "show": "gateway"}, "alice", "+12125550000"),
        ({"caller_id_from_extension": FromExtension(prepend="+1212555")}, "bob", "+1212555202"),
        ({"caller_id_from_extension": FromExtension(prepend="+1212", keep=2)}, "bob", "+121202"),
        ({"caller_id_from_extension": FromExtension(prepend="+1212")}, "alice", "+12125550201"),
    ],
)  # fmt: skip
def test_whose_number_is_shown(
    plan: System, fields: dict[str, Any], user: str, shown: str | None
) -> None:
    open_to_all = with_rule(changed(plan, "near", **fields), allow=())
    assert step(open_to_all, "near", user=user).caller_id == shown


def test_a_gateway_can_be_told_to_show_nobody(plan: System) -> None:
    found = step(changed(plan, "near", show="anonymous"), "near")
    assert (found.anonymous, found.caller_id) == (True, "+12125550201")


@pytest.mark.parametrize(
    ("dial", "sent"),
    [
        ("+1${EXTEN:1}", "+15551234"),
        ("${EXTEN}", "95551234"),
        ("00${EXTEN:1:3}#", "00555#"),
        ("${EXTEN:-4}", "1234"),
        ("112", "112"),
    ],
)
def test_a_template_makes_the_number(plan: System, dial: str, sent: str) -> None:
    assert step(with_rule(plan, dial=dial, strip=0), "near").number == sent


@pytest.mark.parametrize(
    ("region", "area", "dialled", "sent"),
    [
        ("US", "212", "95551234", "+12125551234"),
        ("US", "212", "93105551234", "+13105551234"),
        ("US", "212", "913105551234", "+13105551234"),
        ("US", "212", "9011442079460000", "+442079460000"),
        ("DE", "30", "9123456", "+4930123456"),
        ("DE", "30", "9089123456", "+4989123456"),
        ("DE", "30", "90044207946", "+44207946"),
        ("DE", None, "9123456", "+49123456"),
        ("GB", "20", "979460000", "+442079460000"),
    ],
)
def test_numbers_are_read_as_they_are_dialled_at_the_callers_site(
    plan: System, region: str, area: str | None, dialled: str, sent: str
) -> None:
    site = Site(region=region, area_code=area, permissions=("local",))
    plan = replace(with_rule(plan, e164=True), sites={**plan.sites, "hq": site})
    assert step(plan, "near", dialled).number == sent


def test_a_forwarded_call_leaves_from_the_site_of_who_forwards(plan: System) -> None:
    eve = User(
        name="Eve", extension="205", site="lab", permissions=("local",),
        forward=({"to": "95551234"},),
    )  # fmt: skip
    plan = replace(plan, users={**plan.users, "eve": eve})
    steps = call(plan, "205").steps
    assert [s.target for s in steps] == ["eve", "far", "shared", "near"]
