"""Calls from outside: rules for gateways, callers who are not let in, what falls back where."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.route import route
from schema.models import Destination, Rule, System
from schema.models.gateway import Inbound
from schema.models.system import Inward

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
MAIN = "+12125550200"


def call(
    system: System, number: str, caller: str | None = None, at: datetime = MONDAY_NOON,
    gateway: str = "pstn",
) -> Decision:  # fmt: skip
    return route(compile_table(system), Caller("gateway", gateway, caller), number, at)


def with_rules(office: System, *rules: dict[str, Any]) -> System:
    made = tuple(Rule.model_validate({"type": "internal", **rule}) for rule in rules)
    return replace(office, dialplan=(*made, *office.dialplan))


def with_inbound(office: System, **fields: Any) -> System:
    gateway = office.gateways["pstn"].model_copy(update={"inbound": Inbound(**fields)})
    return replace(office, gateways={**office.gateways, "pstn": gateway})


def first(decision: Decision) -> str:
    return decision.steps[0].target


@pytest.mark.parametrize("dialled", [MAIN, "12125550200", "2125550200"])
def test_a_rule_for_a_gateway_takes_its_calls_however_it_writes_numbers(
    office: System, dialled: str
) -> None:
    rule = {"rule": "main", "match": MAIN, "from": ("pstn",), "to": {"user": "dave"}}
    decision = call(with_rules(office, rule), dialled)
    assert (decision.rule, first(decision)) == ("main", "dave")


def test_such_a_rule_is_for_no_other_gateway_and_no_user(office: System) -> None:
    rule = {"rule": "main", "match": MAIN, "from": ("pstn",), "to": {"user": "dave"}}
    system = with_rules(office, rule)
    assert call(system, MAIN, gateway="backup").status == 404
    table = compile_table(system)
    assert route(table, Caller("user", "bob"), MAIN, MONDAY_NOON).rule == "outside"


def test_day_and_night_lead_to_different_people(office: System) -> None:
    day = {"rule": "day", "match": MAIN, "from": ("pstn",), "when": "office_hours", "dial": "201"}
    night = {"rule": "night", "match": MAIN, "from": ("pstn",), "to": {"user": "bob"}}
    system = with_rules(office, day, night)
    assert first(call(system, MAIN)) == "alice"
    assert first(call(system, MAIN, at=SUNDAY)) == "bob"


def test_the_rest_of_a_range_falls_to_extensions(office: System) -> None:
    rule = {"rule": "range", "match": "+12125556XXX", "from": ("pstn",), "dial": "${EXTEN:-3}"}
    assert first(call(with_rules(office, rule), "+12125556202")) == "bob"


def test_a_gateways_rule_never_leads_out(office: System) -> None:
    rule = {"rule": "out", "match": MAIN, "from": ("pstn",), "via": ("pstn",), "dial": "+1900"}
    assert call(with_rules(office, rule), MAIN).outcome == "refused"
    rule = {"rule": "out", "match": MAIN, "from": ("pstn",), "to": {"number": "+12125559999"}}
    assert call(with_rules(office, rule), MAIN).outcome == "refused"


def test_other_numbers_fall_back(office: System) -> None:
    system = with_inbound(office, fallback=Destination(user="bob"))
    assert first(call(system, "+12125559876")) == "bob"
    assert first(call(system, "+12125550201")) == "alice"


def test_a_rule_that_leads_to_nobody_falls_back(office: System) -> None:
    rule = {"rule": "range", "match": "+12125556XXX", "from": ("pstn",), "dial": "${EXTEN:-3}"}
    system = with_rules(office, rule)
    assert call(system, "+12125556999").status == 404
    system = with_inbound(system, fallback=Destination(user="bob"))
    assert first(call(system, "+12125556999")) == "bob"
    assert first(call(system, "+12125556201")) == "alice"


BLOCKED = "+19005551234"


@pytest.mark.parametrize("shown", [BLOCKED, "19005551234", "9005551234"])
def test_blocked_callers_are_declined(office: System, shown: str) -> None:
    everywhere = office.system.model_copy(update={"inbound": Inward(block=("+1900.",))})
    assert call(replace(office, system=everywhere), "201", shown).status == 603
    assert call(with_inbound(office, block=("+1900.",)), "201", shown).status == 603
    assert call(with_inbound(office, block=("+1900.",)), "201", "+12125551234").status == 200


def test_anonymous_callers_are_let_in_unless_told_otherwise(office: System) -> None:
    assert call(office, "201", "").status == 200
    assert call(with_inbound(office, anonymous=False), "201", "").status == 433
    everywhere = office.system.model_copy(update={"inbound": Inward(anonymous=False)})
    assert call(replace(office, system=everywhere), "201", "").status == 433
    assert call(replace(office, system=everywhere), "201", None).status == 200


def test_a_user_declines_callers_of_their_own(office: System) -> None:
    alice = office.users["alice"].model_copy(update={"block": ("+44.",), "anonymous": False})
    system = replace(office, users={**office.users, "alice": alice})
    assert call(system, "201", "+442079460000").status == 603
    assert call(system, "201", "").status == 433
    assert call(system, "202", "+442079460000").status == 200
    assert route(compile_table(system), Caller("user", "bob"), "201", SUNDAY).status == 200
