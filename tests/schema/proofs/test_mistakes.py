"""The mistakes that admins make, each with the bad tree that shows what they are told."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.checking import validate_tree
from renderers.devices import load_families
from schema.diagnostics import CATALOGUE, render
from schema.tree import DirectorySource

ROOT = Path(__file__).parents[3]
BAD = ROOT / "tests" / "fixtures" / "bad"
PAGE = (ROOT / "docs" / "common-mistakes.md").read_text()
BEGINNING, SHOWN = PAGE.split("\n## ", 1)
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n\n```text\n(.*?)\n```", SHOWN, re.S)
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


@pytest.mark.parametrize(("tree", "told"), EXAMPLES, ids=[told[:60] for _, told in EXAMPLES])
def test_the_page_of_mistakes_shows_what_is_told(
    write: Callable[[dict[str, str | bytes]], Path], tree: str, told: str
) -> None:
    [beginning] = re.findall(r"```yaml\n(.*?)```", BEGINNING, re.S)
    source = DirectorySource(write({"pbx.yaml": beginning + tree}))
    found = validate_tree(source, load_families()).diagnostics
    assert render(found, "text").strip() == told


def test_the_page_has_every_mistake() -> None:
    shown = set(re.findall(r"\[(PBX\d+)\]: ", SHOWN))
    known = {tree.partition("-")[0] for tree in MISTAKES.values()}
    linked = set(re.findall(r"errors/(PBX\d+)\.md", SHOWN))
    assert len(EXAMPLES) == SHOWN.count("```yaml")
    assert shown <= linked <= CATALOGUE.keys()
    assert known <= linked
