"""The mistakes that admins make, each with the bad tree that shows what they are told."""

from pathlib import Path

import pytest

from engine.checking import validate_tree
from renderers.devices import load_families
from schema.tree import DirectorySource

BAD = Path(__file__).parents[2] / "fixtures" / "bad"
MISTAKES = {
    "overlapping prefixes, all of one hidden": "PBX1304-hidden-rule",
    "overlapping prefixes, part of one lost": "PBX1605-ambiguous-rules",
    "a missing long-distance rule": "PBX1610-permission-without-rule",
    "an extension that swallows 911": "PBX1312-extension-is-emergency",
    "9 dialled before 911": "PBX1603-emergency-number-without-rule",
    "a holiday that closes emergency": "PBX1311-emergency-condition",
    "a loop between two forwardings": "PBX1612-loop",
    "the Caribbean among long-distance calls": "PBX1604-costly-without-permission",
    "a single trunk": "PBX1602-single-emergency-gateway",
}


@pytest.mark.parametrize("tree", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_where_it_was_made(tree: str) -> None:
    found = validate_tree(DirectorySource(BAD / tree), load_families()).diagnostics
    assert {each.code for each in found} == {tree.partition("-")[0]}
    assert all(each.range is not None and each.hint for each in found)
