"""Permissions without a rule."""

from collections.abc import Callable

import pytest

from schema.proofs.finding import Finding

LOCAL = 'rule: near, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [pstn]'
FAR = 'rule: far, type: %s, match: "91[2-9]XXXXXXXXX", strip: 1, prepend: "+", via: [pstn]'


@pytest.mark.parametrize(
    ("granted", "rules", "number"),
    [
        ("local", [LOCAL], None),
        ("local, long_distance", [LOCAL], "+12000000000"),
        ("local, long_distance", [], None),
        ("local, long_distance", [LOCAL, FAR % "long_distance"], None),
        ("local, long_distance, toll_free", [LOCAL, FAR % "long_distance"], None),
        ("local, toll_free", [LOCAL], "+18002000000"),
        ("local, mobile", [LOCAL], None),
        ("local, international", [LOCAL], "+20"),
    ],
)
def test_a_permission_needs_a_rule_for_its_numbers(
    prove: Callable[..., list[Finding]], granted: str, rules: list[str], number: str | None
) -> None:
    people = f"groups: {{g: {{permissions: [{granted}]}}}}\n"
    people += 'users: {a: {name: A, extension: "201", groups: [g]}}\n'
    found = [f for f in prove(*rules, more=people) if f.code == "PBX1610"]
    assert [f.number for f in found] == ([] if number is None else [number])
    assert all(f.place[:3] == ("groups", "g", "permissions") for f in found)
