"""Whether a test holds: each kind of expectation, met and not met."""

from collections.abc import Callable
from datetime import timedelta

import holidays
import pytest

from schema.dialtest import Report
from schema.dialtest.moments import WEEK

Try = Callable[..., Report]


def holds(attempt: Try, call: str, expect: str, more: str = "") -> bool:
    report = attempt(f"- {{{call}, expect: {expect}}}\n", more)
    assert not report.mistakes, report.mistakes
    assert len(report.results) == 1
    return report.ok


LOCAL = 'from: alice, dial: "95551234"'
HELP = 'from: alice, dial: "911"'
CASES = [
    (LOCAL, "routed", "refused"),
    (LOCAL, "{via: pstn}", "{via: backup}"),
    (LOCAL, "{via: [pstn, backup]}", "{via: [pstn]}"),
    (LOCAL, "{via: [pstn, backup]}", "{via: [backup, pstn]}"),
    (LOCAL, '{number: "+12125551234"}', '{number: "5551234"}'),
    (LOCAL, '{caller_id: "+12125550201"}', "{caller_id: anonymous}"),
    ('from: alice, dial: "85551234"', "{caller_id: anonymous}", '{caller_id: "+12125550201"}'),
    (LOCAL, "{rule: local}", "{rule: emergency}"),
    (LOCAL, "{type: local}", "{type: emergency}"),
    (LOCAL, "{status: 200}", "{status: 403}"),
    (LOCAL, '{via: pstn, number: "+12125551234"}', '{via: pstn, number: "+1"}'),
    (HELP, "{type: emergency, site: hq}", "{type: local, site: hq}"),
    ('from: lobby, dial: "911"', "{via: [pstn, backup]}", "{site: hq}"),
    ('from: lobby, dial: "95551234"', "refused", "routed"),
    ('from: lobby, dial: "95551234"', "{refused: 403}", "{refused: 404}"),
    ('from: lobby, dial: "95551234"', "{rule: local, status: 403}", "{status: 200}"),
    ('from: lobby, dial: "201"', "{user: alice}", "{user: bob}"),
    ('from: lobby, dial: "202"', "{users: [bob, alice]}", "{users: [bob]}"),
    ('from: lobby, dial: "202", at: "sat 10:00"', "{users: [bob]}", "{users: [bob, alice]}"),
    ('from: lobby, dial: "202", at: "2026-12-14 17:31"', "{users: [bob]}", "{via: pstn}"),
    ('from: lobby, dial: "204"', '{user: boss, number: "+12125550123"}', "{via: backup}"),
    ('from: boss, dial: "300"', "{hunt_group: sales, user: alice}", "{user: bob}"),
    ('from: alice, dial: "*78"', "{pickup: [boss]}", "{pickup: [bob]}"),
    ('from: boss, dial: "*78300"', "{pickup: [bob, alice]}", "{pickup: [bob]}"),
    ('from: boss, dial: "201"', "{user: alice}", "{hunt_group: sales}"),
    ('from: pstn, dial: "+12125550201"', "{user: alice}", "{user: bob}"),
    ('from: pstn, dial: "+12125550299"', "{refused: 404}", "routed"),
    ('from: pstn, dial: "203", caller: ""', "{refused: 433}", "routed"),
    ('from: pstn, dial: "203"', "routed", "refused"),
    ('from: pstn, dial: "203", caller: "+19005550100"', "{refused: 603}", "routed"),
    ('from: backup, dial: "203", caller: "+19005550100"', "{user: lobby}", "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "met", "not_met"), CASES)
def test_an_expectation_holds_or_does_not(attempt: Try, call: str, met: str, not_met: str) -> None:
    assert holds(attempt, call, met)
    assert not holds(attempt, call, not_met)


MINUTE = '  - {rule: minute, match: "60", dial: "201", allow: [], when: minute}\n'


@pytest.mark.parametrize(
    ("schedule", "expect"),
    [
        ('{weekly: ["mon 10:00-10:01"]}', "{rule: minute}"),
        ('{dates: ["2026-12-14 10:00-10:01"]}', "{rule: minute}"),
        ('{weekly: ["mon 16:00-16:01"], timezone: Europe/Berlin}', "{rule: minute}"),
        ('{weekly: ["mon 10:01-10:00"]}', "{refused: 404}"),
    ],
)
def test_a_call_without_a_moment_is_on_monday_at_ten_in_the_systems_zone(
    attempt: Try, schedule: str, expect: str
) -> None:
    files = {"schedules/minute.yaml": f"schedules:\n  minute: {schedule}\n"}
    report = attempt(f'- {{from: alice, dial: "60", expect: {expect}}}\n', MINUTE, files=files)
    assert report.ok, report.diagnostics


@pytest.mark.parametrize("country", ["US", "DE", "GB"])
def test_nothing_special_happens_in_the_week_of_the_tests(country: str) -> None:
    regions = [None, *holidays.list_supported_countries()[country]]
    days = [WEEK.date() + timedelta(days=place) for place in range(7)]
    assert days[0].strftime("%A") == "Monday"
    for region in regions:
        public = holidays.country_holidays(country, subdiv=region, years=2026)
        assert not [day for day in days if day in public]


def test_a_failure_says_what_was_expected_what_came_and_why(attempt: Try) -> None:
    report = attempt('\n- {from: lobby, dial: "95551234", expect: {via: pstn, status: 200}}\n')
    (failure,) = report.diagnostics
    assert failure.code == "PBX1705"
    assert failure.place == "tests/office.yaml:2:3"
    assert failure.message == (
        "lobby dials 95551234: expected via pstn, status 200, not 403; it is refused with 403: "
        "lobby lacks the permission local of rule local"
    )
    (decider,) = failure.related
    assert (decider.message, decider.at.file, decider.at.line) == (
        "rule local decided", "pbx.yaml", 26
    )  # fmt: skip
    assert failure.hint == (
        "pbx route 95551234 --from lobby --at '2026-12-14 10:00' explains each rule"
    )


def test_a_failure_of_an_outside_call_names_the_caller(attempt: Try) -> None:
    text = '- {from: pstn, caller: "", dial: "203", at: "fri 09:30", expect: routed}\n'
    (failure,) = attempt(text).diagnostics
    assert failure.message.startswith("pstn (anonymous) dials 203 at fri 09:30: expected")
    assert "--caller '' --at '2026-12-18 09:30'" in str(failure.hint)


def test_a_name_stands_in_place_of_the_call(attempt: Try) -> None:
    text = '- {name: Lobby stays inside, from: lobby, dial: "95551234", expect: routed}\n'
    (failure,) = attempt(text).diagnostics
    assert failure.message.startswith("Lobby stays inside: expected")
