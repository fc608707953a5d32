"""Which rules decided a test."""

from collections.abc import Callable

import pytest

from schema.dialtest import Report

Try = Callable[..., Report]
LOCAL = '- {from: alice, dial: "95551234", expect: {via: pstn}}\n'
HELP = '- {from: alice, dial: "911", expect: {via: pstn}}\n'


def uses(report: Report) -> dict[str, int]:
    assert report.coverage is not None
    return {use.rule: use.tests for use in report.coverage.own}


def test_enabled_rules_are_counted_with_their_places(attempt: Try) -> None:
    report = attempt(LOCAL + LOCAL + HELP)
    assert uses(report) == {"emergency": 1, "local": 2, "private": 0, "pickup": 0}
    assert report.coverage is not None
    assert round(report.coverage.percent) == 50
    assert [str(use.at) for use in report.coverage.untested] == ["pbx.yaml:27:12", "pbx.yaml:28:12"]


def test_a_rule_that_refuses_has_decided(attempt: Try) -> None:
    report = attempt('- {from: lobby, dial: "95551234", expect: refused}\n')
    assert uses(report)["local"] == 1


def test_a_rule_that_a_forwarding_uses_has_decided(attempt: Try) -> None:
    report = attempt('- {from: lobby, dial: "204", expect: {user: boss}}\n')
    assert uses(report)["local"] == 1


def test_a_failed_test_counts_as_well(attempt: Try) -> None:
    report = attempt('- {from: alice, dial: "95551234", expect: refused}\n')
    assert uses(report)["local"] == 1


def test_calls_inside_use_no_rule(attempt: Try) -> None:
    more = '  - {rule: users, match: "60", dial: "201", allow: []}\n'
    report = attempt('- {from: alice, dial: "202", expect: {user: bob}}\n', more)
    assert set(uses(report).values()) == {0}


@pytest.mark.parametrize(("at_least", "ok"), [(None, True), (25, True), (26, False), (100, False)])
def test_too_little_is_a_failure_at_the_first_rule_without_a_test(
    attempt: Try, at_least: float | None, ok: bool
) -> None:
    report = attempt(LOCAL, at_least=at_least)
    assert report.ok is ok
    if not ok:
        (said,) = report.diagnostics
        assert (said.code, said.place) == ("PBX1707", "pbx.yaml:25:12")
        assert [str(other.at) for other in said.related] == ["pbx.yaml:27:12", "pbx.yaml:28:12"]
        assert f"25 % of the rules, and {at_least} % are asked for" in said.message


def test_ready_made_rules_are_counted_apart(attempt: Try) -> None:
    tests = '- {from: bob, dial: "9118", expect: refused}\n'
    report = attempt(tests, at_least=100, replace=("US, ", "US, factory: {via: [pstn]}, "))
    assert report.coverage is not None
    assert set(uses(report)) == {"emergency", "local", "private", "pickup"}
    assert {use.rule for use in report.coverage.factory} > {"premium", "international"}
    assert [(said.code, said.place) for said in report.diagnostics] == [
        ("PBX1707", "pbx.yaml:25:12")
    ]


def test_a_plan_without_rules_is_wholly_tested(write: Callable[..., object]) -> None:
    from schema.dialtest import run_tests
    from schema.tree import DirectorySource
    from schema.validate import validate

    found = validate(DirectorySource(str(write({}))))
    assert found.system is not None
    assert run_tests([], found.system, found.origins, 100).ok
