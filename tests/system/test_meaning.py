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
    match: "9011[1-9]."
    strip: 4
    prepend: "+"
    via: [pstn]
    allow: [local]
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    """A repository whose second commit opens calls abroad to a group."""
    made = module_site()
    tree = made.tree / "pbx.yaml"
    tree.write_text(tree.read_text().rstrip() + "\n" + ABROAD)
    made.git("commit", "-qam", "Call abroad")
    return made


def test_a_review_reads_what_a_commit_means(site: Site) -> None:
    shown = site.pbx("diff", "--against", "HEAD~1")
    assert shown.returncode == 2, shown.stderr
    first, *rest = shown.stdout.splitlines()
    assert re.fullmatch(
        r"! numbers matching 9011Z\. become reachable for group office \(was: refused, .*\), "
        r"via pstn; shortest: 901110; without end, .* \[needs approval: international, premium\]"
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
    assert refused["now"]["text"] == "refused, lacks local"
    assert plan["unknown"] is None
    assert difference["who"] == "group office"
    assert difference["numbers"] == ["9011Z."]
    assert difference["count"] is None
    assert difference["now"]["gateways"] == ["pstn"]
    assert difference["now"]["number"] == "+10"


def test_a_comment_is_markdown(site: Site) -> None:
    comment = site.pbx("diff", "--against", "HEAD~1", "--format", "markdown").stdout
    assert "- numbers matching 9011Z. become reachable for group office" in comment
    assert "⚠️ **needs approval: international, premium**" in comment
    assert "- no emergency route changed" in comment


@pytest.mark.parametrize(
    ("kinds", "code", "told"),
    [
        ("emergency", 2, ""),
        ("emergency,premium", 3, "needs approval: premium"),
        ("international", 3, "needs approval: international"),
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
