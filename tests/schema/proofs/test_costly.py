"""Costly numbers without their permission: as admins meet them, and dialling every number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from every_number import every_number
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import systems

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.models import System
from schema.models.system import NumberClasses
from schema.proofs.finding import Finding
from schema.proofs.prover import Prover

Codes = Callable[..., list[str]]
PEOPLE = """\
schedules: {office: {weekly: ["mon-fri 09:00-17:00"]}, days: {weekly: ["mon-sun 08:00-20:00"]}}
users: {a: {name: A, extension: "201", permissions: [local, long_distance, premium, international]}}
"""
FAR = 'rule: far, type: long_distance, match: "91NXXNXXXXXX", strip: 1, prepend: "+", via: [pstn]'
ABROAD = (
    'rule: abroad, type: international, match: ["912[04-9]X.", "91[3-8]XX.", "919[1-9]X."], '
    'strip: 1, prepend: "+", via: [pstn]'
)
PREMIUM = 'rule: sex, type: premium, match: "91900.", strip: 1, prepend: "+", via: [pstn]'


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([FAR], ["PBX1604", "PBX1604"]),
        ([PREMIUM, FAR], ["PBX1604"]),
        ([ABROAD, FAR], ["PBX1604"]),
        ([ABROAD, PREMIUM, FAR], []),
        ([ABROAD, PREMIUM.replace("type: premium", "allow: [premium]"), FAR], []),
        ([ABROAD, PREMIUM + ", when: office", FAR], ["PBX1604"]),
        ([ABROAD, PREMIUM + ", when: days", FAR + ", when: office"], []),
        (['rule: e, match: "00.", strip: 2, e164: true, via: [pstn], allow: []'], ["PBX1604"] * 2),
        (['rule: t, match: "7XXXXXXXXXX", dial: "+1${EXTEN:1}", via: [pstn], allow: [local]'],
         ["PBX1604"] * 2),
        (['rule: t, match: "7XXXXXXX", dial: "+1212${EXTEN:1}", via: [pstn], allow: [local]'], []),
        (['rule: t, match: "7", dial: "+19002345678", via: [pstn], allow: []'], ["PBX1604"]),
    ],
)  # fmt: skip
def test_costly_numbers_need_their_permission(
    codes: Codes, rules: list[str], found: list[str]
) -> None:
    told = codes(*rules, more=PEOPLE)
    assert [code for code in told if code == "PBX1604"] == found


def test_a_rule_that_nobody_may_use_leaks_nothing(codes: Codes) -> None:
    people = 'users: {a: {name: A, extension: "201", permissions: [local]}}\n'
    assert codes(FAR, more=people) == []


def test_the_patterns_in_the_hint_are_what_is_missing(prove: Callable[..., list[Finding]]) -> None:
    (leak,) = (f for f in prove(ABROAD, FAR, more=PEOPLE) if f.code == "PBX1604")
    assert 'takes "91900NXXXXXX"' in leak.hint
    assert leak.number == "919002000000"
    assert "919002000000 leaves as +19002000000" in leak.message


WEEK = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 168, 3)]
DIALLED = [n for n in every_number(3, 1) if set(n) <= set("0129+")]
PREMIUM_HERE = ("+1.", "2X", "9")


@settings(deadline=None, max_examples=25)
@given(systems(), st.sampled_from(WEEK))
def test_whatever_leaves_without_permission_was_reported(system: System, at: datetime) -> None:
    policy = system.system.model_copy(
        update={"number_classes": NumberClasses(premium=PREMIUM_HERE, international=())}
    )
    system = System(
        **{name: getattr(system, name) for name in System.__slots__} | {"system": policy}
    )
    findings = [f for f in Prover()(system).findings if f.code == "PBX1604"]
    leaking = {finding.place[1] for finding in findings}
    table = compile_table(system)
    rules = {rule.name: rule for rule in table.rules}
    costly = [parse_pattern(text) for text in PREMIUM_HERE]
    for number, id_ in product(DIALLED, table.users):
        decision = route(table, Caller("user", id_), number, at)
        rule = rules.get(decision.rule or "")
        if rule is None or rule.emergency or not rule.via or decision.outcome != "routed":
            continue
        called = rule.transform(number, table.numbering_of(table.users[id_].site))
        if any(p.matches(called) for p in costly) and "premium" not in (
            rule.type, *rule.permissions,
        ):  # fmt: skip
            assert rule.name in leaking, (number, called)


@settings(deadline=None, max_examples=25)
@given(systems())
def test_each_witness_is_let_through(system: System) -> None:
    policy = system.system.model_copy(
        update={"number_classes": NumberClasses(premium=PREMIUM_HERE, international=())}
    )
    system = System(
        **{name: getattr(system, name) for name in System.__slots__} | {"system": policy}
    )
    table = compile_table(system)
    for finding in Prover()(system).findings:
        if finding.code == "PBX1604":
            took = {
                decision.rule
                for id_, at in product(table.users, WEEK)
                if (decision := route(table, Caller("user", id_), finding.number, at)).steps
            }
            enabled = [table.gateways[id_].enabled for id_ in _via(system, finding)]
            assert finding.place[1] in took or not any(enabled)


def _via(system: System, finding: Finding) -> tuple[str, ...]:
    return next(rule.via for rule in system.dialplan if rule.rule == finding.place[1])
