"""Calls from outside that do not land, and what lands after all."""

from collections.abc import Callable

import pytest

from schema.proofs.finding import Finding

Prove = Callable[..., list[Finding]]
GATEWAYS = "gateways: {pstn: {address: 192.0.2.10}, backup: {address: 192.0.2.11}}\n"
BASE = """\
version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 192.0.2.5}}
schedules: {office: {weekly: ["mon-fri 09:00-17:00"]}}
"""
PEOPLE = """\
users:
  alice: {name: A, extension: "201", did: "+12125550201"}
  bob: {name: B, extension: "202", did: "+12125550202"}
hunt_groups: {sales: {extension: "400", did: "+12125550400", members: [alice]}}
"""


def told(prove: Prove, *rules: str, gateways: str = GATEWAYS, more: str = PEOPLE) -> list[str]:
    findings = prove(*rules, base=BASE + gateways, more=more)
    return [f.message for f in findings if f.code in ("PBX1607", "PBX1608")]


@pytest.mark.parametrize(
    ("rule", "lost"),
    [
        ('match: "+1212555020X", from: [pstn], to: {user: bob}', ["+12125550201"]),
        ('match: "2125550201", from: [pstn], to: {user: bob}', ["+12125550201"]),
        ('match: "0112125550201", from: [pstn], to: {user: bob}', []),
        ('match: "12125550201", from: [pstn], to: {user: alice}', []),
        ('match: "+12125550201", from: [pstn], to: {hunt_group: sales}', []),
        ('match: "+12125550202", from: [pstn], to: {hunt_group: sales}', ["+12125550202"]),
        ('match: "+12125550201", from: [pstn], dial: "201"', []),
        ('match: "+12125550201", from: [pstn], dial: "202"', ["+12125550201"]),
        ('match: "+12125550201", from: [pstn], to: {user: bob}, when: office', ["+12125550201"]),
        ('match: "+12125550400", from: [backup], to: {user: bob}', ["+12125550400"]),
    ],
)
def test_a_rule_may_take_a_did_away(prove: Prove, rule: str, lost: list[str]) -> None:
    messages = told(prove, "rule: taking, " + rule)
    assert [message.split()[0] for message in messages] == lost


def test_a_disabled_users_did_lands_nowhere(prove: Prove) -> None:
    people = 'users: {a: {name: A, extension: "201", did: "+12125550201", enabled: false}}\n'
    assert told(prove, more=people) == [
        "+12125550201 does not land: a is disabled, and callers get 404"
    ]


def test_a_did_outside_of_all_ranges_is_not_brought(prove: Prove) -> None:
    one = 'gateways:\n  pstn: {address: 192.0.2.10, inbound: {dids: ["+1212555020[12]"]}}\n'
    both = one + '  backup: {address: 192.0.2.11, inbound: {dids: ["+1212555020[12]"]}}\n'
    assert told(prove, gateways=one + "  backup: {address: 192.0.2.11}\n") == []
    assert told(prove, gateways=both) == [
        "+12125550400 does not land at sales: no enabled gateway brings it"
    ]


@pytest.mark.parametrize(
    ("range_", "more", "rule", "gap"),
    [
        ("+1212555020X", "", "", "8 numbers of the range"),
        ("+1212555020[12]", "", "", None),
        ("+1212555020[123]", "", "", "1 number of the range"),
        ("+1212555020X", ", fallback: {user: bob}", "", None),
        ("+12125550.", "", "", "infinitely many numbers"),
        ("+1212555020X", "", 'match: "+12125550.", from: [pstn], to: {hunt_group: sales}', None),
        ("+1212555020[123]", "", 'match: "+1212555020[23]", from: [pstn], to: {user: bob}', None),
        ("+1212555020[123]", "", 'match: "+12125550203", from: [backup], to: {user: bob}',
         "1 number of the range"),
        ("+1212555020[123]", "",
         'match: "+12125550203", from: [pstn], to: {user: bob}, when: office',
         "1 number of the range"),
        ("+1212555020X", "", 'match: "+121255502XX", from: [pstn], dial: "${EXTEN:-3}"',
         "8 numbers of the range"),
        ("+1212555020[12]", "", 'match: "+121255502XX", from: [pstn], strip: 9', None),
        ("+1212555020[123]", ", fallback: {user: bob}",
         'match: "+121255502XX", from: [pstn], dial: "${EXTEN:-3}"', None),
    ],
)  # fmt: skip
def test_a_range_has_no_gaps(
    prove: Prove, range_: str, more: str, rule: str, gap: str | None
) -> None:
    gateways = (
        f'gateways:\n  pstn: {{address: 192.0.2.10, inbound: {{dids: ["{range_}"]{more}}}}}\n'
        "  backup: {address: 192.0.2.11}\n"
    )
    people = 'users:\n  alice: {name: A, extension: "201", did: "+12125550201"}\n'
    people += '  bob: {name: B, extension: "202", did: "+12125550202"}\n'
    people += 'hunt_groups: {sales: {extension: "400", members: [alice, bob]}}\n'
    rules = [f"rule: r, {rule}"] if rule else []
    messages = told(prove, *rules, gateways=gateways, more=people)
    gaps = [message for message in messages if "range" in message]
    assert len(gaps) == (gap is not None)
    assert gap is None or gaps[0].startswith(gap)
