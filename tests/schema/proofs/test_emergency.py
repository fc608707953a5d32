"""Calls for help: which numbers have a rule, a way out, and more than one."""

from collections.abc import Callable

import pytest

from schema.dialplan.compile import numbering
from schema.dialplan.rows import RuleEntry
from schema.proofs.finding import Finding
from schema.proofs.outside import outside_digits

Prove = Callable[..., list[Finding]]
PEOPLE = """\
groups: {office: {permissions: [local, long_distance, custom]}}
users: {a: {name: A, extension: "201", groups: [office]}, b: {name: B, extension: "8112"}}
"""
BASE = """\
version: 1
system: {domain: example.test, region: %s}
nodes: {pbx1: {address: 192.0.2.5}}
gateways: {pstn: {address: 192.0.2.10}, backup: {address: 192.0.2.11%s}}
"""
OUTSIDE = 'rule: out, type: local, match: "%s", strip: 1, via: [pstn]'


def told(prove: Prove, first: str, *rules: str, region: str = "US", backup: str = "") -> list[str]:
    line = f"  - {{rule: help, type: emergency, {first}}}\n"
    found = prove(*rules, first=line, base=BASE % (region, backup), more=PEOPLE)
    codes = ("PBX1601", "PBX1602", "PBX1603", "PBX1611")
    return [f"{f.code} {f.number}".strip() for f in found if f.code in codes]


@pytest.mark.parametrize(
    ("region", "first", "rules", "found"),
    [
        ("US", 'match: "911", via: [pstn]', [], []),
        ("DE", 'match: ["110", "112"], via: [pstn]', [], []),
        ("DE", 'match: "110", via: [pstn]', [], ["PBX1603 112"]),
        ("GB", 'match: "999", via: [pstn]', [], ["PBX1603 112"]),
        ("DE", 'match: "11X", via: [pstn]', [], []),
        ("US", 'match: "911", via: [pstn]', [OUTSIDE % "9NXXXXXX"], ["PBX1603 9911"]),
        ("US", 'match: ["911", "9911"], via: [pstn], dial: "911"', [OUTSIDE % "9NXXXXXX"], []),
        ("US", 'match: ["911", "9911"], via: [pstn]', [OUTSIDE % "9NXXXXXX"], ["PBX1611 9911"]),
        ("US", 'match: ["911", "9911"], via: [pstn], dial: "${EXTEN:-3}"',
         [OUTSIDE % "9NXXXXXX"], []),
        ("DE", 'match: ["110", "112"], via: [pstn]', [OUTSIDE % "8[1-9]XXXXX"],
         ["PBX1603 8110", "PBX1603 8112"]),
        ("US", 'match: "911!", strip: 3, via: [pstn]', [], ["PBX1601 911"]),
        ("US", 'match: "911", dial: "+19115550100", via: [pstn]', [], []),
    ],
)  # fmt: skip
def test_each_emergency_number_has_a_rule_that_leaves_one(
    prove: Prove, region: str, first: str, rules: list[str], found: list[str]
) -> None:
    assert told(prove, first, *rules, region=region) == found


@pytest.mark.parametrize(
    ("via", "backup", "found"),
    [
        ("[pstn]", "", []),
        ("[pstn]", ", emergency: false", ["PBX1602 911"]),
        ("[pstn, backup]", ", emergency: false", []),
        ("[pstn]", ", enabled: false", ["PBX1602 911"]),
    ],
)
def test_more_than_one_gateway_carries_calls_for_help(
    prove: Prove, via: str, backup: str, found: list[str]
) -> None:
    assert told(prove, f'match: "911", via: {via}', backup=backup) == found


def test_who_has_an_emergency_number_is_named(prove: Prove) -> None:
    found = prove(
        OUTSIDE % "8[1-9]XXXXX",
        first='  - {rule: help, type: emergency, match: ["110", "112", "8110"], via: [pstn]}\n',
        base=BASE % ("DE", ""),
        more=PEOPLE,
    )
    (missing,) = (f for f in found if f.code == "PBX1603")
    assert missing.message.endswith("behind the 8 for an outside line: it is b's number")
    assert missing.related == (("whose number it is", ("users", "b")),)


@pytest.mark.parametrize(
    ("leads", "how"),
    [
        ("via: [pstn], allow: []", "leaves as an ordinary call"),
        ("to: {user: b}, type: internal", "stays inside"),
    ],
)
def test_an_ordinary_rule_that_takes_an_emergency_number_is_named(
    prove: Prove, leads: str, how: str
) -> None:
    found = prove(
        f'rule: out, match: "1.", {leads}',
        first='  - {rule: help, type: emergency, match: "110", via: [pstn]}\n',
        base=BASE % ("DE", ""),
        more=PEOPLE,
    )
    (missing,) = (f for f in found if f.code == "PBX1603")
    assert missing.message.endswith(f'it {how} by the rule "out"')


@pytest.mark.parametrize(
    ("region", "match", "strip", "prepend", "digits"),
    [
        ("US", "9NXXXXXX", 1, "+1212", ("9",)),
        ("US", "91NXXNXXXXXX", 1, "+", ("9",)),
        ("US", "9011Z.", 4, "+", ("9",)),
        ("US", "1NXXNXXXXXX", 0, "+", ()),
        ("US", "NXXXXXX", 0, "+1212", ()),
        ("GB", "0ZXXXXXXXX", 1, "+44", ()),
        ("GB", "00Z.", 2, "+", ()),
        ("GB", "90ZXXXXXXXX", 2, "+44", ("9",)),
        ("DE", "00Z.", 2, "+49", ("0",)),
        ("DE", "000Z.", 3, "+", ("0",)),
        ("DE", "0Z.", 1, "+49", ()),
        ("DE", "8XXXXXXX", 1, "", ("8",)),
    ],
)
def test_the_digits_for_an_outside_line_are_told_from_trunk_prefixes(
    region: str, match: str, strip: int, prepend: str, digits: tuple[str, ...]
) -> None:
    rule = RuleEntry(
        "r", "local", True, (match,), strip, prepend, None, False, ("g",), False, None, (), (),
        None, "", 0,
    )  # fmt: skip
    assert outside_digits([rule], numbering(region)) == digits
