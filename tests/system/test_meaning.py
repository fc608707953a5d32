"""`pbx diff` in a real repository: what a commit means for calls."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Site

ABROAD = """\
  - rule: abroad
    type: international
    match: "9011[2-8]."
    strip: 4
    prepend: "+"
    via: [pstn]
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    """A repository whose last commit opens calls abroad to those who may call there: to bob."""
    made = module_site()
    made.edit("    groups: [office]\n", "    groups: [office]\n    permissions: [international]\n")
    made.commit("Let Bob call abroad")
    tree = made.tree / "pbx.yaml"
    tree.write_text(tree.read_text().rstrip() + "\n" + ABROAD)
    made.commit("Call abroad")
    return made


def test_a_review_reads_what_a_commit_means(site: Site) -> None:
    shown = site.pbx("diff", "--against", "HEAD~1")
    assert shown.returncode == 2, shown.stderr
    first, *rest = shown.stdout.splitlines()
    assert re.fullmatch(
        r"! numbers matching 9011\[2-8\]\. become reachable for user bob \(was: refused, .*\), "
        r"via pstn; shortest: 901120; without end, .* \[needs approval: international\]"
        r"  \(pbx\.yaml:\d+\)",
        first,
    )
    assert "no emergency route changed" in rest


def test_the_json_has_the_documented_keys(site: Site) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
    shape = page.split("## pbx diff\n")[1].split("A difference\nis `")[1].split("`")[0]
    plan = json.loads(site.pbx("diff", "--against", "HEAD~1", "--format", "json").stdout)
    difference, refused = plan["meaning"]
    assert set(difference) == set(re.findall(r'"(\w+)"', shape))
    assert refused["now"]["text"] == "refused, lacks international"
    assert plan["unknown"] is None
    assert difference["who"] == "user bob"
    assert difference["numbers"] == ["9011[2-8]."]
    assert difference["count"] is None
    assert difference["now"]["gateways"] == ["pstn"]
    assert difference["now"]["number"] == "+20"


def test_a_comment_is_markdown(site: Site) -> None:
    comment = site.pbx("diff", "--against", "HEAD~1", "--format", "markdown").stdout
    assert "- numbers matching 9011\\[2-8\\]. become reachable for user bob" in comment
    assert "⚠️ **needs approval: international**" in comment
    assert "- no emergency route changed" in comment


@pytest.mark.parametrize(
    ("kinds", "code", "told"),
    [
        ("emergency", 2, ""),
        ("premium,emergency", 2, ""),
        ("emergency,international", 3, "needs approval: international"),
        ("weather", 2, "there is no weather; there are emergency, international,"),
    ],
)
def test_kinds_of_calls_can_be_refused_in_ci(site: Site, kinds: str, code: int, told: str) -> None:
    done = site.pbx("diff", "--against", "HEAD~1", "--fail-on", kinds)
    assert done.returncode == code
    assert told in done.stderr


def test_a_commit_that_changes_nothing_about_calls_says_so(site: Site) -> None:
    before = site.head()
    site.edit("Alice Adams", "Alice Abbot")
    shown = site.pbx("diff", "--against", before)
    site.git("checkout", "-q", "pbx.yaml")
    assert shown.stdout.startswith("no emergency route changed\n\n~ account/alice")


def test_apply_shows_it_before_it_asks(site: Site) -> None:
    site.start()
    site.edit('match: "9011[2-8]."', 'match: "9011[2-7]."')
    shown = site.pbx("apply")  # nobody answers
    site.git("checkout", "-q", "pbx.yaml")
    assert shown.returncode == 1
    first, *rest = shown.stdout.splitlines()
    assert first.startswith(
        "! numbers matching 90118. are no longer reachable for user bob (refused, no rule"
    )
    assert "Apply this?" in rest[-1]
